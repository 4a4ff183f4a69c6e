//! Certificates as bytes: CBOR (RFC 8949), and the digest that ties one to a
//! program text.

use crate::SaturationCertificate;
use sha2::{Digest as _, Sha256};

/// Largest certificate that is read, in bytes.
pub const LIMIT: usize = 256 << 20;

/// Bytes that are not a certificate.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BytesError {
    /// Data after the certificate.
    #[error("{0} bytes after the certificate")]
    Trailing(usize),
    /// More than [`LIMIT`] bytes.
    #[error("{0} bytes; certificates are read up to {LIMIT}")]
    TooLarge(usize),
    /// Not CBOR, or not of this shape.
    #[error("not a certificate: {0}")]
    Shape(String),
}

/// The certificate as bytes; the same certificate gives the same bytes.
///
/// # Errors
///
/// Only if a value cannot be represented, which no certificate contains.
pub fn to_bytes(certificate: &SaturationCertificate) -> Result<Vec<u8>, BytesError> {
    let mut out = Vec::new();
    ciborium::into_writer(certificate, &mut out).map_err(|e| BytesError::Shape(e.to_string()))?;
    Ok(out)
}

/// Reads a certificate. What it says is checked elsewhere.
///
/// # Errors
///
/// [`BytesError`] when the bytes are not a certificate.
pub fn from_bytes(bytes: &[u8]) -> Result<SaturationCertificate, BytesError> {
    if bytes.len() > LIMIT {
        return Err(BytesError::TooLarge(bytes.len()));
    }
    let mut rest = bytes;
    let certificate =
        ciborium::from_reader(&mut rest).map_err(|e| BytesError::Shape(e.to_string()))?;
    if rest.is_empty() {
        Ok(certificate)
    } else {
        Err(BytesError::Trailing(rest.len()))
    }
}

/// SHA-256 over parts of certificates as [`to_bytes`] writes them: equal only if
/// they are. `None` if a value cannot be represented, which no certificate
/// contains.
pub fn digest_of(parts: &impl serde::Serialize) -> Option<[u8; 32]> {
    let mut hash = Sha256::new();
    ciborium::into_writer(parts, &mut hash).ok()?;
    Some(hash.finalize().into())
}

/// SHA-256 over names and texts of source files, each with its length in front
/// (8 bytes, big-endian), in link order.
pub fn digest<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> [u8; 32] {
    let mut hash = Sha256::new();
    for (name, text) in files {
        for part in [name, text] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part.as_bytes());
        }
    }
    hash.finalize().into()
}
