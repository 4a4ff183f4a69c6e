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
            Self::PathUp => Path::of(&|f, g| f > g).greater(left, right),
            Self::PathDown => Path::of(&|f, g| f < g).greater(left, right),
            Self::PathRoots(roots) => {
                let above = |f: FunId, g: FunId| (roots.contains(&f), f) > (roots.contains(&g), g);
                Path::of(&above).greater(left, right)
            }
        }
    }
}

/// A lexicographic path order. Its definition meets the same two subterms along
/// many ways, so what it answered is kept, by their places in memory.
struct Path<'a> {
    above: &'a dyn Fn(FunId, FunId) -> bool,
    known: BTreeMap<(*const RuleTerm, *const RuleTerm), bool>,
}

impl<'a> Path<'a> {
    fn of(above: &'a dyn Fn(FunId, FunId) -> bool) -> Self {
        Self {
            above,
            known: BTreeMap::new(),
        }
    }

    fn greater(&mut self, left: &RuleTerm, right: &RuleTerm) -> bool {
        let key = (core::ptr::from_ref(left), core::ptr::from_ref(right));
        if let Some(known) = self.known.get(&key) {
            return *known;
        }
        let answer = self.compare(left, right);
        self.known.insert(key, answer);
        answer
    }

    fn compare(&mut self, left: &RuleTerm, right: &RuleTerm) -> bool {
        let RuleTerm::Apply(f, a) = left else {
            return false;
        };
        if a.iter().any(|t| t == right || self.greater(t, right)) {
            return true;
        }
        let RuleTerm::Apply(g, b) = right else {
            return false;
        };
        if (self.above)(*f, *g) {
            return b.iter().all(|t| self.greater(left, t));
        }
        if f != g || a.len() != b.len() || !b.iter().all(|t| self.greater(left, t)) {
            return false;
        }
        a.iter()
            .zip(b)
            .find(|(x, y)| x != y)
            .is_some_and(|(x, y)| self.greater(x, y))
    }
}
