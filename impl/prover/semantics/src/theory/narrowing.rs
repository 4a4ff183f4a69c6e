//! Closing patterns under the convergent rules, by narrowing.
//!
//! A pattern `dec(enc(x,y),y)` over a symbol that rewrites can match a message
//! whose normal form no longer shows the pattern. Narrowing (Hullot, 1980)
//! instantiates and rewrites the pattern in all ways; every normal instance of
//! the original is then a syntactic instance of one result. The set can be
//! infinite, hence the bound.

use super::completion::{at, normal, positions, replace};
use super::unify::{Bindings, apply, matches, shift, unify};
use super::{Closed, Rule};
use pi::{RuleTerm, TypeId};

/// Largest number of variants of one rule.
pub(super) const LIMIT: usize = 300;

/// All variants, the pattern itself first; `None` above [`LIMIT`].
pub(super) fn close(start: &Closed, rules: &[Rule]) -> Option<Vec<Closed>> {
    let mut found = vec![normalised(start, rules)?];
    let mut next = 0;
    while next < found.len() {
        let current = found[next].clone();
        next += 1;
        for step in narrow(&current, rules) {
            let step = normalised(&step, rules)?;
            if !found.iter().any(|f| more_general(f, &step)) {
                found.push(step);
            }
        }
        if found.len() > LIMIT {
            return None;
        }
    }
    Some(found)
}

fn narrow(pattern: &Closed, rules: &[Rule]) -> Vec<Closed> {
    let offset = u32::try_from(pattern.types.len()).unwrap_or(u32::MAX);
    let mut out = Vec::new();
    for (i, argument) in pattern.arguments.iter().enumerate() {
        for position in positions(argument) {
            let Some(sub) = at(argument, &position) else {
                continue;
            };
            for rule in rules {
                let left = shift(&rule.left, offset);
                let right = shift(&rule.right, offset);
                let mut bindings = Bindings::new();
                if !unify(sub, &left, &mut bindings) {
                    continue;
                }
                // A variable that may fail and gets bound ranges over
                // messages only from here on.
                let mut arguments = pattern.arguments.clone();
                arguments[i] = replace(argument, &position, &right);
                out.push(Closed {
                    arguments: arguments.iter().map(|a| apply(a, &bindings)).collect(),
                    result: apply(&pattern.result, &bindings),
                    types: pattern.types.clone(),
                    may_fail: pattern.may_fail.clone(),
                });
            }
        }
    }
    out
}

/// Normal forms, and variables renumbered with their types.
fn normalised(pattern: &Closed, rules: &[Rule]) -> Option<Closed> {
    let mut names = Bindings::new();
    let mut types = Vec::new();
    let mut may_fail = Vec::new();
    let arguments: Vec<_> = pattern
        .arguments
        .iter()
        .map(|a| normal(a, rules))
        .collect::<Option<_>>()?;
    let result = normal(&pattern.result, rules)?;
    let mut visit = |term: &RuleTerm| {
        let mut stack = vec![term];
        while let Some(t) = stack.pop() {
            match t {
                RuleTerm::Apply(_, arguments) => stack.extend(arguments.iter().rev()),
                RuleTerm::Fail => {}
                RuleTerm::Var(v) => {
                    let next = u32::try_from(names.len()).unwrap_or(u32::MAX);
                    names.entry(*v).or_insert_with(|| {
                        types.push(
                            pattern
                                .types
                                .get(*v as usize)
                                .copied()
                                .unwrap_or(TypeId::ANY),
                        );
                        may_fail.push(pattern.may_fail.get(*v as usize) == Some(&true));
                        RuleTerm::Var(next)
                    });
                }
            }
        }
    };
    arguments.iter().for_each(&mut visit);
    visit(&result);
    let rename = |t: &RuleTerm| super::unify::instance(t, &names);
    Some(Closed {
        arguments: arguments.iter().map(rename).collect(),
        result: rename(&result),
        types,
        may_fail,
    })
}

fn more_general(general: &Closed, special: &Closed) -> bool {
    let mut bindings = Bindings::new();
    general.arguments.len() == special.arguments.len()
        && general
            .arguments
            .iter()
            .zip(&special.arguments)
            .all(|(g, s)| matches(g, s, &mut bindings))
        && matches(&general.result, &special.result, &mut bindings)
        && bindings.iter().all(|(v, image)| {
            // A variable over messages does not cover one over failure.
            let fails = |i: &u32, of: &Closed| of.may_fail.get(*i as usize) == Some(&true);
            match image {
                RuleTerm::Var(w) => fails(v, general) || !fails(w, special),
                RuleTerm::Apply(..) | RuleTerm::Fail => true,
            }
        })
}
