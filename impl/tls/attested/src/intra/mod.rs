//! Attestation during the handshake: the client's nonce in its ClientHello,
//! Evidence over nonce and key in the server's certificate.
//!
//! ```text
//! client (Relying Party)                              server (Attester)
//!   ClientHello { nonce }  ----------------------->
//!                                    Evidence over Hash(nonce || SPKI)
//!                                    a certificate for this connection
//!                          <-----------------------  Certificate { Evidence },
//!                                                    CertificateVerify, Finished
//!   PKI and name, Evidence, CertificateVerify
//!   Finished               ----------------------->
//!   application data       <---------------------->  application data
//! ```
//!
//! Against a certificate made before the connection this gains freshness, at
//! no round trip. What it does not give:
//! - **no channel binding**: nonce and key do not depend on the connection's
//!   secrets. Whoever got hold of the certificate's key can relay the nonce to
//!   the Attester, show its Evidence, and be the other end of the channel; see
//!   [`experimental`] and [`post`](crate::post) for what stands against that;
//! - **no privacy**: the nonce is in the clear and says that attestation
//!   happens; Evidence goes to any client;
//! - **no re-attestation** but by a new connection.
//!
//! # Profile
//!
//! | Question | Here |
//! |---|---|
//! | nonce | 32 octets from the provider's random source, for each connection; see [`Carrier`] |
//! | challenge in the Evidence | SHA-256 over label, nonce and SPKI, see [`NonceBinding`] |
//! | place | id-pe-cmw in the end entity, or in a certificate behind the chain |
//! | identity | PKI and the server's name; without only by [`ServerIdentity::EvidenceInsteadOfName`] |
//! | Evidence | made while the handshake waits; the call blocks |
//! | TLS | 1.3, full handshakes; no tickets, no early data |

mod bind;
mod nonce;
mod offer;
mod verify;

pub mod experimental;

pub use bind::NonceBinding;
pub use nonce::{Carrier, Nonce};
pub use offer::{Answering, Server, ServerSettings};
pub use verify::{AttestedPeer, Client, ClientSettings};

pub use crate::certified::channel::TlsChannel;
pub use crate::certified::issue::{Authority, Vouching};
pub use crate::certified::server::UnknownPeer;
pub use crate::certified::verifier::ServerIdentity;
