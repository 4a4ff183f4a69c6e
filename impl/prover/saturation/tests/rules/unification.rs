use crate::text::World;
use logic::{Store, Substitution, Symbol, TermId, Var, View};
use proptest::prelude::*;
use saturation::{UNIVERSALS, Unifier};

#[derive(Clone, Debug)]
pub(crate) enum Tree {
    Apply(u32, Vec<Tree>),
    Var(u32),
}

pub(crate) fn tree() -> impl Strategy<Value = Tree> {
    let leaf = prop_oneof![
        (0u32..4).prop_map(Tree::Var),
        (0u32..2).prop_map(|s| Tree::Apply(s, vec![]))
    ];
    leaf.prop_recursive(4, 24, 3, |inner| {
        (2u32..5).prop_flat_map(move |s| {
            prop::collection::vec(inner.clone(), s as usize - 1)
                .prop_map(move |a| Tree::Apply(s, a))
        })
    })
}

pub(crate) fn build(store: &mut Store, tree: &Tree, shift: u32) -> TermId {
    match tree {
        Tree::Var(v) => store.var(Var(v + shift)),
        Tree::Apply(s, arguments) => {
            let arguments: Vec<_> = arguments.iter().map(|a| build(store, a, shift)).collect();
            store.apply(Symbol(*s), &arguments)
        }
    }
}

/// Textbook unification on trees.
fn naive(store: &mut Store, left: TermId, right: TermId) -> Option<Substitution> {
    let mut work = vec![(left, right)];
    let mut bindings: Vec<(Var, TermId)> = Vec::new();
    while let Some((l, r)) = work.pop() {
        if l == r {
            continue;
        }
        let (v, t) = match (store.view(l), store.view(r)) {
            (View::Var(v), _) => (v, r),
            (_, View::Var(v)) => (v, l),
            (View::Apply(f, fs), View::Apply(g, gs)) => {
                if f != g {
                    return None;
                }
                work.extend(fs.iter().copied().zip(gs.iter().copied()));
                continue;
            }
        };
        let mut inside = std::collections::BTreeSet::new();
        logic::term_variables(store, t, &mut inside);
        if inside.contains(&v) {
            return None;
        }
        let mut one = Substitution::new();
        one.bind(v, t);
        for (a, b) in &mut work {
            (*a, *b) = (one.term(store, *a), one.term(store, *b));
        }
        for (_, b) in &mut bindings {
            *b = one.term(store, *b);
        }
        bindings.push((v, t));
    }
    let mut all = Substitution::new();
    for (v, t) in bindings {
        all.bind(v, t);
    }
    Some(all)
}

proptest! {
    #[test]
    fn agrees_with_the_textbook(l in tree(), r in tree()) {
        let mut store = Store::new();
        let (l, r) = (build(&mut store, &l, 0), build(&mut store, &r, 0));
        let mut unifier = Unifier::new();
        unifier.clear();
        let fast = unifier.unify(&store, [(l, r)]) && unifier.instance(&mut store, l).is_some();
        let slow = naive(&mut store, l, r);
        prop_assert_eq!(fast, slow.is_some());
        if let Some(slow) = slow {
            let (a, b) = (unifier.instance(&mut store, l), unifier.instance(&mut store, r));
            prop_assert_eq!(a, b);
            // Both are most general: the instances are variants of one another.
            let s = slow.term(&mut store, l);
            prop_assert_eq!(Some(s), slow.term(&mut store, r).into());
            let mut renaming = Unifier::new();
            renaming.clear();
            prop_assert_eq!(renaming.instance(&mut store, s), {
                unifier.rename_from(0);
                unifier.instance(&mut store, l)
            });
        }
    }
}

#[test]
fn cycles_and_universals() {
    let mut world = World::default();
    let clause = world.clause("attacker(h(X)) -> attacker(X)");
    let (f, x) = (
        clause.hypotheses[0].arguments[0],
        clause.conclusion.arguments[0],
    );
    let mut unifier = Unifier::new();
    unifier.clear();
    assert!(unifier.unify(&world.store, [(f, x)]));
    assert_eq!(unifier.instance(&mut world.store, x), None);
    unifier.clear();
    let universal = world.store.var(Var(UNIVERSALS + 3));
    assert_eq!(
        unifier.instance(&mut world.store, universal),
        Some(universal)
    );
}

#[test]
fn a_graph_with_a_huge_tree_is_small_work() {
    let mut store = Store::new();
    let (mut l, mut r) = (store.var(Var(0)), store.var(Var(1)));
    for _ in 0..400 {
        l = store.apply(Symbol(0), &[l, l]);
        r = store.apply(Symbol(0), &[r, r]);
    }
    let mut unifier = Unifier::new();
    unifier.clear();
    assert!(unifier.unify(&store, [(l, r)]));
    assert_eq!(
        unifier.instance(&mut store, l),
        unifier.instance(&mut store, r)
    );
    assert_eq!(store.size(l), u32::MAX);
}
