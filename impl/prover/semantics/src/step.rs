//! Labelled transitions: one step of a run.
//!
//! The rules are those of the ProVerif manual (chapter 3 for processes, 4.1.4
//! for tables, 4.1.6 for phases). Where the manual leaves a choice this module
//! takes the reading with fewer runs, so that a run accepted here is one under
//! either reading; where it cannot, it refuses the step.

use crate::act::Act;
use crate::error::StepError;
use crate::evaluate::{Effects, Evaluator, Place};
use crate::messages::{Message, Messages, Value};
use crate::recipe::carry_out;
use crate::state::{State, Thread, stands_at};
use crate::theory::{TheoryError, place};
use pi::{Pattern, Process, ProcessKind, Program, Term, TypeId, VarId};
use proof::attack::{Copy, Entries, Recipe, Step};
use std::sync::Arc;

/// Something that happened in a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Happened {
    /// A condition, `let` or `get` went this way.
    Branch {
        /// Who.
        copy: Copy,
        /// `then` or `else`.
        then: bool,
    },
    /// A macro was entered.
    Called {
        /// Who.
        copy: Copy,
        /// The macro.
        name: String,
    },
    /// A name was made.
    Created {
        /// Who.
        copy: Copy,
        /// Its binder.
        binder: VarId,
        /// The name.
        name: Message,
    },
    /// The copy received what it has no use for, and that was its end.
    Ended {
        /// Who.
        copy: Copy,
    },
    /// The event with this number was executed.
    Event(u32),
    /// The entry with this number was inserted.
    Inserted(u32),
    /// The attacker made a name.
    AttackerName(Message),
    /// A new phase.
    Phase(u32),
    /// A message was received.
    Received {
        /// Who.
        copy: Copy,
        /// What.
        message: Message,
    },
    /// The message with this number was sent.
    Sent(u32),
    /// A copy was made.
    Started {
        /// From.
        copy: Copy,
        /// The new one.
        into: Copy,
    },
    /// A table entry was taken.
    Took {
        /// Who.
        copy: Copy,
        /// Its number, `None` for `else`.
        entry: Option<u32>,
    },
}

/// The semantics of one program: its states are [`State`]s, its messages live
/// here.
#[derive(Clone, Debug)]
pub struct Semantics<'p> {
    program: &'p Program,
    messages: Messages,
}

impl<'p> Semantics<'p> {
    /// Fails when the program's equations are not decided by this crate.
    pub fn new(program: &'p Program) -> Result<Self, TheoryError> {
        Ok(Self {
            program,
            messages: Messages::new(program)?,
        })
    }

    /// The program.
    #[must_use]
    pub fn program(&self) -> &'p Program {
        self.program
    }

    /// The messages.
    #[must_use]
    pub fn messages(&self) -> &Messages {
        &self.messages
    }

    /// The messages, to compute more.
    pub fn messages_mut(&mut self) -> &mut Messages {
        &mut self.messages
    }

    /// What a recipe yields in a state.
    pub fn carry_out(&mut self, state: &State<'_>, recipe: &Recipe) -> Result<Message, StepError> {
        carry_out(self.program, &mut self.messages, state, recipe)
    }

    /// The channel at which a copy stands, when it stands at an input or
    /// output whose channel evaluates without effect.
    pub fn channel(&mut self, state: &State<'p>, copy: Copy) -> Option<Message> {
        let thread = state.thread(copy)?;
        let (ProcessKind::Input { channel, .. } | ProcessKind::Output { channel, .. }) =
            &thread.process.kind
        else {
            return None;
        };
        self.pure(state, copy, channel)
    }

    /// The message that a copy would send, when it stands at an output whose
    /// message evaluates without effect.
    pub fn outgoing(&mut self, state: &State<'p>, copy: Copy) -> Option<Message> {
        match &state.thread(copy)?.process.kind {
            ProcessKind::Output { message, .. } => self.pure(state, copy, message),
            _ => None,
        }
    }

    /// A term as a copy evaluates it, without effect.
    fn pure(&mut self, state: &State<'p>, copy: Copy, term: &'p Term) -> Option<Message> {
        let mut environment = (*state.thread(copy)?.environment).clone();
        let mut evaluator = Evaluator {
            program: self.program,
            messages: &mut self.messages,
            effects: &mut crate::evaluate::Pure,
        };
        evaluator
            .evaluate(term, &mut environment)
            .ok()
            .and_then(Value::message)
    }

    /// The state after a step, and what happened in it. The given state is
    /// unchanged.
    pub fn step(
        &mut self,
        state: &State<'p>,
        step: &Step,
    ) -> Result<(State<'p>, Vec<Happened>), StepError> {
        let mut next = state.clone();
        let happened = match step {
            Step::Fresh { ty } => {
                if *ty as usize >= self.program.types.len() {
                    return Err(StepError::Recipe {
                        why: format!("there is no type number {ty}"),
                    });
                }
                // A name of type `any_type` would pass for every type.
                let named = [TypeId::CHANNEL, TypeId::BITSTRING, TypeId::BOOL]
                    .contains(&TypeId(*ty))
                    || *ty >= TypeId::PREDEFINED;
                if !self.program.settings.ignore_types && !named {
                    return Err(StepError::Recipe {
                        why: "names of this type do not exist".into(),
                    });
                }
                let number = u32::try_from(next.attacker_names.len()).unwrap_or(u32::MAX);
                next.attacker_names.push(TypeId(*ty));
                let name = self.messages.attacker(number, TypeId(*ty));
                vec![Happened::AttackerName(name)]
            }
            Step::Phase { phase } => enter_phase(&mut next, *phase)?,
            Step::Fork { copy, into } => self.fork(&mut next, *copy, into)?,
            Step::Replicate { copy, into } => self.replicate(&mut next, *copy, *into)?,
            Step::Silent {
                copy,
                point,
                entries,
            } => self.silent(&mut next, *copy, *point, entries)?,
            Step::Get { copy, entry } => self.get(&mut next, *copy, *entry)?,
            Step::Output {
                copy,
                channel,
                entries,
            } => self.output(&mut next, *copy, channel, entries)?,
            Step::Input {
                copy,
                channel,
                message,
                entries,
            } => self.input(&mut next, *copy, channel, message, entries)?,
            Step::Internal {
                sender,
                receiver,
                heard,
                entries,
            } => self.internal(&mut next, *sender, *receiver, heard.as_ref(), entries)?,
        };
        Ok((next, happened))
    }

    fn fork(
        &self,
        state: &mut State<'p>,
        copy: Copy,
        into: &[Copy],
    ) -> Result<Vec<Happened>, StepError> {
        let thread = self.standing(state, copy)?;
        let ProcessKind::Parallel(parts) = &thread.process.kind else {
            return Err(self.wrong(copy, &thread, "a parallel composition"));
        };
        let mut fresh = state.used.clone();
        if into.len() != parts.len() || !into.iter().all(|c| fresh.insert(*c)) {
            return Err(StepError::NewCopies {
                at: place(self.program, thread.process.span),
                expected: parts.len(),
            });
        }
        state.used = fresh;
        state.copies.remove(&copy);
        let mut happened = Vec::new();
        for (part, new) in parts.iter().zip(into) {
            let started = Thread {
                process: part,
                parent: Some(copy),
                ..thread.clone()
            };
            state.copies.insert(*new, started);
            happened.push(Happened::Started { copy, into: *new });
        }
        Ok(happened)
    }

    fn replicate(
        &self,
        state: &mut State<'p>,
        copy: Copy,
        into: Copy,
    ) -> Result<Vec<Happened>, StepError> {
        let thread = self.standing(state, copy)?;
        let ProcessKind::Replicate(body) = &thread.process.kind else {
            return Err(self.wrong(copy, &thread, "a replication"));
        };
        if !state.used.insert(into) {
            return Err(StepError::NewCopies {
                at: place(self.program, thread.process.span),
                expected: 1,
            });
        }
        let mut sessions = thread.sessions;
        Arc::make_mut(&mut sessions).push(into);
        let started = Thread {
            process: body,
            parent: Some(copy),
            sessions,
            ..thread
        };
        state.copies.insert(into, started);
        Ok(vec![Happened::Started { copy, into }])
    }

    fn silent(
        &mut self,
        state: &mut State<'p>,
        copy: Copy,
        point: u32,
        entries: &Entries,
    ) -> Result<Vec<Happened>, StepError> {
        let mut thread = self.standing(state, copy)?;
        if thread.process.point.0 != point {
            return Err(self.wrong(copy, &thread, &format!("point {point}")));
        }
        let process = thread.process;
        let at = || place(self.program, process.span);
        let mut act = Act::new(state, copy, process.span, entries);
        let next = match &process.kind {
            ProcessKind::Call {
                name,
                bindings,
                body,
                ..
            } => {
                for (parameter, argument) in bindings {
                    let value =
                        self.value(&mut act, &mut thread, argument, "an argument of the macro")?;
                    Arc::make_mut(&mut thread.environment).insert(*parameter, value);
                }
                thread.role = Some(name);
                let name = name.clone();
                act.happened.push(Happened::Called { copy, name });
                body
            }
            ProcessKind::Event {
                event,
                arguments,
                then,
            } => {
                let values = self.values(&mut act, &mut thread, arguments, "an argument")?;
                act.event(*event, values, self.here(process))?;
                then
            }
            ProcessKind::If {
                condition,
                then,
                otherwise,
            } => {
                let value = self.value(&mut act, &mut thread, condition, "the condition")?;
                let yes = value == self.messages.boolean(true);
                act.happened.push(Happened::Branch { copy, then: yes });
                if yes { then } else { otherwise }
            }
            ProcessKind::Insert {
                table,
                arguments,
                then,
            } => {
                let values = self.values(&mut act, &mut thread, arguments, "a column")?;
                act.insert(*table, values, self.here(process))?;
                then
            }
            ProcessKind::Let {
                pattern,
                value,
                then,
                otherwise,
            } => {
                let matched = self.try_let(&mut act, &mut thread, pattern, value)?;
                act.happened.push(Happened::Branch {
                    copy,
                    then: matched,
                });
                if matched { then } else { otherwise }
            }
            ProcessKind::New { name, then, .. } => {
                let here = self.here(process);
                let known = &thread.environment;
                let fresh = act.fresh(&mut self.messages, *name, known, here)?;
                Arc::make_mut(&mut thread.environment).insert(*name, fresh);
                then
            }
            ProcessKind::LetSuchThat {
                variables,
                predicate,
                arguments,
                then,
                otherwise,
                ..
            } => {
                // Nothing to bind: a condition, which stops where an argument fails.
                if variables.is_empty() {
                    self.values(&mut act, &mut thread, arguments, "an argument")?;
                }
                let here = self.here(process);
                let mut environment = Arc::clone(&thread.environment);
                let found = Evaluator {
                    program: self.program,
                    messages: &mut self.messages,
                    effects: &mut act,
                }
                .such_that(
                    variables,
                    *predicate,
                    arguments,
                    Arc::make_mut(&mut environment),
                    here,
                )?;
                thread.environment = environment;
                act.happened.push(Happened::Branch { copy, then: found });
                if found { then } else { otherwise }
            }
            ProcessKind::Get { .. }
            | ProcessKind::Input { .. }
            | ProcessKind::Nil
            | ProcessKind::Output { .. }
            | ProcessKind::Parallel(_)
            | ProcessKind::Phase { .. }
            | ProcessKind::Replicate(_) => {
                return Err(self.wrong(copy, &thread, "something silent"));
            }
        };
        thread.process = next;
        let happened = act.finish(at)?;
        state.copies.insert(copy, thread);
        Ok(happened)
    }

    fn get(
        &mut self,
        state: &mut State<'p>,
        copy: Copy,
        entry: Option<u32>,
    ) -> Result<Vec<Happened>, StepError> {
        let mut thread = self.standing(state, copy)?;
        let process = thread.process;
        let ProcessKind::Get {
            table,
            patterns,
            condition,
            then,
            otherwise,
            ..
        } = &process.kind
        else {
            return Err(self.wrong(copy, &thread, "a get"));
        };
        let here = self.here(process);
        let choice = vec![entry];
        let mut act = Act::new(state, copy, process.span, &choice);
        let mut environment = (*thread.environment).clone();
        let mut evaluator = Evaluator {
            program: self.program,
            messages: &mut self.messages,
            effects: &mut act,
        };
        let took = evaluator.take(*table, patterns, condition.as_ref(), &mut environment, here)?;
        let happened = act.finish(|| here.describe())?;
        if took {
            thread.environment = Arc::new(environment);
            thread.process = then;
            state.copies.insert(copy, thread);
        } else if let Some(otherwise) = otherwise {
            thread.process = otherwise;
            state.copies.insert(copy, thread);
        } else {
            state.copies.remove(&copy);
        }
        Ok(happened)
    }

    fn try_let(
        &mut self,
        act: &mut Act<'_, 'p>,
        thread: &mut Thread<'p>,
        pattern: &'p Pattern,
        value: &'p Term,
    ) -> Result<bool, StepError> {
        let mut environment = Arc::clone(&thread.environment);
        let result = Evaluator {
            program: self.program,
            messages: &mut self.messages,
            effects: act,
        }
        .evaluate(value, Arc::make_mut(&mut environment))?;
        thread.environment = environment;
        match result {
            Value::Fail => Ok(false),
            Value::Message(m) => self.bind(act, thread, pattern, m),
        }
    }

    pub(crate) fn bind(
        &mut self,
        act: &mut Act<'_, 'p>,
        thread: &mut Thread<'p>,
        pattern: &'p Pattern,
        message: Message,
    ) -> Result<bool, StepError> {
        Evaluator {
            program: self.program,
            messages: &mut self.messages,
            effects: act,
        }
        .bind(pattern, message, Arc::make_mut(&mut thread.environment))
    }

    /// The value of a term that must not fail.
    pub(crate) fn value(
        &mut self,
        act: &mut Act<'_, 'p>,
        thread: &mut Thread<'p>,
        term: &'p Term,
        what: &'static str,
    ) -> Result<Message, StepError> {
        let value = Evaluator {
            program: self.program,
            messages: &mut self.messages,
            effects: act,
        }
        .evaluate(term, Arc::make_mut(&mut thread.environment))?;
        value.message().ok_or_else(|| StepError::Fails {
            at: place(self.program, term.span),
            what,
        })
    }

    fn values(
        &mut self,
        act: &mut Act<'_, 'p>,
        thread: &mut Thread<'p>,
        terms: &'p [Term],
        what: &'static str,
    ) -> Result<Vec<Message>, StepError> {
        let values = Evaluator {
            program: self.program,
            messages: &mut self.messages,
            effects: act,
        }
        .messages_of(terms, Arc::make_mut(&mut thread.environment))?;
        values.ok_or_else(|| StepError::Fails {
            at: terms
                .first()
                .map_or_else(String::new, |t| place(self.program, t.span)),
            what,
        })
    }

    pub(crate) fn standing(&self, state: &State<'p>, copy: Copy) -> Result<Thread<'p>, StepError> {
        state
            .thread(copy)
            .cloned()
            .ok_or(StepError::NoCopy { copy })
    }

    pub(crate) fn wrong(&self, copy: Copy, thread: &Thread<'p>, expected: &str) -> StepError {
        StepError::WrongPlace {
            at: place(self.program, thread.process.span),
            copy,
            stands: format!(
                "{} (point {})",
                stands_at(thread.process),
                thread.process.point.0
            ),
            expected: expected.to_owned(),
        }
    }

    fn here(&self, process: &Process) -> Place<'p> {
        Place {
            program: self.program,
            span: process.span,
            point: Some(process.point),
        }
    }
}

/// Copies at the prefix of this phase go on, those at a later one wait, all
/// others are gone.
fn enter_phase(state: &mut State<'_>, phase: u32) -> Result<Vec<Happened>, StepError> {
    if state.phase.checked_add(1) != Some(phase) {
        return Err(StepError::NotNextPhase {
            phase,
            current: state.phase,
        });
    }
    state.phase = phase;
    state.copies.retain(|_, thread| match &thread.process.kind {
        ProcessKind::Phase { phase: p, then } if *p == phase => {
            thread.process = then;
            true
        }
        ProcessKind::Phase { phase: p, .. } => *p > phase,
        _ => false,
    });
    Ok(vec![Happened::Phase(phase)])
}
