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
use logic::{Predicate, Store, TermId, Var, View};
use std::collections::{BTreeMap, HashSet};

/// The rule.
pub fn apply(draft: &mut Draft, context: &mut Context<'_>) -> Outcome {
    // How many facts hold each variable.
    let mut uses: BTreeMap<Var, u32> = BTreeMap::new();
    for fact in draft
        .clause
        .hypotheses
        .iter()
        .chain([&draft.clause.conclusion])
    {
        for var in variables(context.store, &fact.arguments) {
            *uses.entry(var).or_default() += 1;
        }
    }
    let mut outcome = Outcome::Unchanged;
    for position in (0..draft.clause.hypotheses.len()).rev() {
        let fact = &draft.clause.hypotheses[position];
        if let (Predicate::Attacker(_), [term]) = (fact.predicate, &fact.arguments[..])
            && let View::Var(var) = context.store.view(*term)
            && uses.get(&var) == Some(&1)
        {
            uses.remove(&var);
            draft.remove(position, Support::Open);
            outcome = Outcome::Changed;
        }
    }
    let before = draft.clause.constraints.len();
    let store = &*context.store;
    draft.clause.constraints.retain(|c| {
        c.pairs.is_empty()
            || c.pairs
                .iter()
                .flat_map(|(l, r)| variables(store, &[*l, *r]))
                .all(|v| v.0 >= UNIVERSALS || uses.contains_key(&v))
    });
    if draft.clause.constraints.len() != before {
        outcome = Outcome::Changed;
    }
    outcome
}

fn variables(store: &Store, terms: &[TermId]) -> Vec<Var> {
    let mut found = Vec::new();
    let mut seen = HashSet::new();
    let mut stack = terms.to_vec();
    while let Some(term) = stack.pop() {
        if store.is_ground(term) || !seen.insert(term) {
            continue;
        }
        match store.view(term) {
            View::Var(var) => found.push(var),
            View::Apply(_, arguments) => stack.extend_from_slice(arguments),
        }
    }
    found
}
