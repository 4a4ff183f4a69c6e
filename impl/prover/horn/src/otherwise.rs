//! The other way of a `let`: the path on which no way to take it is open.
//!
//! A `let` fails because its term fails or because the value has another form.
//! Told apart, these are several paths, and on one of them the term has a value:
//! what was received is then known to be, say, some signature, which has to come
//! from somewhere. Taken together they are one path and say less: *no instance of
//! a successful path*. Where success is nothing but bindings `x = M` of variables
//! that were there before, its negation is `forall z. x <> M`, `z` the variables
//! that came up on the way, and exact: every step of evaluation holds of all
//! instances of its result. Where success has conditions of its own (an
//! `otherwise` before it, a number), the ways of failing stay apart.

use crate::branch::{Branch, differs};
use crate::translate::Translator;
use logic::{Var, term_variables};
use std::collections::BTreeSet;

impl Translator<'_> {
    /// The paths on which none of the successful ones is taken, given those on which
    /// evaluation or matching fails; `from` is the first variable that came up
    /// since `before`.
    pub(crate) fn otherwise(
        &mut self,
        before: &Branch,
        yes: &[Branch],
        no: Vec<Branch>,
        from: u32,
    ) -> Vec<Branch> {
        if no.len() < 2 {
            return no;
        }
        self.none_of(before, yes, from).unwrap_or(no)
    }

    fn none_of(&mut self, before: &Branch, yes: &[Branch], from: u32) -> Option<Vec<Branch>> {
        let mut none = before.clone();
        for taken in yes {
            let only_binds = taken.hypotheses == before.hypotheses
                && taken.path.len() == before.path.len()
                && taken
                    .constraints
                    .iter()
                    .all(|c| before.constraints.contains(c));
            if !only_binds {
                return None;
            }
            let mut pairs = Vec::new();
            let mut universals = BTreeSet::new();
            for var in taken.bindings.bound_since(&before.bindings, from) {
                let left = self.store.var(var);
                let right = taken.bindings.resolve(&mut self.store, left);
                term_variables(&self.store, right, &mut universals);
                pairs.push((left, right));
            }
            let universals = universals.range(Var(from)..).copied().collect();
            if !none.exclude(&mut self.store, &self.theory, differs(universals, pairs)) {
                return Some(Vec::new());
            }
        }
        Some(vec![none])
    }
}

#[cfg(test)]
mod tests {
    use pi::Sources;

    /// The clauses that conclude that the attacker knows `s`.
    fn ways(declarations: &str, value: &str) -> Vec<String> {
        let mut sources = Sources::default();
        let text = format!(
            "free c: channel. type key.
             const a: bitstring.
             fun enc(bitstring, key): bitstring. {declarations}
             free s: bitstring [private]. free k: key [private].
             query attacker(s).
             process in(c, x: bitstring); let (=a, y: bitstring) = {value} in 0 else out(c, s)"
        );
        sources.add("otherwise.pv", text);
        let program = pi::load(sources).program.expect("no error");
        let options = crate::options(&program, 0);
        let translation = crate::translate(&program, &options).expect("supported");
        let (signature, store) = (&translation.signature, &translation.store);
        let clauses = translation.clauses.iter();
        clauses
            .map(|c| logic::print::clause(signature, store, &c.clause))
            .filter(|c| c.ends_with("attacker(s[])"))
            .collect()
    }

    #[test]
    fn no_decryption_and_no_match_are_one_way() {
        let dec = "reduc forall m: bitstring, k2: key; dec(enc(m, k2), k2) = m.";
        let found = ways(dec, "dec(x, k)");
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].contains("<> enc((a,"), "{found:?}");
    }

    #[test]
    fn an_earlier_rule_keeps_them_apart() {
        let dec = "fun dec(bitstring, key): bitstring
             reduc forall k2: key; dec(enc((a, a), k2), k2) = a
             otherwise forall m: bitstring, k2: key; dec(enc(m, k2), k2) = m.";
        let found = ways(dec, "dec(x, k)");
        assert!(found.len() > 1, "{found:?}");
    }
}
