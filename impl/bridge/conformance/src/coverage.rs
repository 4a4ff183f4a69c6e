//! What a set of recordings has shown of a model.
//!
//! A gate that only ever saw honest runs has not seen a single check refuse. A
//! check is *covered* when some recording stops exactly there, with everything
//! before it right, and the endpoint refuses for the mapped reason: then model
//! and endpoint agree about it in both directions.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    conform::Gate,
    report::{ModelPlace, Outcome, Report, Verdict},
    steps::{self, StepId, StepKind},
};

/// What recordings have shown of each role.
#[derive(Clone, Debug)]
pub struct Coverage {
    roles: BTreeMap<String, RoleCoverage>,
}

/// Of one role.
#[derive(Clone, Debug)]
pub struct RoleCoverage {
    /// In the order of the role.
    pub steps: Vec<StepCoverage>,
}

/// Of one step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepCoverage {
    /// Where it is written.
    pub place: ModelPlace,
    /// As `seatproof derive` prints it.
    pub text: String,
    /// Whether the model may refuse here.
    pub is_check: bool,
    /// Whether it reaches an event, and which.
    pub event: Option<String>,
    /// Whether a run has walked it.
    pub walked: bool,
    /// Codes with which the endpoint refused where this was the first to fail.
    pub refused: BTreeSet<String>,
    /// Why it is never the first to fail, where the mapping says so.
    pub never_first: Option<String>,
}

impl StepCoverage {
    /// Whether nothing is left to show: it was walked, and refused if it can.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.walked && (!self.is_check || !self.refused.is_empty() || self.never_first.is_some())
    }
}

impl Coverage {
    /// Of a gate, before any recording.
    #[must_use]
    pub fn new(gate: &Gate<'_>) -> Self {
        let program = gate.meaning.program;
        let mut roles = BTreeMap::new();
        for (name, model) in &gate.meaning.roles {
            let reason = |kind: &StepKind| {
                let about = steps::about(kind);
                let mut all = model.role.never_first.iter();
                let (_, reason) = all.find(|(variable, _)| {
                    let variable = model.variables.get(variable.as_str());
                    variable.is_some_and(|variable| about.contains(variable))
                })?;
                Some(reason.clone())
            };
            let steps = model.tree.steps().iter().map(|step| StepCoverage {
                place: ModelPlace::of(program, step.span),
                text: step.kind.print(program),
                is_check: step.is_check(program),
                event: match &step.kind {
                    StepKind::Event { event, .. } => {
                        let event = program.events.get(event.0 as usize);
                        event.map(|event| event.name.clone())
                    }
                    _ => None,
                },
                walked: false,
                refused: BTreeSet::new(),
                never_first: reason(&step.kind),
            });
            let steps = steps.collect();
            roles.insert((*name).to_owned(), RoleCoverage { steps });
        }
        Self { roles }
    }

    /// Adds what a recording showed; nothing, if it does not conform.
    pub fn add(&mut self, report: &Report) {
        if !matches!(report.verdict, Verdict::Conforms(_)) {
            return;
        }
        for session in &report.sessions {
            let Some(role) = self.roles.get_mut(&session.role) else {
                continue;
            };
            for StepId(step) in &session.walked {
                if let Some(step) = role.steps.get_mut(*step) {
                    step.walked = true;
                }
            }
            let Some(Outcome::Refused { code, .. }) = &session.outcome else {
                continue;
            };
            for StepId(step) in session.stopped.iter().chain(&session.or_stopped) {
                if let Some(step) = role.steps.get_mut(*step)
                    && step.is_check
                {
                    step.refused.insert(code.clone());
                }
            }
        }
    }

    /// The roles, by name.
    pub fn roles(&self) -> impl Iterator<Item = (&str, &RoleCoverage)> {
        self.roles.iter().map(|(name, role)| (name.as_str(), role))
    }

    /// Whether every step of every role is complete.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        let mut steps = self.roles.values().flat_map(|role| &role.steps);
        steps.all(StepCoverage::is_complete)
    }

    /// Steps that are not, by role.
    pub fn missing(&self) -> impl Iterator<Item = (&str, &StepCoverage)> {
        self.roles().flat_map(|(name, role)| {
            let open = role.steps.iter().filter(|step| !step.is_complete());
            open.map(move |step| (name, step))
        })
    }
}
