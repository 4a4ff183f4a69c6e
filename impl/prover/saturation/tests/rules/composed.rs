use crate::text::{ATTACKER, World};

#[test]
fn a_conclusion_the_attacker_composes_is_dropped() {
    for (clause, dropped) in [
        ("attacker(X) -> attacker(h(h(X)))", true),
        ("attacker(X) && attacker(k[]) -> attacker(enc(X,k[]))", true),
        ("attacker(X) -> attacker(enc(pubc[],X))", true),
        ("attacker(X) -> attacker(enc(X,k[]))", false),
        ("attacker(X) -> attacker(h(Y))", false),
        ("begin:e(X) -> attacker(h(X))", false),
        ("attacker1(X) -> attacker(h(X))", false),
        ("mess(pubc[],X) -> attacker(h(X))", false),
    ] {
        let out = World::default().simplified(ATTACKER, clause);
        assert_eq!(out.is_empty(), dropped, "{clause}: {out:?}");
    }
}

#[test]
fn knowledge_passes_to_later_phases_only_by_a_clause() {
    let clause = "attacker(X) -> attacker1(h(X))";
    let composing = "attacker1(X) -> attacker1(h(X))";
    let next = format!("{composing}\nattacker(X) -> attacker1(X)");
    assert_eq!(World::default().simplified(composing, clause).len(), 1);
    assert!(World::default().simplified(&next, clause).is_empty());
}

#[test]
fn a_private_symbol_composes_nothing() {
    let set = "attacker(X) && mess(k[],X) -> attacker(privf(X))";
    let out = World::default().simplified(set, "attacker(X) && attacker(Y) -> attacker(privf(X))");
    assert_eq!(out.len(), 1);
}
