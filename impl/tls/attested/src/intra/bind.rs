//! What Evidence in answer to a nonce must be about.
//!
//! ```text
//! challenge = SHA-256("attested-tls nonce and key" || 0x00 || nonce || SPKI)
//! ```
//!
//! The nonce has a fixed length, so the octets hashed can be read in one way
//! only. SHA-256 whatever the cipher suite: a server makes its certificate
//! before the suite is known to it.

use rats::{Challenge, Expected, Hash, KeyHash, Placement, UnixSeconds};
use rustls::DistinguishedName;

use super::nonce::Nonce;
use crate::certified::extension::Carried;
use crate::certified::leaf::Leaf;
use crate::certified::verifier::Binding;
use crate::error::{ApiMisuse, Error};

/// The hash of this placement.
pub(super) const HASH: Hash = Hash::Sha256;

const LABEL: &[u8] = b"attested-tls nonce and key\0";

/// What Evidence must be about, for this nonce and the key `spki`.
pub(super) fn expected(nonce: Nonce, spki: &[u8]) -> Result<Expected, ApiMisuse> {
    let digest = HASH.digest(&[LABEL, nonce.as_slice(), spki].concat());
    let length = digest.len();
    Ok(Expected {
        challenge: Challenge::new(digest).map_err(|error| ApiMisuse::Challenge {
            length,
            reason: error.to_string(),
        })?,
        key_hash: KeyHash::of(HASH, spki),
    })
}

/// Evidence bound to this connection's nonce and to a key; not to the channel.
#[derive(Clone, Debug)]
pub struct NonceBinding {
    nonce: Nonce,
    /// The nonce as a name, where it travels as one.
    names: Option<Vec<DistinguishedName>>,
}

impl NonceBinding {
    pub(super) fn new(nonce: Nonce, names: Option<Vec<DistinguishedName>>) -> Self {
        Self { nonce, names }
    }

    pub fn nonce(&self) -> Nonce {
        self.nonce
    }
}

impl Binding for NonceBinding {
    fn placement(&self) -> Placement {
        Placement::Intra
    }

    /// What it is over is of this connection.
    fn evidence_age(&self, _: &Carried, _: UnixSeconds) -> u64 {
        0
    }

    fn expected(&self, leaf: &Leaf, _: &Carried, _: UnixSeconds) -> Result<Expected, Error> {
        Ok(expected(self.nonce, leaf.spki())?)
    }

    fn certificate_authorities(&self) -> Option<&[DistinguishedName]> {
        self.names.as_deref()
    }
}
