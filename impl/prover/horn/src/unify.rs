//! Syntactic unification over a store, by bindings that are followed rather
//! than applied.
//!
//! Terms of clauses stand for representatives: in one run, equal messages are
//! the same term (Blanchet, Abadi, Fournet, "Automated verification of selected
//! equivalences for security protocols", 2008, section 5). Hence everything
//! here is syntactic, and the equational theory enters only where a constructor
//! is applied ([`crate::Theory`]).

use crate::trail::Layers;
use logic::{Arguments, Fact, Seen, Store, Table, TermId, Var, View};
use std::collections::{BTreeMap, BTreeSet};

/// A triangular substitution: images may contain bound variables. Never
/// cyclic: every binding is made after an occurs check.
#[derive(Clone, Debug, Default)]
pub(crate) struct Bindings {
    map: Layers<Var, TermId>,
}

/// Which variables may be bound, and which rather not.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Roles<'a> {
    /// Never bound: they count as constants.
    pub(crate) rigid: Option<&'a BTreeSet<Var>>,
    /// Bound to a variable only when that one is of this set too.
    pub(crate) late: Option<&'a BTreeSet<Var>>,
}

impl Roles<'_> {
    fn is_rigid(self, var: Var) -> bool {
        self.rigid.is_some_and(|set| set.contains(&var))
    }

    /// Of two different variables, the one to bind; `None` when both are rigid.
    fn choose(self, a: Var, b: Var) -> Option<(Var, Var)> {
        let rank = |v: Var| {
            let late = self.late.is_some_and(|set| set.contains(&v));
            // Among equals the younger variable is bound to the older one.
            (self.is_rigid(v), late, std::cmp::Reverse(v))
        };
        let (bind, keep) = if rank(a) < rank(b) { (a, b) } else { (b, a) };
        (!self.is_rigid(bind)).then_some((bind, keep))
    }
}

impl Bindings {
    /// Follows a variable to what it stands for: an application or an unbound
    /// variable.
    pub(crate) fn walk(&self, store: &Store, mut term: TermId) -> TermId {
        while let View::Var(v) = store.view(term) {
            match self.map.get(&v) {
                Some(next) => term = *next,
                None => break,
            }
        }
        term
    }

    /// Extends the bindings to the most general ones that make every pair
    /// equal; `false` when there are none (the bindings are then of no use).
    pub(crate) fn unify(
        &mut self,
        store: &mut Store,
        pairs: &[(TermId, TermId)],
        roles: Roles<'_>,
    ) -> bool {
        let mut work: Vec<_> = pairs.iter().rev().copied().collect();
        let mut done: Seen<(TermId, TermId)> = Seen::default();
        while let Some((left, right)) = work.pop() {
            let (left, right) = (self.walk(store, left), self.walk(store, right));
            if left == right || !done.insert((left, right)) {
                continue;
            }
            let (bind, image) = match (store.view(left), store.view(right)) {
                (View::Var(v), View::Var(w)) => match roles.choose(v, w) {
                    Some((bind, keep)) => {
                        let image = store.var(keep);
                        (bind, image)
                    }
                    None => return false,
                },
                (View::Var(v), View::Apply(..)) => (v, right),
                (View::Apply(..), View::Var(v)) => (v, left),
                (View::Apply(f, ls), View::Apply(g, rs)) => {
                    if f != g || ls.len() != rs.len() {
                        return false;
                    }
                    work.extend(ls.iter().copied().zip(rs.iter().copied()).rev());
                    continue;
                }
            };
            if roles.is_rigid(bind) || self.occurs(store, bind, image) {
                return false;
            }
            self.map.insert(bind, image);
        }
        true
    }

    /// The term with all bindings applied.
    pub(crate) fn resolve(&self, store: &mut Store, term: TermId) -> TermId {
        self.resolve_with(store, term, &mut Table::default())
    }

    /// The fact with all bindings applied.
    pub(crate) fn resolve_fact(&self, store: &mut Store, fact: &Fact) -> Fact {
        let mut memo = Table::default();
        let arguments: Arguments = fact
            .arguments
            .iter()
            .map(|t| self.resolve_with(store, *t, &mut memo))
            .collect();
        Fact::new(fact.predicate, arguments)
    }

    /// How many variables are bound.
    pub(crate) fn len(&self) -> usize {
        self.map.len()
    }

    /// How many variables with a smaller number are bound.
    pub(crate) fn bound_below(&self, number: u32) -> usize {
        self.map.keys_below(Var(number)).count()
    }

    /// Variables with a smaller number that are bound here and not there.
    pub(crate) fn bound_since(&self, before: &Self, number: u32) -> Vec<Var> {
        let bound = self.map.keys_below(Var(number));
        let mut found: Vec<_> = bound.filter(|v| before.map.get(v).is_none()).collect();
        found.sort_unstable();
        found
    }

    fn occurs(&self, store: &Store, var: Var, term: TermId) -> bool {
        let mut seen = Seen::default();
        let mut stack = vec![term];
        while let Some(t) = stack.pop() {
            let t = self.walk(store, t);
            if store.is_ground(t) || !seen.insert(t) {
                continue;
            }
            match store.view(t) {
                View::Var(v) if v == var => return true,
                View::Var(_) => {}
                View::Apply(_, arguments) => stack.extend_from_slice(arguments),
            }
        }
        false
    }

    fn resolve_with(
        &self,
        store: &mut Store,
        term: TermId,
        memo: &mut Table<TermId, TermId>,
    ) -> TermId {
        let term = self.walk(store, term);
        if store.is_ground(term) {
            return term;
        }
        if let Some(done) = memo.get(&term) {
            return *done;
        }
        let (symbol, arguments) = match store.view(term) {
            View::Var(_) => return term,
            View::Apply(symbol, arguments) => (symbol, Arguments::from(arguments)),
        };
        let new: Arguments = arguments
            .iter()
            .map(|a| self.resolve_with(store, *a, memo))
            .collect();
        let result = if new == arguments {
            term
        } else {
            store.apply(symbol, &new)
        };
        memo.insert(term, result);
        result
    }
}

/// Whether one substitution of the patterns' variables gives every subject;
/// variables of the subjects count as constants.
pub(crate) fn are_instances(store: &Store, pairs: &[(TermId, TermId)]) -> bool {
    let mut map: BTreeMap<Var, TermId> = BTreeMap::new();
    let mut done: Seen<(TermId, TermId)> = Seen::default();
    let mut work = pairs.to_vec();
    while let Some((p, s)) = work.pop() {
        if !done.insert((p, s)) {
            continue;
        }
        match (store.view(p), store.view(s)) {
            (View::Var(v), _) => {
                if *map.entry(v).or_insert(s) != s {
                    return false;
                }
            }
            (View::Apply(..), View::Var(_)) => return false,
            (View::Apply(f, ps), View::Apply(g, ss)) => {
                if f != g || ps.len() != ss.len() {
                    return false;
                }
                work.extend(ps.iter().copied().zip(ss.iter().copied()));
            }
        }
    }
    true
}
