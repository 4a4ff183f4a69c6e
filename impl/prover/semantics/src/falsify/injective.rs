//! Injective correspondences on a run.
//!
//! `inj-event(e) ==> inj-event(b)` asks for a choice of b-events such that
//! different executions of e get different ones (manual, section 3.2.2). A run
//! violates it when no such choice exists. With one injective event this is
//! bipartite matching; with several disjuncts or nested events it is a small
//! constraint problem, solved by backtracking over the instances with the
//! fewest ways first. A way that is unknown satisfies its instance for free.

use super::conclusion::{Way, has_injective_premise, injective_events, solve};
use super::premises::{Instance, enumerate, facts};
use super::{Falsification, Violation, ViolationKind, values};
use crate::replay::Run;
use crate::step::Semantics;
use pi::{Correspondence, Formula};
use proof::attack::Premise;
use std::collections::BTreeMap;

/// Most assignments tried.
const TRIES: usize = 200_000;

/// Whether injectivity is asked for: an injective event on both sides. On one
/// side only, it means nothing (manual, section 3.2.2).
pub(super) fn is_injective(correspondence: &Correspondence) -> bool {
    !injective_events(&correspondence.conclusion).is_empty()
        && has_injective_premise(correspondence)
}

/// Looks for a choice. The premises that a run does not enumerate are those of
/// the trace.
pub(super) fn check(
    semantics: &mut Semantics<'_>,
    run: &Run<'_>,
    correspondence: &Correspondence,
    premises: &[Premise],
    witness: &Instance,
) -> Result<Falsification, String> {
    let fixed: BTreeMap<usize, Premise> = facts(correspondence)
        .iter()
        .zip(premises)
        .enumerate()
        .filter(|(_, (f, _))| !matches!(f, Formula::Event { .. } | Formula::Table { .. }))
        .map(|(i, (_, p))| (i, p.clone()))
        .collect();
    let instances = enumerate(semantics, run, correspondence, &fixed)?;
    let mut demands: Vec<Demand> = Vec::new();
    for instance in &instances {
        let ways = solve(semantics, run, correspondence, instance)?;
        if ways.is_empty() {
            return Ok(Falsification::Falsified(Violation {
                moment: instance.moment,
                variables: values(correspondence, instance),
                kind: ViolationKind::NoConclusion,
            }));
        }
        if ways.iter().any(|w| w.unknown.is_some()) {
            continue;
        }
        demands.push(Demand::new(instance, ways));
    }
    demands.sort_by_key(|d| d.choices.len());
    let mut tries = 0;
    match assign(&demands, 0, &mut BTreeMap::new(), &mut tries) {
        Some(true) => Ok(Falsification::Holds),
        None => Err("there are too many ways to pair the events".into()),
        Some(false) => Ok(Falsification::Falsified(Violation {
            moment: instances
                .iter()
                .map(|i| i.moment)
                .max()
                .unwrap_or(witness.moment),
            variables: values(correspondence, witness),
            kind: ViolationKind::NotInjective(demands.into_iter().map(|d| d.premises).collect()),
        })),
    }
}

/// An instance of the premises and the choices of injective events it allows.
struct Demand {
    /// Numbers of the injective premise events.
    premises: Vec<u32>,
    /// Occurrence in the conclusion to event.
    choices: Vec<BTreeMap<usize, u32>>,
}

impl Demand {
    fn new(instance: &Instance, ways: Vec<Way>) -> Self {
        let mut choices: Vec<_> = ways.into_iter().map(|w| w.chosen).collect();
        choices.sort();
        choices.dedup();
        Self {
            premises: instance.injective.clone(),
            choices,
        }
    }
}

/// Whether the demands from `next` on can be met beside those already met:
/// which premises hold which event at which occurrence. `None` above the limit.
fn assign<'d>(
    demands: &'d [Demand],
    next: usize,
    held: &mut BTreeMap<(usize, u32), &'d [u32]>,
    tries: &mut usize,
) -> Option<bool> {
    let Some(demand) = demands.get(next) else {
        return Some(true);
    };
    for choice in &demand.choices {
        *tries += 1;
        if *tries > TRIES {
            return None;
        }
        let free = choice.iter().all(|(place, event)| {
            held.get(&(*place, *event))
                .is_none_or(|who| *who == demand.premises)
        });
        if !free {
            continue;
        }
        let added: Vec<_> = choice
            .iter()
            .map(|(place, event)| (*place, *event))
            .filter(|key| !held.contains_key(key))
            .collect();
        for key in &added {
            held.insert(*key, &demand.premises);
        }
        if assign(demands, next + 1, held, tries)? {
            return Some(true);
        }
        for key in &added {
            held.remove(key);
        }
    }
    Some(false)
}
