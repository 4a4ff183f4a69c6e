//! Substitution, matching and unification of rule terms (Robinson, 1965).
//! Rule terms are small trees, so the textbook version will do.

use pi::RuleTerm;
use std::collections::BTreeMap;

/// Bindings of rule variables.
pub(super) type Bindings = BTreeMap<u32, RuleTerm>;

/// The instance, bindings applied repeatedly; they must be acyclic.
pub(super) fn apply(term: &RuleTerm, bindings: &Bindings) -> RuleTerm {
    match term {
        RuleTerm::Apply(f, arguments) => {
            RuleTerm::Apply(*f, arguments.iter().map(|a| apply(a, bindings)).collect())
        }
        RuleTerm::Fail => RuleTerm::Fail,
        RuleTerm::Var(v) => bindings
            .get(v)
            .map_or_else(|| term.clone(), |t| apply(t, bindings)),
    }
}

/// The term with every variable number raised.
pub(super) fn shift(term: &RuleTerm, by: u32) -> RuleTerm {
    match term {
        RuleTerm::Apply(f, arguments) => {
            RuleTerm::Apply(*f, arguments.iter().map(|a| shift(a, by)).collect())
        }
        RuleTerm::Fail => RuleTerm::Fail,
        RuleTerm::Var(v) => RuleTerm::Var(v.saturating_add(by)),
    }
}

/// Extends the bindings to a most general unifier, or says there is none.
pub(super) fn unify(left: &RuleTerm, right: &RuleTerm, bindings: &mut Bindings) -> bool {
    let left = resolve(left, bindings);
    let right = resolve(right, bindings);
    match (&left, &right) {
        (RuleTerm::Var(a), RuleTerm::Var(b)) if a == b => true,
        (RuleTerm::Var(v), other) | (other, RuleTerm::Var(v)) => {
            if occurs(*v, other, bindings) {
                return false;
            }
            bindings.insert(*v, other.clone());
            true
        }
        (RuleTerm::Apply(f, a), RuleTerm::Apply(g, b)) => {
            f == g && a.len() == b.len() && a.iter().zip(b).all(|(x, y)| unify(x, y, bindings))
        }
        (RuleTerm::Fail, RuleTerm::Fail) => true,
        (RuleTerm::Fail, RuleTerm::Apply(..)) | (RuleTerm::Apply(..), RuleTerm::Fail) => false,
    }
}

/// Binds variables of the pattern so that it equals the target; the target's
/// variables are constants.
pub(super) fn matches(pattern: &RuleTerm, target: &RuleTerm, bindings: &mut Bindings) -> bool {
    match (pattern, target) {
        (RuleTerm::Var(v), _) => match bindings.get(v) {
            Some(bound) => bound == target,
            None => {
                bindings.insert(*v, target.clone());
                true
            }
        },
        (RuleTerm::Apply(f, a), RuleTerm::Apply(g, b)) => {
            f == g && a.len() == b.len() && a.iter().zip(b).all(|(x, y)| matches(x, y, bindings))
        }
        (RuleTerm::Fail, RuleTerm::Fail) => true,
        _ => false,
    }
}

/// The instance of a rule's right side under bindings from [`matches`], where
/// images are over other variables and must not be applied again.
pub(super) fn instance(term: &RuleTerm, bindings: &Bindings) -> RuleTerm {
    match term {
        RuleTerm::Apply(f, arguments) => RuleTerm::Apply(
            *f,
            arguments.iter().map(|a| instance(a, bindings)).collect(),
        ),
        RuleTerm::Fail => RuleTerm::Fail,
        RuleTerm::Var(v) => bindings.get(v).cloned().unwrap_or_else(|| term.clone()),
    }
}

fn resolve(term: &RuleTerm, bindings: &Bindings) -> RuleTerm {
    let mut term = term;
    while let RuleTerm::Var(v) = term {
        match bindings.get(v) {
            Some(next) => term = next,
            None => break,
        }
    }
    term.clone()
}

fn occurs(var: u32, term: &RuleTerm, bindings: &Bindings) -> bool {
    match term {
        RuleTerm::Apply(_, arguments) => arguments.iter().any(|a| occurs(var, a, bindings)),
        RuleTerm::Fail => false,
        RuleTerm::Var(v) => *v == var || bindings.get(v).is_some_and(|t| occurs(var, t, bindings)),
    }
}
