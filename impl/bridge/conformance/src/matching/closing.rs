//! What has to hold of a run that ended well.
//!
//! That every message was right is not enough: an endpoint that sent the right
//! messages and verified nothing has got there by luck.

use std::collections::BTreeMap;

use event::{
    Kind,
    kind::{Appraisal, Decision},
};

use super::{
    observe::Main,
    run::{Run, Stop, Why},
    value::{Datum, NodeId, Shape},
};
use crate::{
    interpretation::Symbol,
    mapping::{Computation, Function},
    report::Severity,
    text,
    wire::Codec,
};

impl Run<'_> {
    /// What the model verified or appraised, the endpoint has to have verified
    /// and appraised too; what it made has to have been seen being made.
    pub(super) fn nothing_skipped(&mut self) -> Result<(), Stop> {
        let observed = self.observed;
        let has = |wanted: &str| observed.side.iter().any(|side| side.kind.name() == wanted);
        let affirmed = observed.side.iter().any(|side| {
            matches!(&*side.kind, Kind::Appraise { verdict, .. } if *verdict == Appraisal::Affirming)
        });
        for signed in self.state.signed.clone() {
            let evidence = self.state.reads.iter().any(|read| {
                read.codec == Codec::EvidenceMessage
                    && read.decoded.get("signed") == Some(&signed.message)
            });
            let (done, what) = match (signed.made, evidence) {
                (true, true) => (has("evid"), "produced the Evidence it sent"),
                (false, true) => (affirmed, "appraised the Evidence it accepted"),
                (true, false) => (signed.witnessed, "made a signature it sent"),
                (false, false) => (signed.witnessed, "verified a signature the model verifies"),
            };
            if !done {
                let line = self.decision_line();
                let why = Why {
                    what: format!("the endpoint accepted and never {what}"),
                    got: Some(hex::encode(&signed.signature)),
                    ..Why::default()
                };
                let unsound = Severity::UnsoundAcceptance;
                return Err(Stop::Diverges(self.divergence(unsound, line, why)));
            }
            self.state.counts.computed += 1;
        }
        Ok(())
    }

    fn decision_line(&self) -> Option<u64> {
        self.observed.main.iter().find_map(|main| match main {
            Main::Decision {
                line,
                what: Decision::Accept,
                ..
            } => Some(*line),
            _ => None,
        })
    }

    /// An event whose arguments have no octets says nothing about this run.
    pub(super) fn arguments_known(&mut self) -> Result<(), Stop> {
        let program = self.meaning.program;
        for (event, nodes, _) in self.state.reached.clone() {
            for node in nodes {
                if self.force(node)?.is_none() && self.tier.computes() {
                    let name = program
                        .events
                        .get(event.0 as usize)
                        .map_or("?", |e| &e.name);
                    return Err(Stop::Inconclusive(format!(
                        "{} in event {name} was never observed",
                        self.describe(node)
                    )));
                }
            }
        }
        Ok(())
    }

    /// Two different terms with the same octets would make the symbolic run
    /// and the run on octets two things.
    pub(super) fn no_collision(&self) -> Result<(), Stop> {
        let mut by_octets: BTreeMap<&[u8], NodeId> = BTreeMap::new();
        for (id, node) in self.state.arena.nodes() {
            let Some(octets) = node.datum.as_ref().and_then(Datum::octets) else {
                continue;
            };
            if octets.len() < 16 || !self.has_own_octets(&node.shape) {
                continue;
            }
            let Some(other) = by_octets.insert(octets, id) else {
                continue;
            };
            if self.identity_of(id) != self.identity_of(other) {
                return Err(self.mismatch(Why {
                    what: format!(
                        "{} and {} are different terms with the same octets",
                        self.describe(other),
                        self.describe(id)
                    ),
                    got: Some(hex::encode(octets)),
                    ..Why::default()
                }));
            }
        }
        Ok(())
    }

    /// Received values and identities borrow the octets of another term.
    fn has_own_octets(&self, shape: &Shape) -> bool {
        match shape {
            Shape::Fresh(_) => true,
            Shape::Free(_) | Shape::Given(_) => false,
            Shape::Apply(function, _) => match self.symbol(*function) {
                Some(Symbol::Function(Function::Computes(computation))) => {
                    *computation != Computation::Identity
                }
                Some(Symbol::Function(Function::Reads { .. } | Function::View { .. })) => true,
                _ => false,
            },
        }
    }

    /// A term up to the octets of its arguments.
    fn identity_of(&self, id: NodeId) -> (String, Vec<Option<&Datum>>) {
        match &self.state.arena.get(id).shape {
            Shape::Apply(function, arguments) => (
                text::function(self.meaning.program, *function).into(),
                arguments
                    .iter()
                    .map(|node| self.state.arena.datum(*node))
                    .collect(),
            ),
            Shape::Fresh(_) | Shape::Free(_) | Shape::Given(_) => (self.describe(id), Vec::new()),
        }
    }
}
