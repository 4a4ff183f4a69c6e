//! What one number or one list of a program may ask for.
//!
//! The attacker has clauses for each phase, and n of n variables to take a message
//! of n components apart, so a line of text could ask for any number of them. Longer
//! lists and later phases than these are no protocol.

use super::Checker;
use crate::source::Span;

/// Most arguments of a function, a predicate, an event or a macro, columns of a
/// table, and components of a tuple.
pub const ARITY_LIMIT: usize = 1_000;

/// The last phase that may be entered or asked about.
pub const PHASE_LIMIT: u32 = 1_000;

impl Checker<'_> {
    /// Reports the first element beyond [`ARITY_LIMIT`], found at `excess`.
    pub(super) fn arity_fits(&mut self, excess: Option<Span>) -> Option<()> {
        let Some(span) = excess else {
            return Some(());
        };
        self.error(
            span,
            format!("more than {ARITY_LIMIT} arguments, columns or components are not supported"),
            Some("group them into tuples"),
        );
        None
    }

    /// The number of a phase; above [`PHASE_LIMIT`] it is reported.
    pub(super) fn phase_number(&mut self, phase: u64, span: Span) -> Option<u32> {
        let number = u32::try_from(phase).ok().filter(|n| *n <= PHASE_LIMIT);
        if number.is_none() {
            self.error(
                span,
                format!("phases above {PHASE_LIMIT} are not supported"),
                Some("only their order matters: number them from 1"),
            );
        }
        number
    }
}
