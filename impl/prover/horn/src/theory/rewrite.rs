//! Rewriting by the convergent part of a theory.

use super::pattern::Pattern;
use logic::{Seen, Store, Symbol, Table, TermId, View};
use std::collections::BTreeMap;

/// A rule `left → right`; every variable of `right` occurs in `left`, which is
/// no variable.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Rewrite {
    /// What is replaced.
    pub(crate) left: Pattern,
    /// By what.
    pub(crate) right: Pattern,
}

/// Terminating rules by the symbol at the root of their left side.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Rewrites {
    by_root: BTreeMap<Symbol, Vec<Rewrite>>,
}

impl Rewrites {
    /// Indexes rules.
    pub(crate) fn new(rules: &[Rewrite]) -> Self {
        let mut by_root: BTreeMap<Symbol, Vec<Rewrite>> = BTreeMap::new();
        for rule in rules {
            if let Some(root) = rule.left.root() {
                by_root.entry(root).or_default().push(rule.clone());
            }
        }
        Self { by_root }
    }

    /// All rules.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Rewrite> {
        self.by_root.values().flatten()
    }

    /// Whether a rule applies at the root.
    pub(crate) fn applies_at_root(&self, store: &Store, term: TermId) -> bool {
        let View::Apply(symbol, _) = store.view(term) else {
            return false;
        };
        self.by_root.get(&symbol).is_some_and(|rules| {
            rules
                .iter()
                .any(|rule| matches(store, &rule.left, term, &mut BTreeMap::new()))
        })
    }

    /// Whether a rule applies anywhere.
    pub(crate) fn is_reducible(&self, store: &Store, term: TermId) -> bool {
        if self.by_root.is_empty() {
            return false;
        }
        let mut seen = Seen::default();
        let mut work = vec![term];
        while let Some(t) = work.pop() {
            if !seen.insert(t) {
                continue;
            }
            if self.applies_at_root(store, t) {
                return true;
            }
            if let View::Apply(_, arguments) = store.view(t) {
                work.extend_from_slice(arguments);
            }
        }
        false
    }

    /// The normal form; the rules terminate.
    pub(crate) fn normalise(&self, store: &mut Store, term: TermId) -> TermId {
        if self.by_root.is_empty() {
            return term;
        }
        self.normalise_with(store, term, &mut Table::default())
    }

    fn normalise_with(
        &self,
        store: &mut Store,
        term: TermId,
        memo: &mut Table<TermId, TermId>,
    ) -> TermId {
        if let Some(done) = memo.get(&term) {
            return *done;
        }
        let View::Apply(symbol, arguments) = store.view(term) else {
            return term;
        };
        let arguments: Vec<_> = arguments.to_vec();
        let arguments: Vec<_> = arguments
            .iter()
            .map(|a| self.normalise_with(store, *a, memo))
            .collect();
        let inner = store.apply(symbol, &arguments);
        let result = match self.step(store, symbol, inner) {
            Some(next) => self.normalise_with(store, next, memo),
            None => inner,
        };
        memo.insert(term, result);
        result
    }

    fn step(&self, store: &mut Store, symbol: Symbol, term: TermId) -> Option<TermId> {
        for rule in self.by_root.get(&symbol)? {
            let mut map = BTreeMap::new();
            if matches(store, &rule.left, term, &mut map) {
                return Some(fill(store, &rule.right, &map));
            }
        }
        None
    }
}

fn matches(
    store: &Store,
    pattern: &Pattern,
    term: TermId,
    map: &mut BTreeMap<u32, TermId>,
) -> bool {
    match pattern {
        Pattern::Var(v) => *map.entry(*v).or_insert(term) == term,
        Pattern::Apply(f, ps) => match store.view(term) {
            View::Apply(g, ts) if g == *f && ts.len() == ps.len() => {
                ps.iter().zip(ts).all(|(p, t)| matches(store, p, *t, map))
            }
            _ => false,
        },
    }
}

fn fill(store: &mut Store, pattern: &Pattern, map: &BTreeMap<u32, TermId>) -> TermId {
    match pattern {
        // Every variable of a right side occurs on the left, so it is bound;
        // were it not, a variable of that number is still a term.
        Pattern::Var(v) => map
            .get(v)
            .copied()
            .unwrap_or_else(|| store.var(logic::Var(*v))),
        Pattern::Apply(symbol, arguments) => {
            let arguments: Vec<_> = arguments.iter().map(|a| fill(store, a, map)).collect();
            store.apply(*symbol, &arguments)
        }
    }
}
