//! Values nobody can recompute: signatures, key exchange, record protection.
//!
//! Each is settled by a witness. A signature verifies under the key the model
//! names, with a library of our own. A shared secret is the one the key
//! exchange was observed to yield for exactly these two shares; that it is the
//! right one shows in every MAC computed from it. A record belongs to the
//! traffic secret the key log has for its direction and protection.

use event::{Kind, recording::Observability};
use pi::FunId;

use super::{
    evaluate::Value,
    run::{Run, Signed, Stop, Why},
    value::{Datum, NodeId, Sealed},
};
use crate::{
    interpretation::Symbol,
    mapping::{Constant, Relation, Side},
    octets::Octets,
};

impl Run<'_> {
    /// `verify(key, message, signature)`: `true`, or failure.
    pub(super) fn verify(
        &mut self,
        key: NodeId,
        message: NodeId,
        signature: NodeId,
    ) -> Result<Value, Stop> {
        let term = message;
        let [key, message, signature] = self.three([key, message, signature])?;
        let ok = self.verifies(&key, &message, &signature)?;
        self.state.signed.push(Signed {
            key: key.clone(),
            message: message.clone(),
            signature: signature.clone(),
            ok,
            made: false,
            witnessed: false,
        });
        if ok {
            return Ok(self.truth(true));
        }
        Ok(Value::Fails(Why {
            what: "the signature does not verify".into(),
            expected: Some(format!("a signature of {}", hex::encode(message))),
            hypotheses: self.explain_signature(term, &key, &signature),
            got: Some(hex::encode(signature)),
        }))
    }

    pub(super) fn verifies(
        &mut self,
        key: &Octets,
        message: &Octets,
        signature: &Octets,
    ) -> Result<bool, Stop> {
        if !self.tier.verifies() {
            // Its own word for it is wanted before it accepts: `nothing_skipped`.
            self.state.counts.assumed += 1;
            return Ok(true);
        }
        let ok = self
            .meaning
            .verified
            .verifies(key, message, signature)
            .map_err(|unsupported| {
                Stop::Inconclusive(format!("a signature cannot be verified: {unsupported}"))
            })?;
        self.state.counts.computed += 1;
        Ok(ok)
    }

    fn three(&mut self, nodes: [NodeId; 3]) -> Result<[Octets; 3], Stop> {
        let mut all: [Octets; 3] = Default::default();
        for (place, node) in nodes.into_iter().enumerate() {
            match self.force(node)? {
                Some(Datum::Octets(octets)) => all[place] = octets,
                Some(Datum::Record(_)) | None => {
                    let part = ["key", "message", "signature"][place];
                    self.unknown(|_| format!("the {part} of a signature was never observed"))?;
                }
            }
        }
        Ok(all)
    }

    /// `unseal(key, record)`: the content, or failure.
    pub(super) fn open(&mut self, key: NodeId, record: NodeId) -> Result<Value, Stop> {
        // Sealed by this very run: the rewrite rule itself.
        if let Some((function, arguments)) = self.state.arena.apply(record)
            && let (Some(Relation::RecordProtection { .. }), [under, content]) =
                (self.relation(function), &*arguments)
        {
            return match self.equal(*under, key)? {
                true => Ok(Value::Message(*content)),
                false => Ok(Value::Fails(Why::new("the record is under another key"))),
            };
        }
        let Some(Datum::Record(sealed)) = self.force(record)? else {
            return Ok(Value::Fails(Why::new(
                "the message is not protected, the model opens a record here",
            )));
        };
        if !sealed.opened {
            return Ok(Value::Fails(Why {
                what: "the record does not open".into(),
                got: Some(hex::encode(sealed.content)),
                ..Why::default()
            }));
        }
        if let Some(why) = self.under_another_key(key, &sealed)? {
            return Ok(Value::Fails(why));
        }
        let origin = self.state.arena.get(record).origin.clone();
        let content = self
            .state
            .arena
            .given(Datum::Octets(sealed.content), origin);
        Ok(Value::Message(content))
    }

    /// Why a record is not protected under the key; `None` if it is, or if
    /// there is no key log to tell.
    pub(super) fn under_another_key(
        &mut self,
        key: NodeId,
        sealed: &Sealed,
    ) -> Result<Option<Why>, Stop> {
        let from_client = sealed.from == Side::Client;
        let Some(label) = self.meaning.record_key(sealed.protection, from_client) else {
            return Ok(Some(Why::new(
                "the mapping knows no key for this protection",
            )));
        };
        let Some(logged) = self.observed.secret(label) else {
            if self.level >= Observability::O1 {
                return Err(Stop::Inconclusive(format!(
                    "the recording says it has the key log, and {label} is not in it"
                )));
            }
            self.state.counts.assumed += 1;
            return Ok(None);
        };
        match self.force(key)? {
            Some(Datum::Octets(octets)) if *octets == *logged => {
                self.state.counts.computed += 1;
                Ok(None)
            }
            Some(datum) => Ok(Some(Why {
                what: format!("the record is under {label}, which is another secret"),
                expected: Some(datum.hex()),
                got: Some(hex::encode(logged)),
                hypotheses: Vec::new(),
            })),
            None => {
                self.unknown(|_| {
                    format!(
                        "the secret the model protects a record with cannot be computed; {label} \
                         is recorded, but the key exchange it comes from is not"
                    )
                })?;
                Ok(None)
            }
        }
    }

    /// `exp(base, x)`: the share of `x`, or the secret that was agreed with the
    /// owner of `base`.
    pub(super) fn exchange(&mut self, arguments: &[NodeId]) -> Result<Option<Octets>, Stop> {
        let [base, exponent] = arguments else {
            return Ok(None);
        };
        let own = match self.force(*exponent)? {
            Some(Datum::Octets(own)) => own,
            Some(Datum::Record(_)) | None => return Ok(None),
        };
        if self.is_generator(*base) {
            return Ok(Some(own));
        }
        let Some(Datum::Octets(peer)) = self.force(*base)? else {
            return Ok(None);
        };
        let Some((share, _)) = self.share(&own) else {
            return Ok(None);
        };
        let joined = self
            .observed
            .side
            .iter()
            .find_map(|side| match &*side.kind {
                Kind::KeyExchange {
                    share: found,
                    peer: theirs,
                    shared,
                    ..
                } if *found == share && theirs.as_slice() == Some(&*peer) => {
                    let shared = shared.as_slice()?;
                    Some((side.line, Octets::from(shared)))
                }
                _ => None,
            });
        Ok(joined.map(|(line, shared)| {
            self.state.used.insert(line);
            self.state.counts.computed += 1;
            shared
        }))
    }

    /// The key share with these public octets: its number and line.
    pub(super) fn share(&self, public: &[u8]) -> Option<(u32, u64)> {
        self.observed
            .side
            .iter()
            .find_map(|side| match &*side.kind {
                Kind::KeyShare {
                    share,
                    public: found,
                    ..
                } if found.as_slice() == Some(public) => Some((*share, side.line)),
                _ => None,
            })
    }

    pub(super) fn is_generator(&self, node: NodeId) -> bool {
        self.state.arena.apply(node).is_some_and(|(function, _)| {
            matches!(
                self.symbol(function),
                Some(Symbol::Constant(Constant::Generator))
            )
        })
    }

    /// Whether a function is Diffie-Hellman.
    pub(super) fn is_exchange(&self, function: FunId) -> bool {
        matches!(self.relation(function), Some(Relation::DiffieHellman))
    }
}
