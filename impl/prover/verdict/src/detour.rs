//! Clauses without those that lead through a place where copies get stuck.
//!
//! Of several ways to derive a fact the engine keeps one, and that one may lead
//! through an output that nobody reads, or through an `else` that is not open,
//! or through the side of a condition on which the query holds once the copies
//! of the derivation are one. Without the clauses that pass such a point, or
//! take such a side, other ways come to light. What is
//! found so is a derivation from the same clauses, only from fewer of them; that
//! none is found says nothing.

use horn::{InitialClause, Origin, PathStep};
use logic::{Clause, Disequality, Predicate};
use pi::PointId;
use proof::{Derivation, DerivationRule};
use std::collections::BTreeSet;

/// Most points that are avoided one at a time.
const POINTS: usize = 4;
/// Most outputs that are avoided one at a time.
const OUTPUTS: usize = 4;
/// Most sides of conditions that are avoided one at a time.
const SIDES: usize = 6;

/// What a clause may do on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Way {
    /// It passes an output, takes the `else` of a condition, or ends here.
    Through(PointId),
    /// It takes one side of a condition, or an entry of a table.
    Side(PointId, bool),
}

/// Sets of ways to avoid, in the order in which they are tried: each by itself, then
/// all.
pub(crate) fn avoided(blocked: &BTreeSet<Way>) -> Vec<BTreeSet<Way>> {
    let mut sets: Vec<BTreeSet<Way>> = blocked
        .iter()
        .take(POINTS)
        .map(|way| BTreeSet::from([*way]))
        .collect();
    if blocked.len() > 1 {
        sets.push(blocked.clone());
    }
    sets
}

/// The outputs that the derivations use, the nearest to their goals first: where no
/// place is in the way, what is wrong with a derivation may be whose message it takes,
/// while one of the attacker's own would do.
pub(crate) fn outputs(clauses: &[InitialClause], derivations: &[Derivation]) -> Vec<BTreeSet<Way>> {
    let mut found: Vec<Way> = Vec::new();
    for node in derivations.iter().flat_map(|d| d.nodes.iter().rev()) {
        let DerivationRule::Clause { clause, .. } = &node.rule else {
            continue;
        };
        let initial = clauses.get(*clause as usize);
        let Some(Origin::Process(origin)) = initial.map(|c| &c.origin) else {
            continue;
        };
        let way = Way::Through(origin.action);
        let output = matches!(node.fact.predicate, Predicate::Attacker(_));
        if output && !found.contains(&way) {
            found.push(way);
        }
    }
    found.truncate(OUTPUTS);
    let mut sets: Vec<BTreeSet<Way>> = found.iter().map(|w| BTreeSet::from([*w])).collect();
    if found.len() > 1 {
        sets.push(found.into_iter().collect());
    }
    sets
}

/// The sides of conditions that the derivations take, where other clauses take
/// the other side.
pub(crate) fn sides(clauses: &[InitialClause], derivations: &[Derivation]) -> Vec<BTreeSet<Way>> {
    let all: BTreeSet<(PointId, bool)> = clauses.iter().flat_map(|c| taken(&c.origin)).collect();
    let mut found: Vec<BTreeSet<Way>> = Vec::new();
    // The last steps of a derivation are the nearest to its goal.
    let nodes = derivations.iter().flat_map(|d| d.nodes.iter().rev());
    for node in nodes {
        let DerivationRule::Clause { clause, .. } = &node.rule else {
            continue;
        };
        let Some(initial) = clauses.get(*clause as usize) else {
            continue;
        };
        for (point, then) in taken(&initial.origin) {
            let way = BTreeSet::from([Way::Side(point, then)]);
            if all.contains(&(point, !then)) && !found.contains(&way) {
                found.push(way);
            }
        }
    }
    found.truncate(SIDES);
    found
}

fn taken(origin: &Origin) -> Vec<(PointId, bool)> {
    let Origin::Process(origin) = origin else {
        return Vec::new();
    };
    let side = |step: &PathStep| match step {
        PathStep::Branch { point, then } => Some((*point, *then)),
        _ => None,
    };
    origin.path.iter().filter_map(side).collect()
}

/// The clauses, numbered as before; those that go one of the ways are void.
pub(crate) fn without(clauses: &[InitialClause], ways: &BTreeSet<Way>) -> Vec<Clause> {
    clauses
        .iter()
        .map(|initial| {
            let mut clause = initial.clause.clone();
            if goes(&initial.origin, ways) {
                // Without a pair that could differ it is false.
                clause.constraints.push(Disequality {
                    universals: Vec::new(),
                    pairs: Vec::new(),
                });
            }
            clause
        })
        .collect()
}

fn goes(origin: &Origin, ways: &BTreeSet<Way>) -> bool {
    let Origin::Process(origin) = origin else {
        return false;
    };
    let action = ways.contains(&Way::Through(origin.action));
    action
        || origin.path.iter().any(|step| match step {
            PathStep::Get { point, .. } => ways.contains(&Way::Side(*point, true)),
            PathStep::Passed { point } => ways.contains(&Way::Through(*point)),
            PathStep::Branch { point, then } => {
                ways.contains(&Way::Side(*point, *then))
                    || !*then && ways.contains(&Way::Through(*point))
            }
            _ => false,
        })
}
