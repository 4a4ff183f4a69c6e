//! An adversary that fills in a certificate by asking the checker again and
//! again: whatever entry is refused, it tries the next justification it knows.
//! Nothing it finds for a query that is false may be accepted.

use crate::common::{draft, instance, load, usual};
use checker::{Place, Reason, Refusal};
use logic::{Clause, Fact, Predicate, Symbol};
use pi::Program;
use proof::{
    Choice, End, Justification, Resolvent, SaturationCertificate, Selection, Step, Way, Witness,
};
use proptest::prelude::*;
use std::collections::BTreeMap;

/// All it knows to say of a clause of a certificate.
fn candidates(c: &SaturationCertificate) -> Vec<Justification> {
    let decompose = |hypothesis| Step::Decompose { hypothesis };
    let unify = |first, second| Step::Unify { first, second };
    let prefixes: [&[Step]; 5] = [
        &[],
        &[decompose(0)],
        &[decompose(1)],
        &[decompose(0), decompose(0)],
        &[unify(0, 1)],
    ];
    let clauses = (0_u32..).take(c.clauses.len());
    let mut plain: Vec<End> = vec![End::Void];
    plain.extend((0..3).map(|at| End::Derived(vec![Way::Hypothesis(at)])));
    for (by, clause) in clauses.zip(&c.clauses) {
        let count = clause.hypotheses.len();
        for at in placements(count) {
            plain.push(instance(by, at));
        }
        // What is open are hypotheses, or composed of nothing.
        let at = vec![None; count];
        let mut ways = vec![Way::Clause { by, at }];
        plain.push(End::Derived(ways.clone()));
        ways.extend((0..).take(count).map(Way::Hypothesis));
        plain.push(End::Derived(ways));
        if count == 1 {
            for (unit, _) in (0..)
                .zip(&c.clauses)
                .filter(|(_, k)| k.hypotheses.is_empty())
            {
                let at = vec![None];
                let open = Way::Clause { by, at };
                let at = Vec::new();
                plain.push(End::Derived(vec![open, Way::Clause { by: unit, at }]));
            }
        }
    }
    let with = |steps: &[Step]| {
        let steps = steps.to_vec();
        let ends = plain.iter().cloned();
        let all = ends.map(move |end| Justification {
            steps: steps.clone(),
            end,
        });
        all.collect::<Vec<_>>()
    };
    prefixes.into_iter().flat_map(with).collect()
}

/// Ways to place so many hypotheses among few.
fn placements(count: usize) -> Vec<Vec<u32>> {
    let mut all = vec![Vec::new()];
    for _ in 0..count.min(3) {
        all = all
            .into_iter()
            .flat_map(|at: Vec<u32>| {
                let free = (0..3).filter(|i| !at.contains(i)).collect::<Vec<_>>();
                free.into_iter()
                    .map(move |i| [at.as_slice(), &[i]].concat())
            })
            .collect();
    }
    all
}

/// Whether the checker ever accepts; the last refusal if it does not.
pub(crate) fn attempt(program: &Program, mut draft: SaturationCertificate) -> Result<(), Refusal> {
    let known = candidates(&draft);
    let mut tried: BTreeMap<String, usize> = BTreeMap::new();
    loop {
        let Err(refusal) = checker::check(program, &draft) else {
            return Ok(());
        };
        let Refusal::Unjustified { place, reason } = refusal else {
            return Err(refusal);
        };
        let next = tried.entry(place.to_string()).or_insert(0);
        let Some(justification) = known.get(*next) else {
            // Without what cannot be shown of one symbol, or not at all.
            if let Place::Apart { entry, .. } = place {
                draft.apart.remove(entry as usize);
                tried.retain(|place, _| !place.starts_with("taking apart"));
                continue;
            }
            return Err(refusal);
        };
        *next += 1;
        match place {
            Place::Cover(n) => draft.cover[n as usize] = justification.clone(),
            Place::Closure { left, right } if reason == Reason::Missing => {
                let key = |r: &Resolvent| (r.left, r.right);
                let at = draft.closure.partition_point(|r| key(r) < (left, right));
                let by = justification.clone();
                draft.closure.insert(at, Resolvent { left, right, by });
            }
            Place::Closure { left, right } => {
                for entry in &mut draft.closure {
                    if (entry.left, entry.right) == (left, right) {
                        entry.by = justification.clone();
                    }
                }
            }
            Place::Witness(clause) if reason == Reason::Missing => {
                let (number, bindings) = (0, Vec::new());
                let choice = Choice::Disjunct { number, bindings };
                draft.witnesses.push(Witness { clause, choice });
            }
            Place::Apart { entry, piece } => {
                let pieces = &mut draft.apart[entry as usize].pieces;
                pieces.truncate(piece as usize);
                pieces.push(justification.clone());
            }
            Place::Clause(_) | Place::Witness(_) | Place::Witnesses { .. } => return Err(refusal),
        }
    }
}

const APART: &str = "free c: channel.
    free a: bitstring [private]. free b: bitstring [private]. free s: bitstring [private].
    fun f(bitstring, bitstring): bitstring [data].
    query attacker(s).
    process out(c, f(a, b)) | (in(c, x: bitstring); if x = a then out(c, s))";

/// With projection selecting its conclusion, every resolvent with it can be
/// taken apart and is then the clause it came from; nobody asks where `f(a,b)`
/// comes from.
#[test]
fn projection_does_not_justify_itself() {
    let program = load(APART);
    let circular = draft(
        &program,
        0,
        |i, translation, clause| match translation.clauses.get(i).map(|c| &c.origin) {
            Some(horn::Origin::Project { .. }) => Selection::Conclusion,
            _ => usual(&translation.store, clause),
        },
        |_| Vec::new(),
    );
    let refusal = attempt(&program, circular).expect_err("the query is false");
    assert!(
        matches!(
            refusal,
            Refusal::Unjustified {
                place: Place::Closure { .. },
                ..
            }
        ),
        "{refusal}"
    );
}

const UNKNOWN: &str = "free c: channel.
    free k: bitstring [private]. free d: channel.
    fun f(bitstring): bitstring.
    event e.
    query event(e) ==> attacker(k).
    process out(c, f(k)) | (in(d, x: bitstring); if x = f(k) then event e)";

/// The attacker learns `f(k)` and never `k`. The set may say that it knows `k`,
/// and then that what it learns is composed; a derivation that goes this way
/// meets the query for no reason.
#[test]
fn a_clause_of_the_set_is_no_knowledge() {
    let program = load(UNKNOWN);
    let invented = |translation: &mut horn::Translation| {
        let (k, f) = (named(translation, "k"), named(translation, "f"));
        let k = translation.store.apply(k, &[]);
        let fk = translation.store.apply(f, &[k]);
        let known = |term| Fact::new(Predicate::Attacker(0), vec![term]);
        let end = translation
            .clauses
            .iter()
            .map(|c| &c.clause.conclusion)
            .find(|c| matches!(c.predicate, Predicate::End(_)))
            .expect("the event can be reached")
            .clone();
        let clause = |hypotheses, conclusion| Clause {
            constraints: Vec::new(),
            hypotheses,
            conclusion,
        };
        vec![
            (clause(Vec::new(), known(k)), Selection::Conclusion),
            (
                clause(vec![known(fk)], end.clone()),
                Selection::Hypothesis(0),
            ),
            (clause(vec![known(k)], end), Selection::Conclusion),
        ]
    };
    let forged = draft(
        &program,
        0,
        |_, t, clause| usual(&t.store, clause),
        invented,
    );
    let refusal = attempt(&program, forged).expect_err("the query is false");
    assert!(matches!(refusal, Refusal::Unjustified { .. }), "{refusal}");
}

fn named(translation: &horn::Translation, name: &str) -> Symbol {
    let found = translation
        .signature
        .iter()
        .find(|(_, info)| info.name == name);
    found.expect("the model has it").0
}

/// Models whose query is false, for all kinds of reasons.
const FALSE: [&str; 7] = [
    APART,
    UNKNOWN,
    "free c: channel. free s: bitstring [private]. query attacker(s).
     process in(c, x: bitstring); if x = (c, c) then out(c, s)",
    "free c: channel. free s: bitstring [private]. free k: bitstring [private].
     fun enc(bitstring, bitstring): bitstring.
     reduc forall x: bitstring, y: bitstring; dec(enc(x, y), y) = x.
     query attacker(s). process out(c, enc(s, k)); in(c, x: bitstring); out(c, k)",
    "free c: channel. event a(bitstring). event b(bitstring).
     query x: bitstring; event(b(x)) ==> event(a(x)).
     process in(c, x: bitstring); event a(x); in(c, y: bitstring); event b(y)",
    "free c: channel. free s: bitstring [private]. query attacker(s) phase 1.
     process in(c, x: bitstring); phase 1; out(c, s)",
    "free c: channel. fun h(bitstring, bitstring): bitstring. event e(bitstring). free t: bitstring. free v: bitstring.
     query x: bitstring; event(e(x)) ==> x <> t && (x, x) <> h(x, x).
     process in(c, x: bitstring); if x <> v then event e(x)",
];

#[test]
fn the_false_models_are_false() {
    for text in FALSE {
        let program = load(text);
        let verdict = crate::common::prove(&program, 0);
        assert!(
            matches!(verdict, verdict::Verdict::Attacked(_)),
            "{text}: {verdict:?}"
        );
    }
}

/// The adversary is not a straw man: it proves what is true.
#[test]
fn the_adversary_proves_what_is_true() {
    let text = "free c: channel. free s: bitstring [private]. free k: bitstring [private].
        fun enc(bitstring, bitstring): bitstring.
        reduc forall x: bitstring, y: bitstring; dec(enc(x, y), y) = x.
        query attacker(s). process in(c, x: bitstring); out(c, enc(x, k))";
    let program = load(text);
    let honest = draft(&program, 0, |_, t, c| usual(&t.store, c), |_| Vec::new());
    assert_eq!(attempt(&program, honest), Ok(()));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Whatever is selected and whatever is invented.
    #[test]
    fn no_false_query_is_proved(
        model in 0..FALSE.len(),
        choices in prop::collection::vec(0_u32..4, 40),
        usually in 0_u32..4,
        invented in prop::collection::vec((0_u32..60, 0_u32..60, 0_u32..3), 0..3),
    ) {
        let program = load(FALSE[model]);
        let forged = draft(
            &program,
            0,
            |i, t, clause| {
                let choice = choices[i % choices.len()];
                if choice <= usually {
                    return usual(&t.store, clause);
                }
                let count = u32::try_from(clause.hypotheses.len()).unwrap_or(0);
                match clause.hypotheses.get(choice as usize) {
                    Some(h) if choice < count && !h.predicate.is_blocked() => {
                        Selection::Hypothesis(choice)
                    }
                    _ => Selection::Conclusion,
                }
            },
            |t| invent(t, &invented),
        );
        prop_assert!(attempt(&program, forged).is_err());
    }
}

/// Clauses about what the initial clauses speak of.
fn invent(
    translation: &horn::Translation,
    choices: &[(u32, u32, u32)],
) -> Vec<(Clause, Selection)> {
    let facts: Vec<Fact> = translation
        .clauses
        .iter()
        .flat_map(|c| c.clause.hypotheses.iter().chain([&c.clause.conclusion]))
        .filter(|f| !f.predicate.is_blocked())
        .cloned()
        .collect();
    let pick = |n: u32| facts[n as usize % facts.len()].clone();
    choices
        .iter()
        .map(|(hypothesis, conclusion, shape)| {
            let clause = Clause {
                constraints: Vec::new(),
                hypotheses: if *shape == 0 {
                    Vec::new()
                } else {
                    vec![pick(*hypothesis)]
                },
                conclusion: pick(*conclusion),
            };
            let selection = if *shape == 2 {
                Selection::Hypothesis(0)
            } else {
                Selection::Conclusion
            };
            (clause, selection)
        })
        .collect()
}
