//! The event vocabulary and the recording format.
//!
//! ```text
//!  endpoint --Kind--> Tap --\
//!                            Recorder --> Recording --write--> JSON lines --read--> Recording
//!  endpoint --Kind--> Tap --/
//! ```
//!
//! Implementations speak this vocabulary and models are matched against it;
//! this crate knows neither.
//!
//! - [`kind`]: what can be observed
//! - [`bytes`]: octets with a secrecy mark
//! - [`recording`]: head, setup, events, foot
//! - [`observe`]: from running code to a recording

pub mod bytes;
pub mod kind;
pub mod observe;
pub mod recording;

pub use bytes::{Bytes, Secrecy};
pub use kind::Kind;
pub use observe::{Observer, Recorder, Tap};
pub use recording::{Event, Recording};
