//! Enacting a plan: real endpoints, the machine between them, and what came of
//! it.
//!
//! ```text
//!  AnyClient#1 = an endpoint ──octets──▶ machine ──octets──▶ AnyServer#1 = an endpoint
//!                                          │
//!                 other roles: keys, names, certificates, Evidence, leaks
//! ```
//!
//! Roles that talk TLS are endpoints; whatever else a run has (machines,
//! enrolment, leaks) hands out what its messages say. Every endpoint has taps,
//! and their events are the recording. An attack counts as reproduced when the
//! victim accepted *and* sent a secret that somebody else than it meant reads
//! *and* the violation shows in what was recorded.

use std::collections::BTreeMap;

use attested::observe::Instrument;
use authenticator::Role;
use event::kind::AttackMove;
use event::{Bytes, Kind, Recorder, Recording};

use crate::dialect::Dialect;
use crate::laboratory::Laboratory;
use crate::machine::codec::{self, Reader, record};
use crate::machine::suite::{APPLICATION_DATA, HANDSHAKE};
use crate::machine::value::{Carriage, Key, Value};
use crate::machine::{Machine, Position, Stuck, opened};
use crate::plan::{Move, Plan, TermId};
use crate::player::{Player, converse};
use crate::recording;
use crate::scene::{self, ATTACKER, Scene, lane};
use crate::target::{Given, SetupError, Target};
use crate::violation::{self, Violation};

/// What a run came to.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// The victim accepted, its secret was read, the query is false.
    Reproduced {
        /// Who accepted.
        victim: String,
        /// Who read its secret.
        reader: String,
    },
    /// An endpoint refused.
    Refused {
        /// The move, from 0.
        at: usize,
        /// Which endpoint.
        who: String,
        /// Its reason, by the stable name.
        code: String,
        /// Its reason in words.
        why: String,
    },
    /// The attacker could not go on.
    Stuck { at: usize, why: Stuck },
    /// Everything was sent and nothing came of it.
    InVain { why: String },
}

impl Outcome {
    /// In one word, with the reason of a refusal.
    pub fn word(&self) -> String {
        match self {
            Self::Reproduced { .. } => "reproduced".to_owned(),
            Self::Refused { code, .. } => format!("refused: {code}"),
            Self::Stuck { .. } => "stuck".to_owned(),
            Self::InVain { .. } => "in vain".to_owned(),
        }
    }
}

/// A run, over.
#[derive(Clone, Debug)]
pub struct Enactment {
    pub outcome: Outcome,
    pub recording: Recording,
    pub scenes: Vec<Scene>,
}

/// Runs a plan against endpoints.
///
/// # Errors
/// The endpoints cannot be set up: nothing was attacked.
pub fn enact(
    plan: &Plan,
    target: Target,
    violation: Violation,
    laboratory: &Laboratory,
    position: Position,
) -> Result<Enactment, SetupError> {
    let machine = Machine::new(plan, laboratory, target.dialect(), position)?;
    let mut run = Run {
        plan,
        target,
        laboratory,
        machine,
        recorder: Recorder::new(),
        players: BTreeMap::new(),
        given: BTreeMap::new(),
        names: BTreeMap::new(),
        numbers: BTreeMap::new(),
        forwarded: BTreeMap::new(),
        hellos: BTreeMap::new(),
        last: BTreeMap::new(),
        parties: Vec::new(),
        scenes: Vec::new(),
        victim: None,
        leaked: Vec::new(),
    };
    let outcome = match run.play() {
        Ok(()) => run.end(violation)?,
        Err(End::Setup(error)) => return Err(error),
        Err(End::Outcome(outcome)) => outcome,
    };
    run.leave();
    run.conclude(&outcome);
    let Run {
        recorder,
        parties,
        scenes,
        given,
        leaked,
        ..
    } = run;
    let servers: Vec<(String, Given)> = given
        .iter()
        .filter_map(|(who, entry)| Some((lane(who), entry.whole()?)))
        .collect();
    let tap = recorder.tap(recording::attacker(&parties), 1);
    for (event, key) in leaked {
        tap.record(Kind::Attack {
            op: AttackMove::Leak,
            recipe: Some(event),
            octets: key.map(Bytes::clear),
            to: None,
        });
    }
    let dialect = target.dialect();
    let mut recording = recorder.finish(recording::head(dialect, &parties), Vec::new());
    recording.setup = recording::setup(laboratory, dialect, &parties, &servers, &recording.events);
    let outcome = match outcome {
        // The last word has what was recorded.
        Outcome::Reproduced { .. } => match violation::shows(violation, &recording, &parties) {
            Ok(()) => outcome,
            Err(why) => Outcome::InVain { why },
        },
        other => other,
    };
    Ok(Enactment {
        outcome,
        recording,
        scenes,
    })
}

/// Client and server of a target with nobody between: how that goes, if they
/// come together.
///
/// # Errors
/// The endpoints cannot be set up.
pub fn honest(target: Target, laboratory: &Laboratory) -> Result<Option<Vec<Scene>>, SetupError> {
    let name = "server.example";
    let recorder = Recorder::new();
    let given = Given {
        name: name.to_owned(),
        key: Key::generate()?,
        leaf: None,
        machine: laboratory.root.machine(1),
        held: None,
    };
    let observer = Instrument::new(recorder.tap(1, 1), Role::Client);
    let mut client = target.client(laboratory, name, observer)?;
    let observer = Instrument::new(recorder.tap(2, 1), Role::Server);
    let mut server = target.server(laboratory, &given, observer)?;
    let (at_client, at_server) = converse(&mut *client, &mut *server);
    if at_client.is_err() || at_server.is_err() || !client.is_ready() {
        return Ok(None);
    }
    let data = b"data for an attested server";
    client.write(data)?;
    let received = server.receive(&client.transmit());
    if received.is_err() || !contains(&server.read(), data) {
        return Ok(None);
    }
    let forth = |what: &str| Scene::Arrow {
        from: "client".to_owned(),
        to: "server".to_owned(),
        what: what.to_owned(),
    };
    let back = |what: &str| Scene::Arrow {
        from: "server".to_owned(),
        to: "client".to_owned(),
        what: what.to_owned(),
    };
    let mut scenes = match target.dialect() {
        Dialect::Post => vec![
            forth("ClientHello"),
            back("ServerHello … Finished"),
            forth("Finished, authenticator request"),
            back("authenticator with Evidence"),
        ],
        Dialect::Pre | Dialect::Intra | Dialect::Woven => vec![
            forth("ClientHello"),
            back("ServerHello"),
            back("Certificate with Evidence"),
            back("CertificateVerify, Finished"),
            forth("Finished"),
        ],
    };
    scenes.extend([
        Scene::Note {
            who: "client".to_owned(),
            what: format!("accepted: {name} is attested"),
        },
        forth("data for an attested server"),
        Scene::Note {
            who: "server".to_owned(),
            what: "reads it; nobody else can".to_owned(),
        },
    ]);
    Ok(Some(scenes))
}

/// An endpoint in the recording.
#[derive(Clone, Debug)]
pub struct Seated {
    /// The role's copy in the plan.
    pub who: String,
    /// Party number in the recording.
    pub party: u32,
    pub role: Role,
    /// The name a client means, or a server has.
    pub name: String,
}

/// What a server took from the tables so far.
#[derive(Clone, Debug, Default)]
struct Entry {
    name: Option<String>,
    key: Option<Key>,
    leaf: Option<Vec<u8>>,
    machine: Option<mock_tee::Machine>,
    held: Option<Vec<u8>>,
}

impl Entry {
    fn whole(&self) -> Option<Given> {
        Some(Given {
            name: self.name.clone()?,
            key: self.key.clone()?,
            leaf: self.leaf.clone(),
            machine: self.machine.clone()?,
            held: self.held.clone(),
        })
    }
}

struct Run<'r> {
    plan: &'r Plan,
    target: Target,
    laboratory: &'r Laboratory,
    machine: Machine<'r>,
    recorder: Recorder,
    players: BTreeMap<String, Box<dyn Player>>,
    given: BTreeMap<String, Entry>,
    /// Names that clients mean.
    names: BTreeMap<String, String>,
    /// The next sequence number to a party under a secret.
    numbers: BTreeMap<(String, Vec<u8>), u64>,
    /// How many records of one party went on to another.
    forwarded: BTreeMap<(String, String), usize>,
    /// ClientHellos of the attacker's own.
    hellos: BTreeMap<String, Vec<u8>>,
    /// The secret application data went to a party under.
    last: BTreeMap<String, Vec<u8>>,
    parties: Vec<Seated>,
    scenes: Vec<Scene>,
    victim: Option<String>,
    /// Compromises by event, with the public key they are of.
    leaked: Vec<(String, Option<Vec<u8>>)>,
}

enum End {
    Outcome(Outcome),
    Setup(SetupError),
}

impl From<SetupError> for End {
    fn from(error: SetupError) -> Self {
        Self::Setup(error)
    }
}

fn is_client(who: &str) -> bool {
    who.starts_with("AnyClient")
}

fn is_server(who: &str) -> bool {
    who.starts_with("AnyServer")
}

impl Run<'_> {
    fn play(&mut self) -> Result<(), End> {
        let moves: &[Move] = &self.plan.moves;
        for (at, step) in moves.iter().enumerate() {
            match step {
                Move::Creates { .. } => {}
                Move::Makes { fresh, .. } => {
                    self.machine.make(*fresh).map_err(|e| stuck(at, e))?;
                }
                Move::Event {
                    who,
                    event,
                    goal,
                    arguments,
                } => {
                    if *goal && is_client(who) {
                        self.victim = Some(who.clone());
                    }
                    if event.starts_with("Leak") {
                        self.note(ATTACKER, format!("obtains a key ({event})"));
                        let key = match arguments.first() {
                            Some(&key) => match self.value(at, key)? {
                                Value::Public(spki) => Some(spki),
                                _ => None,
                            },
                            None => None,
                        };
                        self.leaked.push((event.clone(), key));
                    }
                }
                Move::Takes {
                    who,
                    table,
                    columns,
                } => self.take(at, who, table, columns)?,
                Move::Sends {
                    who,
                    output,
                    message,
                } => self.hear(at, who, *output, *message)?,
                Move::Receives { who, message } => self.send(at, who, *message)?,
            }
        }
        Ok(())
    }

    fn value(&mut self, at: usize, term: TermId) -> Result<Value, End> {
        self.machine.value(term).map_err(|e| stuck(at, e))
    }

    /// A party takes an entry: what a server is made of.
    fn take(&mut self, at: usize, who: &str, table: &str, columns: &[TermId]) -> Result<(), End> {
        if !is_server(who) {
            return Ok(());
        }
        let mut entry = self.given.remove(who).unwrap_or_default();
        // Columns by table: name, certificate key, leaf, attested key,
        // attestation key, Evidence made earlier.
        let columns: Vec<usize> = match (table, columns) {
            ("servers" | "server_identities" | "machines", columns) => columns.to_vec(),
            _ => {
                let symbol = format!("the table {table}");
                return Err(stuck(at, Stuck::NotExpressible { symbol }));
            }
        };
        for column in columns {
            match self.value(at, column)? {
                Value::Name(name) => entry.name = Some(name),
                Value::Key(key) => entry.key = Some(key),
                Value::AttestationKey(machine) => entry.machine = Some(machine),
                Value::Credential { chain, .. } => entry.leaf = chain.into_iter().next(),
                Value::Evidence(held) => entry.held = Some(held),
                _ => {}
            }
        }
        self.given.insert(who.to_owned(), entry);
        Ok(())
    }

    fn instrument(&mut self, who: &str, role: Role, name: &str) -> Instrument {
        let party = self.parties.len() as u32 + 1;
        self.parties.push(Seated {
            who: who.to_owned(),
            party,
            role,
            name: name.to_owned(),
        });
        Instrument::new(self.recorder.tap(party, 1), role)
    }

    /// A message on its way to a party.
    fn send(&mut self, at: usize, who: &str, message: TermId) -> Result<(), End> {
        if is_client(who) && !self.players.contains_key(who) {
            let value = self.value(at, message)?;
            let name = value
                .name()
                .map_err(|e| fails(at, self.plan, message, &e))?;
            let observer = self.instrument(who, Role::Client, name);
            let client = self.target.client(self.laboratory, name, observer)?;
            self.players.insert(who.to_owned(), client);
            self.names.insert(who.to_owned(), name.to_owned());
            self.machine.heard.entry(who.to_owned()).or_default().flight = 1;
            self.note(&lane(who), format!("connects to {name}"));
            self.pump(who);
            return Ok(());
        }
        if is_server(who) && !self.players.contains_key(who) {
            let given = self.given.get(who).and_then(Entry::whole);
            let Some(given) = given else {
                let symbol = format!("{who}, which took no name, key and machine");
                return Err(stuck(at, Stuck::NotExpressible { symbol }));
            };
            let observer = self.instrument(who, Role::Server, &given.name);
            let server = self.target.server(self.laboratory, &given, observer)?;
            self.players.insert(who.to_owned(), server);
            self.machine.heard.entry(who.to_owned()).or_default().flight = 4;
        }
        if !self.players.contains_key(who) {
            return Ok(()); // what it answers says what it made of this
        }
        if let Some(hello) = self.machine.heard.get(who).and_then(|h| h.plain.first())
            && let Some(hello) = codec::read_client_hello(hello)
        {
            self.machine.session_id = hello.session_id.to_vec();
        }
        let value = self.value(at, message)?;
        let octets = self.octets(at, who, message, &value)?;
        self.scenes.push(Scene::Arrow {
            from: ATTACKER.to_owned(),
            to: lane(who),
            what: scene::what(self.plan, message),
        });
        if octets.is_empty() {
            return Ok(()); // it went with what came before it
        }
        let Some(player) = self.players.get_mut(who) else {
            return Ok(());
        };
        let outcome = player.receive(&octets);
        self.pump(who);
        outcome.map_err(|error| {
            End::Outcome(Outcome::Refused {
                at,
                who: who.to_owned(),
                code: error.code().to_owned(),
                why: error.to_string(),
            })
        })
    }

    /// A value as the network carries it.
    fn octets(
        &mut self,
        at: usize,
        who: &str,
        message: TermId,
        value: &Value,
    ) -> Result<Vec<u8>, End> {
        match value {
            Value::Message(Carriage::Handshake, octets) => {
                if is_server(who) {
                    self.hellos.insert(who.to_owned(), octets.clone());
                }
                Ok(record(HANDSHAKE, octets))
            }
            Value::Sealed(secret, content) => {
                let (kind, content) = match &**content {
                    Value::Message(carriage, octets) => match carriage.frame() {
                        None => (HANDSHAKE, octets.clone()),
                        Some(frame) => {
                            let length = (octets.len() as u32).to_be_bytes();
                            let frame = [&[frame][..], &length, octets].concat();
                            (APPLICATION_DATA, frame)
                        }
                    },
                    other => {
                        let unfit = crate::machine::value::Unfit::new("a record", other.sort());
                        return Err(fails(at, self.plan, message, &unfit));
                    }
                };
                if kind == APPLICATION_DATA {
                    self.last.insert(who.to_owned(), secret.clone());
                }
                let number = self
                    .numbers
                    .entry((who.to_owned(), secret.clone()))
                    .or_default();
                let sealed = self.laboratory.suite.seal(secret, *number, kind, &content);
                *number += 1;
                sealed.ok_or_else(|| {
                    let unfit = crate::machine::value::Unfit::new("a record", "it is too long");
                    fails(at, self.plan, message, &unfit)
                })
            }
            Value::Stream { who: from, .. } => {
                let sent = self
                    .forwarded
                    .entry((from.clone(), who.to_owned()))
                    .or_default();
                let records = self.machine.heard.get(from).map(|h| &h.records[..]);
                let records = records.unwrap_or_default();
                let octets = records[(*sent).min(records.len())..].concat();
                *sent = records.len();
                Ok(octets)
            }
            other => {
                let unfit = crate::machine::value::Unfit::new("a message", other.sort());
                Err(fails(at, self.plan, message, &unfit))
            }
        }
    }

    /// What a party has to send crosses the network.
    fn pump(&mut self, who: &str) {
        let Some(player) = self.players.get_mut(who) else {
            return;
        };
        let octets = player.transmit();
        let heard = self.machine.heard.entry(who.to_owned()).or_default();
        let mut reader = Reader(&octets);
        while let Some(header) = reader.take(3) {
            let Some(content) = reader.vector(2) else {
                break; // an endpoint sends whole records
            };
            match header[0] {
                HANDSHAKE => {
                    let mut messages = Reader(content);
                    while let Some((_, _, all)) = messages.message() {
                        heard.plain.push(all.to_vec());
                    }
                }
                APPLICATION_DATA => {
                    let length = (content.len() as u16).to_be_bytes();
                    heard.records.push([header, &length, content].concat());
                }
                _ => {} // change_cipher_spec, alerts in the clear
            }
        }
    }

    /// The attacker hears what a party sends.
    fn hear(&mut self, at: usize, who: &str, output: u32, message: TermId) -> Result<(), End> {
        if !self.players.contains_key(who) {
            // Not an endpoint: the message is what the model says.
            let value = self.value(at, message)?;
            self.machine.outputs.insert(output, value);
            return Ok(());
        }
        self.pump(who);
        let earlier = self
            .plan
            .moves
            .iter()
            .take(at)
            .filter(|m| matches!(m, Move::Sends { who: it, .. } if it == who))
            .count();
        let heard = self.machine.heard.entry(who.to_owned()).or_default();
        let value = if earlier == 0 {
            let silent = Stuck::Silent {
                who: who.to_owned(),
                output: output + 1,
            };
            let hello = heard.plain.first().ok_or_else(|| stuck(at, silent))?;
            Value::Message(Carriage::Handshake, hello.clone())
        } else {
            Value::Stream {
                who: who.to_owned(),
                place: earlier - 1,
            }
        };
        self.scenes.push(Scene::Arrow {
            from: lane(who),
            to: ATTACKER.to_owned(),
            what: scene::what(self.plan, message),
        });
        self.machine.outputs.insert(output, value);
        Ok(())
    }

    /// Whether the victim accepted, and who reads what it then sends.
    fn end(&mut self, violation: Violation) -> Result<Outcome, SetupError> {
        let in_vain = |why: String| Ok(Outcome::InVain { why });
        let Some(victim) = self.victim.clone() else {
            return in_vain("the plan has no victim".to_owned());
        };
        if !self.players.get(&victim).is_some_and(|p| p.is_ready()) {
            return in_vain(format!("{} has not accepted", lane(&victim)));
        }
        let seated = self.parties.iter().find(|it| it.who == victim);
        let name = seated.map(|it| it.name.clone()).unwrap_or_default();
        self.scenes.push(Scene::Accepts {
            who: lane(&victim),
            what: format!("accepted: {name} is attested, and this channel is its own"),
        });
        let canary = format!(
            "canary {:032x}",
            u128::from_be_bytes(crate::laboratory::draw()?)
        );
        let Some(player) = self.players.get_mut(&victim) else {
            return in_vain("the victim is gone".to_owned());
        };
        if let Err(error) = player.write(canary.as_bytes()) {
            return in_vain(format!("the victim does not send: {error}"));
        }
        self.pump(&victim);
        let reader = match self.plan.reads {
            Some(term) => match self.machine.value(term) {
                Ok(Value::Octets(secret)) => {
                    let heard = self.machine.heard.get(&victim);
                    let records = heard.map(|h| &h.records[..]).unwrap_or_default();
                    let read: Vec<u8> = opened(self.laboratory.suite, &secret, records)
                        .into_iter()
                        .flat_map(|(_, content)| content)
                        .collect();
                    contains(&read, canary.as_bytes()).then(|| ATTACKER.to_owned())
                }
                _ => None,
            },
            None => self.diverted(&victim, canary.as_bytes()),
        };
        let Some(reader) = reader else {
            return in_vain("nobody but whom the victim meant reads its secret".to_owned());
        };
        self.scenes.push(Scene::Arrow {
            from: lane(&victim),
            to: reader.clone(),
            what: "a secret for the attested server".to_owned(),
        });
        self.scenes.push(Scene::Note {
            who: reader.clone(),
            what: format!("reads it; {}", violation.says()),
        });
        Ok(Outcome::Reproduced { victim, reader })
    }

    /// The server that reads what the victim sends, if its records go on to it.
    fn diverted(&mut self, victim: &str, canary: &[u8]) -> Option<String> {
        let records = self.machine.heard.get(victim)?.records.clone();
        let servers: Vec<String> = self
            .players
            .keys()
            .filter(|w| is_server(w))
            .cloned()
            .collect();
        servers.into_iter().find_map(|server| {
            let sent = self.forwarded.get(&(victim.to_owned(), server.clone()));
            let sent = sent.copied().unwrap_or(0);
            let player = self.players.get_mut(&server)?;
            player.receive(&records.get(sent..)?.concat()).ok()?;
            contains(&player.read(), canary).then(|| lane(&server))
        })
    }

    /// The attacker ends what it opened as the plan leaves it: it completes a
    /// handshake where it can, and tells whoever waits for more that there is
    /// none.
    fn leave(&mut self) {
        const USER_CANCELED: u8 = 90;
        let hellos = std::mem::take(&mut self.hellos);
        for (who, hello) in hellos {
            if self.numbers.keys().any(|(to, _)| *to == who) {
                continue; // the plan goes on from there
            }
            if let Some(finished) = self.machine.finished(&who, &hello)
                && let Some(player) = self.players.get_mut(&who)
                && !player.is_ready()
            {
                // Whether it is content shows in its recording.
                let _ = player.receive(&finished);
            }
        }
        for (who, secret) in std::mem::take(&mut self.last) {
            let Some(player) = self.players.get_mut(&who) else {
                continue;
            };
            if !is_server(&who) || player.is_ready() {
                continue;
            }
            let number = self.numbers.get(&(who, secret.clone())).copied();
            let frame = [4, 0, 0, 0, 1, USER_CANCELED];
            let number = number.unwrap_or(0);
            let suite = self.laboratory.suite;
            if let Some(alert) = suite.seal(&secret, number, APPLICATION_DATA, &frame) {
                // It ends the connection; that is what it is for.
                let _ = player.receive(&alert);
            }
        }
    }

    fn note(&mut self, who: &str, what: String) {
        self.scenes.push(Scene::Note {
            who: who.to_owned(),
            what,
        });
    }

    fn conclude(&mut self, outcome: &Outcome) {
        match outcome {
            Outcome::Refused { who, why, .. } => self.scenes.push(Scene::Refuses {
                who: lane(who),
                what: why.clone(),
            }),
            Outcome::Stuck { why, .. } => self.note(ATTACKER, format!("cannot go on: {why}")),
            Outcome::InVain { why } => self.note(ATTACKER, format!("gains nothing: {why}")),
            Outcome::Reproduced { .. } => {}
        }
    }
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}

fn stuck(at: usize, why: Stuck) -> End {
    End::Outcome(Outcome::Stuck { at, why })
}

fn fails(at: usize, plan: &Plan, term: TermId, why: &crate::machine::value::Unfit) -> End {
    let recipe = plan.sketch(term);
    let why = why.to_string();
    stuck(at, Stuck::Fails { recipe, why })
}
