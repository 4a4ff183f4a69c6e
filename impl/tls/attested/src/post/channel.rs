//! The TLS connection under an endpoint, and what an endpoint becomes.
//!
//! Sans-IO: TLS octets go in through `receive` and come out of `transmit`.
//! Invariant: application data is written and read in this file only, and only
//! by [`AttestedChannel`], which `client` and `server` make from a peer that
//! passed.

use std::collections::VecDeque;
use std::io::{Read, Write};

use event::Kind;
use event::kind::{Decision, Direction};
use rustls::{AlertDescription, Connection};

use crate::error::{ApiMisuse, Error, PeerMisbehaved};
use crate::exporter::ConnectionExporter;
use crate::frame::{self, APPLICATION_DATA_LIMIT, Deframer, Frame, FrameKind};
use crate::observe::Observe;

/// One end of a connection, driven by whoever holds the transport.
pub trait Endpoint {
    /// Takes TLS octets from the transport, in order, any number at a time.
    ///
    /// # Errors
    /// What the peer did wrong, or [`ApiMisuse::AfterFailure`]. After an error
    /// the endpoint only transmits: what is left to send tells the peer.
    fn receive(&mut self, octets: &[u8]) -> Result<(), Error>;

    /// The transport has ended.
    ///
    /// # Errors
    /// [`Error::Truncated`] if the peer had not closed the connection.
    fn receive_end(&mut self) -> Result<(), Error>;

    /// TLS octets for the transport; empty if there are none now.
    fn transmit(&mut self) -> Vec<u8>;
}

/// TLS, frames and the observer, before anybody may use them for data.
pub(super) struct Channel<O> {
    tls: Connection,
    observer: O,
    deframer: Deframer,
    has_failed: bool,
    peer_has_closed: bool,
}

impl<O: Observe> Channel<O> {
    pub(super) fn new(tls: impl Into<Connection>, observer: O) -> Self {
        let mut tls = tls.into();
        // An authenticator is longer than rustls's default of 64 KiB; what we
        // queue is bounded by the frames' caps.
        tls.set_buffer_limit(None);
        Self {
            tls,
            observer,
            deframer: Deframer::default(),
            has_failed: false,
            peer_has_closed: false,
        }
    }

    pub(super) fn tls(&self) -> &Connection {
        &self.tls
    }

    pub(super) fn observer(&mut self) -> &mut O {
        &mut self.observer
    }

    pub(super) fn exporter(&mut self) -> Result<ConnectionExporter<'_, O>, Error> {
        ConnectionExporter::new(&mut self.tls, &mut self.observer)
            .map_err(|error| authenticator::Error::from(error).into())
    }

    /// Takes in TLS octets; frames then wait in order.
    pub(super) fn receive(&mut self, mut octets: &[u8]) -> Result<(), Error> {
        if self.has_failed {
            return Err(ApiMisuse::AfterFailure.into());
        }
        self.observer.crossing(Direction::In, octets);
        let mut plaintext = Vec::new();
        while !octets.is_empty() {
            let taken = self
                .tls
                .read_tls(&mut octets)
                .map_err(|error| rustls::Error::General(error.to_string()))?;
            let state = self.tls.process_new_packets()?;
            self.peer_has_closed = state.peer_has_closed();
            let available = state.plaintext_bytes_to_read();
            if available > 0 {
                let start = plaintext.len();
                plaintext.resize(start + available, 0);
                self.tls
                    .reader()
                    .read_exact(&mut plaintext[start..])
                    .map_err(|error| rustls::Error::General(error.to_string()))?;
            }
            if taken == 0 {
                break; // after close_notify nothing more is read
            }
        }
        self.deframer.push(&plaintext);
        Ok(())
    }

    pub(super) fn receive_end(&self) -> Result<(), Error> {
        let closed = self.peer_has_closed && self.deframer.is_at_boundary();
        if closed {
            Ok(())
        } else {
            Err(Error::Truncated)
        }
    }

    /// The next frame; an alert is an error already.
    pub(super) fn next_frame(&mut self) -> Result<Option<Frame>, Error> {
        match self.deframer.pop()? {
            Some(frame) if frame.kind == FrameKind::Alert => Err(match *frame.body {
                [alert] => Error::PeerAborted(AlertDescription::from(alert)),
                _ => PeerMisbehaved::MalformedAlert.into(),
            }),
            other => Ok(other),
        }
    }

    pub(super) fn send(&mut self, kind: FrameKind, body: &[u8]) -> Result<(), Error> {
        self.tls
            .writer()
            .write_all(&frame::encode(kind, body))
            .map_err(|error| rustls::Error::General(error.to_string()).into())
    }

    pub(super) fn transmit(&mut self) -> Vec<u8> {
        let mut octets = Vec::new();
        while self.tls.wants_write() {
            // Writing to memory does not fail.
            if self.tls.write_tls(&mut octets).is_err() {
                break;
            }
        }
        if !octets.is_empty() {
            self.observer.crossing(Direction::Out, &octets);
        }
        octets
    }

    /// Ends the connection over `error`: records it, tells the peer, closes.
    pub(super) fn fail(&mut self, error: Error, at: &'static str) -> Error {
        if self.has_failed {
            return error;
        }
        self.has_failed = true;
        self.observer.observe(Kind::Decision {
            what: Decision::Reject,
            code: error.code().to_owned(),
            at: Some(at.to_owned()),
        });
        if !self.tls.is_handshaking() {
            if let Some(alert) = error.alert() {
                // The connection is ending; an alert that cannot be queued has
                // nobody left to reach.
                let _ = self.send(FrameKind::Alert, &[alert.into()]);
            }
            self.tls.send_close_notify();
        }
        error
    }
}

/// A connection on which attestation has succeeded; the only place where
/// application data is written and read. `P` says what is known of the peer.
pub struct AttestedChannel<P, O> {
    channel: Channel<O>,
    peer: P,
    inbox: VecDeque<u8>,
}

impl<P, O: Observe> AttestedChannel<P, O> {
    pub(super) fn new(channel: Channel<O>, peer: P, inbox: Vec<u8>) -> Result<Self, Error> {
        let mut attested = Self {
            channel,
            peer,
            inbox: inbox.into(),
        };
        attested.open_frames()?;
        Ok(attested)
    }

    /// What is known of the peer.
    pub fn peer(&self) -> &P {
        &self.peer
    }

    /// Queues application data.
    ///
    /// # Errors
    /// [`ApiMisuse::AfterFailure`].
    pub fn write(&mut self, data: &[u8]) -> Result<(), Error> {
        if self.channel.has_failed {
            return Err(ApiMisuse::AfterFailure.into());
        }
        data.chunks(APPLICATION_DATA_LIMIT)
            .try_for_each(|part| self.channel.send(FrameKind::ApplicationData, part))
    }

    /// Moves application data that has arrived into `buffer`; returns how much.
    pub fn read(&mut self, buffer: &mut [u8]) -> usize {
        // Reading from memory does not fail.
        self.inbox.read(buffer).unwrap_or(0)
    }

    /// Octets of application data that have arrived and were not yet read.
    pub fn available(&self) -> usize {
        self.inbox.len()
    }

    /// Tells the peer that no more data follows.
    pub fn close(&mut self) {
        self.channel.tls.send_close_notify();
    }

    pub fn peer_has_closed(&self) -> bool {
        self.channel.peer_has_closed
    }

    fn open_frames(&mut self) -> Result<(), Error> {
        while let Some(frame) = self.channel.next_frame()? {
            match frame.kind {
                FrameKind::ApplicationData => self.inbox.extend(frame.body),
                kind => {
                    return Err(PeerMisbehaved::UnexpectedFrame {
                        kind,
                        awaiting: "application data",
                    }
                    .into());
                }
            }
        }
        Ok(())
    }
}

impl<P, O: Observe> Endpoint for AttestedChannel<P, O> {
    fn receive(&mut self, octets: &[u8]) -> Result<(), Error> {
        let outcome = self
            .channel
            .receive(octets)
            .and_then(|()| self.open_frames());
        outcome.map_err(|error| self.channel.fail(error, "application data"))
    }

    fn receive_end(&mut self) -> Result<(), Error> {
        self.channel.receive_end()
    }

    fn transmit(&mut self) -> Vec<u8> {
        self.channel.transmit()
    }
}
