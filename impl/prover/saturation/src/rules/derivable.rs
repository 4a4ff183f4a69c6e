//! Hypotheses that the attacker can compose from the other attacker hypotheses
//! and from clauses without hypotheses are removed.
//!
//! The hypothesis follows from the others, so the clause without it follows
//! from the clause, and subsumes it. Removals one after the other are sound:
//! a hypothesis is composed from strictly smaller messages, or from the same
//! message in an earlier phase.

use crate::compose::Composer;
use crate::context::{Context, Outcome};
use crate::draft::Draft;
use logic::{Predicate, phase_of};

/// The rule.
pub fn apply(draft: &mut Draft, context: &mut Context<'_>) -> Outcome {
    let mut outcome = Outcome::Unchanged;
    let mut phases: Vec<u32> = draft
        .clause
        .hypotheses
        .iter()
        .filter_map(|h| match h.predicate {
            Predicate::Attacker(number) => Some(phase_of(number)),
            _ => None,
        })
        .collect();
    phases.sort_unstable();
    phases.dedup();
    for phase in phases.into_iter().rev() {
        let mut composer = Composer::new(
            context.store,
            context.set,
            &mut context.scratch.composing,
            draft,
            phase,
        );
        let mut found = Vec::new();
        for (fact, id) in draft.clause.hypotheses.iter().zip(&draft.numbers) {
            if let (Predicate::Attacker(number), [term]) = (fact.predicate, &fact.arguments[..])
                && phase_of(number) == phase
                && composer.composable(number, *term, Some(*id))
            {
                found.push((*id, number, *term));
            }
        }
        for (id, number, term) in found {
            let support = composer.support(draft, number, term, Some(id));
            if let Some(at) = draft.numbers.iter().position(|n| *n == id) {
                draft.remove(at, support);
                outcome = Outcome::Changed;
            }
        }
    }
    outcome
}
