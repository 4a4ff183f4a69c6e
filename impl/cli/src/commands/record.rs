//! `seatproof record`: runs the protocol and keeps the recordings.

use crate::exit::Exit;
use crate::laboratory::session::{Observed, Suite, Transport, run};
use crate::laboratory::{Behaviour, Laboratory};
use std::path::{Path, PathBuf};

/// Runs every scenario once and writes its recording.
#[derive(Debug, clap::Args)]
pub(crate) struct Record {
    /// The folder for the recordings.
    #[arg(long, default_value = "traces/honest")]
    output: PathBuf,
}

/// A session worth recording.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scenario {
    /// File name without ending, below the placement's folder.
    pub(crate) name: &'static str,
    pub(crate) transport: Transport,
    pub(crate) suite: Suite,
    pub(crate) attester: Behaviour,
    /// Code of the client's refusal; `None` when the session is accepted.
    pub(crate) refusal: Option<&'static str>,
}

/// The sessions that `verify` runs and `record` keeps.
pub(crate) const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "memory-sha256",
        transport: Transport::Memory,
        suite: Suite::Sha256,
        attester: Behaviour::Honest,
        refusal: None,
    },
    Scenario {
        name: "memory-sha384",
        transport: Transport::Memory,
        suite: Suite::Sha384,
        attester: Behaviour::Honest,
        refusal: None,
    },
    Scenario {
        name: "tcp-sha256",
        transport: Transport::Loopback,
        suite: Suite::Sha256,
        attester: Behaviour::Honest,
        refusal: None,
    },
    Scenario {
        name: "tcp-sha384",
        transport: Transport::Loopback,
        suite: Suite::Sha384,
        attester: Behaviour::Honest,
        refusal: None,
    },
    Scenario {
        name: "refused-other-code",
        transport: Transport::Memory,
        suite: Suite::Sha256,
        attester: Behaviour::OtherCode,
        refusal: Some("unknown-measurements"),
    },
    Scenario {
        name: "refused-tampered",
        transport: Transport::Memory,
        suite: Suite::Sha256,
        attester: Behaviour::Tampered,
        refusal: Some("evidence-tampered"),
    },
    Scenario {
        name: "refused-unsigned",
        transport: Transport::Memory,
        suite: Suite::Sha256,
        attester: Behaviour::Unsigned,
        refusal: Some("evidence-unsigned"),
    },
    Scenario {
        name: "refused-wrongly-bound",
        transport: Transport::Memory,
        suite: Suite::Sha256,
        attester: Behaviour::WronglyBound,
        refusal: Some("wrongly-bound"),
    },
];

type Failure = Box<dyn std::error::Error>;

/// Runs a scenario and sees to it that it ended as it should.
pub(crate) fn play(laboratory: &Laboratory, scenario: &Scenario) -> Result<Observed, Failure> {
    let observed = run(
        laboratory,
        scenario.transport,
        scenario.suite,
        scenario.attester,
    )?;
    match (&observed.client, scenario.refusal) {
        (Ok(()), None) => match &observed.server {
            Ok(()) => Ok(observed),
            Err(error) => Err(format!("{}: the server failed: {error}", scenario.name).into()),
        },
        (Err(error), Some(code)) if error.code() == code => Ok(observed),
        (Ok(()), Some(code)) => Err(format!(
            "{}: the client accepted what it must refuse with {code}",
            scenario.name
        )
        .into()),
        (Err(error), _) => Err(format!(
            "{}: the client refused with {}: {error}",
            scenario.name,
            error.code()
        )
        .into()),
    }
}

/// Runs `record`.
pub(crate) fn record(arguments: &Record) -> Result<Exit, Failure> {
    let laboratory = Laboratory::generate("server.example")?;
    for scenario in SCENARIOS {
        let observed = play(&laboratory, scenario)?;
        let path = arguments
            .output
            .join("post")
            .join(scenario.name)
            .with_extension("ndjson");
        write(&path, &observed.recording)?;
        println!(
            "{}: {} events",
            path.display(),
            observed.recording.events.len()
        );
    }
    Ok(Exit::AsLabelled)
}

/// Writes a recording as JSON lines.
fn write(path: &Path, recording: &event::Recording) -> Result<(), Failure> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    }
    let lines = event::to_json_lines(recording)?;
    std::fs::write(path, lines).map_err(|e| format!("{}: {e}", path.display()))?;
    Ok(())
}
