//! A clause whose conclusion other clauses derive from its own hypotheses adds
//! nothing and is dropped.
//!
//! Those clauses select their conclusion, and so will what subsumes them: they
//! have no hypothesis that could be selected. So whatever clauses that select
//! their conclusion make of the hypotheses, they make the conclusion, too, and no
//! measure on derivations is needed. That is not so of an entry that waits for a
//! hypothesis: the clause could be what it waits for.
//!
//! What happened (events, messages, entries of tables) is found among the
//! hypotheses one by one, with the knowledge of what only that speaks of; only
//! knowledge of what the conclusion speaks of is derived. Goals say under which
//! hypotheses they are reached, and where it matters what the attacker knew, a
//! clause says it of its hypotheses: nothing is dropped there.
//!
//! The attacker composes messages of what is derived this way. That is tried only
//! where a name is made from one of the same symbol: elsewhere there mostly is an end
//! without it, and what is dropped would have been the shortest way to some runs.
//!
//! Protocols that answer a nonce with another one, and take a nonce for a name,
//! have such clauses without end: what the attacker gets from each of them, it can
//! do by itself.

use super::instance::{candidate, composes, hypotheses, instance};
use super::subsumption::places;
use crate::compose::Composer;
use crate::context::{Context, Outcome};
use crate::cover::Way;
use crate::draft::Draft;
use crate::fingerprint::mask;
use crate::outline::Outline;
use crate::selection::selectable;
use crate::set::{Entry, Selection};
use crate::variables::VariableSet;
use logic::{Fact, Predicate, View};
use std::collections::BTreeSet;

/// How an entry derives a conclusion.
struct Deduction {
    /// The entry.
    entry: u32,
    /// For hypotheses of it that are neither found nor composed, by position, how
    /// others derive them.
    premises: Vec<(u32, Deduction)>,
}

/// How deep deductions are.
const DEPTH: u32 = 3;

/// How many entries are tried for one clause.
const ATTEMPTS: u32 = 200;

/// What a search may do.
struct Effort {
    /// Entries that may still be tried.
    attempts: u32,
    /// Whether messages are composed of what is derived, once it was asked.
    composes: Option<bool>,
}

/// The rule.
pub fn apply(draft: &mut Draft, context: &mut Context<'_>) -> Outcome {
    let effort = Effort {
        attempts: ATTEMPTS,
        composes: None,
    };
    match deduction(draft, context, effort) {
        Some(_) => Outcome::Redundant,
        None => Outcome::Unchanged,
    }
}

/// A deduction of the clause's conclusion for which less was tried than for all
/// that was dropped (the set may have changed since), for a certificate.
pub(crate) fn again(draft: &Draft, context: &mut Context<'_>) -> Option<Vec<Way>> {
    let effort = Effort {
        attempts: ATTEMPTS * 100,
        composes: Some(true),
    };
    let found = deduction(draft, context, effort)?;
    ways(draft, context, &found)
}

/// As a certificate has it: what is composed or deduced, one after the other.
fn ways(draft: &Draft, context: &mut Context<'_>, deduction: &Deduction) -> Option<Vec<Way>> {
    let set = context.set;
    let entry = set.entry(deduction.entry);
    let matcher = &mut context.scratch.matcher;
    matcher.clear();
    if !matcher.matches_fact(
        context.store,
        &entry.clause.conclusion,
        &draft.clause.conclusion,
    ) {
        return None;
    }
    let bound = VariableSet::of(context.store, &entry.clause.conclusion);
    let facts = hypotheses(context, entry);
    let mut extended = draft.clause.clone();
    let mut known = Vec::new();
    for ((at, pattern), fact) in (0..).zip(&entry.clause.hypotheses).zip(facts) {
        let (Predicate::Attacker(number), [term]) = (fact.predicate, &fact.arguments[..]) else {
            continue;
        };
        if !VariableSet::of(context.store, pattern).is_subset(&bound) {
            continue;
        }
        let deeper = deduction.premises.iter().find(|(of, _)| *of == at);
        let found = if let Some((_, deeper)) = deeper {
            let mut part = draft.clone();
            part.clause.conclusion = fact.clone();
            ways(&part, context, deeper)
        } else {
            let (store, tables) = (&*context.store, &mut context.scratch.composing);
            let mut composer = Composer::new(store, set, tables, draft, number);
            composer.composable(number, *term, None).then(|| {
                let mut out = Vec::new();
                composer.ways(draft, (number, *term), &mut BTreeSet::new(), &mut out);
                out
            })
        };
        if let Some(found) = found {
            known.push(found);
            extended.hypotheses.push(fact);
        }
    }
    let places = places(context, deduction.entry, &extended)?;
    let given = u32::try_from(draft.clause.hypotheses.len()).ok()?;
    let at = places.iter().map(|place| place.filter(|p| *p < given));
    let mut out = vec![Way::Clause(deduction.entry, at.collect())];
    for place in places.into_iter().flatten() {
        let found = place.checked_sub(given).and_then(|i| known.get(i as usize));
        out.extend(found.into_iter().flatten().cloned());
    }
    Some(out)
}

fn deduction(draft: &Draft, context: &mut Context<'_>, mut effort: Effort) -> Option<Deduction> {
    let asked = matches!(
        draft.clause.conclusion.predicate,
        Predicate::Attacker(_) | Predicate::Message(_) | Predicate::Table { .. }
    );
    if !asked || context.purpose.asks_knowledge() {
        return None;
    }
    search(draft, context, DEPTH, &mut effort)
}

fn search(
    draft: &Draft,
    context: &mut Context<'_>,
    depth: u32,
    effort: &mut Effort,
) -> Option<Deduction> {
    if effort.composes != Some(false)
        && let Some(found) = composed(draft, context, depth, effort)
    {
        return Some(found);
    }
    let set = context.set;
    let outline = Outline::of(context.store, &draft.clause);
    let given = mask(context.store, &draft.clause.hypotheses);
    for id in set.generalising(context.store, &draft.clause.conclusion) {
        let entry = candidate(set, id, given, &outline);
        let Some(entry) = entry.filter(|e| waits_for_nothing(context, e)) else {
            continue;
        };
        effort.attempts = effort.attempts.checked_sub(1)?;
        if !instance(&draft.clause, &outline.shapes, context, entry) {
            continue;
        }
        let facts = hypotheses(context, entry);
        if let Some(premises) = premises(draft, context, entry, facts, depth, effort) {
            return Some(Deduction {
                entry: id,
                premises,
            });
        }
    }
    None
}

/// Of parts that others derive, by a composition clause.
fn composed(
    draft: &Draft,
    context: &mut Context<'_>,
    depth: u32,
    effort: &mut Effort,
) -> Option<Deduction> {
    let (Predicate::Attacker(number), [term]) = (
        draft.clause.conclusion.predicate,
        &draft.clause.conclusion.arguments[..],
    ) else {
        return None;
    };
    let View::Apply(symbol, arguments) = context.store.view(*term) else {
        return None;
    };
    let knowledge = context.set.knowledge(number)?;
    let entry = knowledge.composition(symbol)?;
    let (nesting, conclusion) = (&mut context.scratch.nesting, &draft.clause.conclusion);
    let grows = || nesting.exceeds(context.store, context.signature, conclusion, 1);
    if !*effort.composes.get_or_insert_with(grows) {
        return None;
    }
    let parts: Vec<Fact> = (knowledge.parts(symbol).iter().zip(arguments))
        .map(|(number, part)| Fact::new(Predicate::Attacker(*number), [*part]))
        .collect();
    let premises = derived(draft, context, (0..).zip(parts), Some(depth), effort)?;
    Some(Deduction { entry, premises })
}

fn waits_for_nothing(context: &Context<'_>, entry: &Entry) -> bool {
    let selectable = |h: &Fact| selectable(context.store, h);
    entry.selection == Selection::Conclusion && !entry.clause.hypotheses.iter().any(selectable)
}

/// The deductions of those hypotheses of an instance that are not found and not
/// composed.
fn premises(
    draft: &Draft,
    context: &mut Context<'_>,
    entry: &Entry,
    facts: Vec<Fact>,
    depth: u32,
    effort: &mut Effort,
) -> Option<Vec<(u32, Deduction)>> {
    let bound = VariableSet::of(context.store, &entry.clause.conclusion);
    let mut found: Vec<Fact> = Vec::with_capacity(entry.searched.len());
    let mut known = Vec::new();
    for ((at, pattern), fact) in (0..).zip(&entry.clause.hypotheses).zip(facts) {
        if entry.searched.contains(&at) {
            if found.contains(&fact) {
                return None;
            }
            found.push(fact);
            continue;
        }
        if !matches!(fact.predicate, Predicate::Attacker(_)) {
            return None;
        }
        if VariableSet::of(context.store, pattern).is_subset(&bound) {
            known.push((at, fact));
            continue;
        }
        // A certificate finds it among the hypotheses, as it does what happened.
        if found.contains(&fact) || !draft.clause.hypotheses.contains(&fact) {
            return None;
        }
        found.push(fact);
    }
    derived(draft, context, known, depth.checked_sub(1), effort)
}

/// The deductions of those attacker facts that are not composed.
fn derived(
    draft: &Draft,
    context: &mut Context<'_>,
    facts: impl IntoIterator<Item = (u32, Fact)>,
    depth: Option<u32>,
    effort: &mut Effort,
) -> Option<Vec<(u32, Deduction)>> {
    let mut asked = None;
    let mut missing = Vec::new();
    for (at, fact) in facts {
        let (Predicate::Attacker(number), [term]) = (fact.predicate, &fact.arguments[..]) else {
            return None;
        };
        if !composes(draft, context, number, *term, &mut asked) {
            missing.push((at, fact));
        }
    }
    if missing.is_empty() {
        return Some(Vec::new());
    }
    let depth = depth?;
    missing
        .into_iter()
        .map(|(at, fact)| {
            let mut part = draft.clone();
            part.clause.conclusion = fact;
            Some((at, search(&part, context, depth, effort)?))
        })
        .collect()
}
