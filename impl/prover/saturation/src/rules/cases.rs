//! A clause for a goal becomes the clauses of a case distinction that the caller
//! knows to be complete.
//!
//! What is known of all runs (lemmas, axioms, restrictions) is the caller's
//! business; see [`crate::Purpose::cases`]. Here only the history matters: the
//! hypotheses of each case are instances of the clause's own, in order, followed
//! by what the case adds, which nothing derives but itself.

use crate::constraints::canonical;
use crate::context::{Cases, Context};
use crate::draft::{Draft, Support};
use logic::Predicate;

/// The rule: what the caller said, and the clauses that replace the clause.
pub fn apply(draft: &Draft, context: &mut Context<'_>) -> Option<(Cases, Vec<Draft>)> {
    if !matches!(draft.clause.conclusion.predicate, Predicate::Goal(_)) {
        return None;
    }
    let cases = context.purpose.cases(context.store, &draft.clause)?;
    let parts = cases
        .parts
        .iter()
        .map(|clause| {
            let mut part = draft.clone();
            part.clause = clause.clone();
            for constraint in &mut part.clause.constraints {
                *constraint = canonical(context.store, constraint);
            }
            while part.numbers.len() < part.clause.hypotheses.len() {
                let number = part.allocate(Support::Kept);
                part.numbers.push(number);
            }
            part
        })
        .collect();
    Some((cases, parts))
}
