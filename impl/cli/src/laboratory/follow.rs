//! `--monitor` and `--record`: connections of a laboratory, followed by the steps
//! of their model, or kept for `conform` to judge. What model and run take as given
//! is the laboratory's.

use super::network::{Carrier, Failure, Placement, Terms};
use super::{CLIENT, CODE, Laboratory};
use crate::commands::conform::{OVER_QUIC, Opened};
use crate::commands::record::write;
use attested::observe::{Instrument, Observe};
use attested::{Attesting, pre};
use authenticator::Role;
use ciborium::Value;
use conformance::{StepFile, Tier};
use event::recording::{
    Determinism, DeterminismMode, FORMAT, Head, Implementation, Observability, Party, PartyKind,
    Profile, SecrecyMode, Session, Setup, SetupValue, VERSION,
};
use event::{Bytes, Recorder};
use monitor::{Monitor, Watching};
use sha2::{Digest as _, Sha256};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use stimuli::{Family, Gated};
use tokio::net::TcpStream;
use transport::stream::AttestedStream;
use transport::{Desk, Limits};

/// How a connection is followed.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Following {
    /// Follow each connection by the steps of its model: it carries data only
    /// where the model accepts. Each end attests once. Over QUIC the handshake is
    /// judged when it is over, before anything of the attestation leaves.
    #[arg(long, value_enum)]
    monitor: Option<How>,
    /// Keep a recording of the connection's attestation, for `seatproof conform`;
    /// of later connections beside it, numbered. It holds their secrets. Each end
    /// attests once.
    #[arg(long, value_name = "FILE", conflicts_with = "monitor")]
    record: Option<PathBuf>,
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
    what: What,
    role: Role,
    terms: Terms,
    setup: Vec<Setup>,
    connections: Arc<AtomicU64>,
}

#[derive(Clone)]
enum What {
    Monitor(Monitor),
    Record(PathBuf),
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
        let option = match (&self.monitor, &self.record) {
            (None, None) => return Ok(None),
            (Some(_), _) => "--monitor",
            (None, Some(_)) => "--record",
        };
        if terms.placement == Placement::Pre && role == Role::Server {
            return Err(format!(
                "{option}: a server of placement pre makes its Evidence before the \
                 connection, where nothing is observed; do so at the client"
            )
            .into());
        }
        let what = match (self.monitor, &self.record) {
            (Some(how), _) => {
                let tier = match how {
                    How::Shape => Tier::Shape,
                    How::Keys => Tier::Keys,
                    How::Full => Tier::Full,
                };
                What::Monitor(Monitor::new(&self.step_file(terms)?, tier)?)
            }
            (None, Some(path)) => What::Record(path.clone()),
            (None, None) => return Ok(None),
        };
        let follower = Follower {
            what,
            role,
            terms,
            setup: setup(laboratory, terms)?,
            connections: Arc::default(),
        };
        if let What::Monitor(monitor) = &follower.what {
            monitor.watch(role, &follower.setup)?; // now, not at the first connection
        }
        Ok(Some(follower))
    }

    fn step_file(&self, terms: Terms) -> Result<StepFile, Failure> {
        let family = match terms.placement {
            Placement::Pre => Family::PreFixed,
            Placement::Intra => Family::IntraFixed,
            Placement::Post if terms.mutual => Family::PostMutual,
            Placement::Post => Family::Post,
        };
        let carrier = match terms.transport {
            Carrier::Quic => stimuli::Carrier::Quic,
            Carrier::Tcp => stimuli::Carrier::Tls,
        };
        let gated = Gated::all().find(|it| (it.family(), it.carrier()) == (family, carrier));
        let gated = gated.ok_or("no model at hand is about that")?;
        let mapping = self.models.join(gated.mapping());
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
pub(crate) fn step_file(mapping: &Path) -> Result<StepFile, Box<dyn std::error::Error>> {
    let opened = Opened::beside(mapping)?;
    let text = std::fs::read_to_string(mapping)?;
    let name = mapping.display().to_string();
    Ok(StepFile::compile(&opened.model.program, &name, &text)?)
}

/// One connection, followed or not.
pub(crate) struct Followed {
    instrument: Option<Instrument>,
    watching: Option<Watching>,
    recording: Option<Kept>,
}

/// A recording that is being made, and where it goes.
struct Kept {
    recorder: Recorder,
    head: Head,
    setup: Vec<Setup>,
    path: PathBuf,
}

/// The next connection.
pub(crate) fn followed(follower: Option<&Follower>) -> Result<Followed, Failure> {
    let mut followed = Followed {
        instrument: None,
        watching: None,
        recording: None,
    };
    let Some(follower) = follower else {
        return Ok(followed);
    };
    match &follower.what {
        What::Monitor(monitor) => {
            let watching = monitor.watch(follower.role, &follower.setup)?;
            followed.instrument = Some(watching.observer());
            followed.watching = Some(watching);
        }
        What::Record(path) => {
            let number = follower.connections.fetch_add(1, Ordering::SeqCst) + 1;
            let recorder = Recorder::new();
            let tap = recorder.tap(PARTY, 1);
            followed.instrument = Some(Instrument::new(tap, follower.role));
            followed.recording = Some(Kept {
                recorder,
                head: head(follower),
                setup: follower.setup.clone(),
                path: numbered(path, number),
            });
        }
    }
    Ok(followed)
}

impl Followed {
    /// For handshake and endpoint; each is the same observer.
    pub(crate) fn observer(&self) -> Box<dyn Observe + Send + Sync> {
        match &self.instrument {
            None => Box::new(()),
            Some(instrument) => Box::new(instrument.clone()),
        }
    }

    /// Who follows the endpoint, if somebody does.
    pub(crate) fn watching(&mut self) -> Option<Watching> {
        self.watching.take()
    }

    /// Runs an endpoint until its stream may carry data, and keeps what was
    /// recorded, however that ended.
    pub(crate) async fn establish<E: Attesting>(
        mut self,
        endpoint: E,
        transport: TcpStream,
        desk: &Arc<Desk>,
        limits: &Limits,
    ) -> Result<AttestedStream<TcpStream, E::Channel>, transport::Error> {
        let outcome = match self.watching() {
            None => AttestedStream::establish(endpoint, transport, desk, limits).await,
            Some(watching) => {
                let endpoint = watching.over(endpoint);
                AttestedStream::establish(endpoint, transport, desk, limits).await
            }
        };
        self.keep()?;
        outcome
    }

    /// Writes what was recorded, if anything was.
    pub(crate) fn keep(self) -> std::io::Result<()> {
        let Some(kept) = self.recording else {
            return Ok(());
        };
        let recording = kept.recorder.finish(kept.head, kept.setup);
        kept.recorder.close();
        write(&kept.path, &recording).map_err(|error| std::io::Error::other(error.to_string()))
    }
}

/// The party that is recorded: this end.
const PARTY: u32 = 1;

fn head(follower: &Follower) -> Head {
    let Terms {
        placement,
        transport,
        mutual,
    } = follower.terms;
    let role = match follower.role {
        Role::Client => "Client",
        Role::Server => "Server",
    };
    let about = format!("{role} {placement:?} {transport:?}");
    let about = if mutual { about + " mutual" } else { about };
    let mut spec = vec!["rfc8446"];
    if transport == Carrier::Quic {
        spec.push(OVER_QUIC);
    }
    spec.extend(match placement {
        Placement::Post => ["rfc9261", "draft-fossati-seat-expat-03"],
        Placement::Pre | Placement::Intra => ["rfc9334", "rfc9999"],
    });
    Head {
        format: FORMAT.to_owned(),
        version: VERSION,
        id: hex::encode(&Sha256::digest(about)[..16]),
        profile: match placement {
            Placement::Pre => Profile::Pre,
            Placement::Intra => Profile::Intra,
            Placement::Post => Profile::Post,
        },
        spec: spec.into_iter().map(str::to_owned).collect(),
        model: None,
        implementation: Implementation {
            name: "attested".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            tls: "rustls 0.23".to_owned(),
            provider: "ring 0.17".to_owned(),
        },
        determinism: Determinism {
            mode: DeterminismMode::Live,
            seed: None,
        },
        secrecy: SecrecyMode::Full,
        observability: Observability::O3,
        parties: vec![Party {
            id: PARTY,
            kind: PartyKind::Honest,
            role: Some(role.to_owned()),
            name: role.to_owned(),
        }],
        sessions: vec![Session {
            party: PARTY,
            session: 1,
            label: None,
        }],
    }
}

/// The path itself for the first connection.
fn numbered(path: &Path, number: u64) -> PathBuf {
    if number == 1 {
        return path.to_path_buf();
    }
    let stem = path.file_stem().unwrap_or_default().display();
    let name = match path.extension() {
        Some(ending) => format!("{stem}-{number}.{}", ending.display()),
        None => format!("{stem}-{number}"),
    };
    path.with_file_name(name)
}

/// What the laboratory says in the terms of the models.
fn setup(laboratory: &Laboratory, terms: Terms) -> Result<Vec<Setup>, Failure> {
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
    let mut all: Vec<Setup> = all.into_iter().map(record).collect();
    if terms.mutual {
        let own = laboratory.attestation()?.identity.key;
        let own = own
            .public_key()
            .ok_or("the client's key has no public half")?;
        let machine = laboratory.client_machine();
        let machine = machine.attestation_key().subject_public_key_info();
        let client = [
            ("client-aik", key(own.to_vec())),
            ("client-ak", key(machine.clone())),
            ("peer", text(CLIENT)),
        ];
        all.extend(client.into_iter().map(record));
        all.extend(rows(laboratory, own.to_vec(), machine));
    }
    Ok(all)
}

/// Tables that the roles of the model look up where both ends attest: the client's
/// name, certificate and machine, and whom the server trusts.
fn rows(laboratory: &Laboratory, key: Vec<u8>, machine: Vec<u8>) -> [Setup; 3] {
    let row = |table: &str, columns: Vec<Vec<u8>>| Setup {
        id: format!("row of {table}"),
        value: SetupValue::Row {
            row: columns.into_iter().map(Bytes::clear).collect(),
        },
        model: Some(table.to_owned()),
    };
    let name = CLIENT.as_bytes().to_vec();
    let leaf = laboratory.client_leaf.to_vec();
    [
        row("authorities", vec![laboratory.authority_key.clone()]),
        row("client_identities", vec![name, key, leaf]),
        row("machines", vec![machine]),
    ]
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
