//! When to stop waiting for an answer.

use std::time::{Duration, Instant};

/// A time limit for one query.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience {
    until: Option<Instant>,
}

impl Patience {
    /// Over after this many seconds; never without a number.
    pub(crate) fn new(seconds: Option<u64>) -> Self {
        Self {
            until: seconds.and_then(|s| Instant::now().checked_add(Duration::from_secs(s))),
        }
    }

    /// Whether it is over.
    pub(crate) fn is_over(&self) -> bool {
        self.until.is_some_and(|until| Instant::now() >= until)
    }
}
