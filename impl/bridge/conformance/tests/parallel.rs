//! Roles that are several processes at once: any order of the halves is a run,
//! no mixture of them is.

mod common;

use conformance::{Gate, Outcome, Verdict};
use event::{Event, Kind, Recording, kind::Direction};
use stimuli::{Family, Prepared, Stimulus, Suite, World};

const CLIENT: u32 = 1;

fn recorded() -> Recording {
    let world = World::new().expect("a world");
    Prepared::new(&world, Family::PostMutual, Suite::Sha256, &Stimulus::HONEST)
        .and_then(Prepared::in_memory)
        .expect("a session")
}

fn numbered(mut recording: Recording, events: Vec<Event>) -> Recording {
    recording.events = events;
    for (place, event) in recording.events.iter_mut().enumerate() {
        event.index = place as u64;
        event.causes.clear();
    }
    recording
}

/// Place of the client's first message of this type and direction after the
/// handshake.
fn place(recording: &Recording, direction: Direction, wanted: u8) -> usize {
    let found = recording.events.iter().position(|event| {
        matches!(
            event.kind,
            Kind::Handshake { direction: found, handshake_type, protection, .. }
                if found == direction
                    && handshake_type == wanted
                    && protection == event::kind::Protection::Authenticator
        ) && event.party == CLIENT
    });
    found.expect("it is there")
}

#[test]
fn either_half_may_come_first() {
    let (model, mapping) = common::family("post-mutual");
    let gate = Gate::new(&model, &mapping).expect("up to date");
    let recording = recorded();
    // The client answers the server's request, then receives its answer.
    let asked = place(&recording, Direction::In, 13);
    let answered = place(&recording, Direction::In, 11);
    let mut events = recording.events.clone();
    let end = (answered..events.len())
        .find(|place| events[*place].party != CLIENT)
        .expect("the server goes on");
    assert!(asked < answered);
    // The other way round: what belongs to one half stays together.
    events[asked..end].rotate_left(answered - asked);
    for changed in [recording.clone(), numbered(recording, events)] {
        let report = gate.conform(&changed);
        assert!(
            matches!(report.verdict, Verdict::Conforms(_)),
            "{}",
            report.verdict
        );
        for session in &report.sessions {
            assert_eq!(session.outcome, Some(Outcome::Accepted));
            assert_eq!(session.counts.matched, session.counts.of);
        }
    }
}

#[test]
fn a_half_that_is_missing_or_out_of_order_is_no_run() {
    let (model, mapping) = common::family("post-mutual");
    let gate = Gate::new(&model, &mapping).expect("up to date");
    let recording = recorded();
    let conforms = |events: Vec<Event>| {
        let mut changed = numbered(recording.clone(), events);
        changed.foot.count = changed.events.len() as u64;
        matches!(gate.conform(&changed).verdict, Verdict::Conforms(_))
    };
    assert!(conforms(recording.events.clone()));
    // An answer before its question.
    let asked = place(&recording, Direction::In, 13);
    let answer = place(&recording, Direction::Out, 11);
    let mut events = recording.events.clone();
    let question = events.remove(asked);
    events.insert(answer + 3, question);
    assert!(!conforms(events), "the client answers what nobody asked");
    // One half alone, though the endpoint accepts.
    for (direction, types) in [
        (Direction::In, [11, 15, 20]),
        (Direction::Out, [11, 15, 20]),
    ] {
        let events = recording.events.iter().filter(|event| {
            let is_it = matches!(
                event.kind,
                Kind::Handshake { direction: found, handshake_type, protection, .. }
                    if found == direction
                        && types.contains(&handshake_type)
                        && protection == event::kind::Protection::Authenticator
            );
            !(is_it && event.party == CLIENT)
        });
        assert!(!conforms(events.cloned().collect()), "{direction:?}");
    }
    // Two requests of the client's, none of which is answered twice.
    let request = place(&recording, Direction::Out, 17);
    let mut events = recording.events.clone();
    events.insert(request + 1, events[request].clone());
    assert!(!conforms(events), "a request is sent twice");
}
