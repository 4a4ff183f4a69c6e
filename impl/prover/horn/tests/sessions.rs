//! `new n[!k = i]`: the k-th replication from the outside is copy i.

use logic::{Fact, TermId, View};

const MODEL: &str = "free c: channel. event A(bitstring). event B(bitstring).
    query i: sid; event(B(new n[!1 = i])) ==> event(A(new m[!1 = i])).
    query i: sid; event(B(new n[!2 = i])) ==> event(A(new m[!1 = i])).
    process ! ( new m: bitstring; event A(m); ! ( new n: bitstring; event B(n)))";

/// The session arguments of the name that the fact is about.
fn sessions(translation: &horn::Translation, fact: &Fact) -> Vec<TermId> {
    match translation.store.view(fact.arguments[0]) {
        View::Apply(_, arguments) => arguments.to_vec(),
        View::Var(_) => Vec::new(),
    }
}

fn arguments(query: u32) -> (Vec<TermId>, Vec<TermId>) {
    let mut sources = pi::Sources::default();
    sources.add("sessions.pv", MODEL);
    let program = pi::load(sources).program.expect("no error");
    let options = horn::options(&program, query);
    let mut translation = horn::translate(&program, &options).expect("supported");
    let goal = horn::goal(&program, &mut translation, query).expect("supported");
    (
        sessions(&translation, &goal.clause.hypotheses[0]),
        sessions(&translation, &goal.disjuncts[0].facts[0]),
    )
}

/// The real prover answers true to the first query and false to the second:
/// `m` depends on the outer replication only.
#[test]
fn sessions_are_counted_from_the_outside() {
    let (inner, outer) = arguments(0);
    assert_eq!((inner.len(), outer.len()), (2, 1));
    assert_eq!(inner[0], outer[0]);
    assert_ne!(inner[1], outer[0]);
    let (inner, outer) = arguments(1);
    assert_ne!(inner[0], outer[0]);
    assert_eq!(inner[1], outer[0]);
}
