//! Signatures, whatever structure they were found in.
//!
//! A signature is held as its TLS SignatureScheme (two octets, RFC 8446
//! section 4.2.3) followed by the signature in the form TLS uses, so that a
//! certificate's, a CertificateVerify's and a COSE signature are one kind of
//! value. A public key is held as its SubjectPublicKeyInfo in DER.

use p256::ecdsa::signature::Verifier as _;
use x509_cert::{
    der::{Decode, asn1::ObjectIdentifier},
    spki::SubjectPublicKeyInfoRef,
};

const ECDSA_SECP256R1_SHA256: u16 = 0x0403;
const ECDSA_SECP384R1_SHA384: u16 = 0x0503;
const ED25519: u16 = 0x0807;

/// Why a signature cannot be judged here at all.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unsupported {
    #[error("the public key is not a SubjectPublicKeyInfo")]
    Key,
    #[error("public key algorithm {0}")]
    KeyAlgorithm(String),
}

/// Whether `signature` is one of `message` under `key`.
///
/// A scheme that does not belong to the key is a signature that does not
/// verify; a key of an algorithm unknown here is not judged.
pub(crate) fn verify(key: &[u8], message: &[u8], signature: &[u8]) -> Result<bool, Unsupported> {
    let info = SubjectPublicKeyInfoRef::from_der(key).map_err(|_| Unsupported::Key)?;
    let public = info.subject_public_key.as_bytes().ok_or(Unsupported::Key)?;
    let parameters = info
        .algorithm
        .parameters
        .and_then(|any| any.decode_as::<ObjectIdentifier>().ok())
        .map(|oid| oid.to_string());
    let Some((scheme, value)) = signature.split_first_chunk::<2>() else {
        return Ok(false);
    };
    let scheme = u16::from_be_bytes(*scheme);
    match (
        info.algorithm.oid.to_string().as_str(),
        parameters.as_deref(),
    ) {
        // id-ecPublicKey with prime256v1, secp384r1; id-Ed25519
        ("1.2.840.10045.2.1", Some("1.2.840.10045.3.1.7")) => {
            Ok(scheme == ECDSA_SECP256R1_SHA256 && p256_verifies(public, message, value))
        }
        ("1.2.840.10045.2.1", Some("1.3.132.0.34")) => {
            Ok(scheme == ECDSA_SECP384R1_SHA384 && p384_verifies(public, message, value))
        }
        ("1.3.101.112", None) => Ok(scheme == ED25519 && ed25519_verifies(public, message, value)),
        (algorithm, _) => Err(Unsupported::KeyAlgorithm(algorithm.into())),
    }
}

/// The scheme with the meaning of an X.509 signature algorithm.
pub(crate) fn scheme_of_x509(oid: &str) -> Option<u16> {
    match oid {
        "1.2.840.10045.4.3.2" => Some(ECDSA_SECP256R1_SHA256),
        "1.2.840.10045.4.3.3" => Some(ECDSA_SECP384R1_SHA384),
        "1.3.101.112" => Some(ED25519),
        _ => None,
    }
}

/// A COSE signature (RFC 9053 section 2) in the form held here: ECDSA's two
/// numbers become the DER that TLS uses.
pub(crate) fn from_cose(algorithm: i128, raw: &[u8]) -> Option<Vec<u8>> {
    let (scheme, value) = match algorithm {
        -7 => {
            let signature = p256::ecdsa::Signature::from_slice(raw).ok()?;
            (
                ECDSA_SECP256R1_SHA256,
                signature.to_der().as_bytes().to_vec(),
            )
        }
        -8 if raw.len() == 64 => (ED25519, raw.to_vec()),
        -35 => {
            let signature = p384::ecdsa::Signature::from_slice(raw).ok()?;
            (
                ECDSA_SECP384R1_SHA384,
                signature.to_der().as_bytes().to_vec(),
            )
        }
        _ => return None,
    };
    Some([scheme.to_be_bytes().as_slice(), &value].concat())
}

fn p256_verifies(public: &[u8], message: &[u8], der: &[u8]) -> bool {
    let key = p256::ecdsa::VerifyingKey::from_sec1_bytes(public);
    let signature = p256::ecdsa::Signature::from_der(der);
    matches!((key, signature), (Ok(key), Ok(signature)) if key.verify(message, &signature).is_ok())
}

fn p384_verifies(public: &[u8], message: &[u8], der: &[u8]) -> bool {
    let key = p384::ecdsa::VerifyingKey::from_sec1_bytes(public);
    let signature = p384::ecdsa::Signature::from_der(der);
    matches!((key, signature), (Ok(key), Ok(signature)) if key.verify(message, &signature).is_ok())
}

/// Strict: no small-order keys, as RFC 8032 section 5.1.7 permits.
fn ed25519_verifies(public: &[u8], message: &[u8], octets: &[u8]) -> bool {
    let key = <[u8; 32]>::try_from(public)
        .ok()
        .and_then(|octets| ed25519_dalek::VerifyingKey::from_bytes(&octets).ok());
    let signature = ed25519_dalek::Signature::from_slice(octets).ok();
    matches!((key, signature), (Some(key), Some(signature))
        if key.verify_strict(message, &signature).is_ok())
}
