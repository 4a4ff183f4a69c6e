//! Premises of a query on a run: the instance a trace names, and all of them.

use super::patterns::{ground, matches};
use crate::messages::{Bindings, Message};
use crate::recipe::available;
use crate::replay::Run;
use crate::state::Moment;
use crate::step::{Happened, Semantics};
use pi::{Correspondence, Formula, Process, ProcessKind, QueryTerm, TypeId};
use proof::attack::{Premise, Step};
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
/// (events, table entries, messages that are sent) can be among them.
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
    // From when on a premise holds is what `one` says, or later.
    let at_once = |premise| (premise, 0);
    for (i, fact) in facts(correspondence).into_iter().enumerate() {
        let candidates: Vec<(Premise, Moment)> = match (fixed.get(&i), fact) {
            (Some(premise), _) => vec![at_once(premise.clone())],
            (None, Formula::Event { .. }) => (0..count(run.state.events.len()))
                .map(|n| at_once(Premise::Event(n)))
                .collect(),
            (None, Formula::Message { phase, time, .. }) => sent(run, *phase, time.is_some())?,
            (None, Formula::Table { .. }) => (0..count(run.state.entries.len()))
                .map(|n| at_once(Premise::Entry(n)))
                .collect(),
            (None, _) => return Err("a premise is not something a run enumerates".into()),
        };
        let mut next = Vec::new();
        for instance in &all {
            for (candidate, moment) in &candidates {
                let found = one(semantics, run, correspondence, fact, candidate, instance)?;
                next.extend(found.into_iter().map(|mut instance| {
                    instance.moment = instance.moment.max(*moment);
                    instance
                }));
            }
        }
        if next.len() > INSTANCES {
            return Err(format!("the premises have more than {INSTANCES} instances"));
        }
        all = next;
    }
    keep_compared(semantics, correspondence, all)
}

/// The messages that are sent in a run, in a phase if one is given, by copies and by
/// the attacker, with the moment at which the attacker does so. What the attacker
/// could have sent, too, is another run.
fn sent(run: &Run<'_>, phase: Option<u32>, timed: bool) -> Result<Vec<(Premise, Moment)>, String> {
    let mut found = Vec::new();
    for (number, record) in (0_u32..).zip(&run.state.sent) {
        if phase.is_none_or(|p| p == record.phase) {
            found.push((Premise::Sent(number), record.moment));
        }
    }
    let (mut now, mut during) = (0, 0);
    for performed in &run.steps {
        match &performed.step {
            Step::Phase { phase } => during = *phase,
            Step::Input {
                channel, message, ..
            } if phase.is_none_or(|p| p == during) => {
                if timed {
                    return Err("when the attacker sends a message is not a moment".into());
                }
                let (channel, message) = (channel.clone(), message.clone());
                found.push((Premise::Sends { channel, message }, now));
            }
            _ => {}
        }
        for happened in &performed.happened {
            now = now.max(match happened {
                Happened::Event(n) => moment_of(&run.state.events, *n, |e| e.moment),
                Happened::Inserted(n) => moment_of(&run.state.entries, *n, |e| e.moment),
                Happened::Sent(n) => moment_of(&run.state.sent, *n, |s| s.moment),
                _ => 0,
            });
        }
    }
    Ok(found)
}

fn moment_of<T>(records: &[T], number: u32, moment: impl Fn(&T) -> Moment) -> Moment {
    records.get(number as usize).map_or(0, moment)
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
            state,
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
                Premise::Sends { .. } if semantics.program().settings.passive_attacker => {
                    return Err("a passive attacker does not send".into());
                }
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
                return Ok(Vec::new());
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
