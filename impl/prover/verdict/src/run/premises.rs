//! How the premises of the query come about in the run.

use super::perform::{COPIES, Performance};
use super::schedule::last_absent;
use horn::ProcessOrigin;
use logic::Predicate;
use proof::attack::Premise;
use std::collections::BTreeSet;

impl<'a> Performance<'a, '_> {
    /// How the premises of the query come about.
    pub(super) fn premises(&mut self) -> Result<Vec<Premise>, String> {
        let mut out = Vec::new();
        for node in self.script.premises() {
            let Some(predicate) = self.script.node(node).map(|n| n.fact.predicate) else {
                continue;
            };
            out.push(match predicate {
                Predicate::Attacker(_) => Premise::Knows(self.recipe(node)?),
                Predicate::End(_) | Predicate::EndAt(_) => {
                    let copy = self.copy_of(node)?;
                    let point = self.script.process(node).map(|(_, o)| o.action);
                    let events = self.run.state.events();
                    let number = events
                        .iter()
                        .position(|e| e.copy == copy && Some(e.point) == point);
                    Premise::Event(index(number)?)
                }
                Predicate::Table { .. } => {
                    let (node, origin) = self
                        .script
                        .process(node)
                        .ok_or("the derivation has a gap")?;
                    let copy = self.copy_of(node)?;
                    let entries = self.run.state.entries();
                    let number = entries
                        .iter()
                        .position(|e| e.copy == copy && e.point == origin.action);
                    Premise::Entry(index(number)?)
                }
                Predicate::Message(_) => match self.script.process(node) {
                    Some((node, origin)) => self.sent_premise(node, origin)?,
                    None => {
                        let message = self.attacker_sends(node)?;
                        let premises = self.script.node(node).map(|n| n.premises.clone());
                        let first = premises.and_then(|p| p.first().copied());
                        let channel = self.recipe(first.ok_or("the derivation has a gap")?)?;
                        Premise::Sends { channel, message }
                    }
                },
                // The goal says again that the event of a premise happened.
                Predicate::Begin(_) | Predicate::BeginAt(_) => continue,
                // A comparison is about the instance, which the others fix.
                Predicate::AtLeast | Predicate::Natural | Predicate::NotNatural => continue,
                Predicate::Action | Predicate::Goal(_) | Predicate::User { .. } => {
                    return Err("a premise of the query is nothing a run can show".into());
                }
            });
        }
        Ok(out)
    }

    pub(super) fn sent_premise(
        &mut self,
        node: u32,
        origin: &ProcessOrigin,
    ) -> Result<Premise, String> {
        let copy = self.copy_of(node)?;
        let sent = |this: &Self| {
            let sent = this.run.state.sent();
            sent.iter()
                .position(|s| s.copy == copy && s.point == origin.action)
        };
        if sent(self).is_none() {
            let standing = self.run.state.thread(copy).map(|t| t.process);
            match standing {
                Some(process) if process.point == origin.action => {
                    let receiver = self.find_reader(copy, process);
                    match receiver {
                        Ok(receiver) => self.deliver(copy, receiver, None)?,
                        Err(_) => self.send_to_attacker(copy)?,
                    }
                }
                _ => return Err("the message is not sent".into()),
            }
        }
        Ok(Premise::Sent(index(sent(self))?))
    }

    /// Runs the copies that end the premises once more, on the same messages.
    pub(super) fn again(&mut self) -> Result<(), String> {
        let before = self.run.steps.len();
        for (node, origin) in self.ends() {
            let steps = self.run.steps.len();
            for _ in 0..COPIES {
                if self.run.steps.len() > steps || !self.set_apart(node, origin, None, true) {
                    break;
                }
                self.advance(node, origin, origin.action, false)?;
            }
        }
        if self.run.steps.len() == before {
            return Err("the process runs once, so its end cannot come twice".into());
        }
        Ok(())
    }

    /// Has premises that one execution meets be met by different ones, as far as there
    /// are such: of executions that say the same, one premise gets the first and the
    /// next the second, or the other way round where copies talk to each other.
    pub(super) fn distinct(&self, premises: &mut [Premise]) {
        let events = self.run.state.events();
        let mut used: BTreeSet<u32> = BTreeSet::new();
        let mut each: Vec<&mut Premise> = premises.iter_mut().collect();
        if self.manner.direct {
            each.reverse();
        }
        for premise in each {
            let Premise::Event(number) = premise else {
                continue;
            };
            if used.insert(*number) {
                continue;
            }
            let Some(record) = events.get(*number as usize) else {
                continue;
            };
            let other = (0_u32..).zip(events).find(|(n, e)| {
                e.event == record.event && e.arguments == record.arguments && !used.contains(n)
            });
            if let Some((other, _)) = other {
                used.insert(other);
                *number = other;
            }
        }
    }

    /// Has a second copy find a table without an entry, before the first one goes
    /// on and inserts it: what [`Self::again`] continues, or asks to send again. If that does not work
    /// out, there is no second copy yet.
    pub(super) fn twin(&mut self, node: u32, origin: &'a ProcessOrigin) {
        let ends = self.ends().iter().any(|(n, _)| *n == node) || self.has_reader(node);
        let Some(absent) = last_absent(origin).filter(|_| ends) else {
            return;
        };
        let before = self.apart.clone();
        if self.set_apart(node, origin, None, true) {
            let _ = self.advance(node, origin, absent, false);
        }
        self.apart = before;
    }

    /// The nodes of the premises that are events.
    fn ends(&self) -> Vec<(u32, &'a ProcessOrigin)> {
        let is_end = |node: &u32| {
            let predicate = self.script.node(*node).map(|n| n.fact.predicate);
            matches!(predicate, Some(Predicate::End(_) | Predicate::EndAt(_)))
        };
        let premises = self.script.premises();
        let ends = premises.into_iter().filter(is_end);
        ends.filter_map(|node| Some((node, self.script.process(node)?.1)))
            .collect()
    }
}

fn index(position: Option<usize>) -> Result<u32, String> {
    position
        .and_then(|i| u32::try_from(i).ok())
        .ok_or_else(|| "what the query asks for does not happen in the run".to_owned())
}
