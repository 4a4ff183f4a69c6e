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
use crate::cover::Way;
use crate::draft::Draft;
use logic::{Predicate, TermId};
use std::collections::BTreeSet;

/// The rule.
pub fn apply(draft: &mut Draft, context: &mut Context<'_>) -> Outcome {
    match composer(draft, context) {
        Some(_) => Outcome::Redundant,
        None => Outcome::Unchanged,
    }
}

/// How the conclusion is composed, for a certificate.
pub(crate) fn ways(draft: &Draft, context: &mut Context<'_>) -> Option<Vec<Way>> {
    let (mut composer, number, term) = composer(draft, context)?;
    let mut out = Vec::new();
    composer.ways(draft, (number, term), &mut BTreeSet::new(), &mut out);
    Some(out)
}

/// What has composed the conclusion, if it can, and what it has composed.
fn composer<'a>(
    draft: &Draft,
    context: &'a mut Context<'_>,
) -> Option<(Composer<'a>, u32, TermId)> {
    let (Predicate::Attacker(number), [term]) = (
        draft.clause.conclusion.predicate,
        &draft.clause.conclusion.arguments[..],
    ) else {
        return None;
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
    let composed = composer.composable(number, *term, None);
    composed.then_some((composer, number, *term))
}
