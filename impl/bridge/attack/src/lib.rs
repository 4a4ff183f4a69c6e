//! From an attack trace to octets between two endpoints.
//!
//! ```text
//!  plan ──enact──▶ Reproduced | Refused at a step, by whom, why | Stuck | InVain
//!   ▲                 │
//!   │                 └──▶ recording, for the gate; scenes, for people
//!  the prover's run
//! ```
//!
//! A designer does not believe a proof tree; they believe a client that says
//! "accepted" while it talks to the wrong machine. A [`plan`] is a run that the
//! prover found and replayed; [`enact`](enact()) runs it between endpoints of
//! [`attested`], with a Dolev–Yao [`machine`] that computes every message on
//! octets. Attacks that need somebody's mistake run against [`broken`]
//! endpoints, which make it. The [`catalogue`] says which attack is expected to
//! do what to which endpoints, and [`matrix`] finds out.
//!
//! - [`plan`]: the format
//! - [`machine`]: the attacker on octets
//! - [`target`]: endpoints of every placement, [`broken`] ones too
//! - [`enact`](mod@enact): a run, and what came of it
//! - [`violation`]: what must be false, read off the recording
//! - [`scripted`]: attacks that need a mistake
//! - [`scene`], [`page`]: a run as people follow it

pub mod broken;
pub mod catalogue;
pub mod dialect;
pub mod enact;
pub mod laboratory;
pub mod machine;
pub mod matrix;
pub mod page;
pub mod passport;
pub mod plan;
pub mod player;
mod recording;
pub mod scene;
pub mod scripted;
pub mod target;
pub mod violation;

pub use dialect::Dialect;
pub use enact::network::Network;
pub use enact::{Enactment, Outcome, enact, enact_over};
pub use laboratory::Laboratory;
pub use machine::Position;
pub use plan::Plan;
pub use scripted::{Code, Script};
pub use target::Target;
pub use violation::Violation;
