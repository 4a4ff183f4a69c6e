//! QUIC, by quinn: the exchange on one stream, application data on others.
//!
//! ```text
//! QUIC handshake, no tickets, no 0-RTT, ALPN attested-post/1
//!   bidirectional stream 0: RFC 9261 requests and authenticators, frames as on TCP
//!     accepted ----> both ends raise their stream limits from nothing
//!   further streams: application data
//! ```
//!
//! A [`quinn::Connection`] never leaves this module: what an application gets is
//! an [`AttestedConnection`], made when every attestation has succeeded. Before
//! that neither end lets the other open a stream but the one of the exchange, so
//! there is nowhere for early data to wait either. That stream stays open for
//! later requests; a refusal there closes the connection and all its streams.
//!
//! The end that relies opens the stream, since it speaks first; of two, the
//! client.
//!
//! [`connect`], [`accept`] and their kin observe nothing. [`Dial`] and [`Welcome`]
//! take an observer, and whatever stands around the endpoint, such as a monitor.

mod client;
mod connection;
mod crypto;
mod keying;
mod server;
mod stream;

pub use client::{Dial, connect, connect_attesting, connect_mutual};
pub use connection::{AttestedConnection, KnownPeer, Opens, Tap};
pub use server::{Welcome, accept, accept_mutual, accept_relying, endpoint_config};
pub use stream::Stream;
