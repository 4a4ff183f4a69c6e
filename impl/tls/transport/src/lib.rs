//! Attested TLS over blocking streams, tokio and QUIC: thin adapters over one
//! sans-IO core.
//!
//! ```text
//!  blocking   Read + Write              \
//!  stream     AsyncRead + AsyncWrite     >-- attested::Endpoint --> Attesting --> channel
//!  quic       one stream of quinn       /          |
//!                                                  | Question
//!                                                  v
//!                                desk: a bounded queue before the Attester
//! ```
//!
//! | | [`blocking`] | [`stream`] | [`quic`] |
//! |---|---|---|---|
//! | placements | all | all | post |
//! | who attests | as the endpoint says | as the endpoint says | server, client, both |
//! | again on one connection | yes | yes | yes |
//! | Evidence is made | in the connection's thread | behind the [`desk`] | behind the [`desk`] |
//! | a peer may take, to attest | [`Limits::exchange`] | same | same |
//! | data before attestation | no such type | no such type | no such type, and no stream may be opened |
//!
//! [`intra::experimental`](attested::intra::experimental) makes its Evidence
//! inside a call of rustls's, so there it blocks whoever drives the endpoint:
//! [`AttestedStream::establish_apart`](stream::AttestedStream::establish_apart)
//! takes its octets in on another thread, at a place of the desk.
//!
//! Attesting again is cancel safe: a dropped future leaves a request out, and
//! neither repeats nor loses an octet.
//!
//! Set `TCP_NODELAY` on a socket before it is handed over: requests and
//! authenticators are small messages that wait for each other, and Nagle's algorithm
//! with delayed acknowledgements holds one of them back for some 40 ms.
//!
//! # Memory
//!
//! What one connection can make this end hold, whatever the peer sends:
//!
//! | What | At most |
//! |---|---|
//! | handshake messages and one record, in rustls | 64 KiB + 18 KiB |
//! | one unfinished frame | 300 KiB + 16 KiB |
//! | contexts used, of both sides | 4096 of 255 octets |
//! | our request | 16 KiB |
//! | what is queued for the peer | [`Limits::unsent`], and one authenticator |
//! | data not yet read, while Evidence is awaited | [`Limits::unread`], and one read |
//! | QUIC streams before attestation | the one of the exchange |
//!
//! So below 2.5 MiB with the default limits, and some 60 KiB for a peer that
//! keeps to the protocol. Whoever accepts connections bounds how many there are.
//!
//! - [`blocking`]: a deadline over anything that reads and writes
//! - [`desk`]: who may ask the attesting environment, how many at once, how often
//! - [`error`]: the transport failed, or the protocol on it
//! - [`quic`]: the exchange on a stream of its own
//! - [`mod@stream`]: over tokio

pub mod blocking;
pub mod desk;
pub mod error;
pub mod limits;
pub mod quic;
pub mod stream;

pub use desk::{Desk, Pace};
pub use error::Error;
pub use limits::Limits;
