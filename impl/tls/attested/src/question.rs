//! Evidence that is made outside the endpoint which needs it.
//!
//! An attesting environment takes its time, tens of milliseconds for hardware,
//! one at a time. An endpoint that makes Evidence inside `receive` holds up
//! whoever drives it; one that defers hands out a [`Question`] instead, and goes
//! on when it is given the answer. What is asked is fixed by the endpoint, and
//! the answer goes the same way as one made inside: the peer's appraisal does
//! not know the difference.

use std::fmt;
use std::sync::Arc;

use rats::{Attester, Challenge, Evidence, Hash};

use crate::error::Error;

/// What an endpoint wants its attesting environment to sign.
pub struct Question {
    attester: Arc<dyn Attester>,
    challenge: Challenge,
    hash: Hash,
}

impl Question {
    pub(crate) fn new(attester: &Arc<dyn Attester>, challenge: &Challenge, hash: Hash) -> Self {
        Self {
            attester: Arc::clone(attester),
            challenge: challenge.clone(),
            hash,
        }
    }

    /// What must be signed.
    pub fn challenge(&self) -> &Challenge {
        &self.challenge
    }

    /// Asks the attesting environment. Blocks for as long as it needs.
    ///
    /// # Errors
    /// [`Error::Attester`].
    pub fn ask(self) -> Result<Evidence, Error> {
        Ok(self.attester.attest(&self.challenge, self.hash)?)
    }
}

impl fmt::Debug for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Question")
            .field("challenge", &self.challenge)
            .field("hash", &self.hash)
            .finish_non_exhaustive()
    }
}
