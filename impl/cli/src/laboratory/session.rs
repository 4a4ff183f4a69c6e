//! What every session between endpoints needs of the world: its time, and a name.

use rustls::pki_types::{ServerName, UnixTime};
use std::time::{SystemTime, UNIX_EPOCH};

/// Why a session could not begin.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SessionError {
    /// The clock is before 1970.
    #[error("the system clock is before 1970")]
    Clock,
    /// The server's name is not a DNS name.
    #[error("`{0}` is not a DNS name")]
    Name(String),
}

/// The time of the system.
pub(crate) fn now() -> Result<UnixTime, SessionError> {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map(UnixTime::since_unix_epoch)
        .map_err(|_| SessionError::Clock)
}

/// A DNS name to check certificates against.
pub(crate) fn server_name(name: &str) -> Result<ServerName<'static>, SessionError> {
    ServerName::try_from(name.to_owned()).map_err(|_| SessionError::Name(name.to_owned()))
}
