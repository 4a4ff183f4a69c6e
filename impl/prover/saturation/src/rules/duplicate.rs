//! A hypothesis that occurs twice is kept once. Conjunction is idempotent.

use crate::context::{Context, Outcome};
use crate::draft::{Draft, Support};
use std::collections::HashMap;

/// The rule.
pub fn apply(draft: &mut Draft, _: &mut Context<'_>) -> Outcome {
    let mut outcome = Outcome::Unchanged;
    let mut first: HashMap<_, u32> = HashMap::new();
    let mut position = 0;
    while position < draft.clause.hypotheses.len() {
        let fact = &draft.clause.hypotheses[position];
        if let Some(id) = first.get(fact).copied() {
            draft.remove(position, Support::Same(id));
            outcome = Outcome::Changed;
        } else {
            first.insert(fact.clone(), draft.numbers[position]);
            position += 1;
        }
    }
    outcome
}
