//! Attested TLS over stock rustls: placements of Evidence, each a room.
//!
//! ```text
//!  post::Client ---- TLS 1.3, RFC 9261, Evidence ---- post::Server
//!       |                                                 |
//!       v  attestation succeeded                          v  client accepted
//!  AttestedChannel<AttestedPeer> -- application data -- AttestedChannel<RelyingPeer>
//! ```
//!
//! The core is sans-IO: [`post::Endpoint`] takes and gives TLS octets.
//! [`post::AttestedStream`] runs it over anything that reads and writes,
//! [`post::pair`] runs two of them in memory. Every endpoint takes an observer,
//! see [`observe`]; `()` observes nothing.
//!
//! Evidence and its appraisal are `rats`'s, RFC 9261 is `authenticator`'s; here
//! is what joins them to a connection.
//!
//! - [`post`]: attestation after the handshake
//! - [`handshake`]: the handshake attestation stands on
//! - [`observe`]: recording taps
//! - [`error`]: whose fault, which alert

mod exporter;
mod frame;

pub mod error;
pub mod handshake;
pub mod observe;
pub mod post;

pub use error::{ApiMisuse, Error, PeerIncompatible, PeerMisbehaved};
pub use frame::FrameKind;
pub use handshake::Identity;
