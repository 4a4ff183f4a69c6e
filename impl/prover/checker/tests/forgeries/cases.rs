//! Forgeries of case distinctions.

use crate::common::{at_once, certificate, disjunct, load};
use checker::{Reason, Refusal};
use proof::{Disjunct, End, Justification, SaturationCertificate as Certificate, Step, TermNode};

type Choice = Justification<Disjunct>;

const EITHER: &str = "
    free c: channel. fun h(bitstring, bitstring): bitstring.
    free a, b: bitstring.
    event e(bitstring).
    query x: bitstring; event(e(x)) ==> x = a || (x <> a && (x, x) <> h(x, x)).
    process in(c, y: bitstring); event e(y) | out(c, b)";

const BOTH: &str = "
    free c: channel. fun h(bitstring, bitstring): bitstring.
    free a, b: bitstring.
    event e(bitstring, bitstring).
    query x: bitstring, y: bitstring; event(e(x, y)) ==> (x <> a && (x, x) <> h(x, x)) || (y <> b && (y, y) <> h(y, y)).
    process in(c, x: bitstring); in(c, y: bitstring); if (x, y) <> (a, b) then event e(x, y)";

const INJECTIVE: &str = "
    free c: channel.
    free a: bitstring.
    event b(bitstring).
    event e(bitstring).
    query x: bitstring; inj-event(e(x)) ==> inj-event(b(x)).
    process ! in(c, x: bitstring); event b(x); event e(x)";

const BETWEEN: &str = "
    free c: channel.
    event e(nat).
    query x: nat; event(e(x)) ==> x = 2 || x = 3.
    process in(c, x: nat); if x > 1 && x < 4 then event e(x)";

fn void() -> Choice {
    at_once(End::Void)
}

/// A distinction: the terms, and the cases, of which the last is that they differ.
fn split(by: &mut Choice) -> Option<(&mut (u32, u32), &mut Vec<Choice>)> {
    match (by.steps.as_mut_slice(), &mut by.end) {
        ([Step::Split { pair }], End::Cases(parts)) => Some((pair, parts)),
        _ => None,
    }
}

fn parts(c: &mut Certificate) -> (&mut (u32, u32), &mut Vec<Choice>) {
    let found = c.witnesses.iter_mut().find_map(|w| split(&mut w.by));
    found.expect("some clause needs cases")
}

fn different(c: &mut Certificate) -> &mut Choice {
    parts(c).1.last_mut().expect("the last case")
}

/// The witness that needs cases has this choice instead.
fn instead(c: &mut Certificate, choice: Choice) {
    for witness in &mut c.witnesses {
        if split(&mut witness.by).is_some() {
            witness.by = choice.clone();
        }
    }
}

type Forgery = (&'static str, fn(&mut Certificate), Reason);

const FORGERIES: [Forgery; 11] = [
    (
        "the equal case left out",
        |c| drop(parts(c).1.remove(0)),
        Reason::Entries,
    ),
    (
        "the equal case void",
        |c| parts(c).1[0] = void(),
        Reason::ConstraintHolds,
    ),
    (
        "the equal case by the disequality",
        |c| parts(c).1[0] = disjunct(1),
        Reason::DisequalityFails,
    ),
    (
        "the different case void",
        |c| *different(c) = void(),
        Reason::ConstraintHolds,
    ),
    (
        "the different case by the equality",
        |c| *different(c) = disjunct(0),
        Reason::EqualityFails,
    ),
    (
        "no such disjunct",
        |c| *different(c) = disjunct(7),
        Reason::NoSuchStatement,
    ),
    (
        "a pair that is always equal",
        |c| {
            let pair = parts(c).0;
            *pair = (pair.0, pair.0);
            *different(c) = void();
        },
        Reason::EqualityFails,
    ),
    (
        "a pair that is never equal",
        |c| {
            let (first, second) = constants(c);
            *parts(c).0 = (first, second);
            parts(c).1.remove(0);
        },
        Reason::DisequalityFails,
    ),
    (
        "a pair of nothing",
        |c| parts(c).0.1 = u32::MAX,
        Reason::BadBinding,
    ),
    (
        "cases for the equal case alone",
        |c| instead(c, disjunct(0)),
        Reason::EqualityFails,
    ),
    (
        "cases for the different case alone",
        |c| instead(c, disjunct(1)),
        Reason::DisequalityFails,
    ),
];

/// Two names.
fn constants(c: &Certificate) -> (u32, u32) {
    let mut found = (0_u32..).zip(&c.terms).filter_map(|(i, t)| match t {
        TermNode::Apply(_, arguments) if arguments.is_empty() => Some(i),
        _ => None,
    });
    let first = found.next().expect("a name");
    (first, found.next().expect("another name"))
}

#[test]
fn each_case_has_to_meet_the_query() {
    let program = load(EITHER);
    let honest = certificate(&program, 0);
    assert!(checker::check(&program, &honest).is_ok());
    for (name, change, expected) in FORGERIES {
        let mut forged = honest.clone();
        change(&mut forged);
        match checker::check(&program, &forged) {
            Err(Refusal::Unjustified { reason, .. }) => assert_eq!(reason, expected, "{name}"),
            other => panic!("{name}: {other:?}"),
        }
    }
}

#[test]
fn constraints_take_part_in_the_cases() {
    let program = load(BOTH);
    let mut forged = certificate(&program, 0);
    assert!(checker::check(&program, &forged).is_ok());
    // Where the first differs from its name, nothing is said of the second.
    let other = parts(&mut forged).1[0].clone();
    *different(&mut forged) = other;
    assert!(checker::check(&program, &forged).is_err());
}

/// Only where no number is left is there nothing to show.
#[test]
fn a_case_without_numbers_is_void_and_one_with_them_is_not() {
    let program = load(BETWEEN);
    let honest = certificate(&program, 0);
    let _ = checker::check(&program, &honest).expect("between two and three there is nothing else");
    let mut early = honest.clone();
    *different(&mut early) = void();
    let mut whole = honest.clone();
    instead(&mut whole, void());
    let mut once = honest;
    let (pair, cases) = parts(&mut once);
    let (pair, equal) = (*pair, cases[0].clone());
    // Differing from one of them twice leaves the other.
    *different(&mut once) = Choice {
        steps: vec![Step::Split { pair }],
        end: End::Cases(vec![equal, void()]),
    };
    for (name, forged) in [("early", early), ("whole", whole), ("once", once)] {
        match checker::check(&program, &forged) {
            Err(Refusal::Unjustified { reason, .. }) => {
                assert_eq!(reason, Reason::ConstraintHolds, "{name}");
            }
            other => panic!("{name}: {other:?}"),
        }
    }
}

#[test]
fn cases_do_not_hide_injective_events() {
    let program = load(INJECTIVE);
    let mut forged = certificate(&program, 0);
    assert!(checker::check(&program, &forged).is_ok());
    let term = u32::try_from(forged.terms.len() - 1).expect("few terms");
    let by = forged.witnesses[0].by.clone();
    forged.witnesses[0].by = Choice {
        steps: vec![Step::Split { pair: (term, 0) }],
        end: End::Cases(vec![by; 2]),
    };
    match checker::check(&program, &forged) {
        Err(Refusal::Unjustified { reason, .. }) => assert_eq!(reason, Reason::Entries),
        other => panic!("{other:?}"),
    }
}
