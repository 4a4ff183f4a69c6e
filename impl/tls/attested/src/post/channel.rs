//! The TLS connection under an endpoint, and what an endpoint becomes.
//!
//! Sans-IO: TLS octets go in through `receive` and come out of `transmit`.
//! Invariant: application data is written and read in this file only, and only
//! by [`AttestedChannel`], which `client` and `server` make from a peer that
//! passed.

use std::collections::VecDeque;
use std::io::Read;

use rustls::{AlertDescription, Connection};

use crate::endpoint::{ApplicationData, Endpoint};
use crate::error::{ApiMisuse, Error, PeerMisbehaved};
use crate::exporter::ConnectionExporter;
use crate::frame::{self, APPLICATION_DATA_LIMIT, Deframer, Frame, FrameKind};
use crate::observe::Observe;
use crate::tls::Tls;

/// TLS, frames and the observer, before anybody may use them for data.
pub(super) struct Channel<O> {
    tls: Tls<O>,
    deframer: Deframer,
}

impl<O: Observe> Channel<O> {
    pub(super) fn new(tls: impl Into<Connection>, observer: O) -> Self {
        Self {
            tls: Tls::new(tls, observer),
            deframer: Deframer::default(),
        }
    }

    pub(super) fn tls(&self) -> &Connection {
        self.tls.connection()
    }

    pub(super) fn observer(&mut self) -> &mut O {
        self.tls.observer()
    }

    pub(super) fn exporter(&mut self) -> Result<ConnectionExporter<'_, O>, Error> {
        let (connection, observer) = self.tls.parts();
        ConnectionExporter::new(connection, observer)
            .map_err(|error| authenticator::Error::from(error).into())
    }

    /// Takes in TLS octets; frames then wait in order.
    pub(super) fn receive(&mut self, octets: &[u8]) -> Result<(), Error> {
        let plaintext = self.tls.receive(octets)?;
        self.deframer.push(&plaintext);
        Ok(())
    }

    pub(super) fn receive_end(&self) -> Result<(), Error> {
        let closed = self.tls.peer_has_closed() && self.deframer.is_at_boundary();
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
        self.tls.send(&frame::encode(kind, body))
    }

    pub(super) fn transmit(&mut self) -> Vec<u8> {
        self.tls.transmit()
    }

    /// Ends the connection over `error`: records it, tells the peer, closes.
    pub(super) fn fail(&mut self, error: Error, at: &'static str) -> Error {
        if self.tls.record_failure(&error, at) && !self.tls().is_handshaking() {
            if let Some(alert) = error.alert() {
                // The connection is ending; an alert that cannot be queued has
                // nobody left to reach.
                let _ = self.send(FrameKind::Alert, &[alert.into()]);
            }
            self.tls.close();
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

impl<P, O: Observe> ApplicationData for AttestedChannel<P, O> {
    type Peer = P;

    fn peer(&self) -> &P {
        &self.peer
    }

    fn write(&mut self, data: &[u8]) -> Result<(), Error> {
        if self.channel.tls.has_failed() {
            return Err(ApiMisuse::AfterFailure.into());
        }
        data.chunks(APPLICATION_DATA_LIMIT)
            .try_for_each(|part| self.channel.send(FrameKind::ApplicationData, part))
    }

    fn read(&mut self, buffer: &mut [u8]) -> usize {
        // Reading from memory does not fail.
        self.inbox.read(buffer).unwrap_or(0)
    }

    fn available(&self) -> usize {
        self.inbox.len()
    }

    fn close(&mut self) {
        self.channel.tls.close();
    }

    fn peer_has_closed(&self) -> bool {
        self.channel.tls.peer_has_closed()
    }
}
