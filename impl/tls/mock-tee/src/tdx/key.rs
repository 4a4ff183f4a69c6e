//! P-256 keys that follow from a seed, and sign deterministically.

use p256::ecdsa::signature::Signer;
use p256::ecdsa::{Signature, SigningKey};
use rcgen::{PKCS_ECDSA_P256_SHA256, PublicKeyData, SignatureAlgorithm};

use crate::root::derive;

/// A key pair.
#[derive(Clone)]
pub(super) struct Key {
    signing: SigningKey,
    /// SEC 1, uncompressed.
    public: Vec<u8>,
}

impl Key {
    /// All but one in 2^32 of 32 octets are a scalar of P-256; of the others the
    /// next is taken.
    pub(super) fn derive(seed: &[u8; 32], purpose: &str) -> Self {
        let mut octets = derive(seed, purpose);
        let signing = loop {
            match SigningKey::from_slice(&octets) {
                Ok(key) => break key,
                Err(_) => octets = derive(&octets, purpose),
            }
        };
        let point = signing.verifying_key().to_encoded_point(false);
        let public = point.as_bytes().to_vec();
        Self { signing, public }
    }

    /// x and y, 32 octets each, as quotes have them.
    pub(super) fn coordinates(&self) -> &[u8] {
        self.public.get(1..).unwrap_or_default()
    }

    /// ECDSA with SHA-256: r and s, 32 octets each.
    pub(super) fn sign_raw(&self, message: &[u8]) -> [u8; 64] {
        let signature: Signature = self.signing.sign(message);
        signature.to_bytes().into()
    }
}

impl PublicKeyData for Key {
    fn der_bytes(&self) -> &[u8] {
        &self.public
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        &PKCS_ECDSA_P256_SHA256
    }
}

impl rcgen::SigningKey for Key {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        let signature: Signature = self.signing.sign(message);
        Ok(signature.to_der().as_bytes().to_vec())
    }
}
