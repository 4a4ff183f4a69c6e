//! Diagnostics: what is wrong, where, and what to do about it.
//!
//! Parsing never fails: it returns what could be understood and a list of
//! these. A program with an error-level diagnostic must not be judged.

use crate::source::{Sources, Span};
use core::fmt::Write as _;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The program has no meaning, or none that is supported.
    Error,
    /// It has a meaning, but perhaps not the intended one.
    Warning,
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// Where.
    pub span: Span,
    /// What is wrong, in one sentence without a full stop.
    pub message: String,
    /// What to do.
    pub hint: Option<String>,
}

impl Diagnostic {
    /// An error.
    #[must_use]
    pub fn error(span: Span, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            span,
            message: message.into(),
            hint: None,
        }
    }

    /// A warning.
    #[must_use]
    pub fn warning(span: Span, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Warning,
            ..Self::error(span, message)
        }
    }

    /// The same with a hint.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// File, line, column, message, the line itself with carets, and the
    /// hint.
    #[must_use]
    pub fn render(&self, sources: &Sources) -> String {
        let at = sources.position(self.span);
        let name = sources.file(self.span.file).map_or("?", |f| &f.name);
        let word = match self.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        let line = sources.line(self.span);
        let column = at.column.saturating_sub(1) as usize;
        let width = sources
            .text(self.span)
            .lines()
            .next()
            .map_or(1, |t| t.chars().count())
            .max(1);
        // Tabs are kept in the margin so that the carets stay below the text.
        let margin: String = line
            .chars()
            .take(column)
            .map(|c| if c == '\t' { '\t' } else { ' ' })
            .collect();
        let gutter = at.line.to_string();
        let pad = " ".repeat(gutter.len());
        let mut out = String::new();
        let _ = writeln!(out, "{word}: {}", self.message);
        let _ = writeln!(out, "{pad}--> {name}:{}:{}", at.line, at.column);
        let _ = writeln!(out, "{pad} |");
        let _ = writeln!(out, "{gutter} | {line}");
        let _ = writeln!(out, "{pad} | {margin}{}", "^".repeat(width));
        if let Some(hint) = &self.hint {
            let _ = writeln!(out, "{pad} = hint: {hint}");
        }
        out
    }
}
