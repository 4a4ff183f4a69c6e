//! Labels: what the author of a model expects of each query.
//!
//! A label stands in the comment directly before a `query` declaration:
//!
//! ```text
//! (* @holds G-RA1 tight
//!    Accepted Evidence was produced by a genuine machine. *)
//! query …
//! ```
//!
//! First line: `@holds ID [tight]`, `@broken ID ATTACK`, `@reachable ID` or
//! `@undecided ID WHY…`. The rest is the sentence that reports print.

use crate::source::Span;

/// A label with its id and sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// What is expected.
    pub expected: Expected,
    /// Short id, unique in its file: `G-RA1`.
    pub id: String,
    /// One sentence for the report.
    pub sentence: String,
    /// The comment.
    pub span: Span,
}

/// What is expected of a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expected {
    /// `@broken`: false, with an attack.
    Broken {
        /// Name of the attack, a directory below `models/`.
        attack: String,
    },
    /// `@holds`: true.
    Holds {
        /// Each disjunct and each check is needed.
        tight: bool,
    },
    /// `@reachable`: the negated reachability query is false.
    Reachable,
    /// `@undecided`: neither.
    Undecided {
        /// Why.
        why: String,
    },
}
