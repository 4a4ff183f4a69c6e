//! Sums inside patterns.
//!
//! `x + k` matches the numbers from k on and binds what is above k. Programs have no
//! such pattern: a variable stands in its place, and the difference is taken behind
//! the pattern, where it fails for the same values. In front of an `else` the whole
//! match has to fail, so that there it is made part of the value:
//! `let (x + 1, y) = M in P else Q` is `let (x, y) = (let (n, y) = M in (n - 1, y)) in P
//! else Q`. The condition of a `get` has the difference too: `get t(x + 1) suchthat C`
//! is `get t(n) suchthat (let x = n - 1 in C else false)`.

use super::Checker;
use super::ahead::{Ahead, behind, binding};
use super::scope::Local;
use super::term::apply;
use crate::program::{
    Binder, FunId, NaturalOperation, Pattern, PatternKind, PointId, Process, ProcessKind, Term,
    TermKind, TypeId, VarId,
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

/// A `let` behind a pattern.
pub(super) struct Step {
    pattern: Pattern,
    value: Term,
    point: PointId,
    nil: PointId,
}

impl Sum {
    /// What matches what is above the number.
    pub(super) fn base(&self) -> &Pattern {
        &self.base
    }
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
        Some(binding(whole, TypeId::NAT, span))
    }

    /// The steps that take differences; to be asked for in front of what follows them.
    pub(super) fn steps(&mut self, sums: Vec<Sum>) -> Vec<Step> {
        let step = |sum: Sum| {
            let value = self.difference(&sum);
            self.let_step(sum.base, value)
        };
        sums.into_iter().map(step).collect()
    }

    /// `let pattern = value in` with its numbers.
    pub(super) fn let_step(&mut self, pattern: Pattern, value: Term) -> Step {
        Step {
            pattern,
            value,
            point: self.point(),
            nil: self.point(),
        }
    }

    /// A `let` whose pattern has sums, or tests that are computed ahead: the match becomes
    /// a part of the value, and what is bound behind it are copies.
    pub(super) fn let_within(
        &mut self,
        pattern: Option<Pattern>,
        value: &mut Option<Term>,
        known: usize,
        sums: Vec<Sum>,
        ahead: Vec<Ahead>,
    ) -> Option<Pattern> {
        let (inner, whole) = (pattern?, value.take()?);
        let span = inner.span;
        let mut bound = Vec::new();
        variables(&inner, &mut bound);
        bound.retain(|(var, _)| sums.iter().all(|sum| sum.whole != *var));
        let mut parts = Vec::new();
        let mut values = Vec::new();
        for (var, ty) in bound {
            let at = self.variable(var).span;
            let copy = self.copied(var, known);
            parts.push(binding(copy, ty, at));
            let kind = TermKind::Var(var);
            values.push(Term { kind, ty, span: at });
        }
        for sum in sums {
            values.push(self.difference(&sum));
            parts.push(sum.base);
        }
        let (pattern, then) = match (parts.len(), parts.pop(), values.pop()) {
            (1, Some(part), Some(value)) => (part, value),
            (0, ..) => {
                let ty = TypeId::BOOL;
                let yes = || apply(FunId::TRUE, Vec::new(), ty, span);
                let kind = PatternKind::Equal(Box::new(yes()));
                (Pattern { kind, ty, span }, yes())
            }
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
        *value = Some(behind(ahead, Term { kind, ty, span }));
        Some(pattern)
    }

    /// Another variable of the same name, which takes its place in the scope.
    fn copied(&mut self, var: VarId, known: usize) -> VarId {
        let old = self.variable(var).clone();
        let copy = self.new_variable(&old.name, old.ty, Binder::Let, old.span);
        for (_, local) in self.scope.iter_mut().skip(known) {
            if matches!(local, Local::Var(old) if *old == var) {
                *local = Local::Var(copy);
            }
        }
        if let Some(first) = self.program.variables.get_mut(var.0 as usize) {
            first.binder = Binder::Let;
        }
        copy
    }

    /// The condition of a `get` whose pattern has sums, and what takes the differences
    /// behind it; variables known after `known` are those of the pattern.
    pub(super) fn get_sums(
        &mut self,
        mut condition: Option<Term>,
        known: usize,
        sums: Vec<Sum>,
        span: Span,
    ) -> (Option<Term>, Vec<Sum>) {
        let mut rest = Vec::with_capacity(sums.len());
        for sum in sums.into_iter().rev() {
            let ty = TypeId::BOOL;
            let constant = |fun| apply(fun, Vec::new(), ty, span);
            let base = match sum.base.kind {
                PatternKind::Var(var) => {
                    let copy = self.copied(var, known);
                    binding(copy, TypeId::NAT, sum.base.span)
                }
                _ => sum.base.clone(),
            };
            let then = condition.take().unwrap_or_else(|| constant(FunId::TRUE));
            let kind = TermKind::Let {
                value: Box::new(self.difference(&sum)),
                pattern: Box::new(sum.base.clone()),
                then: Box::new(then),
                otherwise: Box::new(constant(FunId::FALSE)),
                letfun: None,
            };
            condition = Some(Term { kind, ty, span });
            rest.push(Sum { base, ..sum });
        }
        rest.reverse();
        (condition, rest)
    }

    /// A term behind a pattern, with the differences taken first.
    pub(super) fn term_behind_sums(&mut self, sums: Vec<Sum>, then: Term) -> Term {
        sums.into_iter().rev().fold(then, |then, sum| {
            let (ty, span) = (then.ty, then.span);
            let fail = TermKind::Fail;
            let kind = TermKind::Let {
                value: Box::new(self.difference(&sum)),
                pattern: Box::new(sum.base),
                then: Box::new(then),
                otherwise: Box::new(Term {
                    kind: fail,
                    ty,
                    span,
                }),
                letfun: None,
            };
            Term { kind, ty, span }
        })
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

/// A process behind such steps.
pub(super) fn behind_sums(steps: Vec<Step>, then: Option<Box<Process>>) -> Option<Box<Process>> {
    steps.into_iter().rev().fold(then, |then, step| {
        let span = step.pattern.span;
        let kind = ProcessKind::Let {
            pattern: step.pattern,
            value: step.value,
            then: then?,
            otherwise: Box::new(Process {
                point: step.nil,
                kind: ProcessKind::Nil,
                span,
            }),
        };
        let point = step.point;
        Some(Box::new(Process { point, kind, span }))
    })
}

/// What a pattern binds, in order.
fn variables(pattern: &Pattern, out: &mut Vec<(VarId, TypeId)>) {
    match &pattern.kind {
        PatternKind::Data(_, parts) => parts.iter().for_each(|part| variables(part, out)),
        PatternKind::Equal(_) => {}
        PatternKind::Var(var) => out.push((*var, pattern.ty)),
    }
}
