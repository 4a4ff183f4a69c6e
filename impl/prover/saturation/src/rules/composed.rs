//! A clause whose conclusion the attacker can compose from the clause's own
//! hypotheses and from clauses without hypotheses adds nothing: composition
//! clauses, which select their conclusion, derive it already. They themselves
//! never come here.
//!
//! Where it matters what the attacker knew, what is composed has to be known
//! whenever the hypotheses are: of clauses without hypotheses only those of
//! public symbols count then.
//!
//! In the least model of the clauses that select their conclusion: if the
//! hypotheses are in it, so is everything composed from them. No measure on
//! derivations is needed.

use crate::compose::Composer;
use crate::context::{Context, Outcome};
use crate::draft::Draft;
use logic::Predicate;

/// The rule.
pub fn apply(draft: &mut Draft, context: &mut Context<'_>) -> Outcome {
    let (Predicate::Attacker(number), [term]) = (
        draft.clause.conclusion.predicate,
        &draft.clause.conclusion.arguments[..],
    ) else {
        return Outcome::Unchanged;
    };
    let mut composer = Composer::new(
        context.store,
        context.set,
        &mut context.scratch.composing,
        draft,
        number,
    );
    if context.purpose.asks_knowledge() {
        composer.only_public(context.signature);
    }
    if composer.composable(number, *term, None) {
        Outcome::Redundant
    } else {
        Outcome::Unchanged
    }
}
