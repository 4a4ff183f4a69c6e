//! What every placement's endpoints have in common, whichever they are.
//!
//! An [`Endpoint`] moves TLS octets. An [`Attesting`] one is on its way to
//! application data and has none; what it becomes, an [`ApplicationData`], is
//! where data is written and read. The transition consumes the endpoint, so
//! there is no value on which both are possible.

use rats::Evidence;

use crate::error::{ApiMisuse, Error};
use crate::question::Question;

/// One end of a connection, driven by whoever holds the transport.
pub trait Endpoint {
    /// Takes TLS octets from the transport, in order, any number at a time.
    ///
    /// # Errors
    /// What the peer did wrong, or [`ApiMisuse::AfterFailure`]. After an error
    /// the endpoint only transmits: what is left to send tells the peer.
    ///
    /// [`ApiMisuse::AfterFailure`]: crate::ApiMisuse::AfterFailure
    fn receive(&mut self, octets: &[u8]) -> Result<(), Error>;

    /// The transport has ended.
    ///
    /// # Errors
    /// [`Error::Truncated`] if the peer had not closed the connection.
    fn receive_end(&mut self) -> Result<(), Error>;

    /// TLS octets for the transport; empty if there are none now.
    fn transmit(&mut self) -> Vec<u8>;

    /// From now on Evidence is made outside: where an answer needs some,
    /// [`Self::take_question`] has a question, and [`Self::answer`] takes the
    /// answer. Without this call the endpoint asks its attesting environment
    /// inside `receive`, which then blocks for as long as that needs.
    ///
    /// Placements that make no Evidence during a connection, or can make it
    /// only inside rustls's calls, have no questions.
    fn defer_evidence(&mut self) {}

    /// What the attesting environment is to be asked; `None` if nothing is open
    /// or the question has been taken. Until the answer is there, octets that
    /// are received wait unread, so the caller should receive no more of them.
    fn take_question(&mut self) -> Option<Question> {
        None
    }

    /// The answer to the question, or why there is none, which ends the
    /// connection.
    ///
    /// # Errors
    /// [`ApiMisuse::NotAsked`] if no question is
    /// open; `evidence`'s own error; what waited behind the question may be
    /// wrong as with `receive`.
    fn answer(&mut self, evidence: Result<Evidence, Error>) -> Result<(), Error> {
        evidence.and(Err(ApiMisuse::NotAsked.into()))
    }
}

/// An endpoint before the attestations it owes or waits for have succeeded.
pub trait Attesting: Endpoint + Sized {
    /// What the endpoint becomes.
    type Channel: ApplicationData;

    /// Whether [`Self::into_channel`] opens the door.
    fn is_ready(&self) -> bool;

    /// The door to application data; before it is open, the endpoint itself
    /// comes back.
    ///
    /// # Errors
    /// The outer result: what the peer sent too early, behind its last message.
    fn into_channel(self) -> Result<Result<Self::Channel, Self>, Error>;
}

/// A connection on which attestation has succeeded.
pub trait ApplicationData: Endpoint {
    /// What is known of the peer.
    type Peer;

    /// What is known of the peer.
    fn peer(&self) -> &Self::Peer;

    /// Queues application data.
    ///
    /// # Errors
    /// [`ApiMisuse::AfterFailure`].
    fn write(&mut self, data: &[u8]) -> Result<(), Error>;

    /// Moves application data that has arrived into `buffer`; returns how much.
    fn read(&mut self, buffer: &mut [u8]) -> usize;

    /// Octets of application data that have arrived and were not yet read.
    fn available(&self) -> usize;

    /// Tells the peer that no more data follows.
    fn close(&mut self);

    fn peer_has_closed(&self) -> bool;
}
