//! The inference rules, one a file.
//!
//! To add a simplification: write `rules/NAME.rs` with a function of type
//! [`crate::Rule`] whose header argues that the result is equivalent to the
//! clause (or at least subsumes it), put it into the order in
//! [`crate::simplify`], and a table of cases into `tests/rules/NAME.rs`.
//! If it makes a clause weaker or drops it, the certificate needs a word for it:
//! see [`crate::Step`] and [`crate::End`].

pub mod cases;
pub mod composed;
pub mod condense;
pub mod contradiction;
pub mod decompose;
pub mod derivable;
pub mod derived;
pub mod duplicate;
pub mod instance;
pub mod irrelevant;
pub mod numbers;
pub mod occurrence;
pub mod resolution;
pub mod split;
pub mod subsumption;
pub mod tautology;
pub mod unit;
pub mod unused;
