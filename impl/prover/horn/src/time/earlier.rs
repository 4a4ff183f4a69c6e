//! An event of a conclusion that comes before one premise of several.
//!
//! `P && F@j ==> event(e)@k && k < j && C` follows from `P && F ==> event(e) && C`
//! and from e being found before F alone, where of P only is known what its events
//! say; see [`crate::shape`]. All that e mentions must be fixed by these premises: then
//! all executions of e will do, and the first of them comes before every fact that
//! some of them comes before. So k must not be said to be the moment of something
//! else, nor e be injective.

use super::{Times, facts, is_time, may_be_one, strip, time_of};
use crate::shape::shape;
use pi::{Correspondence, Formula, NaturalOperation, QueryTerm};
use std::collections::BTreeSet;

impl Times<'_> {
    /// What is to be shown besides for the event at the left moment to come before the
    /// premise at the right one, if that is enough.
    pub(super) fn earlier(
        &self,
        whole: &Correspondence,
        operation: NaturalOperation,
        (left, right): (u32, u32),
    ) -> Option<Correspondence> {
        let asked = self.concluded.contains_key(&left) && self.premises.contains_key(&right);
        if self.single.is_some() || !asked || whole.conclusion.is_nested() {
            return None;
        }
        let first = self.timed.get(&left)?;
        let injective = matches!(
            first,
            Formula::Event {
                injective: true,
                ..
            }
        );
        if injective || is_equated(whole, &whole.conclusion, left) {
            return None;
        }
        let mut all = Vec::new();
        whole.premises.iter().for_each(|p| facts(p, &mut all));
        let last = all.into_iter().find(|p| time_of(p) == Some(right))?;
        if operation == NaturalOperation::Less && may_be_one(self.program, first, last) {
            return None;
        }
        let mut premises = Vec::new();
        whole
            .premises
            .iter()
            .for_each(|p| seen(p, last, &mut premises));
        let conclusion = strip(first, &BTreeSet::new());
        let (mut fixed, mut needed) = (BTreeSet::new(), BTreeSet::new());
        for p in &premises {
            if !matches!(p, Formula::Natural(..) | Formula::Unequal(..)) {
                p.variables(&mut fixed);
            }
        }
        conclusion.variables(&mut needed);
        needed.is_subset(&fixed).then(|| Correspondence {
            premises,
            conclusion,
            ..whole.clone()
        })
    }
}

/// What is known of the premises beside the last one.
fn seen(premise: &Formula, last: &Formula, into: &mut Vec<Formula>) {
    match premise {
        Formula::And(parts) => parts.iter().for_each(|p| seen(p, last, into)),
        fact if std::ptr::eq(fact, last) => {
            let mut fact = strip(fact, &BTreeSet::new());
            if let Formula::Event { injective, .. } = &mut fact {
                *injective = false;
            }
            into.push(fact);
        }
        Formula::Event {
            event,
            arguments,
            span,
            ..
        } => into.push(Formula::Event {
            event: shape(*event),
            arguments: arguments.clone(),
            injective: false,
            time: None,
            span: *span,
        }),
        Formula::Natural(..) | Formula::Predicate { .. } | Formula::Unequal(..) => {
            into.push(premise.clone());
        }
        _ => {}
    }
}

/// Whether the moment is compared in another way than by what comes first.
fn is_equated(whole: &Correspondence, formula: &Formula, time: u32) -> bool {
    match formula {
        Formula::And(parts) | Formula::Or(parts) => {
            parts.iter().any(|p| is_equated(whole, p, time))
        }
        Formula::Equal(l, r, _) | Formula::Unequal(l, r, _) => [l, r]
            .into_iter()
            .any(|t| *t == QueryTerm::Var(time) && is_time(whole, time)),
        _ => false,
    }
}
