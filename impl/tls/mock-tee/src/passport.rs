//! A Verifier of the laboratory, and Attesters that show what it said of them.
//!
//! ```text
//! channel --challenge--> Traveller --Evidence--> LaboratoryVerifier
//!                            |     <--Attestation Result--+
//!                            +--> channel
//! ```
//!
//! The Verifier appraises as any does and signs only what it accepted; a lie
//! here is one of [`Lapse`], each of which Relying Parties refuse.

use std::fmt;
use std::sync::Arc;

use rats::passport::{self, ChannelBinding, ResultClaims};
use rats::{
    AttestError, Attester, Challenge, Evidence, Expected, Hash, Issuer, KeyHash, Policy,
    UnixSeconds, Verifier, key::PublicKey,
};

use crate::root::Key;

/// A Verifier that issues Attestation Results.
pub struct LaboratoryVerifier {
    key: Key,
    pub verifier: Verifier,
    pub policy: Policy,
    /// Its clock.
    pub now: UnixSeconds,
    /// How long its results are valid, in seconds.
    pub lifetime: u64,
    pub binding: ChannelBinding,
}

/// An Attester that shows an Attestation Result instead of its Evidence.
pub struct Traveller<A> {
    pub attester: A,
    pub verifier: Arc<LaboratoryVerifier>,
    /// The public key its authenticators are made with, DER.
    pub subject_public_key_info: Vec<u8>,
    pub lapse: Option<Lapse>,
}

/// What an Attester or Verifier does wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lapse {
    /// A bit of the result is changed after it was signed.
    Altered,
    /// It is a result for another channel.
    OtherChannel,
}

impl LaboratoryVerifier {
    /// One whose key follows from `seed`; its results are for one channel, and
    /// an hour.
    pub fn from_seed(seed: [u8; 32], verifier: Verifier, policy: Policy, now: UnixSeconds) -> Self {
        Self {
            key: Key::derive(&seed, "verifier"),
            verifier,
            policy,
            now,
            lifetime: 3600,
            binding: ChannelBinding::Bound,
        }
    }

    /// What Relying Parties are given to believe its results.
    pub fn public_key(&self) -> &PublicKey {
        self.key.public()
    }
}

impl Issuer for LaboratoryVerifier {
    /// Appraises Evidence, and says so; its refusal, in words.
    fn issue(&self, evidence: &Evidence, expected: &Expected) -> Result<Evidence, AttestError> {
        let appraised = self
            .verifier
            .appraise(evidence, expected, &self.policy, self.now)
            .map_err(|refusal| AttestError::Failed {
                reason: format!("the Verifier refused: {refusal}"),
            })?;
        let expires = UnixSeconds(self.now.0.saturating_add(self.lifetime));
        let claims = ResultClaims::of(&appraised, self.binding, expires);
        let content = claims.content(self.key.public());
        let signature = self.key.sign(&content.to_be_signed());
        let octets = content.signed(signature).encode();
        Ok(Evidence::new(passport::media_type(), octets))
    }
}

impl<A: Attester> Attester for Traveller<A> {
    fn attest(&self, challenge: &Challenge, hash: Hash) -> Result<Evidence, AttestError> {
        let challenge = match self.lapse {
            Some(Lapse::OtherChannel) => &crate::forge::other(challenge)?,
            _ => challenge,
        };
        let evidence = self.attester.attest(challenge, hash)?;
        let expected = Expected {
            challenge: challenge.clone(),
            key_hash: KeyHash::of(hash, &self.subject_public_key_info),
        };
        let mut result = self.verifier.issue(&evidence, &expected)?;
        if self.lapse == Some(Lapse::Altered)
            && let Some(last) = result.octets.last_mut()
        {
            *last ^= 1;
        }
        Ok(result)
    }
}

impl fmt::Debug for LaboratoryVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LaboratoryVerifier({:?})", self.public_key())
    }
}
