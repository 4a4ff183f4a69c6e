//! A small recording that holds every kind of record and event.

use std::collections::BTreeMap;

use event::{
    Bytes, Kind, Recorder, Recording,
    kind::{Appraisal, AttackMove, ClaimValue, Decision, Direction, DrawSource, Protection},
    recording::{
        Determinism, DeterminismMode, FORMAT, Head, Implementation, ModelId, Observability, Party,
        PartyKind, Profile, SecrecyMode, Session, Setup, SetupValue, VERSION,
    },
};

/// Tests that try every octet try one in so many, unless `EVERY_OCTET` is set.
#[allow(dead_code)] // not every test binary has such a test
pub(crate) fn stride() -> usize {
    if std::env::var_os("EVERY_OCTET").is_some() {
        1
    } else {
        5
    }
}

pub(crate) fn head() -> Head {
    let party = |id, role: &str, name: &str| Party {
        id,
        kind: PartyKind::Honest,
        role: Some(role.into()),
        name: name.into(),
    };
    let session = |party| Session {
        party,
        session: 1,
        label: None,
    };
    Head {
        format: FORMAT.into(),
        version: VERSION,
        id: "0f".repeat(16),
        profile: Profile::Post,
        spec: vec!["rfc8446".into(), "rfc9261".into()],
        model: Some(ModelId {
            name: "post".into(),
            sha256: "ab".repeat(32),
            derived_sha256: None,
            mapping_sha256: Some("cd".repeat(32)),
        }),
        implementation: Implementation {
            name: "attested".into(),
            version: "0.1.0".into(),
            tls: "rustls 0.23.46".into(),
            provider: "ring 0.17.14".into(),
        },
        determinism: Determinism {
            mode: DeterminismMode::Seeded,
            seed: Some("2a".repeat(32)),
        },
        secrecy: SecrecyMode::Full,
        observability: Observability::O4,
        parties: vec![party(1, "Client", "C"), party(2, "Server", "S")],
        sessions: vec![session(1), session(2)],
    }
}

pub(crate) fn setup() -> Vec<Setup> {
    let setup = |id: &str, value| Setup {
        id: id.into(),
        value,
        model: None,
    };
    vec![
        setup(
            "AK",
            SetupValue::Key {
                public: Bytes::clear([1, 2]),
                private: Some(Bytes::long_term_secret([3])),
            },
        ),
        setup(
            "leaf",
            SetupValue::Certificate {
                der: Bytes::clear([0x30]),
            },
        ),
        Setup {
            model: Some("sn0".into()),
            ..setup(
                "name",
                SetupValue::Name {
                    text: "server.example".into(),
                },
            )
        },
        setup(
            "policy",
            SetupValue::Policy {
                sha256: Bytes::clear([9; 32]),
            },
        ),
        setup(
            "good",
            SetupValue::ReferenceValue {
                octets: Bytes::clear([7; 32]),
            },
        ),
        setup(
            "row",
            SetupValue::Row {
                row: vec![Bytes::clear([]), Bytes::clear([1])],
            },
        ),
    ]
}

pub(crate) fn recording() -> Recording {
    let recorder = Recorder::new();
    let (client, server) = (recorder.tap(1, 1), recorder.tap(2, 1));
    let message = |direction| Kind::Handshake {
        direction,
        handshake_type: 1,
        protection: Protection::None,
        octets: Bytes::clear([1, 0, 0, 1, 0xff]),
    };

    client.record(Kind::Draw {
        octets: Bytes::clear([0x55; 32]),
        source: DrawSource::Tls,
    });
    client.record(Kind::KeyShare {
        group: 29,
        share: 1,
        public: Bytes::clear([0x4b; 32]),
    });
    client.record(message(Direction::Out));
    server.record(message(Direction::In));
    server.record(Kind::KeyExchange {
        group: 29,
        share: 1,
        peer: Bytes::clear([0x4b; 32]),
        shared: Bytes::session_secret([0x66; 32]),
    });
    server.record(Kind::Secret {
        label: "EXPORTER_SECRET".into(),
        octets: Bytes::session_secret([0x77; 32]),
    });
    server.record(Kind::Export {
        label: "Attestation".into(),
        context: Some(Bytes::clear([0x88; 32])),
        octets: Bytes::session_secret([0x99; 32]),
    });
    server.record(Kind::Export {
        label: "other".into(),
        context: None,
        octets: Bytes::commitment([0xaa; 32], 32, event::Secrecy::Session),
    });
    server.record(Kind::Sign {
        key: "AK".into(),
        scheme: 0x0807,
        tbs: Bytes::clear([5]),
        signature: Bytes::clear([6; 64]),
    });
    let evidence = server.record(Kind::Evidence {
        format: "application/eat+cwt".into(),
        challenge: Bytes::clear([0xbb; 32]),
        claims: BTreeMap::from([
            ("dbgstat".into(), ClaimValue::Integer(1)),
            (
                "measurement".into(),
                ClaimValue::Bytes(Bytes::clear([7; 32])),
            ),
            ("name".into(), ClaimValue::Text("\u{e9}\n".into())),
        ]),
        octets: Bytes::clear([0xd2]),
        attestation_key: "AK".into(),
    });
    client.record(Kind::Verify {
        key: Bytes::clear([1, 2]),
        scheme: 0x0807,
        tbs: Bytes::clear([5]),
        signature: Bytes::clear([6; 64]),
        ok: true,
    });
    client.record_caused(
        Kind::Appraise {
            of: Some(evidence),
            expected: Bytes::clear([0xbb; 32]),
            policy: Bytes::clear([9; 32]),
            verdict: Appraisal::Affirming,
            why: None,
        },
        vec![evidence],
    );
    client.record(Kind::Record {
        direction: Direction::Out,
        octets: Bytes::clear([23, 3, 3]),
        key: Some("CLIENT_TRAFFIC_SECRET_0".into()),
        sequence: Some(0),
    });
    client.record(Kind::Gap {
        id: "ch-ext".into(),
        octets: None,
        len: 55,
    });
    client.record(Kind::Attack {
        op: AttackMove::Inject,
        recipe: Some("x".into()),
        octets: Some(Bytes::clear([1])),
        to: Some(2),
    });
    client.record(Kind::ModelEvent {
        name: "ClientAccept".into(),
        args: vec![Bytes::clear([1]), Bytes::session_secret([2])],
    });
    client.record(Kind::Decision {
        what: Decision::Accept,
        code: "ok".into(),
        at: None,
    });
    recorder.finish(head(), setup())
}
