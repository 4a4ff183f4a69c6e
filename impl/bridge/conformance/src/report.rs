//! What the gate says.
//!
//! Four words. A recording that conforms has been followed to the end by every
//! honest party; anything less has a word of its own, and a recording in which
//! nothing was matched never conforms.

use core::fmt;
use std::collections::BTreeMap;

use pi::{Program, Span};

use crate::steps::StepId;

/// The verdict on a recording, with what each session came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The worst of what the sessions came to.
    pub verdict: Verdict,
    /// One for each session of each honest party, in the order of the head.
    pub sessions: Vec<SessionReport>,
}

/// One word for a recording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Every honest session is a run of its role.
    Conforms(Counts),
    /// Some session is not, first here.
    Diverges(Box<Divergence>),
    /// The recording does not hold enough to say.
    Inconclusive {
        /// What is missing.
        why: String,
    },
    /// Mapping and model no longer belong together; nothing was judged.
    OutOfDate {
        /// Each with the file and line it is about.
        findings: Vec<String>,
    },
}

/// One session of one party.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionReport {
    /// Its name in the recording's head.
    pub party: String,
    /// Number of the session.
    pub session: u32,
    /// Role of the model.
    pub role: String,
    /// How the run ended, when it conforms.
    pub outcome: Option<Outcome>,
    /// What was matched up to its end or its first divergence.
    pub counts: Counts,
    /// Steps of the role that were walked, in order.
    pub walked: Vec<StepId>,
    /// Where it stopped before the end of the role.
    pub stopped: Option<StepId>,
    /// Where it may have stopped just as well: a record that opens for nobody
    /// may have been for any process that waits for one.
    pub or_stopped: Vec<StepId>,
}

/// How a conforming run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The peer gave up, and the run up to there is one of the role's.
    Abandoned {
        /// The endpoint's reason, as recorded.
        code: String,
    },
    /// The role reached its end and the endpoint accepted.
    Accepted,
    /// The model refuses and so did the endpoint.
    Refused {
        /// Where the model refuses.
        place: ModelPlace,
        /// The endpoint's reason, as recorded.
        code: String,
    },
}

/// How much stands behind a verdict.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Steps of the model that were walked.
    pub matched: usize,
    /// Steps on the way to the end of the role.
    pub of: usize,
    /// Observed values that were recomputed, verified or witnessed.
    pub computed: usize,
    /// Values taken as observed since the recording has nothing to check
    /// them against.
    pub assumed: usize,
    /// Octets claimed by each gap.
    pub gaps: BTreeMap<String, usize>,
}

impl Counts {
    /// Octets that a gap claims.
    pub(crate) fn claimed(&mut self, gap: &str, octets: usize) {
        match self.gaps.get_mut(gap) {
            Some(total) => *total = total.saturating_add(octets),
            None => drop(self.gaps.insert(gap.to_owned(), octets)),
        }
    }

    pub(crate) fn add(&mut self, other: &Self) {
        self.matched += other.matched;
        self.of += other.of;
        self.computed += other.computed;
        self.assumed += other.assumed;
        for (gap, octets) in &other.gaps {
            *self.gaps.entry(gap.clone()).or_default() += octets;
        }
    }
}

/// The first place at which recording and model part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Divergence {
    /// How bad it is.
    pub severity: Severity,
    /// Party and session, unless the recording itself is broken.
    pub session: Option<(String, u32)>,
    /// Line of the recording, from 1; absent when it ends too early.
    pub line: Option<u64>,
    /// The step of the model.
    pub place: Option<ModelPlace>,
    /// What is wrong.
    pub what: String,
    /// The value the model has there, in hex.
    pub expected: Option<String>,
    /// The value in the recording, in hex.
    pub got: Option<String>,
    /// Where the values come from.
    pub provenance: Vec<String>,
    /// What the model allows at this point.
    pub allows: String,
    /// Changes of the computation that would explain the observed value.
    pub hypotheses: Vec<String>,
}

/// How bad a divergence is, worst last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The recording is broken, before any model comes into it.
    BrokenRecording,
    /// The recording ends where the model goes on.
    EndsEarly,
    /// The endpoint refused where the model goes on.
    OverRejection,
    /// Something was observed that the model does not do there.
    Mismatch,
    /// Nobody could have made what was received: not the honest parties, who
    /// did not send it, nor the attacker from what it had.
    Underivable,
    /// The model refuses and the endpoint accepted.
    UnsoundAcceptance,
}

/// A place in the text of a model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelPlace {
    /// File as given to the prover.
    pub file: String,
    /// From 1.
    pub line: u32,
    /// In characters, from 1.
    pub column: u32,
    /// The whole line.
    pub text: String,
    /// Characters of `text` the place covers, at least 1.
    pub width: usize,
}

impl ModelPlace {
    /// The place of a span.
    #[must_use]
    pub fn of(program: &Program, span: Span) -> Self {
        let at = program.sources.position(span);
        let first = program.sources.text(span).lines().next().unwrap_or("");
        Self {
            file: program
                .sources
                .file(span.file)
                .map_or_else(|| "?".into(), |file| file.name.clone()),
            line: at.line,
            column: at.column,
            text: program.sources.line(span).to_owned(),
            width: first.chars().count().max(1),
        }
    }
}

impl fmt::Display for ModelPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let gutter = self.line.to_string();
        let pad = " ".repeat(gutter.len());
        let margin = " ".repeat((self.column as usize).saturating_sub(1));
        writeln!(f, "{pad}--> {}:{}:{}", self.file, self.line, self.column)?;
        writeln!(f, "{pad} |")?;
        writeln!(f, "{gutter} | {}", self.text)?;
        write!(f, "{pad} | {margin}{}", "^".repeat(self.width))
    }
}

impl fmt::Display for Divergence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = match self.severity {
            Severity::BrokenRecording => "refused, broken recording",
            Severity::EndsEarly => "ends early",
            Severity::Mismatch => "diverges",
            Severity::OverRejection => "refused without reason",
            Severity::Underivable => "nobody could have made this",
            Severity::UnsoundAcceptance => "UNSOUND ACCEPTANCE",
        };
        match self.line {
            Some(line) => write!(f, "{word} at line {line}")?,
            None => write!(f, "{word}")?,
        }
        if let Some((party, session)) = &self.session {
            write!(f, ", {party} session {session}")?;
        }
        writeln!(f, ": {}", self.what)?;
        if let Some(place) = &self.place {
            writeln!(f, "{place}")?;
        }
        if let Some(expected) = &self.expected {
            writeln!(f, "  expected {expected}")?;
        }
        if let Some(got) = &self.got {
            writeln!(f, "  got      {got}")?;
        }
        for line in &self.provenance {
            writeln!(f, "  {line}")?;
        }
        for hypothesis in &self.hypotheses {
            writeln!(f, "  would be explained by: {hypothesis}")?;
        }
        write!(f, "  the model allows here: {}", self.allows)
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Conforms(counts) => {
                write!(
                    f,
                    "conforms: {} of {} steps, {} values computed, {} assumed",
                    counts.matched, counts.of, counts.computed, counts.assumed
                )?;
                for (number, (gap, octets)) in counts.gaps.iter().enumerate() {
                    let comma = if number == 0 { "; gaps " } else { ", " };
                    write!(f, "{comma}{gap} {octets}")?;
                }
                Ok(())
            }
            Self::Diverges(divergence) => divergence.fmt(f),
            Self::Inconclusive { why } => write!(f, "inconclusive: {why}"),
            Self::OutOfDate { findings } => {
                write!(f, "mapping out of date")?;
                findings.iter().try_for_each(|line| write!(f, "\n  {line}"))
            }
        }
    }
}
