//! Natural numbers: what the number facts of a clause say together.
//!
//! Numbers are built by `0` and a successor that is a constructor like any
//! other, so a message is a number when it is `0` or the successor of a number,
//! and the successor of something else is something else (Cheval, Cortier,
//! Turuani, "A little more conversation, a little less action, a lot more
//! satisfaction: global states in ProVerif", 2018, section 5, on natural
//! numbers in clauses). The facts [`Predicate::Natural`],
//! [`Predicate::NotNatural`] and [`Predicate::AtLeast`] of a clause are one
//! system of difference constraints over the variables that must be numbers,
//! all of which are at least `0`.
//!
//! Such a system has a solution over the integers exactly when its graph has no
//! negative cycle (Bellman 1958; Cormen et al., section 24.4), so [`impossible`]
//! is exact for these facts, and [`follows`] is exact because the negation of
//! `a >= b` is `b >= a + 1`.
//!
//! [`impossible`]: Theory::impossible
//! [`follows`]: Theory::follows

use super::Theory;
use logic::{Disequality, Fact, Predicate, Store, Substitution, Symbol, TermId, Var, View};
use std::collections::{BTreeMap, BTreeSet};

/// Variables are moved by this where they are replaced.
const RENAMED: u32 = 1 << 29;
/// Largest number that a variable is replaced by a successor of.
const LARGEST: i64 = 2_000;
/// How often a number is raised because it must differ from another.
const RAISED: usize = 64;

/// The symbols of numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Numbers {
    /// `0`.
    pub zero: Symbol,
    /// `x ↦ x + 1`.
    pub successor: Symbol,
}

/// A term without the successors around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Base {
    Zero,
    Var(Var),
    /// No number, whatever its variables are.
    Other,
}

/// `left - right >= gap`.
#[derive(Clone, Copy, Debug)]
struct Edge {
    left: Base,
    right: Base,
    gap: i64,
}

/// The facts of a clause, read.
#[derive(Debug, Default)]
struct System {
    edges: Vec<Edge>,
    natural: BTreeSet<Var>,
    other: BTreeSet<Var>,
    broken: bool,
}

impl Theory {
    /// Whether no instance of the facts is true. Facts that are not about
    /// numbers are passed over.
    #[must_use]
    pub fn impossible(&self, store: &Store, facts: &[Fact]) -> bool {
        self.numbers
            .is_some_and(|numbers| numbers.system(store, facts).is_impossible())
    }

    /// Whether a fact about numbers is true in every instance of the facts.
    #[must_use]
    pub fn follows(&self, store: &mut Store, fact: &Fact, given: &[Fact]) -> bool {
        if given.contains(fact) {
            return true;
        }
        let Some(numbers) = self.numbers else {
            return false;
        };
        let system = numbers.system(store, given);
        if system.is_impossible() {
            return true;
        }
        let is_natural = |store: &Store, term: TermId| match numbers.base(store, term).0 {
            Base::Zero => true,
            Base::Var(v) => system.natural.contains(&v),
            Base::Other => false,
        };
        match (fact.predicate, fact.arguments.as_slice()) {
            (Predicate::Natural, [term]) => is_natural(store, *term),
            (Predicate::NotNatural, [term]) => match numbers.base(store, *term).0 {
                Base::Zero => false,
                Base::Var(v) => system.other.contains(&v),
                Base::Other => true,
            },
            (Predicate::AtLeast, [left, right]) => {
                if !is_natural(store, *left) || !is_natural(store, *right) {
                    return false;
                }
                let more = store.apply(numbers.successor, &[*left]);
                let mut facts: Vec<Fact> = given.to_vec();
                facts.push(Fact::new(Predicate::AtLeast, vec![*right, more]));
                numbers.system(store, &facts).is_impossible()
            }
            _ => false,
        }
    }

    /// Whether it is in every instance of the facts in which the disequalities hold,
    /// too: `a >= b` and `a <> b` are `a >= b + 1`.
    #[must_use]
    pub fn follows_apart(
        &self,
        store: &mut Store,
        fact: &Fact,
        (given, constraints): (&[Fact], &[Disequality]),
    ) -> bool {
        if self.follows(store, fact, given) {
            return true;
        }
        let Some(numbers) = self.numbers else {
            return false;
        };
        let mut apart: Vec<(TermId, TermId)> = constraints
            .iter()
            .filter(|c| c.universals.is_empty())
            .filter_map(|c| match c.pairs.as_slice() {
                [pair] => Some(*pair),
                _ => None,
            })
            .collect();
        let mut known = given.to_vec();
        loop {
            let sharper = apart.iter().enumerate().find_map(|(i, (l, r))| {
                let (more, less) = [(*l, *r), (*r, *l)].into_iter().find(|(more, less)| {
                    let least = Fact::new(Predicate::AtLeast, vec![*more, *less]);
                    self.follows(store, &least, &known)
                })?;
                let above = store.apply(numbers.successor, &[less]);
                Some((i, Fact::new(Predicate::AtLeast, vec![more, above])))
            });
            let Some((i, sharper)) = sharper else {
                return false;
            };
            apart.remove(i);
            known.push(sharper);
            if self.follows(store, fact, &known) {
                return true;
            }
        }
    }

    /// The values that the facts leave no choice about: a variable is a fixed
    /// number, or a fixed distance above another variable. Empty when the facts
    /// are impossible.
    #[must_use]
    pub fn forced(&self, store: &mut Store, facts: &[Fact]) -> Substitution {
        let mut out = Substitution::new();
        let Some(numbers) = self.numbers else {
            return out;
        };
        let system = numbers.system(store, facts);
        if system.is_impossible() {
            return out;
        }
        let mut roots: Vec<Base> = vec![Base::Zero];
        for var in system.natural.iter().copied() {
            let own = Base::Var(var);
            let fixed = roots.iter().find_map(|root| {
                let gap = system.distance(*root, own)?;
                // `own - root >= gap` and `root - own >= -gap`.
                (system.distance(own, *root) == gap.checked_neg()).then_some((*root, gap))
            });
            match fixed {
                Some((root, gap)) if gap >= 0 => {
                    let mut term = match root {
                        Base::Var(v) => store.var(v),
                        Base::Zero | Base::Other => store.apply(numbers.zero, &[]),
                    };
                    for _ in 0..gap {
                        term = store.apply(numbers.successor, &[term]);
                    }
                    out.bind(var, term);
                }
                // Below its root: left as it is.
                Some(_) => {}
                None => roots.push(own),
            }
        }
        out
    }

    /// Whether the facts and the disequalities cannot all be true, as far as
    /// forced values show.
    #[must_use]
    pub fn contradictory(
        &self,
        store: &mut Store,
        facts: &[Fact],
        constraints: &[Disequality],
    ) -> bool {
        if self.numbers.is_none() || !facts.iter().any(|f| f.predicate.is_number()) {
            return false;
        }
        if self.impossible(store, facts) {
            return true;
        }
        if constraints.is_empty() {
            return false;
        }
        let Some(numbers) = self.numbers else {
            return false;
        };
        let Some(facts) = numbers.raise(store, facts, constraints) else {
            return true;
        };
        let mut forced = self.forced(store, &facts);
        // What is at least k is the k-th successor of something.
        let system = numbers.system(store, &facts);
        for v in &system.natural {
            let least = system.distance(Base::Zero, Base::Var(*v)).unwrap_or(0);
            if forced.image(*v).is_none() && (1..=LARGEST).contains(&least) {
                let mut term = store.var(Var(v.0.saturating_add(RENAMED)));
                for _ in 0..least {
                    term = store.apply(numbers.successor, &[term]);
                }
                forced.bind(*v, term);
            }
        }
        constraints.iter().any(|c| {
            let instance = forced.disequality(store, c);
            instance != *c && self.simplify(store, &instance) == super::Simplified::False
        })
    }

    /// Whether two sides differ in every instance of the facts, because no
    /// numbers make them equal.
    #[must_use]
    pub fn numbers_differ(
        &self,
        store: &mut Store,
        constraint: &Disequality,
        facts: &[Fact],
    ) -> bool {
        if self.numbers.is_none() || !constraint.universals.is_empty() {
            return false;
        }
        self.unify(store, &constraint.pairs)
            .into_iter()
            .all(|unifier| {
                let facts: Vec<Fact> = facts
                    .iter()
                    .filter(|f| f.predicate.is_number())
                    .map(|f| unifier.fact(store, f))
                    .collect();
                self.impossible(store, &facts)
            })
    }

    /// A value for every variable that must be a number, small ones, such that
    /// single numbers that must differ do; `None` when none was found.
    #[must_use]
    pub fn solution(
        &self,
        store: &mut Store,
        facts: &[Fact],
        constraints: &[Disequality],
    ) -> Option<BTreeMap<Var, u64>> {
        let numbers = self.numbers?;
        let mut facts = facts.to_vec();
        let mut values = numbers.least(store, &facts)?;
        for _ in 0..RAISED {
            let equal = constraints.iter().find_map(|c| match c.pairs.as_slice() {
                [(left, right)] if c.universals.is_empty() => {
                    let value = |term: TermId| {
                        let (base, above) = numbers.base(store, term);
                        let base = match base {
                            Base::Zero => 0,
                            Base::Var(v) => *values.get(&v)?,
                            Base::Other => return None,
                        };
                        base.checked_add(u64::try_from(above).ok()?)
                    };
                    let equal = value(*left).is_some() && value(*left) == value(*right);
                    equal.then_some([*left, *right])
                }
                _ => None,
            });
            let Some(sides) = equal else {
                return Some(values);
            };
            // One of the two is larger, if that is possible.
            (facts, values) = sides.into_iter().find_map(|side| {
                let (Base::Var(v), _) = numbers.base(store, side) else {
                    return None;
                };
                let mut bound = store.apply(numbers.zero, &[]);
                for _ in 0..=*values.get(&v)? {
                    bound = store.apply(numbers.successor, &[bound]);
                }
                let mut more = facts.clone();
                let value = store.var(v);
                more.push(Fact::new(Predicate::AtLeast, vec![value, bound]));
                let values = numbers.least(store, &more)?;
                Some((more, values))
            })?;
        }
        None
    }

    /// The symbols of numbers, if the program has numbers.
    #[must_use]
    pub fn numbers(&self) -> Option<Numbers> {
        self.numbers
    }
}

impl Numbers {
    /// The least value of every variable that must be a number.
    fn least(self, store: &Store, facts: &[Fact]) -> Option<BTreeMap<Var, u64>> {
        let system = self.system(store, facts);
        if system.is_impossible() {
            return None;
        }
        system
            .natural
            .iter()
            .map(|v| {
                let least = system.distance(Base::Zero, Base::Var(*v)).unwrap_or(0);
                Some((*v, u64::try_from(least).ok()?))
            })
            .collect()
    }

    /// The term without successors, and how many there were.
    fn base(self, store: &Store, mut term: TermId) -> (Base, i64) {
        let mut count = 0_i64;
        loop {
            match store.view(term) {
                View::Var(v) => return (Base::Var(v), count),
                View::Apply(symbol, []) if symbol == self.zero => return (Base::Zero, count),
                View::Apply(symbol, [inner]) if symbol == self.successor => {
                    count = count.saturating_add(1);
                    term = *inner;
                }
                View::Apply(..) => return (Base::Other, count),
            }
        }
    }

    /// The facts, with lower bounds raised past the numbers that disequalities
    /// exclude: `x >= 2` and `x <> 2` are `x >= 3`. `None` when nothing is left.
    fn raise(
        self,
        store: &mut Store,
        facts: &[Fact],
        constraints: &[Disequality],
    ) -> Option<Vec<Fact>> {
        let mut excluded: BTreeSet<(Var, i64)> = BTreeSet::new();
        for constraint in constraints {
            let ([(left, right)], true) = (
                constraint.pairs.as_slice(),
                constraint.universals.is_empty(),
            ) else {
                continue;
            };
            match (self.base(store, *left), self.base(store, *right)) {
                ((Base::Var(v), up), (Base::Zero, n)) | ((Base::Zero, n), (Base::Var(v), up)) => {
                    excluded.insert((v, n.saturating_sub(up)));
                }
                _ => {}
            }
        }
        let mut facts = facts.to_vec();
        // Each round takes one of the excluded numbers away.
        loop {
            let system = self.system(store, &facts);
            if system.is_impossible() {
                return None;
            }
            let lowest = excluded.iter().copied().find(|(v, n)| {
                system.natural.contains(v)
                    && system.distance(Base::Zero, Base::Var(*v)).unwrap_or(0) == *n
            });
            let Some((v, n)) = lowest else {
                return Some(facts);
            };
            excluded.remove(&(v, n));
            let mut bound = store.apply(self.zero, &[]);
            for _ in 0..=n {
                bound = store.apply(self.successor, &[bound]);
            }
            let value = store.var(v);
            facts.push(Fact::new(Predicate::AtLeast, vec![value, bound]));
        }
    }

    fn system(self, store: &Store, facts: &[Fact]) -> System {
        let mut system = System::default();
        for fact in facts {
            match (fact.predicate, fact.arguments.as_slice()) {
                (Predicate::Natural, [term]) => system.natural(self.base(store, *term).0),
                (Predicate::NotNatural, [term]) => match self.base(store, *term).0 {
                    Base::Zero => system.broken = true,
                    Base::Var(v) => {
                        system.other.insert(v);
                    }
                    Base::Other => {}
                },
                (Predicate::AtLeast, [left, right]) => {
                    let (left, above) = self.base(store, *left);
                    let (right, below) = self.base(store, *right);
                    system.natural(left);
                    system.natural(right);
                    system.edges.push(Edge {
                        left,
                        right,
                        gap: below.saturating_sub(above),
                    });
                }
                _ => {}
            }
        }
        for v in &system.natural {
            system.edges.push(Edge {
                left: Base::Var(*v),
                right: Base::Zero,
                gap: 0,
            });
        }
        system
    }
}

impl System {
    fn natural(&mut self, base: Base) {
        match base {
            Base::Zero => {}
            Base::Var(v) => {
                self.natural.insert(v);
            }
            Base::Other => self.broken = true,
        }
    }

    fn is_impossible(&self) -> bool {
        self.broken || !self.natural.is_disjoint(&self.other) || self.distances(None).is_none()
    }

    /// The largest `gap` such that `to - from >= gap` follows; `None` when there
    /// is no such number. The system must be possible.
    fn distance(&self, from: Base, to: Base) -> Option<i64> {
        self.distances(Some(from))?.get(&to).copied()
    }

    /// Longest paths from a node, or from all nodes at once; `None` when some
    /// path has no longest.
    fn distances(&self, from: Option<Base>) -> Option<BTreeMap<Base, i64>> {
        let mut nodes: BTreeSet<Base> = self.natural.iter().map(|v| Base::Var(*v)).collect();
        nodes.insert(Base::Zero);
        let mut best: BTreeMap<Base, i64> = match from {
            Some(node) => BTreeMap::from([(node, 0)]),
            None => nodes.iter().map(|n| (*n, 0)).collect(),
        };
        for _ in 0..=nodes.len() {
            let mut changed = false;
            for edge in &self.edges {
                let Some(reached) = best.get(&edge.right) else {
                    continue;
                };
                let length = reached.saturating_add(edge.gap);
                if best.get(&edge.left).is_none_or(|known| *known < length) {
                    best.insert(edge.left, length);
                    changed = true;
                }
            }
            if !changed {
                return Some(best);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Lab {
        store: Store,
        theory: Theory,
    }

    const SYMBOLS: Numbers = Numbers {
        zero: Symbol(0),
        successor: Symbol(1),
    };

    impl Lab {
        fn new() -> Self {
            Self {
                store: Store::new(),
                theory: Theory {
                    numbers: Some(SYMBOLS),
                    ..Theory::default()
                },
            }
        }

        /// `x_v + more`.
        fn x(&mut self, v: u32, more: u32) -> TermId {
            let base = self.store.var(Var(v));
            self.up(base, more)
        }

        fn n(&mut self, n: u32) -> TermId {
            let base = self.store.apply(SYMBOLS.zero, &[]);
            self.up(base, n)
        }

        fn up(&mut self, mut term: TermId, more: u32) -> TermId {
            for _ in 0..more {
                term = self.store.apply(SYMBOLS.successor, &[term]);
            }
            term
        }
    }

    fn geq(left: TermId, right: TermId) -> Fact {
        Fact::new(Predicate::AtLeast, vec![left, right])
    }

    #[test]
    fn nothing_is_between_three_and_four() {
        let mut lab = Lab::new();
        let (x, three, four) = (lab.x(0, 0), lab.n(3), lab.n(4));
        let x1 = lab.x(0, 1);
        // x > 3 and x < 4; then x > 3 and x < 5.
        let tight = [geq(x, four), geq(three, x)];
        assert!(lab.theory.impossible(&lab.store, &tight));
        let open = [geq(x, four), geq(four, x)];
        assert!(!lab.theory.impossible(&lab.store, &open));
        let five = lab.n(5);
        assert!(lab.theory.follows(&mut lab.store, &geq(x1, five), &open));
        assert!(!lab.theory.follows(&mut lab.store, &geq(x, five), &open));
        let forced = lab.theory.forced(&mut lab.store, &open);
        assert_eq!(forced.term(&mut lab.store, x), four);
    }

    #[test]
    fn a_circle_of_strict_comparisons_is_impossible() {
        let mut lab = Lab::new();
        let (x, y, z) = (lab.x(0, 0), lab.x(1, 0), lab.x(2, 0));
        let (x1, y1, z1) = (lab.x(0, 1), lab.x(1, 1), lab.x(2, 1));
        assert!(!lab.theory.impossible(&lab.store, &[geq(x, y1), geq(y, z1)]));
        let circle = [geq(x, y1), geq(y, z1), geq(z, x1)];
        assert!(lab.theory.impossible(&lab.store, &circle));
        let chain = [geq(x, y1), geq(y, z1)];
        let z2 = lab.x(2, 2);
        let z3 = lab.x(2, 3);
        assert!(lab.theory.follows(&mut lab.store, &geq(x, z2), &chain));
        assert!(!lab.theory.follows(&mut lab.store, &geq(x, z3), &chain));
        let least = lab
            .theory
            .solution(&mut lab.store, &chain, &[])
            .expect("possible");
        assert_eq!(least.get(&Var(0)), Some(&2));
    }

    #[test]
    fn what_is_no_number_has_no_number_above_it() {
        let mut lab = Lab::new();
        let name = lab.store.apply(Symbol(7), &[]);
        let above = lab.up(name, 1);
        let natural = Fact::new(Predicate::Natural, vec![above]);
        assert!(lab.theory.impossible(&lab.store, &[natural]));
        let not = Fact::new(Predicate::NotNatural, vec![above]);
        assert!(lab.theory.follows(&mut lab.store, &not, &[]));
        let x = lab.x(0, 0);
        let x2 = lab.x(0, 2);
        let both = [
            Fact::new(Predicate::Natural, vec![x2]),
            Fact::new(Predicate::NotNatural, vec![x]),
        ];
        assert!(lab.theory.impossible(&lab.store, &both));
    }

    #[test]
    fn numbers_that_are_excluded_one_by_one() {
        let mut lab = Lab::new();
        let (x, zero, one, two) = (lab.x(0, 0), lab.n(0), lab.n(1), lab.n(2));
        let differ = |number| Disequality {
            universals: Vec::new(),
            pairs: vec![(x, number)],
        };
        let facts = [geq(one, x)];
        let both = [differ(one), differ(zero)];
        assert!(lab.theory.contradictory(&mut lab.store, &facts, &both));
        let one_is_left = [differ(two), differ(zero)];
        assert!(
            !lab.theory
                .contradictory(&mut lab.store, &facts, &one_is_left)
        );
        assert!(
            !lab.theory
                .contradictory(&mut lab.store, &[geq(two, x)], &both)
        );
    }

    #[test]
    fn a_bound_that_is_not_reached() {
        let mut lab = Lab::new();
        let (x, y, y1, y2) = (lab.x(0, 0), lab.x(1, 0), lab.x(1, 1), lab.x(1, 2));
        let differ = |number| Disequality {
            universals: Vec::new(),
            pairs: vec![(number, x)],
        };
        let given = [geq(x, y)];
        let mut follows = |fact, apart: &[Disequality]| {
            let theory = &lab.theory;
            theory.follows_apart(&mut lab.store, &fact, (&given, apart))
        };
        assert!(follows(geq(x, y1), &[differ(y)]));
        assert!(follows(geq(x, y2), &[differ(y1), differ(y)]));
        assert!(!follows(geq(x, y1), &[]));
        assert!(!follows(geq(x, y2), &[differ(y)]));
        assert!(!follows(geq(x, y2), &[differ(y1)]));
        assert!(!follows(geq(y, x), &[differ(y)]));
    }

    #[test]
    fn numbers_that_are_forced_to_be_equal_do_not_differ() {
        let mut lab = Lab::new();
        let (x, y) = (lab.x(0, 0), lab.x(1, 0));
        let facts = [geq(x, y), geq(y, x)];
        let differ = Disequality {
            universals: Vec::new(),
            pairs: vec![(x, y)],
        };
        assert!(lab.theory.contradictory(&mut lab.store, &facts, &[differ]));
    }
}
