//! Knuth–Bendix completion: orientable equations become convergent rules.
//!
//! Rules are oriented by the lexicographic path order, kept reduced with
//! respect to each other, and closed under critical pairs; hence they
//! terminate and are confluent (Huet, "A complete proof of correctness of the
//! Knuth–Bendix completion algorithm", 1981). Whatever cannot be oriented is
//! handed back: the caller may treat it as a linear equation or refuse it.

use super::order::{Precedence, greater};
use super::pattern::Pattern;
use super::position::{applications, replace};
use super::rewrite::{Rewrite, Rewrites};
use crate::unify::{Bindings, Roles};
use logic::Store;
use std::collections::{BTreeMap, VecDeque};

/// Most rules kept, and equations looked at, before completion is given up.
pub(super) const RULE_LIMIT: usize = 200;
const STEP_LIMIT: usize = 8_000;
/// Most symbols and variables of a side that is not written. Where rules grow without
/// end, each by a little, the other limits are far away.
const SIZE_LIMIT: usize = 100;

/// An equation and the number of the written equation it is, if it is one.
#[derive(Clone, Debug)]
struct Pending {
    left: Pattern,
    right: Pattern,
    written: Option<usize>,
}

/// What completion yields.
#[derive(Debug)]
pub(super) struct Completed {
    /// Convergent rules.
    pub(super) rules: Vec<Rewrite>,
    /// Numbers of written equations that cannot be oriented.
    pub(super) unoriented: Vec<usize>,
}

/// Why there is no convergent system.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// [`RULE_LIMIT`] or the limit of steps or of sizes was reached.
    Limit,
    /// A consequence of the equations cannot be oriented.
    Unorientable,
}

/// Completes written equations.
pub(super) fn complete(
    equations: &[(Pattern, Pattern)],
    precedence: &Precedence,
) -> Result<Completed, Failure> {
    let mut pending: VecDeque<Pending> = equations
        .iter()
        .enumerate()
        .map(|(i, (l, r))| Pending {
            left: l.clone(),
            right: r.clone(),
            written: Some(i),
        })
        .collect();
    let mut rules: Vec<Rewrite> = Vec::new();
    let mut unoriented = Vec::new();
    let mut steps = 0_usize;
    while let Some(equation) = pending.pop_front() {
        steps += 1;
        // What waits will be looked at, unless completion fails before.
        if steps + pending.len() > STEP_LIMIT || rules.len() > RULE_LIMIT {
            return Err(Failure::Limit);
        }
        let (left, right) = normalise_pair(&rules, &equation);
        if left == right {
            continue;
        }
        if equation.written.is_none() && left.size().max(right.size()) > SIZE_LIMIT {
            return Err(Failure::Limit);
        }
        let rule = if greater(precedence, &left, &right) {
            Rewrite { left, right }
        } else if greater(precedence, &right, &left) {
            Rewrite {
                left: right,
                right: left,
            }
        } else if let Some(number) = equation.written {
            unoriented.push(number);
            continue;
        } else {
            return Err(Failure::Unorientable);
        };
        reduce_others(&mut rules, &rule, &mut pending);
        rules.push(rule);
        let newest = rules.len() - 1;
        for other in 0..rules.len() {
            critical_pairs(&rules[newest], &rules[other], other == newest, &mut pending);
            if other != newest {
                critical_pairs(&rules[other], &rules[newest], false, &mut pending);
            }
        }
    }
    Ok(Completed { rules, unoriented })
}

/// Both sides in normal form, with variables numbered alike.
fn normalise_pair(rules: &[Rewrite], equation: &Pending) -> (Pattern, Pattern) {
    let mut store = Store::new();
    let rewrites = Rewrites::new(rules);
    let left = equation.left.instantiate(&mut store, 0);
    let right = equation.right.instantiate(&mut store, 0);
    let left = rewrites.normalise(&mut store, left);
    let right = rewrites.normalise(&mut store, right);
    let mut names = BTreeMap::new();
    let bindings = Bindings::default();
    (
        Pattern::read(&mut store, &bindings, left, &mut names),
        Pattern::read(&mut store, &bindings, right, &mut names),
    )
}

/// Takes back the rules whose left side the new rule reduces, and normalises
/// the right sides of the others.
fn reduce_others(rules: &mut Vec<Rewrite>, new: &Rewrite, pending: &mut VecDeque<Pending>) {
    let single = Rewrites::new(std::slice::from_ref(new));
    let mut kept = Vec::with_capacity(rules.len());
    for rule in rules.drain(..) {
        let mut store = Store::new();
        let left = rule.left.instantiate(&mut store, 0);
        if single.is_reducible(&store, left) {
            pending.push_back(Pending {
                left: rule.left,
                right: rule.right,
                written: None,
            });
            continue;
        }
        let right = rule.right.instantiate(&mut store, 0);
        let right = single.normalise(&mut store, right);
        let mut names = BTreeMap::new();
        let bindings = Bindings::default();
        kept.push(Rewrite {
            left: Pattern::read(&mut store, &bindings, left, &mut names),
            right: Pattern::read(&mut store, &bindings, right, &mut names),
        });
    }
    *rules = kept;
}

/// Where the left side of `inner` overlaps that of `outer`, both ways of
/// rewriting the overlap must agree.
fn critical_pairs(outer: &Rewrite, inner: &Rewrite, same: bool, pending: &mut VecDeque<Pending>) {
    let mut store = Store::new();
    let apart = variable_bound(&outer.left);
    let outer_left = outer.left.instantiate(&mut store, 0);
    let outer_right = outer.right.instantiate(&mut store, 0);
    let inner_left = inner.left.instantiate(&mut store, apart);
    let inner_right = inner.right.instantiate(&mut store, apart);
    for (position, subterm) in applications(&store, outer_left) {
        if same && position.is_empty() {
            continue;
        }
        let mut bindings = Bindings::default();
        if !bindings.unify(&mut store, &[(subterm, inner_left)], Roles::default()) {
            continue;
        }
        let rewritten = replace(&mut store, outer_left, &position, inner_right);
        let mut names = BTreeMap::new();
        pending.push_back(Pending {
            left: Pattern::read(&mut store, &bindings, rewritten, &mut names),
            right: Pattern::read(&mut store, &bindings, outer_right, &mut names),
            written: None,
        });
    }
}

/// One more than the largest variable of a pattern.
pub(super) fn variable_bound(pattern: &Pattern) -> u32 {
    let mut count = BTreeMap::new();
    pattern.count_variables(&mut count);
    count
        .last_key_value()
        .map_or(0, |(v, _)| v.saturating_add(1))
}
