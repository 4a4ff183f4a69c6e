//! How many names of one symbol stand below each other.
//!
//! A name that a session makes depends on the sessions around it and on what came
//! in before. Where names of one symbol are made from each other again and again,
//! clauses rarely come to an end.

use crate::stamped::Stamped;
use logic::{Fact, Signature, Store, Symbol, SymbolKind, TermId, View};

/// Of each term how many names of one symbol stand below each other in it, found
/// once: terms do not change, and the parts of a term are numbered before it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Nesting {
    counts: Vec<Counts>,
    seen: Stamped,
    agenda: Vec<TermId>,
}

#[derive(Clone, Copy, Debug)]
struct Counts {
    /// If the term is such a name: of its symbol, itself included; otherwise zero.
    own: u32,
    /// Of any symbol, anywhere in it.
    most: u32,
}

impl Nesting {
    /// Whether more than so many do, somewhere in the fact.
    pub(crate) fn exceeds(
        &mut self,
        store: &Store,
        signature: &Signature,
        fact: &Fact,
        most: u32,
    ) -> bool {
        fact.arguments
            .iter()
            .any(|t| store.depth(*t) > most && self.most(store, signature, *t) > most)
    }

    fn most(&mut self, store: &Store, signature: &Signature, term: TermId) -> u32 {
        let known = u32::try_from(self.counts.len()).unwrap_or(u32::MAX);
        for next in known..=term.0 {
            let counts = self.count(store, signature, TermId(next));
            self.counts.push(counts);
        }
        self.counts[term.0 as usize].most
    }

    /// The counts of a term, those of its parts being known.
    fn count(&mut self, store: &Store, signature: &Signature, term: TermId) -> Counts {
        let View::Apply(symbol, parts) = store.view(term) else {
            return Counts { own: 0, most: 0 };
        };
        let below = parts.iter().map(|p| self.counts[p.0 as usize].most).max();
        let own = if !parts.is_empty() && signature.kind(symbol) == SymbolKind::Name {
            1 + self.below(store, symbol, parts)
        } else {
            0
        };
        let most = below.unwrap_or(0).max(own);
        Counts { own, most }
    }

    /// How many names of a symbol stand below each other in these terms: what stands
    /// below the topmost ones is counted with them.
    fn below(&mut self, store: &Store, symbol: Symbol, terms: &[TermId]) -> u32 {
        let mut most = 0;
        self.seen.clear();
        self.agenda.clear();
        self.agenda.extend_from_slice(terms);
        while let Some(next) = self.agenda.pop() {
            let absent = store.symbols(next) & Store::bit(symbol) == 0;
            if absent || self.seen.value(next.0).is_some() {
                continue;
            }
            self.seen.insert(next.0, 0);
            match store.view(next) {
                View::Apply(s, _) if s == symbol => {
                    most = most.max(self.counts[next.0 as usize].own);
                }
                View::Apply(_, parts) => self.agenda.extend_from_slice(parts),
                View::Var(_) => {}
            }
        }
        most
    }
}

#[cfg(test)]
mod tests {
    use super::Nesting;
    use logic::{Fact, Predicate, Signature, Store, SymbolInfo, SymbolKind, Var};

    #[test]
    fn names_count_along_a_path_only() {
        let mut signature = Signature::default();
        let mut add = |name: &str, arity, kind| {
            signature.add(SymbolInfo {
                name: name.to_owned(),
                arity,
                kind,
                public: false,
            })
        };
        let name = add("n", 1, SymbolKind::Name);
        let other = add("m", 1, SymbolKind::Name);
        let pair = add("pair", 2, SymbolKind::Data);
        let mut store = Store::new();
        let x = store.var(Var(0));
        let one = store.apply(name, &[x]);
        let between = store.apply(other, &[one]);
        let two = store.apply(name, &[between]);
        let wide = store.apply(pair, &[one, between]);
        let both = store.apply(pair, &[wide, two]);
        let mut nesting = Nesting::default();
        let mut most = |term| {
            let fact = Fact::new(Predicate::Attacker(0), [term]);
            (0..5).find(|n| !nesting.exceeds(&store, &signature, &fact, *n))
        };
        assert_eq!(most(both), Some(2));
        assert_eq!(most(wide), Some(1));
        assert_eq!(most(x), Some(0));
    }
}
