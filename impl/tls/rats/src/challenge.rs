//! What a Relying Party asks Evidence to be about: a challenge and a key.
//!
//! The two are both octets and must not change places, so they are types. Both
//! are compared in constant time.

use std::fmt;

use ring::digest;
use subtle::ConstantTimeEq;

/// A TLS cipher suite's hash, which fixes the length of what is derived with
/// it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Hash {
    Sha256,
    Sha384,
}

impl Hash {
    /// Length of a digest in octets.
    pub fn length(self) -> usize {
        self.algorithm().output_len()
    }

    pub fn digest(self, octets: &[u8]) -> Vec<u8> {
        digest::digest(self.algorithm(), octets).as_ref().to_vec()
    }

    fn algorithm(self) -> &'static digest::Algorithm {
        match self {
            Self::Sha256 => &digest::SHA256,
            Self::Sha384 => &digest::SHA384,
        }
    }
}

/// The value Evidence must have signed: the attestation binder of a channel,
/// or a nonce. 8 to 64 octets, as `eat_nonce` (RFC 9711 section 4.1).
#[derive(Clone)]
pub struct Challenge(Vec<u8>);

/// A challenge of a length no Evidence can carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a challenge has 8 to 64 octets, not {0}")]
pub struct ChallengeLength(pub usize);

impl Challenge {
    pub fn new(octets: impl Into<Vec<u8>>) -> Result<Self, ChallengeLength> {
        let octets = octets.into();
        match octets.len() {
            8..=64 => Ok(Self(octets)),
            other => Err(ChallengeLength(other)),
        }
    }

    pub fn as_slice(&self) -> &[u8] {
        &self.0
    }

    /// In a field of 64 octets, as hardware has it: padded on the right with
    /// zeros. The whole field is compared, so padding cannot be something else.
    pub fn padded(&self) -> [u8; 64] {
        let mut field = [0; 64];
        let (start, _) = field.split_at_mut(self.0.len());
        start.copy_from_slice(&self.0);
        field
    }
}

/// The digest of the public key that authenticates the channel: `AIK_pub_hash`
/// of draft-fossati-seat-expat, over the DER SubjectPublicKeyInfo exactly as in
/// the end-entity certificate, with the hash of the cipher suite.
#[derive(Clone)]
pub struct KeyHash(Vec<u8>);

impl KeyHash {
    pub fn of(hash: Hash, subject_public_key_info: &[u8]) -> Self {
        Self(hash.digest(subject_public_key_info))
    }

    /// A key hash somebody else computed: that of a claim.
    pub(crate) fn claimed(octets: Vec<u8>) -> Self {
        Self(octets)
    }

    pub fn as_slice(&self) -> &[u8] {
        &self.0
    }
}

macro_rules! compare_in_constant_time {
    ($($name:ident),*) => {$(
        impl PartialEq for $name {
            /// Lengths are public; octets are compared in constant time.
            fn eq(&self, other: &Self) -> bool {
                self.0.ct_eq(&other.0).into()
            }
        }

        impl Eq for $name {}

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), Hex(&self.0))
            }
        }
    )*};
}

compare_in_constant_time!(Challenge, KeyHash);

/// Prints octets as lower-case hex.
pub(crate) struct Hex<'o>(pub(crate) &'o [u8]);

impl fmt::Display for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|octet| write!(f, "{octet:02x}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn challenges_have_the_length_of_a_nonce() {
        for length in [0, 7, 65] {
            assert_eq!(
                Challenge::new(vec![0; length]),
                Err(ChallengeLength(length))
            );
        }
        for length in [8, 64] {
            assert!(Challenge::new(vec![0; length]).is_ok());
        }
    }

    #[test]
    fn equality_is_of_octets_and_length() {
        let challenge = |octets: &[u8]| Challenge::new(octets).unwrap();
        assert_eq!(challenge(&[1; 32]), challenge(&[1; 32]));
        assert_ne!(challenge(&[1; 32]), challenge(&[1; 33]));
        assert_ne!(challenge(&[1; 32]), challenge(&[2; 32]));
    }

    /// FIPS 180-4, the message `abc`.
    #[test]
    fn digests_are_the_standard_ones() {
        let shown = |hash: Hash| Hex(&hash.digest(b"abc")).to_string();
        assert!(shown(Hash::Sha256).starts_with("ba7816bf8f01cfea"));
        assert!(shown(Hash::Sha384).starts_with("cb00753f45a35e8b"));
        assert_eq!((Hash::Sha256.length(), Hash::Sha384.length()), (32, 48));
    }
}
