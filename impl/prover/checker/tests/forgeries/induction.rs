//! Forgeries of proofs by induction: the statement used on the execution it is about,
//! on what is no execution, or for a query that says more than it.

use crate::common::{certificate, load, prove};
use checker::{Reason, Refusal};
use proof::{End, Justification, SaturationCertificate as Certificate, Step};
use verdict::Verdict;

/// Every step goes back to the first, and has seen its own number.
const COUNTER: &str = "free c: channel. fun h(bitstring): bitstring.
    event first(bitstring). event next(bitstring, bitstring). event seen(bitstring).
    query x, n: bitstring; event(next(x, n)) ==> event(first(x)) && event(seen(n)) [induction].
    query x, n: bitstring; attacker((x, n)) ==> event(first(x)) [induction].
    query x, n: bitstring; inj-event(next(x, n)) ==> inj-event(first(x)) [induction].
    query x, n: bitstring; event(next(x, n)) ==> (event(seen(n)) ==> event(first(x))) [induction].
    query x, n: bitstring, i: time; event(next(x, n))@i ==> event(first(x)) [induction].
    query x, n: bitstring; event(next(x, n)) ==> event(first(n)) [induction].
    process ! (new cell: channel; new s: bitstring;
      (event first(s); out(cell, (s, s)))
      | ! (in(cell, (x: bitstring, n: bitstring)); event seen(n); event next(x, n);
           out(cell, (x, h(n)))))";

/// The first step comes before what it should go back to.
const BROKEN: &str = "free c: channel. fun h(bitstring): bitstring.
    event first(bitstring). event next(bitstring, bitstring). event seen(bitstring).
    query x, n: bitstring; event(next(x, n)) ==> event(first(x)) && event(seen(n)) [induction].
    process ! (new cell: channel; new s: bitstring;
      (out(cell, (s, s)); event first(s))
      | ! (in(cell, (x: bitstring, n: bitstring)); event seen(n); event next(x, n);
           out(cell, (x, h(n)))))";

/// Uses of statements in the certificate, with what comes of them.
fn each(c: &mut Certificate, mut change: impl FnMut(&mut u32, &mut Vec<u32>, &mut End)) {
    type Change<'a> = dyn FnMut(&mut u32, &mut Vec<u32>, &mut End) + 'a;
    fn visit(justification: &mut Justification, change: &mut Change<'_>) {
        if let Some(Step::Lemma { lemma, premises }) = justification.steps.last_mut() {
            change(lemma, premises, &mut justification.end);
        }
        if let End::Cases(parts) = &mut justification.end {
            parts.iter_mut().for_each(|part| visit(part, change));
        }
    }
    let closure = c.closure.iter_mut().map(|r| &mut r.by);
    for justification in c.cover.iter_mut().chain(closure) {
        visit(justification, &mut change);
    }
}

fn honest() -> Certificate {
    certificate(&load(COUNTER), 0)
}

fn refusal(forged: &Certificate) -> Refusal {
    checker::check(&load(COUNTER), forged).expect_err("it is forged")
}

fn reason(forged: &Certificate) -> Reason {
    match refusal(forged) {
        Refusal::Unjustified { reason, .. } => reason,
        other => panic!("{other}"),
    }
}

#[test]
fn a_proof_by_induction_is_accepted() {
    let mut uses = 0;
    let mut certificate = honest();
    assert!(certificate.induction);
    let checked = checker::check(&load(COUNTER), &certificate);
    assert!(checked.is_ok(), "{checked:?}");
    each(&mut certificate, |lemma, _, _| {
        assert_eq!(*lemma, 0, "the program has no lemmas");
        uses += 1;
    });
    assert!(uses > 0, "the statement is used in its own proof");
}

/// What holds need not hold of the first step too.
#[test]
fn what_is_false_is_not_proved_by_induction() {
    for (text, query) in [(BROKEN, 0), (COUNTER, 5)] {
        let verdict = prove(&load(text), query);
        assert!(matches!(verdict, Verdict::Attacked(_)), "{verdict:?}");
    }
}

#[test]
fn a_statement_is_not_used_in_another_proof() {
    let mut forged = honest();
    forged.induction = false;
    assert_eq!(reason(&forged), Reason::NoSuchStatement);
}

#[test]
fn only_statements_about_events_are_proved_by_induction() {
    for query in 1..=4 {
        let mut forged = honest();
        forged.query = query;
        let found = refusal(&forged);
        assert!(
            matches!(found, Refusal::NotInductive(q) if q == query),
            "{query}: {found}"
        );
    }
}

#[test]
fn the_proof_is_of_the_query() {
    let mut forged = honest();
    forged.query = 5;
    assert!(matches!(refusal(&forged), Refusal::Unjustified { .. }));
}

#[test]
fn no_part_behind_the_first_is_proved_by_induction() {
    let program = load(
        "free c: channel. event a(bitstring). event b(bitstring). event d(bitstring).
         query x: bitstring; event(d(x)) ==> (event(b(x)) ==> event(a(x))) [induction].
         process ! new s: bitstring; event a(s); event b(s); event d(s); out(c, s)",
    );
    let mut nested = certificate(&program, 0);
    assert!(checker::check(&program, &nested).is_ok());
    assert!(!nested.inner.is_empty());
    for inner in &mut nested.inner {
        inner.induction = true;
    }
    assert!(matches!(
        checker::check(&program, &nested),
        Err(Refusal::NotInductive(0))
    ));
}

/// The premise of the goal is no execution of the past.
#[test]
fn the_execution_itself_is_none_that_came_before() {
    let mut forged = honest();
    let goal = forged.cover.last_mut().expect("the goal clause");
    goal.steps = vec![Step::Lemma {
        lemma: 0,
        premises: vec![0],
    }];
    goal.end = End::Void;
    assert_eq!(reason(&forged), Reason::PremiseMissing);
}

#[test]
fn a_message_is_no_execution() {
    let mut forged = honest();
    each(&mut forged, |_, premises, _| {
        premises[0] = 1 - premises[0].min(1);
    });
    assert_eq!(reason(&forged), Reason::PremiseMissing);
}

#[test]
fn a_use_without_its_conclusion_is_none() {
    let mut forged = honest();
    each(&mut forged, |_, _, end| *end = End::Cases(Vec::new()));
    assert_eq!(reason(&forged), Reason::Entries);
}

#[test]
fn the_numbering_of_statements_does_not_go_on() {
    let mut forged = honest();
    each(&mut forged, |lemma, _, _| *lemma = 1);
    assert_eq!(reason(&forged), Reason::NoSuchStatement);
}

/// Without `begin` facts for its premises the statement cannot be used.
#[test]
fn the_scope_has_what_the_statement_speaks_of() {
    let mut forged = honest();
    let next = 1;
    forged.scope.begins.retain(|event| *event != next);
    assert!(matches!(refusal(&forged), Refusal::NotInductive(0)));
}

#[test]
fn the_same_steps_of_another_process_prove_nothing() {
    let broken = load(BROKEN);
    let mut forged = honest();
    let files = broken.sources.files();
    forged.program = proof::digest(files.iter().map(|f| (f.name.as_str(), f.text.as_str())));
    assert!(matches!(
        checker::check(&broken, &forged),
        Err(Refusal::Unjustified { .. })
    ));
}
