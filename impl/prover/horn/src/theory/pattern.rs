//! Terms of rules, independent of any store.

use crate::unify::Bindings;
use logic::{Store, Symbol, TermId, Var, View};
use std::collections::{BTreeMap, BTreeSet};

/// A term over constructors and the variables `0, 1, …` of one rule.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Pattern {
    /// A symbol applied to terms.
    Apply(Symbol, Vec<Pattern>),
    /// A variable of the rule.
    Var(u32),
}

impl Pattern {
    /// The term, its variable `i` being `Var(base + i)`.
    pub(crate) fn instantiate(&self, store: &mut Store, base: u32) -> TermId {
        match self {
            Self::Var(i) => store.var(Var(base.saturating_add(*i))),
            Self::Apply(symbol, arguments) => {
                let arguments: Vec<_> = arguments
                    .iter()
                    .map(|a| a.instantiate(store, base))
                    .collect();
                store.apply(*symbol, &arguments)
            }
        }
    }

    /// Reads a term back; `names` numbers its variables by first occurrence.
    pub(crate) fn read(
        store: &mut Store,
        bindings: &Bindings,
        term: TermId,
        names: &mut BTreeMap<Var, u32>,
    ) -> Self {
        let term = bindings.resolve(store, term);
        Self::read_resolved(store, term, names)
    }

    fn read_resolved(store: &Store, term: TermId, names: &mut BTreeMap<Var, u32>) -> Self {
        match store.view(term) {
            View::Var(v) => {
                let next = u32::try_from(names.len()).unwrap_or(u32::MAX);
                Self::Var(*names.entry(v).or_insert(next))
            }
            View::Apply(symbol, arguments) => Self::Apply(
                symbol,
                arguments
                    .iter()
                    .map(|a| Self::read_resolved(store, *a, names))
                    .collect(),
            ),
        }
    }

    /// The symbol at the root, if it is no variable.
    pub(crate) fn root(&self) -> Option<Symbol> {
        match self {
            Self::Apply(symbol, _) => Some(*symbol),
            Self::Var(_) => None,
        }
    }

    /// How many symbols and variables it is written with.
    pub(crate) fn size(&self) -> usize {
        match self {
            Self::Var(_) => 1,
            Self::Apply(_, arguments) => 1 + arguments.iter().map(Self::size).sum::<usize>(),
        }
    }

    /// Adds the variables, with how often each occurs.
    pub(crate) fn count_variables(&self, into: &mut BTreeMap<u32, u32>) {
        match self {
            Self::Var(i) => *into.entry(*i).or_default() += 1,
            Self::Apply(_, arguments) => {
                for a in arguments {
                    a.count_variables(into);
                }
            }
        }
    }

    /// Adds the symbols that take arguments.
    pub(crate) fn operators(&self, into: &mut BTreeSet<Symbol>) {
        if let Self::Apply(symbol, arguments) = self {
            if !arguments.is_empty() {
                into.insert(*symbol);
            }
            for a in arguments {
                a.operators(into);
            }
        }
    }
}
