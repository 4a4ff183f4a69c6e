//! What can go wrong, by who is at fault, and the alert each deserves.
//!
//! Four parties to blame: the bytes ([`DecodeError`]), a peer that broke the
//! protocol ([`PeerMisbehaved`]), a peer that kept it but cannot serve us
//! ([`PeerIncompatible`]), and our caller ([`ApiMisuse`]). Alerts are derived
//! in one place, [`Error::alert`].

use std::fmt;

use rustls::{AlertDescription, SignatureScheme};

use crate::exporter::ExportError;
use crate::extension::ExtensionType;

/// Any failure of this crate.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// This program called the crate wrongly; nothing the peer did.
    #[error("caller at fault: {0}")]
    ApiMisuse(#[from] ApiMisuse),
    /// The peer's bytes are not the message they claim to be.
    #[error("peer at fault: {0}")]
    Decode(#[from] DecodeError),
    /// The connection refused to export keying material.
    #[error("connection at fault: {0}")]
    Export(#[from] ExportError),
    /// The peer follows the protocol but shares nothing usable with us.
    #[error("no common ground with the peer: {0}")]
    PeerIncompatible(#[from] PeerIncompatible),
    /// The peer broke the protocol, or somebody in between did.
    #[error("peer at fault: {0}")]
    PeerMisbehaved(#[from] PeerMisbehaved),
}

impl Error {
    /// The TLS alert (RFC 8446 §6.2) that names this failure to the peer;
    /// `None` where the peer has nothing to learn because the fault is ours.
    ///
    /// RFC 9261 messages travel as application data, so it is the application
    /// that decides whether to send the alert and close.
    pub fn alert(&self) -> Option<AlertDescription> {
        use AlertDescription as Alert;
        Some(match self {
            Self::ApiMisuse(_) | Self::Export(_) => return None,
            Self::Decode(error) => match error.kind {
                DecodeErrorKind::UnexpectedType { .. } => Alert::UnexpectedMessage,
                DecodeErrorKind::DuplicateExtension { .. } => Alert::IllegalParameter,
                _ => Alert::DecodeError,
            },
            Self::PeerIncompatible(error) => match error {
                PeerIncompatible::NoUsableScheme => Alert::HandshakeFailure,
                PeerIncompatible::Refused => Alert::CertificateRequired,
            },
            Self::PeerMisbehaved(error) => match error {
                PeerMisbehaved::CertificateInvalid { .. } => Alert::BadCertificate,
                PeerMisbehaved::ContextMismatch
                | PeerMisbehaved::ContextReused
                | PeerMisbehaved::ExtensionForbidden { .. }
                | PeerMisbehaved::SchemeForbidden { .. }
                | PeerMisbehaved::SchemeKeyMismatch { .. }
                | PeerMisbehaved::SchemeNotOffered { .. } => Alert::IllegalParameter,
                PeerMisbehaved::ExtensionNotOffered { .. } => Alert::UnsupportedExtension,
                PeerMisbehaved::MissingSignatureAlgorithms => Alert::MissingExtension,
                PeerMisbehaved::TooManyRequests { .. } => Alert::InternalError,
                PeerMisbehaved::SpontaneousClient => Alert::UnexpectedMessage,
                PeerMisbehaved::WrongCertificateVerify | PeerMisbehaved::WrongFinished => {
                    Alert::DecryptError
                }
            },
        })
    }
}

/// The caller asked for something RFC 9261 does not allow.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ApiMisuse {
    #[error("the cipher suite's hash is neither SHA-256 nor SHA-384")]
    UnsupportedHash,
    #[error("this context was already used on this connection; draw a fresh random one")]
    ContextReused,
    #[error("extension {extension} is given twice; give each at most once")]
    DuplicateExtension { extension: ExtensionType },
    #[error("extension {extension} may not appear in an authenticator request of this role")]
    ExtensionForbidden { extension: ExtensionType },
    #[error("extension {extension} was not offered in the request; answer without it")]
    ExtensionNotOffered { extension: ExtensionType },
    #[error("the credential's key does not belong to its end-entity certificate")]
    KeyMismatch,
    #[error("label of {length} bytes; an exporter label has 1 to 249")]
    LabelLength { length: usize },
    #[error("a request needs the signature_algorithms extension")]
    MissingSignatureAlgorithms,
    #[error("signature scheme {scheme:?} is not allowed in an authenticator")]
    SchemeForbidden { scheme: SignatureScheme },
    #[error("signing failed: {reason}")]
    Signing { reason: String },
    #[error("{what} of {length} bytes exceeds its limit of {limit}")]
    TooLong {
        what: &'static str,
        length: usize,
        limit: usize,
    },
    #[error("{limit} requests are already waiting for an answer")]
    TooManyOutstanding { limit: usize },
    #[error("no request with this context is waiting for an answer")]
    UnknownContext,
    #[error("only a server may authenticate without a request")]
    SpontaneousClient,
    #[error("the certificate cannot be read as X.509: {reason}")]
    UnreadableCertificate { reason: String },
}

/// Bytes that do not parse, with the place.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{message}: {kind} at byte {at}")]
pub struct DecodeError {
    /// The message being read.
    pub message: Message,
    /// What is wrong.
    pub kind: DecodeErrorKind,
    /// Offset from the first byte of the input.
    pub at: usize,
}

/// The kinds of malformation.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeErrorKind {
    #[error("more than {limit} certificates")]
    ChainTooLong { limit: usize },
    #[error("extension {extension} appears twice")]
    DuplicateExtension { extension: ExtensionType },
    #[error("empty {what}")]
    Empty { what: &'static str },
    #[error("{length} bytes of verify_data, expected {expected}")]
    MacLength { length: usize, expected: usize },
    #[error("malformed body of extension {extension}")]
    MalformedExtension { extension: ExtensionType },
    #[error("{length} bytes exceed the limit of {limit}")]
    TooLong { length: usize, limit: usize },
    #[error("{count} bytes left over")]
    TrailingBytes { count: usize },
    #[error("input ends {missing} bytes early")]
    Truncated { missing: usize },
    #[error("handshake type {found}, expected {expected}")]
    UnexpectedType { found: u8, expected: u8 },
}

/// The messages of RFC 9261, for error texts.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Message {
    Authenticator,
    Certificate,
    CertificateVerify,
    Finished,
    Request,
}

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Authenticator => "authenticator",
            Self::Certificate => "Certificate",
            Self::CertificateVerify => "CertificateVerify",
            Self::Finished => "Finished",
            Self::Request => "authenticator request",
        })
    }
}

/// The peer kept the protocol and still we cannot go on.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PeerIncompatible {
    #[error("no signature scheme of the request fits the key; answer with an empty authenticator")]
    NoUsableScheme,
    #[error("the peer refused with a valid empty authenticator")]
    Refused,
}

/// The peer broke RFC 9261.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PeerMisbehaved {
    #[error("certificate chain refused: {reason}")]
    CertificateInvalid { reason: String },
    #[error("the Certificate answers another request's context")]
    ContextMismatch,
    #[error("certificate_request_context was already used on this connection")]
    ContextReused,
    #[error("extension {extension} may not appear in a request")]
    ExtensionForbidden { extension: ExtensionType },
    #[error("extension {extension} in certificate entry {entry} was never offered")]
    ExtensionNotOffered {
        extension: ExtensionType,
        entry: usize,
    },
    #[error("the request lacks signature_algorithms")]
    MissingSignatureAlgorithms,
    #[error("signature scheme {scheme:?} is not allowed in an authenticator")]
    SchemeForbidden { scheme: SignatureScheme },
    #[error("signature scheme {scheme:?} does not fit the certificate's key")]
    SchemeKeyMismatch { scheme: SignatureScheme },
    #[error("signature scheme {scheme:?} was not offered")]
    SchemeNotOffered { scheme: SignatureScheme },
    #[error("more than {limit} requests on one connection")]
    TooManyRequests { limit: usize },
    #[error("a client must not authenticate without a request")]
    SpontaneousClient,
    #[error("the signature in CertificateVerify does not verify")]
    WrongCertificateVerify,
    #[error("the MAC in Finished does not verify on this connection")]
    WrongFinished,
}
