//! Substitutions as values, and their application.

use crate::arguments::Arguments;
use crate::clause::{Clause, Disequality, Fact};
use crate::hashing::Table;
use crate::term::{Store, TermId, Var, Variables, View};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// The largest tree that is quicker gone through than remembered.
const SMALL: u32 = 24;

/// A finite map from variables to terms, applied once (not repeatedly).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Substitution {
    map: BTreeMap<Var, TermId>,
    /// What is bound, so that a term without any of it is left alone.
    bound: Variables,
}

impl FromIterator<(Var, TermId)> for Substitution {
    fn from_iter<I: IntoIterator<Item = (Var, TermId)>>(bindings: I) -> Self {
        let mut out = Self::new();
        for (var, term) in bindings {
            out.bind(var, term);
        }
        out
    }
}

impl Substitution {
    /// The identity.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Binds a variable; returns what it was bound to.
    pub fn bind(&mut self, var: Var, term: TermId) -> Option<TermId> {
        self.bound = self.bound.with(Variables::of(var));
        self.map.insert(var, term)
    }

    /// What a variable is bound to.
    #[must_use]
    pub fn image(&self, var: Var) -> Option<TermId> {
        self.map.get(&var).copied()
    }

    /// Bindings in order of variables.
    pub fn iter(&self) -> impl Iterator<Item = (Var, TermId)> + '_ {
        self.map.iter().map(|(v, t)| (*v, *t))
    }

    /// Whether nothing is bound.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.map.is_empty()
    }

    /// The instance of a term; linear in its graph.
    pub fn term(&self, store: &mut Store, term: TermId) -> TermId {
        self.memo(store, term, &mut Table::default())
    }

    /// The instance of a fact.
    pub fn fact(&self, store: &mut Store, fact: &Fact) -> Fact {
        self.fact_memo(store, fact, &mut Table::default())
    }

    fn fact_memo(&self, store: &mut Store, fact: &Fact, memo: &mut Table<TermId, TermId>) -> Fact {
        let arguments = fact.arguments.iter();
        let arguments: Arguments = arguments.map(|t| self.memo(store, *t, memo)).collect();
        Fact::new(fact.predicate, arguments)
    }

    /// The instance of a constraint. The caller sees to it that no image
    /// contains one of its universal variables.
    pub fn disequality(&self, store: &mut Store, constraint: &Disequality) -> Disequality {
        let universals = constraint.universals.iter();
        let inner = if universals.clone().any(|z| self.map.contains_key(z)) {
            let mut inner = self.clone();
            for z in universals {
                inner.map.remove(z);
            }
            Cow::Owned(inner)
        } else {
            Cow::Borrowed(self)
        };
        let mut memo = Table::default();
        Disequality {
            universals: constraint.universals.clone(),
            pairs: constraint
                .pairs
                .iter()
                .map(|(l, r)| {
                    (
                        inner.memo(store, *l, &mut memo),
                        inner.memo(store, *r, &mut memo),
                    )
                })
                .collect(),
        }
    }

    /// The instance of a clause; see [`Self::disequality`] on universals.
    pub fn clause(&self, store: &mut Store, clause: &Clause) -> Clause {
        let mut memo = Table::default();
        Clause {
            constraints: clause
                .constraints
                .iter()
                .map(|c| self.disequality(store, c))
                .collect(),
            hypotheses: clause
                .hypotheses
                .iter()
                .map(|f| self.fact_memo(store, f, &mut memo))
                .collect(),
            conclusion: self.fact_memo(store, &clause.conclusion, &mut memo),
        }
    }

    fn memo(&self, store: &mut Store, term: TermId, memo: &mut Table<TermId, TermId>) -> TermId {
        if !store.variables(term).may_meet(self.bound) {
            return term;
        }
        let (symbol, arguments) = match store.view(term) {
            View::Var(v) => return self.image(v).unwrap_or(term),
            View::Apply(symbol, arguments) => (symbol, Arguments::from(arguments)),
        };
        let large = store.size(term) > SMALL;
        if large && let Some(done) = memo.get(&term) {
            return *done;
        }
        let new: Arguments = arguments
            .iter()
            .map(|a| self.memo(store, *a, memo))
            .collect();
        let result = if new == arguments {
            term
        } else {
            store.apply(symbol, &new)
        };
        if large {
            memo.insert(term, result);
        }
        result
    }
}

/// Adds the variables of a term to a set.
pub fn term_variables(store: &Store, term: TermId, into: &mut BTreeSet<Var>) {
    if let Some(exact) = store.variables(term).exact() {
        into.extend(exact);
        return;
    }
    let mut seen = BTreeSet::new();
    let mut stack = vec![term];
    while let Some(t) = stack.pop() {
        if store.is_ground(t) || !seen.insert(t) {
            continue;
        }
        match store.view(t) {
            View::Var(v) => {
                into.insert(v);
            }
            View::Apply(_, arguments) => stack.extend_from_slice(arguments),
        }
    }
}

/// The variables of a fact.
#[must_use]
pub fn fact_variables(store: &Store, fact: &Fact) -> BTreeSet<Var> {
    let mut out = BTreeSet::new();
    for t in &fact.arguments {
        term_variables(store, *t, &mut out);
    }
    out
}

/// The free variables of a clause; universals of constraints are not free.
#[must_use]
pub fn clause_variables(store: &Store, clause: &Clause) -> BTreeSet<Var> {
    let mut out = fact_variables(store, &clause.conclusion);
    for f in &clause.hypotheses {
        out.extend(fact_variables(store, f));
    }
    for c in &clause.constraints {
        let mut inner = BTreeSet::new();
        for (l, r) in &c.pairs {
            term_variables(store, *l, &mut inner);
            term_variables(store, *r, &mut inner);
        }
        for z in &c.universals {
            inner.remove(z);
        }
        out.extend(inner);
    }
    out
}
