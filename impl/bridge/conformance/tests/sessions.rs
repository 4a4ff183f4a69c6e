//! Several sessions in one recording, each on its own, and none in another's
//! place.

mod common;

use common::laboratory::World;
use conformance::{Gate, Outcome, Verdict};
use event::{Kind, Recording};
use rustls::crypto::ring;

/// Two sessions of the same two parties, one after the other.
fn two_sessions() -> Recording {
    let world = World::new(ring::default_provider());
    let (mut recording, _) = world.record(world.workload());
    let (second, _) = world.record(world.workload());
    for session in second.head.sessions {
        let mut session = session;
        session.session = 2;
        recording.head.sessions.push(session);
    }
    let offset = recording.events.len() as u64;
    for mut event in second.events {
        event.session = 2;
        event.index += offset;
        for cause in &mut event.causes {
            *cause += offset;
        }
        recording.events.push(event);
    }
    recording.foot.count = recording.events.len() as u64;
    recording
}

fn verdict(recording: &Recording) -> Verdict {
    let (model, mapping) = (common::post(), common::mapping());
    let gate = Gate::new(&model, &mapping).expect("up to date");
    gate.conform(recording).verdict
}

#[test]
fn two_sessions_conform() {
    let (model, mapping) = (common::post(), common::mapping());
    let gate = Gate::new(&model, &mapping).expect("up to date");
    let report = gate.conform(&two_sessions());
    assert!(
        matches!(report.verdict, Verdict::Conforms(_)),
        "{}",
        report.verdict
    );
    assert_eq!(report.sessions.len(), 4);
    for session in &report.sessions {
        assert_eq!(session.outcome, Some(Outcome::Accepted));
    }
}

/// The same message of the other session in its place; where the two are the
/// same octets there is nothing to notice.
#[test]
fn a_message_of_another_session_never_conforms() {
    let recording = two_sessions();
    let half = recording.events.len() / 2;
    let key = |place: usize| {
        let event = &recording.events[place];
        match &event.kind {
            Kind::Handshake {
                direction,
                handshake_type,
                protection,
                ..
            } => Some((event.party, *direction, *handshake_type, *protection)),
            _ => None,
        }
    };
    let mut replaced = 0;
    for place in 0..half {
        let other = (half..recording.events.len())
            .find(|other| key(place).is_some() && key(*other) == key(place));
        let Some(other) = other else { continue };
        if recording.events[place].kind == recording.events[other].kind {
            continue;
        }
        let mut spliced = recording.clone();
        spliced.events[place].kind = recording.events[other].kind.clone();
        assert!(
            !matches!(verdict(&spliced), Verdict::Conforms(_)),
            "event {place} replaced by {other}"
        );
        replaced += 1;
    }
    assert!(replaced >= 18, "{replaced} messages differ");
}

/// A whole session attributed to the other one, or listed twice.
#[test]
fn events_of_another_session_never_conform() {
    let mut merged = two_sessions();
    for event in &mut merged.events {
        event.session = 1;
    }
    merged.head.sessions.truncate(2);
    assert!(!matches!(verdict(&merged), Verdict::Conforms(_)));

    let mut copied = two_sessions();
    let half = copied.events.len() / 2;
    for place in 0..half {
        copied.events[half + place].kind = copied.events[place].kind.clone();
        copied.events[half + place].party = copied.events[place].party;
    }
    let Verdict::Diverges(divergence) = verdict(&copied) else {
        panic!("a repeated session conforms");
    };
    assert!(
        divergence.what.contains("was chosen at line"),
        "{divergence}"
    );
}
