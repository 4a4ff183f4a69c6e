//! The order of two events of a conclusion, as a nested correspondence.
//!
//! `F ==> event(b)@j && event(c)@k && k < j` follows from `F ==> (event(b) ==>
//! event(c))`: of the c that are asked for, one that comes before the b will do. What
//! else is asked of k must follow: `k < t` beside `j <= t` does, and so does what says
//! that c is no later than the only premise, since b is none. For `k < j` the two
//! must not be one execution. The converse fails where some c comes before F, but not
//! before b.

use super::{conjuncts_of, facts, is_time, may_be_one, time_of};
use pi::{Correspondence, Formula, NaturalOperation, Program, QueryTerm};

/// The query with such events nested; none if there are none.
pub(crate) fn chained(program: &Program, asked: &Correspondence) -> Option<Correspondence> {
    let mut premises = Vec::new();
    for p in &asked.premises {
        facts(p, &mut premises);
    }
    let only = match premises.as_slice() {
        [only] => time_of(only),
        _ => None,
    };
    let conclusion = match &asked.conclusion {
        Formula::Or(parts) => {
            let chained = parts.iter().map(|p| disjunct(program, asked, only, p));
            let chained: Vec<_> = chained.collect();
            if chained.iter().all(Option::is_none) {
                return None;
            }
            let either = chained.into_iter().zip(parts);
            Formula::Or(
                either
                    .map(|(c, p)| c.unwrap_or_else(|| p.clone()))
                    .collect(),
            )
        }
        one => disjunct(program, asked, only, one)?,
    };
    Some(Correspondence {
        conclusion,
        ..asked.clone()
    })
}

/// One disjunct, with what can be nested.
fn disjunct(
    program: &Program,
    asked: &Correspondence,
    only: Option<u32>,
    formula: &Formula,
) -> Option<Formula> {
    let mut conjuncts = Vec::new();
    conjuncts_of(formula, &mut conjuncts);
    let mut conjuncts: Vec<Formula> = conjuncts.into_iter().cloned().collect();
    let mut changed = false;
    while let Some(fewer) = nested_once(program, asked, only, &conjuncts) {
        conjuncts = fewer;
        changed = true;
    }
    changed.then(|| match conjuncts.len() {
        1 => conjuncts.swap_remove(0),
        _ => Formula::And(conjuncts),
    })
}

fn nested_once(
    program: &Program,
    asked: &Correspondence,
    only: Option<u32>,
    conjuncts: &[Formula],
) -> Option<Vec<Formula>> {
    let comparisons: Vec<Comparison> = conjuncts
        .iter()
        .filter_map(|c| comparison(asked, c))
        .collect();
    let at = |time: u32| conjuncts.iter().position(|c| is_at(c, time));
    comparisons.iter().find_map(|chosen| {
        let (k, j) = (chosen.earlier, chosen.later);
        let (inner, outer) = (at(k)?, at(j)?);
        let (c, b) = (head(&conjuncts[inner]), head(&conjuncts[outer]));
        if inner == outer || (chosen.strictly && may_be_one(program, c, b)) {
            return None;
        }
        let implied = |other: &Comparison| {
            let strict = |also: bool| chosen.strictly || also || !other.strictly;
            let beyond = |also: &Comparison| {
                also.earlier == j && also.later == other.later && strict(also.strictly)
            };
            let reached = other.later == j || only == Some(other.later);
            other.earlier == k && (reached && strict(false) || comparisons.iter().any(beyond))
        };
        let mut left = Vec::new();
        for (number, conjunct) in conjuncts.iter().enumerate() {
            if number == inner {
                continue;
            }
            if number == outer {
                left.push(within(conjunct, &conjuncts[inner]));
                continue;
            }
            match comparison(asked, conjunct) {
                Some(other) if implied(&other) => {}
                _ if mentions(conjunct, k) => return None,
                _ => left.push(conjunct.clone()),
            }
        }
        Some(left)
    })
}

/// `earlier < later`, or `earlier <= later`.
struct Comparison {
    earlier: u32,
    later: u32,
    strictly: bool,
}

fn comparison(asked: &Correspondence, formula: &Formula) -> Option<Comparison> {
    let Formula::Natural(operation, terms, _) = formula else {
        return None;
    };
    let [QueryTerm::Var(earlier), QueryTerm::Var(later)] = terms.as_slice() else {
        return None;
    };
    let strictly = match operation {
        NaturalOperation::Less => true,
        NaturalOperation::LessOrEqual => false,
        _ => return None,
    };
    (is_time(asked, *earlier) && is_time(asked, *later)).then_some(Comparison {
        earlier: *earlier,
        later: *later,
        strictly,
    })
}

/// The event that the others are nested below.
fn head(formula: &Formula) -> &Formula {
    match formula {
        Formula::Nested(fact, _) => fact,
        other => other,
    }
}

/// Whether it is an event at this moment, with what is nested below it.
fn is_at(formula: &Formula, time: u32) -> bool {
    let fact = head(formula);
    matches!(fact, Formula::Event { .. }) && time_of(fact) == Some(time)
}

fn within(outer: &Formula, inner: &Formula) -> Formula {
    match outer {
        Formula::Nested(fact, more) => {
            let both = vec![(**more).clone(), inner.clone()];
            Formula::Nested(fact.clone(), Box::new(Formula::And(both)))
        }
        fact => Formula::Nested(Box::new(fact.clone()), Box::new(inner.clone())),
    }
}

fn mentions(formula: &Formula, time: u32) -> bool {
    let mut used = std::collections::BTreeSet::new();
    formula.variables(&mut used);
    used.contains(&time)
}
