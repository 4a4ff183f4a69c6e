//! What a typed process may do next: labelled transitions, replay of attack
//! traces, and whether a run falsifies a query.
//!
//! ```text
//! Program ──▶ Semantics ──step──▶ State ──▶ Run ──falsify──▶ Violation
//!               │                                 (query false)
//!               └─ Messages: ground terms modulo the equations
//! ```
//!
//! This crate reads the *source* process and shares nothing with the clauses
//! or the engine but the typed program: a negative verdict rests on it alone.
//! Two layers can be used apart: evaluating terms and matching patterns
//! ([`Evaluator`] over [`Effects`]), and steps of a run ([`Semantics::step`]).
//!
//! ```
//! use proof::attack::{Copy, Premise, Recipe, Step};
//!
//! let mut sources = pi::Sources::default();
//! sources.add(
//!     "secrecy.pv",
//!     "free c: channel. free s: bitstring [private].
//!      query attacker(s).
//!      process out(c, s)",
//! );
//! let program = pi::load(sources).program.expect("no error");
//! let mut semantics = semantics::Semantics::new(&program).expect("no equations");
//! let listen = Step::Output {
//!     copy: Copy(0),
//!     channel: Recipe::Name(0),
//!     entries: Vec::new(),
//! };
//! let run = semantics::run_steps(&mut semantics, &[listen]).expect("c is public");
//! let knows = [Premise::Knows(Recipe::Output(0))];
//! let verdict = semantics::falsify(&mut semantics, &run, &program.queries[0], &knows);
//! assert!(matches!(verdict, semantics::Falsification::Falsified(_)));
//! ```

mod act;
mod communicate;
mod error;
mod evaluate;
mod falsify;
mod knowledge;
mod messages;
mod predicates;
mod print;
mod recipe;
mod replay;
mod rewriting;
mod settle;
mod state;
mod step;
mod theory;

pub use error::StepError;
pub use evaluate::{Effects, Environment, Evaluator, Place, Pure};
pub use falsify::{FAILS, Falsification, Violation, ViolationKind, falsify};
pub use knowledge::{Deduction, Knowledge, deduce};
pub use messages::{ComputeError, Message, Messages, Node, Value, opens};
pub use print::{LENGTH_LIMIT, Printer};
pub use recipe::{available, carry_out};
pub use replay::{Performed, ReplayError, Run, replay, run_steps};
pub use settle::{settle, silent_step};
pub use state::{EntryRecord, EventRecord, Moment, SentRecord, State, Thread, stands_at};
pub use step::{Happened, Semantics};
pub use theory::TheoryError;
