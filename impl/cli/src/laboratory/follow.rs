//! `--monitor`: connections of a laboratory, followed by the steps of their
//! model. What model and run take as given is the laboratory's.

use super::network::{Carrier, Failure, Placement, Terms};
use super::{CODE, Laboratory};
use crate::commands::conform::Opened;
use attested::observe::Observe;
use attested::{Attesting, pre};
use authenticator::Role;
use ciborium::Value;
use conformance::{StepFile, Tier};
use event::Bytes;
use event::recording::{Setup, SetupValue};
use monitor::{Monitor, Watching};
use std::path::PathBuf;
use stimuli::Family;
use tokio::net::TcpStream;
use transport::stream::AttestedStream;
use transport::{Desk, Limits};

/// How a connection is followed.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Following {
    /// Follow each connection by the steps of its model: it carries data only
    /// where the model accepts. Over TCP, one end attesting once.
    #[arg(long, value_enum)]
    monitor: Option<How>,
    /// A step file of `seatproof derive --steps`; if the models are at hand, it
    /// has to be theirs. If not given, the steps are derived from the models.
    #[arg(long, requires = "monitor")]
    steps: Option<PathBuf>,
    /// The folder of models.
    #[arg(long, default_value = "models")]
    models: PathBuf,
}

/// What the monitor computes for itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum How {
    /// Nothing: order, encoding and echoes alone.
    Shape,
    /// Key schedule, MACs, exporters and binders.
    Keys,
    /// Signatures too.
    Full,
}

/// Follows any number of connections.
#[derive(Clone)]
pub(crate) struct Follower {
    monitor: Monitor,
    role: Role,
    setup: Vec<Setup>,
}

impl Following {
    /// The follower of one end, if there is to be one.
    ///
    /// # Errors
    /// Steps that are out of date, and terms that no model at hand is about.
    pub(crate) fn follower(
        &self,
        laboratory: &Laboratory,
        terms: Terms,
        role: Role,
    ) -> Result<Option<Follower>, Failure> {
        let Some(how) = self.monitor else {
            return Ok(None);
        };
        if terms.transport == Carrier::Quic {
            return Err("--monitor follows connections over TCP: use --transport tcp".into());
        }
        if terms.mutual {
            return Err(
                "--monitor: both ends of a laboratory attest different programs, the \
                        model has one; follow without --mutual"
                    .into(),
            );
        }
        if terms.placement == Placement::Pre && role == Role::Server {
            return Err(
                "--monitor: a server of placement pre makes its Evidence before the \
                        connection, where nothing is followed; follow the client"
                    .into(),
            );
        }
        let tier = match how {
            How::Shape => Tier::Shape,
            How::Keys => Tier::Keys,
            How::Full => Tier::Full,
        };
        let steps = self.step_file(terms.placement)?;
        let monitor = Monitor::new(&steps, tier)?;
        let follower = Follower {
            monitor,
            role,
            setup: setup(laboratory)?,
        };
        follower.begin()?; // now, not at the first connection
        Ok(Some(follower))
    }

    fn step_file(&self, placement: Placement) -> Result<StepFile, Failure> {
        let family = match placement {
            Placement::Pre => Family::PreFixed,
            Placement::Intra => Family::IntraFixed,
            Placement::Post => Family::Post,
        };
        let mapping = self.models.join(family.mapping());
        let Some(path) = &self.steps else {
            return Ok(step_file(&mapping).map_err(|error| error.to_string())?);
        };
        let text = std::fs::read_to_string(path);
        let text = text.map_err(|error| format!("{}: {error}", path.display()))?;
        let steps = StepFile::parse(&text).map_err(|e| format!("{}: {e}", path.display()))?;
        if mapping.is_file() {
            let opened = Opened::beside(&mapping).map_err(|error| error.to_string())?;
            let text = std::fs::read_to_string(&mapping)?;
            steps
                .is_of(&opened.model.program, &text)
                .map_err(|error| format!("{}: {error}", path.display()))?;
        }
        Ok(steps)
    }
}

/// The step file of a mapping and the model it names.
pub(crate) fn step_file(mapping: &std::path::Path) -> Result<StepFile, Box<dyn std::error::Error>> {
    let opened = Opened::beside(mapping)?;
    let text = std::fs::read_to_string(mapping)?;
    let name = mapping.display().to_string();
    Ok(StepFile::compile(&opened.model.program, &name, &text)?)
}

impl Follower {
    fn begin(&self) -> Result<Watching, Failure> {
        Ok(self.monitor.watch(self.role, &self.setup)?)
    }
}

/// The observer for an endpoint, and who follows it.
pub(crate) fn observed(
    follower: Option<&Follower>,
) -> Result<(Box<dyn Observe + Send>, Option<Watching>), Failure> {
    Ok(match follower {
        None => (Box::new(()), None),
        Some(follower) => {
            let watching = follower.begin()?;
            (Box::new(watching.observer()), Some(watching))
        }
    })
}

/// Runs an endpoint, followed or not, until its stream may carry data.
pub(crate) async fn establish<E: Attesting>(
    endpoint: E,
    watching: Option<Watching>,
    transport: TcpStream,
    desk: &std::sync::Arc<Desk>,
    limits: &Limits,
) -> Result<AttestedStream<TcpStream, E::Channel>, transport::Error> {
    match watching {
        None => AttestedStream::establish(endpoint, transport, desk, limits).await,
        Some(watching) => {
            let endpoint = watching.over(endpoint);
            AttestedStream::establish(endpoint, transport, desk, limits).await
        }
    }
}

/// What the laboratory says in the terms of the models.
fn setup(laboratory: &Laboratory) -> Result<Vec<Setup>, Failure> {
    let machine = laboratory.root().machine(1);
    let key = |octets: Vec<u8>| SetupValue::Key {
        public: Bytes::clear(octets),
        private: None,
    };
    let octets = |octets: Vec<u8>| SetupValue::ReferenceValue {
        octets: Bytes::clear(octets),
    };
    let text = |text: &str| SetupValue::Name {
        text: text.to_owned(),
    };
    let leaf = || SetupValue::Certificate {
        der: Bytes::clear(laboratory.leaf.to_vec()),
    };
    let statement = match pre::Statement::default() {
        pre::Statement::Key => "key",
        pre::Statement::KeyAndValidity => "key-and-validity",
    };
    let spki = laboratory.spki()?;
    let ak = machine.attestation_key().subject_public_key_info();
    let all = [
        ("aik", key(spki.clone())),
        ("aik_leaf", leaf()),
        ("ak", key(ak)),
        ("ca", key(laboratory.authority_key.clone())),
        ("ek", key(spki.clone())),
        ("held", octets(Vec::new())),
        ("key", key(spki)),
        ("leaf", leaf()),
        ("name", text(&laboratory.name)),
        ("reference", octets(reference()?)),
        ("statement", text(statement)),
    ];
    let record = |(id, value): (&str, SetupValue)| Setup {
        id: id.to_owned(),
        value,
        model: None,
    };
    Ok(all.into_iter().map(record).collect())
}

/// The measurements claim of the expected workload, as Evidence has it.
fn reference() -> Result<Vec<u8>, Failure> {
    let map = mock_tee::measure(CODE).0;
    let map = map
        .into_iter()
        .map(|(register, digest)| (Value::Text(register), Value::Bytes(digest)));
    let mut octets = Vec::new();
    ciborium::into_writer(&Value::Map(map.collect()), &mut octets)?;
    Ok(octets)
}
