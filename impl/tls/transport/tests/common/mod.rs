//! One authority, two attested ends, a root of trust, and real sockets.

#![allow(dead_code, unreachable_pub)] // each test binary uses a part of it

use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use attested::post::{
    Attestation, AttestingClientSettings, Client, ClientSettings, Profile, Reliance,
    RelyingServerSettings, Server, ServerSettings,
};
use attested::{Identity, RelyingParty};
use mock_tee::Root;
use rats::policy::Names;
use rats::{AttestError, Attester, Challenge, Evidence, Hash, Policy};
use rcgen::{
    BasicConstraints, CertificateParams, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, date_time_ymd,
};
use rustls::RootCertStore;
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer, ServerName, UnixTime};
use tokio::net::{TcpListener, TcpStream};
use transport::{Desk, Limits, Pace};

pub const NAME: &str = "server.example";
pub const CLIENT_NAME: &str = "client.example";
pub const CODE: &[u8] = b"the program";

pub struct World {
    pub authority: CertificateDer<'static>,
    pub server: Identity,
    pub client: Identity,
    pub root: Root,
    pub provider: Arc<CryptoProvider>,
}

impl World {
    pub fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let key = KeyPair::generate().expect("a key");
        let authority = params.self_signed(&key).expect("self-signed").into();
        let issuer = Issuer::from_params(&params, &key);
        Self {
            authority,
            server: issue(&issuer, NAME),
            client: issue(&issuer, CLIENT_NAME),
            root: Root::from_seed([7; 32]),
            provider: Arc::new(ring::default_provider()),
        }
    }

    pub fn roots(&self) -> Arc<RootCertStore> {
        let mut roots = RootCertStore::empty();
        roots.add(self.authority.clone()).expect("a trust anchor");
        roots.into()
    }

    pub fn relying_party(&self) -> RelyingParty {
        RelyingParty {
            verifier: mock_tee::verifier(&self.root, "program", CODE),
            policy: Policy::for_software(["program"]),
        }
    }

    pub fn workload(&self, machine: u32, identity: &Identity) -> Arc<dyn Attester> {
        let spki = identity.key.public_key().expect("a public half");
        Arc::new(self.root.machine(machine).launch(CODE, &spki))
    }

    pub fn client_settings(&self) -> ClientSettings {
        ClientSettings::new(
            Arc::clone(&self.provider),
            self.roots(),
            self.relying_party(),
        )
    }

    pub fn server_settings(&self) -> ServerSettings {
        self.server_settings_with(self.workload(1, &self.server))
    }

    pub fn server_settings_with(&self, attester: Arc<dyn Attester>) -> ServerSettings {
        ServerSettings::new(Arc::clone(&self.provider), self.server.clone(), attester)
    }

    pub fn attestation(&self) -> Attestation {
        Attestation {
            identity: self.client.clone(),
            attester: self.workload(2, &self.client),
        }
    }

    pub fn reliance(&self) -> Reliance {
        let RelyingParty { verifier, policy } = self.relying_party();
        let names = Names::one_of([CLIENT_NAME]).expect("a name");
        let policy = policy.named(names);
        Reliance {
            roots: self.roots(),
            relying_party: RelyingParty { verifier, policy },
        }
    }

    pub fn attesting_client_settings(&self) -> AttestingClientSettings {
        AttestingClientSettings {
            provider: Arc::clone(&self.provider),
            roots: self.roots(),
            attestation: self.attestation(),
            profile: Profile::default(),
        }
    }

    pub fn relying_server_settings(&self) -> RelyingServerSettings {
        RelyingServerSettings {
            provider: Arc::clone(&self.provider),
            handshake: self.server.clone(),
            reliance: self.reliance(),
            profile: Profile::default(),
        }
    }

    pub fn client(&self) -> Client<()> {
        Client::new(&self.client_settings(), name(), now(), ()).expect("honest settings")
    }

    pub fn server(&self) -> Server<()> {
        self.server_with(self.workload(1, &self.server))
    }

    pub fn server_with(&self, attester: Arc<dyn Attester>) -> Server<()> {
        Server::new(&self.server_settings_with(attester), now(), ()).expect("honest settings")
    }
}

fn issue(issuer: &Issuer<'_, &KeyPair>, name: &str) -> Identity {
    let key = KeyPair::generate().expect("a key");
    let mut params = CertificateParams::new(vec![name.to_owned()]).expect("a DNS name");
    params.not_before = date_time_ymd(2026, 1, 1);
    params.not_after = date_time_ymd(2027, 1, 1);
    params.extended_key_usages = vec![
        ExtendedKeyUsagePurpose::ServerAuth,
        ExtendedKeyUsagePurpose::ClientAuth,
    ];
    let certificate = params.signed_by(&key, issuer).expect("signed");
    let pkcs8 = PrivatePkcs8KeyDer::from(key.serialize_der());
    Identity {
        chain: vec![certificate.into()],
        key: ring::sign::any_supported_type(&pkcs8.into()).expect("a supported key"),
    }
}

pub fn name() -> ServerName<'static> {
    ServerName::try_from(NAME).expect("a DNS name")
}

/// 2026-07-01.
pub fn now() -> UnixTime {
    at(1_782_864_000)
}

pub fn at(seconds: u64) -> UnixTime {
    UnixTime::since_unix_epoch(Duration::from_secs(seconds))
}

pub fn limits() -> Limits {
    Limits {
        exchange: Duration::from_secs(5),
        ..Limits::default()
    }
}

pub fn desk() -> Arc<Desk> {
    Desk::new(Pace::default())
}

/// Two ends of one TCP connection, client first.
pub async fn sockets() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("bound");
    let (client, server) = tokio::join!(TcpStream::connect(address), listener.accept());
    let (client, server) = (client.expect("listening"), server.expect("connecting").0);
    for end in [&client, &server] {
        end.set_nodelay(true).expect("a socket of TCP");
    }
    (client, server)
}

/// An attesting environment that works only while its gate is open.
pub struct Gated {
    attester: Arc<dyn Attester>,
    gate: Arc<Gate>,
}

#[derive(Default)]
pub struct Gate {
    state: Mutex<(bool, usize)>,
    changed: Condvar,
}

impl Gate {
    pub fn open(&self) {
        self.state.lock().expect("no panic under the lock").0 = true;
        self.changed.notify_all();
    }

    /// How many have come to the gate.
    pub fn arrived(&self) -> usize {
        self.state.lock().expect("no panic under the lock").1
    }
}

impl Gated {
    pub fn around(attester: Arc<dyn Attester>) -> (Arc<dyn Attester>, Arc<Gate>) {
        let gate = Arc::new(Gate::default());
        let gated = Self {
            attester,
            gate: Arc::clone(&gate),
        };
        (Arc::new(gated), gate)
    }
}

impl Attester for Gated {
    fn attest(&self, challenge: &Challenge, hash: Hash) -> Result<Evidence, AttestError> {
        let mut state = self.gate.state.lock().expect("no panic under the lock");
        state.1 += 1;
        let opened = self.gate.changed.wait_while(state, |state| !state.0);
        drop(opened.expect("no panic under the lock"));
        self.attester.attest(challenge, hash)
    }
}
