//! The TLS connection under an endpoint, and what an endpoint becomes.
//!
//! Sans-IO: TLS octets go in through `receive` and come out of `transmit`.
//! Invariant: application data is written and read in this file only, and only
//! by [`AttestedChannel`], which `party` makes when every duty is done.

use std::collections::VecDeque;
use std::io::Read;

use rustls::pki_types::UnixTime;
use rustls::{AlertDescription, Connection};

use super::duty::sealed;
use super::party::Core;
use super::verify::AttestedPeer;
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
    core: Core<O>,
    peer: P,
    inbox: VecDeque<u8>,
}

impl<P: sealed::Peer, O: Observe> AttestedChannel<P, O> {
    pub(super) fn new(core: Core<O>, peer: P) -> Result<Self, Error> {
        let mut attested = Self {
            core,
            peer,
            inbox: VecDeque::new(),
        };
        attested.core.take_frames()?;
        attested.collect();
        Ok(attested)
    }

    /// What the frames taken have left: data, and proofs that replace older
    /// ones.
    fn collect(&mut self) {
        self.inbox.extend(self.core.take_inbox());
        if let Some(attested) = self.core.take_attested() {
            self.peer.renew(attested);
        }
    }
}

impl<O: Observe> AttestedChannel<AttestedPeer, O> {
    /// Asks the peer to attest again, at time `now`: new Evidence over a new
    /// context, appraised under the same policy. Data goes on in the meantime;
    /// whoever must know first waits until [`Self::is_reattesting`] is over.
    /// A refusal ends the connection.
    ///
    /// # Errors
    /// [`ApiMisuse::RequestPending`] while an earlier request is unanswered;
    /// [`ApiMisuse::AfterFailure`].
    pub fn reattest(&mut self, now: UnixTime) -> Result<(), Error> {
        if self.core.channel.tls.has_failed() {
            return Err(ApiMisuse::AfterFailure.into());
        }
        self.core.request(now)
    }

    /// Whether a request is out that the peer has not answered.
    pub fn is_reattesting(&self) -> bool {
        self.core.is_awaiting()
    }
}

impl<P: sealed::Peer, O: Observe> Endpoint for AttestedChannel<P, O> {
    fn receive(&mut self, octets: &[u8]) -> Result<(), Error> {
        let outcome = self.core.receive(octets, Core::take_frames);
        if outcome.is_ok() {
            self.collect();
        }
        outcome
    }

    fn receive_end(&mut self) -> Result<(), Error> {
        self.core.channel.receive_end()
    }

    fn transmit(&mut self) -> Vec<u8> {
        self.core.channel.transmit()
    }
}

impl<P: sealed::Peer, O: Observe> ApplicationData for AttestedChannel<P, O> {
    type Peer = P;

    fn peer(&self) -> &P {
        &self.peer
    }

    fn write(&mut self, data: &[u8]) -> Result<(), Error> {
        if self.core.channel.tls.has_failed() {
            return Err(ApiMisuse::AfterFailure.into());
        }
        data.chunks(APPLICATION_DATA_LIMIT)
            .try_for_each(|part| self.core.channel.send(FrameKind::ApplicationData, part))
    }

    fn read(&mut self, buffer: &mut [u8]) -> usize {
        // Reading from memory does not fail.
        self.inbox.read(buffer).unwrap_or(0)
    }

    fn available(&self) -> usize {
        self.inbox.len()
    }

    fn close(&mut self) {
        self.core.channel.tls.close();
    }

    fn peer_has_closed(&self) -> bool {
        self.core.channel.tls.peer_has_closed()
    }
}
