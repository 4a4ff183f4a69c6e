//! Generated models, and what must not change between two answers about them.
//!
//! ```text
//! seed ──generate──▶ Model ──print──▶ text ──▶ our words ───┐
//!                      │                └────▶ their words ─┴─compare──▶ Disagreement
//!                      ├──metamorphic──▶ variants whose verdicts are related
//!                      └──shrink◀── "does it still disagree?"
//! seed ──theory──▶ lines over a signature of their own, compared likewise
//! ```
//!
//! ```
//! let model = differential::generate(7, &differential::Size::default());
//! let mut sources = pi::Sources::default();
//! sources.add("generated.pv", &differential::print(&model));
//! assert!(pi::load(sources).program.is_some());
//! ```

mod compare;
mod explore;
mod family;
mod generate;
pub mod metamorphic;
pub mod model;
mod random;
mod shrink;
mod theory;

pub use compare::{Disagreement, Word, compare, words};
pub use explore::{Bounds, Falsified, explore};
pub use family::{Growth, family};
pub use generate::{Size, generate, settle};
pub use model::{Model, print};
pub use random::Random;
pub use shrink::shrink;
pub use theory::{shrink_lines, theory};
