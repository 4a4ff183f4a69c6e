//! One session of one party, as the recording has it.
//!
//! Messages and decisions keep their order: the model has to do the same in
//! the same order. Everything else stands beside and is consumed by the step
//! it belongs to, whenever that is.

use std::borrow::Cow;

use event::{
    Event, Kind, Recording,
    kind::{Decision, Direction, Protection},
};

use crate::octets::Octets;

/// What happened, in order.
#[derive(Clone, Debug)]
pub(super) enum Main {
    Decision {
        line: u64,
        what: Decision,
        code: String,
    },
    Message(Message),
}

/// A message, or the messages of one authenticator.
#[derive(Clone, Debug)]
pub(super) struct Message {
    /// Lines of the recording, at least one.
    pub(super) lines: Vec<u64>,
    pub(super) direction: Direction,
    pub(super) protection: Protection,
    /// Whether the endpoint got at the content; otherwise `octets` is a record
    /// that did not open.
    pub(super) opened: bool,
    pub(super) octets: Octets,
}

impl Main {
    pub(super) fn line(&self) -> u64 {
        match self {
            Self::Decision { line, .. } => *line,
            Self::Message(message) => message.line(),
        }
    }
}

impl Message {
    pub(super) fn line(&self) -> u64 {
        self.lines.first().copied().unwrap_or_default()
    }
}

/// An event beside the messages.
#[derive(Clone, Debug)]
pub(super) struct Side<'a> {
    pub(super) line: u64,
    pub(super) kind: Cow<'a, Kind>,
}

/// A session of a party, as far as it has been observed.
#[derive(Clone, Debug, Default)]
pub(super) struct Observed<'a> {
    pub(super) main: Vec<Main>,
    pub(super) side: Vec<Side<'a>>,
}

/// The line of an event: one for the head, one for each setup record.
pub(crate) fn line_of(recording: &Recording, event: &Event) -> u64 {
    2 + recording.setup.len() as u64 + event.index
}

impl<'a> Observed<'a> {
    /// A secret of the key log.
    pub(super) fn secret(&self, label: &str) -> Option<&[u8]> {
        self.side.iter().find_map(|side| match &*side.kind {
            Kind::Secret {
                label: found,
                octets,
            } if found == label => octets.as_slice(),
            _ => None,
        })
    }

    /// Adds what happened at a line.
    ///
    /// # Errors
    /// The line, if it holds only a commitment where octets are needed.
    pub(super) fn push(&mut self, line: u64, kind: Cow<'a, Kind>) -> Result<(), u64> {
        match &*kind {
            Kind::Handshake {
                direction,
                protection,
                octets,
                ..
            } => {
                let octets = Octets::from(octets.as_slice().ok_or(line)?);
                message(&mut self.main, line, *direction, *protection, octets);
            }
            Kind::Decision { what, code, .. } => self.main.push(Main::Decision {
                line,
                what: *what,
                code: code.clone(),
            }),
            Kind::Record {
                direction: direction @ Direction::In,
                octets,
                key: None,
                ..
            } => {
                let octets = Octets::from(octets.as_slice().ok_or(line)?);
                self.main.push(Main::Message(Message {
                    lines: vec![line],
                    direction: *direction,
                    protection: Protection::Application,
                    opened: false,
                    octets,
                }));
            }
            _ => self.side.push(Side { line, kind }),
        }
        Ok(())
    }
}

/// Adds a message. The three messages of an authenticator are one message to
/// a model: CertificateVerify joins a Certificate and Finished joins these two
/// (RFC 9261 section 5.2), if nothing came between.
fn message(
    main: &mut Vec<Main>,
    line: u64,
    direction: Direction,
    protection: Protection,
    octets: Octets,
) {
    if protection == Protection::Authenticator
        && let Some(Main::Message(last)) = main.last_mut()
        && last.protection == protection
        && last.direction == direction
        && last.octets.first() == Some(&11)
        && matches!(
            (last.lines.len(), octets.first()),
            (1, Some(15)) | (2, Some(20))
        )
    {
        last.lines.push(line);
        last.octets = [&*last.octets, &octets].concat().into();
        return;
    }
    main.push(Main::Message(Message {
        lines: vec![line],
        direction,
        protection,
        opened: true,
        octets,
    }));
}
