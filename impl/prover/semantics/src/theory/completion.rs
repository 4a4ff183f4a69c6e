//! Completion of equations to a convergent set of rules, bounded.
//!
//! Knuth and Bendix, "Simple Word Problems in Universal Algebras", 1970: rules
//! contained in a well-founded order terminate, and if all critical pairs of a
//! terminating set join, normal forms are unique.

use super::order::Order;
use super::unify::{Bindings, apply, instance, matches, shift, unify};
use super::{Rule, TheoryError, place, size};
use pi::{Equation, Program, RuleTerm};

/// Largest number of rules.
const RULES: usize = 40;
/// Largest number of equations looked at.
const WORK: usize = 1_000;
/// Largest term, and most rewriting steps for one. A path order admits rules
/// under which terms grow beyond all bounds before they shrink.
const GROWTH: usize = 120;
/// Distance that keeps the variables of two rules apart.
const APART: u32 = 10_000;

/// A convergent set of rules with the same equality, or the equation that
/// resists every order.
pub(super) fn complete(
    program: &Program,
    equations: &[(&Equation, Rule)],
) -> Result<Vec<Rule>, TheoryError> {
    if equations.is_empty() {
        return Ok(Vec::new());
    }
    let mut stuck = 0;
    let roots = equations
        .iter()
        .filter_map(|(_, rule)| match &rule.left {
            RuleTerm::Apply(function, _) => Some(*function),
            _ => None,
        })
        .collect();
    for order in Order::all(roots) {
        match attempt(equations, &order) {
            Ok(rules) => return Ok(rules),
            Err(at) => stuck = at,
        }
    }
    let span = equations
        .get(stuck)
        .map_or(equations[0].0.span, |e| e.0.span);
    Err(TheoryError::Equation {
        at: place(program, span),
        why: "no termination order completes it to a convergent set; rewrite it as a \
              destructor, or with sides of different size"
            .into(),
    })
}

/// On failure the number of the equation that could not be oriented, or of the
/// first one when a limit was reached.
fn attempt(equations: &[(&Equation, Rule)], order: &Order) -> Result<Vec<Rule>, usize> {
    let mut rules: Vec<Rule> = Vec::new();
    let mut queue: Vec<(usize, Rule)> = equations
        .iter()
        .enumerate()
        .map(|(i, (_, r))| (i, r.clone()))
        .rev()
        .collect();
    let mut work = 0;
    while let Some((source, pair)) = queue.pop() {
        work += 1;
        let grown = size(&pair.left).saturating_add(size(&pair.right)) > GROWTH;
        if grown || work > WORK || rules.len() > RULES {
            return Err(0);
        }
        let left = normal(&pair.left, &rules).ok_or(source)?;
        let right = normal(&pair.right, &rules).ok_or(source)?;
        if left == right {
            continue;
        }
        let new = if order.greater(&left, &right) {
            Rule { left, right }
        } else if order.greater(&right, &left) {
            Rule {
                left: right,
                right: left,
            }
        } else {
            return Err(source);
        };
        let new = renumber(&new);
        // Rules whose left side the new one rewrites go back to the queue.
        let alone = core::slice::from_ref(&new);
        let (kept, redone): (Vec<_>, Vec<_>) = rules
            .into_iter()
            .partition(|r| rewrite_once(&r.left, alone).is_none());
        rules = kept;
        queue.extend(redone.into_iter().map(|r| (source, r)));
        for other in &rules {
            queue.extend(overlaps(&new, other).into_iter().map(|r| (source, r)));
            queue.extend(overlaps(other, &new).into_iter().map(|r| (source, r)));
        }
        queue.extend(overlaps(&new, &new).into_iter().map(|r| (source, r)));
        rules.push(new);
    }
    for i in 0..rules.len() {
        rules[i].right = normal(&rules[i].right, &rules).ok_or(0usize)?;
    }
    Ok(rules)
}

/// Critical pairs: the inner rule below a non-variable position of the outer
/// one's left side.
fn overlaps(outer: &Rule, inner: &Rule) -> Vec<Rule> {
    let inner = Rule {
        left: shift(&inner.left, APART),
        right: shift(&inner.right, APART),
    };
    let mut out = Vec::new();
    for position in positions(&outer.left) {
        let Some(sub) = at(&outer.left, &position) else {
            continue;
        };
        let mut bindings = Bindings::new();
        if unify(sub, &inner.left, &mut bindings) {
            let replaced = replace(&outer.left, &position, &inner.right);
            out.push(Rule {
                left: apply(&replaced, &bindings),
                right: apply(&outer.right, &bindings),
            });
        }
    }
    out
}

/// The normal form of a term with variables. It exists because every rule
/// decreases in one order; `None` when it is beyond [`GROWTH`].
pub(super) fn normal(term: &RuleTerm, rules: &[Rule]) -> Option<RuleTerm> {
    let mut term = term.clone();
    for _ in 0..GROWTH {
        match rewrite_once(&term, rules) {
            Some(next) if size(&next) > GROWTH => return None,
            Some(next) => term = next,
            None => return Some(term),
        }
    }
    None
}

fn rewrite_once(term: &RuleTerm, rules: &[Rule]) -> Option<RuleTerm> {
    for rule in rules {
        let mut bindings = Bindings::new();
        if matches(&rule.left, term, &mut bindings) {
            return Some(instance(&rule.right, &bindings));
        }
    }
    let RuleTerm::Apply(f, arguments) = term else {
        return None;
    };
    arguments.iter().enumerate().find_map(|(i, a)| {
        let next = rewrite_once(a, rules)?;
        let mut arguments = arguments.clone();
        arguments[i] = next;
        Some(RuleTerm::Apply(*f, arguments))
    })
}

/// Paths to all non-variable positions, the root first.
pub(super) fn positions(term: &RuleTerm) -> Vec<Vec<usize>> {
    let RuleTerm::Apply(_, arguments) = term else {
        return Vec::new();
    };
    let mut out = vec![Vec::new()];
    for (i, a) in arguments.iter().enumerate() {
        out.extend(positions(a).into_iter().map(|mut p| {
            p.insert(0, i);
            p
        }));
    }
    out
}

/// The subterm there.
pub(super) fn at<'a>(term: &'a RuleTerm, position: &[usize]) -> Option<&'a RuleTerm> {
    let Some((first, rest)) = position.split_first() else {
        return Some(term);
    };
    match term {
        RuleTerm::Apply(_, arguments) => at(arguments.get(*first)?, rest),
        RuleTerm::Fail | RuleTerm::Var(_) => None,
    }
}

/// The term with another subterm there.
pub(super) fn replace(term: &RuleTerm, position: &[usize], by: &RuleTerm) -> RuleTerm {
    let Some((first, rest)) = position.split_first() else {
        return by.clone();
    };
    match term {
        RuleTerm::Apply(f, arguments) => RuleTerm::Apply(
            *f,
            arguments
                .iter()
                .enumerate()
                .map(|(i, a)| {
                    if i == *first {
                        replace(a, rest, by)
                    } else {
                        a.clone()
                    }
                })
                .collect(),
        ),
        RuleTerm::Fail | RuleTerm::Var(_) => term.clone(),
    }
}

/// Variables renumbered from 0 in order of occurrence.
fn renumber(rule: &Rule) -> Rule {
    fn walk(term: &RuleTerm, names: &mut Bindings) {
        match term {
            RuleTerm::Apply(_, arguments) => arguments.iter().for_each(|a| walk(a, names)),
            RuleTerm::Fail => {}
            RuleTerm::Var(v) => {
                let next = u32::try_from(names.len()).unwrap_or(u32::MAX);
                names.entry(*v).or_insert(RuleTerm::Var(next));
            }
        }
    }
    let mut names = Bindings::new();
    walk(&rule.left, &mut names);
    walk(&rule.right, &mut names);
    Rule {
        left: instance(&rule.left, &names),
        right: instance(&rule.right, &names),
    }
}
