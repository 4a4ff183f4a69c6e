//! Terms of queries, lemmas, hints and clauses.
//!
//! They have no destructors, so that each denotes one message whatever the
//! process did. The value of a `let` is copied wherever its name occurs; each
//! copy is counted, so that a chain of `let`s cannot grow without bound.

use super::formula::{FormulaScope, Place};
use super::limit::ARITY_LIMIT;
use super::{Checker, Global};
use crate::program::{FunctionKind, NaturalOperation, QueryTerm, TypeId};
use crate::source::Span;
use crate::syntax::names::Symbol;
use crate::syntax::tree::{self, Ident, Infix, TermKind};

impl<'t> Checker<'t> {
    /// Counts the nodes that one more use of a `let`'s value makes.
    pub(super) fn affordable(&mut self, value: &QueryTerm, span: Span) -> bool {
        let (nodes, depth) = measure(value);
        self.count(nodes, depth, span)
    }

    pub(super) fn query_terms(
        &mut self,
        terms: &'t [tree::Term],
        scope: &mut FormulaScope,
    ) -> Option<(Vec<QueryTerm>, Vec<TypeId>)> {
        let terms: Vec<Option<(QueryTerm, TypeId)>> = terms
            .iter()
            .map(|term| self.query_term(term, scope))
            .collect();
        let terms: Vec<(QueryTerm, TypeId)> = terms.into_iter().collect::<Option<_>>()?;
        Some(terms.into_iter().unzip())
    }

    /// A term without destructors.
    pub(super) fn query_term(
        &mut self,
        term: &'t tree::Term,
        scope: &mut FormulaScope,
    ) -> Option<(QueryTerm, TypeId)> {
        self.node(term.span, |c| c.bare_query_term(term, scope))
    }

    fn bare_query_term(
        &mut self,
        term: &'t tree::Term,
        scope: &mut FormulaScope,
    ) -> Option<(QueryTerm, TypeId)> {
        let span = term.span;
        match &term.kind {
            TermKind::Parenthesised(inner) => self.query_term(inner, scope),
            TermKind::Ident(symbol) => self.query_identifier(*symbol, span, scope),
            TermKind::Starred(name) if scope.place == Place::Hint => {
                let (value, ty) = self.query_identifier(name.symbol, name.span, scope)?;
                let QueryTerm::Var(index) = value else {
                    self.error(span, "only a variable can be starred", None);
                    return None;
                };
                if !scope.starred.contains(&index) {
                    scope.starred.push(index);
                }
                Some((value, ty))
            }
            TermKind::Apply(name, arguments) => self.query_application(*name, arguments, scope),
            TermKind::Number(value) => {
                let fun = self.natural(NaturalOperation::Literal(*value));
                Some((QueryTerm::Apply(fun, Vec::new()), TypeId::NAT))
            }
            TermKind::Tuple(parts) => {
                self.arity_fits(parts.get(ARITY_LIMIT).map(|p| p.span))?;
                let (parts, _) = self.query_terms(parts, scope)?;
                let tuple = self.tuple(parts.len());
                Some((QueryTerm::Apply(tuple, parts), TypeId::BITSTRING))
            }
            TermKind::Let { .. } if scope.place != Place::Clause => {
                self.in_let(term, scope, |c, inner, scope| c.query_term(inner, scope))
            }
            TermKind::Infix(Infix::Add, left, right) => self.query_sum(left, right, span, scope),
            TermKind::Bound(name, arguments) if scope.place != Place::Clause => {
                self.bound_name(*name, arguments, span, scope)
            }
            TermKind::Choice(word) => {
                self.error(span, format!("`{word}` is not supported"), None);
                None
            }
            _ => {
                self.error(
                    span,
                    "this may not stand in a term of a query",
                    Some("constructors, tuples, names and variables may"),
                );
                None
            }
        }
    }

    /// `x + k`; there is no subtraction in queries.
    fn query_sum(
        &mut self,
        left: &'t tree::Term,
        right: &'t tree::Term,
        span: Span,
        scope: &mut FormulaScope,
    ) -> Option<(QueryTerm, TypeId)> {
        let (base, shift) = match (
            super::operator::literal(left),
            super::operator::literal(right),
        ) {
            (_, Some(k)) => (left, k),
            (Some(k), None) => (right, k),
            _ => {
                self.error(span, "one side of `+` must be a number", None);
                return None;
            }
        };
        let (base, ty) = self.query_term(base, scope)?;
        if ty != TypeId::NAT {
            self.error(span, "`+` is defined on type `nat` only", None);
            return None;
        }
        let literal = self.natural(NaturalOperation::Literal(shift));
        let fun = self.natural(NaturalOperation::Add);
        let shift = QueryTerm::Apply(literal, Vec::new());
        Some((QueryTerm::Apply(fun, vec![base, shift]), TypeId::NAT))
    }

    fn query_identifier(
        &mut self,
        symbol: Symbol,
        span: Span,
        scope: &mut FormulaScope,
    ) -> Option<(QueryTerm, TypeId)> {
        let found = scope.symbols.iter().rev().find(|(name, _)| *name == symbol);
        if let Some((_, value)) = found {
            let (value, ty) = value.as_ref()?;
            if let QueryTerm::Var(index) = value {
                scope.used.push(*index);
            }
            if !self.affordable(value, span) {
                return None;
            }
            return Some((value.clone(), *ty));
        }
        match self.global(symbol) {
            Some(Global::Name(_)) if scope.place == Place::Clause => {
                let text = self.text(symbol);
                self.error(
                    span,
                    format!("`{text}` is a name and may not stand in clauses"),
                    Some("declare it with `const` instead of `free`"),
                );
                None
            }
            Some(Global::Name(id)) => {
                let ty = self.program.names.get(id.0 as usize)?.ty;
                Some((QueryTerm::Name(id), ty))
            }
            Some(Global::Faulty) => None,
            Some(_) => self.query_application(Ident { symbol, span }, &[], scope),
            None => {
                let declared: Vec<String> =
                    scope.variables.iter().map(|v| v.name.clone()).collect();
                let hint = match scope.place {
                    Place::Clause => "variables stand in front: `clauses forall x: t; …`",
                    _ => "variables stand in front, with their types: `query x: t, y: u; …`",
                };
                let constant = |c: &Self, global| match global {
                    Global::Name(_) => true,
                    Global::Function(id) => c.function(id).parameters.is_empty(),
                    _ => false,
                };
                self.undeclared_variable(symbol, span, &declared, constant, hint);
                None
            }
        }
    }

    fn query_application(
        &mut self,
        name: Ident,
        arguments: &'t [tree::Term],
        scope: &mut FormulaScope,
    ) -> Option<(QueryTerm, TypeId)> {
        let text = self.text(name.symbol);
        self.not_a_query_variable(name, scope)?;
        let found = self.global(name.symbol);
        let arguments = self.query_terms(arguments, scope);
        match found {
            Some(Global::Function(id)) => {
                let function = self.function(id);
                let (parameters, result) = (function.parameters.clone(), function.result);
                if matches!(function.kind, FunctionKind::Destructor { .. }) {
                    self.error(
                        name.span,
                        format!("`{text}` is a destructor and may not stand in a query"),
                        Some("write the term it takes apart: constructors and variables"),
                    );
                    return None;
                }
                let (arguments, types) = arguments?;
                self.types_fit("the function", name, &parameters, &types)?;
                Some((QueryTerm::Apply(id, arguments), result))
            }
            Some(Global::Faulty) => None,
            Some(other) => {
                let kind = super::term::kind_of(other);
                let message = format!("`{text}` is {kind} and may not stand in a term of a query");
                self.error(name.span, message, None);
                None
            }
            None => {
                self.undeclared("the function", name.symbol, name.span, |_, global| {
                    matches!(global, Global::Function(_))
                });
                None
            }
        }
    }
}

/// Number of nodes and depth.
fn measure(term: &QueryTerm) -> (u32, u32) {
    let parts: Vec<&QueryTerm> = match term {
        QueryTerm::Apply(_, terms) => terms.iter().collect(),
        QueryTerm::Bound { arguments, .. } => arguments.iter().map(|(_, term)| term).collect(),
        QueryTerm::Name(_) | QueryTerm::Var(_) => Vec::new(),
    };
    parts
        .into_iter()
        .map(measure)
        .fold((1, 1), |(nodes, depth), part| {
            (
                nodes.saturating_add(part.0),
                depth.max(part.1.saturating_add(1)),
            )
        })
}
