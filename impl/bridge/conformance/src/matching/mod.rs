//! One session against one role, symbolic and concrete in lockstep.
//!
//! ```text
//!  steps ──▶ evaluate ──▶ term with octets, or without until observed
//!    │  in: accept (take apart, bind)    out: reveal (compare or learn)
//!    └─ messages in order                 draws, key exchange, key log: witnesses
//! ```
//!
//! Invariant: octets become known to a term in four ways only: computed from
//! known octets, received, verified by a relation, or sent by this party and
//! found among what it drew. Nothing is believed because a name was logged.

mod accept;
mod closing;
mod cross;
mod deduce;
mod evaluate;
mod explain;
mod observe;
mod refusal;
mod relation;
mod reveal;
mod run;
mod session;
mod setup;
mod value;
mod walk;

pub(crate) use deduce::{Trace, Underivable, underivable};
pub(crate) use observe::line_of;
pub(crate) use run::{Ended, Judged};
pub(crate) use session::{Of, Session, judge};
pub(crate) use setup::Given;
