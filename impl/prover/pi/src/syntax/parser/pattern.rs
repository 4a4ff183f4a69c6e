//! Patterns.
//!
//! An identifier binds; only `=M` tests. Parentheses around a single pattern
//! leave it as it is.

use super::super::lexer::Kind;
use super::super::tree::{Ident, Pattern, PatternKind};
use super::{Parser, Result};

impl Parser<'_> {
    pub(super) fn pattern(&mut self) -> Result<Pattern> {
        self.nested(|p| {
            let start = p.peek().span;
            let kind = match p.peek().kind {
                Kind::Fixed("=") => {
                    p.advance();
                    PatternKind::Equal(Box::new(p.term()?))
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

    fn type_annotation(&mut self) -> Result<Option<Ident>> {
        if self.eat(":") {
            Ok(Some(self.ty()?))
        } else {
            Ok(None)
        }
    }
}
