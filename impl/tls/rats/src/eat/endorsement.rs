//! The Endorsement of an attestation key by a root of trust.
//!
//! ```text
//! COSE_Sign1 by the root over
//! { 4: uint                           exp, Unix seconds
//!   5: uint                           nbf, Unix seconds
//!   8: { 1: { 1: 1, -1: 6, -2: bstr } }   cnf: the Ed25519 attestation key (RFC 8747)
//!   256: bstr .size (7..33)           ueid of the machine
//!   265: tstr                         eat_profile
//!   ? -70006: tstr }                  where the machine stands
//! ```
//!
//! Deterministic CBOR, no other claims; its profile differs from the token's,
//! so that neither can stand in for the other.

use ciborium::Value;

use super::{
    CNF, ClaimsError, ClaimsSet, EAT_PROFILE, ENDORSEMENT_PROFILE, EXP, LOCATION, NBF, UEID,
    malformed, wrong_claims,
};
use crate::{
    cbor::{self, sorted_map},
    claims::MachineId,
    cose::{Sign1, integer},
    format::{TrustAnchors, UnixSeconds},
    key::PublicKey,
    refusal::FormatFault,
};

/// Says that an attestation key belongs to a machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endorsement {
    pub attestation_key: PublicKey,
    /// 7 to 33 octets (RFC 9711 section 4.2.1).
    pub machine: MachineId,
    pub not_before: UnixSeconds,
    pub not_after: UnixSeconds,
    /// Where the machine stands, in words the root and policies share.
    pub location: Option<String>,
}

impl Endorsement {
    /// The payload a root signs.
    pub fn encode(&self) -> Vec<u8> {
        let mut entries = vec![
            (integer(EXP), self.not_after.0.into()),
            (integer(NBF), self.not_before.0.into()),
            (integer(CNF), confirmation(&self.attestation_key)),
            (integer(UEID), Value::Bytes(self.machine.0.clone())),
            (
                integer(EAT_PROFILE),
                Value::Text(ENDORSEMENT_PROFILE.into()),
            ),
        ];
        if let Some(location) = &self.location {
            entries.push((integer(LOCATION), Value::Text(location.clone())));
        }
        cbor::encode(&sorted_map(entries))
    }

    /// Verifies the root's signature, then the validity.
    pub(super) fn verify(
        octets: &[u8],
        anchors: &TrustAnchors,
        now: UnixSeconds,
    ) -> Result<Self, FormatFault> {
        let message = Sign1::decode(octets).map_err(malformed)?;
        if message.endorsement.is_some() {
            return Err(malformed("its Endorsement is endorsed in turn"));
        }
        let anchor = anchors.find(&message.content.kid)?;
        message
            .verify(&anchor.key)
            .map_err(|_| FormatFault::EndorsementAltered)?;
        let endorsement = Self::decode(&message.content.payload)
            .map_err(|ClaimsError(reason)| FormatFault::EndorsementClaims { reason })?;
        if now < endorsement.not_before || now > endorsement.not_after {
            return Err(FormatFault::OutsideValidity {
                not_before: endorsement.not_before.0,
                not_after: endorsement.not_after.0,
                now,
            });
        }
        Ok(endorsement)
    }

    fn decode(payload: &[u8]) -> Result<Self, ClaimsError> {
        let mut claims = ClaimsSet::decode(payload, ENDORSEMENT_PROFILE)?;
        let not_after = UnixSeconds(claims.number(EXP)?);
        let not_before = UnixSeconds(claims.number(NBF)?);
        let attestation_key = attestation_key(&claims.take(CNF)?)?;
        let machine = claims.bytes(UEID)?;
        if !(7..=33).contains(&machine.len()) {
            return Err(wrong_claims("its ueid does not have 7 to 33 octets"));
        }
        let location = match claims.has(LOCATION) {
            true => Some(claims.text(LOCATION)?),
            false => None,
        };
        claims.end()?;
        Ok(Self {
            attestation_key,
            machine: MachineId(machine),
            not_before,
            not_after,
            location,
        })
    }
}

/// COSE_Key of an Ed25519 key (RFC 9053 section 7.2): kty OKP, crv Ed25519, x.
fn confirmation(key: &PublicKey) -> Value {
    let cose_key = sorted_map(vec![
        (integer(1), integer(1)),
        (integer(-1), integer(6)),
        (integer(-2), Value::Bytes(key.as_slice().to_vec())),
    ]);
    sorted_map(vec![(integer(1), cose_key)])
}

fn attestation_key(cnf: &Value) -> Result<PublicKey, ClaimsError> {
    let x = cnf
        .as_map()
        .and_then(|cnf| cnf.first())
        .and_then(|(_, cose_key)| cose_key.as_map())
        .and_then(|cose_key| cose_key.last())
        .and_then(|(_, x)| x.as_bytes())
        .and_then(|x| <[u8; 32]>::try_from(x.as_slice()).ok());
    // Only one form holds this key: the one we would encode.
    match x.map(PublicKey::new) {
        Some(key) if confirmation(&key) == *cnf => Ok(key),
        _ => Err(wrong_claims("its cnf is not an Ed25519 COSE_Key")),
    }
}
