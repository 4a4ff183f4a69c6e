//! The functions of a cipher suite's hash: RFC 2104, RFC 5869 and RFC 8446
//! section 7.1.

use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256, Sha384};

use crate::octets::Octets;

/// The hash of a TLS 1.3 cipher suite.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hash {
    Sha256,
    Sha384,
}

impl Hash {
    /// RFC 8446 appendix B.4; `None` for a suite this gate does not know.
    pub(crate) fn of_suite(suite: [u8; 2]) -> Option<Self> {
        match u16::from_be_bytes(suite) {
            // TLS_AES_128_GCM_SHA256, TLS_CHACHA20_POLY1305_SHA256
            0x1301 | 0x1303 => Some(Self::Sha256),
            // TLS_AES_256_GCM_SHA384
            0x1302 => Some(Self::Sha384),
            _ => None,
        }
    }

    /// In octets.
    pub(crate) fn length(self) -> usize {
        match self {
            Self::Sha256 => 32,
            Self::Sha384 => 48,
        }
    }

    pub(crate) fn digest(self, data: &[u8]) -> Octets {
        let mut running = self.start();
        running.update(data);
        running.finish()
    }

    /// Of nothing yet.
    pub(crate) fn start(self) -> Running {
        match self {
            Self::Sha256 => Running::Sha256(Sha256::new()),
            Self::Sha384 => Running::Sha384(Sha384::new()),
        }
    }

    pub(crate) fn hmac(self, key: &[u8], data: &[u8]) -> Octets {
        // HMAC is defined for keys of every length.
        match self {
            Self::Sha256 => <Hmac<Sha256> as Mac>::new_from_slice(key)
                .map(|mac| mac.chain_update(data).finalize().into_bytes()[..].into()),
            Self::Sha384 => <Hmac<Sha384> as Mac>::new_from_slice(key)
                .map(|mac| mac.chain_update(data).finalize().into_bytes()[..].into()),
        }
        .unwrap_or_default()
    }

    /// HKDF-Extract(salt, IKM).
    pub(crate) fn extract(self, salt: &[u8], material: &[u8]) -> Octets {
        match self {
            Self::Sha256 => Hkdf::<Sha256>::extract(Some(salt), material).0[..].into(),
            Self::Sha384 => Hkdf::<Sha384>::extract(Some(salt), material).0[..].into(),
        }
    }

    /// HKDF-Expand-Label of a secret that may be too short for this hash, as one
    /// who took the wrong one would compute it; `None` beyond the first block.
    /// `length` is as terms hold it: eight octets.
    pub(crate) fn first_block(
        self,
        secret: &[u8],
        label: &[u8],
        context: &[u8],
        length: &[u8],
    ) -> Option<Octets> {
        let length = u64::from_be_bytes(<[u8; 8]>::try_from(length).ok()?);
        let length = usize::try_from(length).ok()?;
        let mut info = hkdf_label(label, context, length)?;
        info.push(1);
        let block = self.hmac(secret, &info);
        block.get(..length).map(Octets::from)
    }

    /// HKDF-Expand-Label(Secret, Label, Context, Length); `None` where the
    /// arguments do not fit the HkdfLabel structure or the secret is shorter
    /// than the hash.
    pub(crate) fn expand_label(
        self,
        secret: &[u8],
        label: &[u8],
        context: &[u8],
        length: usize,
    ) -> Option<Octets> {
        let info = hkdf_label(label, context, length)?;
        let mut out = vec![0; length];
        match self {
            Self::Sha256 => Hkdf::<Sha256>::from_prk(secret)
                .ok()?
                .expand(&info, &mut out)
                .ok()?,
            Self::Sha384 => Hkdf::<Sha384>::from_prk(secret)
                .ok()?
                .expand(&info, &mut out)
                .ok()?,
        }
        Some(out.into())
    }
}

/// HkdfLabel, RFC 8446 section 7.1.
fn hkdf_label(label: &[u8], context: &[u8], length: usize) -> Option<Vec<u8>> {
    let mut info = Vec::with_capacity(11 + label.len() + context.len());
    info.extend(u16::try_from(length).ok()?.to_be_bytes());
    info.push(u8::try_from(label.len().checked_add(6)?).ok()?);
    info.extend_from_slice(b"tls13 ");
    info.extend_from_slice(label);
    info.push(u8::try_from(context.len()).ok()?);
    info.extend_from_slice(context);
    Some(info)
}

/// A hash that goes on: of a transcript it is taken again and again, of a little
/// more each time.
#[derive(Clone, Debug)]
pub(crate) enum Running {
    Sha256(Sha256),
    Sha384(Sha384),
}

impl Running {
    pub(crate) fn update(&mut self, data: &[u8]) {
        match self {
            Self::Sha256(hash) => hash.update(data),
            Self::Sha384(hash) => hash.update(data),
        }
    }

    pub(crate) fn finish(self) -> Octets {
        match self {
            Self::Sha256(hash) => hash.finalize()[..].into(),
            Self::Sha384(hash) => hash.finalize()[..].into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 8448 section 3: early secret, then "derived", then the handshake
    /// secret of the simple 1-RTT handshake.
    #[test]
    fn the_key_schedule_of_rfc_8448() {
        let hash = Hash::Sha256;
        let early = hash.extract(&[0; 32], &[0; 32]);
        assert_eq!(
            hex::encode(&early),
            "33ad0a1c607ec03b09e6cd9893680ce210adf300aa1f2660e1b22e10f170f92a"
        );
        let derived = hash
            .expand_label(&early, b"derived", &hash.digest(b""), 32)
            .expect("the arguments fit");
        assert_eq!(
            hex::encode(&derived),
            "6f2615a108c702c5678f54fc9dbab69716c076189c48250cebeac3576c3611ba"
        );
        let shared =
            hex::decode("8bd4054fb55b9d63fdfbacf9f04b9f0d35e6d63f537563efd46272900f89492d")
                .expect("hex");
        assert_eq!(
            hex::encode(hash.extract(&derived, &shared)),
            "1dc826e93606aa6fdc0aadc12f741b01046aa6b99f691ed221a9f0ca043fbeac"
        );
    }

    #[test]
    fn a_label_that_does_not_fit_is_none() {
        assert_eq!(
            Hash::Sha256.expand_label(&[0; 32], &[b'x'; 250], b"", 32),
            None
        );
        assert_eq!(Hash::Sha256.expand_label(&[0; 31], b"x", b"", 32), None);
    }
}
