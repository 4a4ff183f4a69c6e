//! Rewrite rules and equations: constructors over variables.
//!
//! Rules of one `reduc` without `otherwise` have no order, so where two
//! overlap they must agree; rules with `otherwise` are tried in order.

use super::{Checker, Global, determinacy};
use crate::program::{
    Equation, Function, FunctionKind, NaturalOperation, RewriteRule, RuleTerm, RuleVariable, TypeId,
};
use crate::source::Span;
use crate::syntax::names::Symbol;
use crate::syntax::tree::{self, Ident, Infix, Rule, TermKind};

/// The variables and `let`s of one rule.
struct RuleScope {
    variables: Vec<RuleVariable>,
    /// Innermost last; `None` for what is faulty.
    symbols: Vec<(Symbol, Option<(RuleTerm, TypeId)>)>,
}

/// A term with its type; `fail` has every type.
type Typed = (RuleTerm, Option<TypeId>);

/// The function that a rule `f(…) = M` defines.
pub(super) fn head(rule: &Rule) -> Option<Ident> {
    sides(&rule.body).and_then(|(left, _)| head_call(left).map(|(name, _)| name))
}

fn sides(term: &tree::Term) -> Option<(&tree::Term, &tree::Term)> {
    match &term.kind {
        TermKind::Infix(Infix::Equal, left, right) => Some((left, right)),
        TermKind::Parenthesised(inner) => sides(inner),
        _ => None,
    }
}

fn head_call(left: &tree::Term) -> Option<(Ident, &[tree::Term])> {
    match &left.kind {
        TermKind::Apply(name, arguments) => Some((*name, arguments)),
        TermKind::Ident(symbol) => {
            let span = left.span;
            let symbol = *symbol;
            Some((Ident { symbol, span }, &[]))
        }
        TermKind::Parenthesised(inner) => head_call(inner),
        _ => None,
    }
}

impl<'t> Checker<'t> {
    pub(super) fn destructor(&mut self, destructor: &'t tree::Destructor) {
        let ordered = destructor.signature.is_some();
        let (name, mut parameters, mut result) = match &destructor.signature {
            Some((name, parameters, result)) => {
                let types = self.types(parameters);
                (*name, types, self.value_type(*result))
            }
            None => match destructor.rules.first().and_then(head) {
                Some(name) => (name, None, None),
                None => {
                    for rule in &destructor.rules {
                        self.rule_shape(rule);
                    }
                    return;
                }
            },
        };
        let sound_signature = !ordered || parameters.is_some() && result.is_some();
        let private = self
            .flags(&destructor.options, &["private"])
            .contains(&"private");
        let mut rules = Vec::new();
        let mut sound = sound_signature;
        for rule in &destructor.rules {
            match self.rewrite_rule(rule, name, &mut parameters, &mut result) {
                Some(rule) => rules.push(rule),
                None => sound = false,
            }
        }
        if sound && !ordered {
            sound = self.deterministic(name, &rules);
        }
        if sound && result.is_none() {
            self.error(
                name.span,
                "the type of this destructor is unknown, as all its rules give `fail`",
                Some("declare it with `fun f(t): u reduc …`"),
            );
        }
        let text = self.global_text(name);
        let function = match (sound, parameters, result) {
            (true, Some(parameters), Some(result)) => Some(Function {
                name: text,
                parameters,
                result,
                kind: FunctionKind::Destructor { rules, ordered },
                private,
                span: Some(name.span),
            }),
            _ => None,
        };
        self.add_declared_function(name, function);
    }

    /// Reports a rule that is no `f(…) = M`.
    fn rule_shape(&mut self, rule: &Rule) {
        if head(rule).is_none() {
            self.error(
                rule.body.span,
                "a rewrite rule has the form `f(M, …) = N`",
                None,
            );
        }
    }

    fn rewrite_rule(
        &mut self,
        rule: &'t Rule,
        name: Ident,
        parameters: &mut Option<Vec<TypeId>>,
        result: &mut Option<TypeId>,
    ) -> Option<RewriteRule> {
        let mut scope = self.rule_scope(rule, true);
        self.rule_shape(rule);
        let (left, right) = sides(&rule.body)?;
        let (found, arguments) = head_call(left)?;
        if found.symbol != name.symbol {
            let (found_text, text) = (self.text(found.symbol), self.text(name.symbol));
            self.error(
                found.span,
                format!("this rule defines `{found_text}`, but the declaration defines `{text}`"),
                None,
            );
            return None;
        }
        let terms: Vec<Option<Typed>> = arguments
            .iter()
            .map(|argument| self.rule_term(argument, &scope, true))
            .collect();
        let terms: Vec<Typed> = terms.into_iter().collect::<Option<_>>()?;
        let types: Vec<TypeId> = match &*parameters {
            // `fail` fits every parameter.
            Some(known) => terms
                .iter()
                .enumerate()
                .map(|(n, (_, ty))| ty.or(known.get(n).copied()).unwrap_or(TypeId::ANY))
                .collect(),
            None => terms
                .iter()
                .map(|(_, ty)| ty.unwrap_or(TypeId::ANY))
                .collect(),
        };
        match &*parameters {
            Some(known) => {
                let known = known.clone();
                self.types_fit("the function", found, &known, &types)?;
            }
            None => *parameters = Some(types),
        }
        let (value, ty) = self.rule_term(right, &scope, true)?;
        match (ty, *result) {
            (Some(ty), Some(wanted)) if !super::term::compatible(wanted, ty) => {
                let message = format!(
                    "this term has type `{}`, but the function returns `{}`",
                    self.type_name(ty),
                    self.type_name(wanted)
                );
                self.error(right.span, message, None);
                return None;
            }
            (Some(ty), None) => *result = Some(ty),
            _ => {}
        }
        let arguments: Vec<RuleTerm> = terms.into_iter().map(|(term, _)| term).collect();
        self.bound_on_the_left(&arguments, &value, right, &scope)?;
        Some(RewriteRule {
            variables: core::mem::take(&mut scope.variables),
            arguments,
            result: value,
            span: Some(rule.span),
        })
    }

    /// Every variable of the right side occurs on the left.
    fn bound_on_the_left(
        &mut self,
        left: &[RuleTerm],
        right: &RuleTerm,
        place: &tree::Term,
        scope: &RuleScope,
    ) -> Option<()> {
        let mut bound = Vec::new();
        left.iter().for_each(|term| variables_of(term, &mut bound));
        let mut used = Vec::new();
        variables_of(right, &mut used);
        let Some(unbound) = used.iter().find(|var| !bound.contains(var)) else {
            return Some(());
        };
        let name = scope
            .variables
            .get(*unbound as usize)
            .map_or("?", |v| v.name.as_str());
        let span = self.occurrence(place, name);
        self.error(
            span,
            format!("the variable `{name}` does not occur on the left of this rule"),
            None,
        );
        None
    }

    /// Where an identifier first occurs in a term.
    fn occurrence(&self, term: &tree::Term, name: &str) -> Span {
        fn find(checker: &Checker<'_>, term: &tree::Term, name: &str) -> Option<Span> {
            match &term.kind {
                TermKind::Ident(symbol) if checker.text(*symbol) == name => Some(term.span),
                TermKind::Apply(_, terms) | TermKind::Tuple(terms) => {
                    terms.iter().find_map(|term| find(checker, term, name))
                }
                TermKind::Parenthesised(inner) => find(checker, inner, name),
                TermKind::Infix(_, left, right) => {
                    find(checker, left, name).or_else(|| find(checker, right, name))
                }
                _ => None,
            }
        }
        find(self, term, name).unwrap_or(term.span)
    }

    fn rule_scope(&mut self, rule: &'t Rule, may_fail: bool) -> RuleScope {
        let mut scope = RuleScope {
            variables: Vec::new(),
            symbols: Vec::new(),
        };
        for parameter in &rule.variables {
            let name = parameter.name;
            let text = self.text(name.symbol);
            if scope
                .symbols
                .iter()
                .any(|(symbol, _)| *symbol == name.symbol)
            {
                self.error(
                    name.span,
                    format!("the variable `{text}` occurs twice"),
                    None,
                );
            }
            if parameter.may_fail && !may_fail {
                self.error(name.span, "`or fail` has no meaning in an equation", None);
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
    fn rule_term(&mut self, term: &'t tree::Term, scope: &RuleScope, top: bool) -> Option<Typed> {
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
                let local = scope.symbols.iter().rev().find(|(name, _)| name == symbol);
                if let Some((_, value)) = local {
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
                let (base, shift) = match (super::term::literal(left), super::term::literal(right))
                {
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
                self.undeclared("the identifier", name.symbol, name.span, |_, global| {
                    matches!(global, Global::Function(_))
                });
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

    pub(super) fn equations(&mut self, rules: &'t [Rule]) {
        let group = self
            .program
            .equations
            .last()
            .map_or(0, |last| last.group + 1);
        for rule in rules {
            if let Some(equation) = self.equation(rule, group) {
                self.program.equations.push(equation);
            }
        }
    }

    fn equation(&mut self, rule: &'t Rule, group: u32) -> Option<Equation> {
        let scope = self.rule_scope(rule, false);
        let Some((left, right)) = sides(&rule.body) else {
            self.error(rule.body.span, "an equation has the form `M = N`", None);
            return None;
        };
        let first = self.rule_term(left, &scope, false);
        let second = self.rule_term(right, &scope, false);
        let ((left, first), (right, second)) = (first?, second?);
        if first != second {
            let name = |ty: Option<TypeId>| ty.map_or("?", |ty| self.type_name(ty));
            let message = format!(
                "the sides of an equation have one type, here are `{}` and `{}`",
                name(first),
                name(second)
            );
            self.error(rule.body.span, message, None);
            return None;
        }
        for (side, other) in [(&left, &right), (&right, &left)] {
            let RuleTerm::Var(var) = side else { continue };
            let mut occurring = Vec::new();
            variables_of(other, &mut occurring);
            if !occurring.contains(var) {
                self.error(
                    rule.body.span,
                    "this equation makes all terms of its type equal",
                    Some("a side that is a variable must occur on the other side"),
                );
                return None;
            }
        }
        Some(Equation {
            variables: scope.variables,
            left,
            right,
            group,
            span: rule.span,
        })
    }

    /// Whether unordered rules agree wherever two of them overlap.
    fn deterministic(&mut self, name: Ident, rules: &[RewriteRule]) -> bool {
        for (n, later) in rules.iter().enumerate() {
            for earlier in &rules[..n] {
                if determinacy::rules_disagree(earlier, later) {
                    let text = self.text(name.symbol);
                    self.error(
                        later.span.unwrap_or(name.span),
                        format!(
                            "this rule of `{text}` overlaps with an earlier one and gives another \
                             result"
                        ),
                        Some("declare it with `fun … reduc … otherwise …` to try rules in order"),
                    );
                    return false;
                }
            }
        }
        true
    }
}

/// Number of nodes and depth.
fn measure(term: &RuleTerm) -> (u32, u32) {
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
