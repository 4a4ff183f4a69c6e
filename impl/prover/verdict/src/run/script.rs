//! What a derivation asks of the process: for each process node a copy and the
//! choices on its way.

use horn::{InitialClause, Origin, PathStep, ProcessOrigin, Translation};
use logic::{Predicate, TermId};
use pi::PointId;
use proof::{Derivation, DerivationNode, DerivationRule};
use std::collections::BTreeMap;

/// A copy, by how it came about: the sessions and components on its way. The
/// second number sets copies of one session apart that cannot be one.
pub(super) type Lineage = Vec<(PointId, Turn)>;

/// One turn on the way to a copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Turn {
    /// A component of a parallel composition.
    Component(u32),
    /// A copy of a replication: its session, and a number that sets apart what
    /// must not be one copy.
    Session(Option<TermId>, u32),
}

/// A view of a derivation with the origins of its nodes.
#[derive(Clone, Copy)]
pub(super) struct Script<'a> {
    pub(super) derivation: &'a Derivation,
    clauses: &'a [InitialClause],
}

/// Where a node comes from.
#[derive(Clone, Copy)]
pub(super) enum Source<'a> {
    Assumed,
    Clause(&'a Origin),
    Goal,
    Unknown,
}

impl<'a> Script<'a> {
    pub(super) fn new(translation: &'a Translation, derivation: &'a Derivation) -> Self {
        Self {
            derivation,
            clauses: &translation.clauses,
        }
    }

    pub(super) fn node(&self, node: u32) -> Option<&'a DerivationNode> {
        self.derivation.nodes.get(node as usize)
    }

    pub(super) fn source(&self, node: u32) -> Source<'a> {
        match self.node(node).map(|n| &n.rule) {
            None => Source::Unknown,
            Some(DerivationRule::Assumed) => Source::Assumed,
            Some(DerivationRule::Clause { clause, .. }) => {
                match self.clauses.get(*clause as usize) {
                    Some(initial) => Source::Clause(&initial.origin),
                    None if *clause as usize == self.clauses.len() => Source::Goal,
                    None => Source::Unknown,
                }
            }
        }
    }

    /// The process origin of a node, looking through memory from phase to phase.
    pub(super) fn process(&self, node: u32) -> Option<(u32, &'a ProcessOrigin)> {
        let mut node = node;
        loop {
            match self.source(node) {
                Source::Clause(Origin::Process(origin)) => return Some((node, origin)),
                Source::Clause(Origin::NextPhase) => node = *self.node(node)?.premises.first()?,
                _ => return None,
            }
        }
    }

    /// The session term that a node gives to a session variable.
    pub(super) fn session(&self, node: u32, variable: logic::Var) -> Option<TermId> {
        match &self.node(node)?.rule {
            DerivationRule::Clause { instance, .. } => instance
                .iter()
                .find(|(v, _)| *v == variable)
                .map(|(_, t)| *t),
            DerivationRule::Assumed => None,
        }
    }

    /// The node that derives a hypothesis of a node.
    pub(super) fn premise(&self, node: u32, hypothesis: u32) -> Option<u32> {
        self.node(node)?.premises.get(hypothesis as usize).copied()
    }

    /// The message a premise node is about: the last argument of its fact.
    pub(super) fn message(&self, node: u32) -> Option<TermId> {
        self.node(node)?.fact.arguments.last().copied()
    }

    /// What a copy takes when it uses a premise: the message received, or the
    /// whole entry read.
    pub(super) fn taken(&self, node: u32) -> Option<&'a [TermId]> {
        let fact = &self.node(node)?.fact;
        match fact.predicate {
            Predicate::Table { .. } => Some(&fact.arguments),
            _ => fact.arguments.last().map(core::slice::from_ref),
        }
    }

    /// The choices on the way of a process node, by point.
    pub(super) fn choices(
        &self,
        origin: &'a ProcessOrigin,
    ) -> BTreeMap<PointId, Vec<&'a PathStep>> {
        let mut out: BTreeMap<PointId, Vec<&PathStep>> = BTreeMap::new();
        for step in &origin.path {
            out.entry(step.point()).or_default().push(step);
        }
        out
    }

    /// Process nodes in the order of the derivation.
    pub(super) fn process_nodes(&self) -> Vec<u32> {
        (0_u32..)
            .take(self.derivation.nodes.len())
            .filter(|n| matches!(self.source(*n), Source::Clause(Origin::Process(_))))
            .collect()
    }

    /// Whether a copy takes the other branch anywhere.
    pub(super) fn finds_nothing(&self) -> bool {
        let nodes = self.process_nodes().into_iter();
        let mut origins = nodes.filter_map(|n| Some(self.process(n)?.1));
        origins.any(|origin| super::schedule::last_absent(origin).is_some())
    }

    /// The last phase anything in the derivation happens in.
    pub(super) fn last_phase(&self) -> u32 {
        let facts = self
            .derivation
            .nodes
            .iter()
            .map(|n| match n.fact.predicate {
                Predicate::Attacker(n) | Predicate::Message(n) => logic::phase_of(n),
                Predicate::Table { phase, .. } => phase,
                _ => 0,
            });
        let paths = self.process_nodes().into_iter().flat_map(|n| {
            let origin = self.process(n).map(|(_, o)| o);
            origin.into_iter().flat_map(|o| &o.path).map(|s| match s {
                PathStep::Phase { phase, .. } => *phase,
                _ => 0,
            })
        });
        facts.chain(paths).max().unwrap_or(0)
    }

    /// The nodes of the goal's hypotheses.
    pub(super) fn premises(&self) -> Vec<u32> {
        self.node(self.derivation.root)
            .map_or_else(Vec::new, |n| n.premises.clone())
    }
}

/// The component that a path takes at a point.
pub(super) fn component(
    choices: &BTreeMap<PointId, Vec<&PathStep>>,
    point: PointId,
) -> Option<u32> {
    choices.get(&point)?.iter().find_map(|s| match s {
        PathStep::Component { index, .. } => Some(*index),
        _ => None,
    })
}

/// The hypothesis that an input on a path receives.
pub(super) fn input(choices: &BTreeMap<PointId, Vec<&PathStep>>, point: PointId) -> Option<u32> {
    choices.get(&point)?.iter().find_map(|s| match s {
        PathStep::Input { hypothesis, .. } => Some(*hypothesis),
        _ => None,
    })
}

/// The hypothesis that a `get` on a path reads.
pub(super) fn get(choices: &BTreeMap<PointId, Vec<&PathStep>>, point: PointId) -> Option<u32> {
    choices.get(&point)?.iter().find_map(|s| match s {
        PathStep::Get { hypothesis, .. } => Some(*hypothesis),
        _ => None,
    })
}

/// Whether a path goes on at a `let … suchthat`.
pub(super) fn satisfied(choices: &BTreeMap<PointId, Vec<&PathStep>>, point: PointId) -> bool {
    choices.get(&point).is_some_and(|steps| {
        let on = |s: &&PathStep| matches!(s, PathStep::Branch { then: true, .. });
        steps.iter().any(on)
    })
}
