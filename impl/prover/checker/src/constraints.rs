//! What follows from constraints, and which are false.

use crate::load::{OPENED, freed};
use horn::Theory;
use logic::{Clause, Disequality, Store, Substitution, Var, View};
use std::collections::BTreeMap;

/// Whether a constraint follows from the others: whenever its sides are made
/// equal, some other constraint becomes false.
///
/// Its universal variables become free ones that occur nowhere else: the
/// constraints it is compared with may have the same ones, by descent from one
/// clause, and would capture them.
pub(crate) fn implied(
    store: &mut Store,
    theory: &Theory,
    constraint: &Disequality,
    by: &[Disequality],
) -> bool {
    let opened = freed(store, constraint, &mut OPENED.clone());
    theory.unify(store, &opened.pairs).iter().all(|unifier| {
        by.iter().any(|other| {
            let instance = unifier.disequality(store, other);
            is_false(store, theory, &instance)
        })
    })
}

/// Whether a constraint is false: a unifier of its sides binds its universal
/// variables only.
pub(crate) fn is_false(store: &mut Store, theory: &Theory, constraint: &Disequality) -> bool {
    theory
        .unify(store, &constraint.pairs)
        .iter()
        .any(|unifier| binds_only(store, unifier, &constraint.universals))
}

/// Whether the hypotheses and constraints of a clause are never all true: a
/// constraint is false, or no numbers satisfy what is said of them, which is a
/// matter of difference constraints and decided exactly (Bellman, 1958).
pub(crate) fn void(store: &mut Store, theory: &Theory, clause: &Clause) -> bool {
    let mut constraints = clause.constraints.iter();
    constraints.any(|c| is_false(store, theory, c))
        || theory.contradictory(store, &clause.hypotheses, &clause.constraints)
}

/// Whether, up to renaming of universals, nothing but universals is bound. A
/// unifier may bind a free variable to a universal one; turned round, that
/// binds the universal.
fn binds_only(store: &Store, unifier: &Substitution, universals: &[Var]) -> bool {
    let mut turned: BTreeMap<Var, Var> = BTreeMap::new();
    unifier.iter().all(|(v, image)| {
        universals.contains(&v)
            || match store.view(image) {
                View::Var(w) if w == v => true,
                View::Var(w) if universals.contains(&w) => *turned.entry(w).or_insert(v) == v,
                _ => false,
            }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use logic::Symbol;

    /// `∀u,v. (k(z), k(l(b)), l(b)) ≠ (k(u), k(u), l(v))`, which says `z ≠ l(b)`,
    /// does not give `∀u,v. (s, s, z) ≠ (k(u), k(u), l(v))`: take `z = l(c)`.
    /// With `u` and `v` taken for the same in both, it would.
    #[test]
    fn universal_variables_are_not_captured() {
        let mut store = Store::new();
        let (k, l) = (Symbol(0), Symbol(1));
        let b = store.apply(Symbol(2), &[]);
        let [z, s, u, v] = [0, 1, 100, 101].map(|n| store.var(Var(n)));
        let (ku, lv, kz, lb) = (
            store.apply(k, &[u]),
            store.apply(l, &[v]),
            store.apply(k, &[z]),
            store.apply(l, &[b]),
        );
        let klb = store.apply(k, &[lb]);
        let constraint = |sides: [logic::TermId; 3]| Disequality {
            universals: vec![Var(100), Var(101)],
            pairs: sides.into_iter().zip([ku, ku, lv]).collect(),
        };
        let wanted = constraint([s, s, z]);
        let given = constraint([kz, klb, lb]);
        let theory = Theory::default();
        assert!(!implied(&mut store, &theory, &wanted, &[given]));
        assert!(implied(
            &mut store,
            &theory,
            &wanted,
            std::slice::from_ref(&wanted)
        ));
    }
}
