//! The JSON document of `prove --json`.
//!
//! Exactly one document is written to standard output, however the command ends:
//! with answers, over an input that cannot be read, at a limit, or by Ctrl-C. For one
//! file it is an object; where several were given it is an array of such objects, in
//! the order of the files that were reached.
//!
//! ```text
//! { "file": the path as given,
//!   "errors": [finding],           why there is no answer, or none to a query; else empty
//!   "warnings": [finding],
//!   "results": [
//!     { "query": as ProVerif prints it,
//!       "id": its label, or null,
//!       "verdict": "proved" | "attacked" | "undecided" | "stopped",
//!       "seconds": number,
//!       "remarks": [string],       how much of a query that is not true is
//!       "behind": one of
//!         { "certificate": { "initial": n, "resolvents": n, "solved": n } }
//!         { "attack": the run, an object with "format": "attack-trace" }
//!         { "why": string } } ],
//!   "unanswered": queries that were asked and have no result }
//! finding: { "file", "line", "column", "message", "hint" }, null where unknown
//! ```
//!
//! The exit status says the same as without `--json`. What fails before any file is
//! opened, a mistake in the options, is told on standard error and prints no document.

use crate::finding::Finding;
use serde_json::{Value, json};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What is known so far. Shared, because an interruption may have to print it.
#[derive(Debug)]
pub(crate) struct Report {
    /// Whether there is a document per file.
    several: bool,
    files: Mutex<Option<Vec<OfFile>>>,
}

/// What is known of one file.
#[derive(Debug, Default)]
struct OfFile {
    file: String,
    asked: usize,
    errors: Vec<Value>,
    warnings: Vec<Value>,
    results: Vec<Value>,
}

impl Report {
    /// An empty one, for one file or several.
    pub(crate) const fn new(several: bool) -> Self {
        Self {
            several,
            files: Mutex::new(Some(Vec::new())),
        }
    }

    /// Begins with a file.
    pub(crate) fn file(&self, name: String) {
        if let Some(files) = self.lock().as_mut() {
            files.push(OfFile {
                file: name,
                ..OfFile::default()
            });
        }
    }

    /// How many queries of the file are asked.
    pub(crate) fn asked(&self, queries: usize) {
        self.last(|file| file.asked = queries);
    }

    /// A query of the file is answered.
    pub(crate) fn result(&self, result: Value) {
        self.last(|file| file.results.push(result));
    }

    /// Something to be warned of.
    pub(crate) fn warn(&self, finding: &Finding) {
        self.last(|file| file.warnings.push(finding.json()));
    }

    /// Why there is no answer.
    pub(crate) fn fail(&self, findings: &[Finding]) {
        self.last(|file| file.errors.extend(findings.iter().map(Finding::json)));
    }

    /// The document; nothing if it was taken before.
    pub(crate) fn take(&self) -> Option<Value> {
        let mut files: Vec<Value> = self.lock().take()?.iter().map(OfFile::json).collect();
        Some(match files.pop() {
            Some(only) if !self.several => only,
            last => {
                files.extend(last);
                Value::Array(files)
            }
        })
    }

    fn last(&self, act: impl FnOnce(&mut OfFile)) {
        if let Some(file) = self.lock().as_mut().and_then(|files| files.last_mut()) {
            act(file);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<Vec<OfFile>>> {
        // What is in it is whole whatever happened to who held it.
        self.files.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl OfFile {
    fn json(&self) -> Value {
        json!({
            "file": self.file,
            "errors": self.errors,
            "warnings": self.warnings,
            "results": self.results,
            "unanswered": self.asked.saturating_sub(self.results.len()),
        })
    }
}
