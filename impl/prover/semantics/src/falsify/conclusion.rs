//! All ways in which the conclusion of a query could hold on a run.
//!
//! Facts are looked up among what has happened by the given moment, variables
//! of the conclusion alone are existential, and comparisons come last. What
//! cannot be settled yields a way marked unknown.
//!
//! One file because it is one search: each kind of formula is a step of it, over the
//! same ways.

use super::equality::{only_differing, solved};
use super::patterns::{ground, matches};
use super::premises::{Instance, facts, is_time};
use crate::evaluate::Place;
use crate::knowledge::{Deduction, Knowledge};
use crate::messages::{Bindings, Message, Node, Value};
use crate::predicates::{Pattern, answers, is_constructor};
use crate::replay::Run;
use crate::state::Moment;
use crate::step::Semantics;
use pi::{Correspondence, Formula, NaturalOperation, PredicateId, QueryTerm, Span, TypeId};
use std::collections::{BTreeMap, BTreeSet};

/// Most ways that are kept at one time.
const WAYS: usize = 20_000;

/// One way in which a conclusion holds.
#[derive(Clone, Debug)]
pub(super) struct Way {
    pub(super) bindings: Bindings,
    pub(super) times: BTreeMap<u32, Moment>,
    /// The event chosen for each injective event of the conclusion: number of
    /// the occurrence in the formula, number of the event in the run.
    pub(super) chosen: BTreeMap<usize, u32>,
    /// Why it may not be one after all.
    pub(super) unknown: Option<String>,
}

/// The ways in which the conclusion holds for an instance of the premises.
pub(super) fn solve(
    semantics: &mut Semantics<'_>,
    run: &Run<'_>,
    correspondence: &Correspondence,
    instance: &Instance,
) -> Result<Vec<Way>, String> {
    let start = Way {
        bindings: instance.bindings.clone(),
        times: instance.times.clone(),
        chosen: BTreeMap::new(),
        unknown: None,
    };
    let conclusion = solved(semantics.program(), correspondence);
    let mut search = Search {
        semantics,
        run,
        correspondence,
        injective: injective_events(&conclusion),
        differing: only_differing(correspondence),
        knowledge: BTreeMap::new(),
    };
    search.formula(start, &conclusion, instance.moment)
}

/// A comparison of numbers or times; `None` when it is open.
pub(super) fn compare(
    semantics: &mut Semantics<'_>,
    operation: NaturalOperation,
    terms: &[QueryTerm],
    instance: &Instance,
) -> Result<Option<bool>, String> {
    compare_at(
        semantics,
        operation,
        terms,
        &instance.bindings,
        &instance.times,
    )
}

fn compare_at(
    semantics: &mut Semantics<'_>,
    operation: NaturalOperation,
    terms: &[QueryTerm],
    bindings: &Bindings,
    times: &BTreeMap<u32, Moment>,
) -> Result<Option<bool>, String> {
    let mut numbers = Vec::new();
    let mut moments = false;
    for term in terms {
        if let QueryTerm::Var(v) = term
            && let Some(moment) = times.get(v)
        {
            numbers.push(Some(u64::from(*moment)));
            moments = true;
            continue;
        }
        let message = ground(semantics, term, bindings)?;
        numbers.push(match message.map(|m| semantics.messages().node(m)) {
            Some(Node::Natural(n)) => Some(*n),
            // A comparison holds of numbers only.
            Some(_) => return Ok(Some(false)),
            None => None,
        });
    }
    Ok(match (operation, numbers.as_slice()) {
        (NaturalOperation::IsNat, [Some(_)]) => Some(true),
        // Whatever the other is.
        (NaturalOperation::Less, [None, Some(0)]) if !moments => Some(false),
        (NaturalOperation::Less, [Some(a), Some(b)]) => Some(a < b),
        (NaturalOperation::LessOrEqual, [Some(a), Some(b)]) => Some(a <= b),
        _ => None,
    })
}

struct Search<'a, 'p> {
    semantics: &'a mut Semantics<'p>,
    run: &'a Run<'a>,
    correspondence: &'a Correspondence,
    /// Injective events of the conclusion, by identity, in text order.
    injective: Vec<*const Formula>,
    /// Variables that only disequalities of the conclusion speak of.
    differing: BTreeSet<u32>,
    knowledge: BTreeMap<(Moment, u32), Knowledge>,
}

impl Search<'_, '_> {
    fn formula(&mut self, way: Way, formula: &Formula, by: Moment) -> Result<Vec<Way>, String> {
        match formula {
            Formula::True => Ok(vec![way]),
            Formula::False => Ok(Vec::new()),
            Formula::And(parts) => self.all_of(way, parts, by),
            Formula::Or(parts) => {
                let mut out = Vec::new();
                for part in parts {
                    out.extend(self.formula(way.clone(), part, by)?);
                }
                Ok(out)
            }
            Formula::Nested(fact, then) => {
                let mut out = Vec::new();
                for (way, moment) in self.happened(&way, fact, by)? {
                    out.extend(self.formula(way, then, moment)?);
                }
                Ok(out)
            }
            Formula::Event { .. } | Formula::Message { .. } | Formula::Table { .. } => {
                let all = self.happened(&way, formula, by)?;
                Ok(all.into_iter().map(|(w, _)| w).collect())
            }
            Formula::Attacker {
                term, phase, time, ..
            } => self.attacker(way, term, phase.unwrap_or(u32::MAX), *time, by),
            Formula::Equal(l, r, _) => self.equal(way, l, r),
            // Of no value.
            Formula::Unequal(l, r, _) if l == r => Ok(Vec::new()),
            Formula::Unequal(l, r, _) => {
                let moment = |term: &QueryTerm| match term {
                    QueryTerm::Var(v) => way.times.get(v).copied(),
                    _ => None,
                };
                if let (Some(x), Some(y)) = (moment(l), moment(r)) {
                    return Ok(if x == y { Vec::new() } else { vec![way] });
                }
                let bindings = self.chosen_to_differ(&way.bindings);
                let left = ground(self.semantics, l, &bindings)?;
                let right = ground(self.semantics, r, &bindings)?;
                Ok(match (left, right) {
                    (Some(a), Some(b)) if a == b => Vec::new(),
                    (Some(_), Some(_)) => vec![way],
                    _ => vec![doubt(way, "a disequality of the conclusion is open")],
                })
            }
            Formula::Natural(operation, terms, _) => {
                let known =
                    compare_at(self.semantics, *operation, terms, &way.bindings, &way.times)?;
                Ok(match known {
                    Some(true) => vec![way],
                    Some(false) => Vec::new(),
                    None => vec![doubt(way, "a comparison of the conclusion is open")],
                })
            }
            Formula::Predicate {
                predicate,
                arguments,
                span,
            } => self.predicate(&way, *predicate, arguments, *span),
        }
    }

    /// A name for each variable that only disequalities speak of: it differs from
    /// everything that is not the same term for all of its values.
    fn chosen_to_differ(&mut self, bindings: &Bindings) -> Bindings {
        let mut chosen = bindings.clone();
        let declared = self.correspondence.variables.len();
        chosen.resize(declared.max(bindings.len()), None);
        for v in &self.differing {
            let declared = self.correspondence.variables.get(*v as usize);
            if let (Some(slot @ None), Some(declared)) = (chosen.get_mut(*v as usize), declared) {
                let messages = self.semantics.messages_mut();
                *slot = Some(Value::Message(
                    messages.attacker(u32::MAX - *v, declared.ty),
                ));
            }
        }
        chosen
    }

    /// A conjunction: facts bind variables, so they come first.
    fn all_of(&mut self, way: Way, parts: &[Formula], by: Moment) -> Result<Vec<Way>, String> {
        let mut flat = Vec::new();
        flatten(parts, &mut flat);
        flat.sort_by_key(|f| rank(f));
        let mut ways = vec![way];
        for part in flat {
            let mut next = Vec::new();
            for way in ways {
                next.extend(self.formula(way, part, by)?);
            }
            if next.len() > WAYS {
                return Err("the conclusion can hold in too many ways to look at".into());
            }
            ways = next;
        }
        Ok(ways)
    }

    /// Facts that have happened by a moment, with their moments.
    fn happened(
        &mut self,
        way: &Way,
        fact: &Formula,
        by: Moment,
    ) -> Result<Vec<(Way, Moment)>, String> {
        let state = &self.run.state;
        let mut candidates: Vec<(Vec<Message>, Moment, Option<u32>)> = Vec::new();
        let (terms, time) = match fact {
            Formula::Event {
                event,
                arguments,
                time,
                ..
            } => {
                for (i, record) in state.events.iter().enumerate() {
                    if record.event == *event && record.moment <= by {
                        let number = u32::try_from(i).unwrap_or(u32::MAX);
                        candidates.push((record.arguments.clone(), record.moment, Some(number)));
                    }
                }
                (arguments.clone(), *time)
            }
            Formula::Table {
                table,
                arguments,
                phase,
                time,
                ..
            } => {
                for entry in &state.entries {
                    let counts = phase.is_none_or(|p| entry.phase <= p);
                    if entry.table == *table && entry.moment <= by && counts {
                        candidates.push((entry.columns.clone(), entry.moment, None));
                    }
                }
                (arguments.clone(), *time)
            }
            Formula::Message {
                channel,
                term,
                phase,
                time,
                ..
            } => {
                for sent in &state.sent {
                    let counts = phase.is_none_or(|p| sent.phase <= p);
                    if sent.moment <= by && counts {
                        let both = vec![sent.channel, sent.message];
                        candidates.push((both, sent.moment, None));
                    }
                }
                let phase = phase.unwrap_or(u32::MAX);
                if let Some(doubtful) = self.attacker_sends(way, channel, term, phase, by)? {
                    return Ok(vec![(doubtful, by)]);
                }
                (vec![channel.clone(), term.clone()], *time)
            }
            _ => {
                return Ok(vec![(
                    doubt(way.clone(), "a nested fact is not an event"),
                    by,
                )]);
            }
        };
        let place = self.injective.iter().position(|f| core::ptr::eq(*f, fact));
        let mut out = Vec::new();
        for (messages, moment, number) in candidates {
            let all = matches(
                self.semantics,
                &self.run.state,
                self.correspondence,
                &terms,
                &messages,
                &way.bindings,
            )?;
            for bindings in all {
                let mut next = way.clone();
                next.bindings = bindings;
                if let Some(t) = time {
                    next.times.insert(t, moment);
                }
                if let (Some(place), Some(number)) = (place, number) {
                    next.chosen.insert(place, number);
                }
                out.push((next, moment));
            }
        }
        Ok(out)
    }

    /// The attacker could send it itself: then `mess` may hold.
    fn attacker_sends(
        &mut self,
        way: &Way,
        channel: &QueryTerm,
        term: &QueryTerm,
        phase: u32,
        by: Moment,
    ) -> Result<Option<Way>, String> {
        for part in [channel, term] {
            let Some(message) = ground(self.semantics, part, &way.bindings)? else {
                return Ok(Some(doubt(
                    way.clone(),
                    "a message of the conclusion is open",
                )));
            };
            if self.deduce(message, phase, by)? == Deduction::Underivable {
                return Ok(None);
            }
        }
        Ok(Some(way.clone()))
    }

    fn attacker(
        &mut self,
        way: Way,
        term: &QueryTerm,
        phase: u32,
        time: Option<u32>,
        by: Moment,
    ) -> Result<Vec<Way>, String> {
        let Some(message) = ground(self.semantics, term, &way.bindings)? else {
            return Ok(vec![doubt(way, "what the attacker is to know is open")]);
        };
        Ok(match self.deduce(message, phase, by)? {
            Deduction::Underivable => Vec::new(),
            Deduction::Computes(_) if time.is_none() => vec![way],
            Deduction::Computes(_) => vec![doubt(way, "when the attacker knows it is open")],
            Deduction::Unknown => vec![doubt(
                way,
                "it could not be settled whether the attacker computes a message",
            )],
        })
    }

    /// The answers to a predicate, and doubt unless they are all.
    fn predicate(
        &mut self,
        way: &Way,
        predicate: PredicateId,
        arguments: &[QueryTerm],
        span: Span,
    ) -> Result<Vec<Way>, String> {
        let mut open = Vec::new();
        let mut patterns = Vec::with_capacity(arguments.len());
        for argument in arguments {
            match self.pattern(argument, way, &mut open)? {
                Some(pattern) => patterns.push(pattern),
                None => return Ok(vec![doubt(way.clone(), "a predicate is open")]),
            }
        }
        let variables = &self.correspondence.variables;
        let types: Vec<TypeId> = open
            .iter()
            .map(|v| {
                let declared = variables.get(*v as usize);
                declared.map_or(TypeId::ANY, |v| v.ty)
            })
            .collect();
        let program = self.semantics.program();
        let place = Place {
            program,
            span,
            point: None,
        };
        let messages = self.semantics.messages_mut();
        let Ok(answers) = answers(program, messages, predicate, patterns, &types, place) else {
            let why = "it could not be settled whether a predicate holds";
            return Ok(vec![doubt(way.clone(), why)]);
        };
        let mut out = Vec::new();
        for values in &answers.found {
            let mut next = way.clone();
            for (v, value) in open.iter().zip(values) {
                if let Some(slot) = next.bindings.get_mut(*v as usize) {
                    *slot = Some(Value::Message(*value));
                }
            }
            out.push(next);
        }
        if !answers.complete {
            let why = "it could not be settled for what a predicate holds";
            out.push(doubt(way.clone(), why));
        }
        Ok(out)
    }

    /// An argument of a predicate, with what is not known yet left open.
    fn pattern(
        &mut self,
        term: &QueryTerm,
        way: &Way,
        open: &mut Vec<u32>,
    ) -> Result<Option<Pattern>, String> {
        if let Some(message) = ground(self.semantics, term, &way.bindings)? {
            return Ok(Some(Pattern::Known(message)));
        }
        match term {
            QueryTerm::Var(v) => {
                let place = open.iter().position(|w| w == v).unwrap_or_else(|| {
                    open.push(*v);
                    open.len() - 1
                });
                Ok(Some(Pattern::Open(place)))
            }
            QueryTerm::Apply(f, arguments) if is_constructor(self.semantics.program(), *f) => {
                let mut patterns = Vec::with_capacity(arguments.len());
                for a in arguments {
                    match self.pattern(a, way, open)? {
                        Some(pattern) => patterns.push(pattern),
                        None => return Ok(None),
                    }
                }
                Ok(Some(Pattern::Apply(*f, patterns)))
            }
            QueryTerm::Apply(..) | QueryTerm::Bound { .. } | QueryTerm::Name(_) => Ok(None),
        }
    }

    fn deduce(&mut self, message: Message, phase: u32, by: Moment) -> Result<Deduction, String> {
        let program = self.semantics.program();
        if let std::collections::btree_map::Entry::Vacant(slot) = self.knowledge.entry((by, phase))
        {
            let new = Knowledge::at(
                program,
                self.semantics.messages_mut(),
                &self.run.state,
                by,
                phase,
            )
            .map_err(|e| e.to_string())?;
            slot.insert(new);
        }
        match self.knowledge.get_mut(&(by, phase)) {
            Some(knowledge) => knowledge
                .decide(program, self.semantics.messages_mut(), message)
                .map_err(|e| e.to_string()),
            None => Ok(Deduction::Unknown),
        }
    }

    fn equal(&mut self, way: Way, l: &QueryTerm, r: &QueryTerm) -> Result<Vec<Way>, String> {
        let left = ground(self.semantics, l, &way.bindings)?;
        let right = ground(self.semantics, r, &way.bindings)?;
        let (term, message) = match (left, right) {
            (Some(a), Some(b)) => return Ok(if a == b { vec![way] } else { Vec::new() }),
            (Some(a), None) => (r, a),
            (None, Some(b)) => (l, b),
            (None, None) => {
                if let (QueryTerm::Var(a), QueryTerm::Var(b)) = (l, r)
                    && is_time(self.correspondence, *a)
                    && let (Some(x), Some(y)) = (way.times.get(a), way.times.get(b))
                {
                    return Ok(if x == y { vec![way] } else { Vec::new() });
                }
                return Ok(vec![doubt(way, "an equality of the conclusion is open")]);
            }
        };
        let all = matches(
            self.semantics,
            &self.run.state,
            self.correspondence,
            core::slice::from_ref(term),
            &[message],
            &way.bindings,
        )?;
        Ok(all
            .into_iter()
            .map(|bindings| Way {
                bindings,
                ..way.clone()
            })
            .collect())
    }
}

fn doubt(mut way: Way, why: &str) -> Way {
    way.unknown = Some(why.to_owned());
    way
}

fn flatten<'f>(parts: &'f [Formula], into: &mut Vec<&'f Formula>) {
    for part in parts {
        match part {
            Formula::And(inner) => flatten(inner, into),
            other => into.push(other),
        }
    }
}

fn rank(formula: &Formula) -> u8 {
    match formula {
        Formula::Event { .. } | Formula::Table { .. } | Formula::True | Formula::False => 0,
        Formula::Message { .. } | Formula::Nested(..) => 1,
        Formula::And(_) | Formula::Or(_) => 2,
        Formula::Equal(..) => 3,
        Formula::Attacker { .. } | Formula::Predicate { .. } => 4,
        Formula::Natural(..) | Formula::Unequal(..) => 5,
    }
}

/// Injective events of a formula, in text order.
pub(super) fn injective_events(formula: &Formula) -> Vec<*const Formula> {
    let mut out = Vec::new();
    let mut stack = vec![formula];
    while let Some(f) = stack.pop() {
        match f {
            Formula::And(parts) | Formula::Or(parts) => stack.extend(parts.iter().rev()),
            Formula::Nested(fact, then) => {
                stack.push(then);
                stack.push(fact);
            }
            Formula::Event {
                injective: true, ..
            } => out.push(core::ptr::from_ref(f)),
            _ => {}
        }
    }
    out
}

/// Whether a premise is an injective event.
pub(super) fn has_injective_premise(correspondence: &Correspondence) -> bool {
    facts(correspondence).iter().any(|f| {
        matches!(
            f,
            Formula::Event {
                injective: true,
                ..
            }
        )
    })
}
