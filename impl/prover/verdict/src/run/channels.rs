//! Messages between copies, and between copies and the attacker.
//!
//! On a channel that the attacker can compute it is the network: it takes what
//! is sent and gives what is received. On any other channel an output waits for
//! a reader ([`super::readers`]).

use super::perform::{Performance, Reached};
use crate::detour::Way;
use horn::{Origin, PathStep, ProcessOrigin};
use logic::{Predicate, TermId};
use pi::{PointId, Process, ProcessKind};
use proof::attack::{Copy, Recipe, Step};
use semantics::{Knowledge, Message};
use std::collections::{BTreeMap, BTreeSet};

/// Most copies that are tried as one that sends a message again.
const SENDERS: usize = 8;

/// Most other outputs that are tried as one that sends a message again.
const ELSEWHERE: usize = 32;

impl<'a, 'p> Performance<'a, 'p> {
    /// Sends the output at which a copy stands. Answers false when it must
    /// wait for its reader, which only the node's own action may do.
    pub(super) fn output(
        &mut self,
        node: u32,
        copy: Copy,
        process: &'p Process,
        action: bool,
    ) -> Result<bool, String> {
        let channel = self.semantics.channel(&self.run.state, copy);
        let public = match channel {
            Some(channel) => self.computes(channel)?,
            None => None,
        };
        if action && (public.is_none() || (self.manner.direct && self.has_reader(node))) {
            return Ok(false);
        }
        if let Some(channel) = public
            && !self.semantics.program().settings.passive_attacker
        {
            self.with_entries(node, &BTreeMap::new(), |entries| Step::Output {
                copy,
                channel: channel.clone(),
                entries,
            })?;
            self.pass(copy, process.point, None);
            return Ok(true);
        }
        let receiver = self.find_reader(copy, process)?;
        self.deliver(copy, receiver, None)?;
        Ok(true)
    }

    /// Lets the attacker take what a copy that stands at an output sends.
    pub(super) fn send_to_attacker(&mut self, copy: Copy) -> Result<(), String> {
        let Some(thread) = self.run.state.thread(copy) else {
            return Err("a copy is gone before it sends".into());
        };
        let point = thread.process.point;
        let span = thread.process.span;
        let channel = match self.semantics.channel(&self.run.state, copy) {
            Some(channel) => self.computes(channel)?,
            None => None,
        };
        let Some(channel) = channel else {
            self.blocked = BTreeSet::from([Way::Through(point)]);
            return Err(format!(
                "{}: the attacker cannot listen on this channel",
                self.place(span)
            ));
        };
        self.take(&Step::Output {
            copy,
            channel,
            entries: Vec::new(),
        })?;
        self.pass(copy, point, None);
        Ok(())
    }

    /// Gives the input at which a copy stands what the derivation says.
    pub(super) fn input(
        &mut self,
        node: u32,
        copy: Copy,
        process: &'p Process,
        hypothesis: u32,
    ) -> Result<(), String> {
        let premise = self
            .script
            .premise(node, hypothesis)
            .ok_or("the derivation has a gap")?;
        let message = self.script.taken(premise);
        let fact = self.script.node(premise).map(|n| n.fact.predicate);
        if matches!(fact, Some(Predicate::Message(_)))
            && let Some((sender, origin)) = self.script.process(premise)
        {
            let from = self.copy_of(sender)?;
            let standing = self.run.state.thread(from).map(|t| t.process.point);
            if standing == Some(origin.action) {
                return self.deliver(from, copy, message);
            }
            // It has been sent; if the attacker got it, it passes it on.
            let sent = self
                .run
                .state
                .sent()
                .iter()
                .find(|s| s.copy == from && s.point == origin.action)
                .and_then(|s| s.output);
            // A passive attacker hears, but passes nothing on.
            let passive = self.semantics.program().settings.passive_attacker;
            let Some(output) = sent.filter(|_| !passive) else {
                return self.receive_again(node, sender, copy, message);
            };
            return self.receive_from_attacker(
                node,
                copy,
                process,
                Recipe::Output(output),
                message,
            );
        }
        let recipe = if matches!(fact, Some(Predicate::Message(_))) {
            self.attacker_sends(premise)?
        } else {
            self.recipe(premise)?
        };
        self.receive_from_attacker(node, copy, process, recipe, message)
    }

    pub(super) fn receive_from_attacker(
        &mut self,
        node: u32,
        copy: Copy,
        process: &'p Process,
        recipe: Recipe,
        message: Option<&'a [TermId]>,
    ) -> Result<(), String> {
        let channel = match self.semantics.channel(&self.run.state, copy) {
            Some(channel) => self.computes(channel)?,
            None => None,
        };
        let Some(channel) = channel else {
            return Err(format!(
                "{}: the attacker cannot send on this channel",
                self.place(process.span)
            ));
        };
        self.with_entries(node, &BTreeMap::new(), |entries| Step::Input {
            copy,
            channel: channel.clone(),
            message: recipe.clone(),
            entries,
        })?;
        self.pass(copy, process.point, message);
        Ok(())
    }

    /// The message was read by somebody else already: its sender sends it elsewhere,
    /// too, or who read it puts it back, or another copy of the sender, run on the same
    /// messages, sends it again.
    pub(super) fn receive_again(
        &mut self,
        reader: u32,
        sender: u32,
        receiver: Copy,
        message: Option<&'a [TermId]>,
    ) -> Result<(), String> {
        let Some((_, origin)) = self.script.process(sender) else {
            return Err("the derivation has a gap".into());
        };
        if let Some(again) = self.sends_elsewhere(sender, origin)? {
            return self.deliver(again, receiver, message);
        }
        self.go_on(sender)?;
        if let Some(holder) = self.puts_back(sender, origin)? {
            return self.deliver(holder, receiver, message);
        }
        for _ in 0..SENDERS {
            if !self.set_apart(sender, origin, None, true) {
                break;
            }
            match self.advance(sender, origin, origin.action, false)? {
                Reached::Standing(copy) => return self.deliver(copy, receiver, message),
                Reached::Astray | Reached::LaterPhase => break,
                Reached::Conflict(_) | Reached::Done(_) => {}
            }
        }
        // Somebody else may send it, or one of the readers do without.
        let others = self.readers(sender).map(|(other, _)| other);
        let readers: Vec<u32> = others.chain([reader]).collect();
        let readers = readers.into_iter().filter_map(|r| self.script.process(r));
        let actions = readers.map(|(_, o)| o.action);
        self.blocked = actions.chain([origin.action]).map(Way::Through).collect();
        self.lost = true;
        Err(format!(
            "{}: the message is sent once and would have to be read twice",
            self.place(origin.span)
        ))
    }

    /// Lets those that have read what a node sends go on by themselves, as long as they
    /// need nobody.
    fn go_on(&mut self, sender: u32) -> Result<(), String> {
        let readers: Vec<u32> = self.readers(sender).map(|(reader, _)| reader).collect();
        for reader in readers {
            let Some(copy) = self.of_node.get(&reader).copied() else {
                continue;
            };
            while let Some(process) = self.run.state.thread(copy).map(|t| t.process) {
                let step = semantics::silent_step(&self.run.state, copy);
                match step {
                    Some(Step::Silent { .. }) => {
                        self.with_entries(reader, &BTreeMap::new(), |entries| Step::Silent {
                            copy,
                            point: process.point.0,
                            entries,
                        })?;
                    }
                    None if matches!(process.kind, ProcessKind::Output { .. }) => {
                        let channel = self.semantics.channel(&self.run.state, copy);
                        let public = channel.map(|c| self.computes(c)).transpose()?;
                        if public.flatten().is_none() {
                            break;
                        }
                        self.send_to_attacker(copy)?;
                        continue;
                    }
                    _ => break,
                }
                self.pass(copy, process.point, None);
            }
        }
        Ok(())
    }

    /// A copy that stands before an output of the message that was read: who reads
    /// a state mostly puts it back.
    fn puts_back(&mut self, sender: u32, origin: &ProcessOrigin) -> Result<Option<Copy>, String> {
        let from = self.copy_of(sender)?;
        let sent = self.sent_at(from, origin.action);
        if sent.is_none() {
            return Ok(None);
        }
        let state = &self.run.state;
        let outputs: Vec<Copy> = state
            .threads()
            .filter(|(_, t)| matches!(t.process.kind, ProcessKind::Output { .. }))
            .map(|(c, _)| c)
            .collect();
        Ok(outputs.into_iter().find(|c| {
            let channel = self.semantics.channel(&self.run.state, *c);
            let message = self.semantics.outgoing(&self.run.state, *c);
            channel.zip(message) == sent
        }))
    }

    /// The channel and the message of an output of a copy, if it has happened.
    fn sent_at(&self, copy: Copy, point: PointId) -> Option<(Message, Message)> {
        let mut sent = self.run.state.sent().iter();
        let sent = sent.find(|s| s.copy == copy && s.point == point)?;
        Some((sent.channel, sent.message))
    }

    /// A copy of the sender's session that stands before another output of the same
    /// message. Of two clauses that say the same the engine keeps one; the other one
    /// leads there, if it takes what the sender took.
    fn sends_elsewhere(
        &mut self,
        sender: u32,
        origin: &'a ProcessOrigin,
    ) -> Result<Option<Copy>, String> {
        let from = self.copy_of(sender)?;
        let sent = self.sent_at(from, origin.action);
        let own = self.script.choices(origin);
        let translation = self.translation;
        let others = translation.clauses.iter().filter_map(|c| match &c.origin {
            Origin::Process(other) if other.action != origin.action => {
                matches!(c.clause.conclusion.predicate, Predicate::Message(_)).then_some(other)
            }
            _ => None,
        });
        for other in others.take(ELSEWHERE) {
            let mut choices = self.script.choices(other);
            let mut same = true;
            for (point, steps) in &mut choices {
                for step in steps {
                    let own = own.get(point).into_iter().flatten();
                    let kind = core::mem::discriminant(*step);
                    match step {
                        PathStep::Replicate { .. }
                        | PathStep::Get { .. }
                        | PathStep::Input { .. } => {
                            match own.copied().find(|s| core::mem::discriminant(*s) == kind) {
                                Some(own) => *step = own,
                                None => same = false,
                            }
                        }
                        _ => {}
                    }
                }
            }
            if !same {
                continue;
            }
            let reached = self.advance_along(sender, &choices, other.span, other.action, false)?;
            let Reached::Standing(copy) = reached else {
                continue;
            };
            let channel = self.semantics.channel(&self.run.state, copy);
            let message = self.semantics.outgoing(&self.run.state, copy);
            if channel.zip(message) == sent {
                return Ok(Some(copy));
            }
        }
        Ok(None)
    }

    /// Two copies that stand at an output and an input communicate.
    pub(super) fn deliver(
        &mut self,
        sender: Copy,
        receiver: Copy,
        message: Option<&'a [TermId]>,
    ) -> Result<(), String> {
        let point = |copy| self.run.state.thread(copy).map(|t| t.process.point);
        let (Some(from), Some(to)) = (point(sender), point(receiver)) else {
            return Err("a copy is gone before its message is read".into());
        };
        let step = self.internal(sender, receiver)?;
        self.take(&step)?;
        self.pass(sender, from, None);
        self.pass(receiver, to, message);
        if message.is_some() && self.run.state.thread(receiver).is_none() {
            return Err(format!(
                "{}: the received message does not match the pattern",
                self.place_of_point(to)
            ));
        }
        Ok(())
    }

    /// The step in which two copies communicate.
    pub(super) fn internal(&mut self, sender: Copy, receiver: Copy) -> Result<Step, String> {
        // A passive attacker hears what goes over channels it knows.
        let mut heard = None;
        let settings = &self.semantics.program().settings;
        if (settings.passive_attacker || !settings.unheard)
            && let Some(channel) = self.semantics.channel(&self.run.state, sender)
        {
            heard = self.computes(channel)?;
        }
        Ok(Step::Internal {
            sender,
            receiver,
            heard,
            entries: Vec::new(),
        })
    }

    /// How the attacker computes a message now, if it can.
    pub(super) fn computes(&mut self, message: Message) -> Result<Option<Recipe>, String> {
        let program = self.semantics.program();
        // Channels are names nearly always; those need no deduction.
        if let semantics::Node::Free(n) = self.semantics.messages().node(message) {
            let public = program.names.get(n.0 as usize).is_some_and(|n| !n.private);
            if public {
                return Ok(Some(Recipe::Name(n.0)));
            }
        }
        let mut knowledge = Knowledge::now(
            program,
            self.semantics.messages_mut(),
            &self.run.state,
            self.heard.take(),
        )
        .map_err(|e| e.to_string())?;
        let recipe = knowledge.recipe(program, self.semantics.messages_mut(), message);
        self.heard = Some(knowledge);
        recipe.map_err(|e| e.to_string())
    }
}
