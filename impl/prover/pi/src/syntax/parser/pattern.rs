//! Patterns.
//!
//! An identifier binds; only `=M` and numbers test. Parentheses around a single pattern
//! leave it as it is.

use super::super::lexer::Kind;
use super::super::tree::{Ident, Infix, Pattern, PatternKind, Term, TermKind};
use super::{Parser, Result};
use crate::diagnostic::Diagnostic;
use crate::source::Span;

impl Parser<'_> {
    pub(super) fn pattern(&mut self) -> Result<Pattern> {
        let start = self.peek().span;
        if matches!(self.peek().kind, Kind::Number(_)) && self.looking_at(1, "+") {
            let shift = self.number("a number")?;
            self.advance();
            let base = self.nested(Self::pattern)?;
            return Ok(self.sum_pattern(base, shift, start));
        }
        let mut pattern = self.summand()?;
        // Numbers are small, so the levels that a chain makes count.
        let depth = self.depth;
        let result = (|| {
            while self.at("+") {
                self.advance();
                let shift = self.number("a number")?;
                pattern = self.sum_pattern(pattern, shift, start);
                self.nested(|_| Ok(()))?;
                self.depth += 1;
            }
            Ok(pattern)
        })();
        self.depth = depth;
        result
    }

    fn sum_pattern(&self, base: Pattern, shift: u64, start: Span) -> Pattern {
        let kind = PatternKind::Sum(Box::new(base), shift);
        let span = self.since(start);
        Pattern { kind, span }
    }

    fn summand(&mut self) -> Result<Pattern> {
        self.nested(|p| {
            let start = p.peek().span;
            let kind = match p.peek().kind {
                Kind::Fixed("=") => {
                    p.advance();
                    let term = p.term()?;
                    p.no_equality_first(&term)?;
                    PatternKind::Equal(Box::new(term))
                }
                Kind::Fixed("_") => {
                    p.advance();
                    PatternKind::Any(p.type_annotation()?)
                }
                Kind::Fixed("(") => {
                    let mut patterns = p.list("(", ")", Self::pattern)?;
                    match (patterns.len(), patterns.pop()) {
                        (1, Some(only)) => only.kind,
                        (_, last) => {
                            patterns.extend(last);
                            PatternKind::Tuple(patterns)
                        }
                    }
                }
                Kind::Number(value) => {
                    p.advance();
                    PatternKind::Number(value)
                }
                Kind::Ident(_) => {
                    let name = p.ident("a pattern")?;
                    if p.at("(") {
                        PatternKind::Data(name, p.list("(", ")", Self::pattern)?)
                    } else {
                        PatternKind::Var(name, p.type_annotation()?)
                    }
                }
                _ => return Err(p.unexpected("a pattern")),
            };
            let span = match &kind {
                // The type is no part of what binds.
                PatternKind::Var(name, _) => name.span,
                PatternKind::Any(_) => start,
                _ => p.since(start),
            };
            Ok(Pattern { kind, span })
        })
    }

    /// Behind the `=` of a pattern another one ends the term, as in `let (=a) = b in`.
    fn no_equality_first(&mut self, term: &Term) -> Result<()> {
        let mut first = term;
        while let TermKind::Infix(Infix::And | Infix::Or, left, _) = &first.kind {
            first = left;
        }
        if !matches!(&first.kind, TermKind::Infix(Infix::Equal, ..)) {
            return Ok(());
        }
        Err(self.report(
            Diagnostic::error(first.span, "this reads as one term, and not as `=M` and `= N`")
                .with_hint("to test against M, write `let (=M) = N`; to receive whether they are equal, `=(M = N)`"),
        ))
    }

    fn type_annotation(&mut self) -> Result<Option<Ident>> {
        if self.eat(":") {
            Ok(Some(self.ty()?))
        } else {
            Ok(None)
        }
    }
}
