//! Facts, comparisons and truth values: the atoms of formulas.
//!
//! Where a formula stands decides which facts may occur in it: in clauses user
//! predicates alone, in `not` everything but events, in queries all of them.

use super::formula::{FormulaScope, Place};
use super::{Checker, Global};
use crate::program::{Formula, NaturalOperation, QueryTerm, TypeId};
use crate::source::Span;
use crate::syntax::tree::{self, FactKind, Ident, Infix, TermKind};

impl<'t> Checker<'t> {
    /// A fact, comparison or truth value.
    pub(super) fn atom(
        &mut self,
        term: &'t tree::Term,
        scope: &mut FormulaScope,
    ) -> Option<Formula> {
        let span = term.span;
        match &term.kind {
            TermKind::Parenthesised(inner) => self.atom(inner, scope),
            TermKind::At(inner, time) => {
                let index = self.time_variable(*time, scope);
                let fact = self.atom(inner, scope)?;
                self.with_time(fact, index?, span)
            }
            TermKind::Phase(inner, phase) => {
                let fact = self.atom(inner, scope)?;
                self.with_phase(fact, *phase, span)
            }
            TermKind::Fact(kind, inner) => self.keyword_fact(*kind, inner, scope, span),
            TermKind::Infix(infix @ (Infix::Equal | Infix::Unequal), left, right) => {
                let left = self.query_term(left, scope);
                let right = self.query_term(right, scope);
                let ((left, first), (right, second)) = (left?, right?);
                self.same_type(*infix, first, second, span)?;
                Some(if *infix == Infix::Equal {
                    Formula::Equal(left, right, span)
                } else {
                    Formula::Unequal(left, right, span)
                })
            }
            TermKind::Infix(
                infix @ (Infix::Less | Infix::LessOrEqual | Infix::Greater | Infix::GreaterOrEqual),
                left,
                right,
            ) => {
                let first = self.query_term(left, scope);
                let second = self.query_term(right, scope);
                let ((first, ty), (second, other)) = (first?, second?);
                if ty != other || !matches!(ty, TypeId::NAT | TypeId::TIME) {
                    let message = format!(
                        "numbers or times are compared here, not `{}` and `{}`",
                        self.type_name(ty),
                        self.type_name(other)
                    );
                    self.error(span, message, None);
                    return None;
                }
                let (operation, swapped) = super::operator::comparison(*infix)?;
                if ty == TypeId::NAT {
                    self.natural(operation);
                }
                let terms = if swapped {
                    vec![second, first]
                } else {
                    vec![first, second]
                };
                Some(Formula::Natural(operation, terms, span))
            }
            TermKind::Apply(name, arguments) => self.named_fact(*name, arguments, scope, span),
            TermKind::Ident(symbol) => {
                let symbol = *symbol;
                match self.text(symbol) {
                    "true" => Some(Formula::True),
                    "false" => Some(Formula::False),
                    _ => self.named_fact(Ident { symbol, span }, &[], scope, span),
                }
            }
            TermKind::Choice(word) => {
                self.error(span, format!("`{word}` is not supported"), None);
                None
            }
            TermKind::Infix(Infix::Or, ..) => {
                self.error(span, "`||` may only stand on the right of `==>`", None);
                None
            }
            TermKind::Infix(Infix::Arrow | Infix::Equivalent | Infix::Implies, ..) => {
                self.error(
                    span,
                    "this arrow may not stand here",
                    Some("`==>` belongs into queries, `->`, `<->` and `<=>` into clauses"),
                );
                None
            }
            TermKind::Not(_) => {
                self.error(
                    span,
                    "a formula cannot be negated",
                    Some("write `F ==> false` for the absence of F, and `<>` for inequality"),
                );
                None
            }
            _ => {
                self.error(
                    span,
                    "a fact is needed here",
                    Some("facts: event(…), inj-event(…), attacker(…), mess(…), table(…), p(…)"),
                );
                None
            }
        }
    }

    fn keyword_fact(
        &mut self,
        kind: FactKind,
        inner: &'t tree::Term,
        scope: &mut FormulaScope,
        span: Span,
    ) -> Option<Formula> {
        let (name, arguments): (Ident, &[tree::Term]) = match &inner.kind {
            TermKind::Apply(name, arguments) => (*name, arguments),
            TermKind::Ident(symbol) => {
                let (symbol, span) = (*symbol, inner.span);
                (Ident { symbol, span }, &[])
            }
            TermKind::Parenthesised(inner) => {
                return self.keyword_fact(kind, inner, scope, span);
            }
            _ => {
                self.error(
                    inner.span,
                    "an event or table with its arguments is needed here",
                    None,
                );
                return None;
            }
        };
        let terms = self.query_terms(arguments, scope);
        self.not_a_query_variable(name, scope)?;
        let injective = kind == FactKind::InjectiveEvent;
        if kind == FactKind::Table {
            if scope.place == Place::Clause {
                self.error(span, "a table may not stand in clauses", None);
                return None;
            }
            let id = self.table_name(name)?;
            let columns = self.program.tables.get(id.0 as usize)?.columns.clone();
            let (arguments, types) = terms?;
            self.types_fit("the table", name, &columns, &types)?;
            return Some(Formula::Table {
                table: id,
                arguments,
                phase: None,
                time: None,
                span,
            });
        }
        if scope.place == Place::Clause || scope.place == Place::Not {
            self.error(span, "an event may not stand here", None);
            return None;
        }
        let event = self.event_name(name)?;
        let parameters = self
            .program
            .events
            .get(event.0 as usize)?
            .parameters
            .clone();
        let (arguments, types) = terms?;
        self.types_fit("the event", name, &parameters, &types)?;
        Some(Formula::Event {
            event,
            arguments,
            injective,
            time: None,
            span,
        })
    }

    /// `attacker(M)`, `mess(N, M)`, `is_nat(M)` or a user predicate.
    fn named_fact(
        &mut self,
        name: Ident,
        arguments: &'t [tree::Term],
        scope: &mut FormulaScope,
        span: Span,
    ) -> Option<Formula> {
        let text = self.text(name.symbol);
        let found = self.global(name.symbol);
        if found.is_none() {
            self.undeclared("the predicate", name.symbol, name.span, |_, global| {
                matches!(global, Global::Predicate(_) | Global::Reserved)
            });
            return None;
        }
        let terms = self.query_terms(arguments, scope);
        match (found, text) {
            (Some(Global::Reserved), "attacker" | "mess") if scope.place == Place::Clause => {
                self.error(
                    name.span,
                    format!("`{text}` may not stand in clauses"),
                    None,
                );
                None
            }
            (Some(Global::Reserved), "attacker") => {
                let (mut terms, _) = terms?;
                let Some(term) = terms.pop().filter(|_| terms.is_empty()) else {
                    self.error(span, "`attacker` takes one term", None);
                    return None;
                };
                Some(Formula::Attacker {
                    term,
                    phase: None,
                    time: None,
                    span,
                })
            }
            (Some(Global::Reserved), "mess") => {
                let (terms, types) = terms?;
                self.types_fit("the fact", name, &[TypeId::CHANNEL, TypeId::ANY], &types)?;
                let [channel, term] = <[QueryTerm; 2]>::try_from(terms).ok()?;
                Some(Formula::Message {
                    channel,
                    term,
                    phase: None,
                    time: None,
                    span,
                })
            }
            (Some(Global::Reserved), "is_nat") => {
                let (terms, types) = terms?;
                self.types_fit("the fact", name, &[TypeId::NAT], &types)?;
                self.natural(NaturalOperation::IsNat);
                Some(Formula::Natural(NaturalOperation::IsNat, terms, span))
            }
            (Some(Global::Predicate(predicate)), _) => {
                let parameters = self
                    .program
                    .predicates
                    .get(predicate.0 as usize)?
                    .parameters
                    .clone();
                let (arguments, types) = terms?;
                self.types_fit("the predicate", name, &parameters, &types)?;
                Some(Formula::Predicate {
                    predicate,
                    arguments,
                    span,
                })
            }
            (Some(Global::Reserved), _) => {
                self.error(name.span, format!("`{text}` is not supported"), None);
                None
            }
            (Some(Global::Faulty), _) => None,
            (Some(other), _) => {
                let message = format!("`{text}` is {}, not a fact", super::term::kind_of(other));
                let hint =
                    matches!(other, Global::Event(_)).then(|| format!("write `event({text}(…))`"));
                self.error(name.span, message, hint.as_deref());
                None
            }
            (None, _) => {
                // Reported above.
                None
            }
        }
    }

    pub(super) fn not_a_query_variable(&mut self, name: Ident, scope: &FormulaScope) -> Option<()> {
        if scope.find(name.symbol).is_none() {
            return Some(());
        }
        let text = self.text(name.symbol);
        let message = format!("`{text}` is a variable of this query here");
        self.error(
            name.span,
            message,
            Some("rename the variable that hides it"),
        );
        None
    }

    fn table_name(&mut self, name: Ident) -> Option<crate::program::TableId> {
        match self.global(name.symbol) {
            Some(Global::Table(id)) => Some(id),
            Some(Global::Faulty) => None,
            Some(_) => {
                let text = self.text(name.symbol);
                self.error(name.span, format!("`{text}` is not a table"), None);
                None
            }
            None => {
                self.undeclared("the table", name.symbol, name.span, |_, global| {
                    matches!(global, Global::Table(_))
                });
                None
            }
        }
    }

    fn time_variable(&mut self, name: Ident, scope: &mut FormulaScope) -> Option<u32> {
        match scope.find(name.symbol).cloned() {
            Some(Some((QueryTerm::Var(index), TypeId::TIME))) => {
                scope.used.push(index);
                Some(index)
            }
            Some(None) => None,
            _ => {
                let text = self.text(name.symbol);
                self.error(
                    name.span,
                    format!("`{text}` is no variable of type `time`"),
                    Some("declare it in the query: `query i: time; …`"),
                );
                None
            }
        }
    }

    fn with_time(&mut self, mut fact: Formula, index: u32, span: Span) -> Option<Formula> {
        match &mut fact {
            Formula::Attacker { time, .. }
            | Formula::Event { time, .. }
            | Formula::Message { time, .. }
            | Formula::Table { time, .. } => *time = Some(index),
            _ => {
                self.error(span, "`@` belongs behind a fact", None);
                return None;
            }
        }
        Some(fact)
    }

    fn with_phase(&mut self, mut fact: Formula, number: u64, span: Span) -> Option<Formula> {
        let number = self.phase_number(number, span)?;
        match &mut fact {
            Formula::Attacker { phase, .. }
            | Formula::Message { phase, .. }
            | Formula::Table { phase, .. } => *phase = Some(number),
            _ => {
                self.error(span, "`phase` belongs behind attacker, mess or table", None);
                return None;
            }
        }
        Some(fact)
    }
}

/// Whether a formula is a fact that a derivation can conclude.
pub(super) fn is_fact(formula: &Formula) -> bool {
    matches!(
        formula,
        Formula::Attacker { .. }
            | Formula::Event { .. }
            | Formula::Message { .. }
            | Formula::Predicate { .. }
            | Formula::Table { .. }
    )
}
