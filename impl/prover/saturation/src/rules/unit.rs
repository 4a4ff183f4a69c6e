//! Hypotheses that are instances of a clause without hypotheses and
//! constraints are removed. Blocked facts never are: they must have happened.
//!
//! Attacker facts are left to [`super::derivable`], which includes this case.

use crate::context::{Context, Outcome};
use crate::draft::{Draft, Support};
use logic::Predicate;

/// The rule.
pub fn apply(draft: &mut Draft, context: &mut Context<'_>) -> Outcome {
    let mut outcome = Outcome::Unchanged;
    for position in (0..draft.clause.hypotheses.len()).rev() {
        let fact = &draft.clause.hypotheses[position];
        if fact.predicate.is_blocked() || matches!(fact.predicate, Predicate::Attacker(_)) {
            continue;
        }
        let matcher = &mut context.scratch.matcher;
        let found = context.set.units(context.store, fact).find(|entry| {
            matcher.clear();
            matcher.matches_fact(
                context.store,
                &context.set.entry(*entry).clause.conclusion,
                fact,
            )
        });
        if let Some(entry) = found {
            let premises = Vec::new();
            draft.remove(position, Support::Clause { entry, premises });
            outcome = Outcome::Changed;
        }
    }
    outcome
}
