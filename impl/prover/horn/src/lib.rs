//! A typed program as Horn clauses, every clause with its origin.
//!
//! ```text
//! pi::Program ──scope──▶ symbols ─┐
//!      │                          ├─▶ attacker clauses ─┐
//!      ├──equations──▶ Theory ────┤                     ├─▶ Translation
//!      ├──process──evaluate───────┴─▶ process clauses ──┘      │
//!      └──query──formula──────────────────────────────▶ Goal ◀─┘
//! ```
//!
//! The clauses over-approximate the program: whatever a run makes true, they
//! derive. So a query that holds of the clauses holds of every run; a
//! derivation, on the other hand, is not an attack until it has been replayed.
//! This crate is trusted for the first half of that sentence, and therefore
//! prefers the plain way to the clever one.

mod attacker;
mod branch;
mod canonical;
mod destructor;
mod evaluate;
mod formula;
mod goal;
mod matching;
mod options;
mod print;
mod problem;
mod process;
mod scope;
mod support;
mod symbols;
mod theory;
mod translate;
mod unify;

pub use goal::goal;
pub use options::{Kept, Options, options};
pub use print::print;
pub use problem::{Disjunct, Goal, InitialClause, Origin, PathStep, ProcessOrigin, Translation};
pub use symbols::{FreshName, Symbols};
pub use theory::{Simplified, Theory, VARIANT_LIMIT};
pub use translate::{CLAUSE_LIMIT, translate};
