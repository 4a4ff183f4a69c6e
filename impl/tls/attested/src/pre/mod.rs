//! Attestation before the handshake: a certificate with Evidence for its key,
//! as in RA-TLS, made once and shown on many connections.
//!
//! ```text
//! Attester                                          client (Relying Party)
//!   key; Evidence over SHA-256(claims-buffer)
//!   certificate with the Evidence in an extension
//!                 ---- Certificate, CertificateVerify ---->
//!                                            PKI and name (or, if the policy says so, neither)
//!                                            validity, age, Evidence, CertificateVerify
//!   application data <-------------------> application data
//! ```
//!
//! It needs nothing of the peer's TLS stack and no round trip. It gives little
//! in return:
//! - **not fresh**: Evidence is as old as the certificate. What changed at the
//!   Attester since then does not show. [`ClientSettings::maximum_age`] bounds
//!   this, by the Attester's own word for the time;
//! - **not bound to the connection**: whoever gets hold of the certificate's
//!   key, once, passes for the Attester until the certificate expires;
//! - **no re-attestation** but by a new connection with a renewed certificate.
//!
//! # Profile
//!
//! | Question | Here |
//! |---|---|
//! | place | [`Form::Cmw`] or [`Form::TaggedEvidence`], in the end entity or in a certificate behind the chain |
//! | challenge in the Evidence | SHA-256 of the claims-buffer of [`Statement`] |
//! | identity | PKI and the server's name; without only by [`ServerIdentity::EvidenceInsteadOfName`] |
//! | proof of possession | always |
//! | TLS | 1.3, full handshakes; no tickets, no early data |

mod bind;
mod offer;
mod verify;

pub use bind::{KeyBinding, Statement};
pub use offer::{Issuance, Issued, Renewing, Server, ServerSettings};
pub use verify::{AttestedPeer, Client, ClientSettings};

pub use crate::certified::channel::TlsChannel;
pub use crate::certified::extension::Form;
pub use crate::certified::issue::{Authority, Vouching};
pub use crate::certified::leaf::{Leaf, Validity};
pub use crate::certified::server::UnknownPeer;
pub use crate::certified::verifier::ServerIdentity;
