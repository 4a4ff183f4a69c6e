//! A recording as it was written, judged even where it cannot be read.
//!
//! The hash chain says that a line is not what was written, the model says what
//! should stand there. Both are told: the line at which reading stops, what the
//! model allows at that point, and what the rest would have come to if the
//! chain were left out of it.

use event::{
    Kind, Limits, ReadError, ReadFault, Record, Recording,
    recording::{Foot, Setup, Status},
};
use pi::Program;

use crate::{
    conform::{Gate, nothing_judged},
    mapping::Mapping,
    matching::Ended,
    report::{Divergence, Report, Severity, Verdict},
};

/// A recording that cannot be read and is longer than this is refused and
/// nothing more is said of it, in octets.
const DIAGNOSED: usize = 1 << 22;

/// Whether the text of a recording is a run of the model.
///
/// As [`conform`](crate::conform) for a recording that can be read. Another one
/// diverges at the line that cannot be, and the divergence says what the model
/// allows there.
#[must_use]
pub fn conform_lines(model: &Program, mapping: &Mapping, text: &[u8]) -> Report {
    match Gate::new(model, mapping) {
        Ok(gate) => gate.conform_lines(text),
        Err(findings) => nothing_judged(findings),
    }
}

impl Gate<'_> {
    /// Whether the text of a recording is a run of the model.
    #[must_use]
    pub fn conform_lines(&self, text: &[u8]) -> Report {
        match event::read(text) {
            Ok(recording) => self.conform(&recording),
            Err(error) => self.unreadable(text, &error),
        }
    }

    fn unreadable(&self, text: &[u8], error: &ReadError) -> Report {
        let mut divergence = Divergence {
            severity: Severity::BrokenRecording,
            session: None,
            line: Some(error.line),
            place: None,
            what: error.to_string(),
            expected: None,
            got: None,
            provenance: Vec::new(),
            allows: "a recording, whole and unchanged".into(),
            hypotheses: Vec::new(),
        };
        let mut sessions = Vec::new();
        if let Some(prefix) = (text.len() < DIAGNOSED).then(|| prefix(text)).flatten() {
            let (reports, endings, _) = self.sessions(&prefix);
            sessions = reports;
            let party = regardless(text, error.line).and_then(|record| match record {
                Record::Event(event) => Some((event.party, event.session)),
                _ => None,
            });
            let names: Vec<(u32, u32)> = prefix
                .head
                .sessions
                .iter()
                .map(|session| (session.party, session.session))
                .collect();
            expected_next(&mut divergence, endings, &names, party);
        }
        // Only of a recording that is one but for its chain is anything said.
        let only_chain =
            matches!(error.fault, ReadFault::ChainBroken { .. }) && text.len() < DIAGNOSED;
        if let Some(whole) = only_chain.then(|| all_regardless(text)).flatten() {
            let without_chain = self.conform(&whole).verdict;
            let said = without_chain.to_string();
            let first = said.lines().next().unwrap_or_default();
            divergence.provenance.push(format!(
                "for diagnosis, read without its hash chain: {first}"
            ));
        }
        Report {
            verdict: Verdict::Diverges(Box::new(divergence)),
            sessions,
        }
    }
}

/// What the model does next, in the session the broken line is about, else in
/// every session that is not over.
fn expected_next(
    divergence: &mut Divergence,
    endings: Vec<Ended>,
    names: &[(u32, u32)],
    about: Option<(u32, u32)>,
) {
    let mut allows = Vec::new();
    for (ending, name) in endings.into_iter().zip(names) {
        let Ended::Diverges(stopped) = ending else {
            continue;
        };
        if about.is_some_and(|about| about != *name) {
            continue;
        }
        let who = stopped
            .session
            .as_ref()
            .map(|(party, session)| format!("{party} session {session} "))
            .unwrap_or_default();
        allows.push(format!("{who}{}", stopped.allows));
        if divergence.place.is_none() {
            divergence.place = stopped.place;
            divergence.session = stopped.session;
        }
    }
    if !allows.is_empty() {
        divergence.allows = allows.join("; ");
    }
}

/// What can be read up to the first fault.
fn prefix(text: &[u8]) -> Option<Recording> {
    let mut reader = event::Reader::new(text, Limits::default()).ok()?;
    let head = reader.head().clone();
    let mut setup: Vec<Setup> = Vec::new();
    let mut events = Vec::new();
    while let Ok(Some(record)) = reader.next_record() {
        match record {
            Record::Setup(record) => setup.push(record),
            Record::Event(event) => events.push(event),
            Record::Foot(_) | Record::Head(_) => break,
        }
    }
    let foot = Foot {
        count: events.len() as u64,
        status: Status::Truncated,
        lost: 0,
    };
    Some(Recording {
        head,
        setup,
        events,
        foot,
    })
}

/// The record on a line, whatever its link.
fn regardless(text: &[u8], line: u64) -> Option<Record> {
    let place = usize::try_from(line.checked_sub(1)?).ok()?;
    record(text.split(|octet| *octet == b'\n').nth(place)?)
}

fn record(line: &[u8]) -> Option<Record> {
    let mut value: serde_json::Value = serde_json::from_slice(line).ok()?;
    value.as_object_mut()?.remove("h");
    serde_json::from_value(value).ok()
}

/// All records, whatever their links; `None` if a line is not a record.
fn all_regardless(text: &[u8]) -> Option<Recording> {
    let mut head = None;
    let mut setup = Vec::new();
    let mut events = Vec::new();
    let mut foot = None;
    let lines = text.strip_suffix(b"\n").unwrap_or(text);
    for line in lines.split(|octet| *octet == b'\n') {
        match record(line)? {
            Record::Head(found) => head = Some(*found),
            Record::Setup(found) => setup.push(found),
            Record::Event(found) => events.push(found),
            Record::Foot(found) => foot = Some(found),
        }
    }
    let messages = events
        .iter()
        .any(|event| matches!(event.kind, Kind::Handshake { .. }));
    messages.then_some(Recording {
        head: head?,
        setup,
        events,
        foot: foot?,
    })
}
