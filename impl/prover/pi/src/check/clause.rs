//! Clauses of user predicates.

use super::Checker;
use super::fact::is_fact;
use super::formula::Place;
use super::query::arrow;
use crate::program::{Formula, QueryTerm, RuleVariable, UserClause};
use crate::source::Span;
use crate::syntax::tree::{Infix, Rule, TermKind};

impl<'t> Checker<'t> {
    pub(super) fn clauses(&mut self, rules: &'t [Rule]) {
        for rule in rules {
            self.clause(rule);
        }
    }

    fn clause(&mut self, rule: &'t Rule) -> Option<()> {
        let mut scope = self.formula_scope(&rule.variables, Place::Clause);
        if let Some((name, _)) = rule.bindings.first() {
            self.error(
                name.span,
                "`let` may not stand in clauses",
                Some("write the term where the variable stands"),
            );
            return None;
        }
        let (left, right, both_ways) = match &rule.body.kind {
            TermKind::Infix(Infix::Equivalent, left, right) => (Some(&**left), &**right, true),
            _ => match arrow(&rule.body, Infix::Arrow) {
                (fact, None) => (None, fact, false),
                (left, Some(right)) => (Some(left), right, false),
            },
        };
        let mut hypotheses = Vec::new();
        if let Some(left) = left {
            self.conjuncts(left, &mut scope, &mut hypotheses);
        }
        let conclusion = self.single_fact(right, &mut scope);
        let hypotheses: Option<Vec<Formula>> = hypotheses.into_iter().collect();
        let (Some(hypotheses), Some(conclusion)) = (hypotheses, conclusion) else {
            return None;
        };
        let may_fail = |name: &str| {
            rule.variables
                .iter()
                .any(|p| p.may_fail && self.text(p.name.symbol) == name)
        };
        let variables: Vec<RuleVariable> = scope
            .variables
            .iter()
            .map(|variable| RuleVariable {
                name: variable.name.clone(),
                ty: variable.ty,
                may_fail: may_fail(&variable.name),
            })
            .collect();
        self.no_names_in_clauses(hypotheses.iter().chain([&conclusion]))?;
        let mut add = |hypotheses, conclusion| {
            self.program.clauses.push(UserClause {
                variables: variables.clone(),
                hypotheses,
                conclusion,
                span: rule.span,
            });
        };
        // `F1 && F2 <-> F` stands for `F1 && F2 -> F`, `F -> F1` and `F -> F2`.
        if both_ways {
            for hypothesis in hypotheses.iter().filter(|h| is_fact(h)) {
                add(vec![conclusion.clone()], hypothesis.clone());
            }
        }
        add(hypotheses, conclusion);
        Some(())
    }

    /// A clause holds for all messages, and what a free name stands for is
    /// known to the process only.
    fn no_names_in_clauses<'f>(&mut self, facts: impl Iterator<Item = &'f Formula>) -> Option<()> {
        for fact in facts {
            let (terms, span): (Vec<&QueryTerm>, Span) = match fact {
                Formula::Predicate {
                    arguments, span, ..
                } => (arguments.iter().collect(), *span),
                Formula::Equal(left, right, span) | Formula::Unequal(left, right, span) => {
                    (vec![left, right], *span)
                }
                other => {
                    let span = formula_span(other).unwrap_or_default();
                    self.error(
                        span,
                        "a clause speaks of user predicates, equalities and disequalities only",
                        None,
                    );
                    return None;
                }
            };
            if terms.into_iter().any(has_name) {
                self.error(
                    span,
                    "a name may not stand in a clause",
                    Some("declare it with `const` when everybody may know it"),
                );
                return None;
            }
        }
        Some(())
    }
}

fn has_name(term: &QueryTerm) -> bool {
    match term {
        QueryTerm::Apply(_, arguments) => arguments.iter().any(has_name),
        QueryTerm::Bound { .. } | QueryTerm::Name(_) => true,
        QueryTerm::Var(_) => false,
    }
}

fn formula_span(formula: &Formula) -> Option<Span> {
    match formula {
        Formula::Attacker { span, .. }
        | Formula::Event { span, .. }
        | Formula::Message { span, .. }
        | Formula::Natural(_, _, span)
        | Formula::Table { span, .. } => Some(*span),
        _ => None,
    }
}
