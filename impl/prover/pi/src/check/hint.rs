//! `not`, `nounif`, `noselect` and `select`: one fact each.

use super::Checker;
use super::fact::is_fact;
use super::formula::{FormulaScope, Place};
use crate::program::{Formula, NotFact, QueryTerm, SelectionHint, TypeId};
use crate::syntax::tree::{self, DeclarationKind, FactKind, Ident, TermKind};

/// Options of `nounif`, `noselect` and `select`.
const HINT_OPTIONS: &[&str] = &["conclusion", "hypothesis", "ignoreAFewTimes", "inductionOn"];

impl<'t> Checker<'t> {
    pub(super) fn not_fact(&mut self, declaration: &'t tree::Declaration) {
        let DeclarationKind::Not {
            variables,
            bindings,
            fact,
        } = &declaration.kind
        else {
            return;
        };
        let mut scope = self.formula_scope(variables, Place::Not);
        self.formula_bindings(bindings, &mut scope);
        if let Some(fact) = self.single_fact(fact, &mut scope) {
            self.program.not_facts.push(NotFact {
                variables: scope.variables,
                fact,
                span: declaration.span,
            });
        }
    }

    pub(super) fn selection_hint(&mut self, declaration: &'t tree::Declaration) {
        let DeclarationKind::Hint {
            variables,
            bindings,
            fact,
            positive,
            weight,
            options,
        } = &declaration.kind
        else {
            return;
        };
        let flags = self.flags(options, HINT_OPTIONS);
        let mut scope = self.formula_scope(variables, Place::Hint);
        self.formula_bindings(bindings, &mut scope);
        let plain = matches!(
            &fact.kind,
            TermKind::Apply(..)
                | TermKind::Fact(FactKind::Event | FactKind::Table, _)
                | TermKind::Ident(_)
                | TermKind::Phase(..)
        );
        if !plain {
            self.error(fact.span, "one fact is needed here", None);
            return;
        }
        let event = matches!(fact.kind, TermKind::Fact(FactKind::Event, _));
        if event && !flags.contains(&"conclusion") && !flags.contains(&"inductionOn") {
            self.error(
                fact.span,
                "an event here needs the option `conclusion` or `inductionOn`",
                Some("events in hypotheses are never resolved upon"),
            );
        }
        if let Some(fact) = self.single_fact(fact, &mut scope) {
            for option in options {
                for variable in &option.variables {
                    self.induction_variable(*variable, &scope);
                }
            }
            let weight = weight.unwrap_or(1);
            self.program.hints.push(SelectionHint {
                variables: scope.variables,
                starred: scope.starred,
                fact,
                weight: if *positive {
                    weight
                } else {
                    weight.saturating_neg()
                },
                hypothesis: flags.contains(&"hypothesis") || !flags.contains(&"conclusion"),
                span: declaration.span,
            });
        }
    }

    /// A variable of `inductionOn`: a number, and the same throughout.
    fn induction_variable(&mut self, name: Ident, scope: &FormulaScope) {
        let text = self.text(name.symbol);
        match scope.find(name.symbol) {
            Some(Some((QueryTerm::Var(index), TypeId::NAT))) => {
                if scope.starred.contains(index) {
                    let message = format!("`{text}` is starred, so there is no induction on it");
                    self.error(name.span, message, None);
                }
            }
            Some(None) => {}
            Some(Some(_)) => {
                let message = format!("`{text}` is no variable of type `nat`");
                self.error(name.span, message, Some("induction is on numbers"));
            }
            None => self.undeclared("the variable", name.symbol, name.span, |_, _| false),
        }
    }

    pub(super) fn single_fact(
        &mut self,
        term: &'t tree::Term,
        scope: &mut FormulaScope,
    ) -> Option<Formula> {
        let mut facts = Vec::new();
        self.conjuncts(term, scope, &mut facts);
        if facts.len() == 1 {
            let fact = facts.pop().flatten()?;
            if is_fact(&fact) {
                return Some(fact);
            }
        }
        self.error(term.span, "one fact is needed here", None);
        None
    }
}
