//! Recordings matched against the steps derived from a model.
mod conform;
mod crypto;
mod derive;
mod interpretation;
mod lines;
mod mapping;
mod matching;
mod report;
mod steps;
mod text;
mod wire;
pub use conform::{Gate, conform};
pub use derive::{DeriveError, derive};
pub use interpretation::lint;
pub use lines::conform_lines;
pub use mapping::{Mapping, MappingError};
pub use report::{
    Counts, Divergence, ModelPlace, Outcome, Report, SessionReport, Severity, Verdict,
};
pub use steps::{Step, StepId, StepKind, StepTree};
