//! Attack × {broken code, fixed code, fix removed again}: what is expected and
//! what is found, any number of times with fresh randomness.

use crate::catalogue::{Attack, Way};
use crate::enact::network::{Memory, Network};
use crate::enact::{Enactment, enact_over};
use crate::laboratory::Laboratory;
use crate::machine::Position;
use crate::machine::suite::Suite;
use crate::plan::Plan;
use crate::scripted::{Code, Script};
use crate::target::SetupError;

/// A column that runs code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Column {
    /// The endpoints the attack is for.
    Broken,
    /// The endpoints that stop it.
    Fixed,
    /// Those again, with the check that stops it switched off.
    Ablated,
}

impl Column {
    pub const ALL: [Self; 3] = [Self::Broken, Self::Fixed, Self::Ablated];

    pub fn name(self) -> &'static str {
        match self {
            Self::Broken => "broken code",
            Self::Fixed => "fixed code",
            Self::Ablated => "fix removed again",
        }
    }
}

/// What an attack is expected to come to.
pub fn expected(attack: &Attack, column: Column) -> &'static str {
    match column {
        Column::Broken | Column::Ablated => "reproduced",
        Column::Fixed => attack.refusal,
    }
}

/// Whether a column has the same endpoints as the broken code, so that it says
/// nothing of its own: a mistake is a check left out, and to leave out the
/// check that mends it is to make it again.
pub fn repeats_broken(attack: &Attack, column: Column) -> bool {
    column == Column::Ablated
        && match attack.way {
            Way::Run(run) => run.ablated == run.broken,
            Way::Script(..) => true,
        }
}

/// Runs an attack once, in memory.
///
/// # Errors
/// The endpoints cannot be set up, or an attack of the prover's comes without
/// its plan.
pub fn run(
    attack: &Attack,
    plan: Option<&Plan>,
    column: Column,
    position: Position,
) -> Result<Enactment, SetupError> {
    run_over(attack, plan, column, position, &mut Memory)
}

/// Runs an attack once with the attacker's lines over `network`; scripts hold
/// both ends themselves and run in memory whatever it is.
///
/// # Errors
/// As [`run`], and what the network's lines come to.
pub fn run_over(
    attack: &Attack,
    plan: Option<&Plan>,
    column: Column,
    position: Position,
    network: &mut dyn Network,
) -> Result<Enactment, SetupError> {
    // Evidence before the handshake is bound with SHA-256 whatever the suite;
    // one suite for all keeps the rows alike.
    let laboratory = Laboratory::new(Suite::Sha256)?;
    match (attack.way, plan) {
        (Way::Run(run), Some(plan)) => {
            let target = run.target(column);
            enact_over(plan, target, run.violation, &laboratory, position, network)
        }
        (Way::Run(_), None) => {
            let what = crate::machine::value::Unfit::new("the attack", "it has no plan");
            Err(what.into())
        }
        (Way::Script(script, ..), _) => {
            let code = match column {
                Column::Broken | Column::Ablated => Code::Broken,
                Column::Fixed => Code::Fixed,
            };
            script.run(&laboratory, code)
        }
    }
}

/// A cell: how often each outcome was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    pub column: Column,
    pub expected: &'static str,
    /// Outcomes other than that, with how often.
    pub others: std::collections::BTreeMap<String, u32>,
    pub times: u32,
}

impl Cell {
    pub fn is_as_expected(&self) -> bool {
        self.others.is_empty()
    }
}

/// Runs a cell `times` times: the recipes as they stand and in general
/// position, in turn.
///
/// # Errors
/// As [`run`].
pub fn cell(
    attack: &Attack,
    plan: Option<&Plan>,
    column: Column,
    times: u32,
) -> Result<Cell, SetupError> {
    let mut cell = Cell {
        column,
        expected: expected(attack, column),
        others: Default::default(),
        times,
    };
    for time in 0..times {
        let position = match time % 2 {
            0 => Position::Literal,
            _ => Position::General,
        };
        let word = run(attack, plan, column, position)?.outcome.word();
        if word != cell.expected {
            *cell.others.entry(word).or_default() += 1;
        }
    }
    Ok(cell)
}

/// Whether the endpoints that stop the attack still serve honest peers.
///
/// # Errors
/// As [`run`].
pub fn honest(attack: &Attack) -> Result<bool, SetupError> {
    let laboratory = Laboratory::new(Suite::Sha256)?;
    match attack.way {
        Way::Run(run) => Ok(crate::enact::honest(run.fixed, &laboratory)?.is_some()),
        Way::Script(..) => Script::honest(&laboratory),
    }
}
