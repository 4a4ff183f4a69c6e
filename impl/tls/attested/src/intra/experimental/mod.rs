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
//! 8879 means by it, under a code point for private use; because Evidence is
//! made inside rustls's call, which blocks; and because it is made before the
//! handshake is over: it says nothing of what comes after ServerHello. Where a
//! round trip is affordable, [`post`](crate::post) gives more.

mod bind;
mod compression;
mod offer;
mod verify;

pub(crate) use compression::Entered;

pub use bind::SecretBinding;
pub use offer::{Server, ServerSettings, Weaving};
pub use verify::{AttestedPeer, Client, ClientSettings};
