use crate::text::World;

#[test]
fn a_hypothesis_that_maps_onto_another_goes() {
    for (clause, count) in [
        // Y is free to be X.
        ("begin:e(X) && begin:e(Y) -> attacker(h(X))", 1),
        ("begin:e(h(X)) && begin:e(Y) -> attacker(X)", 1),
        // Both are fixed by the conclusion.
        ("begin:e(X) && begin:e(Y) -> attacker(enc(X,Y))", 2),
        // Y moves together with the fact about it, or not at all.
        ("begin:e(X) && begin:e(Y) && begin:f(Y) -> attacker(X)", 3),
        (
            "begin:e(X) && begin:f(X) && begin:e(Y) && begin:f(Y) -> attacker(X)",
            2,
        ),
        // The constraint would not survive.
        ("Y <> k[] && begin:e(X) && begin:e(Y) -> attacker(X)", 2),
        ("X <> k[] && begin:e(X) && begin:e(Y) -> attacker(X)", 1),
        // A cycle of mappings removes nothing.
        ("begin:e(Y,Z) && begin:e(Z,Y) -> attacker(k[])", 2),
    ] {
        let mut world = World::default();
        let out = world.simplified("", clause);
        let left = out[0].split("->").next().unwrap_or_default();
        let facts = left.split("&&").filter(|p| p.contains("begin")).count();
        assert_eq!(facts, count, "{clause}: {out:?}");
    }
}
