//! Terms that branch or bind: `if`, `let`, `get`, `let … suchthat`, `new`.
//!
//! A missing `else` is `fail`. Both branches have the type of the first, and
//! what a head binds is in scope in the first branch only.

use super::ahead::behind;
use super::{Checker, Local};
use crate::program::{Binder, Term, TermKind, TypeId, VarId};
use crate::source::Span;
use crate::syntax::tree::{self, Ident};

impl<'t> Checker<'t> {
    pub(super) fn if_term(&mut self, term: &'t tree::Term) -> Option<Term> {
        let tree::TermKind::If {
            condition,
            then,
            otherwise,
        } = &term.kind
        else {
            return None;
        };
        let span = term.span;
        let condition = self.term_of(condition, TypeId::BOOL);
        let then = self.term(then);
        let otherwise = self.else_term(otherwise.as_deref(), then.as_ref(), span);
        let (condition, then) = (condition?, then?);
        let ty = then.ty;
        let kind = TermKind::If {
            condition: Box::new(condition),
            then: Box::new(then),
            otherwise: Box::new(otherwise?),
        };
        Some(Term { kind, ty, span })
    }

    /// The value of an `else`, of the same type as the other branch; `fail`
    /// when none is written.
    fn else_term(
        &mut self,
        otherwise: Option<&'t tree::Term>,
        then: Option<&Term>,
        span: Span,
    ) -> Option<Term> {
        let ty = then.map(|then| then.ty);
        match otherwise {
            None => Some(Term {
                kind: TermKind::Fail,
                ty: ty?,
                span,
            }),
            Some(otherwise) => match ty {
                Some(ty) => self.term_of(otherwise, ty),
                None => self.term(otherwise),
            },
        }
    }

    pub(super) fn let_term(&mut self, term: &'t tree::Term) -> Option<Term> {
        let tree::TermKind::Let {
            pattern,
            value,
            then,
            otherwise,
        } = &term.kind
        else {
            return None;
        };
        let span = term.span;
        let mut value = self.term(value);
        let (pattern, then) = self.scoped(|c| {
            let pattern = c.let_pattern(pattern, &mut value);
            (pattern, c.term(then))
        });
        let otherwise = self.else_term(otherwise.as_deref(), then.as_ref(), span);
        let then = then?;
        let ty = then.ty;
        let kind = TermKind::Let {
            pattern: Box::new(pattern?),
            value: Box::new(value?),
            then: Box::new(then),
            otherwise: Box::new(otherwise?),
            letfun: None,
        };
        Some(Term { kind, ty, span })
    }

    pub(super) fn get_term(&mut self, term: &'t tree::Term) -> Option<Term> {
        let tree::TermKind::Get {
            table,
            patterns,
            condition,
            options,
            then,
            otherwise,
        } = &term.kind
        else {
            return None;
        };
        let span = term.span;
        let point = self.point();
        let precise = self.precise(options);
        let (head, then) = self.scoped(|c| {
            let head = c.get_head(*table, patterns, condition.as_deref());
            (head, c.term(then))
        });
        let otherwise = self.else_term(otherwise.as_deref(), then.as_ref(), span);
        let head = head?;
        let then = self.term_behind_sums(head.sums, then?);
        let ty = then.ty;
        let kind = TermKind::Get {
            point,
            table: head.table,
            patterns: head.patterns,
            condition: head.condition.map(Box::new),
            precise,
            then: Box::new(then),
            otherwise: Box::new(otherwise?),
        };
        Some(behind(head.ahead, Term { kind, ty, span }))
    }

    pub(super) fn such_that_term(&mut self, term: &'t tree::Term) -> Option<Term> {
        let tree::TermKind::LetSuchThat {
            variables,
            predicate,
            then,
            otherwise,
        } = &term.kind
        else {
            return None;
        };
        let span = term.span;
        let point = self.point();
        let (head, then) = self.scoped(|c| {
            let head = c.such_that_head(variables, predicate);
            (head, c.term(then))
        });
        let otherwise = self.else_term(otherwise.as_deref(), then.as_ref(), span);
        let head = head?;
        let then = then?;
        let ty = then.ty;
        let kind = TermKind::LetSuchThat {
            point,
            variables: head.variables,
            predicate: head.predicate,
            arguments: head.arguments,
            then: Box::new(then),
            otherwise: Box::new(otherwise?),
        };
        Some(behind(head.ahead, Term { kind, ty, span }))
    }

    pub(super) fn new_term(&mut self, term: &'t tree::Term) -> Option<Term> {
        let tree::TermKind::New {
            name,
            arguments,
            ty,
            then,
        } = &term.kind
        else {
            return None;
        };
        let span = term.span;
        let point = self.point();
        let (head, then) = self.scoped(|c| {
            let head = c.new_head(*name, arguments.as_deref(), *ty);
            (head, c.term(then))
        });
        let (name, arguments) = head?;
        let then = then?;
        let ty = then.ty;
        let kind = TermKind::New {
            point,
            name,
            arguments,
            then: Box::new(then),
        };
        Some(Term { kind, ty, span })
    }

    /// `new n[x, …]: t`; binds n.
    pub(super) fn new_head(
        &mut self,
        name: Ident,
        arguments: Option<&[Ident]>,
        ty: Ident,
    ) -> Option<(VarId, Option<Vec<VarId>>)> {
        let arguments = arguments.map(|arguments| {
            let found: Vec<Option<VarId>> = arguments.iter().map(|x| self.local_name(*x)).collect();
            found.into_iter().collect::<Option<Vec<VarId>>>()
        });
        let scope = if self.expanding {
            self.nameable()
        } else {
            Vec::new()
        };
        let id = match self.value_type(ty) {
            Some(id @ (TypeId::BOOL | TypeId::NAT)) => {
                let message = format!("a name cannot have type `{}`", self.type_name(id));
                self.error(
                    ty.span,
                    message,
                    Some("all values of this type are predefined"),
                );
                None
            }
            other => other,
        };
        let name = self.bind(name, id, Binder::New)?;
        if self.expanding {
            self.restrictions.push(super::Restriction {
                name,
                scope,
                replications: self.replications,
            });
        }
        let arguments = match arguments {
            None => None,
            Some(found) => Some(found?),
        };
        Some((name, arguments))
    }

    /// Variables that `new n[x = …]` in a query may mention: those of the
    /// macro or main process that holds the `new`, innermost first. A parameter
    /// that is given a variable is that variable, where both have one name.
    fn nameable(&self) -> Vec<VarId> {
        // What a `letfun` binds is nobody else's.
        if self.in_letfun {
            return Vec::new();
        }
        let locals = self
            .scope
            .iter()
            .rev()
            .filter_map(|(_, local)| match local {
                Local::Var(var) => self.handed_on(*var),
                Local::Faulty => None,
            });
        locals
            .filter(|var| !matches!(self.variable(*var).binder, Binder::Alias | Binder::New))
            .collect()
    }

    fn handed_on(&self, var: VarId) -> Option<VarId> {
        let mut found = var;
        while let Some(value) = self.passed.get(&found) {
            if self.variable(*value).name != self.variable(var).name {
                return None;
            }
            found = *value;
        }
        Some(found)
    }

    /// A variable in scope, for `new n[x]`.
    fn local_name(&mut self, name: Ident) -> Option<VarId> {
        match self.local(name.symbol) {
            Some(Local::Var(var)) if self.variable(var).binder == Binder::New => {
                let text = self.text(name.symbol);
                self.error(
                    name.span,
                    format!("`{text}` is a name, not a variable"),
                    Some("a name depends on inputs and other variables, not on names"),
                );
                None
            }
            Some(Local::Var(var)) => Some(var),
            Some(Local::Faulty) => None,
            None => {
                self.undeclared("the variable", name.symbol, name.span, |_, _| false);
                None
            }
        }
    }
}
