//! Honest connections open under their monitors, others do not.

mod common;

use attested::Error;
use authenticator::Role;
use common::{end, end_at, family, meet, meet_and, monitor};
use conformance::{Gate, Mapping, Status, StepFile, StepFileError, Tier};
use event::{Kind, kind::Decision, recording::PartyKind};
use monitor::{Monitor, Pace};
use stimuli::{Family, Honest, Prepared, Stimulus, Suite, World};

const TIERS: [Tier; 3] = [Tier::Shape, Tier::Keys, Tier::Full];

#[test]
fn honest_connections_of_every_family_open_at_every_tier() {
    let world = World::new().expect("a world");
    for family in Family::ALL {
        for tier in TIERS {
            let monitor = monitor(family, tier);
            for suite in [Suite::Sha256, Suite::Sha384] {
                if suite == Suite::Sha384 && tier != Tier::Full {
                    continue;
                }
                let honest = Honest::new(&world, family, suite);
                let setup = honest.setup().expect("written down");
                let mut client = end(&honest, Role::Client, Some(&monitor), &setup);
                let mut server = end(&honest, Role::Server, Some(&monitor), &setup);
                let errors = meet(&mut *client, &mut *server);
                assert_eq!(errors, [None, None], "{family:?} {tier:?}");
                for end in [client, server] {
                    let Some(Status::Accepts(counts)) = end.status() else {
                        panic!("{family:?} {tier:?}: {:?}", end.status());
                    };
                    assert_eq!(counts.matched, counts.of);
                    assert_eq!(tier == Tier::Full, counts.assumed == 0, "{counts:?}");
                    assert!(end.is_ready() && end.opens().expect("open"));
                }
            }
        }
    }
}

/// A server that says it is called otherwise in its setup is another server
/// to the model, and the endpoint would not have noticed.
#[test]
fn a_connection_that_the_endpoint_accepts_and_the_model_does_not_stays_closed() {
    let world = World::new().expect("a world");
    for family in Family::ALL {
        let monitor = monitor(family, Tier::Keys);
        let honest = Honest::new(&world, family, Suite::Sha256);
        let mut setup = honest.setup().expect("written down");
        let mut other = honest.setup().expect("written down");
        let reference = other
            .iter_mut()
            .find(|record| record.id == "reference")
            .expect("every model has reference values");
        reference.value = event::recording::SetupValue::ReferenceValue {
            octets: event::Bytes::clear(vec![0xa0]),
        };
        std::mem::swap(&mut setup, &mut other);
        // The end that appraises.
        let (client, server) = match family {
            Family::PostClient => (None, Some(&monitor)),
            _ => (Some(&monitor), None),
        };
        let mut client = end(&honest, Role::Client, client, &setup);
        let mut server = end(&honest, Role::Server, server, &setup);
        let [at_client, at_server] = meet(&mut *client, &mut *server);
        let (error, end) = match family {
            Family::PostClient => (at_server, server),
            _ => (at_client, client),
        };
        let Some(Error::Vetoed { reason }) = error else {
            panic!("{family:?}: {error:?}");
        };
        assert!(reason.contains("reference"), "{family:?}: {reason}");
        assert!(!end.is_ready());
        assert!(!matches!(end.opens(), Ok(true)));
    }
}

#[test]
fn connections_open_too_when_the_monitor_comes_behind() {
    let world = World::new().expect("a world");
    for family in Family::ALL {
        let monitor = monitor(family, Tier::Keys);
        let honest = Honest::new(&world, family, Suite::Sha256);
        let setup = honest.setup().expect("written down");
        // Whether anybody lets it follow before the door.
        for follows in [true, false] {
            let behind = |role| end_at(&honest, role, Pace::Behind, &monitor, &setup);
            let mut client = behind(Role::Client);
            let mut server = behind(Role::Server);
            let errors = meet_and(&mut *client, &mut *server, follows);
            assert_eq!(errors, [None, None], "{family:?}");
            for end in [client, server] {
                let Some(Status::Accepts(counts)) = end.status() else {
                    panic!("{family:?}: {:?}", end.status());
                };
                assert_eq!(counts.matched, counts.of);
                assert!(end.is_ready() && end.opens().expect("open"));
            }
        }
    }
}

/// The messages may be out, the door does not open.
#[test]
fn a_monitor_that_comes_behind_keeps_the_same_connections_closed() {
    let world = World::new().expect("a world");
    for family in [Family::PreFixed, Family::IntraFixed, Family::Post] {
        let monitor = monitor(family, Tier::Keys);
        let honest = Honest::new(&world, family, Suite::Sha256);
        let setup = honest.setup().expect("written down");
        let mut other = honest.setup().expect("written down");
        for record in other.iter_mut().filter(|it| it.id == "reference") {
            record.value = event::recording::SetupValue::ReferenceValue {
                octets: event::Bytes::clear(vec![0xa0]),
            };
        }
        for follows in [true, false] {
            let mut client = end_at(&honest, Role::Client, Pace::Behind, &monitor, &other);
            let mut server = end(&honest, Role::Server, None, &setup);
            let [at_client, _] = meet_and(&mut *client, &mut *server, follows);
            let Some(Error::Vetoed { reason }) = at_client else {
                panic!("{family:?} {follows}: {at_client:?}");
            };
            assert!(reason.contains("reference"), "{family:?}: {reason}");
            assert!(!client.is_ready());
            assert!(!matches!(client.opens(), Ok(true)));
        }
    }
}

/// What the gate refuses of a recording, a watch refuses too, at the latest
/// where the endpoint accepts: no recording of an adversary's session is
/// accepted by a watch where the gate does not.
#[test]
fn what_the_gate_does_not_accept_no_watch_accepts() {
    let world = World::new().expect("a world");
    for of in Family::ALL {
        let (program, text) = family(of);
        let mapping = Mapping::parse("mapping.toml", &text).expect("a mapping");
        let gate = Gate::new(&program, &mapping).expect("up to date");
        for stimulus in Stimulus::all(of) {
            let recording = Prepared::new(&world, of, Suite::Sha256, &stimulus)
                .and_then(Prepared::in_memory)
                .expect("a session");
            // What a tier beyond these computes, the gate has computed already.
            for tier in [Tier::Shape, Tier::Keys] {
                let statuses = watched(&gate, &recording, tier);
                assert!(!statuses.is_empty());
                for status in statuses {
                    let accepted = matches!(status, Status::Accepts(_));
                    assert!(!accepted, "{of:?} {} {tier:?}", stimulus.name);
                }
            }
        }
    }
}

/// One bit of one message: the MACs over the transcript notice, and where these
/// do not reach, what the endpoint says it has verified and signed.
#[test]
fn a_changed_session_is_stopped_before_acceptance() {
    let world = World::new().expect("a world");
    for of in Family::ALL {
        let (program, text) = family(of);
        let mapping = Mapping::parse("mapping.toml", &text).expect("a mapping");
        let gate = Gate::new(&program, &mapping).expect("up to date");
        let honest = Prepared::new(&world, of, Suite::Sha256, &Stimulus::HONEST)
            .and_then(Prepared::in_memory)
            .expect("a session");
        let mut stopped = 0;
        for place in 0..honest.events.len() {
            let mut changed = honest.clone();
            let Kind::Handshake { octets, .. } = &mut changed.events[place].kind else {
                continue;
            };
            let mut other = octets.as_slice().expect("clear").to_vec();
            let middle = other.len() / 2;
            other[middle] ^= 1;
            *octets = event::Bytes::clear(other);
            let party = changed.events[place].party;
            let status = watched_party(&gate, &changed, party, Tier::Keys);
            assert!(
                matches!(status, Status::Stopped(_)),
                "{of:?} event {place}: {status:?}"
            );
            stopped += 1;
        }
        assert!(stopped >= 14, "{of:?}: {stopped}");
    }
}

#[test]
fn a_monitor_that_is_out_of_date_does_not_start() {
    let (program, mapping) = family(Family::Post);
    let steps = StepFile::compile(&program, "post/mapping.toml", &mapping).expect("up to date");
    assert_eq!(steps.is_of(&program, &mapping), Ok(()));
    let read = StepFile::parse(&steps.to_json()).expect("as written");
    assert_eq!(read, steps);
    assert!(Monitor::new(&read, Tier::Keys).is_ok());

    // The model or the mapping has changed since.
    let (other, _) = family(Family::PostClient);
    let refused = steps.is_of(&other, &mapping).expect_err("another model");
    assert!(
        matches!(refused, StepFileError::OutOfDate { .. }),
        "{refused}"
    );
    let renamed = mapping.replace("exp master", "exp mastar");
    let refused = steps.is_of(&program, &renamed).expect_err("another label");
    assert!(refused.to_string().contains("mapping"), "{refused}");

    // Somebody edited the file.
    let edited = steps.to_json().replacen("exp master", "exp mastar", 1);
    let edited = StepFile::parse(&edited).expect("still a step file");
    let refused = Monitor::new(&edited, Tier::Keys).expect_err("edited");
    assert!(
        matches!(refused, StepFileError::Changed { .. }),
        "{refused}"
    );
    let mut value: serde_json::Value = serde_json::from_str(&steps.to_json()).expect("JSON");
    let client = value["roles"]["Client"].as_array_mut().expect("steps");
    client.retain(|step| !step.as_str().unwrap_or_default().contains("subject = name"));
    let without = StepFile::parse(&value.to_string()).expect("still a step file");
    let refused = Monitor::new(&without, Tier::Keys).expect_err("a check left out");
    assert!(
        matches!(refused, StepFileError::OutOfDate { .. }),
        "{refused}"
    );

    for text in [
        "",
        "{}",
        "[1]",
        "{\"format\":\"seatproof-steps\",\"version\":2}",
    ] {
        assert!(StepFile::parse(text).is_err(), "{text}");
    }
}

#[test]
fn too_many_observations_stop_a_watch() {
    let world = World::new().expect("a world");
    let (program, text) = family(Family::Post);
    let mapping = Mapping::parse("mapping.toml", &text).expect("a mapping");
    let gate = Gate::new(&program, &mapping).expect("up to date");
    let honest = Honest::new(&world, Family::Post, Suite::Sha256);
    let setup = honest.setup().expect("written down");
    let draw = || Kind::Draw {
        octets: event::Bytes::clear(vec![7; 8]),
        source: event::kind::DrawSource::Tls,
    };
    let mut watch = gate.watch("Client", &setup, Tier::Keys).expect("begins");
    let stopped = (0..10_000).find(|_| matches!(watch.see(draw()), Status::Stopped(_)));
    assert!(stopped.is_some_and(|count| count < 1000), "{stopped:?}");

    // Nothing after acceptance either; and what is missing is said.
    assert!(gate.watch("Client", &[], Tier::Keys).is_err());
    assert!(gate.watch("Nobody", &setup, Tier::Keys).is_err());
}

fn watched(gate: &Gate<'_>, recording: &event::Recording, tier: Tier) -> Vec<Status> {
    let honest = recording.head.parties.iter();
    let honest = honest.filter(|party| party.kind == PartyKind::Honest);
    honest
        .map(|party| watched_party(gate, recording, party.id, tier))
        .collect()
}

/// What a watch says when the endpoint has decided, or all is told.
fn watched_party(gate: &Gate<'_>, recording: &event::Recording, party: u32, tier: Tier) -> Status {
    let mut parties = recording.head.parties.iter();
    let known = parties.find(|known| known.id == party).expect("known");
    let role = known.role.as_deref().expect("a role");
    let mut watch = gate.watch(role, &recording.setup, tier).expect("begins");
    for event in recording.events.iter().filter(|event| event.party == party) {
        if matches!(event.kind, Kind::Attack { .. }) {
            continue;
        }
        let accepted = matches!(
            event.kind,
            Kind::Decision {
                what: Decision::Accept,
                ..
            }
        );
        let status = watch.see(event.kind.clone());
        if accepted {
            return status.clone();
        }
    }
    watch.status().clone()
}
