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
//!
//! ```
//! let mut sources = pi::Sources::default();
//! sources.add(
//!     "secrecy.pv",
//!     "free c: channel.
//!      free s: bitstring [private].
//!      query attacker(s).
//!      process in(c, x: bitstring); out(c, (x, s))",
//! );
//! let program = pi::load(sources).program.expect("no error");
//! let options = horn::options(&program, 0);
//! let mut translation = horn::translate(&program, &options).expect("supported");
//! let goal = horn::goal(&program, &mut translation, 0).expect("supported");
//! assert!(goal.disjuncts.is_empty());
//! let text = horn::print(&program, &translation, &[goal]);
//! assert!(text.contains("attacker(x0) -> attacker((x0,s[]))"));
//! assert!(text.contains("attacker(s[]) -> goal0()"));
//! ```

mod attacker;
mod branch;
mod canonical;
mod carried;
mod compromise;
mod destructor;
mod differs;
mod evaluate;
mod formula;
mod goal;
mod hint;
mod induction;
mod lemma;
mod matching;
mod nested;
mod number;
mod options;
mod otherwise;
mod predicate;
mod print;
mod problem;
mod process;
mod scope;
mod shape;
mod sharing;
mod support;
mod symbols;
mod theory;
mod time;
mod trail;
mod translate;
mod trichotomy;
mod types;
mod unfolded;
mod unify;

pub use carried::carried;
pub use compromise::Kinds;
pub use goal::{goal, goal_of, other_parts, parts};
pub use hint::Hint;
pub use induction::{Induction, induction};
pub use lemma::{Lemma, lemmas};
pub use options::{Kept, Options, induction_options, options, options_of};
pub use print::print;
pub use problem::{Disjunct, Goal, InitialClause, Origin, PathStep, ProcessOrigin, Translation};
pub use sharing::{Sharing, shared_options};
pub use symbols::{FreshName, Symbols};
pub use theory::{Numbers, Simplified, Theory, VARIANT_LIMIT};
pub use translate::{CLAUSE_LIMIT, Untranslated, translate, translate_unless};
