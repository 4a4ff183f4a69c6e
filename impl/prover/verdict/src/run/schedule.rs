//! In which order the nodes of a derivation are performed.
//!
//! A derivation is ordered already: what a node needs comes before it. But the
//! order forgets that a copy sends what it sends early, whoever needs it late, and
//! where nodes of one copy became one the derivation may go round in a circle.
//! Where the attacker sends what it knows ([`super::Manner`]), nodes are therefore
//! performed in rounds, each as far as it gets.

use super::perform::{COPIES, Performance, Reached};
use crate::detour::Way;
use horn::{PathStep, ProcessOrigin};
use pi::PointId;
use proof::attack::{Copy, Step};
use std::collections::BTreeMap;

/// How often the branches that copies take are looked at before they go on.
const LOOKS: usize = 8;

/// Most copies for one node that wait for a phase.
const SPARE: usize = 3;

impl<'a> Performance<'a, '_> {
    /// Phase by phase, every process node in the order of the derivation.
    pub(super) fn all_nodes(&mut self) -> Result<(), String> {
        let mut nodes = self.script.process_nodes();
        if self.manner.reversed {
            nodes.reverse();
        }
        if self.manner.absent_first {
            nodes.sort_by_key(|n| !self.finds_nothing(*n));
        }
        let last = self.script.last_phase();
        for phase in 0..=last {
            if phase > 0 {
                self.spare(&nodes, phase);
                self.take(&Step::Phase { phase })?;
            }
            if self.manner.absent_first {
                self.part_ways(&nodes);
                self.look_ahead(&nodes);
            }
            if self.manner.known {
                self.rounds(&nodes)?;
                continue;
            }
            for node in &nodes {
                if self.is_open(*node) {
                    self.perform_node(*node)?;
                }
            }
        }
        Ok(())
    }

    /// Has replications make copies for nodes that are to go on in a later phase,
    /// where no replication makes any. Which of the nodes want one copy shows only
    /// then, so each of several gets a few.
    fn spare(&mut self, nodes: &[u32], phase: u32) {
        let mut waiting: BTreeMap<PointId, Vec<(u32, &'a ProcessOrigin)>> = BTreeMap::new();
        for node in nodes {
            let Some((_, origin)) = self.script.process(*node).filter(|_| self.is_open(*node))
            else {
                continue;
            };
            let later = |s: &PathStep| matches!(s, PathStep::Phase { phase: p, .. } if *p >= phase);
            let made = |s: &PathStep| match s {
                PathStep::Replicate { point, .. } => Some(*point),
                _ => None,
            };
            let Some(at) = origin.path.iter().position(later) else {
                continue;
            };
            if let Some(point) = origin.path[..at].iter().rev().find_map(made) {
                waiting.entry(point).or_default().push((*node, origin));
            }
        }
        for together in waiting.values() {
            for (node, origin) in together {
                let apart = self.apart.clone();
                let blocked = self.blocked.clone();
                for _ in 1..together.len().min(SPARE) {
                    if !self.set_apart(*node, origin, None, true)
                        || self.advance(*node, origin, origin.action, false).is_err()
                    {
                        break;
                    }
                }
                (self.apart, self.blocked) = (apart, blocked);
            }
        }
    }

    /// Has nodes that take the two sides of one condition use two copies from the
    /// start, where no name depends on which.
    fn part_ways(&mut self, nodes: &[u32]) {
        for (i, node) in nodes.iter().enumerate() {
            let Some((_, origin)) = self.script.process(*node).filter(|_| self.is_open(*node))
            else {
                continue;
            };
            for _ in 0..COPIES {
                let parts = nodes[..i]
                    .iter()
                    .any(|other| self.parts_from(*other, *node));
                if !parts || !self.set_apart(*node, origin, None, false) {
                    break;
                }
            }
        }
    }

    /// Whether two nodes are to be performed by one copy, which would go two ways.
    fn parts_from(&self, first: u32, second: u32) -> bool {
        let path = |node| {
            let (_, origin) = self.script.process(node)?;
            Some((&origin.path, self.script.choices(origin)))
        };
        let (Some((path, choices)), Some((other, others))) = (path(first), path(second)) else {
            return false;
        };
        for steps in path.iter().zip(other) {
            match steps {
                (
                    PathStep::Branch { point, then },
                    PathStep::Branch {
                        point: at,
                        then: also,
                    },
                ) if point == at => {
                    if then != also {
                        return true;
                    }
                }
                (PathStep::Branch { point, then: false }, PathStep::Get { point: at, .. })
                | (
                    PathStep::Get { point, .. },
                    PathStep::Branch {
                        point: at,
                        then: false,
                    },
                ) if point == at => return true,
                (PathStep::Replicate { point, .. }, PathStep::Replicate { point: at, .. })
                    if point == at =>
                {
                    let turn = self.session_turn(first, *point, &choices);
                    if turn != self.session_turn(second, *point, &others) {
                        return false;
                    }
                }
                (
                    PathStep::Component { point, index },
                    PathStep::Component {
                        point: at,
                        index: part,
                    },
                ) if (point, index) == (at, part) => {}
                (PathStep::Passed { point }, PathStep::Passed { point: at })
                | (PathStep::Get { point, .. }, PathStep::Get { point: at, .. })
                | (PathStep::Input { point, .. }, PathStep::Input { point: at, .. })
                | (PathStep::Phase { point, .. }, PathStep::Phase { point: at, .. })
                    if point == at => {}
                _ => return false,
            }
        }
        false
    }

    /// Has every copy that finds a table without an entry look before any of them
    /// goes on: two servers that look into each other's table, or one that is asked
    /// twice at once, find nothing only before the first of them writes. Whoever looks
    /// several times does so each time before others go on from there. Who cannot look
    /// yet does so when its turn comes.
    fn look_ahead(&mut self, nodes: &[u32]) {
        for time in 0..LOOKS {
            let looking = nodes.iter().filter_map(|node| {
                let (_, origin) = self.script.process(*node)?;
                Some((*node, origin, absent(origin).nth(time)?))
            });
            let mut looking: Vec<_> = looking.collect();
            // Who takes an entry before has it inserted, which others must not find.
            looking.sort_by_key(|(_, origin, absent)| takes_before(origin, *absent));
            for (node, origin, absent) in &looking {
                if !self.is_open(*node) {
                    continue;
                }
                let absent = *absent;
                for _ in 0..COPIES {
                    let looked = self.advance(*node, origin, absent, false);
                    let Ok(Reached::Conflict(point)) = looked else {
                        break;
                    };
                    if !self.set_apart(*node, origin, Some(point), true) {
                        break;
                    }
                }
            }
        }
    }

    /// Performs nodes as far as they get, again and again, until no copy goes
    /// on; then the first that cannot is what is in the way.
    fn rounds(&mut self, nodes: &[u32]) -> Result<(), String> {
        loop {
            let before = (self.run.steps.len(), self.of_node.len());
            let mut first = None;
            for node in nodes {
                if !self.is_open(*node) {
                    continue;
                }
                let waiting = self.waiting;
                if let Err(why) = self.perform_node(*node) {
                    if self.lost {
                        return Err(why);
                    }
                    self.waiting = waiting;
                    first.get_or_insert((self.at, self.blocked.clone(), why));
                }
                self.within_limit()?;
            }
            let Some((at, blocked, why)) = first else {
                return Ok(());
            };
            if (self.run.steps.len(), self.of_node.len()) == before {
                (self.at, self.blocked) = (at, blocked);
                return Err(why);
            }
        }
    }

    /// Whether a node is still to be performed.
    fn is_open(&self, node: u32) -> bool {
        !self.left_out.contains(&node) && !self.of_node.contains_key(&node)
    }

    pub(super) fn perform_node(&mut self, node: u32) -> Result<(), String> {
        let Some((_, origin)) = self.script.process(node) else {
            return Ok(());
        };
        self.at = Some(node);
        if !self.performing.insert(node) {
            return Err(self.circular(origin));
        }
        let performed = self.bring(node, origin);
        self.performing.remove(&node);
        performed
    }

    fn bring(&mut self, node: u32, origin: &'a ProcessOrigin) -> Result<(), String> {
        if self.manner.again && self.manner.absent_first {
            self.twin(node, origin);
        }
        let mut reached = self.advance(node, origin, origin.action, false)?;
        // Another copy of a replication may do what this one cannot: one that
        // is there already, or else a new one. Its names may be other names;
        // whether that matters shows later.
        for _ in 0..COPIES {
            let before = match reached {
                Reached::Conflict(point) => Some(point),
                Reached::Astray => None,
                Reached::Done(_) | Reached::LaterPhase | Reached::Standing(_) => break,
            };
            let copies = self.copies.len();
            // What a copy sends whose names would be others helps nobody;
            // perhaps the attacker can do without it.
            let dispensable = before.is_some() && !self.script.premises().contains(&node);
            if !self.set_apart(node, origin, before, !dispensable) {
                if dispensable {
                    self.left_out.insert(node);
                    return Ok(());
                }
                break;
            }
            reached = self.advance(node, origin, origin.action, false)?;
            if reached == Reached::Astray && self.copies.len() > copies {
                break;
            }
        }
        match reached {
            Reached::Done(copy) | Reached::Standing(copy) => {
                self.of_node.insert(node, copy);
                Ok(())
            }
            Reached::LaterPhase => Ok(()),
            Reached::Astray => {
                self.lost = true;
                Err(self.astray(origin))
            }
            Reached::Conflict(point) => {
                self.lost = true;
                // Another clause may lead to the same from elsewhere.
                if self.blocked.is_empty() {
                    self.blocked.insert(Way::Through(origin.action));
                }
                Err(self.conflict(point))
            }
        }
    }

    /// Whether a node is not to be performed.
    pub(super) fn is_left_out(&self, node: u32) -> bool {
        self.left_out.contains(&node)
    }

    /// The copy that performs a node.
    pub(super) fn copy_of(&mut self, node: u32) -> Result<Copy, String> {
        match self.of_node.get(&node) {
            Some(copy) => Ok(*copy),
            None => {
                self.perform_node(node)?;
                self.of_node.get(&node).copied().ok_or_else(|| {
                    let why = match self.is_left_out(node) {
                        true => "a message is needed that no copy is left to send",
                        false => "a message is needed in an earlier phase than it is sent",
                    };
                    why.to_owned()
                })
            }
        }
    }

    fn finds_nothing(&self, node: u32) -> bool {
        let process = self.script.process(node);
        process.is_some_and(|(_, origin)| last_absent(origin).is_some())
    }

    fn astray(&self, origin: &ProcessOrigin) -> String {
        format!(
            "{}: a copy that follows the derivation does not get here; it takes another branch",
            self.place(origin.span)
        )
    }

    fn circular(&self, origin: &ProcessOrigin) -> String {
        format!(
            "{}: what happens here waits for itself",
            self.place(origin.span)
        )
    }
}

/// The points at which a path takes the other branch, in order.
fn absent(origin: &ProcessOrigin) -> impl DoubleEndedIterator<Item = PointId> {
    origin.path.iter().filter_map(|step| match step {
        PathStep::Branch { point, then: false } => Some(*point),
        _ => None,
    })
}

/// Whether a path takes an entry before a point.
fn takes_before(origin: &ProcessOrigin, until: PointId) -> bool {
    let mut before = origin.path.iter().take_while(|s| s.point() != until);
    before.any(|s| matches!(s, PathStep::Get { .. }))
}

/// The last of them.
pub(super) fn last_absent(origin: &ProcessOrigin) -> Option<PointId> {
    absent(origin).next_back()
}
