//! Hash, HMAC, HKDF, record protection and X25519, on octets of the attacker's
//! choice (RFC 8446 sections 5 and 7, RFC 5869, RFC 7748).
//!
//! TLS stacks do not let their caller choose a private value or a sequence
//! number; an attacker chooses both. So this is the attacker's own stack.

use ring::{aead, digest, hmac};
use rustls::SupportedCipherSuite;
use rustls::crypto::ring::cipher_suite;

/// The content type of handshake messages in a record.
pub const HANDSHAKE: u8 = 22;
/// The content type of application data.
pub const APPLICATION_DATA: u8 = 23;
/// The X25519 base point: the degenerate share.
pub const BASE_POINT: [u8; 32] = x25519_dalek::X25519_BASEPOINT_BYTES;

/// A cipher suite.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Suite {
    /// TLS_AES_128_GCM_SHA256
    Sha256,
    /// TLS_AES_256_GCM_SHA384
    Sha384,
}

impl Suite {
    /// As rustls has it.
    pub fn rustls(self) -> SupportedCipherSuite {
        match self {
            Self::Sha256 => cipher_suite::TLS13_AES_128_GCM_SHA256,
            Self::Sha384 => cipher_suite::TLS13_AES_256_GCM_SHA384,
        }
    }

    /// Its number on the wire.
    pub fn code(self) -> u16 {
        match self {
            Self::Sha256 => 0x1301,
            Self::Sha384 => 0x1302,
        }
    }

    /// Length of its hash.
    pub fn length(self) -> usize {
        match self {
            Self::Sha256 => 32,
            Self::Sha384 => 48,
        }
    }

    pub fn hash(self, octets: &[u8]) -> Vec<u8> {
        let algorithm = match self {
            Self::Sha256 => &digest::SHA256,
            Self::Sha384 => &digest::SHA384,
        };
        digest::digest(algorithm, octets).as_ref().to_vec()
    }

    pub fn hmac(self, key: &[u8], octets: &[u8]) -> Vec<u8> {
        let algorithm = match self {
            Self::Sha256 => hmac::HMAC_SHA256,
            Self::Sha384 => hmac::HMAC_SHA384,
        };
        let key = hmac::Key::new(algorithm, key);
        hmac::sign(&key, octets).as_ref().to_vec()
    }

    /// HKDF-Extract(salt, IKM).
    pub fn extract(self, salt: &[u8], ikm: &[u8]) -> Vec<u8> {
        self.hmac(salt, ikm)
    }

    /// HKDF-Expand-Label(Secret, Label, Context, Length); the label without
    /// "tls13 ", at most 249 octets, context at most 255, or nothing comes out.
    pub fn expand_label(
        self,
        secret: &[u8],
        label: &[u8],
        context: &[u8],
        length: usize,
    ) -> Option<Vec<u8>> {
        let mut info = u16::try_from(length).ok()?.to_be_bytes().to_vec();
        info.push(u8::try_from(6 + label.len()).ok()?);
        info.extend_from_slice(b"tls13 ");
        info.extend_from_slice(label);
        info.push(u8::try_from(context.len()).ok()?);
        info.extend_from_slice(context);
        let mut out = Vec::new();
        let mut block = Vec::new();
        for number in 1..=255_u8 {
            if out.len() >= length {
                break;
            }
            block = self.hmac(secret, &[&block[..], &info, &[number]].concat());
            out.extend_from_slice(&block);
        }
        (out.len() >= length).then(|| {
            out.truncate(length);
            out
        })
    }

    /// A record of application data with this content, under keys derived from
    /// a traffic secret, at a sequence number.
    pub fn seal(self, secret: &[u8], number: u64, kind: u8, content: &[u8]) -> Option<Vec<u8>> {
        let (key, nonce) = self.protection(secret, number)?;
        let mut sealed = content.to_vec();
        sealed.push(kind);
        let length = u16::try_from(sealed.len() + 16).ok()?;
        let header = [&[APPLICATION_DATA, 3, 3][..], &length.to_be_bytes()].concat();
        key.seal_in_place_append_tag(nonce, aead::Aad::from(&header), &mut sealed)
            .ok()?;
        Some([header, sealed].concat())
    }

    /// The content of a record and its type, if it opens.
    pub fn open(self, secret: &[u8], number: u64, record: &[u8]) -> Option<(u8, Vec<u8>)> {
        let (key, nonce) = self.protection(secret, number)?;
        let (header, sealed) = record.split_at_checked(5)?;
        let mut sealed = sealed.to_vec();
        let opened = key
            .open_in_place(nonce, aead::Aad::from(header), &mut sealed)
            .ok()?;
        let last = opened.iter().rposition(|&octet| octet != 0)?;
        Some((opened[last], opened[..last].to_vec()))
    }

    fn protection(self, secret: &[u8], number: u64) -> Option<(aead::LessSafeKey, aead::Nonce)> {
        let algorithm = match self {
            Self::Sha256 => &aead::AES_128_GCM,
            Self::Sha384 => &aead::AES_256_GCM,
        };
        let key = self.expand_label(secret, b"key", b"", algorithm.key_len())?;
        let iv = self.expand_label(secret, b"iv", b"", 12)?;
        let mut nonce = <[u8; 12]>::try_from(iv).ok()?;
        for (octet, number) in nonce[4..].iter_mut().zip(number.to_be_bytes()) {
            *octet ^= number;
        }
        let key = aead::UnboundKey::new(algorithm, &key).ok()?;
        let nonce = aead::Nonce::assume_unique_for_key(nonce);
        Some((aead::LessSafeKey::new(key), nonce))
    }
}

/// Scalar multiplication: a share, or a shared secret.
pub fn x25519(scalar: [u8; 32], point: [u8; 32]) -> [u8; 32] {
    x25519_dalek::x25519(scalar, point)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_open_at_their_own_number_only() {
        for suite in [Suite::Sha256, Suite::Sha384] {
            let record = suite.seal(&[7; 32], 1, HANDSHAKE, b"abc").expect("seals");
            assert_eq!(
                suite.open(&[7; 32], 1, &record),
                Some((HANDSHAKE, b"abc".to_vec()))
            );
            assert_eq!(suite.open(&[7; 32], 0, &record), None);
            assert_eq!(suite.open(&[8; 32], 1, &record), None);
        }
    }

    /// RFC 8448 section 3: the handshake secret's "derived" secret.
    #[test]
    fn derives_as_rfc_8448_does() {
        let suite = Suite::Sha256;
        let early = suite.extract(&[0; 32], &[0; 32]);
        assert!(early.starts_with(&[0x33, 0xad, 0x0a, 0x1c]));
        let derived = suite.expand_label(&early, b"derived", &suite.hash(b""), 32);
        assert!(
            derived
                .expect("32 octets")
                .starts_with(&[0x6f, 0x26, 0x15, 0xa1])
        );
    }

    #[test]
    fn the_base_point_is_a_share_like_any_other() {
        let scalar = [5; 32];
        let public = x25519(scalar, BASE_POINT);
        let other = [6; 32];
        let shared = x25519(other, public);
        assert_eq!(shared, x25519(scalar, x25519(other, BASE_POINT)));
    }
}
