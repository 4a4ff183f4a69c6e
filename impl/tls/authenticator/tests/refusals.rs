//! A refusal for each acceptance. Inputs that must get past an earlier check
//! to reach the one under test are closed with right MACs and signatures by
//! the second implementation.

mod common;

use authenticator::{
    ApiMisuse, Credential, DecodeErrorKind, Error, Extension, ExtensionType, Extensions, Limits,
    PeerIncompatible, PeerMisbehaved, Role, ServerChain, Session,
};
use common::reference::{self, Inputs};
use common::{Connection, KeyKind, PAYLOAD, Suite, context, exchange, verify};
use rustls::SignatureScheme;
use rustls::pki_types::ServerName;

/// A client waiting for the answer to context 7, and its verdict.
fn verdict(suite: Suite, authenticator: &[u8]) -> Error {
    let mut client = Session::new(Role::Client);
    client
        .request(context(7), common::both_schemes())
        .expect("a first request");
    verify(&mut client, &mut Connection::new(suite, 1), authenticator).expect_err("must be refused")
}

fn misbehaved(fault: PeerMisbehaved) -> Error {
    Error::PeerMisbehaved(fault)
}

#[test]
fn accepts_the_honest_exchange() {
    for suite in Suite::BOTH {
        for kind in KeyKind::ALL {
            let mut exchange = exchange(suite, kind);
            let mut connection = Connection::new(suite, 1);
            let verified = verify(
                &mut exchange.client,
                &mut connection,
                &exchange.authenticator,
            )
            .expect("honest");
            assert_eq!(verified.extension(PAYLOAD), Some(&b"opaque"[..]));
            assert_eq!(verified.scheme(), kind.scheme());
            assert_eq!(verified.context(), &context(7));
        }
    }
}

#[test]
fn refuses_every_flipped_bit_of_an_authenticator() {
    let honest = exchange(Suite::Sha256, KeyKind::Ed25519).authenticator;
    for index in 0..honest.len() {
        for bit in [0, 7] {
            let mut bytes = honest.clone();
            bytes[index] ^= 1 << bit;
            let error = verdict(Suite::Sha256, &bytes);
            assert!(
                matches!(error, Error::Decode(_) | Error::PeerMisbehaved(_)),
                "byte {index} bit {bit}: {error}"
            );
        }
    }
}

#[test]
fn refuses_every_flipped_byte_behind_a_right_mac() {
    // Certificate is signed, so any change in it must be found even by a party
    // that knows the MAC key.
    let inputs = Inputs::standard(Suite::Sha256, KeyKind::Ed25519);
    let certificate = inputs.certificate();
    let certificate_verify = inputs.certificate_verify(&certificate);
    for index in 0..certificate.len() {
        let mut changed = certificate.clone();
        changed[index] ^= 1;
        verdict(
            Suite::Sha256,
            &inputs.closing(changed, certificate_verify.clone()),
        );
    }
    for index in 0..certificate_verify.len() {
        let mut changed = certificate_verify.clone();
        changed[index] ^= 1;
        verdict(Suite::Sha256, &inputs.closing(certificate.clone(), changed));
    }
}

#[test]
fn refuses_a_wrong_signature_behind_a_right_mac() {
    for suite in Suite::BOTH {
        for kind in KeyKind::BOTH {
            let inputs = Inputs::standard(suite, kind);
            let certificate = inputs.certificate();
            // A genuine signature over another transcript.
            let foreign = inputs.certificate_verify(b"another Certificate");
            assert_eq!(
                verdict(suite, &inputs.closing(certificate, foreign)),
                misbehaved(PeerMisbehaved::WrongCertificateVerify)
            );
        }
    }
}

#[test]
fn refuses_a_wrong_mac_over_a_right_signature() {
    for suite in Suite::BOTH {
        let mut bytes = exchange(suite, KeyKind::P256).authenticator;
        *bytes.last_mut().expect("not empty") ^= 1;
        assert_eq!(
            verdict(suite, &bytes),
            misbehaved(PeerMisbehaved::WrongFinished)
        );
    }
}

#[test]
fn refuses_another_connections_authenticator() {
    let mut exchange = exchange(Suite::Sha256, KeyKind::Ed25519);
    let mut other = Connection::new(Suite::Sha256, 2);
    assert_eq!(
        verify(&mut exchange.client, &mut other, &exchange.authenticator).unwrap_err(),
        misbehaved(PeerMisbehaved::WrongFinished)
    );
}

#[test]
fn refuses_swapped_role_labels() {
    let mut inputs = Inputs::standard(Suite::Sha256, KeyKind::Ed25519);
    let client =
        |what| reference::exported(1, &format!("EXPORTER-client authenticator {what}"), b"", 32);
    inputs.finished_key = client("finished key");
    assert_eq!(
        verdict(Suite::Sha256, &inputs.authenticator()),
        misbehaved(PeerMisbehaved::WrongFinished)
    );
    let mut inputs = Inputs::standard(Suite::Sha256, KeyKind::Ed25519);
    inputs.handshake_context = client("handshake context");
    assert_eq!(
        verdict(Suite::Sha256, &inputs.authenticator()),
        misbehaved(PeerMisbehaved::WrongFinished)
    );
}

#[test]
fn refuses_the_other_hash_lengths() {
    let short = Inputs::standard(Suite::Sha256, KeyKind::Ed25519).authenticator();
    let Error::Decode(error) = verdict(Suite::Sha384, &short) else {
        panic!("a length error was expected");
    };
    assert_eq!(
        error.kind,
        DecodeErrorKind::MacLength {
            length: 32,
            expected: 48
        }
    );
    // Right MAC length, keys of the wrong one.
    let mut inputs = Inputs::standard(Suite::Sha384, KeyKind::Ed25519);
    inputs.finished_key.truncate(32);
    assert_eq!(
        verdict(Suite::Sha384, &inputs.authenticator()),
        misbehaved(PeerMisbehaved::WrongFinished)
    );
}

#[test]
fn refuses_a_second_answer_and_a_second_try() {
    let mut exchange = exchange(Suite::Sha256, KeyKind::Ed25519);
    let mut connection = Connection::new(Suite::Sha256, 1);
    verify(&mut exchange.client, &mut connection, b"garbage").expect_err("garbage");
    assert_eq!(
        verify(
            &mut exchange.client,
            &mut connection,
            &exchange.authenticator
        )
        .unwrap_err(),
        misbehaved(PeerMisbehaved::ContextReused)
    );
}

#[test]
fn refuses_an_answer_to_another_request() {
    let mut inputs = Inputs::standard(Suite::Sha256, KeyKind::Ed25519);
    inputs.context = vec![8; 32];
    assert_eq!(
        verdict(Suite::Sha256, &inputs.authenticator()),
        misbehaved(PeerMisbehaved::ContextMismatch)
    );
}

#[test]
fn refuses_an_answer_nobody_asked_for() {
    let inputs = Inputs::standard(Suite::Sha256, KeyKind::Ed25519);
    let error = verify(
        &mut Session::new(Role::Client),
        &mut Connection::new(Suite::Sha256, 1),
        &inputs.authenticator(),
    );
    assert_eq!(error.unwrap_err(), ApiMisuse::UnknownContext.into());
}

#[test]
fn refuses_a_context_used_by_either_request_type() {
    let mut server = Session::new(Role::Server);
    let from_client = |byte| reference::request(17, &[byte; 32], &[(13, vec![0, 2, 8, 7])]);
    server.receive_request(&from_client(1)).expect("fresh");
    assert_eq!(
        server.receive_request(&from_client(1)).unwrap_err(),
        misbehaved(PeerMisbehaved::ContextReused)
    );
    assert_eq!(
        server
            .request(context(1), common::both_schemes())
            .unwrap_err(),
        ApiMisuse::ContextReused.into()
    );
    server
        .request(context(2), common::both_schemes())
        .expect("fresh");
    assert_eq!(
        server.receive_request(&from_client(2)).unwrap_err(),
        misbehaved(PeerMisbehaved::ContextReused)
    );
}

#[test]
fn refuses_an_extension_that_was_not_offered() {
    let mut inputs = Inputs::standard(Suite::Sha256, KeyKind::Ed25519);
    inputs.extensions.push((5, vec![1]));
    let error = verdict(Suite::Sha256, &inputs.authenticator());
    assert_eq!(
        error,
        misbehaved(PeerMisbehaved::ExtensionNotOffered {
            extension: ExtensionType(5),
            entry: 0
        })
    );
    assert_eq!(
        error.alert(),
        Some(rustls::AlertDescription::UnsupportedExtension)
    );
}

#[test]
fn refuses_duplicate_extensions() {
    let mut inputs = Inputs::standard(Suite::Sha256, KeyKind::Ed25519);
    inputs.extensions.push((0xff00, vec![]));
    let Error::Decode(error) = verdict(Suite::Sha256, &inputs.authenticator()) else {
        panic!("a decode error was expected");
    };
    assert_eq!(
        error.kind,
        DecodeErrorKind::DuplicateExtension { extension: PAYLOAD }
    );
    let schemes = (13, vec![0, 2, 8, 7]);
    let request = reference::request(17, &[1; 32], &[schemes.clone(), schemes]);
    let error = Session::new(Role::Server).receive_request(&request);
    assert!(matches!(error, Err(Error::Decode(_))));
}

#[test]
fn refuses_schemes_that_authenticators_may_not_use() {
    let mut inputs = Inputs::standard(Suite::Sha256, KeyKind::Ed25519);
    for scheme in [0x0401, 0x0501, 0x0601, 0x0201, 0x0203] {
        inputs.scheme = scheme;
        assert_eq!(
            verdict(Suite::Sha256, &inputs.authenticator()),
            misbehaved(PeerMisbehaved::SchemeForbidden {
                scheme: SignatureScheme::from(scheme)
            })
        );
    }
    let scheme = SignatureScheme::RSA_PKCS1_SHA256;
    assert_eq!(
        Extension::signature_algorithms(&[scheme]),
        Err(ApiMisuse::SchemeForbidden { scheme })
    );
    // By hand instead of through the constructor.
    let by_hand = Extensions::new(vec![Extension {
        typ: ExtensionType::SIGNATURE_ALGORITHMS,
        data: vec![0, 2, 4, 1],
    }])
    .expect("no duplicates");
    assert_eq!(
        Session::new(Role::Client)
            .request(context(1), by_hand)
            .unwrap_err(),
        ApiMisuse::SchemeForbidden { scheme }.into()
    );
}

#[test]
fn refuses_schemes_that_were_not_offered_or_do_not_fit() {
    let mut inputs = Inputs::standard(Suite::Sha256, KeyKind::Ed25519);
    inputs.scheme = 0x0503;
    assert_eq!(
        verdict(Suite::Sha256, &inputs.authenticator()),
        misbehaved(PeerMisbehaved::SchemeNotOffered {
            scheme: SignatureScheme::ECDSA_NISTP384_SHA384
        })
    );
    inputs.scheme = 0x0403; // offered, but the key is Ed25519
    assert_eq!(
        verdict(Suite::Sha256, &inputs.authenticator()),
        misbehaved(PeerMisbehaved::SchemeKeyMismatch {
            scheme: SignatureScheme::ECDSA_NISTP256_SHA256
        })
    );
}

#[test]
fn refuses_truncation_at_every_byte() {
    for kind in KeyKind::BOTH {
        let inputs = Inputs::standard(Suite::Sha256, kind);
        for bytes in [inputs.authenticator(), inputs.empty_authenticator()] {
            for length in 0..bytes.len() {
                let error = verdict(Suite::Sha256, &bytes[..length]);
                let Error::Decode(error) = error else {
                    panic!("{length} bytes: {error}");
                };
                assert!(error.at <= length, "{length} bytes: {error}");
            }
        }
        for length in 0..inputs.request.len() {
            let mut server = Session::new(Role::Server);
            assert!(matches!(
                server.receive_request(&inputs.request[..length]),
                Err(Error::Decode(_))
            ));
        }
    }
}

#[test]
fn refuses_trailing_bytes() {
    let inputs = Inputs::standard(Suite::Sha256, KeyKind::Ed25519);
    for mut bytes in [inputs.authenticator(), inputs.empty_authenticator()] {
        let length = bytes.len();
        bytes.push(0);
        let Error::Decode(error) = verdict(Suite::Sha256, &bytes) else {
            panic!("a decode error was expected");
        };
        assert_eq!(error.kind, DecodeErrorKind::TrailingBytes { count: 1 });
        assert_eq!(error.at, length);
    }
    let mut request = inputs.request;
    request.push(0);
    assert!(matches!(
        Session::new(Role::Server).receive_request(&request),
        Err(Error::Decode(_))
    ));
}

#[test]
fn refuses_what_is_too_big() {
    let limits = Limits {
        authenticator: 100,
        chain: 1,
        contexts: 2,
        outstanding: 1,
        request: 60,
    };
    let mut client = Session::with_limits(Role::Client, limits.clone());
    client
        .request(context(7), common::both_schemes())
        .expect("57 bytes");
    assert_eq!(
        client
            .request(context(8), common::both_schemes())
            .unwrap_err(),
        ApiMisuse::TooManyOutstanding { limit: 1 }.into()
    );
    let honest = exchange(Suite::Sha256, KeyKind::Ed25519).authenticator;
    let error = verify(&mut client, &mut Connection::new(Suite::Sha256, 1), &honest).unwrap_err();
    let Error::Decode(error) = error else {
        panic!("{error}");
    };
    assert!(matches!(
        error.kind,
        DecodeErrorKind::TooLong { limit: 100, .. }
    ));

    let mut server = Session::with_limits(Role::Server, limits);
    let request = |byte, padding| {
        reference::request(
            17,
            &[byte; 8],
            &[(13, vec![0, 2, 8, 7]), (0xff01, vec![0; padding])],
        )
    };
    assert!(matches!(
        server.receive_request(&request(1, 60)),
        Err(Error::Decode(_))
    ));
    server.receive_request(&request(1, 0)).expect("small");
    server.receive_request(&request(2, 0)).expect("small");
    assert_eq!(
        server.receive_request(&request(3, 0)).unwrap_err(),
        misbehaved(PeerMisbehaved::TooManyRequests { limit: 2 })
    );
}

#[test]
fn refuses_requests_of_the_wrong_type_or_content() {
    let schemes = (13, vec![0, 2, 8, 7]);
    let receive = |typ, list: &[(u16, Vec<u8>)]| {
        Session::new(Role::Server)
            .receive_request(&reference::request(typ, &[1; 32], list))
            .map(|_| ())
    };
    receive(17, std::slice::from_ref(&schemes)).expect("honest");
    receive(17, &[schemes.clone(), (0xabcd, vec![1])]).expect("unknown extensions are ignored");
    // A server's own request, reflected.
    let Err(Error::Decode(error)) = receive(13, std::slice::from_ref(&schemes)) else {
        panic!("type 13 is a server's");
    };
    assert_eq!(
        error.kind,
        DecodeErrorKind::UnexpectedType {
            found: 13,
            expected: 17
        }
    );
    assert_eq!(
        receive(17, &[(0xff00, vec![])]),
        Err(misbehaved(PeerMisbehaved::MissingSignatureAlgorithms))
    );
    assert_eq!(
        receive(17, &[schemes, (51, vec![])]),
        Err(misbehaved(PeerMisbehaved::ExtensionForbidden {
            extension: ExtensionType(51)
        }))
    );
    for body in [vec![], vec![0, 0], vec![0, 3, 8, 7, 4], vec![0, 2, 8]] {
        assert!(matches!(receive(17, &[(13, body)]), Err(Error::Decode(_))));
    }
    assert!(matches!(receive(17, &[]), Err(Error::Decode(_))));
}

#[test]
fn refuses_a_chain_the_callback_refuses() {
    let mut exchange = exchange(Suite::Sha256, KeyKind::Ed25519);
    let verifier = common::server_verifier(common::trust_anchor());
    let error = exchange
        .client
        .verify(
            &mut Connection::new(Suite::Sha256, 1),
            &context(7),
            &exchange.authenticator,
            &common::provider().signature_verification_algorithms,
            &ServerChain {
                verifier: &*verifier,
                name: ServerName::try_from("other.example").expect("a name"),
                now: common::now(),
            },
        )
        .unwrap_err();
    assert!(
        matches!(
            error,
            Error::PeerMisbehaved(PeerMisbehaved::CertificateInvalid { .. })
        ),
        "{error}"
    );
}

#[test]
fn recognises_a_refusal_only_if_it_is_authentic() {
    let inputs = Inputs::standard(Suite::Sha256, KeyKind::Ed25519);
    assert_eq!(
        verdict(Suite::Sha256, &inputs.empty_authenticator()),
        PeerIncompatible::Refused.into()
    );
    let mut forged = inputs.empty_authenticator();
    forged[10] ^= 1;
    assert_eq!(
        verdict(Suite::Sha256, &forged),
        misbehaved(PeerMisbehaved::WrongFinished)
    );
}

#[test]
fn refuses_to_answer_wrongly() {
    let received = |server: &mut Session, byte| {
        let schemes = [(13, vec![0, 2, 8, 7])];
        server
            .receive_request(&reference::request(17, &[byte; 32], &schemes))
            .expect("fresh")
    };
    let mut server = Session::new(Role::Server);
    let mut connection = Connection::new(Suite::Sha256, 1);
    let request = received(&mut server, 1);
    assert_eq!(
        server
            .authenticate(
                &mut connection,
                request,
                &KeyKind::Ed25519.credential(),
                common::payload(b"x")
            )
            .unwrap_err(),
        ApiMisuse::ExtensionNotOffered { extension: PAYLOAD }.into()
    );
    let request = received(&mut server, 2);
    let credential = KeyKind::P256.credential(); // only Ed25519 is offered
    assert!(!credential.fits(&request));
    assert_eq!(
        server
            .authenticate(&mut connection, request, &credential, Extensions::default())
            .unwrap_err(),
        PeerIncompatible::NoUsableScheme.into()
    );
}

#[test]
fn refuses_a_credential_with_another_key() {
    let chain = KeyKind::P256.credential().chain().to_vec();
    let pkcs8 = rcgen::KeyPair::generate().expect("a key").serialize_der();
    let other = rustls::crypto::ring::sign::any_supported_type(
        &rustls::pki_types::PrivatePkcs8KeyDer::from(pkcs8).into(),
    )
    .expect("supported");
    assert_eq!(
        Credential::new(chain, other.clone()).unwrap_err(),
        ApiMisuse::KeyMismatch
    );
    assert!(matches!(
        Credential::new(vec![], other),
        Err(ApiMisuse::UnreadableCertificate { .. })
    ));
}

#[test]
fn spontaneous_authenticators_come_from_servers_once() {
    let hello = common::both_schemes();
    let kind = KeyKind::Ed25519;
    let mut server = Session::new(Role::Server);
    let mut connection = Connection::new(Suite::Sha256, 1);
    let bytes = server
        .authenticate_unasked(
            &mut connection,
            context(9),
            &hello,
            &kind.credential(),
            Extensions::default(),
        )
        .expect("a fresh context");
    let verifier = common::server_verifier(common::trust_anchor());
    let chain = ServerChain {
        verifier: &*verifier,
        name: ServerName::try_from(common::NAME).expect("a name"),
        now: common::now(),
    };
    let algorithms = common::provider().signature_verification_algorithms;
    let mut client = Session::new(Role::Client);
    client
        .verify_unasked(&mut connection, &hello, &bytes, &algorithms, &chain)
        .expect("honest");
    assert_eq!(
        client
            .verify_unasked(&mut connection, &hello, &bytes, &algorithms, &chain)
            .unwrap_err(),
        misbehaved(PeerMisbehaved::ContextReused)
    );
    assert_eq!(
        server
            .verify_unasked(&mut connection, &hello, &bytes, &algorithms, &chain)
            .unwrap_err(),
        misbehaved(PeerMisbehaved::SpontaneousClient)
    );
    assert_eq!(
        client
            .authenticate_unasked(
                &mut connection,
                context(10),
                &hello,
                &kind.credential(),
                Extensions::default()
            )
            .unwrap_err(),
        ApiMisuse::SpontaneousClient.into()
    );
}
