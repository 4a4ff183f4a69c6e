//! Several comparisons of two moments as one.
//!
//! Of two moments one is before, at, or after the other, so a comparison is a set of
//! these three, a conjunction of comparisons of the same two moments the
//! intersection, and a disjunction the union: `i < j || i = j` is `i <= j`, and
//! `i < j || i <> j || i = j` is true.

use super::is_time;
use pi::{Correspondence, Formula, NaturalOperation, QueryTerm, Span};

/// How the first of two moments lies to the second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Relation {
    before: bool,
    same: bool,
    after: bool,
}

impl Relation {
    fn and(self, other: Self) -> Self {
        Self {
            before: self.before && other.before,
            same: self.same && other.same,
            after: self.after && other.after,
        }
    }

    fn or(self, other: Self) -> Self {
        Self {
            before: self.before || other.before,
            same: self.same || other.same,
            after: self.after || other.after,
        }
    }
}

/// A comparison of two moments, the one with the smaller number first.
#[derive(Clone, Copy, Debug)]
struct Comparison {
    pair: (u32, u32),
    relation: Relation,
    span: Span,
}

/// The same formula with as few comparisons of moments as can be seen.
pub(super) fn plainer(statement: &Correspondence, formula: &Formula) -> Formula {
    match formula {
        Formula::And(parts) => {
            let (comparisons, mut rest) = sorted(statement, parts, Relation::and);
            if comparisons.contains(&Formula::False) || rest.contains(&Formula::False) {
                return Formula::False;
            }
            rest.extend(comparisons);
            rest.retain(|f| *f != Formula::True);
            one_or(rest, Formula::And, Formula::True)
        }
        Formula::Or(parts) => {
            let (comparisons, mut rest) = sorted(statement, parts, Relation::or);
            if comparisons.contains(&Formula::True) || rest.contains(&Formula::True) {
                return Formula::True;
            }
            rest.extend(comparisons);
            rest.retain(|f| *f != Formula::False);
            one_or(rest, Formula::Or, Formula::False)
        }
        Formula::Nested(fact, inner) => {
            Formula::Nested(fact.clone(), Box::new(plainer(statement, inner)))
        }
        other => comparison(statement, other).map_or_else(|| other.clone(), formula_of),
    }
}

/// The comparisons among the parts, one for each pair of moments, and all others.
fn sorted(
    statement: &Correspondence,
    parts: &[Formula],
    join: fn(Relation, Relation) -> Relation,
) -> (Vec<Formula>, Vec<Formula>) {
    let mut joined: Vec<Comparison> = Vec::new();
    let mut rest = Vec::new();
    for part in parts {
        let part = plainer(statement, part);
        let Some(new) = comparison(statement, &part) else {
            rest.push(part);
            continue;
        };
        match joined.iter_mut().find(|old| old.pair == new.pair) {
            Some(old) => old.relation = join(old.relation, new.relation),
            None => joined.push(new),
        }
    }
    (joined.into_iter().map(formula_of).collect(), rest)
}

fn one_or(mut parts: Vec<Formula>, many: fn(Vec<Formula>) -> Formula, none: Formula) -> Formula {
    match parts.len() {
        0 => none,
        1 => parts.swap_remove(0),
        _ => many(parts),
    }
}

/// A comparison of two moments; none for what is not one.
fn comparison(statement: &Correspondence, formula: &Formula) -> Option<Comparison> {
    let relation = |before, same, after| Relation {
        before,
        same,
        after,
    };
    let (left, right, relation, span) = match formula {
        Formula::Equal(l, r, span) => (l, r, relation(false, true, false), span),
        Formula::Unequal(l, r, span) => (l, r, relation(true, false, true), span),
        Formula::Natural(operation, terms, span) => {
            let [l, r] = terms.as_slice() else {
                return None;
            };
            let relation = match operation {
                NaturalOperation::Less => relation(true, false, false),
                NaturalOperation::LessOrEqual => relation(true, true, false),
                _ => return None,
            };
            (l, r, relation, span)
        }
        _ => return None,
    };
    let (QueryTerm::Var(left), QueryTerm::Var(right)) = (left, right) else {
        return None;
    };
    if !is_time(statement, *left) || !is_time(statement, *right) {
        return None;
    }
    let turned = Relation {
        before: relation.after,
        same: relation.same,
        after: relation.before,
    };
    Some(Comparison {
        pair: (*left.min(right), *left.max(right)),
        relation: if left <= right { relation } else { turned },
        span: *span,
    })
}

fn formula_of(comparison: Comparison) -> Formula {
    let Comparison {
        pair: (left, right),
        relation,
        span,
    } = comparison;
    if left == right {
        return if relation.same {
            Formula::True
        } else {
            Formula::False
        };
    }
    let (l, r) = (QueryTerm::Var(left), QueryTerm::Var(right));
    let natural = |operation, a, b| Formula::Natural(operation, vec![a, b], span);
    match (relation.before, relation.same, relation.after) {
        (false, false, false) => Formula::False,
        (false, false, true) => natural(NaturalOperation::Less, r, l),
        (false, true, false) => Formula::Equal(l, r, span),
        (false, true, true) => natural(NaturalOperation::LessOrEqual, r, l),
        (true, false, false) => natural(NaturalOperation::Less, l, r),
        (true, false, true) => Formula::Unequal(l, r, span),
        (true, true, false) => natural(NaturalOperation::LessOrEqual, l, r),
        (true, true, true) => Formula::True,
    }
}
