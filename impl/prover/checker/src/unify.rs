//! A plain unifier: Robinson's algorithm over term graphs. And matching.
//!
//! The checker needs it to know that no resolvent was forgotten. It is written
//! for reading: a triangular substitution, and one final pass that applies everything
//! and finds what would be inside itself. Until then terms may be infinite; pairs of
//! subterms are finitely many, and each is looked at once.

use logic::{Fact, Seen, Store, Substitution, Table, TermId, Var, View};
use std::collections::BTreeMap;

/// The most general unifier of the pairs, fully applied; `None` if there is
/// none.
pub(crate) fn unify(store: &mut Store, pairs: &[(TermId, TermId)]) -> Option<Substitution> {
    let mut bindings: BTreeMap<Var, TermId> = BTreeMap::new();
    let mut done: Seen<(TermId, TermId)> = Seen::default();
    let mut work = pairs.to_vec();
    while let Some((left, right)) = work.pop() {
        let left = resolve(store, &bindings, left);
        let right = resolve(store, &bindings, right);
        if left == right || !done.insert((left, right)) {
            continue;
        }
        match (store.view(left), store.view(right)) {
            (View::Var(v), _) => drop(bindings.insert(v, right)),
            (_, View::Var(v)) => drop(bindings.insert(v, left)),
            (View::Apply(f, a), View::Apply(g, b)) => {
                if f != g || a.len() != b.len() {
                    return None;
                }
                work.extend(a.iter().copied().zip(b.iter().copied()));
            }
        }
    }
    let mut memo = Table::default();
    let images = bindings.iter();
    let images = images.map(|(v, t)| Some((*v, expand(store, &bindings, *t, &mut memo)?)));
    images.collect()
}

/// The arguments of two facts side by side, if these may be the same.
pub(crate) fn pairs(left: &Fact, right: &Fact) -> Option<Vec<(TermId, TermId)>> {
    let (l, r) = (&left.arguments, &right.arguments);
    let alike = left.predicate == right.predicate && l.len() == r.len();
    alike.then(|| l.iter().copied().zip(r.iter().copied()).collect())
}

/// Extends `found` so that it maps `pattern` to `target` exactly; variables of
/// the pattern only are bound. `false` leaves `found` in an unspecified state.
pub(crate) fn matches(
    store: &Store,
    pattern: &Fact,
    target: &Fact,
    found: &mut BTreeMap<Var, TermId>,
) -> bool {
    let Some(mut work) = pairs(pattern, target) else {
        return false;
    };
    let mut done = Seen::default();
    while let Some((p, t)) = work.pop() {
        if store.is_ground(p) {
            if p != t {
                return false;
            }
            continue;
        }
        if !done.insert((p, t)) {
            continue;
        }
        match (store.view(p), store.view(t)) {
            (View::Var(v), _) => {
                if *found.entry(v).or_insert(t) != t {
                    return false;
                }
            }
            (View::Apply(f, a), View::Apply(g, b)) if f == g && a.len() == b.len() => {
                work.extend(a.iter().copied().zip(b.iter().copied()));
            }
            _ => return false,
        }
    }
    true
}

fn resolve(store: &Store, bindings: &BTreeMap<Var, TermId>, mut term: TermId) -> TermId {
    while let View::Var(v) = store.view(term) {
        match bindings.get(&v) {
            Some(next) => term = *next,
            None => break,
        }
    }
    term
}

/// A term with all bindings applied; `None` if it would be inside itself.
fn expand(
    store: &mut Store,
    bindings: &BTreeMap<Var, TermId>,
    term: TermId,
    memo: &mut Table<TermId, TermId>,
) -> Option<TermId> {
    let root = resolve(store, bindings, term);
    // The terms above the last one are those that were opened.
    let (mut work, mut opened) = (vec![root], Seen::default());
    while let Some(next) = work.last().copied() {
        let image = match store.view(next) {
            View::Apply(symbol, arguments)
                if !memo.contains_key(&next) && !store.is_ground(next) =>
            {
                let arguments = arguments.iter().map(|a| resolve(store, bindings, *a));
                let arguments: Vec<_> = arguments.collect();
                let before = work.len();
                work.extend(arguments.iter().filter(|a| !memo.contains_key(a)));
                if work.len() > before {
                    if opened.insert(next) {
                        continue;
                    }
                    return None;
                }
                let images: Option<Vec<_>> =
                    arguments.iter().map(|a| memo.get(a).copied()).collect();
                store.apply(symbol, &images?)
            }
            _ => memo.get(&next).copied().unwrap_or(next),
        };
        memo.insert(next, image);
        work.pop();
    }
    memo.get(&root).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::{DEPTH, shallow};
    use logic::{Clause, Predicate, Symbol};

    /// `x0 = f(x1)`, `x1 = f(x2)`, and `x2` is one of these or a name.
    #[test]
    fn nothing_is_inside_itself() {
        let mut store = Store::new();
        let [x, y, z] = [0, 1, 2].map(|v| store.var(Var(v)));
        let [fy, fz] = [y, z].map(|t| store.apply(Symbol(0), &[t]));
        let name = store.apply(Symbol(1), &[]);
        let last = |last, store: &mut Store| unify(store, &[(x, fy), (y, fz), (z, last)]);
        for inside in [x, y, fy, fz] {
            assert_eq!(last(inside, &mut store), None);
        }
        let fine = last(name, &mut store).expect("the last is a name");
        let [fname, three] = [1, 2].map(|n| (0..n).fold(name, |t, _| store.apply(Symbol(0), &[t])));
        assert_eq!(
            (fine.image(Var(1)), fine.image(Var(0))),
            (Some(fname), Some(three))
        );
        assert_eq!(unify(&mut store, &[(fy, fz), (y, fz)]), None);
        assert!(last(z, &mut store).is_some());
    }

    /// `x0 = f(…f(x1)…)`, `x1 = f(…f(x2)…)`, and so on: none of the terms is
    /// deep, and the unifier is. Nothing recursive sees it before it is refused.
    #[test]
    fn terms_that_grow_by_unification_are_refused() {
        let mut store = Store::new();
        let (links, height) = (100, DEPTH - 1);
        let mut pairs = Vec::new();
        for i in 0..links {
            let left = store.var(Var(i));
            let mut right = store.var(Var(i + 1));
            for _ in 0..height {
                right = store.apply(Symbol(0), &[right]);
            }
            pairs.push((left, right));
        }
        let clause = Clause {
            constraints: Vec::new(),
            hypotheses: Vec::new(),
            conclusion: Fact::new(Predicate::Attacker(0), vec![pairs[0].1]),
        };
        assert!(shallow(&store, std::slice::from_ref(&clause)).is_ok());
        let unifier = unify(&mut store, &pairs).expect("no variable occurs in itself");
        let grown = unifier.clause(&mut store, &clause);
        assert_eq!(
            store.depth(grown.conclusion.arguments[0]),
            links * height + 1
        );
        assert!(shallow(&store, &[grown]).is_err());
    }
}
