//! Clauses without those that lead through a place where copies get stuck.
//!
//! Of several ways to derive a fact the engine keeps one, and that one may lead
//! through an output that nobody reads, or through an `else` that is not open.
//! Without the clauses that pass such a point other ways come to light. What is
//! found so is a derivation from the same clauses, only from fewer of them; that
//! none is found says nothing.

use horn::{InitialClause, Origin, PathStep};
use logic::{Clause, Disequality};
use pi::PointId;
use std::collections::BTreeSet;

/// Most points that are avoided one at a time.
const POINTS: usize = 4;

/// Sets of points to avoid, in the order in which they are tried: each by
/// itself, then all.
pub(crate) fn avoided(points: &BTreeSet<PointId>) -> Vec<BTreeSet<PointId>> {
    let mut sets: Vec<BTreeSet<PointId>> = points
        .iter()
        .take(POINTS)
        .map(|p| BTreeSet::from([*p]))
        .collect();
    if points.len() > 1 {
        sets.push(points.clone());
    }
    sets
}

/// The clauses, numbered as before; those that pass one of the points are void.
pub(crate) fn without(clauses: &[InitialClause], points: &BTreeSet<PointId>) -> Vec<Clause> {
    clauses
        .iter()
        .map(|initial| {
            let mut clause = initial.clause.clone();
            if passes(&initial.origin, points) {
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

fn passes(origin: &Origin, points: &BTreeSet<PointId>) -> bool {
    let Origin::Process(origin) = origin else {
        return false;
    };
    origin.path.iter().any(|step| match step {
        PathStep::Passed { point } | PathStep::Branch { point, then: false } => {
            points.contains(point)
        }
        _ => false,
    })
}
