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
        let column = at.column.saturating_sub(1) as usize;
        let width = sources
            .text(self.span)
            .lines()
            .next()
            .map_or(1, |t| t.chars().count())
            .max(1);
        let Excerpt {
            text: line,
            margin,
            width,
        } = excerpt(sources.line(self.span), column, width);
        let gutter = at.line.to_string();
        let pad = " ".repeat(gutter.len());
        let mut out = String::new();
        let _ = writeln!(out, "{word}: {}", printable(&self.message));
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

/// Characters of a line that are shown; of a longer one, a part around the place.
const LINE: usize = 160;
/// Characters shown in front of a place far along its line.
const BEFORE: usize = 60;

/// What is shown of a line.
struct Excerpt {
    text: String,
    /// As wide as what stands in front of the place.
    margin: String,
    /// Carets, at least one.
    width: usize,
}

/// The part of a line around a place, `width` characters from `column` (from 0).
fn excerpt(line: &str, column: usize, width: usize) -> Excerpt {
    let length = line.chars().count();
    let (from, to) = if length <= LINE {
        (0, length)
    } else {
        let from = column.min(length).saturating_sub(BEFORE);
        (from, length.min(from + LINE))
    };
    let shown = printable(line);
    let part: String = shown.chars().skip(from).take(to - from).collect();
    let (front, back) = (
        if from > 0 { "…" } else { "" },
        if to < length { "…" } else { "" },
    );
    // Tabs are kept in the margin so that the carets stay below the text.
    let margin = format!("{front}{part}");
    let margin = margin
        .chars()
        .take(front.chars().count() + column - from.min(column))
        .map(|c| if c == '\t' { '\t' } else { ' ' })
        .collect();
    Excerpt {
        text: format!("{front}{part}{back}"),
        margin,
        width: width.min(to.saturating_sub(column)).max(1),
    }
}

/// The same with a mark for each character that would steer a terminal.
fn printable(text: &str) -> String {
    text.chars()
        .map(|c| {
            if c.is_control() && !matches!(c, '\t' | '\n') {
                char::REPLACEMENT_CHARACTER
            } else {
                c
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::Diagnostic;
    use crate::source::{Sources, Span};

    fn rendered(text: &str, marked: &str) -> Vec<String> {
        let mut sources = Sources::default();
        let file = sources.add("m.pv", text);
        let start = text.find(marked).expect("it is part of the text");
        let span = Span {
            file,
            start: u32::try_from(start).expect("short"),
            end: u32::try_from(start + marked.len()).expect("short"),
        };
        let out = Diagnostic::error(span, "no").render(&sources);
        out.lines().skip(3).map(str::to_owned).collect()
    }

    #[test]
    fn carets_stand_below_what_they_mark() {
        assert_eq!(
            rendered("\tout(c, é); out(d, d)\r\n", "d, d"),
            ["1 | \tout(c, é); out(d, d)", "  | \t               ^^^^"]
        );
    }

    #[test]
    fn of_a_long_line_the_part_around_the_place_is_shown() {
        let text = format!("{}here{}", "a; ".repeat(1_000), "; b".repeat(1_000));
        let lines = rendered(&text, "here");
        assert!(lines.iter().all(|l| l.chars().count() < 180), "{lines:?}");
        let at = |line: &str, mark: &str| line.split(mark).next().map(|f| f.chars().count());
        assert_eq!(at(&lines[0], "here"), at(&lines[1], "^"));
        assert!(lines[1].ends_with(" ^^^^"), "{lines:?}");
    }

    #[test]
    fn nothing_steers_the_terminal() {
        assert_eq!(
            rendered("\u{1b}[2J x", "x"),
            ["1 | \u{fffd}[2J x", "  |      ^"]
        );
    }
}
