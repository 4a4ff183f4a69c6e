//! `seatproof record`: runs the protocol and keeps the recordings; and
//! `seatproof convert`, between the two forms of a recording.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::time::Duration;

use attested::Endpoint as _;
use event::Recording;
use stimuli::{End, Family, Prepared, Stimulus, Suite, World};

use super::coverage;
use crate::exit::Exit;

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

/// The sessions that are run for every family.
pub(crate) const SCENARIOS: [Scenario; 4] = [
    Scenario {
        name: "memory-sha256",
        transport: Transport::Memory,
        suite: Suite::Sha256,
    },
    Scenario {
        name: "memory-sha384",
        transport: Transport::Memory,
        suite: Suite::Sha384,
    },
    Scenario {
        name: "tcp-sha256",
        transport: Transport::Tcp,
        suite: Suite::Sha256,
    },
    Scenario {
        name: "tcp-sha384",
        transport: Transport::Tcp,
        suite: Suite::Sha384,
    },
];

/// Runs an honest session.
pub(crate) fn play(
    world: &World,
    family: Family,
    scenario: &Scenario,
) -> Result<Recording, Failure> {
    let prepared = Prepared::new(world, family, scenario.suite, &Stimulus::HONEST)?;
    let recording = match scenario.transport {
        Transport::Memory => prepared.in_memory(),
        Transport::Tcp => prepared.met(over_tcp),
    };
    Ok(recording?)
}

/// Runs `record`.
pub(crate) fn record(arguments: &Record) -> Result<Exit, Failure> {
    let families = match &arguments.family {
        None => Family::ALL.to_vec(),
        Some(folder) => vec![coverage::named(folder)?],
    };
    let world = World::new()?;
    for family in families {
        let opened = coverage::open(&arguments.models, family)?;
        let gate = opened.gate()?;
        for scenario in &SCENARIOS {
            let mut recording = play(&world, family, scenario)?;
            recording.head.model = Some(gate.model_id());
            let path = arguments
                .output
                .join(family.folder())
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

fn write(path: &Path, recording: &Recording) -> Result<(), Failure> {
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
