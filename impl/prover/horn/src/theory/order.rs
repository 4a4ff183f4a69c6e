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
    let known = BTreeMap::new();
    Comparison { precedence, known }.greater(left, right)
}

/// One comparison. The definition meets the same two subterms along many ways, so what
/// it answered is kept, by their places in memory.
struct Comparison<'a> {
    precedence: &'a Precedence,
    known: BTreeMap<(*const Pattern, *const Pattern), bool>,
}

impl Comparison<'_> {
    fn greater(&mut self, left: &Pattern, right: &Pattern) -> bool {
        let Pattern::Apply(f, ls) = left else {
            return false;
        };
        let key = (core::ptr::from_ref(left), core::ptr::from_ref(right));
        if let Some(known) = self.known.get(&key) {
            return *known;
        }
        let answer = match right {
            Pattern::Var(v) => contains(left, *v),
            Pattern::Apply(g, rs) => {
                ls.iter().any(|l| l == right || self.greater(l, right))
                    || self.at_root((*f, ls), (*g, rs)) && rs.iter().all(|r| self.greater(left, r))
            }
        };
        self.known.insert(key, answer);
        answer
    }

    /// Whether the roots, or else the first arguments that differ, decide for the left.
    fn at_root(&mut self, (f, ls): (Symbol, &[Pattern]), (g, rs): (Symbol, &[Pattern])) -> bool {
        if f != g {
            return self.precedence.get(&f) > self.precedence.get(&g);
        }
        let first = ls.iter().zip(rs).find(|(l, r)| l != r);
        first.is_some_and(|(l, r)| self.greater(l, r))
    }
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
