//! `attacker(x)` is dropped when `x` stands nowhere else but in constraints,
//! together with these constraints; and so are constraints with a variable that
//! stands in constraints only.
//!
//! The attacker has infinitely many names, and a variable ranges over
//! infinitely many messages. A simplified constraint excludes, for given values
//! of its other variables, finitely many values or shapes of `x`; a fresh name
//! is not among them.

use crate::context::{Context, Outcome};
use crate::draft::{Draft, Support};
use crate::unification::UNIVERSALS;
use crate::variables::VariableSet;
use logic::{Predicate, View};

/// The rule.
pub fn apply(draft: &mut Draft, context: &mut Context<'_>) -> Outcome {
    // Variables of one fact at least, and of two.
    let (mut once, mut twice) = (VariableSet::default(), VariableSet::default());
    for fact in draft
        .clause
        .hypotheses
        .iter()
        .chain([&draft.clause.conclusion])
    {
        let here = VariableSet::of(context.store, fact);
        let mut again = here.clone();
        again.keep(&once);
        twice.extend(&again);
        once.extend(&here);
    }
    let mut outcome = Outcome::Unchanged;
    let mut dropped = VariableSet::default();
    for position in (0..draft.clause.hypotheses.len()).rev() {
        let fact = &draft.clause.hypotheses[position];
        if let (Predicate::Attacker(_), [term]) = (fact.predicate, &fact.arguments[..])
            && let View::Var(var) = context.store.view(*term)
            && !twice.contains(var)
        {
            dropped.insert(var);
            draft.remove(position, Support::Open);
            outcome = Outcome::Changed;
        }
    }
    once.remove(&dropped);
    let before = draft.clause.constraints.len();
    let store = &*context.store;
    draft.clause.constraints.retain(|c| {
        c.pairs.is_empty()
            || c.pairs.iter().all(|(l, r)| {
                VariableSet::of_terms(store, &[*l, *r])
                    .iter()
                    .all(|v| v.0 >= UNIVERSALS || once.contains(v))
            })
    });
    if draft.clause.constraints.len() != before {
        outcome = Outcome::Changed;
    }
    outcome
}
