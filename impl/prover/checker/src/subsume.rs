//! Subsumption and implication of constraints.
//!
//! `general` subsumes `special` when some instance of `general` has the same
//! conclusion, hypotheses among those of `special` counted as a multiset
//! (injective events count occurrences), and constraints that follow from
//! those of `special`.

use crate::unify::matches;
use horn::Theory;
use logic::{Clause, Disequality, Fact, Store, Substitution, TermId, Var};
use std::collections::BTreeMap;

/// Whether `general` subsumes `special`.
pub(crate) fn subsumes(
    store: &mut Store,
    theory: &Theory,
    general: &Clause,
    special: &Clause,
) -> bool {
    let mut found = BTreeMap::new();
    if general.hypotheses.len() > special.hypotheses.len()
        || !fact_matches(store, &general.conclusion, &special.conclusion, &mut found)
    {
        return false;
    }
    let mut used = vec![false; special.hypotheses.len()];
    place(store, theory, general, special, 0, &mut used, &found)
}

/// Whether a constraint follows from the others: whenever its sides are made
/// equal, some other constraint becomes false.
pub(crate) fn implied(
    store: &mut Store,
    theory: &Theory,
    constraint: &Disequality,
    by: &[Disequality],
) -> bool {
    theory
        .unify(store, &constraint.pairs)
        .iter()
        .all(|unifier| {
            by.iter().any(|other| {
                let instance = unifier.disequality(store, other);
                is_false(store, theory, &instance)
            })
        })
}

/// Whether a constraint is false: a unifier of its sides binds its universal
/// variables only.
pub(crate) fn is_false(store: &mut Store, theory: &Theory, constraint: &Disequality) -> bool {
    theory
        .unify(store, &constraint.pairs)
        .iter()
        .any(|unifier| binds_only(store, unifier, &constraint.universals))
}

/// Whether, up to renaming of universals, nothing but universals is bound. A
/// unifier may bind a free variable to a universal one; turned round, that
/// binds the universal.
fn binds_only(store: &Store, unifier: &Substitution, universals: &[Var]) -> bool {
    let mut turned: BTreeMap<Var, Var> = BTreeMap::new();
    unifier.iter().all(|(v, image)| {
        if universals.contains(&v) {
            return true;
        }
        match store.view(image) {
            logic::View::Var(w) if w == v => true,
            logic::View::Var(w) if universals.contains(&w) => *turned.entry(w).or_insert(v) == v,
            _ => false,
        }
    })
}

fn place(
    store: &mut Store,
    theory: &Theory,
    general: &Clause,
    special: &Clause,
    next: usize,
    used: &mut Vec<bool>,
    found: &BTreeMap<Var, TermId>,
) -> bool {
    let Some(hypothesis) = general.hypotheses.get(next) else {
        return constraints_follow(store, theory, general, special, found);
    };
    for (index, target) in special.hypotheses.iter().enumerate() {
        if used[index] {
            continue;
        }
        let mut extended = found.clone();
        if fact_matches(store, hypothesis, target, &mut extended) {
            used[index] = true;
            if place(store, theory, general, special, next + 1, used, &extended) {
                return true;
            }
            used[index] = false;
        }
    }
    false
}

fn constraints_follow(
    store: &mut Store,
    theory: &Theory,
    general: &Clause,
    special: &Clause,
    found: &BTreeMap<Var, TermId>,
) -> bool {
    let mut instance = Substitution::new();
    for (v, t) in found {
        instance.bind(*v, *t);
    }
    general.constraints.iter().all(|c| {
        let c = instance.disequality(store, c);
        implied(store, theory, &c, &special.constraints)
    })
}

fn fact_matches(
    store: &Store,
    pattern: &Fact,
    target: &Fact,
    found: &mut BTreeMap<Var, TermId>,
) -> bool {
    pattern.predicate == target.predicate
        && pattern.arguments.len() == target.arguments.len()
        && pattern
            .arguments
            .iter()
            .zip(&target.arguments)
            .all(|(p, t)| matches(store, *p, *t, found))
}
