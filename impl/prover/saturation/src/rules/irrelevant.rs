//! Blocked hypotheses that no query asks about are dropped. A clause with fewer
//! hypotheses derives more, so this errs on the safe side, and for a query that
//! does not mention the event it changes nothing.

use crate::context::{Context, Outcome};
use crate::draft::{Draft, Support};

/// The rule.
pub fn apply(draft: &mut Draft, context: &mut Context<'_>) -> Outcome {
    let mut outcome = Outcome::Unchanged;
    for position in (0..draft.clause.hypotheses.len()).rev() {
        let predicate = draft.clause.hypotheses[position].predicate;
        if predicate.is_blocked() && !context.purpose.keeps(predicate) {
            draft.remove(position, Support::Open);
            outcome = Outcome::Changed;
        }
    }
    outcome
}
