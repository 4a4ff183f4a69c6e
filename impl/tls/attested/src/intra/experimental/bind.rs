//! The binder over the handshake's secrets.
//!
//! ```text
//! challenge = HMAC(CLIENT_HANDSHAKE_TRAFFIC_SECRET, "attested-tls handshake secret" || 0x00 || SPKI)
//! ```
//!
//! with the suite's hash. The secret is a key of HKDF-Expand-Label too, whose
//! HMAC inputs begin with a length of at most 255 * 48 in two octets (RFC 8446
//! section 7.1), so with an octet of at most 0x2f; ours begin with an `a`.
//! The values are apart, and the challenge betrays nothing of the traffic keys.

use std::sync::{Arc, Mutex};

use rats::{Challenge, Expected, Hash, KeyHash, Placement, UnixSeconds};
use rustls::crypto::CryptoProvider;
use rustls::crypto::tls13::OkmBlock;
use rustls::pki_types::CertificateDer;

use super::compression::{Current, Entered, Woven, enter, lock};
use crate::certified::extension::Carried;
use crate::certified::leaf::Leaf;
use crate::certified::verifier::Binding;
use crate::error::{ApiMisuse, Error, PeerIncompatible};

const LABEL: &[u8] = b"attested-tls handshake secret\0";

/// What Evidence must be about, for `secret`, of the negotiated suite's
/// length, and the key `spki`; and the suite's hash.
pub(super) fn expected(
    provider: &CryptoProvider,
    secret: &[u8],
    spki: &[u8],
) -> Result<(Expected, Hash), ApiMisuse> {
    let hash = [Hash::Sha256, Hash::Sha384]
        .into_iter()
        .find(|hash| hash.length() == secret.len())
        .ok_or(ApiMisuse::NotVerified)?;
    // Suites of one hash have one HMAC.
    let suite = provider
        .cipher_suites
        .iter()
        .filter_map(|suite| suite.tls13())
        .find(|suite| suite.common.hash_provider.output_len() == secret.len())
        .ok_or(ApiMisuse::NotVerified)?;
    let tag = suite
        .hkdf_provider
        .hmac_sign(&OkmBlock::new(secret), &[LABEL, spki].concat());
    let challenge = Challenge::new(tag.as_ref()).map_err(|error| ApiMisuse::Challenge {
        length: tag.as_ref().len(),
        reason: error.to_string(),
    })?;
    let key_hash = KeyHash::of(hash, spki);
    let expected = Expected {
        challenge,
        key_hash,
    };
    Ok((expected, hash))
}

/// Evidence bound to the handshake's secrets and to a key.
#[derive(Debug)]
pub struct SecretBinding {
    provider: Arc<CryptoProvider>,
    woven: Arc<Mutex<Woven>>,
}

impl SecretBinding {
    pub(super) fn new(provider: Arc<CryptoProvider>, woven: Arc<Mutex<Woven>>) -> Self {
        Self { provider, woven }
    }
}

impl Binding for SecretBinding {
    fn placement(&self) -> Placement {
        Placement::Intra
    }

    /// What it is over is of this connection.
    fn evidence_age(&self, _: &Carried, _: UnixSeconds) -> u64 {
        0
    }

    fn enter(&self) -> Option<Entered> {
        Some(enter(Current::Client(Arc::clone(&self.woven))))
    }

    fn evidence(&self, chain: &[&CertificateDer<'_>]) -> Result<Carried, Error> {
        let woven = lock(&self.woven);
        let cmw = woven.cmw.clone().ok_or(PeerIncompatible::NoEvidence)?;
        // No certificate carries the Evidence, so none limits it but the first.
        let first = chain.first().ok_or(PeerIncompatible::NoEvidence)?;
        Ok(Carried {
            cmw,
            validity: Leaf::read(first)?.validity(),
        })
    }

    fn expected(&self, leaf: &Leaf, _: &Carried, _: UnixSeconds) -> Result<Expected, Error> {
        let woven = lock(&self.woven);
        // The secret is logged before a certificate can be read at all.
        let secret = woven.secret.as_ref().ok_or(ApiMisuse::NotVerified)?;
        Ok(expected(&self.provider, secret.as_ref(), leaf.spki())?.0)
    }
}
