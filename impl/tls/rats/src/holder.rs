//! The Attester's side of the passport model: a result is kept for as long as it
//! fits, and fetched anew before it ends.
//!
//! ```text
//! challenge --> Holder -- same challenge, not due --> the result at hand
//!                 |
//!                 +-- Evidence --> Issuer (a Verifier) --> Attestation Result
//! ```
//!
//! A result says which challenge it is for, so one at hand fits only where the
//! challenge is the same again: in certificates made before the handshake whose
//! statement is the key alone. After and during the handshake each exchange has a
//! challenge of its own, and each gets a result of its own.
//!
//! A result is due when two thirds of its time are over. A Verifier that cannot be
//! reached then does no harm before the result has ended.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::{
    AttestError, Attester, Challenge, Evidence, Expected, Hash, KeyHash, UnixSeconds,
    passport::{self, Lifetime},
};

/// A Verifier that issues Attestation Results, as its clients see it.
pub trait Issuer: Send + Sync {
    /// Has `evidence` appraised; a result of [`passport::PROFILE`] for what is
    /// expected. Blocks for as long as that needs.
    ///
    /// # Errors
    /// Why there is no result.
    fn issue(&self, evidence: &Evidence, expected: &Expected) -> Result<Evidence, AttestError>;
}

/// An Attester that shows Attestation Results in place of its Evidence. `clock`
/// tells the time.
pub struct Holder<A, I, C> {
    attester: A,
    issuer: I,
    clock: C,
    subject_public_key_info: Vec<u8>,
    held: Mutex<Option<Held>>,
}

struct Held {
    challenge: Challenge,
    hash: Hash,
    result: Evidence,
    lifetime: Lifetime,
}

impl<A, I, C> Holder<A, I, C>
where
    A: Attester,
    I: Issuer,
    C: Fn() -> UnixSeconds + Send + Sync,
{
    /// For the key `subject_public_key_info` (DER) that the attesting environment
    /// holds.
    pub fn new(attester: A, issuer: I, clock: C, subject_public_key_info: Vec<u8>) -> Self {
        Self {
            attester,
            issuer,
            clock,
            subject_public_key_info,
            held: Mutex::new(None),
        }
    }

    fn fetch(&self, challenge: &Challenge, hash: Hash) -> Result<Held, AttestError> {
        let evidence = self.attester.attest(challenge, hash)?;
        let expected = Expected {
            challenge: challenge.clone(),
            key_hash: KeyHash::of(hash, &self.subject_public_key_info),
        };
        let result = self.issuer.issue(&evidence, &expected)?;
        let lifetime = passport::lifetime(&result).map_err(|fault| AttestError::Failed {
            reason: format!("what the Verifier issued is no result: {fault}"),
        })?;
        Ok(Held {
            challenge: challenge.clone(),
            hash,
            result,
            lifetime,
        })
    }

    /// Nothing panics under the lock; what is there is whole.
    fn held(&self) -> MutexGuard<'_, Option<Held>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<A, I, C> Attester for Holder<A, I, C>
where
    A: Attester,
    I: Issuer,
    C: Fn() -> UnixSeconds + Send + Sync,
{
    fn attest(&self, challenge: &Challenge, hash: Hash) -> Result<Evidence, AttestError> {
        let now = (self.clock)();
        let at_hand = {
            let held = self.held();
            let fits = |held: &&Held| held.challenge == *challenge && held.hash == hash;
            let fitting = held.as_ref().filter(fits);
            fitting.map(|held| (held.result.clone(), held.lifetime))
        };
        match at_hand {
            Some((result, lifetime)) if !lifetime.is_due(now) => Ok(result),
            at_hand => match (self.fetch(challenge, hash), at_hand) {
                (Ok(fetched), _) => {
                    let result = fetched.result.clone();
                    *self.held() = Some(fetched);
                    Ok(result)
                }
                (Err(_), Some((result, lifetime))) if !lifetime.has_ended(now) => Ok(result),
                (Err(error), _) => Err(error),
            },
        }
    }
}
