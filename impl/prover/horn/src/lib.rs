//! A typed program as Horn clauses, every clause with its origin.

mod problem;
mod theory;

pub use problem::{Disjunct, Goal, InitialClause, Origin, PathStep, ProcessOrigin, Translation};
pub use theory::Theory;
