//! Leaving out of a run what the attack does not need.
//!
//! A derivation drags along whole copies that are there only because some
//! message went through them. What the violation does not rest on ([`super::cone`]) is
//! left out, and if that is too much, each copy is cut after the last step that
//! something else refers to, or left out. The shorter trace is kept only if it is
//! confirmed like the first one.

use super::cone::beside;
use super::{Attack, confirmed};
use pi::{LemmaKind, Program};
use proof::attack::{AttackTrace, Copy, Premise, Recipe, Step};
use semantics::{Happened, Run, Semantics, replay};
use std::collections::{BTreeMap, BTreeSet};

/// Most attempts.
const ATTEMPTS: usize = 400;
/// Most cuts of a trace that is not confirmed as it is.
const TRIMS: usize = 40;

/// The attack with as few steps as this finds.
pub(super) fn reduce(program: &Program, attack: Attack, interrupted: &dyn Fn() -> bool) -> Attack {
    let mut best = attack;
    let mut attempts = 0;
    loop {
        let Ok((_, run, _)) = confirmed(program, &best.trace) else {
            return best;
        };
        let made = Products::of(&run);
        let mut shorter = None;
        for cut in cuts(&best.trace, &made) {
            attempts += 1;
            if attempts > ATTEMPTS || interrupted() {
                return best;
            }
            let Some(trace) = made.without(&best.trace, &cut) else {
                continue;
            };
            if let Ok(attack) = Attack::confirm(program, trace) {
                shorter = Some(attack);
                break;
            }
        }
        match shorter {
            Some(attack) => best = attack,
            None => return best,
        }
    }
}

/// The attack that a trace is, or what it is without the steps that nothing refers to:
/// copies go as far as they can by themselves, and may do on the way what a restriction
/// forbids.
pub(super) fn confirmed_or_trimmed(
    program: &Program,
    trace: AttackTrace,
) -> Result<Attack, String> {
    let why = match Attack::confirm(program, trace.clone()) {
        Ok(attack) => return Ok(attack),
        Err(why) => why,
    };
    if program.lemmas.iter().all(|l| l.kind == LemmaKind::Lemma) {
        return Err(why);
    }
    let Some(trimmed) = trimmed(program, trace) else {
        return Err(why);
    };
    Attack::confirm(program, trimmed).map_err(|_| why)
}

/// A trace without steps that nothing refers to, as long as it is one of the process.
fn trimmed(program: &Program, mut trace: AttackTrace) -> Option<AttackTrace> {
    let mut semantics = Semantics::new(program).ok()?;
    let mut run = replay(&mut semantics, &trace).ok()?;
    let mut changed = false;
    for _ in 0..TRIMS {
        let made = Products::of(&run);
        let shorter = cuts(&trace, &made).into_iter().find_map(|cut| {
            let trace = made.without(&trace, &cut)?;
            let run = replay(&mut semantics, &trace).ok()?;
            Some((trace, run))
        });
        match shorter {
            Some(shorter) => (trace, run) = shorter,
            None => break,
        }
        changed = true;
    }
    changed.then_some(trace)
}

/// Sets of steps that might go, largest first: everything of a copy and of the
/// copies it became, or what follows its last step that is referred to.
fn cuts(trace: &AttackTrace, made: &Products) -> Vec<BTreeSet<usize>> {
    let mut parent: BTreeMap<Copy, Copy> = BTreeMap::new();
    for step in &trace.steps {
        match step {
            Step::Fork { copy, into } => {
                for new in into {
                    parent.insert(*new, *copy);
                }
            }
            Step::Replicate { copy, into } => {
                parent.insert(*into, *copy);
            }
            _ => {}
        }
    }
    let below = |copy: Copy, root: Copy| {
        let mut at = Some(copy);
        while let Some(c) = at {
            if c == root {
                return true;
            }
            at = parent.get(&c).copied();
        }
        false
    };
    let referred = made.referred(trace);
    let rest = beside(trace, made);
    let mut copies: BTreeSet<Copy> = BTreeSet::from([Copy(0)]);
    copies.extend(parent.keys());
    let mut out = Vec::new();
    for root in &copies {
        // The step that made the copy goes with it when it made nothing else.
        let all: BTreeSet<usize> = (0..trace.steps.len())
            .filter(|i| match &trace.steps[*i] {
                Step::Replicate { into, .. } if into == root => true,
                step => step.copies().iter().any(|c| below(*c, *root)),
            })
            .collect();
        if !all.is_empty() && all.is_disjoint(&referred) {
            out.push(all);
            continue;
        }
        let own: Vec<usize> = (0..trace.steps.len())
            .filter(|i| trace.steps[*i].copies().contains(root))
            .collect();
        let last = own.iter().rposition(|i| {
            referred.contains(i)
                || matches!(
                    trace.steps[*i],
                    Step::Fork { .. } | Step::Replicate { .. } | Step::Internal { .. }
                )
        });
        let tail: BTreeSet<usize> = match last {
            Some(last) => own[last + 1..].iter().copied().collect(),
            None => own.iter().copied().collect(),
        };
        if !tail.is_empty() {
            out.push(tail);
        }
    }
    // Names that no recipe uses, and phases at the end.
    for (i, step) in trace.steps.iter().enumerate() {
        if matches!(step, Step::Fresh { .. }) && !referred.contains(&i) {
            out.push(BTreeSet::from([i]));
        }
    }
    if let Some(Step::Phase { .. }) = trace.steps.last() {
        out.push(BTreeSet::from([trace.steps.len() - 1]));
    }
    out.retain(|cut| *cut != rest);
    if !rest.is_empty() {
        out.push(rest);
    }
    out.sort_by_key(|cut| core::cmp::Reverse(cut.len()));
    out
}

/// Which step made which numbered thing.
pub(super) struct Products {
    outputs: Vec<usize>,
    sent: Vec<usize>,
    events: Vec<usize>,
    entries: Vec<usize>,
    names: Vec<usize>,
}

impl Products {
    fn of(run: &Run<'_>) -> Self {
        let mut this = Self {
            outputs: Vec::new(),
            sent: Vec::new(),
            events: Vec::new(),
            entries: Vec::new(),
            names: Vec::new(),
        };
        for (i, performed) in run.steps.iter().enumerate() {
            for happened in &performed.happened {
                match happened {
                    Happened::Sent(n) => {
                        this.sent.push(i);
                        let record = run.state.sent().get(*n as usize);
                        if record.is_some_and(|r| r.output.is_some()) {
                            this.outputs.push(i);
                        }
                    }
                    Happened::Event(_) => this.events.push(i),
                    Happened::Inserted(_) => this.entries.push(i),
                    Happened::AttackerName(_) => this.names.push(i),
                    _ => {}
                }
            }
        }
        this
    }

    pub(super) fn entry(&self, number: u32) -> Option<usize> {
        self.entries.get(number as usize).copied()
    }

    pub(super) fn event(&self, number: u32) -> Option<usize> {
        self.events.get(number as usize).copied()
    }

    pub(super) fn name(&self, number: u32) -> Option<usize> {
        self.names.get(number as usize).copied()
    }

    pub(super) fn output(&self, number: u32) -> Option<usize> {
        self.outputs.get(number as usize).copied()
    }

    pub(super) fn sent(&self, number: u32) -> Option<usize> {
        self.sent.get(number as usize).copied()
    }

    /// Steps that made something that another step or a premise refers to.
    fn referred(&self, trace: &AttackTrace) -> BTreeSet<usize> {
        let mut out = BTreeSet::new();
        let mut add = |list: &[usize], n: u32| {
            out.extend(list.get(n as usize).copied());
        };
        for recipe in recipes(trace) {
            recipe.visit(&mut |r| match r {
                Recipe::Output(n) => add(&self.outputs, *n),
                Recipe::Fresh(n) => add(&self.names, *n),
                _ => {}
            });
        }
        for step in &trace.steps {
            for entry in taken(step).into_iter().flatten() {
                add(&self.entries, entry);
            }
        }
        for premise in &trace.premises {
            match premise {
                Premise::Entry(n) => add(&self.entries, *n),
                Premise::Event(n) => add(&self.events, *n),
                Premise::Sent(n) => add(&self.sent, *n),
                Premise::Knows(_) | Premise::Sends { .. } => {}
            }
        }
        out
    }

    /// The trace without some steps, everything renumbered; `None` when a
    /// number that is referred to would be gone.
    fn without(&self, trace: &AttackTrace, cut: &BTreeSet<usize>) -> Option<AttackTrace> {
        let renumber = |list: &[usize]| {
            let mut next = 0_u32;
            let new: Vec<Option<u32>> = list
                .iter()
                .map(|step| {
                    if cut.contains(step) {
                        return None;
                    }
                    next += 1;
                    Some(next - 1)
                })
                .collect();
            new
        };
        let numbers = Numbers {
            outputs: renumber(&self.outputs),
            sent: renumber(&self.sent),
            events: renumber(&self.events),
            entries: renumber(&self.entries),
            names: renumber(&self.names),
        };
        let mut steps = Vec::new();
        for (i, step) in trace.steps.iter().enumerate() {
            if !cut.contains(&i) {
                steps.push(numbers.step(step)?);
            }
        }
        let premises = trace
            .premises
            .iter()
            .map(|p| numbers.premise(p))
            .collect::<Option<_>>()?;
        Some(AttackTrace {
            steps,
            premises,
            ..trace.clone()
        })
    }
}

/// Old number to new one.
struct Numbers {
    outputs: Vec<Option<u32>>,
    sent: Vec<Option<u32>>,
    events: Vec<Option<u32>>,
    entries: Vec<Option<u32>>,
    names: Vec<Option<u32>>,
}

impl Numbers {
    fn step(&self, step: &Step) -> Option<Step> {
        let entries = |old: &[Option<u32>]| -> Option<Vec<Option<u32>>> {
            old.iter()
                .map(|e| match e {
                    Some(n) => new(&self.entries, *n).map(Some),
                    None => Some(None),
                })
                .collect()
        };
        Some(match step.clone() {
            Step::Get { copy, entry } => Step::Get {
                copy,
                entry: *entries(&[entry])?.first()?,
            },
            Step::Input {
                copy,
                channel,
                message,
                entries: old,
            } => Step::Input {
                copy,
                channel: self.recipe(&channel)?,
                message: self.recipe(&message)?,
                entries: entries(&old)?,
            },
            Step::Internal {
                sender,
                receiver,
                heard,
                entries: old,
            } => Step::Internal {
                sender,
                receiver,
                heard: match heard {
                    Some(recipe) => Some(self.recipe(&recipe)?),
                    None => None,
                },
                entries: entries(&old)?,
            },
            Step::Output {
                copy,
                channel,
                entries: old,
            } => Step::Output {
                copy,
                channel: self.recipe(&channel)?,
                entries: entries(&old)?,
            },
            Step::Silent {
                copy,
                point,
                entries: old,
            } => Step::Silent {
                copy,
                point,
                entries: entries(&old)?,
            },
            other @ (Step::Fork { .. }
            | Step::Fresh { .. }
            | Step::Phase { .. }
            | Step::Replicate { .. }) => other,
        })
    }

    fn premise(&self, premise: &Premise) -> Option<Premise> {
        Some(match premise {
            Premise::Entry(n) => Premise::Entry(new(&self.entries, *n)?),
            Premise::Event(n) => Premise::Event(new(&self.events, *n)?),
            Premise::Knows(recipe) => Premise::Knows(self.recipe(recipe)?),
            Premise::Sends { channel, message } => Premise::Sends {
                channel: self.recipe(channel)?,
                message: self.recipe(message)?,
            },
            Premise::Sent(n) => Premise::Sent(new(&self.sent, *n)?),
        })
    }

    fn recipe(&self, recipe: &Recipe) -> Option<Recipe> {
        Some(match recipe {
            Recipe::Apply(f, arguments) => Recipe::Apply(
                *f,
                arguments
                    .iter()
                    .map(|a| self.recipe(a))
                    .collect::<Option<_>>()?,
            ),
            Recipe::Fresh(n) => Recipe::Fresh(new(&self.names, *n)?),
            Recipe::Name(n) => Recipe::Name(*n),
            Recipe::Output(n) => Recipe::Output(new(&self.outputs, *n)?),
            Recipe::Project(f, i, of) => Recipe::Project(*f, *i, Box::new(self.recipe(of)?)),
        })
    }
}

fn new(list: &[Option<u32>], old: u32) -> Option<u32> {
    list.get(old as usize).copied().flatten()
}

pub(super) fn taken(step: &Step) -> Vec<Option<u32>> {
    match step {
        Step::Get { entry, .. } => vec![*entry],
        Step::Input { entries, .. }
        | Step::Internal { entries, .. }
        | Step::Output { entries, .. }
        | Step::Silent { entries, .. } => entries.clone(),
        Step::Fork { .. } | Step::Fresh { .. } | Step::Phase { .. } | Step::Replicate { .. } => {
            Vec::new()
        }
    }
}

fn recipes(trace: &AttackTrace) -> Vec<&Recipe> {
    let mut out: Vec<&Recipe> = trace.steps.iter().flat_map(recipes_of).collect();
    for premise in &trace.premises {
        match premise {
            Premise::Knows(recipe) => out.push(recipe),
            Premise::Sends { channel, message } => out.extend([channel, message]),
            Premise::Entry(_) | Premise::Event(_) | Premise::Sent(_) => {}
        }
    }
    out
}

/// The recipes of a step.
pub(super) fn recipes_of(step: &Step) -> Vec<&Recipe> {
    match step {
        Step::Input {
            channel, message, ..
        } => vec![channel, message],
        Step::Internal {
            heard: Some(channel),
            ..
        }
        | Step::Output { channel, .. } => vec![channel],
        _ => Vec::new(),
    }
}
