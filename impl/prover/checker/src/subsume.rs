//! Subsumption and implication of constraints.
//!
//! `general` subsumes `special` when some instance of `general` has the same
//! conclusion, hypotheses among those of `special` counted as a multiset
//! (injective events count occurrences), and constraints that follow from
//! those of `special`. What `general` says of natural numbers need not stand in
//! `special`: it follows from what that says of them, by arithmetic.

use crate::load::OPENED;
use crate::unify::matches;
use horn::Theory;
use logic::{Clause, Disequality, Fact, Store, Substitution, TermId, Var, term_variables};
use std::collections::{BTreeMap, BTreeSet};

/// Most attempts to place a hypothesis, in either order. The search is
/// exponential in the worst case; a certificate that needs more is refused. Most
/// clauses need no more than one each, whatever the order, and to choose one
/// costs more than to try.
const ATTEMPTS: u32 = 1 << 14;

/// Whether `general` subsumes `special`.
pub(crate) fn subsumes(
    store: &mut Store,
    theory: &Theory,
    general: &Clause,
    special: &Clause,
) -> bool {
    let mut found = BTreeMap::new();
    if stated(general) > stated(special)
        || !fact_matches(store, &general.conclusion, &special.conclusion, &mut found)
    {
        return false;
    }
    let mut search = Search {
        store,
        theory,
        general,
        special,
        order: Order::AsTheyStand,
        placed: vec![false; general.hypotheses.len()],
        used: vec![false; special.hypotheses.len()],
        attempts: ATTEMPTS,
    };
    if search.place(&found) {
        return true;
    }
    // What has not been tried to the end is tried again.
    search.attempts == 0 && {
        search.order = Order::FewestFirst;
        search.attempts = ATTEMPTS;
        search.place(&found)
    }
}

/// How many hypotheses are not about numbers: those about numbers may follow.
fn stated(clause: &Clause) -> usize {
    let facts = clause.hypotheses.iter();
    facts.filter(|f| !f.predicate.is_number()).count()
}

/// Whether a constraint follows from the others: whenever its sides are made
/// equal, some other constraint becomes false.
///
/// Its universal variables become free ones that occur nowhere else: the
/// constraints it is compared with may have the same ones, by descent from one
/// clause, and would capture them.
pub(crate) fn implied(
    store: &mut Store,
    theory: &Theory,
    constraint: &Disequality,
    by: &[Disequality],
) -> bool {
    let pairs = opened(store, constraint);
    theory.unify(store, &pairs).iter().all(|unifier| {
        by.iter().any(|other| {
            let instance = unifier.disequality(store, other);
            is_false(store, theory, &instance)
        })
    })
}

/// The pairs of a constraint, its universal variables renamed to free ones.
fn opened(store: &mut Store, constraint: &Disequality) -> Vec<(TermId, TermId)> {
    let mut rename = Substitution::new();
    for (z, number) in constraint.universals.iter().zip(OPENED..) {
        let image = store.var(Var(number));
        rename.bind(*z, image);
    }
    constraint
        .pairs
        .iter()
        .map(|(l, r)| (rename.term(store, *l), rename.term(store, *r)))
        .collect()
}

/// Whether a constraint is false: a unifier of its sides binds its universal
/// variables only.
pub(crate) fn is_false(store: &mut Store, theory: &Theory, constraint: &Disequality) -> bool {
    theory
        .unify(store, &constraint.pairs)
        .iter()
        .any(|unifier| binds_only(store, unifier, &constraint.universals))
}

/// Whether, up to renaming of universals, nothing but universals is bound. A
/// unifier may bind a free variable to a universal one; turned round, that
/// binds the universal.
fn binds_only(store: &Store, unifier: &Substitution, universals: &[Var]) -> bool {
    let mut turned: BTreeMap<Var, Var> = BTreeMap::new();
    unifier.iter().all(|(v, image)| {
        if universals.contains(&v) {
            return true;
        }
        match store.view(image) {
            logic::View::Var(w) if w == v => true,
            logic::View::Var(w) if universals.contains(&w) => *turned.entry(w).or_insert(v) == v,
            _ => false,
        }
    })
}

/// The search for an injective map of hypotheses.
struct Search<'a> {
    store: &'a mut Store,
    theory: &'a Theory,
    general: &'a Clause,
    special: &'a Clause,
    order: Order,
    /// Hypotheses of the general clause that have a place.
    placed: Vec<bool>,
    /// Hypotheses of the special clause that are one.
    used: Vec<bool>,
    attempts: u32,
}

/// Which hypothesis is placed next.
#[derive(Clone, Copy)]
enum Order {
    /// The first.
    AsTheyStand,
    /// The one that fits in the fewest places, given what has been placed: what
    /// determines the variables comes before what leaves them open.
    FewestFirst,
}

impl Search<'_> {
    fn place(&mut self, found: &BTreeMap<Var, TermId>) -> bool {
        let (general, special) = (self.general, self.special);
        let Some(next) = self.next(found) else {
            return self.numbers(0, found);
        };
        self.placed[next] = true;
        for (index, target) in special.hypotheses.iter().enumerate() {
            if self.used[index] {
                continue;
            }
            let Some(left) = self.attempts.checked_sub(1) else {
                break;
            };
            self.attempts = left;
            let mut extended = found.clone();
            if fact_matches(self.store, &general.hypotheses[next], target, &mut extended) {
                self.used[index] = true;
                if self.place(&extended) {
                    return true;
                }
                self.used[index] = false;
            }
        }
        self.placed[next] = false;
        false
    }

    /// The next hypothesis that is not about numbers, if one is left.
    fn next(&self, found: &BTreeMap<Var, TermId>) -> Option<usize> {
        let hypotheses = self.general.hypotheses.iter().enumerate();
        let mut left = hypotheses.filter(|(i, h)| !self.placed[*i] && !h.predicate.is_number());
        let next = match self.order {
            Order::AsTheyStand => left.next(),
            Order::FewestFirst => left.min_by_key(|(_, h)| self.fits(h, found)),
        };
        next.map(|(i, _)| i)
    }

    fn fits(&self, hypothesis: &Fact, found: &BTreeMap<Var, TermId>) -> usize {
        let targets = self.special.hypotheses.iter().zip(&self.used);
        targets
            .filter(|(t, used)| {
                !**used && fact_matches(self.store, hypothesis, t, &mut found.clone())
            })
            .count()
    }
}

/// Hypotheses about numbers, when all others have been placed: what they say
/// follows from what the special clause says of numbers. A variable that occurs
/// in them only is free to be anything that makes one of them stand there.
impl Search<'_> {
    fn numbers(&mut self, next: usize, found: &BTreeMap<Var, TermId>) -> bool {
        let (general, special) = (self.general, self.special);
        let Some(fact) = general.hypotheses.get(next) else {
            return constraints_follow(self.store, self.theory, general, special, found);
        };
        if !fact.predicate.is_number() {
            return self.numbers(next + 1, found);
        }
        let Some(left) = self.attempts.checked_sub(1) else {
            return false;
        };
        self.attempts = left;
        let mut variables = BTreeSet::new();
        for t in &fact.arguments {
            term_variables(self.store, *t, &mut variables);
        }
        if variables.iter().all(|v| found.contains_key(v)) {
            let mut instance = Substitution::new();
            for (v, t) in found {
                instance.bind(*v, *t);
            }
            let fact = instance.fact(self.store, fact);
            return self.theory.follows(self.store, &fact, &special.hypotheses)
                && self.numbers(next + 1, found);
        }
        special.hypotheses.iter().any(|target| {
            let mut extended = found.clone();
            fact_matches(self.store, fact, target, &mut extended)
                && self.numbers(next + 1, &extended)
        })
    }
}

fn constraints_follow(
    store: &mut Store,
    theory: &Theory,
    general: &Clause,
    special: &Clause,
    found: &BTreeMap<Var, TermId>,
) -> bool {
    let mut instance = Substitution::new();
    for (v, t) in found {
        instance.bind(*v, *t);
    }
    general.constraints.iter().all(|c| {
        let c = instance.disequality(store, c);
        implied(store, theory, &c, &special.constraints)
    })
}

fn fact_matches(
    store: &Store,
    pattern: &Fact,
    target: &Fact,
    found: &mut BTreeMap<Var, TermId>,
) -> bool {
    pattern.predicate == target.predicate
        && pattern.arguments.len() == target.arguments.len()
        && pattern
            .arguments
            .iter()
            .zip(&target.arguments)
            .all(|(p, t)| matches(store, *p, *t, found))
}

#[cfg(test)]
mod tests {
    use super::*;
    use logic::{Predicate, Symbol};

    /// `∀u,v. (k(z), k(l(b)), l(b)) ≠ (k(u), k(u), l(v))`, which says `z ≠ l(b)`,
    /// does not give `∀u,v. (s, s, z) ≠ (k(u), k(u), l(v))`: take `z = l(c)`.
    /// With `u` and `v` taken for the same in both, it would.
    #[test]
    fn universal_variables_are_not_captured() {
        let mut store = Store::new();
        let (k, l) = (Symbol(0), Symbol(1));
        let b = store.apply(Symbol(2), &[]);
        let [z, s, u, v] = [0, 1, 100, 101].map(|n| store.var(Var(n)));
        let (ku, lv, kz, lb) = (
            store.apply(k, &[u]),
            store.apply(l, &[v]),
            store.apply(k, &[z]),
            store.apply(l, &[b]),
        );
        let klb = store.apply(k, &[lb]);
        let constraint = |sides: [TermId; 3]| Disequality {
            universals: vec![Var(100), Var(101)],
            pairs: sides.into_iter().zip([ku, ku, lv]).collect(),
        };
        let wanted = constraint([s, s, z]);
        let given = constraint([kz, klb, lb]);
        let theory = Theory::default();
        assert!(!implied(&mut store, &theory, &wanted, &[given]));
        assert!(implied(
            &mut store,
            &theory,
            &wanted,
            std::slice::from_ref(&wanted)
        ));
    }

    fn clause(store: &mut Store, hypotheses: Vec<Fact>) -> Clause {
        let constant = store.apply(Symbol(0), &[]);
        Clause {
            constraints: Vec::new(),
            hypotheses,
            conclusion: Fact::new(Predicate::Attacker(0), vec![constant]),
        }
    }

    /// Twenty hypotheses, nineteen places.
    #[test]
    fn a_search_without_end_is_given_up() {
        let mut store = Store::new();
        let fact = |p, t| Fact::new(Predicate::Attacker(p), vec![t]);
        let variables: Vec<_> = (0..20).map(|n| store.var(Var(n))).collect();
        let many: Vec<_> = variables.iter().map(|v| fact(0, *v)).collect();
        let other = fact(1, variables[0]);
        let special = [&many[1..], &[other]].concat();
        let (general, special) = (clause(&mut store, many), clause(&mut store, special));
        let theory = Theory::default();
        assert!(!subsumes(&mut store, &theory, &general, &special));
    }

    /// Sixteen hypotheses fit anywhere until sixteen others tell their variables,
    /// and stand before these, the other way round than in the special clause.
    #[test]
    fn hypotheses_that_tell_are_placed_first() {
        let mut store = Store::new();
        let fact = |p, t| Fact::new(Predicate::Attacker(p), vec![t]);
        let variables: Vec<_> = (0..16).map(|n| store.var(Var(n))).collect();
        let constants: Vec<_> = (1..17).map(|n| store.apply(Symbol(n), &[])).collect();
        let told = |terms: &[TermId]| -> Vec<Fact> {
            (1..).zip(terms).map(|(p, t)| fact(p, *t)).collect()
        };
        let anywhere: Vec<_> = variables.iter().map(|v| fact(0, *v)).collect();
        let there: Vec<_> = constants.iter().rev().map(|t| fact(0, *t)).collect();
        let general = clause(&mut store, [anywhere, told(&variables)].concat());
        let special = clause(&mut store, [there, told(&constants)].concat());
        let theory = Theory::default();
        assert!(subsumes(&mut store, &theory, &general, &special));
        let other = [&constants[1..], &constants[..1]].concat();
        let special = clause(
            &mut store,
            [&special.hypotheses[..16], &told(&other)].concat(),
        );
        assert!(subsumes(&mut store, &theory, &general, &special));
        assert!(!subsumes(&mut store, &theory, &special, &general));
    }
}
