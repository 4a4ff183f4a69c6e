//! Infix operators in terms of processes, and literals.
//!
//! `>` and `>=` are `<` and `<=` with their sides exchanged; sums have a
//! literal on one side, as natural numbers are built by `+ 1` alone.

use super::Checker;
use super::term::apply;
use crate::program::{FunId, NaturalOperation, Term, TypeId};
use crate::source::Span;
use crate::syntax::tree::{self, Infix};

impl<'t> Checker<'t> {
    pub(super) fn infix(
        &mut self,
        infix: Infix,
        left: &'t tree::Term,
        right: &'t tree::Term,
        span: Span,
    ) -> Option<Term> {
        let boolean = match infix {
            Infix::And => Some(FunId::AND),
            Infix::Or => Some(FunId::OR),
            _ => None,
        };
        if let Some(fun) = boolean {
            let left = self.term_of(left, TypeId::BOOL);
            let right = self.term_of(right, TypeId::BOOL);
            return Some(apply(fun, vec![left?, right?], TypeId::BOOL, span));
        }
        match infix {
            Infix::Equal | Infix::Unequal => {
                let (left, right) = (self.term(left), self.term(right));
                let (left, right) = (left?, right?);
                self.same_type(infix, left.ty, right.ty, span)?;
                let fun = if infix == Infix::Equal {
                    FunId::EQUAL
                } else {
                    FunId::UNEQUAL
                };
                Some(apply(fun, vec![left, right], TypeId::BOOL, span))
            }
            Infix::Add | Infix::Subtract => self.shifted(infix, left, right, span),
            Infix::Less | Infix::LessOrEqual | Infix::Greater | Infix::GreaterOrEqual => {
                let left = self.term_of(left, TypeId::NAT);
                let right = self.term_of(right, TypeId::NAT);
                let (operation, swapped) = comparison(infix)?;
                let (left, right) = (left?, right?);
                let fun = self.natural(operation);
                let arguments = if swapped {
                    vec![right, left]
                } else {
                    vec![left, right]
                };
                Some(apply(fun, arguments, TypeId::BOOL, span))
            }
            _ => {
                self.error(
                    span,
                    "this is no term of a process",
                    Some("it belongs into a query"),
                );
                None
            }
        }
    }

    /// `x + k` and `x - k`, where k is a literal.
    fn shifted(
        &mut self,
        infix: Infix,
        left: &'t tree::Term,
        right: &'t tree::Term,
        span: Span,
    ) -> Option<Term> {
        let (base, shift) = match (literal(left), literal(right), infix) {
            (_, Some(k), _) => (left, (k, right.span)),
            (Some(k), None, Infix::Add) => (right, (k, left.span)),
            _ => {
                self.error(
                    span,
                    "one side of `+`, and the right side of `-`, must be a number",
                    Some("sums of two unknown numbers are not part of the language"),
                );
                return None;
            }
        };
        let base = self.term_of(base, TypeId::NAT)?;
        let shift = self.literal(shift.0, shift.1);
        let operation = if infix == Infix::Add {
            NaturalOperation::Add
        } else {
            NaturalOperation::Subtract
        };
        let fun = self.natural(operation);
        Some(apply(fun, vec![base, shift], TypeId::NAT, span))
    }

    /// Both sides of `=` and `<>` have one type.
    pub(super) fn same_type(
        &mut self,
        infix: Infix,
        left: TypeId,
        right: TypeId,
        span: Span,
    ) -> Option<()> {
        if left == right || left == TypeId::ANY || right == TypeId::ANY {
            return Some(());
        }
        let mark = if infix == Infix::Equal { "=" } else { "<>" };
        let message = format!(
            "`{mark}` compares values of one type, here are `{}` and `{}`",
            self.type_name(left),
            self.type_name(right)
        );
        self.error(span, message, None);
        None
    }
}

/// The operation behind a comparison, and whether its sides change places.
pub(super) fn comparison(infix: Infix) -> Option<(NaturalOperation, bool)> {
    match infix {
        Infix::Less => Some((NaturalOperation::Less, false)),
        Infix::LessOrEqual => Some((NaturalOperation::LessOrEqual, false)),
        Infix::Greater => Some((NaturalOperation::Less, true)),
        Infix::GreaterOrEqual => Some((NaturalOperation::LessOrEqual, true)),
        _ => None,
    }
}

/// The value of a literal, parentheses allowed.
pub(super) fn literal(term: &tree::Term) -> Option<u64> {
    let mut term = term;
    while let tree::TermKind::Parenthesised(inner) = &term.kind {
        term = inner;
    }
    match term.kind {
        tree::TermKind::Number(value) => Some(value),
        _ => None,
    }
}
