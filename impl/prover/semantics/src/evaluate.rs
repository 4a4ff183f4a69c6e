//! Evaluating terms and matching patterns of a process.
//!
//! Evaluation is left to right and in place: `new`, `event`, `insert` and
//! `get` inside a term act when they are reached. What they act on is behind
//! [`Effects`], so that the same evaluator serves a run of the model, a
//! condition that must not act, and a recording of an implementation.
//!
//! Three-valued conditions, failure and `let … else` are as in the ProVerif
//! manual, sections 3.1 and 4.1.5: a condition that *fails* takes neither
//! branch, a value that fails or does not match takes `else`.

use crate::error::StepError;
use crate::messages::{ComputeError, Message, Messages, Value};
use crate::predicates::{Pattern as Sought, answers, is_constructor};
use crate::theory::place;
use pi::{
    EventId, FunId, Pattern, PatternKind, PointId, PredicateId, Program, Span, TableId, Term,
    TermKind, TypeId, VarId,
};
use std::collections::BTreeMap;

/// Values of the variables of one copy.
pub type Environment = BTreeMap<VarId, Message>;

/// What a term can do beside having a value.
pub trait Effects {
    /// `new`: a name that never was, made by who knows these variables.
    fn fresh(
        &mut self,
        messages: &mut Messages,
        binder: VarId,
        environment: &Environment,
        at: Place<'_>,
    ) -> Result<Message, StepError>;
    /// `event`.
    fn event(
        &mut self,
        event: EventId,
        arguments: Vec<Message>,
        at: Place<'_>,
    ) -> Result<(), StepError>;
    /// `insert`.
    fn insert(
        &mut self,
        table: TableId,
        arguments: Vec<Message>,
        at: Place<'_>,
    ) -> Result<(), StepError>;
    /// The entries of a table now, with their numbers.
    fn entries(&self, table: TableId) -> Vec<(u32, Vec<Message>)>;
    /// Which of the matching entries a `get` takes, `None` for `else`. The
    /// caller checks that the answer is open.
    fn choose(&mut self, matching: &[u32], at: Place<'_>) -> Result<Option<u32>, StepError>;
}

/// Where something happens.
#[derive(Clone, Copy, Debug)]
pub struct Place<'p> {
    /// The program.
    pub program: &'p Program,
    /// The text.
    pub span: Span,
    /// The point, where there is one.
    pub point: Option<PointId>,
}

impl Place<'_> {
    /// `file:line:column`.
    #[must_use]
    pub fn describe(&self) -> String {
        place(self.program, self.span)
    }
}

/// No effect is allowed: for conditions that are tried.
#[derive(Debug)]
pub struct Pure;

impl Effects for Pure {
    fn fresh(
        &mut self,
        _: &mut Messages,
        _: VarId,
        _: &Environment,
        at: Place<'_>,
    ) -> Result<Message, StepError> {
        Err(impure(at))
    }
    fn event(&mut self, _: EventId, _: Vec<Message>, at: Place<'_>) -> Result<(), StepError> {
        Err(impure(at))
    }
    fn insert(&mut self, _: TableId, _: Vec<Message>, at: Place<'_>) -> Result<(), StepError> {
        Err(impure(at))
    }
    fn entries(&self, _: TableId) -> Vec<(u32, Vec<Message>)> {
        Vec::new()
    }
    fn choose(&mut self, _: &[u32], at: Place<'_>) -> Result<Option<u32>, StepError> {
        Err(impure(at))
    }
}

fn impure(at: Place<'_>) -> StepError {
    StepError::Unsupported {
        at: at.describe(),
        what: "`new`, `event`, `insert` or `get` inside the patterns or condition of a `get`",
    }
}

/// Evaluates terms of one program.
pub struct Evaluator<'a, 'p, E: Effects> {
    /// The program.
    pub program: &'p Program,
    /// Owner of the messages.
    pub messages: &'a mut Messages,
    /// Where effects go.
    pub effects: &'a mut E,
}

impl<'p, E: Effects> Evaluator<'_, 'p, E> {
    /// The value of a term. Variables bound inside are added to the
    /// environment; every binder of a program has its own, so none is lost.
    pub fn evaluate(
        &mut self,
        term: &'p Term,
        environment: &mut Environment,
    ) -> Result<Value, StepError> {
        let at = |point| Place {
            program: self.program,
            span: term.span,
            point,
        };
        match &term.kind {
            TermKind::Apply(function, arguments) => {
                self.evaluate_application(term, *function, arguments, environment)
            }
            TermKind::Event {
                point,
                event,
                arguments,
                then,
            } => {
                let here = at(Some(*point));
                let Some(values) = self.messages_of(arguments, environment)? else {
                    return Ok(Value::Fail);
                };
                self.effects.event(*event, values, here)?;
                self.evaluate(then, environment)
            }
            TermKind::Fail => Ok(Value::Fail),
            TermKind::Get {
                point,
                table,
                patterns,
                condition,
                then,
                otherwise,
                ..
            } => {
                let here = at(Some(*point));
                let entry = self.take(*table, patterns, condition.as_deref(), environment, here)?;
                let branch = if entry { then } else { otherwise };
                self.evaluate(branch, environment)
            }
            TermKind::If {
                condition,
                then,
                otherwise,
            } => match self.evaluate(condition, environment)? {
                Value::Fail => Ok(Value::Fail),
                Value::Message(m) if m == self.messages.boolean(true) => {
                    self.evaluate(then, environment)
                }
                Value::Message(_) => self.evaluate(otherwise, environment),
            },
            TermKind::Insert {
                point,
                table,
                arguments,
                then,
            } => {
                let here = at(Some(*point));
                let Some(values) = self.messages_of(arguments, environment)? else {
                    return Ok(Value::Fail);
                };
                self.effects.insert(*table, values, here)?;
                self.evaluate(then, environment)
            }
            TermKind::Let {
                pattern,
                value,
                then,
                otherwise,
                ..
            } => {
                let matched = match self.evaluate(value, environment)? {
                    Value::Fail => false,
                    Value::Message(m) => self.bind(pattern, m, environment)?,
                };
                self.evaluate(if matched { then } else { otherwise }, environment)
            }
            TermKind::LetSuchThat {
                point,
                variables,
                predicate,
                arguments,
                then,
                otherwise,
            } => {
                // Nothing to bind: a condition, which fails with its arguments.
                if variables.is_empty() && self.messages_of(arguments, environment)?.is_none() {
                    return Ok(Value::Fail);
                }
                let here = at(Some(*point));
                let found = self.such_that(variables, *predicate, arguments, environment, here)?;
                self.evaluate(if found { then } else { otherwise }, environment)
            }
            TermKind::Name(name) => Ok(Value::Message(self.messages.free(*name))),
            TermKind::New {
                point, name, then, ..
            } => {
                let here = at(Some(*point));
                let fresh = self
                    .effects
                    .fresh(self.messages, *name, environment, here)?;
                environment.insert(*name, fresh);
                self.evaluate(then, environment)
            }
            TermKind::Var(v) => match environment.get(v) {
                Some(m) => Ok(Value::Message(*m)),
                None => Err(StepError::Compute {
                    at: at(None).describe(),
                    error: ComputeError::Unknown {
                        what: "variable",
                        number: v.0,
                    },
                }),
            },
        }
    }

    /// The values of terms, or `None` when one of them fails.
    pub fn messages_of(
        &mut self,
        terms: &'p [Term],
        environment: &mut Environment,
    ) -> Result<Option<Vec<Message>>, StepError> {
        let values = self.evaluate_all(terms, environment)?;
        Ok(values.into_iter().map(Value::message).collect())
    }

    /// Whether a message matches a pattern; binds its variables left to right,
    /// so that a later `=M` may mention an earlier one.
    pub fn bind(
        &mut self,
        pattern: &'p Pattern,
        message: Message,
        environment: &mut Environment,
    ) -> Result<bool, StepError> {
        if !self.messages.fits(self.program, message, pattern.ty) {
            return Ok(false);
        }
        match &pattern.kind {
            PatternKind::Var(v) => {
                environment.insert(*v, message);
                Ok(true)
            }
            PatternKind::Equal(term) => {
                Ok(self.evaluate(term, environment)? == Value::Message(message))
            }
            PatternKind::Data(function, patterns) => {
                let Some(parts) = self.messages.open(self.program, message, *function) else {
                    return Ok(false);
                };
                for (p, part) in patterns.iter().zip(parts) {
                    if !self.bind(p, part, environment)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
        }
    }

    /// `let x suchthat p(M,…)`: binds the values that the effects choose among
    /// those for which the predicate holds, or answers false for `else`, which is
    /// open only if there are none. A single answer without variables to bind
    /// leaves no choice.
    pub fn such_that(
        &mut self,
        variables: &'p [VarId],
        predicate: PredicateId,
        arguments: &'p [Term],
        environment: &mut Environment,
        here: Place<'_>,
    ) -> Result<bool, StepError> {
        let mut patterns = Vec::with_capacity(arguments.len());
        for argument in arguments {
            match self.open_term(argument, variables, environment)? {
                Some(pattern) => patterns.push(pattern),
                None => return Ok(false),
            }
        }
        let types: Vec<TypeId> = variables
            .iter()
            .map(|v| {
                let declared = self.program.variables.get(v.0 as usize);
                declared.map_or(TypeId::ANY, |v| v.ty)
            })
            .collect();
        let place = Place {
            program: self.program,
            span: here.span,
            point: here.point,
        };
        let program = self.program;
        let answers = answers(program, self.messages, predicate, patterns, &types, place)?;
        if answers.found.is_empty() && !answers.complete {
            return Err(StepError::Unsupported {
                at: here.describe(),
                what: "a predicate of which it is not known whether it holds",
            });
        }
        let chosen = if variables.is_empty() || answers.found.is_empty() {
            answers.found.first().map(|_| 0)
        } else {
            let open: Vec<u32> = (0_u32..).take(answers.found.len()).collect();
            self.effects.choose(&open, here)?
        };
        let Some(number) = chosen else {
            return match answers.found.is_empty() {
                true => Ok(false),
                false => Err(StepError::EntryMatches {
                    at: here.describe(),
                    entry: 0,
                }),
            };
        };
        let Some(values) = answers.found.get(number as usize) else {
            return Err(StepError::EntryMismatch {
                at: here.describe(),
                entry: number,
            });
        };
        for (variable, value) in variables.iter().zip(values) {
            environment.insert(*variable, *value);
        }
        Ok(true)
    }

    /// An argument of a predicate: its value, or a pattern where it speaks of
    /// variables that are to be bound. `None` where it fails.
    fn open_term(
        &mut self,
        term: &'p Term,
        variables: &[VarId],
        environment: &mut Environment,
    ) -> Result<Option<Sought>, StepError> {
        match &term.kind {
            TermKind::Var(v) if variables.contains(v) => {
                Ok(variables.iter().position(|w| w == v).map(Sought::Open))
            }
            TermKind::Apply(function, arguments) if is_constructor(self.program, *function) => {
                let mut parts = Vec::with_capacity(arguments.len());
                for argument in arguments {
                    match self.open_term(argument, variables, environment)? {
                        Some(part) => parts.push(part),
                        None => return Ok(None),
                    }
                }
                Ok(Some(Sought::Apply(*function, parts)))
            }
            _ => {
                let mut trial = Evaluator {
                    program: self.program,
                    messages: self.messages,
                    effects: &mut Pure,
                };
                let value = trial.evaluate(term, environment)?;
                Ok(value.message().map(Sought::Known))
            }
        }
    }

    /// `get`: takes the entry that the effects choose and binds the patterns,
    /// or answers false for `else`, which is open only if nothing matches.
    pub fn take(
        &mut self,
        table: TableId,
        patterns: &'p [Pattern],
        condition: Option<&'p Term>,
        environment: &mut Environment,
        here: Place<'_>,
    ) -> Result<bool, StepError> {
        let mut matching = BTreeMap::new();
        for (number, columns) in self.effects.entries(table) {
            let mut trial = environment.clone();
            if self.entry_matches(patterns, condition, &columns, &mut trial)? {
                matching.insert(number, trial);
            }
        }
        let open: Vec<u32> = matching.keys().copied().collect();
        match self.effects.choose(&open, here)? {
            Some(entry) => match matching.remove(&entry) {
                Some(bound) => {
                    *environment = bound;
                    Ok(true)
                }
                None => Err(StepError::EntryMismatch {
                    at: here.describe(),
                    entry,
                }),
            },
            None => match open.first() {
                Some(entry) => Err(StepError::EntryMatches {
                    at: here.describe(),
                    entry: *entry,
                }),
                None => Ok(false),
            },
        }
    }

    fn entry_matches(
        &mut self,
        patterns: &'p [Pattern],
        condition: Option<&'p Term>,
        columns: &[Message],
        environment: &mut Environment,
    ) -> Result<bool, StepError> {
        let mut trial = Evaluator {
            program: self.program,
            messages: self.messages,
            effects: &mut Pure,
        };
        for (pattern, column) in patterns.iter().zip(columns) {
            if !trial.bind(pattern, *column, environment)? {
                return Ok(false);
            }
        }
        match condition {
            None => Ok(true),
            Some(term) => {
                let value = trial.evaluate(term, environment)?;
                Ok(value == Value::Message(self.messages.boolean(true)))
            }
        }
    }

    fn evaluate_application(
        &mut self,
        term: &'p Term,
        function: FunId,
        arguments: &'p [Term],
        environment: &mut Environment,
    ) -> Result<Value, StepError> {
        let values = self.evaluate_all(arguments, environment)?;
        self.messages
            .apply(self.program, function, &values)
            .map_err(|error| StepError::Compute {
                at: place(self.program, term.span),
                error,
            })
    }

    fn evaluate_all(
        &mut self,
        terms: &'p [Term],
        environment: &mut Environment,
    ) -> Result<Vec<Value>, StepError> {
        let mut values = Vec::with_capacity(terms.len());
        let mut failed = false;
        for term in terms {
            // Whether effects to the right of a failure happen is not settled
            // by the manual; a run that depends on it must not count.
            if failed && has_effects(term) {
                return Err(StepError::Unsupported {
                    at: place(self.program, term.span),
                    what: "an effect inside a term beside an argument that fails",
                });
            }
            let value = self.evaluate(term, environment)?;
            failed |= value == Value::Fail;
            values.push(value);
        }
        Ok(values)
    }
}

/// Whether evaluating a term can do more than yield a value.
fn has_effects(term: &Term) -> bool {
    let in_pattern = |p: &Pattern| pattern_has_effects(p);
    match &term.kind {
        TermKind::Apply(_, arguments) => arguments.iter().any(has_effects),
        TermKind::Event { .. }
        | TermKind::Get { .. }
        | TermKind::Insert { .. }
        | TermKind::New { .. } => true,
        TermKind::LetSuchThat {
            variables,
            then,
            otherwise,
            ..
        } => !variables.is_empty() || has_effects(then) || has_effects(otherwise),
        TermKind::Fail | TermKind::Name(_) | TermKind::Var(_) => false,
        TermKind::If {
            condition,
            then,
            otherwise,
        } => has_effects(condition) || has_effects(then) || has_effects(otherwise),
        TermKind::Let {
            pattern,
            value,
            then,
            otherwise,
            ..
        } => {
            in_pattern(pattern) || has_effects(value) || has_effects(then) || has_effects(otherwise)
        }
    }
}

fn pattern_has_effects(pattern: &Pattern) -> bool {
    match &pattern.kind {
        PatternKind::Data(_, patterns) => patterns.iter().any(pattern_has_effects),
        PatternKind::Equal(term) => has_effects(term),
        PatternKind::Var(_) => false,
    }
}
