//! Forgeries of proofs that use lemmas, axioms and restrictions, or speak of
//! moments.

use crate::common::{certificate, load, tautology};
use checker::{Reason, Refusal};
use proof::{End, Justification, SaturationCertificate as Certificate, Step};

/// True only because of the restriction.
const RESTRICTED: &str = "free c: channel.
    event a(bitstring, bitstring). event e(bitstring, bitstring).
    restriction x, y, z: bitstring; event(a(x, y)) && event(a(x, z)) ==> y = z.
    query x, y, z: bitstring; event(e(x, y)) && event(e(x, z)) ==> y = z.
    process ! in(c, (x: bitstring, y: bitstring)); event a(x, y); event e(x, y)";

/// One case per disjunct, one of them impossible.
const DISJOINT: &str = "free c: channel. free s: bitstring [private].
    event a(bitstring). event b(bitstring). event d. event e(bitstring).
    axiom x: bitstring; event(a(x)) ==> event(b(x)) || (event(d) && x = s).
    query x: bitstring; event(e(x)) ==> event(b(x)) || event(d).
    process ! in(c, x: bitstring); event a(x); event e(x)";

/// Nothing that restricts the runs reaches the goal.
const FORBIDDEN: &str = "free c: channel. free s, t: bitstring [private].
    event g.
    restriction event(g) ==> false.
    query attacker(s).
    process (event g; out(c, s)) | out(c, t)";

/// The third query rests on both lemmas, the second lemma on the first.
const CHAIN: &str = "free c: channel. free k: bitstring [private].
    fun enc(bitstring, bitstring): bitstring.
    reduc forall x: bitstring, y: bitstring; dec(enc(x, y), y) = x.
    event a(bitstring). event b(bitstring). event e(bitstring).
    lemma x: bitstring; event(b(x)) ==> event(a(x)).
    query x: bitstring; event(e(x)) ==> event(a(x)).
    process ! (new n: bitstring; event a(n); out(c, enc(n, k)))
          | ! (in(c, y: bitstring); let x = dec(y, k) in event b(x); event e(x))";

/// The lemma is false; the query would follow from it.
const FALSE_LEMMA: &str = "free c: channel.
    event e. event g. event h.
    lemma event(e) ==> event(g).
    query event(h) ==> event(e).
    query event(h) ==> event(g).
    process event e; event h";

const MOMENTS: &str = "free c: channel.
    event a(bitstring). event b(bitstring).
    query x: bitstring, i, j: time; event(a(x))@i && event(b(x))@j ==> i < j.
    query x: bitstring, i, j: time; event(b(x))@i && event(b(x))@j ==> i = j.
    query x: bitstring, i, j: time; event(a(x))@i && event(b(x))@j ==> j < i.
    process ! (new n: bitstring; event a(n); event b(n))";

fn justifications(c: &mut Certificate) -> Vec<&mut Justification> {
    let closure = c.closure.iter_mut().map(|r| &mut r.by);
    c.cover.iter_mut().chain(closure).collect()
}

/// The first use of a statement.
fn cases(c: &mut Certificate) -> (&mut u32, &mut Vec<u32>, &mut Vec<Justification>) {
    let mut agenda = justifications(c);
    while let Some(justification) = agenda.pop() {
        if let (Some(Step::Lemma { lemma, premises }), End::Cases(parts)) =
            (justification.steps.last_mut(), &mut justification.end)
        {
            return (lemma, premises, parts);
        }
    }
    panic!("the proof uses a statement");
}

/// Every use of a statement is replaced.
fn instead(c: &mut Certificate, end: &End) {
    for justification in justifications(c) {
        if let Some(Step::Lemma { .. }) = justification.steps.last() {
            justification.steps.pop();
            justification.end = end.clone();
        }
    }
}

type Forgery = (
    &'static str,
    &'static str,
    fn(&mut Certificate),
    &'static [Reason],
);

const FORGERIES: &[Forgery] = &[
    (
        "no such statement",
        RESTRICTED,
        |c| *cases(c).0 = 7,
        &[Reason::NoSuchStatement],
    ),
    (
        "a premise short",
        RESTRICTED,
        |c| {
            cases(c).1.pop();
        },
        &[Reason::PremiseMissing],
    ),
    (
        "a hypothesis that is not there",
        RESTRICTED,
        |c| cases(c).1[1] = 99,
        &[Reason::PremiseMissing],
    ),
    (
        "one hypothesis for both premises",
        RESTRICTED,
        |c| {
            let premises = cases(c).1;
            premises[1] = premises[0];
        },
        &[
            Reason::NotSubsumed,
            Reason::NotApplicable,
            Reason::FactMissing,
            Reason::EqualityFails,
        ],
    ),
    (
        "the premise is another event",
        FORBIDDEN,
        |c| cases(c).1[0] = 1,
        &[Reason::PremiseMissing],
    ),
    (
        "a case left out",
        DISJOINT,
        |c| {
            cases(c).2.pop();
        },
        &[Reason::Entries],
    ),
    (
        "no case at all",
        DISJOINT,
        |c| cases(c).2.clear(),
        &[Reason::Entries],
    ),
    (
        "a case too many",
        DISJOINT,
        |c| {
            let parts = cases(c).2;
            let more = parts[0].clone();
            parts.push(more);
        },
        &[Reason::Entries],
    ),
    (
        "the clause is void without a reason",
        RESTRICTED,
        |c| instead(c, &tautology()),
        &[Reason::NotApplicable],
    ),
    (
        "the clause is contradictory without a reason",
        FORBIDDEN,
        |c| instead(c, &End::Void),
        &[Reason::ConstraintHolds],
    ),
    (
        "a lemma without its proof",
        CHAIN,
        |c| c.lemmas.clear(),
        &[Reason::NoSuchStatement],
    ),
];

fn last_query(text: &str) -> u32 {
    let count = load(text).queries.len();
    u32::try_from(count - 1).expect("few queries")
}

#[test]
fn proofs_that_use_statements_are_accepted() {
    for text in [RESTRICTED, DISJOINT, FORBIDDEN, CHAIN] {
        let program = load(text);
        let certificate = certificate(&program, last_query(text));
        if let Err(refusal) = checker::check(&program, &certificate) {
            panic!("{refusal}\n{text}");
        }
    }
}

#[test]
fn forged_uses_of_statements_are_refused() {
    for (name, text, change, reasons) in FORGERIES {
        let program = load(text);
        let mut forged = certificate(&program, last_query(text));
        change(&mut forged);
        match checker::check(&program, &forged) {
            Err(Refusal::Unjustified { reason, .. }) if reasons.contains(&reason) => {}
            other => panic!("{name}: {other:?}"),
        }
    }
}

/// The certificate of one query as that of a lemma, a later lemma, itself.
#[test]
fn only_proofs_of_earlier_lemmas_count() {
    let program = load(CHAIN);
    let honest = certificate(&program, 1);
    assert_eq!(honest.lemmas.len(), 1);

    let mut itself = honest.clone();
    itself.lemmas = vec![Certificate {
        lemmas: Vec::new(),
        ..honest.clone()
    }];
    assert!(matches!(
        checker::check(&program, &itself),
        Err(Refusal::NotALemma(1))
    ));

    let mut twice = honest.clone();
    twice.lemmas.push(honest.lemmas[0].clone());
    assert!(matches!(
        checker::check(&program, &twice),
        Err(Refusal::NotALemma(0))
    ));

    let mut damaged = honest;
    damaged.lemmas[0].witnesses.clear();
    damaged.lemmas[0].closure.clear();
    assert!(checker::check(&program, &damaged).is_err());
}

/// A lemma that is false cannot be slipped in under another proof.
#[test]
fn a_false_lemma_is_not_used() {
    let program = load(FALSE_LEMMA);
    let mut forged = certificate(&program, 1);
    let by = Justification {
        steps: vec![Step::Lemma {
            lemma: 0,
            premises: vec![0],
        }],
        end: End::Cases(Vec::new()),
    };
    *forged.cover.last_mut().expect("the goal") = by.clone();
    assert!(checker::check(&program, &forged).is_err());
    for resolvent in &mut forged.closure {
        resolvent.by = by.clone();
    }
    assert!(checker::check(&program, &forged).is_err());
    let mut relabelled = certificate(&program, 1);
    relabelled.query = 2;
    assert!(checker::check(&program, &relabelled).is_err());
}

/// The parts of a query about moments: none may be missing or stand for another.
#[test]
fn forged_moments_are_refused() {
    let program = load(MOMENTS);
    let honest = certificate(&program, 0);
    assert!(checker::check(&program, &honest).is_ok());
    assert_eq!(honest.inner.len(), 2);
    for gone in 0..2 {
        let mut forged = honest.clone();
        forged.inner.remove(gone);
        assert!(checker::check(&program, &forged).is_err(), "part {gone}");
    }
    let mut swapped = honest.clone();
    swapped.inner.swap(0, 1);
    assert!(checker::check(&program, &swapped).is_err());

    let mut turned = honest;
    turned.query = 2;
    for part in &mut turned.inner {
        part.query = 2;
    }
    assert!(checker::check(&program, &turned).is_err());

    let equal = certificate(&program, 1);
    assert!(checker::check(&program, &equal).is_ok());
    let mut forged = equal;
    forged.query = 0;
    assert!(checker::check(&program, &forged).is_err());
}
