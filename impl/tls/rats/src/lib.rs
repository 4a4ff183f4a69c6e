//! RATS (RFC 9334) nouns and acts: Evidence, Endorsement, Reference Values,
//! Attestation Result, conceptual message wrappers, appraisal.
//!
//! ```text
//!  Attester --Evidence--> [CMW] --> Verifier::appraise --> Appraised | Refusal
//!     |                               |  wrapper, format, decode, signed, endorsement, time,
//!     | passport                      |  signature, claims, binding, key, machine, debug,
//!     v                               |  TCB, reference values
//!  Verifier --Result--> [CMW] ------->+
//!                                     +-- trust anchors, reference values, policy, time: the caller's
//! ```
//!
//! All formats of Evidence take this one path; what differs between a software
//! Attester and hardware is the root of trust. No clock, no randomness, no
//! private keys here.
//!
//! - [`attester`]: the Attester's role
//! - [`challenge`]: what Evidence must be about
//! - [`claims`]: what Evidence says
//! - [`mod@cmw`]: conceptual message wrappers (RFC 9999), behind a bounded check
//! - [`cose`]: COSE_Sign1, the little of it used here
//! - [`eat`]: the software Attester's format
//! - [`evidence`]: conveyed, not yet believed
//! - [`mod@format`]: the registry of formats, and trust anchors
//! - [`holder`]: Attestation Results kept, and fetched anew in time
//! - [`key`]: Ed25519 public keys
//! - [`media_type`]: compared by meaning
//! - [`passport`]: Attestation Results that Attesters show themselves
//! - [`policy`]: what is accepted; reference values; both as TOML
//! - [`refusal`]: why not, at which step
//! - [`result`]: what a successful appraisal leaves behind
//! - [`standing`]: how current a platform is
//! - [`verifier`]: the Verifier's role

mod cbor;

pub mod attester;
pub mod challenge;
pub mod claims;
pub mod cmw;
pub mod cose;
pub mod eat;
pub mod evidence;
pub mod format;
pub mod holder;
pub mod key;
pub mod media_type;
pub mod passport;
pub mod policy;
pub mod refusal;
pub mod result;
pub mod standing;
pub mod verifier;

pub use attester::{AttestError, Attester};
pub use cbor::{CborError, CborFault};
pub use challenge::{Challenge, Hash, KeyHash};
pub use claims::Claims;
pub use evidence::{Conveyed, Evidence};
pub use format::{EvidenceFormat, Formats, TrustAnchor, TrustAnchors, UnixSeconds};
pub use holder::{Holder, Issuer};
pub use policy::{ChannelFacts, Placement, Policy, ReferenceValues};
pub use refusal::{Refusal, Step};
pub use result::{Appraised, AttestationResult};
pub use standing::{Standing, TcbStatus};
pub use verifier::{Expected, Verifier};
