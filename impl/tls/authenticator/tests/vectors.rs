//! Known answers. `testdata/*.json` hold inputs and expected bytes; the
//! bytes come from the second implementation in `common/reference.rs`, and any
//! other implementation's may be dropped in beside them (see
//! `testdata/SOURCE.md` for the format).

mod common;

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use authenticator::{
    ChainValidation, ClientChain, Context, Error, ExportError, Exporter, Extension, ExtensionType,
    Extensions, Label, PeerIncompatible, Role, Secret, ServerChain, Session, SuiteHash,
};
use common::reference::Inputs;
use common::{KeyKind, NAME, PAYLOAD, Suite};
use rustls::pki_types::{CertificateDer, ServerName};

type Fields = BTreeMap<String, String>;

/// The names of the vectors of our own and what makes them.
fn own_vectors() -> Vec<(String, Role, Suite, KeyKind)> {
    let mut vectors = Vec::new();
    for suite in Suite::BOTH {
        for kind in KeyKind::ALL {
            for sender in [Role::Client, Role::Server] {
                let name = format!("{suite:?}-{kind:?}-{sender:?}").to_lowercase();
                vectors.push((name, sender, suite, kind));
            }
        }
    }
    vectors
}

#[test]
fn files_are_what_the_second_implementation_computes() {
    for (name, sender, suite, kind) in own_vectors() {
        let path = testdata().join(format!("{name}.json"));
        let computed = render(sender, suite, kind);
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
            .is_some_and(|extension| extension == "json")
        {
            let text = fs::read_to_string(&path).expect("text");
            check(
                &serde_json::from_str(&text).expect("strings by name"),
                &path,
            );
            count += 1;
        }
    }
    assert!(count >= own_vectors().len(), "only {count} vectors found");
}

#[test]
fn rsa_and_p384_authenticators_differ_in_the_signature_only() {
    for suite in Suite::BOTH {
        for kind in [KeyKind::P384, KeyKind::Rsa] {
            let exchange = common::exchange(suite, kind);
            let inputs = Inputs::standard(suite, kind);
            assert_eq!(hex::encode(&exchange.request), hex::encode(&inputs.request));
            let (head, tail) = exchange.authenticator.split_at(inputs.certificate().len());
            assert_eq!(head, inputs.certificate());
            let finished = tail.len() - 4 - suite.output_len();
            assert_eq!(tail[finished..], inputs.finished(head, &tail[..finished]));
            assert_eq!(tail[4..6], inputs.scheme.to_be_bytes());
        }
    }
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
    let sender = match fields["sender"].as_str() {
        "client" => Role::Client,
        "server" => Role::Server,
        other => panic!("{}: unknown sender {other}", path.display()),
    };
    let mut exporter = Fixed {
        suite,
        sender,
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
    let anchor = CertificateDer::from(bytes(fields, "trust_anchor"));
    let of_servers = common::server_verifier(anchor.clone());
    let of_clients = common::client_verifier(anchor);
    let chain: &dyn ChainValidation = match sender {
        Role::Client => &ClientChain {
            verifier: &*of_clients,
            now: common::now(),
        },
        Role::Server => &ServerChain {
            verifier: &*of_servers,
            name: ServerName::try_from(fields["server_name"].as_str()).expect("a name"),
            now: common::now(),
        },
    };
    let algorithms = common::provider().signature_verification_algorithms;

    for (answer, payload) in [
        ("authenticator", Some("payload")),
        ("empty_authenticator", None),
    ] {
        let mut verifier = Session::new(sender.peer());
        let request = verifier
            .request(context.clone(), offered.clone())
            .expect("a first request");
        assert_eq!(request.encoding(), bytes(fields, "request"));
        let answer = bytes(fields, answer);
        let verified = verifier.verify(&mut exporter, &context, &answer, &algorithms, chain);
        match payload {
            Some(payload) => {
                let verified =
                    verified.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
                let expected = bytes(fields, payload);
                assert_eq!(verified.extension(PAYLOAD), Some(&*expected));
            }
            None => assert_eq!(
                verified.unwrap_err(),
                Error::PeerIncompatible(PeerIncompatible::Refused)
            ),
        }
    }
}

/// An exporter that knows the two values of a vector and nothing else.
struct Fixed {
    suite: Suite,
    sender: Role,
    handshake_context: Vec<u8>,
    finished_key: Vec<u8>,
}

impl Exporter for Fixed {
    fn hash(&self) -> SuiteHash {
        self.suite.hash()
    }

    fn export(&mut self, label: Label, _: &[u8], _: usize) -> Result<Secret, ExportError> {
        let value = match (self.sender, label.as_str()) {
            (Role::Server, "EXPORTER-server authenticator handshake context")
            | (Role::Client, "EXPORTER-client authenticator handshake context") => {
                &self.handshake_context
            }
            (Role::Server, "EXPORTER-server authenticator finished key")
            | (Role::Client, "EXPORTER-client authenticator finished key") => &self.finished_key,
            (_, other) => {
                return Err(ExportError {
                    label: label.as_str(),
                    reason: format!("the vector has no {other}"),
                });
            }
        };
        Ok(Secret::new(value.clone()))
    }
}

fn render(sender: Role, suite: Suite, kind: KeyKind) -> String {
    let inputs = Inputs::by(sender, suite, kind);
    let schemes = match kind {
        KeyKind::Ed25519 | KeyKind::P256 => "000404030807",
        KeyKind::P384 => "00020503",
        KeyKind::Rsa => "00020804",
    };
    let fields = Fields::from(
        [
            ("sender", format!("{sender:?}").to_lowercase()),
            ("hash", format!("{suite:?}").to_lowercase()),
            ("server_name", NAME.to_owned()),
            ("trust_anchor", hex::encode(common::trust_anchor())),
            ("handshake_context", hex::encode(&inputs.handshake_context)),
            ("finished_key", hex::encode(&inputs.finished_key)),
            ("context", hex::encode(&inputs.context)),
            ("signature_algorithms", schemes.to_owned()),
            ("payload", hex::encode(b"opaque")),
            ("request", hex::encode(&inputs.request)),
            ("authenticator", hex::encode(inputs.authenticator())),
            (
                "empty_authenticator",
                hex::encode(inputs.empty_authenticator()),
            ),
        ]
        .map(|(name, value)| (name.to_owned(), value)),
    );
    let text = serde_json::to_string_pretty(&fields).expect("strings");
    format!("{text}\n")
}

fn bytes(fields: &Fields, name: &str) -> Vec<u8> {
    hex::decode(&fields[name]).expect("hex")
}

fn testdata() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("testdata")
}

#[test]
fn the_conformance_table_names_tests_that_exist() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let table = fs::read_to_string(root.join("CONFORMANCE.md")).expect("text");
    let tests: String = ["refusals.rs", "round_trip.rs", "vectors.rs"]
        .map(|file| fs::read_to_string(root.join("tests").join(file)).expect("text"))
        .concat();
    let mut named = 0;
    for row in table.lines().filter(|line| line.starts_with("| ")) {
        let name = row.split('`').rev().nth(1).unwrap_or_default();
        if name.matches('_').count() >= 2 {
            assert!(tests.contains(&format!("fn {name}(")), "no test {name}");
            named += 1;
        }
    }
    assert!(named >= 17, "only {named} tests named");
}
