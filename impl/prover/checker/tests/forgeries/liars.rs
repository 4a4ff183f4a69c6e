//! What a liar writes who knows the checker: steps that leave out a case, contradictions
//! that are none, one end for cases that differ, and things said where they mean
//! something else.

use crate::common::{at_once, certificate, disjunct, load, variable};
use crate::models::{EVENTS, KNOWLEDGE, SECRECY};
use crate::together;
use checker::{Place, Reason, Refusal};
use proof::{End, Justification, Same, SaturationCertificate as Certificate, Step, TermNode, Way};

fn reason(text: &str, forged: &Certificate) -> Reason {
    match checker::check(&load(text), forged) {
        Err(Refusal::Unjustified { reason, .. }) => reason,
        other => panic!("{other:?}\n{text}"),
    }
}

fn damaged(
    change: impl FnOnce(&mut Justification<Same>),
    pair: usize,
    of: &Certificate,
) -> Certificate {
    let mut forged = of.clone();
    change(&mut forged.pairs[pair]);
    forged
}

/// All that is said of a pair, said in every way that leaves something out.
fn damages(by: &Justification<Same>) -> Vec<Justification<Same>> {
    let mut all = vec![
        at_once(End::Leaf(Same)),
        at_once(End::Void),
        at_once(End::Cases(Vec::new())),
        at_once(End::Cases(vec![by.clone(); 2])),
    ];
    for end in [End::Leaf(Same), End::Void, End::Cases(Vec::new())] {
        let steps = by.steps.clone();
        all.push(Justification { steps, end });
    }
    for at in 0..by.steps.len() {
        let mut change = |step: Option<Step>| {
            let mut other = by.clone();
            match step {
                Some(step) => other.steps[at] = step,
                None => drop(other.steps.remove(at)),
            }
            all.push(other);
        };
        change(None);
        change(Some(Step::Decompose { hypothesis: 0 }));
        match &by.steps[at] {
            Step::Lemma { lemma, premises } => {
                let (lemma, first) = (*lemma, premises[0]);
                let mut place = |lemma, premises| change(Some(Step::Lemma { lemma, premises }));
                place(lemma + 1, premises.clone());
                place(lemma, vec![first; premises.len()]);
                place(lemma, premises[1..].to_vec());
                place(lemma, [premises.as_slice(), &[first]].concat());
                place(lemma, vec![u32::MAX; premises.len()]);
            }
            Step::Unify { first, second } => {
                let (first, second) = (*first, *second);
                let mut unify = |first, second| change(Some(Step::Unify { first, second }));
                unify(second, first);
                unify(first, first);
                unify(second, second);
                unify(first, u32::MAX);
            }
            Step::Decompose { .. } | Step::Split { .. } => panic!("nothing is compared so"),
        }
    }
    if let End::Cases(parts) = &by.end {
        for (at, part) in parts.iter().enumerate() {
            for damage in damages(part) {
                let mut other = by.clone();
                if let End::Cases(parts) = &mut other.end {
                    parts[at] = damage;
                }
                all.push(other);
            }
        }
    }
    all
}

/// One input takes one message, so that one ticket is one execution.
const ONE_MESSAGE: &str = "free c: channel. free d: channel [private].
    event b(bitstring). event e(bitstring).
    query x: bitstring; inj-event(e(x)) ==> inj-event(b(x)).
    process ! (new t: bitstring; in(c, y: bitstring) [precise]; event b(y); event e(y))";

#[test]
fn no_step_of_a_comparison_is_left_out() {
    let either = "restriction x, y, z: bitstring; event(used(x, y)) && event(used(x, z)) \
                  ==> y = z || (x = k && z = x).";
    let texts = [
        together::model(together::ONCE),
        together::model(either),
        ONE_MESSAGE.to_owned(),
    ];
    let mut tried = 0;
    for text in &texts {
        let program = load(text);
        let honest = certificate(&program, 0);
        let _ = checker::check(&program, &honest).expect("the proof stands");
        for (pair, by) in honest.pairs.iter().enumerate() {
            for damage in damages(by).into_iter().filter(|damage| damage != by) {
                let forged = damaged(|by| *by = damage.clone(), pair, &honest);
                let refused = checker::check(&program, &forged);
                assert!(
                    matches!(
                        refused,
                        Err(Refusal::Unjustified {
                            place: Place::Pair(_),
                            ..
                        })
                    ),
                    "{damage:?} for {by:?}: {refused:?}"
                );
                tried += 1;
            }
        }
    }
    assert!(tried > 30, "{tried}");
}

#[test]
fn every_comparison_is_due_once() {
    let text = together::model(together::ONCE);
    let honest = certificate(&load(&text), 0);
    let first = honest.pairs[0].clone();
    let changes: [&dyn Fn(&mut Certificate); 4] = [
        &|c| c.pairs.clear(),
        &|c| drop(c.pairs.pop()),
        &|c| c.pairs.push(first.clone()),
        &|c| c.pairs.push(at_once(End::Void)),
    ];
    for change in changes {
        let mut forged = honest.clone();
        change(&mut forged);
        assert_eq!(reason(&text, &forged), Reason::Entries);
    }
}

/// A plain query has nothing to compare.
#[test]
fn nothing_is_compared_that_is_not_injective() {
    let mut forged = certificate(&load(EVENTS), 0);
    forged.pairs.push(at_once(End::Leaf(Same)));
    assert_eq!(reason(EVENTS, &forged), Reason::Entries);
}

/// A case for itself is compared with itself and with the others.
#[test]
fn events_are_not_shared_by_cases() {
    let text = "free c: channel. free a: bitstring. event b(bitstring). event e(bitstring).
        query y: bitstring; inj-event(e(y)) ==> inj-event(b(y)).
        process ! (in(c, y: bitstring); event b(y); event e(y))";
    let program = load(text);
    let mut twice = certificate(&program, 0);
    let pair = (variable(&mut twice, 0), name(&twice));
    let by = twice.witnesses[0].by.clone();
    twice.witnesses[0].by = Justification {
        steps: vec![Step::Split { pair }],
        end: End::Cases(vec![by.clone(), by]),
    };
    let same = twice.pairs[0].clone();
    for pairs in 0..5 {
        twice.pairs = vec![same.clone(); pairs];
        let result = checker::check(&program, &twice);
        assert_eq!(result.is_ok(), pairs == 3, "{pairs}: {result:?}");
    }
}

fn name(c: &Certificate) -> u32 {
    let name = |t: &TermNode| matches!(t, TermNode::Apply(_, parts) if parts.is_empty());
    let at = c.terms.iter().position(name).expect("a name");
    u32::try_from(at).expect("few terms")
}

const EITHER: &str = "free c: channel. fun h(bitstring, bitstring): bitstring.
    free a, b: bitstring. event e(bitstring).
    query x: bitstring; event(e(x)) ==> x = a || (x <> a && (x, x) <> h(x, x)).
    process in(c, y: bitstring); event e(y) | out(c, b)";

/// What is true in one case is said of all of them.
#[test]
fn one_end_is_for_all_cases() {
    let honest = certificate(&load(EITHER), 0);
    let split = honest.witnesses.iter().position(|w| !w.by.steps.is_empty());
    let split = split.expect("some clause needs cases");
    let ends = [
        (disjunct(0).end, Reason::EqualityFails),
        (disjunct(1).end, Reason::DisequalityFails),
        (End::Void, Reason::ConstraintHolds),
    ];
    for (end, expected) in ends {
        let mut forged = honest.clone();
        forged.witnesses[split].by.end = end;
        assert_eq!(reason(EITHER, &forged), expected);
    }
    // And after a case distinction comes no other one but in its cases.
    let mut forged = honest;
    let by = &mut forged.witnesses[split].by;
    by.steps.push(by.steps[0].clone());
    assert_eq!(reason(EITHER, &forged), Reason::Entries);
}

/// What the attacker knows has parts that it knows, but nothing says that here.
#[test]
fn nothing_is_taken_apart_in_a_witness() {
    let mut forged = certificate(&load(KNOWLEDGE), 0);
    let clause = &forged.clauses[forged.witnesses[0].clause as usize];
    for hypothesis in (0..).take(clause.hypotheses.len()) {
        forged.witnesses[0].by.steps = vec![Step::Decompose { hypothesis }];
        assert!(matches!(
            reason(KNOWLEDGE, &forged),
            Reason::NotApplicable | Reason::NotStanding
        ));
    }
}

/// Cases of terms are for goals: another clause is about what is derivable.
#[test]
fn no_other_clause_is_split() {
    let honest = certificate(&load(SECRECY), 0);
    let steps = [
        Step::Split { pair: (0, 1) },
        Step::Split { pair: (0, 0) },
        Step::Lemma {
            lemma: 0,
            premises: Vec::new(),
        },
    ];
    for step in steps {
        let mut forged = honest.clone();
        forged.cover[0].steps.push(step.clone());
        assert_eq!(reason(SECRECY, &forged), Reason::NotApplicable);
        let mut forged = honest.clone();
        forged.closure[0].by.steps.push(step);
        assert_eq!(reason(SECRECY, &forged), Reason::NotApplicable);
    }
}

/// The goal clause, split into cases of which none is an instance.
#[test]
fn a_split_leaves_nothing_out() {
    let honest = certificate(&load(SECRECY), 0);
    for pair in [(0, 0), (0, u32::MAX), (name(&honest), name(&honest))] {
        for end in [
            End::Void,
            End::Cases(Vec::new()),
            End::Cases(vec![at_once(End::Void); 2]),
        ] {
            let mut forged = honest.clone();
            let last = forged.cover.last_mut().expect("the goal");
            last.steps = vec![Step::Split { pair }];
            last.end = end;
            assert!(matches!(
                reason(SECRECY, &forged),
                Reason::BadBinding | Reason::ConstraintHolds | Reason::Entries
            ));
        }
    }
}

/// Parts of a message by ways that are none.
#[test]
fn pieces_say_how() {
    let honest = certificate(&load(SECRECY), 0);
    let ways = [
        Way::Again,
        Way::Hypothesis(7),
        Way::Clause {
            by: u32::MAX,
            at: Vec::new(),
        },
    ];
    let mut tried = 0;
    for entry in 0..honest.apart.len() {
        for piece in 0..honest.apart[entry].pieces.len() {
            for way in &ways {
                let mut forged = honest.clone();
                forged.apart[entry].pieces[piece].way = way.clone();
                assert!(matches!(
                    reason(SECRECY, &forged),
                    Reason::NotApplicable | Reason::NotStanding
                ));
                tried += 1;
            }
            let mut forged = honest.clone();
            forged.apart[entry].pieces[piece].taken.push(u32::MAX);
            assert_eq!(reason(SECRECY, &forged), Reason::NotApplicable);
        }
    }
    assert!(tried > 0);
}

/// What several queries share speaks of no term of one of them.
#[test]
fn what_is_shared_has_its_own_terms() {
    let program = load(EVENTS);
    let mut forged = certificate(&program, 0);
    let term = variable(&mut forged, 0);
    forged.clauses[0].conclusion.arguments[0] = term;
    let refused = checker::check(&program, &forged);
    assert!(matches!(refused, Err(Refusal::Malformed(_))), "{refused:?}");
    let mut forged = certificate(&program, 0);
    let mut terms = std::mem::take(&mut forged.terms);
    terms.append(&mut forged.goal_terms);
    forged.goal_terms = terms;
    let refused = checker::check(&program, &forged);
    assert!(matches!(refused, Err(Refusal::Malformed(_))), "{refused:?}");
}
