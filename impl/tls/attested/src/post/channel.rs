//! The TLS connection under an endpoint, and what an endpoint becomes.
//!
//! Sans-IO: TLS octets go in through `receive` and come out of `transmit`.
//! Invariant: application data is written and read in this file only, and only
//! by [`AttestedChannel`], which `party` makes when every duty is done.

use std::collections::VecDeque;
use std::io::Read;

use rats::Evidence;
use rustls::pki_types::UnixTime;
use rustls::{AlertDescription, Connection};

use super::duty::sealed;
use super::link::Link;
use super::party::Core;
use super::stream::Witness;
use super::verify::AttestedPeer;
use crate::endpoint::{ApplicationData, Endpoint};
use crate::error::{ApiMisuse, Error, PeerMisbehaved};
use crate::exporter::ConnectionExporter;
use crate::frame::{self, APPLICATION_DATA_LIMIT, Deframer, Frame, FrameKind};
use crate::observe::Observe;
use crate::question::Question;
use crate::tls::Tls;

/// TLS, frames and the observer, before anybody may use them for data.
pub(super) struct Channel<O> {
    pub(super) link: Link<O>,
    deframer: Deframer,
}

impl<O: Observe> Channel<O> {
    pub(super) fn new(tls: impl Into<Connection>, observer: O) -> Self {
        Self::over(Link::Tls(Box::new(Tls::new(tls, observer))))
    }

    pub(super) fn over(link: Link<O>) -> Self {
        Self {
            link,
            deframer: Deframer::default(),
        }
    }

    pub(super) fn observer(&mut self) -> &mut O {
        self.link.observer()
    }

    pub(super) fn exporter(&mut self) -> Result<ConnectionExporter<'_, O>, Error> {
        self.link.exporter()
    }

    /// Takes in TLS octets; frames then wait in order.
    pub(super) fn receive(&mut self, octets: &[u8]) -> Result<(), Error> {
        let plaintext = self.link.receive(octets)?;
        self.deframer.push(&plaintext);
        Ok(())
    }

    pub(super) fn receive_end(&mut self) -> Result<(), Error> {
        self.link.receive_end();
        let closed = self.link.peer_has_closed() && self.deframer.is_at_boundary();
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
        self.link.send(&frame::encode(kind, body))
    }

    pub(super) fn transmit(&mut self) -> Vec<u8> {
        self.link.transmit()
    }

    /// Ends the connection over `error`: records it, tells the peer, closes.
    pub(super) fn fail(&mut self, error: Error, at: &'static str) -> Error {
        if self.link.record_failure(&error, at) && !self.link.is_handshaking() {
            if let Some(alert) = error.alert() {
                // The connection is ending; an alert that cannot be queued has
                // nobody left to reach.
                let _ = self.send(FrameKind::Alert, &[alert.into()]);
            }
            self.link.close();
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

impl<P, O> AttestedChannel<P, O> {
    /// Whether attestation was about the connection `witness` has seen, of which
    /// the channel is one stream. One with TLS of its own is of no other connection,
    /// whatever carries it: who opens further streams asks first.
    pub fn stands_on(&self, witness: &Witness) -> bool {
        self.core.channel.link.stands_on(witness)
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
        if self.core.channel.link.has_failed() {
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

    fn defer_evidence(&mut self) {
        self.core.defer_evidence();
    }

    fn take_question(&mut self) -> Option<Question> {
        self.core.take_question()
    }

    fn answer(&mut self, evidence: Result<Evidence, Error>) -> Result<(), Error> {
        let outcome = self.core.reply(evidence, Core::take_frames);
        if outcome.is_ok() {
            self.collect();
        }
        outcome
    }
}

impl<P: sealed::Peer, O: Observe> ApplicationData for AttestedChannel<P, O> {
    type Peer = P;

    fn peer(&self) -> &P {
        &self.peer
    }

    fn write(&mut self, data: &[u8]) -> Result<(), Error> {
        if self.core.channel.link.has_failed() {
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
        self.core.channel.link.close();
    }

    fn peer_has_closed(&self) -> bool {
        self.core.channel.link.peer_has_closed()
    }
}
