//! Condensation: if an instance of the clause, by a substitution that leaves
//! the conclusion alone, has hypotheses and constraints among those of the
//! clause, then that smaller clause is equivalent to it.
//!
//! It is an instance, hence follows; its hypotheses are among the clause's,
//! hence it subsumes. The search starts from one hypothesis mapped onto another
//! and follows only variables that move: hypotheses without one stay.

use crate::constraints::{Simplified, implies};
use crate::context::{Context, Outcome};
use crate::draft::{Draft, Support};
use crate::matching::{Mark, Matcher};
use crate::variables::VariableSet;
use logic::{Fact, Store, TermId, View};
use std::collections::{BTreeMap, BTreeSet};

const ATTEMPTS: u32 = 400;

/// The rule.
pub fn apply(draft: &mut Draft, context: &mut Context<'_>) -> Outcome {
    let mut outcome = Outcome::Unchanged;
    while once(draft, context) {
        outcome = Outcome::Changed;
    }
    outcome
}

fn once(draft: &mut Draft, context: &mut Context<'_>) -> bool {
    let count = draft.clause.hypotheses.len();
    if count < 2 {
        return false;
    }
    let store = &*context.store;
    let fixed = VariableSet::of(store, &draft.clause.conclusion);
    let variables: Vec<VariableSet> = draft
        .clause
        .hypotheses
        .iter()
        .map(|h| {
            let mut movable = VariableSet::of(store, h);
            movable.remove(&fixed);
            movable
        })
        .collect();
    let mut attempts = ATTEMPTS;
    for from in 0..count {
        // A hypothesis without movable variables maps to itself only.
        if variables[from].is_empty() {
            continue;
        }
        for to in 0..count {
            if from == to
                || draft.clause.hypotheses[from].predicate != draft.clause.hypotheses[to].predicate
                || !may_map(context.store, &draft.clause.hypotheses, from, to)
            {
                continue;
            }
            let matcher = &mut context.scratch.matcher;
            matcher.clear();
            for var in fixed.iter() {
                let term = context.store.var(var);
                matcher.matches(context.store, term, term);
            }
            let start = matcher.mark();
            let mut search = Search {
                hypotheses: &draft.clause.hypotheses,
                variables: &variables,
                images: vec![None; count],
                attempts: &mut attempts,
                start,
            };
            if search.map(context.store, matcher, from, to) && search.close(context.store, matcher)
            {
                let images = search.images;
                let moved = moved(context.store, matcher, start);
                if constraints_stay(draft, context, &moved) && reduce(draft, &images) {
                    return true;
                }
            }
            if attempts == 0 {
                return false;
            }
        }
    }
    false
}

/// False only if no instance of one hypothesis is the other.
fn may_map(store: &Store, hypotheses: &[Fact], from: usize, to: usize) -> bool {
    let targets = &hypotheses[to].arguments;
    let pairs = hypotheses[from].arguments.iter().zip(targets);
    pairs.into_iter().all(|(pattern, target)| {
        store.may_match(*pattern, *target)
            && match (store.view(*pattern), store.view(*target)) {
                (View::Apply(f, _), View::Apply(g, _)) => f == g,
                (View::Apply(..), View::Var(_)) => false,
                (View::Var(_), _) => true,
            }
    })
}

struct Search<'a> {
    hypotheses: &'a [Fact],
    variables: &'a [VariableSet],
    images: Vec<Option<usize>>,
    attempts: &'a mut u32,
    /// Before anything moved.
    start: Mark,
}

impl Search<'_> {
    fn map(&mut self, store: &Store, matcher: &mut Matcher, from: usize, to: usize) -> bool {
        if *self.attempts == 0 {
            return false;
        }
        *self.attempts -= 1;
        let mark = matcher.mark();
        if matcher.matches_fact(store, &self.hypotheses[from], &self.hypotheses[to]) {
            self.images[from] = Some(to);
            true
        } else {
            matcher.undo(mark);
            false
        }
    }

    /// Maps every hypothesis in which a variable moved.
    fn close(&mut self, store: &Store, matcher: &mut Matcher) -> bool {
        let Some(next) = self.pending(store, matcher) else {
            return true;
        };
        for to in 0..self.hypotheses.len() {
            if self.hypotheses[to].predicate != self.hypotheses[next].predicate {
                continue;
            }
            let mark = matcher.mark();
            let before = self.images.clone();
            if self.map(store, matcher, next, to) {
                if self.close(store, matcher) {
                    return true;
                }
                matcher.undo(mark);
                self.images = before;
            }
        }
        false
    }

    /// The next hypothesis in which a variable moved.
    fn pending(&self, store: &Store, matcher: &Matcher) -> Option<usize> {
        let mut moved = VariableSet::default();
        for (pattern, image) in matcher.bound_since(self.start) {
            if pattern != image
                && let View::Var(var) = store.view(pattern)
            {
                moved.insert(var);
            }
        }
        (0..self.hypotheses.len())
            .find(|i| self.images[*i].is_none() && self.variables[*i].meets(&moved))
    }
}

fn moved(store: &Store, matcher: &Matcher, start: Mark) -> BTreeMap<TermId, TermId> {
    matcher
        .bound_since(start)
        .filter(|(p, t)| p != t && matches!(store.view(*p), View::Var(_)))
        .collect()
}

fn constraints_stay(
    draft: &Draft,
    context: &mut Context<'_>,
    moved: &BTreeMap<TermId, TermId>,
) -> bool {
    if draft.clause.constraints.is_empty() {
        return true;
    }
    let mut substitution = logic::Substitution::new();
    for (p, t) in moved {
        if let View::Var(v) = context.store.view(*p) {
            substitution.bind(v, *t);
        }
    }
    draft.clause.constraints.iter().all(|c| {
        let instance = substitution.disequality(context.store, c);
        if instance == *c {
            return true;
        }
        match context
            .scratch
            .memory
            .simplify(context.theory, context.store, &instance)
        {
            Simplified::False => false,
            Simplified::Rest(rest) => rest.iter().all(|needed| {
                draft
                    .clause
                    .constraints
                    .iter()
                    .any(|g| implies(context.store, g, needed))
            }),
            Simplified::True => true,
        }
    })
}

/// Keeps the hypotheses that are images, if that makes fewer.
fn reduce(draft: &mut Draft, images: &[Option<usize>]) -> bool {
    let image = |i: usize| images[i].unwrap_or(i);
    let kept: BTreeSet<usize> = (0..images.len()).map(image).collect();
    if kept.len() == images.len() {
        return false;
    }
    // The hypothesis that is kept stands for all that map to it.
    let ids = draft.numbers.clone();
    for position in (0..images.len()).rev() {
        if !kept.contains(&position) {
            draft.remove(position, Support::Same(ids[image(position)]));
        }
    }
    true
}
