//! What a placement has of its own on the wire: where Evidence sits, and its
//! hash.

use rats::Hash;

use crate::machine::suite::Suite;

/// A way of attesting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Dialect {
    /// [`attested::pre`]: Evidence in a certificate made beforehand.
    Pre,
    /// [`attested::intra`]: Evidence over a nonce in a certificate.
    Intra,
    /// [`attested::intra::experimental`]: Evidence over the handshake's
    /// secrets, woven into the Certificate message.
    Woven,
    /// [`attested::post`]: Evidence in an authenticator.
    Post,
}

impl Dialect {
    /// Whether Evidence travels beside the certificates in their message.
    pub fn weaves(self) -> bool {
        self == Self::Woven
    }

    /// The hash of what Evidence is about; certificates are made before a
    /// suite is chosen.
    pub(crate) fn evidence_hash(self, suite: Suite) -> Hash {
        match self {
            Self::Pre | Self::Intra => Hash::Sha256,
            Self::Woven | Self::Post => crate::machine::claim_hash(suite),
        }
    }
}

/// What Evidence in answer to a nonce is about, see [`attested::intra`].
pub(crate) fn nonce_and_key(nonce: &[u8], spki: &[u8]) -> Vec<u8> {
    let label = b"attested-tls nonce and key\0";
    Suite::Sha256.hash(&[label, nonce, spki].concat())
}

/// What Evidence about a key alone is about, see [`attested::pre::Statement`].
pub(crate) fn key_alone(spki: &[u8]) -> Vec<u8> {
    Suite::Sha256.hash(&claims_buffer(&Suite::Sha256.hash(spki)))
}

/// The claims-buffer of interoperable RA-TLS around the hash of a key.
pub(crate) fn claims_buffer(hash: &[u8]) -> Vec<u8> {
    let inner = [&[0x82, 0x01, 0x58, hash.len() as u8][..], hash].concat();
    let head = [
        &[0xa1, 0x6b][..],
        b"pubkey-hash",
        &[0x58, inner.len() as u8],
    ]
    .concat();
    [head, inner].concat()
}
