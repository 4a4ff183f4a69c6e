//! Signatures checked, those in certificates included.
//!
//! The verifier's public key arrives as the bits of a SubjectPublicKeyInfo;
//! together with the algorithm they are one again.

use std::fmt;

use event::{Bytes, Kind};
use rustls::SignatureScheme;
use rustls::crypto::{CryptoProvider, WebPkiSupportedAlgorithms};
use rustls::pki_types::{AlgorithmIdentifier, InvalidSignature, SignatureVerificationAlgorithm};
use rustls::sign::public_key_to_spki;

use super::wrapped::Slot;

type Algorithm = &'static dyn SignatureVerificationAlgorithm;

pub(super) fn algorithms(
    base: &CryptoProvider,
    shared: &'static Slot,
) -> WebPkiSupportedAlgorithms {
    let base = base.signature_verification_algorithms;
    let all: Vec<_> = base
        .all
        .iter()
        .map(|&inner| observed(inner, scheme_of(&base, inner), shared))
        .collect();
    let mapping: Vec<_> = base
        .mapping
        .iter()
        .map(|&(scheme, algorithms)| {
            let observed: Vec<_> = algorithms
                .iter()
                .map(|&inner| observed(inner, scheme, shared))
                .collect();
            (scheme, &*observed.leak())
        })
        .collect();
    WebPkiSupportedAlgorithms {
        all: all.leak(),
        mapping: mapping.leak(),
    }
}

fn observed(inner: Algorithm, scheme: SignatureScheme, shared: &'static Slot) -> Algorithm {
    Box::leak(Box::new(ObservedAlgorithm {
        inner,
        scheme,
        shared,
    }))
}

/// In certificates, algorithms go without a TLS number; this is the number of
/// the same key and signature algorithms, or zero where TLS has none.
fn scheme_of(base: &WebPkiSupportedAlgorithms, inner: Algorithm) -> SignatureScheme {
    base.mapping
        .iter()
        .find(|(_, algorithms)| {
            algorithms.first().is_some_and(|candidate| {
                candidate.public_key_alg_id() == inner.public_key_alg_id()
                    && candidate.signature_alg_id() == inner.signature_alg_id()
            })
        })
        .map_or(SignatureScheme::Unknown(0), |&(scheme, _)| scheme)
}

struct ObservedAlgorithm {
    inner: Algorithm,
    scheme: SignatureScheme,
    shared: &'static Slot,
}

impl SignatureVerificationAlgorithm for ObservedAlgorithm {
    fn verify_signature(
        &self,
        public_key: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), InvalidSignature> {
        let outcome = self.inner.verify_signature(public_key, message, signature);
        let spki = public_key_to_spki(&self.inner.public_key_alg_id(), public_key);
        self.shared.record(Kind::Verify {
            key: Bytes::clear(spki.as_ref()),
            scheme: self.scheme.into(),
            tbs: Bytes::clear(message),
            signature: Bytes::clear(signature),
            ok: outcome.is_ok(),
        });
        outcome
    }

    fn public_key_alg_id(&self) -> AlgorithmIdentifier {
        self.inner.public_key_alg_id()
    }

    fn signature_alg_id(&self) -> AlgorithmIdentifier {
        self.inner.signature_alg_id()
    }

    fn fips(&self) -> bool {
        self.inner.fips()
    }
}

impl fmt::Debug for ObservedAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ObservedAlgorithm({:?})", self.scheme)
    }
}
