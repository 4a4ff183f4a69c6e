//! What is wrong with an input, for reports that programs read.
//!
//! A finding has its place looked up, so that it outlives the text it is about.

use pi::{Diagnostic, Severity, Sources};
use serde_json::{Value, json};

/// Something to be said of an input.
#[derive(Clone, Debug)]
pub(crate) struct Finding {
    /// The file, the line and the column, both from 1; nothing if the finding is
    /// about no place in a file.
    place: Option<(String, u32, u32)>,
    message: String,
    hint: Option<String>,
}

impl Finding {
    /// One that has no place.
    pub(crate) fn placeless(message: impl Into<String>) -> Self {
        Self {
            place: None,
            message: message.into(),
            hint: None,
        }
    }

    /// Those of the diagnostics with this severity, in their order.
    pub(crate) fn all(
        diagnostics: &[Diagnostic],
        severity: Severity,
        sources: &Sources,
    ) -> Vec<Self> {
        let these = diagnostics.iter().filter(|d| d.severity == severity);
        these.map(|d| Self::of(d, sources)).collect()
    }

    /// A diagnostic.
    pub(crate) fn of(diagnostic: &Diagnostic, sources: &Sources) -> Self {
        let at = sources.position(diagnostic.span);
        let file = sources.file(diagnostic.span.file);
        Self {
            place: file.map(|file| (file.name.clone(), at.line, at.column)),
            message: diagnostic.message.clone(),
            hint: diagnostic.hint.clone(),
        }
    }

    /// `{"file", "line", "column", "message", "hint"}`; what is unknown is null.
    pub(crate) fn json(&self) -> Value {
        let place = self.place.as_ref();
        json!({
            "file": place.map(|(file, _, _)| file),
            "line": place.map(|(_, line, _)| line),
            "column": place.map(|(_, _, column)| column),
            "message": self.message,
            "hint": self.hint,
        })
    }
}
