//! `seatproof record`: runs the protocol and keeps the recordings; and
//! `seatproof convert`, between the two forms of a recording.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::time::Duration;

use attested::Endpoint as _;
use event::Recording;
use sha2::{Digest as _, Sha256};
use stimuli::{Carried, Carrier, End, Gated, Prepared, Stimulus, Suite, World};

use self::quic::over_quic;
use super::conform::Opened;
use crate::exit::Exit;

mod quic;

/// Runs honest sessions of every placement and writes their recordings.
#[derive(Debug, clap::Args)]
pub(crate) struct Record {
    /// The folder for the recordings.
    #[arg(long, default_value = "traces/honest")]
    output: PathBuf,
    /// The folder of models, which the recordings name.
    #[arg(long, default_value = "models")]
    models: PathBuf,
    /// Only this family: a folder of models.
    #[arg(long)]
    family: Option<String>,
}

/// Turns a recording from JSON lines into CBOR or back, by the endings of the
/// two names; nothing is lost either way.
#[derive(Debug, clap::Args)]
pub(crate) struct Convert {
    /// `.ndjson` or `.cbor`.
    from: PathBuf,
    /// `.cbor` or `.ndjson`.
    to: PathBuf,
}

type Failure = Box<dyn std::error::Error>;

/// No endpoint waits longer for the other.
const PATIENCE: Duration = Duration::from_secs(10);

/// Where the two endpoints meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Transport {
    Memory,
    Quic,
    Tcp,
}

/// An honest session worth recording.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scenario {
    /// File name without ending, below the family's folder.
    pub(crate) name: &'static str,
    pub(crate) transport: Transport,
    pub(crate) suite: Suite,
}

/// The sessions that are run for each.
pub(crate) fn scenarios(gated: Gated) -> Vec<Scenario> {
    let all = [
        ("memory-sha256", Transport::Memory, Suite::Sha256),
        ("memory-sha384", Transport::Memory, Suite::Sha384),
        ("sha256", Transport::Quic, Suite::Sha256),
        ("sha384", Transport::Quic, Suite::Sha384),
        ("tcp-sha256", Transport::Tcp, Suite::Sha256),
        ("tcp-sha384", Transport::Tcp, Suite::Sha384),
    ];
    let is_quic = gated.carrier() == Carrier::Quic;
    all.into_iter()
        .filter(|(_, transport, _)| (*transport == Transport::Quic) == is_quic)
        .map(|(name, transport, suite)| Scenario {
            name,
            transport,
            suite,
        })
        .collect()
}

/// Runs an honest session.
pub(crate) fn play(world: &World, gated: Gated, scenario: &Scenario) -> Result<Recording, Failure> {
    let (family, suite) = (gated.family(), scenario.suite);
    let prepared = || Prepared::new(world, family, suite, &Stimulus::HONEST);
    let mut recording = match scenario.transport {
        Transport::Memory => prepared()?.in_memory()?,
        Transport::Quic => over_quic(Carried::new(world, family, suite)?)?,
        Transport::Tcp => prepared()?.met(over_tcp)?,
    };
    stimuli::settle(&mut recording);
    Ok(recording)
}

/// The world of a kept recording: of a seed that its name gives.
fn seeded(gated: Gated, scenario: &Scenario) -> Result<World, Failure> {
    let name = format!("seatproof {} {}", gated.folder(), scenario.name);
    Ok(World::seeded(Sha256::digest(name).into())?)
}

/// Runs `record`.
pub(crate) fn record(arguments: &Record) -> Result<Exit, Failure> {
    let chosen = |gated: &Gated| {
        let family = arguments.family.as_ref();
        family.is_none_or(|folder| *folder == gated.folder())
    };
    let gated: Vec<Gated> = Gated::all().filter(chosen).collect();
    if gated.is_empty() {
        let known: Vec<String> = Gated::all().map(Gated::folder).collect();
        return Err(format!("no such family is gated; there are {}", known.join(", ")).into());
    }
    for gated in gated {
        let opened = Opened::beside(&arguments.models.join(gated.mapping()))?;
        let gate = opened.gate()?;
        for scenario in scenarios(gated) {
            let mut recording = play(&seeded(gated, &scenario)?, gated, &scenario)?;
            recording.head.model = Some(gate.model_id());
            let path = arguments
                .output
                .join(gated.folder())
                .join(scenario.name)
                .with_extension("ndjson");
            write(&path, &recording)?;
            println!("{}: {} events", path.display(), recording.events.len());
        }
    }
    Ok(Exit::AsLabelled)
}

/// Runs `convert`.
pub(crate) fn convert(arguments: &Convert) -> Result<Exit, Failure> {
    let recording = read(&arguments.from)?;
    write(&arguments.to, &recording)?;
    println!(
        "{}: {} events",
        arguments.to.display(),
        recording.events.len()
    );
    Ok(Exit::AsLabelled)
}

/// Whether a file name says CBOR.
pub(crate) fn is_cbor(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending == "cbor")
}

/// Reads a recording of either form.
pub(crate) fn read(path: &Path) -> Result<Recording, Failure> {
    let at = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
    let octets = std::fs::read(path).map_err(|error| at(&error))?;
    if is_cbor(path) {
        Ok(event::from_cbor(&octets).map_err(|error| at(&error))?)
    } else {
        Ok(event::read(&octets[..]).map_err(|error| at(&error))?)
    }
}

/// Writes a recording in the form its name says.
pub(crate) fn write(path: &Path, recording: &Recording) -> Result<(), Failure> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    }
    let octets = if is_cbor(path) {
        event::to_cbor(recording)?
    } else {
        event::to_json_lines(recording)?
    };
    std::fs::write(path, octets).map_err(|e| format!("{}: {e}", path.display()).into())
}

/// Has two ends meet over the loopback interface.
fn over_tcp(client: End, server: End) -> Result<(), stimuli::Failure> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    let serving = std::thread::spawn(move || -> std::io::Result<()> {
        let (transport, _) = listener.accept()?;
        drive(server, transport)
    });
    drive(client, TcpStream::connect(address)?)?;
    serving
        .join()
        .map_err(|_| std::io::Error::other("the server's thread ended early"))??;
    Ok(())
}

fn drive(mut end: End, mut transport: TcpStream) -> std::io::Result<()> {
    transport.set_read_timeout(Some(PATIENCE))?;
    transport.set_write_timeout(Some(PATIENCE))?;
    let mut buffer = vec![0; 1 << 16];
    loop {
        transport.write_all(&end.transmit())?;
        if end.is_done() {
            return Ok(());
        }
        let count = transport.read(&mut buffer)?;
        let failed = match buffer.get(..count) {
            Some([]) | None => end.receive_end().is_err(),
            Some(octets) => end.receive(octets).is_err(),
        };
        if failed || count == 0 {
            return transport.write_all(&end.transmit());
        }
    }
}
