//! Two copies of one role that is written twice.
//!
//! `A | A` has two copies of `A` and no more. What the first can do the second can do,
//! too, so of their clauses the engine keeps one where they say the same, and a
//! derivation may ask one of the copies for what only both can do. Nodes of a copy that
//! would have to take two messages at one input are given to its twin here: a component
//! of the same parallel composition whose clauses have paths of the same form, point by
//! point at the same distance. The derivation is then made anew by their clauses, so
//! that names that the one makes are names that the other makes.

use crate::merge::{Lineage, Turn, pairs, slots};
use crate::spread;
use horn::{Goal, InitialClause, Origin, PathStep, ProcessOrigin, Translation};
use pi::PointId;
use proof::{Derivation, DerivationRule};
use std::collections::{BTreeMap, BTreeSet};

/// Most components that are looked at as twins of one.
const TWINS: u32 = 4;
/// Most derivations that come of one.
const SHARED: usize = 8;

/// The derivation with the work of a copy shared with a twin, in some ways.
pub(crate) fn shared(
    translation: &mut Translation,
    goal: &Goal,
    derivation: &Derivation,
) -> Vec<Derivation> {
    let mut found: Vec<Derivation> = Vec::new();
    let mut wanted = conflicts(translation, derivation, true);
    wanted.extend(conflicts(translation, derivation, false));
    for (lineage, groups) in wanted {
        // The innermost composition is the nearest to what the copy is.
        for (fork, turn) in lineage.iter().rev() {
            let Turn::Component(own) = turn else {
                continue;
            };
            for nodes in &groups {
                for twin in (0..TWINS).filter(|t| t != own) {
                    let clauses = &translation.clauses;
                    let Some(others) = given(clauses, derivation, nodes, *fork, twin) else {
                        continue;
                    };
                    let shared = spread::by_other_clauses(translation, goal, derivation, &others);
                    found.extend(shared.filter(|s| !found.contains(s)));
                    if found.len() >= SHARED {
                        return found;
                    }
                }
            }
        }
    }
    found
}

/// The copies that would have to take different messages at one input, or different
/// entries at one `get`: which nodes want which. Messages differ where they cannot be
/// made one, or where they are not one yet.
fn conflicts(
    translation: &mut Translation,
    derivation: &Derivation,
    never: bool,
) -> Vec<(Lineage, Vec<BTreeSet<u32>>)> {
    let Translation {
        clauses,
        theory,
        store,
        ..
    } = translation;
    let mut found = Vec::new();
    for ((lineage, _), takers) in slots(clauses, derivation) {
        let mut groups: Vec<(u32, BTreeSet<u32>)> = Vec::new();
        for (node, premise) in takers {
            let group = groups.iter_mut().find(|(first, _)| {
                let pairs = pairs(derivation, *first, premise);
                pairs.iter().all(|(l, r)| l == r)
                    || never && !theory.unify(store, &pairs).is_empty()
            });
            match group {
                Some((_, nodes)) => {
                    nodes.insert(node);
                }
                None => groups.push((premise, BTreeSet::from([node]))),
            }
        }
        if groups.len() > 1 {
            let groups = groups.into_iter().map(|(_, nodes)| nodes).collect();
            found.push((lineage, groups));
        }
    }
    found
}

/// The clauses of the twin for all of some nodes.
fn given(
    clauses: &[InitialClause],
    derivation: &Derivation,
    nodes: &BTreeSet<u32>,
    fork: PointId,
    twin: u32,
) -> Option<BTreeMap<u32, u32>> {
    let mut others = BTreeMap::new();
    for node in nodes {
        let rule = &derivation.nodes.get(*node as usize)?.rule;
        let DerivationRule::Clause { clause, .. } = rule else {
            return None;
        };
        let own = clauses.get(*clause as usize)?;
        let other = clauses.iter().position(|c| are_twins(own, c, fork, twin))?;
        others.insert(*node, u32::try_from(other).ok()?);
    }
    Some(others)
}

/// Whether a clause is that of a twin: its way is the same up to a parallel
/// composition, takes this component there, and is of the same form from there on.
fn are_twins(own: &InitialClause, other: &InitialClause, fork: PointId, twin: u32) -> bool {
    let (Origin::Process(a), Origin::Process(b)) = (&own.origin, &other.origin) else {
        return false;
    };
    let (hypotheses, others) = (&own.clause.hypotheses, &other.clause.hypotheses);
    let alike = own.clause.conclusion.predicate == other.clause.conclusion.predicate
        && hypotheses.len() == others.len()
        && hypotheses
            .iter()
            .zip(others)
            .all(|(h, o)| h.predicate == o.predicate);
    alike && same_form(a, b, fork, twin)
}

fn same_form(own: &ProcessOrigin, other: &ProcessOrigin, fork: PointId, twin: u32) -> bool {
    if own.path.len() != other.path.len() {
        return false;
    }
    let mut distance = None;
    for (a, b) in own.path.iter().zip(&other.path) {
        match (a, b) {
            (PathStep::Component { point, .. }, PathStep::Component { point: p, index })
                if distance.is_none() && *point == fork && *p == fork =>
            {
                if *index != twin {
                    return false;
                }
                // What comes next shows how far apart they are.
                distance = Some(None);
            }
            _ => {
                if core::mem::discriminant(a) != core::mem::discriminant(b) || turns(a) != turns(b)
                {
                    return false;
                }
                let apart = i64::from(b.point().0) - i64::from(a.point().0);
                let known = match &mut distance {
                    None => 0,
                    Some(known) => *known.get_or_insert(apart),
                };
                if known != apart {
                    return false;
                }
            }
        }
    }
    let apart = i64::from(other.action.0) - i64::from(own.action.0);
    distance.is_some_and(|known| known.unwrap_or(apart) == apart)
}

/// Which way a step goes where there are several.
fn turns(step: &PathStep) -> Option<u32> {
    match step {
        PathStep::Branch { then, .. } => Some(u32::from(*then)),
        PathStep::Component { index, .. } => Some(*index),
        PathStep::Phase { phase, .. } => Some(*phase),
        _ => None,
    }
}
