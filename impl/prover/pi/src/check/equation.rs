//! Equations.
//!
//! Equations of one declaration share a group, as their use as rewrite rules
//! is decided for the declaration as a whole.

use super::Checker;
use super::rule::sides;
use super::rule_term::variables_of;
use crate::program::{Equation, FunctionKind, RuleTerm, TypeId};
use crate::syntax::tree::{Rule, Setting};

impl<'t> Checker<'t> {
    /// `linear` is checked; `convergent` asks to leave out a check that is made
    /// here in any case.
    pub(super) fn equations(&mut self, rules: &'t [Rule], options: &[Setting]) {
        let flags = self.flags(options, &["convergent", "linear"]);
        if options.len() > 1
            && let Some(option) = options.last()
        {
            self.error(option.name.span, "an equation has one option at most", None);
        }
        let group = self
            .program
            .equations
            .last()
            .map_or(0, |last| last.group + 1);
        for rule in rules {
            if let Some(equation) = self.equation(rule, group) {
                if flags.contains(&"linear") && !(linear(&equation.left) && linear(&equation.right))
                {
                    self.error(
                        rule.body.span,
                        "this equation is declared linear, but a variable occurs twice on one side",
                        None,
                    );
                    continue;
                }
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
        // A variable stands for the other side, whatever that is.
        let (from, to) = match &left {
            RuleTerm::Var(_) => (&right, &left),
            _ => (&left, &right),
        };
        let (mut before, mut behind) = (Vec::new(), Vec::new());
        variables_of(from, &mut before);
        variables_of(to, &mut behind);
        if behind.iter().any(|var| !before.contains(var)) {
            self.error(
                rule.body.span,
                "a variable on the right of this equation does not occur on its left",
                Some("read from left to right, an equation says what a term is equal to"),
            );
            return None;
        }
        if let RuleTerm::Apply(function, arguments) = from
            && !arguments.is_empty()
            && matches!(
                self.function(*function).kind,
                FunctionKind::Constructor { data: true, .. } | FunctionKind::Tuple
            )
        {
            self.error(
                rule.body.span,
                "an equation cannot simplify a tuple or a function declared with `[data]`",
                Some("they can always be taken apart: what they are made of stays what it is"),
            );
            return None;
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

/// Whether no variable occurs twice.
fn linear(term: &RuleTerm) -> bool {
    let mut seen = Vec::new();
    let mut work = vec![term];
    while let Some(term) = work.pop() {
        match term {
            RuleTerm::Apply(_, arguments) => work.extend(arguments),
            RuleTerm::Fail => {}
            RuleTerm::Var(var) if seen.contains(var) => return false,
            RuleTerm::Var(var) => seen.push(*var),
        }
    }
    true
}
