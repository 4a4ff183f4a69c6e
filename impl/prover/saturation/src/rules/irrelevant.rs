//! Blocked hypotheses that no query asks about are dropped. A clause with fewer
//! hypotheses derives more, so this errs on the safe side, and for a query that
//! does not mention the event it changes nothing.
//!
//! An action is such a hypothesis where a session of it is in no other fact than
//! actions: what is resolved with the clause later cannot speak of that session,
//! so no other action becomes the same.

use crate::context::{Context, Outcome};
use crate::draft::{Draft, Support};
use crate::variables::VariableSet;
use logic::Predicate;

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
    if actions(draft, context) == Outcome::Changed {
        outcome = Outcome::Changed;
    }
    outcome
}

fn actions(draft: &mut Draft, context: &Context<'_>) -> Outcome {
    let hypotheses = &draft.clause.hypotheses;
    if hypotheses.iter().all(|h| h.predicate != Predicate::Action) {
        return Outcome::Unchanged;
    }
    let mut elsewhere = VariableSet::of(context.store, &draft.clause.conclusion);
    for fact in hypotheses
        .iter()
        .filter(|h| h.predicate != Predicate::Action)
    {
        elsewhere.extend(&VariableSet::of(context.store, fact));
    }
    let mut outcome = Outcome::Unchanged;
    for position in (0..draft.clause.hypotheses.len()).rev() {
        let fact = &draft.clause.hypotheses[position];
        if let (Predicate::Action, [occurrence, ..]) = (fact.predicate, &fact.arguments[..])
            && VariableSet::of_terms(context.store, &[*occurrence])
                .iter()
                .any(|session| !elsewhere.contains(session))
        {
            draft.remove(position, Support::Open);
            outcome = Outcome::Changed;
        }
    }
    outcome
}
