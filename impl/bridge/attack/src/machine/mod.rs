//! The attacker, on octets: a Dolev–Yao machine.
//!
//! ```text
//!  plan: terms ──evaluate──▶ values ──▶ octets to a party
//!                  ▲
//!  what parties sent, names of its own, leaked keys
//! ```
//!
//! It computes what a plan's recipes say and nothing else. Each function symbol
//! of the models is one function on octets here (`evaluate`); a symbol without
//! one ends the run, [`Stuck::NotExpressible`], and is never passed over.
//!
//! Recipes are often degenerate: the prover takes the group's generator for a
//! key share because it will do. [`Position::Literal`] enacts that as it
//! stands; [`Position::General`] puts a share of a private value of its own in
//! its place, and the secret that follows from it where the recipe has the
//! peer's share in place of a secret.

pub mod codec;
mod evaluate;
pub mod evidence;
pub mod suite;
pub mod value;
pub mod x509;

pub use evaluate::{Machine, Position, Stuck};
pub(crate) use evaluate::{claim_hash, opened};
