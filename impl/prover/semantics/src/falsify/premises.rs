//! Premises of a query on a run: the instance a trace names, and all of them.

use crate::evaluate::Place;
use crate::messages::{Bindings, Message, Node, Value};
use crate::recipe::available;
use crate::replay::Run;
use crate::state::Moment;
use crate::step::Semantics;
use crate::theory::erase;
use pi::{
    Correspondence, Formula, NameId, Process, ProcessKind, QueryTerm, RuleTerm, TypeId, VarId,
};
use proof::attack::Premise;
use std::collections::BTreeMap;

/// Most instances that are looked at.
const INSTANCES: usize = 5_000;

/// An assignment to the variables of a query.
#[derive(Clone, Debug, Default)]
pub(super) struct Instance {
    /// Messages, by index; further indices stand for names in the query.
    pub(super) bindings: Bindings,
    /// Times, by index of the variable.
    pub(super) times: BTreeMap<u32, Moment>,
    /// When the last premise holds.
    pub(super) moment: Moment,
    /// Numbers of the events of injective premises, in text order.
    pub(super) injective: Vec<u32>,
}

/// Terms of a query as patterns: names become variables above the declared
/// ones, bound in advance or restricted to names of one binder.
#[derive(Clone, Debug)]
pub(super) struct Patterns {
    next: u32,
    free: Vec<(u32, NameId)>,
    bound: Vec<(u32, VarId)>,
}

impl Patterns {
    /// `taken` variables are in use already.
    pub(super) fn new(taken: usize) -> Self {
        Self {
            next: u32::try_from(taken).unwrap_or(u32::MAX),
            free: Vec::new(),
            bound: Vec::new(),
        }
    }

    fn pattern(&mut self, semantics: &Semantics<'_>, term: &QueryTerm) -> Result<RuleTerm, String> {
        Ok(match term {
            QueryTerm::Apply(f, arguments) => RuleTerm::Apply(
                *f,
                arguments
                    .iter()
                    .map(|a| self.pattern(semantics, a))
                    .collect::<Result<_, _>>()?,
            ),
            QueryTerm::Bound {
                name,
                arguments,
                span,
            } => {
                if !arguments.is_empty() {
                    let at = Place {
                        program: semantics.program(),
                        span: *span,
                        point: None,
                    };
                    return Err(format!(
                        "{}: `new` with arguments in a query is not checked on runs",
                        at.describe()
                    ));
                }
                let v = self.fresh();
                self.bound.push((v, *name));
                RuleTerm::Var(v)
            }
            QueryTerm::Name(n) => {
                let v = self.fresh();
                self.free.push((v, *n));
                RuleTerm::Var(v)
            }
            QueryTerm::Var(v) => RuleTerm::Var(*v),
        })
    }

    fn fresh(&mut self) -> u32 {
        let v = self.next;
        self.next = v.saturating_add(1);
        v
    }
}

/// All ways in which terms of the query are the given messages, extending the
/// bindings.
pub(super) fn matches(
    semantics: &mut Semantics<'_>,
    correspondence: &Correspondence,
    terms: &[QueryTerm],
    messages: &[Message],
    bindings: &Bindings,
) -> Result<Vec<Bindings>, String> {
    let declared = correspondence.variables.len();
    let mut patterns = Patterns::new(declared.max(bindings.len()));
    let terms = terms
        .iter()
        .map(|t| patterns.pattern(semantics, t))
        .collect::<Result<Vec<_>, _>>()?;
    let mut start = bindings.clone();
    start.resize(patterns.next as usize, None);
    for (v, name) in &patterns.free {
        start[*v as usize] = Some(Value::Message(semantics.messages_mut().free(*name)));
    }
    let mut found = modulo(semantics, &terms, messages, &start)?;
    found.retain(|b| {
        let right_names =
            patterns
                .bound
                .iter()
                .all(|(v, binder)| match b.get(*v as usize).copied().flatten() {
                    Some(Value::Message(m)) => {
                        matches!(semantics.messages().node(m), Node::Fresh(x, _) if x == binder)
                    }
                    _ => false,
                });
        let right_types = correspondence.variables.iter().enumerate().all(|(i, v)| {
            match b.get(i).copied().flatten() {
                Some(Value::Message(m)) => semantics.messages().fits(semantics.program(), m, v.ty),
                _ => true,
            }
        });
        right_names && right_types
    });
    for b in &mut found {
        b.truncate(declared.max(bindings.len()));
    }
    found.sort();
    found.dedup();
    Ok(found)
}

/// Matching modulo the whole theory: against each narrowing variant of the
/// patterns, with the images of the variables matched along.
fn modulo(
    semantics: &mut Semantics<'_>,
    terms: &[RuleTerm],
    messages: &[Message],
    start: &Bindings,
) -> Result<Vec<Bindings>, String> {
    let program = semantics.program();
    let erased = semantics.messages().theory().erased.clone();
    let terms: Vec<_> = terms.iter().map(|t| erase(t, &erased)).collect();
    let mut occurring = BTreeMap::new();
    terms
        .iter()
        .for_each(|t| crate::theory::occurrences(t, &mut occurring));
    let variables: Vec<u32> = occurring.into_keys().collect();
    let mut patterns = terms.clone();
    patterns.extend(variables.iter().map(|v| RuleTerm::Var(*v)));
    let variants = semantics
        .messages()
        .theory()
        .variants(&patterns, start.len())
        .ok_or("the query's terms do not close under the equations")?;
    let mut found = Vec::new();
    for variant in variants {
        let (mut goals, images) = (variant.arguments.clone(), messages.len());
        let images = goals.split_off(images);
        let mut targets = messages.to_vec();
        let mut open = Vec::new();
        for (v, image) in variables.iter().zip(images) {
            match start.get(*v as usize).copied().flatten() {
                Some(Value::Message(m)) => {
                    goals.push(image);
                    targets.push(m);
                }
                _ => open.push((*v, image)),
            }
        }
        let empty = vec![None; variant.types.len()];
        let all = semantics
            .messages_mut()
            .all_matches(program, &goals, &targets, empty)
            .map_err(|e| e.to_string())?;
        for assignment in all {
            let mut bindings = start.clone();
            let mut complete = true;
            for (v, image) in &open {
                match semantics
                    .messages_mut()
                    .instance(program, image, &assignment)
                {
                    Ok(value) => bindings[*v as usize] = Some(value),
                    Err(_) => complete = false,
                }
            }
            if complete {
                found.push(bindings);
            } else {
                return Err("a term of the query has infinitely many values here".into());
            }
        }
    }
    Ok(found)
}

/// The message a term of the query denotes, if all its variables are bound.
pub(super) fn ground(
    semantics: &mut Semantics<'_>,
    term: &QueryTerm,
    bindings: &Bindings,
) -> Result<Option<Message>, String> {
    let program = semantics.program();
    match term {
        QueryTerm::Var(v) => Ok(bindings
            .get(*v as usize)
            .copied()
            .flatten()
            .and_then(Value::message)),
        QueryTerm::Name(n) => Ok(Some(semantics.messages_mut().free(*n))),
        QueryTerm::Bound { .. } => Ok(None),
        QueryTerm::Apply(f, arguments) => {
            let mut values = Vec::with_capacity(arguments.len());
            for a in arguments {
                match ground(semantics, a, bindings)? {
                    Some(m) => values.push(Value::Message(m)),
                    None => return Ok(None),
                }
            }
            let value = semantics
                .messages_mut()
                .apply(program, *f, &values)
                .map_err(|e| e.to_string())?;
            Ok(value.message())
        }
    }
}

/// The facts among the premises, in text order.
pub(super) fn facts(correspondence: &Correspondence) -> Vec<&Formula> {
    correspondence
        .premises
        .iter()
        .filter(|f| {
            !matches!(
                f,
                Formula::Equal(..) | Formula::Natural(..) | Formula::Unequal(..) | Formula::True
            )
        })
        .collect()
}

/// The instance of the premises that a trace names.
pub(super) fn witnessed(
    semantics: &mut Semantics<'_>,
    run: &Run<'_>,
    correspondence: &Correspondence,
    premises: &[Premise],
) -> Result<Instance, String> {
    let facts = facts(correspondence);
    if facts.len() != premises.len() {
        return Err(format!(
            "the trace accounts for {} premises of {}",
            premises.len(),
            facts.len()
        ));
    }
    let mut all = vec![Instance::default()];
    for (fact, premise) in facts.into_iter().zip(premises) {
        let mut next = Vec::new();
        for instance in all {
            next.extend(one(
                semantics,
                run,
                correspondence,
                fact,
                premise,
                &instance,
            )?);
        }
        all = next;
    }
    let all = keep_compared(semantics, correspondence, all)?;
    all.into_iter()
        .next()
        .ok_or_else(|| "what the trace names does not match the query's premises".to_owned())
}

/// All instances of the premises on a run. Only facts that a run enumerates
/// (events, table entries, sent messages) can be among them.
pub(super) fn all(
    semantics: &mut Semantics<'_>,
    run: &Run<'_>,
    correspondence: &Correspondence,
) -> Result<Vec<Instance>, String> {
    let fixed = BTreeMap::new();
    enumerate(semantics, run, correspondence, &fixed)
}

/// All instances that agree with the trace on those premises a run does not
/// enumerate: by index among the facts.
pub(super) fn enumerate(
    semantics: &mut Semantics<'_>,
    run: &Run<'_>,
    correspondence: &Correspondence,
    fixed: &BTreeMap<usize, Premise>,
) -> Result<Vec<Instance>, String> {
    let mut all = vec![Instance::default()];
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    for (i, fact) in facts(correspondence).into_iter().enumerate() {
        let candidates: Vec<Premise> = match (fixed.get(&i), fact) {
            (Some(premise), _) => vec![premise.clone()],
            (None, Formula::Event { .. }) => (0..count(run.state.events.len()))
                .map(Premise::Event)
                .collect(),
            (None, Formula::Table { .. }) => (0..count(run.state.entries.len()))
                .map(Premise::Entry)
                .collect(),
            (None, _) => return Err("a premise is not something a run enumerates".into()),
        };
        let mut next = Vec::new();
        for instance in &all {
            for candidate in &candidates {
                next.extend(one(
                    semantics,
                    run,
                    correspondence,
                    fact,
                    candidate,
                    instance,
                )?);
            }
        }
        if next.len() > INSTANCES {
            return Err(format!("the premises have more than {INSTANCES} instances"));
        }
        all = next;
    }
    keep_compared(semantics, correspondence, all)
}

/// Keeps the instances that satisfy the comparisons among the premises.
fn keep_compared(
    semantics: &mut Semantics<'_>,
    correspondence: &Correspondence,
    all: Vec<Instance>,
) -> Result<Vec<Instance>, String> {
    let mut kept = Vec::new();
    'instances: for instance in all {
        for formula in &correspondence.premises {
            let holds = match formula {
                Formula::Equal(l, r, _) | Formula::Unequal(l, r, _) => {
                    let left = ground(semantics, l, &instance.bindings)?;
                    let right = ground(semantics, r, &instance.bindings)?;
                    let (Some(left), Some(right)) = (left, right) else {
                        return Err("a comparison among the premises is open".into());
                    };
                    (left == right) == matches!(formula, Formula::Equal(..))
                }
                Formula::Natural(operation, terms, _) => {
                    super::conclusion::compare(semantics, *operation, terms, &instance)?
                        .ok_or("a comparison among the premises is open")?
                }
                _ => true,
            };
            if !holds {
                continue 'instances;
            }
        }
        kept.push(instance);
    }
    Ok(kept)
}

/// Extends an instance by one premise that comes about in one way.
fn one(
    semantics: &mut Semantics<'_>,
    run: &Run<'_>,
    correspondence: &Correspondence,
    fact: &Formula,
    premise: &Premise,
    instance: &Instance,
) -> Result<Vec<Instance>, String> {
    let state = &run.state;
    let found = |semantics: &mut Semantics<'_>,
                 terms: &[QueryTerm],
                 messages: &[Message],
                 moment: Moment,
                 time: Option<u32>,
                 event: Option<u32>|
     -> Result<Vec<Instance>, String> {
        let all = matches(
            semantics,
            correspondence,
            terms,
            messages,
            &instance.bindings,
        )?;
        Ok(all
            .into_iter()
            .map(|bindings| {
                let mut new = instance.clone();
                new.bindings = bindings;
                new.moment = new.moment.max(moment);
                if let Some(t) = time {
                    new.times.insert(t, moment);
                }
                new.injective.extend(event);
                new
            })
            .collect())
    };
    let in_time = |phase: &Option<u32>, when: u32| phase.is_none_or(|p| when <= p);
    match (fact, premise) {
        (
            Formula::Event {
                event,
                arguments,
                injective,
                time,
                ..
            },
            Premise::Event(n),
        ) => match state.events.get(*n as usize) {
            Some(record) if record.event == *event => {
                let messages = record.arguments.clone();
                let number = injective.then_some(*n);
                found(
                    semantics,
                    arguments,
                    &messages,
                    record.moment,
                    *time,
                    number,
                )
            }
            _ => Ok(Vec::new()),
        },
        (
            Formula::Attacker {
                term, phase, time, ..
            },
            Premise::Knows(recipe),
        ) => {
            let message = semantics
                .carry_out(state, recipe)
                .map_err(|e| e.to_string())?;
            let (moment, when) = available(state, recipe);
            if !in_time(phase, when) {
                return Err("the attacker computes it only in a later phase".into());
            }
            found(
                semantics,
                core::slice::from_ref(term),
                &[message],
                moment,
                *time,
                None,
            )
        }
        (
            Formula::Message {
                channel,
                term,
                phase,
                time,
                ..
            },
            _,
        ) => {
            let (messages, moment, when) = match premise {
                Premise::Sent(n) => match state.sent.get(*n as usize) {
                    Some(r) => ([r.channel, r.message], r.moment, r.phase),
                    None => return Ok(Vec::new()),
                },
                Premise::Sends { channel, message } => {
                    let mut carry = |r| semantics.carry_out(state, r).map_err(|e| e.to_string());
                    let messages = [carry(channel)?, carry(message)?];
                    let (a, p) = available(state, channel);
                    let (b, q) = available(state, message);
                    (messages, a.max(b), p.max(q))
                }
                _ => return Ok(Vec::new()),
            };
            // A message is sent in one phase and not in the next. Without a
            // phase in the query the last one of the program is meant.
            let asked = phase.unwrap_or_else(|| last_phase(&semantics.program().process));
            let exact = match premise {
                Premise::Sent(_) => when == asked,
                _ => when <= asked,
            };
            if !exact {
                return Err("the message is sent in another phase".into());
            }
            let terms = [channel.clone(), term.clone()];
            found(semantics, &terms, &messages, moment, *time, None)
        }
        (
            Formula::Table {
                table,
                arguments,
                phase,
                time,
                ..
            },
            Premise::Entry(n),
        ) => match state.entries.get(*n as usize) {
            Some(entry) if entry.table == *table && in_time(phase, entry.phase) => {
                let columns = entry.columns.clone();
                found(semantics, arguments, &columns, entry.moment, *time, None)
            }
            _ => Ok(Vec::new()),
        },
        (Formula::Predicate { .. }, _) => Err("user predicates are not checked on runs".to_owned()),
        _ => Ok(Vec::new()),
    }
}

/// The last phase that a process mentions.
fn last_phase(process: &Process) -> u32 {
    let mut last = 0;
    let mut stack = vec![process];
    while let Some(p) = stack.pop() {
        match &p.kind {
            ProcessKind::Phase { phase, then } => {
                last = last.max(*phase);
                stack.push(then);
            }
            ProcessKind::Call { body, .. } => stack.push(body),
            ProcessKind::Event { then, .. }
            | ProcessKind::Input { then, .. }
            | ProcessKind::Insert { then, .. }
            | ProcessKind::New { then, .. }
            | ProcessKind::Output { then, .. } => stack.push(then),
            ProcessKind::Get {
                then, otherwise, ..
            } => {
                stack.push(then);
                stack.extend(otherwise.as_deref());
            }
            ProcessKind::If {
                then, otherwise, ..
            }
            | ProcessKind::Let {
                then, otherwise, ..
            }
            | ProcessKind::LetSuchThat {
                then, otherwise, ..
            } => stack.extend([&**then, &**otherwise]),
            ProcessKind::Parallel(parts) => stack.extend(parts),
            ProcessKind::Replicate(body) => stack.push(body),
            ProcessKind::Nil => {}
        }
    }
    last
}

/// Whether a variable stands for a time.
pub(super) fn is_time(correspondence: &Correspondence, index: u32) -> bool {
    correspondence
        .variables
        .get(index as usize)
        .is_some_and(|v| v.ty == TypeId::TIME)
}
