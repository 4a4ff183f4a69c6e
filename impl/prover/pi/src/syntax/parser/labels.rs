//! Labels in comments, see [`Label`].

use super::Parser;
use crate::diagnostic::Diagnostic;
use crate::label::{Expected, Label};
use crate::source::Span;

/// The words that make a comment a label.
const WORDS: [&str; 4] = ["@broken", "@holds", "@reachable", "@undecided"];

impl Parser<'_> {
    /// The label in the comment directly before the next token.
    pub(super) fn label(&mut self) -> Option<Label> {
        let span = self.comment_before(self.peek())?;
        let text: &str = self.text;
        let body = body(
            text.get(span.start as usize..span.end as usize)
                .unwrap_or(""),
        );
        if !is_label(body) {
            return None;
        }
        self.used_labels.insert(span.start);
        match read(body, span) {
            Ok(label) => Some(label),
            Err(diagnostic) => {
                self.diagnostics.push(diagnostic);
                None
            }
        }
    }

    /// A label that belongs to no query would be an expectation that nobody
    /// checks.
    pub(super) fn report_stray_labels(&mut self) {
        for span in &self.tokens.comments {
            let text = self
                .text
                .get(span.start as usize..span.end as usize)
                .unwrap_or("");
            if is_label(body(text)) && !self.used_labels.contains(&span.start) {
                self.diagnostics.push(
                    Diagnostic::error(*span, "this label belongs to no query")
                        .with_hint("a label stands directly before `query`, in the last comment"),
                );
            }
        }
    }
}

fn body(comment: &str) -> &str {
    comment
        .strip_prefix("(*")
        .and_then(|text| text.strip_suffix("*)"))
        .unwrap_or("")
        .trim()
}

fn is_label(body: &str) -> bool {
    body.split_whitespace()
        .next()
        .is_some_and(|word| WORDS.contains(&word))
}

fn read(body: &str, span: Span) -> Result<Label, Diagnostic> {
    let (head, rest) = body.split_once('\n').unwrap_or((body, ""));
    let sentence = rest.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut words = head.split_whitespace();
    let word = words.next().unwrap_or("");
    let bad = |message: &str, hint: &str| Err(Diagnostic::error(span, message).with_hint(hint));
    let Some(id) = words.next() else {
        return bad(
            "this label has no id",
            "write it on the first line: `@holds ID`",
        );
    };
    let expected = match (word, words.next()) {
        ("@holds", None) => Expected::Holds { tight: false },
        ("@holds", Some("tight")) => Expected::Holds { tight: true },
        ("@reachable", None) => Expected::Reachable,
        ("@broken", Some(attack)) => Expected::Broken {
            attack: attack.to_owned(),
        },
        ("@broken", None) => {
            return bad(
                "this label names no attack",
                "write `@broken ID ATTACK`, where ATTACK is a directory below the models",
            );
        }
        ("@undecided", Some(first)) => Expected::Undecided {
            why: core::iter::once(first)
                .chain(words.by_ref())
                .collect::<Vec<_>>()
                .join(" "),
        },
        ("@undecided", None) => {
            return bad("this label does not say why", "write `@undecided ID WHY`");
        }
        (_, other) => {
            return bad(
                &format!("`{}` has no meaning in this label", other.unwrap_or(word)),
                "the sentence begins on the second line",
            );
        }
    };
    if let Some(word) = words.next() {
        return bad(
            &format!("`{word}` has no meaning in this label"),
            "the sentence begins on the second line",
        );
    }
    Ok(Label {
        expected,
        id: id.to_owned(),
        sentence,
        span,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expected(text: &str) -> Option<(String, Expected, String)> {
        let label = read(body(text), Span::default()).ok()?;
        Some((label.id, label.expected, label.sentence))
    }

    #[test]
    fn the_four_labels() {
        assert_eq!(
            expected("(* @holds G-RA1 tight\n  One\n  sentence. *)"),
            Some((
                "G-RA1".into(),
                Expected::Holds { tight: true },
                "One sentence.".into()
            ))
        );
        assert_eq!(
            expected("(* @broken G-C2 attacks/relay *)").map(|l| l.1),
            Some(Expected::Broken {
                attack: "attacks/relay".into()
            })
        );
        assert_eq!(
            expected("(*@reachable post/x*)").map(|l| l.1),
            Some(Expected::Reachable)
        );
        assert_eq!(
            expected("(* @undecided Q the table is never empty *)").map(|l| l.1),
            Some(Expected::Undecided {
                why: "the table is never empty".into()
            })
        );
    }

    #[test]
    fn malformed_labels_are_refused() {
        for text in [
            "(* @holds *)",
            "(* @holds A loose *)",
            "(* @holds A tight B *)",
            "(* @broken A *)",
            "(* @broken A b c *)",
            "(* @reachable A b *)",
            "(* @undecided A *)",
        ] {
            assert_eq!(expected(text), None, "{text}");
        }
    }
}
