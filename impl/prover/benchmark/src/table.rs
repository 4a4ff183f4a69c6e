//! The table.

use crate::judge::Judged;
use crate::usage::Usage;
use std::fmt::Write;

/// One model.
#[derive(Clone, Debug)]
pub struct Row {
    /// Which.
    pub name: String,
    /// What came of it; a reason if nothing did.
    pub ours: Result<(Judged, Usage), String>,
    /// What the other tool took, if it ran; whether it came to an end.
    pub theirs: Option<(Usage, bool)>,
}

/// The rows below a line that names the columns. Times are CPU seconds, memory
/// is MiB; a ratio says how many times as much the other tool took, at least
/// (`>`) where it was stopped.
#[must_use]
pub fn table(rows: &[Row]) -> String {
    let mut out = format!(
        "{:<44} {:>7} {:>13} {:>7} {:>10} {:>8} {:>7} {:>9} {:>8} {:>7} {:>7}\n",
        "model",
        "queries",
        "true/false/?",
        "clauses",
        "resolvents",
        "seconds",
        "MiB",
        "other s",
        "MiB",
        "time x",
        "mem x"
    );
    for row in rows {
        // Writing to a string does not fail.
        let _ = match &row.ours {
            Err(why) => writeln!(out, "{:<44} {why}", row.name),
            Ok((judged, usage)) => {
                let words = format!("{}/{}/{}", judged.holds, judged.broken, judged.open);
                let _ = write!(
                    out,
                    "{:<44} {:>7} {words:>13} {:>7} {:>10} {:>8.2} {:>7.0}",
                    row.name,
                    judged.queries(),
                    judged.clauses,
                    judged.resolvents,
                    usage.cpu,
                    usage.memory
                );
                match &row.theirs {
                    None => writeln!(out),
                    Some((other, ended)) => {
                        let sign = if *ended { "" } else { ">" };
                        let time = format!("{sign}{:.1}", ratio(other.cpu, usage.cpu));
                        let memory = format!("{sign}{:.1}", ratio(other.memory, usage.memory));
                        writeln!(
                            out,
                            " {:>9.2} {:>8.0} {time:>7} {memory:>7}",
                            other.cpu, other.memory
                        )
                    }
                }
            }
        };
    }
    out
}

/// Below a hundredth of a second, which is one tick, there is nothing to compare.
fn ratio(other: f64, own: f64) -> f64 {
    other / own.max(0.01)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_say_when_the_other_tool_was_stopped() {
        let usage = |cpu, memory| Usage { cpu, memory };
        let judged = Judged {
            holds: 2,
            ..Judged::default()
        };
        let row = |theirs| Row {
            name: "m".to_owned(),
            ours: Ok((judged, usage(0.5, 10.0))),
            theirs,
        };
        let text = table(&[
            row(Some((usage(50.0, 100.0), true))),
            row(Some((usage(50.0, 100.0), false))),
            row(None),
        ]);
        let ends: Vec<_> = text
            .lines()
            .map(|l| l.split_whitespace().rev().take(2).collect::<Vec<_>>())
            .collect();
        assert_eq!(ends[1], ["10.0", "100.0"]);
        assert_eq!(ends[2], [">10.0", ">100.0"]);
        assert_eq!(ends[3], ["10", "0.50"]);
    }
}
