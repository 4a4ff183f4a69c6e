//! The Verifier's role: one path from conveyed octets to a verdict.
//!
//! Every format of Evidence goes through [`Verifier::appraise`], and only it
//! makes an [`Appraised`]. So whoever holds one knows that each [`Step`] was
//! taken, in order, for that challenge and key.
//!
//! [`Step`]: crate::refusal::Step

use std::collections::BTreeMap;

use subtle::ConstantTimeEq;

use crate::{
    challenge::{Challenge, KeyHash},
    claims::Claims,
    cmw::collection::{Collection, Item},
    cmw::{CmwError, MessageType},
    evidence::{ConveyError, Conveyed, Evidence},
    format::{Formats, TrustAnchors, UnixSeconds},
    passport::{Lifetime, NotChannelBound, PassportFault},
    policy::{ChannelFacts, CollectionTerms, KeyClaim, Names, Policy, ReferenceValues, ServerName},
    refusal::Refusal,
    result::{Appraised, AttestationResult},
    standing::TcbStatus,
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
    /// Appraises Evidence inside the conceptual message wrapper a peer sent, or
    /// an Attestation Result, if the policy accepts any, or several of either in
    /// a collection, if the policy says which.
    pub fn appraise_cmw(
        &self,
        wrapper: &[u8],
        expected: &Expected,
        policy: &Policy,
        now: UnixSeconds,
    ) -> Result<Appraised, Refusal> {
        let conveyed = match (Conveyed::from_cmw(wrapper), &policy.collection) {
            (Err(ConveyError::Cmw(CmwError::Collection)), Some(terms)) => {
                return self.appraise_collection(wrapper, terms, expected, policy, now);
            }
            (conveyed, _) => conveyed?,
        };
        self.appraise_conveyed(&conveyed, expected, policy, now)
    }

    /// Everything in a collection, each item for itself and against the same
    /// channel. What the policy names must be there and be accepted as the
    /// software it names; what else is there is appraised too, and may be
    /// refused.
    fn appraise_collection(
        &self,
        wrapper: &[u8],
        terms: &CollectionTerms,
        expected: &Expected,
        policy: &Policy,
        now: UnixSeconds,
    ) -> Result<Appraised, Refusal> {
        let collection = Collection::decode(wrapper).map_err(ConveyError::from)?;
        let mut beside = BTreeMap::new();
        for (label, item) in &collection.items {
            let label = label.to_string();
            let (Item::Message(wrapped, _), false) = (item, beside.contains_key(&label)) else {
                return Err(Refusal::ItemForm { label });
            };
            let software = terms.required.get(&label).unwrap_or(&policy.software);
            let policy = policy.clone().of_part(software.clone());
            let outcome = Conveyed::of(wrapped.clone())
                .map_err(Refusal::from)
                .and_then(|it| self.appraise_conveyed(&it, expected, &policy, now));
            beside.insert(label, outcome);
        }
        let mut first = None;
        for label in terms.required.keys() {
            let label = || label.clone();
            let accepted = match beside.remove(&label()) {
                None => return Err(Refusal::ItemMissing { label: label() }),
                Some(Err(refusal)) => {
                    let refusal = Box::new(refusal);
                    return Err(Refusal::Item {
                        label: label(),
                        refusal,
                    });
                }
                Some(Ok(accepted)) => accepted,
            };
            if first.is_none() {
                first = Some(accepted);
            } else {
                beside.insert(label(), Ok(accepted));
            }
        }
        let first = first.ok_or(Refusal::ItemMissing {
            label: String::new(),
        })?;
        Ok(first.beside(beside, policy.sha256()))
    }

    fn appraise_conveyed(
        &self,
        conveyed: &Conveyed,
        expected: &Expected,
        policy: &Policy,
        now: UnixSeconds,
    ) -> Result<Appraised, Refusal> {
        match conveyed {
            Conveyed::Evidence(evidence) => self.appraise(evidence, expected, policy, now),
            Conveyed::Result(octets) => appraise_result(octets, expected, policy, now),
        }
    }

    /// Appraises Evidence against what is expected of this channel.
    pub fn appraise(
        &self,
        evidence: &Evidence,
        expected: &Expected,
        policy: &Policy,
        now: UnixSeconds,
    ) -> Result<Appraised, Refusal> {
        check_alone(policy)?;
        let format = self
            .formats
            .find(&evidence.message_type)
            .ok_or_else(|| unknown_format(&evidence.message_type))?;
        let claims = format.verify(&evidence.octets, &self.anchors, now)?;
        check_binding(&claims, &format.field(&expected.challenge), expected)?;
        check_claims(&claims, expected, policy, now)?;
        let software = self.check_reference_values(&claims, policy)?;
        Ok(accept(claims, software, None, expected, policy, now))
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

/// Where a policy demands several messages, one is not enough.
fn check_alone(policy: &Policy) -> Result<(), Refusal> {
    let demanded = policy.collection.as_ref();
    match demanded.and_then(|terms| terms.required.keys().next()) {
        None => Ok(()),
        Some(label) => Err(Refusal::ItemMissing {
            label: label.clone(),
        }),
    }
}

fn unknown_format(message_type: &MessageType) -> Refusal {
    let message_type = match message_type {
        MessageType::ContentFormat(number) => format!("content format {number}"),
        MessageType::MediaType(media_type) => media_type.to_string(),
    };
    Refusal::UnknownFormat { message_type }
}

/// The passport model: what a Verifier found takes the place of what Evidence
/// says, and the policy judges it all the same. Which software it is, the
/// Verifier says.
fn appraise_result(
    octets: &[u8],
    expected: &Expected,
    policy: &Policy,
    now: UnixSeconds,
) -> Result<Appraised, Refusal> {
    check_alone(policy)?;
    let terms = policy.passport.as_ref().ok_or(PassportFault::NotTaken)?;
    let result = NotChannelBound::verify(octets, terms, now)?;
    let lifetime = result.accepted(terms);
    let (claims, software, issuer) = result.into_claims()?;
    check_binding(&claims, expected.challenge.as_slice(), expected)?;
    check_claims(&claims, expected, policy, now)?;
    if !policy.software.contains(&software) {
        let software = vec![software];
        return Err(Refusal::UnacceptableSoftware { software });
    }
    Ok(accept(
        claims,
        software,
        Some((issuer, lifetime)),
        expected,
        policy,
        now,
    ))
}

fn accept(
    claims: Claims,
    software: String,
    issued: Option<(String, Lifetime)>,
    expected: &Expected,
    policy: &Policy,
    now: UnixSeconds,
) -> Appraised {
    let (issuer, lifetime) = issued.unzip();
    let result = AttestationResult {
        challenge: expected.challenge.clone(),
        key_hash: expected.key_hash.clone(),
        machine: claims.machine.clone(),
        policy_sha256: policy.sha256(),
        software,
        time: now,
        issuer,
        lifetime,
    };
    Appraised::new(result, claims)
}

/// `field` is what the challenge looks like in the format.
fn check_binding(claims: &Claims, field: &[u8], expected: &Expected) -> Result<(), Refusal> {
    if claims.challenge.ct_eq(field).into() {
        Ok(())
    } else {
        Err(Refusal::WronglyBound {
            seen: claims.challenge.clone(),
            expected: expected.challenge.clone(),
        })
    }
}

/// What is asked of claims whoever vouches for them.
fn check_claims(
    claims: &Claims,
    expected: &Expected,
    policy: &Policy,
    now: UnixSeconds,
) -> Result<(), Refusal> {
    check_key(claims, expected, policy)?;
    check_machine(claims, policy)?;
    check_debug(claims, policy)?;
    check_tcb(claims, policy)?;
    check_collateral(claims, policy, now)
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
        _ => check_location(claims, policy),
    }
}

fn check_location(claims: &Claims, policy: &Policy) -> Result<(), Refusal> {
    let seen = &claims.standing.location;
    match (&policy.locations, seen) {
        (None, _) => Ok(()),
        (Some(known), Some(seen)) if known.contains(seen) => Ok(()),
        _ => Err(Refusal::UnknownLocation { seen: seen.clone() }),
    }
}

fn check_tcb(claims: &Claims, policy: &Policy) -> Result<(), Refusal> {
    let (terms, standing) = (&policy.tcb, &claims.standing);
    let seen = standing.tcb_status;
    let is_acceptable = match (&terms.status, seen) {
        (None, None) => true,
        (None, Some(seen)) => seen == TcbStatus::UpToDate,
        (Some(_), None) => false,
        (Some(accepted), Some(seen)) => accepted.contains(&seen),
    };
    if !is_acceptable {
        return Err(Refusal::TcbStatus { seen });
    }
    for (component, &wanted) in &terms.minimum {
        let seen = standing.tcb_components.get(component).copied();
        if seen.is_none_or(|seen| seen < wanted) {
            let component = component.clone();
            return Err(Refusal::TcbBelow {
                component,
                seen,
                wanted,
            });
        }
    }
    let mut rejected = terms.rejected_advisories.intersection(&standing.advisories);
    match rejected.next() {
        None => Ok(()),
        Some(advisory) => Err(Refusal::Advisory {
            advisory: advisory.clone(),
        }),
    }
}

/// Collateral from the future is its format's to refuse.
fn check_collateral(claims: &Claims, policy: &Policy, now: UnixSeconds) -> Result<(), Refusal> {
    let Some(limit) = policy.tcb.maximum_collateral_age else {
        return Ok(());
    };
    let issued = claims.standing.collateral_issued;
    let issued = issued.ok_or(Refusal::CollateralUndated)?;
    let age = now.0.saturating_sub(issued.0);
    if age > limit {
        return Err(Refusal::CollateralTooOld { age, limit });
    }
    Ok(())
}

impl Policy {
    fn check_names(&self, facts: &ChannelFacts) -> Result<(), Refusal> {
        let names = &self.channel.names;
        if names.admit(&facts.peer) {
            return Ok(());
        }
        let seen = facts.peer.names.iter().cloned().collect();
        Err(match names {
            Names::OneOf(wanted) => Refusal::UnknownName {
                seen,
                wanted: wanted.iter().cloned().collect(),
            },
            Names::AsTheEndpointSays | Names::Any => Refusal::PeerUnnamed { seen },
        })
    }

    /// Judges the channel that Evidence is conveyed on, before the Evidence.
    pub fn check_channel(&self, facts: &ChannelFacts) -> Result<(), Refusal> {
        let terms = &self.channel;
        if let Some(wanted) = &terms.placements
            && !wanted.contains(&facts.placement)
        {
            return Err(Refusal::Placement {
                seen: facts.placement,
                wanted: wanted.iter().copied().collect(),
            });
        }
        if terms.server_name == ServerName::CheckedByPki && !facts.pki {
            return Err(Refusal::NameUnchecked);
        }
        self.check_names(facts)?;
        match terms.maximum_evidence_age {
            Some(limit) if facts.evidence_age > limit => Err(Refusal::EvidenceTooOld {
                age: facts.evidence_age,
                limit,
            }),
            _ => Ok(()),
        }
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
