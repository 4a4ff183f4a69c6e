//! Time variables: what a comparison of moments asks of clauses.
//!
//! Clauses do not speak of moments, but their hypotheses precede their
//! conclusions, and each execution of an event has an occurrence of its own. So
//!
//! - `event(e)@i && event(e')@j ==> i = j` says that the occurrences are equal,
//!   and moments of different events differ; at one occurrence there is one
//!   execution, which `i <> j || x = y` relies on;
//! - an event of the conclusion that asks for what another event asks for may be
//!   that one, so their moments may be taken as equal;
//! - `F@j ==> event(e)@i && i < j` says no more than `F ==> event(e)`, unless F
//!   may be that event itself: with arguments that are never equal it is not;
//! - `event(e)@i && F@j ==> i < j` follows from `event(e) && F ==> event(e)`, the
//!   first e not counted for the second (some execution of e comes before F, or
//!   before the first one), and from `event(e)@i && event(e)@k ==> i = k` (there
//!   is one execution only for the variables that F fixes; so it is the first,
//!   and it does not come before itself). Several such orders, and whatever else
//!   is asked besides, are shown one by one.
//!
//! - `P && F@j ==> event(e)@i && i < j` follows from `P && F ==> event(e)` where e
//!   is found before F alone; see [`earlier`].
//!
//! Comparisons of the same two moments are put together first; see [`comparison`].
//! Two events of a conclusion may be nested instead; see [`chained`](self::chained()).
//! Every other comparison is read as `false`: what is proved is never less than
//! what is asked. The converse fails, so a query whose parts do not hold may
//! hold all the same; whether a run falsifies it is decided with its moments.
//!
//! After this pass only those premises have a time that stand in an equality of
//! moments: injective events, whose occurrence the time variable then names.

mod chained;
mod comparison;
mod earlier;

pub(crate) use chained::chained;

use crate::differs::never_equal;
use pi::{Correspondence, EventId, Formula, NaturalOperation, Program, QueryTerm, Span, TypeId};
use std::collections::{BTreeMap, BTreeSet};

/// Correspondences without comparisons of moments that together imply this one,
/// the one with its premises first.
pub(crate) fn untimed(program: &Program, asked: &Correspondence) -> Vec<Correspondence> {
    without_moments(program, asked, Preferred::Always)
}

/// What may be shown instead of all but the first, where some event of the conclusion
/// need only come before one premise; see [`earlier`].
pub(crate) fn otherwise(program: &Program, asked: &Correspondence) -> Option<Vec<Correspondence>> {
    let first = untimed(program, asked);
    let mut other = without_moments(program, asked, Preferred::Earlier);
    let is_other = other.len() > 1 && other.first() == first.first() && other != first;
    is_other.then(|| other.split_off(1))
}

/// What is tried first of an event that is to come before a premise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Preferred {
    /// That all executions of it do.
    Always,
    /// That one does.
    Earlier,
}

fn without_moments(
    program: &Program,
    asked: &Correspondence,
    preferred: Preferred,
) -> Vec<Correspondence> {
    if asked.variables.iter().all(|v| v.ty != TypeId::TIME) {
        return vec![asked.clone()];
    }
    let asked = &Correspondence {
        conclusion: comparison::plainer(asked, &asked.conclusion),
        ..asked.clone()
    };
    let mut premises = Vec::new();
    for p in &asked.premises {
        facts(p, &mut premises);
    }
    if let Some(parts) = apart(program, asked, &premises, preferred) {
        return parts;
    }
    let times = Times {
        preferred,
        ..Times::of(program, &premises, &asked.conclusion)
    };
    let mut named = BTreeSet::new();
    let mut always = Vec::new();
    let conclusion = times.stronger(asked, &asked.conclusion, &mut named, &mut always);
    let premises = asked.premises.iter().map(|p| strip(p, &named)).collect();
    let mut parts = vec![Correspondence {
        premises,
        conclusion,
        ..asked.clone()
    }];
    parts.extend(always);
    parts
}

/// A conclusion whose conjuncts are orders among the premises, in part at least:
/// each of them is shown by itself, for no variable is chosen for it.
fn apart(
    program: &Program,
    asked: &Correspondence,
    premises: &[&Formula],
    preferred: Preferred,
) -> Option<Vec<Correspondence>> {
    let mut conjuncts = Vec::new();
    conjuncts_of(&asked.conclusion, &mut conjuncts);
    let with = |conclusion| Correspondence {
        conclusion,
        ..asked.clone()
    };
    let (mut orders, mut rest) = (Vec::new(), Vec::new());
    for conjunct in conjuncts {
        match ordered(program, &with(conjunct.clone()), premises) {
            Some(parts) => orders.push(parts),
            None => rest.push(conjunct.clone()),
        }
    }
    let mut orders = orders.into_iter();
    let mut parts = if rest.is_empty() {
        orders.next()?
    } else if orders.len() > 0 {
        without_moments(program, &with(Formula::And(rest)), preferred)
    } else {
        return None;
    };
    // The first part of each says nothing.
    parts.extend(orders.flat_map(|parts| parts.into_iter().skip(1)));
    Some(parts)
}

fn conjuncts_of<'a>(formula: &'a Formula, into: &mut Vec<&'a Formula>) {
    match formula {
        Formula::And(parts) => parts.iter().for_each(|p| conjuncts_of(p, into)),
        other => into.push(other),
    }
}

/// The moments of which a conclusion says that they differ.
pub(crate) fn differing(statement: &Correspondence, formula: &Formula, into: &mut BTreeSet<u32>) {
    match formula {
        Formula::And(parts) | Formula::Or(parts) => {
            parts.iter().for_each(|p| differing(statement, p, into));
        }
        Formula::Unequal(QueryTerm::Var(l), QueryTerm::Var(r), _) if is_time(statement, *l) => {
            into.extend([*l, *r]);
        }
        _ => {}
    }
}

/// `event(e)@i && F@j ==> i < j`, and nothing else.
fn ordered(
    program: &Program,
    asked: &Correspondence,
    premises: &[&Formula],
) -> Option<Vec<Correspondence>> {
    let Formula::Natural(operation, terms, span) = &asked.conclusion else {
        return None;
    };
    let [QueryTerm::Var(first), QueryTerm::Var(second)] = terms.as_slice() else {
        return None;
    };
    let at = |time: &u32| premises.iter().find(|p| time_of(p) == Some(*time));
    let (earlier, later) = (*at(first)?, *at(second)?);
    let before = event_of(earlier)?;
    match operation {
        NaturalOperation::Less if may_be_one(program, earlier, later) => return None,
        NaturalOperation::Less | NaturalOperation::LessOrEqual => {}
        _ => return None,
    }
    let none = BTreeSet::new();
    let with = |premises: Vec<Formula>, conclusion: Formula| Correspondence {
        premises,
        conclusion,
        ..asked.clone()
    };
    // Which execution it is does not matter here.
    let some = |fact: &Formula| {
        let mut fact = strip(fact, &none);
        if let Formula::Event { injective, .. } = &mut fact {
            *injective = false;
        }
        fact
    };
    let whole = asked.premises.iter().map(|p| strip(p, &none)).collect();
    let only = only(asked, earlier, later, *first, *span);
    let precedes = if event_of(later) == Some(before) {
        with(vec![some(later)], some(earlier))
    } else {
        // The event is found before F, not before its own execution, whose
        // derivation knows of none, there being no other.
        let [itself, other] = only.premises.as_slice() else {
            return None;
        };
        Correspondence {
            variables: only.variables.clone(),
            ..with(vec![itself.clone(), strip(later, &none)], some(other))
        }
    };
    Some(vec![with(whole, Formula::True), precedes, only])
}

/// What shows that an event comes before another one whenever both happen; the
/// premises and the comparison of their moments are given. None for what may be one
/// execution.
pub(crate) fn precedes(
    program: &Program,
    both: &Correspondence,
    earlier: &Formula,
    later: &Formula,
) -> Option<Vec<Correspondence>> {
    if may_be_one(program, earlier, later) {
        return None;
    }
    let mut parts = ordered(program, both, &[earlier, later])?;
    // The first says nothing.
    parts.remove(0);
    Some(parts)
}

/// There is one execution of the event for the variables that the other fact
/// fixes.
pub(crate) fn only(
    asked: &Correspondence,
    event: &Formula,
    other: &Formula,
    time: u32,
    span: Span,
) -> Correspondence {
    let mut fixed = BTreeSet::new();
    other.variables(&mut fixed);
    let mut own = BTreeSet::new();
    event.variables(&mut own);
    let mut variables = asked.variables.clone();
    let mut renaming = BTreeMap::new();
    for v in own.difference(&fixed).copied().chain([time]) {
        if let Some(variable) = asked.variables.get(v as usize) {
            renaming.insert(v, u32::try_from(variables.len()).unwrap_or(u32::MAX));
            variables.push(variable.clone());
        }
    }
    let again = renaming.get(&time).copied().unwrap_or(time);
    let first = strip(event, &BTreeSet::from([time]));
    let mut second = first.clone();
    if let Formula::Event {
        arguments, time, ..
    } = &mut second
    {
        for a in arguments {
            rename(a, &renaming);
        }
        *time = Some(again);
    }
    Correspondence {
        variables,
        premises: vec![first, second],
        conclusion: Formula::Equal(QueryTerm::Var(time), QueryTerm::Var(again), span),
        arrow: true,
        public_variables: asked.public_variables.clone(),
    }
}

fn rename(term: &mut QueryTerm, renaming: &BTreeMap<u32, u32>) {
    match term {
        QueryTerm::Apply(_, arguments) => {
            for a in arguments {
                rename(a, renaming);
            }
        }
        QueryTerm::Bound { arguments, .. } => {
            for (_, a) in arguments {
                rename(a, renaming);
            }
        }
        QueryTerm::Name(_) => {}
        QueryTerm::Var(v) => *v = renaming.get(v).copied().unwrap_or(*v),
    }
}

/// Whether two events may be one execution: they are one event, and its arguments may
/// be equal.
pub(crate) fn may_be_one(program: &Program, one: &Formula, other: &Formula) -> bool {
    let (
        Formula::Event {
            event: first,
            arguments: these,
            ..
        },
        Formula::Event {
            event: second,
            arguments: those,
            ..
        },
    ) = (one, other)
    else {
        return false;
    };
    let mut pairs = these.iter().zip(those);
    first == second && !pairs.any(|(l, r)| never_equal(program, l, r))
}

/// Which facts the moments belong to.
struct Times<'a> {
    program: &'a Program,
    preferred: Preferred,
    /// What each event with a moment says, where none is nested.
    events: BTreeMap<u32, (EventId, Vec<QueryTerm>)>,
    /// The same as facts, nested or not.
    timed: BTreeMap<u32, Formula>,
    /// The event of a premise; `None` for another fact.
    premises: BTreeMap<u32, Option<EventId>>,
    /// The event of a fact of the conclusion.
    concluded: BTreeMap<u32, Option<EventId>>,
    /// The event of the only premise, if there is just one fact.
    single: Option<Option<EventId>>,
}

impl<'a> Times<'a> {
    fn of(program: &'a Program, premises: &[&Formula], conclusion: &Formula) -> Self {
        let mut concluded = Vec::new();
        facts(conclusion, &mut concluded);
        let table = |facts: &[&Formula]| {
            let timed = facts
                .iter()
                .filter_map(|f| Some((time_of(f)?, event_of(f))));
            timed.collect()
        };
        let all = premises.iter().chain(&concluded).copied();
        let timed = all
            .clone()
            .filter(|f| matches!(f, Formula::Event { .. }))
            .filter_map(|f| Some((time_of(f)?, f.clone())))
            .collect();
        let mut events = BTreeMap::new();
        if !conclusion.is_nested() {
            events.extend(all.filter_map(|f| match f {
                Formula::Event {
                    event,
                    arguments,
                    time: Some(time),
                    ..
                } => Some((*time, (*event, arguments.clone()))),
                _ => None,
            }));
        }
        Self {
            program,
            preferred: Preferred::Always,
            events,
            timed,
            premises: table(premises),
            concluded: table(&concluded),
            single: match premises {
                [only] => Some(event_of(only)),
                _ => None,
            },
        }
    }

    /// That an event of the conclusion comes before another event whenever both
    /// happen, as what is to be shown besides; none where that is not needed, or
    /// the events are one.
    fn always(
        &self,
        whole: &Correspondence,
        comparison: &Formula,
        left: u32,
        right: u32,
    ) -> Option<Vec<Correspondence>> {
        let concluded = |t: &u32| self.concluded.contains_key(t);
        let of_premises = !concluded(&left) && !concluded(&right);
        if of_premises || (self.single.is_some() && !concluded(&right)) {
            return None;
        }
        let (first, second) = (self.timed.get(&left)?, self.timed.get(&right)?);
        let both = Correspondence {
            premises: vec![first.clone(), second.clone()],
            conclusion: comparison.clone(),
            ..whole.clone()
        };
        precedes(self.program, &both, first, second)
    }

    /// Whether one of two moments is that of a fact of the conclusion which asks
    /// for no more than the fact at the other moment: then it may be that one.
    ///
    /// All moments that are taken as equal must be equal at once. So a moment of
    /// the conclusion is taken for that of a premise only if one premise asks for
    /// that event: two of them may be executed apart.
    fn is_same(&self, left: u32, right: u32) -> bool {
        let Some(event) = self.events.get(&left) else {
            return false;
        };
        let of_premises = || {
            let timed = self.premises.keys();
            timed.filter(|t| self.events.get(t) == Some(event)).count()
        };
        let asked = |t: &u32| self.concluded.contains_key(t);
        self.events.get(&right) == Some(event)
            && match (asked(&left), asked(&right)) {
                (true, true) => true,
                (false, false) => false,
                (true, false) | (false, true) => of_premises() == 1,
            }
    }

    /// Whether two moments are those of different events.
    fn differ(&self, left: u32, right: u32) -> bool {
        let event = |t: u32| {
            let found = self.premises.get(&t).or_else(|| self.concluded.get(&t));
            found.copied().flatten()
        };
        matches!((event(left), event(right)), (Some(a), Some(b)) if a != b)
    }

    /// A formula without comparisons of moments but for equalities of the
    /// occurrences of premises, which are named.
    fn stronger(
        &self,
        whole: &Correspondence,
        formula: &Formula,
        named: &mut BTreeSet<u32>,
        always: &mut Vec<Correspondence>,
    ) -> Formula {
        let truth = |holds: bool| if holds { Formula::True } else { Formula::False };
        match formula {
            Formula::And(parts) => Formula::And(
                parts
                    .iter()
                    .map(|p| self.stronger(whole, p, named, always))
                    .collect(),
            ),
            Formula::Or(parts) => Formula::Or(
                parts
                    .iter()
                    .map(|p| self.stronger(whole, p, named, always))
                    .collect(),
            ),
            Formula::Nested(fact, inner) => Formula::Nested(
                Box::new(strip_conclusion(fact)),
                Box::new(self.stronger(whole, inner, named, always)),
            ),
            Formula::Equal(QueryTerm::Var(l), QueryTerm::Var(r), _)
            | Formula::Unequal(QueryTerm::Var(l), QueryTerm::Var(r), _)
                if is_time(whole, *l) =>
            {
                let equal = matches!(formula, Formula::Equal(..));
                if equal && self.is_same(*l, *r) {
                    return Formula::True;
                }
                if !equal && self.differ(*l, *r) {
                    return Formula::True;
                }
                let events = (self.premises.get(l), self.premises.get(r));
                let (Some(Some(a)), Some(Some(b))) = events else {
                    return Formula::False;
                };
                if a != b {
                    return truth(!equal);
                }
                named.extend([*l, *r]);
                formula.clone()
            }
            Formula::Natural(operation, terms, _) => match terms.as_slice() {
                [QueryTerm::Var(l), QueryTerm::Var(r)] if is_time(whole, *l) => {
                    if *operation == NaturalOperation::LessOrEqual && self.is_same(*l, *r) {
                        return Formula::True;
                    }
                    let earlier = || Some(vec![self.earlier(whole, *operation, (*l, *r))?]);
                    let all = || self.always(whole, formula, *l, *r);
                    let parts = match self.preferred {
                        Preferred::Always => all().or_else(earlier),
                        Preferred::Earlier => earlier().or_else(all),
                    };
                    if let Some(parts) = parts {
                        always.extend(parts);
                        return Formula::True;
                    }
                    let (Some(earlier), Some(last)) = (self.concluded.get(l), self.single) else {
                        return Formula::False;
                    };
                    let apart = || match (self.timed.get(l), self.timed.get(r)) {
                        (Some(l), Some(r)) => !may_be_one(self.program, l, r),
                        _ => *earlier != last,
                    };
                    truth(
                        self.premises.contains_key(r)
                            && (*operation == NaturalOperation::LessOrEqual
                                || *operation == NaturalOperation::Less && apart()),
                    )
                }
                [QueryTerm::Var(l), _] if is_time(whole, *l) => Formula::False,
                [_, QueryTerm::Var(r)] if is_time(whole, *r) => Formula::False,
                _ => formula.clone(),
            },
            fact => strip_conclusion(fact),
        }
    }
}

pub(crate) fn is_time(statement: &Correspondence, variable: u32) -> bool {
    let declared = statement.variables.get(variable as usize);
    declared.is_some_and(|v| v.ty == TypeId::TIME)
}

/// The facts of a formula.
fn facts<'a>(formula: &'a Formula, into: &mut Vec<&'a Formula>) {
    match formula {
        Formula::And(parts) | Formula::Or(parts) => parts.iter().for_each(|p| facts(p, into)),
        Formula::Nested(fact, inner) => {
            facts(fact, into);
            facts(inner, into);
        }
        Formula::Attacker { .. }
        | Formula::Event { .. }
        | Formula::Message { .. }
        | Formula::Predicate { .. }
        | Formula::Table { .. } => into.push(formula),
        Formula::Equal(..)
        | Formula::False
        | Formula::Natural(..)
        | Formula::True
        | Formula::Unequal(..) => {}
    }
}

fn time_of(fact: &Formula) -> Option<u32> {
    match fact {
        Formula::Attacker { time, .. }
        | Formula::Event { time, .. }
        | Formula::Message { time, .. }
        | Formula::Table { time, .. } => *time,
        _ => None,
    }
}

fn event_of(fact: &Formula) -> Option<EventId> {
    match fact {
        Formula::Event { event, .. } => Some(*event),
        _ => None,
    }
}

/// A premise without its time, unless that is named: then it is the occurrence
/// of an injective event.
fn strip(premise: &Formula, named: &BTreeSet<u32>) -> Formula {
    let mut out = premise.clone();
    match &mut out {
        Formula::And(parts) => {
            for p in parts {
                *p = strip(p, named);
            }
        }
        Formula::Event {
            time, injective, ..
        } => match time {
            Some(t) if named.contains(t) => *injective = true,
            _ => *time = None,
        },
        Formula::Attacker { time, .. }
        | Formula::Message { time, .. }
        | Formula::Table { time, .. } => *time = None,
        _ => {}
    }
    out
}

fn strip_conclusion(fact: &Formula) -> Formula {
    strip(fact, &BTreeSet::new())
}
