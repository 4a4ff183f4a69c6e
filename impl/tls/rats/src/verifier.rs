//! The Verifier's role: one path from conveyed octets to a verdict.
//!
//! Every format of Evidence goes through [`Verifier::appraise`], and only it
//! makes an [`Appraised`]. So whoever holds one knows that each [`Step`] was
//! taken, in order, for that challenge and key.
//!
//! [`Step`]: crate::refusal::Step

use crate::{
    challenge::{Challenge, KeyHash},
    claims::Claims,
    cmw::MessageType,
    evidence::Evidence,
    format::{Formats, TrustAnchors, UnixSeconds},
    policy::{KeyClaim, Policy, ReferenceValues},
    refusal::Refusal,
    result::{Appraised, AttestationResult},
};

/// Appraises Evidence.
#[derive(Clone, Debug)]
pub struct Verifier {
    pub formats: Formats,
    pub anchors: TrustAnchors,
    pub reference_values: ReferenceValues,
}

/// What the Relying Party computed for itself about the channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expected {
    pub challenge: Challenge,
    pub key_hash: KeyHash,
}

impl Verifier {
    /// Appraises Evidence inside the conceptual message wrapper a peer sent.
    pub fn appraise_cmw(
        &self,
        wrapper: &[u8],
        expected: &Expected,
        policy: &Policy,
        now: UnixSeconds,
    ) -> Result<Appraised, Refusal> {
        let evidence = Evidence::from_cmw(wrapper)?;
        self.appraise(&evidence, expected, policy, now)
    }

    /// Appraises Evidence against what is expected of this channel.
    pub fn appraise(
        &self,
        evidence: &Evidence,
        expected: &Expected,
        policy: &Policy,
        now: UnixSeconds,
    ) -> Result<Appraised, Refusal> {
        let format = self
            .formats
            .find(&evidence.message_type)
            .ok_or_else(|| unknown_format(&evidence.message_type))?;
        let claims = format.verify(&evidence.octets, &self.anchors, now)?;
        check_binding(&claims, expected)?;
        check_key(&claims, expected, policy)?;
        check_machine(&claims, policy)?;
        check_debug(&claims, policy)?;
        let software = self.check_reference_values(&claims, policy)?;
        Ok(Appraised::new(
            AttestationResult {
                challenge: expected.challenge.clone(),
                machine: claims.machine.clone(),
                policy_sha256: policy.sha256(),
                software,
                time: now,
            },
            claims,
        ))
    }

    fn check_reference_values(&self, claims: &Claims, policy: &Policy) -> Result<String, Refusal> {
        let known = self.reference_values.identify(&claims.measurements);
        if known.is_empty() {
            let measurements = claims.measurements.clone();
            return Err(Refusal::UnknownMeasurements { measurements });
        }
        known
            .iter()
            .find(|&&software| policy.software.contains(software))
            .map(|&software| software.to_owned())
            .ok_or_else(|| Refusal::UnacceptableSoftware {
                software: known.into_iter().map(str::to_owned).collect(),
            })
    }
}

fn unknown_format(message_type: &MessageType) -> Refusal {
    let message_type = match message_type {
        MessageType::ContentFormat(number) => format!("content format {number}"),
        MessageType::MediaType(media_type) => media_type.to_string(),
    };
    Refusal::UnknownFormat { message_type }
}

fn check_binding(claims: &Claims, expected: &Expected) -> Result<(), Refusal> {
    // A field of a length no challenge has cannot equal one.
    match Challenge::new(claims.challenge.clone()) {
        Ok(signed) if signed == expected.challenge => Ok(()),
        _ => Err(Refusal::WronglyBound {
            seen: claims.challenge.clone(),
            expected: expected.challenge.clone(),
        }),
    }
}

fn check_key(claims: &Claims, expected: &Expected, policy: &Policy) -> Result<(), Refusal> {
    match &claims.key_hash {
        Some(claimed) if *claimed == expected.key_hash => Ok(()),
        Some(claimed) => Err(Refusal::ForeignKey {
            seen: claimed.clone(),
            expected: expected.key_hash.clone(),
        }),
        None => match policy.key_claim {
            KeyClaim::ImpliedByChallenge => Ok(()),
            KeyClaim::Required => Err(Refusal::KeyNotClaimed),
        },
    }
}

fn check_machine(claims: &Claims, policy: &Policy) -> Result<(), Refusal> {
    match &policy.machines {
        Some(machines) if !machines.contains(&claims.machine) => Err(Refusal::UnknownMachine {
            machine: claims.machine.clone(),
        }),
        _ => Ok(()),
    }
}

fn check_debug(claims: &Claims, policy: &Policy) -> Result<(), Refusal> {
    if claims.debug < policy.minimum_debug {
        return Err(Refusal::Debuggable {
            seen: claims.debug,
            wanted: policy.minimum_debug,
        });
    }
    Ok(())
}
