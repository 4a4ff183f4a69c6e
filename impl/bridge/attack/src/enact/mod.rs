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

mod end;
mod honest;
pub mod network;
mod run;
mod wire;

use authenticator::Role;
use event::kind::AttackMove;
use event::{Bytes, Kind, Recording};

use crate::laboratory::Laboratory;
use crate::machine::{Machine, Position, Stuck};
use crate::plan::Plan;
use crate::recording;
use crate::scene::{Scene, lane};
use crate::target::{Given, SetupError, Target};
use crate::violation::{self, Violation};
pub use honest::honest;
use network::{Memory, Network};
use run::{End, Run};

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
    enact_over(plan, target, violation, laboratory, position, &mut Memory)
}

/// The same over a network of the caller's.
///
/// # Errors
/// As [`enact`], and what the network's lines come to.
pub fn enact_over(
    plan: &Plan,
    target: Target,
    violation: Violation,
    laboratory: &Laboratory,
    position: Position,
    network: &mut dyn Network,
) -> Result<Enactment, SetupError> {
    let machine = Machine::new(plan, laboratory, target.dialect(), position)?;
    let mut run = Run::new(plan, target, laboratory, machine, network);
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
        machine,
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
    recording::publish(&mut recording.setup, machine.published());
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

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}
