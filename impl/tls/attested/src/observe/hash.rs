//! Cipher suites whose transcript hash passes by the tap.
//!
//! A context is the transcript's if its first octets are; every other context,
//! every fork (rustls forks to read the hash and goes on), and every context
//! begun after the handshake is left alone.

use std::sync::Arc;

use rustls::crypto::hash::{Context, Hash, HashAlgorithm, Output};
use rustls::crypto::{CipherSuiteCommon, CryptoProvider};
use rustls::{SupportedCipherSuite, Tls13CipherSuite};

use super::transcript::Transcript;
use super::wrapped::Slot;
use super::{Shared, aead};

/// The TLS 1.3 suites of `base`, observed. Others are dropped: endpoints of
/// this crate speak TLS 1.3 only.
pub(super) fn cipher_suites(
    base: &CryptoProvider,
    shared: &'static Slot,
) -> Vec<SupportedCipherSuite> {
    base.cipher_suites
        .iter()
        .filter_map(|suite| suite.tls13())
        .map(|suite| SupportedCipherSuite::Tls13(Box::leak(Box::new(observed(suite, shared)))))
        .collect()
}

fn observed(suite: &'static Tls13CipherSuite, shared: &'static Slot) -> Tls13CipherSuite {
    Tls13CipherSuite {
        common: CipherSuiteCommon {
            suite: suite.common.suite,
            hash_provider: Box::leak(Box::new(ObservedHash {
                inner: suite.common.hash_provider,
                shared,
            })),
            confidentiality_limit: suite.common.confidentiality_limit,
        },
        hkdf_provider: suite.hkdf_provider,
        aead_alg: aead::observed(suite.aead_alg, shared),
        quic: suite.quic,
    }
}

struct ObservedHash {
    inner: &'static dyn Hash,
    shared: &'static Slot,
}

impl Hash for ObservedHash {
    fn start(&self) -> Box<dyn Context> {
        let inner = self.inner.start();
        match self.shared.current() {
            Some(shared) if !shared.is_application() => Box::new(ObservedContext {
                inner,
                shared,
                is_transcript: None,
            }),
            _ => inner,
        }
    }

    fn hash(&self, data: &[u8]) -> Output {
        self.inner.hash(data)
    }

    fn output_len(&self) -> usize {
        self.inner.output_len()
    }

    fn algorithm(&self) -> HashAlgorithm {
        self.inner.algorithm()
    }
}

struct ObservedContext {
    inner: Box<dyn Context>,
    shared: Arc<Shared>,
    /// Unknown until the first octet.
    is_transcript: Option<bool>,
}

impl Context for ObservedContext {
    fn fork_finish(&self) -> Output {
        self.inner.fork_finish()
    }

    fn fork(&self) -> Box<dyn Context> {
        self.inner.fork()
    }

    fn finish(self: Box<Self>) -> Output {
        self.inner.finish()
    }

    fn update(&mut self, data: &[u8]) {
        self.inner.update(data);
        if data.is_empty() {
            return;
        }
        let is_transcript = *self
            .is_transcript
            .get_or_insert_with(|| Transcript::begins_with(data));
        if is_transcript {
            let messages = self.shared.transcript().hashing(data);
            self.shared.record_handshake(messages);
        }
    }
}
