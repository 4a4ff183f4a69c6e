//! Nested correspondences as several plain ones.
//!
//! `F ==> (b ==> C)` says that before F there is an execution of b, and before
//! that one, C. It follows from `F ==> b` and `b ==> C` (every b has its C before
//! it), provided that C speaks of no variable of the rest of the query that b
//! does not fix: such a variable would be chosen twice. If all three are
//! injective, the choice of C for F is the composition of two injective choices,
//! hence injective. The converse fails, so a query whose parts do not hold may
//! hold all the same.

use crate::time;
use pi::{Correspondence, Diagnostic, Formula, QueryTerm, Span};
use std::collections::BTreeSet;

/// The plain correspondences that together imply this one, the outermost first.
/// One, if it has nothing nested. Errors: a nesting that cannot be taken apart.
pub(crate) fn parts(
    correspondence: &Correspondence,
    span: Span,
) -> Result<Vec<Correspondence>, Diagnostic> {
    let mut out = Vec::new();
    for part in time::untimed(correspondence) {
        split(&part, &part.premises, span, &mut out)?;
    }
    Ok(out)
}

fn split(
    whole: &Correspondence,
    premises: &[Formula],
    span: Span,
    out: &mut Vec<Correspondence>,
) -> Result<(), Diagnostic> {
    let mut nested = Vec::new();
    let conclusion = flat(&whole.conclusion, &mut nested);
    let injective = is_injective(&conclusion);
    let premises = premises.iter().map(|p| plain(p, injective)).collect();
    out.push(Correspondence {
        premises,
        conclusion,
        ..whole.clone()
    });
    for (fact, inner) in &nested {
        let Formula::Event { injective, .. } = fact else {
            return Err(Diagnostic::error(
                span,
                "a nested query on anything but an event is not supported yet",
            ));
        };
        if is_injective(inner) && !injective {
            return Err(Diagnostic::error(
                span,
                "an injective event below one that is not is not supported yet",
            ));
        }
        let mut fixed = BTreeSet::new();
        variables(fact, &mut fixed);
        let mut outside = fixed.clone();
        for p in &whole.premises {
            variables(p, &mut outside);
        }
        variables_but(&whole.conclusion, inner, &mut outside);
        let mut inside = BTreeSet::new();
        variables(inner, &mut inside);
        if inside.intersection(&outside).any(|v| !fixed.contains(v)) {
            return Err(Diagnostic::error(
                span,
                "a nested query that shares a variable with the rest of the query, but not with \
                 its event, is not supported yet",
            ));
        }
        let below = Correspondence {
            premises: vec![(*fact).clone()],
            conclusion: (*inner).clone(),
            ..whole.clone()
        };
        split(&below, &below.premises, span, out)?;
    }
    Ok(())
}

/// The formula with the events of nested queries alone, and the nested queries.
fn flat<'a>(formula: &'a Formula, nested: &mut Vec<(&'a Formula, &'a Formula)>) -> Formula {
    match formula {
        Formula::And(parts) => Formula::And(parts.iter().map(|p| flat(p, nested)).collect()),
        Formula::Or(parts) => Formula::Or(parts.iter().map(|p| flat(p, nested)).collect()),
        Formula::Nested(fact, inner) => {
            nested.push((&**fact, &**inner));
            (**fact).clone()
        }
        other => other.clone(),
    }
}

/// A premise that is injective only if that means something.
fn plain(premise: &Formula, wanted: bool) -> Formula {
    match premise {
        Formula::And(parts) => Formula::And(parts.iter().map(|p| plain(p, wanted)).collect()),
        Formula::Event {
            event,
            arguments,
            injective,
            time,
            span,
        } => Formula::Event {
            event: *event,
            arguments: arguments.clone(),
            // A time that is left names the occurrence.
            injective: *injective && (wanted || time.is_some()),
            time: *time,
            span: *span,
        },
        other => other.clone(),
    }
}

fn is_injective(formula: &Formula) -> bool {
    match formula {
        Formula::And(parts) | Formula::Or(parts) => parts.iter().any(is_injective),
        Formula::Event { injective, .. } => *injective,
        Formula::Nested(fact, inner) => is_injective(fact) || is_injective(inner),
        _ => false,
    }
}

/// The variables of a formula but for those of one part of it.
fn variables_but(formula: &Formula, part: &Formula, into: &mut BTreeSet<u32>) {
    if std::ptr::eq(formula, part) {
        return;
    }
    match formula {
        Formula::And(parts) | Formula::Or(parts) => {
            for p in parts {
                variables_but(p, part, into);
            }
        }
        Formula::Nested(fact, inner) => {
            variables_but(fact, part, into);
            variables_but(inner, part, into);
        }
        Formula::Attacker { term, .. } => of_term(term, into),
        Formula::Message { channel, term, .. } => {
            of_term(channel, into);
            of_term(term, into);
        }
        Formula::Equal(l, r, _) | Formula::Unequal(l, r, _) => {
            of_term(l, into);
            of_term(r, into);
        }
        Formula::Event { arguments, .. }
        | Formula::Natural(_, arguments, _)
        | Formula::Predicate { arguments, .. }
        | Formula::Table { arguments, .. } => {
            for a in arguments {
                of_term(a, into);
            }
        }
        Formula::False | Formula::True => {}
    }
}

pub(crate) fn variables(formula: &Formula, into: &mut BTreeSet<u32>) {
    let nothing = Formula::True;
    variables_but(formula, &nothing, into);
}

fn of_term(term: &QueryTerm, into: &mut BTreeSet<u32>) {
    match term {
        QueryTerm::Apply(_, arguments) => {
            for a in arguments {
                of_term(a, into);
            }
        }
        QueryTerm::Bound { arguments, .. } => {
            for (_, a) in arguments {
                of_term(a, into);
            }
        }
        QueryTerm::Name(_) => {}
        QueryTerm::Var(v) => {
            into.insert(*v);
        }
    }
}
