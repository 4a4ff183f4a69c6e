//! Formulas of queries: what is supported, premises as a list, conclusions in
//! disjunctive normal form.

use pi::{Correspondence, Diagnostic, Formula, QueryTerm, Span, TypeId};

/// Most disjuncts of one conclusion.
const DISJUNCT_LIMIT: usize = 10_000;

/// A part of a conjunction.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Atom<'a> {
    /// Terms that are equal.
    Equal(&'a QueryTerm, &'a QueryTerm),
    /// An attacker, event, message or table fact.
    Fact(&'a Formula),
    /// Terms that differ.
    Unequal(&'a QueryTerm, &'a QueryTerm),
}

/// Everything in a query that has no goal yet.
pub(crate) fn unsupported(correspondence: &Correspondence, span: Span) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    if !correspondence.public_variables.is_empty() {
        found.push(Diagnostic::error(span, "public_vars is not supported yet"));
    }
    let formulas = correspondence.premises.iter();
    for f in formulas.chain([&correspondence.conclusion]) {
        times(correspondence, f, &mut found);
    }
    for f in &correspondence.premises {
        search(f, true, span, &mut found);
    }
    search(&correspondence.conclusion, false, span, &mut found);
    found
}

/// Comparisons of times, which are no comparisons of numbers.
fn times(correspondence: &Correspondence, formula: &Formula, found: &mut Vec<Diagnostic>) {
    match formula {
        Formula::And(parts) | Formula::Or(parts) => {
            for p in parts {
                times(correspondence, p, found);
            }
        }
        Formula::Natural(_, terms, span) => {
            let is_time = |t: &QueryTerm| match t {
                QueryTerm::Var(v) => correspondence
                    .variables
                    .get(*v as usize)
                    .is_none_or(|v| v.ty == TypeId::TIME),
                _ => false,
            };
            if terms.iter().any(is_time) {
                found.push(Diagnostic::error(
                    *span,
                    "comparisons of times are not supported yet",
                ));
            }
        }
        _ => {}
    }
}

fn search(formula: &Formula, premise: bool, whole: Span, found: &mut Vec<Diagnostic>) {
    let mut refuse = |span: Span, message: &str| found.push(Diagnostic::error(span, message));
    match formula {
        Formula::And(parts) => {
            for p in parts {
                search(p, premise, whole, found);
            }
        }
        Formula::Or(parts) => {
            if premise {
                refuse(
                    whole,
                    "a disjunction in the premises of a query is not supported",
                );
            }
            for p in parts {
                search(p, premise, whole, found);
            }
        }
        Formula::False | Formula::True => {
            if premise {
                refuse(whole, "true and false cannot be premises of a query");
            }
        }
        Formula::Event {
            injective: true, ..
        } if premise => {}
        Formula::Attacker { time, span, .. }
        | Formula::Event { time, span, .. }
        | Formula::Message { time, span, .. }
        | Formula::Table { time, span, .. } => {
            if time.is_some() {
                refuse(*span, "temporal variables are not supported yet");
            }
        }
        Formula::Nested(..) => refuse(whole, "nested queries are not supported yet"),
        Formula::Equal(..)
        | Formula::Natural(..)
        | Formula::Predicate { .. }
        | Formula::Unequal(..) => {}
    }
}

/// The parts of a premise. Whatever [`unsupported`] refuses is left out.
pub(crate) fn flatten<'a>(formula: &'a Formula, into: &mut Vec<Atom<'a>>) {
    match formula {
        Formula::And(parts) => {
            for p in parts {
                flatten(p, into);
            }
        }
        Formula::Equal(l, r, _) => into.push(Atom::Equal(l, r)),
        Formula::Unequal(l, r, _) => into.push(Atom::Unequal(l, r)),
        fact => into.push(Atom::Fact(fact)),
    }
}

/// The disjuncts of a conclusion, left to right; none for `false`.
pub(crate) fn disjunctive_normal_form(
    formula: &Formula,
    span: Span,
) -> Result<Vec<Vec<Atom<'_>>>, Diagnostic> {
    let too_many = || {
        Diagnostic::error(
            span,
            format!("the conclusion has more than {DISJUNCT_LIMIT} disjuncts"),
        )
    };
    match formula {
        Formula::False => Ok(Vec::new()),
        Formula::True => Ok(vec![Vec::new()]),
        Formula::Or(parts) => {
            let mut out = Vec::new();
            for p in parts {
                out.extend(disjunctive_normal_form(p, span)?);
            }
            Ok(out)
        }
        Formula::And(parts) => {
            let mut out: Vec<Vec<Atom<'_>>> = vec![Vec::new()];
            for p in parts {
                let right = disjunctive_normal_form(p, span)?;
                if out.len().saturating_mul(right.len()) > DISJUNCT_LIMIT {
                    return Err(too_many());
                }
                out = out
                    .iter()
                    .flat_map(|l| right.iter().map(|r| l.iter().chain(r).copied().collect()))
                    .collect();
            }
            Ok(out)
        }
        Formula::Equal(l, r, _) => Ok(vec![vec![Atom::Equal(l, r)]]),
        Formula::Unequal(l, r, _) => Ok(vec![vec![Atom::Unequal(l, r)]]),
        fact => Ok(vec![vec![Atom::Fact(fact)]]),
    }
}
