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

mod client;
mod connection;
mod keying;
mod server;
mod stream;

pub use client::{connect, connect_attesting, connect_mutual};
pub use connection::{AttestedConnection, KnownPeer};
pub use server::{accept, accept_mutual, accept_relying, endpoint_config};
pub use stream::Stream;
