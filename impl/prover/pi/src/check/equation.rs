//! Equations.
//!
//! Equations of one declaration share a group, as their use as rewrite rules
//! is decided for the declaration as a whole.

use super::Checker;
use super::rule::sides;
use super::rule_term::variables_of;
use crate::program::{Equation, RuleTerm, TypeId};
use crate::syntax::tree::Rule;

impl<'t> Checker<'t> {
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
}
