//! Evidence woven into the Certificate message by a compression algorithm of
//! our own.
//!
//! ```text
//! compressed_certificate_message = length (3, big-endian) || cmw || Certificate body
//! ```
//!
//! rustls takes (de)compressors as `'static` values without a handle to the
//! connection that calls them. So an endpoint [`enter`]s its connection around
//! every call into rustls, and what rustls calls on that stack finds it there;
//! leaving restores what was there before. No connection can find another's:
//! outside a call there is none, and inside one it is the caller's own.

use std::cell::RefCell;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use authenticator::Secret;
use rats::Attester;
use rustls::compress::{
    CertCompressor, CertDecompressor, CompressionFailed, CompressionLevel, DecompressionFailed,
};
use rustls::crypto::CryptoProvider;
use rustls::{CertificateCompressionAlgorithm, KeyLog};

use super::bind;
use crate::error::{ApiMisuse, Error};
use crate::evidence::to_cmw;
use crate::observe::{self, Reporter};

/// Of the range for private use (RFC 8879 section 7.3).
const ALGORITHM: CertificateCompressionAlgorithm = CertificateCompressionAlgorithm::Unknown(0xff61);

/// The key-log label of the secret the binder is made of.
const LABEL: &str = "CLIENT_HANDSHAKE_TRAFFIC_SECRET";

pub(super) static COMPRESSOR: &dyn CertCompressor = &EvidenceCompression;
pub(super) static DECOMPRESSOR: &dyn CertDecompressor = &EvidenceCompression;

/// What a client's connection has learned.
#[derive(Default)]
pub(super) struct Woven {
    pub(super) secret: Option<Secret>,
    pub(super) cmw: Option<Vec<u8>>,
}

impl fmt::Debug for Woven {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Woven")
            .field("secret", &self.secret.is_some())
            .field("cmw", &self.cmw)
            .finish()
    }
}

/// What a server's connection needs to weave Evidence in.
pub(super) struct Loom {
    pub(super) provider: Arc<CryptoProvider>,
    pub(super) attester: Arc<dyn Attester>,
    pub(super) spki: Vec<u8>,
    pub(super) reporter: Reporter,
    pub(super) state: Mutex<LoomState>,
}

#[derive(Default)]
pub(super) struct LoomState {
    secret: Option<Secret>,
    /// `None` as long as the client's offer has not been taken up.
    pub(super) outcome: Option<Result<(), Error>>,
}

/// One end of one connection.
#[derive(Clone)]
pub(crate) enum Current {
    Client(Arc<Mutex<Woven>>),
    Server(Arc<Loom>),
}

thread_local! {
    static CURRENT: RefCell<Option<Current>> = const { RefCell::new(None) };
}

/// The connection is entered for as long as this lives.
pub(crate) struct Entered {
    previous: Option<Current>,
}

/// Makes `current` the connection on whose behalf rustls is called.
pub(crate) fn enter(current: Current) -> Entered {
    Entered {
        previous: CURRENT.replace(Some(current)),
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        CURRENT.set(self.previous.take());
    }
}

/// Keeps the one secret, and passes everything on.
pub(super) struct SecretLog {
    pub(super) current: Current,
    pub(super) next: Arc<dyn KeyLog>,
}

impl KeyLog for SecretLog {
    fn log(&self, label: &str, client_random: &[u8], secret: &[u8]) {
        if label == LABEL {
            let secret = Some(Secret::new(secret.to_vec()));
            match &self.current {
                Current::Client(woven) => lock(woven).secret = secret,
                Current::Server(loom) => lock(&loom.state).secret = secret,
            }
        }
        self.next.log(label, client_random, secret);
    }
}

impl fmt::Debug for SecretLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretLog")
    }
}

impl Loom {
    /// The length-prefixed Evidence.
    fn weave(&self, secret: Option<&Secret>) -> Result<Vec<u8>, Error> {
        // rustls derives the secret before it sends a certificate.
        let secret = secret.ok_or(ApiMisuse::NotVerified)?;
        let (expected, hash) = bind::expected(&self.provider, secret.as_ref(), &self.spki)?;
        let evidence = self.attester.attest(&expected.challenge, hash)?;
        self.reporter
            .report(observe::evidence(&evidence, &expected.challenge));
        let cmw = to_cmw(&evidence)?; // at most 64 KiB
        let length = (cmw.len() as u32).to_be_bytes();
        Ok([&length[1..], &cmw].concat())
    }
}

#[derive(Debug)]
struct EvidenceCompression;

impl CertCompressor for EvidenceCompression {
    fn compress(
        &self,
        certificate: Vec<u8>,
        _: CompressionLevel,
    ) -> Result<Vec<u8>, CompressionFailed> {
        let Some(Current::Server(loom)) = CURRENT.with_borrow(Clone::clone) else {
            return Err(CompressionFailed);
        };
        let mut state = lock(&loom.state);
        // After a failure rustls sends the certificate without Evidence, and
        // the endpoint ends the connection over the outcome left here.
        let (woven, outcome) = match loom.weave(state.secret.as_ref()) {
            Ok(evidence) => (Ok([evidence, certificate].concat()), Ok(())),
            Err(error) => (Err(CompressionFailed), Err(error)),
        };
        state.outcome = Some(outcome);
        woven
    }

    fn algorithm(&self) -> CertificateCompressionAlgorithm {
        ALGORITHM
    }
}

impl CertDecompressor for EvidenceCompression {
    fn decompress(&self, input: &[u8], output: &mut [u8]) -> Result<(), DecompressionFailed> {
        let Some(Current::Client(woven)) = CURRENT.with_borrow(Clone::clone) else {
            return Err(DecompressionFailed);
        };
        let [a, b, c, rest @ ..] = input else {
            return Err(DecompressionFailed);
        };
        let length = usize::from(*a) << 16 | usize::from(*b) << 8 | usize::from(*c);
        let (cmw, certificate) = rest.split_at_checked(length).ok_or(DecompressionFailed)?;
        if certificate.len() != output.len() {
            return Err(DecompressionFailed);
        }
        output.copy_from_slice(certificate);
        lock(&woven).cmw = Some(cmw.to_vec());
        Ok(())
    }

    fn algorithm(&self) -> CertificateCompressionAlgorithm {
        ALGORITHM
    }
}

/// Every writer leaves a whole value, so a panic elsewhere leaves nothing half
/// done.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_lengths_that_do_not_add_up() {
        let woven = Arc::new(Mutex::new(Woven::default()));
        let _entered = enter(Current::Client(Arc::clone(&woven)));
        let mut output = [0; 2];
        for input in [
            &[][..],
            &[0, 0],
            &[0, 0, 1],
            &[0, 0, 1, 7],
            &[0, 0, 1, 7, 8],
            &[0, 0, 0, 7, 8, 9],
            &[1, 0, 0, 7, 8, 9],
        ] {
            assert!(EvidenceCompression.decompress(input, &mut output).is_err());
            assert!(lock(&woven).cmw.is_none());
        }
        let input = [0, 0, 1, 7, 8, 9];
        assert!(EvidenceCompression.decompress(&input, &mut output).is_ok());
        assert_eq!(
            (lock(&woven).cmw.as_deref(), output),
            (Some(&[7][..]), [8, 9])
        );
    }

    #[test]
    fn no_connection_is_found_outside_a_call() {
        let woven = Arc::new(Mutex::new(Woven::default()));
        drop(enter(Current::Client(woven)));
        let input = [0, 0, 1, 7, 8];
        assert!(EvidenceCompression.decompress(&input, &mut [0]).is_err());
        let level = CompressionLevel::Interactive;
        assert!(EvidenceCompression.compress(vec![8], level).is_err());
    }
}
