//! Queries over a saturated set; a derivation becomes an executed attack trace.
//!
//! ```text
//! Program ──horn──▶ clauses ──saturation──▶ closed set ──▶ every solved goal meets the query?
//!                                                              │yes                │no
//!                                                       certificate      derivation ──run──▶ replayed attack
//! ```
//!
//! [`prove`] answers with one of four words. *Proved* comes with a certificate
//! for somebody else to check, *attacked* with a run that was replayed on the
//! process; a limit is never a verdict, and all else is undecided.

mod answer;
mod assumptions;
mod certificate;
mod conclusion;
mod detour;
mod equality;
mod hints;
mod induction;
mod injective;
mod join;
mod lemmas;
mod lids;
mod merge;
mod persist;
mod plain;
mod prove;
mod pursue;
pub mod run;
mod session;
mod spread;
mod stage;
pub mod story;
mod twice;
mod twins;

pub use answer::{Answer, Reason, Refused, Undecided, Verdict};
pub use prove::prove;
pub use saturation::{Limits, Progress, StopReason};
pub use session::Session;
