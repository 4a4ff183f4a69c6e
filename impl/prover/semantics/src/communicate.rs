//! Input and output, with the attacker or between two copies.
//!
//! The attacker takes part only with messages he can make: channel and message
//! are given as recipes, and the copy's own channel must equal what the recipe
//! yields (ProVerif manual, chapter 3).
//!
//! An input with a pattern is an input of whatever comes and a `let` without an
//! `else`: what does not match is received, and that is the end of the copy. The
//! attacker gains nothing by sending that, so it is refused there; but a copy that
//! gets rid of a message so goes on.

use crate::act::Act;
use crate::error::StepError;
use crate::knowledge::is_public;
use crate::messages::{Message, Node};
use crate::state::{State, Thread};
use crate::step::{Happened, Semantics};
use crate::theory::place;
use pi::ProcessKind;
use proof::attack::{Copy, Entries, Recipe};

impl<'p> Semantics<'p> {
    pub(crate) fn output(
        &mut self,
        state: &mut State<'p>,
        copy: Copy,
        recipe: &Recipe,
        entries: &Entries,
    ) -> Result<Vec<Happened>, StepError> {
        let known = self.carry_out(state, recipe)?;
        let mut thread = self.standing(state, copy)?;
        let mut act = Act::new(state, copy, thread.process.span, entries);
        let (channel, message) = self.send(&mut act, &mut thread, copy)?;
        let at = place(self.program(), thread.process.span);
        if channel != known {
            return Err(StepError::ChannelDiffers {
                at,
                whose: "the attacker's",
            });
        }
        act.sent(channel, message, thread.process, true);
        let happened = act.finish(|| at.clone())?;
        advance(state, copy, thread);
        Ok(happened)
    }

    pub(crate) fn input(
        &mut self,
        state: &mut State<'p>,
        copy: Copy,
        channel: &Recipe,
        message: &Recipe,
        entries: &Entries,
    ) -> Result<Vec<Happened>, StepError> {
        let known = self.carry_out(state, channel)?;
        let message = self.carry_out(state, message)?;
        let mut thread = self.standing(state, copy)?;
        let at = place(self.program(), thread.process.span);
        if self.program().settings.passive_attacker {
            return Err(StepError::Passive { at });
        }
        let mut act = Act::new(state, copy, thread.process.span, entries);
        let channel = self.listen(&mut act, &mut thread, copy)?;
        if channel != known {
            return Err(StepError::ChannelDiffers {
                at,
                whose: "the attacker's",
            });
        }
        if !self.receive(&mut act, &mut thread, message)? {
            return Err(StepError::Mismatch { at });
        }
        let happened = act.finish(|| at.clone())?;
        advance(state, copy, thread);
        Ok(happened)
    }

    pub(crate) fn internal(
        &mut self,
        state: &mut State<'p>,
        sender: Copy,
        receiver: Copy,
        heard: Option<&Recipe>,
        entries: &Entries,
    ) -> Result<Vec<Happened>, StepError> {
        let overheard = match heard {
            Some(recipe) => Some(self.carry_out(state, recipe)?),
            None => None,
        };
        let mut from = self.standing(state, sender)?;
        let mut to = self.standing(state, receiver)?;
        let at = place(self.program(), from.process.span);
        if sender == receiver {
            return Err(self.wrong(receiver, &to, "an input of another copy"));
        }
        let mut act = Act::new(state, sender, from.process.span, entries);
        let (channel, message) = self.send(&mut act, &mut from, sender)?;
        act.turn(receiver, to.process.span);
        let other = self.listen(&mut act, &mut to, receiver)?;
        if channel != other {
            return Err(StepError::ChannelDiffers {
                at,
                whose: "the receiver's",
            });
        }
        if overheard.is_some_and(|known| known != channel) {
            return Err(StepError::ChannelDiffers {
                at,
                whose: "the attacker's",
            });
        }
        if heard.is_none() && !self.program().settings.unheard && self.is_public(channel) {
            return Err(StepError::Unheard { at });
        }
        act.turn(sender, from.process.span);
        act.sent(channel, message, from.process, heard.is_some());
        act.turn(receiver, to.process.span);
        let goes_on = self.receive(&mut act, &mut to, message)?;
        let happened = act.finish(|| at.clone())?;
        advance(state, sender, from);
        if goes_on {
            advance(state, receiver, to);
        } else {
            state.copies.remove(&receiver);
        }
        Ok(happened)
    }

    /// Whether everybody can make the message from the start.
    fn is_public(&self, message: Message) -> bool {
        let mut work = vec![message];
        while let Some(message) = work.pop() {
            match self.messages().node(message) {
                Node::Apply(function, arguments) => {
                    if !is_public(self.program(), *function) {
                        return false;
                    }
                    work.extend_from_slice(arguments);
                }
                Node::Free(name) => {
                    let declared = self.program().names.get(name.0 as usize);
                    if declared.is_none_or(|n| n.private) {
                        return false;
                    }
                }
                Node::Attacker(..) | Node::Fresh(..) => return false,
                Node::Natural(_) => {}
                Node::Successor(inner) => work.push(*inner),
            }
        }
        true
    }

    /// Channel and message of the output at which the copy stands.
    fn send(
        &mut self,
        act: &mut Act<'_, 'p>,
        thread: &mut Thread<'p>,
        copy: Copy,
    ) -> Result<(Message, Message), StepError> {
        let ProcessKind::Output {
            channel, message, ..
        } = &thread.process.kind
        else {
            return Err(self.wrong(copy, thread, "an output"));
        };
        let channel = self.value(act, thread, channel, "the channel")?;
        let message = self.value(act, thread, message, "the message")?;
        Ok((channel, message))
    }

    fn listen(
        &mut self,
        act: &mut Act<'_, 'p>,
        thread: &mut Thread<'p>,
        copy: Copy,
    ) -> Result<Message, StepError> {
        let ProcessKind::Input { channel, .. } = &thread.process.kind else {
            return Err(self.wrong(copy, thread, "an input"));
        };
        self.value(act, thread, channel, "the channel")
    }

    /// Whether what is received matches.
    fn receive(
        &mut self,
        act: &mut Act<'_, 'p>,
        thread: &mut Thread<'p>,
        message: Message,
    ) -> Result<bool, StepError> {
        let ProcessKind::Input { pattern, .. } = &thread.process.kind else {
            return Ok(true);
        };
        let copy = act.copy;
        act.happened.push(Happened::Received { copy, message });
        let matches = self.bind(act, thread, pattern, message)?;
        if !matches {
            act.happened.push(Happened::Ended { copy });
        }
        Ok(matches)
    }
}

/// Input and output go on with their continuation.
fn advance<'p>(state: &mut State<'p>, copy: Copy, mut thread: Thread<'p>) {
    if let ProcessKind::Input { then, .. } | ProcessKind::Output { then, .. } = &thread.process.kind
    {
        thread.process = then;
        state.copies.insert(copy, thread);
    }
}
