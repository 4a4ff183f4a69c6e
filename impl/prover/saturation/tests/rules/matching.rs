use crate::unification::{build, tree};
use logic::{Store, Substitution, Var, View};
use proptest::prelude::*;
use saturation::Matcher;

proptest! {
    #[test]
    fn the_instance_of_the_pattern_is_the_target(p in tree(), t in tree()) {
        let mut store = Store::new();
        let (p, t) = (build(&mut store, &p, 0), build(&mut store, &t, 10));
        let mut matcher = Matcher::new();
        matcher.clear();
        let mark = matcher.mark();
        if matcher.matches(&store, p, t) {
            let mut substitution = Substitution::new();
            let bound: Vec<_> = matcher.bound_since(mark).collect();
            for (node, image) in bound {
                if let View::Var(v) = store.view(node) {
                    substitution.bind(v, image);
                }
            }
            prop_assert_eq!(substitution.term(&mut store, p), t);
            prop_assert_eq!(matcher.instance(&mut store, p), t);
        } else {
            // Then no instance is: unification with the target as constants fails.
            matcher.undo(mark);
            let mut constants = Substitution::new();
            for v in 10..14 {
                let c = store.apply(logic::Symbol(100 + v), &[]);
                constants.bind(Var(v), c);
            }
            let ground = constants.term(&mut store, t);
            let mut unifier = saturation::Unifier::new();
            unifier.clear();
            let unifies = unifier.unify(&store, [(p, ground)]) && unifier.instance(&mut store, p).is_some();
            prop_assert!(!unifies);
        }
    }

    #[test]
    fn an_instance_is_matched(p in tree(), images in prop::collection::vec(tree(), 4)) {
        let mut store = Store::new();
        let p = build(&mut store, &p, 0);
        let mut substitution = Substitution::new();
        for (v, image) in images.iter().enumerate() {
            let image = build(&mut store, image, 10);
            substitution.bind(Var(u32::try_from(v).expect("four")), image);
        }
        let t = substitution.term(&mut store, p);
        let mut matcher = Matcher::new();
        matcher.clear();
        prop_assert!(matcher.matches(&store, p, t));
    }
}

#[test]
fn undo_forgets_what_came_after_the_mark() {
    let mut store = Store::new();
    let (x, y) = (store.var(Var(0)), store.var(Var(1)));
    let (a, b) = (
        store.apply(logic::Symbol(0), &[]),
        store.apply(logic::Symbol(1), &[]),
    );
    let mut matcher = Matcher::new();
    matcher.clear();
    assert!(matcher.matches(&store, x, a));
    let mark = matcher.mark();
    assert!(matcher.matches(&store, y, a));
    matcher.undo(mark);
    assert!(matcher.matches(&store, y, b));
    assert!(!matcher.matches(&store, x, b));
}
