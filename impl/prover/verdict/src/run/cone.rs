//! What a violation rests on.
//!
//! A step is needed if a premise of the query refers to what it made, or if a needed
//! step does; if the same copy takes a needed step later, or one that came of it. Where
//! two copies communicate the step is one of both, so what the other did before is
//! needed, too. All the rest has no part in the violation, unless by what it rules out:
//! whether it has shows when the rest is replayed by itself.

use super::reduce::{Products, recipes_of, taken};
use proof::attack::{AttackTrace, Copy, Premise, Recipe, Step};
use std::collections::{BTreeMap, BTreeSet};

/// The steps that the violation does not rest on.
pub(super) fn beside(trace: &AttackTrace, made: &Products) -> BTreeSet<usize> {
    let steps = &trace.steps;
    // The step that made a copy, and those that a copy takes part in.
    let mut born: BTreeMap<Copy, usize> = BTreeMap::new();
    let mut acts: BTreeMap<Copy, Vec<usize>> = BTreeMap::new();
    for (i, step) in steps.iter().enumerate() {
        match step {
            Step::Fork { into, .. } => born.extend(into.iter().map(|c| (*c, i))),
            Step::Replicate { into, .. } => {
                born.insert(*into, i);
            }
            _ => {}
        }
        for copy in step.copies() {
            acts.entry(copy).or_default().push(i);
        }
    }
    let mut needed: BTreeSet<usize> = BTreeSet::new();
    let mut work: Vec<usize> = Vec::new();
    for premise in &trace.premises {
        match premise {
            Premise::Entry(n) => work.extend(made.entry(*n)),
            Premise::Event(n) => work.extend(made.event(*n)),
            Premise::Knows(recipe) => sources(recipe, made, &mut work),
            Premise::Sends { channel, message } => {
                sources(channel, made, &mut work);
                sources(message, made, &mut work);
            }
            Premise::Sent(n) => work.extend(made.sent(*n)),
        }
    }
    let phases = steps.iter().enumerate();
    work.extend(phases.filter_map(|(i, s)| matches!(s, Step::Phase { .. }).then_some(i)));
    while let Some(i) = work.pop() {
        let Some(step) = steps.get(i).filter(|_| needed.insert(i)) else {
            continue;
        };
        for copy in step.copies() {
            let before = acts.get(&copy).into_iter().flatten();
            work.extend(before.copied().take_while(|j| *j < i));
            work.extend(born.get(&copy));
        }
        for recipe in recipes_of(step) {
            sources(recipe, made, &mut work);
        }
        for entry in taken(step).into_iter().flatten() {
            work.extend(made.entry(entry));
        }
    }
    (0..steps.len()).filter(|i| !needed.contains(i)).collect()
}

/// The steps that made what a recipe uses.
fn sources(recipe: &Recipe, made: &Products, into: &mut Vec<usize>) {
    recipe.visit(&mut |r| match r {
        Recipe::Fresh(n) => into.extend(made.name(*n)),
        Recipe::Output(n) => into.extend(made.output(*n)),
        _ => {}
    });
}
