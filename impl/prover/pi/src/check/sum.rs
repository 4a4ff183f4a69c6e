//! Sums inside patterns.
//!
//! `x + k` matches the numbers from k on and binds what is above k. Programs have no
//! such pattern: a variable stands in its place, and the difference is taken behind
//! the pattern, where it fails for the same values. In front of an `else` the whole
//! match has to fail, so that there it is made part of the value:
//! `let (x + 1, y) = M in P else Q` is `let (x, y) = (let (n, y) = M in (n - 1, y)) in P
//! else Q`.

use super::Checker;
use super::scope::Local;
use super::term::apply;
use crate::program::{
    Binder, NaturalOperation, Pattern, PatternKind, PointId, Process, ProcessKind, Term, TermKind,
    TypeId, VarId,
};
use crate::source::Span;
use crate::syntax::tree;

/// A sum of a pattern.
#[derive(Clone, Debug)]
pub(super) struct Sum {
    /// What stands in its place.
    whole: VarId,
    /// The number.
    shift: u64,
    /// What the rest has to match.
    base: Pattern,
    span: Span,
}

impl<'t> Checker<'t> {
    /// A sum within a pattern, which is left as a variable.
    pub(super) fn sum_part(
        &mut self,
        base: &'t tree::Pattern,
        shift: u64,
        wanted: Option<TypeId>,
        binder: Binder,
        span: Span,
    ) -> Option<Pattern> {
        let (mut base, mut shift) = (base, shift);
        while let tree::PatternKind::Sum(inner, more) = &base.kind {
            (base, shift) = (inner, shift.saturating_add(*more));
        }
        let fits = self.pattern_fits(TypeId::NAT, wanted, span);
        let base = self.part(base, Some(TypeId::NAT), Binder::Let);
        fits?;
        let base = base?;
        let name = match base.kind {
            PatternKind::Var(var) => self.variable(var).name.clone(),
            _ => "_".to_owned(),
        };
        let whole = self.new_variable(&name, TypeId::NAT, binder, span);
        self.sums.push(Sum {
            whole,
            shift,
            base,
            span,
        });
        Some(variable(whole, TypeId::NAT, span))
    }

    /// Numbers for the steps that take differences; to be asked for in front of what
    /// follows them.
    pub(super) fn steps(&mut self, sums: Vec<Sum>) -> Vec<(Sum, PointId, PointId)> {
        let sums = sums.into_iter();
        sums.map(|sum| (sum, self.point(), self.point())).collect()
    }

    /// A process behind a pattern, with the differences taken first.
    pub(super) fn behind_sums(
        &mut self,
        steps: Vec<(Sum, PointId, PointId)>,
        then: Option<Box<Process>>,
    ) -> Option<Box<Process>> {
        steps
            .into_iter()
            .rev()
            .fold(then, |then, (sum, point, nil)| {
                let value = self.difference(&sum);
                let span = sum.span;
                let kind = ProcessKind::Let {
                    pattern: sum.base,
                    value,
                    then: then?,
                    otherwise: Box::new(Process {
                        point: nil,
                        kind: ProcessKind::Nil,
                        span,
                    }),
                };
                Some(Box::new(Process { point, kind, span }))
            })
    }

    /// A `let` whose pattern has sums: the match becomes a part of the value, and what
    /// is bound behind it are copies.
    pub(super) fn let_sums(
        &mut self,
        pattern: Option<Pattern>,
        value: &mut Option<Term>,
        known: usize,
        sums: Vec<Sum>,
    ) -> Option<Pattern> {
        let (inner, whole) = (pattern?, value.take()?);
        let span = inner.span;
        let mut bound = Vec::new();
        variables(&inner, &mut bound);
        bound.retain(|(var, _)| sums.iter().all(|sum| sum.whole != *var));
        let mut parts = Vec::new();
        let mut values = Vec::new();
        for (var, ty) in bound {
            let name = self.variable(var).name.clone();
            let at = self.variable(var).span;
            let copy = self.new_variable(&name, ty, Binder::Let, at);
            for (_, local) in self.scope.iter_mut().skip(known) {
                if matches!(local, Local::Var(old) if *old == var) {
                    *local = Local::Var(copy);
                }
            }
            parts.push(variable(copy, ty, at));
            let kind = TermKind::Var(var);
            values.push(Term { kind, ty, span: at });
        }
        for sum in sums {
            values.push(self.difference(&sum));
            parts.push(sum.base);
        }
        let (pattern, then) = match (parts.len(), parts.pop(), values.pop()) {
            (1, Some(part), Some(value)) => (part, value),
            (count, part, value) => {
                parts.extend(part);
                values.extend(value);
                let tuple = self.tuple(count);
                let ty = TypeId::BITSTRING;
                let kind = PatternKind::Data(tuple, parts);
                (Pattern { kind, ty, span }, apply(tuple, values, ty, span))
            }
        };
        let ty = then.ty;
        let kind = TermKind::Let {
            pattern: Box::new(inner),
            value: Box::new(whole),
            then: Box::new(then),
            otherwise: Box::new(Term {
                kind: TermKind::Fail,
                ty,
                span,
            }),
            letfun: None,
        };
        *value = Some(Term { kind, ty, span });
        Some(pattern)
    }

    /// Reports sums where they cannot be taken apart.
    pub(super) fn no_sums(&mut self, sums: &[Sum]) -> Option<()> {
        for sum in sums {
            self.error(
                sum.span,
                "a sum in the pattern of a `get` is not supported",
                Some("bind a variable here and take it apart by `let x + 1 = y in`"),
            );
        }
        sums.is_empty().then_some(())
    }

    fn difference(&mut self, sum: &Sum) -> Term {
        let kind = TermKind::Var(sum.whole);
        let ty = TypeId::NAT;
        let whole = Term {
            kind,
            ty,
            span: sum.span,
        };
        let shift = self.literal(sum.shift, sum.span);
        let subtract = self.natural(NaturalOperation::Subtract);
        apply(subtract, vec![whole, shift], ty, sum.span)
    }
}

fn variable(var: VarId, ty: TypeId, span: Span) -> Pattern {
    let kind = PatternKind::Var(var);
    Pattern { kind, ty, span }
}

/// What a pattern binds, in order.
fn variables(pattern: &Pattern, out: &mut Vec<(VarId, TypeId)>) {
    match &pattern.kind {
        PatternKind::Data(_, parts) => parts.iter().for_each(|part| variables(part, out)),
        PatternKind::Equal(_) => {}
        PatternKind::Var(var) => out.push((*var, pattern.ty)),
    }
}
