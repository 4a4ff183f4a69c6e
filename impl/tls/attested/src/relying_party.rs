//! The Relying Party's say about Evidence, in every placement.

use event::kind::Appraisal;
use event::{Bytes, Kind};
use rats::{Appraised, ChannelFacts, Expected, Policy, Refusal, UnixSeconds, Verifier};

/// Whom to believe about Evidence, and what to accept.
#[derive(Clone, Debug)]
pub struct RelyingParty {
    pub verifier: Verifier,
    pub policy: Policy,
}

impl RelyingParty {
    /// Judges the channel, then appraises a conceptual message wrapper against
    /// `expected`, and reports how that went. The wrapper holds Evidence
    /// (background check) or, if the policy accepts any, an Attestation Result
    /// (passport).
    pub(crate) fn appraise_cmw(
        &self,
        cmw: &[u8],
        expected: &Expected,
        facts: &ChannelFacts,
        now: UnixSeconds,
        report: impl FnOnce(Kind),
    ) -> Result<Appraised, Refusal> {
        let outcome = self
            .policy
            .check_channel(facts)
            .and_then(|()| self.verifier.appraise_cmw(cmw, expected, &self.policy, now));
        report(Kind::Appraise {
            of: None,
            expected: Bytes::clear(expected.challenge.as_slice()),
            policy: Bytes::clear(self.policy.sha256()),
            verdict: match outcome {
                Ok(_) => Appraisal::Affirming,
                Err(_) => Appraisal::Contraindicated,
            },
            why: outcome
                .as_ref()
                .err()
                .map(|refusal| refusal.code().to_owned()),
        });
        outcome
    }
}
