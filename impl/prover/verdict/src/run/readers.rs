//! Who reads an output on a channel that the attacker does not know.
//!
//! First the copy that the derivation names, then one that stands there, or a new copy
//! that can be brought there; last one that the attacker has to talk to before.

use super::perform::{Performance, Reached};
use crate::detour::Way;
use horn::PathStep;
use pi::{PointId, Process, ProcessKind};
use proof::attack::{Copy, Recipe, Step};
use semantics::Message;
use std::collections::BTreeSet;

/// Deepest nesting of copies that wait for each other.
const WAITING: usize = 64;

/// How many messages the attacker exchanges with a copy that has no part in the
/// derivation, so that it comes to read.
const FED: usize = 4;

impl<'p> Performance<'_, 'p> {
    /// Whether some node of the derivation reads what a node sends directly.
    pub(super) fn has_reader(&self, node: u32) -> bool {
        self.readers(node).next().is_some()
    }

    /// Nodes, with the points, that read what a node sends.
    pub(super) fn readers(&self, node: u32) -> impl Iterator<Item = (u32, PointId)> + '_ {
        self.script.process_nodes().into_iter().flat_map(move |n| {
            let path = self.script.process(n).map_or(&[][..], |(_, o)| &o.path);
            path.iter().filter_map(move |step| match step {
                PathStep::Input {
                    point, hypothesis, ..
                } => {
                    let premise = self.script.premise(n, *hypothesis)?;
                    let (sender, _) = self.script.process(premise)?;
                    (sender == node).then_some((n, *point))
                }
                _ => None,
            })
        })
    }

    /// A copy that stands, or can be brought to stand, at an input on the
    /// channel of the output at which a copy stands.
    pub(super) fn find_reader(&mut self, copy: Copy, process: &'p Process) -> Result<Copy, String> {
        let channel = self.semantics.channel(&self.run.state, copy);
        let no_reader = format!(
            "{}: nobody reads this output on a private channel",
            self.place(process.span)
        );
        let Some(channel) = channel else {
            return Err(no_reader);
        };
        // First those that the derivation names.
        let senders: Vec<u32> = self
            .of_node
            .iter()
            .filter(|(_, c)| **c == copy)
            .map(|(n, _)| *n)
            .collect();
        let mut wanted = Vec::new();
        for n in self.script.process_nodes() {
            if self.script.process(n).map(|(_, o)| o.action) != Some(process.point) {
                continue;
            }
            if senders.contains(&n) || (!self.of_node.contains_key(&n) && self.sends_as(copy, n)?) {
                wanted.extend(self.readers(n));
            }
        }
        self.waiting += 1;
        if self.waiting > WAITING {
            return Err("copies wait for each other in a circle".into());
        }
        for (reader, point) in wanted {
            let Some((_, origin)) = self.script.process(reader) else {
                continue;
            };
            if let Ok(Reached::Standing(receiver)) = self.advance(reader, origin, point, true)
                && self.semantics.channel(&self.run.state, receiver) == Some(channel)
                && self.understands(copy, receiver)
            {
                self.waiting -= 1;
                return Ok(receiver);
            }
        }
        self.waiting -= 1;
        // Then whoever stands there without a part in the derivation, then a new copy
        // of whatever would, then who may have to read something else there. Last come
        // those that have no use for the message and end.
        let planned: BTreeSet<Copy> = self
            .copies
            .values()
            .chain(self.forks.values().flat_map(|(_, parts)| parts))
            .copied()
            .collect();
        if let Some(receiver) = self.standing_reader(channel, copy, true, |c| !planned.contains(&c))
        {
            return Ok(receiver);
        }
        if let Some(receiver) = self.new_reader(channel, copy, true, 0)? {
            return Ok(receiver);
        }
        if let Some(receiver) = self.standing_reader(channel, copy, true, |c| planned.contains(&c))
        {
            return Ok(receiver);
        }
        if let Some(receiver) = self.new_reader(channel, copy, false, 0)? {
            return Ok(receiver);
        }
        if let Some(receiver) = self.standing_reader(channel, copy, false, |_| true) {
            return Ok(receiver);
        }
        if let Some(receiver) = self.new_reader(channel, copy, false, FED)? {
            return Ok(receiver);
        }
        self.blocked = BTreeSet::from([Way::Through(process.point)]);
        Err(no_reader)
    }

    /// A new copy of a replication, or of what is in it, or, where the attacker talks to
    /// it, one that has not set out yet, that comes to stand at an
    /// input on a channel by itself, or once the attacker has sent it so many messages
    /// of its own, and goes on with what another copy sends, or need not.
    fn new_reader(
        &mut self,
        channel: Message,
        sender: Copy,
        goes_on: bool,
        messages: usize,
    ) -> Result<Option<Copy>, String> {
        self.enter_calls();
        let state = &self.run.state;
        let threads = state.threads().filter(|(c, t)| {
            let moves = messages > 0 && *c != sender;
            matches!(t.process.kind, ProcessKind::Replicate(_))
                || moves && semantics::silent_step(state, *c).is_some()
        });
        let threads: Vec<(Copy, bool)> = threads
            .map(|(c, t)| (c, matches!(t.process.kind, ProcessKind::Replicate(_))))
            .collect();
        for (thread, replicated) in threads {
            let before = self.run.clone();
            let first = self.run.state.unused_copy();
            let into = if replicated {
                self.take(&Step::Replicate {
                    copy: thread,
                    into: first,
                })?;
                first
            } else {
                thread
            };
            let mut left = messages;
            loop {
                while let Some(step) = semantics::silent_step(&self.run.state, into) {
                    if self.take(&step).is_err() {
                        break;
                    }
                }
                let new = |c: Copy| c >= first || c == into;
                if let Some(reader) = self.standing_reader(channel, sender, goes_on, new) {
                    return Ok(Some(reader));
                }
                if left == 0 || !self.feed(into)? {
                    break;
                }
                left -= 1;
            }
            self.run = before;
        }
        Ok(None)
    }

    /// The attacker talks to a copy that has no part in the derivation: it hears what
    /// it sends and sends it a name of its own. False if the copy does not wait for it.
    fn feed(&mut self, copy: Copy) -> Result<bool, String> {
        let Some(process) = self.run.state.thread(copy).map(|t| t.process) else {
            return Ok(false);
        };
        let channel = match self.semantics.channel(&self.run.state, copy) {
            Some(channel) => self.computes(channel)?,
            None => None,
        };
        let Some(channel) = channel else {
            return Ok(false);
        };
        let entries = Vec::new();
        let step = match &process.kind {
            ProcessKind::Output { .. } => Step::Output {
                copy,
                channel,
                entries,
            },
            ProcessKind::Input { .. } => {
                let name = self.run.state.attacker_names().len();
                let ty = pi::TypeId::BITSTRING.0;
                self.take(&Step::Fresh { ty })?;
                Step::Input {
                    copy,
                    channel,
                    message: Recipe::Fresh(u32::try_from(name).unwrap_or(u32::MAX)),
                    entries,
                }
            }
            _ => return Ok(false),
        };
        Ok(self.take(&step).is_ok())
    }

    /// Lets all that stand at the call of a process go into it.
    fn enter_calls(&mut self) {
        let state = &self.run.state;
        let copies: Vec<Copy> = state.threads().map(|(c, _)| c).collect();
        for copy in copies {
            let at_call =
                |t: &semantics::Thread<'_>| matches!(t.process.kind, ProcessKind::Call { .. });
            while self.run.state.thread(copy).is_some_and(at_call)
                && let Some(step) = semantics::silent_step(&self.run.state, copy)
                && self.take(&step).is_ok()
            {}
        }
    }

    /// Whether what a copy that stands at an output would send may be what a node does.
    fn sends_as(&mut self, copy: Copy, node: u32) -> Result<bool, String> {
        let Some(message) = self.semantics.outgoing(&self.run.state, copy) else {
            return Ok(true);
        };
        match self.script.message(node) {
            Some(term) => Ok(self.concrete(term)? == Some(message)),
            None => Ok(true),
        }
    }

    /// The first of some copies that stands at an input on a channel and goes on with
    /// what another copy sends, or need not.
    fn standing_reader(
        &mut self,
        channel: Message,
        sender: Copy,
        goes_on: bool,
        among: impl Fn(Copy) -> bool,
    ) -> Option<Copy> {
        let inputs: Vec<Copy> = self
            .run
            .state
            .threads()
            .filter(|(c, t)| {
                *c != sender && among(*c) && matches!(t.process.kind, ProcessKind::Input { .. })
            })
            .map(|(c, _)| c)
            .collect();
        inputs.into_iter().find(|c| {
            self.semantics.channel(&self.run.state, *c) == Some(channel)
                && self.receives(sender, *c, goes_on)
        })
    }

    /// Whether a copy that stands at an input receives what another copy sends, and
    /// goes on with it if that is asked.
    fn receives(&mut self, sender: Copy, receiver: Copy, goes_on: bool) -> bool {
        let Ok(step) = self.internal(sender, receiver) else {
            return false;
        };
        let mut run = self.run.clone();
        let received = run.advance(&mut self.semantics, &step).is_ok();
        received && (!goes_on || run.state.thread(receiver).is_some())
    }

    /// Whether a copy that stands at an input goes on with what another copy sends.
    fn understands(&mut self, sender: Copy, receiver: Copy) -> bool {
        self.receives(sender, receiver, true)
    }
}
