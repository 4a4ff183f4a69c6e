//! Ed25519 public keys (RFC 8032) of Attesters and of roots of trust.

use std::fmt;

use ring::signature::{ED25519, UnparsedPublicKey};

use crate::challenge::{Hash, Hex};

/// An Ed25519 public key.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct PublicKey([u8; 32]);

/// The signature does not verify under the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the signature does not verify")]
pub struct BadSignature;

impl PublicKey {
    pub fn new(octets: [u8; 32]) -> Self {
        Self(octets)
    }

    pub fn as_slice(&self) -> &[u8] {
        &self.0
    }

    /// SHA-256 of the 32 octets; the `kid` in the COSE headers of this crate.
    pub fn id(&self) -> Vec<u8> {
        Hash::Sha256.digest(&self.0)
    }

    /// The DER SubjectPublicKeyInfo (RFC 8410 section 4).
    pub fn subject_public_key_info(&self) -> Vec<u8> {
        const PREFIX: [u8; 12] = [
            0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00,
        ];
        [&PREFIX[..], &self.0].concat()
    }

    pub fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), BadSignature> {
        UnparsedPublicKey::new(&ED25519, &self.0)
            .verify(message, signature)
            .map_err(|_| BadSignature)
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", Hex(&self.0))
    }
}
