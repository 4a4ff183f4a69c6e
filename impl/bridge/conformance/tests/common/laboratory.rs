//! Recordings of the implementation itself, made afresh for each test.

use std::sync::Arc;

use attested::Identity;
use attested::observe::Instrument;
use attested::post::{self, Client, ClientSettings, RelyingParty, Server, ServerSettings, pair};
use authenticator::Role;
use event::recording::{
    Determinism, DeterminismMode, FORMAT, Head, Implementation, Observability, Party, PartyKind,
    Profile, SecrecyMode, Session, Setup, SetupValue, VERSION,
};
use event::{Bytes, Recorder, Recording};
use rats::{Attester, Policy};
use rcgen::{
    BasicConstraints, CertificateParams, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, PublicKeyData as _,
};
use rustls::RootCertStore;
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer, ServerName, UnixTime};

pub const NAME: &str = "server.example";
const CODE: &[u8] = b"the program";
const OTHER: &[u8] = b"another program";

/// What both ends of a run take as given.
pub struct World {
    authority: CertificateParams,
    authority_key: KeyPair,
    pub identity: Identity,
    leaf_key: Vec<u8>,
    root: mock_tee::Root,
    pub provider: Arc<CryptoProvider>,
}

impl World {
    pub fn new(provider: CryptoProvider) -> Self {
        let mut authority = CertificateParams::default();
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        authority.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let authority_key = KeyPair::generate().expect("a key");
        let key = KeyPair::generate().expect("a key");
        let mut leaf = CertificateParams::new(vec![NAME.to_owned()]).expect("a name");
        leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let certificate = leaf
            .signed_by(&key, &Issuer::from_params(&authority, &authority_key))
            .expect("signed");
        let pkcs8 = PrivatePkcs8KeyDer::from(key.serialize_der());
        Self {
            identity: Identity {
                chain: vec![certificate.into()],
                key: ring::sign::any_supported_type(&pkcs8.into()).expect("a key"),
            },
            leaf_key: key.subject_public_key_info(),
            authority,
            authority_key,
            root: mock_tee::Root::from_seed([7; 32]),
            provider: Arc::new(provider),
        }
    }

    pub fn workload(&self) -> mock_tee::Workload {
        self.root.machine(1).launch(CODE, &self.leaf_key)
    }

    /// A program that is not the expected one, on the same machine.
    pub fn other_workload(&self) -> mock_tee::Workload {
        self.root.machine(1).launch(OTHER, &self.leaf_key)
    }

    pub fn reference_of_other_workload(&self) -> SetupValue {
        SetupValue::ReferenceValue {
            octets: Bytes::clear(measurements(OTHER)),
        }
    }

    /// The trust anchors of a client.
    pub fn roots(&self) -> Arc<RootCertStore> {
        let certificate = self.authority_certificate();
        let mut roots = RootCertStore::empty();
        roots.add(certificate).expect("an anchor");
        Arc::new(roots)
    }

    pub fn authority_certificate(&self) -> CertificateDer<'static> {
        let certificate = self.authority.self_signed(&self.authority_key);
        certificate.expect("signed").into()
    }

    pub fn authority_key(&self) -> &KeyPair {
        &self.authority_key
    }

    pub fn relying_party(&self) -> RelyingParty {
        RelyingParty {
            verifier: mock_tee::verifier(&self.root, "program", CODE),
            policy: Policy::for_software(["program"]),
        }
    }

    fn client_settings(&self) -> ClientSettings {
        ClientSettings::new(
            Arc::clone(&self.provider),
            self.roots(),
            self.relying_party(),
        )
    }

    /// Both ends, run against each other in memory, with what they did and how
    /// the client ended.
    pub fn record(&self, attester: impl Attester + 'static) -> (Recording, bool) {
        self.record_with(post::Profile::default(), attester)
    }

    /// The same under another agreement of the two ends.
    pub fn record_with(
        &self,
        profile: post::Profile,
        attester: impl Attester + 'static,
    ) -> (Recording, bool) {
        let recorder = Recorder::new();
        let now = UnixTime::since_unix_epoch(std::time::Duration::from_secs(1_782_864_000));
        let name = ServerName::try_from(NAME).expect("a DNS name");
        let client = ClientSettings {
            profile,
            ..self.client_settings()
        };
        let mut client = Client::new(
            &client,
            name,
            now,
            Instrument::new(recorder.tap(1, 1), Role::Client),
        )
        .expect("a client");
        let settings = ServerSettings {
            profile,
            ..ServerSettings::new(
                Arc::clone(&self.provider),
                self.identity.clone(),
                Arc::new(attester),
            )
        };
        let mut server = Server::new(
            &settings,
            now,
            Instrument::new(recorder.tap(2, 1), Role::Server),
        )
        .expect("a server");
        let _ = pair::run(&mut client, &mut server);
        let accepted = client.is_attested();
        (recorder.finish(head(), self.setup()), accepted)
    }

    pub fn setup(&self) -> Vec<Setup> {
        let key = |id: &str, public: &[u8]| Setup {
            id: id.into(),
            value: SetupValue::Key {
                public: Bytes::clear(public),
                private: None,
            },
            model: None,
        };
        let certificate = |id: &str| Setup {
            id: id.into(),
            value: SetupValue::Certificate {
                der: Bytes::clear(self.identity.chain[0].as_ref()),
            },
            model: None,
        };
        let machine = self.root.machine(1);
        let mut attestation_key = hex::decode("302a300506032b6570032100").expect("hex");
        attestation_key.extend_from_slice(machine.attestation_key().as_slice());
        vec![
            key("aik", &self.leaf_key),
            certificate("aik_leaf"),
            key("ak", &attestation_key),
            key("ca", &self.authority_key.subject_public_key_info()),
            key("key", &self.leaf_key),
            certificate("leaf"),
            Setup {
                id: "name".into(),
                value: SetupValue::Name { text: NAME.into() },
                model: None,
            },
            Setup {
                id: "reference".into(),
                value: SetupValue::ReferenceValue {
                    octets: Bytes::clear(measurements(CODE)),
                },
                model: None,
            },
        ]
    }
}

/// `{ register: digest }` in deterministic CBOR, for one short register and a
/// digest of 32 octets.
fn measurements(code: &[u8]) -> Vec<u8> {
    let mut octets = vec![0xa1];
    for (register, digest) in mock_tee::measure(code).0 {
        octets.push(0x60 | register.len() as u8);
        octets.extend_from_slice(register.as_bytes());
        octets.extend([0x58, digest.len() as u8]);
        octets.extend(digest);
    }
    octets
}

pub fn head() -> Head {
    let party = |id, name: &str| Party {
        id,
        kind: PartyKind::Honest,
        role: Some(name.to_owned()),
        name: name.to_lowercase(),
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
        profile: Profile::Post,
        spec: vec!["RFC 9261".to_owned()],
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
