//! Where the model refuses, the endpoint has to, and for the same reason.
//!
//! That the model refuses and the endpoint goes on is the worst verdict there is.

use event::kind::{Decision, Direction};

use super::{
    observe::Main,
    run::{Run, Stop, Why},
};
use crate::{
    interpretation::reach,
    report::{Divergence, ModelPlace, Outcome, Severity},
    steps::StepKind,
    text,
};

impl Run<'_> {
    /// The model has refused: so must the endpoint, without sending more.
    pub(super) fn refused(&mut self, refusal: Box<Divergence>) -> Result<Outcome, Stop> {
        for after in self.observed.main.iter().skip(self.state.cursor) {
            match after {
                // Messages of one flight may be there already.
                Main::Message(message) if message.direction == Direction::In => {}
                Main::Message(_) => {
                    let mut unsound = refusal;
                    unsound.what = format!("{}; the endpoint went on", unsound.what);
                    return Err(Stop::Diverges(unsound));
                }
                Main::Decision {
                    what: Decision::Accept,
                    ..
                } => {
                    let mut unsound = refusal;
                    unsound.what = format!("{}; the endpoint accepted", unsound.what);
                    return Err(Stop::Diverges(unsound));
                }
                Main::Decision { code, line, .. } => {
                    self.same_reason(code, *line)?;
                    self.cross_checks(false)?;
                    let Some(place) = self.here() else {
                        return Err(Stop::Diverges(refusal));
                    };
                    return Ok(Outcome::Refused {
                        place,
                        code: code.clone(),
                    });
                }
            }
        }
        let mut early = refusal;
        early.severity = Severity::EndsEarly;
        early.what = format!("{}; no decision is recorded", early.what);
        Err(Stop::Diverges(early))
    }

    /// The part outside a gap that the mapping gives as the reason for a
    /// refusal.
    pub(super) fn violation_behind(&self, code: &str) -> Option<&Divergence> {
        let reasons = self.model.role.refusals.get(code)?;
        self.state
            .violations
            .iter()
            .find(|(gap, _)| reasons.iter().any(|reason| *reason == format!("gap {gap}")))
            .map(|(_, outside)| &**outside)
    }

    /// The endpoint has to have refused for what the model refuses for.
    fn same_reason(&self, code: &str, line: u64) -> Result<(), Stop> {
        let program = self.meaning.program;
        let reason = self.model.role.refusals.get(code);
        if self.violation_behind(code).is_some() {
            return Ok(());
        }
        let tested: Vec<&str> = self
            .state
            .step
            .and_then(|id| self.model.tree.step(id))
            .map(|step| reach::used(&step.kind))
            .unwrap_or_default()
            .into_iter()
            .map(|id| text::variable(program, id))
            .collect();
        let why = match reason {
            Some(names) if names.iter().any(|name| self.is_tested(name, &tested)) => {
                return Ok(());
            }
            Some(names) => format!(
                "the endpoint refused ({code}) for {}, the model refuses for {}",
                names.join(" or "),
                tested.join(" or ")
            ),
            None => format!(
                "the endpoint refused ({code}), a reason {} does not map for {}",
                self.meaning.mapping.name, self.model.tree.role
            ),
        };
        let mismatch = Severity::Mismatch;
        Err(Stop::Diverges(self.divergence(
            mismatch,
            Some(line),
            Why::new(why),
        )))
    }

    /// Whether the step at which the model refuses tests what a reason names: a
    /// variable it uses; `pattern x`, that it takes `x` apart; or `pattern x = y`,
    /// that what is inside `x` there differs from `y`.
    fn is_tested(&self, reason: &str, used: &[&str]) -> bool {
        let Some(pattern) = reason.strip_prefix("pattern ") else {
            return used.contains(&reason);
        };
        let (whole, compared) = match pattern.split_once(" = ") {
            Some((whole, compared)) => (whole, Some(compared)),
            None => (pattern, None),
        };
        let step = self.state.step.and_then(|id| self.model.tree.step(id));
        let Some(StepKind::Let { pattern, value }) = step.map(|step| &step.kind) else {
            return false;
        };
        let program = self.meaning.program;
        let is_whole = match value.kind {
            pi::TermKind::Var(variable) => text::variable(program, variable) == whole,
            _ => false,
        };
        let is_data = matches!(pattern.kind, pi::PatternKind::Data(..));
        is_whole
            && is_data
            && compared.is_none_or(|name| {
                let mut within = reach::compared(pattern).into_iter();
                self.state.unequal.is_some() && within.any(|id| text::variable(program, id) == name)
            })
    }

    /// The step in hand.
    pub(super) fn here(&self) -> Option<ModelPlace> {
        let step = self.state.step.and_then(|id| self.model.tree.step(id))?;
        Some(ModelPlace::of(self.meaning.program, step.span))
    }
}
