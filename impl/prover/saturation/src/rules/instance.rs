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
use crate::fingerprint::{Fingerprint, mask};
use crate::set::Entry;
use crate::variables::VariableSet;
use logic::{Clause, Fact, Predicate, Store, View};
use std::collections::BTreeSet;

/// The rule.
pub fn apply(draft: &mut Draft, context: &mut Context<'_>) -> Outcome {
    if draft.clause.hypotheses.is_empty() {
        return Outcome::Unchanged;
    }
    let set = context.set;
    let head = Fingerprint::of(context.store, &draft.clause.conclusion);
    let given = mask(context.store, &draft.clause.hypotheses);
    for id in set.generalising(context.store, &draft.clause.conclusion) {
        let entry = set.entry(id);
        // A next-phase clause would only restate the conclusion.
        if entry.protected
            || !has_structure(context.store, &entry.clause.conclusion)
            || entry.needed & !given != 0
            || !entry.head.may_match(&head)
        {
            continue;
        }
        let Some(hypotheses) = instance(&draft.clause, context, entry) else {
            continue;
        };
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

fn has_structure(store: &Store, fact: &Fact) -> bool {
    fact.arguments
        .iter()
        .any(|t| matches!(store.view(*t), View::Apply(..)))
}

/// The hypotheses of the entry's instance with this conclusion, if its
/// constraints follow and its hypotheses that are not composed are found.
fn instance(clause: &Clause, context: &mut Context<'_>, entry: &Entry) -> Option<Vec<Fact>> {
    let scratch = &mut *context.scratch;
    let matcher = &mut scratch.matcher;
    matcher.clear();
    if !matcher.matches_fact(context.store, &entry.clause.conclusion, &clause.conclusion) {
        return None;
    }
    let mut bound = VariableSet::of(context.store, &entry.clause.conclusion);
    for pattern in &entry.clause.hypotheses {
        let variables = VariableSet::of(context.store, pattern);
        if matches!(pattern.predicate, Predicate::Attacker(_)) && variables.is_subset(&bound) {
            continue;
        }
        let found = clause.hypotheses.iter().any(|target| {
            let mark = matcher.mark();
            let found = matcher.matches_fact(context.store, pattern, target);
            if !found {
                matcher.undo(mark);
            }
            found
        });
        if !found {
            return None;
        }
        bound.extend(&variables);
    }
    for constraint in &entry.clause.constraints {
        let instance = matcher.disequality(context.store, constraint);
        match scratch
            .memory
            .simplify(context.theory, context.store, &instance)
        {
            Simplified::False => return None,
            Simplified::Rest(rest) => {
                let given = &clause.constraints;
                if !rest
                    .iter()
                    .all(|n| given.iter().any(|g| implies(context.store, g, n)))
                {
                    return None;
                }
            }
            Simplified::True => {}
        }
    }
    let instances = entry.clause.hypotheses.iter().map(|h| {
        let arguments = h
            .arguments
            .iter()
            .map(|t| matcher.instance(context.store, *t))
            .collect();
        Fact::new(h.predicate, arguments)
    });
    Some(instances.collect())
}

/// The clause with the hypotheses that support the instance.
fn supported(
    draft: &Draft,
    context: &mut Context<'_>,
    instance: &[Fact],
    entry: u32,
) -> Option<Draft> {
    let count = instance.len() + draft.clause.hypotheses.len();
    let number = |i: usize| u32::try_from(i).unwrap_or(u32::MAX);
    let mut smaller = Draft {
        clause: draft.clause.clone(),
        numbers: (instance.len()..count).map(number).collect(),
        supports: vec![Support::Kept; count],
        projections: Vec::new(),
        instance_of: Some(entry),
    };
    for (i, fact) in instance.iter().enumerate() {
        let support = match (fact.predicate, &fact.arguments[..]) {
            (Predicate::Attacker(phase), [term]) => {
                let mut composer =
                    Composer::new(context.store, context.set, context.scratch, &smaller, phase);
                if !composer.composable(*term, None) {
                    return None;
                }
                composer.support(&mut smaller, *term, None)
            }
            _ => {
                let at = draft.clause.hypotheses.iter().position(|h| h == fact)?;
                Support::Same(number(instance.len() + at))
            }
        };
        smaller.support(number(i), support);
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
