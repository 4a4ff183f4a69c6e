//! Terms that outlive the work they were made for.
//!
//! A store never forgets a term by itself, and a search makes many that nobody
//! asks for again. Whoever knows what is left of some work says so, and the rest
//! goes. Terms that stay keep their order, which is that of their making: an
//! argument comes before what it is an argument of.

use crate::hashing::Seen;
use crate::term::{Store, TermId, View};

/// Where terms are now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Moved {
    /// Terms before this one are where they were.
    first: u32,
    /// Old and new, both ascending.
    pairs: Vec<(TermId, TermId)>,
}

impl Moved {
    /// Where a term is now that was kept.
    #[must_use]
    pub fn term(&self, old: TermId) -> TermId {
        if old.0 < self.first {
            return old;
        }
        let found = self.pairs.binary_search_by_key(&old, |(from, _)| *from);
        found.map_or(old, |at| self.pairs[at].1)
    }
}

impl Store {
    /// Forgets the terms that were made when there were so many already, but for
    /// those that occur in the roots. The caller sees to it that it holds no
    /// other, nor anything that was computed from one.
    pub fn keep(&mut self, first: usize, roots: impl IntoIterator<Item = TermId>) -> Moved {
        let first = u32::try_from(first).unwrap_or(u32::MAX);
        let kept = self.from(first, roots);
        let mut nodes = Vec::with_capacity(kept.len());
        let mut arguments = Vec::new();
        for term in &kept {
            match self.view(*term) {
                View::Var(var) => nodes.push((Err(var), 0)),
                View::Apply(symbol, of) => {
                    arguments.extend_from_slice(of);
                    nodes.push((Ok(symbol), of.len()));
                }
            }
        }
        self.truncate(first as usize);
        let mut moved = Moved {
            first,
            pairs: Vec::with_capacity(kept.len()),
        };
        let mut rest = arguments.as_mut_slice();
        for (old, (head, count)) in kept.into_iter().zip(nodes) {
            let (of, others) = rest.split_at_mut(count);
            rest = others;
            for argument in of.iter_mut() {
                *argument = moved.term(*argument);
            }
            let new = match head {
                Err(var) => self.var(var),
                Ok(symbol) => self.apply(symbol, of),
            };
            moved.pairs.push((old, new));
        }
        moved
    }

    /// A store of its own for the roots.
    pub fn copied(&self, roots: impl IntoIterator<Item = TermId>) -> (Self, Moved) {
        let mut copy = Self::new();
        let mut moved = Moved::default();
        for old in self.from(0, roots) {
            let new = match self.view(old) {
                View::Var(var) => copy.var(var),
                View::Apply(symbol, of) => {
                    let of: Vec<_> = of.iter().map(|a| moved.term(*a)).collect();
                    copy.apply(symbol, &of)
                }
            };
            moved.pairs.push((old, new));
        }
        (copy, moved)
    }

    /// The terms from this one on that occur in the roots, in order.
    fn from(&self, first: u32, roots: impl IntoIterator<Item = TermId>) -> Vec<TermId> {
        let mut agenda: Vec<TermId> = roots.into_iter().filter(|t| t.0 >= first).collect();
        let mut seen: Seen<TermId> = Seen::default();
        let mut found = Vec::new();
        while let Some(term) = agenda.pop() {
            if !seen.insert(term) {
                continue;
            }
            found.push(term);
            if let View::Apply(_, arguments) = self.view(term) {
                agenda.extend(arguments.iter().filter(|t| t.0 >= first));
            }
        }
        found.sort_unstable();
        found
    }
}

#[cfg(test)]
mod tests {
    use crate::{Store, Symbol, TermId, Var, View};

    fn some(store: &mut Store, from: u32, to: u32) -> Vec<TermId> {
        let mut all = vec![store.var(Var(0)), store.apply(Symbol(0), &[])];
        for i in from..to {
            let (last, other) = (all[all.len() - 1], all[(i as usize * 7) % all.len()]);
            all.push(store.apply(Symbol(1 + i % 5), &[last, other]));
            all.push(store.var(Var(i)));
        }
        all
    }

    #[test]
    fn what_is_kept_is_the_same_and_the_rest_can_be_made_again() {
        let mut store = Store::new();
        let old = some(&mut store, 1, 900);
        let count = store.len();
        let printed = |store: &Store, term: TermId| format!("{:?}", tree(store, term, 6));
        let new = some(&mut store, 5_000, 9_000);
        let roots = [new[40], new[3], old[17]];
        let before: Vec<_> = roots.iter().map(|t| printed(&store, *t)).collect();
        let moved = store.keep(count, roots);
        assert!(store.len() < count + 60, "{} of {count}", store.len());
        assert_eq!(moved.term(old[17]), old[17]);
        for (root, before) in roots.iter().zip(&before) {
            assert_eq!(&printed(&store, moved.term(*root)), before);
        }
        assert!(moved.term(new[3]) < moved.term(new[40]));
        // Equal terms are still one.
        let kept = store.len();
        assert_eq!(some(&mut store, 1, 900), old);
        assert_eq!(store.len(), kept);
        let again = some(&mut store, 5_000, 9_000);
        assert_eq!(again[40], moved.term(new[40]));
    }

    #[test]
    fn a_copy_has_nothing_else() {
        let mut store = Store::new();
        let all = some(&mut store, 1, 300);
        let (copy, moved) = store.copied([all[9]]);
        assert!(copy.len() < 20);
        let there = tree(&copy, moved.term(all[9]), 20);
        assert_eq!(there, tree(&store, all[9], 20));
    }

    /// The term as text, so many levels deep.
    fn tree(store: &Store, term: TermId, depth: u32) -> String {
        match store.view(term) {
            View::Var(v) => format!("x{}", v.0),
            View::Apply(f, _) if depth == 0 => format!("f{}(..)", f.0),
            View::Apply(f, arguments) => {
                let inside = arguments.iter().map(|a| tree(store, *a, depth - 1));
                format!("f{}({})", f.0, inside.collect::<Vec<_>>().join(","))
            }
        }
    }
}
