//! Terms to values: one function on octets for each symbol of the models.
//!
//! The table is [`Machine::apply`]. Byte meanings are those of the models'
//! mapping; what a placement has of its own (its binder, its way of carrying
//! Evidence) is [`Dialect`]'s.
//!
//! Two things are weaker than a term says, on purpose. Evidence put together
//! around a signature is the Evidence the signature came in, since a signature
//! is good for nothing else; and claims are signed about the key whose SPKI is
//! among their terms, since a model has no claim for that key.
//!
//! One file because the table is one: whoever asks what a symbol means reads down it.

use std::collections::{BTreeMap, BTreeSet};

use rats::Hash;

use super::codec::{self, Asks, Reader};
use super::suite::{self, BASE_POINT, HANDSHAKE, Suite};
use super::value::{Carriage, Key, Own, Unfit, Value};
use super::{evidence, x509};
use crate::dialect::Dialect;
use crate::laboratory::{CODE, Laboratory, draw};
use crate::plan::{Plan, Term, TermId};

/// The scheme of every key here, as TLS numbers it.
const ED25519: u16 = 0x0807;

/// How degenerate recipes are enacted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Position {
    /// As they stand.
    Literal,
    /// With shares of its own in place of the generator.
    General,
}

/// Why the attacker cannot go on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Stuck {
    /// A symbol without a function on octets.
    #[error("`{symbol}` has no function on octets")]
    NotExpressible { symbol: String },
    /// A recipe whose destructor fails on these octets.
    #[error("{recipe} does not come out: {why}")]
    Fails { recipe: String, why: String },
    /// A party has not sent what the plan takes from it.
    #[error("{who} has not sent its output ~{output}")]
    Silent { who: String, output: u32 },
}

/// What a party has sent, as the network saw it.
#[derive(Debug, Default)]
pub(crate) struct Heard {
    /// Handshake messages in the clear, in order.
    pub(crate) plain: Vec<Vec<u8>>,
    /// Protected records, in order.
    pub(crate) records: Vec<Vec<u8>>,
    /// How many messages it sends under the handshake's secrets.
    pub(crate) flight: usize,
}

/// The machine in one run.
pub struct Machine<'r> {
    plan: &'r Plan,
    laboratory: &'r Laboratory,
    dialect: Dialect,
    position: Position,
    /// The private value behind the share that stands for the generator.
    scalar: [u8; 32],
    values: Vec<Option<Value>>,
    fresh: BTreeMap<u32, Value>,
    pub(crate) outputs: BTreeMap<u32, Value>,
    honest: BTreeMap<String, Value>,
    pub(crate) heard: BTreeMap<String, Heard>,
    /// The session id a ServerHello has to echo.
    pub(crate) session_id: Vec<u8>,
}

type Outcome = Result<Value, Stuck>;

impl<'r> Machine<'r> {
    /// A machine that knows nothing yet.
    ///
    /// # Errors
    /// The system gives no randomness.
    pub fn new(
        plan: &'r Plan,
        laboratory: &'r Laboratory,
        dialect: Dialect,
        position: Position,
    ) -> Result<Self, Unfit> {
        Ok(Self {
            plan,
            laboratory,
            dialect,
            position,
            scalar: draw()?,
            values: vec![None; plan.terms.len()],
            fresh: BTreeMap::new(),
            outputs: BTreeMap::new(),
            honest: BTreeMap::new(),
            heard: BTreeMap::new(),
            session_id: Vec::new(),
        })
    }

    /// Makes a name, anew in every run.
    ///
    /// # Errors
    /// The system gives no randomness.
    pub fn make(&mut self, number: u32) -> Result<(), Stuck> {
        let made = Own::generate().and_then(|own| match self.is_message(number) {
            true => any_certificate_verify(&own),
            false => Ok(Value::Own(own)),
        });
        let made = made.map_err(|e| Stuck::Fails {
            recipe: format!("attacker#{}", number + 1),
            why: e.to_string(),
        })?;
        self.fresh.insert(number, made);
        Ok(())
    }

    /// Whether a name of the attacker's is sent as a whole message.
    fn is_message(&self, number: u32) -> bool {
        let is_name = |term: TermId| self.plan.terms[term] == Term::Fresh(number);
        self.plan.terms.iter().any(|term| match term {
            Term::Apply(f, parts) => f == "seal" && parts.get(1).is_some_and(|&it| is_name(it)),
            _ => false,
        })
    }

    /// The value of a term; computed once.
    ///
    /// # Errors
    /// [`Stuck`]
    pub fn value(&mut self, term: TermId) -> Outcome {
        if let Some(Some(value)) = self.values.get(term) {
            return Ok(value.clone());
        }
        let value = match &self.plan.terms[term] {
            Term::Apply(f, parts) => self.apply(term, f, parts)?,
            Term::Fresh(n) => self
                .fresh
                .get(n)
                .cloned()
                .ok_or_else(|| self.fails(term, "it has not been made"))?,
            Term::Honest(name, of) => self.honest(term, name, of)?,
            Term::Name(name) => self.constant(name)?,
            Term::Output(n) => self
                .outputs
                .get(n)
                .cloned()
                .ok_or_else(|| self.fails(term, "nobody has sent it"))?,
            Term::Project(f, part, of) => {
                let whole = self.value(*of)?;
                self.project(f, *part, &whole)
                    .map_err(|e| self.unfit(term, &e))?
            }
        };
        self.values[term] = Some(value.clone());
        Ok(value)
    }

    /// A quote by a service: Evidence over what it was given, `data`, in place
    /// of what the run's message says of it. A service that marks it signs a
    /// challenge made of a word that no challenge of a protocol begins with,
    /// and of the caller's data.
    pub(crate) fn quote(&mut self, quote: TermId, data: TermId, marks: bool) -> Outcome {
        const MARK: &[u8] = b"attested-tls caller's data\0";
        let plan = self.plan;
        let parts = |term: TermId, of: &str| match &plan.terms[term] {
            Term::Apply(f, parts) if f == of => Some(&parts[..]),
            _ => None,
        };
        let Some(&[_, _, signature]) = parts(quote, "evidence") else {
            return Err(self.fails(quote, "a quoting service sends Evidence"));
        };
        let Some(&[by, _]) = parts(signature, "sign") else {
            return Err(self.fails(signature, "a quoting service signs"));
        };
        let Value::AttestationKey(machine) = self.value(by)? else {
            return Err(self.fails(by, "a machine's key signs Evidence"));
        };
        let caller = self.value(data)?;
        let suite = self.suite();
        let octets = caller.octets().map_err(|e| self.unfit(data, &e))?;
        let challenge = match marks {
            true => suite.hash(&[MARK, octets].concat()),
            false => octets.to_vec(),
        };
        let spki = self.spki_within(data).unwrap_or_default();
        let hash = self.dialect.evidence_hash(suite);
        evidence::sign(&machine, &challenge, &spki, hash)
            .map(Value::Evidence)
            .map_err(|e| self.unfit(quote, &e))
    }

    /// The client Finished, in its record, of a handshake that the attacker
    /// began with this ClientHello and a share it can use.
    pub(crate) fn finished(&self, who: &str, hello: &[u8]) -> Option<Vec<u8>> {
        let suite = self.suite();
        let heard = self.heard.get(who)?;
        let server_hello = heard.plain.first()?;
        let (_, share) = codec::read_server_hello(server_hello)?;
        let share = <[u8; 32]>::try_from(share).ok()?;
        let shared = match self.position {
            Position::Literal => share,
            Position::General => suite::x25519(self.scalar, share),
        };
        let zeros = vec![0; suite.length()];
        let derive = |secret: &[u8], label: &[u8], transcript: &[u8]| {
            suite.expand_label(secret, label, &suite.hash(transcript), suite.length())
        };
        let early = suite.extract(&zeros, &zeros);
        let secret = suite.extract(&derive(&early, b"derived", b"")?, &shared);
        let mut transcript = [hello, server_hello].concat();
        let ours = derive(&secret, b"c hs traffic", &transcript)?;
        let theirs = derive(&secret, b"s hs traffic", &transcript)?;
        let flight = open(suite, &theirs, &heard.records);
        if flight.len() < heard.flight {
            return None; // not a share the attacker can use
        }
        for message in flight.iter().take(heard.flight) {
            transcript.extend_from_slice(message.octets().ok()?);
        }
        let key = suite.expand_label(&ours, b"finished", b"", suite.length())?;
        let mac = suite.hmac(&key, &suite.hash(&transcript));
        let finished = codec::message(codec::FINISHED, &mac);
        suite.seal(&ours, 0, HANDSHAKE, &finished)
    }

    /// Certificates that were published, by whom the authority issued them to.
    pub(crate) fn published(&self) -> Vec<Vec<u8>> {
        let of = |value: &Value| match value {
            Value::Credential {
                chain,
                evidence: None,
            } => chain.first().cloned(),
            _ => None,
        };
        self.outputs.values().filter_map(of).collect()
    }

    fn fails(&self, term: TermId, why: &str) -> Stuck {
        Stuck::Fails {
            recipe: self.plan.sketch(term),
            why: why.to_owned(),
        }
    }

    fn unfit(&self, term: TermId, why: &Unfit) -> Stuck {
        self.fails(term, &why.to_string())
    }

    /// What an honest party made: keys and names of the laboratory.
    fn honest(&mut self, term: TermId, name: &str, of: &str) -> Outcome {
        if let Some(value) = self.honest.get(name) {
            return Ok(value.clone());
        }
        let number: u32 = name
            .rsplit_once('#')
            .and_then(|(_, n)| n.parse().ok())
            .unwrap_or(1);
        let base = name.split('#').next().unwrap_or(name);
        let value = match (base, of) {
            ("ca", "skey") => Value::Key(self.laboratory.authority.clone()),
            ("ak", "skey") => Value::AttestationKey(self.laboratory.root.machine(number)),
            (_, "skey") => Value::Key(Key::generate().map_err(|e| self.unfit(term, &e))?),
            (_, "hostname") => Value::Name(format!("{base}-{number}.example")),
            _ => {
                return Err(self.fails(term, "only its maker knows it"));
            }
        };
        self.honest.insert(name.to_owned(), value.clone());
        Ok(value)
    }

    fn suite(&self) -> Suite {
        self.laboratory.suite
    }

    /// Public names and constants.
    fn constant(&self, name: &str) -> Outcome {
        let ascii = |label: &str| Ok(Value::Octets(label.as_bytes().to_vec()));
        match name {
            "empty" => Ok(Value::Octets(Vec::new())),
            "zeros" => Ok(Value::Octets(vec![0; self.suite().length()])),
            "G" => Ok(Value::Octets(BASE_POINT.to_vec())),
            "EE" => {
                let message = codec::message(codec::ENCRYPTED_EXTENSIONS, &[0, 0]);
                Ok(Value::Message(Carriage::Handshake, message))
            }
            "hash_length" => Ok(Value::Length(self.suite().length())),
            "length_32" => Ok(Value::Length(32)),
            "reference_value" => Ok(Value::Octets(CODE.to_vec())),
            "net" => ascii("net"),
            "l_nonce_and_key" => ascii("attested-tls nonce and key\0"),
            "l_handshake_secret" => ascii("attested-tls handshake secret\0"),
            "l_derived" => ascii("derived"),
            "l_c_hs_traffic" => ascii("c hs traffic"),
            "l_s_hs_traffic" => ascii("s hs traffic"),
            "l_c_ap_traffic" => ascii("c ap traffic"),
            "l_s_ap_traffic" => ascii("s ap traffic"),
            "l_exp_master" => ascii("exp master"),
            "l_finished" => ascii("finished"),
            "l_exporter" => ascii("exporter"),
            "l_attestation" => ascii("Attestation"),
            "l_server_handshake_context" => {
                ascii("EXPORTER-server authenticator handshake context")
            }
            "l_server_finished_key" => ascii("EXPORTER-server authenticator finished key"),
            _ => Err(Stuck::NotExpressible {
                symbol: name.to_owned(),
            }),
        }
    }

    /// The table of functions.
    fn apply(&mut self, term: TermId, f: &str, parts: &[TermId]) -> Outcome {
        if parts.is_empty() {
            return self.constant(f);
        }
        let mut values = Vec::with_capacity(parts.len());
        for &part in parts {
            values.push(self.value(part)?);
        }
        if self.position == Position::General {
            self.generalise(term, f, parts, &mut values)?;
        }
        if let Some(absent) = self.absent_certificate(f, parts) {
            values[1] = absent;
        }
        let spki = self.spki_within(term);
        self.compute(f, &values, spki.as_deref())
            .map_err(|e| match e {
                Failure::Unfit(why) => self.unfit(term, &why),
                Failure::Unknown => Stuck::NotExpressible {
                    symbol: f.to_owned(),
                },
            })
    }

    /// What `empty` behind a request stands for in the transcript of an empty
    /// authenticator: a Certificate with the request's context and without
    /// certificates (RFC 9261 section 5.2.3).
    fn absent_certificate(&self, f: &str, parts: &[TermId]) -> Option<Value> {
        let applied = |term: TermId, of: &str| match &self.plan.terms[term] {
            Term::Apply(f, parts) if f == of => Some(&parts[..]),
            _ => None,
        };
        let &[transcript, last] = parts else {
            return None;
        };
        applied(last, "empty").filter(|_| f == "concat")?;
        let &[_, request] = applied(transcript, "concat")? else {
            return None;
        };
        match self.values[request].as_ref()? {
            Value::Message(Carriage::Request, octets) => {
                let context = codec::read_request(octets)?;
                let absent = codec::certificate(context, &[], b"");
                Some(Value::Message(Carriage::Handshake, absent))
            }
            _ => None,
        }
    }

    /// Puts the attacker's own share in place of the generator.
    fn generalise(
        &self,
        term: TermId,
        f: &str,
        parts: &[TermId],
        values: &mut [Value],
    ) -> Result<(), Stuck> {
        let is_generator = |term: TermId| match &self.plan.terms[term] {
            Term::Apply(f, parts) => f == "G" && parts.is_empty(),
            Term::Name(name) => name == "G",
            _ => false,
        };
        match (f, parts) {
            ("CH" | "CHA" | "SH", [_, share, ..]) if is_generator(*share) => {
                values[1] = Value::Octets(suite::x25519(self.scalar, BASE_POINT).to_vec());
            }
            ("hkdf_extract", [_, secret])
                if matches!(&self.plan.terms[*secret], Term::Project(f, 1, _)
                    if ["CH", "CHA", "SH"].contains(&f.as_str())) =>
            {
                let share = values[1].point().map_err(|e| self.unfit(term, &e))?;
                values[1] = Value::Octets(suite::x25519(self.scalar, share).to_vec());
            }
            _ => {}
        }
        Ok(())
    }

    /// The key whose SPKI is among the terms of `term`.
    fn spki_within(&self, term: TermId) -> Option<Vec<u8>> {
        let mut seen = BTreeSet::new();
        let mut work = vec![term];
        while let Some(term) = work.pop() {
            if !seen.insert(term) {
                continue;
            }
            if let Term::Apply(f, _) = &self.plan.terms[term]
                && f == "spki"
                && let Some(Value::Public(spki)) = &self.values[term]
            {
                return Some(spki.clone());
            }
            work.extend(self.plan.terms[term].parts());
        }
        None
    }

    fn compute(&self, f: &str, values: &[Value], spki: Option<&[u8]>) -> Result<Value, Failure> {
        let suite = self.suite();
        let octets = |octets: Vec<u8>| Ok(Value::Octets(octets));
        let handshake = |octets: Vec<u8>| Ok(Value::Message(Carriage::Handshake, octets));
        match (f, values) {
            ("exp", [point, scalar]) => {
                octets(suite::x25519(scalar.point()?, point.point()?).to_vec())
            }
            ("hash", [data]) => octets(suite.hash(data.octets()?)),
            ("sha256", [data]) => octets(Suite::Sha256.hash(data.octets()?)),
            ("hmac", [key, data]) => octets(suite.hmac(key.octets()?, data.octets()?)),
            ("hkdf_extract", [salt, ikm]) => octets(suite.extract(salt.octets()?, ikm.octets()?)),
            ("hkdf_expand_label", [secret, label, context, length]) => octets(
                suite
                    .expand_label(
                        secret.octets()?,
                        label.octets()?,
                        context.octets()?,
                        length.length()?,
                    )
                    .ok_or_else(|| Unfit::new("HKDF-Expand-Label", "a length is too great"))?,
            ),
            ("concat", [left, right]) => octets([left.octets()?, right.octets()?].concat()),
            ("pk", [Value::Own(own)]) => Ok(Value::Public(own.key.spki())),
            ("sign", [Value::Own(own), data]) => octets(own.key.sign(data.octets()?)?),
            ("pk", [Value::Key(key)]) => Ok(Value::Public(key.spki())),
            ("pk", [Value::AttestationKey(machine)]) => Ok(Value::Public(
                machine.attestation_key().subject_public_key_info(),
            )),
            ("spki", [key]) => Ok(Value::Public(key.public()?.to_vec())),
            ("claims_buffer", [hash]) => octets(crate::dialect::claims_buffer(hash.octets()?)),
            ("sign", [Value::Key(key), Value::Subject { name, spki }]) => {
                // Only the laboratory's authority certifies.
                if key.spki() != self.laboratory.authority.spki() {
                    return Err(Unfit::new("a certificate", "the key is no authority's").into());
                }
                let der = self.laboratory.certify(name, spki)?;
                Ok(Value::CertificateSignature(der))
            }
            (
                "sign",
                [
                    Value::AttestationKey(machine),
                    Value::Claims { challenge, spki },
                ],
            ) => {
                let hash = self.dialect.evidence_hash(suite);
                Ok(Value::Quote(evidence::sign(
                    machine, challenge, spki, hash,
                )?))
            }
            ("sign", [Value::Key(key), data]) => octets(key.sign(data.octets()?)?),
            ("handshake_signature_input", [digest]) => octets(codec::signature_content(
                "TLS 1.3, server CertificateVerify",
                digest.octets()?,
            )),
            ("authenticator_signature_input", [digest]) => octets(codec::signature_content(
                "Exported Authenticator",
                digest.octets()?,
            )),
            ("tbs_certificate", [name, key]) => Ok(Value::Subject {
                name: name.name()?.to_owned(),
                spki: key.public()?.to_vec(),
            }),
            ("certificate", [_, _, Value::CertificateSignature(der)]) => Ok(Value::Credential {
                chain: vec![der.clone()],
                evidence: None,
            }),
            ("claims", [challenge, _]) => Ok(Value::Claims {
                challenge: challenge.octets()?.to_vec(),
                spki: spki.unwrap_or_default().to_vec(),
            }),
            ("evidence", [_, _, Value::Quote(whole)]) => Ok(Value::Evidence(whole.clone())),
            ("evidence_leaf", [name, key, Value::Evidence(shown)]) => {
                let cmw = evidence::wrap(shown)?;
                let inside = (!self.dialect.weaves()).then_some(&cmw[..]);
                Ok(Value::Credential {
                    chain: vec![x509::unsigned(name.name()?, key.public()?, inside)?],
                    evidence: Some(shown.clone()),
                })
            }
            ("attested_leaf", [Value::Credential { chain, .. }, Value::Evidence(shown)]) => {
                Ok(self.attested_leaf(chain, shown)?)
            }
            ("evidence_request", [nonce]) => Ok(Value::Extension(nonce.octets()?.to_vec())),
            ("CH", [random, share]) => {
                let (random, share) = (random.octets()?, share.octets()?);
                handshake(codec::client_hello(suite, random, share, Asks::Nothing))
            }
            ("CHA", [random, share, extension]) => {
                let asks = match extension {
                    _ if self.dialect.weaves() => Asks::Woven,
                    Value::Extension(nonce) if !nonce.is_empty() => Asks::Nonce(nonce),
                    _ => Asks::Nothing,
                };
                let (random, share) = (random.octets()?, share.octets()?);
                handshake(codec::client_hello(suite, random, share, asks))
            }
            ("SH", [random, share]) => {
                let (random, share) = (random.octets()?, share.octets()?);
                handshake(codec::server_hello(suite, random, share, &self.session_id))
            }
            ("CRT", [Value::Credential { chain, evidence }]) => match evidence {
                Some(shown) if self.dialect.weaves() => {
                    handshake(codec::woven_certificate(chain, &evidence::wrap(shown)?))
                }
                _ => handshake(codec::certificate(b"", chain, b"")),
            },
            ("CV", [signature]) => {
                handshake(codec::certificate_verify(ED25519, signature.octets()?))
            }
            ("FIN", [mac]) => handshake(codec::message(codec::FINISHED, mac.octets()?)),
            ("CREQ", [context]) => Ok(Value::Message(
                Carriage::Request,
                codec::client_certificate_request(context.octets()?),
            )),
            (
                "ECRT",
                [
                    context,
                    Value::Credential { chain, .. },
                    Value::Evidence(shown),
                ],
            ) => {
                let extension = codec::attestation_extension(&evidence::wrap(shown)?);
                handshake(codec::certificate(context.octets()?, chain, &extension))
            }
            ("authenticator", [certificate, verify, finished]) => Ok(Value::Message(
                Carriage::Authenticator,
                [certificate.octets()?, verify.octets()?, finished.octets()?].concat(),
            )),
            ("seal", [secret, content]) => Ok(Value::Sealed(
                secret.octets()?.to_vec(),
                Box::new(content.clone()),
            )),
            ("unseal", [secret, record]) => self.unseal(secret.octets()?, record),
            _ => Err(Failure::Unknown),
        }
    }

    /// A certificate with Evidence beside it: on the wire the Evidence is inside,
    /// and the authority's signature covers both, so that it is one of those
    /// that somebody showed.
    fn attested_leaf(&self, chain: &[Vec<u8>], shown: &[u8]) -> Result<Value, Unfit> {
        let subject = |chain: &[Vec<u8>]| -> Option<(String, Vec<u8>)> {
            let said = x509::read(chain.first()?).ok()?;
            Some((said.name, said.spki))
        };
        let meant = subject(chain);
        let is_meant = |value: &&Value| match value {
            Value::Credential {
                chain,
                evidence: Some(inside),
            } => inside == shown && subject(chain) == meant,
            _ => false,
        };
        let found = self.values.iter().flatten().find(is_meant);
        found.cloned().ok_or_else(|| {
            let why = "the authority signed none with this Evidence in it";
            Unfit::new("a certificate", why)
        })
    }

    /// A message behind record protection.
    fn unseal(&self, secret: &[u8], record: &Value) -> Result<Value, Failure> {
        let closed = || Unfit::new("unseal", "no record opens under this secret");
        match record {
            Value::Sealed(under, content) if under == secret => Ok((**content).clone()),
            Value::Stream { who, place } => {
                let heard = self.heard.get(who).ok_or_else(closed)?;
                let place = place.checked_sub(heard.flight).unwrap_or(*place);
                let messages = open(self.suite(), secret, &heard.records);
                messages
                    .into_iter()
                    .nth(place)
                    .ok_or_else(|| closed().into())
            }
            _ => Err(closed().into()),
        }
    }

    /// Parts of a message.
    fn project(&self, f: &str, part: u32, whole: &Value) -> Result<Value, Unfit> {
        let shape = || Unfit::new(format!("{f}.{}", part + 1), whole.sort());
        let octets = |octets: &[u8]| Ok(Value::Octets(octets.to_vec()));
        match (f, part, whole) {
            ("CH" | "CHA", part, whole) => {
                let hello = codec::read_client_hello(whole.octets()?).ok_or_else(shape)?;
                match part {
                    0 => octets(hello.random),
                    1 => octets(hello.share),
                    _ => Ok(Value::Extension(hello.nonce)),
                }
            }
            ("SH", part, whole) => {
                let (random, share) =
                    codec::read_server_hello(whole.octets()?).ok_or_else(shape)?;
                octets(if part == 0 { random } else { share })
            }
            ("evidence_request", 0, Value::Extension(nonce)) => octets(nonce),
            ("CRT", 0, whole) => {
                let read = codec::read_certificate(whole.octets()?).ok_or_else(shape)?;
                let inside = match read.chain.first() {
                    Some(first) => x509::read(first)?.cmw,
                    None => None,
                };
                let cmw = read.cmw.or(inside);
                Ok(Value::Credential {
                    evidence: cmw.as_deref().map(evidence::unwrap).transpose()?,
                    chain: read.chain,
                })
            }
            ("attested_leaf", 0, Value::Credential { chain, .. }) => Ok(Value::Credential {
                chain: chain.clone(),
                evidence: None,
            }),
            ("attested_leaf", 1, Value::Credential { evidence, .. }) => {
                evidence.clone().map(Value::Evidence).ok_or_else(shape)
            }
            ("evidence_leaf" | "certificate", part, Value::Credential { chain, evidence }) => {
                let first = x509::read(chain.first().ok_or_else(shape)?)?;
                match part {
                    0 => Ok(Value::Name(first.name)),
                    1 => Ok(Value::Public(first.spki)),
                    _ => evidence.clone().map(Value::Evidence).ok_or_else(shape),
                }
            }
            ("evidence", 0, Value::Evidence(shown)) => octets(&evidence::challenge(shown)?),
            ("evidence", 1, Value::Evidence(_)) => octets(CODE),
            ("evidence", 2, Value::Evidence(shown)) => Ok(Value::Quote(shown.clone())),
            ("CV", 0, whole) => {
                octets(codec::read_certificate_verify(whole.octets()?).ok_or_else(shape)?)
            }
            ("FIN", 0, whole) => {
                octets(codec::body(codec::FINISHED, whole.octets()?).ok_or_else(shape)?)
            }
            ("CREQ", 0, whole) => octets(codec::read_request(whole.octets()?).ok_or_else(shape)?),
            ("authenticator", part, whole) => {
                let mut reader = Reader(whole.octets()?);
                let mut message = None;
                for _ in 0..=part {
                    message = reader.message();
                }
                let (_, _, all) = message.ok_or_else(shape)?;
                Ok(Value::Message(Carriage::Handshake, all.to_vec()))
            }
            ("ECRT", part, whole) => {
                let read = codec::read_certificate(whole.octets()?).ok_or_else(shape)?;
                match part {
                    0 => octets(&read.context),
                    1 => Ok(Value::Credential {
                        chain: read.chain,
                        evidence: None,
                    }),
                    _ => {
                        let cmw = read.cmw.ok_or_else(shape)?;
                        Ok(Value::Evidence(evidence::unwrap(&cmw)?))
                    }
                }
            }
            _ => Err(shape()),
        }
    }
}

/// What a model's client takes for a CertificateVerify without looking at it:
/// of the messages it is sent, the only one that it may leave unread. On the
/// wire it has to be one, by whomever.
fn any_certificate_verify(own: &Own) -> Result<Value, Unfit> {
    let signature = own.key.sign(&own.octets)?;
    let message = codec::certificate_verify(ED25519, &signature);
    Ok(Value::Message(Carriage::Handshake, message))
}

/// Why a function has no value here.
enum Failure {
    Unfit(Unfit),
    /// It has no meaning on octets, or none on such values.
    Unknown,
}

impl From<Unfit> for Failure {
    fn from(unfit: Unfit) -> Self {
        Self::Unfit(unfit)
    }
}

/// The messages behind records that open under `secret` from its first on.
fn open(suite: Suite, secret: &[u8], records: &[Vec<u8>]) -> Vec<Value> {
    let (mut handshake, mut frames) = (Vec::new(), Vec::new());
    for (kind, content) in opened(suite, secret, records) {
        match kind {
            HANDSHAKE => handshake.extend(content),
            _ => frames.extend(content),
        }
    }
    let mut messages = Vec::new();
    let mut reader = Reader(&handshake);
    while let Some((_, _, all)) = reader.message() {
        messages.push(Value::Message(Carriage::Handshake, all.to_vec()));
    }
    let mut reader = Reader(&frames);
    while let (Some(kind), Some(body)) = (reader.take(1), reader.vector(4)) {
        let carriage = match kind {
            [1] => Carriage::Request,
            [2] => Carriage::Authenticator,
            _ => continue,
        };
        messages.push(Value::Message(carriage, body.to_vec()));
    }
    messages
}

/// The contents of records that open under `secret` from its first on.
pub(crate) fn opened(suite: Suite, secret: &[u8], records: &[Vec<u8>]) -> Vec<(u8, Vec<u8>)> {
    let first = (0..records.len()).find(|&i| suite.open(secret, 0, &records[i]).is_some());
    let Some(first) = first else {
        return Vec::new();
    };
    (0_u64..)
        .zip(&records[first..])
        .map_while(|(number, record)| suite.open(secret, number, record))
        .collect()
}

/// The hash of Evidence's claim about a key.
pub(crate) fn claim_hash(suite: Suite) -> Hash {
    match suite {
        Suite::Sha256 => Hash::Sha256,
        Suite::Sha384 => Hash::Sha384,
    }
}
