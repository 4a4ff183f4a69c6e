//! Attestation after the handshake: draft-fossati-seat-expat-03 over RFC 9261.
//!
//! With the server as Attester:
//!
//! ```text
//! client (Relying Party)                          server (Attester)
//!        <---------- TLS 1.3, full handshake ---------->
//!   ClientCertificateRequest
//!     { 32 random octets; signature_algorithms; empty cmw_attestation }
//!                      ------------------------>
//!                                         Evidence over
//!                     Hash(SPKI || TLS-Exporter("Attestation", context, 32))
//!                      <------------------------
//!     Certificate { cmw_attestation: Evidence } || CertificateVerify || Finished
//!   Finished, CertificateVerify, chain and name, Evidence; then accept:
//!   application data (at first none)
//!                      ------------------------>   and only now the server's
//! ```
//!
//! Application data has one door, [`AttestedChannel`], and a [`Client`] or
//! [`Server`] becomes one only when attestation has succeeded. RFC 9261 gives
//! its sender no acknowledgement, so the client's first application-data frame,
//! empty and sent at once on acceptance, is one: until it arrives the server
//! neither gives nor takes data.
//!
//! # Who attests
//!
//! | | client | server | requests |
//! |---|---|---|---|
//! | server attests | `Client::new` | `Server::new` | ClientCertificateRequest (17) |
//! | client attests | `Client::attesting` | `Server::relying` | CertificateRequest (13) |
//! | both | `Client::mutual` | `Server::mutual` | both, neither waits for the other |
//!
//! Each authenticator is acknowledged by the empty frame; data waits for every
//! attestation and every acknowledgement. RFC 9261 ties two authenticators on
//! one connection together by the connection alone.
//!
//! A Relying Party may ask again at any time, [`AttestedChannel::reattest`]:
//! each exchange has a context of its own, which no other on the connection
//! may use again, so Evidence of one exchange does not fit another. A refusal
//! ends the connection.
//!
//! # Results that end
//!
//! Where the policy accepts Attestation Results (the passport model), one is for
//! this exchange alone, and for a time:
//! [`AttestationResult::is_due`](rats::AttestationResult::is_due) tells the Relying
//! Party when to ask again, before
//! [`has_ended`](rats::AttestationResult::has_ended). An Attester that shows results
//! is a [`rats::Holder`], which fetches each from its Verifier. A stale one is
//! refused with the clause it breaks: the Verifier's word, or the policy's maximum
//! age.
//!
//! # Profile
//!
//! What the draft leaves open, and what is done here:
//!
//! | Question | Here |
//! |---|---|
//! | extension number | [`CMW_ATTESTATION`], private use; configurable in [`Profile`] |
//! | exporter label | `Attestation`, 32 octets, context the whole `certificate_request_context` |
//! | public key | DER SubjectPublicKeyInfo as in the end-entity certificate |
//! | hash | that of the cipher suite: 32 or 48 octets |
//! | place in Evidence | the hash as it is, as challenge (`eat_nonce`); a format with a fixed field pads on the right with zeros and compares the whole field |
//! | `AIK_pub_hash` | demanded by policy where the format can carry it, implied by the challenge elsewhere |
//! | context | 32 octets from the provider's random source |
//! | conceptual message wrapper | CBOR record, one item |
//! | authenticator certificate | a server's is judged by the same roots and for the same name as the handshake's; it may be another. A client's is judged by roots of its own, and its name by the policy, which refuses clients it does not name |
//! | both directions | one label; contexts are unique over both, and keys are in the binder |
//! | resumption, tickets, early data | never |
//! | gating | both directions, in types |
//! | failure | the connection ends, with an alert frame where there is something to tell |

mod bind;
mod channel;
mod client;
mod duty;
mod link;
mod offer;
mod party;
mod profile;
mod server;
mod stream;
mod verify;

pub use bind::LABEL;
pub use channel::AttestedChannel;
pub use client::{AsClient, AttestingClientSettings, Client, ClientSettings};
pub use duty::{Attestation, Attests, Duty, Mutual, Reliance, Relies, RelyingPeer};
pub use offer::CMW_ATTESTATION;
pub use party::Party;
pub use profile::Profile;
pub use server::{AsServer, RelyingServerSettings, Server, ServerSettings};
pub use stream::{Handshake, KeyingMaterial, PROTOCOL, Witness, client_tls, server_tls};
pub use verify::AttestedPeer;

pub use crate::endpoint::Endpoint;
pub use crate::pair;
pub use crate::relying_party::RelyingParty;
pub use crate::stream::{AttestedStream, StreamError};
