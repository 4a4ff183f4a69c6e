//! Simplification of disequalities modulo the theory.
//!
//! `∀z. L ≠ R` excludes exactly the instances of a complete set of unifiers of
//! `L` and `R`. With no unifier it is true. A unifier that binds nothing but
//! universal variables excludes everything: false. Otherwise each unifier
//! `x1 ↦ M1, …` gives `∀z'. (x1,…) ≠ (M1,…)`, and all of them must hold.

use super::{Fresh, Theory};
use crate::unify::{Bindings, Roles};
use logic::{Disequality, Store, TermId, Var, View, term_variables};
use std::collections::BTreeSet;

/// What is left of a disequality; equivalent to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Simplified {
    /// It never holds.
    False,
    /// All of these must hold. Left sides are distinct free variables of the
    /// original; universal variables may be new, numbered above the variables
    /// of the original, with this constraint as their only scope.
    Rest(Vec<Disequality>),
    /// It always holds.
    True,
}

impl Theory {
    /// Simplifies a disequality, modulo the theory.
    #[must_use]
    pub fn simplify(&self, store: &mut Store, constraint: &Disequality) -> Simplified {
        let universals: BTreeSet<Var> = constraint.universals.iter().copied().collect();
        let mut variables = BTreeSet::new();
        for (l, r) in &constraint.pairs {
            term_variables(store, *l, &mut variables);
            term_variables(store, *r, &mut variables);
        }
        let free: BTreeSet<Var> = variables.difference(&universals).copied().collect();
        let above = |set: &BTreeSet<Var>| set.last().map_or(0, |v| v.0.saturating_add(1));
        let mut fresh = Fresh::from(above(&variables).max(above(&universals)));
        // Free variables are bound last, so a binding of one is a real
        // condition.
        let roles = Roles {
            rigid: None,
            late: Some(&free),
        };
        let mut conditions: Vec<Vec<(TermId, TermId)>> = Vec::new();
        for unifier in self.solve(store, &mut fresh, &constraint.pairs, roles) {
            let condition = condition(store, &unifier, &free);
            if condition.is_empty() {
                return Simplified::False;
            }
            if !conditions.contains(&condition) {
                conditions.push(condition);
            }
        }
        self.keep_most_general(store, &mut conditions, &free);
        if conditions.is_empty() {
            return Simplified::True;
        }
        Simplified::Rest(
            conditions
                .into_iter()
                .map(|pairs| {
                    let mut bound = BTreeSet::new();
                    for (_, r) in &pairs {
                        term_variables(store, *r, &mut bound);
                    }
                    Disequality {
                        universals: bound.difference(&free).copied().collect(),
                        pairs,
                    }
                })
                .collect(),
        )
    }

    /// Drops a condition that is an instance, modulo the theory, of another.
    fn keep_most_general(
        &self,
        store: &mut Store,
        conditions: &mut Vec<Vec<(TermId, TermId)>>,
        free: &BTreeSet<Var>,
    ) {
        if !self.has_equations() {
            return;
        }
        let mut kept: Vec<Vec<(TermId, TermId)>> = Vec::new();
        for new in conditions.drain(..) {
            if kept.iter().any(|old| self.covers(store, old, &new, free)) {
                continue;
            }
            kept.retain(|old| !self.covers(store, &new, old, free));
            kept.push(new);
        }
        *conditions = kept;
    }

    /// Whether every solution of `special` solves `general`.
    fn covers(
        &self,
        store: &mut Store,
        general: &[(TermId, TermId)],
        special: &[(TermId, TermId)],
        free: &BTreeSet<Var>,
    ) -> bool {
        // Solve `general` in the most general instance of `special`: its
        // variables are rigid, those of `general` alone are renamed apart.
        let mut rigid = free.clone();
        for (_, r) in special {
            term_variables(store, *r, &mut rigid);
        }
        let mut fresh = Fresh::beyond(store);
        let mut apart = logic::Substitution::new();
        let mut own = BTreeSet::new();
        for (_, r) in general {
            term_variables(store, *r, &mut own);
        }
        for v in own.difference(free) {
            let renamed = fresh.var(store);
            apart.bind(*v, renamed);
        }
        let mut instance = logic::Substitution::new();
        for (l, r) in special {
            if let View::Var(v) = store.view(*l) {
                instance.bind(v, *r);
            }
        }
        let pairs: Vec<_> = general
            .iter()
            .map(|(l, r)| {
                let r = apart.term(store, *r);
                (instance.term(store, *l), instance.term(store, r))
            })
            .collect();
        !self.unify_rigid(store, &pairs, &rigid).is_empty()
    }
}

/// What a unifier demands of the free variables.
fn condition(store: &mut Store, unifier: &Bindings, free: &BTreeSet<Var>) -> Vec<(TermId, TermId)> {
    let mut out = Vec::new();
    for v in free {
        let var = store.var(*v);
        let image = unifier.resolve(store, var);
        if image != var {
            out.push((var, image));
        }
    }
    out
}
