//! Properties over many inputs: what is sent is what is read, and no bytes
//! bring the decoders down.

mod common;

use authenticator::{Context, Extension, ExtensionType, Extensions, Role, Session};
use common::{Connection, KeyKind, Suite};
use proptest::prelude::*;
use rustls::SignatureScheme;

/// Extensions with distinct private-use numbers behind signature_algorithms.
fn extension_lists() -> impl Strategy<Value = Vec<Extension>> {
    proptest::collection::btree_map(
        0xff00u16..0xffff,
        proptest::collection::vec(any::<u8>(), 0..200),
        0..6,
    )
    .prop_map(|map| {
        map.into_iter()
            .map(|(number, data)| Extension {
                typ: ExtensionType(number),
                data,
            })
            .collect()
    })
}

fn offer(others: &[Extension]) -> Extensions {
    let schemes = Extension::signature_algorithms(&[SignatureScheme::ED25519]).expect("usable");
    Extensions::new([&[schemes], others].concat()).expect("no duplicates")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn requests_round_trip(
        context in proptest::collection::vec(any::<u8>(), 0..=255),
        others in extension_lists(),
        from_client in any::<bool>(),
    ) {
        let role = if from_client { Role::Client } else { Role::Server };
        let context = Context::new(&context).expect("at most 255 bytes");
        let sent = Session::new(role)
            .request(context, offer(&others))
            .expect("a first request");
        let received = Session::new(role.peer())
            .receive_request(sent.encoding())
            .expect("well-formed");
        prop_assert_eq!(received.context(), sent.context());
        prop_assert_eq!(received.extensions(), sent.extensions());
        prop_assert_eq!(received.encoding(), sent.encoding());
    }

    #[test]
    fn payloads_round_trip(others in extension_lists(), sha384 in any::<bool>()) {
        let suite = if sha384 { Suite::Sha384 } else { Suite::Sha256 };
        let mut client = Session::new(Role::Client);
        let mut server = Session::new(Role::Server);
        let request = client
            .request(common::context(7), offer(&others))
            .expect("a first request");
        let received = server.receive_request(request.encoding()).expect("well-formed");
        let bytes = server
            .authenticate(
                &mut Connection::new(suite, 1),
                received,
                &KeyKind::Ed25519.credential(),
                Extensions::new(others.clone()).expect("no duplicates"),
            )
            .expect("all were offered");
        let verified = common::verify(&mut client, &mut Connection::new(suite, 1), &bytes)
            .expect("honest");
        for extension in &others {
            prop_assert_eq!(verified.extension(extension.typ), Some(&*extension.data));
        }
    }

    #[test]
    fn arbitrary_bytes_are_refused(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        let mut client = Session::new(Role::Client);
        client
            .request(common::context(7), common::both_schemes())
            .expect("a first request");
        let mut connection = Connection::new(Suite::Sha256, 1);
        prop_assert!(common::verify(&mut client, &mut connection, &bytes).is_err());
        prop_assert!(Session::new(Role::Server).receive_request(&bytes).is_err());
    }

    #[test]
    fn framed_noise_is_refused(
        body in proptest::collection::vec(any::<u8>(), 0..600),
        typ in prop::sample::select(vec![11u8, 13, 15, 17, 20]),
    ) {
        let bytes = common::reference::message(typ, &body);
        let mut client = Session::new(Role::Client);
        client
            .request(common::context(7), common::both_schemes())
            .expect("a first request");
        let mut connection = Connection::new(Suite::Sha256, 1);
        prop_assert!(common::verify(&mut client, &mut connection, &bytes).is_err());
        // A random request body can only pass if it is a request; its context
        // is then what the first bytes say.
        if let Ok(request) = Session::new(Role::Server).receive_request(&bytes) {
            prop_assert_eq!(request.encoding(), &*bytes);
        }
    }
}
