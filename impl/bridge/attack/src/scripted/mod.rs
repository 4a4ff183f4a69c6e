//! Attacks that need somebody's mistake, each a short script.
//!
//! The attacker runs ordinary endpoints with what it has (its own keys, copied
//! certificates, what leaked), since what it needs is not a message nobody
//! else can make but a check nobody makes. The victim is a [`broken`] endpoint
//! that makes the mistake, or an [`attested`] one that does not.
//!
//! [`broken`]: crate::broken

mod collateral;
mod downgrade;
mod reflection;
mod result_reuse;
mod resumption;
mod splice;
mod stock;

use std::sync::Arc;

use attested::intra;
use attested::observe::Instrument;
use attested::pre::ServerIdentity;
use authenticator::Role;
use event::Recorder;
use rustls::pki_types::ServerName;

use crate::broken::certified::{Settings, Slip};
use crate::dialect::Dialect;
use crate::enact::{Enactment, Outcome, Seated};
use crate::laboratory::{Laboratory, draw, now};
use crate::machine::codec;
use crate::machine::value::{Key, Unfit};
use crate::player::{Player, Seat, converse};
use crate::recording;
use crate::scene::{ATTACKER, Scene};
use crate::target::{Given, SetupError};
use stock::Stock;

/// Which endpoints a script runs against.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Code {
    /// With the mistake.
    Broken,
    /// The library's.
    Fixed,
}

/// A script.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Script {
    CollateralForEver,
    EarlyData,
    EmptyReportData,
    Reflection,
    ResultReuse,
    Resumption,
    TypeDowngrade,
}

impl Script {
    /// Runs it.
    ///
    /// # Errors
    /// The endpoints cannot be set up: nothing was attacked.
    pub fn run(self, laboratory: &Laboratory, code: Code) -> Result<Enactment, SetupError> {
        let stage = Stage::new(laboratory);
        match self {
            Self::CollateralForEver => collateral::run(stage, code),
            Self::EarlyData => resumption::early_data(stage, code),
            Self::EmptyReportData => splice::run(stage, code),
            Self::Reflection => reflection::run(stage, code),
            Self::ResultReuse => result_reuse::run(stage, code),
            Self::Resumption => resumption::run(stage, code),
            Self::TypeDowngrade => downgrade::run(stage, code),
        }
    }

    /// The same client without an attacker: it accepts an honest server.
    ///
    /// # Errors
    /// As [`Self::run`].
    pub fn honest(laboratory: &Laboratory) -> Result<bool, SetupError> {
        let mut stage = Stage::new(laboratory);
        let mut victim = stage.victim(Slip::Nothing, false, Code::Broken)?;
        let given = stage.given(NAME)?;
        let mut server = stage.server(&given)?;
        let _ = converse(&mut *victim, &mut *server);
        Ok(victim.is_ready())
    }
}

/// The server the victim means.
const NAME: &str = "server.example";

/// What a script has at hand.
struct Stage<'l> {
    laboratory: &'l Laboratory,
    recorder: Recorder,
    parties: Vec<Seated>,
    scenes: Vec<Scene>,
    dialect: Dialect,
}

impl<'l> Stage<'l> {
    fn new(laboratory: &'l Laboratory) -> Self {
        Self {
            laboratory,
            recorder: Recorder::new(),
            parties: Vec::new(),
            scenes: Vec::new(),
            dialect: Dialect::Intra,
        }
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

    /// A client of [`intra`], broken or not.
    fn victim(&mut self, slip: Slip, pki: bool, code: Code) -> Result<Box<dyn Player>, SetupError> {
        let observer = self.instrument("Client#1", Role::Client, NAME);
        match code {
            Code::Broken => {
                let settings = Settings::new(slip, pki);
                let client = settings.connect(self.laboratory, NAME, observer, None)?;
                Ok(Box::new(Seat::new(client)))
            }
            Code::Fixed => self.library_client(pki, observer),
        }
    }

    fn library_client(
        &self,
        pki: bool,
        observer: Instrument,
    ) -> Result<Box<dyn Player>, SetupError> {
        let identity = match pki {
            true => ServerIdentity::Pki(self.laboratory.roots()?),
            false => ServerIdentity::EvidenceInsteadOfName,
        };
        let settings = intra::ClientSettings::new(
            Arc::clone(&self.laboratory.provider),
            identity,
            self.laboratory.relying_party(),
        );
        let client = intra::Client::new(&settings, server_name()?, now(), observer)?;
        Ok(Box::new(Seat::new(client)))
    }

    /// What the genuine server has: a key, a machine.
    fn given(&self, name: &str) -> Result<Given, Unfit> {
        Ok(Given {
            name: name.to_owned(),
            key: Key::generate()?,
            leaf: None,
            machine: self.laboratory.root.machine(1),
            held: None,
        })
    }

    /// The genuine server.
    fn server(&mut self, given: &Given) -> Result<Box<dyn Player>, SetupError> {
        let number = self
            .parties
            .iter()
            .filter(|it| it.role == Role::Server)
            .count()
            + 1;
        let observer = self.instrument(&format!("Server#{number}"), Role::Server, &given.name);
        crate::target::Target::Intra { pki: false }.server(self.laboratory, given, observer)
    }

    fn note(&mut self, who: &str, what: impl Into<String>) {
        self.scenes.push(Scene::Note {
            who: who.to_owned(),
            what: what.into(),
        });
    }

    fn arrow(&mut self, from: &str, to: &str, what: &str) {
        self.scenes.push(Scene::Arrow {
            from: from.to_owned(),
            to: to.to_owned(),
            what: what.to_owned(),
        });
    }

    /// The victim connects to what the attacker makes of its ClientHello, and
    /// sends a secret if it accepts.
    fn attack(
        mut self,
        mut victim: Box<dyn Player>,
        make: impl FnOnce(&mut Self, &[u8]) -> Result<Stock, SetupError>,
    ) -> Result<Enactment, SetupError> {
        let hello = victim.transmit();
        self.arrow("client", ATTACKER, "ClientHello with a nonce");
        let mut server = make(&mut self, &nonce_in(&hello))?;
        self.arrow(
            ATTACKER,
            "client",
            "ServerHello, Certificate, CertificateVerify",
        );
        let told = server.receive(&hello);
        let (outcome, _) = converse(&mut *victim, &mut server);
        let outcome = outcome.and(told);
        self.finish(victim, &mut server, outcome)
    }

    /// What came of it: a refusal, or a secret read.
    fn finish(
        mut self,
        mut victim: Box<dyn Player>,
        reader: &mut dyn Player,
        outcome: Result<(), attested::Error>,
    ) -> Result<Enactment, SetupError> {
        let outcome = if let Err(error) = outcome {
            refused(&error)
        } else if !victim.is_ready() {
            in_vain("the client has not accepted")
        } else {
            let canary = canary()?;
            match victim.write(&canary) {
                Err(error) => refused(&error),
                Ok(()) => {
                    let _ = reader.receive(&victim.transmit());
                    if reader.read().windows(canary.len()).any(|it| it == canary) {
                        reproduced()
                    } else {
                        in_vain("the attacker does not read the client's secret")
                    }
                }
            }
        };
        Ok(self.over(outcome))
    }

    fn over(&mut self, outcome: Outcome) -> Enactment {
        match &outcome {
            Outcome::Reproduced { .. } => {
                self.scenes.push(Scene::Accepts {
                    who: "client".to_owned(),
                    what: format!("accepted: {NAME} is attested, and this channel is its own"),
                });
                self.arrow("client", ATTACKER, "a secret for the attested server");
                self.note(ATTACKER, "reads it");
            }
            Outcome::Refused { why, .. } => self.scenes.push(Scene::Refuses {
                who: "client".to_owned(),
                what: why.clone(),
            }),
            Outcome::InVain { why } => self.note(ATTACKER, format!("gains nothing: {why}")),
            Outcome::Stuck { why, .. } => self.note(ATTACKER, why.to_string()),
        }
        let recorder = std::mem::take(&mut self.recorder);
        let head = recording::head(self.dialect, &self.parties);
        let mut recording = recorder.finish(head, Vec::new());
        recording.setup = recording::setup(
            self.laboratory,
            self.dialect,
            &self.parties,
            &[],
            &recording.events,
        );
        Enactment {
            outcome,
            recording,
            scenes: std::mem::take(&mut self.scenes),
        }
    }
}

fn server_name() -> Result<ServerName<'static>, Unfit> {
    ServerName::try_from(NAME).map_err(|e| Unfit::new("a DNS name", e.to_string()))
}

/// The nonce in a ClientHello on the wire.
fn nonce_in(wire: &[u8]) -> Vec<u8> {
    wire.get(5..)
        .and_then(|rest| codec::Reader(rest).message())
        .and_then(|(_, _, hello)| codec::read_client_hello(hello))
        .map(|hello| hello.nonce)
        .unwrap_or_default()
}

fn canary() -> Result<Vec<u8>, Unfit> {
    Ok([&b"canary "[..], &draw::<16>()?].concat())
}

fn reproduced() -> Outcome {
    Outcome::Reproduced {
        victim: "Client#1".to_owned(),
        reader: ATTACKER.to_owned(),
    }
}

fn in_vain(why: &str) -> Outcome {
    Outcome::InVain {
        why: why.to_owned(),
    }
}

fn refused(error: &attested::Error) -> Outcome {
    Outcome::Refused {
        at: 0,
        who: "Client#1".to_owned(),
        code: error.code().to_owned(),
        why: error.to_string(),
    }
}
