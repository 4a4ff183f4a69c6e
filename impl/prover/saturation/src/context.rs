//! What a rule may look at and use.

use crate::constraints::{Constraints, Memory};
use crate::draft::Draft;
use crate::matching::Matcher;
use crate::set::ClauseSet;
use crate::stamped::Stamped;
use crate::unification::Unifier;
use logic::{Predicate, Signature, Store};

/// What the saturated set is for.
pub trait Purpose {
    /// Whether blocked hypotheses with this predicate matter. Those that do not
    /// are dropped, which makes a clause stronger.
    fn keeps(&self, predicate: Predicate) -> bool;
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
    pub(crate) marks: Stamped,
    pub(crate) held: Stamped,
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
