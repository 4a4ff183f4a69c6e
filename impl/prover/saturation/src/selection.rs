//! Which part of a clause is resolved upon.
//!
//! The method is correct for any selection of hypotheses that are not blocked
//! (Blanchet, 2016 survey, section 4.4); the choice decides termination and
//! precision. `attacker(x)` is never selected: it would resolve with everything.
//! A clause for an event is used by goals only, as it is, so that its hypotheses
//! are explored under the goal, where they may turn out not to matter. A
//! hypothesis that unifies with the clause's own, larger conclusion would make the
//! clause feed itself with ever larger facts and is avoided; used the other way
//! round the clause makes facts smaller. The same hypothesis in another clause is
//! avoided from then on, or the loop would go through that clause. A clause that
//! waits for such a hypothesis while nothing provides for it does no harm; it
//! selects anew when something does. With no hypothesis left the conclusion is
//! selected.

use crate::context::Context;
use crate::fingerprint::Fingerprint;
use crate::set::Selection;
use logic::{Clause, Fact, Predicate, Store, View};

/// A selection, and hypotheses that were found to make facts grow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selected {
    /// What is selected.
    pub selection: Selection,
    /// Facts with variables numbered from 0, to be avoided from now on.
    pub avoid: Vec<Fact>,
    /// Nothing provides for the selected hypothesis yet. Something that does
    /// would make facts grow: the clause has to select anew then.
    pub asleep: bool,
}

/// The selection of a clause whose variables are numbered from 0, given the
/// clause set as it stands.
pub fn select(context: &mut Context<'_>, clause: &Clause) -> Selected {
    let mut avoid = Vec::new();
    let mut best: Option<(Preference, usize, bool)> = None;
    let for_goals = matches!(
        clause.conclusion.predicate,
        Predicate::End(_) | Predicate::EndAt(_)
    );
    let open = is_open(context.store, &clause.conclusion);
    for (i, fact) in clause.hypotheses.iter().enumerate() {
        if for_goals || !selectable(context.store, fact) {
            continue;
        }
        let preference = preference(context, fact);
        let dormant = preference.1;
        let mut asleep = false;
        if dormant && !open {
            asleep = grows(context, clause, fact);
        } else if !open {
            let pattern = numbered(context, fact);
            if context.set.avoids(&pattern) {
                continue;
            }
            if grows(context, clause, fact) {
                avoid.push(pattern);
                continue;
            }
        }
        if best.is_none_or(|(b, ..)| preference > b) {
            best = Some((preference, i, asleep));
        }
    }
    Selected {
        selection: best.map_or(Selection::Conclusion, |(_, i, _)| Selection::Hypothesis(i)),
        avoid,
        asleep: best.is_some_and(|(_, _, asleep)| asleep),
    }
}

fn numbered(context: &mut Context<'_>, fact: &Fact) -> Fact {
    let unifier = &mut context.scratch.unifier;
    unifier.clear();
    // Without bindings there is no cycle, so every term has an instance.
    unifier
        .fact(context.store, fact)
        .unwrap_or_else(|| fact.clone())
}

/// Whether resolving on this hypothesis makes sense.
#[must_use]
pub fn selectable(store: &Store, fact: &Fact) -> bool {
    if fact.predicate.is_blocked() {
        return false;
    }
    match (fact.predicate, fact.arguments.first()) {
        (Predicate::Attacker(_), Some(term)) => matches!(store.view(*term), View::Apply(..)),
        _ => true,
    }
}

/// Larger is better: events, then facts without provider (the clause is then
/// dormant), then facts that are not the attacker's, then large messages.
type Preference = (bool, bool, bool, u64);

fn preference(context: &Context<'_>, fact: &Fact) -> Preference {
    let print = Fingerprint::of(context.store, fact);
    let provided = context
        .set
        .providers(context.store, fact)
        .any(|p| context.set.summary(p).head.may_unify(&print));
    (
        matches!(fact.predicate, Predicate::End(_) | Predicate::EndAt(_)),
        !provided,
        !matches!(fact.predicate, Predicate::Attacker(_)),
        size(context.store, fact),
    )
}

fn size(store: &Store, fact: &Fact) -> u64 {
    fact.arguments
        .iter()
        .map(|t| u64::from(store.size(*t)))
        .sum()
}

/// A conclusion without structure would, if selected, provide for everything;
/// such a clause consumes instead.
fn is_open(store: &Store, fact: &Fact) -> bool {
    fact.arguments
        .iter()
        .all(|t| matches!(store.view(*t), View::Var(_)))
}

fn grows(context: &mut Context<'_>, clause: &Clause, fact: &Fact) -> bool {
    if fact.predicate != clause.conclusion.predicate {
        return false;
    }
    let print = Fingerprint::of(context.store, fact);
    if size(context.store, fact) >= size(context.store, &clause.conclusion)
        || !print.may_unify(&Fingerprint::of(context.store, &clause.conclusion))
    {
        return false;
    }
    let unifier = &mut context.scratch.unifier;
    unifier.clear();
    unifier.rename_from(crate::unification::APART);
    let Some(conclusion) = unifier.fact(context.store, &clause.conclusion) else {
        return true;
    };
    unifier.clear();
    unifier.unify_facts(context.store, fact, &conclusion)
        && unifier.fact(context.store, fact).is_some()
}
