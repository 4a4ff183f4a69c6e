//! Selection, resolution, subsumption, simplification: a clause set to its
//! saturated form.
//!
//! ```text
//! clauses ──▶ simplify ──▶ subsumed? ──no──▶ select ──▶ insert ──▶ resolve ─┐
//!                ▲                                                          │
//!                └──────────────────── lightest first ◀─────────────────────┘
//! ```
//!
//! The method is resolution with free selection (Blanchet, 2016 survey, section
//! 4): when it ends, every derivable fact is derived by clauses that select their
//! conclusion. This crate has never heard of processes, queries or certificates;
//! it knows clauses, what a caller says about equality ([`Constraints`]) and what
//! the result is for ([`Purpose`]). Clauses keep their history, from which
//! [`Saturated::derivation`] rebuilds a derivation over initial clauses and
//! [`Saturated::closure`] a justification for every resolvent.

mod complete;
mod compose;
mod constraints;
mod context;
mod cover;
mod derivation;
mod draft;
mod fingerprint;
mod heads;
mod history;
mod knowledge;
mod limits;
mod matching;
mod nesting;
mod outline;
pub mod rules;
mod saturate;
pub mod selection;
mod set;
mod simplify;
mod special;
mod stamped;
mod unification;
mod variables;

pub use compose::composes;
pub use constraints::{Constraints, Simplified, Syntactic, implies};
pub use context::{Cases, Context, Everything, Outcome, Purpose, Rule, Scratch};
pub use cover::{Apart, Cover, End, Piece, Resolvent, Step, Uncovered, Way};
pub use derivation::{Derivation, Node, TooLarge};
pub use draft::{Draft, Support};
pub use limits::{Limits, Progress, StopReason};
pub use matching::{Mark, Matcher};
pub use saturate::{Extension, Saturated, Setting, saturate};
pub use selection::{Pattern, selectable};
pub use set::{ClauseSet, Entry, Origin, Selection};
pub use simplify::simplify;
pub use unification::{UNIVERSALS, Unifier};
