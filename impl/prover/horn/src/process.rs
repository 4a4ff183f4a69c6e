//! Processes: each output, event and insert becomes clauses, one per path that
//! leads to it.
//!
//! A path carries what must have happened: messages received, entries read,
//! events passed. What a clause forgets only adds runs: that a message is
//! received once, that copies are counted, in which order the hypotheses became
//! true, that a `get` found no entry, and that a private output waits for its
//! reader. A phase, once entered, is where everything after it happens; facts of
//! earlier phases reach it by the attacker's memory and the tables only.

use crate::branch::{Branch, Step, new_variable};
use crate::translate::Translator;
use logic::{Fact, Predicate, TermId, View};
use pi::{Diagnostic, Pattern, PointId, Process, ProcessKind, Span, Term, TypeId};

/// What is left to do: processes with the paths on which they start.
type Continuations<'p> = Vec<(&'p Process, Branch)>;

impl Translator<'_> {
    /// Translates a whole process, in text order.
    pub(crate) fn process(&mut self, whole: &Process, start: Branch) -> Result<(), Diagnostic> {
        let mut work: Continuations<'_> = vec![(whole, start)];
        while let Some((process, branch)) = work.pop() {
            self.spend(1, process.span)?;
            let next = self.step(process, branch)?;
            work.extend(next.into_iter().rev());
        }
        Ok(())
    }

    fn step<'p>(
        &mut self,
        process: &'p Process,
        branch: Branch,
    ) -> Result<Continuations<'p>, Diagnostic> {
        let point = process.point;
        let span = process.span;
        match &process.kind {
            ProcessKind::Nil => Ok(Vec::new()),
            ProcessKind::Call { bindings, body, .. } => {
                let mut states = vec![branch];
                for (parameter, value) in bindings {
                    let mut next = Vec::new();
                    for branch in states {
                        for (mut branch, value) in self.evaluate(value, branch, false)? {
                            if let Some(value) = value {
                                branch.environment.insert(*parameter, value);
                                next.push(branch);
                            }
                        }
                    }
                    states = next;
                }
                Ok(each(body, states))
            }
            ProcessKind::Event {
                event,
                arguments,
                then,
            } => {
                let mut next = Vec::new();
                for (branch, values) in self.evaluate_all(arguments, branch, false)? {
                    if let Ok(branch) = self.raise(branch, point, *event, &values, span)? {
                        next.push(branch);
                    }
                }
                Ok(each(then, next))
            }
            ProcessKind::Insert {
                table,
                arguments,
                then,
            } => {
                let mut next = Vec::new();
                for (branch, values) in self.evaluate_all(arguments, branch, false)? {
                    if let Ok(branch) = self.enter(branch, point, *table, &values, span)? {
                        next.push(branch);
                    }
                }
                Ok(each(then, next))
            }
            ProcessKind::Get {
                table,
                patterns,
                condition,
                then,
                otherwise,
                ..
            } => {
                let condition = condition.as_ref();
                let found = self.take(branch.clone(), point, *table, patterns, condition)?;
                let mut next = each(then, found);
                // That no entry matches is not expressible: no condition.
                if let Some(otherwise) = otherwise {
                    let none = branch.stepped(Step::Branch { point, then: false });
                    next.push((otherwise, none));
                }
                Ok(next)
            }
            ProcessKind::If {
                condition,
                then,
                otherwise,
            } => self.conditional(point, condition, branch, then, otherwise),
            ProcessKind::Input {
                channel,
                pattern,
                then,
                ..
            } => Ok(each(then, self.input(point, channel, pattern, branch)?)),
            ProcessKind::Let {
                pattern,
                value,
                then,
                otherwise,
            } => {
                let wanted = !matches!(otherwise.kind, ProcessKind::Nil);
                let (before, from) = (branch.clone(), self.fresh.take(0));
                let mut yes = Vec::new();
                let mut no = Vec::new();
                for (branch, value) in self.evaluate(value, branch, wanted)? {
                    match value {
                        Some(value) => {
                            let matched = self.matched(pattern, value, branch, wanted)?;
                            yes.extend(matched.yes);
                            no.extend(matched.no);
                        }
                        None => no.push(branch),
                    }
                }
                let no = self.otherwise(&before, &yes, no, from);
                Ok(branches(point, then, yes, otherwise, no))
            }
            ProcessKind::LetSuchThat {
                variables,
                predicate,
                arguments,
                then,
                otherwise,
                ..
            } => {
                let found =
                    self.such_that(branch.clone(), point, variables, *predicate, arguments)?;
                let mut next = each(then, found);
                // That the predicate does not hold is not expressible.
                if !matches!(otherwise.kind, ProcessKind::Nil) {
                    let none = self.such_that_not(branch, point, variables, arguments)?;
                    let none = none.into_iter().filter(|(_, asked)| *asked);
                    next.extend(none.map(|(branch, _)| (&**otherwise, branch)));
                }
                Ok(next)
            }
            ProcessKind::New { name, then, .. } => {
                let branch = self.make_name(branch, *name, span)?;
                Ok(vec![(then, branch)])
            }
            ProcessKind::Output {
                channel,
                message,
                then,
            } => Ok(each(
                then,
                self.output(point, channel, message, branch, span)?,
            )),
            ProcessKind::Parallel(parts) => Ok((0_u32..)
                .zip(parts)
                .map(|(index, part)| {
                    (
                        part,
                        branch.clone().stepped(Step::Component { point, index }),
                    )
                })
                .collect()),
            ProcessKind::Phase { phase, then } => {
                let mut branch = branch.stepped(Step::Phase {
                    point,
                    phase: *phase,
                });
                branch.phase = *phase;
                Ok(vec![(then, branch)])
            }
            ProcessKind::Replicate(body) => {
                let (session, term) = new_variable(&mut self.fresh, &mut self.store);
                let mut branch = branch.stepped(Step::Replicate { point, session });
                if branch.sessions.is_empty() {
                    branch.sessions.extend(branch.kind);
                }
                branch.sessions.push(term);
                Ok(vec![(body, branch)])
            }
        }
    }

    /// `true` goes one way, any other message the other; failure stops.
    fn conditional<'p>(
        &mut self,
        point: PointId,
        condition: &Term,
        branch: Branch,
        then: &'p Process,
        otherwise: &'p Process,
    ) -> Result<Continuations<'p>, Diagnostic> {
        let wanted = !matches!(otherwise.kind, ProcessKind::Nil);
        let mut yes = Vec::new();
        let mut no = Vec::new();
        for (branch, value) in self.evaluate(condition, branch, false)? {
            let Some(value) = value else { continue };
            yes.extend(self.is_true(&branch, value));
            if wanted {
                no.extend(self.is_not_true(&branch, value));
            }
        }
        Ok(branches(point, then, yes, otherwise, no))
    }

    /// Something of the pattern's form has been received on the channel.
    fn input(
        &mut self,
        point: PointId,
        channel: &Term,
        pattern: &Pattern,
        branch: Branch,
    ) -> Result<Vec<Branch>, Diagnostic> {
        let mut out = Vec::new();
        for (branch, channel) in self.evaluate(channel, branch, false)? {
            let Some(channel) = channel else { continue };
            for (mut branch, message) in self.received(pattern, branch)? {
                let fact = self.communication(&branch, channel, message, pattern.ty);
                let hypothesis = branch.suppose(fact);
                self.only_one(&mut branch, point, &[message]);
                out.push(branch.stepped(Step::Input {
                    point,
                    hypothesis,
                    channel,
                    message,
                }));
            }
        }
        Ok(out)
    }

    /// The message can be sent on the channel. A failing channel or message
    /// stops the process, so what follows keeps the conditions of success.
    fn output(
        &mut self,
        point: PointId,
        channel: &Term,
        message: &Term,
        branch: Branch,
        span: Span,
    ) -> Result<Vec<Branch>, Diagnostic> {
        let mut out = Vec::new();
        // Both are evaluated in any case: one may act where the other fails.
        let ty = message.ty;
        for (branch, channel) in self.evaluate(channel, branch, true)? {
            for (branch, message) in self.evaluate(message, branch, false)? {
                let (Some(channel), Some(message)) = (channel, message) else {
                    continue;
                };
                let fact = self.communication(&branch, channel, message, ty);
                self.emit(&branch, &fact, point, span)?;
                out.push(branch.stepped(Step::Passed { point }));
            }
        }
        Ok(out)
    }

    /// `mess(channel, message)`, or in the short form, on a channel that the
    /// attacker knows from the start, `attacker(message)`: it hears what is sent
    /// there and may send whatever is received there. A message that honest
    /// processes pass to each other is heard too, so the short form is exact
    /// for derivability, and what the attacker knew when where nothing is said there
    /// that it does not hear (`privateCommOnPublicTerms = false`).
    fn communication(
        &mut self,
        branch: &Branch,
        channel: TermId,
        message: TermId,
        ty: TypeId,
    ) -> Fact {
        let phase = self.symbols.known(ty, branch.phase);
        let resolved = branch.bindings.resolve(&mut self.store, channel);
        let settings = &self.program.settings;
        let heard = self.options.heard || !settings.unheard;
        let short = !self.options.message_form || heard && !settings.passive_attacker;
        if short && self.is_public(resolved) {
            Fact::new(Predicate::Attacker(phase), vec![message])
        } else {
            Fact::new(Predicate::Message(phase), vec![channel, message])
        }
    }

    /// Whether the attacker can make the term in every phase from nothing.
    pub(crate) fn is_public(&self, term: TermId) -> bool {
        let mut work = vec![term];
        while let Some(t) = work.pop() {
            let View::Apply(symbol, arguments) = self.store.view(t) else {
                return false;
            };
            if !self.signature.info(symbol).is_some_and(|i| i.public) {
                return false;
            }
            work.extend_from_slice(arguments);
        }
        true
    }
}

fn each(process: &Process, branches: Vec<Branch>) -> Continuations<'_> {
    branches.into_iter().map(|b| (process, b)).collect()
}

fn branches<'p>(
    point: PointId,
    then: &'p Process,
    yes: Vec<Branch>,
    otherwise: &'p Process,
    no: Vec<Branch>,
) -> Continuations<'p> {
    let took = |then: bool| move |b: Branch| b.stepped(Step::Branch { point, then });
    let mut next = each(then, yes.into_iter().map(took(true)).collect());
    next.extend(each(otherwise, no.into_iter().map(took(false)).collect()));
    next
}
