//! Terms of a query matched against messages of a run.
//!
//! Matching is modulo the whole theory: against every narrowing variant of the
//! terms. Where that gives no finite answer it is an error, so a premise that
//! holds is never taken for one that does not.

use crate::evaluate::Place;
use crate::messages::{Bindings, Message, Node, Value};
use crate::state::State;
use crate::step::Semantics;
use crate::theory::erase;
use pi::{BoundArgument, Correspondence, NameId, QueryTerm, RuleTerm, Span, TypeId, VarId};
use std::collections::BTreeMap;

/// A variable that stands for a name, what the name's arguments must be, and
/// where the query says so.
type Fixed = (u32, Vec<(BoundArgument, QueryTerm)>, Span);

/// Terms of a query as patterns: names become variables above the declared
/// ones, bound in advance or restricted to names of one binder.
#[derive(Clone, Debug)]
pub(super) struct Patterns {
    next: u32,
    free: Vec<(u32, NameId)>,
    bound: Vec<(u32, VarId)>,
    /// What the arguments of such a name must be.
    fixed: Vec<Fixed>,
}

impl Patterns {
    /// `taken` variables are in use already.
    pub(super) fn new(taken: usize) -> Self {
        Self {
            next: u32::try_from(taken).unwrap_or(u32::MAX),
            free: Vec::new(),
            bound: Vec::new(),
            fixed: Vec::new(),
        }
    }

    fn pattern(&mut self, term: &QueryTerm) -> Result<RuleTerm, String> {
        Ok(match term {
            QueryTerm::Apply(f, arguments) => RuleTerm::Apply(
                *f,
                arguments
                    .iter()
                    .map(|a| self.pattern(a))
                    .collect::<Result<_, _>>()?,
            ),
            QueryTerm::Bound {
                name,
                arguments,
                span,
            } => {
                let v = self.fresh();
                if !arguments.is_empty() {
                    self.fixed.push((v, arguments.clone(), *span));
                }
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
    state: &State<'_>,
    correspondence: &Correspondence,
    terms: &[QueryTerm],
    messages: &[Message],
    bindings: &Bindings,
) -> Result<Vec<Bindings>, String> {
    let declared = correspondence.variables.len();
    let mut patterns = Patterns::new(declared.max(bindings.len()));
    let terms = terms
        .iter()
        .map(|t| patterns.pattern(t))
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
                _ if v.ty == TypeId::SID => true,
                Some(Value::Message(m)) => semantics.messages().fits(semantics.program(), m, v.ty),
                _ => true,
            }
        });
        right_names && right_types
    });
    let mut found = found
        .into_iter()
        .map(|b| born(semantics, state, correspondence, &patterns.fixed, b))
        .collect::<Result<Vec<_>, _>>()?
        .concat();
    for b in &mut found {
        b.truncate(declared.max(bindings.len()));
    }
    found.sort();
    found.dedup();
    Ok(found)
}

/// The bindings under which the names were made with these arguments. A session
/// is a copy of a process; it stands in bindings as the number of the copy, which
/// nothing but another session is compared with.
fn born(
    semantics: &mut Semantics<'_>,
    state: &State<'_>,
    correspondence: &Correspondence,
    fixed: &[Fixed],
    bindings: Bindings,
) -> Result<Vec<Bindings>, String> {
    let (mut terms, mut messages) = (Vec::new(), Vec::new());
    for (v, arguments, span) in fixed {
        let name = bindings.get(*v as usize).copied().flatten();
        let birth = match name.and_then(Value::message) {
            Some(m) => match semantics.messages().node(m) {
                Node::Fresh(_, number) => state.births.get(number),
                _ => None,
            },
            None => None,
        };
        let unknown = || {
            let at = Place {
                program: semantics.program(),
                span: *span,
                point: None,
            };
            format!(
                "{}: it is not known where this name was made",
                at.describe()
            )
        };
        let birth = birth.ok_or_else(unknown)?;
        for (argument, term) in arguments {
            let value = match argument {
                BoundArgument::Session(k) => (*k as usize)
                    .checked_sub(1)
                    .and_then(|k| birth.sessions.get(k))
                    .map(|copy| semantics.messages_mut().natural(u64::from(copy.0))),
                BoundArgument::Variable(x) => birth.environment.get(x).copied(),
            };
            terms.push(term.clone());
            messages.push(value.ok_or("a name of this query has no such argument")?);
        }
    }
    if terms.is_empty() {
        return Ok(vec![bindings]);
    }
    matches(
        semantics,
        state,
        correspondence,
        &terms,
        &messages,
        &bindings,
    )
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
    let mut patterns = terms;
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
