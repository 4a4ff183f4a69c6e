//! Hash-consed terms.
//!
//! Equal terms of one [`Store`] have equal [`TermId`]s, so equality is a
//! comparison of integers and a term is a directed acyclic graph: the models
//! this prover is made for have terms whose trees are a thousand times larger
//! than their graphs. A store is a value passed in, never a global; cloning it
//! gives a worker its own.

use crate::symbol::Symbol;
use std::collections::HashMap;

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

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Node {
    Apply(Symbol, Box<[TermId]>),
    Var(Var),
}

#[derive(Clone, Copy, Debug)]
struct Facts {
    ground: bool,
    /// Nodes of the tree, saturating.
    size: u32,
    depth: u32,
}

/// Owner of terms.
#[derive(Clone, Debug, Default)]
pub struct Store {
    nodes: Vec<Node>,
    facts: Vec<Facts>,
    index: HashMap<Node, TermId>,
}

impl Store {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The term that is this variable.
    pub fn var(&mut self, var: Var) -> TermId {
        self.intern(
            Node::Var(var),
            Facts {
                ground: false,
                size: 1,
                depth: 1,
            },
        )
    }

    /// The symbol applied to the terms, which must be of this store.
    pub fn apply(&mut self, symbol: Symbol, arguments: &[TermId]) -> TermId {
        let mut facts = Facts {
            ground: true,
            size: 1,
            depth: 1,
        };
        for a in arguments {
            let f = self.facts[a.0 as usize];
            facts.ground &= f.ground;
            facts.size = facts.size.saturating_add(f.size);
            facts.depth = facts.depth.max(f.depth.saturating_add(1));
        }
        self.intern(Node::Apply(symbol, arguments.into()), facts)
    }

    /// What a term of this store is.
    #[must_use]
    pub fn view(&self, term: TermId) -> View<'_> {
        match &self.nodes[term.0 as usize] {
            Node::Apply(symbol, arguments) => View::Apply(*symbol, arguments),
            Node::Var(var) => View::Var(*var),
        }
    }

    /// Whether it contains no variable.
    #[must_use]
    pub fn is_ground(&self, term: TermId) -> bool {
        self.facts[term.0 as usize].ground
    }

    /// Nodes of the term seen as a tree, saturating at `u32::MAX`.
    #[must_use]
    pub fn size(&self, term: TermId) -> u32 {
        self.facts[term.0 as usize].size
    }

    /// Height; a variable or constant has 1.
    #[must_use]
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

    fn intern(&mut self, node: Node, facts: Facts) -> TermId {
        if let Some(id) = self.index.get(&node) {
            return *id;
        }
        let id = TermId(u32::try_from(self.nodes.len()).unwrap_or(u32::MAX));
        self.nodes.push(node.clone());
        self.facts.push(facts);
        self.index.insert(node, id);
        id
    }
}
