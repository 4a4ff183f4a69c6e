//! Two derivations of a premise as one, with a begin event in common.
//!
//! What breaks injectivity alone is a run with two executions of the premise
//! behind one execution of the conclusion. Such a run follows two derivations
//! at once, instantiated so that a begin event of the one is a begin event of
//! the other while their premises stay different.

use crate::merge::under;
use horn::{Goal, Theory};
use logic::{Fact, Predicate, Store, Substitution, TermId, Var, term_variables};
use proof::{Derivation, DerivationRule};
use std::collections::BTreeSet;

/// Variables of the second derivation are moved here.
const OTHER: u32 = 1 << 22;
/// Most joint derivations.
const JOINT: usize = 12;

/// The joint derivations of all pairs, smallest first. The root is that of the
/// first of the two.
pub(crate) fn joint(
    store: &mut Store,
    theory: &Theory,
    goal: &Goal,
    derivations: &[Derivation],
) -> Vec<Derivation> {
    let wanted: BTreeSet<Predicate> = goal
        .disjuncts
        .iter()
        .flat_map(|d| d.injective().map(|f| f.predicate))
        .collect();
    let mut found = Vec::new();
    for (i, first) in derivations.iter().enumerate() {
        for second in &derivations[i..] {
            pair(store, theory, &wanted, first, second, &mut found);
        }
    }
    found.sort_by_key(|d| d.nodes.len());
    found.truncate(JOINT);
    found
}

fn pair(
    store: &mut Store,
    theory: &Theory,
    wanted: &BTreeSet<Predicate>,
    first: &Derivation,
    second: &Derivation,
    found: &mut Vec<Derivation>,
) {
    let second = apart(store, second);
    for begin in begins(first, wanted) {
        for other in begins(&second, wanted) {
            if begin.predicate != other.predicate {
                continue;
            }
            let pairs: Vec<_> = begin
                .arguments
                .iter()
                .copied()
                .zip(other.arguments.iter().copied())
                .collect();
            for unifier in theory.unify(store, &pairs) {
                let left = under(store, &unifier, first);
                let right = under(store, &unifier, &second);
                if ends(&left) != ends(&right) {
                    found.push(beside(left, right));
                }
            }
        }
    }
}

/// Begin events that a derivation relies on.
fn begins(derivation: &Derivation, wanted: &BTreeSet<Predicate>) -> Vec<Fact> {
    let found: BTreeSet<&Fact> = derivation
        .nodes
        .iter()
        .map(|n| &n.fact)
        .filter(|f| wanted.contains(&f.predicate))
        .collect();
    found.into_iter().cloned().collect()
}

/// Executions of the premise's injective events.
fn ends(derivation: &Derivation) -> Vec<TermId> {
    let node = |n: u32| derivation.nodes.get(n as usize);
    let premises = node(derivation.root).map_or(&[][..], |n| &n.premises);
    premises
        .iter()
        .filter_map(|p| node(*p))
        .filter(|n| matches!(n.fact.predicate, Predicate::EndAt(_)))
        .filter_map(|n| n.fact.arguments.last().copied())
        .collect()
}

fn apart(store: &mut Store, derivation: &Derivation) -> Derivation {
    let mut variables = BTreeSet::new();
    for node in &derivation.nodes {
        for t in &node.fact.arguments {
            term_variables(store, *t, &mut variables);
        }
        if let DerivationRule::Clause { instance, .. } = &node.rule {
            for (_, t) in instance {
                term_variables(store, *t, &mut variables);
            }
        }
    }
    let mut rename = Substitution::new();
    for v in variables {
        let image = store.var(Var(v.0.saturating_add(OTHER)));
        rename.bind(v, image);
    }
    under(store, &rename, derivation)
}

fn beside(mut first: Derivation, second: Derivation) -> Derivation {
    let shift = u32::try_from(first.nodes.len()).unwrap_or(u32::MAX);
    first.nodes.extend(second.nodes.into_iter().map(|mut node| {
        for premise in &mut node.premises {
            *premise = premise.saturating_add(shift);
        }
        node
    }));
    first
}
