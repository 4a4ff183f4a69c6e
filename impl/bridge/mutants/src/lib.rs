//! Mistakes made on purpose, and whether the gate notices each of them.
//!
//! ```text
//!  catalogue ──weave──▶ a copy of the implementation, every mistake behind a switch
//!                          │ one process for each mutant and scenario
//!                          ▼
//!                       recording ──▶ gate ──▶ Noticed::{AtStep, Elsewhere, No}
//! ```
//!
//! No switch exists in what ships: [`generate`] writes it into a copy below
//! `target/`, and only there. Recordings, models and mappings are changed as
//! well, since the gate trusts none of them.
//!
//! ```
//! use mutants::catalogue;
//!
//! assert!(catalogue::all().iter().any(|mutant| mutant.id == "binder-without-exporter"));
//! ```
//!
//! - [`catalogue`]: the mistakes, and those nobody can make
//! - [`weave()`]: mistakes into text
//! - [`generate`]: the workspace that is built
//! - [`Noticed`]: what the gate made of it
//! - [`Watched`]: what a monitor would have made of it
//! - [`recordings`]: recordings with one thing changed
//! - [`text`]: models and mappings with one place changed

pub mod catalogue;
mod judge;
mod mutant;
pub mod recordings;
pub mod text;
mod watched;
mod weave;
mod workspace;

pub use judge::{Noticed, all_accepted};
pub use mutant::{Edit, How, Mutant, Scenario};
pub use watched::Watched;
pub use weave::{Files, OutOfDate, weave};
pub use workspace::{COPIED, VARIABLE, generate};
