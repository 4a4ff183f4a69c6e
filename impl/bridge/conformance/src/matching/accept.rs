//! What was received, taken apart.
//!
//! Invariant: every octet of a message that was read is a field, which has a
//! node from then on, or a part within the bound of a declared gap.

use std::sync::Arc;

use pi::FunId;

use super::{
    run::{Read, Run, Stop, Why},
    value::{ARITY, Arguments, Datum, NodeId, Origin, Shape, What},
};
use crate::{
    crypto::Hash,
    interpretation::{Certificates, Symbol},
    mapping::{Function, GapScope},
    octets::Octets,
    report::Severity,
    wire::{Codec, Decoded, Part, WireError},
};

impl Run<'_> {
    /// The arguments of a data constructor in a value; the reason when the
    /// value is not one of its.
    pub(super) fn take_apart(
        &mut self,
        function: FunId,
        node: NodeId,
    ) -> Result<Result<Arguments, Why>, Stop> {
        if let Some((found, arguments)) = self.state.arena.apply(node)
            && found == function
        {
            return Ok(Ok(arguments));
        }
        let Some(Symbol::Function(Function::Reads { codec, fields })) = self.symbol(function)
        else {
            return Err(Stop::Inconclusive(format!(
                "`{}` is taken apart and has no codec",
                crate::text::function(self.meaning.program, function)
            )));
        };
        let octets = match self.force(node)? {
            Some(Datum::Octets(octets)) => octets,
            Some(Datum::Record(_)) => {
                return Ok(Err(Why::new(format!(
                    "a protected record, the model reads a {} here",
                    codec.name()
                ))));
            }
            None => {
                return Err(Stop::Inconclusive(format!(
                    "a {} is taken apart and was never observed",
                    codec.name()
                )));
            }
        };
        let decoded = match self.read(*codec, &octets)? {
            Ok(decoded) => decoded,
            Err(why) => return Ok(Err(why)),
        };
        if let Some(why) = Self::unlisted(*codec, fields, &decoded) {
            return Ok(Err(why));
        }
        let line = match self.state.arena.get(node).origin {
            Origin::Line(line, _) => Some(line),
            Origin::Computed | Origin::Setup(_) => None,
        };
        let mut arguments = Arguments::NONE;
        for field in fields {
            let Some((field, value)) = decoded.named(field) else {
                return Ok(Err(Why::new(format!(
                    "the {} has no {field}",
                    codec.name()
                ))));
            };
            let origin = match line {
                Some(line) => Origin::Line(line, What::Field(field, *codec)),
                None => Origin::Computed,
            };
            let datum = Datum::Octets(value.clone());
            let node = self.state.arena.given(datum, origin);
            if !arguments.push(node) {
                return Err(too_many(codec.name()));
            }
        }
        let origin = self.state.arena.get(node).origin.clone();
        let whole = self.state.arena.node(Shape::Apply(function, arguments));
        self.state.arena.learn(whole, Datum::Octets(octets), origin);
        Ok(Ok(arguments))
    }

    /// Decodes a message and holds what no field covers against the gaps.
    pub(super) fn read(
        &mut self,
        codec: Codec,
        octets: &Octets,
    ) -> Result<Result<Arc<Decoded>, Why>, Stop> {
        let mut reads = self.state.reads.iter();
        let known = reads.find(|read| read.codec == codec && read.octets == *octets);
        if let Some(read) = known {
            return Ok(Ok(Arc::clone(&read.decoded)));
        }
        let decoded = match self.decoded(codec, octets) {
            Ok(decoded) => decoded,
            Err(error) => {
                return Ok(Err(Why {
                    what: format!("not a {} as specified: {error}", codec.name()),
                    expected: None,
                    got: Some(hex::encode(octets)),
                    hypotheses: self.other_type(codec, octets),
                }));
            }
        };
        if matches!(codec, Codec::Certificate | Codec::EvidenceChain)
            && let Some(leaf) = decoded.get("leaf")
            && let Ok(leaf) = self.decoded(Codec::X509, leaf)
            && let Some(key) = leaf.get("key")
        {
            self.state.seen.leaf_key(key);
        }
        self.claim(codec, &decoded);
        if codec == Codec::ServerHello
            && let Some(part) = decoded.parts.iter().find(|p| p.name == "cipher_suite")
            && let Ok(suite) = <[u8; 2]>::try_from(&*part.octets)
        {
            let Some(hash) = Hash::of_suite(suite) else {
                return Err(Stop::Inconclusive(format!(
                    "cipher suite {} is not one this gate knows",
                    hex::encode(suite)
                )));
            };
            self.state.hash = Some(hash);
        }
        self.state.reads.push(Read {
            codec,
            octets: octets.clone(),
            decoded: Arc::clone(&decoded),
        });
        Ok(Ok(decoded))
    }

    /// Taken apart, with nothing said about gaps. A certificate is the same in
    /// one session after the other, and so is what is in it.
    fn decoded(&self, codec: Codec, octets: &Octets) -> Result<Arc<Decoded>, WireError> {
        if Certificates::are(codec) {
            let known = &self.meaning.certificates;
            return known.decode(codec, octets, &self.profile());
        }
        codec.decode(octets, &self.profile()).map(Arc::new)
    }

    /// Whether a message would read if its type were another.
    fn other_type(&self, codec: Codec, octets: &Octets) -> Vec<String> {
        let (Some(wanted), Some((found, rest))) = (codec.handshake_type(), octets.split_first())
        else {
            return Vec::new();
        };
        let changed = Octets::from([&[wanted], rest].concat());
        if *found == wanted || codec.decode(&changed, &self.profile()).is_err() {
            return Vec::new();
        }
        vec![format!(
            "handshake type {found} in place of {wanted} ({})",
            codec.name()
        )]
    }

    /// A field the message has and the model's constructor has not: no octet of
    /// it may go unseen, so it has to be empty.
    pub(super) fn unlisted(codec: Codec, listed: &[String], decoded: &Decoded) -> Option<Why> {
        decoded
            .fields()
            .find(|(name, octets)| {
                !octets.is_empty()
                    && !Codec::is_view(name)
                    && !listed.iter().any(|known| known == name)
            })
            .map(|(name, octets)| Why {
                what: format!("the {} has a {name}, the model's has none", codec.name()),
                got: Some(hex::encode(octets)),
                ..Why::default()
            })
    }

    /// Books every part of a message on the gap that claims it.
    ///
    /// A part outside its gap is not something the model refuses, so the match
    /// goes on; but a run that has one does not end well unless the endpoint
    /// refused for that very gap.
    fn claim(&mut self, codec: Codec, decoded: &Decoded) {
        let mapping = self.meaning.mapping;
        let gap = mapping
            .gaps
            .iter()
            .find_map(|(name, gap)| match &gap.scope {
                GapScope::Message(message) if message.codec == codec => {
                    Some((name, gap.line, message))
                }
                _ => None,
            });
        let message = codec.name();
        let (name, line, gap) = match gap {
            Some(gap) => gap,
            None if decoded.parts.is_empty() => return,
            None => {
                let part = decoded.parts.first().map(Part::label).unwrap_or_default();
                let what = format!("the {message} has {part} and no gap claims it");
                self.outside(String::new(), what);
                return;
            }
        };
        let at = || format!("gap `{name}` ({}:{line})", mapping.name);
        for part in &decoded.parts {
            let violation = match gap.bound(part) {
                None => Some(format!(
                    "{} does not claim {} of {message}",
                    at(),
                    part.label()
                )),
                Some(bound) => bound
                    .violation(part, &self.state.seen, self.state.hash)
                    .map(|how| {
                        let (label, at) = (part.label(), at());
                        format!("{label} of {message} is outside {at}: it {how}")
                    }),
            };
            if let Some(what) = violation {
                self.outside(name.to_owned(), what);
            }
        }
        for (part, bound) in &gap.parts {
            for code in &bound.required {
                let present = decoded.parts.iter().any(|found| {
                    found.code == Some(*code) && (found.name == part || found.label() == *part)
                });
                if !present {
                    let at = at();
                    let what = format!("the {message} has no {part} ({code}), {at} requires it");
                    self.outside(name.to_owned(), what);
                }
            }
        }
        let claimed: usize = decoded.parts.iter().map(|part| part.octets.len()).sum();
        self.state.counts.claimed(name, claimed);
        self.state.seen.message(message, decoded);
    }

    fn outside(&mut self, gap: String, what: String) {
        let line = self.state.handled.or_else(|| self.line());
        let divergence = self.divergence(Severity::UnsoundAcceptance, line, Why::new(what));
        self.state.violations.push((gap, divergence));
    }
}

/// A function with more arguments than any meaning has.
pub(super) fn too_many(function: &str) -> Stop {
    Stop::Inconclusive(format!("`{function}` has more than {ARITY} arguments"))
}
