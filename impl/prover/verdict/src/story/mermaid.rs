//! The story as a Mermaid sequence diagram.
//!
//! Lanes are the copies and the attacker, who stands in the middle of all
//! messages it touches. Labels are at most [`LABEL`] characters; whole terms
//! are in the legend, as comments.

use super::{Act, Story};
use core::fmt::Write as _;

/// Longest label, in characters.
pub(super) const LABEL: usize = 60;

impl Story {
    /// A `sequenceDiagram`.
    #[must_use]
    pub fn mermaid(&self) -> String {
        let mut out = String::from("sequenceDiagram\n");
        let middle = self.lanes.len().div_ceil(2);
        for (i, label) in self.lanes.iter().enumerate() {
            if i == middle {
                out.push_str("    participant A as Attacker\n");
            }
            let _ = writeln!(out, "    participant P{i} as {}", escaped(label));
        }
        if middle >= self.lanes.len() {
            out.push_str("    participant A as Attacker\n");
        }
        for line in &self.lines {
            self.diagram_line(&line.act, &mut out);
        }
        let last = self.lanes.len().checked_sub(1);
        let over = match last {
            Some(0) | None => "A".to_owned(),
            Some(n) => format!("P0,P{n}"),
        };
        let ending = self.ending.lines().last().unwrap_or("");
        let _ = writeln!(out, "    Note over {over}: {}", label(ending));
        for (name, meaning) in &self.legend {
            let _ = writeln!(out, "    %% {name} = {meaning}");
        }
        out
    }

    fn diagram_line(&self, act: &Act, out: &mut String) {
        let _ = match act {
            Act::AttackerName { name } => {
                writeln!(out, "    Note over A: {}", label(&format!("makes {name}")))
            }
            Act::Creates { who, names } => {
                let text = format!("makes {}", names.join(", "));
                writeln!(out, "    Note over P{who}: {}", label(&text))
            }
            Act::Direct {
                from,
                to,
                message,
                ends: true,
                ..
            } => writeln!(out, "    P{from}-xP{to}: {}", label(message)),
            Act::Direct {
                from, to, message, ..
            } => writeln!(out, "    P{from}->>P{to}: {}", label(message)),
            Act::Event { who, event, goal } if *goal => {
                let _ = writeln!(out, "    critical the premise of the query");
                let _ = writeln!(out, "    Note over P{who}: {}", label(event));
                writeln!(out, "    end")
            }
            Act::Event { who, event, .. } => {
                writeln!(out, "    Note over P{who}: {}", label(event))
            }
            Act::Insert { who, entry } => {
                writeln!(
                    out,
                    "    Note over P{who}: {}",
                    label(&format!("insert {entry}"))
                )
            }
            Act::Phase { phase } => {
                writeln!(
                    out,
                    "    Note over A: {}",
                    label(&format!("phase {phase} begins"))
                )
            }
            Act::Receives {
                who,
                recipe,
                message,
                ..
            } => {
                let text = message.as_ref().unwrap_or(recipe);
                writeln!(out, "    A->>P{who}: {}", label(text))
            }
            Act::Sends {
                who,
                output,
                message,
                ..
            } => {
                let text = format!("{output} = {message}");
                writeln!(out, "    P{who}->>A: {}", label(&text))
            }
            Act::Takes { who, entry } => {
                let text = entry
                    .as_ref()
                    .map_or_else(|| "finds no entry".to_owned(), |e| format!("finds {e}"));
                writeln!(out, "    Note over P{who}: {}", label(&text))
            }
        };
    }
}

/// At most [`LABEL`] characters, escaped.
fn label(text: &str) -> String {
    if text.chars().count() <= LABEL {
        return escaped(text);
    }
    let cut: String = text.chars().take(LABEL - 1).collect();
    escaped(&format!("{cut}…"))
}

/// `#` and `;` mean something to Mermaid.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '#' => out.push_str("#35;"),
            ';' => out.push_str("#59;"),
            '\n' => out.push(' '),
            c => out.push(c),
        }
    }
    out
}
