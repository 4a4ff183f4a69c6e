//! Two endpoints in memory: no sockets, no threads, the same order every time.

use crate::endpoint::Endpoint;
use crate::error::Error;

/// Carries octets between `left` and `right` until neither has any to send.
/// Returns what each ended with; one that failed still sends what it has to
/// say and receives nothing more.
pub fn run(
    left: &mut impl Endpoint,
    right: &mut impl Endpoint,
) -> (Result<(), Error>, Result<(), Error>) {
    let mut outcomes = (Ok(()), Ok(()));
    loop {
        let forth = carry(left, right, &mut outcomes.1);
        let back = carry(right, left, &mut outcomes.0);
        if !forth && !back {
            return outcomes;
        }
    }
}

/// Whether anything was carried.
fn carry(
    from: &mut impl Endpoint,
    to: &mut impl Endpoint,
    outcome: &mut Result<(), Error>,
) -> bool {
    let octets = from.transmit();
    if octets.is_empty() {
        return false;
    }
    if outcome.is_ok() {
        *outcome = to.receive(&octets);
    }
    true
}
