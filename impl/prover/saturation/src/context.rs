//! What a rule may look at and use.

use crate::compose::Composing;
use crate::constraints::{Constraints, Memory};
use crate::draft::Draft;
use crate::matching::Matcher;
use crate::nesting::Nesting;
use crate::set::ClauseSet;
use crate::unification::Unifier;
use logic::{Clause, Fact, Predicate, Signature, Store};

/// What the saturated set is for.
pub trait Purpose {
    /// Whether blocked hypotheses with this predicate matter. Those that do not
    /// are dropped, which makes a clause stronger.
    fn keeps(&self, predicate: Predicate) -> bool;

    /// Whether it matters what the attacker knew, and when. A clause must then
    /// not be left out because something leaked that makes its conclusion: that
    /// may come later, or never.
    fn asks_knowledge(&self) -> bool {
        false
    }

    /// How much a caller wishes that hypotheses like this one are selected: above
    /// zero before all others, below zero not at all. It may steer the search
    /// only.
    fn weight(&self, store: &mut Store, fact: &Fact) -> Option<i64> {
        let _ = (store, fact);
        None
    }

    /// Whether clauses for goals are resolved upon what was found to make facts grow,
    /// too. There may be no end to that.
    fn persists(&self) -> bool {
        false
    }

    /// A case distinction for a clause that concludes a goal, if one is known
    /// and would say something new: in every run that matters, whenever the
    /// hypotheses and constraints hold, those of a case do.
    fn cases(&self, store: &mut Store, clause: &Clause) -> Option<Cases> {
        let _ = (store, clause);
        None
    }
}

/// A case distinction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cases {
    /// The caller's number for what it rests on.
    pub by: u32,
    /// Which hypotheses it is about, in the caller's order.
    pub premises: Vec<u32>,
    /// The cases: instances of the clause, with more hypotheses behind its own
    /// and more constraints. No variable is numbered like a universal one.
    pub parts: Vec<Clause>,
}

/// The purpose for which every blocked hypothesis matters.
#[derive(Clone, Copy, Debug, Default)]
pub struct Everything;

impl Purpose for Everything {
    fn keeps(&self, _: Predicate) -> bool {
        true
    }
}

/// Tables that inferences reuse.
#[derive(Clone, Debug, Default)]
pub struct Scratch {
    pub(crate) unifier: Unifier,
    pub(crate) matcher: Matcher,
    pub(crate) memory: Memory,
    pub(crate) composing: Composing,
    pub(crate) nesting: Nesting,
    /// Hypotheses that another stands for.
    pub(crate) used: Vec<bool>,
}

/// What a rule may look at and use.
pub struct Context<'a> {
    /// Owner of terms.
    pub store: &'a mut Store,
    /// Symbols.
    pub signature: &'a Signature,
    /// Equality.
    pub theory: &'a dyn Constraints,
    /// The clause set as it stands.
    pub set: &'a ClauseSet,
    /// What all this is for.
    pub purpose: &'a dyn Purpose,
    /// Tables.
    pub scratch: &'a mut Scratch,
}

/// What a rule did to a clause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It changed it.
    Changed,
    /// It showed that the clause adds nothing.
    Redundant,
    /// Nothing.
    Unchanged,
}

/// A simplification rule.
pub type Rule = fn(&mut Draft, &mut Context<'_>) -> Outcome;
