//! Terms to values.
//!
//! Three outcomes, as in the semantics: a message, which may have no octets
//! yet; failure, with the reason; and not knowing, which stops the match
//! without a verdict.

use pi::{FunId, Pattern, PatternKind, Term, TermKind};

use super::{
    accept::too_many,
    run::{Run, Stop, Why},
    value::{Arguments, Datum, NodeId, Origin, Shape},
};
use crate::{
    crypto::{Hash, Running},
    interpretation::Symbol,
    mapping::{Computation, Constant, Function, Length, Relation},
    octets::Octets,
    text::{self, Inlined},
    wire::{Codec, claims_buffer},
};

/// Where the validity of the certificate with the Evidence may be read, in this
/// order.
const CARRIERS: [&str; 3] = [
    "evidence_chain.carrier validity",
    "evidence_certificate.validity",
    "x509.validity",
];

/// A message or failure.
pub(super) enum Value {
    Fails(Why),
    Message(NodeId),
}

/// `?` for values: failure ends the evaluation as failure.
macro_rules! message {
    ($value:expr) => {
        match $value? {
            Value::Message(node) => node,
            fails @ Value::Fails(_) => return Ok(fails),
        }
    };
}

impl Run<'_> {
    pub(super) fn evaluate(&mut self, term: &Term) -> Result<Value, Stop> {
        match &term.kind {
            TermKind::Apply(function, arguments) => self.apply(*function, arguments),
            TermKind::Fail => Ok(Value::Fails(Why::new("the model fails here"))),
            TermKind::If {
                condition,
                then,
                otherwise,
            } => {
                let condition = message!(self.evaluate(condition));
                if self.is_true(condition)? {
                    self.evaluate(then)
                } else {
                    self.evaluate(otherwise)
                }
            }
            TermKind::Let {
                pattern,
                value,
                then,
                otherwise,
                ..
            } => {
                let why = match self.evaluate(value)? {
                    Value::Message(node) => match self.bind(pattern, node)? {
                        None => return self.evaluate(then),
                        Some(why) => why,
                    },
                    Value::Fails(why) => why,
                };
                match otherwise.kind {
                    // That it fails is all the model says; why is better known here.
                    TermKind::Fail => Ok(Value::Fails(why)),
                    _ => self.evaluate(otherwise),
                }
            }
            TermKind::Name(id) => Ok(Value::Message(self.state.arena.node(Shape::Free(*id)))),
            TermKind::Var(id) => match self.state.env.get(*id) {
                Some(node) => Ok(Value::Message(node)),
                None => Err(Stop::Inconclusive(format!(
                    "`{}` is used before it is bound",
                    text::variable(self.meaning.program, *id)
                ))),
            },
            // Derivation refuses these.
            TermKind::Event { .. }
            | TermKind::Get { .. }
            | TermKind::Insert { .. }
            | TermKind::LetSuchThat { .. }
            | TermKind::New { .. } => Err(Stop::Inconclusive(
                "a term with an effect reached the matcher".into(),
            )),
        }
    }

    fn apply(&mut self, function: FunId, arguments: &[Term]) -> Result<Value, Stop> {
        match (function, arguments) {
            (FunId::EQUAL, [left, right]) => return self.test(left, right, true),
            (FunId::UNEQUAL, [left, right]) => return self.test(left, right, false),
            (FunId::AND, [left, right]) => {
                let first = message!(self.evaluate(left));
                return match self.is_true(first)? {
                    true => self.evaluate(right),
                    false => Ok(self.truth(false)),
                };
            }
            (FunId::OR, [left, right]) => {
                let first = message!(self.evaluate(left));
                return match self.is_true(first)? {
                    true => Ok(self.truth(true)),
                    false => self.evaluate(right),
                };
            }
            (FunId::NOT, [only]) => {
                let node = message!(self.evaluate(only));
                let value = !self.is_true(node)?;
                return Ok(self.truth(value));
            }
            _ => {}
        }
        let mut nodes = Arguments::NONE;
        for argument in arguments {
            if !nodes.push(message!(self.evaluate(argument))) {
                return Err(too_many(text::function(self.meaning.program, function)));
            }
        }
        match (self.relation(function), &*nodes) {
            (Some(Relation::SignatureVerification), [key, message, signature]) => {
                self.verify(*key, *message, *signature)
            }
            (Some(Relation::RecordOpening), [key, record]) => self.open(*key, *record),
            _ => Ok(Value::Message(
                self.state.arena.node(Shape::Apply(function, nodes)),
            )),
        }
    }

    fn test(&mut self, left: &Term, right: &Term, equal: bool) -> Result<Value, Stop> {
        let left = message!(self.evaluate(left));
        let right = message!(self.evaluate(right));
        let same = self.equal(left, right)?;
        if !same {
            self.state.unequal = Some((left, right));
        }
        Ok(self.truth(same == equal))
    }

    pub(super) fn truth(&mut self, value: bool) -> Value {
        let id = if value { FunId::TRUE } else { FunId::FALSE };
        Value::Message(self.state.arena.node(Shape::Apply(id, Arguments::NONE)))
    }

    pub(super) fn is_true(&self, node: NodeId) -> Result<bool, Stop> {
        match self.state.arena.apply(node) {
            Some((FunId::TRUE, _)) => Ok(true),
            Some((FunId::FALSE, _)) => Ok(false),
            _ => Err(Stop::Inconclusive(
                "a condition is not a truth value".into(),
            )),
        }
    }

    /// Whether two messages are equal: the same term, or the same octets.
    pub(super) fn equal(&mut self, left: NodeId, right: NodeId) -> Result<bool, Stop> {
        if left == right {
            return Ok(true);
        }
        let truths = [left, right].map(|node| {
            let id = self.state.arena.apply(node).map(|(id, _)| id);
            matches!(id, Some(FunId::TRUE | FunId::FALSE))
        });
        if truths.contains(&true) {
            // Different nodes, and each truth value has one node.
            return Ok(false);
        }
        for (constant, value) in [(left, right), (right, left)] {
            if let Some(same) = self.message_constant(constant, value)? {
                return Ok(same);
            }
        }
        match (self.force(left)?, self.force(right)?) {
            (Some(first), Some(second)) => {
                self.state.counts.computed += 1;
                Ok(first == second)
            }
            _ => {
                self.unknown(|_| {
                    "two values are compared and the octets of one were never observed".into()
                })?;
                Ok(true)
            }
        }
    }

    /// A constant that stands for a message whose content no term uses takes
    /// the first such message of the session as its octets.
    fn message_constant(&mut self, constant: NodeId, value: NodeId) -> Result<Option<bool>, Stop> {
        if self.state.arena.datum(constant).is_some() {
            return Ok(None);
        }
        let Some(codec) = self.message_of(constant) else {
            return Ok(None);
        };
        let Some(Datum::Octets(octets)) = self.force(value)? else {
            return Ok(None);
        };
        let origin = self.state.arena.get(value).origin.clone();
        match self.read(codec, &octets)? {
            Ok(_) => {
                self.state
                    .arena
                    .learn(constant, Datum::Octets(octets), origin);
                Ok(Some(true))
            }
            Err(_) => Ok(Some(false)),
        }
    }

    pub(super) fn message_of(&self, node: NodeId) -> Option<Codec> {
        let (function, _) = self.state.arena.apply(node)?;
        match self.symbol(function) {
            Some(Symbol::Constant(Constant::Message(codec))) => Some(*codec),
            _ => None,
        }
    }

    /// Matches a value with a pattern and binds its variables; the reason when
    /// it does not match.
    pub(super) fn bind(&mut self, pattern: &Pattern, node: NodeId) -> Result<Option<Why>, Stop> {
        match &pattern.kind {
            PatternKind::Var(id) => {
                self.state.env.insert(*id, node);
                Ok(None)
            }
            PatternKind::Equal(term) => match self.evaluate(term)? {
                Value::Fails(why) => Ok(Some(why)),
                Value::Message(wanted) => {
                    if self.equal(wanted, node)? {
                        return Ok(None);
                    }
                    self.state.unequal = Some((wanted, node));
                    let what = format!(
                        "the value is not {}",
                        text::term(self.meaning.program, term, &Inlined::default())
                    );
                    Ok(Some(self.unequal_because(what, wanted, node)))
                }
            },
            PatternKind::Data(function, patterns) => {
                let fields = match self.take_apart(*function, node)? {
                    Ok(fields) => fields,
                    Err(why) => return Ok(Some(why)),
                };
                for (inner, field) in patterns.iter().zip(fields.iter()) {
                    if let Some(why) = self.bind(inner, *field)? {
                        return Ok(Some(why));
                    }
                }
                Ok(None)
            }
        }
    }

    /// Expected and found octets of two values that differ.
    pub(super) fn unequal_because(&self, what: String, wanted: NodeId, found: NodeId) -> Why {
        Why {
            what,
            expected: self.state.arena.datum(wanted).map(Datum::hex),
            got: self.state.arena.datum(found).map(Datum::hex),
            hypotheses: match self.choosing {
                true => Vec::new(),
                false => self.explain(wanted, found),
            },
        }
    }

    /// The octets of a term, if they are known or can be computed.
    pub(super) fn force(&mut self, id: NodeId) -> Result<Option<Datum>, Stop> {
        if let Some(datum) = self.state.arena.datum(id) {
            return Ok(Some(datum.clone()));
        }
        let Some((function, arguments)) = self.state.arena.apply(id) else {
            return Ok(None);
        };
        let octets = match self.symbol(function) {
            Some(Symbol::Constant(constant)) => self.constant(constant)?,
            Some(Symbol::Function(Function::Relates(Relation::DiffieHellman))) => {
                self.exchange(&arguments)?
            }
            Some(Symbol::Function(Function::Computes(Computation::Hash)))
                if self.tier.computes() && arguments.len() == 1 =>
            {
                // Its octets too are a term's, which others may be held against.
                self.force(arguments[0])?;
                let absorbed = self.absorbed(arguments[0])?;
                absorbed.map(Running::finish)
            }
            Some(Symbol::Function(function)) => {
                let mut known = Vec::with_capacity(arguments.len());
                for argument in arguments.iter() {
                    match self.force(*argument)? {
                        Some(Datum::Octets(octets)) => known.push(octets),
                        Some(Datum::Record(_)) | None => return Ok(None),
                    }
                }
                self.function(function, &known)
            }
            None => None,
        };
        if let Some(octets) = &octets {
            self.state
                .arena
                .learn(id, Datum::Octets(octets.clone()), Origin::Computed);
        }
        Ok(octets.map(Datum::Octets))
    }

    /// The hash up to and with a term's octets. A transcript is a transcript with
    /// one more message, and is hashed as one.
    fn absorbed(&mut self, id: NodeId) -> Result<Option<Running>, Stop> {
        let Some(hash) = self.state.hash else {
            return Ok(None);
        };
        let mut known = self.state.absorbed.iter();
        if let Some((_, running)) = known.find(|(known, _)| *known == id) {
            return Ok(Some(running.clone()));
        }
        let parts = self.state.arena.apply(id).filter(|(function, _)| {
            let symbol = self.symbol(*function);
            let concatenation = Function::Computes(Computation::Concatenation);
            matches!(symbol, Some(Symbol::Function(meaning)) if *meaning == concatenation)
        });
        let (first, rest) = match parts {
            Some((_, arguments)) if arguments.len() == 2 => {
                (self.absorbed(arguments[0])?, arguments[1])
            }
            _ => (Some(hash.start()), id),
        };
        let (Some(mut running), Some(Datum::Octets(octets))) = (first, self.force(rest)?) else {
            return Ok(None);
        };
        running.update(&octets);
        if rest != id {
            self.state.absorbed.push((id, running.clone()));
        }
        Ok(Some(running))
    }

    fn constant(&self, constant: &Constant) -> Result<Option<Octets>, Stop> {
        let length = |length: Length| match length {
            Length::Fixed(count) => Some(count),
            Length::Hash => self.state.hash.map(Hash::length),
        };
        Ok(match constant {
            Constant::Generator | Constant::Message(_) => None,
            Constant::Length(count) => {
                length(*count).map(|n| Octets::from(&(n as u64).to_be_bytes()[..]))
            }
            Constant::Octets(octets) => Some(octets.as_slice().into()),
            Constant::Setup(id) => match self.given.value(self.party, id) {
                Some(octets) => Some(octets.clone()),
                None => {
                    return Err(Stop::Inconclusive(format!(
                        "the recording has no setup record `{id}`"
                    )));
                }
            },
            Constant::Zeros(count) => length(*count).map(|n| vec![0; n].into()),
        })
    }

    /// A function of known octets.
    pub(super) fn function(&self, function: &Function, known: &[Octets]) -> Option<Octets> {
        match function {
            Function::Computes(Computation::ClaimsBuffer { statement }) => {
                self.claims_buffer(statement, known)
            }
            Function::Computes(computation) if self.tier.computes() || !computation.hashes() => {
                compute(computation, self.state.hash, known)
            }
            Function::Computes(_) => None,
            Function::Reads { codec, fields } => {
                let read = self.read_with(*codec, fields, known)?;
                Some(read.octets.clone())
            }
            Function::View {
                codec,
                member,
                fields,
            } => {
                let read = self.read_with(*codec, fields, known)?;
                read.decoded.get(member).cloned()
            }
            Function::Relates(_) => None,
        }
    }

    /// What Evidence in a certificate is a hash of, around the hash of a key.
    fn claims_buffer(&self, statement: &str, known: &[Octets]) -> Option<Octets> {
        let [digest] = known else {
            return None;
        };
        let validity = match &**self.given.value(self.party, statement)? {
            b"key" => None,
            b"key-and-validity" => {
                Some(CARRIERS.iter().find_map(|part| self.state.seen.get(part))?)
            }
            _ => return None,
        };
        claims_buffer::encode(digest, validity.map(|validity| &**validity)).map(Octets::from)
    }

    /// The latest message of the kind that was read with these fields.
    fn read_with(
        &self,
        codec: Codec,
        fields: &[String],
        values: &[Octets],
    ) -> Option<&super::run::Read> {
        self.state.reads.iter().rev().find(|read| {
            read.codec == codec
                && fields
                    .iter()
                    .zip(values)
                    .all(|(field, value)| read.decoded.get(field) == Some(value))
        })
    }
}

/// A computation of octets; `None` before the suite is known, or where the
/// arguments have no result.
pub(super) fn compute(
    computation: &Computation,
    hash: Option<Hash>,
    arguments: &[Octets],
) -> Option<Octets> {
    let result = match (computation, arguments) {
        (Computation::Concatenation, [left, right]) => Some([&**left, right].concat()),
        (Computation::Identity, [only]) => return Some(only.clone()),
        (Computation::SignatureContent { context }, [digest]) => {
            let mut content = vec![0x20; 64];
            content.extend_from_slice(context.as_bytes());
            content.push(0);
            content.extend_from_slice(digest);
            Some(content)
        }
        (Computation::Hash, [data]) => return Some(hash?.digest(data)),
        (Computation::Sha256, [data]) => return Some(Hash::Sha256.digest(data)),
        (Computation::Hmac, [key, data]) => return Some(hash?.hmac(key, data)),
        (Computation::HkdfExtract, [salt, material]) => {
            return Some(hash?.extract(salt, material));
        }
        (Computation::HkdfExpandLabel, [secret, label, context, length]) => {
            let length = <[u8; 8]>::try_from(&**length).ok()?;
            let length = usize::try_from(u64::from_be_bytes(length)).ok()?;
            return hash?.expand_label(secret, label, context, length);
        }
        _ => None,
    };
    result.map(Octets::from)
}
