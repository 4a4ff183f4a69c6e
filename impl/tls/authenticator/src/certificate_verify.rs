//! CertificateVerify: possession of the end-entity key (RFC 9261 §5.2.2).
//!
//! ```text
//! struct {
//!     SignatureScheme algorithm;
//!     opaque signature<0..2^16-1>;
//! } CertificateVerify;
//!
//! signed: 64 * 0x20 || "Exported Authenticator" || 0x00 ||
//!         Hash(Handshake Context || authenticator request || Certificate)
//! ```
//!
//! The context string separates these signatures from those of the handshake.

use rustls::SignatureScheme;
use rustls::crypto::WebPkiSupportedAlgorithms;
use rustls::pki_types::CertificateDer;
use rustls::sign::Signer;
use webpki::EndEntityCert;

use crate::codec::{Reader, put_u16, put_vec16};
use crate::error::{ApiMisuse, DecodeError, PeerMisbehaved};
use crate::exporter::HandshakeContext;
use crate::handshake;
use crate::scheme;
use crate::suite::{Digest, SuiteHash};

/// The transcript up to and including Certificate.
pub(crate) fn transcript(
    hash: SuiteHash,
    context: &HandshakeContext,
    request: &[u8],
    certificate: &[u8],
) -> Digest {
    hash.digest(&[context.as_ref(), request, certificate])
}

/// The octets that are signed.
pub(crate) fn signed_octets(transcript: &Digest) -> Vec<u8> {
    let mut octets = vec![0x20; 64];
    octets.extend_from_slice(b"Exported Authenticator\0");
    octets.extend_from_slice(transcript.as_ref());
    octets
}

/// Signs and frames.
pub(crate) fn create(signer: &dyn Signer, transcript: &Digest) -> Result<Vec<u8>, ApiMisuse> {
    let signature =
        signer
            .sign(&signed_octets(transcript))
            .map_err(|error| ApiMisuse::Signing {
                reason: error.to_string(),
            })?;
    let mut body = Vec::new();
    put_u16(&mut body, signer.scheme().into());
    put_vec16(&mut body, &signature, "signature")?;
    handshake::frame(handshake::CERTIFICATE_VERIFY, &body)
}

/// A CertificateVerify as received, not yet verified.
#[derive(Debug)]
pub(crate) struct CertificateVerify<'a> {
    pub(crate) scheme: SignatureScheme,
    signature: &'a [u8],
}

impl<'a> CertificateVerify<'a> {
    pub(crate) fn decode(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let mut body = handshake::open(reader, handshake::CERTIFICATE_VERIFY)?;
        let scheme = SignatureScheme::from(body.u16()?);
        let signature = body.vec16()?;
        body.finish()?;
        Ok(Self { scheme, signature })
    }

    /// Scheme allowed, offered and fit for the key; then the signature.
    pub(crate) fn verify(
        &self,
        offered: &[SignatureScheme],
        algorithms: &WebPkiSupportedAlgorithms,
        end_entity: &CertificateDer<'_>,
        transcript: &Digest,
    ) -> Result<SignatureVerified, PeerMisbehaved> {
        let scheme = self.scheme;
        if !scheme::is_usable(scheme) {
            return Err(PeerMisbehaved::SchemeForbidden { scheme });
        }
        if !offered.contains(&scheme) {
            return Err(PeerMisbehaved::SchemeNotOffered { scheme });
        }
        // The first algorithm of a scheme is the TLS 1.3 one: it ties ECDSA to
        // its curve. An offered scheme that the provider cannot verify is a
        // scheme we should not have offered, and is treated as such.
        let algorithm = algorithms
            .mapping
            .iter()
            .find(|(candidate, _)| *candidate == scheme)
            .and_then(|(_, list)| list.first())
            .ok_or(PeerMisbehaved::SchemeNotOffered { scheme })?;
        let certificate = EndEntityCert::try_from(end_entity).map_err(|error| {
            PeerMisbehaved::CertificateInvalid {
                reason: error.to_string(),
            }
        })?;
        match certificate.verify_signature(*algorithm, &signed_octets(transcript), self.signature) {
            Ok(()) => Ok(SignatureVerified(())),
            Err(webpki::Error::InvalidSignatureForPublicKey) => {
                Err(PeerMisbehaved::WrongCertificateVerify)
            }
            Err(_) => Err(PeerMisbehaved::SchemeKeyMismatch { scheme }),
        }
    }
}

/// Left behind by a verified signature.
#[derive(Debug)]
pub(crate) struct SignatureVerified(());
