//! Performing a derivation on the source process.
//!
//! Copies are driven point by point. Where the process leaves a choice (which
//! component, which message, which entry) the path of the derivation's node
//! decides; everything else the process does by itself, and whether it goes
//! where the derivation says is seen by watching it.

use super::script::{Lineage, Script, Turn};
use super::{Bend, Manner};
use horn::{PathStep, ProcessOrigin, Translation};
use logic::{Predicate, TermId};
use pi::{PointId, Process, ProcessKind, Program, Span};
use proof::Derivation;
use proof::attack::{Copy, Entries, Premise, Recipe, Step};
use semantics::{Knowledge, Run, Semantics, StepError};
use std::collections::{BTreeMap, BTreeSet};

/// Most steps of one run.
const STEPS: usize = 20_000;
/// Most copies of one session that are tried for one node.
const COPIES: usize = 64;
/// Deepest nesting of copies that wait for each other.
const WAITING: usize = 64;

/// A performance under way.
pub(super) struct Performance<'a, 'p> {
    pub(super) script: Script<'a>,
    pub(super) translation: &'a Translation,
    pub(super) semantics: Semantics<'p>,
    pub(super) run: Run<'p>,
    pub(super) recipes: BTreeMap<u32, Recipe>,
    pub(super) fresh_names: BTreeMap<TermId, u32>,
    /// What terms of the derivation have become.
    pub(super) concrete: BTreeMap<TermId, semantics::Message>,
    pub(super) bend: Bend,
    manner: Manner,
    /// Copies by lineage, and what each has passed.
    copies: BTreeMap<Lineage, Copy>,
    forks: BTreeMap<Copy, (PointId, Vec<Copy>)>,
    passed: BTreeMap<Copy, BTreeMap<PointId, Option<Vec<TermId>>>>,
    /// The copy of each process node that has been performed.
    of_node: BTreeMap<u32, Copy>,
    /// For a node and a replication on its way, the number that sets its copy
    /// apart from others of the same session.
    apart: BTreeMap<(u32, PointId), u32>,
    waiting: usize,
    /// Nodes that are not performed; what they send the attacker computes.
    left_out: BTreeSet<u32>,
    /// Nodes that took a copy which another one wanted.
    rivals: BTreeSet<u32>,
}

/// How far a copy got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reached {
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
        program: &'p Program,
        translation: &'a Translation,
        derivation: &'a Derivation,
        manner: Manner,
        bend: Bend,
        left_out: &mut BTreeSet<u32>,
    ) -> Result<(Vec<Step>, Vec<Premise>), String> {
        let semantics = Semantics::new(program).map_err(|e| e.to_string())?;
        let run = Run::new(&semantics);
        let mut this = Self {
            script: Script::new(translation, derivation),
            translation,
            semantics,
            run,
            recipes: BTreeMap::new(),
            fresh_names: BTreeMap::new(),
            concrete: BTreeMap::new(),
            bend,
            manner,
            copies: BTreeMap::from([(Vec::new(), Copy(0))]),
            forks: BTreeMap::new(),
            passed: BTreeMap::new(),
            of_node: BTreeMap::new(),
            apart: BTreeMap::new(),
            waiting: 0,
            left_out: left_out.clone(),
            rivals: BTreeSet::new(),
        };
        let performed = this.follow();
        left_out.extend(&this.rivals);
        let premises = performed?;
        let steps = this.run.steps.iter().map(|s| s.step.clone()).collect();
        Ok((steps, premises))
    }

    fn follow(&mut self) -> Result<Vec<Premise>, String> {
        self.all_nodes()?;
        let premises = self.premises()?;
        if self.manner.again {
            self.again()?;
        }
        Ok(premises)
    }

    /// Phase by phase, every process node in the order of the derivation.
    fn all_nodes(&mut self) -> Result<(), String> {
        let mut nodes = self.script.process_nodes();
        if self.manner.absent_first {
            nodes.sort_by_key(|n| !self.finds_nothing(*n));
        }
        let last = self.script.last_phase();
        for phase in 0..=last {
            if phase > 0 {
                self.take(&Step::Phase { phase })?;
            }
            for node in &nodes {
                if !self.left_out.contains(node) {
                    self.perform_node(*node)?;
                }
            }
        }
        Ok(())
    }

    fn perform_node(&mut self, node: u32) -> Result<(), String> {
        let Some((_, origin)) = self.script.process(node) else {
            return Ok(());
        };
        let mut reached = self.advance(node, origin, origin.action, false)?;
        // Another copy of a replication may do what this one cannot: one that
        // is there already, or else a new one. Its names may be other names;
        // whether that matters shows later.
        for _ in 0..COPIES {
            let before = match reached {
                Reached::Conflict(point) => Some(point),
                Reached::Astray => None,
                Reached::Done(_) | Reached::LaterPhase | Reached::Standing(_) => break,
            };
            let copies = self.copies.len();
            if !self.set_apart(node, origin, before) {
                break;
            }
            reached = self.advance(node, origin, origin.action, false)?;
            if reached == Reached::Astray && self.copies.len() > copies {
                break;
            }
        }
        match reached {
            Reached::Done(copy) | Reached::Standing(copy) => {
                self.of_node.insert(node, copy);
                Ok(())
            }
            Reached::LaterPhase => Ok(()),
            Reached::Astray => Err(self.astray(origin)),
            Reached::Conflict(point) => Err(self.conflict(point)),
        }
    }

    /// Has a node use the next copy of a replication on its way: of one that no
    /// name depends on if there is such, and otherwise of the last. Only what
    /// comes before a point helps there.
    fn set_apart(&mut self, node: u32, origin: &ProcessOrigin, before: Option<PointId>) -> bool {
        let on_the_way: Vec<(PointId, bool)> = origin
            .path
            .iter()
            .filter_map(|step| match step {
                PathStep::Replicate { point, session } => {
                    Some((*point, self.script.session(node, *session).is_none()))
                }
                _ => None,
            })
            .filter(|(point, _)| before.is_none_or(|b| *point < b))
            .collect();
        let free = on_the_way.iter().rev().find(|(_, nameless)| *nameless);
        let Some((point, _)) = free.or(on_the_way.last()) else {
            return false;
        };
        let number = self.apart.entry((node, *point)).or_insert(0);
        *number = number.saturating_add(1);
        true
    }

    fn conflict(&self, point: PointId) -> String {
        format!(
            "{}: one copy would have to take two different messages here",
            self.place_of_point(point)
        )
    }

    /// Whether a node is not to be performed.
    pub(super) fn is_left_out(&self, node: u32) -> bool {
        self.left_out.contains(&node)
    }

    /// The copy whose way has these sessions, and what it became.
    pub(super) fn copies_with(&self, sessions: &[(PointId, TermId)]) -> Vec<Copy> {
        self.copies
            .iter()
            .filter(|(lineage, _)| {
                sessions.iter().all(|(point, session)| {
                    lineage
                        .iter()
                        .any(|(p, turn)| p == point && *turn == Turn::Session(Some(*session), 0))
                })
            })
            .map(|(_, copy)| *copy)
            .collect()
    }

    /// The copy that performs a node.
    pub(super) fn copy_of(&mut self, node: u32) -> Result<Copy, String> {
        match self.of_node.get(&node) {
            Some(copy) => Ok(*copy),
            None => {
                self.perform_node(node)?;
                self.of_node
                    .get(&node)
                    .copied()
                    .ok_or_else(|| "a message is needed in an earlier phase than it is sent".into())
            }
        }
    }

    /// Drives the copy of a node until a point is behind it. An output that
    /// only another copy can read is where it stops; with `stand`, it stops at
    /// the point, whatever it is.
    fn advance(
        &mut self,
        node: u32,
        origin: &'a ProcessOrigin,
        until: PointId,
        stand: bool,
    ) -> Result<Reached, String> {
        let choices = self.script.choices(origin);
        let mut lineage: Lineage = Vec::new();
        let mut copy = Copy(0);
        loop {
            if let Some(point) = self.disagrees(node, copy, &choices) {
                self.note_rivals(node, copy, point, &choices);
                return Ok(Reached::Conflict(point));
            }
            if self.has_passed(copy, until) {
                return Ok(Reached::Done(copy));
            }
            if let Some((point, parts)) = self.forks.get(&copy) {
                let point = *point;
                let Some(index) = component(&choices, point) else {
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
                return Err(format!(
                    "{}: the copy that should get here is gone: it did not wait for the phase",
                    self.place(origin.span)
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
                    let Some(turn) = self.session_turn(node, point, &choices) else {
                        return Ok(Reached::Astray);
                    };
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
                    let Some(hypothesis) = input(&choices, point) else {
                        return Ok(Reached::Astray);
                    };
                    self.input(node, copy, process, hypothesis)?;
                }
                ProcessKind::Get { .. } => {
                    let entry = self.entry(node, point, &choices)?;
                    self.take(&Step::Get { copy, entry })?;
                    let taken = get(&choices, point)
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
                    self.with_entries(node, &choices, |entries| Step::Silent {
                        copy,
                        point: point.0,
                        entries,
                    })?;
                    self.pass(copy, point, None);
                }
            }
        }
    }

    /// Remembers the nodes that made a copy take something else at a point.
    fn note_rivals(
        &mut self,
        node: u32,
        copy: Copy,
        point: PointId,
        choices: &BTreeMap<PointId, Vec<&PathStep>>,
    ) {
        let wanted = self.wanted(node, point, choices);
        let rivals: Vec<u32> = self
            .of_node
            .iter()
            .filter(|(_, c)| **c == copy)
            .map(|(n, _)| *n)
            .filter(|n| {
                let Some((_, origin)) = self.script.process(*n) else {
                    return false;
                };
                let own = self.wanted(*n, point, &self.script.choices(origin));
                own.is_some() && own != wanted
            })
            .collect();
        self.rivals.extend(rivals);
    }

    /// What a node wants its copy to take at a point.
    fn wanted(
        &self,
        node: u32,
        point: PointId,
        choices: &BTreeMap<PointId, Vec<&PathStep>>,
    ) -> Option<&'a [TermId]> {
        let hypothesis = input(choices, point).or_else(|| get(choices, point))?;
        self.script.taken(self.script.premise(node, hypothesis)?)
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

    fn pass(&mut self, copy: Copy, point: PointId, taken: Option<&[TermId]>) {
        self.passed
            .entry(copy)
            .or_default()
            .insert(point, taken.map(<[TermId]>::to_vec));
    }

    /// The input or `get` at which a copy already took something else than
    /// this node wants it to.
    fn disagrees(
        &self,
        node: u32,
        copy: Copy,
        choices: &BTreeMap<PointId, Vec<&PathStep>>,
    ) -> Option<PointId> {
        let passed = self.passed.get(&copy)?;
        passed.iter().find_map(|(point, taken)| {
            let taken = taken.as_ref()?;
            let wanted = self.wanted(node, *point, choices)?;
            (wanted != taken.as_slice()).then_some(*point)
        })
    }

    fn session_turn(
        &self,
        node: u32,
        point: PointId,
        choices: &BTreeMap<PointId, Vec<&PathStep>>,
    ) -> Option<Turn> {
        choices.get(&point)?.iter().find_map(|step| match step {
            PathStep::Replicate { session, .. } => {
                let apart = self.apart.get(&(node, point)).copied().unwrap_or(0);
                Some(Turn::Session(self.script.session(node, *session), apart))
            }
            _ => None,
        })
    }

    /// Sends the output at which a copy stands. Answers false when it must
    /// wait for its reader, which only the node's own action may do.
    fn output(
        &mut self,
        node: u32,
        copy: Copy,
        process: &'p Process,
        action: bool,
    ) -> Result<bool, String> {
        let channel = self.semantics.channel(&self.run.state, copy);
        let public = match channel {
            Some(channel) => self.computes(channel)?,
            None => None,
        };
        if action && (public.is_none() || (self.manner.direct && self.has_reader(node))) {
            return Ok(false);
        }
        if let Some(channel) = public
            && !self.semantics.program().settings.passive_attacker
        {
            self.with_entries(node, &BTreeMap::new(), |entries| Step::Output {
                copy,
                channel: channel.clone(),
                entries,
            })?;
            self.pass(copy, process.point, None);
            return Ok(true);
        }
        let receiver = self.find_reader(copy, process)?;
        self.deliver(copy, receiver, None)?;
        Ok(true)
    }

    /// Lets the attacker take what a copy that stands at an output sends.
    pub(super) fn send_to_attacker(&mut self, copy: Copy) -> Result<(), String> {
        let Some(thread) = self.run.state.thread(copy) else {
            return Err("a copy is gone before it sends".into());
        };
        let point = thread.process.point;
        let span = thread.process.span;
        let channel = match self.semantics.channel(&self.run.state, copy) {
            Some(channel) => self.computes(channel)?,
            None => None,
        };
        let Some(channel) = channel else {
            return Err(format!(
                "{}: the attacker cannot listen on this channel",
                self.place(span)
            ));
        };
        self.take(&Step::Output {
            copy,
            channel,
            entries: Vec::new(),
        })?;
        self.pass(copy, point, None);
        Ok(())
    }

    /// Gives the input at which a copy stands what the derivation says.
    fn input(
        &mut self,
        node: u32,
        copy: Copy,
        process: &'p Process,
        hypothesis: u32,
    ) -> Result<(), String> {
        let premise = self
            .script
            .premise(node, hypothesis)
            .ok_or("the derivation has a gap")?;
        let message = self.script.taken(premise);
        let fact = self.script.node(premise).map(|n| n.fact.predicate);
        if matches!(fact, Some(Predicate::Message(_)))
            && let Some((sender, origin)) = self.script.process(premise)
        {
            let from = self.copy_of(sender)?;
            let standing = self.run.state.thread(from).map(|t| t.process.point);
            if standing == Some(origin.action) {
                return self.deliver(from, copy, message);
            }
            // It has been sent; if the attacker got it, it passes it on.
            let sent = self
                .run
                .state
                .sent()
                .iter()
                .find(|s| s.copy == from && s.point == origin.action)
                .and_then(|s| s.output);
            let Some(output) = sent else {
                return self.from_another_sender(sender, copy, message);
            };
            return self.from_attacker(node, copy, process, Recipe::Output(output), message);
        }
        let recipe = if matches!(fact, Some(Predicate::Message(_))) {
            self.sent_by_attacker(premise)?
        } else {
            self.recipe(premise)?
        };
        self.from_attacker(node, copy, process, recipe, message)
    }

    fn from_attacker(
        &mut self,
        node: u32,
        copy: Copy,
        process: &'p Process,
        recipe: Recipe,
        message: Option<&'a [TermId]>,
    ) -> Result<(), String> {
        let channel = match self.semantics.channel(&self.run.state, copy) {
            Some(channel) => self.computes(channel)?,
            None => None,
        };
        let Some(channel) = channel else {
            return Err(format!(
                "{}: the attacker cannot send on this channel",
                self.place(process.span)
            ));
        };
        self.with_entries(node, &BTreeMap::new(), |entries| Step::Input {
            copy,
            channel: channel.clone(),
            message: recipe.clone(),
            entries,
        })?;
        self.pass(copy, process.point, message);
        Ok(())
    }

    /// The message was read by somebody else already: another copy of the
    /// sender, run on the same messages, sends it again.
    fn from_another_sender(
        &mut self,
        sender: u32,
        receiver: Copy,
        message: Option<&'a [TermId]>,
    ) -> Result<(), String> {
        let Some((_, origin)) = self.script.process(sender) else {
            return Err("the derivation has a gap".into());
        };
        for _ in 0..COPIES {
            if !self.set_apart(sender, origin, None) {
                break;
            }
            match self.advance(sender, origin, origin.action, false)? {
                Reached::Standing(copy) => return self.deliver(copy, receiver, message),
                Reached::Astray | Reached::LaterPhase => break,
                Reached::Conflict(_) | Reached::Done(_) => {}
            }
        }
        Err(format!(
            "{}: the message is sent once and would have to be read twice",
            self.place(origin.span)
        ))
    }

    /// Two copies that stand at an output and an input communicate.
    fn deliver(
        &mut self,
        sender: Copy,
        receiver: Copy,
        message: Option<&'a [TermId]>,
    ) -> Result<(), String> {
        let point = |copy| self.run.state.thread(copy).map(|t| t.process.point);
        let (Some(from), Some(to)) = (point(sender), point(receiver)) else {
            return Err("a copy is gone before its message is read".into());
        };
        // A passive attacker hears what goes over channels it knows.
        let mut heard = None;
        if self.semantics.program().settings.passive_attacker
            && let Some(channel) = self.semantics.channel(&self.run.state, sender)
        {
            heard = self.computes(channel)?;
        }
        self.take(&Step::Internal {
            sender,
            receiver,
            heard,
            entries: Vec::new(),
        })?;
        self.pass(sender, from, None);
        self.pass(receiver, to, message);
        Ok(())
    }

    /// Whether some node of the derivation reads what a node sends directly.
    fn has_reader(&self, node: u32) -> bool {
        self.readers(node).next().is_some()
    }

    /// Nodes, with the points, that read what a node sends.
    fn readers(&self, node: u32) -> impl Iterator<Item = (u32, PointId)> + '_ {
        self.script.process_nodes().into_iter().flat_map(move |n| {
            let path = self.script.process(n).map_or(&[][..], |(_, o)| &o.path);
            path.iter().filter_map(move |step| match step {
                PathStep::Input {
                    point, hypothesis, ..
                } => {
                    let premise = self.script.premise(n, *hypothesis)?;
                    let (sender, _) = self.script.process(premise)?;
                    (sender == node).then_some((n, *point))
                }
                _ => None,
            })
        })
    }

    /// A copy that stands, or can be brought to stand, at an input on the
    /// channel of the output at which a copy stands.
    fn find_reader(&mut self, copy: Copy, process: &'p Process) -> Result<Copy, String> {
        let channel = self.semantics.channel(&self.run.state, copy);
        let no_reader = format!(
            "{}: nobody reads this output on a private channel",
            self.place(process.span)
        );
        let Some(channel) = channel else {
            return Err(no_reader);
        };
        // First those that the derivation names.
        let senders: Vec<u32> = self
            .of_node
            .iter()
            .filter(|(_, c)| **c == copy)
            .map(|(n, _)| *n)
            .collect();
        let mut wanted = Vec::new();
        for n in self.script.process_nodes() {
            let acts = self.script.process(n).map(|(_, o)| o.action) == Some(process.point);
            if acts && (senders.contains(&n) || self.of_node.get(&n).is_none()) {
                wanted.extend(self.readers(n));
            }
        }
        self.waiting += 1;
        if self.waiting > WAITING {
            return Err("copies wait for each other in a circle".into());
        }
        for (reader, point) in wanted {
            let Some((_, origin)) = self.script.process(reader) else {
                continue;
            };
            if let Ok(Reached::Standing(receiver)) = self.advance(reader, origin, point, true)
                && self.semantics.channel(&self.run.state, receiver) == Some(channel)
            {
                self.waiting -= 1;
                return Ok(receiver);
            }
        }
        self.waiting -= 1;
        // Then whoever stands there, then a new copy of whatever would.
        if let Some(receiver) = self.standing_reader(channel, copy) {
            return Ok(receiver);
        }
        let replications: Vec<Copy> = self
            .run
            .state
            .threads()
            .filter(|(_, t)| matches!(t.process.kind, ProcessKind::Replicate(_)))
            .map(|(c, _)| c)
            .collect();
        for replication in replications {
            let before = self.run.clone();
            let into = self.run.state.unused_copy();
            self.take(&Step::Replicate {
                copy: replication,
                into,
            })?;
            while let Some(step) = semantics::silent_step(&self.run.state, into) {
                if self.take(&step).is_err() {
                    break;
                }
            }
            if let Some(receiver) = self.standing_reader(channel, copy) {
                return Ok(receiver);
            }
            self.run = before;
        }
        Err(no_reader)
    }

    fn standing_reader(&mut self, channel: semantics::Message, not: Copy) -> Option<Copy> {
        let inputs: Vec<Copy> = self
            .run
            .state
            .threads()
            .filter(|(c, t)| *c != not && matches!(t.process.kind, ProcessKind::Input { .. }))
            .map(|(c, _)| c)
            .collect();
        inputs
            .into_iter()
            .find(|c| self.semantics.channel(&self.run.state, *c) == Some(channel))
    }

    /// The entry that a `get` takes according to the path.
    fn entry(
        &mut self,
        node: u32,
        point: PointId,
        choices: &BTreeMap<PointId, Vec<&PathStep>>,
    ) -> Result<Option<u32>, String> {
        let Some(hypothesis) = get(choices, point) else {
            return Ok(None);
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
    fn with_entries(
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
                Err(StepError::NeedsEntry { point, .. }) => {
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
                    let entry = self.entry(node, point, choices)?;
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

    fn within_limit(&self) -> Result<(), String> {
        if self.run.steps.len() > STEPS {
            return Err(format!("the run would take more than {STEPS} steps"));
        }
        Ok(())
    }

    /// How the attacker computes a message now, if it can.
    pub(super) fn computes(
        &mut self,
        message: semantics::Message,
    ) -> Result<Option<Recipe>, String> {
        let program = self.semantics.program();
        // Channels are names nearly always; those need no deduction.
        if let semantics::Node::Free(n) = self.semantics.messages().node(message) {
            let public = program.names.get(n.0 as usize).is_some_and(|n| !n.private);
            if public {
                return Ok(Some(Recipe::Name(n.0)));
            }
        }
        let mut knowledge = Knowledge::at(
            program,
            self.semantics.messages_mut(),
            &self.run.state,
            u32::MAX,
            u32::MAX,
        )
        .map_err(|e| e.to_string())?;
        knowledge
            .recipe(program, self.semantics.messages_mut(), message)
            .map_err(|e| e.to_string())
    }

    /// How the premises of the query come about.
    fn premises(&mut self) -> Result<Vec<Premise>, String> {
        let mut out = Vec::new();
        for node in self.script.premises() {
            let Some(predicate) = self.script.node(node).map(|n| n.fact.predicate) else {
                continue;
            };
            out.push(match predicate {
                Predicate::Attacker(_) => Premise::Knows(self.recipe(node)?),
                Predicate::End(_) | Predicate::EndAt(_) => {
                    let copy = self.copy_of(node)?;
                    let point = self.script.process(node).map(|(_, o)| o.action);
                    let events = self.run.state.events();
                    let number = events
                        .iter()
                        .position(|e| e.copy == copy && Some(e.point) == point);
                    Premise::Event(index(number)?)
                }
                Predicate::Table { .. } => {
                    let (node, origin) = self
                        .script
                        .process(node)
                        .ok_or("the derivation has a gap")?;
                    let copy = self.copy_of(node)?;
                    let entries = self.run.state.entries();
                    let number = entries
                        .iter()
                        .position(|e| e.copy == copy && e.point == origin.action);
                    Premise::Entry(index(number)?)
                }
                Predicate::Message(_) => match self.script.process(node) {
                    Some((node, origin)) => self.sent_premise(node, origin)?,
                    None => {
                        let message = self.sent_by_attacker(node)?;
                        let premises = self.script.node(node).map(|n| n.premises.clone());
                        let first = premises.and_then(|p| p.first().copied());
                        let channel = self.recipe(first.ok_or("the derivation has a gap")?)?;
                        Premise::Sends { channel, message }
                    }
                },
                // The goal says again that the event of a premise happened.
                Predicate::Begin(_) | Predicate::BeginAt(_) => continue,
                Predicate::Action | Predicate::Goal(_) | Predicate::User { .. } => {
                    return Err("a premise of the query is nothing a run can show".into());
                }
            });
        }
        Ok(out)
    }

    fn sent_premise(&mut self, node: u32, origin: &ProcessOrigin) -> Result<Premise, String> {
        let copy = self.copy_of(node)?;
        let sent = |this: &Self| {
            let sent = this.run.state.sent();
            sent.iter()
                .position(|s| s.copy == copy && s.point == origin.action)
        };
        if sent(self).is_none() {
            let standing = self.run.state.thread(copy).map(|t| t.process);
            match standing {
                Some(process) if process.point == origin.action => {
                    let receiver = self.find_reader(copy, process);
                    match receiver {
                        Ok(receiver) => self.deliver(copy, receiver, None)?,
                        Err(_) => self.send_to_attacker(copy)?,
                    }
                }
                _ => return Err("the message is not sent".into()),
            }
        }
        Ok(Premise::Sent(index(sent(self))?))
    }

    /// Runs the copies that end the premises once more, on the same messages.
    fn again(&mut self) -> Result<(), String> {
        let before = self.run.steps.len();
        for node in self.script.premises() {
            let predicate = self.script.node(node).map(|n| n.fact.predicate);
            if !matches!(predicate, Some(Predicate::End(_) | Predicate::EndAt(_))) {
                continue;
            }
            let Some((_, origin)) = self.script.process(node) else {
                continue;
            };
            let copies = self.copies.len();
            for _ in 0..COPIES {
                if self.copies.len() > copies || !self.set_apart(node, origin, None) {
                    break;
                }
                self.advance(node, origin, origin.action, false)?;
            }
        }
        if self.run.steps.len() == before {
            return Err("the process runs once, so its end cannot come twice".into());
        }
        Ok(())
    }

    fn finds_nothing(&self, node: u32) -> bool {
        self.script.process(node).is_some_and(|(_, o)| {
            o.path
                .iter()
                .any(|s| matches!(s, PathStep::Branch { then: false, .. }))
        })
    }

    fn astray(&self, origin: &ProcessOrigin) -> String {
        format!(
            "{}: a copy that follows the derivation does not get here; it takes another branch",
            self.place(origin.span)
        )
    }

    /// `file:line:column`.
    pub(super) fn place(&self, span: Span) -> String {
        let sources = &self.semantics.program().sources;
        let at = sources.position(span);
        let file = sources.file(span.file).map_or("?", |f| f.name.as_str());
        format!("{file}:{}:{}", at.line, at.column)
    }

    fn place_of_point(&self, point: PointId) -> String {
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

fn index(position: Option<usize>) -> Result<u32, String> {
    position
        .and_then(|i| u32::try_from(i).ok())
        .ok_or_else(|| "what the query asks for does not happen in the run".to_owned())
}

fn component(choices: &BTreeMap<PointId, Vec<&PathStep>>, point: PointId) -> Option<u32> {
    choices.get(&point)?.iter().find_map(|s| match s {
        PathStep::Component { index, .. } => Some(*index),
        _ => None,
    })
}

fn input(choices: &BTreeMap<PointId, Vec<&PathStep>>, point: PointId) -> Option<u32> {
    choices.get(&point)?.iter().find_map(|s| match s {
        PathStep::Input { hypothesis, .. } => Some(*hypothesis),
        _ => None,
    })
}

fn get(choices: &BTreeMap<PointId, Vec<&PathStep>>, point: PointId) -> Option<u32> {
    choices.get(&point)?.iter().find_map(|s| match s {
        PathStep::Get { hypothesis, .. } => Some(*hypothesis),
        _ => None,
    })
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
