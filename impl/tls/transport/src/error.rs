//! The transport failed, or the protocol on it.

use std::io;
use std::time::Duration;

/// Why there is no attested connection any more.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    #[error(transparent)]
    Attested(#[from] attested::Error),
    #[error("QUIC connection: {0}")]
    Connection(quinn::ConnectionError),
    #[error("cannot connect over QUIC: {0}")]
    Connect(#[from] quinn::ConnectError),
    /// An earlier attestation on this connection failed, or was not answered in
    /// time.
    #[error("caller at fault: the peer did not attest again when asked; make a new connection")]
    GivenUp,
    #[error("transport: {0}")]
    Io(#[from] io::Error),
    /// The peer let the time pass, octet by octet or in silence.
    #[error("peer at fault: attestation took longer than {limit:?}")]
    Slow { limit: Duration },
    /// The provider has no suite with which QUIC protects its first packets.
    #[error("caller at fault: the provider lacks TLS13_AES_128_GCM_SHA256, which QUIC needs")]
    SuiteMissing,
    /// The peer sends data and does not attest again.
    #[error("peer at fault: {unread} octets of data and no answer to the request for attestation")]
    Unread { unread: usize },
}

impl Error {
    /// A stable name, such as `slow`, as [`attested::Error::code`].
    pub fn code(&self) -> &'static str {
        match self {
            Self::Attested(error) => error.code(),
            Self::Connect(_) | Self::Connection(_) => "quic",
            Self::GivenUp => "given-up",
            Self::Io(_) => "io",
            Self::Slow { .. } => "slow",
            Self::SuiteMissing => "api-misuse",
            Self::Unread { .. } => "unread",
        }
    }
}

impl From<attested::StreamError> for Error {
    fn from(error: attested::StreamError) -> Self {
        match error {
            attested::StreamError::Attested(error) => Self::Attested(error),
            attested::StreamError::Io(error) => Self::Io(error),
        }
    }
}

impl From<Error> for io::Error {
    fn from(error: Error) -> Self {
        match error {
            Error::Io(error) => error,
            Error::Slow { .. } => Self::new(io::ErrorKind::TimedOut, error),
            other => Self::new(io::ErrorKind::InvalidData, other),
        }
    }
}
