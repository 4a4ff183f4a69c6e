//! A real `proverif`, where one is on PATH: a second opinion on every verdict.

use crate::model::Model;
use std::io::Read as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// What the tool says of one query.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// `is true.`
    True,
    /// `is false.`
    False,
    /// `cannot be proved.`
    Unknown,
}

impl Answer {
    /// The word in a table.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::True => "true",
            Self::False => "false",
            Self::Unknown => "cannot be proved",
        }
    }
}

/// Why the tool gave no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OracleError {
    /// It could not be started.
    #[error("{path}: {error}")]
    Start {
        /// The tool.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// It ended with an error of its own.
    #[error("proverif refuses {model}:\n{output}")]
    Refused {
        /// The model.
        model: PathBuf,
        /// The end of what it printed.
        output: String,
    },
    /// It answered another number of queries.
    #[error("proverif gives {found} results for {model}, which has {expected} queries")]
    Count {
        /// The model.
        model: PathBuf,
        /// Results.
        found: usize,
        /// Queries.
        expected: usize,
    },
}

/// The tool on PATH.
pub(crate) fn find() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|folder| folder.join("proverif"))
        .find(|candidate| candidate.is_file())
}

/// Its answers to the queries of a model, in order; fewer than queries if the
/// time was over before.
pub(crate) fn ask(
    tool: &PathBuf,
    model: &Model,
    patience: Duration,
) -> Result<Vec<Answer>, OracleError> {
    let mut command = Command::new(tool);
    for library in &model.libraries {
        command.arg("-lib").arg(library);
    }
    command.arg(&model.path).stdin(Stdio::null());
    command.stdout(Stdio::piped()).stderr(Stdio::null());
    let failed = |error| OracleError::Start {
        path: tool.clone(),
        error,
    };
    let mut child = command.spawn().map_err(failed)?;
    let mut output = child.stdout.take();
    // Read aside, so that a full pipe does not stop the tool.
    let reader = std::thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(output) = &mut output {
            // What was read before an error still counts.
            let _ = output.read_to_end(&mut bytes);
        }
        bytes
    });
    let start = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().map_err(failed)? {
            break Some(status);
        }
        if start.elapsed() >= patience || crate::interrupt::interrupted() {
            child.kill().map_err(failed)?;
            child.wait().map_err(failed)?;
            break None;
        }
        std::thread::sleep(Duration::from_millis(10));
    };
    let bytes = reader.join().unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes);
    let answers = answers(&text);
    match status {
        None if answers.len() <= model.program.queries.len() => Ok(answers),
        Some(status) if !status.success() => {
            let tail: Vec<_> = text.lines().rev().take(12).collect();
            let tail: Vec<_> = tail.into_iter().rev().collect();
            Err(OracleError::Refused {
                model: model.path.clone(),
                output: tail.join("\n"),
            })
        }
        Some(_) if answers.len() == model.program.queries.len() => Ok(answers),
        _ => Err(OracleError::Count {
            model: model.path.clone(),
            found: answers.len(),
            expected: model.program.queries.len(),
        }),
    }
}

/// Reads `RESULT` lines; those in parentheses repeat a weaker query.
fn answers(text: &str) -> Vec<Answer> {
    text.lines()
        .filter_map(|line| line.strip_prefix("RESULT "))
        .filter(|line| !line.starts_with('('))
        .filter_map(|line| {
            let line = line.trim_end();
            if line.ends_with("is true.") {
                Some(Answer::True)
            } else if line.ends_with("is false.") {
                Some(Answer::False)
            } else if line.ends_with("cannot be proved.") {
                Some(Answer::Unknown)
            } else {
                None
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn result_lines_are_read_in_order() {
        let text = "noise\nRESULT not attacker(s[]) is false.\n\
                    RESULT inj-event(e) ==> inj-event(b) is false.\n\
                    RESULT (but event(e) ==> event(b) is true.)\n\
                    RESULT event(e) ==> event(b) cannot be proved.\n\
                    Query event(e) ==> event(b) is true.\n";
        assert_eq!(
            answers(text),
            [Answer::False, Answer::False, Answer::Unknown]
        );
    }
}
