//! An adversary that fills in a certificate by asking the checker again and
//! again: whatever entry is refused, it tries the next justification it knows.
//! Nothing it finds for a query that is false may be accepted.

use crate::common::{at_once, disjunct, draft, instance, load, usual};
use checker::{Place, Refusal};
use logic::{Clause, Fact, Predicate, Substitution, Symbol, Var, clause_variables};
use pi::Program;
use proof::{
    Disjunct, End, Justification, Piece, Resolvent, Same, SaturationCertificate, Selection, Step,
    Way, Witness,
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
    plain.extend((0..3).map(|at| End::Leaf(vec![Way::Hypothesis(at)])));
    for (by, clause) in clauses.zip(&c.clauses) {
        let count = clause.hypotheses.len();
        for at in placements(count) {
            plain.push(instance(by, at));
        }
        // What is open are hypotheses, or composed of nothing.
        let at = vec![None; count];
        let mut ways = vec![Way::Clause { by, at }];
        plain.push(End::Leaf(ways.clone()));
        ways.extend((0..).take(count).map(Way::Hypothesis));
        plain.push(End::Leaf(ways));
        if count == 1 {
            for (unit, _) in (0..)
                .zip(&c.clauses)
                .filter(|(_, k)| k.hypotheses.is_empty())
            {
                let at = vec![None];
                let open = Way::Clause { by, at };
                let at = Vec::new();
                plain.push(End::Leaf(vec![open, Way::Clause { by: unit, at }]));
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
        let Refusal::Unjustified { place, .. } = refusal else {
            return Err(refusal);
        };
        let next = tried.entry(place.to_string()).or_insert(0);
        let speaks = matches!(place, Place::Pair(_) | Place::Witness(_));
        let Some(justification) = known.get(*next).or(known.first().filter(|_| speaks)) else {
            // Without what cannot be shown of one symbol, or not at all.
            if let Place::Apart(entry, _) = place {
                draft.apart.remove(entry as usize);
                tried.retain(|place, _| !place.starts_with("taking apart"));
                continue;
            }
            return Err(refusal);
        };
        *next += 1;
        let attempt = *next - 1;
        match place {
            Place::Cover(n) => draft.cover[n as usize] = justification.clone(),
            Place::Closure(left, right) => {
                let by = justification.clone();
                match (draft.closure).binary_search_by_key(&(left, right), |r| (r.left, r.right)) {
                    Ok(at) => draft.closure[at].by = by,
                    Err(at) => draft.closure.insert(at, Resolvent { left, right, by }),
                }
            }
            Place::Apart(entry, piece) => {
                let pieces = &mut draft.apart[entry as usize].pieces;
                pieces.truncate(piece as usize);
                pieces.extend(as_piece(justification));
            }
            Place::Witness(clause) => {
                let known = draft.witnesses.iter().position(|w| w.clause == clause);
                let Some(by) = witness(&draft, attempt) else {
                    return Err(refusal);
                };
                match known {
                    Some(at) => draft.witnesses[at].by = by,
                    None => draft.witnesses.push(Witness { clause, by }),
                }
            }
            Place::Pair(pair) => {
                let Some(by) = comparison(attempt) else {
                    return Err(refusal);
                };
                draft.pairs.truncate(pair as usize);
                draft.pairs.push(by);
            }
        }
    }
}

/// The first disjunct, with the first existential variables bound to all terms, one
/// after the other; or no disjunct.
fn witness(c: &SaturationCertificate, attempt: usize) -> Option<Justification<Disjunct>> {
    let (number, terms) = (0, c.terms.len() + c.goal_terms.len());
    let term = |n: usize| u32::try_from(n % terms).expect("few terms");
    let bindings = match attempt {
        0 => return Some(disjunct(0)),
        1 => return Some(at_once(End::Void)),
        n if n - 2 < terms => vec![(0, term(n - 2))],
        n if n - 2 < terms * (terms + 1) => vec![(0, term(n - 2)), (1, term((n - 2) / terms - 1))],
        _ => return None,
    };
    Some(at_once(End::Leaf(Disjunct { number, bindings })))
}

/// All that it knows to say of two injective events.
fn comparison(attempt: usize) -> Option<Justification<Same>> {
    let mut steps = vec![Vec::new()];
    let places = (0..5).flat_map(|second| (0..second).map(move |first| (first, second)));
    let unify: Vec<_> = places
        .map(|(first, second)| Step::Unify { first, second })
        .collect();
    steps.extend(unify.iter().map(|step| vec![step.clone()]));
    for step in &unify {
        steps.extend(unify.iter().map(|next| vec![step.clone(), next.clone()]));
    }
    let ends = [End::Leaf(Same), End::Void, End::Cases(Vec::new())];
    let steps = steps.into_iter().nth(attempt / ends.len())?;
    let end = ends.into_iter().nth(attempt % 3)?;
    Some(Justification { steps, end })
}

/// What of it can be said of a part of a message.
fn as_piece(justification: &Justification) -> Option<Piece> {
    let End::Leaf(ways) = &justification.end else {
        return None;
    };
    let taken = justification.steps.iter().map(|step| match step {
        Step::Decompose { hypothesis } => Some(*hypothesis),
        _ => None,
    });
    let (taken, way) = (taken.collect::<Option<_>>()?, ways.first()?.clone());
    (ways.len() == 1).then_some(Piece { taken, way })
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
                place: Place::Closure(..),
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

/// Two ends share what happens once.
const SHARED: [&str; 4] = [
    "free c: channel. event b. event e. query inj-event(e) ==> inj-event(b).
     process event b; ! event e",
    "free c: channel. event b. event e. query inj-event(e) ==> inj-event(b).
     process event b; event b; ! event e",
    "free c: channel. event b(bitstring). event e(bitstring).
     query x: bitstring; inj-event(e(x)) ==> inj-event(b(x)).
     process in(c, x: bitstring); event b(x); (event e(x) | event e(x))",
    "free c: channel. event b(bitstring). event e(bitstring).
     query x: bitstring; inj-event(e(x)) ==> inj-event(b(x)).
     process ! (in(c, x: bitstring) [precise]; event b(x); ! event e(x))",
];

/// The goal clause resolved with the clauses for what it asks for first.
fn solved(program: &Program, translation: &mut horn::Translation) -> Vec<(Clause, Selection)> {
    let goal = horn::goal(program, translation, 0)
        .expect("supported")
        .clause;
    let (theory, store) = (&translation.theory, &mut translation.store);
    let at = (goal.hypotheses.iter())
        .position(|f| matches!(f.predicate, Predicate::EndAt(_)))
        .expect("the query is injective");
    let asked = &goal.hypotheses[at];
    let mut found = Vec::new();
    for clause in translation.clauses.iter().map(|c| &c.clause) {
        if clause.conclusion.predicate != asked.predicate {
            continue;
        }
        let apart = clause_variables(store, clause).into_iter();
        let apart: Substitution = apart.map(|v| (v, store.var(Var(v.0 + 1_000)))).collect();
        let clause = apart.clause(store, clause);
        let pairs = asked.arguments.iter().zip(&clause.conclusion.arguments);
        let pairs: Vec<_> = pairs.map(|(l, r)| (*l, *r)).collect();
        for unifier in theory.unify(store, &pairs) {
            let mut whole = goal.clone();
            whole.hypotheses.remove(at);
            whole.hypotheses.extend(clause.hypotheses.clone());
            found.push((unifier.clause(store, &whole), Selection::Conclusion));
        }
    }
    found
}

#[test]
fn what_happens_once_is_not_met_twice() {
    for text in SHARED {
        let program = load(text);
        let verdict = crate::common::prove(&program, 0);
        assert!(
            matches!(verdict, verdict::Verdict::Attacked(_)),
            "{text}: {verdict:?}"
        );
        let forged = draft(
            &program,
            0,
            |_, t, c| usual(&t.store, c),
            |t| solved(&program, t),
        );
        let refused = attempt(&program, forged).expect_err("the query is false");
        let pair = |place: &Place| matches!(place, Place::Pair(_));
        assert!(
            matches!(&refused, Refusal::Unjustified { place, .. } if pair(place)),
            "{text}: {refused}"
        );
    }
}

#[test]
fn the_adversary_compares_what_differs() {
    let text = "free c: channel. event b. event e. query inj-event(e) ==> inj-event(b).
        process ! (event b; event e)";
    let program = load(text);
    let honest = draft(
        &program,
        0,
        |_, t, c| usual(&t.store, c),
        |t| solved(&program, t),
    );
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
