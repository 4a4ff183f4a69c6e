//! Entries by the head of a fact's first argument.
//!
//! Most facts of a protocol are `attacker(f(…))`, and most pairs of them differ
//! in `f`. A fact whose first argument is a variable, or that has none, is
//! *open*: it may stand against any other. Lists hold entries in order of
//! insertion, and so does everything that is read from them.

use logic::{Fact, Store, Symbol, View};
use std::collections::BTreeMap;

/// The lists of one predicate.
#[derive(Clone, Debug, Default)]
pub(crate) struct Heads {
    all: Vec<u32>,
    open: Vec<u32>,
    closed: BTreeMap<Symbol, Vec<u32>>,
}

impl Heads {
    /// Adds an entry, later than all before.
    pub(crate) fn insert(&mut self, head: Option<Symbol>, id: u32) {
        self.all.push(id);
        match head {
            Some(symbol) => self.closed.entry(symbol).or_default().push(id),
            None => self.open.push(id),
        }
    }

    /// Takes an entry out.
    pub(crate) fn remove(&mut self, head: Option<Symbol>, id: u32) {
        let list = match head {
            Some(symbol) => self.closed.get_mut(&symbol),
            None => Some(&mut self.open),
        };
        for list in list.into_iter().chain([&mut self.all]) {
            if let Ok(at) = list.binary_search(&id) {
                list.remove(at);
            }
        }
    }

    /// All entries.
    pub(crate) fn all(&self) -> &[u32] {
        &self.all
    }

    /// Entries of whose fact a fact with this head may be an instance.
    pub(crate) fn generalising(&self, head: Option<Symbol>) -> Merged<'_> {
        Merged(&self.open, self.closed(head))
    }

    /// Entries whose fact may be an instance of a fact with this head.
    pub(crate) fn specialising(&self, head: Option<Symbol>) -> Merged<'_> {
        match head {
            Some(_) => Merged(&[], self.closed(head)),
            None => Merged(&self.all, &[]),
        }
    }

    /// Entries whose fact may unify with a fact with this head.
    pub(crate) fn unifying(&self, head: Option<Symbol>) -> Merged<'_> {
        match head {
            Some(_) => self.generalising(head),
            None => Merged(&self.all, &[]),
        }
    }

    fn closed(&self, head: Option<Symbol>) -> &[u32] {
        head.and_then(|symbol| self.closed.get(&symbol))
            .map_or(&[], Vec::as_slice)
    }
}

/// Two ascending lists as one.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Merged<'a>(&'a [u32], &'a [u32]);

impl Merged<'_> {
    /// Only the entries from this one on.
    pub(crate) fn since(self, first: u32) -> Self {
        let tail = |list: &'_ [u32]| list.partition_point(|id| *id < first);
        Self(&self.0[tail(self.0)..], &self.1[tail(self.1)..])
    }
}

impl Iterator for Merged<'_> {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        let list = match (self.0.first(), self.1.first()) {
            (Some(a), Some(b)) if a <= b => &mut self.0,
            (_, Some(_)) => &mut self.1,
            _ => &mut self.0,
        };
        let (first, rest) = list.split_first()?;
        *list = rest;
        Some(*first)
    }
}

/// The head of a fact's first argument; `None` if it is open.
pub(crate) fn head(store: &Store, fact: &Fact) -> Option<Symbol> {
    match store.view(*fact.arguments.first()?) {
        View::Apply(symbol, _) => Some(symbol),
        View::Var(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Heads, Merged};
    use logic::Symbol;

    #[test]
    fn lists_merge_in_order_and_forget() {
        let mut heads = Heads::default();
        let (f, g) = (Some(Symbol(1)), Some(Symbol(2)));
        for (id, head) in [f, None, g, f, None, f].into_iter().enumerate() {
            heads.insert(head, u32::try_from(id).unwrap_or(0));
        }
        let list = |m: Merged<'_>| m.collect::<Vec<_>>();
        assert_eq!(list(heads.generalising(f)), [0, 1, 3, 4, 5]);
        assert_eq!(list(heads.generalising(None)), [1, 4]);
        assert_eq!(list(heads.specialising(f)), [0, 3, 5]);
        assert_eq!(list(heads.unifying(None)), [0, 1, 2, 3, 4, 5]);
        assert_eq!(list(heads.generalising(f).since(2)), [3, 4, 5]);
        assert_eq!(list(heads.generalising(f).since(9)), []);
        heads.remove(f, 3);
        heads.remove(None, 1);
        assert_eq!(list(heads.unifying(f)), [0, 4, 5]);
        assert_eq!(heads.all(), [0, 2, 4, 5]);
    }
}
