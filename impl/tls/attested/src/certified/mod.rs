//! Evidence inside the certificates of a TLS handshake: what the placements
//! before and during the handshake share.
//!
//! ```text
//! Attester --Evidence--> certificate extension --Certificate message--> verifier
//!                                                   |  identity: PKI, or Evidence alone
//!                                                   |  Evidence: bound as the placement says
//!                                                   |  possession: CertificateVerify
//!                                                   v
//!                                        handshake complete --> AttestedPeer
//! ```
//!
//! rustls asks a verifier two questions about a server, in two calls. Each
//! answer leaves a token in a place the connection's endpoint owns, and an
//! [`AttestedPeer`] is made of all tokens or not at all. A resumed handshake
//! would ask neither question, so it is refused.
//!
//! - [`extension`]: where Evidence sits in a certificate
//! - [`issue`]: certificates that carry it
//! - [`leaf`]: what is read of an end-entity certificate
//! - [`verifier`]: the verifier rustls calls, and what it leaves behind
//! - [`client`], [`server`]: the endpoints
//! - [`channel`]: application data

pub(crate) mod channel;
pub(crate) mod client;
pub(crate) mod extension;
pub(crate) mod issue;
pub(crate) mod leaf;
pub(crate) mod server;
pub(crate) mod verifier;
