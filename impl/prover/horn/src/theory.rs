//! Equality of messages: the equational theory as variants.
//!
//! Placeholder shape; the fields are private to this crate.

/// The equational theory of a program.
#[derive(Clone, Debug, Default)]
pub struct Theory {}
