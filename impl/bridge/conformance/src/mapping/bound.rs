//! What a gap may hold.
//!
//! A gap without a bound would let anything pass under a name. Each part of a
//! message has to be claimed here, with the octets it may have.

use std::collections::BTreeMap;

use crate::{
    crypto::Hash,
    octets::Octets,
    wire::{Codec, Decoded, Part},
};

/// What a gap is about.
#[derive(Clone, Debug)]
pub(crate) enum GapScope {
    /// The parts of a message outside its fields.
    Message(MessageGap),
    /// Observations no step of the model consumes.
    Observation {
        /// Wire name of the event kind, such as `draw`.
        kind: String,
        /// At most so many in a session.
        most: usize,
    },
}

/// The parts of one kind of message.
#[derive(Clone, Debug)]
pub(crate) struct MessageGap {
    pub(crate) codec: Codec,
    /// By name of the part.
    pub(crate) parts: BTreeMap<String, Bound>,
}

/// What the octets of a part may be. Every condition that is given holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Bound {
    /// Exactly one of these.
    pub(crate) values: Option<Vec<Vec<u8>>>,
    /// No longer than this.
    pub(crate) most: Option<usize>,
    /// Equal to a part seen before: `client_hello.legacy_session_id`.
    pub(crate) same_as: Option<String>,
    /// One of the two-octet elements of a part seen before.
    pub(crate) among: Option<String>,
    /// The suite's hash, as a CBOR byte string, of a value seen before, such
    /// as `leaf key`.
    pub(crate) hash_of: Option<String>,
    /// The same with SHA-256, whatever the suite.
    pub(crate) sha256_of: Option<String>,
    /// Code points the part may have, of extensions.
    pub(crate) codes: Option<Vec<i64>>,
    /// Code points that must occur.
    pub(crate) required: Vec<i64>,
}

impl Bound {
    /// Whether anything limits the part.
    pub(crate) fn is_bound(&self) -> bool {
        self.values.is_some()
            || self.most.is_some()
            || self.same_as.is_some()
            || self.among.is_some()
            || self.hash_of.is_some()
            || self.sha256_of.is_some()
    }

    /// Why the part is outside the bound; `None` inside.
    pub(crate) fn violation(&self, part: &Part, seen: &Seen, hash: Option<Hash>) -> Option<String> {
        let octets = &*part.octets;
        if let Some(codes) = &self.codes
            && !part.code.is_some_and(|code| codes.contains(&code))
        {
            return Some(format!("code point is not one of {codes:?}"));
        }
        if let Some(values) = &self.values
            && !values.iter().any(|value| value == octets)
        {
            let values: Vec<String> = values.iter().map(hex::encode).collect();
            return Some(format!(
                "is {}, allowed: {}",
                hex::encode(octets),
                values.join(", ")
            ));
        }
        if let Some(most) = self.most
            && octets.len() > most
        {
            return Some(format!("has {} octets, allowed: {most}", octets.len()));
        }
        if let Some(other) = &self.same_as
            && seen.get(other).is_none_or(|other| **other != *octets)
        {
            return Some(format!("differs from {other}"));
        }
        let digests = [(&self.hash_of, hash), (&self.sha256_of, Some(Hash::Sha256))];
        for (other, hash) in digests {
            let Some(other) = other else {
                continue;
            };
            let digest = seen
                .get(other)
                .zip(hash)
                .map(|(value, hash)| hash.digest(value));
            let wanted = digest.map(|digest| [&[0x58, digest.len() as u8][..], &digest].concat());
            if wanted.as_deref() != Some(octets) {
                return Some(format!("is not the hash of the {other}"));
            }
        }
        if let Some(other) = &self.among
            && !seen
                .get(other)
                .is_some_and(|all| all.chunks(2).any(|element| element == octets))
        {
            return Some(format!("is not among {other}"));
        }
        None
    }
}

impl MessageGap {
    /// What the part may be: the bound of its name with its code point, else of
    /// its name.
    pub(crate) fn bound(&self, part: &Part) -> Option<&Bound> {
        let coded = part.code.and_then(|code| {
            let mut all = self.parts.iter();
            all.find_map(|(name, bound)| {
                let number = name.strip_prefix(part.name)?.strip_prefix(' ')?;
                (number.parse() == Ok(code)).then_some(bound)
            })
        });
        coded.or_else(|| self.parts.get(part.name))
    }
}

/// Parts of the messages of a session so far, of each name the latest.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen {
    /// Message, part, octets.
    parts: Vec<(&'static str, &'static str, Octets)>,
}

impl Seen {
    /// The leaf's key, of the latest certificate message.
    pub(crate) fn leaf_key(&mut self, key: &Octets) {
        self.see("", "leaf key", key);
    }

    /// Every part that has no code point.
    pub(crate) fn message(&mut self, message: &'static str, decoded: &Decoded) {
        for part in decoded.parts.iter().filter(|part| part.code.is_none()) {
            self.see(message, part.name, &part.octets);
        }
    }

    /// By `message.part`, or `leaf key`.
    pub(crate) fn get(&self, name: &str) -> Option<&Octets> {
        let (message, part) = name.split_once('.').unwrap_or(("", name));
        let mut all = self.parts.iter();
        all.find(|(of, known, _)| *of == message && *known == part)
            .map(|(.., octets)| octets)
    }

    fn see(&mut self, message: &'static str, part: &'static str, octets: &Octets) {
        let mut all = self.parts.iter_mut();
        match all.find(|(of, known, _)| *of == message && *known == part) {
            Some((.., known)) => *known = octets.clone(),
            None => self.parts.push((message, part, octets.clone())),
        }
    }
}
