use crate::text::World;

/// Printed constraints, or `None` if the clause is dropped.
fn simplified(constraint: &str) -> Option<String> {
    let clause = format!("{constraint} && begin:e(X,Y) -> attacker(enc(X,Y))");
    let out = World::default().simplified("", &clause);
    out.first().map(|c| {
        c.split("begin")
            .next()
            .unwrap_or_default()
            .trim_end_matches("&& ")
            .trim_end()
            .to_owned()
    })
}

#[test]
fn disequalities_are_decided_or_reduced_to_bindings() {
    for (constraint, expected) in [
        ("k[] <> k[]", None),
        ("X <> X", None),
        ("forall Z. X <> Z", None),
        ("forall Z. h(X) <> Z", None),
        ("k[] <> l[]", Some("")),
        ("h(X) <> k[]", Some("")),
        ("X <> h(X)", Some("")),
        ("h(X) <> h(k[])", Some("x0 <> k[]")),
        (
            "forall Z. X <> h(Z)",
            Some("(forall x16777216: x0 <> h(x16777216))"),
        ),
        ("(X,Y) <> (k[],l[])", Some("(x0,x1) <> (k[],l[])")),
        ("forall Z. (X,Z) <> (k[],Y)", Some("x0 <> k[]")),
    ] {
        assert_eq!(simplified(constraint).as_deref(), expected, "{constraint}");
    }
}
