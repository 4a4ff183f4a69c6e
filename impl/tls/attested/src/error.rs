//! What can go wrong on an attested connection, by who is at fault.
//!
//! [`Refusal`](rats::Refusal) stands apart from misbehaviour: the peer kept
//! every protocol and our policy still says no. One function gives the alert,
//! [`Error::alert`], another the stable name under which recordings and
//! messages speak of the failure, [`Error::code`].

use rustls::AlertDescription;

use crate::frame::FrameKind;

/// Any failure of an attested connection.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// This program used the crate wrongly.
    #[error("caller at fault: {0}")]
    ApiMisuse(#[from] ApiMisuse),
    /// Our own attesting environment failed us.
    #[error("attesting environment at fault: {0}")]
    Attester(#[from] rats::AttestError),
    /// An authenticator or a request was refused (RFC 9261).
    #[error(transparent)]
    Authenticator(#[from] authenticator::Error),
    /// The certificate is sound and our policy refuses it.
    #[error("certificate refused: {0}")]
    CertificateRefused(#[from] CertificateRefusal),
    /// Our attesting environment has more to do than it takes on.
    #[error("attesting environment overloaded: {waiting} connections wait for Evidence already")]
    Overloaded { waiting: usize },
    /// The peer gave up and said why.
    #[error("the peer refused us with alert {0:?}")]
    PeerAborted(AlertDescription),
    /// The peer follows its protocols and cannot serve us.
    #[error("no common ground with the peer: {0}")]
    PeerIncompatible(#[from] PeerIncompatible),
    /// The peer broke the protocol of this crate.
    #[error("peer at fault: {0}")]
    PeerMisbehaved(#[from] PeerMisbehaved),
    /// The Evidence was appraised and refused.
    #[error("Evidence refused: {0}")]
    Refusal(#[from] rats::Refusal),
    /// The TLS connection failed.
    #[error("TLS: {0}")]
    Tls(#[from] rustls::Error),
    /// The connection ended before it was closed.
    #[error("the connection was cut before the peer closed it")]
    Truncated,
    /// Whoever follows the connection from outside this crate stopped it.
    #[error("stopped by the monitor: {reason}")]
    Vetoed { reason: String },
}

impl Error {
    /// The alert that tells the peer, where it has something to learn.
    pub fn alert(&self) -> Option<AlertDescription> {
        use AlertDescription as Alert;
        Some(match self {
            // rustls has queued its own; the other two leave nobody to tell.
            Self::Tls(_) | Self::PeerAborted(_) | Self::Truncated => return None,
            Self::ApiMisuse(_) | Self::Attester(_) | Self::Overloaded { .. } => {
                Alert::InternalError
            }
            Self::Authenticator(error) => error.alert().unwrap_or(Alert::InternalError),
            Self::CertificateRefused(_) => Alert::CertificateExpired,
            Self::PeerIncompatible(_) => Alert::HandshakeFailure,
            Self::PeerMisbehaved(error) => match error {
                PeerMisbehaved::ApplicationDataBeforeAttestation
                | PeerMisbehaved::UnexpectedFrame { .. } => Alert::UnexpectedMessage,
                PeerMisbehaved::EvidenceInWrongEntry { .. }
                | PeerMisbehaved::EvidenceTwice
                | PeerMisbehaved::MalformedNonce
                | PeerMisbehaved::NonceTwice
                | PeerMisbehaved::OfferNotEmpty { .. } => Alert::IllegalParameter,
                PeerMisbehaved::CertificateMalformed { .. } => Alert::BadCertificate,
                PeerMisbehaved::FrameTooLong { .. }
                | PeerMisbehaved::MalformedAlert
                | PeerMisbehaved::MalformedCmwAttestation { .. }
                | PeerMisbehaved::UnknownFrame { .. } => Alert::DecodeError,
            },
            Self::Refusal(_) => Alert::BadCertificate,
            Self::Vetoed { .. } => Alert::InternalError,
        })
    }

    /// A stable name, such as `wrong-finished`: lower-case words joined by
    /// hyphens, the same for every value of the details.
    pub fn code(&self) -> &'static str {
        match self {
            Self::ApiMisuse(_) => "api-misuse",
            Self::Attester(_) => "attester-failed",
            Self::Authenticator(error) => authenticator_code(error),
            Self::CertificateRefused(error) => match error {
                CertificateRefusal::Expired { .. } => "certificate-expired",
                CertificateRefusal::NotYetValid { .. } => "certificate-not-yet-valid",
                CertificateRefusal::TooOld { .. } => "certificate-too-old",
            },
            Self::Overloaded { .. } => "attester-overloaded",
            Self::PeerAborted(_) => "peer-aborted",
            Self::PeerIncompatible(error) => match error {
                PeerIncompatible::AttestationNotOffered => "attestation-not-offered",
                PeerIncompatible::NoEvidence => "no-evidence",
                PeerIncompatible::NotTls13 => "not-tls13",
                PeerIncompatible::ResumedHandshake => "resumed-handshake",
            },
            Self::PeerMisbehaved(error) => match error {
                PeerMisbehaved::ApplicationDataBeforeAttestation => {
                    "application-data-before-attestation"
                }
                PeerMisbehaved::CertificateMalformed { .. } => "certificate-malformed",
                PeerMisbehaved::EvidenceInWrongEntry { .. } => "evidence-in-wrong-entry",
                PeerMisbehaved::EvidenceTwice => "evidence-twice",
                PeerMisbehaved::FrameTooLong { .. } => "frame-too-long",
                PeerMisbehaved::MalformedAlert => "malformed-alert",
                PeerMisbehaved::MalformedCmwAttestation { .. } => "malformed-cmw-attestation",
                PeerMisbehaved::MalformedNonce => "malformed-nonce",
                PeerMisbehaved::NonceTwice => "nonce-twice",
                PeerMisbehaved::OfferNotEmpty { .. } => "offer-not-empty",
                PeerMisbehaved::UnexpectedFrame { .. } => "unexpected-frame",
                PeerMisbehaved::UnknownFrame { .. } => "unknown-frame",
            },
            Self::Refusal(refusal) => refusal.code(),
            Self::Tls(_) => "tls",
            Self::Truncated => "truncated",
            Self::Vetoed { .. } => "vetoed",
        }
    }
}

fn authenticator_code(error: &authenticator::Error) -> &'static str {
    use authenticator::{Error as A, PeerIncompatible as I, PeerMisbehaved as M};
    match error {
        A::ApiMisuse(_) => "api-misuse",
        A::Decode(_) => "malformed-authenticator-message",
        A::Export(_) => "exporter-failed",
        A::PeerIncompatible(I::NoUsableScheme) => "no-usable-scheme",
        A::PeerIncompatible(I::Refused) => "refused-by-peer",
        A::PeerMisbehaved(error) => match error {
            M::CertificateInvalid { .. } => "certificate-invalid",
            M::ContextMismatch => "context-mismatch",
            M::ContextReused => "context-reused",
            M::ExtensionForbidden { .. } => "extension-forbidden",
            M::ExtensionNotOffered { .. } => "extension-not-offered",
            M::MissingSignatureAlgorithms => "missing-signature-algorithms",
            M::SchemeForbidden { .. } => "scheme-forbidden",
            M::SchemeKeyMismatch { .. } => "scheme-key-mismatch",
            M::SchemeNotOffered { .. } => "scheme-not-offered",
            M::SpontaneousClient => "spontaneous-client",
            M::TooManyRequests { .. } => "too-many-requests",
            M::WrongCertificateVerify => "wrong-certificate-verify",
            M::WrongFinished => "wrong-finished",
            _ => "authenticator-misbehaved",
        },
        _ => "authenticator",
    }
}

/// Calls that cannot be answered.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ApiMisuse {
    #[error("the connection failed before; make a new one")]
    AfterFailure,
    #[error("the Evidence needs {length} bytes as CMW; the extension holds 1 to 65529")]
    CmwLength { length: usize },
    #[error("a certificate cannot be issued: {reason}")]
    CertificateIssue { reason: String },
    #[error("the CMW of our own Evidence cannot be made: {reason}")]
    CmwEncoding { reason: String },
    #[error("a binding value of {length} bytes is no challenge: {reason}")]
    Challenge { length: usize, reason: String },
    #[error("the key does not belong to its certificate, or does not tell")]
    KeyMismatch,
    #[error("the handshake ended without its verifier having been asked")]
    NotVerified,
    #[error("the endpoint stands on another connection than the one it was made for")]
    OtherConnection,
    #[error("the provider could not draw randomness")]
    Random,
    #[error("nobody has asked for this Evidence")]
    NotAsked,
    #[error("the last request for attestation is not answered yet")]
    RequestPending,
    #[error("the trust anchors cannot be used: {reason}")]
    TrustAnchors { reason: String },
}

/// A certificate that carries Evidence outlived what our policy allows. All
/// times are Unix seconds.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum CertificateRefusal {
    #[error("it was valid until {not_after}, now is {now}: the peer must renew it")]
    Expired { not_after: u64, now: u64 },
    #[error("it is valid from {not_before}, now is {now}: check this machine's clock")]
    NotYetValid { not_before: u64, now: u64 },
    #[error(
        "its Evidence may be {age} seconds old, the policy allows {limit}: the peer must renew it"
    )]
    TooOld { age: u64, limit: u64 },
}

/// The peer does nothing wrong and is of no use.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PeerIncompatible {
    #[error("the client does not ask for Evidence, or in a way this server does not know")]
    AttestationNotOffered,
    #[error("the peer presents no Evidence")]
    NoEvidence,
    #[error("TLS 1.3 was not negotiated")]
    NotTls13,
    #[error("the handshake resumed a session; attestation needs a full one")]
    ResumedHandshake,
}

/// The peer broke the protocol between authenticator and Evidence, or the
/// framing.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PeerMisbehaved {
    #[error("application data arrived before attestation")]
    ApplicationDataBeforeAttestation,
    #[error("certificate {entry} of the chain is malformed: {reason}")]
    CertificateMalformed { entry: usize, reason: String },
    #[error("cmw_attestation in certificate entry {entry}; it belongs in the first")]
    EvidenceInWrongEntry { entry: usize },
    #[error("the chain carries Evidence more than once, so which one counts is not said")]
    EvidenceTwice,
    #[error("{kind:?} frame of {length} bytes exceeds {limit}, at byte {at} of the stream")]
    FrameTooLong {
        kind: FrameKind,
        length: usize,
        limit: usize,
        at: u64,
    },
    #[error("an alert frame must hold one byte")]
    MalformedAlert,
    #[error("cmw_attestation is malformed: {reason}")]
    MalformedCmwAttestation { reason: String },
    #[error("the nonce in the ClientHello is not 64 lower-case hex digits")]
    MalformedNonce,
    #[error("the ClientHello has more than one nonce, so which one counts is not said")]
    NonceTwice,
    #[error("a request offers cmw_attestation empty; this one has {length} bytes")]
    OfferNotEmpty { length: usize },
    #[error("{kind:?} frame while {awaiting} was due")]
    UnexpectedFrame {
        kind: FrameKind,
        awaiting: &'static str,
    },
    #[error("frame of unknown kind {kind} at byte {at} of the stream")]
    UnknownFrame { kind: u8, at: u64 },
}
