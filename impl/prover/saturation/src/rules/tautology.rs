//! A clause whose conclusion is one of its hypotheses adds nothing.

use crate::context::{Context, Outcome};
use crate::draft::Draft;

/// The rule.
pub fn apply(draft: &mut Draft, _: &mut Context<'_>) -> Outcome {
    if draft.clause.hypotheses.contains(&draft.clause.conclusion) {
        Outcome::Redundant
    } else {
        Outcome::Unchanged
    }
}
