//! Sets of variables, for the inner loops.
//!
//! Variables of a clause are numbered from 0, so a word holds them all but for
//! the largest clauses; the others go to an ordered set.

use logic::{Fact, Store, TermId, Var, term_variables};
use std::collections::BTreeSet;

/// A set of variables.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct VariableSet {
    /// Those below 64.
    low: u64,
    high: BTreeSet<Var>,
}

impl VariableSet {
    /// The variables of terms.
    pub(crate) fn of_terms(store: &Store, terms: &[TermId]) -> Self {
        let mut set = Self::default();
        for term in terms {
            set.add_term(store, *term);
        }
        set
    }

    /// The variables of a fact.
    pub(crate) fn of(store: &Store, fact: &Fact) -> Self {
        Self::of_terms(store, &fact.arguments)
    }

    /// Adds the variables of a term.
    pub(crate) fn add_term(&mut self, store: &Store, term: TermId) {
        match store.variables(term).exact() {
            Some(exact) => exact.for_each(|v| self.insert(v)),
            None => {
                let mut all = BTreeSet::new();
                term_variables(store, term, &mut all);
                all.into_iter().for_each(|v| self.insert(v));
            }
        }
    }

    /// Adds one.
    pub(crate) fn insert(&mut self, var: Var) {
        if var.0 < 64 {
            self.low |= 1 << var.0;
        } else {
            self.high.insert(var);
        }
    }

    /// Adds all of another set.
    pub(crate) fn extend(&mut self, other: &Self) {
        self.low |= other.low;
        if !other.high.is_empty() {
            self.high.extend(&other.high);
        }
    }

    /// Removes all that are not in another set.
    pub(crate) fn keep(&mut self, other: &Self) {
        self.low &= other.low;
        if !self.high.is_empty() {
            self.high.retain(|v| other.high.contains(v));
        }
    }

    /// Removes all of another set.
    pub(crate) fn remove(&mut self, other: &Self) {
        self.low &= !other.low;
        if !other.high.is_empty() {
            self.high.retain(|v| !other.high.contains(v));
        }
    }

    /// Whether it has none.
    pub(crate) fn is_empty(&self) -> bool {
        self.low == 0 && self.high.is_empty()
    }

    /// Whether it has one.
    pub(crate) fn contains(&self, var: Var) -> bool {
        if var.0 < 64 {
            self.low & (1 << var.0) != 0
        } else {
            self.high.contains(&var)
        }
    }

    /// Whether the sets have one in common.
    pub(crate) fn meets(&self, other: &Self) -> bool {
        self.low & other.low != 0 || !self.high.is_disjoint(&other.high)
    }

    /// Whether all are in the other set.
    pub(crate) fn is_subset(&self, other: &Self) -> bool {
        self.low & !other.low == 0 && self.high.is_subset(&other.high)
    }

    /// In order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Var> + '_ {
        let mut bits = self.low;
        std::iter::from_fn(move || {
            let next = bits.trailing_zeros();
            bits &= bits.wrapping_sub(1);
            (next < 64).then_some(Var(next))
        })
        .chain(self.high.iter().copied())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_and_large_variables_are_in_one_set() {
        let mut store = Store::new();
        let terms = [3, 63, 64, 9000].map(|v| store.var(Var(v)));
        let all = VariableSet::of_terms(&store, &terms);
        let found: Vec<_> = all.iter().map(|v| v.0).collect();
        assert_eq!(found, [3, 63, 64, 9000]);
        let some = VariableSet::of_terms(&store, &terms[1..3]);
        assert!(some.is_subset(&all) && some.meets(&all) && !all.is_subset(&some));
        let mut rest = all.clone();
        rest.remove(&some);
        assert!(!rest.meets(&some) && rest.contains(Var(9000)) && !rest.contains(Var(64)));
        rest.extend(&some);
        assert_eq!(rest, all);
    }
}
