//! What is computed ahead of a match.
//!
//! A test `=M` of a pattern, or an argument of a predicate, may be a term that acts:
//! `get`, `insert`, `event`, `new`. It is computed once, in front of the match, whether
//! or not the match comes to it, and behind the value that is matched (as ProVerif 2.05
//! has it). So it becomes the value of a `let` in front, and no later stage meets a
//! match that acts.
//!
//! A term that fails must not stop what stands behind that `let`: a test with it fails,
//! and `else` follows. Hence `let w = (let y = M in (y, true) else (true, true, true))`,
//! and in the place of M `let (y, =true) = w in y`, which fails where M did.

use super::Checker;
use super::condition::parts;
use super::term::apply;
use crate::program::{
    Binder, FunId, Pattern, PatternKind, PointId, Process, ProcessKind, Term, TermKind, TypeId,
    VarId,
};
use crate::source::Span;

/// `let whole = value in`.
#[derive(Debug)]
pub(super) struct Ahead {
    whole: VarId,
    value: Term,
}

/// Numbers for the steps ahead of one that has a number, and for that.
pub(super) struct Steps {
    ahead: Vec<(Ahead, PointId, PointId)>,
    own: PointId,
}

impl Checker<'_> {
    /// Takes the tests that act out of a pattern.
    pub(super) fn tests_ahead(&mut self, pattern: &mut Pattern, out: &mut Vec<Ahead>) {
        match &mut pattern.kind {
            PatternKind::Data(_, parts) => {
                for part in parts {
                    self.tests_ahead(part, out);
                }
            }
            PatternKind::Equal(term) if acts(term) => self.ahead(term, out),
            PatternKind::Equal(_) | PatternKind::Var(_) => {}
        }
    }

    /// Takes what acts out of an argument of a predicate, unless it depends on the
    /// variables that are sought.
    pub(super) fn argument_ahead(
        &mut self,
        term: &mut Term,
        sought: &[VarId],
        out: &mut Vec<Ahead>,
    ) {
        if !acts(term) {
            return;
        }
        if !mentions(term, sought) {
            self.ahead(term, out);
        } else if let TermKind::Apply(_, arguments) = &mut term.kind {
            for argument in arguments {
                self.argument_ahead(argument, sought, out);
            }
        }
    }

    /// The value of a `let`, if it acts: it does before the tests.
    pub(super) fn value_ahead(&mut self, value: &mut Term, out: &mut Vec<Ahead>) {
        if acts(value) {
            self.ahead(value, out);
        }
    }

    fn ahead(&mut self, term: &mut Term, out: &mut Vec<Ahead>) {
        let (ty, span) = (term.ty, term.span);
        let fail = TermKind::Fail;
        let nothing = Term {
            kind: fail,
            ty,
            span,
        };
        let value = core::mem::replace(term, nothing);
        let whole = self.set_apart(value, out);
        *term = self.read_back(whole, ty, span);
    }

    /// Computes a term ahead; what holds its value.
    pub(super) fn set_apart(&mut self, value: Term, out: &mut Vec<Ahead>) -> VarId {
        let (ty, span) = (value.ty, value.span);
        let whole = self.new_variable("ahead", TypeId::BITSTRING, Binder::Let, span);
        let inner = self.new_variable("ahead", ty, Binder::Let, span);
        let yes = || apply(FunId::TRUE, Vec::new(), TypeId::BOOL, span);
        self.used.insert(span);
        let (pair, triple) = (self.tuple(2), self.tuple(3));
        let then = vec![variable(inner, ty, span), yes()];
        let otherwise = vec![yes(), yes(), yes()];
        let kind = TermKind::Let {
            pattern: Box::new(binding(inner, ty, span)),
            value: Box::new(value),
            then: Box::new(apply(pair, then, TypeId::BITSTRING, span)),
            otherwise: Box::new(apply(triple, otherwise, TypeId::BITSTRING, span)),
            letfun: None,
        };
        let ty = TypeId::BITSTRING;
        let value = Term { kind, ty, span };
        out.push(Ahead { whole, value });
        whole
    }

    /// `let (y, =true) = whole in y`.
    pub(super) fn read_back(&mut self, whole: VarId, ty: TypeId, span: Span) -> Term {
        let whole = variable(whole, TypeId::BITSTRING, span);
        let inner = self.new_variable("ahead", ty, Binder::Let, span);
        self.used.insert(span);
        let yes = apply(FunId::TRUE, Vec::new(), TypeId::BOOL, span);
        let parts = vec![
            binding(inner, ty, span),
            Pattern {
                kind: PatternKind::Equal(Box::new(yes)),
                ty: TypeId::BOOL,
                span,
            },
        ];
        let pattern = Pattern {
            kind: PatternKind::Data(self.tuple(2), parts),
            ty: TypeId::BITSTRING,
            span,
        };
        let fail = TermKind::Fail;
        let kind = TermKind::Let {
            pattern: Box::new(pattern),
            value: Box::new(whole),
            then: Box::new(variable(inner, ty, span)),
            otherwise: Box::new(Term {
                kind: fail,
                ty,
                span,
            }),
            letfun: None,
        };
        Term { kind, ty, span }
    }

    /// Numbers for a step, which has one already, and for what comes ahead of it; to be
    /// asked for in front of what follows it.
    pub(super) fn ahead_steps(&mut self, first: PointId, ahead: Vec<Ahead>) -> Steps {
        let mut own = first;
        let mut numbered = Vec::with_capacity(ahead.len());
        for one in ahead {
            let nil = self.point();
            numbered.push((one, own, nil));
            own = self.point();
        }
        Steps {
            ahead: numbered,
            own,
        }
    }
}

impl Ahead {
    /// As a parameter and what is handed to it.
    pub(super) fn into_binding(self) -> (VarId, Term) {
        (self.whole, self.value)
    }
}

impl Steps {
    /// The step behind what comes ahead of it.
    pub(super) fn process(self, kind: ProcessKind, span: Span) -> Process {
        let point = self.own;
        let last = Process { point, kind, span };
        self.ahead
            .into_iter()
            .rev()
            .fold(last, |then, (ahead, point, nil)| {
                let at = ahead.value.span;
                let kind = ProcessKind::Let {
                    pattern: binding(ahead.whole, TypeId::BITSTRING, at),
                    value: ahead.value,
                    then: Box::new(then),
                    otherwise: Box::new(Process {
                        point: nil,
                        kind: ProcessKind::Nil,
                        span: at,
                    }),
                };
                Process { point, kind, span }
            })
    }
}

/// The same for a term.
pub(super) fn behind(ahead: Vec<Ahead>, last: Term) -> Term {
    ahead.into_iter().rev().fold(last, |then, ahead| {
        let (ty, span) = (then.ty, then.span);
        let fail = TermKind::Fail;
        let kind = TermKind::Let {
            pattern: Box::new(binding(ahead.whole, TypeId::BITSTRING, ahead.value.span)),
            value: Box::new(ahead.value),
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

/// Whether computing a term does more than compute.
fn acts(term: &Term) -> bool {
    matches!(
        term.kind,
        TermKind::Event { .. }
            | TermKind::Get { .. }
            | TermKind::Insert { .. }
            | TermKind::New { .. }
    ) || parts(term).into_iter().any(acts)
}

fn mentions(term: &Term, sought: &[VarId]) -> bool {
    match &term.kind {
        TermKind::Var(var) => sought.contains(var),
        _ => parts(term).into_iter().any(|part| mentions(part, sought)),
    }
}

pub(super) fn variable(var: VarId, ty: TypeId, span: Span) -> Term {
    let kind = TermKind::Var(var);
    Term { kind, ty, span }
}

pub(super) fn binding(var: VarId, ty: TypeId, span: Span) -> Pattern {
    let kind = PatternKind::Var(var);
    Pattern { kind, ty, span }
}
