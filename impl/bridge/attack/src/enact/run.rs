//! The state of a run, and its moves in order.

use std::collections::{BTreeMap, BTreeSet};

use attested::observe::Instrument;
use authenticator::Role;
use event::Recorder;

use super::network::Network;
use super::{Outcome, Seated};
use crate::laboratory::Laboratory;
use crate::machine::value::{Key, Unfit, Value};
use crate::machine::{Machine, Stuck};
use crate::plan::{Move, Plan, TermId};
use crate::player::Player;
use crate::scene::{ATTACKER, Scene};
use crate::target::{Given, SetupError, Target};

/// What a server took from the tables so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Entry {
    name: Option<String>,
    key: Option<Key>,
    leaf: Option<Vec<u8>>,
    machine: Option<mock_tee::Machine>,
    held: Option<Vec<u8>>,
}

impl Entry {
    pub(super) fn whole(&self) -> Option<Given> {
        Some(Given {
            name: self.name.clone()?,
            key: self.key.clone()?,
            leaf: self.leaf.clone(),
            machine: self.machine.clone()?,
            held: self.held.clone(),
        })
    }
}

pub(super) struct Run<'r> {
    pub(super) plan: &'r Plan,
    pub(super) target: Target,
    pub(super) laboratory: &'r Laboratory,
    pub(super) network: &'r mut dyn Network,
    pub(super) machine: Machine<'r>,
    pub(super) recorder: Recorder,
    pub(super) players: BTreeMap<String, Box<dyn Player>>,
    pub(super) given: BTreeMap<String, Entry>,
    /// Names that clients mean.
    pub(super) names: BTreeMap<String, String>,
    /// The next sequence number to a party under a secret.
    pub(super) numbers: BTreeMap<(String, Vec<u8>), u64>,
    /// How many records of one party went on to another.
    pub(super) forwarded: BTreeMap<(String, String), usize>,
    /// ClientHellos of the attacker's own.
    pub(super) hellos: BTreeMap<String, Vec<u8>>,
    /// The secret application data went to a party under.
    pub(super) last: BTreeMap<String, Vec<u8>>,
    /// What quoting services were given.
    pub(super) asked: BTreeMap<String, TermId>,
    /// Who was sent a Finished.
    pub(super) finished: BTreeSet<String>,
    pub(super) parties: Vec<Seated>,
    pub(super) scenes: Vec<Scene>,
    pub(super) victim: Option<String>,
    /// Compromises by event, with the public key they are of.
    pub(super) leaked: Vec<(String, Option<Vec<u8>>)>,
}

pub(super) enum End {
    Outcome(Outcome),
    Setup(SetupError),
}

impl From<SetupError> for End {
    fn from(error: SetupError) -> Self {
        Self::Setup(error)
    }
}

pub(super) fn is_client(who: &str) -> bool {
    who.starts_with("AnyClient")
}

pub(super) fn is_server(who: &str) -> bool {
    who.starts_with("AnyServer")
}

pub(super) fn is_quoting(who: &str) -> bool {
    who.starts_with("QuotingService")
}

impl<'r> Run<'r> {
    pub(super) fn new(
        plan: &'r Plan,
        target: Target,
        laboratory: &'r Laboratory,
        machine: Machine<'r>,
        network: &'r mut dyn Network,
    ) -> Self {
        Self {
            plan,
            target,
            laboratory,
            network,
            machine,
            recorder: Recorder::new(),
            players: BTreeMap::new(),
            given: BTreeMap::new(),
            names: BTreeMap::new(),
            numbers: BTreeMap::new(),
            forwarded: BTreeMap::new(),
            hellos: BTreeMap::new(),
            last: BTreeMap::new(),
            asked: BTreeMap::new(),
            finished: BTreeSet::new(),
            parties: Vec::new(),
            scenes: Vec::new(),
            victim: None,
            leaked: Vec::new(),
        }
    }
}

impl Run<'_> {
    pub(super) fn play(&mut self) -> Result<(), End> {
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

    pub(super) fn value(&mut self, at: usize, term: TermId) -> Result<Value, End> {
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

    pub(super) fn instrument(&mut self, who: &str, role: Role, name: &str) -> Instrument {
        let party = self.parties.len() as u32 + 1;
        self.parties.push(Seated {
            who: who.to_owned(),
            party,
            role,
            name: name.to_owned(),
        });
        Instrument::new(self.recorder.tap(party, 1), role)
    }

    pub(super) fn note(&mut self, who: &str, what: String) {
        self.scenes.push(Scene::Note {
            who: who.to_owned(),
            what,
        });
    }
}

pub(super) fn stuck(at: usize, why: Stuck) -> End {
    End::Outcome(Outcome::Stuck { at, why })
}

pub(super) fn fails(at: usize, plan: &Plan, term: TermId, why: &Unfit) -> End {
    let recipe = plan.sketch(term);
    let why = why.to_string();
    stuck(at, Stuck::Fails { recipe, why })
}
