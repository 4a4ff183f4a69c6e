//! Finished: the MAC that ties an authenticator to its connection
//! (RFC 9261 §5.2.3).
//!
//! ```text
//! verify_data = HMAC(Finished MAC Key,
//!                    Hash(Handshake Context || authenticator request ||
//!                         Certificate || CertificateVerify))
//! ```
//!
//! The MAC is over the hash, its key is exported as is, and its length is the
//! hash's. An empty authenticator is this message alone, over an empty
//! Certificate that is hashed and not sent.

use subtle::ConstantTimeEq;

use crate::codec::Reader;
use crate::error::{ApiMisuse, DecodeError, DecodeErrorKind, PeerMisbehaved};
use crate::exporter::{FinishedKey, HandshakeContext};
use crate::handshake;
use crate::suite::{Digest, SuiteHash};

/// The transcript up to CertificateVerify; the latter is empty for an empty
/// authenticator.
pub(crate) fn transcript(
    hash: SuiteHash,
    context: &HandshakeContext,
    request: &[u8],
    certificate: &[u8],
    certificate_verify: &[u8],
) -> Digest {
    hash.digest(&[context.as_ref(), request, certificate, certificate_verify])
}

/// Computes and frames.
pub(crate) fn create(
    hash: SuiteHash,
    key: &FinishedKey,
    transcript: &Digest,
) -> Result<Vec<u8>, ApiMisuse> {
    handshake::frame(handshake::FINISHED, &hash.hmac(key.as_ref(), transcript))
}

/// A Finished as received, not yet verified.
#[derive(Debug)]
pub(crate) struct Finished<'a> {
    verify_data: &'a [u8],
}

impl<'a> Finished<'a> {
    pub(crate) fn decode(reader: &mut Reader<'a>, hash: SuiteHash) -> Result<Self, DecodeError> {
        let at = reader.at();
        let mut body = handshake::open(reader, handshake::FINISHED)?;
        let length = body.remaining();
        let expected = hash.output_len();
        if length != expected {
            return Err(body.error_at(at, DecodeErrorKind::MacLength { length, expected }));
        }
        let verify_data = body.bytes(length)?;
        Ok(Self { verify_data })
    }

    /// Compares in constant time.
    pub(crate) fn verify(
        &self,
        hash: SuiteHash,
        key: &FinishedKey,
        transcript: &Digest,
    ) -> Result<FinishedVerified, PeerMisbehaved> {
        let expected = hash.hmac(key.as_ref(), transcript);
        if bool::from(expected.as_slice().ct_eq(self.verify_data)) {
            Ok(FinishedVerified(()))
        } else {
            Err(PeerMisbehaved::WrongFinished)
        }
    }
}

/// Left behind by a verified MAC.
#[derive(Debug)]
pub(crate) struct FinishedVerified(());
