//! Known answers. `testdata/*.vector` hold inputs and expected bytes; the
//! bytes come from the second implementation in `common/reference.rs`, and any
//! other implementation's may be dropped in beside them (see
//! `testdata/SOURCE.md` for the format).

mod common;

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use authenticator::{
    Context, Error, ExportError, Exporter, Extension, ExtensionType, Extensions, Label,
    PeerIncompatible, Role, Secret, ServerChain, Session, SuiteHash,
};
use common::reference::Inputs;
use common::{KeyKind, NAME, PAYLOAD, Suite};
use rustls::pki_types::{CertificateDer, ServerName};

type Fields = BTreeMap<String, String>;

/// The names of the vectors of our own and what makes them.
fn own_vectors() -> Vec<(String, Suite, KeyKind)> {
    let mut vectors = Vec::new();
    for suite in Suite::BOTH {
        for kind in KeyKind::BOTH {
            vectors.push((format!("{suite:?}-{kind:?}").to_lowercase(), suite, kind));
        }
    }
    vectors
}

#[test]
fn files_are_what_the_second_implementation_computes() {
    for (name, suite, kind) in own_vectors() {
        let path = testdata().join(format!("{name}.vector"));
        let computed = render(suite, kind);
        if std::env::var_os("BLESS").is_some() {
            fs::write(&path, &computed).expect("testdata is writable");
        }
        let stored = fs::read_to_string(&path).expect("the vector exists");
        assert_eq!(stored, computed, "{name}: set BLESS=1 after reading why");
    }
}

#[test]
fn every_vector_verifies() {
    let mut count = 0;
    for entry in fs::read_dir(testdata()).expect("testdata exists") {
        let path = entry.expect("readable").path();
        if path
            .extension()
            .is_some_and(|extension| extension == "vector")
        {
            check(&parse(&fs::read_to_string(&path).expect("text")), &path);
            count += 1;
        }
    }
    assert!(count >= own_vectors().len(), "only {count} vectors found");
}

#[test]
fn ed25519_authenticators_are_byte_for_byte_the_vectors() {
    for suite in Suite::BOTH {
        let exchange = common::exchange(suite, KeyKind::Ed25519);
        let expected = Inputs::standard(suite, KeyKind::Ed25519);
        assert_eq!(
            hex::encode(&exchange.request),
            hex::encode(&expected.request)
        );
        assert_eq!(
            hex::encode(&exchange.authenticator),
            hex::encode(expected.authenticator())
        );
    }
}

#[test]
fn ecdsa_authenticators_differ_in_the_signature_only() {
    for suite in Suite::BOTH {
        let ours = common::exchange(suite, KeyKind::P256).authenticator;
        let inputs = Inputs::standard(suite, KeyKind::P256);
        let certificate = inputs.certificate();
        let (head, tail) = ours.split_at(certificate.len());
        assert_eq!(head, certificate);
        let finished = tail.len() - 4 - suite.output_len();
        assert_eq!(tail[finished..], inputs.finished(head, &tail[..finished]));
        assert_eq!(tail[..1], [15]);
        assert_eq!(tail[4..6], [0x04, 0x03]);
    }
}

#[test]
fn empty_authenticators_are_byte_for_byte_the_vectors() {
    for suite in Suite::BOTH {
        let mut server = Session::new(Role::Server);
        let inputs = Inputs::standard(suite, KeyKind::Ed25519);
        let request = server
            .receive_request(&inputs.request)
            .expect("well-formed");
        let ours = server
            .refuse(&mut common::Connection::new(suite, 1), request)
            .expect("an exporter that works");
        assert_eq!(hex::encode(ours), hex::encode(inputs.empty_authenticator()));
    }
}

#[test]
fn authenticator_keys_use_an_empty_context_and_the_hash_length() {
    for suite in Suite::BOTH {
        let mut exchange = common::exchange(suite, KeyKind::Ed25519);
        let mut connection = common::Connection::new(suite, 1);
        common::verify(
            &mut exchange.client,
            &mut connection,
            &exchange.authenticator,
        )
        .expect("honest");
        let length = suite.output_len();
        assert_eq!(
            connection.asked,
            [
                (
                    "EXPORTER-server authenticator handshake context",
                    vec![],
                    length
                ),
                ("EXPORTER-server authenticator finished key", vec![], length),
            ]
        );
    }
}

#[test]
fn binding_value_is_the_suite_hash_of_key_and_exporter() {
    for suite in Suite::BOTH {
        let mut exchange = common::exchange(suite, KeyKind::P256);
        let mut connection = common::Connection::new(suite, 1);
        let verified = common::verify(
            &mut exchange.client,
            &mut connection,
            &exchange.authenticator,
        )
        .expect("honest");
        let label = Label::new("Attestation").expect("a short label");
        let value = verified
            .binding_value(&mut connection, label)
            .expect("an exporter that works");
        let exported = common::reference::exported(1, "Attestation", &[7; 32], 32);
        assert_eq!(
            value.as_ref(),
            common::reference::hash(suite, &[verified.spki(), &exported])
        );
        assert_eq!(value.as_ref().len(), suite.output_len());
    }
}

/// One vector against `Session::verify`, as it stands and as a refusal.
fn check(fields: &Fields, path: &std::path::Path) {
    let suite = match fields["hash"].as_str() {
        "sha256" => Suite::Sha256,
        "sha384" => Suite::Sha384,
        other => panic!("{}: unknown hash {other}", path.display()),
    };
    assert_eq!(fields["sender"], "server", "{}", path.display());
    let mut exporter = Fixed {
        suite,
        handshake_context: bytes(fields, "handshake_context"),
        finished_key: bytes(fields, "finished_key"),
    };
    let offered = Extensions::new(vec![
        Extension {
            typ: ExtensionType::SIGNATURE_ALGORITHMS,
            data: bytes(fields, "signature_algorithms"),
        },
        Extension::empty(PAYLOAD),
    ])
    .expect("no duplicates");
    let context = Context::new(&bytes(fields, "context")).expect("short");
    let verifier = common::server_verifier(CertificateDer::from(bytes(fields, "trust_anchor")));
    let chain = ServerChain {
        verifier: &*verifier,
        name: ServerName::try_from(fields["server_name"].as_str()).expect("a name"),
        now: common::now(),
    };
    let algorithms = common::provider().signature_verification_algorithms;

    let mut client = Session::new(Role::Client);
    let request = client
        .request(context.clone(), offered.clone())
        .expect("a first request");
    assert_eq!(request.encoding(), bytes(fields, "request"));
    let verified = client
        .verify(
            &mut exporter,
            &context,
            &bytes(fields, "authenticator"),
            &algorithms,
            &chain,
        )
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    assert_eq!(
        verified.extension(PAYLOAD),
        Some(&*bytes(fields, "payload"))
    );

    let mut client = Session::new(Role::Client);
    client
        .request(context.clone(), offered)
        .expect("a first request");
    let refused = client.verify(
        &mut exporter,
        &context,
        &bytes(fields, "empty_authenticator"),
        &algorithms,
        &chain,
    );
    assert_eq!(
        refused.unwrap_err(),
        Error::PeerIncompatible(PeerIncompatible::Refused)
    );
}

/// An exporter that knows the two values of a vector and nothing else.
struct Fixed {
    suite: Suite,
    handshake_context: Vec<u8>,
    finished_key: Vec<u8>,
}

impl Exporter for Fixed {
    fn hash(&self) -> SuiteHash {
        self.suite.hash()
    }

    fn export(&mut self, label: Label, _: &[u8], _: usize) -> Result<Secret, ExportError> {
        let value = match label.as_str() {
            "EXPORTER-server authenticator handshake context" => &self.handshake_context,
            "EXPORTER-server authenticator finished key" => &self.finished_key,
            other => {
                return Err(ExportError {
                    label: label.as_str(),
                    reason: format!("the vector has no {other}"),
                });
            }
        };
        Ok(Secret::new(value.clone()))
    }
}

fn render(suite: Suite, kind: KeyKind) -> String {
    let inputs = Inputs::standard(suite, kind);
    let lines = [
        ("sender", "server".to_owned()),
        ("hash", format!("{suite:?}").to_lowercase()),
        ("server_name", NAME.to_owned()),
        ("trust_anchor", hex::encode(common::trust_anchor())),
        ("handshake_context", hex::encode(&inputs.handshake_context)),
        ("finished_key", hex::encode(&inputs.finished_key)),
        ("context", hex::encode(&inputs.context)),
        ("signature_algorithms", "000404030807".to_owned()),
        ("payload", hex::encode(b"opaque")),
        ("request", hex::encode(&inputs.request)),
        ("authenticator", hex::encode(inputs.authenticator())),
        (
            "empty_authenticator",
            hex::encode(inputs.empty_authenticator()),
        ),
    ];
    lines
        .iter()
        .map(|(name, value)| format!("{name} = {value}\n"))
        .collect()
}

fn parse(text: &str) -> Fields {
    text.lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| {
            let (name, value) = line.split_once(" = ").expect("name = value");
            (name.to_owned(), value.to_owned())
        })
        .collect()
}

fn bytes(fields: &Fields, name: &str) -> Vec<u8> {
    hex::decode(&fields[name]).expect("hex")
}

fn testdata() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("testdata")
}
