//! A clause that is being simplified, with a memory of what its hypotheses
//! became.
//!
//! A derivation must be rebuilt from initial clauses, so no hypothesis may
//! vanish without a trace. Every hypothesis that a clause ever had carries a
//! number; one that was removed has a [`Support`] that says what derives it.

use crate::history::{History, Trace};
use logic::{Clause, Fact};

/// What stands for a hypothesis.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Support {
    /// An instance of this entry of the clause set, whose hypotheses are in turn
    /// supported by the hypotheses with these numbers.
    Clause {
        /// Which entry.
        entry: u32,
        /// Numbers of hypotheses, one per hypothesis of the entry.
        premises: Vec<u32>,
    },
    /// It is still a hypothesis.
    Kept,
    /// Nothing: any message will do.
    Open,
    /// The hypothesis with this number, which is or becomes equal.
    Same(u32),
}

/// A clause that is being simplified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// The clause as it is now.
    pub clause: Clause,
    /// The number of each hypothesis.
    pub numbers: Vec<u32>,
    /// One per number.
    pub supports: Vec<Support>,
    /// Projection entries to apply to the conclusion that the origin gives, in
    /// this order.
    pub projections: Vec<u32>,
    /// The entry of which the clause became an instance, whatever its origin
    /// was; its hypotheses have the first numbers.
    pub instance_of: Option<u32>,
    /// How many entries there were when it was simplified to the end and none of
    /// them subsumed it; `None` if it was changed since.
    pub(crate) settled: Option<u32>,
}

impl Draft {
    /// A clause whose hypotheses are numbered in order.
    #[must_use]
    pub fn new(clause: Clause) -> Self {
        let count = clause.hypotheses.len();
        Self {
            clause,
            numbers: (0..count).map(number).collect(),
            supports: vec![Support::Kept; count],
            projections: Vec::new(),
            instance_of: None,
            settled: None,
        }
    }

    /// What a derivation needs to know of it.
    pub(crate) fn history(&self) -> History {
        History::of(&self.numbers, &self.supports, &self.projections)
    }

    /// A number for a fact that is not (or not yet) a hypothesis.
    pub fn allocate(&mut self, support: Support) -> u32 {
        let id = number(self.supports.len());
        self.supports.push(support);
        id
    }

    /// Removes a hypothesis and says what stands for it.
    pub fn remove(&mut self, position: usize, support: Support) {
        self.clause.hypotheses.remove(position);
        let id = self.numbers.remove(position);
        self.support(id, support);
    }

    /// Says what stands for a number.
    pub fn support(&mut self, id: u32, support: Support) {
        if let Some(slot) = self.supports.get_mut(id as usize) {
            *slot = support;
        }
    }

    /// Replaces a hypothesis in place by others and returns their numbers.
    pub fn replace(&mut self, position: usize, facts: Vec<Fact>) -> (u32, Vec<u32>) {
        let old = self.numbers[position];
        let new: Vec<_> = facts.iter().map(|_| self.allocate(Support::Kept)).collect();
        self.clause.hypotheses.splice(position..=position, facts);
        self.numbers
            .splice(position..=position, new.iter().copied());
        (old, new)
    }
}

/// A draft that waits for its turn.
#[derive(Debug)]
pub(crate) struct Waiting {
    clause: Clause,
    history: History,
    instance_of: Option<u32>,
    settled: Option<u32>,
}

impl From<Draft> for Waiting {
    fn from(draft: Draft) -> Self {
        let history = draft.history();
        let mut clause = draft.clause;
        // Simplification has left room behind.
        clause.hypotheses.shrink_to_fit();
        clause.constraints.shrink_to_fit();
        Self {
            clause,
            history,
            instance_of: draft.instance_of,
            settled: draft.settled,
        }
    }
}

impl From<Waiting> for Draft {
    fn from(waiting: Waiting) -> Self {
        let Trace {
            numbers,
            supports,
            projections,
        } = waiting.history.trace();
        Self {
            clause: waiting.clause,
            numbers,
            supports,
            projections,
            instance_of: waiting.instance_of,
            settled: waiting.settled,
        }
    }
}

fn number(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
