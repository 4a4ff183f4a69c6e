//! The Attester's role: Evidence over a challenge.
//!
//! An attesting environment gives Evidence to whoever can reach it. What makes
//! Evidence mean anything is that the caller chooses the challenge and nothing
//! else: code identity, machine and the key it speaks for come from the
//! environment.

use crate::{
    challenge::{Challenge, Hash},
    evidence::Evidence,
};

/// Produces Evidence.
///
/// A call may block for as long as the environment needs (tens of milliseconds
/// for hardware); a caller with other connections to serve makes it where
/// blocking is allowed. `&self` and `Sync` let it be made from there.
pub trait Attester: Send + Sync {
    /// Evidence that has signed the whole `challenge`, and, where its format
    /// can say so, the digest under `hash` of the public key held inside.
    fn attest(&self, challenge: &Challenge, hash: Hash) -> Result<Evidence, AttestError>;
}

/// Why there is no Evidence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AttestError {
    /// This machine has no such attesting environment.
    #[error("no attesting environment here: {reason}")]
    Absent { reason: String },
    /// The environment cannot sign a challenge of this form.
    #[error("the attesting environment cannot take this challenge: {reason}")]
    Challenge { reason: String },
    /// The environment failed.
    #[error("the attesting environment failed: {reason}")]
    Failed { reason: String },
}
