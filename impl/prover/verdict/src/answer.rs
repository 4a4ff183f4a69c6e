//! The four words of a verdict.

use crate::run::Attack;
use logic::{Clause, Signature, Store};
use pi::Diagnostic;
use proof::{Derivation, SaturationCertificate};
use saturation::{Progress, StopReason};
use thiserror::Error;

/// What is known about a query.
#[derive(Clone, Debug)]
pub enum Verdict {
    /// A run of the process was replayed, and it falsifies the query. Only
    /// [`crate::run`] can make an [`Attack`].
    Attacked(Box<Attack>),
    /// It holds of the clauses, hence of every run; the certificate says why and
    /// should be checked before anybody believes it.
    Proved(Box<SaturationCertificate>),
    /// Neither: it is derivable in the clauses that the query fails, and no run
    /// was found that does.
    Undecided(Box<Undecided>),
    /// A limit was met before an answer.
    Stopped(StopReason),
}

/// A query that was neither proved nor attacked.
#[derive(Clone, Debug)]
pub struct Undecided {
    /// Why.
    pub reason: Reason,
    /// Why the derivations could not be followed, one sentence each.
    pub obstacles: Vec<String>,
    /// Derivations that would break the query if they were runs, smallest
    /// first.
    pub derivations: Vec<Derivation>,
    /// The solved goal clauses that meet no disjunct, as printed.
    pub clauses: Vec<String>,
    /// Owner of the terms of the derivations.
    pub store: Store,
    /// Their symbols.
    pub signature: Signature,
}

/// Why a query is undecided.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum Reason {
    /// It fails of the clauses, which say more than the runs do.
    #[error("the query fails in the abstraction, in {}; no run was found that follows one", ways(*.0))]
    Derivable(usize),
    /// The saturated set could not be justified.
    #[error("the proof could not be written down: nothing was found that covers {0}")]
    Uncovered(String),
}

fn ways(count: usize) -> String {
    match count {
        1 => "one way".to_owned(),
        _ => format!("{count} ways"),
    }
}

/// Why there is no verdict.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum Refused {
    /// There is no query with this index.
    #[error("there is no query {query}; the program has {count}")]
    NoSuchQuery {
        /// What was asked for.
        query: u32,
        /// How many there are.
        count: usize,
    },
    /// The program or query uses something that is not supported.
    #[error("the program cannot be translated: {}", .0.first().map_or("", |d| &d.message))]
    Untranslatable(Vec<Diagnostic>),
}

/// A verdict, and what it took.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The verdict.
    pub verdict: Verdict,
    /// The engine's counts for the goal.
    pub progress: Progress,
}

/// A clause in print.
pub(crate) fn shown(signature: &Signature, store: &Store, clause: &Clause) -> String {
    logic::print::clause(signature, store, clause)
}
