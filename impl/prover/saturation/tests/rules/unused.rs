use crate::text::World;

#[test]
fn what_any_message_satisfies_goes() {
    for (clause, expected) in [
        (
            "attacker(X) && begin:e(Y) -> attacker(Y)",
            "begin:e(x0) -> attacker(x0)",
        ),
        (
            "X <> k[] && attacker(X) && begin:e(Y) -> attacker(Y)",
            "begin:e(x0) -> attacker(x0)",
        ),
        (
            "X <> Y && attacker(X) && begin:e(Y) -> attacker(Y)",
            "begin:e(x0) -> attacker(x0)",
        ),
        (
            "X <> Y && begin:e(Y) -> attacker(Y)",
            "begin:e(x0) -> attacker(x0)",
        ),
        // Not the attacker's, so its values may be few.
        (
            "X <> k[] && mess(pubc[],X) -> attacker(k[])",
            "x0 <> k[] && mess(pubc[],x0) -> attacker(k[])",
        ),
        (
            "attacker(X) && begin:e(X) -> attacker(k[])",
            "attacker(x0) && begin:e(x0) -> attacker(k[])",
        ),
    ] {
        let mut world = World::default();
        let out = world.simplified("", clause);
        // Numbering is by first appearance in the text of the clause.
        let normal = |s: &str| s.replace("x1", "x0");
        assert_eq!(
            out.iter().map(|s| normal(s)).collect::<Vec<_>>(),
            [expected],
            "{clause}"
        );
    }
}
