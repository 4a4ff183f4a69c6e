//! What Evidence in a certificate says about it.
//!
//! ```text
//! challenge     = SHA-256(claims-buffer)
//! claims-buffer = { ? "validity": [not_before, not_after],     Unix seconds
//!                   "pubkey-hash": bstr .cbor [1, SHA-256(SPKI)] }
//! ```
//!
//! Deterministic CBOR; without `validity` it is the buffer of interoperable
//! RA-TLS (1 is SHA-256 in the registry of named information). No copy travels:
//! the verifier makes its own from the certificate in its hands, so there is
//! nothing unsigned to be taken for what was signed.

use std::time::Duration;

use ciborium::Value;
use rats::{Challenge, Expected, Hash, KeyHash, Placement, UnixSeconds};

use crate::certified::extension::Carried;
use crate::certified::leaf::{Leaf, Validity};
use crate::certified::verifier::Binding;
use crate::error::{ApiMisuse, CertificateRefusal, Error};

/// The hash of this placement; there is no cipher suite yet to choose one.
pub(super) const HASH: Hash = Hash::Sha256;

/// What the Attester signs about the certificate.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Statement {
    /// The key alone. How old the Evidence is, only the certificate says, and
    /// whoever signed that.
    Key,
    /// The key, and from when to when the certificate is valid.
    #[default]
    KeyAndValidity,
}

impl Statement {
    /// What Evidence must be about, for the key `spki` in a certificate of
    /// this validity.
    pub(super) fn expected(self, spki: &[u8], validity: Validity) -> Result<Expected, ApiMisuse> {
        let digest = HASH.digest(&self.claims_buffer(spki, validity)?);
        let length = digest.len();
        Ok(Expected {
            challenge: Challenge::new(digest).map_err(|error| ApiMisuse::Challenge {
                length,
                reason: error.to_string(),
            })?,
            key_hash: KeyHash::of(HASH, spki),
        })
    }

    fn claims_buffer(self, spki: &[u8], validity: Validity) -> Result<Vec<u8>, ApiMisuse> {
        const SHA_256: u64 = 1;
        let key_hash = Value::Array(vec![SHA_256.into(), Value::Bytes(HASH.digest(spki))]);
        let key_hash = (
            Value::Text("pubkey-hash".to_owned()),
            Value::Bytes(encode(&key_hash)?),
        );
        let UnixSeconds(not_before) = validity.not_before;
        let UnixSeconds(not_after) = validity.not_after;
        let validity = (
            Value::Text("validity".to_owned()),
            Value::Array(vec![not_before.into(), not_after.into()]),
        );
        encode(&Value::Map(match self {
            Self::Key => vec![key_hash],
            Self::KeyAndValidity => vec![validity, key_hash],
        }))
    }
}

fn encode(value: &Value) -> Result<Vec<u8>, ApiMisuse> {
    let mut octets = Vec::new();
    ciborium::into_writer(value, &mut octets).map_err(|error| ApiMisuse::CertificateIssue {
        reason: error.to_string(),
    })?;
    Ok(octets)
}

/// Evidence bound to a key by a certificate of limited age.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct KeyBinding {
    pub statement: Statement,
    /// How long ago the certificate with the Evidence may have become valid.
    pub maximum_age: Duration,
}

impl Binding for KeyBinding {
    fn placement(&self) -> Placement {
        Placement::Pre
    }

    fn evidence_age(&self, carried: &Carried, now: UnixSeconds) -> u64 {
        now.0.saturating_sub(carried.validity.not_before.0)
    }

    fn expected(
        &self,
        leaf: &Leaf,
        carried: &Carried,
        now: UnixSeconds,
    ) -> Result<Expected, Error> {
        let age = self.evidence_age(carried, now);
        let limit = self.maximum_age.as_secs();
        if age > limit {
            return Err(CertificateRefusal::TooOld { age, limit }.into());
        }
        Ok(self.statement.expected(leaf.spki(), carried.validity)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VALIDITY: Validity = Validity {
        not_before: UnixSeconds(1),
        not_after: UnixSeconds(1000),
    };

    /// Octets put together by hand from RFC 8949.
    #[test]
    fn claims_buffers_are_these_octets() {
        let digest = HASH.digest(b"spki");
        let key_hash = [
            &[0x6b][..],
            b"pubkey-hash",
            &[0x58, 36, 0x82, 0x01, 0x58, 32],
            &digest,
        ]
        .concat();
        let key = [&[0xa1][..], &key_hash].concat();
        assert_eq!(Statement::Key.claims_buffer(b"spki", VALIDITY), Ok(key));
        let validity = [&[0x68][..], b"validity", &[0x82, 0x01, 0x19, 0x03, 0xe8]].concat();
        let both = [&[0xa2][..], &validity, &key_hash].concat();
        assert_eq!(
            Statement::KeyAndValidity.claims_buffer(b"spki", VALIDITY),
            Ok(both)
        );
    }
}
