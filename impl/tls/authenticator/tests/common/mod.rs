//! One certification authority, keys from fixed seeds, and connections whose
//! exporters are functions of a number.

#![allow(dead_code, unreachable_pub)] // each test binary uses a part of it

pub mod reference;
pub mod rsa;

use std::sync::Arc;

use authenticator::{
    Context, Credential, Error, ExportError, Exporter, Extension, ExtensionType, Extensions, Label,
    Role, Secret, ServerChain, Session, SuiteHash, VerifiedAuthenticator,
};
use rcgen::{
    BasicConstraints, CertificateParams, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, SerialNumber, date_time_ymd,
};
use rustls::client::WebPkiServerVerifier;
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName, UnixTime};
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::ClientCertVerifier;
use rustls::{RootCertStore, SignatureScheme};

/// A private-use number for the payload extension.
pub const PAYLOAD: ExtensionType = ExtensionType(0xff00);
pub const NAME: &str = "server.example";

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Suite {
    Sha256,
    Sha384,
}

impl Suite {
    pub const BOTH: [Self; 2] = [Self::Sha256, Self::Sha384];

    pub fn hash(self) -> SuiteHash {
        let suite = match self {
            Self::Sha256 => ring::cipher_suite::TLS13_AES_128_GCM_SHA256,
            Self::Sha384 => ring::cipher_suite::TLS13_AES_256_GCM_SHA384,
        };
        let suite = suite.tls13().expect("a TLS 1.3 suite was named");
        SuiteHash::new(suite).expect("SHA-256 and SHA-384 are supported")
    }

    pub fn output_len(self) -> usize {
        match self {
            Self::Sha256 => 32,
            Self::Sha384 => 48,
        }
    }
}

/// The exporter of connection number `connection`; remembers what was asked.
pub struct Connection {
    pub suite: Suite,
    pub number: u8,
    pub asked: Vec<(&'static str, Vec<u8>, usize)>,
}

impl Connection {
    pub fn new(suite: Suite, number: u8) -> Self {
        Self {
            suite,
            number,
            asked: Vec::new(),
        }
    }
}

impl Exporter for Connection {
    fn hash(&self) -> SuiteHash {
        self.suite.hash()
    }

    fn export(
        &mut self,
        label: Label,
        context: &[u8],
        length: usize,
    ) -> Result<Secret, ExportError> {
        self.asked.push((label.as_str(), context.to_vec(), length));
        Ok(Secret::new(reference::exported(
            self.number,
            label.as_str(),
            context,
            length,
        )))
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum KeyKind {
    Ed25519,
    P256,
    P384,
    /// 2048 bits, for RSA-PSS.
    Rsa,
}

impl KeyKind {
    pub const ALL: [Self; 4] = [Self::Ed25519, Self::P256, Self::P384, Self::Rsa];
    /// Those that [`both_schemes`] offers.
    pub const BOTH: [Self; 2] = [Self::Ed25519, Self::P256];

    pub fn scheme(self) -> SignatureScheme {
        match self {
            Self::Ed25519 => SignatureScheme::ED25519,
            Self::P256 => SignatureScheme::ECDSA_NISTP256_SHA256,
            Self::P384 => SignatureScheme::ECDSA_NISTP384_SHA384,
            Self::Rsa => SignatureScheme::RSA_PSS_SHA256,
        }
    }

    /// What is offered to a sender with such a key.
    pub fn offered(self) -> Vec<SignatureScheme> {
        if Self::BOTH.contains(&self) {
            Self::BOTH.iter().rev().map(|kind| kind.scheme()).collect()
        } else {
            vec![self.scheme()]
        }
    }

    pub fn seed(self) -> [u8; 32] {
        match self {
            Self::Ed25519 => [0x45; 32],
            Self::P256 => [0x50; 32],
            Self::P384 => [0x38; 32],
            Self::Rsa => [0x5a; 32], // of the salt; the key is in a file
        }
    }

    fn pkcs8(self) -> PrivatePkcs8KeyDer<'static> {
        match self {
            Self::Ed25519 => ed25519_pkcs8(self.seed()),
            Self::P256 => p256_pkcs8(self.seed()),
            Self::P384 => p384_pkcs8(p384_scalar(self)),
            Self::Rsa => RSA_KEY.to_vec().into(),
        }
    }

    pub fn leaf(self) -> CertificateDer<'static> {
        leaf(self.pkcs8(), NAME, Role::Server)
    }

    /// For a sender in this role.
    pub fn leaf_of(self, sender: Role) -> CertificateDer<'static> {
        leaf(self.pkcs8(), NAME, sender)
    }

    pub fn credential(self) -> Credential {
        credential_named(self, NAME)
    }
}

/// PKCS #8, made once for these tests.
pub const RSA_KEY: &[u8] = include_bytes!("../../testdata/rsa-2048.pk8");

pub fn p384_scalar(kind: KeyKind) -> [u8; 48] {
    let mut scalar = [0; 48];
    scalar[16..].copy_from_slice(&kind.seed());
    scalar
}

pub fn credential_named(kind: KeyKind, name: &str) -> Credential {
    let key = ring::sign::any_supported_type(&PrivateKeyDer::Pkcs8(kind.pkcs8()))
        .expect("the fixed keys are supported");
    Credential::new(vec![leaf(kind.pkcs8(), name, Role::Server)], key)
        .expect("key and certificate match")
}

fn ed25519_pkcs8(seed: [u8; 32]) -> PrivatePkcs8KeyDer<'static> {
    let mut der = hex::decode("302e020100300506032b657004220420").expect("hex");
    der.extend_from_slice(&seed);
    PrivatePkcs8KeyDer::from(der)
}

fn p256_pkcs8(seed: [u8; 32]) -> PrivatePkcs8KeyDer<'static> {
    let secret = p256::SecretKey::from_slice(&seed).expect("a valid scalar");
    let point = p256::EncodedPoint::from(secret.public_key());
    let mut der =
        hex::decode("308187020100301306072a8648ce3d020106082a8648ce3d030107046d306b0201010420")
            .expect("hex");
    der.extend_from_slice(&seed);
    der.extend_from_slice(&hex::decode("a144034200").expect("hex"));
    der.extend_from_slice(point.as_bytes());
    PrivatePkcs8KeyDer::from(der)
}

fn p384_pkcs8(scalar: [u8; 48]) -> PrivatePkcs8KeyDer<'static> {
    let secret = p384::SecretKey::from_slice(&scalar).expect("a valid scalar");
    let point = p384::EncodedPoint::from(secret.public_key());
    let mut der =
        hex::decode("3081b6020100301006072a8648ce3d020106052b8104002204819e30819b0201010430")
            .expect("hex");
    der.extend_from_slice(&scalar);
    der.extend_from_slice(&hex::decode("a164036200").expect("hex"));
    der.extend_from_slice(point.as_bytes());
    PrivatePkcs8KeyDer::from(der)
}

fn key_pair(pkcs8: &PrivatePkcs8KeyDer<'_>) -> KeyPair {
    KeyPair::try_from(pkcs8).expect("the fixed keys are readable")
}

fn authority() -> (CertificateParams, KeyPair) {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    params.serial_number = Some(SerialNumber::from(1));
    params.not_before = date_time_ymd(2026, 1, 1);
    params.not_after = date_time_ymd(2036, 1, 1);
    (params, key_pair(&ed25519_pkcs8([0xca; 32])))
}

pub fn trust_anchor() -> CertificateDer<'static> {
    let (params, key) = authority();
    params.self_signed(&key).expect("self-signed").into()
}

/// Signed by the Ed25519 authority, so the same bytes on every run.
fn leaf(pkcs8: PrivatePkcs8KeyDer<'_>, name: &str, sender: Role) -> CertificateDer<'static> {
    let (authority, key) = authority();
    let mut params = CertificateParams::new(vec![name.to_owned()]).expect("a DNS name");
    params.serial_number = Some(SerialNumber::from(2));
    params.not_before = date_time_ymd(2026, 1, 1);
    params.not_after = date_time_ymd(2036, 1, 1);
    params.extended_key_usages = vec![match sender {
        Role::Client => ExtendedKeyUsagePurpose::ClientAuth,
        Role::Server => ExtendedKeyUsagePurpose::ServerAuth,
    }];
    params
        .signed_by(&key_pair(&pkcs8), &Issuer::new(authority, key))
        .expect("signed")
        .into()
}

pub fn provider() -> CryptoProvider {
    ring::default_provider()
}

pub fn server_verifier(anchor: CertificateDer<'static>) -> Arc<WebPkiServerVerifier> {
    let mut roots = RootCertStore::empty();
    roots.add(anchor).expect("a trust anchor");
    WebPkiServerVerifier::builder_with_provider(roots.into(), provider().into())
        .build()
        .expect("a verifier")
}

pub fn client_verifier(anchor: CertificateDer<'static>) -> Arc<dyn ClientCertVerifier> {
    let mut roots = RootCertStore::empty();
    roots.add(anchor).expect("a trust anchor");
    WebPkiClientVerifier::builder_with_provider(roots.into(), provider().into())
        .build()
        .expect("a verifier")
}

/// 2026-07-01.
pub fn now() -> UnixTime {
    UnixTime::since_unix_epoch(std::time::Duration::from_secs(1_782_864_000))
}

pub fn context(byte: u8) -> Context {
    Context::new(&[byte; 32]).expect("32 bytes fit")
}

/// What a client offers: schemes, then the empty payload extension.
pub fn offer(schemes: &[SignatureScheme]) -> Extensions {
    Extensions::new(vec![
        Extension::signature_algorithms(schemes).expect("usable schemes"),
        Extension::empty(PAYLOAD),
    ])
    .expect("no duplicates")
}

pub fn both_schemes() -> Extensions {
    offer(&[
        SignatureScheme::ECDSA_NISTP256_SHA256,
        SignatureScheme::ED25519,
    ])
}

pub fn payload(data: &[u8]) -> Extensions {
    Extensions::new(vec![Extension {
        typ: PAYLOAD,
        data: data.to_vec(),
    }])
    .expect("no duplicates")
}

/// One exchange with a server as sender, up to the authenticator's bytes.
pub struct Exchange {
    pub client: Session,
    pub server: Session,
    pub request: Vec<u8>,
    pub authenticator: Vec<u8>,
}

pub fn exchange(suite: Suite, kind: KeyKind) -> Exchange {
    let mut client = Session::new(Role::Client);
    let mut server = Session::new(Role::Server);
    let request = client
        .request(context(7), offer(&kind.offered()))
        .expect("a first request");
    let received = server
        .receive_request(request.encoding())
        .expect("a well-formed request");
    let authenticator = server
        .authenticate(
            &mut Connection::new(suite, 1),
            received,
            &kind.credential(),
            payload(b"opaque"),
        )
        .expect("a fitting credential");
    Exchange {
        client,
        server,
        request: request.encoding().to_vec(),
        authenticator,
    }
}

/// The client's verdict on `authenticator`, as the answer to context 7, on
/// connection `connection`.
pub fn verify(
    client: &mut Session,
    connection: &mut dyn Exporter,
    authenticator: &[u8],
) -> Result<VerifiedAuthenticator, Error> {
    let verifier = server_verifier(trust_anchor());
    client.verify(
        connection,
        &context(7),
        authenticator,
        &provider().signature_verification_algorithms,
        &ServerChain {
            verifier: &*verifier,
            name: ServerName::try_from(NAME).expect("a DNS name"),
            now: now(),
        },
    )
}
