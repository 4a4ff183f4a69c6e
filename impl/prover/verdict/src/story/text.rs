//! The story as numbered steps.

use super::{Act, Line, Story};
use core::fmt::Write as _;

impl Story {
    /// Numbered steps, the legend, and the ending.
    #[must_use]
    pub fn text(&self) -> String {
        let width = self.lines.len().to_string().len();
        let mut out = String::new();
        for (i, line) in self.lines.iter().enumerate() {
            let mark = if line.is_goal() { "*" } else { " " };
            let _ = write!(out, "{:>width$}.{mark} {}", i + 1, self.sentence(&line.act));
            if !line.place.is_empty() {
                let _ = write!(out, "  [{}]", line.place);
            }
            out.push('\n');
        }
        if !self.legend.is_empty() {
            out.push_str("where\n");
            for (name, meaning) in &self.legend {
                let _ = writeln!(out, "  {name} = {meaning}");
            }
        }
        out.push_str(&self.ending);
        out.push('\n');
        out
    }

    fn lane(&self, index: usize) -> &str {
        self.lanes.get(index).map_or("?", String::as_str)
    }

    /// One line without its number and place.
    pub(super) fn sentence(&self, act: &Act) -> String {
        match act {
            Act::AttackerName { name } => format!("The attacker makes {name}"),
            Act::Creates { who, names } => {
                format!("{} makes {}", self.lane(*who), names.join(", "))
            }
            Act::Direct {
                from,
                to,
                channel,
                message,
                output,
                ends,
            } => {
                let ends = match ends {
                    true => ", where it matches nothing",
                    false => "",
                };
                let heard = output
                    .as_ref()
                    .map_or_else(String::new, |o| format!("; the attacker hears it as {o}"));
                format!(
                    "{} sends {message} to {} on {channel}{ends}{heard}",
                    self.lane(*from),
                    self.lane(*to)
                )
            }
            Act::Event { who, event, .. } => format!("{}: event {event}", self.lane(*who)),
            Act::Insert { who, entry } => format!("{} inserts {entry}", self.lane(*who)),
            Act::Phase { phase } => format!("Phase {phase} begins"),
            Act::Receives {
                who,
                channel,
                recipe,
                message,
            } => {
                let equal = message
                    .as_ref()
                    .map_or_else(String::new, |m| format!(" = {m}"));
                format!(
                    "The attacker sends {recipe}{equal} to {} on {channel}",
                    self.lane(*who)
                )
            }
            Act::Sends {
                who,
                channel,
                output,
                message,
            } => format!(
                "{} sends {output} = {message} on {channel}",
                self.lane(*who)
            ),
            Act::Takes {
                who,
                entry: Some(entry),
            } => format!("{} finds {entry}", self.lane(*who)),
            Act::Takes { who, entry: None } => {
                format!("{} finds no entry that matches", self.lane(*who))
            }
        }
    }
}

impl Line {
    /// Whether a premise of the query happens here.
    #[must_use]
    pub fn is_goal(&self) -> bool {
        matches!(self.act, Act::Event { goal: true, .. })
    }
}
