//! Time variables of queries: each names the moment of exactly one fact.
//!
//! A comparison speaks about moments, so each variable in it must be attached
//! to a fact of the premise or of the same disjunct; in the premise itself
//! moments cannot be compared. A moment is no message either: what a fact says of
//! one would be about any value instead.

use super::Checker;
use super::formula::FormulaScope;
use crate::program::{Formula, NaturalOperation, QueryTerm, TypeId};
use crate::source::Span;
use std::collections::BTreeSet;

/// How many disjuncts are looked at; beyond, the query is refused.
const DISJUNCT_LIMIT: usize = 4_096;

impl Checker<'_> {
    pub(super) fn times_make_sense(
        &mut self,
        premises: &[Formula],
        conclusion: &Formula,
        scope: &FormulaScope,
        span: Span,
    ) -> Option<()> {
        let times: BTreeSet<u32> = (0..)
            .zip(&scope.variables)
            .filter(|(_, variable)| variable.ty == TypeId::TIME)
            .map(|(index, _)| index)
            .collect();
        if times.is_empty() {
            return Some(());
        }
        let mut assigned = BTreeSet::new();
        for premise in premises {
            self.is_about_messages(premise, &times, scope, span)?;
            let compared = compared(premise);
            if compared.iter().any(|var| times.contains(var)) {
                self.error(span, "times cannot be compared left of `==>`", None);
                return None;
            }
            if let Some(time) = time_of(premise)
                && !assigned.insert(time)
            {
                self.twice(time, scope, span);
                return None;
            }
        }
        let Some(disjuncts) = disjuncts(conclusion) else {
            self.error(span, "this conclusion has too many disjuncts", None);
            return None;
        };
        for disjunct in disjuncts {
            let mut here = assigned.clone();
            for atom in &disjunct {
                self.is_about_messages(atom, &times, scope, span)?;
                if let Some(time) = time_of(atom)
                    && !here.insert(time)
                {
                    self.twice(time, scope, span);
                    return None;
                }
            }
            let mut used = disjunct.iter().flat_map(|atom| compared(atom));
            if let Some(time) = used.find(|var| times.contains(var) && !here.contains(var)) {
                let name = name_of(time, scope);
                self.error(
                    span,
                    format!("the time `{name}` belongs to no fact"),
                    Some("write `event(e)@i` in the premise or in the same disjunct"),
                );
                return None;
            }
            for atom in &disjunct {
                self.order_makes_sense(premises, &disjunct, atom)?;
            }
        }
        Some(())
    }

    /// No fact of a message, and no tuple, has a moment in it.
    fn is_about_messages(
        &mut self,
        atom: &Formula,
        times: &BTreeSet<u32>,
        scope: &FormulaScope,
        span: Span,
    ) -> Option<()> {
        let mut terms = messages(atom);
        while let Some(term) = terms.pop() {
            match term {
                QueryTerm::Apply(_, arguments) => terms.extend(arguments),
                QueryTerm::Bound { arguments, .. } => {
                    terms.extend(arguments.iter().map(|(_, argument)| argument));
                }
                QueryTerm::Var(time) if times.contains(time) => {
                    let name = name_of(*time, scope);
                    self.error(
                        span,
                        format!("the time `{name}` is no message"),
                        Some("times stand behind `@`, and are compared with each other"),
                    );
                    return None;
                }
                QueryTerm::Name(_) | QueryTerm::Var(_) => {}
            }
        }
        Some(())
    }

    /// When something other than an event holds, it goes on to hold: that it
    /// holds early can be asked only of what is to be found, and late only of
    /// what is given.
    fn order_makes_sense(
        &mut self,
        premises: &[Formula],
        disjunct: &[&Formula],
        atom: &Formula,
    ) -> Option<()> {
        let Formula::Natural(NaturalOperation::Less | NaturalOperation::LessOrEqual, terms, span) =
            atom
        else {
            return Some(());
        };
        let [QueryTerm::Var(earlier), QueryTerm::Var(later)] = terms.as_slice() else {
            return Some(());
        };
        let at = |time: u32, fact: &Formula| time_of(fact) == Some(time);
        let is_event = |fact: &Formula| matches!(fact, Formula::Event { .. });
        let given = premises.iter().find(|f| at(*earlier, f));
        if given.is_some_and(|f| !is_event(f)) {
            self.error(
                *span,
                "the earlier moment belongs to a premise that is not an event",
                Some("once it holds it always does, so there is no last moment to compare"),
            );
            return None;
        }
        let found = disjunct.iter().find(|f| at(*later, f));
        if found.is_some_and(|f| !is_event(f)) {
            self.error(
                *span,
                "the later moment belongs to a part of the conclusion that is not an event",
                Some("once it holds it always does, so there is always a later moment"),
            );
            return None;
        }
        Some(())
    }

    fn twice(&mut self, time: u32, scope: &FormulaScope, span: Span) {
        let name = name_of(time, scope);
        self.error(
            span,
            format!("the time `{name}` belongs to two facts"),
            Some("use two variables and `i = j`"),
        );
    }
}

fn name_of(time: u32, scope: &FormulaScope) -> String {
    let variable = scope.variables.get(time as usize);
    variable.map_or_else(|| "?".to_owned(), |variable| variable.name.clone())
}

fn time_of(atom: &Formula) -> Option<u32> {
    match atom {
        Formula::Attacker { time, .. }
        | Formula::Event { time, .. }
        | Formula::Message { time, .. }
        | Formula::Table { time, .. } => *time,
        _ => None,
    }
}

/// The terms that stand for messages; not the sides of a comparison of times.
fn messages(atom: &Formula) -> Vec<&QueryTerm> {
    let is_composed = |term: &&QueryTerm| !matches!(term, QueryTerm::Var(_));
    match atom {
        Formula::And(_) | Formula::Nested(..) | Formula::Or(_) => Vec::new(),
        Formula::Equal(..) | Formula::Natural(..) | Formula::Unequal(..) => {
            atom.terms().into_iter().filter(is_composed).collect()
        }
        fact => fact.terms(),
    }
}

/// Variables that are themselves a side of a comparison.
fn compared(atom: &Formula) -> Vec<u32> {
    let terms: Vec<&QueryTerm> = match atom {
        Formula::Equal(left, right, _) | Formula::Unequal(left, right, _) => vec![left, right],
        Formula::Natural(_, terms, _) => terms.iter().collect(),
        _ => return Vec::new(),
    };
    terms
        .into_iter()
        .filter_map(|term| match term {
            QueryTerm::Var(var) => Some(*var),
            _ => None,
        })
        .collect()
}

/// The disjunctive normal form, nested arrows read as conjunctions; `None`
/// when it is too large.
fn disjuncts(formula: &Formula) -> Option<Vec<Vec<&Formula>>> {
    match formula {
        Formula::And(parts) => product(parts.iter().map(disjuncts).collect::<Option<_>>()?),
        Formula::Nested(premise, conclusion) => {
            product(vec![disjuncts(premise)?, disjuncts(conclusion)?])
        }
        Formula::Or(parts) => {
            let mut all = Vec::new();
            for part in parts {
                all.extend(disjuncts(part)?);
                if all.len() > DISJUNCT_LIMIT {
                    return None;
                }
            }
            Some(all)
        }
        atom => Some(vec![vec![atom]]),
    }
}

/// Every choice of one alternative from each part.
fn product(parts: Vec<Vec<Vec<&Formula>>>) -> Option<Vec<Vec<&Formula>>> {
    let mut all: Vec<Vec<&Formula>> = vec![Vec::new()];
    for part in parts {
        let mut next = Vec::new();
        for left in &all {
            for right in &part {
                if next.len() >= DISJUNCT_LIMIT {
                    return None;
                }
                next.push([left.as_slice(), right.as_slice()].concat());
            }
        }
        all = next;
    }
    Some(all)
}
