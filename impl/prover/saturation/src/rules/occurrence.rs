//! One occurrence of an input receives one message, and one execution of an
//! event has one list of arguments: two such hypotheses with equal occurrences
//! are equal, or the clause is void.
//!
//! Source: Cheval, Blanchet, Cortier, "ProVerif with lemmas, induction, fast
//! subsumption, and much more", 2022, on precise actions.

use crate::context::{Context, Outcome};
use crate::draft::{Draft, Support};
use logic::{Fact, Predicate, TermId};

/// Two hypotheses that must be equal, by position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pair {
    /// The earlier one.
    pub first: usize,
    /// The later one.
    pub second: usize,
}

/// What happened to a pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unified {
    /// They cannot be equal.
    Clash(Pair),
    /// There is no pair.
    Nothing,
    /// The later one is gone.
    Unified(Pair),
}

/// The rule, for the first pair.
pub fn first(draft: &mut Draft, context: &mut Context<'_>) -> Unified {
    let Some(pair) = find(draft) else {
        return Unified::Nothing;
    };
    let hypotheses = &draft.clause.hypotheses;
    if hypotheses[pair.first] != hypotheses[pair.second] && !unify(draft, context, pair) {
        return Unified::Clash(pair);
    }
    let same = draft.numbers[pair.first];
    draft.remove(pair.second, Support::Same(same));
    Unified::Unified(pair)
}

/// The rule, as often as it applies.
pub fn apply(draft: &mut Draft, context: &mut Context<'_>) -> Outcome {
    let mut outcome = Outcome::Unchanged;
    loop {
        match first(draft, context) {
            Unified::Clash(_) => return Outcome::Redundant,
            Unified::Nothing => return outcome,
            Unified::Unified(_) => outcome = Outcome::Changed,
        }
    }
}

fn find(draft: &Draft) -> Option<Pair> {
    let hypotheses = &draft.clause.hypotheses;
    for (second, fact) in hypotheses.iter().enumerate() {
        let Some(occurrence) = occurrence(fact) else {
            continue;
        };
        let first = hypotheses[..second]
            .iter()
            .position(|h| h.predicate == fact.predicate && self::occurrence(h) == Some(occurrence));
        if let Some(first) = first {
            return Some(Pair { first, second });
        }
    }
    None
}

fn occurrence(fact: &Fact) -> Option<TermId> {
    match fact.predicate {
        Predicate::Action => fact.arguments.first().copied(),
        Predicate::BeginAt(_) => fact.arguments.last().copied(),
        _ => None,
    }
}

fn unify(draft: &mut Draft, context: &mut Context<'_>, pair: Pair) -> bool {
    let unifier = &mut context.scratch.unifier;
    let store = &mut *context.store;
    let clause = &draft.clause;
    unifier.clear();
    if !unifier.unify_facts(
        store,
        &clause.hypotheses[pair.first],
        &clause.hypotheses[pair.second],
    ) {
        return false;
    }
    let mut instance = || {
        Some(logic::Clause {
            conclusion: unifier.fact(store, &clause.conclusion)?,
            hypotheses: clause
                .hypotheses
                .iter()
                .map(|h| unifier.fact(store, h))
                .collect::<Option<_>>()?,
            constraints: clause
                .constraints
                .iter()
                .map(|c| unifier.disequality(store, c))
                .collect::<Option<_>>()?,
        })
    };
    match instance() {
        Some(clause) => {
            draft.clause = clause;
            true
        }
        None => false,
    }
}
