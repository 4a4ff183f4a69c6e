//! From the typed program to the steps of a role.
//!
//! Nothing is written by hand: a role is a call of a process macro, and its
//! steps are the processes of that macro's body in the order of the text.
//! What has no step form is refused with its place, never skipped.

use pi::{Pattern, PatternKind, Process, ProcessKind, Program, Span, Term, TermKind};

use crate::steps::{Step, StepId, StepKind, StepTree};

/// Why no steps could be derived.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DeriveError {
    /// The role has two bodies.
    #[error("{second}: role `{role}` is called again, first at {first}; a role has one body")]
    Ambiguous {
        /// The role.
        role: String,
        /// Place of the first call.
        first: String,
        /// Place of another.
        second: String,
    },
    /// No such role.
    #[error("the model calls no process macro `{role}`; it calls {known}")]
    NoSuchRole {
        /// The role.
        role: String,
        /// What there is.
        known: String,
    },
    /// A process or term without a step form.
    #[error("{place}: {what} inside a role has no step form")]
    Unsupported {
        /// File, line and column.
        place: String,
        /// What it is.
        what: &'static str,
    },
}

/// The steps of the role that the process macro `role` is.
///
/// # Errors
/// When the model does not call the macro, calls it more than once, or when
/// its body uses replication, phases, predicates, channels other than public free names, or terms that choose names, reach events or use tables.
pub fn derive(program: &Program, role: &str) -> Result<StepTree, DeriveError> {
    let mut calls = Vec::new();
    collect(&program.process, &mut calls);
    let mut wanted = calls.iter().filter(|call| call.name == role);
    let Some(call) = wanted.next() else {
        let mut known: Vec<&str> = calls.iter().map(|call| call.name).collect();
        known.sort_unstable();
        known.dedup();
        return Err(DeriveError::NoSuchRole {
            role: role.into(),
            known: known.join(", "),
        });
    };
    if let Some(other) = wanted.next() {
        return Err(DeriveError::Ambiguous {
            role: role.into(),
            first: place(program, call.span),
            second: place(program, other.span),
        });
    }
    let mut builder = Builder {
        program,
        steps: Vec::new(),
    };
    for (_, argument) in call.bindings {
        builder.term(argument)?;
    }
    let first = builder.process(call.body)?;
    Ok(StepTree {
        role: role.into(),
        parameters: call.bindings.to_vec(),
        call: call.span,
        steps: builder.steps,
        first,
    })
}

/// `file:line:column`.
pub(crate) fn place(program: &Program, span: Span) -> String {
    let at = program.sources.position(span);
    let file = program.sources.file(span.file).map_or("?", |f| &f.name);
    format!("{file}:{}:{}", at.line, at.column)
}

struct Call<'a> {
    name: &'a str,
    bindings: &'a [(pi::VarId, Term)],
    body: &'a Process,
    span: Span,
}

/// Every macro call, outermost first. A macro called inside a wanted one is a
/// step of it, but may itself be asked for.
fn collect<'a>(process: &'a Process, calls: &mut Vec<Call<'a>>) {
    if let ProcessKind::Call {
        name,
        bindings,
        body,
        ..
    } = &process.kind
    {
        calls.push(Call {
            name,
            bindings,
            body,
            span: process.span,
        });
    }
    for inner in children(process) {
        collect(inner, calls);
    }
}

pub(crate) fn children(process: &Process) -> Vec<&Process> {
    match &process.kind {
        ProcessKind::Call { body: then, .. }
        | ProcessKind::Event { then, .. }
        | ProcessKind::Input { then, .. }
        | ProcessKind::Insert { then, .. }
        | ProcessKind::New { then, .. }
        | ProcessKind::Output { then, .. }
        | ProcessKind::Phase { then, .. }
        | ProcessKind::Replicate(then) => vec![then],
        ProcessKind::Get {
            then, otherwise, ..
        } => std::iter::once(then)
            .chain(otherwise)
            .map(AsRef::as_ref)
            .collect(),
        ProcessKind::If {
            then, otherwise, ..
        }
        | ProcessKind::Let {
            then, otherwise, ..
        }
        | ProcessKind::LetSuchThat {
            then, otherwise, ..
        } => vec![then, otherwise],
        ProcessKind::Nil => Vec::new(),
        ProcessKind::Parallel(all) => all.iter().collect(),
    }
}

/// Whether a process does nothing that could be seen: `0`, or a macro that is.
fn is_nothing(process: &Process) -> bool {
    match &process.kind {
        ProcessKind::Nil => true,
        ProcessKind::Call { body, .. } => is_nothing(body),
        _ => false,
    }
}

struct Builder<'a> {
    program: &'a Program,
    steps: Vec<Step>,
}

impl Builder<'_> {
    /// Adds the steps of a process and returns the first; `None` for `0`.
    fn process(&mut self, process: &Process) -> Result<Option<StepId>, DeriveError> {
        let kind = match &process.kind {
            ProcessKind::Nil => return Ok(None),
            ProcessKind::Call { name, bindings, .. } => StepKind::Call {
                name: name.clone(),
                bindings: bindings.clone(),
            },
            ProcessKind::Event {
                event, arguments, ..
            } => StepKind::Event {
                event: *event,
                arguments: arguments.clone(),
            },
            ProcessKind::Get {
                table,
                patterns,
                condition,
                ..
            } => StepKind::Get {
                table: *table,
                patterns: patterns.clone(),
                condition: condition.clone(),
            },
            ProcessKind::If { condition, .. } => StepKind::If {
                condition: condition.clone(),
            },
            ProcessKind::Input {
                channel, pattern, ..
            } => {
                self.channel(channel)?;
                StepKind::Input {
                    pattern: pattern.clone(),
                }
            }
            ProcessKind::Insert {
                table, arguments, ..
            } => StepKind::Insert {
                table: *table,
                arguments: arguments.clone(),
            },
            ProcessKind::Let { pattern, value, .. } => StepKind::Let {
                pattern: pattern.clone(),
                value: value.clone(),
            },
            ProcessKind::New { name, .. } => StepKind::New { name: *name },
            ProcessKind::Output {
                channel, message, ..
            } => {
                self.channel(channel)?;
                StepKind::Output {
                    message: message.clone(),
                }
            }
            ProcessKind::LetSuchThat { .. } => {
                return Err(self.unsupported(process.span, "a predicate"));
            }
            ProcessKind::Parallel(all) => {
                let live: Vec<&Process> = all.iter().filter(|it| !is_nothing(it)).collect();
                return match live.as_slice() {
                    [] => Ok(None),
                    [only] => self.process(only),
                    several => self.parallel(process, several).map(Some),
                };
            }
            ProcessKind::Phase { .. } => return Err(self.unsupported(process.span, "a phase")),
            ProcessKind::Replicate(_) => {
                return Err(self.unsupported(process.span, "replication"));
            }
        };
        self.kind(&kind)?;
        let id = StepId(self.steps.len());
        self.steps.push(Step {
            point: process.point,
            span: process.span,
            kind,
            then: None,
            otherwise: None,
        });
        let mut ways = children(process).into_iter();
        let then = ways.next().map_or(Ok(None), |next| self.process(next))?;
        let otherwise = ways.next().map_or(Ok(None), |next| self.process(next))?;
        if let Some(step) = self.steps.get_mut(id.0) {
            step.then = then;
            step.otherwise = otherwise;
        }
        Ok(Some(id))
    }

    /// Adds a step that goes on as each of these processes.
    fn parallel(&mut self, whole: &Process, parts: &[&Process]) -> Result<StepId, DeriveError> {
        let id = StepId(self.steps.len());
        self.steps.push(Step {
            point: whole.point,
            span: whole.span,
            kind: StepKind::Parallel {
                branches: Vec::new(),
            },
            then: None,
            otherwise: None,
        });
        let mut first = Vec::with_capacity(parts.len());
        for part in parts {
            first.extend(self.process(part)?);
        }
        if let Some(Step {
            kind: StepKind::Parallel { branches },
            ..
        }) = self.steps.get_mut(id.0)
        {
            *branches = first;
        }
        Ok(id)
    }

    fn kind(&self, kind: &StepKind) -> Result<(), DeriveError> {
        match kind {
            StepKind::Call { bindings, .. } => bindings.iter().try_for_each(|(_, t)| self.term(t)),
            StepKind::Event { arguments, .. } | StepKind::Insert { arguments, .. } => {
                arguments.iter().try_for_each(|t| self.term(t))
            }
            StepKind::Get {
                patterns,
                condition,
                ..
            } => {
                patterns.iter().try_for_each(|p| self.pattern(p))?;
                condition.iter().try_for_each(|t| self.term(t))
            }
            StepKind::If { condition } => self.term(condition),
            StepKind::Input { pattern } => self.pattern(pattern),
            StepKind::Let { pattern, value } => {
                self.pattern(pattern)?;
                self.term(value)
            }
            StepKind::New { .. } | StepKind::Parallel { .. } => Ok(()),
            StepKind::Output { message } => self.term(message),
        }
    }

    fn pattern(&self, pattern: &Pattern) -> Result<(), DeriveError> {
        match &pattern.kind {
            PatternKind::Data(_, inner) => inner.iter().try_for_each(|p| self.pattern(p)),
            PatternKind::Equal(term) => self.term(term),
            PatternKind::Var(_) => Ok(()),
        }
    }

    fn term(&self, term: &Term) -> Result<(), DeriveError> {
        match &term.kind {
            TermKind::Apply(_, arguments) => arguments.iter().try_for_each(|t| self.term(t)),
            TermKind::Fail | TermKind::Name(_) | TermKind::Var(_) => Ok(()),
            TermKind::If {
                condition,
                then,
                otherwise,
            } => [condition, then, otherwise]
                .into_iter()
                .try_for_each(|t| self.term(t)),
            TermKind::Let {
                pattern,
                value,
                then,
                otherwise,
                ..
            } => {
                self.pattern(pattern)?;
                [value, then, otherwise]
                    .into_iter()
                    .try_for_each(|t| self.term(t))
            }
            TermKind::Event { .. } => Err(self.unsupported(term.span, "an event in a term")),
            TermKind::Get { .. } => Err(self.unsupported(term.span, "a table lookup in a term")),
            TermKind::Insert { .. } => Err(self.unsupported(term.span, "an insertion in a term")),
            TermKind::LetSuchThat { .. } => {
                Err(self.unsupported(term.span, "a predicate in a term"))
            }
            TermKind::New { .. } => Err(self.unsupported(term.span, "a fresh name in a term")),
        }
    }

    /// Only public free channels are the network; what passes on another one
    /// is not an observation of a peer.
    fn channel(&self, channel: &Term) -> Result<(), DeriveError> {
        let public = match &channel.kind {
            TermKind::Name(id) => self
                .program
                .names
                .get(id.0 as usize)
                .is_some_and(|name| !name.private),
            _ => false,
        };
        if public {
            return Ok(());
        }
        Err(self.unsupported(channel.span, "a channel that is not a public free name"))
    }

    fn unsupported(&self, span: Span, what: &'static str) -> DeriveError {
        DeriveError::Unsupported {
            place: place(self.program, span),
            what,
        }
    }
}
