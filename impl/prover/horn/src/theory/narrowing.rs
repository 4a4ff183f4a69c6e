//! The variants of a convergent rule: one-step rules that reach normal forms.
//!
//! If `f(M1,…,Mn)` with every `Mi` in normal form reduces at the root by
//! `l → r`, then it is `lσ` with σ in normal form, and its normal form is that
//! of `rσ`. A complete set of variants of `r` gives all normal forms of `rσ`
//! as instances (Comon-Lundh, Delaune, "The finite variant property", 2005),
//! and narrowing that drops instances of earlier results computes it (Escobar,
//! Sasse, Meseguer, "Folding variant narrowing", 2012).

use super::completion::variable_bound;
use super::pattern::Pattern;
use super::position::{applications, replace};
use super::rewrite::{Rewrite, Rewrites};
use super::{VARIANT_LIMIT, Variant};
use crate::unify::{Bindings, Roles, are_instances};
use logic::{Store, TermId, View};
use std::collections::BTreeMap;

/// Largest result of a variant, in nodes: associativity makes them grow for
/// ever.
const SIZE_LIMIT: u32 = 200;

/// The variants of one rule; `None` above [`VARIANT_LIMIT`] or [`SIZE_LIMIT`].
pub(super) fn variants(rule: &Rewrite, rewrites: &Rewrites) -> Option<Vec<Variant>> {
    let mut store = Store::new();
    let left = rule.left.instantiate(&mut store, 0);
    let right = rule.right.instantiate(&mut store, 0);
    let View::Apply(_, arguments) = store.view(left) else {
        return Some(Vec::new());
    };
    let arguments = arguments.to_vec();
    let mut next_variable = variable_bound(&rule.left);
    let mut states = vec![State {
        result: rewrites.normalise(&mut store, right),
        arguments,
    }];
    let mut at = 0;
    while at < states.len() {
        let state = states[at].clone();
        for (position, subterm) in applications(&store, state.result) {
            for other in rewrites.iter() {
                let base = next_variable;
                next_variable = next_variable.saturating_add(variable_bound(&other.left));
                let redex = other.left.instantiate(&mut store, base);
                let reduced = other.right.instantiate(&mut store, base);
                let mut bindings = Bindings::default();
                if !bindings.unify(&mut store, &[(subterm, redex)], Roles::default()) {
                    continue;
                }
                let result = replace(&mut store, state.result, &position, reduced);
                let result = bindings.resolve(&mut store, result);
                let new = State {
                    result: rewrites.normalise(&mut store, result),
                    arguments: state
                        .arguments
                        .iter()
                        .map(|a| bindings.resolve(&mut store, *a))
                        .collect(),
                };
                // Arguments are in normal form, and so are those of no instance
                // of a state with a reducible one.
                let reducible = new
                    .arguments
                    .iter()
                    .any(|a| rewrites.is_reducible(&store, *a));
                if !reducible && !states.iter().any(|old| new.is_instance_of(&store, old)) {
                    if states.len() >= VARIANT_LIMIT || store.size(new.result) > SIZE_LIMIT {
                        return None;
                    }
                    states.push(new);
                }
            }
        }
        at += 1;
    }
    let normal: Vec<State> = states
        .into_iter()
        .filter(|s| {
            !s.arguments
                .iter()
                .any(|a| rewrites.is_reducible(&store, *a))
        })
        .collect();
    Some(normal.iter().map(|s| s.read(&mut store)).collect())
}

#[derive(Clone, Debug)]
struct State {
    arguments: Vec<TermId>,
    result: TermId,
}

impl State {
    fn is_instance_of(&self, store: &Store, other: &Self) -> bool {
        // Instances are no smaller: a cheap test before the real one.
        if store.size(other.result) > store.size(self.result) {
            return false;
        }
        let mut pairs = vec![(other.result, self.result)];
        pairs.extend(
            other
                .arguments
                .iter()
                .copied()
                .zip(self.arguments.iter().copied()),
        );
        are_instances(store, &pairs)
    }

    fn read(&self, store: &mut Store) -> Variant {
        let bindings = Bindings::default();
        let mut names = BTreeMap::new();
        let arguments = self
            .arguments
            .iter()
            .map(|a| Pattern::read(store, &bindings, *a, &mut names))
            .collect();
        let result = Pattern::read(store, &bindings, self.result, &mut names);
        Variant {
            arguments,
            result,
            variables: u32::try_from(names.len()).unwrap_or(u32::MAX),
        }
    }
}
