//! What an honest party received has to come from somewhere.

mod common;

use conformance::{Divergence, Gate, QueryOutcome, Severity, Verdict};
use event::kind::AttackMove;
use event::{Kind, Recording};
use stimuli::{Family, Prepared, Stimulus, Suite, World};

fn recorded(world: &World, family: Family, stimulus: &Stimulus) -> Recording {
    Prepared::new(world, family, Suite::Sha256, stimulus)
        .and_then(Prepared::in_memory)
        .expect("a session")
}

fn stimulus(family: Family, name: &str) -> Stimulus {
    let mut all = Stimulus::all(family).into_iter();
    all.find(|stimulus| stimulus.name == name)
        .expect("it exists")
}

fn underivable(family: Family, recording: &Recording) -> Divergence {
    let (model, mapping) = common::family(family.folder());
    let gate = Gate::new(&model, &mapping).expect("up to date");
    match gate.conform(recording).verdict {
        Verdict::Diverges(found) if found.severity == Severity::Underivable => *found,
        other => panic!("{other}"),
    }
}

/// The client is right in everything, and what it accepted was sent by nobody.
#[test]
fn a_message_that_nobody_sent_is_found() {
    let world = World::new().expect("a world");
    for family in Family::ALL {
        let mut recording = recorded(&world, family, &Stimulus::HONEST);
        // The server's session is another one.
        let other = recorded(&world, family, &Stimulus::HONEST);
        recording.events.retain(|event| event.party == 1);
        let first = recording.events.len() as u64;
        let servers = other.events.into_iter().filter(|event| event.party == 2);
        recording.events.extend(servers);
        for (index, event) in recording.events.iter_mut().enumerate() {
            event.index = index as u64;
            event.causes.clear();
        }
        recording.foot.count = recording.events.len() as u64;
        let found = underivable(family, &recording);
        assert!(found.line.is_some_and(|line| line < first + 20), "{found}");
    }
}

/// An adversary that has not the keys cannot have signed.
#[test]
fn a_signature_under_a_key_that_did_not_leak_is_found() {
    let world = World::new().expect("a world");
    let family = Family::PreFixed;
    let forged = recorded(&world, family, &stimulus(family, "finished-mac"));
    let (model, mapping) = common::family(family.folder());
    let gate = Gate::new(&model, &mapping).expect("up to date");
    assert!(matches!(
        gate.conform(&forged).verdict,
        Verdict::Conforms(_)
    ));
    for kept in ["LeakCA", "LeakAK"] {
        let mut recording = forged.clone();
        for event in &mut recording.events {
            if let Kind::Attack { op, recipe, .. } = &mut event.kind
                && recipe.as_deref() != Some(kept)
            {
                *op = AttackMove::Learn;
            }
        }
        let found = underivable(family, &recording);
        assert!(found.got.is_some(), "{found}");
    }
}

/// A query that excuses a leak holds of a run in which that key leaked, and not
/// of one in which it did not.
#[test]
fn leaks_count_where_a_query_asks_for_them() {
    let world = World::new().expect("a world");
    let family = Family::IntraFixed;
    let (model, mapping) = common::family(family.folder());
    let gate = Gate::new(&model, &mapping).expect("up to date");
    // An adversary with every key, and nothing wrong.
    let mut all_right = stimulus(family, "finished-mac");
    all_right.change = stimuli::tamper::Change::None;
    let recording = recorded(&world, family, &all_right);
    assert!(matches!(
        gate.conform(&recording).verdict,
        Verdict::Conforms(_)
    ));
    let file = "intra-fixed/identity-certified-sha256.pv";
    let queries = common::load(&common::sources(file));
    let outcome = |recording: &Recording| {
        let results = gate.evaluate(recording, &queries);
        let named = results.into_iter().find(|result| result.id == "G-TLS2a");
        named.expect("the query").outcome
    };
    assert_eq!(outcome(&recording), QueryOutcome::Holds { instances: 1 });
    let mut kept = recording;
    for event in &mut kept.events {
        if let Kind::Attack { recipe, .. } = &mut event.kind {
            *recipe = None;
        }
    }
    assert!(matches!(outcome(&kept), QueryOutcome::Violated { .. }));
}
