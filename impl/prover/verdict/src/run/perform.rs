//! Performing a derivation on the source process.
//!
//! Copies are driven point by point. Where the process leaves a choice (which
//! component, which message, which entry) the path of the derivation's node
//! decides; everything else the process does by itself, and whether it goes
//! where the derivation says is seen by watching it.

use super::script::{Lineage, Script, Turn, component, get, input, satisfied};
use super::{Bend, Course, INTERRUPTED, Manner, Obstacle};
use crate::detour::Way;
use horn::{Goal, PathStep, ProcessOrigin, Translation};
use logic::TermId;
use pi::{PointId, Process, ProcessKind, Program, Span};
use proof::Derivation;
use proof::attack::{Copy, Entries, Premise, Recipe, Step};
use semantics::{Knowledge, Run, Semantics, StepError};
use std::collections::{BTreeMap, BTreeSet};

/// Most steps of one run.
const STEPS: usize = 3_000;
/// Most copies of one session that are tried for one node.
pub(super) const COPIES: usize = 64;

/// What is to be performed.
#[derive(Clone, Copy)]
pub(super) struct Task<'a, 'p> {
    pub(super) program: &'p Program,
    pub(super) translation: &'a Translation,
    pub(super) goal: &'a Goal,
    pub(super) derivation: &'a Derivation,
    pub(super) interrupted: &'a dyn Fn() -> bool,
}

/// A performance under way.
pub(super) struct Performance<'a, 'p> {
    pub(super) script: Script<'a>,
    pub(super) translation: &'a Translation,
    pub(super) semantics: Semantics<'p>,
    pub(super) run: Run<'p>,
    /// What the attacker had when it was last asked.
    pub(super) heard: Option<Knowledge>,
    pub(super) recipes: BTreeMap<u32, Recipe>,
    pub(super) fresh_names: BTreeMap<TermId, u32>,
    /// What terms of the derivation have become.
    pub(super) concrete: BTreeMap<TermId, semantics::Message>,
    pub(super) bend: Bend,
    /// Types of terms, where types are respected.
    pub(super) types: BTreeMap<TermId, pi::TypeId>,
    /// Numbers for open terms.
    pub(super) numbers: BTreeMap<TermId, u64>,
    pub(super) manner: Manner,
    interrupted: &'a dyn Fn() -> bool,
    /// Copies by lineage, and what each has passed.
    pub(super) copies: BTreeMap<Lineage, Copy>,
    pub(super) forks: BTreeMap<Copy, (PointId, Vec<Copy>)>,
    /// Copies that stood at a replication: a phase may end them, but not what
    /// came of them.
    replications: BTreeMap<Copy, PointId>,
    pub(super) passed: BTreeMap<Copy, BTreeMap<PointId, Option<Vec<TermId>>>>,
    /// For each node that set out, the copies on its way.
    pub(super) ways: BTreeMap<u32, BTreeSet<Copy>>,
    /// The copy of each process node that has been performed.
    pub(super) of_node: BTreeMap<u32, Copy>,
    /// For a node and a replication on its way, the number that sets its copy
    /// apart from others of the same session.
    pub(super) apart: BTreeMap<(u32, PointId), u32>,
    pub(super) waiting: usize,
    /// Nodes that are being performed, each for the one before it.
    pub(super) performing: BTreeSet<u32>,
    /// A copy cannot get where it should, whatever others do.
    pub(super) lost: bool,
    /// Nodes that are not performed; what they send the attacker computes.
    pub(super) left_out: BTreeSet<u32>,
    /// The node that is being performed.
    pub(super) at: Option<u32>,
    /// Where a copy stands that cannot go on, and what it would have done then.
    pub(super) blocked: BTreeSet<Way>,
    /// Nodes that took a copy which another one wanted.
    pub(super) rivals: BTreeSet<u32>,
    /// An open message was chosen so that one copy does what two nodes ask for.
    pub(super) chose: bool,
    /// All nodes were performed, and the premises come about.
    arrived: bool,
}

/// How far a copy got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reached {
    /// The wanted point is behind it.
    Done(Copy),
    /// It went another way than the path of the node.
    Astray,
    /// It took something else at this point, for another node.
    Conflict(PointId),
    /// It waits for a phase.
    LaterPhase,
    /// It stands at the wanted point: an output that needs a reader, or an
    /// input.
    Standing(Copy),
}

impl<'a, 'p> Performance<'a, 'p> {
    /// The steps and premises of a run that follows a derivation, or what is in
    /// the way, in a sentence.
    pub(super) fn perform(
        task: Task<'a, 'p>,
        manner: Manner,
        bend: Bend,
        left_out: &mut BTreeSet<u32>,
        course: &mut Course,
    ) -> Result<(Vec<Step>, Vec<Premise>), Obstacle> {
        let Task {
            program,
            translation,
            goal,
            derivation,
            interrupted,
        } = task;
        let semantics = Semantics::new(program).map_err(|e| Obstacle::of(e.to_string()))?;
        let run = Run::new(&semantics);
        let mut this = Self {
            script: Script::new(translation, derivation),
            translation,
            semantics,
            run,
            heard: None,
            recipes: BTreeMap::new(),
            fresh_names: BTreeMap::new(),
            concrete: BTreeMap::new(),
            bend,
            types: super::types::types(program, translation, derivation),
            numbers: super::number::numbers(translation, goal, derivation),
            manner,
            interrupted,
            copies: BTreeMap::from([(Vec::new(), Copy(0))]),
            forks: BTreeMap::new(),
            replications: BTreeMap::new(),
            passed: BTreeMap::new(),
            ways: BTreeMap::new(),
            of_node: BTreeMap::new(),
            apart: BTreeMap::new(),
            waiting: 0,
            performing: BTreeSet::new(),
            lost: false,
            left_out: left_out.clone(),
            at: None,
            blocked: BTreeSet::new(),
            rivals: BTreeSet::new(),
            chose: false,
            arrived: false,
        };
        let performed = this.follow();
        left_out.extend(&this.rivals);
        course.work = course.work.saturating_add(1 + this.run.steps.len());
        course.chose |= this.chose;
        course.arrived |= this.arrived;
        let premises = performed.map_err(|why| this.obstacle(why))?;
        let steps = this.run.steps.iter().map(|s| s.step.clone()).collect();
        Ok((steps, premises))
    }

    /// What keeps the derivation from being followed, with the step that fails.
    fn obstacle(&self, why: String) -> Obstacle {
        let at = self.at.and_then(|node| {
            let (_, origin) = self.script.process(node)?;
            let nodes = self.script.process_nodes();
            let number = nodes.iter().position(|n| *n == node)? + 1;
            Some(format!(
                "step {number} of {}, up to {}",
                nodes.len(),
                self.place(origin.span)
            ))
        });
        Obstacle {
            step: at,
            why,
            blocked: self.blocked.clone(),
        }
    }

    fn follow(&mut self) -> Result<Vec<Premise>, String> {
        self.all_nodes()?;
        self.at = None;
        let mut premises = self.premises()?;
        self.arrived = true;
        if self.manner.again {
            self.again()?;
            self.distinct(&mut premises);
        }
        Ok(premises)
    }

    /// Drives the copy of a node until a point is behind it. An output that
    /// only another copy can read is where it stops; with `stand`, it stops at
    /// the point, whatever it is.
    pub(super) fn advance(
        &mut self,
        node: u32,
        origin: &'a ProcessOrigin,
        until: PointId,
        stand: bool,
    ) -> Result<Reached, String> {
        let choices = self.script.choices(origin);
        self.advance_along(node, &choices, origin.span, until, stand)
    }

    /// As [`Self::advance`], on a way that need not be that of the node.
    pub(super) fn advance_along(
        &mut self,
        node: u32,
        choices: &BTreeMap<PointId, Vec<&'a PathStep>>,
        span: Span,
        until: PointId,
        stand: bool,
    ) -> Result<Reached, String> {
        let mut lineage: Lineage = Vec::new();
        let mut copy = Copy(0);
        self.ways.remove(&node);
        loop {
            self.ways.entry(node).or_default().insert(copy);
            if let Some(point) = self.disagrees(node, copy, choices) {
                self.note_rivals(node, copy, point, choices);
                return Ok(Reached::Conflict(point));
            }
            if self.has_passed(copy, until) {
                return Ok(Reached::Done(copy));
            }
            if let Some((point, parts)) = self.forks.get(&copy) {
                let point = *point;
                let Some(index) = component(choices, point) else {
                    return Ok(Reached::Astray);
                };
                let Some(part) = parts.get(index as usize) else {
                    return Ok(Reached::Astray);
                };
                copy = *part;
                lineage.push((point, Turn::Component(index)));
                continue;
            }
            let Some(process) = self.run.state.thread(copy).map(|t| t.process) else {
                // What a replication made before it ended may be there still.
                if let Some(point) = self.replications.get(&copy).copied()
                    && let Some(turn) = self.session_turn(node, point, choices)
                {
                    lineage.push((point, turn));
                    if let Some(made) = self.copies.get(&lineage) {
                        copy = *made;
                        continue;
                    }
                }
                return Err(format!(
                    "{}: the copy that should get here is gone: it did not wait for the phase",
                    self.place(span)
                ));
            };
            let point = process.point;
            if stand && point == until {
                return Ok(Reached::Standing(copy));
            }
            match &process.kind {
                ProcessKind::Parallel(parts) => {
                    let first = self.run.state.unused_copy().0;
                    let count = u32::try_from(parts.len()).unwrap_or(u32::MAX);
                    let into: Vec<Copy> =
                        (0..count).map(|i| Copy(first.saturating_add(i))).collect();
                    self.take(&Step::Fork {
                        copy,
                        into: into.clone(),
                    })?;
                    self.passed.entry(copy).or_default().insert(point, None);
                    self.forks.insert(copy, (point, into));
                }
                ProcessKind::Replicate(_) => {
                    let Some(turn) = self.session_turn(node, point, choices) else {
                        return Ok(Reached::Astray);
                    };
                    self.replications.insert(copy, point);
                    lineage.push((point, turn));
                    copy = match self.copies.get(&lineage) {
                        Some(copy) => *copy,
                        None => {
                            let into = self.run.state.unused_copy();
                            self.take(&Step::Replicate { copy, into })?;
                            self.copies.insert(lineage.clone(), into);
                            into
                        }
                    };
                }
                ProcessKind::Phase { phase, .. } => {
                    if *phase > self.run.state.phase() {
                        return Ok(Reached::LaterPhase);
                    }
                    return Ok(Reached::Astray);
                }
                ProcessKind::Nil => return Ok(Reached::Astray),
                ProcessKind::Output { .. } => {
                    let last = point == until;
                    if !self.output(node, copy, process, last)? {
                        return Ok(Reached::Standing(copy));
                    }
                }
                ProcessKind::Input { .. } => {
                    let Some(hypothesis) = input(choices, point) else {
                        return Ok(Reached::Astray);
                    };
                    self.input(node, copy, process, hypothesis)?;
                }
                ProcessKind::Get { .. } => {
                    let entry = self.entry(node, point, choices, &[])?;
                    let step = Step::Get { copy, entry };
                    if let Err(error) = self.run.advance(&mut self.semantics, &step) {
                        // Without whoever inserted it the other way may be open.
                        self.blocked = if let StepError::EntryMatches { entry, .. } = &error {
                            let entries = self.run.state.entries();
                            let by = entries.get(*entry as usize).map(|e| e.point);
                            by.into_iter().chain([point]).map(Way::Through).collect()
                        } else {
                            BTreeSet::from([Way::Side(point, true)])
                        };
                        return Err(error.to_string());
                    }
                    self.within_limit()?;
                    let taken = get(choices, point)
                        .and_then(|h| self.script.premise(node, h))
                        .and_then(|p| self.script.taken(p));
                    self.pass(copy, point, taken);
                }
                ProcessKind::Call { .. }
                | ProcessKind::Event { .. }
                | ProcessKind::If { .. }
                | ProcessKind::Insert { .. }
                | ProcessKind::Let { .. }
                | ProcessKind::LetSuchThat { .. }
                | ProcessKind::New { .. } => {
                    self.with_entries(node, choices, |entries| Step::Silent {
                        copy,
                        point: point.0,
                        entries,
                    })?;
                    self.pass(copy, point, None);
                }
            }
        }
    }

    /// Whether a copy has passed a point, be it of a prefix or of an event or
    /// insert inside a term.
    fn has_passed(&self, copy: Copy, point: PointId) -> bool {
        let state = &self.run.state;
        self.passed
            .get(&copy)
            .is_some_and(|p| p.contains_key(&point))
            || state
                .events()
                .iter()
                .any(|e| e.copy == copy && e.point == point)
            || state
                .entries()
                .iter()
                .any(|e| e.copy == copy && e.point == point)
    }

    pub(super) fn pass(&mut self, copy: Copy, point: PointId, taken: Option<&[TermId]>) {
        self.passed
            .entry(copy)
            .or_default()
            .insert(point, taken.map(<[TermId]>::to_vec));
    }

    /// The entry that a `get` takes according to the path.
    fn entry(
        &mut self,
        node: u32,
        point: PointId,
        choices: &BTreeMap<PointId, Vec<&PathStep>>,
        matching: &[u32],
    ) -> Result<Option<u32>, String> {
        let Some(hypothesis) = get(choices, point) else {
            // `suchthat`, where the path goes on, takes one of the answers.
            let answers = matching.len();
            let found = !matching.is_empty() && satisfied(choices, point);
            return Ok(found.then(|| matching[self.manner.answer % answers]));
        };
        let premise = self
            .script
            .premise(node, hypothesis)
            .ok_or("the derivation has a gap")?;
        let (inserter, origin) = self
            .script
            .process(premise)
            .ok_or("the derivation takes an entry that nobody inserts")?;
        let copy = self.copy_of(inserter)?;
        self.run
            .state
            .entries()
            .iter()
            .position(|e| e.copy == copy && e.point == origin.action)
            .and_then(|i| u32::try_from(i).ok())
            .map(Some)
            .ok_or_else(|| "the entry has not been inserted".to_owned())
    }

    /// Takes a step, telling `get`s inside its terms which entries to take.
    pub(super) fn with_entries(
        &mut self,
        node: u32,
        choices: &BTreeMap<PointId, Vec<&PathStep>>,
        step: impl Fn(Entries) -> Step,
    ) -> Result<(), String> {
        let mut entries = Entries::new();
        loop {
            let next = step(entries.clone());
            match self.run.advance(&mut self.semantics, &next) {
                Ok(()) => return self.within_limit(),
                Err(StepError::NeedsEntry {
                    point, matching, ..
                }) => {
                    let own: BTreeMap<PointId, Vec<&PathStep>>;
                    let choices = if choices.is_empty() {
                        own = self
                            .script
                            .process(node)
                            .map(|(_, o)| self.script.choices(o))
                            .unwrap_or_default();
                        &own
                    } else {
                        choices
                    };
                    let entry = self.entry(node, point, choices, &matching)?;
                    entries.push(entry);
                }
                Err(error) => return Err(error.to_string()),
            }
        }
    }

    /// Takes a step.
    pub(super) fn take(&mut self, step: &Step) -> Result<(), String> {
        self.run
            .advance(&mut self.semantics, step)
            .map_err(|e| e.to_string())?;
        self.within_limit()
    }

    pub(super) fn within_limit(&self) -> Result<(), String> {
        if self.run.steps.len() > STEPS {
            return Err(format!("the run would take more than {STEPS} steps"));
        }
        if (self.interrupted)() {
            return Err(INTERRUPTED.to_owned());
        }
        Ok(())
    }

    /// `file:line:column`.
    pub(super) fn place(&self, span: Span) -> String {
        let sources = &self.semantics.program().sources;
        let at = sources.position(span);
        let file = sources.file(span.file).map_or("?", |f| f.name.as_str());
        format!("{file}:{}:{}", at.line, at.column)
    }

    pub(super) fn place_of_point(&self, point: PointId) -> String {
        let mut stack = vec![&self.semantics.program().process];
        while let Some(process) = stack.pop() {
            if process.point == point {
                return self.place(process.span);
            }
            stack.extend(continuations(process));
        }
        format!("point {}", point.0)
    }
}

/// The processes directly below a process.
fn continuations(process: &Process) -> Vec<&Process> {
    match &process.kind {
        ProcessKind::Call { body, .. } | ProcessKind::Replicate(body) => vec![&**body],
        ProcessKind::Event { then, .. }
        | ProcessKind::Input { then, .. }
        | ProcessKind::Insert { then, .. }
        | ProcessKind::New { then, .. }
        | ProcessKind::Output { then, .. }
        | ProcessKind::Phase { then, .. } => vec![&**then],
        ProcessKind::Get {
            then, otherwise, ..
        } => core::iter::once(&**then)
            .chain(otherwise.as_deref())
            .collect(),
        ProcessKind::If {
            then, otherwise, ..
        }
        | ProcessKind::Let {
            then, otherwise, ..
        }
        | ProcessKind::LetSuchThat {
            then, otherwise, ..
        } => vec![&**then, &**otherwise],
        ProcessKind::Parallel(parts) => parts.iter().collect(),
        ProcessKind::Nil => Vec::new(),
    }
}
