//! A part of a query that fails of the clauses: the search for a run.
//!
//! The derivations of the failing clauses are followed, lightest first, each as it
//! is, with its copies merged, and with those joined that read one message. Where
//! none leads to a run, the most general derivations of the same shapes are
//! followed; then the clauses that pass the points at which copies got stuck are
//! left out, or where there are none those of the messages that were used, and the
//! rest is saturated again.

use crate::answer::{Reason, Verdict, shown};
use crate::detour;
use crate::equality::Equality;
use crate::hints::Hints;
use crate::join;
use crate::merge;
use crate::prove::LARGE;
use crate::run::{self, Obstacle};
use crate::session::{Asked, Base};
use crate::spread;
use crate::stage::Stage;
use crate::twice;
use crate::twins;
use logic::{Clause, Store};
use proof::{Derivation, DerivationNode, DerivationRule};
use saturation::{Limits, Origin, Saturated, Setting, StopReason};
use std::collections::BTreeSet;

/// Most failing clauses whose derivations are compared.
const CANDIDATES: usize = 200;
/// Most derivations that are handed on.
const DERIVATIONS: usize = 12;
/// How many detours may follow each other.
pub(crate) const DETOURS: u32 = 2;
/// Ways that are tried on a detour from a detour.
const TURNS: usize = 2;
/// How many steps the search for a run may take, a quarter of it on a detour.
const STEPS: usize = 40_000;
/// How much work a saturation without some of the clauses may be.
const DETOUR: u64 = 50_000;

impl Stage<'_> {
    /// A run that falsifies the part, along the derivations of failing clauses; or why
    /// none was found.
    pub(crate) fn attack(
        &mut self,
        saturated: &mut Saturated,
        failing: &[u32],
        limits: Limits<'_>,
    ) -> Verdict {
        // The lightest were found first.
        let candidates = &failing[..failing.len().min(CANDIDATES)];
        let complete = self.complete(saturated, candidates, limits);
        let store = &mut self.translation.store;
        let initial: Vec<&Clause> = self
            .translation
            .clauses
            .iter()
            .map(|c| &c.clause)
            .chain([&self.goal.clause])
            .collect();
        let mut derivations: Vec<Derivation> = complete
            .iter()
            .filter_map(|id| saturated.derivation(store, &initial, *id).ok())
            .map(derivation)
            .collect();
        derivations.sort_by_key(|d| d.nodes.len());
        derivations.truncate(DERIVATIONS);
        if self.goal.executions > 0 {
            let theory = &self.translation.theory;
            let joint = twice::joint(store, theory, self.goal, &derivations);
            derivations.extend(joint);
        }
        let equated: Vec<Derivation> = derivations
            .into_iter()
            .flat_map(|d| {
                let equated = merge::equated(self.translation, self.goal, &d);
                core::iter::once(d).chain(equated).collect::<Vec<_>>()
            })
            .collect();
        let mut derivations = Vec::with_capacity(equated.len());
        for derivation in equated {
            let before = self.translation.store.len();
            let mut found = self.ways(derivation, limits);
            forget(&mut self.translation.store, before, &mut found);
            derivations.extend(found);
        }
        let found = run::search(
            self.program,
            self.translation,
            self.goal,
            &derivations,
            STEPS >> (2 * (DETOURS - self.detours.min(DETOURS))),
            limits.interrupted,
        );
        match found {
            Ok(attack) => Verdict::Attacked(Box::new(attack)),
            Err(obstacles) => {
                let spread = self.spread(&derivations, limits);
                if let Some(attack) =
                    spread.or_else(|| self.detour(&obstacles, &derivations, limits))
                {
                    return Verdict::Attacked(attack);
                }
                if (limits.interrupted)() {
                    return Verdict::Stopped(StopReason::Interrupted);
                }
                let (signature, store) = (&self.translation.signature, &self.translation.store);
                let clauses = candidates
                    .iter()
                    .map(|id| shown(signature, store, &saturated.set().entry(*id).clause))
                    .collect();
                self.open(
                    Reason::Derivable(failing.len()),
                    clauses,
                    derivations,
                    obstacles.iter().map(ToString::to_string).collect(),
                )
            }
        }
    }

    /// A derivation in the ways in which runs may follow it.
    fn ways(&mut self, derivation: Derivation, limits: Limits<'_>) -> Vec<Derivation> {
        let mut found = merge::merged(self.translation, &derivation, limits.interrupted);
        found.push(derivation);
        for one in found.clone() {
            let Some(joined) = join::joined(self.translation, &one) else {
                continue;
            };
            let merged = merge::merged(self.translation, &joined, limits.interrupted);
            found.extend(merged);
            found.push(joined);
        }
        found
    }

    /// A run along the most general derivations of the same shapes, or of those in
    /// which a role that is written twice has two copies.
    fn spread(
        &mut self,
        derivations: &[Derivation],
        limits: Limits<'_>,
    ) -> Option<Box<run::Attack>> {
        if self.detours < DETOURS {
            return None;
        }
        let mut spread: Vec<Derivation> = Vec::new();
        for derivation in derivations {
            if (limits.interrupted)() || spread.len() >= DERIVATIONS {
                break;
            }
            let general = spread::spread(self.translation, self.goal, derivation);
            let shared = twins::shared(self.translation, self.goal, derivation);
            for general in general.into_iter().chain(shared) {
                if !spread.contains(&general) {
                    spread.push(general);
                }
            }
        }
        let mut ways = Vec::new();
        for derivation in spread {
            ways.extend(self.ways(derivation, limits));
        }
        let found = run::search(
            self.program,
            self.translation,
            self.goal,
            &ways,
            STEPS >> 1,
            limits.interrupted,
        );
        found.ok().map(Box::new)
    }

    /// A run along other derivations, which do not pass the points at which
    /// copies got stuck; in the end, not the sides of conditions they took.
    fn detour(
        &mut self,
        obstacles: &[Obstacle],
        derivations: &[Derivation],
        limits: Limits<'_>,
    ) -> Option<Box<run::Attack>> {
        if self.detours == 0 {
            return None;
        }
        let limits = Limits {
            resolutions: limits.resolutions.min(DETOUR),
            ..limits
        };
        let blocked: BTreeSet<_> = obstacles.iter().flat_map(|o| o.blocked.clone()).collect();
        let mut ways = detour::avoided(&blocked);
        if self.detours == DETOURS {
            // Each is a saturation of its own.
            if blocked.is_empty() && self.base.saturated.progress.resolutions < LARGE {
                ways.extend(detour::outputs(&self.translation.clauses, derivations));
            }
            ways.extend(detour::sides(&self.translation.clauses, derivations));
        } else {
            ways.truncate(TURNS);
        }
        for avoided in ways {
            if (limits.interrupted)() {
                return None;
            }
            let clauses = detour::without(&self.translation.clauses, &avoided);
            let Ok(saturated) = self.anew(&clauses, limits) else {
                continue;
            };
            let base = Base::new(self.base.translation.clone(), saturated);
            let mut stage = Stage {
                base: &base,
                translation: &mut *self.translation,
                detours: self.detours - 1,
                ..*self
            };
            let Ok(mut saturated) = stage.saturated(&[], limits, &mut |_| {}) else {
                continue;
            };
            let (_, failing) = stage.solved(&saturated);
            if failing.is_empty() {
                continue;
            }
            if let Verdict::Attacked(attack) = stage.attack(&mut saturated, &failing, limits) {
                return Some(attack);
            }
        }
        None
    }

    /// Other clauses of the program, saturated.
    fn anew(&mut self, clauses: &[Clause], limits: Limits<'_>) -> Result<Saturated, StopReason> {
        let theory = Equality(&self.translation.theory);
        let asked = Asked {
            knowledge: self.translation.options.message_form,
            hints: Hints::of(self.translation),
        };
        let mut setting = Setting {
            store: &mut self.translation.store,
            signature: &self.translation.signature,
            theory: &theory,
            purpose: &asked,
            limits,
            progress: &mut |_| {},
        };
        saturation::saturate(clauses, &mut setting)
    }

    /// Entries whose derivations leave nothing open that a run must supply.
    fn complete(
        &mut self,
        saturated: &mut Saturated,
        failing: &[u32],
        limits: Limits<'_>,
    ) -> Vec<u32> {
        self.knowing(limits, &mut |_| {}, |setting| {
            let mut found = Vec::new();
            for id in failing {
                if saturated.set().entry(*id).origin != Origin::Lid {
                    found.extend(saturated.complete(*id, setting));
                }
            }
            found
        })
    }
}

/// Gives back what the search for derivations took, from the time when there were
/// so many terms on. Nothing else was made since that anybody holds.
fn forget(store: &mut Store, before: usize, derivations: &mut [Derivation]) {
    let moved = store.keep(before, derivations.iter().flat_map(Derivation::terms));
    for derivation in derivations {
        derivation.follow(&moved);
    }
}

fn derivation(derivation: saturation::Derivation) -> Derivation {
    Derivation {
        root: derivation.root,
        nodes: derivation
            .nodes
            .into_iter()
            .map(|node| DerivationNode {
                fact: node.fact,
                rule: match node.rule {
                    None => DerivationRule::Assumed,
                    Some((clause, instance)) => DerivationRule::Clause { clause, instance },
                },
                premises: node.premises,
            })
            .collect(),
    }
}
