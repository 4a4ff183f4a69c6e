//! ProVerif's typed pi calculus: text to a resolved, typed program, with
//! diagnostics.
//!
//! ```text
//! text ──lex, parse──▶ syntax tree ──resolve, type, expand──▶ Program
//!          │                              │
//!          └───────── Diagnostics ────────┘
//! ```
//!
//! ```
//! let mut sources = pi::Sources::default();
//! sources.add(
//!     "secrecy.pv",
//!     "free c: channel.
//!      free s: bitstring [private].
//!      query attacker(s).
//!      process out(c, s)",
//! );
//! let loaded = pi::load(sources);
//! assert!(loaded.diagnostics.is_empty());
//! assert_eq!(loaded.program.expect("no error").queries.len(), 1);
//! ```

mod check;
mod diagnostic;
mod encode;
mod formula;
mod known;
mod label;
pub mod print;
mod program;
mod source;
mod syntax;
pub mod wording;

pub use check::{ARITY_LIMIT, NODE_LIMIT, PHASE_LIMIT};
pub use diagnostic::{Diagnostic, Severity};
pub use encode::asked;
pub use label::{Expected, Label};
pub use program::*;
pub use source::{FileId, Position, SourceFile, Sources, Span};
pub use syntax::parser::DEPTH_LIMIT;

/// What loading a program gave.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The program; present exactly if no diagnostic is an error.
    pub program: Option<Program>,
    /// The files, for rendering diagnostics.
    pub sources: Sources,
    /// Findings in text order.
    pub diagnostics: Vec<Diagnostic>,
}

/// Stack for parsing and checking, which recurse up to [`DEPTH_LIMIT`] deep.
const STACK: usize = 256 << 20;

/// Loads a program. The last file is the main one and ends with `process`;
/// the files before it are libraries, in link order.
#[must_use]
pub fn load(sources: Sources) -> Loaded {
    let (program, diagnostics) = deep(|| check::load(&sources)).unwrap_or_else(|error| {
        let message = format!("no thread could be started to read the program: {error}");
        (None, vec![Diagnostic::error(Span::default(), message)])
    });
    Loaded {
        program,
        sources,
        diagnostics,
    }
}

/// Runs work that recurses deeply.
fn deep<T: Send>(work: impl FnOnce() -> T + Send) -> std::io::Result<T> {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new()
            .stack_size(STACK)
            .spawn_scoped(scope, work)?;
        Ok(thread
            .join()
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    })
}
