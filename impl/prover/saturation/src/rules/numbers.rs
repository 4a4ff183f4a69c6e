//! Facts about natural numbers are decided by arithmetic.
//!
//! A clause whose number facts have no solution has no instance and is dropped.
//! A number fact that follows from the others is dropped from the clause, which
//! stays equivalent.

use crate::context::{Context, Outcome};
use crate::draft::{Draft, Support};
use logic::{Fact, Predicate};

/// The rule.
pub fn apply(draft: &mut Draft, context: &mut Context<'_>) -> Outcome {
    let clause = &draft.clause;
    if !clause.hypotheses.iter().any(|f| f.predicate.is_number()) {
        return Outcome::Unchanged;
    }
    let theory = context.theory;
    if theory.contradictory(context.store, &clause.hypotheses, &clause.constraints) {
        return Outcome::Redundant;
    }
    let mut outcome = Outcome::Unchanged;
    // Comparisons last: what they say of being a number makes the rest follow.
    for comparisons in [false, true] {
        for position in (0..draft.clause.hypotheses.len()).rev() {
            let fact = &draft.clause.hypotheses[position];
            let comparison = fact.predicate == Predicate::AtLeast;
            if !fact.predicate.is_number() || comparison != comparisons {
                continue;
            }
            let others: Vec<Fact> = draft
                .clause
                .hypotheses
                .iter()
                .enumerate()
                .filter(|(i, f)| *i != position && f.predicate.is_number())
                .map(|(_, f)| f.clone())
                .collect();
            if theory.follows(context.store, &fact.clone(), &others) {
                draft.remove(position, Support::Open);
                outcome = Outcome::Changed;
            }
        }
    }
    outcome
}
