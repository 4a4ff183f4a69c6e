//! Verification of a received authenticator, in one order.
//!
//! 1. parse exactly: three messages of types 11, 15, 20, or one of type 20,
//!    nothing behind;
//! 2. the context is the one asked for, and every entry extension was offered;
//! 3. Finished: cheap, and tied to this connection, so before any public-key
//!    work on bytes a stranger may have sent;
//! 4. CertificateVerify;
//! 5. the chain.
//!
//! Each of 3 to 5 leaves a token, and [`VerifiedAuthenticator`] owns all three:
//! there is no other way to read an entry's extensions. The session has
//! consumed the context before any of this begins.

use rustls::SignatureScheme;
use rustls::crypto::WebPkiSupportedAlgorithms;
use rustls::pki_types::{CertificateDer, SubjectPublicKeyInfoDer};

use crate::certificate::Certificate;
use crate::certificate_verify::{self, CertificateVerify, SignatureVerified};
use crate::chain::ChainValidation;
use crate::codec::Reader;
use crate::context::Context;
use crate::credential::spki_of;
use crate::error::{
    DecodeError, DecodeErrorKind, Error, Message, PeerIncompatible, PeerMisbehaved,
};
use crate::exporter::{BindingValue, ExportError, Exporter, FinishedKey, HandshakeContext, Label};
use crate::extension::{Extension, ExtensionType, Extensions};
use crate::finished::{self, Finished, FinishedVerified};
use crate::handshake;
use crate::session::{Limits, Role};

/// An authenticator that passed every check, and what it says.
#[derive(Debug)]
pub struct VerifiedAuthenticator {
    certificate: Certificate,
    scheme: SignatureScheme,
    spki: SubjectPublicKeyInfoDer<'static>,
    _finished: FinishedVerified,
    _signature: SignatureVerified,
    _chain: ChainVerified,
}

impl VerifiedAuthenticator {
    /// The context of the request it answers.
    pub fn context(&self) -> &Context {
        &self.certificate.context
    }

    /// The certificates, end entity first. Never empty.
    pub fn chain(&self) -> impl Iterator<Item = &CertificateDer<'static>> {
        self.certificate
            .entries
            .iter()
            .map(|entry| &entry.certificate)
    }

    /// The scheme of CertificateVerify.
    pub fn scheme(&self) -> SignatureScheme {
        self.scheme
    }

    /// DER of the end entity's SubjectPublicKeyInfo, as in the certificate.
    pub fn spki(&self) -> &[u8] {
        &self.spki
    }

    /// The body of an extension of the end-entity entry.
    pub fn extension(&self, typ: ExtensionType) -> Option<&[u8]> {
        // Decoding refuses an empty list.
        self.certificate.entries.first()?.extensions.find(typ)
    }

    /// Extensions beyond the end-entity entry, each with the index of its
    /// entry, for protocols that allow theirs in the first entry only.
    pub fn later_extensions(&self) -> impl Iterator<Item = (usize, &Extension)> {
        self.certificate
            .entries
            .iter()
            .enumerate()
            .skip(1)
            .flat_map(|(index, entry)| {
                entry
                    .extensions
                    .iter()
                    .map(move |extension| (index, extension))
            })
    }

    /// The binding value of the verified key, in this exchange, on the
    /// exporter's connection.
    ///
    /// # Errors
    /// [`ExportError`] if the connection cannot export.
    pub fn binding_value(
        &self,
        exporter: &mut dyn Exporter,
        label: Label,
    ) -> Result<BindingValue, ExportError> {
        BindingValue::export(exporter, label, self.context(), self.spki())
    }
}

/// "Get context" of RFC 9261 §6.2 for an authenticator. An empty one does not
/// say: `None`, and the carrier has to know.
///
/// # Errors
/// [`DecodeError`] if the input does not begin like an authenticator.
pub fn context_of(authenticator: &[u8]) -> Result<Option<Context>, DecodeError> {
    if authenticator.first() == Some(&handshake::FINISHED) {
        return Ok(None);
    }
    let mut reader = Reader::new(Message::Certificate, authenticator);
    let mut body = handshake::open(&mut reader, handshake::CERTIFICATE)?;
    Ok(Some(Context::from_vec8(body.vec8()?)))
}

/// What the authenticator must answer to.
pub(crate) struct Expected<'a> {
    pub(crate) sender: Role,
    pub(crate) context: &'a Context,
    /// The request as sent; empty for a spontaneous authenticator.
    pub(crate) request: &'a [u8],
    /// The request's extensions, or the ClientHello's.
    pub(crate) offered: &'a Extensions,
    pub(crate) schemes: &'a [SignatureScheme],
}

/// Runs the checks in the order of the module header.
pub(crate) fn verify(
    expected: &Expected<'_>,
    limits: &Limits,
    exporter: &mut dyn Exporter,
    algorithms: &WebPkiSupportedAlgorithms,
    chain: &dyn ChainValidation,
    authenticator: &[u8],
) -> Result<VerifiedAuthenticator, Error> {
    let hash = exporter.hash();
    let handshake_context = HandshakeContext::export(exporter, expected.sender)?;
    let finished_key = FinishedKey::export(exporter, expected.sender)?;

    let mut reader = Reader::new(Message::Authenticator, authenticator);
    if authenticator.len() > limits.authenticator {
        return Err(reader
            .error(DecodeErrorKind::TooLong {
                length: authenticator.len(),
                limit: limits.authenticator,
            })
            .into());
    }
    if authenticator.first() == Some(&handshake::FINISHED) {
        reader.entering(Message::Finished);
        let finished = Finished::decode(&mut reader, hash)?;
        reader.finish()?;
        let absent = Certificate::encode_empty(expected.context)?;
        let transcript =
            finished::transcript(hash, &handshake_context, expected.request, &absent, &[]);
        finished.verify(hash, &finished_key, &transcript)?;
        return Err(PeerIncompatible::Refused.into());
    }

    reader.entering(Message::Certificate);
    let certificate = Certificate::decode(&mut reader, limits.chain)?;
    let after_certificate = reader.at();
    reader.entering(Message::CertificateVerify);
    let certificate_verify = CertificateVerify::decode(&mut reader)?;
    let after_verify = reader.at();
    reader.entering(Message::Finished);
    let finished = Finished::decode(&mut reader, hash)?;
    reader.finish()?;

    if certificate.context != *expected.context {
        return Err(PeerMisbehaved::ContextMismatch.into());
    }
    certificate.check_extensions(expected.offered)?;

    let certificate_bytes = &authenticator[..after_certificate];
    let finished_verified = finished.verify(
        hash,
        &finished_key,
        &finished::transcript(
            hash,
            &handshake_context,
            expected.request,
            certificate_bytes,
            &authenticator[after_certificate..after_verify],
        ),
    )?;

    let end_entity = &certificate.entries[0].certificate; // decoding refuses none
    let signature_verified = certificate_verify.verify(
        expected.schemes,
        algorithms,
        end_entity,
        &certificate_verify::transcript(
            hash,
            &handshake_context,
            expected.request,
            certificate_bytes,
        ),
    )?;

    let chain_verified = ChainVerified::validate(chain, &certificate)?;
    let spki = spki_of(end_entity).map_err(|error| PeerMisbehaved::CertificateInvalid {
        reason: error.to_string(),
    })?;

    Ok(VerifiedAuthenticator {
        certificate,
        scheme: certificate_verify.scheme,
        spki,
        _finished: finished_verified,
        _signature: signature_verified,
        _chain: chain_verified,
    })
}

/// Left behind by the caller's chain validation.
#[derive(Debug)]
struct ChainVerified(());

impl ChainVerified {
    fn validate(
        chain: &dyn ChainValidation,
        certificate: &Certificate,
    ) -> Result<Self, PeerMisbehaved> {
        let certificates: Vec<_> = certificate
            .entries
            .iter()
            .map(|entry| entry.certificate.clone())
            .collect();
        let (end_entity, intermediates) = (&certificates[0], &certificates[1..]); // never empty
        match chain.validate(end_entity, intermediates) {
            Ok(()) => Ok(Self(())),
            Err(error) => Err(PeerMisbehaved::CertificateInvalid {
                reason: error.to_string(),
            }),
        }
    }
}
