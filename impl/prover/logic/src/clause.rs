//! Facts, disequalities and Horn clauses.
//!
//! The vocabulary is that of the translation from processes to Horn clauses
//! (Blanchet, "Modeling and Verifying Security Protocols with the Applied Pi
//! Calculus and ProVerif", 2016, section 4): a fact is derivable whenever some
//! run makes it true.

use crate::arguments::Arguments;
use crate::term::{TermId, Var};

/// What a fact says. Numbers of events, tables and user predicates index the
/// names registered with [`crate::Signature::add_predicate`].
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
pub enum Predicate {
    /// `(occurrence, message)`: this occurrence of an input received this
    /// message. Blocked. Two of them with the same occurrence have the same
    /// message.
    Action,
    /// `(a, b)`: both are natural numbers, and `a` is at least `b`. Decided by
    /// arithmetic, never resolved upon.
    AtLeast,
    /// `(message)`: the attacker can know it in this phase.
    Attacker(u32),
    /// `(arguments…)`: the event was executed. Blocked.
    Begin(u32),
    /// `(arguments…, context, occurrence)`: as [`Self::Begin`], with what the
    /// copy had taken from outside by then, and the execution that did it. Two
    /// of them with the same occurrence are equal. Blocked.
    BeginAt(u32),
    /// `(arguments…)`: the event can be reached.
    End(u32),
    /// `(arguments…, occurrence)`: as [`Self::End`], with the execution.
    EndAt(u32),
    /// `(premise variables…)`: the premise of a query can be met.
    Goal(u32),
    /// `(channel, message)`: the message can be sent on the channel in this
    /// phase.
    Message(u32),
    /// `(message)`: it is a natural number. Decided by arithmetic.
    Natural,
    /// `(message)`: it is no natural number. Decided by arithmetic.
    NotNatural,
    /// `(columns…)`: the entry can be in the table.
    Table {
        /// Phase.
        phase: u32,
        /// Number of the table.
        table: u32,
    },
    /// `(arguments…)`: a user predicate.
    User {
        /// Number of the predicate.
        predicate: u32,
        /// Never resolved upon.
        blocking: bool,
    },
}

/// Where types are respected, the number of an attacker or message fact says
/// the type of the message beside the phase: `type * 2^16 + phase`. Otherwise it
/// is the phase, which is the same with type 0.
pub const PHASES: u32 = 1 << 16;

/// From this type on the number is of another kind of fact: that a message is of
/// compromised sessions alone (see the translation).
pub const COMPROMISED: u32 = 1 << 15;

/// The phase in the number of an attacker or message fact.
#[must_use]
pub fn phase_of(number: u32) -> u32 {
    number % PHASES
}

/// The type in the number of an attacker or message fact.
#[must_use]
pub fn type_of(number: u32) -> u32 {
    number / PHASES
}

impl Predicate {
    /// Whether a hypothesis with this predicate is never resolved upon.
    #[must_use]
    pub fn is_blocked(self) -> bool {
        matches!(
            self,
            Self::Action
                | Self::AtLeast
                | Self::Begin(_)
                | Self::BeginAt(_)
                | Self::Natural
                | Self::NotNatural
                | Self::User { blocking: true, .. }
        )
    }

    /// Whether arithmetic decides it: the facts of a clause with these
    /// predicates are one constraint on numbers.
    #[must_use]
    pub fn is_number(self) -> bool {
        matches!(self, Self::AtLeast | Self::Natural | Self::NotNatural)
    }
}

/// A predicate over terms of one [`crate::Store`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fact {
    /// The predicate.
    pub predicate: Predicate,
    /// As many terms as the predicate takes.
    pub arguments: Arguments,
}

impl Fact {
    /// A fact.
    #[must_use]
    pub fn new(predicate: Predicate, arguments: impl Into<Arguments>) -> Self {
        Self {
            predicate,
            arguments: arguments.into(),
        }
    }
}

/// `forall universals. (L1,…,Lk) differs from (R1,…,Rk)`: for every choice of
/// the universal variables at least one pair differs (modulo the equational
/// theory). With no pair it is false.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Disequality {
    /// Variables that range over all messages; their scope is this constraint.
    pub universals: Vec<Var>,
    /// The pairs.
    pub pairs: Vec<(TermId, TermId)>,
}

/// `constraints ∧ hypotheses → conclusion`, all variables universally
/// quantified.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Clause {
    /// All must hold.
    pub constraints: Vec<Disequality>,
    /// All must be derivable (blocked ones: have happened).
    pub hypotheses: Vec<Fact>,
    /// Then this is derivable.
    pub conclusion: Fact,
}
