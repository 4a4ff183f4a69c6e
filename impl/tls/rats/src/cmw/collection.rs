//! Collections (RFC 9999 section 3.3): several conceptual messages under
//! labels, and collections among them.
//!
//! ```text
//! CBOR  { ? "__cmwc_t": type, + (int / text) => record / tag / collection }
//! JSON  { ? "__cmwc_t": type, + text => record / collection }
//! ```
//!
//! The walk is our own, over octets that `cbor::check` or a parser that
//! refuses repeated labels has accepted; every message in it goes through
//! [`Wrapped`], hence through the `cmw` crate. A message of JSON tunnelled in
//! CBOR, or the other way round, is refused.
//!
//! A collection says nothing of how its messages belong together, so
//! [`crate::Evidence::from_cmw`] takes none: a policy says which labels must be
//! there and what they must attest ([`crate::policy::CollectionTerms`]).

use std::collections::BTreeMap;
use std::fmt;

use ciborium::Value;
use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};

use super::{CmwError, Encoding, MAX_SIZE, Wrapped};
use crate::cbor::{self, Major, sorted_map};

/// How deep collections may nest; the outermost has depth 1.
pub const MAX_DEPTH: usize = 4;

const KIND: &str = "__cmwc_t";

/// Messages under labels. At least one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Collection {
    /// A URI or object identifier that says what the labels mean.
    pub kind: Option<String>,
    pub items: BTreeMap<Label, Item>,
}

/// Names a message; numbers are for CBOR alone.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Label {
    Number(i64),
    Text(String),
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Text(text) => f.write_str(text),
        }
    }
}

/// What a label names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item {
    Collection(Collection),
    Message(Wrapped, Encoding),
}

/// How a collection is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    Cbor,
    Json,
}

impl Collection {
    /// Unwraps what a peer sent.
    pub fn decode(octets: &[u8]) -> Result<Self, CmwError> {
        if octets.len() > MAX_SIZE {
            let size = octets.len();
            return Err(CmwError::TooLarge { size });
        }
        match octets.first() {
            None => Err(CmwError::Empty),
            Some(b'{') => {
                let node = serde_json::from_slice(octets).map_err(|error| CmwError::Json {
                    column: error.column(),
                    reason: error.to_string(),
                })?;
                match node {
                    Node::Object(entries) => Self::of_json(entries, MAX_DEPTH),
                    Node::Record(_) => Err(refused("it is a record")),
                }
            }
            Some(0xa0..=0xbb) => {
                cbor::check(octets)?;
                Self::of_cbor(octets, MAX_DEPTH)
            }
            Some(_) => Err(refused("it is a record or tag, or no wrapper at all")),
        }
    }

    /// Wraps the collection.
    pub fn encode(&self, form: Form) -> Result<Vec<u8>, CmwError> {
        let octets = match form {
            Form::Cbor => cbor::encode(&self.to_cbor()?),
            Form::Json => serde_json::to_vec(&self.to_json()?)
                .map_err(|error| CmwError::Crate(error.to_string()))?,
        };
        // What a peer would refuse is refused here, where the fault is.
        if Self::decode(&octets)? == *self {
            Ok(octets)
        } else {
            let what = "the encoded collection";
            Err(CmwError::Disagreement { what })
        }
    }

    /// `octets` are one acceptable item, which starts as a map does.
    fn of_cbor(octets: &[u8], depth: usize) -> Result<Self, CmwError> {
        let map = cbor::head(octets, 0)?;
        let mut building = Building::new(depth)?;
        let mut next = map.length;
        for _ in 0..map.argument {
            let at_value = cbor::end(octets, next)?;
            let end = cbor::end(octets, at_value)?;
            let slice = |from, to| octets.get(from..to).unwrap_or_default();
            let label = match cbor::decode(slice(next, at_value))? {
                Value::Text(text) => Label::Text(text),
                Value::Integer(number) => {
                    let number = i64::try_from(number);
                    Label::Number(number.map_err(|_| refused("a label is too large"))?)
                }
                _ => return Err(refused("a label is neither a number nor text")),
            };
            let value = slice(at_value, end);
            let head = cbor::head(value, 0)?;
            match head.major {
                Major::Text if label == Label::Text(KIND.to_owned()) => {
                    let kind = cbor::decode(value)?.into_text().unwrap_or_default();
                    building.kind(kind)?;
                }
                Major::Map => {
                    building.add(label, Item::Collection(Self::of_cbor(value, depth - 1)?))?
                }
                Major::Array => building.message(label, value, Encoding::CborRecord)?,
                Major::Tag => building.message(label, value, Encoding::CborTag)?,
                _ => return Err(refused("a value is neither record, tag nor collection")),
            }
            next = end;
        }
        building.finish()
    }

    fn of_json(entries: Vec<(String, Node)>, depth: usize) -> Result<Self, CmwError> {
        let mut building = Building::new(depth)?;
        for (label, node) in entries {
            match node {
                Node::Record(serde_json::Value::String(kind)) if label == KIND => {
                    building.kind(kind)?
                }
                Node::Record(record) => {
                    let octets = record.to_string().into_bytes();
                    building.message(Label::Text(label), &octets, Encoding::JsonRecord)?;
                }
                Node::Object(entries) => {
                    let nested = Self::of_json(entries, depth - 1)?;
                    building.add(Label::Text(label), Item::Collection(nested))?;
                }
            }
        }
        building.finish()
    }

    fn to_cbor(&self) -> Result<Value, CmwError> {
        let text = |text: &str| Value::Text(text.to_owned());
        let mut entries = Vec::new();
        entries.extend(self.kind.as_deref().map(|kind| (text(KIND), text(kind))));
        for (label, item) in &self.items {
            let label = match label {
                Label::Number(number) => Value::Integer((*number).into()),
                Label::Text(label) => text(label),
            };
            let value = match item {
                Item::Collection(nested) => nested.to_cbor()?,
                Item::Message(_, Encoding::JsonRecord) => {
                    return Err(refused("CBOR holds no JSON record"));
                }
                Item::Message(message, encoding) => cbor::decode(&message.encode(*encoding)?)?,
            };
            entries.push((label, value));
        }
        Ok(sorted_map(entries))
    }

    fn to_json(&self) -> Result<serde_json::Value, CmwError> {
        let mut entries = serde_json::Map::new();
        let kind = self.kind.clone();
        entries.extend(kind.map(|kind| (KIND.to_owned(), kind.into())));
        for (label, item) in &self.items {
            let Label::Text(label) = label else {
                return Err(refused("JSON has no numbers for labels"));
            };
            let value = match item {
                Item::Collection(nested) => nested.to_json()?,
                Item::Message(message, Encoding::JsonRecord) => {
                    let octets = message.encode(Encoding::JsonRecord)?;
                    serde_json::from_slice(&octets)
                        .map_err(|error| CmwError::Crate(error.to_string()))?
                }
                Item::Message(..) => return Err(refused("JSON holds no CBOR record or tag")),
            };
            entries.insert(label.clone(), value);
        }
        Ok(entries.into())
    }
}

/// A collection whose entries are still being read.
struct Building(Collection);

impl Building {
    fn new(depth: usize) -> Result<Self, CmwError> {
        if depth == 0 {
            return Err(refused("collections nest deeper than 4"));
        }
        Ok(Self(Collection {
            kind: None,
            items: BTreeMap::new(),
        }))
    }

    fn kind(&mut self, kind: String) -> Result<(), CmwError> {
        if kind.is_empty() {
            return Err(refused("its type is empty"));
        }
        self.0.kind = Some(kind);
        Ok(())
    }

    fn message(&mut self, label: Label, octets: &[u8], encoding: Encoding) -> Result<(), CmwError> {
        self.add(label, Item::Message(Wrapped::decode(octets)?, encoding))
    }

    fn add(&mut self, label: Label, item: Item) -> Result<(), CmwError> {
        if label == Label::Text(KIND.to_owned()) {
            return Err(refused("its type is not text"));
        }
        if self.0.items.insert(label, item).is_some() {
            return Err(refused("a label is there twice"));
        }
        Ok(())
    }

    fn finish(self) -> Result<Collection, CmwError> {
        if self.0.items.is_empty() {
            return Err(refused("it holds no message"));
        }
        Ok(self.0)
    }
}

fn refused(what: &'static str) -> CmwError {
    CmwError::CollectionForm { what }
}

/// JSON in which no object that may be a collection has a label twice.
enum Node {
    Object(Vec<(String, Node)>),
    Record(serde_json::Value),
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NodeVisitor)
    }
}

struct NodeVisitor;

impl<'de> Visitor<'de> for NodeVisitor {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a record, a collection or its type")
    }

    fn visit_str<E>(self, text: &str) -> Result<Node, E> {
        Ok(Node::Record(text.into()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Node, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = sequence.next_element::<serde_json::Value>()? {
            items.push(item);
        }
        Ok(Node::Record(items.into()))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node, A::Error> {
        let mut entries: Vec<(String, Node)> = Vec::new();
        let mut labels = std::collections::BTreeSet::new();
        while let Some((label, node)) = map.next_entry::<String, Node>()? {
            if !labels.insert(label.clone()) {
                return Err(A::Error::custom("a label is there twice"));
            }
            entries.push((label, node));
        }
        Ok(Node::Object(entries))
    }
}

#[cfg(test)]
#[path = "collection_tests.rs"]
mod tests;
