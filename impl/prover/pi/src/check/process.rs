//! Processes.

use super::ahead::{binding, variable};
use super::sum::{Step, behind_sums};
use super::{Checker, Global};
use crate::program::{Binder, EventId, Pattern, PointId, Process, ProcessKind, Term, TypeId};
use crate::source::Span;
use crate::syntax::tree::{self, Ident};

impl<'t> Checker<'t> {
    pub(super) fn process(&mut self, process: &'t tree::Process) -> Option<Process> {
        self.node(process.span, |c| c.bare_process(process))
    }

    fn bare_process(&mut self, process: &'t tree::Process) -> Option<Process> {
        use tree::ProcessKind as K;
        let span = process.span;
        if let K::Call { name, arguments } = &process.kind {
            return self.call_macro(*name, arguments, span);
        }
        let point = self.point();
        let kind = match &process.kind {
            K::Call { .. } => return None,
            K::Event {
                event,
                arguments,
                then,
            } => {
                let head = self.event_call(*event, arguments);
                let then = self.continuation(then);
                let (event, arguments) = head?;
                let then = then?;
                ProcessKind::Event {
                    event,
                    arguments,
                    then,
                }
            }
            K::Faulty(then) => {
                self.process(then);
                return None;
            }
            K::Get { .. } => return self.get_process(process, point),
            K::If { .. } => return self.if_process(process, point),
            K::Input {
                channel,
                pattern,
                options,
                then,
            } => {
                let channel = self.term_of(channel, TypeId::CHANNEL);
                let precise = self.precise(options);
                let (pattern, then) = self.scoped(|c| {
                    let (pattern, steps) = c.input_pattern(pattern);
                    let then = c.continuation(then);
                    (pattern, behind_sums(steps, then))
                });
                ProcessKind::Input {
                    channel: channel?,
                    pattern: pattern?,
                    precise,
                    then: then?,
                }
            }
            K::Insert {
                table,
                arguments,
                then,
            } => {
                let head = self.table_entry(*table, arguments);
                let then = self.continuation(then);
                let (table, arguments) = head?;
                let then = then?;
                ProcessKind::Insert {
                    table,
                    arguments,
                    then,
                }
            }
            K::Let {
                pattern,
                value,
                then,
                otherwise,
            } => {
                let mut value = self.term(value);
                let (pattern, then) = self.scoped(|c| {
                    let pattern = c.let_pattern(pattern, &mut value);
                    (pattern, c.continuation(then))
                });
                let otherwise = self.else_process(otherwise.as_deref(), span);
                ProcessKind::Let {
                    pattern: pattern?,
                    value: value?,
                    then: then?,
                    otherwise: otherwise?,
                }
            }
            K::LetSuchThat {
                variables,
                predicate,
                options,
                then,
                otherwise,
            } => {
                let precise = self.precise(options);
                let (head, then) = self.scoped(|c| {
                    let mut head = c.such_that_head(variables, predicate);
                    let ahead = head.as_mut().map(|h| core::mem::take(&mut h.ahead));
                    let steps = c.ahead_steps(point, ahead.unwrap_or_default());
                    (head.map(|head| (head, steps)), c.continuation(then))
                });
                let otherwise = self.else_process(otherwise.as_deref(), span);
                let (head, steps) = head?;
                let kind = ProcessKind::LetSuchThat {
                    variables: head.variables,
                    predicate: head.predicate,
                    arguments: head.arguments,
                    precise,
                    then: then?,
                    otherwise: otherwise?,
                };
                return Some(steps.process(kind, span));
            }
            K::New {
                name,
                arguments,
                ty,
                then,
            } => {
                let (head, then) = self.scoped(|c| {
                    let head = c.new_head(*name, arguments.as_deref(), *ty);
                    (head, c.continuation(then))
                });
                let (name, arguments) = head?;
                let then = then?;
                ProcessKind::New {
                    name,
                    arguments,
                    then,
                }
            }
            K::Nil => ProcessKind::Nil,
            K::Output {
                channel,
                message,
                then,
            } => {
                let channel = self.term_of(channel, TypeId::CHANNEL);
                let message = self.term(message);
                let then = self.continuation(then);
                ProcessKind::Output {
                    channel: channel?,
                    message: message?,
                    then: then?,
                }
            }
            K::Parallel(parts) => {
                let (phase, level) = (self.phase, self.level);
                let parts: Vec<Option<Process>> = parts
                    .iter()
                    .map(|part| {
                        (self.phase, self.level) = (phase, level);
                        self.process(part)
                    })
                    .collect();
                ProcessKind::Parallel(parts.into_iter().collect::<Option<_>>()?)
            }
            K::Phase { phase, then } => self.phase_process(*phase, then, span)?,
            K::Replicate(inner) => {
                self.replications += 1;
                let inner = self.continuation(inner);
                self.replications -= 1;
                ProcessKind::Replicate(inner?)
            }
            K::Sync { level, then } => self.sync_process(*level, then, span)?,
        };
        Some(Process { point, kind, span })
    }

    pub(super) fn continuation(&mut self, process: &'t tree::Process) -> Option<Box<Process>> {
        // Branches are in the same phase, whatever the earlier one entered.
        let (phase, level) = (self.phase, self.level);
        let process = self.process(process).map(Box::new);
        (self.phase, self.level) = (phase, level);
        process
    }

    /// The `else` branch; `0` at `span` when none is written.
    fn else_process(
        &mut self,
        otherwise: Option<&'t tree::Process>,
        span: Span,
    ) -> Option<Box<Process>> {
        if let Some(otherwise) = otherwise {
            return self.continuation(otherwise);
        }
        let span = Span {
            start: span.end,
            ..span
        };
        let point = self.point();
        let kind = ProcessKind::Nil;
        Some(Box::new(Process { point, kind, span }))
    }

    fn get_process(&mut self, process: &'t tree::Process, point: PointId) -> Option<Process> {
        let tree::ProcessKind::Get {
            table,
            patterns,
            condition,
            options,
            then,
            otherwise,
        } = &process.kind
        else {
            return None;
        };
        let precise = self.precise(options);
        let (head, then) = self.scoped(|c| {
            let mut head = c.get_head(*table, patterns, condition.as_ref());
            let ahead = head.as_mut().map(|h| core::mem::take(&mut h.ahead));
            let own = c.ahead_steps(point, ahead.unwrap_or_default());
            let sums = head.as_mut().map(|h| core::mem::take(&mut h.sums));
            let steps = c.steps(sums.unwrap_or_default());
            let then = c.continuation(then);
            let then = behind_sums(steps, then);
            (head.map(|head| (head, own)), then)
        });
        let otherwise = otherwise.as_deref().map(|p| self.continuation(p));
        let (head, own) = head?;
        let otherwise = match otherwise {
            None => None,
            Some(otherwise) => Some(otherwise?),
        };
        let kind = ProcessKind::Get {
            table: head.table,
            patterns: head.patterns,
            condition: head.condition,
            precise,
            then: then?,
            otherwise,
        };
        Some(own.process(kind, process.span))
    }

    /// The pattern of an input. Where a test is computed ahead of the match, any message
    /// is received and matched behind.
    fn input_pattern(&mut self, pattern: &'t tree::Pattern) -> (Option<Pattern>, Vec<Step>) {
        let known = self.scope.len();
        let mut pattern = self.pattern(pattern, None, Binder::Input);
        let sums = core::mem::take(&mut self.sums);
        let mut ahead = Vec::new();
        if let Some(pattern) = &mut pattern {
            self.tests_ahead(pattern, &mut ahead);
        }
        match pattern {
            Some(inner) if !ahead.is_empty() => {
                let (ty, span) = (inner.ty, inner.span);
                let message = self.new_variable("message", ty, Binder::Input, span);
                self.used.insert(span);
                let mut value = Some(variable(message, ty, span));
                let matched = self.let_within(Some(inner), &mut value, known, sums, ahead);
                let step = matched.zip(value);
                let step = step.map(|(pattern, value)| self.let_step(pattern, value));
                (Some(binding(message, ty, span)), step.into_iter().collect())
            }
            pattern => (pattern, self.steps(sums)),
        }
    }

    /// `if M then`, where M may also be a user predicate.
    fn if_process(&mut self, process: &'t tree::Process, point: PointId) -> Option<Process> {
        let tree::ProcessKind::If {
            condition,
            then,
            otherwise,
        } = &process.kind
        else {
            return None;
        };
        if let Some(call) = self.predicate_condition(condition) {
            let call = call.map(|(predicate, arguments)| {
                let mut asked = self.asked(Vec::new(), predicate, arguments);
                let ahead = core::mem::take(&mut asked.ahead);
                (asked, self.ahead_steps(point, ahead))
            });
            let then = self.continuation(then);
            let otherwise = self.else_process(otherwise.as_deref(), process.span);
            let (asked, steps) = call?;
            let kind = ProcessKind::LetSuchThat {
                variables: asked.variables,
                predicate: asked.predicate,
                arguments: asked.arguments,
                precise: false,
                then: then?,
                otherwise: otherwise?,
            };
            return Some(steps.process(kind, process.span));
        }
        let condition = self.term_of(condition, TypeId::BOOL);
        let then = self.continuation(then);
        let otherwise = self.else_process(otherwise.as_deref(), process.span);
        let kind = ProcessKind::If {
            condition: condition?,
            then: then?,
            otherwise: otherwise?,
        };
        let span = process.span;
        Some(Process { point, kind, span })
    }

    fn phase_process(
        &mut self,
        phase: u64,
        then: &'t tree::Process,
        span: Span,
    ) -> Option<ProcessKind> {
        let outer = self.phase;
        let number = self.phase_number(phase, span);
        let sound = number.filter(|n| *n > outer);
        if let (Some(n), None) = (number, sound) {
            // A definition that is sound by itself is called too late.
            let call = self.call.filter(|(_, entry)| n <= *entry);
            self.error(
                call.map_or(span, |(place, _)| place),
                format!("phase {n} cannot follow phase {outer}"),
                Some("phases increase along a process, beginning with phase 0"),
            );
        }
        if self.expanding {
            self.phased.get_or_insert(span);
        }
        self.phase = number.unwrap_or(outer).max(outer);
        let then = self.continuation(then);
        self.phase = outer;
        Some(ProcessKind::Phase {
            phase: sound?,
            then: then?,
        })
    }

    /// `event e(M, …)`.
    pub(super) fn event_call(
        &mut self,
        name: Ident,
        arguments: &'t [tree::Term],
    ) -> Option<(EventId, Vec<Term>)> {
        let id = self.event_name(name);
        let arguments = self.terms(arguments);
        let (id, arguments) = (id?, arguments?);
        let parameters = self.program.events.get(id.0 as usize)?.parameters.clone();
        self.arguments_fit("the event", name, &parameters, &arguments)?;
        if self.expanding {
            self.emitted.insert(id);
        }
        Some((id, arguments))
    }

    pub(super) fn event_name(&mut self, name: Ident) -> Option<EventId> {
        self.not_hidden(name, "an event")?;
        match self.global(name.symbol) {
            Some(Global::Event(id)) => Some(id),
            Some(Global::Faulty) => None,
            Some(_) => {
                let text = self.text(name.symbol);
                self.error(name.span, format!("`{text}` is not an event"), None);
                None
            }
            None => {
                self.undeclared("the event", name.symbol, name.span, |_, global| {
                    matches!(global, Global::Event(_))
                });
                None
            }
        }
    }
}
