//! Terms of processes.
//!
//! Every term has a type of its own: nothing is inferred from the context,
//! except for pattern variables. A tuple is a bitstring, whatever its
//! components are.

use super::{Checker, Global, Local};
use crate::program::{Binder, FunId, NaturalOperation, PredicateId, Term, TermKind, TypeId, VarId};
use crate::source::Span;
use crate::syntax::names::Symbol;
use crate::syntax::tree::{self, Ident, Infix};

/// Whether a value of type `found` may stand where `wanted` is asked for.
pub(super) fn compatible(wanted: TypeId, found: TypeId) -> bool {
    wanted == found || wanted == TypeId::ANY
}

impl<'t> Checker<'t> {
    pub(super) fn term(&mut self, term: &'t tree::Term) -> Option<Term> {
        if let tree::TermKind::Parenthesised(inner) = &term.kind {
            return self.node(term.span, |c| c.term(inner));
        }
        self.node(term.span, |c| c.bare_term(term))
    }

    /// All terms, or none when one is faulty; all errors are reported.
    pub(super) fn terms(&mut self, terms: &'t [tree::Term]) -> Option<Vec<Term>> {
        let terms: Vec<Option<Term>> = terms.iter().map(|term| self.term(term)).collect();
        terms.into_iter().collect()
    }

    /// A term that must have a given type.
    pub(super) fn term_of(&mut self, term: &'t tree::Term, wanted: TypeId) -> Option<Term> {
        let checked = self.term(term)?;
        if compatible(wanted, checked.ty) {
            return Some(checked);
        }
        let message = format!(
            "this term has type `{}`, but `{}` is needed here",
            self.type_name(checked.ty),
            self.type_name(wanted)
        );
        self.error(term.span, message, None);
        None
    }

    fn bare_term(&mut self, term: &'t tree::Term) -> Option<Term> {
        use tree::TermKind as K;
        let span = term.span;
        match &term.kind {
            K::Apply(name, arguments) => self.application(*name, arguments, span),
            K::At(..) | K::Bound(..) | K::Fact(..) | K::Phase(..) | K::Starred(_) => {
                self.error(
                    span,
                    "this is no term of a process",
                    Some("it belongs into a query"),
                );
                None
            }
            K::Choice(word) => {
                self.error(
                    span,
                    format!("`{word}` is not supported"),
                    Some("supported are secrecy and correspondence queries"),
                );
                None
            }
            K::Event {
                event,
                arguments,
                then,
            } => {
                let point = self.point();
                let head = self.event_call(*event, arguments);
                let then = self.term(then);
                let ((event, arguments), then) = (head?, then?);
                let ty = then.ty;
                let kind = TermKind::Event {
                    point,
                    event,
                    arguments,
                    then: Box::new(then),
                };
                Some(Term { kind, ty, span })
            }
            K::Fail => {
                self.error(span, "`fail` may only stand in rewrite rules", None);
                None
            }
            K::Get { .. } => self.get_term(term),
            K::Ident(symbol) => self.identifier(*symbol, span),
            K::If { .. } => self.if_term(term),
            K::Infix(infix, left, right) => self.infix(*infix, left, right, span),
            K::Insert {
                table,
                arguments,
                then,
            } => {
                let point = self.point();
                let head = self.table_entry(*table, arguments);
                let then = self.term(then);
                let ((table, arguments), then) = (head?, then?);
                let ty = then.ty;
                let kind = TermKind::Insert {
                    point,
                    table,
                    arguments,
                    then: Box::new(then),
                };
                Some(Term { kind, ty, span })
            }
            K::Let { .. } => self.let_term(term),
            K::LetSuchThat { .. } => self.such_that_term(term),
            K::New { .. } => self.new_term(term),
            K::Not(inner) => {
                let inner = self.term_of(inner, TypeId::BOOL)?;
                Some(apply(FunId::NOT, vec![inner], TypeId::BOOL, span))
            }
            K::Number(value) => Some(self.literal(*value, span)),
            K::Parenthesised(inner) => self.term(inner),
            K::Tuple(terms) => {
                let terms = self.terms(terms)?;
                let tuple = self.tuple(terms.len());
                Some(apply(tuple, terms, TypeId::BITSTRING, span))
            }
        }
    }

    fn literal(&mut self, value: u64, span: Span) -> Term {
        let fun = self.natural(NaturalOperation::Literal(value));
        apply(fun, Vec::new(), TypeId::NAT, span)
    }

    fn identifier(&mut self, symbol: Symbol, span: Span) -> Option<Term> {
        match self.local(symbol) {
            Some(Local::Faulty) => return None,
            Some(Local::Var(var)) => {
                let ty = self.variable(var).ty;
                let kind = TermKind::Var(var);
                return Some(Term { kind, ty, span });
            }
            None => {}
        }
        let name = Ident { symbol, span };
        match self.global(symbol) {
            Some(Global::Name(id)) => {
                let ty = self.program.names.get(id.0 as usize)?.ty;
                let kind = TermKind::Name(id);
                Some(Term { kind, ty, span })
            }
            Some(Global::Function(_) | Global::Letfun(_) | Global::Predicate(_)) => {
                self.application(name, &[], span)
            }
            Some(Global::Faulty) => None,
            Some(other) => {
                let text = self.text(symbol);
                let message = format!("`{text}` is {}, not a term", kind_of(other));
                self.error(span, message, None);
                None
            }
            None => {
                self.undeclared(
                    "the identifier",
                    symbol,
                    span,
                    |checker, global| match global {
                        Global::Name(_) | Global::Letfun(_) => true,
                        Global::Function(id) => checker.function(id).parameters.is_empty(),
                        _ => false,
                    },
                );
                None
            }
        }
    }

    fn application(
        &mut self,
        name: Ident,
        arguments: &'t [tree::Term],
        span: Span,
    ) -> Option<Term> {
        let text = self.text(name.symbol);
        let local = self.local(name.symbol);
        let found = if local.is_some() {
            None
        } else {
            self.global(name.symbol)
        };
        let arguments = self.terms(arguments);
        match (local, found) {
            (Some(_), _) => {
                let message = format!("`{text}` is a variable here, not a function");
                self.error(name.span, message, None);
                None
            }
            (None, Some(Global::Function(id))) => {
                let arguments = arguments?;
                self.apply_function(name, id, arguments, span)
            }
            (None, Some(Global::Letfun(index))) => {
                let arguments = arguments?;
                self.call_letfun(index, name, arguments, span)
            }
            (None, Some(Global::Reserved)) if text == "is_nat" => {
                let arguments = arguments?;
                let fun = self.natural(NaturalOperation::IsNat);
                self.apply_function(name, fun, arguments, span)
            }
            (None, Some(Global::Faulty)) => None,
            (None, Some(Global::Predicate(id))) => {
                let arguments = arguments?;
                self.predicate_term(name, id, arguments, span)
            }
            (None, Some(other)) => {
                let message = format!("`{text}` is {}, not a function", kind_of(other));
                self.error(name.span, message, None);
                None
            }
            (None, None) => {
                self.undeclared("the function", name.symbol, name.span, |_, global| {
                    matches!(global, Global::Function(_) | Global::Letfun(_))
                });
                None
            }
        }
    }

    /// `p(M, …)` as a boolean: whether the predicate holds.
    fn predicate_term(
        &mut self,
        name: Ident,
        predicate: PredicateId,
        arguments: Vec<Term>,
        span: Span,
    ) -> Option<Term> {
        let parameters = &self
            .program
            .predicates
            .get(predicate.0 as usize)?
            .parameters;
        let parameters = parameters.clone();
        self.arguments_fit("the predicate", name, &parameters, &arguments)?;
        let constant = |fun| Box::new(apply(fun, Vec::new(), TypeId::BOOL, span));
        let kind = TermKind::LetSuchThat {
            point: self.point(),
            variables: Vec::new(),
            predicate,
            arguments,
            then: constant(FunId::TRUE),
            otherwise: constant(FunId::FALSE),
        };
        let ty = TypeId::BOOL;
        Some(Term { kind, ty, span })
    }

    fn apply_function(
        &mut self,
        name: Ident,
        id: FunId,
        arguments: Vec<Term>,
        span: Span,
    ) -> Option<Term> {
        let function = self.function(id);
        let (parameters, result) = (function.parameters.clone(), function.result);
        self.arguments_fit("the function", name, &parameters, &arguments)?;
        Some(apply(id, arguments, result, span))
    }

    fn infix(
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

    fn if_term(&mut self, term: &'t tree::Term) -> Option<Term> {
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

    fn let_term(&mut self, term: &'t tree::Term) -> Option<Term> {
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
        let value = self.term(value);
        let (pattern, then) = self.scoped(|c| {
            let pattern = c.let_pattern(pattern, value.as_ref());
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

    fn get_term(&mut self, term: &'t tree::Term) -> Option<Term> {
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
        let (table, patterns, condition) = head?;
        let then = then?;
        let ty = then.ty;
        let kind = TermKind::Get {
            point,
            table,
            patterns,
            condition: condition.map(Box::new),
            precise,
            then: Box::new(then),
            otherwise: Box::new(otherwise?),
        };
        Some(Term { kind, ty, span })
    }

    fn such_that_term(&mut self, term: &'t tree::Term) -> Option<Term> {
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
        let (variables, predicate, arguments) = head?;
        let then = then?;
        let ty = then.ty;
        let kind = TermKind::LetSuchThat {
            point,
            variables,
            predicate,
            arguments,
            then: Box::new(then),
            otherwise: Box::new(otherwise?),
        };
        Some(Term { kind, ty, span })
    }

    fn new_term(&mut self, term: &'t tree::Term) -> Option<Term> {
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
    /// macro or main process that holds the `new`, innermost first.
    fn nameable(&self) -> Vec<VarId> {
        let locals = self
            .scope
            .iter()
            .rev()
            .filter_map(|(_, local)| match local {
                Local::Var(var) => Some(*var),
                Local::Faulty => None,
            });
        locals
            .filter(|var| !matches!(self.variable(*var).binder, Binder::New | Binder::Parameter))
            .collect()
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

pub(super) fn apply(fun: FunId, arguments: Vec<Term>, ty: TypeId, span: Span) -> Term {
    let kind = TermKind::Apply(fun, arguments);
    Term { kind, ty, span }
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

/// What a global is, with its article.
pub(super) fn kind_of(global: Global) -> &'static str {
    match global {
        Global::Event(_) => "an event",
        Global::Faulty => "faulty",
        Global::Function(_) => "a function",
        Global::Letfun(_) => "a function defined by `letfun`",
        Global::Macro(_) => "a process",
        Global::Name(_) => "a name",
        Global::Predicate(_) => "a predicate",
        Global::Reserved => "reserved",
        Global::Table(_) => "a table",
        Global::Type(_) => "a type",
    }
}
