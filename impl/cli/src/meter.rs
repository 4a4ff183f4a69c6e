//! What is going on, for somebody who waits: one line on a terminal, rewritten,
//! once work takes longer than two seconds. Nothing where standard error is no
//! terminal.

use std::io::{IsTerminal as _, Write as _};
use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant};
use verdict::Progress;

/// Silence before the first line.
const PATIENCE: Duration = Duration::from_secs(2);
/// Time between two lines.
const INTERVAL: Duration = Duration::from_millis(200);

/// A line that is rewritten in place.
#[derive(Debug)]
pub(crate) struct Ticker {
    visible: bool,
    start: Instant,
    last: Mutex<Option<Instant>>,
}

impl Ticker {
    /// One that is not shown yet.
    pub(crate) fn new() -> Self {
        Self {
            visible: std::io::stderr().is_terminal(),
            start: Instant::now(),
            last: Mutex::new(None),
        }
    }

    /// Shows a line, if it is time for one.
    pub(crate) fn show(&self, line: impl FnOnce() -> String) {
        if !self.visible || self.start.elapsed() < PATIENCE {
            return;
        }
        // A worker that finds another one writing has nothing to add.
        let Ok(mut last) = self.last.try_lock() else {
            return;
        };
        if last.is_some_and(|last| last.elapsed() < INTERVAL) {
            return;
        }
        *last = Some(Instant::now());
        write(&line());
    }

    /// Shows a line at once.
    pub(crate) fn note(&self, line: &str) {
        if self.visible {
            *self.last() = Some(Instant::now());
            write(line);
        }
    }

    /// Takes the line away, before something else is printed.
    pub(crate) fn clear(&self) {
        if self.last().take().is_some() {
            write("");
        }
    }

    fn last(&self) -> MutexGuard<'_, Option<Instant>> {
        self.last
            .lock()
            .unwrap_or_else(|poison| poison.into_inner())
    }
}

fn write(line: &str) {
    let _ = write!(std::io::stderr(), "\r\x1b[K{line}");
    let _ = std::io::stderr().flush();
}

/// The line of a proof.
#[derive(Debug)]
pub(crate) struct Meter {
    ticker: Ticker,
    queries: usize,
}

impl Meter {
    /// For work on so many queries.
    pub(crate) fn new(queries: usize) -> Self {
        Self {
            ticker: Ticker::new(),
            queries,
        }
    }

    /// Shows how far a query is, numbered from 0.
    pub(crate) fn show(&self, query: usize, progress: Progress) {
        let time = self.ticker.start.elapsed();
        let text = || line(query, self.queries, progress, time);
        self.ticker.show(text);
    }

    /// Takes the line away, before something else is printed.
    pub(crate) fn clear(&self) {
        self.ticker.clear();
    }
}

fn line(query: usize, queries: usize, progress: Progress, time: Duration) -> String {
    format!(
        "query {} of {queries}: {} clauses, {} waiting, {} resolutions, {} s",
        query + 1,
        progress.clauses,
        progress.queue,
        progress.resolutions,
        time.as_secs()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_names_query_clauses_and_queue() {
        let progress = Progress {
            clauses: 5,
            inserted: 9,
            queue: 7,
            resolutions: 11,
        };
        assert_eq!(
            line(2, 45, progress, Duration::from_secs(3)),
            "query 3 of 45: 5 clauses, 7 waiting, 11 resolutions, 3 s"
        );
    }
}
