//! One function a decoder: octets in, no panic, no hang; and what was accepted
//! is held to what the decoder promises.
//!
//! A test of `attested` includes this file and feeds the corpus.

use std::sync::{Arc, OnceLock};

use attested::post::{KeyingMaterial, Server, ServerSettings, server_tls};
use attested::{Attesting, Endpoint, Identity, RelyingParty, intra, pre};
use authenticator::{
    ChainValidation, Context, ExportError, Exporter, Extension, ExtensionType, Extensions, Label,
    Role, Secret, Session, SuiteHash,
};
use rats::claims::Measurements;
use rats::cmw::collection::{Collection, Form};
use rats::cose::Content;
use rats::key::PublicKey;
use rats::passport::{NotChannelBound, lifetime, media_type};
use rats::policy::PassportTerms;
use rats::policy::file::{FileError, PolicyFile, parse_reference_values};
use rats::{Challenge, Evidence, Expected, Hash, KeyHash, Policy, UnixSeconds};
use rustls::SignatureScheme;
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer, ServerName, UnixTime};
use rustls::sign::{CertifiedKey, Signer, SingleCertAndKey};

/// The answer to a request for context 7, to a verifier whose exporter is fixed
/// and whose chain validation says no.
pub fn authenticator(octets: &[u8]) {
    let _ = authenticator::verify::context_of(octets);
    let context = Context::new(&[7; 32]).expect("32 octets");
    let schemes = [SignatureScheme::ED25519];
    let offer = Extensions::new(vec![
        Extension::signature_algorithms(&schemes).expect("usable"),
        Extension::empty(ExtensionType(0xff00)),
    ]);
    let mut session = Session::new(Role::Client);
    session
        .request(context.clone(), offer.expect("no duplicates"))
        .expect("a first request");
    let algorithms = ring::default_provider().signature_verification_algorithms;
    let verified = session.verify(&mut Fixed, &context, octets, &algorithms, &Nobody);
    assert!(verified.is_err(), "nobody's chain was accepted");
}

/// A request of either type; what is accepted keeps its octets.
pub fn request(octets: &[u8]) {
    for role in [Role::Client, Role::Server] {
        if let Ok(request) = Session::new(role).receive_request(octets) {
            assert_eq!(request.encoding(), octets);
        }
    }
}

/// Frames of a peer that has finished the handshake.
pub fn frames(octets: &[u8]) {
    let (settings, now) = settings();
    let tls = server_tls(&settings.provider, &settings.handshake, now, &()).expect("they fit");
    // A handshake with SHA-256, as the key log would have it.
    tls.config.key_log.log("EXPORTER_SECRET", &[], &[0; 32]);
    let server = Server::over(settings, now, (), &tls.witness, Box::new(Fixed));
    let mut server = server.expect("they fit");
    let outcome = server.receive(octets);
    // No octets of a stranger make it more than an answer and its acceptance.
    assert!(outcome.is_ok() || !server.is_accepted());
    let _ = server.transmit();
}

/// A conceptual message wrapper; what is accepted can be conveyed again.
pub fn wrapper(octets: &[u8]) {
    if let Ok(evidence) = Evidence::from_cmw(octets) {
        let again = evidence.to_cmw(rats::cmw::Encoding::CborRecord);
        if let Ok(again) = again {
            assert_eq!(Evidence::from_cmw(&again).as_ref(), Ok(&evidence));
        }
    }
}

/// Evidence in its wrapper, for an appraisal that expects another challenge.
pub fn evidence(octets: &[u8]) {
    let root = mock_tee::Root::from_seed([7; 32]);
    let verifier = mock_tee::verifier(&root, "program", b"the program");
    let expected = Expected {
        challenge: Challenge::new(vec![0xee; 32]).expect("32 octets"),
        key_hash: KeyHash::of(Hash::Sha256, b"no key"),
    };
    let policy = Policy::for_software(["program"]);
    let appraised = verifier.appraise_cmw(octets, &expected, &policy, UnixSeconds(1_782_864_000));
    assert!(appraised.is_err(), "a challenge nobody was given");
}

/// A recording in either form; what is read is written back as it was.
pub fn recording(octets: &[u8]) {
    if let Ok(recording) = event::read(octets) {
        assert_eq!(
            event::to_json_lines(&recording).as_deref().ok(),
            Some(octets)
        );
    }
    if let Ok(recording) = event::from_cbor(octets) {
        assert_eq!(event::to_cbor(&recording).as_deref().ok(), Some(octets));
    }
}

/// A collection of wrappers; what is accepted is written as it can be read.
pub fn collection(octets: &[u8]) {
    if let Ok(collection) = Collection::decode(octets) {
        for form in [Form::Cbor, Form::Json] {
            if let Ok(again) = collection.encode(form) {
                assert_eq!(Collection::decode(&again).as_ref(), Ok(&collection));
            }
        }
    }
}

/// A policy or reference values; a policy that is accepted accepts something,
/// and an error says where in the file it is.
pub fn policy(octets: &[u8]) {
    let Ok(text) = std::str::from_utf8(octets) else {
        return;
    };
    let is_inside = |error: FileError| {
        let line = text.split('\n').nth(error.line - 1).expect("a line of it");
        assert!(error.column <= 1 + line.chars().count(), "{error}");
    };
    match PolicyFile::parse(text) {
        Ok(file) => assert!(!file.policy.software.is_empty()),
        Err(error) => is_inside(error),
    }
    match parse_reference_values(text) {
        Ok(values) => assert!(values.identify(&Measurements::default()).is_empty()),
        Err(error) => is_inside(error),
    }
}

/// What a Verifier whose results are accepted has signed, whatever it is, and what
/// a holder reads of it.
pub fn passport(octets: &[u8]) {
    static VERIFIER: OnceLock<(PublicKey, Box<dyn Signer>)> = OnceLock::new();
    let (key, signer) = VERIFIER.get_or_init(|| {
        let pair = rcgen::KeyPair::generate_for(&rcgen::PKCS_ED25519).expect("a key");
        let public = <[u8; 32]>::try_from(pair.public_key_raw()).expect("32 octets");
        let pkcs8 = PrivatePkcs8KeyDer::from(pair.serialize_der());
        let key = ring::sign::any_eddsa_type(&pkcs8).expect("a supported key");
        let signer = key.choose_scheme(&[SignatureScheme::ED25519]);
        (PublicKey::new(public), signer.expect("its scheme"))
    });
    let content = Content {
        kid: key.id(),
        payload: octets.to_vec(),
    };
    let signature = signer.sign(&content.to_be_signed()).expect("signed");
    let result = content.signed(signature).encode();
    let terms = PassportTerms {
        verifiers: [(key.clone(), "fuzz".to_owned())].into(),
        maximum_age: 600,
    };
    let now = UnixSeconds(1_782_864_000);
    let said = lifetime(&Evidence::new(media_type(), result.clone()));
    if let Ok(accepted) = NotChannelBound::verify(&result, &terms, now) {
        assert_eq!(said, Ok(accepted.claims().lifetime()));
        assert!(accepted.claims().issued <= now && now <= accepted.claims().expires);
    }
    let _ = lifetime(&Evidence::new(media_type(), octets.to_vec()));
}

/// The first octets of a client that may ask for a nonce, in the clear.
pub fn hello(octets: &[u8]) {
    let (settings, now) = settings();
    let settings = intra::ServerSettings {
        provider: Arc::clone(&settings.provider),
        key: Arc::clone(&settings.handshake.key),
        attester: Arc::clone(&settings.attester),
        vouching: pre::Vouching::Nobody,
        names: vec!["server.example".to_owned()],
        protocols: Vec::new(),
    };
    let mut server = intra::Server::new(&settings, now, ()).expect("they fit");
    let _ = server.receive(octets);
    assert!(!server.is_ready());
    let _ = server.transmit();
}

/// A server's certificate, which its key has not been compared with yet.
pub fn certificate(octets: &[u8]) {
    let (settings, now) = settings();
    let root = mock_tee::Root::from_seed([7; 32]);
    let relying_party = RelyingParty {
        verifier: mock_tee::verifier(&root, "program", b"the program"),
        policy: Policy::for_software(["program"]),
    };
    let provider = Arc::clone(&settings.provider);
    let identity = pre::ServerIdentity::EvidenceInsteadOfName;
    let client = pre::ClientSettings {
        statement: pre::Statement::Key,
        ..pre::ClientSettings::new(Arc::clone(&provider), identity, relying_party)
    };
    let name = ServerName::try_from("server.example").expect("a name");
    let mut client = pre::Client::new(&client, name, now, ()).expect("they fit");
    // A key of its own, which no certificate of the corpus is about.
    let chain = vec![CertificateDer::from(octets.to_vec())];
    let key = CertifiedKey::new(chain, Arc::clone(&settings.handshake.key));
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])
        .expect("TLS 1.3")
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(SingleCertAndKey::from(key)));
    let mut server = rustls::ServerConnection::new(Arc::new(config)).expect("they fit");
    let hello = client.transmit();
    server.read_tls(&mut &hello[..]).expect("from memory");
    server.process_new_packets().expect("an honest hello");
    let mut flight = Vec::new();
    while server.wants_write() {
        server.write_tls(&mut flight).expect("to memory");
    }
    assert!(client.receive(&flight).is_err(), "nobody's certificate");
    assert!(!client.is_ready());
}

/// Each decoder and the name of its corpus.
pub const ALL: [(&str, fn(&[u8])); 11] = [
    ("authenticator", authenticator),
    ("certificate", certificate),
    ("collection", collection),
    ("evidence", evidence),
    ("frames", frames),
    ("hello", hello),
    ("passport", passport),
    ("policy", policy),
    ("recording", recording),
    ("request", request),
    ("wrapper", wrapper),
];

/// Exports the same for everything.
struct Fixed;

impl Exporter for Fixed {
    fn hash(&self) -> SuiteHash {
        let suite = ring::cipher_suite::TLS13_AES_128_GCM_SHA256.tls13();
        SuiteHash::new(suite.expect("a suite of TLS 1.3")).expect("SHA-256")
    }

    fn export(&mut self, _: Label, _: &[u8], length: usize) -> Result<Secret, ExportError> {
        Ok(Secret::new(vec![0x11; length]))
    }
}

impl KeyingMaterial for Fixed {
    fn export(&self, output: &mut [u8], _: &[u8], _: &[u8]) -> Result<(), String> {
        output.fill(0x11);
        Ok(())
    }
}

struct Nobody;

impl ChainValidation for Nobody {
    fn validate(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
    ) -> Result<(), rustls::Error> {
        Err(rustls::Error::General("nobody is trusted here".to_owned()))
    }
}

/// A server that attests, made once.
fn settings() -> (&'static ServerSettings, UnixTime) {
    static SETTINGS: OnceLock<ServerSettings> = OnceLock::new();
    let settings = SETTINGS.get_or_init(|| {
        let rcgen::CertifiedKey { cert, signing_key } =
            rcgen::generate_simple_self_signed(["server.example".to_owned()]).expect("a name");
        let pkcs8 = PrivatePkcs8KeyDer::from(signing_key.serialize_der());
        let key = ring::sign::any_supported_type(&pkcs8.into()).expect("a supported key");
        let spki = key.public_key().expect("a public half").to_vec();
        let workload = mock_tee::Root::from_seed([7; 32])
            .machine(1)
            .launch(b"the program", &spki);
        let chain = vec![cert.der().clone()];
        let identity = Identity { chain, key };
        let provider = Arc::new(ring::default_provider());
        ServerSettings::new(provider, identity, Arc::new(workload))
    });
    let now = std::time::Duration::from_secs(1_782_864_000);
    (settings, UnixTime::since_unix_epoch(now))
}
