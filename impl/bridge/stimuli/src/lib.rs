//! Sessions for the gate: honest ones, and ones with an adversary at one end.
//!
//! ```text
//!  Stimulus ──▶ Prepared ── endpoint under test, with taps ──▶ Recording ──▶ gate
//!                   │
//!                   └── adversary: an endpoint of ours that holds every key, with one
//!                       value changed on its way out and what follows signed anew
//! ```
//!
//! An honest session with a flipped bit stops at the first MAC. This adversary
//! has the keys, so each stimulus gets as far as the one check it is about:
//! everything is right except the value under test.
//!
//! ```
//! use stimuli::{Family, Prepared, Stimulus, Suite, World};
//!
//! let world = World::new()?;
//! let honest = Prepared::new(&world, Family::Pre, Suite::Sha256, &Stimulus::HONEST)?;
//! let recording = honest.in_memory()?;
//! assert_eq!(recording.head.parties.len(), 2);
//! # Ok::<(), stimuli::Failure>(())
//! ```
//!
//! - [`World`]: keys, certificates, machines; fresh, or from a seed
//! - [`Stimulus`]: what is wrong, if anything
//! - [`Prepared`]: two endpoints, ready to meet
//! - [`Honest`]: the same without an adversary, observed by the caller
//! - [`Carried`]: an honest one over QUIC, whose handshake is driven elsewhere
//! - [`settle`]: one order of what two ends did at once
//! - [`join`]: several sessions in one recording
//! - [`tamper`]: what an adversary can change

pub mod tamper;

mod carried;
mod ends;
mod family;
mod joined;
mod key;
mod order;
mod preamble;
mod seeded;
mod session;
mod stimulus;
mod world;

pub use carried::{Carried, Exchange};
pub use ends::{Hold, Honest};
pub use family::{Carrier, Family, Gated, Suite};
pub use joined::join;
pub use order::settle;
pub use session::{End, Prepared};
pub use stimulus::{Forged, Shown, Stimulus};
pub use world::{NAME, World};

/// Why a world or a session cannot be made; never what an endpoint decided.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Failure {
    /// An endpoint does not begin.
    #[error("endpoint: {0}")]
    Attested(#[from] attested::Error),
    /// A certificate or key cannot be made.
    #[error("certificate: {0}")]
    Certificate(#[from] rcgen::Error),
    /// A key or trust anchor is not one rustls takes.
    #[error("key: {0}")]
    Key(#[from] rustls::Error),
    /// The two ends could not meet.
    #[error("transport: {0}")]
    Transport(#[from] std::io::Error),
    /// Evidence or measurements cannot be written down.
    #[error("encoding: {0}")]
    Encoding(String),
}
