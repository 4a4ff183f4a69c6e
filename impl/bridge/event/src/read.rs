//! Reading JSON lines, one at a time, trusting none of them.
//!
//! Invariant: a record leaves [`Reader::next_record`] only if its line is the
//! canonical text of that record, its link continues the hash chain, and it
//! fits the records before it. Every refusal names the line and the octet.
//! Memory is bounded by [`Limits`] and the size of the head and setup records.

use std::io::{self, BufRead, Read};

use serde_json::Value;

use crate::{
    canonical::canonical,
    chain::Chain,
    coherence::{Coherence, Incoherence},
    line::{NotCanonical, Record, unlinked},
    recording::{FORMAT, Head, Recording},
};

/// How much a reader takes before it refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Octets in a line, its line feed included.
    pub line_octets: u64,
    /// Lines in a recording.
    pub lines: u64,
    /// Octets in a recording.
    pub octets: u64,
}

impl Default for Limits {
    /// A mebibyte a line, a hundred thousand lines, 64 MiB. A session has less
    /// than a hundred lines.
    fn default() -> Self {
        Self {
            line_octets: 1 << 20,
            lines: 100_000,
            octets: 1 << 26,
        }
    }
}

/// Where a recording is refused, and why.
#[derive(Debug, thiserror::Error)]
#[error("line {line}, octet {octet} of the recording: {fault}")]
pub struct ReadError {
    /// 1 is the head's line.
    pub line: u64,
    /// Offset from the start of the recording, from 0.
    pub octet: u64,
    #[source]
    pub fault: ReadFault,
}

/// Why a line is refused.
#[derive(Debug, thiserror::Error)]
pub enum ReadFault {
    #[error("there is more after the foot")]
    AfterFoot,
    #[error(
        "the hash chain is broken, `h` is {found} and should be {expected}: this line was \
         altered, or one before it was rewritten, removed or added"
    )]
    ChainBroken { expected: String, found: String },
    #[error("{0}")]
    Incoherent(#[from] Incoherence),
    #[error("the input failed: {0}")]
    Io(#[from] io::Error),
    #[error("the line does not end in a line feed: the recording was cut short")]
    LineCutShort,
    #[error("the line is longer than {limit} octets")]
    LineTooLong { limit: u64 },
    #[error("not a record of this format: {reason}")]
    Malformed { reason: String },
    #[error("there is no foot: the recording was cut short")]
    MissingFoot,
    #[error("the line has no `h` of 16 octets in hex")]
    NoLink,
    #[error("not a recording: the first line is not a head of format `{FORMAT}` ({reason})")]
    NotARecording { reason: String },
    #[error("not the canonical form of what it says, which differs from here on")]
    NotCanonical,
    #[error("not JSON: {reason}")]
    NotJson { reason: String },
    #[error("a {found} record cannot follow a {after} record")]
    OutOfPlace {
        found: &'static str,
        after: &'static str,
    },
    #[error("more than {limit} lines; record fewer sessions in one file")]
    TooManyLines { limit: u64 },
    #[error("more than {limit} octets; record fewer sessions in one file")]
    TooManyOctets { limit: u64 },
}

impl From<NotCanonical> for ReadFault {
    fn from(_: NotCanonical) -> Self {
        Self::NotCanonical
    }
}

/// Reads a whole recording with the default [`Limits`].
pub fn read(input: impl BufRead) -> Result<Recording, ReadError> {
    let mut reader = Reader::new(input, Limits::default())?;
    let head = reader.head().clone();
    let mut setup = Vec::new();
    let mut events = Vec::new();
    loop {
        match reader.next_record()? {
            Some(Record::Setup(record)) => setup.push(record),
            Some(Record::Event(event)) => events.push(event),
            Some(Record::Foot(foot)) => {
                reader.end()?;
                return Ok(Recording {
                    head,
                    setup,
                    events,
                    foot,
                });
            }
            // `next_record` has refused a second head, and ends in a foot.
            Some(Record::Head(_)) | None => return Err(reader.at(0, ReadFault::MissingFoot)),
        }
    }
}

/// Reads a recording record by record.
#[derive(Debug)]
pub struct Reader<R> {
    input: R,
    limits: Limits,
    head: Head,
    chain: Chain,
    coherence: Coherence,
    after: &'static str,
    line: u64,
    /// Offset of the current line.
    start: u64,
    /// Offset of the next line.
    next: u64,
}

impl<R: BufRead> Reader<R> {
    /// Reads the head.
    pub fn new(mut input: R, limits: Limits) -> Result<Self, ReadError> {
        let at_head = |octet: usize, fault| ReadError {
            line: 1,
            octet: octet as u64,
            fault,
        };
        let line = read_line(&mut input, &limits).map_err(|fault| at_head(0, fault))?;
        let line = line.ok_or_else(|| {
            let reason = "the input is empty".into();
            at_head(0, ReadFault::NotARecording { reason })
        })?;
        let mut chain = Chain::default();
        let record = parse_head(&line, &mut chain).map_err(|(octet, f)| at_head(octet, f))?;
        let coherence = Coherence::of(&record).map_err(|fault| at_head(0, fault.into()))?;
        Ok(Self {
            input,
            limits,
            head: record,
            chain,
            coherence,
            after: "head",
            line: 1,
            start: 0,
            next: line.len() as u64,
        })
    }

    pub fn head(&self) -> &Head {
        &self.head
    }

    /// The number of the line read last, from 1: what a consumer names in its
    /// own diagnostics.
    pub fn line(&self) -> u64 {
        self.line
    }

    /// The next record; `None` after the foot.
    pub fn next_record(&mut self) -> Result<Option<Record>, ReadError> {
        let Some(line) = self.next_line()? else {
            return match self.after {
                "foot" => Ok(None),
                _ => Err(self.at(0, ReadFault::MissingFoot)),
            };
        };
        if self.after == "foot" {
            return Err(self.at(0, ReadFault::AfterFoot));
        }
        // A line out of order should be named as such and not as a broken
        // chain, so the link is checked after the record's place.
        let (octet, result) = match parse(&line) {
            Ok((record, found)) => (0, self.place(&record, &found).map(|()| record)),
            Err((octet, fault)) => (octet, Err(fault)),
        };
        let record = result.map_err(|fault| self.at(octet, fault))?;
        self.after = record.name();
        Ok(Some(record))
    }

    /// Refuses anything after the foot.
    fn end(&mut self) -> Result<(), ReadError> {
        self.next_record().map(|_| ())
    }

    fn place(&mut self, record: &Record, found: &str) -> Result<(), ReadFault> {
        match (record, self.after) {
            (Record::Setup(setup), "head" | "setup") => self.coherence.setup(setup)?,
            (Record::Event(event), "head" | "setup" | "ev") => self.coherence.event(event)?,
            (Record::Foot(foot), "head" | "setup" | "ev") => self.coherence.foot(foot)?,
            _ => {
                return Err(ReadFault::OutOfPlace {
                    found: record.name(),
                    after: self.after,
                });
            }
        }
        check_link(record, found, &mut self.chain)
    }

    fn next_line(&mut self) -> Result<Option<Vec<u8>>, ReadError> {
        self.start = self.next;
        self.line += 1;
        let line = read_line(&mut self.input, &self.limits).map_err(|fault| self.at(0, fault))?;
        let Some(line) = line else { return Ok(None) };
        if self.line > self.limits.lines {
            let limit = self.limits.lines;
            return Err(self.at(0, ReadFault::TooManyLines { limit }));
        }
        self.next += line.len() as u64;
        if self.next > self.limits.octets {
            let limit = self.limits.octets;
            return Err(self.at(0, ReadFault::TooManyOctets { limit }));
        }
        Ok(Some(line))
    }

    fn at(&self, octet: usize, fault: ReadFault) -> ReadError {
        ReadError {
            line: self.line,
            octet: self.start + octet as u64,
            fault,
        }
    }
}

/// A line with its line feed; `None` at the end of the input.
fn read_line(input: &mut impl BufRead, limits: &Limits) -> Result<Option<Vec<u8>>, ReadFault> {
    let mut line = Vec::new();
    input
        .take(limits.line_octets)
        .read_until(b'\n', &mut line)?;
    match line.last() {
        None => Ok(None),
        Some(b'\n') => Ok(Some(line)),
        Some(_) if line.len() as u64 == limits.line_octets => Err(ReadFault::LineTooLong {
            limit: limits.line_octets,
        }),
        Some(_) => Err(ReadFault::LineCutShort),
    }
}

/// The offset within the line, and the fault.
type Fault = (usize, ReadFault);

fn parse_head(line: &[u8], chain: &mut Chain) -> Result<Head, Fault> {
    let not_a_recording = |reason: String| (0, ReadFault::NotARecording { reason });
    let value: Value =
        serde_json::from_slice(line).map_err(|error| not_a_recording(error.to_string()))?;
    if value.get("t").and_then(Value::as_str) != Some("head") {
        return Err(not_a_recording("`t` is not `head`".into()));
    }
    if value.get("fmt").and_then(Value::as_str) != Some(FORMAT) {
        return Err(not_a_recording("`fmt` differs".into()));
    }
    // The fields of another version are not ours to judge, so the version
    // comes before them.
    if let Ok(found) = serde_json::from_value::<[u32; 2]>(value["ver"].clone()) {
        Coherence::version(found).map_err(|fault| (0, fault.into()))?;
    }
    let (record, found) = parse(line)?;
    check_link(&record, &found, chain).map_err(|fault| (0, fault))?;
    match record {
        Record::Head(head) => Ok(*head),
        Record::Event(_) | Record::Foot(_) | Record::Setup(_) => {
            Err(not_a_recording("`t` is not `head`".into()))
        }
    }
}

/// The record on a line and the link it carries.
fn parse(line: &[u8]) -> Result<(Record, String), Fault> {
    let text = line.strip_suffix(b"\n").unwrap_or(line);
    let mut value: Value = serde_json::from_slice(text).map_err(|error| {
        let reason = error.to_string();
        (
            error.column().saturating_sub(1),
            ReadFault::NotJson { reason },
        )
    })?;
    let whole = canonical(&value).ok_or((0, ReadFault::NotCanonical))?;
    same_text(text, whole.as_bytes())?;

    let link = value.as_object_mut().and_then(|fields| fields.remove("h"));
    let Some(Value::String(link)) = link else {
        return Err((0, ReadFault::NoLink));
    };
    // What the types do not know is lost on the way through them and shows as
    // a difference.
    let without_link = canonical(&value).ok_or((0, ReadFault::NotCanonical))?;
    let record: Record = serde_json::from_value(value).map_err(|error| {
        let reason = error.to_string();
        (0, ReadFault::Malformed { reason })
    })?;
    let rewritten = unlinked(&record).map_err(|error| (0, error.into()))?;
    if rewritten != without_link {
        let reason = format!("fields a {} record does not have", record.name());
        return Err((0, ReadFault::Malformed { reason }));
    }
    Ok((record, link))
}

fn same_text(found: &[u8], canonical: &[u8]) -> Result<(), Fault> {
    if found == canonical {
        return Ok(());
    }
    let octet = found
        .iter()
        .zip(canonical)
        .take_while(|(found, canonical)| found == canonical)
        .count();
    Err((octet, ReadFault::NotCanonical))
}

fn check_link(record: &Record, found: &str, chain: &mut Chain) -> Result<(), ReadFault> {
    let expected = hex::encode(chain.append(&unlinked(record)?));
    if found == expected {
        Ok(())
    } else {
        Err(ReadFault::ChainBroken {
            expected,
            found: found.into(),
        })
    }
}
