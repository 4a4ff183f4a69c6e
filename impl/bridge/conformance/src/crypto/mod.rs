//! Recomputation with a second crypto library.
//!
//! The endpoints under test use another one. Agreement therefore means that
//! two independent implementations computed the same octets.

pub(crate) mod signature;
mod suite;

pub(crate) use suite::{Hash, Running};
