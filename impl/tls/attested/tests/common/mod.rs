//! One authority, one attested server, one Relying Party.

#![allow(dead_code, unreachable_pub)] // each test binary uses a part of it

pub mod raw;

use std::sync::Arc;

use attested::Identity;
use attested::observe::Observe;
use attested::post::{Client, ClientSettings, RelyingParty, Server, ServerSettings};
use event::recording::{
    Determinism, DeterminismMode, FORMAT, Head, Implementation, Observability, Party, PartyKind,
    Profile, SecrecyMode, Session, VERSION,
};
use mock_tee::{Root, Workload};
use rats::{Attester, Policy};
use rcgen::{
    BasicConstraints, CertificateParams, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer, ServerName, UnixTime};
use rustls::sign::{CertifiedKey, SigningKey, SingleCertAndKey};
use rustls::{RootCertStore, ServerConfig, ServerConnection};

pub const NAME: &str = "server.example";
pub const CODE: &[u8] = b"the program";

/// Everything both ends need, from one certification authority and one root of
/// trust.
pub struct World {
    pub authority: Authority,
    pub root: Root,
    pub identity: Identity,
    pub provider: Arc<CryptoProvider>,
}

impl World {
    pub fn new() -> Self {
        let authority = Authority::new();
        let identity = authority.issue(NAME);
        Self {
            authority,
            root: Root::from_seed([7; 32]),
            identity,
            provider: Arc::new(ring::default_provider()),
        }
    }

    /// The Attester on machine 1 that holds the key of `identity`.
    pub fn workload(&self, identity: &Identity) -> Workload {
        self.root.machine(1).launch(CODE, &spki(identity))
    }

    pub fn relying_party(&self) -> RelyingParty {
        RelyingParty {
            verifier: mock_tee::verifier(&self.root, "program", CODE),
            policy: Policy::for_software(["program"]),
        }
    }

    pub fn client_settings(&self) -> ClientSettings {
        ClientSettings::new(
            Arc::clone(&self.provider),
            self.authority.roots(),
            self.relying_party(),
        )
    }

    pub fn server_settings(&self) -> ServerSettings {
        self.server_settings_with(self.workload(&self.identity))
    }

    pub fn server_settings_with(&self, attester: impl Attester + 'static) -> ServerSettings {
        ServerSettings::new(
            Arc::clone(&self.provider),
            self.identity.clone(),
            Arc::new(attester),
        )
    }

    pub fn client(&self) -> Client<()> {
        client(&self.client_settings(), ())
    }

    pub fn server(&self) -> Server<()> {
        server(&self.server_settings(), ())
    }
}

pub fn client<O: Observe>(settings: &ClientSettings, observer: O) -> Client<O> {
    Client::new(settings, name(), now(), observer).expect("honest settings")
}

pub fn server<O: Observe>(settings: &ServerSettings, observer: O) -> Server<O> {
    Server::new(settings, now(), observer).expect("honest settings")
}

pub fn name() -> ServerName<'static> {
    ServerName::try_from(NAME).expect("a DNS name")
}

/// 2026-07-01.
pub fn now() -> UnixTime {
    UnixTime::since_unix_epoch(std::time::Duration::from_secs(1_782_864_000))
}

/// The DER SubjectPublicKeyInfo of an identity.
pub fn spki(identity: &Identity) -> Vec<u8> {
    identity
        .key
        .public_key()
        .expect("keys from files know their public half")
        .to_vec()
}

/// A certification authority of this test run.
pub struct Authority {
    params: CertificateParams,
    key: KeyPair,
}

impl Authority {
    pub fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let key = KeyPair::generate().expect("a key");
        Self { params, key }
    }

    pub fn certificate(&self) -> CertificateDer<'static> {
        let certificate = self.params.self_signed(&self.key).expect("self-signed");
        certificate.into()
    }

    pub fn roots(&self) -> Arc<RootCertStore> {
        let mut roots = RootCertStore::empty();
        roots.add(self.certificate()).expect("a trust anchor");
        roots.into()
    }

    /// As an authority of the library's, with the same certificate and key.
    pub fn at_hand(&self) -> attested::pre::Authority {
        attested::pre::Authority {
            certificate: self.certificate(),
            key: rustls_key(&self.key),
        }
    }

    pub fn issue(&self, name: &str) -> Identity {
        self.issue_as(CertificateParams::new(vec![name.to_owned()]).expect("a DNS name"))
    }

    /// A certificate that names a URI.
    pub fn issue_for(&self, uri: &str) -> Identity {
        let mut params = CertificateParams::default();
        let uri = uri.try_into().expect("ASCII");
        params.subject_alt_names = vec![rcgen::SanType::URI(uri)];
        self.issue_as(params)
    }

    fn issue_as(&self, mut params: CertificateParams) -> Identity {
        let key = KeyPair::generate().expect("a key");
        params.extended_key_usages = vec![
            ExtendedKeyUsagePurpose::ServerAuth,
            ExtendedKeyUsagePurpose::ClientAuth,
        ];
        let issuer = Issuer::from_params(&self.params, &self.key);
        let certificate = params.signed_by(&key, &issuer).expect("signed");
        Identity {
            chain: vec![certificate.into()],
            key: rustls_key(&key),
        }
    }
}

/// A new key.
pub fn key() -> Arc<dyn SigningKey> {
    rustls_key(&KeyPair::generate().expect("a key"))
}

fn rustls_key(key: &KeyPair) -> Arc<dyn SigningKey> {
    let pkcs8 = PrivatePkcs8KeyDer::from(key.serialize_der());
    ring::sign::any_supported_type(&pkcs8.into()).expect("a supported key")
}

/// A stock server, right or wrong in what `identity` says and no more.
pub fn stock_server(
    provider: &Arc<CryptoProvider>,
    identity: &Identity,
    change: impl FnOnce(&mut ServerConfig),
) -> raw::RawPeer<'static> {
    let certified = CertifiedKey::new(identity.chain.clone(), Arc::clone(&identity.key));
    let mut config = ServerConfig::builder_with_provider(Arc::clone(provider))
        .with_safe_default_protocol_versions()
        .expect("TLS")
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(SingleCertAndKey::from(certified)));
    change(&mut config);
    let tls = ServerConnection::new(Arc::new(config)).expect("a server");
    raw::RawPeer::new(tls, |_, _| Vec::new())
}

/// `seconds` after [`now`].
pub fn later(seconds: u64) -> UnixTime {
    UnixTime::since_unix_epoch(std::time::Duration::from_secs(now().as_secs() + seconds))
}

/// Evidence made once and shown whatever is asked.
pub struct Parrot(pub rats::Evidence);

impl Attester for Parrot {
    fn attest(
        &self,
        _: &rats::Challenge,
        _: rats::Hash,
    ) -> Result<rats::Evidence, rats::AttestError> {
        Ok(self.0.clone())
    }
}

/// An Attester that keeps what it last said.
pub struct Remembering<A> {
    pub attester: A,
    pub last: std::sync::Mutex<Option<rats::Evidence>>,
}

impl<A: Attester> Remembering<A> {
    pub fn new(attester: A) -> Arc<Self> {
        Arc::new(Self {
            attester,
            last: std::sync::Mutex::default(),
        })
    }

    pub fn last(&self) -> rats::Evidence {
        let last = self.last.lock().expect("no panic under the lock");
        last.clone().expect("it was asked")
    }
}

/// Shared between a server and whoever listens to it.
impl<A: Attester> Attester for Shared<A> {
    fn attest(
        &self,
        challenge: &rats::Challenge,
        hash: rats::Hash,
    ) -> Result<rats::Evidence, rats::AttestError> {
        self.0.attest(challenge, hash)
    }
}

/// An Attester in several hands.
pub struct Shared<A>(pub Arc<A>);

impl<A: Attester> Attester for Remembering<A> {
    fn attest(
        &self,
        challenge: &rats::Challenge,
        hash: rats::Hash,
    ) -> Result<rats::Evidence, rats::AttestError> {
        let evidence = self.attester.attest(challenge, hash)?;
        *self.last.lock().expect("no panic under the lock") = Some(evidence.clone());
        Ok(evidence)
    }
}

/// The head of a recording of one client, party 1, and one server, party 2.
pub fn head(profile: Profile) -> Head {
    let party = |id, name: &str| Party {
        id,
        kind: PartyKind::Honest,
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
        id: "00".repeat(16),
        profile,
        spec: vec!["rfc9261".to_owned()],
        model: None,
        implementation: Implementation {
            name: "attested".to_owned(),
            version: "0".to_owned(),
            tls: "rustls".to_owned(),
            provider: "ring".to_owned(),
        },
        determinism: Determinism {
            mode: DeterminismMode::Live,
            seed: None,
        },
        secrecy: SecrecyMode::Full,
        observability: Observability::O3,
        parties: vec![party(1, "Client"), party(2, "Server")],
        sessions: vec![session(1), session(2)],
    }
}
