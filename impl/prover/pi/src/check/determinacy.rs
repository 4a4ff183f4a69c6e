//! Overlaps of rewrite rules.
//!
//! Two unordered rules disagree when some arguments match both and the
//! results differ: their left sides, with variables kept apart, unify, and
//! the unifier does not make the right sides equal.

use crate::program::{RewriteRule, RuleTerm};
use std::collections::BTreeMap;

/// Whether two rules of one destructor give different results somewhere.
pub(super) fn rules_disagree(first: &RewriteRule, second: &RewriteRule) -> bool {
    let offset = u32::try_from(first.variables.len()).unwrap_or(u32::MAX);
    let mut unifier = Unifier::default();
    let overlap = first.arguments.len() == second.arguments.len()
        && first
            .arguments
            .iter()
            .zip(&second.arguments)
            .all(|(left, right)| unifier.unify(left, &shift(right, offset)));
    overlap && !unifier.equal(&first.result, &shift(&second.result, offset))
}

/// The term with other variables.
fn shift(term: &RuleTerm, offset: u32) -> RuleTerm {
    match term {
        RuleTerm::Apply(fun, terms) => {
            RuleTerm::Apply(*fun, terms.iter().map(|term| shift(term, offset)).collect())
        }
        RuleTerm::Fail => RuleTerm::Fail,
        RuleTerm::Var(var) => RuleTerm::Var(var.saturating_add(offset)),
    }
}

/// A substitution in triangular form.
#[derive(Default)]
struct Unifier {
    bindings: BTreeMap<u32, RuleTerm>,
}

impl Unifier {
    fn unify(&mut self, left: &RuleTerm, right: &RuleTerm) -> bool {
        let (left, right) = (self.resolve(left), self.resolve(right));
        match (&left, &right) {
            (RuleTerm::Var(x), RuleTerm::Var(y)) if x == y => true,
            (RuleTerm::Var(x), other) | (other, RuleTerm::Var(x)) => {
                if self.occurs(*x, other) {
                    return false;
                }
                self.bindings.insert(*x, other.clone());
                true
            }
            (RuleTerm::Fail, RuleTerm::Fail) => true,
            (RuleTerm::Apply(f, xs), RuleTerm::Apply(g, ys)) => {
                f == g && xs.len() == ys.len() && xs.iter().zip(ys).all(|(x, y)| self.unify(x, y))
            }
            _ => false,
        }
    }

    /// Follows bindings of a variable.
    fn resolve(&self, term: &RuleTerm) -> RuleTerm {
        let mut term = term;
        while let RuleTerm::Var(var) = term {
            match self.bindings.get(var) {
                Some(bound) => term = bound,
                None => break,
            }
        }
        term.clone()
    }

    fn occurs(&self, var: u32, term: &RuleTerm) -> bool {
        match self.resolve(term) {
            RuleTerm::Apply(_, terms) => terms.iter().any(|term| self.occurs(var, term)),
            RuleTerm::Fail => false,
            RuleTerm::Var(other) => other == var,
        }
    }

    fn equal(&self, left: &RuleTerm, right: &RuleTerm) -> bool {
        match (self.resolve(left), self.resolve(right)) {
            (RuleTerm::Apply(f, xs), RuleTerm::Apply(g, ys)) => {
                f == g && xs.len() == ys.len() && xs.iter().zip(&ys).all(|(x, y)| self.equal(x, y))
            }
            (left, right) => left == right,
        }
    }
}
