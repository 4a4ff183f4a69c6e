//! Values: a symbolic term and its octets, in lockstep.
//!
//! A node is made once for each term and learns its octets when they are
//! observed or can be computed. Two terms are equal exactly if their octets
//! are: that is the assumption under which a run on octets is a run of the
//! symbolic model, and it is stated as such wherever a verdict is used.

use std::collections::BTreeMap;

use event::kind::Protection;
use pi::{FunId, NameId, VarId};

use crate::mapping::Side;

/// Index of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct NodeId(usize);

/// A term.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Shape {
    Apply(FunId, Vec<NodeId>),
    /// A free name.
    Free(NameId),
    /// A name this run chose.
    Fresh(VarId),
    /// Received or given, with a serial number.
    Given(usize),
}

/// What a term denotes in this run.
///
/// A private key is held as its public key and a Diffie-Hellman private value
/// as its public share: only what can be verified with these is ever asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Datum {
    Octets(Vec<u8>),
    Record(Sealed),
}

/// A record as observed: what it protects and for whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sealed {
    pub(super) protection: Protection,
    pub(super) from: Side,
    /// Of a record that did not open, the record itself.
    pub(super) content: Vec<u8>,
    pub(super) opened: bool,
}

impl Datum {
    pub(super) fn octets(&self) -> Option<&[u8]> {
        match self {
            Self::Octets(octets) => Some(octets),
            Self::Record(_) => None,
        }
    }

    pub(super) fn hex(&self) -> String {
        match self {
            Self::Octets(octets) => hex::encode(octets),
            Self::Record(sealed) => format!("record of {}", hex::encode(&sealed.content)),
        }
    }
}

/// Where a value was first seen, for a reader.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    Computed,
    /// A line of the recording, and what it is there.
    Line(u64, String),
    /// A setup record.
    Setup(String),
}

#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) shape: Shape,
    pub(super) datum: Option<Datum>,
    pub(super) origin: Origin,
}

/// All terms of a run.
#[derive(Clone, Debug, Default)]
pub(super) struct Arena {
    nodes: Vec<Node>,
    index: BTreeMap<Shape, NodeId>,
}

impl Arena {
    /// The node of a term.
    pub(super) fn node(&mut self, shape: Shape) -> NodeId {
        if let Some(id) = self.index.get(&shape) {
            return *id;
        }
        let id = NodeId(self.nodes.len());
        self.index.insert(shape.clone(), id);
        self.nodes.push(Node {
            shape,
            datum: None,
            origin: Origin::Computed,
        });
        id
    }

    /// A value nothing is known about but its octets.
    pub(super) fn given(&mut self, datum: Datum, origin: Origin) -> NodeId {
        let id = self.node(Shape::Given(self.nodes.len()));
        self.learn(id, datum, origin);
        id
    }

    pub(super) fn learn(&mut self, id: NodeId, datum: Datum, origin: Origin) {
        if let Some(node) = self.nodes.get_mut(id.0) {
            node.datum = Some(datum);
            node.origin = origin;
        }
    }

    /// Every id comes from this arena, which never shrinks.
    pub(super) fn get(&self, id: NodeId) -> &Node {
        &self.nodes[id.0]
    }

    pub(super) fn datum(&self, id: NodeId) -> Option<&Datum> {
        self.get(id).datum.as_ref()
    }

    /// The application a node is, if it is one.
    pub(super) fn apply(&self, id: NodeId) -> Option<(FunId, Vec<NodeId>)> {
        match &self.get(id).shape {
            Shape::Apply(function, arguments) => Some((*function, arguments.clone())),
            Shape::Free(_) | Shape::Fresh(_) | Shape::Given(_) => None,
        }
    }

    /// Whether some term has these octets.
    pub(super) fn denotes(&self, octets: &[u8]) -> bool {
        self.nodes
            .iter()
            .any(|node| node.datum.as_ref().and_then(Datum::octets) == Some(octets))
    }

    pub(super) fn nodes(&self) -> impl Iterator<Item = (NodeId, &Node)> {
        self.nodes
            .iter()
            .enumerate()
            .map(|(place, node)| (NodeId(place), node))
    }
}
