//! Whether a verdict means what it says: alive, tight, and under which leaks.
//!
//! A true query can be true for a reason nobody wants: its premise never
//! happens without a compromise that the conclusion excuses, or a disjunct is
//! never needed, or a check of a role never matters. This crate asks the
//! questions that tell, by editing the typed program and letting a prover
//! answer:
//!
//! ```text
//!                 ┌ alive   premise ==> excuses          must break
//! premise ==>     │ tight   a disjunct dropped           must break
//!   core ∨ excuses│ checks  a test of a role dropped     something must break
//!                 └ sweep   core, with only the leaks S  the largest S that hold
//! ```
//!
//! It proves nothing itself: the prover is a parameter ([`Prover`]), and what
//! it answers is certified or replayed by whoever lends it.
//!
//! ```
//! let mut sources = pi::Sources::default();
//! sources.add("a.pv", "
//!     free c: channel. event Leak. event Sent. event Accepted.
//!     query event(Accepted) ==> event(Sent) || event(Leak).
//!     process event Sent; event Accepted");
//! let program = pi::load(sources).program.expect("well-formed");
//! let known = scrutiny::Compromises::parse("[[compromise]]\nevent = 'Leak'\nname = 'LTK'\n")
//!     .expect("well-formed");
//! let shape = scrutiny::Shape::of(&program, 0, &known).expect("a correspondence");
//! assert_eq!((shape.core.len(), shape.excuses.len()), (1, 1));
//! ```

mod alive;
mod checks;
mod compromise;
mod lattice;
mod reasons;
mod shape;
mod sweep;
mod tight;
mod walk;

pub use alive::{alive, honest};
pub use checks::{Check, checks, emitted, without};
pub use compromise::{Compromise, CompromiseError, Compromises, Weakness};
pub use lattice::{Frontier, Outcome, frontier, frontier_from};
pub use reasons::{ReasonError, Reasons, reasons};
pub use shape::Shape;
pub use sweep::{Capability, Sweep, World, Worldly, only, sweep, sweep_weakened};
pub use tight::{Dropped, weaker};

use pi::Program;
use std::collections::BTreeSet;

/// What a prover says of a query of an edited program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It holds.
    Holds,
    /// A run breaks it; these events happened in that run.
    Broken {
        /// Names of the events.
        events: BTreeSet<String>,
    },
    /// Neither; why.
    Open(String),
}

/// Whoever answers: a program and the number of one of its queries.
pub type Prover<'a> = dyn FnMut(&Program, u32) -> Answer + 'a;
