//! Nested correspondences as several plain ones.
//!
//! `F ==> (b ==> C)` says that before F there is an execution of b, and before
//! that one, C. It follows from `F ==> b` and `b ==> C` (every b has its C before
//! it), provided that C speaks of no variable of the rest of the query that b
//! does not fix: such a variable would be chosen twice. If all three are
//! injective, the choice of C for F is the composition of two injective choices,
//! hence injective.
//!
//! It also follows from `F ==> b && c`, where c are the events of C, and, for
//! each of them, c coming before b whenever both happen (see [`crate::time`]).
//! Here C may speak of the rest of the query, b need not be injective, nor have a
//! C of its own; where the query is injective, so is `F ==> b && c`, each event
//! for itself.
//!
//! Of a disjunction of nested correspondences one may hold always, or what stands
//! beside them may; the query then follows from that alone. And any query holds if its premises never do.
//!
//! The converse fails for all of these, so a query whose parts do not hold may hold
//! all the same; what falsifies it is sought among the runs that reach its premises.

use crate::differs::equated;
use crate::time;
use crate::trichotomy::completed;
use crate::unfolded::unfolded;
use pi::{
    Correspondence, Diagnostic, Formula, NaturalOperation, Program, QueryTerm, QueryVariable, Span,
    TypeId,
};
use std::collections::BTreeSet;
use std::ops::Range;

/// Ways to take a query apart.
pub(crate) struct Plans {
    /// The parts of the first way, the outermost part first; behind them those
    /// of the other ways.
    pub(crate) parts: Vec<Correspondence>,
    /// How many belong to the first way.
    pub(crate) first: usize,
    /// Which parts may stand in place of those of the first way but its first:
    /// each of these sets implies the query by itself.
    pub(crate) others: Vec<Range<usize>>,
}

impl Plans {
    fn of(first: Vec<Correspondence>) -> Self {
        Self {
            first: first.len(),
            parts: first,
            others: Vec::new(),
        }
    }

    fn or(&mut self, way: Vec<Correspondence>) {
        let start = self.parts.len();
        self.parts.extend(way);
        if start < self.parts.len() {
            self.others.push(start..self.parts.len());
        }
    }
}

/// The plain correspondences that together imply this one, in several ways.
/// One, if it has nothing nested. Errors: a nesting that cannot be taken apart.
pub(crate) fn plans(
    program: &Program,
    correspondence: &Correspondence,
    span: Span,
) -> Result<Plans, Diagnostic> {
    let correspondence = &unfolded(program, &completed(correspondence));
    let asked = &equated(program, correspondence);
    let untimed = time::untimed(program, asked);
    let other = match untimed.as_slice() {
        [only] => unique(program, only, span),
        _ => None,
    };
    let mut plans = match (all_split(&untimed, span), other) {
        (Ok(parts), None) => Plans::of(parts),
        (Ok(parts), Some(other)) => {
            let mut plans = Plans::of(parts);
            plans.or(other);
            plans
        }
        (Err(_), Some(other)) => Plans::of(other),
        (Err(error), None) => match untimed.first() {
            Some(whole) => Plans::of(vec![at_once(whole), never(whole)]),
            None => return Err(error),
        },
    };
    if let [only] = untimed.as_slice() {
        for less in fewer(only) {
            if let Ok(way) = all_split(core::slice::from_ref(&less), span) {
                plans.or(way);
            }
            plans.or(unique(program, &less, span).unwrap_or_default());
        }
    }
    if let Some(way) = time::otherwise(program, asked)
        && let Ok(way) = all_split(&way, span)
    {
        plans.or(way);
    }
    if let Some(chained) = time::chained(program, correspondence)
        && let Ok(way) = self::plans(program, &chained, span)
    {
        plans.or(way.parts.into_iter().take(way.first).collect());
    }
    // Where the first way is not this one already.
    let is_never = plans
        .parts
        .get(1)
        .is_some_and(|part| part.conclusion == Formula::False);
    if plans.first > 1
        && !is_never
        && let Some(whole) = untimed.first()
    {
        plans.or(vec![never(whole)]);
    }
    Ok(plans)
}

fn all_split(untimed: &[Correspondence], span: Span) -> Result<Vec<Correspondence>, Diagnostic> {
    let mut parts = Vec::new();
    for part in untimed {
        split(part, &part.premises, span, &mut parts)?;
    }
    Ok(parts)
}

/// Most disjuncts of which each is tried without the other nested ones.
const NESTED: usize = 4;

/// The query with one nested disjunct of several, and those that are not nested;
/// last, with these alone: what shows fewer disjuncts shows the query.
fn fewer(whole: &Correspondence) -> Vec<Correspondence> {
    let mut disjuncts = Vec::new();
    disjuncts_of(&whole.conclusion, &mut disjuncts);
    let (nested, plain): (Vec<&Formula>, Vec<&Formula>) =
        disjuncts.into_iter().partition(|d| d.is_nested());
    let with = |kept: Option<&Formula>| Correspondence {
        conclusion: Formula::Or(plain.iter().copied().chain(kept).cloned().collect()),
        ..whole.clone()
    };
    let mut found = Vec::new();
    if nested.len() > 1 {
        found.extend(nested.iter().take(NESTED).map(|kept| with(Some(*kept))));
    }
    if !nested.is_empty() && !plain.is_empty() {
        found.push(with(None));
    }
    found
}

fn disjuncts_of<'a>(formula: &'a Formula, into: &mut Vec<&'a Formula>) {
    match formula {
        Formula::Or(parts) => parts.iter().for_each(|p| disjuncts_of(p, into)),
        other => into.push(other),
    }
}

/// The second way, where it is one.
fn unique(program: &Program, whole: &Correspondence, span: Span) -> Option<Vec<Correspondence>> {
    let mut pairs = Vec::new();
    events_below(&whole.conclusion, &mut pairs)?;
    if pairs.is_empty() && !whole.conclusion.is_nested() {
        return None;
    }
    let mut parts = vec![at_once(whole)];
    for (middle, inner) in pairs {
        let mut timed = whole.clone();
        let mut at = |fact: &Formula, name: &str| {
            let time = u32::try_from(timed.variables.len()).ok()?;
            timed.variables.push(QueryVariable {
                name: name.to_owned(),
                ty: TypeId::TIME,
            });
            let mut fact = event(fact, false);
            if let Formula::Event { time: slot, .. } = &mut fact {
                *slot = Some(time);
            }
            Some((fact, QueryTerm::Var(time)))
        };
        let (first, i) = at(inner, "i")?;
        let (second, j) = at(middle, "j")?;
        let before = Formula::Natural(NaturalOperation::Less, vec![i, j], span);
        let both = Correspondence {
            premises: vec![first.clone(), second.clone()],
            conclusion: before,
            ..timed
        };
        parts.extend(time::precedes(program, &both, &first, &second)?);
    }
    Some(parts)
}

/// All events of the conclusion, in no order.
fn at_once(whole: &Correspondence) -> Correspondence {
    let conclusion = together(&whole.conclusion);
    let injective = conclusion.is_injective();
    Correspondence {
        premises: whole.premises.iter().map(|p| plain(p, injective)).collect(),
        conclusion,
        ..whole.clone()
    }
}

/// The premises are never all true.
fn never(whole: &Correspondence) -> Correspondence {
    Correspondence {
        premises: whole.premises.iter().map(|p| plain(p, false)).collect(),
        conclusion: Formula::False,
        ..whole.clone()
    }
}

/// A formula without nesting: what is nested is asked for besides.
fn together(formula: &Formula) -> Formula {
    match formula {
        Formula::And(parts) => Formula::And(parts.iter().map(together).collect()),
        Formula::Or(parts) => Formula::Or(parts.iter().map(together).collect()),
        Formula::Nested(fact, inner) => Formula::And(vec![(**fact).clone(), together(inner)]),
        other => other.clone(),
    }
}

/// Events that stand directly below others, each with the one above; `None` if
/// something stands there of which it is not clear when it happened.
fn events_below<'a>(formula: &'a Formula, out: &mut Vec<(&'a Formula, &'a Formula)>) -> Option<()> {
    match formula {
        Formula::And(parts) | Formula::Or(parts) => {
            parts.iter().try_for_each(|p| events_below(p, out))
        }
        Formula::Nested(middle, inner) => {
            let Formula::Event { .. } = &**middle else {
                return None;
            };
            heads(middle, inner, out)?;
            events_below(inner, out)
        }
        _ => Some(()),
    }
}

/// The events of what is nested below one.
fn heads<'a>(
    middle: &'a Formula,
    inner: &'a Formula,
    out: &mut Vec<(&'a Formula, &'a Formula)>,
) -> Option<()> {
    match inner {
        Formula::And(parts) | Formula::Or(parts) => {
            parts.iter().try_for_each(|p| heads(middle, p, out))
        }
        Formula::Nested(fact, _) => heads(middle, fact, out),
        Formula::Event { time: None, .. } => {
            // One execution may be both, which came no later than itself.
            if !is_same(middle, inner) {
                out.push((middle, inner));
            }
            Some(())
        }
        // True or not, whenever.
        Formula::Equal(..) | Formula::Natural(..) | Formula::True | Formula::Unequal(..) => {
            Some(())
        }
        _ => None,
    }
}

/// Whether two facts are of one event with the same arguments.
fn is_same<'a>(one: &'a Formula, other: &'a Formula) -> bool {
    let said = |fact: &'a Formula| match fact {
        Formula::Event {
            event, arguments, ..
        } => Some((event, arguments)),
        _ => None,
    };
    said(one).is_some_and(|s| said(other) == Some(s))
}

/// An event that is injective or not.
fn event(formula: &Formula, wanted: bool) -> Formula {
    let mut out = formula.clone();
    if let Formula::Event { injective, .. } = &mut out {
        *injective = wanted;
    }
    out
}

fn split(
    whole: &Correspondence,
    premises: &[Formula],
    span: Span,
    out: &mut Vec<Correspondence>,
) -> Result<(), Diagnostic> {
    let mut nested = Vec::new();
    let conclusion = flat(&whole.conclusion, &mut nested);
    let injective = conclusion.is_injective();
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
        if inner.is_injective() && !injective {
            return Err(Diagnostic::error(
                span,
                "an injective event below one that is not is not supported yet",
            ));
        }
        let mut fixed = BTreeSet::new();
        fact.variables(&mut fixed);
        let mut outside = fixed.clone();
        for p in &whole.premises {
            p.variables(&mut outside);
        }
        variables_but(&whole.conclusion, inner, &mut outside);
        let mut inside = BTreeSet::new();
        inner.variables(&mut inside);
        let open: BTreeSet<u32> = inside
            .intersection(&outside)
            .filter(|v| !fixed.contains(v))
            .copied()
            .collect();
        let Some(inner) = without(inner, &open) else {
            return Err(Diagnostic::error(
                span,
                "a nested query that shares a variable with the rest of the query, but not with \
                 its event, is not supported yet",
            ));
        };
        let below = Correspondence {
            premises: vec![(*fact).clone()],
            conclusion: inner,
            ..whole.clone()
        };
        split(&below, &below.premises, span, out)?;
    }
    Ok(())
}

/// What is left of a formula without the disjuncts that mention one of the variables:
/// it asks for more. `None` if nothing is.
fn without(formula: &Formula, variables: &BTreeSet<u32>) -> Option<Formula> {
    match formula {
        Formula::And(parts) => {
            let parts = parts.iter().map(|p| without(p, variables));
            parts.collect::<Option<_>>().map(Formula::And)
        }
        Formula::Or(parts) => {
            let parts = parts.iter().filter_map(|p| without(p, variables));
            let mut left: Vec<Formula> = parts.collect();
            match left.len() {
                0 => None,
                1 => left.pop(),
                _ => Some(Formula::Or(left)),
            }
        }
        Formula::Nested(fact, inner) => Some(Formula::Nested(
            Box::new(without(fact, variables)?),
            Box::new(without(inner, variables)?),
        )),
        other => {
            let mut used = BTreeSet::new();
            other.variables(&mut used);
            used.is_disjoint(variables).then(|| other.clone())
        }
    }
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

/// The variables of a formula but for those of one part of it.
pub(crate) fn variables_but(formula: &Formula, part: &Formula, into: &mut BTreeSet<u32>) {
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
        other => other.variables(into),
    }
}
