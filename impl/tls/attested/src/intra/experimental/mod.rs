//! Experimental: Evidence bound to the handshake's secrets, through stock
//! certificate compression (RFC 8879).
//!
//! ```text
//! ClientHello { compress_certificate: 0xff61 }, ServerHello
//!     --> CLIENT_HANDSHAKE_TRAFFIC_SECRET at both ends, in nobody else's hands
//! CompressedCertificate { length (3) || Evidence (CMW) || Certificate body }
//!     Evidence over HMAC(CLIENT_HANDSHAKE_TRAFFIC_SECRET, label || SPKI)
//! ```
//!
//! The secret depends on both key shares and on the transcript through
//! ServerHello, so Evidence of another connection does not fit, even for one
//! who holds the certificate's key: the relay that nonce and key allow ends at
//! the appraisal. The transcript hash takes in the compressed message, so
//! CertificateVerify and Finished cover the Evidence.
//!
//! Experimental, because it puts more into certificate compression than RFC
//! 8879 means by it, under a code point for private use; and because it is made before the
//! handshake is over: it says nothing of what comes after ServerHello. Where a
//! round trip is affordable, [`post`](crate::post) gives more.

//! # Blocking
//!
//! Evidence is made inside `receive`, which blocks for as long as the attesting
//! environment needs, and cannot be deferred as elsewhere. rustls draws its key
//! share, derives the secret and writes its whole flight, Certificate included,
//! within the one call that takes the ClientHello in; `CertCompressor::compress`
//! returns octets, not a future, and a call that has failed cannot be made again
//! with the same key share. The signer, the certificate resolver and the key log
//! are called in the same call, before the secret is there or after the
//! certificate is gone. So whoever serves many connections calls `receive` on a
//! thread that may be blocked, and bounds how many do; the crate `transport` has
//! an adapter that does both.

mod bind;
mod compression;
mod offer;
mod verify;

pub(crate) use compression::Entered;

pub use bind::SecretBinding;
pub use offer::{Server, ServerSettings, Weaving};
pub use verify::{AttestedPeer, Client, ClientSettings};
