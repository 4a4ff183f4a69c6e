//! Which part of a clause is resolved upon.
//!
//! The method is correct for any selection of hypotheses that are not blocked
//! (Blanchet, 2016 survey, section 4.4); the choice decides termination and
//! precision. `attacker(x)` is never selected: it would resolve with everything.
//! A clause for an event is used by goals only, as it is, so that its hypotheses
//! are explored under the goal, where they may turn out not to matter.
//!
//! *Loops.* A hypothesis of which the clause's own conclusion is an instance, in
//! which a variable stands for something around itself, would make the clause
//! feed itself with ever larger facts: it is avoided. What the conclusion leaves
//! open may be filled in first: a key that may be any key may be this one. So is,
//! from then on, every hypothesis like it ([`Pattern`]), or the loop would go
//! through another clause; clauses that can do nothing else are looked for such
//! loops before all else. A hypothesis is not avoided for its form alone where the
//! conclusion, selected, would make such hypotheses grow: it has a variable where
//! the hypothesis has that variable within something. One that merely resembles
//! the conclusion is selected after all others.
//!
//! A clause that waits for an avoided hypothesis while nothing provides for it
//! does no harm; it selects anew when something does. A conclusion without
//! structure would provide for everything, so a clause with one prefers anything
//! else. With no hypothesis left the conclusion is selected.
//!
//! A goal waits for an avoided hypothesis in vain, and is undecided, unless the
//! caller persists ([`Purpose::persists`]): a goal that leads into the loop by one
//! step only does no harm.
//!
//! *Hints.* What the caller says of a fact ([`Purpose::weight`]) comes before all
//! this: above zero it is selected first, below zero it is avoided.
//!
//! [`Purpose::persists`]: crate::Purpose::persists
//! [`Purpose::weight`]: crate::Purpose::weight

use crate::context::{Context, Scratch};
use crate::fingerprint::Fingerprint;
use crate::matching::Matcher;
use crate::set::Selection;
use crate::unification::{APART, Unifier};
use logic::{
    Clause, Fact, Predicate, Store, SymbolKind, TermId, Var, View, fact_variables, term_variables,
};
use std::collections::{BTreeMap, BTreeSet};

/// Facts of one form.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pattern {
    /// Its variables stand for any term, but for those below.
    pub fact: Fact,
    /// Variables that stand for variables only.
    pub variables: BTreeSet<Var>,
}

impl Pattern {
    /// Whether a fact has this form.
    #[must_use]
    pub fn fits(&self, store: &mut Store, fact: &Fact) -> bool {
        self.matches(store, &mut Matcher::new(), fact)
    }

    /// As [`Self::fits`], with a matcher that is used again and again.
    pub(crate) fn matches(&self, store: &mut Store, matcher: &mut Matcher, fact: &Fact) -> bool {
        matcher.clear();
        matcher.matches_fact(store, &self.fact, fact)
            && self.variables.iter().all(|v| {
                let variable = store.var(*v);
                let image = matcher.image(variable);
                image.is_none_or(|t| matches!(store.view(t), View::Var(_)))
            })
    }
}

/// A selection, and hypotheses that were found to make facts grow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selected {
    /// What is selected.
    pub selection: Selection,
    /// To be avoided from now on.
    pub avoid: Vec<Pattern>,
    /// Nothing provides for the selected hypothesis yet. Something that does
    /// would make facts grow: the clause has to select anew then.
    pub asleep: bool,
}

/// The selection of a clause whose variables are numbered from 0, given the
/// clause set as it stands.
pub fn select(context: &mut Context<'_>, clause: &Clause) -> Selected {
    let mut avoid = Vec::new();
    let mut best: Option<(Preference, usize, bool)> = None;
    let conclusion = &clause.conclusion;
    let for_goals = matches!(
        conclusion.predicate,
        Predicate::End(_) | Predicate::EndAt(_)
    );
    let open = is_open(context.store, conclusion);
    for (i, fact) in clause.hypotheses.iter().enumerate() {
        if for_goals || !selectable(context.store, fact) {
            continue;
        }
        let weight = weight(context, clause, fact);
        let provided = is_provided(context, fact);
        let mut asleep = false;
        if weight < 0 {
            if let Some(pattern) = growth(context, fact, conclusion) {
                avoid.push(pattern);
            }
            if !open && provided {
                continue;
            }
            asleep = !open;
        }
        let preference = (
            if asleep { 0 } else { weight },
            matches!(fact.predicate, Predicate::End(_) | Predicate::EndAt(_)),
            !provided,
            !resembles(context, fact, conclusion),
            !matches!(fact.predicate, Predicate::Attacker(_)),
            size(context.store, fact),
        );
        if best.is_none_or(|(b, ..)| preference > b) {
            best = Some((preference, i, asleep));
        }
    }
    // A loop that is not entered does not matter.
    if best.is_some_and(|(_, _, asleep)| !asleep) {
        avoid.clear();
    }
    Selected {
        selection: best.map_or(Selection::Conclusion, |(_, i, _)| Selection::Hypothesis(i)),
        avoid,
        asleep: best.is_some_and(|(_, _, asleep)| asleep),
    }
}

/// What is to be avoided because clauses select nothing else.
pub(crate) fn loops(context: &mut Context<'_>, clause: &Clause) -> Option<Pattern> {
    let selectable = |h: &&Fact| selectable(context.store, h);
    let mut selectable = clause.hypotheses.iter().filter(selectable);
    let (first, rest) = (selectable.next(), selectable.next());
    let only = first.filter(|_| rest.is_none())?.clone();
    growth(context, &only, &clause.conclusion)
}

/// Whether resolving on this hypothesis makes sense.
#[must_use]
pub fn selectable(store: &Store, fact: &Fact) -> bool {
    if fact.predicate.is_blocked() {
        return false;
    }
    match (fact.predicate, fact.arguments.first()) {
        (Predicate::Attacker(_), Some(term)) => matches!(store.view(*term), View::Apply(..)),
        _ => true,
    }
}

/// Larger is better: what the caller prefers, events, then facts without
/// provider (the clause is then dormant), then facts unlike the conclusion, then
/// facts that are not the attacker's, then large messages.
type Preference = (i64, bool, bool, bool, bool, u64);

fn weight(context: &mut Context<'_>, clause: &Clause, fact: &Fact) -> i64 {
    if let Some(weight) = context.purpose.weight(context.store, fact) {
        return weight;
    }
    if matches!(clause.conclusion.predicate, Predicate::Goal(_)) && context.purpose.persists() {
        return 0;
    }
    let avoided = growth(context, fact, &clause.conclusion).is_some()
        || context
            .set
            .avoids(context.store, &mut context.scratch.matcher, fact)
            && !grows_backwards(context.store, fact, &clause.conclusion);
    if avoided { AVOIDED } else { 0 }
}

/// The weight of what was found to make facts grow.
const AVOIDED: i64 = -5_000;

fn is_provided(context: &Context<'_>, fact: &Fact) -> bool {
    let print = Fingerprint::of(context.store, fact);
    context
        .set
        .providers(context.store, fact)
        .any(|p| context.set.heads(p).concluded.may_unify(&print))
}

fn size(store: &Store, fact: &Fact) -> u64 {
    fact.arguments
        .iter()
        .map(|t| u64::from(store.size(*t)))
        .sum()
}

/// A conclusion without structure would, if selected, provide for everything;
/// such a clause consumes instead. Nothing selects a goal.
fn is_open(store: &Store, fact: &Fact) -> bool {
    !matches!(fact.predicate, Predicate::Goal(_))
        && fact
            .arguments
            .iter()
            .all(|t| matches!(store.view(*t), View::Var(_)))
}

/// Whether the conclusion unifies with a smaller hypothesis.
fn resembles(context: &mut Context<'_>, fact: &Fact, conclusion: &Fact) -> bool {
    if fact.predicate != conclusion.predicate
        || size(context.store, fact) >= size(context.store, conclusion)
    {
        return false;
    }
    let print = Fingerprint::of(context.store, fact);
    if !print.may_unify(&Fingerprint::of(context.store, conclusion)) {
        return false;
    }
    let unifier = &mut context.scratch.unifier;
    unifier.clear();
    unifier.rename_from(APART);
    let Some(conclusion) = unifier.fact(context.store, conclusion) else {
        return true;
    };
    unifier.clear();
    unifier.unify_facts(context.store, fact, &conclusion)
        && unifier.fact(context.store, fact).is_some()
}

/// The form of a hypothesis of which the conclusion, or a part that the attacker
/// takes from it, is an instance that has a variable below itself.
fn growth(context: &mut Context<'_>, fact: &Fact, conclusion: &Fact) -> Option<Pattern> {
    let size_of_fact = size(context.store, fact);
    if fact.predicate == conclusion.predicate && size_of_fact < size(context.store, conclusion) {
        let found = growth_of(context, fact, &conclusion.arguments);
        if found.is_some() {
            return found;
        }
    }
    let (Predicate::Attacker(_), Predicate::Attacker(_), [term]) = (
        fact.predicate,
        conclusion.predicate,
        &conclusion.arguments[..],
    ) else {
        return None;
    };
    let mut agenda = vec![*term];
    while let Some(term) = agenda.pop() {
        let View::Apply(symbol, parts) = context.store.view(term) else {
            continue;
        };
        if context.signature.kind(symbol) != SymbolKind::Data {
            continue;
        }
        let parts = parts.to_vec();
        for part in parts {
            if u64::from(context.store.size(part)) > size_of_fact {
                let found = growth_of(context, fact, &[part]);
                if found.is_some() {
                    return found;
                }
                agenda.push(part);
            }
        }
    }
    None
}

/// Whether what is a variable in the conclusion stands in the same place of the
/// hypothesis within something: selected, the conclusion would provide for facts
/// like the hypothesis, and make it grow.
fn grows_backwards(store: &Store, fact: &Fact, conclusion: &Fact) -> bool {
    if fact.predicate != conclusion.predicate {
        return false;
    }
    let pairs = conclusion.arguments.iter().zip(&fact.arguments);
    let mut agenda: Vec<(TermId, TermId)> = pairs.map(|(c, f)| (*c, *f)).collect();
    while let Some((concluded, assumed)) = agenda.pop() {
        match (store.view(concluded), store.view(assumed)) {
            (View::Var(variable), View::Apply(..))
                if inside(store, assumed).contains(&variable) =>
            {
                return true;
            }
            (View::Apply(f, fs), View::Apply(g, gs)) if f == g => {
                agenda.extend(fs.iter().copied().zip(gs.iter().copied()));
            }
            _ => {}
        }
    }
    false
}

/// As [`growth`], for arguments of a fact.
fn growth_of(context: &mut Context<'_>, fact: &Fact, arguments: &[TermId]) -> Option<Pattern> {
    if fact.arguments.len() != arguments.len() {
        return None;
    }
    let store = &mut *context.store;
    let Scratch {
        matcher, unifier, ..
    } = &mut *context.scratch;
    if becomes(store, matcher, fact, arguments) {
        return grown(store, fact, matcher);
    }
    let (fact, arguments) = met(store, unifier, fact, arguments)?;
    if becomes(store, matcher, &fact, &arguments) {
        return grown(store, &fact, matcher);
    }
    None
}

/// Whether an instance of the fact has these arguments.
fn becomes(store: &Store, matcher: &mut Matcher, fact: &Fact, arguments: &[TermId]) -> bool {
    matcher.clear();
    let mut pairs = fact.arguments.iter().zip(arguments);
    pairs.all(|(pattern, target)| matcher.matches(store, *pattern, *target))
}

/// The fact, renamed, and arguments of which it is a pattern once variables that
/// it does not have are instantiated.
fn met(
    store: &mut Store,
    unifier: &mut Unifier,
    fact: &Fact,
    arguments: &[TermId],
) -> Option<(Fact, Vec<TermId>)> {
    unifier.clear();
    unifier.rename_from(APART);
    let apart = unifier.fact(store, fact)?;
    unifier.clear();
    let pairs = apart
        .arguments
        .iter()
        .copied()
        .zip(arguments.iter().copied());
    if !unifier.unify(store, pairs) {
        return None;
    }
    let renamed = unifier.fact(store, fact)?;
    let mut instances = Vec::with_capacity(arguments.len());
    for argument in arguments {
        instances.push(unifier.instance(store, *argument)?);
    }
    let same = size(store, &renamed) == size(store, fact)
        && fact_variables(store, &renamed).len() == fact_variables(store, fact).len();
    same.then_some((renamed, instances))
}

/// The form of a fact of which the matcher has met an instance, if it grew.
fn grown(store: &mut Store, fact: &Fact, matcher: &Matcher) -> Option<Pattern> {
    let mut variables = BTreeSet::new();
    let mut images: BTreeMap<Var, BTreeSet<Var>> = BTreeMap::new();
    for variable in fact_variables(store, fact) {
        let term = store.var(variable);
        let Some(image) = matcher.image(term) else {
            continue;
        };
        if matches!(store.view(image), View::Apply(..)) {
            variables.insert(variable);
        }
        images.insert(variable, inside(store, image));
    }
    let grows = variables.iter().any(|v| leads_back(&images, *v));
    grows.then(|| Pattern {
        fact: fact.clone(),
        variables,
    })
}

fn inside(store: &Store, term: TermId) -> BTreeSet<Var> {
    let mut found = BTreeSet::new();
    term_variables(store, term, &mut found);
    found
}

/// Whether a variable occurs in its image, or in the image of a variable of it,
/// and so on.
fn leads_back(images: &BTreeMap<Var, BTreeSet<Var>>, variable: Var) -> bool {
    let mut seen = BTreeSet::new();
    let mut agenda = vec![variable];
    while let Some(next) = agenda.pop() {
        for inner in images.get(&next).into_iter().flatten() {
            if *inner == variable {
                return true;
            }
            if seen.insert(*inner) {
                agenda.push(*inner);
            }
        }
    }
    false
}
