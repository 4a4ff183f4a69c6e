//! One observed session between two rustls endpoints, in memory or over TCP
//! loopback, and the recording it leaves.

use super::{Behaviour, Laboratory, LaboratoryError};
use attested::observe::Instrument;
use attested::post::{AttestedStream, Client, Server, StreamError, pair};
use authenticator::Role;
use event::recording::{
    Determinism, DeterminismMode, FORMAT, Head, Implementation, Observability, Party, PartyKind,
    Profile, SecrecyMode, Session, Setup, SetupValue, VERSION,
};
use event::{Bytes, Recorder, Recording};
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::{ServerName, UnixTime};
use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

const CLIENT: u32 = 1;
const SERVER: u32 = 2;
/// No endpoint waits longer for the other.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// Where the two endpoints meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Transport {
    /// Two endpoints in one thread.
    Memory,
    /// Two threads, one TCP connection.
    Loopback,
}

/// Which hash the negotiated cipher suite has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Suite {
    /// TLS_AES_128_GCM_SHA256.
    Sha256,
    /// TLS_AES_256_GCM_SHA384.
    Sha384,
}

impl Suite {
    /// The provider that offers nothing else.
    pub(crate) fn provider(self) -> Arc<CryptoProvider> {
        let suite = match self {
            Self::Sha256 => ring::cipher_suite::TLS13_AES_128_GCM_SHA256,
            Self::Sha384 => ring::cipher_suite::TLS13_AES_256_GCM_SHA384,
        };
        Arc::new(CryptoProvider {
            cipher_suites: vec![suite],
            ..ring::default_provider()
        })
    }
}

/// What happened.
#[derive(Debug)]
pub(crate) struct Observed {
    /// Both parties, in the order of observation.
    pub(crate) recording: Recording,
    /// What the client came to.
    pub(crate) client: Result<(), attested::Error>,
    /// What the server came to.
    pub(crate) server: Result<(), attested::Error>,
}

/// Why a session could not be run at all.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SessionError {
    /// The endpoints could not be set up.
    #[error("{0}")]
    Attested(#[from] attested::Error),
    /// The clock is before 1970.
    #[error("the system clock is before 1970")]
    Clock,
    /// The laboratory is broken.
    #[error("{0}")]
    Laboratory(#[from] LaboratoryError),
    /// The server's name is not a DNS name.
    #[error("`{0}` is not a DNS name")]
    Name(String),
    /// The transport failed.
    #[error("transport: {0}")]
    Transport(#[from] std::io::Error),
}

/// Runs and records one session.
pub(crate) fn run(
    laboratory: &Laboratory,
    transport: Transport,
    suite: Suite,
    behaviour: Behaviour,
) -> Result<Observed, SessionError> {
    let recorder = Recorder::new();
    let provider = suite.provider();
    let now = now()?;
    let mut client = Client::new(
        &laboratory.client(Arc::clone(&provider))?,
        server_name(&laboratory.name)?,
        now,
        Instrument::new(recorder.tap(CLIENT, 1), Role::Client),
    )?;
    let mut server = Server::new(
        &laboratory.server(provider, behaviour)?,
        now,
        Instrument::new(recorder.tap(SERVER, 1), Role::Server),
    )?;
    let (client, server) = match transport {
        Transport::Memory => pair::run(&mut client, &mut server),
        Transport::Loopback => loopback(client, server)?,
    };
    let id = identifier()?;
    let setup = setup(laboratory, behaviour)?;
    Ok(Observed {
        recording: recorder.finish(head(id, behaviour), setup),
        client,
        server,
    })
}

/// The time of the system.
pub(crate) fn now() -> Result<UnixTime, SessionError> {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map(UnixTime::since_unix_epoch)
        .map_err(|_| SessionError::Clock)
}

/// A DNS name to check certificates against.
pub(crate) fn server_name(name: &str) -> Result<ServerName<'static>, SessionError> {
    ServerName::try_from(name.to_owned()).map_err(|_| SessionError::Name(name.to_owned()))
}

type Outcomes = (Result<(), attested::Error>, Result<(), attested::Error>);

fn loopback(
    client: Client<Instrument>,
    server: Server<Instrument>,
) -> Result<Outcomes, SessionError> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    let serving = std::thread::spawn(move || -> Result<(), StreamError> {
        let (transport, _) = listener.accept()?;
        limit(&transport)?;
        let mut stream = AttestedStream::accept(server, transport)?;
        let mut request = Vec::new();
        stream.read_to_end(&mut request)?;
        stream.write_all(&request)?;
        stream.close()?;
        Ok(())
    });
    let connecting = || -> Result<(), StreamError> {
        let transport = TcpStream::connect(address)?;
        limit(&transport)?;
        let mut stream = AttestedStream::connect(client, transport)?;
        stream.write_all(b"data for an attested server")?;
        stream.close()?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer)?;
        Ok(())
    };
    let client = split(connecting())?;
    let server = serving
        .join()
        .map_err(|_| std::io::Error::other("the server's thread ended early"))?;
    Ok((client, split(server)?))
}

/// Reads and writes end after [`PATIENCE`].
pub(crate) fn limit(transport: &TcpStream) -> std::io::Result<()> {
    transport.set_read_timeout(Some(PATIENCE))?;
    transport.set_write_timeout(Some(PATIENCE))
}

fn split(result: Result<(), StreamError>) -> std::io::Result<Result<(), attested::Error>> {
    match result {
        Ok(()) => Ok(Ok(())),
        Err(StreamError::Attested(error)) => Ok(Err(error)),
        Err(StreamError::Io(error)) => Err(error),
    }
}

fn identifier() -> Result<String, SessionError> {
    let mut id = [0; 16];
    ring::default_provider()
        .secure_random
        .fill(&mut id)
        .map_err(|_| LaboratoryError::Randomness)?;
    Ok(hex::encode(id))
}

fn head(id: String, behaviour: Behaviour) -> Head {
    // Who forges Evidence does not play the role; who runs other code does.
    let server = match behaviour {
        Behaviour::Honest | Behaviour::OtherCode => PartyKind::Honest,
        Behaviour::Tampered | Behaviour::Unsigned | Behaviour::WronglyBound => PartyKind::Attacker,
    };
    let party = |id, name: &str, kind| Party {
        id,
        kind,
        role: Some(name.to_owned()),
        name: name.to_owned(),
    };
    let session = |party| Session {
        party,
        session: 1,
        label: None,
    };
    Head {
        format: FORMAT.to_owned(),
        version: VERSION,
        id,
        profile: Profile::Post,
        spec: ["rfc8446", "rfc9261", "draft-fossati-seat-expat-03"]
            .map(str::to_owned)
            .to_vec(),
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
        parties: vec![
            party(CLIENT, "Client", PartyKind::Honest),
            party(SERVER, "Server", server),
        ],
        sessions: vec![session(CLIENT), session(SERVER)],
    }
}

/// What model and run both take as given.
fn setup(laboratory: &Laboratory, behaviour: Behaviour) -> Result<Vec<Setup>, SessionError> {
    let key = |octets: Vec<u8>| SetupValue::Key {
        public: Bytes::clear(octets),
        private: None,
    };
    let certificate = |der: &[u8]| SetupValue::Certificate {
        der: Bytes::clear(der.to_vec()),
    };
    let reference = |code: &[u8]| SetupValue::ReferenceValue {
        octets: Bytes::clear(measurement(code)),
    };
    let spki = laboratory.spki()?;
    let ak = laboratory.root().machine(1);
    let ak = ak.attestation_key().subject_public_key_info();
    let code = match behaviour {
        Behaviour::OtherCode => super::OTHER_CODE,
        _ => super::CODE,
    };
    let given = BTreeMap::from([
        ("ca", key(laboratory.authority_key.clone())),
        (
            "name",
            SetupValue::Name {
                text: laboratory.name.clone(),
            },
        ),
        ("ak", key(ak)),
        ("reference", reference(super::CODE)),
        ("Server/reference", reference(code)),
        ("key", key(spki.clone())),
        ("leaf", certificate(&laboratory.leaf)),
        ("aik", key(spki)),
        ("aik_leaf", certificate(&laboratory.leaf)),
    ]);
    Ok(given
        .into_iter()
        .map(|(id, value)| Setup {
            id: id.to_owned(),
            model: None,
            value,
        })
        .collect())
}

/// The measurements claim as Evidence carries it: a CBOR map from registers to
/// digests.
fn measurement(code: &[u8]) -> Vec<u8> {
    use ciborium::Value;
    let map = mock_tee::measure(code)
        .0
        .into_iter()
        .map(|(register, digest)| (Value::Text(register), Value::Bytes(digest)))
        .collect();
    let mut octets = Vec::new();
    ciborium::into_writer(&Value::Map(map), &mut octets).expect("writing to memory does not fail");
    octets
}
