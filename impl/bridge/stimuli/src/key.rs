//! Keys of the laboratory: fresh ones of the product's provider, or ones that
//! follow from a seed.

use std::sync::Arc;

use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey as Ecdsa};
use rcgen::{KeyPair, PublicKeyData};
use rustls::crypto::ring;
use rustls::pki_types::{PrivatePkcs8KeyDer, SubjectPublicKeyInfoDer, alg_id};
use rustls::sign::{Signer, SigningKey, public_key_to_spki};
use rustls::{Error, SignatureAlgorithm, SignatureScheme};

use crate::Failure;
use crate::seeded::Seed;

const SCHEME: SignatureScheme = SignatureScheme::ECDSA_NISTP256_SHA256;

/// An ECDSA key on P-256, as both rustls and the certificate encoder want it.
pub(crate) struct Key {
    usable: Arc<dyn SigningKey>,
    /// The point, uncompressed.
    public: Vec<u8>,
}

impl Key {
    /// Of ring, as a deployment has it.
    pub(crate) fn fresh() -> Result<Self, Failure> {
        let pair = KeyPair::generate()?;
        let pkcs8 = PrivatePkcs8KeyDer::from(pair.serialize_der());
        Ok(Self {
            usable: ring::sign::any_supported_type(&pkcs8.into())?,
            public: pair.public_key_raw().to_vec(),
        })
    }

    /// The key of this name, whose signatures are the same each time.
    pub(crate) fn seeded(seed: &Seed, name: &str) -> Result<Self, Failure> {
        let secret = Ecdsa::from_slice(&seed.derive(name))
            .map_err(|_| Failure::Encoding(format!("the seed gives no key `{name}`")))?;
        let point = secret.verifying_key().to_encoded_point(false);
        Ok(Self {
            public: point.as_bytes().to_vec(),
            usable: Arc::new(Repeatable { secret }),
        })
    }

    /// As rustls wants it.
    pub(crate) fn usable(&self) -> Arc<dyn SigningKey> {
        Arc::clone(&self.usable)
    }

    /// SubjectPublicKeyInfo, DER.
    pub(crate) fn spki(&self) -> Vec<u8> {
        self.subject_public_key_info()
    }
}

impl PublicKeyData for Key {
    fn der_bytes(&self) -> &[u8] {
        &self.public
    }

    fn algorithm(&self) -> &'static rcgen::SignatureAlgorithm {
        &rcgen::PKCS_ECDSA_P256_SHA256
    }
}

impl rcgen::SigningKey for Key {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        self.usable
            .choose_scheme(&[SCHEME])
            .and_then(|signer| signer.sign(message).ok())
            .ok_or(rcgen::Error::RemoteKeyError)
    }
}

/// Signs with the nonce of RFC 6979, which follows from key and message.
#[derive(Clone, Debug)]
struct Repeatable {
    secret: Ecdsa,
}

impl SigningKey for Repeatable {
    fn choose_scheme(&self, offered: &[SignatureScheme]) -> Option<Box<dyn Signer>> {
        offered
            .contains(&SCHEME)
            .then(|| Box::new(self.clone()) as Box<dyn Signer>)
    }

    fn public_key(&self) -> Option<SubjectPublicKeyInfoDer<'_>> {
        let point = self.secret.verifying_key().to_encoded_point(false);
        Some(public_key_to_spki(&alg_id::ECDSA_P256, point.as_bytes()))
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        SignatureAlgorithm::ECDSA
    }
}

impl Signer for Repeatable {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        let signature: Signature = self.secret.sign(message);
        Ok(signature.to_der().as_bytes().to_vec())
    }

    fn scheme(&self) -> SignatureScheme {
        SCHEME
    }
}
