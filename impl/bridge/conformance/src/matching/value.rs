//! Values: a symbolic term and its octets, in lockstep.
//!
//! A node is made once for each term and learns its octets when they are
//! observed or can be computed. Two terms are equal exactly if their octets
//! are: that is the assumption under which a run on octets is a run of the
//! symbolic model, and it is stated as such wherever a verdict is used.

use std::{collections::HashMap, fmt, sync::Arc};

use event::kind::Protection;
use pi::{FunId, NameId, VarId};

use crate::{mapping::Side, octets::Octets, wire::Codec};

/// Index of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct NodeId(u32);

/// A term.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Shape {
    Apply(FunId, Arguments),
    /// A free name.
    Free(NameId),
    /// A name this run chose.
    Fresh(VarId),
    /// Received or given, with a serial number.
    Given(u32),
}

/// The most arguments a function has: an interpretation gives each function the
/// arity of its meaning, and no meaning has more.
pub(crate) const ARITY: usize = 6;

/// Arguments of a term, in place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Arguments {
    all: [NodeId; ARITY],
    count: u8,
}

impl Arguments {
    pub(super) const NONE: Self = Self {
        all: [NodeId(0); ARITY],
        count: 0,
    };

    /// Adds one more; `false` if there is no room.
    pub(super) fn push(&mut self, node: NodeId) -> bool {
        let Some(place) = self.all.get_mut(usize::from(self.count)) else {
            return false;
        };
        *place = node;
        self.count += 1;
        true
    }
}

impl std::ops::Deref for Arguments {
    type Target = [NodeId];

    fn deref(&self) -> &[NodeId] {
        self.all.get(..usize::from(self.count)).unwrap_or_default()
    }
}

/// What a term denotes in this run.
///
/// A private key is held as its public key and a Diffie-Hellman private value
/// as its public share: only what can be verified with these is ever asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Datum {
    Octets(Octets),
    Record(Sealed),
}

/// A record as observed: what it protects and for whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sealed {
    pub(super) protection: Protection,
    pub(super) from: Side,
    /// Of a record that did not open, the record itself.
    pub(super) content: Octets,
    pub(super) opened: bool,
}

impl Datum {
    pub(super) fn octets(&self) -> Option<&Octets> {
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
    Line(u64, What),
    /// A setup record.
    Setup(Arc<str>),
}

/// What a value is, on the line where it was observed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    Field(&'static str, Codec),
    Received,
    Sent,
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Field(field, codec) => write!(f, "{field} of {}", codec.name()),
            Self::Received => f.write_str("received"),
            Self::Sent => f.write_str("sent"),
        }
    }
}

#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) shape: Shape,
    pub(super) datum: Option<Datum>,
    pub(super) origin: Origin,
}

/// All terms of a run.
#[derive(Debug, Default)]
pub(super) struct Arena {
    nodes: Vec<Node>,
    /// Of every shape that may be asked for again. Nothing goes over it in its
    /// order, which is no order.
    index: HashMap<Shape, NodeId, Mixing>,
}

/// Terms that a session of the longest role here has.
const USUAL: usize = 256;

/// With as much room as the first.
impl Clone for Arena {
    fn clone(&self) -> Self {
        let mut nodes = Vec::with_capacity(self.nodes.len().max(USUAL));
        nodes.extend_from_slice(&self.nodes);
        Self {
            nodes,
            index: self.index.clone(),
        }
    }
}

impl Arena {
    /// With room for the terms of a session.
    pub(super) fn with_room() -> Self {
        Self {
            nodes: Vec::with_capacity(USUAL),
            index: HashMap::with_capacity_and_hasher(USUAL, Mixing),
        }
    }

    /// The node of a term.
    pub(super) fn node(&mut self, shape: Shape) -> NodeId {
        let next = NodeId(u32::try_from(self.nodes.len()).unwrap_or(u32::MAX));
        let id = *self.index.entry(shape).or_insert(next);
        if id == next {
            self.nodes.push(Node {
                shape,
                datum: None,
                origin: Origin::Computed,
            });
        }
        id
    }

    /// A value nothing is known about but its octets.
    pub(super) fn given(&mut self, datum: Datum, origin: Origin) -> NodeId {
        let number = u32::try_from(self.nodes.len()).unwrap_or(u32::MAX);
        self.nodes.push(Node {
            shape: Shape::Given(number),
            datum: Some(datum),
            origin,
        });
        NodeId(number)
    }

    pub(super) fn learn(&mut self, id: NodeId, datum: Datum, origin: Origin) {
        if let Some(node) = self.nodes.get_mut(id.0 as usize) {
            node.datum = Some(datum);
            node.origin = origin;
        }
    }

    /// Every id comes from this arena, which never shrinks.
    pub(super) fn get(&self, id: NodeId) -> &Node {
        &self.nodes[id.0 as usize]
    }

    pub(super) fn datum(&self, id: NodeId) -> Option<&Datum> {
        self.get(id).datum.as_ref()
    }

    /// The application a node is, if it is one.
    pub(super) fn apply(&self, id: NodeId) -> Option<(FunId, Arguments)> {
        match self.get(id).shape {
            Shape::Apply(function, arguments) => Some((function, arguments)),
            Shape::Free(_) | Shape::Fresh(_) | Shape::Given(_) => None,
        }
    }

    /// Whether some term has these octets.
    pub(super) fn denotes(&self, octets: &[u8]) -> bool {
        let mut all = self.nodes.iter();
        all.any(|node| {
            let known = node.datum.as_ref().and_then(Datum::octets);
            known.is_some_and(|known| **known == *octets)
        })
    }

    pub(super) fn nodes(&self) -> impl Iterator<Item = (NodeId, &Node)> {
        (0..).map(NodeId).zip(&self.nodes)
    }
}

/// A hash of small numbers that the model chose, not a peer.
#[derive(Clone, Debug, Default)]
pub(super) struct Mixing;

/// The numbers so far.
pub(super) struct Mixed(u64);

impl std::hash::BuildHasher for Mixing {
    type Hasher = Mixed;

    fn build_hasher(&self) -> Mixed {
        Mixed(0)
    }
}

impl std::hash::Hasher for Mixed {
    fn write(&mut self, octets: &[u8]) {
        for octet in octets {
            self.write_u64(u64::from(*octet));
        }
    }

    fn write_u8(&mut self, number: u8) {
        self.write_u64(u64::from(number));
    }

    fn write_u32(&mut self, number: u32) {
        self.write_u64(u64::from(number));
    }

    /// Fibonacci hashing (Knuth, The Art of Computer Programming, volume 3,
    /// section 6.4), of each number after a rotation of what came before.
    fn write_u64(&mut self, number: u64) {
        self.0 = (self.0.rotate_left(5) ^ number).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }

    fn write_usize(&mut self, number: usize) {
        self.write_u64(number as u64);
    }

    fn write_isize(&mut self, number: isize) {
        self.write_u64(number as u64);
    }

    fn finish(&self) -> u64 {
        self.0 ^ self.0 >> 32
    }
}
