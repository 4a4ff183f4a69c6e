//! Runs without a prover: walks through the semantics with few copies and
//! shallow recipes, looking for one that falsifies a query.
//!
//! A walk that falsifies a query which somebody calls true shows a bug, without
//! another prover at hand. That no walk does shows nothing.
//!
//! Copies take silent steps as soon as they can; what is left to choice is who
//! goes on, which table entry is taken, what the attacker sends (from a pool of
//! what it has, taken apart and put together once or twice), and when a phase
//! begins.

mod premises;

use crate::random::Random;
use pi::{FunctionKind, ProcessKind, Program};
use premises::ways;
use proof::attack::{Copy, Premise, Recipe, Step};
use semantics::{Falsification, Knowledge, Message, Node, Run, Semantics, falsify, settle};
use std::collections::BTreeSet;

/// How far to walk.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// How many walks.
    pub walks: usize,
    /// Steps of one walk, silent ones not counted.
    pub steps: usize,
    /// Copies that the replications together yield in a walk.
    pub copies: usize,
    /// Messages the attacker chooses from.
    pub pool: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            walks: 30,
            steps: 25,
            copies: 4,
            pool: 60,
        }
    }
}

/// A query that a run falsifies.
#[derive(Clone, Debug)]
pub struct Falsified {
    /// Index of the query.
    pub query: usize,
    /// The run.
    pub steps: Vec<Step>,
    /// How the premises come about in it.
    pub premises: Vec<Premise>,
}

/// Queries that a walk falsifies, each once. Empty when the program's equations
/// are not supported.
#[must_use]
pub fn explore(program: &Program, seed: u64, bounds: &Bounds) -> Vec<Falsified> {
    let mut random = Random::new(seed);
    let mut found: Vec<Falsified> = Vec::new();
    for _ in 0..bounds.walks {
        let Ok(mut semantics) = Semantics::new(program) else {
            return found;
        };
        let run = walk(&mut semantics, &mut random, bounds);
        for (index, query) in program.queries.iter().enumerate() {
            if found.iter().any(|f| f.query == index) {
                continue;
            }
            for premises in ways(&mut semantics, &run, query) {
                let answer = falsify(&mut semantics, &run, query, &premises);
                if matches!(answer, Falsification::Falsified(_)) {
                    found.push(Falsified {
                        query: index,
                        steps: run.steps.iter().map(|s| s.step.clone()).collect(),
                        premises,
                    });
                    break;
                }
            }
        }
    }
    found
}

fn walk<'p>(semantics: &mut Semantics<'p>, random: &mut Random, bounds: &Bounds) -> Run<'p> {
    let mut run = Run::new(semantics);
    for ty in 0..semantics.program().types.len() {
        let ty = u32::try_from(ty).unwrap_or(0);
        // A type that has no names refuses; one name of each other is enough.
        let _ = run.advance(semantics, &Step::Fresh { ty });
    }
    let mut copies = bounds.copies;
    for _ in 0..bounds.steps {
        settle(semantics, &mut run);
        let mut moves = moves(semantics, &run, copies);
        random.shuffle(&mut moves);
        let pool = pool(semantics, &run, bounds.pool);
        let done = moves.into_iter().any(|step| {
            let replicates = matches!(step, Step::Replicate { .. });
            let done = attempt(semantics, &mut run, &step, &pool, random);
            copies -= usize::from(done && replicates);
            done
        });
        if !done {
            break;
        }
    }
    settle(semantics, &mut run);
    run
}

/// Tries a step; an input is tried with several messages.
fn attempt<'p>(
    semantics: &mut Semantics<'p>,
    run: &mut Run<'p>,
    step: &Step,
    pool: &[(Message, Recipe)],
    random: &mut Random,
) -> bool {
    let Step::Input { copy, channel, .. } = step else {
        return run.advance(semantics, step).is_ok();
    };
    // What is received is best taken apart: prefer messages that get further.
    let mut order: Vec<usize> = (0..pool.len()).collect();
    random.shuffle(&mut order);
    let mut fallback = None;
    for (tries, index) in order.into_iter().enumerate() {
        let full = Step::Input {
            copy: *copy,
            channel: channel.clone(),
            message: pool[index].1.clone(),
            entries: Vec::new(),
        };
        let mut next = run.clone();
        if next.advance(semantics, &full).is_err() {
            continue;
        }
        let points = next.state.moment();
        settle(semantics, &mut next);
        let alive = next.state.thread(*copy).is_some_and(|t| {
            !matches!(
                t.process.kind,
                ProcessKind::Nil | ProcessKind::Let { .. } | ProcessKind::If { .. }
            )
        });
        if alive || next.state.moment() > points {
            *run = next;
            return true;
        }
        fallback = Some(next);
        if tries > 40 {
            break;
        }
    }
    match fallback {
        Some(next) => {
            *run = next;
            true
        }
        None => false,
    }
}

/// What could happen next, inputs without their message.
fn moves<'p>(semantics: &mut Semantics<'p>, run: &Run<'p>, copies: usize) -> Vec<Step> {
    let mut moves = Vec::new();
    let threads: Vec<_> = run.state.threads().map(|(c, t)| (c, t.process)).collect();
    let mut phases = BTreeSet::new();
    let mut ends: Vec<(Copy, Message, bool)> = Vec::new();
    for (copy, process) in threads {
        match &process.kind {
            ProcessKind::Get { .. } => {
                moves.push(Step::Get { copy, entry: None });
                for entry in 0..run.state.entries().len() {
                    let entry = u32::try_from(entry).ok();
                    moves.push(Step::Get { copy, entry });
                }
            }
            ProcessKind::Input { .. } | ProcessKind::Output { .. } => {
                let input = matches!(process.kind, ProcessKind::Input { .. });
                if let Some(channel) = semantics.channel(&run.state, copy) {
                    ends.push((copy, channel, input));
                }
            }
            ProcessKind::Phase { .. } => {
                phases.insert(run.state.phase() + 1);
            }
            ProcessKind::Replicate(_) if copies > 0 => moves.push(Step::Replicate {
                copy,
                into: run.state.unused_copy(),
            }),
            _ => {}
        }
    }
    // A phase is not hurried: most of the time something else happens first.
    if moves.is_empty() && ends.is_empty() {
        moves.extend(phases.iter().map(|phase| Step::Phase { phase: *phase }));
    } else if run.state.moment() % 7 == 6 {
        moves.extend(phases.iter().map(|phase| Step::Phase { phase: *phase }));
    }
    for (copy, channel, input) in &ends {
        if let Some(recipe) = known(semantics, run, *channel) {
            moves.push(if *input {
                Step::Input {
                    copy: *copy,
                    channel: recipe.clone(),
                    message: recipe,
                    entries: Vec::new(),
                }
            } else {
                Step::Output {
                    copy: *copy,
                    channel: recipe,
                    entries: Vec::new(),
                }
            });
        }
        if *input {
            continue;
        }
        for (receiver, other, receives) in &ends {
            if *receives && other == channel {
                moves.push(Step::Internal {
                    sender: *copy,
                    receiver: *receiver,
                    heard: known(semantics, run, *channel),
                    entries: Vec::new(),
                });
            }
        }
    }
    moves
}

fn knowledge(semantics: &mut Semantics<'_>, run: &Run<'_>, phase: u32) -> Option<Knowledge> {
    let program = semantics.program();
    Knowledge::at(
        program,
        semantics.messages_mut(),
        &run.state,
        u32::MAX,
        phase,
    )
    .ok()
}

fn known(semantics: &mut Semantics<'_>, run: &Run<'_>, message: Message) -> Option<Recipe> {
    if let Node::Free(name) = *semantics.messages().node(message)
        && !semantics.program().names.get(name.0 as usize)?.private
    {
        return Some(Recipe::Name(name.0));
    }
    let mut knowledge = knowledge(semantics, run, run.state.phase())?;
    let program = semantics.program();
    knowledge
        .recipe(program, semantics.messages_mut(), message)
        .ok()
        .flatten()
}

/// What the attacker may send: what it has, and what functions make of that.
fn pool(semantics: &mut Semantics<'_>, run: &Run<'_>, limit: usize) -> Vec<(Message, Recipe)> {
    let program = semantics.program();
    let mut seen = BTreeSet::new();
    let mut pool = Vec::new();
    let mut add = |semantics: &mut Semantics<'_>, pool: &mut Vec<_>, recipe: Recipe| {
        if pool.len() < limit
            && let Ok(message) = semantics.carry_out(&run.state, &recipe)
            && seen.insert(message)
        {
            pool.push((message, recipe));
        }
    };
    let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    for output in 0..run.state.outputs().count() {
        add(semantics, &mut pool, Recipe::Output(number(output)));
    }
    for (i, name) in program.names.iter().enumerate() {
        if !name.private {
            add(semantics, &mut pool, Recipe::Name(number(i)));
        }
    }
    for (i, function) in program.functions.iter().enumerate() {
        if function.parameters.is_empty() && !function.private {
            add(semantics, &mut pool, Recipe::Apply(number(i), Vec::new()));
        }
    }
    for fresh in 0..run.state.attacker_names().len().min(2) {
        add(semantics, &mut pool, Recipe::Fresh(number(fresh)));
    }
    for destructors in [true, false, true] {
        let base = pool.clone();
        for (message, recipe) in base.iter().filter(|_| destructors) {
            for part in parts(semantics, *message) {
                let (function, component) = part;
                let whole = Box::new(recipe.clone());
                add(
                    semantics,
                    &mut pool,
                    Recipe::Project(function, component, whole),
                );
            }
        }
        for (i, function) in program.functions.iter().enumerate() {
            let kind = matches!(function.kind, FunctionKind::Destructor { .. });
            if function.private || kind != destructors || function.parameters.len() > 2 {
                continue;
            }
            for arguments in tuples(&base, function.parameters.len()) {
                add(semantics, &mut pool, Recipe::Apply(number(i), arguments));
            }
        }
    }
    pool
}

/// The components of a tuple or a data constructor, which the attacker takes apart.
fn parts(semantics: &Semantics<'_>, message: Message) -> Vec<(u32, u32)> {
    let Node::Apply(function, arguments) = semantics.messages().node(message).clone() else {
        return Vec::new();
    };
    let opens = semantics
        .program()
        .functions
        .get(function.0 as usize)
        .is_some_and(|f| {
            matches!(
                f.kind,
                FunctionKind::Tuple | FunctionKind::Constructor { data: true, .. }
            )
        });
    (0_u32..)
        .zip(arguments.iter())
        .filter(|_| opens)
        .map(|(component, _)| (function.0, component))
        .collect()
}

fn tuples(base: &[(Message, Recipe)], count: usize) -> Vec<Vec<Recipe>> {
    let mut all = vec![Vec::new()];
    for _ in 0..count {
        all = all
            .into_iter()
            .flat_map(|prefix: Vec<Recipe>| {
                base.iter().take(25).map(move |(_, recipe)| {
                    let mut longer = prefix.clone();
                    longer.push(recipe.clone());
                    longer
                })
            })
            .collect();
    }
    all.retain(|t| !t.is_empty());
    all
}
