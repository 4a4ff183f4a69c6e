//! Which copy performs a node when several would, or none can.
//!
//! A copy takes one message at each of its inputs and one entry at each `get`.
//! Nodes that ask for something else need another copy: of a replication that
//! no name depends on if there is one, because then nothing else changes.

use super::perform::Performance;
use super::script::{Turn, get, input};
use horn::{PathStep, ProcessOrigin};
use logic::{SymbolKind, TermId, View};
use pi::PointId;
use proof::attack::Copy;
use std::collections::{BTreeMap, BTreeSet};

impl<'a> Performance<'a, '_> {
    /// Has a node use the next copy of a replication on its way: of one that no
    /// name depends on if there is such, and otherwise, if it may be one of a
    /// named session, of the last. Only what comes before a point helps there.
    pub(super) fn set_apart(
        &mut self,
        node: u32,
        origin: &ProcessOrigin,
        before: Option<PointId>,
        named: bool,
    ) -> bool {
        let on_the_way: Vec<(PointId, bool)> = origin
            .path
            .iter()
            .filter_map(|step| match step {
                PathStep::Replicate { point, session } => {
                    Some((*point, self.script.session(node, *session).is_none()))
                }
                _ => None,
            })
            .filter(|(point, _)| before.is_none_or(|b| *point < b))
            .collect();
        let nameless = on_the_way.iter().rev().find(|(_, nameless)| *nameless);
        let Some((point, _)) = nameless.or(on_the_way.last().filter(|_| named)) else {
            return false;
        };
        let number = self.apart.entry((node, *point)).or_insert(0);
        *number = number.saturating_add(1);
        true
    }

    pub(super) fn conflict(&self, point: PointId) -> String {
        format!(
            "{}: one copy would have to take two different messages here",
            self.place_of_point(point)
        )
    }

    /// The copy whose way has these sessions, and what it became.
    pub(super) fn copies_with(&self, sessions: &[(PointId, TermId)]) -> Vec<Copy> {
        self.copies
            .iter()
            .filter(|(lineage, _)| {
                sessions.iter().all(|(point, session)| {
                    lineage
                        .iter()
                        .any(|(p, turn)| p == point && *turn == Turn::Session(Some(*session), 0))
                })
            })
            .map(|(_, copy)| *copy)
            .collect()
    }

    /// Remembers the nodes that made a copy take something else at a point.
    pub(super) fn note_rivals(
        &mut self,
        node: u32,
        copy: Copy,
        point: PointId,
        choices: &BTreeMap<PointId, Vec<&PathStep>>,
    ) {
        let wanted = self.wanted(node, point, choices);
        let others: Vec<u32> = self
            .of_node
            .iter()
            .filter(|(n, c)| **c == copy || self.ways.get(n).is_some_and(|w| w.contains(&copy)))
            .map(|(n, _)| *n)
            .collect();
        for other in others {
            let Some((_, origin)) = self.script.process(other) else {
                continue;
            };
            let own = self.wanted(other, point, &self.script.choices(origin));
            if let (Some(own), Some(wanted)) = (own, wanted)
                && !self.same(own, wanted)
            {
                self.rivals.insert(other);
            }
        }
    }

    /// What a node wants its copy to take at a point.
    pub(super) fn wanted(
        &self,
        node: u32,
        point: PointId,
        choices: &BTreeMap<PointId, Vec<&PathStep>>,
    ) -> Option<&'a [TermId]> {
        let hypothesis = input(choices, point).or_else(|| get(choices, point))?;
        self.script.taken(self.script.premise(node, hypothesis)?)
    }

    /// The input or `get` at which a copy already took something else than
    /// this node wants it to.
    pub(super) fn disagrees(
        &mut self,
        node: u32,
        copy: Copy,
        choices: &BTreeMap<PointId, Vec<&PathStep>>,
    ) -> Option<PointId> {
        let passed = self.passed.get(&copy)?;
        let differing: Vec<(PointId, &'a [TermId], Vec<TermId>)> = passed
            .iter()
            .filter_map(|(point, taken)| {
                let taken = taken.as_ref()?;
                let wanted = self.wanted(node, *point, choices)?;
                (wanted != taken.as_slice()).then(|| (*point, wanted, taken.clone()))
            })
            .collect();
        differing
            .into_iter()
            .find(|(_, wanted, taken)| !self.same(wanted, taken))
            .map(|(point, _, _)| point)
    }

    /// Whether terms of the derivation are, or can be made, the same messages.
    /// Messages that it leaves open are chosen so; and the equations may write
    /// one message in two ways.
    fn same(&mut self, left: &[TermId], right: &[TermId]) -> bool {
        left.len() == right.len()
            && left.iter().zip(right).all(|(l, r)| {
                let before = self.bend.clone();
                if self.reconcile(*l, *r) {
                    self.chose |= l != r;
                    return true;
                }
                self.bend = before;
                match (self.concrete(*l), self.concrete(*r)) {
                    (Ok(Some(l)), Ok(Some(r))) => l == r,
                    _ => false,
                }
            })
    }

    /// Chooses open messages so that two terms are equal, as far as none of
    /// them has been sent yet.
    fn reconcile(&mut self, left: TermId, right: TermId) -> bool {
        let (left, right) = (self.bent(left), self.bent(right));
        if left == right || self.manner.strict {
            return left == right;
        }
        let store = &self.translation.store;
        let free =
            |t: TermId| matches!(store.view(t), View::Var(_)) && !self.fresh_names.contains_key(&t);
        let (from, to) = if free(left) {
            (left, right)
        } else if free(right) {
            (right, left)
        } else {
            let (View::Apply(f, a), View::Apply(g, b)) = (store.view(left), store.view(right))
            else {
                return false;
            };
            // A name is of one copy, and copies are not open.
            if self.translation.signature.kind(f) == SymbolKind::Name {
                return false;
            }
            let (a, b) = (a.to_vec(), b.to_vec());
            return f == g && a.into_iter().zip(b).all(|(a, b)| self.reconcile(a, b));
        };
        if self.occurs(from, to) {
            return false;
        }
        self.bend.insert(from, to);
        true
    }

    /// What an open message has been chosen to be.
    fn bent(&self, term: TermId) -> TermId {
        let mut term = term;
        while let Some(next) = self.bend.get(&term) {
            term = *next;
        }
        term
    }

    fn occurs(&self, variable: TermId, term: TermId) -> bool {
        let mut seen = BTreeSet::new();
        let mut stack = vec![term];
        while let Some(term) = stack.pop() {
            let term = self.bent(term);
            if term == variable {
                return true;
            }
            if let View::Apply(_, arguments) = self.translation.store.view(term)
                && seen.insert(term)
            {
                stack.extend_from_slice(arguments);
            }
        }
        false
    }

    pub(super) fn session_turn(
        &self,
        node: u32,
        point: PointId,
        choices: &BTreeMap<PointId, Vec<&PathStep>>,
    ) -> Option<Turn> {
        choices.get(&point)?.iter().find_map(|step| match step {
            PathStep::Replicate { session, .. } => {
                let apart = self.apart.get(&(node, point)).copied().unwrap_or(0);
                Some(Turn::Session(self.script.session(node, *session), apart))
            }
            _ => None,
        })
    }
}
