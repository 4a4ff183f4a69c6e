//! Equality of messages: the equational theory as variants.
//!
//! Every constructor `f` has the variant `f(x1,…,xn) → f(x1,…,xn)`; equations
//! add more, such as `dh(dh(G,x),y) → dh(dh(G,y),x)`. They are complete in this
//! sense: if `M1,…,Mn` and `M` are representatives of their classes, chosen so
//! that equal messages (and equal subterms) are one term, and `f(M1,…,Mn)`
//! equals `M`, then some variant of `f` maps exactly `(M1,…,Mn)` to `M`. So
//! whoever applies constructors by *all* variants may compare the results
//! syntactically (Blanchet, Abadi, Fournet, "Automated verification of selected
//! equivalences for security protocols", 2008, section 5).
//!
//! ```text
//! equations ──LPO──▶ convergent rules ──narrowing──▶ variants
//!      └──── the rest, linear ──closure under chaining──▶ variants
//! ```

mod build;
mod completion;
mod disequality;
mod linear;
mod narrowing;
mod numbers;
mod order;
mod pattern;
mod position;
mod rewrite;
#[cfg(test)]
mod tests;

pub(crate) use build::Equation;
pub use disequality::Simplified;
pub use numbers::Numbers;
pub(crate) use pattern::Pattern;

use crate::unify::{Bindings, Roles};
use logic::{
    Seen, Signature, Store, Substitution, Symbol, Table, TermId, Var, View, term_variables,
};
use rewrite::Rewrites;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// Most variants of one symbol; a theory with more is refused.
pub const VARIANT_LIMIT: usize = 60;

/// The equational theory of a program.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Theory {
    /// The convergent part.
    rewrites: Rewrites,
    /// Variants other than the identity.
    variants: BTreeMap<Symbol, Vec<Variant>>,
    /// Natural numbers.
    numbers: Option<Numbers>,
}

/// `f(arguments) → result`, read from right to left as well as from left to
/// right: whenever the arguments are these, the application may be this.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Variant {
    arguments: Vec<Pattern>,
    result: Pattern,
    /// How many variables there are.
    variables: u32,
}

/// Source of variables that occur nowhere else.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fresh(u32);

impl Fresh {
    /// Variables from this number on.
    pub(crate) fn from(first: u32) -> Self {
        Self(first)
    }

    /// Variables that occur in no term of the store, provided that callers
    /// keep their own variables below 2^31: each one taken becomes a term, so
    /// the store grows at least as fast as the numbers do.
    fn beyond(store: &Store) -> Self {
        let grown = u32::try_from(store.len()).unwrap_or(u32::MAX);
        Self(grown.saturating_add(1 << 31))
    }

    /// The first of so many consecutive fresh variables.
    pub(crate) fn take(&mut self, count: u32) -> u32 {
        let first = self.0;
        self.0 = self.0.saturating_add(count);
        first
    }

    /// One fresh variable as a term.
    pub(crate) fn var(&mut self, store: &mut Store) -> TermId {
        let v = self.take(1);
        store.var(Var(v))
    }
}

impl Theory {
    /// The same theory over natural numbers with these symbols.
    pub(crate) fn with_numbers(mut self, numbers: Option<Numbers>) -> Self {
        self.numbers = numbers;
        self
    }

    /// Whether there is any equation. Without one, equality is syntactic.
    #[must_use]
    pub fn has_equations(&self) -> bool {
        !self.variants.is_empty()
    }

    /// Whether the convergent part rewrites the term somewhere. Clauses speak
    /// of representatives, which are in normal form; a clause with a reducible
    /// term says nothing about any run.
    #[must_use]
    pub fn is_reducible(&self, store: &Store, term: TermId) -> bool {
        self.rewrites.is_reducible(store, term)
    }

    /// The term rewritten by the convergent part as far as possible.
    #[must_use]
    pub fn normalise(&self, store: &mut Store, term: TermId) -> TermId {
        self.rewrites.normalise(store, term)
    }

    /// A complete set of unifiers of the pairs modulo the theory: whenever an
    /// instance makes every pair equal, it is equal (modulo the theory) to an
    /// instance of one of these. Without equations at most one. Variables that
    /// the unifiers introduce are numbered from 2^31.
    #[must_use]
    pub fn unify(&self, store: &mut Store, pairs: &[(TermId, TermId)]) -> Vec<Substitution> {
        self.solutions(store, pairs, Roles::default())
    }

    /// As [`Self::unify`], but variables in `rigid` count as constants. With
    /// all variables of one side rigid this is matching modulo the theory.
    #[must_use]
    pub fn unify_rigid(
        &self,
        store: &mut Store,
        pairs: &[(TermId, TermId)],
        rigid: &BTreeSet<Var>,
    ) -> Vec<Substitution> {
        let roles = Roles {
            rigid: Some(rigid),
            late: None,
        };
        self.solutions(store, pairs, roles)
    }

    /// Whether two terms are equal modulo the theory for all values of their
    /// variables.
    #[must_use]
    pub fn equal(&self, store: &mut Store, left: TermId, right: TermId) -> bool {
        if left == right {
            return true;
        }
        if !self.has_equations() {
            return false;
        }
        let mut rigid = BTreeSet::new();
        term_variables(store, left, &mut rigid);
        term_variables(store, right, &mut rigid);
        !self.unify_rigid(store, &[(left, right)], &rigid).is_empty()
    }

    /// The variants, one per line, for a person: `dh(dh(G,x0),x1) -> …`.
    #[must_use]
    pub fn print(&self, signature: &Signature) -> String {
        let mut out = String::new();
        let mut store = Store::new();
        for (symbol, variants) in &self.variants {
            for v in variants {
                let arguments: Vec<_> = v
                    .arguments
                    .iter()
                    .map(|a| a.instantiate(&mut store, 0))
                    .collect();
                let left = store.apply(*symbol, &arguments);
                let right = v.result.instantiate(&mut store, 0);
                let _ = writeln!(
                    out,
                    "{} -> {}",
                    logic::print::term(signature, &store, left),
                    logic::print::term(signature, &store, right)
                );
            }
        }
        out
    }

    /// All ways to apply a constructor to representatives: extended bindings
    /// and the representative of the result.
    pub(crate) fn apply(
        &self,
        store: &mut Store,
        fresh: &mut Fresh,
        bindings: &Bindings,
        symbol: Symbol,
        arguments: &[TermId],
        roles: Roles<'_>,
    ) -> Vec<(Bindings, TermId)> {
        let plain = store.apply(symbol, arguments);
        let Some(variants) = self.variants.get(&symbol) else {
            return vec![(bindings.clone(), plain)];
        };
        let mut out = Vec::with_capacity(variants.len() + 1);
        // An application that the convergent part rewrites is no
        // representative; the variant for that rule stands for it.
        let resolved = bindings.resolve(store, plain);
        if !self.rewrites.applies_at_root(store, resolved) {
            out.push((bindings.clone(), plain));
        }
        for variant in variants {
            let base = fresh.take(variant.variables);
            let pairs: Vec<_> = variant
                .arguments
                .iter()
                .map(|p| p.instantiate(store, base))
                .zip(arguments.iter().copied())
                .collect();
            let mut extended = bindings.clone();
            if !extended.unify(store, &pairs, roles) {
                continue;
            }
            let result = variant.result.instantiate(store, base);
            // A variant may apply to exactly these arguments and give back the
            // application itself, as commutativity does to `f(a,a)`.
            let same = extended.bound_below(base) == bindings.bound_below(base)
                && extended.resolve(store, result) == resolved;
            if !same {
                out.push((extended, result));
            }
        }
        out
    }

    /// All representatives of terms whose variables stand for representatives.
    pub(crate) fn evaluate(
        &self,
        store: &mut Store,
        fresh: &mut Fresh,
        bindings: &Bindings,
        terms: &[TermId],
        roles: Roles<'_>,
    ) -> Vec<(Bindings, Vec<TermId>)> {
        let mut states = vec![(bindings.clone(), Table::<TermId, TermId>::default())];
        // Terms are evaluated once per node, not per occurrence: one message
        // has one representative.
        for node in self.equational_nodes(store, terms) {
            let View::Apply(symbol, arguments) = store.view(node) else {
                continue;
            };
            let arguments = arguments.to_vec();
            let mut next = Vec::with_capacity(states.len());
            for (bindings, mut values) in states {
                let arguments: Vec<_> = arguments
                    .iter()
                    .map(|a| values.get(a).copied().unwrap_or(*a))
                    .collect();
                if !self.variants.contains_key(&symbol) {
                    values.insert(node, store.apply(symbol, &arguments));
                    next.push((bindings, values));
                    continue;
                }
                let mut found = self.apply(store, fresh, &bindings, symbol, &arguments, roles);
                let last = found.pop();
                for (extended, value) in found {
                    let mut values = values.clone();
                    values.insert(node, value);
                    next.push((extended, values));
                }
                if let Some((extended, value)) = last {
                    values.insert(node, value);
                    next.push((extended, values));
                }
            }
            states = next;
        }
        states
            .into_iter()
            .map(|(bindings, values)| {
                let terms = terms
                    .iter()
                    .map(|t| values.get(t).copied().unwrap_or(*t))
                    .collect();
                (bindings, terms)
            })
            .collect()
    }

    /// Complete set of unifiers as bindings.
    fn solve(
        &self,
        store: &mut Store,
        fresh: &mut Fresh,
        pairs: &[(TermId, TermId)],
        roles: Roles<'_>,
    ) -> Vec<Bindings> {
        let terms: Vec<_> = pairs.iter().flat_map(|(l, r)| [*l, *r]).collect();
        let mut out = Vec::new();
        for (mut bindings, values) in
            self.evaluate(store, fresh, &Bindings::default(), &terms, roles)
        {
            let pairs: Vec<_> = values.chunks_exact(2).map(|p| (p[0], p[1])).collect();
            if bindings.unify(store, &pairs, roles) {
                out.push(bindings);
            }
        }
        out
    }

    fn solutions(
        &self,
        store: &mut Store,
        pairs: &[(TermId, TermId)],
        roles: Roles<'_>,
    ) -> Vec<Substitution> {
        let mut fresh = Fresh::beyond(store);
        let mut variables = BTreeSet::new();
        for (l, r) in pairs {
            term_variables(store, *l, &mut variables);
            term_variables(store, *r, &mut variables);
        }
        let mut out: Vec<Substitution> = Vec::new();
        for bindings in self.solve(store, &mut fresh, pairs, roles) {
            let mut substitution = Substitution::new();
            for v in &variables {
                let var = store.var(*v);
                let image = bindings.resolve(store, var);
                if image != var {
                    substitution.bind(*v, image);
                }
            }
            if !out.contains(&substitution) {
                out.push(substitution);
            }
        }
        out
    }

    /// The subterms that contain an equational symbol, children first.
    fn equational_nodes(&self, store: &Store, roots: &[TermId]) -> Vec<TermId> {
        if self.variants.is_empty() {
            return Vec::new();
        }
        let bits = self.variants.keys().fold(0, |all, s| all | Store::bit(*s));
        let mut out = Vec::new();
        let mut contains: Table<TermId, bool> = Table::default();
        let mut entered = Seen::default();
        let mut work: Vec<TermId> = roots.iter().rev().copied().collect();
        while let Some(&term) = work.last() {
            if contains.contains_key(&term) {
                work.pop();
                continue;
            }
            let View::Apply(symbol, arguments) = store.view(term) else {
                contains.insert(term, false);
                work.pop();
                continue;
            };
            if store.symbols(term) & bits == 0 {
                contains.insert(term, false);
                work.pop();
                continue;
            }
            if entered.insert(term) {
                work.extend(arguments.iter().rev());
                continue;
            }
            work.pop();
            let equational = self.variants.contains_key(&symbol)
                || arguments.iter().any(|a| contains.get(a) == Some(&true));
            contains.insert(term, equational);
            if equational {
                out.push(term);
            }
        }
        out
    }
}
