//! Recordings matched against the steps derived from a model.
//!
//! ```text
//!  model.pv ──derive──▶ StepTree ─┐
//!                                 ├─ Gate ◀── recording.ndjson
//!  mapping.toml ─────▶ Mapping ───┘    │
//!                                      ▼
//!               Conforms · Diverges · Inconclusive · OutOfDate
//! ```
//!
//! The claim: a recording that conforms is a run of the model under the
//! mapping's meanings, so what was proved of every run of the model holds of
//! this one. It says nothing of runs that were not recorded, of what a gap
//! holds beyond its bound, nor of side channels. It assumes that different
//! terms of the run have different octets, that the taps missed nothing of the
//! kinds they record, and that the second crypto library is right.
//!
//! ```
//! use conformance::{Mapping, lint};
//!
//! let mut sources = pi::Sources::default();
//! sources.add(
//!     "ping.pv",
//!     "channel net.
//!      fun hash(bitstring): bitstring.
//!      let Client() = in(net, x: bitstring); out(net, hash(x)).
//!      process !Client()",
//! );
//! let model = pi::load(sources).program.expect("a program");
//! let mapping = Mapping::parse(
//!     "ping.toml",
//!     "model = { file = 'ping.pv', profile = 'post', specifications = [],
//!                cmw_attestation = 65280, measurement_claim = 273 }
//!      role.Client = { side = 'client' }",
//! )?;
//! let findings = lint(&model, &mapping);
//! assert!(findings[0].contains("`hash` has no meaning in octets"));
//! # Ok::<(), conformance::MappingError>(())
//! ```
//!
//! - [`derive()`]: a role's steps from the typed program
//! - [`Mapping`]: what each symbol is in octets, and what no symbol is
//! - [`lint`]: whether these two belong together
//! - [`Gate`]: recordings against both
//! - [`StepFile`]: both and the steps in one file, tied by digests
//! - [`Watch`]: a session that is going on against both, at a [`Tier`]
//! - [`Report`]: the verdict, where, and why
//! - [`Coverage`]: which steps and refusals recordings have shown

mod conform;
mod coverage;
mod crypto;
mod derive;
mod interpretation;
mod lines;
mod live;
mod mapping;
mod matching;
mod octets;
mod queries;
mod report;
mod step_file;
mod steps;
mod text;
mod tier;
mod wire;

pub use conform::{Gate, conform};
pub use coverage::{Coverage, RoleCoverage, StepCoverage};
pub use derive::{DeriveError, derive};
pub use interpretation::lint;
pub use lines::conform_lines;
pub use live::{Prepared, Status, Watch};
pub use mapping::{Mapping, MappingError};
pub use queries::{QueryOutcome, QueryResult};
pub use report::{
    Counts, Divergence, ModelPlace, Outcome, Report, SessionReport, Severity, Verdict,
};
pub use step_file::{StepFile, StepFileError};
pub use steps::{Step, StepId, StepKind, StepTree};
pub use tier::Tier;
