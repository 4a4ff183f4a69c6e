//! What was sent, against the term the model sends.
//!
//! A term whose octets are known is compared. One whose octets are not is
//! revealed: taken apart down to what this party chose itself, which has to be
//! among what it drew, to a key share it generated, or to a signature that
//! verifies under its key.

use event::Kind;
use pi::FunId;

use super::{
    run::{Run, Signed, Stop, Why},
    value::{Datum, NodeId, Origin, Shape, What},
};
use crate::{
    interpretation::Symbol,
    mapping::{Constant, Function, Relation},
    octets::Octets,
    text,
};

impl Run<'_> {
    /// Gives a term the octets that were observed for it, if it can have them.
    pub(super) fn reveal(
        &mut self,
        node: NodeId,
        datum: &Datum,
        origin: &Origin,
    ) -> Result<(), Stop> {
        if let Some(known) = self.force(node)? {
            self.state.counts.computed += 1;
            if known == *datum {
                return Ok(());
            }
            let found = self.state.arena.given(datum.clone(), origin.clone());
            let what = format!("the value sent is not {}", self.describe(node));
            let why = self.unequal_because(what, node, found);
            return Err(self.mismatch(why));
        }
        match self.state.arena.get(node).shape {
            Shape::Apply(function, arguments) => {
                self.reveal_application(node, function, &arguments, datum, origin)
            }
            Shape::Fresh(_) => self.reveal_fresh(node, datum, origin),
            Shape::Free(_) | Shape::Given(_) => Err(Stop::Inconclusive(
                "a value without octets is sent and cannot be revealed".into(),
            )),
        }
    }

    fn reveal_application(
        &mut self,
        node: NodeId,
        function: FunId,
        arguments: &[NodeId],
        datum: &Datum,
        origin: &Origin,
    ) -> Result<(), Stop> {
        match (self.symbol(function), arguments) {
            (
                Some(Symbol::Function(Function::Relates(Relation::RecordProtection { .. }))),
                [key, content],
            ) => {
                let Datum::Record(sealed) = datum else {
                    return Err(
                        self.mismatch(Why::new("sent without protection, the model seals it"))
                    );
                };
                if let Some(why) = self.under_another_key(*key, sealed)? {
                    return Err(self.mismatch(why));
                }
                let inner = Datum::Octets(sealed.content.clone());
                self.reveal(*content, &inner, origin)?;
            }
            (Some(Symbol::Function(Function::Reads { codec, fields })), _) => {
                let octets = self.octets(datum)?;
                let decoded = match self.read(*codec, &octets)? {
                    Ok(decoded) => decoded,
                    Err(why) => return Err(self.mismatch(why)),
                };
                self.within_gaps()?;
                if let Some(why) = Self::unlisted(*codec, fields, &decoded) {
                    return Err(self.mismatch(why));
                }
                for (argument, field) in arguments.iter().zip(fields) {
                    let Some((field, value)) = decoded.named(field) else {
                        let what = format!("the {} has no {field}", codec.name());
                        return Err(self.mismatch(Why::new(what)));
                    };
                    let value = Datum::Octets(value.clone());
                    let origin = match origin {
                        Origin::Line(line, _) => Origin::Line(*line, What::Field(field, *codec)),
                        other => other.clone(),
                    };
                    self.reveal(*argument, &value, &origin)?;
                }
            }
            (Some(Symbol::Function(Function::Relates(Relation::Signature))), [key, message]) => {
                let signature = self.octets(datum)?;
                self.made_signature(*key, *message, &signature)?;
            }
            (Some(Symbol::Constant(Constant::Message(codec))), _) => {
                let octets = self.octets(datum)?;
                if let Err(why) = self.read(*codec, &octets)? {
                    return Err(self.mismatch(why));
                }
                self.within_gaps()?;
            }
            (_, [base, exponent]) if self.is_exchange(function) && self.is_generator(*base) => {
                self.reveal_share(*exponent, datum, origin)?;
            }
            _ => self.unknown(|run| {
                let what = run.describe(node);
                format!("{what} is sent and cannot be computed from what was observed")
            })?,
        }
        self.state.arena.learn(node, datum.clone(), origin.clone());
        Ok(())
    }

    /// What a party sends stays within the gaps whatever becomes of the run;
    /// what it received is its peer's doing.
    fn within_gaps(&mut self) -> Result<(), Stop> {
        match self.state.violations.pop() {
            Some((_, outside)) => Err(Stop::Diverges(outside)),
            None => Ok(()),
        }
    }

    /// A name this party chose has to be something it drew, and nothing else
    /// it drew may serve twice.
    fn reveal_fresh(&mut self, node: NodeId, datum: &Datum, origin: &Origin) -> Result<(), Stop> {
        let octets = self.octets(datum)?;
        let mut draws = 0;
        let drawn = self
            .observed
            .side
            .iter()
            .find_map(|side| match &*side.kind {
                Kind::Draw { octets: found, .. } => {
                    draws += 1;
                    let same =
                        found.as_slice() == Some(&*octets) && !self.state.used.contains(&side.line);
                    same.then_some(side.line)
                }
                _ => None,
            });
        match drawn {
            Some(line) => {
                self.state.used.insert(line);
                self.state.counts.computed += 1;
            }
            None => {
                let what = format!(
                    "the fresh {} is none of the {draws} values this party drew and did not use",
                    self.describe(node)
                );
                return Err(self.mismatch(Why {
                    what,
                    got: Some(hex::encode(octets)),
                    ..Why::default()
                }));
            }
        }
        self.state.arena.learn(node, datum.clone(), origin.clone());
        Ok(())
    }

    fn reveal_share(
        &mut self,
        exponent: NodeId,
        datum: &Datum,
        origin: &Origin,
    ) -> Result<(), Stop> {
        let public = self.octets(datum)?;
        match self.share(&public) {
            Some((_, line)) if self.state.used.insert(line) => {}
            Some(_) => {
                return Err(self.mismatch(Why::new("the key share was used before")));
            }
            None => {
                return Err(self.mismatch(Why {
                    what: "the key share sent is none this party generated".into(),
                    got: Some(hex::encode(public)),
                    ..Why::default()
                }));
            }
        }
        self.state.counts.computed += 1;
        self.state
            .arena
            .learn(exponent, datum.clone(), origin.clone());
        Ok(())
    }

    /// `sign(key, message)`: any signature that verifies.
    fn made_signature(
        &mut self,
        key: NodeId,
        message: NodeId,
        signature: &Octets,
    ) -> Result<(), Stop> {
        let term = message;
        let (key, message) = match (self.force(key)?, self.force(message)?) {
            (Some(Datum::Octets(key)), Some(Datum::Octets(message))) => (key, message),
            (Some(Datum::Octets(key)), None) => {
                self.unknown(|_| {
                    "a signature is sent over octets that were never observed".into()
                })?;
                (key, Octets::default())
            }
            _ => {
                return Err(Stop::Inconclusive(
                    "a signature is sent and its key was never observed".into(),
                ));
            }
        };
        if !self.verifies(&key, &message, signature)? {
            return Err(self.mismatch(Why {
                what: "the signature sent does not verify".into(),
                expected: Some(format!("a signature of {}", hex::encode(message))),
                got: Some(hex::encode(signature)),
                hypotheses: self.explain_signature(term, &key, signature),
            }));
        }
        self.state.signed.push(Signed {
            key,
            message,
            signature: signature.clone(),
            ok: true,
            made: true,
            witnessed: false,
        });
        Ok(())
    }

    fn octets(&self, datum: &Datum) -> Result<Octets, Stop> {
        match datum.octets() {
            Some(octets) => Ok(octets.clone()),
            None => Err(self.mismatch(Why::new("sent under protection, the model sends it plain"))),
        }
    }

    /// A term for a reader: its symbols down to a depth of three.
    pub(super) fn describe(&self, node: NodeId) -> String {
        self.described(node, 3)
    }

    fn described(&self, node: NodeId, depth: usize) -> String {
        let program = self.meaning.program;
        match &self.state.arena.get(node).shape {
            Shape::Apply(function, arguments) => {
                let name = text::function(program, *function);
                if arguments.is_empty() {
                    return name.into();
                }
                if depth == 0 {
                    return format!("{name}(...)");
                }
                let inner: Vec<String> = arguments
                    .iter()
                    .map(|argument| self.described(*argument, depth - 1))
                    .collect();
                format!("{name}({})", inner.join(", "))
            }
            Shape::Fresh(variable) => text::variable(program, *variable).into(),
            Shape::Free(name) => program
                .names
                .get(name.0 as usize)
                .map_or("?", |name| &name.name)
                .into(),
            Shape::Given(_) => match &self.state.arena.get(node).origin {
                Origin::Line(line, what) => format!("[{what}, line {line}]"),
                Origin::Setup(id) => format!("[{id}]"),
                Origin::Computed => "[value]".into(),
            },
        }
    }
}
