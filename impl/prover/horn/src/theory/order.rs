//! The lexicographic path order, which orients equations.
//!
//! For any total precedence on symbols it is a simplification order, so rules
//! oriented by it terminate (Dershowitz, "Termination of rewriting", 1987,
//! section 5).

use super::pattern::Pattern;
use logic::Symbol;
use std::collections::BTreeMap;

/// A total precedence: the larger number is the larger symbol.
pub(super) type Precedence = BTreeMap<Symbol, u32>;

/// Whether `left` is strictly greater than `right`.
pub(super) fn greater(precedence: &Precedence, left: &Pattern, right: &Pattern) -> bool {
    let Pattern::Apply(f, ls) = left else {
        return false;
    };
    if let Pattern::Var(v) = right {
        return contains(left, *v);
    }
    if ls
        .iter()
        .any(|l| l == right || greater(precedence, l, right))
    {
        return true;
    }
    let Pattern::Apply(g, rs) = right else {
        return false;
    };
    let above_all = || rs.iter().all(|r| greater(precedence, left, r));
    if f == g {
        let first = ls.iter().zip(rs).find(|(l, r)| l != r);
        return first.is_some_and(|(l, r)| greater(precedence, l, r)) && above_all();
    }
    precedence.get(f) > precedence.get(g) && above_all()
}

fn contains(term: &Pattern, var: u32) -> bool {
    match term {
        Pattern::Var(v) => *v == var,
        Pattern::Apply(_, arguments) => arguments.iter().any(|a| contains(a, var)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn apply(symbol: u32, arguments: Vec<Pattern>) -> Pattern {
        Pattern::Apply(Symbol(symbol), arguments)
    }

    #[test]
    fn subterms_are_smaller_and_commutativity_is_not_oriented() {
        let precedence: Precedence = (0..4).map(|i| (Symbol(i), i)).collect();
        let (x, y) = (Pattern::Var(0), Pattern::Var(1));
        let dec = apply(0, vec![apply(1, vec![x.clone(), y.clone()]), y.clone()]);
        assert!(greater(&precedence, &dec, &x));
        assert!(!greater(&precedence, &x, &dec));
        let (f, g) = (apply(2, vec![x.clone(), y.clone()]), apply(2, vec![y, x]));
        assert!(!greater(&precedence, &f, &g));
        assert!(!greater(&precedence, &g, &f));
    }

    #[test]
    fn precedence_decides_between_different_symbols() {
        let precedence: Precedence = (0..4).map(|i| (Symbol(i), i)).collect();
        let x = Pattern::Var(0);
        let (low, high) = (apply(0, vec![x.clone()]), apply(3, vec![x]));
        assert!(greater(&precedence, &high, &low));
        assert!(!greater(&precedence, &low, &high));
        assert!(!greater(&precedence, &low, &low));
    }
}
