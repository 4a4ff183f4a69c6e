//! Destructors and their rewrite rules.
//!
//! Rules of one `reduc` without `otherwise` have no order, so where two
//! overlap they must agree; rules with `otherwise` are tried in order.

use super::limit::ARITY_LIMIT;
use super::rule_term::{RuleScope, Typed, variables_of};
use super::{Checker, determinacy};
use crate::program::{Function, FunctionKind, RewriteRule, RuleTerm, TypeId};
use crate::source::Span;
use crate::syntax::tree::{self, Ident, Infix, Rule, TermKind};

/// The function that a rule `f(…) = M` defines.
pub(super) fn head(rule: &Rule) -> Option<Ident> {
    sides(&rule.body).and_then(|(left, _)| head_call(left).map(|(name, _)| name))
}

pub(super) fn sides(term: &tree::Term) -> Option<(&tree::Term, &tree::Term)> {
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
            match self.rewrite_rule(rule, name, ordered, &mut parameters, &mut result) {
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
        may_fail: bool,
        parameters: &mut Option<Vec<TypeId>>,
        result: &mut Option<TypeId>,
    ) -> Option<RewriteRule> {
        let mut scope = self.rule_scope(rule, may_fail);
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
        self.arity_fits(arguments.get(ARITY_LIMIT).map(|a| a.span))?;
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

    /// Reports destructors whose results the equations leave open.
    pub(super) fn destructors_determined(&mut self) {
        let equations = &self.program.equations;
        if equations.is_empty() {
            return;
        }
        let mut open = Vec::new();
        for function in &self.program.functions {
            let FunctionKind::Destructor {
                rules,
                ordered: false,
            } = &function.kind
            else {
                continue;
            };
            let fault = rules.iter().enumerate().find(|(n, later)| {
                let mut earlier = rules.iter().take(n + 1);
                earlier.any(|one| determinacy::rules_disagree_modulo(one, later, equations))
            });
            if let Some(span) = fault.and_then(|(_, rule)| rule.span) {
                open.push((span, function.name.clone()));
            }
        }
        for (span, name) in open {
            self.error(
                span,
                format!("by the equations, `{name}` has several results for the same arguments"),
                Some("a destructor is a function: its arguments decide on its result"),
            );
        }
    }
}
