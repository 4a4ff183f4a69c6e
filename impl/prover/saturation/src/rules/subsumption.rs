//! A clause is redundant if another one has an instance with its conclusion,
//! hypotheses among its hypotheses (as a multiset) and constraints that follow
//! from its constraints.
//!
//! The direction matters: a clause *without* a begin event subsumes one with
//! it, never the other way round. Hypotheses are matched largest first, with
//! backtracking; where that takes long, the one that fits in the fewest places is
//! matched first, since many of one shape are told apart by others only. The number
//! of attempts is bounded, and giving up means "no", which keeps a clause too many.

use crate::constraints::{Constraints, Memory, Simplified, implies};
use crate::context::Context;
use crate::fingerprint::{self, Counts};
use crate::matching::Matcher;
use crate::outline::{Outline, Shapes};
use logic::{Arguments, Clause, Fact, Store};

/// Attempts to match a hypothesis, largest first.
const PLAIN: u32 = 1_000;

/// Attempts when what fits in the fewest places is matched first.
const ATTEMPTS: u32 = 20_000;

/// What is compared before any matching.
#[derive(Clone, Copy, Debug)]
pub struct Features {
    mask: u128,
    symbols: u64,
    /// Symbols of the conclusion; see [`Store::symbols`].
    conclusion: u64,
    size: u64,
    hypotheses: u32,
    /// How many hypotheses there are of each kind.
    counts: [Counts; 2],
}

impl Features {
    /// Of a clause.
    #[must_use]
    pub fn of(store: &Store, clause: &Clause) -> Self {
        Self {
            hypotheses: u32::try_from(stated(clause)).unwrap_or(u32::MAX),
            mask: fingerprint::mask(store, &clause.hypotheses),
            symbols: fingerprint::symbols(store, &clause.hypotheses),
            conclusion: fingerprint::symbols(store, [&clause.conclusion]),
            size: crate::set::size(store, clause),
            counts: fingerprint::counts(store, &clause.hypotheses),
        }
    }

    /// False only if a clause with these features cannot subsume one with the
    /// others.
    #[must_use]
    pub fn may_subsume(&self, other: &Self) -> bool {
        self.mask & !other.mask == 0
            && self.may_conclude(other)
            && self.symbols & !other.symbols == 0
            && self.size <= other.size
            && self.hypotheses <= other.hypotheses
            && self
                .counts
                .iter()
                .zip(&other.counts)
                .all(|(l, r)| l.at_most(*r))
    }

    /// False only if the conclusion of a clause with the other features is no
    /// instance of that of one with these.
    pub(crate) fn may_conclude(&self, other: &Self) -> bool {
        self.conclusion & !other.conclusion == 0
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
    let general = (general, &Outline::of(context.store, general).shapes);
    let special = (special, &Outline::of(context.store, special).shapes);
    compare(context, general, special)
}

/// The alive entry that subsumes a clause, the oldest first.
pub fn subsumer(context: &mut Context<'_>, clause: &Clause) -> Option<u32> {
    subsumer_since(context, clause, 0)
}

/// As [`subsumer`], when none of the entries before this one does.
pub(crate) fn subsumer_since(
    context: &mut Context<'_>,
    clause: &Clause,
    first: u32,
) -> Option<u32> {
    let outline = Outline::of(context.store, clause);
    let shapes = &outline.shapes;
    let set = context.set;
    let mut found = None;
    let candidates = set.generalising(context.store, &clause.conclusion);
    for id in candidates.since(first) {
        let summary = set.summary(id);
        if !summary.features.may_subsume(&outline.features)
            || !set.heads(id).concluded.may_match(&outline.head)
        {
            continue;
        }
        let entry = set.entry(id);
        if entry.shapes.may_stand_in(&entry.shapes.order, shapes)
            && compare(context, (&entry.clause, &entry.shapes), (clause, shapes))
        {
            found = Some(id);
            break;
        }
    }
    // A clause whose variables were numbered anew since it was compared with the
    // first entries may be subsumed by one of them after all.
    debug_assert!(
        match naive_subsumer(context, clause) {
            Some(id) => found == Some(id) || id < first,
            None => found.is_none(),
        },
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
    let outline = Outline::of(context.store, clause);
    let shapes = &outline.shapes;
    let set = context.set;
    let mut found = Vec::new();
    for id in set.specialising(context.store, &clause.conclusion) {
        let summary = set.summary(id);
        if summary.protected
            || !outline.features.may_subsume(&summary.features)
            || !outline.head.may_match(&set.heads(id).concluded)
        {
            continue;
        }
        let entry = set.entry(id);
        if shapes.may_stand_in(&shapes.order, &entry.shapes)
            && compare(context, (clause, shapes), (&entry.clause, &entry.shapes))
        {
            found.push(id);
        }
    }
    found
}

/// Which hypothesis of a clause each one of an entry that subsumes it is; those about
/// numbers that follow are none. `None` if the entry does not subsume it.
pub(crate) fn places(
    context: &mut Context<'_>,
    entry: u32,
    clause: &Clause,
) -> Option<Vec<Option<u32>>> {
    let shapes = Outline::of(context.store, clause).shapes;
    let entry = context.set.entry(entry);
    let found = placed(context, (&entry.clause, &entry.shapes), (clause, &shapes))?;
    let mut places = vec![None; entry.clause.hypotheses.len()];
    for (number, place) in found {
        places[number] = u32::try_from(place).ok();
    }
    Some(places)
}

fn compare(
    context: &mut Context<'_>,
    general: (&Clause, &Shapes),
    special: (&Clause, &Shapes),
) -> bool {
    placed(context, general, special).is_some()
}

/// Which hypotheses of the general clause were found, and where.
fn placed(
    context: &mut Context<'_>,
    general: (&Clause, &Shapes),
    special: (&Clause, &Shapes),
) -> Option<Vec<(usize, usize)>> {
    let (store, theory) = (&mut *context.store, context.theory);
    let scratch = &mut *context.scratch;
    let matcher = &mut scratch.matcher;
    matcher.clear();
    let (conclusion, target) = (&general.0.conclusion, &special.0.conclusion);
    if general.1.order.len() > special.1.order.len()
        || !matcher.matches_fact(store, conclusion, target)
    {
        return None;
    }
    let used = &mut scratch.used;
    used.clear();
    used.resize(special.0.hypotheses.len(), false);
    let mut search = Search {
        theory,
        memory: &mut scratch.memory,
        general,
        special,
        used,
        found: Vec::new(),
        attempts: PLAIN,
    };
    if search.hypothesis(store, matcher, 0) {
        return Some(search.found);
    }
    if search.attempts > 0 {
        return None;
    }
    matcher.clear();
    search.used.fill(false);
    search.found.clear();
    search.attempts = ATTEMPTS;
    let mut waiting: Vec<usize> = general.1.order.iter().map(|n| *n as usize).collect();
    let found = matcher.matches_fact(store, conclusion, target)
        && search.fewest_first(store, matcher, &mut waiting);
    found.then_some(search.found)
}

struct Search<'a> {
    theory: &'a dyn Constraints,
    memory: &'a mut Memory,
    general: (&'a Clause, &'a Shapes),
    special: (&'a Clause, &'a Shapes),
    used: &'a mut [bool],
    /// Hypotheses of the general clause, and which of the special one they are.
    found: Vec<(usize, usize)>,
    attempts: u32,
}

impl Search<'_> {
    fn hypothesis(&mut self, store: &mut Store, matcher: &mut Matcher, at: usize) -> bool {
        let (general, special) = (self.general, self.special);
        let Some(number) = general.1.order.get(at).map(|n| *n as usize) else {
            return self.constraints(store, matcher);
        };
        let pattern = &general.0.hypotheses[number];
        for (i, target) in special.0.hypotheses.iter().enumerate() {
            if self.used[i] || target.predicate != pattern.predicate {
                continue;
            }
            if self.attempts == 0 {
                return false;
            }
            self.attempts -= 1;
            if !general.1.may_become(number, special.1, i) {
                continue;
            }
            let mark = matcher.mark();
            if matcher.matches_fact(store, pattern, target) {
                self.used[i] = true;
                self.found.push((number, i));
                if self.hypothesis(store, matcher, at + 1) {
                    return true;
                }
                self.used[i] = false;
                self.found.pop();
            }
            matcher.undo(mark);
        }
        false
    }

    /// Places the hypotheses that wait, the one with the fewest places first. On
    /// failure they wait again, in another order perhaps.
    fn fewest_first(
        &mut self,
        store: &mut Store,
        matcher: &mut Matcher,
        waiting: &mut Vec<usize>,
    ) -> bool {
        let mut best: Option<(usize, Vec<usize>)> = None;
        for (at, number) in waiting.iter().enumerate() {
            let most = best.as_ref().map_or(usize::MAX, |(_, b)| b.len());
            let Some(places) = self.places(store, matcher, *number, most) else {
                continue;
            };
            best = Some((at, places));
            if best.as_ref().is_some_and(|(_, b)| b.len() < 2) {
                break;
            }
        }
        let Some((at, places)) = best else {
            return waiting.is_empty() && self.constraints(store, matcher);
        };
        let number = waiting.swap_remove(at);
        for i in places {
            let mark = matcher.mark();
            let pattern = &self.general.0.hypotheses[number];
            if matcher.matches_fact(store, pattern, &self.special.0.hypotheses[i]) {
                self.used[i] = true;
                self.found.push((number, i));
                if self.fewest_first(store, matcher, waiting) {
                    return true;
                }
                self.used[i] = false;
                self.found.pop();
            }
            matcher.undo(mark);
        }
        waiting.push(number);
        false
    }

    /// Where a hypothesis fits, if in fewer places than so many. Nowhere, once
    /// there were too many attempts.
    fn places(
        &mut self,
        store: &Store,
        matcher: &mut Matcher,
        number: usize,
        most: usize,
    ) -> Option<Vec<usize>> {
        let (general, special) = (self.general, self.special);
        let pattern = &general.0.hypotheses[number];
        let mut found = Vec::new();
        for (i, target) in special.0.hypotheses.iter().enumerate() {
            if self.used[i]
                || target.predicate != pattern.predicate
                || !general.1.may_become(number, special.1, i)
            {
                continue;
            }
            let Some(left) = self.attempts.checked_sub(1) else {
                return Some(Vec::new());
            };
            self.attempts = left;
            let mark = matcher.mark();
            let fits = matcher.matches_fact(store, pattern, target);
            matcher.undo(mark);
            if fits {
                found.push(i);
                if found.len() >= most {
                    return None;
                }
            }
        }
        Some(found)
    }

    /// What the general clause says of numbers follows from what the special
    /// one says. Numbers that nothing else mentions are looked for.
    fn numbers(&mut self, store: &mut Store, matcher: &mut Matcher) -> bool {
        let facts = self.general.0.hypotheses.iter().enumerate();
        let wanted: Vec<(usize, &Fact)> = facts.filter(|(_, f)| f.predicate.is_number()).collect();
        if wanted.is_empty() {
            return true;
        }
        let facts = self.special.0.hypotheses.iter();
        let given: Vec<Fact> = facts.filter(|f| f.predicate.is_number()).cloned().collect();
        self.number(store, matcher, &wanted, &given)
    }

    fn number(
        &mut self,
        store: &mut Store,
        matcher: &mut Matcher,
        wanted: &[(usize, &Fact)],
        given: &[Fact],
    ) -> bool {
        let Some(((number, fact), rest)) = wanted.split_first() else {
            return true;
        };
        if self.attempts == 0 {
            return false;
        }
        self.attempts -= 1;
        if matcher.binds(store, fact) {
            let mark = matcher.mark();
            let arguments = fact.arguments.iter();
            let arguments: Arguments = arguments.map(|t| matcher.instance(store, *t)).collect();
            let instance = Fact::new(fact.predicate, arguments);
            matcher.undo(mark);
            return self.theory.follows(store, &instance, given)
                && self.number(store, matcher, rest, given);
        }
        let special = self.special.0;
        for (i, target) in special.hypotheses.iter().enumerate() {
            let mark = matcher.mark();
            self.found.push((*number, i));
            let found = matcher.matches_fact(store, fact, target)
                && self.number(store, matcher, rest, given);
            matcher.undo(mark);
            if found {
                return true;
            }
            self.found.pop();
        }
        false
    }

    fn constraints(&mut self, store: &mut Store, matcher: &mut Matcher) -> bool {
        if !self.numbers(store, matcher) {
            return false;
        }
        if self.general.0.constraints.is_empty() {
            return true;
        }
        let mark = matcher.mark();
        let mut given = Vec::new();
        for c in &self.special.0.constraints {
            match self.memory.simplify(self.theory, store, c) {
                Simplified::False => return true,
                Simplified::Rest(rest) => given.extend(rest),
                Simplified::True => {}
            }
        }
        let mut all = true;
        for c in &self.general.0.constraints {
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
