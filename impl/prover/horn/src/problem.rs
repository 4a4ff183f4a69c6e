//! What the translation yields: clauses with origins, the theory behind
//! equality, and one goal per query.

use crate::hint::Hint;
use crate::options::Options;
use crate::symbols::Symbols;
use crate::theory::Theory;
use logic::{Clause, Fact, Signature, Store, TermId, Var};
use pi::{FunId, NameId, PointId, Span};
use std::sync::Arc;

/// A program as Horn clauses.
#[derive(Clone, Debug)]
pub struct Translation {
    /// Symbols and predicate names.
    pub signature: Signature,
    /// Owner of every term below.
    pub store: Store,
    /// Equality of messages.
    pub theory: Theory,
    /// The initial clauses: attacker first, then the process in text order.
    /// The order and content are a function of the program alone. Copies of the
    /// translation, one for each goal, have them in common.
    pub clauses: Arc<Vec<InitialClause>>,
    /// What the clauses speak of; see [`crate::goal`].
    pub options: Options,
    /// How many phases there are; the last one is `phases - 1`.
    pub phases: u32,
    /// Which symbol stands for which function or name of the program.
    pub symbols: Symbols,
    /// What the writer wishes of the search.
    pub hints: Vec<Hint>,
}

/// A clause and why it is there.
#[derive(Clone, Debug)]
pub struct InitialClause {
    /// The clause.
    pub clause: Clause,
    /// Why it is there.
    pub origin: Origin,
}

/// Why a clause is there.
#[derive(Clone, Debug, PartialEq)]
pub enum Origin {
    /// The attacker applies a public constructor or destructor, in one of the
    /// ways in which it yields a message (variants of a constructor, rules of a
    /// destructor closed under the equational theory).
    Apply {
        /// Which function.
        function: FunId,
        /// Which of the ways, in the order of evaluation.
        rule: u32,
    },
    /// The attacker is given a name of a compromised session, or one may have a part
    /// in it.
    Compromised,
    /// The attacker makes fresh names.
    Fresh,
    /// The goal clause of the query with this index.
    Goal(u32),
    /// The attacker knows this name.
    Initial(NameId),
    /// The attacker listens on a channel it knows.
    Listen,
    /// What is known (or in a table) in a phase stays so in the next.
    NextPhase,
    /// An output, event or insert of the process.
    Process(ProcessOrigin),
    /// The attacker takes a data constructor or tuple apart.
    Project {
        /// Which function.
        function: FunId,
        /// Which component, from 0.
        component: u32,
    },
    /// The attacker sends on a channel it knows.
    Send,
    /// The clause with this index of the `clauses` declarations.
    User(u32),
}

/// Where in the process a clause comes from, and which path leads there.
#[derive(Clone, Debug, PartialEq)]
pub struct ProcessOrigin {
    /// The output, event or insert.
    pub action: PointId,
    /// Where it is written.
    pub span: Span,
    /// What the copy did before, outermost first.
    pub path: Vec<PathStep>,
}

/// One thing a copy of a process did on the way to an action. Terms are those
/// of the clause.
#[derive(Clone, Debug, PartialEq)]
pub enum PathStep {
    /// A condition, `let` or `get` went this way.
    Branch {
        /// Where.
        point: PointId,
        /// `then` or `else`.
        then: bool,
    },
    /// A component of a parallel composition.
    Component {
        /// Where.
        point: PointId,
        /// Which, from 0.
        index: u32,
    },
    /// An event, output or insert passed on the way.
    Passed {
        /// Where.
        point: PointId,
    },
    /// A `get` took an entry.
    Get {
        /// Where.
        point: PointId,
        /// Which hypothesis of the clause is the entry.
        hypothesis: u32,
    },
    /// An input received a message.
    Input {
        /// Where.
        point: PointId,
        /// Which hypothesis of the clause is the message.
        hypothesis: u32,
        /// The channel.
        channel: TermId,
        /// The message.
        message: TermId,
    },
    /// A phase was entered.
    Phase {
        /// Where.
        point: PointId,
        /// The phase.
        phase: u32,
    },
    /// A replication made this copy.
    Replicate {
        /// Where.
        point: PointId,
        /// The session variable.
        session: Var,
    },
}

impl PathStep {
    /// Where in the process it is.
    #[must_use]
    pub fn point(&self) -> PointId {
        match self {
            Self::Branch { point, .. }
            | Self::Component { point, .. }
            | Self::Get { point, .. }
            | Self::Input { point, .. }
            | Self::Passed { point }
            | Self::Phase { point, .. }
            | Self::Replicate { point, .. } => *point,
        }
    }
}

/// A query as a goal.
///
/// The goal clause is `premises → goal(x1,…,xn)` over the premise variables that
/// the conclusion shares, in order of declaration; the query holds if every
/// solved clause for the goal meets one disjunct. An injective query also wants
/// that executions of its injective premise events which differ are met by
/// executions of each injective event of the conclusion which differ; the former
/// are the last arguments of the goal, the latter the last argument of each
/// [`logic::Predicate::BeginAt`] fact of a disjunct.
#[derive(Clone, Debug)]
pub struct Goal {
    /// Index of the query in the program.
    pub query: u32,
    /// The goal clause. Event premises are [`logic::Predicate::End`] facts.
    pub clause: Clause,
    /// How many arguments of the goal, at its end, are executions of injective
    /// premise events.
    pub executions: usize,
    /// The query's conclusion in disjunctive normal form; empty means `false`.
    pub disjuncts: Vec<Disjunct>,
}

/// One disjunct. Premise variables are the arguments of the goal clause's
/// conclusion; all others are existential.
#[derive(Clone, Debug)]
pub struct Disjunct {
    /// Existential variables in order of first use.
    pub existentials: Vec<Var>,
    /// Facts: [`logic::Predicate::Begin`] for events,
    /// [`logic::Predicate::BeginAt`] for injective ones, or attacker, message,
    /// table and user facts.
    pub facts: Vec<Fact>,
    /// Equalities modulo the theory.
    pub equalities: Vec<(TermId, TermId)>,
    /// Disequalities modulo the theory.
    pub disequalities: Vec<(TermId, TermId)>,
}

impl Disjunct {
    /// The injective events.
    pub fn injective(&self) -> impl Iterator<Item = &Fact> {
        self.facts
            .iter()
            .filter(|f| matches!(f.predicate, logic::Predicate::BeginAt(_)))
    }
}
