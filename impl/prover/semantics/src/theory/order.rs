//! Termination orders: size with variable counts, and the lexicographic path
//! order (Kamin and Lévy, 1980) under a total precedence.

use super::{occurrences, size};
use pi::{FunId, RuleTerm};
use std::collections::{BTreeMap, BTreeSet};

/// A strict order that is stable under instances, closed under contexts and
/// well-founded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// Fewer symbols, and no variable more often.
    Size,
    /// Path order, later declared symbols above earlier ones.
    PathUp,
    /// Path order, earlier declared symbols above later ones.
    PathDown,
    /// Path order, these symbols above the others, later declared ones above
    /// earlier ones among each.
    PathRoots(BTreeSet<FunId>),
}

impl Order {
    /// All of them, most predictable first, given the symbols at the roots of
    /// the equations' left sides: what is written there is meant to be computed.
    pub(super) fn all(roots: BTreeSet<FunId>) -> [Self; 4] {
        [
            Self::Size,
            Self::PathUp,
            Self::PathDown,
            Self::PathRoots(roots),
        ]
    }

    /// Whether the left term is greater.
    pub(super) fn greater(&self, left: &RuleTerm, right: &RuleTerm) -> bool {
        match self {
            Self::Size => {
                let (mut l, mut r) = (BTreeMap::new(), BTreeMap::new());
                occurrences(left, &mut l);
                occurrences(right, &mut r);
                size(left) > size(right) && r.iter().all(|(v, n)| l.get(v).is_some_and(|m| m >= n))
            }
            Self::PathUp => path(left, right, &|f, g| f > g),
            Self::PathDown => path(left, right, &|f, g| f < g),
            Self::PathRoots(roots) => path(left, right, &|f, g| {
                (roots.contains(&f), f) > (roots.contains(&g), g)
            }),
        }
    }
}

fn path(left: &RuleTerm, right: &RuleTerm, above: &dyn Fn(FunId, FunId) -> bool) -> bool {
    let RuleTerm::Apply(f, a) = left else {
        return false;
    };
    if a.iter().any(|t| t == right || path(t, right, above)) {
        return true;
    }
    let RuleTerm::Apply(g, b) = right else {
        return false;
    };
    let dominates = || b.iter().all(|t| path(left, t, above));
    if above(*f, *g) {
        return dominates();
    }
    if f != g || a.len() != b.len() || !dominates() {
        return false;
    }
    a.iter()
        .zip(b)
        .find(|(x, y)| x != y)
        .is_some_and(|(x, y)| path(x, y, above))
}
