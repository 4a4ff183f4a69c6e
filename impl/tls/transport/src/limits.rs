//! What a peer may cost.

use std::time::Duration;

/// Limits of one connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// From the first octet to acceptance, and from a new request to its
    /// verdict. It covers the peer's Evidence and ours, waiting for both
    /// included, whatever the pace of single octets.
    pub exchange: Duration,
    /// Octets that wait to be sent before no more are taken.
    pub unsent: usize,
    /// Octets of application data that may arrive while a peer should be
    /// attesting again, before the connection is given up.
    pub unread: usize,
}

impl Default for Limits {
    /// Fifteen seconds, 64 KiB, 1 MiB.
    fn default() -> Self {
        Self {
            exchange: Duration::from_secs(15),
            unsent: 64 * 1024,
            unread: 1024 * 1024,
        }
    }
}
