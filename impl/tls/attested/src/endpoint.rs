//! What every placement's endpoints have in common, whichever they are.
//!
//! An [`Endpoint`] moves TLS octets. An [`Attesting`] one is on its way to
//! application data and has none; what it becomes, an [`ApplicationData`], is
//! where data is written and read. The transition consumes the endpoint, so
//! there is no value on which both are possible.

use crate::error::Error;

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
    /// [`ApiMisuse::AfterFailure`](crate::ApiMisuse::AfterFailure).
    fn write(&mut self, data: &[u8]) -> Result<(), Error>;

    /// Moves application data that has arrived into `buffer`; returns how much.
    fn read(&mut self, buffer: &mut [u8]) -> usize;

    /// Octets of application data that have arrived and were not yet read.
    fn available(&self) -> usize;

    /// Tells the peer that no more data follows.
    fn close(&mut self);

    fn peer_has_closed(&self) -> bool;
}
