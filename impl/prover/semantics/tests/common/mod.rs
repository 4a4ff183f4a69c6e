//! Driving a small model by hand.
#![allow(dead_code, unreachable_pub)]

use pi::{ProcessKind, Program, Sources};
use proof::attack::{AttackTrace, Copy, Premise, Recipe, Step, VERSION};
use semantics::{Falsification, Run, Semantics, StepError, falsify, replay, settle};

/// Loads a model that must have no error.
pub fn load(text: &str) -> Program {
    let mut sources = Sources::default();
    sources.add("model.pv", text);
    let loaded = pi::load(sources);
    let rendered: String = loaded
        .diagnostics
        .iter()
        .map(|d| d.render(&loaded.sources))
        .collect();
    loaded.program.unwrap_or_else(|| panic!("{rendered}"))
}

/// A run under construction; silent steps are taken at once.
pub struct Walk<'p> {
    pub semantics: Semantics<'p>,
    pub run: Run<'p>,
}

impl<'p> Walk<'p> {
    pub fn new(program: &'p Program) -> Self {
        let mut semantics = Semantics::new(program).expect("theory");
        let mut run = Run::new(&semantics);
        settle(&mut semantics, &mut run);
        Self { semantics, run }
    }

    pub fn take(&mut self, step: Step) -> Result<(), StepError> {
        self.run.advance(&mut self.semantics, &step)?;
        settle(&mut self.semantics, &mut self.run);
        Ok(())
    }

    /// The n-th copy (from 0) that stands where the predicate says.
    pub fn copy(&self, n: usize, at: fn(&ProcessKind) -> bool) -> Copy {
        self.run
            .state
            .threads()
            .filter(|(_, t)| at(&t.process.kind))
            .nth(n)
            .map(|(c, _)| c)
            .expect("a copy stands there")
    }

    pub fn at_input(&self, n: usize) -> Copy {
        self.copy(n, |k| matches!(k, ProcessKind::Input { .. }))
    }

    pub fn at_output(&self, n: usize) -> Copy {
        self.copy(n, |k| matches!(k, ProcessKind::Output { .. }))
    }

    pub fn at_get(&self, n: usize) -> Copy {
        self.copy(n, |k| matches!(k, ProcessKind::Get { .. }))
    }

    pub fn at_replication(&self, n: usize) -> Copy {
        self.copy(n, |k| matches!(k, ProcessKind::Replicate(_)))
    }

    pub fn replicate(&mut self, n: usize) {
        let step = Step::Replicate {
            copy: self.at_replication(n),
            into: self.run.state.unused_copy(),
        };
        self.take(step).expect("replicate");
    }

    /// Output n-th on the free channel `c`.
    pub fn output(&mut self, n: usize) -> Result<(), StepError> {
        let step = Step::Output {
            copy: self.at_output(n),
            channel: self.name("c"),
            entries: Vec::new(),
        };
        self.take(step)
    }

    pub fn input(&mut self, n: usize, message: Recipe) -> Result<(), StepError> {
        let step = Step::Input {
            copy: self.at_input(n),
            channel: self.name("c"),
            message,
            entries: Vec::new(),
        };
        self.take(step)
    }

    pub fn internal(&mut self, sender: usize, receiver: usize) -> Result<(), StepError> {
        let step = Step::Internal {
            sender: self.at_output(sender),
            receiver: self.at_input(receiver),
            heard: None,
            entries: Vec::new(),
        };
        self.take(step)
    }

    pub fn get(&mut self, n: usize, entry: Option<u32>) -> Result<(), StepError> {
        let step = Step::Get {
            copy: self.at_get(n),
            entry,
        };
        self.take(step)
    }

    pub fn phase(&mut self, phase: u32) -> Result<(), StepError> {
        self.take(Step::Phase { phase })
    }

    pub fn fresh(&mut self) -> Recipe {
        let n = self.run.state.attacker_names().len();
        self.take(Step::Fresh { ty: 1 }).expect("fresh");
        Recipe::Fresh(u32::try_from(n).expect("few"))
    }

    pub fn name(&self, name: &str) -> Recipe {
        let names = &self.semantics.program().names;
        let i = names.iter().position(|n| n.name == name).expect("declared");
        Recipe::Name(u32::try_from(i).expect("few"))
    }

    pub fn apply(&self, function: &str, arguments: Vec<Recipe>) -> Recipe {
        let functions = &self.semantics.program().functions;
        let i = functions
            .iter()
            .position(|f| f.name == function)
            .expect("declared");
        Recipe::Apply(u32::try_from(i).expect("few"), arguments)
    }

    pub fn tuple(&self, arguments: Vec<Recipe>) -> Recipe {
        self.apply(&format!("tuple<{}>", arguments.len()), arguments)
    }

    /// The run as a trace, replayed from nothing, against the query.
    pub fn verdict(&self, query: u32, premises: Vec<Premise>) -> Falsification {
        let trace = AttackTrace {
            version: VERSION,
            query,
            steps: self.run.steps.iter().map(|s| s.step.clone()).collect(),
            premises,
        };
        let program = self.semantics.program();
        let mut semantics = Semantics::new(program).expect("theory");
        let run = replay(&mut semantics, &trace).expect("replays");
        falsify(
            &mut semantics,
            &run,
            &program.queries[query as usize],
            &trace.premises,
        )
    }

    pub fn events(&self) -> Vec<String> {
        let program = self.semantics.program();
        self.run
            .state
            .events()
            .iter()
            .map(|e| program.events[e.event.0 as usize].name.clone())
            .collect()
    }
}

pub fn falsified(outcome: &Falsification) -> bool {
    matches!(outcome, Falsification::Falsified(_))
}

pub fn event(n: u32) -> Vec<Premise> {
    vec![Premise::Event(n)]
}
