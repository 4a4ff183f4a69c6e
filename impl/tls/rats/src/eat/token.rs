//! The token's payload.
//!
//! ```text
//! { 10: bstr .size (8..64)            eat_nonce: the challenge
//!   263: 0..4                         dbgstat
//!   265: tstr                         eat_profile
//!   -70001: { + tstr => bstr }        measurements, by register
//!   -70002: bstr .size (32 / 48) }    AIK_pub_hash
//! ```
//!
//! Deterministic CBOR, no other claims.

use ciborium::Value;

use super::{
    AIK_PUB_HASH, ClaimsError, ClaimsSet, DBGSTAT, EAT_NONCE, EAT_PROFILE, MEASUREMENTS, PROFILE,
    wrong_claims,
};
use crate::{
    cbor::{self, sorted_map},
    challenge::{Challenge, KeyHash},
    claims::{DebugStatus, Measurements},
    cose::integer,
};

/// What the attestation key signs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// 8 to 64 octets.
    pub challenge: Vec<u8>,
    pub debug: DebugStatus,
    pub key_hash: KeyHash,
    /// At least one.
    pub measurements: Measurements,
}

impl Token {
    /// The payload.
    pub fn encode(&self) -> Vec<u8> {
        cbor::encode(&sorted_map(vec![
            (integer(EAT_NONCE), Value::Bytes(self.challenge.clone())),
            (integer(DBGSTAT), self.debug.number().into()),
            (integer(EAT_PROFILE), Value::Text(PROFILE.into())),
            (
                integer(AIK_PUB_HASH),
                Value::Bytes(self.key_hash.as_slice().to_vec()),
            ),
            (
                integer(MEASUREMENTS),
                encode_measurements(&self.measurements),
            ),
        ]))
    }

    pub(super) fn decode(payload: &[u8]) -> Result<Self, ClaimsError> {
        let mut claims = ClaimsSet::decode(payload, PROFILE)?;
        let challenge = claims.bytes(EAT_NONCE)?;
        Challenge::new(challenge.clone()).map_err(wrong_claims)?;
        let debug = claims.debug()?;
        let key_hash = claims.key_hash()?;
        let measurements = measurements(claims.take(MEASUREMENTS)?)?;
        claims.end()?;
        Ok(Self {
            challenge,
            debug,
            key_hash,
            measurements,
        })
    }
}

pub(crate) fn encode_measurements(measurements: &Measurements) -> Value {
    let entries = measurements
        .0
        .iter()
        .map(|(register, digest)| (Value::Text(register.clone()), Value::Bytes(digest.clone())));
    sorted_map(entries.collect())
}

pub(crate) fn measurements(value: Value) -> Result<Measurements, ClaimsError> {
    let entries = value
        .into_map()
        .ok()
        .filter(|entries| !entries.is_empty())
        .ok_or_else(|| wrong_claims("its measurements are not a map of at least one"))?;
    entries
        .into_iter()
        .map(|entry| match entry {
            (Value::Text(register), Value::Bytes(digest)) if !digest.is_empty() => {
                Ok((register, digest))
            }
            _ => Err(wrong_claims("a measurement is not a digest under a name")),
        })
        .collect::<Result<_, _>>()
        .map(Measurements)
}
