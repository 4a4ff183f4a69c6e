//! Equations that cannot be oriented, such as commutativity and the
//! Diffie–Hellman equation, when they are linear.
//!
//! Both directions become rules, closed under chaining at overlaps: where the
//! right side of one rule contains (up to unification) the left side of
//! another, or the other way round, the two steps become one rule. What a chain
//! of steps does below the variables of such a rule only replaces subterms by
//! equal ones, and equal subterms have one representative; this is where
//! linearity is needed, since a variable then stands for one subterm on each
//! side (Blanchet, Abadi, Fournet, 2008, section 5.2). Closing may not end;
//! then the theory is refused.

use super::VARIANT_LIMIT;
use super::Variant;
use super::completion::variable_bound;
use super::pattern::Pattern;
use super::position::{applications, replace};
use super::rewrite::Rewrite;
use crate::unify::{Bindings, Roles, are_instances};
use logic::{Store, Symbol, TermId};
use std::collections::BTreeMap;

/// Whether each variable occurs exactly once on each side, and no side is a
/// variable.
pub(super) fn is_linear(left: &Pattern, right: &Pattern) -> bool {
    let (mut on_left, mut on_right) = (BTreeMap::new(), BTreeMap::new());
    left.count_variables(&mut on_left);
    right.count_variables(&mut on_right);
    left.root().is_some()
        && right.root().is_some()
        && on_left == on_right
        && on_left.values().all(|n| *n == 1)
}

/// The closed rules, or `None` above [`VARIANT_LIMIT`].
pub(super) fn close(equations: &[(Pattern, Pattern)]) -> Option<Vec<Rewrite>> {
    let mut rules: Vec<Rewrite> = Vec::new();
    for (left, right) in equations {
        add(&mut rules, left.clone(), right.clone());
        add(&mut rules, right.clone(), left.clone());
    }
    let mut at = 0;
    while at < rules.len() {
        if rules.len() > VARIANT_LIMIT {
            return None;
        }
        for other in 0..=at {
            for (left, right) in chains(&rules[at], &rules[other]) {
                add(&mut rules, left, right);
            }
            if other != at {
                for (left, right) in chains(&rules[other], &rules[at]) {
                    add(&mut rules, left, right);
                }
            }
        }
        at += 1;
    }
    Some(rules)
}

/// The rules as variants of the symbol at their root.
pub(super) fn variants(rules: &[Rewrite]) -> Vec<(Symbol, Variant)> {
    rules
        .iter()
        .filter_map(|rule| match &rule.left {
            Pattern::Apply(symbol, arguments) => Some((
                *symbol,
                Variant {
                    arguments: arguments.clone(),
                    result: rule.right.clone(),
                    variables: variable_bound(&rule.left).max(variable_bound(&rule.right)),
                },
            )),
            Pattern::Var(_) => None,
        })
        .collect()
}

/// Adds a rule unless it says nothing new: it is an instance of `x → x` or of
/// a rule already there.
fn add(rules: &mut Vec<Rewrite>, left: Pattern, right: Pattern) {
    if left == right {
        return;
    }
    let mut store = Store::new();
    let subject = (
        left.instantiate(&mut store, 0),
        right.instantiate(&mut store, 0),
    );
    let known = rules.iter().any(|rule| {
        let general = (
            rule.left.instantiate(&mut store, 0),
            rule.right.instantiate(&mut store, 0),
        );
        are_instances(&store, &[(general.0, subject.0), (general.1, subject.1)])
    });
    if !known {
        rules.push(Rewrite { left, right });
    }
}

/// `first` followed by `second`, wherever the right side of `first` overlaps
/// the left side of `second`.
fn chains(first: &Rewrite, second: &Rewrite) -> Vec<(Pattern, Pattern)> {
    let mut store = Store::new();
    let apart = variable_bound(&first.left).max(variable_bound(&first.right));
    let start = first.left.instantiate(&mut store, 0);
    let middle = first.right.instantiate(&mut store, 0);
    let next = second.left.instantiate(&mut store, apart);
    let end = second.right.instantiate(&mut store, apart);
    let mut out = Vec::new();
    // The second step happens inside the result of the first …
    for (position, subterm) in applications(&store, middle) {
        let whole = replace(&mut store, middle, &position, end);
        chain(&mut store, (subterm, next), (start, whole), &mut out);
    }
    // … or the first step makes a part of what the second one takes.
    for (position, subterm) in applications(&store, next) {
        if !position.is_empty() {
            let whole = replace(&mut store, next, &position, start);
            chain(&mut store, (subterm, middle), (whole, end), &mut out);
        }
    }
    out
}

fn chain(
    store: &mut Store,
    overlap: (TermId, TermId),
    rule: (TermId, TermId),
    out: &mut Vec<(Pattern, Pattern)>,
) {
    let mut bindings = Bindings::default();
    if !bindings.unify(store, &[overlap], Roles::default()) {
        return;
    }
    let mut names = BTreeMap::new();
    let left = Pattern::read(store, &bindings, rule.0, &mut names);
    let right = Pattern::read(store, &bindings, rule.1, &mut names);
    out.push((left, right));
}
