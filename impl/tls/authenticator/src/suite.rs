//! The hash of the negotiated suite, and the HMAC built on it.
//!
//! RFC 9261 §5.1: every length in an authenticator follows the hash of the
//! connection's cipher suite. One value, [`SuiteHash`], therefore carries both
//! operations, and nothing else in this crate names a hash.

use std::fmt;

use rustls::Tls13CipherSuite;
use rustls::crypto::hash::{self, HashAlgorithm};
use rustls::crypto::tls13::OkmBlock;
use subtle::ConstantTimeEq;

use crate::error::ApiMisuse;

/// Hash and HMAC of one TLS 1.3 cipher suite, SHA-256 or SHA-384.
#[derive(Clone, Copy)]
pub struct SuiteHash {
    suite: &'static Tls13CipherSuite,
}

impl SuiteHash {
    /// Takes the hash of a negotiated suite.
    ///
    /// # Errors
    /// [`ApiMisuse::UnsupportedHash`] for anything but SHA-256 and SHA-384,
    /// the two hashes of RFC 8446's suites.
    pub fn new(suite: &'static Tls13CipherSuite) -> Result<Self, ApiMisuse> {
        match suite.common.hash_provider.algorithm() {
            HashAlgorithm::SHA256 | HashAlgorithm::SHA384 => Ok(Self { suite }),
            _ => Err(ApiMisuse::UnsupportedHash),
        }
    }

    /// Output length in bytes: 32 or 48.
    pub fn output_len(&self) -> usize {
        self.suite.common.hash_provider.output_len()
    }

    /// Hash of the concatenation of `parts`.
    pub fn digest(&self, parts: &[&[u8]]) -> Digest {
        let mut context = self.suite.common.hash_provider.start();
        for part in parts {
            context.update(part);
        }
        Digest(context.finish())
    }

    /// HMAC of one message. `key` is at most 64 bytes: all keys here have the
    /// hash's length, and their types are made only from an exporter.
    pub(crate) fn hmac(&self, key: &[u8], message: &Digest) -> Vec<u8> {
        self.suite
            .hkdf_provider
            .hmac_sign(&OkmBlock::new(key), message.as_ref())
            .as_ref()
            .to_vec()
    }
}

impl fmt::Debug for SuiteHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SuiteHash({:?})", self.suite.common.suite)
    }
}

/// A hash value of the suite's length. Equality is in constant time.
pub struct Digest(hash::Output);

impl AsRef<[u8]> for Digest {
    fn as_ref(&self) -> &[u8] {
        self.0.as_ref()
    }
}

impl PartialEq for Digest {
    fn eq(&self, other: &Self) -> bool {
        self.as_ref().ct_eq(other.as_ref()).into()
    }
}

impl Eq for Digest {}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for byte in self.as_ref() {
            write!(f, "{byte:02x}")?;
        }
        Ok(())
    }
}
