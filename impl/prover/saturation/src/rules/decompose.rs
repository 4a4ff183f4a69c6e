//! A hypothesis `attacker(f(M1,…,Mn))`, `f` a data constructor, becomes
//! `attacker(M1), …, attacker(Mn)`.
//!
//! The attacker knows the one exactly when it knows the others, because the
//! composition and projection clauses of `f` stand in the set (Blanchet, 2016
//! survey, section 4.4.1, decomposition of data constructors).

use crate::context::{Context, Outcome};
use crate::draft::{Draft, Support};
use logic::{Fact, Predicate, View};

/// The rule, for the first hypothesis that it applies to, with its position.
pub fn first(draft: &mut Draft, context: &mut Context<'_>) -> Option<usize> {
    for position in 0..draft.clause.hypotheses.len() {
        let fact = &draft.clause.hypotheses[position];
        let (Predicate::Attacker(number), [term]) = (fact.predicate, &fact.arguments[..]) else {
            continue;
        };
        let View::Apply(symbol, arguments) = context.store.view(*term) else {
            continue;
        };
        let known = context.set.decomposition(context.signature, number, symbol);
        let Some(known) = known else {
            continue;
        };
        let entry = known.composition;
        let parts: Vec<_> = arguments
            .iter()
            .zip(known.parts)
            .map(|(a, number)| Fact::new(Predicate::Attacker(*number), vec![*a]))
            .collect();
        let (old, premises) = draft.replace(position, parts);
        draft.support(old, Support::Clause { entry, premises });
        return Some(position);
    }
    None
}

/// The rule, as often as it applies.
pub fn apply(draft: &mut Draft, context: &mut Context<'_>) -> Outcome {
    let mut outcome = Outcome::Unchanged;
    while first(draft, context).is_some() {
        outcome = Outcome::Changed;
    }
    outcome
}
