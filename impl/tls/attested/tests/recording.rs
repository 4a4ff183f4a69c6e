//! What the taps see: everything, once, in order, and enough to recompute it.

mod common;

use std::sync::{Arc, Mutex};

use attested::observe::{Instrument, Observe};
use attested::post::pair;
use authenticator::Role;
use common::World;
use event::kind::{Appraisal, Decision, Direction, DrawSource, Protection};
use event::recording::Profile;
use event::{Bytes, Event, Kind, Observer, Recorder, Recording};
use ring::digest;
use rustls::crypto::{CryptoProvider, ring as provider};

const CLIENT: u32 = 1;
const SERVER: u32 = 2;

/// An observed honest run.
fn record(world: &World) -> Recording {
    record_with(world, &world.provider)
}

fn record_with(world: &World, server_provider: &Arc<CryptoProvider>) -> Recording {
    let recorder = Recorder::new();
    let mut settings = world.server_settings();
    settings.provider = Arc::clone(server_provider);
    let mut client = common::client(
        &world.client_settings(),
        Instrument::new(recorder.tap(CLIENT, 1), Role::Client),
    );
    let at_server: Box<dyn Observe> =
        Box::new(Instrument::new(recorder.tap(SERVER, 1), Role::Server));
    let mut server = common::server(&settings, at_server);
    assert_eq!(pair::run(&mut client, &mut server), (Ok(()), Ok(())));
    assert!(client.is_attested() && server.is_accepted());
    recorder.finish(common::head(Profile::Post), Vec::new())
}

fn sha256_world() -> World {
    let mut world = World::new();
    world.provider = Arc::new(CryptoProvider {
        cipher_suites: vec![provider::cipher_suite::TLS13_AES_128_GCM_SHA256],
        ..provider::default_provider()
    });
    world
}

fn events(recording: &Recording, party: u32) -> impl Iterator<Item = &Event> {
    recording
        .events
        .iter()
        .filter(move |event| event.party == party)
}

fn octets(bytes: &Bytes) -> &[u8] {
    bytes.as_slice().expect("in the clear")
}

/// Direction, type, protection and octets of every message of a party.
fn messages(recording: &Recording, party: u32) -> Vec<(Direction, u8, Protection, &[u8])> {
    events(recording, party)
        .filter_map(|event| match &event.kind {
            Kind::Handshake {
                direction,
                handshake_type,
                protection,
                octets: message,
            } => Some((*direction, *handshake_type, *protection, octets(message))),
            _ => None,
        })
        .collect()
}

fn kinds<'r>(recording: &'r Recording, party: u32, name: &'r str) -> Vec<&'r Kind> {
    events(recording, party)
        .map(|event| &event.kind)
        .filter(|kind| kind.name() == name)
        .collect()
}

#[test]
fn each_party_shows_every_message_once_in_order() {
    let recording = record(&World::new());
    let of = |party, sent: Direction, got: Direction| {
        let seen: Vec<_> = messages(&recording, party)
            .iter()
            .map(|&(direction, typ, protection, _)| (direction, typ, protection))
            .collect();
        assert_eq!(
            seen,
            [
                (sent, 1, Protection::None),
                (got, 2, Protection::None),
                (got, 8, Protection::Handshake),
                (got, 11, Protection::Handshake),
                (got, 15, Protection::Handshake),
                (got, 20, Protection::Handshake),
                (sent, 20, Protection::Handshake),
                (sent, 17, Protection::Authenticator),
                (got, 11, Protection::Authenticator),
                (got, 15, Protection::Authenticator),
                (got, 20, Protection::Authenticator),
            ],
            "party {party}"
        );
    };
    of(CLIENT, Direction::Out, Direction::In);
    of(SERVER, Direction::In, Direction::Out);
    let contents = |party| -> Vec<Vec<u8>> {
        let messages = messages(&recording, party);
        messages.iter().map(|message| message.3.to_vec()).collect()
    };
    assert_eq!(contents(CLIENT), contents(SERVER));
}

#[test]
fn every_reception_follows_its_sending() {
    let recording = record(&World::new());
    for event in &recording.events {
        if let Kind::Handshake {
            direction: Direction::In,
            octets,
            ..
        } = &event.kind
        {
            let [cause] = event.causes[..] else {
                panic!("event {} has causes {:?}", event.index, event.causes);
            };
            let cause = &recording.events[usize::try_from(cause).expect("small")];
            assert_ne!(cause.party, event.party);
            assert!(matches!(
                &cause.kind,
                Kind::Handshake { direction: Direction::Out, octets: sent, .. } if sent == octets
            ));
        }
    }
}

#[test]
fn recordings_survive_writing_and_reading() {
    let recording = record(&World::new());
    let lines = event::to_json_lines(&recording).expect("coherent");
    assert_eq!(event::read(&lines[..]).expect("coherent"), recording);
}

/// The transcript hash in CertificateVerify is the hash of the messages in the
/// recording, so the tap has them all, unchanged, at both ends.
#[test]
fn transcripts_hash_to_what_was_signed() {
    let recording = record(&sha256_world());
    for party in [CLIENT, SERVER] {
        let messages = messages(&recording, party);
        let until_certificate: Vec<u8> = messages[..4].iter().flat_map(|m| m.3).copied().collect();
        let transcript = digest::digest(&digest::SHA256, &until_certificate);
        let signed = events(&recording, party)
            .filter_map(|event| match &event.kind {
                Kind::Sign { tbs, .. } | Kind::Verify { tbs, ok: true, .. } => Some(octets(tbs)),
                _ => None,
            })
            .find(|tbs| tbs[64..].starts_with(b"TLS 1.3, server CertificateVerify\0"))
            .expect("a CertificateVerify");
        assert_eq!(&signed[98..], transcript.as_ref(), "party {party}");
    }
}

#[test]
fn both_ends_show_the_same_secrets() {
    let recording = record(&World::new());
    let joined = |party| match kinds(&recording, party, "kxjoin")[..] {
        [Kind::KeyExchange { peer, shared, .. }] => (peer, shared),
        ref other => panic!("{} joins", other.len()),
    };
    let public = |party| match kinds(&recording, party, "kxgen")[..] {
        [Kind::KeyShare { public, .. }] => public,
        ref other => panic!("{} key shares", other.len()),
    };
    assert_eq!(joined(CLIENT).1, joined(SERVER).1);
    assert_eq!(joined(CLIENT).0, public(SERVER));
    assert_eq!(joined(SERVER).0, public(CLIENT));

    let secrets = |party| {
        let mut secrets: Vec<_> = kinds(&recording, party, "secret")
            .into_iter()
            .map(|kind| match kind {
                Kind::Secret { label, octets } => (label.clone(), octets.clone()),
                _ => unreachable!("filtered by name"),
            })
            .collect();
        secrets.sort();
        secrets
    };
    assert_eq!(secrets(CLIENT), secrets(SERVER));
    let labels: Vec<_> = secrets(CLIENT)
        .into_iter()
        .map(|(label, _)| label)
        .collect();
    assert_eq!(
        labels,
        [
            "CLIENT_HANDSHAKE_TRAFFIC_SECRET",
            "CLIENT_TRAFFIC_SECRET_0",
            "EXPORTER_SECRET",
            "SERVER_HANDSHAKE_TRAFFIC_SECRET",
            "SERVER_TRAFFIC_SECRET_0",
        ]
    );

    let exports = |party| {
        let mut exports: Vec<_> = kinds(&recording, party, "export")
            .into_iter()
            .map(|kind| format!("{kind:?}"))
            .collect();
        exports.sort();
        exports
    };
    assert_eq!(exports(CLIENT), exports(SERVER));
    assert_eq!(exports(CLIENT).len(), 3);
}

#[test]
fn the_binder_is_what_evidence_and_appraisal_say() {
    let world = sha256_world();
    let recording = record(&world);
    let attestation = kinds(&recording, CLIENT, "export")
        .into_iter()
        .find_map(|kind| match kind {
            Kind::Export { label, octets, .. } if label == "Attestation" => octets.as_slice(),
            _ => None,
        })
        .expect("an export for the binder");
    let input = [&common::spki(&world.identity), attestation].concat();
    let binder = digest::digest(&digest::SHA256, &input);
    let [Kind::Evidence { challenge, .. }] = kinds(&recording, SERVER, "evid")[..] else {
        panic!("one piece of Evidence");
    };
    assert_eq!(octets(challenge), binder.as_ref());
    let [
        Kind::Appraise {
            expected, verdict, ..
        },
    ] = kinds(&recording, CLIENT, "appraise")[..]
    else {
        panic!("one appraisal");
    };
    assert_eq!(octets(expected), binder.as_ref());
    assert_eq!(*verdict, Appraisal::Affirming);
}

#[test]
fn draws_signatures_and_decisions_are_seen() {
    let recording = record(&World::new());
    let client = messages(&recording, CLIENT);
    let random = &client[0].3[6..38];
    let context = &client[7].3[5..37];
    let drawn: Vec<_> = kinds(&recording, CLIENT, "draw")
        .into_iter()
        .map(|kind| match kind {
            Kind::Draw {
                octets: draw,
                source,
            } => (octets(draw), *source),
            _ => unreachable!("filtered by name"),
        })
        .collect();
    assert!(drawn.contains(&(random, DrawSource::Tls)));
    assert!(drawn.contains(&(context, DrawSource::Application)));

    let signed: Vec<_> = kinds(&recording, SERVER, "sign")
        .into_iter()
        .map(|kind| match kind {
            Kind::Sign { key, tbs, .. } => (key.as_str(), octets(tbs)[64..75].to_vec()),
            _ => unreachable!("filtered by name"),
        })
        .collect();
    assert_eq!(
        signed,
        [
            ("key", b"TLS 1.3, se".to_vec()),
            ("aik", b"Exported Au".to_vec())
        ]
    );
    // Two leaf certificates and two CertificateVerify messages.
    let verified = kinds(&recording, CLIENT, "verify");
    assert_eq!(verified.len(), 4);
    for kind in verified {
        assert!(matches!(kind, Kind::Verify { ok: true, key, .. } if octets(key)[0] == 0x30));
    }
    for party in [CLIENT, SERVER] {
        assert!(matches!(
            kinds(&recording, party, "dec")[..],
            [Kind::Decision {
                what: Decision::Accept,
                ..
            }]
        ));
    }
}

#[test]
fn a_hello_retry_request_is_recorded_as_such() {
    let world = World::new();
    let picky = Arc::new(CryptoProvider {
        kx_groups: vec![provider::kx_group::SECP384R1],
        ..provider::default_provider()
    });
    let recording = record_with(&world, &picky);
    for party in [CLIENT, SERVER] {
        let types: Vec<_> = messages(&recording, party)
            .iter()
            .map(|message| message.1)
            .collect();
        assert_eq!(types, [1, 2, 1, 2, 8, 11, 15, 20, 20, 17, 11, 15, 20]);
    }
    let contents = |party| -> Vec<Vec<u8>> {
        let messages = messages(&recording, party);
        messages.iter().map(|message| message.3.to_vec()).collect()
    };
    assert_eq!(contents(CLIENT), contents(SERVER));
}

#[test]
fn a_refusal_is_recorded_with_its_reason() {
    let world = World::new();
    let recorder = Recorder::new();
    let machine = world.root.machine(1);
    let workload = machine.launch(b"another program", &common::spki(&world.identity));
    let mut client = common::client(
        &world.client_settings(),
        Instrument::new(recorder.tap(CLIENT, 1), Role::Client),
    );
    let mut server = common::server(
        &world.server_settings_with(workload),
        Instrument::new(recorder.tap(SERVER, 1), Role::Server),
    );
    let (at_client, at_server) = pair::run(&mut client, &mut server);
    assert!(at_client.is_err() && at_server.is_err());
    let recording = recorder.finish(common::head(Profile::Post), Vec::new());
    let code = |party| match kinds(&recording, party, "dec")[..] {
        [
            Kind::Decision {
                what: Decision::Reject,
                code,
                ..
            },
        ] => code.as_str(),
        _ => panic!("one rejection"),
    };
    assert_eq!(code(CLIENT), "unknown-measurements");
    assert_eq!(code(SERVER), "peer-aborted");
}

/// Sees everything it is shown, and says that it notes nothing.
#[derive(Clone, Default)]
struct Absent(Arc<Mutex<Vec<Kind>>>);

impl Observer for Absent {
    fn observe(&mut self, kind: Kind) {
        self.0.lock().expect("no panic under the lock").push(kind);
    }

    fn is_silent(&self) -> bool {
        true
    }
}

impl Observe for Absent {}

#[test]
fn nobody_copies_secrets_for_one_who_notes_nothing() {
    let world = World::new();
    let (at_client, at_server) = (Absent::default(), Absent::default());
    let mut client = common::client(&world.client_settings(), at_client.clone());
    let mut server = common::server(&world.server_settings(), at_server.clone());
    let (done_client, done_server) = pair::run(&mut client, &mut server);
    done_client.expect("honest");
    done_server.expect("honest");
    for Absent(seen) in [at_client, at_server] {
        let seen = seen.lock().expect("no panic under the lock");
        assert!(
            seen.iter()
                .any(|kind| matches!(kind, Kind::Decision { .. }))
        );
        let holds_secrets = |kind: &Kind| {
            matches!(
                kind,
                Kind::Export { .. } | Kind::Secret { .. } | Kind::KeyExchange { .. }
            )
        };
        assert!(!seen.iter().any(holds_secrets));
    }
}
