//! Constraints are simplified by the theory; a clause with a false one is
//! never used.
//!
//! The simplified constraint is equivalent to the original, true ones vanish,
//! and a conjunction is a set.

use crate::constraints::Simplified;
use crate::context::{Context, Outcome};
use crate::draft::Draft;

/// The rule.
pub fn apply(draft: &mut Draft, context: &mut Context<'_>) -> Outcome {
    if draft.clause.constraints.is_empty() {
        return Outcome::Unchanged;
    }
    let mut all = Vec::with_capacity(draft.clause.constraints.len());
    for constraint in &draft.clause.constraints {
        match context
            .scratch
            .memory
            .simplify(context.theory, context.store, constraint)
        {
            Simplified::False => return Outcome::Redundant,
            Simplified::Rest(rest) => all.extend(rest),
            Simplified::True => {}
        }
    }
    all.sort_unstable();
    all.dedup();
    if all == draft.clause.constraints {
        return Outcome::Unchanged;
    }
    draft.clause.constraints = all;
    Outcome::Changed
}
