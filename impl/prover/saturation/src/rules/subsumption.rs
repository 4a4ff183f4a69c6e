//! A clause is redundant if another one has an instance with its conclusion,
//! hypotheses among its hypotheses (as a multiset) and constraints that follow
//! from its constraints.
//!
//! The direction matters: a clause *without* a begin event subsumes one with
//! it, never the other way round. Hypotheses are matched largest first, with
//! backtracking; the number of attempts is bounded, and giving up means "no",
//! which keeps a clause too many.

use crate::constraints::{Constraints, Memory, Simplified, implies};
use crate::context::Context;
use crate::fingerprint;
use crate::matching::Matcher;
use crate::set::Entry;
use logic::{Clause, Fact, Store};

const ATTEMPTS: u32 = 20_000;

/// What is compared before any matching.
#[derive(Clone, Copy, Debug)]
pub struct Features {
    hypotheses: usize,
    mask: u128,
    symbols: u64,
    size: u64,
}

impl Features {
    /// Of a clause.
    #[must_use]
    pub fn of(store: &Store, clause: &Clause) -> Self {
        Self {
            hypotheses: stated(clause),
            mask: fingerprint::mask(store, &clause.hypotheses),
            symbols: fingerprint::symbols(store, &clause.hypotheses),
            size: crate::set::size(store, clause),
        }
    }

    /// Of an entry.
    #[must_use]
    pub fn of_entry(entry: &Entry) -> Self {
        Self {
            hypotheses: stated(&entry.clause),
            mask: entry.mask,
            symbols: entry.symbols,
            size: entry.size,
        }
    }

    /// False only if a clause with these features cannot subsume one with the
    /// others.
    #[must_use]
    pub fn may_subsume(&self, other: &Self) -> bool {
        self.hypotheses <= other.hypotheses
            && self.mask & !other.mask == 0
            && self.symbols & !other.symbols == 0
            && self.size <= other.size
    }
}

/// How many hypotheses are not about numbers. What is said of numbers may
/// follow, and need not stand in the other clause.
fn stated(clause: &Clause) -> usize {
    let facts = clause.hypotheses.iter();
    facts.filter(|f| !f.predicate.is_number()).count()
}

/// Whether the first clause subsumes the second.
pub fn subsumes(context: &mut Context<'_>, general: &Clause, special: &Clause) -> bool {
    let scratch = &mut *context.scratch;
    compare(
        context.store,
        context.theory,
        &mut scratch.matcher,
        &mut scratch.memory,
        general,
        special,
    )
}

/// The alive entry that subsumes a clause, the oldest first.
pub fn subsumer(context: &mut Context<'_>, clause: &Clause) -> Option<u32> {
    let features = Features::of(context.store, clause);
    let head = fingerprint::Fingerprint::of(context.store, &clause.conclusion);
    let set = context.set;
    let mut found = None;
    for id in set.generalising(context.store, &clause.conclusion) {
        let entry = set.entry(id);
        if entry.head.may_match(&head)
            && Features::of_entry(entry).may_subsume(&features)
            && subsumes(context, &entry.clause, clause)
        {
            found = Some(id);
            break;
        }
    }
    debug_assert_eq!(
        found,
        naive_subsumer(context, clause),
        "the index must not exclude an entry that subsumes a clause"
    );
    found
}

/// As [`subsumer`], by trying every entry.
fn naive_subsumer(context: &mut Context<'_>, clause: &Clause) -> Option<u32> {
    let set = context.set;
    set.concluding(clause.conclusion.predicate)
        .iter()
        .copied()
        .find(|id| subsumes(context, &set.entry(*id).clause, clause))
}

/// The alive, unprotected entries that a clause subsumes.
pub fn subsumed(context: &mut Context<'_>, clause: &Clause) -> Vec<u32> {
    let features = Features::of(context.store, clause);
    let head = fingerprint::Fingerprint::of(context.store, &clause.conclusion);
    let set = context.set;
    let mut found = Vec::new();
    for id in set.specialising(context.store, &clause.conclusion) {
        let entry = set.entry(id);
        if entry.protected
            || !head.may_match(&entry.head)
            || !features.may_subsume(&Features::of_entry(entry))
        {
            continue;
        }
        if subsumes(context, clause, &entry.clause) {
            found.push(id);
        }
    }
    found
}

fn compare(
    store: &mut Store,
    theory: &dyn Constraints,
    matcher: &mut Matcher,
    memory: &mut Memory,
    general: &Clause,
    special: &Clause,
) -> bool {
    if stated(general) > stated(special) {
        return false;
    }
    matcher.clear();
    if !matcher.matches_fact(store, &general.conclusion, &special.conclusion) {
        return false;
    }
    let facts = general.hypotheses.iter();
    let mut order: Vec<&Fact> = facts.filter(|f| !f.predicate.is_number()).collect();
    order.sort_by_key(|f| {
        let size: u64 = f.arguments.iter().map(|t| u64::from(store.size(*t))).sum();
        std::cmp::Reverse(size)
    });
    let mut search = Search {
        theory,
        memory,
        general,
        special,
        order,
        used: vec![false; special.hypotheses.len()],
        attempts: ATTEMPTS,
    };
    search.hypothesis(store, matcher, 0)
}

struct Search<'a> {
    theory: &'a dyn Constraints,
    memory: &'a mut Memory,
    general: &'a Clause,
    special: &'a Clause,
    order: Vec<&'a Fact>,
    used: Vec<bool>,
    attempts: u32,
}

impl Search<'_> {
    fn hypothesis(&mut self, store: &mut Store, matcher: &mut Matcher, at: usize) -> bool {
        let Some(pattern) = self.order.get(at).copied() else {
            return self.constraints(store, matcher);
        };
        for i in 0..self.special.hypotheses.len() {
            if self.used[i] || self.special.hypotheses[i].predicate != pattern.predicate {
                continue;
            }
            if self.attempts == 0 {
                return false;
            }
            self.attempts -= 1;
            let mark = matcher.mark();
            if matcher.matches_fact(store, pattern, &self.special.hypotheses[i]) {
                self.used[i] = true;
                if self.hypothesis(store, matcher, at + 1) {
                    return true;
                }
                self.used[i] = false;
            }
            matcher.undo(mark);
        }
        false
    }

    /// What the general clause says of numbers follows from what the special
    /// one says. Numbers that nothing else mentions are looked for.
    fn numbers(&mut self, store: &mut Store, matcher: &mut Matcher) -> bool {
        let facts = self.general.hypotheses.iter();
        let wanted: Vec<&Fact> = facts.filter(|f| f.predicate.is_number()).collect();
        if wanted.is_empty() {
            return true;
        }
        let facts = self.special.hypotheses.iter();
        let given: Vec<Fact> = facts.filter(|f| f.predicate.is_number()).cloned().collect();
        self.number(store, matcher, &wanted, &given)
    }

    fn number(
        &mut self,
        store: &mut Store,
        matcher: &mut Matcher,
        wanted: &[&Fact],
        given: &[Fact],
    ) -> bool {
        let Some((fact, rest)) = wanted.split_first() else {
            return true;
        };
        if self.attempts == 0 {
            return false;
        }
        self.attempts -= 1;
        if matcher.binds(store, fact) {
            let mark = matcher.mark();
            let arguments = fact.arguments.iter();
            let arguments = arguments.map(|t| matcher.instance(store, *t)).collect();
            let instance = Fact::new(fact.predicate, arguments);
            matcher.undo(mark);
            return self.theory.follows(store, &instance, given)
                && self.number(store, matcher, rest, given);
        }
        given.iter().any(|target| {
            let mark = matcher.mark();
            let found = matcher.matches_fact(store, fact, target)
                && self.number(store, matcher, rest, given);
            matcher.undo(mark);
            found
        })
    }

    fn constraints(&mut self, store: &mut Store, matcher: &mut Matcher) -> bool {
        if !self.numbers(store, matcher) {
            return false;
        }
        if self.general.constraints.is_empty() {
            return true;
        }
        let mark = matcher.mark();
        let mut given = Vec::new();
        for c in &self.special.constraints {
            match self.memory.simplify(self.theory, store, c) {
                Simplified::False => return true,
                Simplified::Rest(rest) => given.extend(rest),
                Simplified::True => {}
            }
        }
        let mut all = true;
        for c in &self.general.constraints {
            let instance = matcher.disequality(store, c);
            all = match self.memory.simplify(self.theory, store, &instance) {
                Simplified::False => false,
                Simplified::Rest(rest) => rest
                    .iter()
                    .all(|needed| given.iter().any(|g| implies(store, g, needed))),
                Simplified::True => true,
            };
            if !all {
                break;
            }
        }
        matcher.undo(mark);
        all
    }
}
