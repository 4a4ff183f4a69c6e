use crate::text::{ATTACKER, World};

#[test]
fn only_what_an_instance_needs_is_kept() {
    let set = format!(
        "{ATTACKER}
        attacker(Y) && mess(k[],Y) -> attacker(privx(Y))
        begin:e(Y) && attacker(Z) && mess(k[],Z) -> attacker(privy(Y,Z))
        Y <> k[] && attacker(Y) && mess(k[],Y) -> attacker(privz(Y))"
    );
    for (clause, expected) in [
        // attacker(h(x)) is composed from attacker(x); the event is not needed.
        (
            "attacker(X) && mess(k[],h(X)) && begin:e(X) -> attacker(privx(h(X)))",
            "attacker(x0) && mess(k[],h(x0)) -> attacker(privx(h(x0)))",
        ),
        // Needed, and kept.
        (
            "begin:e(X) && begin:f(X) && attacker(X) && mess(k[],h(X)) -> attacker(privy(X,h(X)))",
            "begin:e(x0) && attacker(x0) && mess(k[],h(x0)) -> attacker(privy(x0,h(x0)))",
        ),
        // Not composable.
        (
            "begin:e(k[]) && mess(k[],k[]) -> attacker(privx(k[]))",
            "begin:e(k[]) && mess(k[],k[]) -> attacker(privx(k[]))",
        ),
        // The constraint of the entry does not follow.
        (
            "attacker(X) && mess(k[],X) && begin:e(X) -> attacker(privz(X))",
            "attacker(x0) && mess(k[],x0) && begin:e(x0) -> attacker(privz(x0))",
        ),
        (
            "attacker(X) && mess(k[],h(X)) && begin:e(X) -> attacker(privz(h(X)))",
            "attacker(x0) && mess(k[],h(x0)) -> attacker(privz(h(x0)))",
        ),
    ] {
        assert_eq!(
            World::default().simplified(&set, clause),
            [expected],
            "{clause}"
        );
    }
}

#[test]
fn the_derivation_goes_through_the_entry() {
    let text = format!(
        "{ATTACKER}
        attacker(Y) && mess(k[],Y) -> attacker(privx(Y))
        begin:e(X) && attacker(X) && mess(k[],h(X)) -> attacker(privx(h(X)))"
    );
    let mut world = World::default();
    let clauses = world.clauses(&text);
    let all = world.saturate(&clauses).expect("small");
    let (id, _) = all
        .set()
        .alive()
        .find(|(_, e)| matches!(e.origin, saturation::Origin::Instance(_)))
        .expect("an instance");
    let initial: Vec<_> = clauses.iter().collect();
    let derivation = all
        .derivation(&mut world.store, &initial, id)
        .expect("a derivation");
    let assumed: Vec<_> = derivation
        .nodes
        .iter()
        .filter(|n| n.rule.is_none())
        .map(|n| logic::print::fact(&world.signature, &world.store, &n.fact))
        .collect();
    assert_eq!(assumed, ["mess(k[],h(x0))", "attacker(x0)"]);
    assert_eq!(derivation.nodes.len(), 4);
}
