//! What a successful appraisal leaves behind.

use std::collections::BTreeMap;

use crate::{
    challenge::{Challenge, KeyHash},
    claims::{Claims, MachineId},
    format::UnixSeconds,
    passport::Lifetime,
    refusal::Refusal,
};

/// What a Verifier tells a Relying Party about an Attester it affirms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttestationResult {
    /// The challenge the Evidence had signed: ties the result to the channel.
    pub challenge: Challenge,
    /// The key the channel is authenticated with.
    pub key_hash: KeyHash,
    pub machine: MachineId,
    /// The policy the Evidence was appraised under.
    pub policy_sha256: [u8; 32],
    /// The accepted software, by its name in the policy.
    pub software: String,
    /// When it was appraised.
    pub time: UnixSeconds,
    /// In the passport model, the Verifier that appraised the Evidence; `None`
    /// if it was appraised here.
    pub issuer: Option<String>,
    /// In the passport model, from when to when the result is accepted: the
    /// Verifier's word, or the policy's maximum age if that ends earlier. `None` if
    /// the Evidence was appraised here, at `time`. Who goes on after two thirds of
    /// it asks the peer to attest again.
    pub lifetime: Option<Lifetime>,
}

impl AttestationResult {
    /// Whether it is time to have the peer attest again: two thirds of the
    /// result's time are over. Never for Evidence, whose age the caller limits.
    pub fn is_due(&self, now: UnixSeconds) -> bool {
        self.lifetime.is_some_and(|it| it.is_due(now))
    }

    /// Whether the result is one no longer.
    pub fn has_ended(&self, now: UnixSeconds) -> bool {
        self.lifetime.is_some_and(|it| it.has_ended(now))
    }
}

/// Proof that Evidence was appraised and accepted. There is one way to come by
/// it, [`crate::verifier::Verifier::appraise`].
///
/// ```compile_fail,E0451
/// fn forge(result: rats::AttestationResult, claims: rats::Claims) -> rats::Appraised {
///     rats::Appraised { result, claims }
/// }
/// ```
///
/// ```compile_fail,E0624
/// fn forge(result: rats::AttestationResult, claims: rats::Claims) -> rats::Appraised {
///     rats::Appraised::new(result, claims)
/// }
/// ```
#[derive(Debug)]
pub struct Appraised {
    result: AttestationResult,
    claims: Claims,
    beside: BTreeMap<String, Result<Self, Refusal>>,
}

impl Appraised {
    pub(crate) fn new(result: AttestationResult, claims: Claims) -> Self {
        Self {
            result,
            claims,
            beside: BTreeMap::new(),
        }
    }

    /// With what else was in the collection, under the policy for all of it.
    pub(crate) fn beside(
        mut self,
        others: BTreeMap<String, Result<Self, Refusal>>,
        policy_sha256: [u8; 32],
    ) -> Self {
        self.result.policy_sha256 = policy_sha256;
        self.beside = others;
        self
    }

    pub fn result(&self) -> &AttestationResult {
        &self.result
    }

    pub fn claims(&self) -> &Claims {
        &self.claims
    }

    /// Where a collection was appraised, the outcome for every other message in
    /// it, by label. All that the policy demands are accepted.
    pub fn others(&self) -> &BTreeMap<String, Result<Self, Refusal>> {
        &self.beside
    }
}
