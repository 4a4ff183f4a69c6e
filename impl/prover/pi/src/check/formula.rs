//! Formulas of queries, lemmas, hints and clauses.
//!
//! Left of `==>` stand conjuncts only; right of it `&&`, `||` and nested `==>`
//! with one event on the left (ProVerif manual, section 4.3). What is refused
//! is refused at its place: no part of a formula is dropped.

use super::Checker;
use crate::program::{Formula, QueryTerm, QueryVariable, TypeId};
use crate::source::Span;
use crate::syntax::names::Symbol;
use crate::syntax::tree::{self, Ident, Infix, TermKind};

/// What identifiers mean in one query, clause or hint.
pub(super) struct FormulaScope {
    pub(super) variables: Vec<QueryVariable>,
    /// Variables and `let`s, innermost last; `None` for what is faulty.
    pub(super) symbols: Vec<(Symbol, Option<(QueryTerm, TypeId)>)>,
    /// Indices of variables written `*x`.
    pub(super) starred: Vec<u32>,
    /// What is being read.
    pub(super) place: Place,
    /// Variables that occur.
    pub(super) used: Vec<u32>,
}

impl FormulaScope {
    /// What an identifier means here, if anything; `None` within if that is faulty.
    pub(super) fn find(&self, symbol: Symbol) -> Option<&Option<(QueryTerm, TypeId)>> {
        let mut known = self.symbols.iter().rev();
        known
            .find(|(name, _)| *name == symbol)
            .map(|(_, value)| value)
    }
}

/// Where a formula stands; decides what may occur in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Clause,
    Hint,
    Not,
    Query,
}

impl<'t> Checker<'t> {
    pub(super) fn formula_scope(
        &mut self,
        parameters: &'t [tree::Parameter],
        place: Place,
    ) -> FormulaScope {
        self.unbound.clear();
        let mut scope = FormulaScope {
            variables: Vec::new(),
            symbols: Vec::new(),
            starred: Vec::new(),
            place,
            used: Vec::new(),
        };
        for parameter in parameters {
            let name = parameter.name;
            let text = self.text(name.symbol);
            if scope.find(name.symbol).is_some() {
                self.error(
                    name.span,
                    format!("the variable `{text}` occurs twice"),
                    None,
                );
            }
            if parameter.may_fail && place != Place::Clause {
                self.error(name.span, "`or fail` has no meaning here", None);
            }
            let ty = match place {
                Place::Clause => self.value_type(parameter.ty),
                _ => self.query_type(parameter.ty),
            };
            let term = ty.map(|ty| {
                let index = super::declare::index(scope.variables.len());
                scope.variables.push(QueryVariable {
                    name: text.to_owned(),
                    ty,
                });
                (QueryTerm::Var(index), ty)
            });
            scope.symbols.push((name.symbol, term));
        }
        scope
    }

    /// A type of a query variable.
    fn query_type(&mut self, name: Ident) -> Option<TypeId> {
        match self.ty(name)? {
            TypeId::ANY => self.value_type(name),
            ty => Some(ty),
        }
    }

    /// `let x = M in` before a formula.
    pub(super) fn formula_bindings(
        &mut self,
        bindings: &'t [(Ident, tree::Term)],
        scope: &mut FormulaScope,
    ) {
        for (name, value) in bindings {
            if scope.find(name.symbol).is_some() {
                let text = self.text(name.symbol);
                self.error(
                    name.span,
                    format!("the variable `{text}` is bound already"),
                    Some("in a query every variable has its own name"),
                );
            }
            let value = self.bound_value(value, name.span, scope);
            scope.symbols.push((name.symbol, value));
        }
    }

    /// The value of a `let`, the same wherever the variable stands.
    fn bound_value(
        &mut self,
        value: &'t tree::Term,
        name: Span,
        scope: &mut FormulaScope,
    ) -> Option<(QueryTerm, TypeId)> {
        let (mut term, ty) = self.query_term(value, scope)?;
        self.one_session(&mut term, scope);
        self.affordable(&term, name).then_some((term, ty))
    }

    /// What stands behind `let x = M in`, also in parentheses; the variables are
    /// known from here on.
    pub(super) fn unbound(
        &mut self,
        term: &'t tree::Term,
        scope: &mut FormulaScope,
    ) -> &'t tree::Term {
        let mut inner = term;
        while let TermKind::Parenthesised(next) = &inner.kind {
            inner = next;
        }
        let TermKind::Let {
            pattern,
            value,
            then,
            otherwise,
        } = &inner.kind
        else {
            return term;
        };
        if let Some(otherwise) = otherwise {
            self.error(
                otherwise.span,
                "a `let` has no `else` here",
                Some("the value is a term without destructors: it cannot fail"),
            );
        }
        let tree::PatternKind::Var(name, None) = &pattern.kind else {
            self.error(pattern.span, "`let` binds one variable here", None);
            return then;
        };
        if scope.find(name.symbol).is_some() {
            let text = self.text(name.symbol);
            self.error(
                name.span,
                format!("the variable `{text}` is bound already"),
                Some("in a query every variable has its own name"),
            );
        }
        let value = self.bound_value(value, name.span, scope);
        scope.symbols.push((name.symbol, value));
        self.unbound(then, scope)
    }

    /// Reads something whose `let`s are known in it alone.
    pub(super) fn in_let<T>(
        &mut self,
        term: &'t tree::Term,
        scope: &mut FormulaScope,
        read: impl FnOnce(&mut Self, &'t tree::Term, &mut FormulaScope) -> T,
    ) -> T {
        let known = scope.symbols.len();
        let inner = self.unbound(term, scope);
        let result = read(self, inner, scope);
        scope.symbols.truncate(known);
        result
    }

    /// The conjuncts of a formula that has no `||` and no `==>`.
    pub(super) fn conjuncts(
        &mut self,
        term: &'t tree::Term,
        scope: &mut FormulaScope,
        out: &mut Vec<Option<Formula>>,
    ) {
        match &term.kind {
            TermKind::Let { .. } if scope.place != Place::Clause => {
                self.in_let(term, scope, |c, inner, scope| {
                    c.conjuncts(inner, scope, out);
                });
            }
            TermKind::Parenthesised(inner) => self.conjuncts(inner, scope, out),
            TermKind::Infix(Infix::And, left, right) => {
                self.conjuncts(left, scope, out);
                self.conjuncts(right, scope, out);
            }
            _ => {
                let fact = self.node(term.span, |c| c.atom(term, scope));
                out.push(fact);
            }
        }
    }

    /// The right side of `==>`.
    pub(super) fn formula(
        &mut self,
        term: &'t tree::Term,
        scope: &mut FormulaScope,
    ) -> Option<Formula> {
        self.node(term.span, |c| c.bare_formula(term, scope))
    }

    fn bare_formula(&mut self, term: &'t tree::Term, scope: &mut FormulaScope) -> Option<Formula> {
        match &term.kind {
            TermKind::Let { .. } => {
                self.in_let(term, scope, |c, inner, scope| c.formula(inner, scope))
            }
            TermKind::Parenthesised(inner) => self.nested_formula(inner, scope),
            TermKind::Infix(infix @ (Infix::And | Infix::Or), left, right) => {
                let left = self.formula(left, scope);
                let right = self.formula(right, scope);
                let (left, right) = (left?, right?);
                Some(join(*infix == Infix::And, left, right))
            }
            TermKind::Infix(Infix::Implies, ..) => {
                self.error(
                    term.span,
                    "a nested `==>` needs parentheses around it",
                    Some("write `(event(e) ==> …)`"),
                );
                None
            }
            _ => self.atom(term, scope),
        }
    }

    /// What stands in parentheses: there, and behind `let`s there, an event may imply
    /// something.
    fn nested_formula(
        &mut self,
        term: &'t tree::Term,
        scope: &mut FormulaScope,
    ) -> Option<Formula> {
        match &term.kind {
            TermKind::Let { .. } => self.in_let(term, scope, |c, inner, scope| {
                c.node(inner.span, |c| c.nested_formula(inner, scope))
            }),
            TermKind::Infix(Infix::Implies, left, right) => {
                let premise = self.formula(left, scope);
                let conclusion = self.formula(right, scope);
                let premise = premise?;
                if !matches!(premise, Formula::Event { .. }) {
                    self.error(
                        left.span,
                        "the left side of a nested `==>` is one event",
                        None,
                    );
                    return None;
                }
                Some(Formula::Nested(Box::new(premise), Box::new(conclusion?)))
            }
            _ => self.formula(term, scope),
        }
    }
}

/// `left && right` or `left || right`, flattened.
fn join(and: bool, left: Formula, right: Formula) -> Formula {
    let mut parts = Vec::new();
    for part in [left, right] {
        match part {
            Formula::And(inner) if and => parts.extend(inner),
            Formula::Or(inner) if !and => parts.extend(inner),
            other => parts.push(other),
        }
    }
    if and {
        Formula::And(parts)
    } else {
        Formula::Or(parts)
    }
}
