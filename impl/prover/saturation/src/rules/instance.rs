//! A clause that follows from another one and from composition clauses keeps
//! only the hypotheses which that takes.
//!
//! Let an entry have an instance with the clause's conclusion, whose constraints
//! follow from the clause's and whose hypotheses are among the clause's or, for
//! attacker facts, composed from them. Then the hypotheses that were used imply
//! the conclusion, so the clause with these alone is implied, and it subsumes the
//! clause. Subsumption alone does not see this: once `attacker(pk(x))` has been
//! removed next to `attacker(x)`, an entry that asks for `attacker(y)`, `y` any
//! key, does not match any more, and hypotheses pile up round after round.

use crate::compose::Composer;
use crate::constraints::{Simplified, implies};
use crate::context::{Context, Outcome};
use crate::draft::{Draft, Support};
use crate::fingerprint::mask;
use crate::outline::{Outline, Shapes};
use crate::set::{ClauseSet, Entry};
use logic::{Arguments, Clause, Fact, Predicate, TermId, phase_of};
use std::collections::BTreeSet;

/// The rule.
pub fn apply(draft: &mut Draft, context: &mut Context<'_>) -> Outcome {
    apply_since(draft, context, 0)
}

/// The entry, if by its outline an instance of it may conclude what a clause with
/// this outline does, from hypotheses of these predicates. A next-phase clause would
/// only restate the conclusion.
pub(crate) fn candidate<'s>(
    set: &'s ClauseSet,
    id: u32,
    given: u128,
    outline: &Outline,
) -> Option<&'s Entry> {
    let summary = set.summary(id);
    let fits = summary.needed & !given == 0
        && summary.features.may_conclude(&outline.features)
        && !summary.protected
        && summary.structured
        && set.heads(id).concluded.may_match(&outline.head);
    if !fits {
        return None;
    }
    let entry = set.entry(id);
    let fits = entry.shapes.may_stand_in(&entry.searched, &outline.shapes);
    fits.then_some(entry)
}

/// The rule, with the entries from this one on.
pub(crate) fn apply_since(draft: &mut Draft, context: &mut Context<'_>, first: u32) -> Outcome {
    if draft.clause.hypotheses.is_empty() {
        return Outcome::Unchanged;
    }
    let set = context.set;
    let outline = Outline::of(context.store, &draft.clause);
    let given = mask(context.store, &draft.clause.hypotheses);
    // The phase for which it was last asked what the hypotheses compose.
    let mut asked = None;
    let candidates = set.generalising(context.store, &draft.clause.conclusion);
    for id in candidates.since(first) {
        let Some(entry) = candidate(set, id, given, &outline) else {
            continue;
        };
        if !instance(&draft.clause, &outline.shapes, context, entry)
            || !composable(draft, context, entry, &mut asked)
        {
            continue;
        }
        let hypotheses = hypotheses(context, entry);
        asked = None;
        let Some(smaller) = supported(draft, context, &hypotheses, id) else {
            continue;
        };
        if smaller.clause.hypotheses.len() < draft.clause.hypotheses.len() {
            *draft = smaller;
            return Outcome::Changed;
        }
    }
    Outcome::Unchanged
}

/// Whether the entry has an instance with this conclusion whose constraints
/// follow and whose hypotheses that are not composed are found; it is then what
/// the matcher says.
pub(super) fn instance(
    clause: &Clause,
    shapes: &Shapes,
    context: &mut Context<'_>,
    entry: &Entry,
) -> bool {
    let scratch = &mut *context.scratch;
    let matcher = &mut scratch.matcher;
    matcher.clear();
    if !matcher.matches_fact(context.store, &entry.clause.conclusion, &clause.conclusion) {
        return false;
    }
    for number in &entry.searched {
        let number = *number as usize;
        let pattern = &entry.clause.hypotheses[number];
        let found = clause.hypotheses.iter().enumerate().any(|(i, target)| {
            if !entry.shapes.may_become(number, shapes, i) {
                return false;
            }
            let mark = matcher.mark();
            let found = matcher.matches_fact(context.store, pattern, target);
            if !found {
                matcher.undo(mark);
            }
            found
        });
        if !found {
            return false;
        }
    }
    for constraint in &entry.clause.constraints {
        let instance = matcher.disequality(context.store, constraint);
        match scratch
            .memory
            .simplify(context.theory, context.store, &instance)
        {
            Simplified::False => return false,
            Simplified::Rest(rest) => {
                let given = &clause.constraints;
                if !rest
                    .iter()
                    .all(|n| given.iter().any(|g| implies(context.store, g, n)))
                {
                    return false;
                }
            }
            Simplified::True => {}
        }
    }
    true
}

/// Whether the attacker hypotheses of the instance in the matcher that were not
/// searched for are composed from those of the clause.
fn composable(
    draft: &Draft,
    context: &mut Context<'_>,
    entry: &Entry,
    asked: &mut Option<u32>,
) -> bool {
    for (at, fact) in (0..).zip(&entry.clause.hypotheses) {
        if entry.searched.contains(&at) {
            continue;
        }
        let (Predicate::Attacker(number), [term]) = (fact.predicate, &fact.arguments[..]) else {
            continue;
        };
        let term = context.scratch.matcher.instance(context.store, *term);
        if !composes(draft, context, number, term, asked) {
            return false;
        }
    }
    true
}

/// Whether the hypotheses compose a message; asked of one draft after the other,
/// with the phase for which it was last asked.
pub(super) fn composes(
    draft: &Draft,
    context: &mut Context<'_>,
    number: u32,
    term: TermId,
    asked: &mut Option<u32>,
) -> bool {
    let phase = phase_of(number);
    let (store, tables) = (&*context.store, &mut context.scratch.composing);
    let mut composer = if *asked == Some(phase) {
        Composer::again(store, context.set, tables, number)
    } else {
        *asked = Some(phase);
        Composer::new(store, context.set, tables, draft, number)
    };
    composer.composable(number, term, None)
}

/// The hypotheses of the instance in the matcher.
pub(super) fn hypotheses(context: &mut Context<'_>, entry: &Entry) -> Vec<Fact> {
    let matcher = &mut context.scratch.matcher;
    let instances = entry.clause.hypotheses.iter().map(|h| {
        let arguments: Arguments = h
            .arguments
            .iter()
            .map(|t| matcher.instance(context.store, *t))
            .collect();
        Fact::new(h.predicate, arguments)
    });
    instances.collect()
}

/// The clause with the hypotheses that support the instance.
fn supported(
    draft: &Draft,
    context: &mut Context<'_>,
    instance: &[Fact],
    entry: u32,
) -> Option<Draft> {
    let count = instance.len() + draft.clause.hypotheses.len();
    let place = |i: usize| u32::try_from(i).unwrap_or(u32::MAX);
    let mut smaller = Draft {
        clause: draft.clause.clone(),
        numbers: (instance.len()..count).map(place).collect(),
        supports: vec![Support::Kept; count],
        projections: Vec::new(),
        instance_of: Some(entry),
        settled: None,
    };
    for (i, fact) in instance.iter().enumerate() {
        let support = match (fact.predicate, &fact.arguments[..]) {
            (Predicate::Attacker(number), [term]) => {
                let mut composer = Composer::new(
                    context.store,
                    context.set,
                    &mut context.scratch.composing,
                    &smaller,
                    number,
                );
                if !composer.composable(number, *term, None) {
                    return None;
                }
                composer.support(&mut smaller, number, *term, None)
            }
            _ => {
                let at = draft.clause.hypotheses.iter().position(|h| h == fact)?;
                Support::Same(place(instance.len() + at))
            }
        };
        smaller.support(place(i), support);
    }
    let used = reached(&smaller, instance.len());
    for position in (0..smaller.numbers.len()).rev() {
        if !used.contains(&smaller.numbers[position]) {
            smaller.remove(position, Support::Open);
        }
    }
    Some(smaller)
}

fn reached(draft: &Draft, roots: usize) -> BTreeSet<u32> {
    let mut seen = BTreeSet::new();
    let mut stack: Vec<u32> = (0..u32::try_from(roots).unwrap_or(u32::MAX)).collect();
    while let Some(id) = stack.pop() {
        if !seen.insert(id) {
            continue;
        }
        match draft.supports.get(id as usize) {
            Some(Support::Clause { premises, .. }) => stack.extend(premises),
            Some(Support::Same(other)) => stack.push(*other),
            Some(Support::Kept | Support::Open) | None => {}
        }
    }
    seen
}
