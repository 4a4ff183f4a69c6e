//! Whether a mutant was noticed, and where.
//!
//! A kill is a divergence at a step that the catalogue names. A divergence
//! elsewhere is told apart: the gate may have stumbled over the mistake rather
//! than seen it.

use conformance::{Report, Verdict};
use event::{
    Recording,
    kind::{Decision, Kind},
    recording::PartyKind,
};

use crate::mutant::Mutant;

/// What the gate made of one recording of a mutant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Noticed {
    /// Where it should be: the line of the model, or what was wrong.
    AtStep(String),
    /// The gate stopped, at another place.
    Elsewhere(String),
    /// The recording conforms.
    No,
}

impl Noticed {
    /// Judges a report on a recording of this mutant.
    #[must_use]
    pub fn by(report: &Report, mutant: &Mutant) -> Self {
        let (at, what) = match &report.verdict {
            Verdict::Conforms(_) => return Self::No,
            Verdict::Diverges(divergence) => {
                let place = divergence.place.as_ref();
                let at = place.map(|place| place.text.trim().to_owned());
                let what = divergence.what.clone();
                (at.unwrap_or_else(|| what.clone()), what)
            }
            Verdict::Inconclusive { why } => {
                let said = why.lines().next().unwrap_or_default();
                (said.to_owned(), why.clone())
            }
            Verdict::OutOfDate { findings } => {
                let all = findings.join("; ");
                return Self::Elsewhere(all);
            }
        };
        let is_there = |step: &str| at.contains(step) || what.contains(step);
        match mutant.steps.iter().any(|step| is_there(step)) {
            true => Self::AtStep(at),
            false => Self::Elsewhere(format!("{at} ({what})")),
        }
    }

    /// Where the gate stopped.
    #[must_use]
    pub fn place(&self) -> &str {
        match self {
            Self::AtStep(at) | Self::Elsewhere(at) => at,
            Self::No => "conforms",
        }
    }
}

/// Whether every honest party of a recording says that it accepted.
///
/// What a test that knows nothing of models would look at.
#[must_use]
pub fn all_accepted(recording: &Recording) -> bool {
    let head = &recording.head;
    let mut honest = head.sessions.iter().filter(|session| {
        let mut parties = head.parties.iter();
        parties.any(|party| party.id == session.party && party.kind == PartyKind::Honest)
    });
    honest.all(|session| {
        let mut decisions = recording.events.iter().filter_map(|event| {
            let is_theirs = event.party == session.party && event.session == session.session;
            match &event.kind {
                Kind::Decision { what, .. } if is_theirs => Some(*what),
                _ => None,
            }
        });
        decisions.next_back() == Some(Decision::Accept)
    })
}
