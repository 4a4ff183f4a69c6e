//! Hash-consed terms.
//!
//! Equal terms of one [`Store`] have equal [`TermId`]s, so equality is a
//! comparison of integers and a term is a directed acyclic graph: the models
//! this prover is made for have terms whose trees are a thousand times larger
//! than their graphs. A store is a value passed in, never a global; cloning it
//! gives a worker its own.
//!
//! Nodes lie in one array and their arguments in another, and the table that
//! finds a node again holds numbers only (open addressing, linear probing, at
//! most half full), so a term costs no allocation and a clone is four copies of
//! memory. What the engine asks of a term before it looks inside is computed
//! once, when the term is made.

use crate::symbol::Symbol;

/// A term of one [`Store`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TermId(pub u32);

/// A variable; its scope is one clause.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Var(pub u32);

/// What a term is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum View<'a> {
    /// A symbol applied to as many terms as its arity says.
    Apply(Symbol, &'a [TermId]),
    /// A variable.
    Var(Var),
}

#[derive(Clone, Copy, Debug)]
struct Node {
    /// Number of the symbol or variable.
    head: u32,
    /// Where the arguments begin.
    first: u32,
    /// How many there are; [`VARIABLE`] for a variable.
    count: u32,
}

/// Instead of a number of arguments.
const VARIABLE: u32 = u32::MAX;

#[derive(Clone, Copy, Debug)]
struct Facts {
    variables: Variables,
    /// See [`Store::symbols`].
    symbols: u64,
    /// Nodes of the tree, saturating.
    size: u32,
    depth: u32,
}

/// A set of variables: exact for the first 63, which is as many as most clauses
/// have, and otherwise one bit for all the others together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Variables(u64);

const OTHERS: u64 = 1 << 63;

impl Variables {
    /// The set of one variable.
    #[must_use]
    pub fn of(var: Var) -> Self {
        if var.0 < 63 {
            Self(1 << var.0)
        } else {
            Self(OTHERS)
        }
    }

    /// Whether there is no variable in it.
    #[must_use]
    #[inline]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Both sets together.
    #[must_use]
    #[inline]
    pub fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// False only if no variable is in both.
    #[must_use]
    #[inline]
    pub fn may_meet(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Its variables in order, if it is exact.
    #[must_use]
    pub fn exact(self) -> Option<impl Iterator<Item = Var>> {
        (self.0 & OTHERS == 0).then(|| {
            let mut bits = self.0;
            std::iter::from_fn(move || {
                let next = bits.trailing_zeros();
                bits &= bits.wrapping_sub(1);
                (next < 64).then_some(Var(next))
            })
        })
    }
}

/// Owner of terms.
#[derive(Clone, Debug, Default)]
pub struct Store {
    nodes: Vec<Node>,
    facts: Vec<Facts>,
    arguments: Vec<TermId>,
    /// Numbers of nodes by hash; [`FREE`] elsewhere. Its length is a power of
    /// two, or zero.
    index: Vec<u32>,
}

const FREE: u32 = u32::MAX;

impl Store {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The term that is this variable.
    pub fn var(&mut self, var: Var) -> TermId {
        self.intern(var.0, VARIABLE, &[])
    }

    /// The symbol applied to the terms, which must be of this store.
    pub fn apply(&mut self, symbol: Symbol, arguments: &[TermId]) -> TermId {
        let count = u32::try_from(arguments.len()).unwrap_or(VARIABLE - 1);
        self.intern(symbol.0, count, arguments)
    }

    /// What is known of a term that is made of these.
    fn facts(&self, head: u32, count: u32, arguments: &[TermId]) -> Facts {
        if count == VARIABLE {
            return Facts {
                variables: Variables::of(Var(head)),
                symbols: 0,
                size: 1,
                depth: 1,
            };
        }
        let mut facts = Facts {
            variables: Variables::default(),
            symbols: Self::bit(Symbol(head)),
            size: 1,
            depth: 1,
        };
        for a in arguments {
            let f = self.facts[a.0 as usize];
            facts.variables = facts.variables.with(f.variables);
            facts.symbols |= f.symbols;
            facts.size = facts.size.saturating_add(f.size);
            facts.depth = facts.depth.max(f.depth.saturating_add(1));
        }
        facts
    }

    /// What a term of this store is.
    #[must_use]
    #[inline]
    pub fn view(&self, term: TermId) -> View<'_> {
        let node = self.nodes[term.0 as usize];
        if node.count == VARIABLE {
            View::Var(Var(node.head))
        } else {
            View::Apply(Symbol(node.head), self.slice(node))
        }
    }

    /// Whether it contains no variable.
    #[must_use]
    #[inline]
    pub fn is_ground(&self, term: TermId) -> bool {
        self.facts[term.0 as usize].variables.is_empty()
    }

    /// Its variables, as far as a word can hold them.
    #[must_use]
    #[inline]
    pub fn variables(&self, term: TermId) -> Variables {
        self.facts[term.0 as usize].variables
    }

    /// A bit for each symbol in it; different symbols may share one. An instance
    /// of a term has every bit of the term.
    #[must_use]
    #[inline]
    pub fn symbols(&self, term: TermId) -> u64 {
        self.facts[term.0 as usize].symbols
    }

    /// The bit of a symbol in [`Self::symbols`].
    #[must_use]
    #[inline]
    pub fn bit(symbol: Symbol) -> u64 {
        1 << (symbol.0.wrapping_mul(0x9E37_79B9) >> 26)
    }

    /// False only if the second term is no instance of the first: an instance
    /// is no smaller and has no fewer symbols.
    #[must_use]
    #[inline]
    pub fn may_match(&self, pattern: TermId, target: TermId) -> bool {
        let (p, t) = (
            &self.facts[pattern.0 as usize],
            &self.facts[target.0 as usize],
        );
        p.symbols & !t.symbols == 0 && p.size <= t.size && p.depth <= t.depth
    }

    /// Nodes of the term seen as a tree, saturating at `u32::MAX`.
    #[must_use]
    #[inline]
    pub fn size(&self, term: TermId) -> u32 {
        self.facts[term.0 as usize].size
    }

    /// Height; a variable or constant has 1.
    #[must_use]
    #[inline]
    pub fn depth(&self, term: TermId) -> u32 {
        self.facts[term.0 as usize].depth
    }

    /// How many distinct terms there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// Memory it takes, in bytes, as far as terms are concerned.
    #[must_use]
    pub fn bytes(&self) -> usize {
        size_of::<Node>() * self.nodes.capacity()
            + size_of::<Facts>() * self.facts.capacity()
            + size_of::<TermId>() * self.arguments.capacity()
            + size_of::<u32>() * self.index.capacity()
    }

    #[inline]
    fn slice(&self, node: Node) -> &[TermId] {
        let first = node.first as usize;
        &self.arguments[first..first + node.count as usize]
    }

    /// The term, found or made; most are found.
    fn intern(&mut self, head: u32, count: u32, arguments: &[TermId]) -> TermId {
        if (self.nodes.len() + 1) * 2 > self.index.len() {
            self.grow();
        }
        let mask = self.index.len() - 1;
        let mut at = hash(head, count, arguments) & mask;
        loop {
            let found = self.index[at];
            if found == FREE {
                break;
            }
            let node = self.nodes[found as usize];
            let same = node.head == head
                && node.count == count
                && (count == VARIABLE || self.slice(node) == arguments);
            if same {
                return TermId(found);
            }
            at = (at + 1) & mask;
        }
        let id = u32::try_from(self.nodes.len()).unwrap_or(FREE);
        let facts = self.facts(head, count, arguments);
        self.index[at] = id;
        make_room(&mut self.nodes, 1);
        make_room(&mut self.facts, 1);
        make_room(&mut self.arguments, arguments.len());
        self.nodes.push(Node {
            head,
            first: u32::try_from(self.arguments.len()).unwrap_or(u32::MAX),
            count,
        });
        self.arguments.extend_from_slice(arguments);
        self.facts.push(facts);
        TermId(id)
    }

    /// Forgets all terms but the first so many. The table is that of its terms put
    /// in by number, also after it grew; so the last one leaves no gap on the way
    /// of another.
    pub(crate) fn truncate(&mut self, length: usize) {
        let mask = self.index.len().wrapping_sub(1);
        while self.nodes.len() > length {
            let Some(node) = self.nodes.pop() else {
                return;
            };
            let id = self.nodes.len();
            self.facts.truncate(id);
            let variable = node.count == VARIABLE;
            let arguments = if variable { &[] } else { self.slice(node) };
            let mut at = hash(node.head, node.count, arguments) & mask;
            while self.index[at] as usize != id {
                at = (at + 1) & mask;
            }
            self.index[at] = FREE;
            self.arguments.truncate(node.first as usize);
        }
    }

    fn grow(&mut self) {
        let length = (self.index.len() * 2).max(1024);
        self.index.clear();
        self.index.resize(length, FREE);
        for (id, node) in self.nodes.iter().enumerate() {
            let arguments = if node.count == VARIABLE {
                &[]
            } else {
                let first = node.first as usize;
                &self.arguments[first..first + node.count as usize]
            };
            let mut at = hash(node.head, node.count, arguments) & (length - 1);
            while self.index[at] != FREE {
                at = (at + 1) & (length - 1);
            }
            self.index[at] = u32::try_from(id).unwrap_or(FREE);
        }
    }
}

/// Makes a list longer by a quarter when it is full: by doubling, half of a large
/// store would be room that is never used, and again in each copy that grows.
fn make_room<T>(list: &mut Vec<T>, more: usize) {
    if list.capacity() - list.len() < more {
        list.reserve_exact((list.len() / 4).max(more).max(64));
    }
}

/// Multiplication by an odd constant and rotation, word by word: fast, and the
/// keys are numbers that nobody outside can choose.
fn hash(head: u32, count: u32, arguments: &[TermId]) -> usize {
    const FACTOR: u64 = 0x9E37_79B9_7F4A_7C15;
    let start = (u64::from(head) << 32) | u64::from(count);
    let mixed = arguments.iter().fold(start.wrapping_mul(FACTOR), |h, a| {
        (h.rotate_left(23) ^ u64::from(a.0)).wrapping_mul(FACTOR)
    });
    // A table index is made of the low bits, and the high ones are mixed best.
    usize::try_from(mixed >> 32).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_terms_are_one_and_others_are_not() {
        let mut store = Store::new();
        let x = store.var(Var(0));
        let constant = store.apply(Symbol(0), &[]);
        let mut seen = vec![x, constant];
        // Enough to make the table grow several times.
        for i in 0..5_000_u32 {
            let before = seen[seen.len() - 1];
            let id = store.apply(Symbol(1 + i % 7), &[before, x]);
            assert!(!seen[seen.len().saturating_sub(8)..].contains(&id));
            seen.push(id);
        }
        assert_eq!(store.len(), seen.len());
        for (i, pair) in seen[1..].windows(2).enumerate() {
            let symbol = Symbol(1 + u32::try_from(i).unwrap_or(0) % 7);
            assert_eq!(store.apply(symbol, &[pair[0], x]), pair[1]);
            assert_eq!(store.view(pair[1]), View::Apply(symbol, &[pair[0], x]));
        }
        assert_eq!(store.view(x), View::Var(Var(0)));
        // A variable and a constant of one number are two terms.
        assert_ne!(x, constant);
    }

    #[test]
    fn variables_are_exact_below_the_last_bit() {
        let mut store = Store::new();
        let variables: Vec<_> = [0, 5, 62].map(|v| store.var(Var(v))).to_vec();
        let term = store.apply(Symbol(0), &variables);
        let found: Option<Vec<_>> = store.variables(term).exact().map(Iterator::collect);
        assert_eq!(found, Some(vec![Var(0), Var(5), Var(62)]));
        let large = store.var(Var(63));
        let term = store.apply(Symbol(0), &[large, variables[0]]);
        assert!(store.variables(term).exact().is_none());
        assert!(store.variables(term).may_meet(Variables::of(Var(1000))));
        assert!(!store.is_ground(term));
    }
}
