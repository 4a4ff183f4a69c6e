//! Writing JSON lines.
//!
//! Invariant: what a [`Writer`] has written up to any point is a prefix of a
//! recording [`crate::read()`] accepts; [`Writer::finish`] completes it.

use std::io::{self, Write};

use crate::{
    chain::Chain,
    coherence::{Coherence, Incoherence},
    line::{NotCanonical, Record, linked},
    recording::{Event, Foot, Head, Recording, Setup, Status},
};

/// Why a recording could not be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The caller's records contradict each other.
    #[error("record {record} does not fit the recording: {fault}")]
    Incoherent { record: u64, fault: Incoherence },
    #[error("the output failed: {0}")]
    Io(#[from] io::Error),
    #[error(transparent)]
    NotCanonical(#[from] NotCanonical),
    #[error("record {record}: a setup record comes before every event")]
    SetupAfterEvent { record: u64 },
}

/// The recording as JSON lines, each ended by a line feed.
pub fn to_json_lines(recording: &Recording) -> Result<Vec<u8>, WriteError> {
    let mut out = Vec::new();
    write(recording, &mut out)?;
    Ok(out)
}

/// Writes a recording that is held in memory.
pub fn write(recording: &Recording, out: impl Write) -> Result<(), WriteError> {
    let mut writer = Writer::new(out, recording.head.clone())?;
    for setup in &recording.setup {
        writer.setup(setup.clone())?;
    }
    for event in &recording.events {
        writer.event(event.clone())?;
    }
    writer.foot(recording.foot.clone())?;
    Ok(())
}

/// Writes a recording while it is made.
#[derive(Debug)]
pub struct Writer<W> {
    out: W,
    chain: Chain,
    coherence: Coherence,
    records: u64,
    events: u64,
}

impl<W: Write> Writer<W> {
    /// Writes the head.
    pub fn new(out: W, head: Head) -> Result<Self, WriteError> {
        let coherence =
            Coherence::of(&head).map_err(|fault| WriteError::Incoherent { record: 0, fault })?;
        let mut writer = Self {
            out,
            chain: Chain::default(),
            coherence,
            records: 0,
            events: 0,
        };
        writer.line(&Record::Head(Box::new(head)))?;
        Ok(writer)
    }

    pub fn setup(&mut self, setup: Setup) -> Result<(), WriteError> {
        if self.events > 0 {
            return Err(WriteError::SetupAfterEvent {
                record: self.records,
            });
        }
        let checked = self.coherence.setup(&setup);
        self.checked(checked)?;
        self.line(&Record::Setup(setup))
    }

    pub fn event(&mut self, event: Event) -> Result<(), WriteError> {
        let checked = self.coherence.event(&event);
        self.checked(checked)?;
        self.events += 1;
        self.line(&Record::Event(event))
    }

    /// Writes the foot and returns the output.
    pub fn finish(self, status: Status, lost: u64) -> Result<W, WriteError> {
        let count = self.events;
        self.foot(Foot {
            count,
            status,
            lost,
        })
    }

    fn foot(mut self, foot: Foot) -> Result<W, WriteError> {
        let checked = self.coherence.foot(&foot);
        self.checked(checked)?;
        self.line(&Record::Foot(foot))?;
        self.out.flush()?;
        Ok(self.out)
    }

    fn checked(&self, checked: Result<(), Incoherence>) -> Result<(), WriteError> {
        checked.map_err(|fault| WriteError::Incoherent {
            record: self.records,
            fault,
        })
    }

    fn line(&mut self, record: &Record) -> Result<(), WriteError> {
        let mut line = linked(record, &mut self.chain)?;
        line.push('\n');
        self.out.write_all(line.as_bytes())?;
        self.records += 1;
        Ok(())
    }
}
