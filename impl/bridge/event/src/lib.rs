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
//! ```
//! use event::{Kind, Recorder, kind::Decision, read, to_json_lines};
//! # fn head() -> event::recording::Head {
//! #     use event::recording::*;
//! #     Head {
//! #         format: FORMAT.into(), version: VERSION, id: "00".repeat(16),
//! #         profile: Profile::Post, spec: vec!["rfc9261".into()], model: None,
//! #         implementation: Implementation {
//! #             name: "example".into(), version: "0".into(), tls: "none".into(),
//! #             provider: "none".into(),
//! #         },
//! #         determinism: Determinism { mode: DeterminismMode::Live, seed: None },
//! #         secrecy: SecrecyMode::Full, observability: Observability::O3,
//! #         parties: vec![Party {
//! #             id: 1, kind: PartyKind::Honest, role: Some("Client".into()), name: "C".into(),
//! #         }],
//! #         sessions: vec![Session { party: 1, session: 1, label: None }],
//! #     }
//! # }
//! let recorder = Recorder::new();
//! let client = recorder.tap(1, 1);
//! client.record(Kind::Decision { what: Decision::Accept, code: "ok".into(), at: None });
//!
//! let recording = recorder.finish(head(), Vec::new());
//! let lines = to_json_lines(&recording)?;
//! assert_eq!(read(&lines[..])?, recording);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! - [`kind`]: what can be observed
//! - [`bytes`]: octets with a secrecy mark
//! - [`recording`]: head, setup, events, foot
//! - [`observe`]: from running code to a recording
//! - [`mod@write`], [`mod@read`]: JSON lines, canonical and hash-chained
//! - [`cbor`]: the same recording as deterministic CBOR
//! - [`mod@seal`]: commitments in place of secrets
//! - [`coherence`]: what must hold between records in either direction

mod canonical;
mod chain;
mod line;

pub mod bytes;
pub mod cbor;
pub mod coherence;
pub mod kind;
pub mod observe;
pub mod read;
pub mod recording;
pub mod seal;
pub mod write;

pub use bytes::{Bytes, Secrecy};
pub use cbor::{CborReadError, from_cbor, to_cbor};
pub use kind::Kind;
pub use line::{NotCanonical, Record};
pub use observe::{Observer, Recorder, Tap};
pub use read::{Limits, ReadError, ReadFault, Reader, read};
pub use recording::{Event, Recording};
pub use seal::{SealError, seal};
pub use write::{WriteError, Writer, to_json_lines, write};
