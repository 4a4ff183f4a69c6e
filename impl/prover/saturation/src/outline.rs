//! What is known of a clause before it is compared with another one.
//!
//! Most comparisons fail, and most of those for a reason that shows without
//! looking at a term: a hypothesis of the general clause that no hypothesis of
//! the special one can be an instance of. Outlines hold what that takes, side by
//! side; entries have theirs made once.

use crate::fingerprint::{self, Fingerprint};
use crate::rules::subsumption::Features;
use crate::variables::VariableSet;
use logic::{Clause, Fact, Predicate, Store, View};

/// Of one fact.
#[derive(Clone, Copy, Debug)]
struct Shape {
    symbols: u64,
    /// Mixed from its parts; that different ones are told apart is not promised.
    predicate: u32,
    /// Head of the first argument; [`OPEN`] if that is a variable or absent.
    head: u32,
    depth: u32,
    /// Saturating.
    size: u32,
}

const OPEN: u32 = u32::MAX;

impl Shape {
    fn of(store: &Store, fact: &Fact) -> Self {
        let head = fact.arguments.first().map(|t| store.view(*t));
        let arguments = &fact.arguments;
        Self {
            predicate: mixed(fingerprint::predicate_code(fact)),
            head: match head {
                Some(View::Apply(symbol, _)) => symbol.0,
                Some(View::Var(_)) | None => OPEN,
            },
            depth: arguments.iter().map(|t| store.depth(*t)).max().unwrap_or(0),
            symbols: arguments.iter().fold(0, |all, t| all | store.symbols(*t)),
            size: size(store, fact),
        }
    }

    /// False only if no instance of this fact is the other one.
    fn may_match(&self, other: &Self) -> bool {
        self.predicate == other.predicate
            && (self.head == other.head || self.head == OPEN)
            && self.symbols & !other.symbols == 0
            && self.size <= other.size
            && self.depth <= other.depth
    }
}

fn size(store: &Store, fact: &Fact) -> u32 {
    let sizes = fact.arguments.iter().map(|t| store.size(*t));
    sizes.fold(0, u32::saturating_add)
}

fn mixed(code: u64) -> u32 {
    let kind = u32::try_from(code >> 32).unwrap_or(u32::MAX);
    (code as u32) ^ kind.rotate_right(8)
}

/// Of a clause.
#[derive(Clone, Debug)]
pub(crate) struct Outline {
    pub(crate) features: Features,
    pub(crate) head: Fingerprint,
    pub(crate) shapes: Shapes,
}

/// Of its hypotheses.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shapes {
    all: Box<[Shape]>,
    /// Hypotheses that are not about numbers, largest first.
    pub(crate) order: Box<[u32]>,
}

impl Outline {
    /// Of a clause.
    pub(crate) fn of(store: &Store, clause: &Clause) -> Self {
        let all: Box<[_]> = clause
            .hypotheses
            .iter()
            .map(|h| Shape::of(store, h))
            .collect();
        let mut order: Vec<u32> = (0..)
            .zip(&clause.hypotheses)
            .filter(|(_, h)| !h.predicate.is_number())
            .map(|(i, _)| i)
            .collect();
        order.sort_by_key(|i| std::cmp::Reverse(all[*i as usize].size));
        Self {
            features: Features::of(store, clause),
            head: Fingerprint::of(store, &clause.conclusion),
            shapes: Shapes {
                all,
                order: order.into(),
            },
        }
    }
}

impl Shapes {
    /// False only if this hypothesis has no instance that is that hypothesis of
    /// the other clause.
    pub(crate) fn may_become(&self, hypothesis: usize, other: &Self, target: usize) -> bool {
        self.all[hypothesis].may_match(&other.all[target])
    }

    /// False only if one of these hypotheses has no instance among those of the
    /// other clause.
    pub(crate) fn may_stand_in(&self, hypotheses: &[u32], other: &Self) -> bool {
        hypotheses.iter().all(|h| {
            let shape = &self.all[*h as usize];
            other.all.iter().any(|target| shape.may_match(target))
        })
    }
}

/// The hypotheses that [`crate::rules::instance`] has to find in the clause, in the
/// order in which it looks for them: all but attacker facts whose variables the others,
/// or the conclusion, bind. What the attacker knows comes last, as it fits in most
/// places.
pub(crate) fn searched(store: &Store, clause: &Clause) -> Box<[u32]> {
    let mut bound = VariableSet::of(store, &clause.conclusion);
    let mut found = Vec::new();
    for knowledge in [false, true] {
        for (i, fact) in (0..).zip(&clause.hypotheses) {
            if matches!(fact.predicate, Predicate::Attacker(_)) != knowledge {
                continue;
            }
            let variables = VariableSet::of(store, fact);
            if knowledge && variables.is_subset(&bound) {
                continue;
            }
            found.push(i);
            bound.extend(&variables);
        }
    }
    found.into()
}
