//! Terms of rewrite rules and equations: constructors over the rule's
//! variables.
//!
//! `fail` and variables declared `or fail` may stand at the top of a rule's
//! sides only: a constructor applied to failure is no message.

use super::limit::ARITY_LIMIT;
use super::{Checker, Global};
use crate::program::{FunctionKind, NaturalOperation, RuleTerm, RuleVariable, TypeId};
use crate::syntax::names::Symbol;
use crate::syntax::tree::{self, Ident, Infix, Rule, TermKind};

/// The variables and `let`s of one rule.
pub(super) struct RuleScope {
    pub(super) variables: Vec<RuleVariable>,
    /// Innermost last; `None` for what is faulty.
    symbols: Vec<(Symbol, Option<(RuleTerm, TypeId)>)>,
}

impl RuleScope {
    /// What an identifier means here, if anything; `None` within if that is faulty.
    fn find(&self, symbol: Symbol) -> Option<&Option<(RuleTerm, TypeId)>> {
        let mut known = self.symbols.iter().rev();
        known
            .find(|(name, _)| *name == symbol)
            .map(|(_, value)| value)
    }
}

/// A term with its type; `fail` has every type.
pub(super) type Typed = (RuleTerm, Option<TypeId>);

impl<'t> Checker<'t> {
    pub(super) fn rule_scope(&mut self, rule: &'t Rule, may_fail: bool) -> RuleScope {
        self.unbound.clear();
        let mut scope = RuleScope {
            variables: Vec::new(),
            symbols: Vec::new(),
        };
        for parameter in &rule.variables {
            let name = parameter.name;
            let text = self.text(name.symbol);
            if scope.find(name.symbol).is_some() {
                self.error(
                    name.span,
                    format!("the variable `{text}` occurs twice"),
                    None,
                );
            }
            if parameter.may_fail && !may_fail {
                self.error(
                    name.span,
                    "`or fail` has no meaning here",
                    Some("it may stand in `fun … reduc …` and in `clauses`"),
                );
            }
            let ty = self.value_type(parameter.ty);
            let term = ty.map(|ty| {
                let index = super::declare::index(scope.variables.len());
                scope.variables.push(RuleVariable {
                    name: text.to_owned(),
                    ty,
                    may_fail: parameter.may_fail,
                });
                (RuleTerm::Var(index), ty)
            });
            scope.symbols.push((name.symbol, term));
        }
        for (name, value) in &rule.bindings {
            let term = self.rule_term(value, &scope, true);
            let term = term.and_then(|(term, ty)| Some((term, ty?)));
            let term = term.filter(|(term, _)| {
                let (nodes, depth) = measure(term);
                self.count(nodes, depth, name.span)
            });
            scope.symbols.push((name.symbol, term));
        }
        scope
    }

    /// A constructor term; `top` where a may-fail variable or `fail` may
    /// stand.
    pub(super) fn rule_term(
        &mut self,
        term: &'t tree::Term,
        scope: &RuleScope,
        top: bool,
    ) -> Option<Typed> {
        self.node(term.span, |c| c.bare_rule_term(term, scope, top))
    }

    fn bare_rule_term(
        &mut self,
        term: &'t tree::Term,
        scope: &RuleScope,
        top: bool,
    ) -> Option<Typed> {
        match &term.kind {
            TermKind::Parenthesised(inner) => self.rule_term(inner, scope, top),
            TermKind::Fail if top => Some((RuleTerm::Fail, None)),
            TermKind::Fail => {
                self.error(term.span, "`fail` may not stand below a function", None);
                None
            }
            TermKind::Number(value) => {
                let fun = self.natural(NaturalOperation::Literal(*value));
                Some((RuleTerm::Apply(fun, Vec::new()), Some(TypeId::NAT)))
            }
            TermKind::Tuple(parts) => {
                self.arity_fits(parts.get(ARITY_LIMIT).map(|p| p.span))?;
                let parts: Vec<Option<Typed>> = parts
                    .iter()
                    .map(|part| self.rule_term(part, scope, false))
                    .collect();
                let parts: Vec<Typed> = parts.into_iter().collect::<Option<_>>()?;
                let parts: Vec<RuleTerm> = parts.into_iter().map(|(part, _)| part).collect();
                let tuple = self.tuple(parts.len());
                Some((RuleTerm::Apply(tuple, parts), Some(TypeId::BITSTRING)))
            }
            TermKind::Ident(symbol) => {
                if let Some(value) = scope.find(*symbol) {
                    let (value, ty) = value.as_ref()?;
                    let (nodes, depth) = measure(value);
                    if !self.count(nodes, depth, term.span) {
                        return None;
                    }
                    let (value, ty) = (value.clone(), *ty);
                    let fails = match &value {
                        RuleTerm::Var(var) => scope.variables.get(*var as usize)?.may_fail,
                        _ => false,
                    };
                    if fails && !top {
                        let text = self.text(*symbol);
                        self.error(
                            term.span,
                            format!("`{text}` may fail and may not stand below a function"),
                            Some("drop `or fail`: a function of a failing argument fails"),
                        );
                        return None;
                    }
                    return Some((value, Some(ty)));
                }
                let name = Ident {
                    symbol: *symbol,
                    span: term.span,
                };
                self.rule_application(name, &[], scope)
            }
            TermKind::Apply(name, arguments) => self.rule_application(*name, arguments, scope),
            TermKind::Infix(Infix::Add, left, right) => {
                let (base, shift) = match (
                    super::operator::literal(left),
                    super::operator::literal(right),
                ) {
                    (_, Some(k)) => (left, k),
                    (Some(k), None) => (right, k),
                    _ => {
                        self.error(term.span, "one side of `+` must be a number", None);
                        return None;
                    }
                };
                let (base, ty) = self.rule_term(base, scope, false)?;
                if ty != Some(TypeId::NAT) {
                    self.error(term.span, "`+` is defined on type `nat` only", None);
                    return None;
                }
                let literal = self.natural(NaturalOperation::Literal(shift));
                let fun = self.natural(NaturalOperation::Add);
                let shift = RuleTerm::Apply(literal, Vec::new());
                Some((RuleTerm::Apply(fun, vec![base, shift]), Some(TypeId::NAT)))
            }
            TermKind::Choice(word) => {
                self.error(term.span, format!("`{word}` is not supported"), None);
                None
            }
            _ => {
                self.error(
                    term.span,
                    "only constructors and variables may stand in rewrite rules and equations",
                    None,
                );
                None
            }
        }
    }

    fn rule_application(
        &mut self,
        name: Ident,
        arguments: &'t [tree::Term],
        scope: &RuleScope,
    ) -> Option<Typed> {
        let text = self.text(name.symbol);
        if scope.find(name.symbol).is_some() {
            self.error(
                name.span,
                format!("`{text}` is a variable here, not a function"),
                Some("rename the variable that hides it"),
            );
            return None;
        }
        let found = self.global(name.symbol);
        let terms: Vec<Option<Typed>> = arguments
            .iter()
            .map(|argument| self.rule_term(argument, scope, false))
            .collect();
        let place = "rewrite rules and equations";
        let id = match found {
            Some(Global::Function(id)) => match self.function(id).kind {
                FunctionKind::Constructor { .. } => id,
                _ => {
                    self.error(
                        name.span,
                        format!("`{text}` is a destructor and may not stand in {place}"),
                        None,
                    );
                    return None;
                }
            },
            Some(Global::Faulty) => return None,
            Some(Global::Name(_)) => {
                self.error(
                    name.span,
                    format!("`{text}` is a name and may not stand in {place}"),
                    Some("declare it with `const` instead of `free`"),
                );
                return None;
            }
            Some(other) => {
                let message = format!("`{text}` is {}", super::term::kind_of(other));
                self.error(
                    name.span,
                    format!("{message} and may not stand in {place}"),
                    None,
                );
                return None;
            }
            None => {
                if arguments.is_empty() {
                    let declared: Vec<String> =
                        scope.variables.iter().map(|v| v.name.clone()).collect();
                    self.undeclared_variable(
                        name.symbol,
                        name.span,
                        &declared,
                        |c, global| matches!(global, Global::Function(id) if c.function(id).parameters.is_empty()),
                        "variables stand in front of a rule, with their types: `forall x: t, y: u; …`",
                    );
                } else {
                    self.undeclared("the function", name.symbol, name.span, |_, global| {
                        matches!(global, Global::Function(_))
                    });
                }
                return None;
            }
        };
        let terms: Vec<Typed> = terms.into_iter().collect::<Option<_>>()?;
        let types: Vec<TypeId> = terms
            .iter()
            .map(|(_, ty)| ty.unwrap_or(TypeId::ANY))
            .collect();
        let function = self.function(id);
        let (parameters, result) = (function.parameters.clone(), function.result);
        self.types_fit("the function", name, &parameters, &types)?;
        let terms = terms.into_iter().map(|(term, _)| term).collect();
        Some((RuleTerm::Apply(id, terms), Some(result)))
    }
}

/// Number of nodes and depth.
pub(super) fn measure(term: &RuleTerm) -> (u32, u32) {
    let RuleTerm::Apply(_, terms) = term else {
        return (1, 1);
    };
    terms
        .iter()
        .map(measure)
        .fold((1, 1), |(nodes, depth), part| {
            (
                nodes.saturating_add(part.0),
                depth.max(part.1.saturating_add(1)),
            )
        })
}

/// The variables of a term, in order of occurrence, with repetitions.
pub(super) fn variables_of(term: &RuleTerm, out: &mut Vec<u32>) {
    match term {
        RuleTerm::Apply(_, terms) => terms.iter().for_each(|term| variables_of(term, out)),
        RuleTerm::Fail => {}
        RuleTerm::Var(var) => out.push(*var),
    }
}
