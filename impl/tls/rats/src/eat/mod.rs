//! The software Attester's Evidence: an EAT (RFC 9711) as COSE_Sign1.
//!
//! ```text
//! root of trust --signs--> Endorsement { attestation key, machine, validity }
//!                               |
//!                attestation key --signs--> Token { eat_nonce, key hash, measurements, dbgstat }
//! ```
//!
//! Payloads are not even decoded before their signature has verified. The
//! Endorsement travels in the token's unprotected header, where hardware
//! formats carry their certificate chains. [`EatFormat`] verifies all of it; a
//! root of trust is software or hardware only by who holds its private key.

mod endorsement;
mod token;

use ciborium::Value;

use crate::{
    cbor,
    challenge::{Hex, KeyHash},
    claims::{Claims, DebugStatus},
    cose::{CoseError, Sign1},
    format::{EvidenceFormat, TrustAnchors, UnixSeconds},
    media_type::MediaType,
    refusal::FormatFault,
    standing::Standing,
};

pub use endorsement::Endorsement;
pub use token::Token;
pub(crate) use token::{encode_measurements, measurements};

/// `eat_profile` of the token; also a parameter of its media type.
pub const PROFILE: &str = "tag:attested-tls.example,2026:software-attester";

/// `eat_profile` of the Endorsement.
pub const ENDORSEMENT_PROFILE: &str = "tag:attested-tls.example,2026:software-endorsement";

/// The largest token read, in octets.
pub const MAX_SIZE: usize = 4096;

/// Verifies tokens of [`PROFILE`].
#[derive(Clone, Debug)]
pub struct EatFormat {
    media_type: MediaType,
}

impl Default for EatFormat {
    fn default() -> Self {
        Self {
            media_type: media_type(),
        }
    }
}

/// `application/eat+cwt; eat_profile="..."` with [`PROFILE`].
pub fn media_type() -> MediaType {
    MediaType::with_parameter("application/eat+cwt", "eat_profile", PROFILE)
}

impl EvidenceFormat for EatFormat {
    fn media_type(&self) -> &MediaType {
        &self.media_type
    }

    fn verify(
        &self,
        octets: &[u8],
        anchors: &TrustAnchors,
        now: UnixSeconds,
    ) -> Result<Claims, FormatFault> {
        let message = decode_signed(octets)?;
        let endorsement = message
            .endorsement
            .as_deref()
            .ok_or_else(|| malformed("it comes without an Endorsement"))?;
        let endorsement = Endorsement::verify(endorsement, anchors, now)?;
        if message.content.kid != endorsement.attestation_key.id() {
            return Err(FormatFault::KeyNotEndorsed {
                kid: Hex(&message.content.kid).to_string(),
            });
        }
        message
            .verify(&endorsement.attestation_key)
            .map_err(|_| FormatFault::Tampered)?;
        let token = Token::decode(&message.content.payload)
            .map_err(|ClaimsError(reason)| FormatFault::UnexpectedClaims { reason })?;
        Ok(Claims {
            challenge: token.challenge,
            debug: token.debug,
            key_hash: Some(token.key_hash),
            machine: endorsement.machine,
            measurements: token.measurements,
            standing: Standing {
                location: endorsement.location,
                ..Standing::default()
            },
        })
    }
}

/// A COSE_Sign1 that claims to be signed. Claims without one, bare or under
/// the tag of an unprotected claims set (RFC 9711 section 8), are unsigned and
/// not merely malformed, and so is an empty signature.
fn decode_signed(octets: &[u8]) -> Result<Sign1, FormatFault> {
    if octets.len() > MAX_SIZE {
        return Err(malformed("it is longer than 4096 octets"));
    }
    let message = Sign1::decode(octets).map_err(|error| match (&error, cbor::decode(octets)) {
        (CoseError::Form(_), Ok(Value::Map(_) | Value::Tag(601, _))) => FormatFault::Unsigned,
        _ => malformed(error),
    })?;
    if message.signature.is_empty() {
        return Err(FormatFault::Unsigned);
    }
    Ok(message)
}

fn malformed(reason: impl ToString) -> FormatFault {
    FormatFault::Malformed {
        reason: reason.to_string(),
    }
}

/// Why a payload, signed or not, is not the claims of a profile.
pub(crate) struct ClaimsError(pub(crate) String);

pub(crate) fn wrong_claims(reason: impl ToString) -> ClaimsError {
    ClaimsError(reason.to_string())
}

/// The entries of a claims set, each taken once; what nobody takes is an error.
pub(crate) struct ClaimsSet(Vec<(Value, Value)>);

impl ClaimsSet {
    pub(crate) fn decode(octets: &[u8], profile: &str) -> Result<Self, ClaimsError> {
        let Value::Map(entries) = cbor::decode(octets).map_err(wrong_claims)? else {
            return Err(wrong_claims("its claims are not a map"));
        };
        let mut claims = Self(entries);
        match claims.take(EAT_PROFILE)? {
            Value::Text(found) if found == profile => Ok(claims),
            _ => Err(wrong_claims(format!("its eat_profile is not {profile}"))),
        }
    }

    pub(crate) fn has(&self, label: i64) -> bool {
        let label = Value::Integer(label.into());
        self.0.iter().any(|(found, _)| *found == label)
    }

    pub(crate) fn take(&mut self, label: i64) -> Result<Value, ClaimsError> {
        let position = self
            .0
            .iter()
            .position(|(found, _)| *found == Value::Integer(label.into()))
            .ok_or_else(|| wrong_claims(format!("claim {label} is missing")))?;
        Ok(self.0.swap_remove(position).1)
    }

    pub(crate) fn bytes(&mut self, label: i64) -> Result<Vec<u8>, ClaimsError> {
        self.take(label)?
            .into_bytes()
            .map_err(|_| wrong_claims(format!("claim {label} is not a byte string")))
    }

    pub(crate) fn text(&mut self, label: i64) -> Result<String, ClaimsError> {
        self.take(label)?
            .into_text()
            .map_err(|_| wrong_claims(format!("claim {label} is not text")))
    }

    pub(crate) fn debug(&mut self) -> Result<DebugStatus, ClaimsError> {
        DebugStatus::from_number(self.number(DBGSTAT)?)
            .ok_or_else(|| wrong_claims("its dbgstat is not 0 to 4"))
    }

    pub(crate) fn key_hash(&mut self) -> Result<KeyHash, ClaimsError> {
        let octets = self.bytes(AIK_PUB_HASH)?;
        match octets.len() {
            32 | 48 => Ok(KeyHash::claimed(octets)),
            _ => Err(wrong_claims("its key hash has neither 32 nor 48 octets")),
        }
    }

    pub(crate) fn number(&mut self, label: i64) -> Result<u64, ClaimsError> {
        self.take(label)?
            .into_integer()
            .ok()
            .and_then(|number| u64::try_from(number).ok())
            .ok_or_else(|| wrong_claims(format!("claim {label} is not a number")))
    }

    pub(crate) fn end(self) -> Result<(), ClaimsError> {
        match self.0.first() {
            None => Ok(()),
            Some((label, _)) => Err(wrong_claims(format!(
                "claim {label:?} is not in the profile"
            ))),
        }
    }
}

/// Claim labels of RFC 8392, RFC 8747 and RFC 9711, and the status of
/// draft-ietf-rats-ear.
pub(crate) const EXP: i64 = 4;
const NBF: i64 = 5;
pub(crate) const IAT: i64 = 6;
const CNF: i64 = 8;
pub(crate) const EAT_NONCE: i64 = 10;
pub(crate) const UEID: i64 = 256;
pub(crate) const EAT_PROFILE: i64 = 265;
pub(crate) const DBGSTAT: i64 = 263;
pub(crate) const STATUS: i64 = 1000;
/// Labels for private use (RFC 8392 section 9.1), until some are registered.
pub(crate) const MEASUREMENTS: i64 = -70_001;
pub(crate) const AIK_PUB_HASH: i64 = -70_002;
pub(crate) const SOFTWARE: i64 = -70_003;
pub(crate) const POLICY: i64 = -70_004;
pub(crate) const STANDING: i64 = -70_005;
const LOCATION: i64 = -70_006;
