//! Times, clause counts and peak memory of the prover, beside another one's.
//!
//! ```text
//! model ──▶ judge: every query proved and checked, or attacked and replayed ──▶ Judged
//! process ──▶ usage: CPU seconds and peak memory from its status files ──▶ Usage
//! rows ──▶ table: our numbers, the other tool's, and the ratios
//! ```
//!
//! What starts processes and reads clocks is the bench target `prover`; here is
//! what can be tested without. Models to measure are in `models/`, growing ones
//! come from [`differential::family`].

mod judge;
mod table;
mod usage;

pub use judge::{Judged, judge};
pub use table::{Row, table};
pub use usage::{Usage, usage};
