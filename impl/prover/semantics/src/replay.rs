//! Replaying an attack trace on the process.
//!
//! A trace is only a proposal. Replaying executes it step by step on the
//! source process; the first step that is not one of the process ends it.

use crate::error::StepError;
use crate::state::State;
use crate::step::{Happened, Semantics};
use pi::Span;
use proof::attack::{AttackTrace, Step, VERSION};

/// A replayed step.
#[derive(Clone, Debug)]
pub struct Performed {
    /// The step.
    pub step: Step,
    /// The prefix at which the copy stood; none for steps of the attacker.
    pub span: Option<Span>,
    /// What happened.
    pub happened: Vec<Happened>,
}

/// A run of the process.
#[derive(Clone, Debug)]
pub struct Run<'p> {
    /// The last state.
    pub state: State<'p>,
    /// The steps that led there.
    pub steps: Vec<Performed>,
}

/// Why a trace is not a run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReplayError {
    /// The trace was made for another program.
    #[error("the trace is about query number {query}, and there are {queries}")]
    NoSuchQuery {
        /// Index in the trace.
        query: u32,
        /// How many the program has.
        queries: usize,
    },
    /// A step is impossible.
    #[error("step {number} is not possible: {error}")]
    Step {
        /// From 1.
        number: usize,
        /// Why.
        error: StepError,
    },
    /// A format this crate does not read.
    #[error("attack trace version {found} is not {VERSION}; make the trace again")]
    Version {
        /// As written.
        found: u32,
    },
}

/// Executes a trace from the initial state.
pub fn replay<'p>(
    semantics: &mut Semantics<'p>,
    trace: &AttackTrace,
) -> Result<Run<'p>, ReplayError> {
    if trace.version != VERSION {
        return Err(ReplayError::Version {
            found: trace.version,
        });
    }
    let queries = semantics.program().queries.len();
    if trace.query as usize >= queries {
        return Err(ReplayError::NoSuchQuery {
            query: trace.query,
            queries,
        });
    }
    run_steps(semantics, &trace.steps)
}

/// Executes steps from the initial state.
pub fn run_steps<'p>(
    semantics: &mut Semantics<'p>,
    steps: &[Step],
) -> Result<Run<'p>, ReplayError> {
    let mut run = Run {
        state: State::initial(semantics.program()),
        steps: Vec::with_capacity(steps.len()),
    };
    for (i, step) in steps.iter().enumerate() {
        run.advance(semantics, step)
            .map_err(|error| ReplayError::Step {
                number: i + 1,
                error,
            })?;
    }
    Ok(run)
}

impl<'p> Run<'p> {
    /// The run without any step.
    #[must_use]
    pub fn new(semantics: &Semantics<'p>) -> Self {
        Self {
            state: State::initial(semantics.program()),
            steps: Vec::new(),
        }
    }

    /// Takes one more step; on an error nothing changes.
    pub fn advance(&mut self, semantics: &mut Semantics<'p>, step: &Step) -> Result<(), StepError> {
        let span = step
            .copies()
            .first()
            .and_then(|c| self.state.thread(*c))
            .map(|t| t.process.span);
        let (state, happened) = semantics.step(&self.state, step)?;
        self.state = state;
        self.steps.push(Performed {
            step: step.clone(),
            span,
            happened,
        });
        Ok(())
    }
}
