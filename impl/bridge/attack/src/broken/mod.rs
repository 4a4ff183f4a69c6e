//! Endpoints with one mistake each, for attacks that need one.
//!
//! They are made of the same public parts as the endpoints of [`attested`] and
//! differ in the one thing their module says. None is reachable from there: an
//! arrow from `attested` to this crate does not exist. Without its mistake each
//! refuses the attack it is made for, as a test sees to.

pub mod certified;
pub mod post;
pub(crate) mod tls;
pub mod woven;
