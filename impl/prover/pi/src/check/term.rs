//! Terms of processes.
//!
//! Every term has a type of its own: nothing is inferred from the context,
//! except for pattern variables. A tuple is a bitstring, whatever its
//! components are.

use super::ahead::behind;
use super::limit::ARITY_LIMIT;
use super::{Checker, Global, Local};
use crate::program::{FunId, NaturalOperation, PredicateId, Term, TermKind, TypeId};
use crate::source::Span;
use crate::syntax::names::Symbol;
use crate::syntax::tree::{self, Ident};

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
                    Some(
                        "supported are secrecy and correspondence queries, which are about one \
                         process; to ask them of either, write one of the two terms",
                    ),
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
                self.arity_fits(terms.get(ARITY_LIMIT).map(|t| t.span))?;
                let terms = self.terms(terms)?;
                let tuple = self.tuple(terms.len());
                Some(apply(tuple, terms, TypeId::BITSTRING, span))
            }
        }
    }

    pub(super) fn literal(&mut self, value: u64, span: Span) -> Term {
        let fun = self.natural(NaturalOperation::Literal(value));
        apply(fun, Vec::new(), TypeId::NAT, span)
    }

    fn identifier(&mut self, symbol: Symbol, span: Span) -> Option<Term> {
        match self.local(symbol) {
            Some(Local::Faulty) => return None,
            Some(Local::Var(var)) => {
                if let Some(argument) = self.argument(var, span) {
                    let (nodes, depth) = super::condition::measure(&argument);
                    return self.count(nodes, depth, span).then_some(argument);
                }
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
        let arguments = match found {
            Some(Global::Letfun(_)) => self.letfun_arguments(arguments),
            _ => self.terms(arguments),
        };
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
        let asked = self.asked(Vec::new(), predicate, arguments);
        let kind = TermKind::LetSuchThat {
            point: self.point(),
            variables: asked.variables,
            predicate: asked.predicate,
            arguments: asked.arguments,
            then: constant(FunId::TRUE),
            otherwise: constant(FunId::FALSE),
        };
        let ty = TypeId::BOOL;
        Some(behind(asked.ahead, Term { kind, ty, span }))
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
}

pub(super) fn apply(fun: FunId, arguments: Vec<Term>, ty: TypeId, span: Span) -> Term {
    let kind = TermKind::Apply(fun, arguments);
    Term { kind, ty, span }
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
