//! A hypothesis that occurs twice is kept once. Conjunction is idempotent.

use crate::context::{Context, Outcome};
use crate::draft::{Draft, Support};

/// The rule.
pub fn apply(draft: &mut Draft, _: &mut Context<'_>) -> Outcome {
    let mut outcome = Outcome::Unchanged;
    let mut position = 1;
    while let Some(fact) = draft.clause.hypotheses.get(position) {
        let before = &draft.clause.hypotheses[..position];
        if let Some(first) = before.iter().position(|h| h == fact) {
            draft.remove(position, Support::Same(draft.numbers[first]));
            outcome = Outcome::Changed;
        } else {
            position += 1;
        }
    }
    outcome
}
