//! Whether a clause derives a ground fact from ground facts.

use horn::{Simplified, Translation};
use logic::{Clause, Fact, Store, Substitution, TermId, View};
use std::collections::BTreeSet;

/// Whether one of the clauses derives the fact from known facts in one step.
pub(crate) fn derivable(
    translation: &mut Translation,
    clauses: &[usize],
    known: &BTreeSet<Fact>,
    fact: &Fact,
) -> bool {
    clauses.iter().any(|i| {
        let clause = translation.clauses[*i].clause.clone();
        let mut map = Substitution::new();
        matches(&translation.store, &clause.conclusion, fact, &mut map)
            && hypotheses(translation, &clause, 0, known, &map)
    })
}

fn hypotheses(
    translation: &mut Translation,
    clause: &Clause,
    next: usize,
    known: &BTreeSet<Fact>,
    map: &Substitution,
) -> bool {
    let Some(hypothesis) = clause.hypotheses.get(next) else {
        return clause.constraints.iter().all(|c| {
            let instance = map.disequality(&mut translation.store, c);
            let simplified = translation
                .theory
                .simplify(&mut translation.store, &instance);
            // A variable of the constraint alone may take any value, such as
            // the session whose name some message is not.
            simplified != Simplified::False
        });
    };
    known.iter().any(|fact| {
        let mut extended = map.clone();
        matches(&translation.store, hypothesis, fact, &mut extended)
            && hypotheses(translation, clause, next + 1, known, &extended)
    })
}

fn matches(store: &Store, pattern: &Fact, fact: &Fact, map: &mut Substitution) -> bool {
    pattern.predicate == fact.predicate
        && pattern.arguments.len() == fact.arguments.len()
        && pattern
            .arguments
            .iter()
            .zip(&fact.arguments)
            .all(|(p, t)| term_matches(store, *p, *t, map))
}

fn term_matches(store: &Store, pattern: TermId, term: TermId, map: &mut Substitution) -> bool {
    match (store.view(pattern), store.view(term)) {
        (View::Var(v), _) => match map.image(v) {
            Some(image) => image == term,
            None => {
                map.bind(v, term);
                true
            }
        },
        (View::Apply(f, ps), View::Apply(g, ts)) => {
            f == g
                && ps.len() == ts.len()
                && ps
                    .iter()
                    .zip(ts)
                    .all(|(p, t)| term_matches(store, *p, *t, map))
        }
        (View::Apply(..), View::Var(_)) => false,
    }
}
