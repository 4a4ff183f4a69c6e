//! Bounds on the work, and the word for having met one.

use thiserror::Error;

/// How much work a saturation may do. Meeting a bound is never a verdict.
#[derive(Clone, Copy)]
pub struct Limits<'a> {
    /// Clauses that may be alive or waiting.
    pub clauses: u64,
    /// Height that a term may have.
    pub depth: u32,
    /// Hypotheses that a clause may have, goals apart.
    pub hypotheses: u32,
    /// Asked now and then; `true` stops.
    pub interrupted: &'a dyn Fn() -> bool,
    /// How many names of one symbol may stand below each other in what a clause
    /// concludes, goals apart. A name is made from what came before it, so that
    /// few do, unless there is no end to them.
    pub nesting: u32,
    /// Resolutions that may be computed.
    pub resolutions: u64,
    /// Distinct terms that the store may hold.
    pub terms: u64,
}

impl Default for Limits<'_> {
    fn default() -> Self {
        Self {
            clauses: 200_000,
            depth: 1_000,
            hypotheses: 1_000,
            interrupted: &|| false,
            nesting: 12,
            resolutions: 20_000_000,
            terms: 20_000_000,
        }
    }
}

/// Why saturation ended before it was complete.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum StopReason {
    /// [`Limits::clauses`].
    #[error("more than {0} clauses")]
    Clauses(u64),
    /// [`Limits::depth`].
    #[error("a term nested more than {0} deep")]
    Depth(u32),
    /// [`Limits::hypotheses`].
    #[error("a clause with more than {0} hypotheses")]
    Hypotheses(u32),
    /// [`Limits::interrupted`].
    #[error("interrupted")]
    Interrupted,
    /// [`Limits::nesting`].
    #[error("more than {0} names of one symbol below each other")]
    Nesting(u32),
    /// [`Limits::resolutions`].
    #[error("more than {0} resolutions")]
    Resolutions(u64),
    /// [`Limits::terms`].
    #[error("more than {0} distinct terms")]
    Terms(u64),
}

/// How far a saturation is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Clauses alive.
    pub clauses: u64,
    /// Clauses that were ever inserted.
    pub inserted: u64,
    /// Clauses that wait.
    pub queue: u64,
    /// Resolutions computed.
    pub resolutions: u64,
}
