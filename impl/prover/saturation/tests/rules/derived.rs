use crate::text::{ATTACKER, World};

#[test]
fn what_others_derive_is_dropped() {
    let set = format!(
        "{ATTACKER}
        attacker(Y) -> attacker(privx(Y))
        begin:e(Y) && attacker(Z) -> attacker(privy(Y,Z))
        Y <> k[] && attacker(Y) -> attacker(privz(Y))
        mess(k[],Y) && attacker(Y) -> attacker(privf(Y))"
    );
    for (clause, dropped) in [
        ("attacker(X) && begin:e(X) -> attacker(privx(h(X)))", true),
        // Through another clause.
        (
            "attacker(X) && begin:e(X) -> attacker(privx(privx(X)))",
            true,
        ),
        (
            "begin:e(X) && attacker(X) -> attacker(privy(X,privx(X)))",
            true,
        ),
        // Through what the attacker composes of what others derive, where names grow.
        (
            "attacker(X) && attacker(k[k[Y]]) -> attacker(privx(h(privx(k[k[Y]]))))",
            true,
        ),
        (
            "attacker(X) && attacker(k[k[Y]]) -> attacker(h(privx(k[k[Y]])))",
            true,
        ),
        ("attacker(X) && begin:e(X) -> attacker(h(privx(X)))", false),
        ("begin:e(Y) -> attacker(privx(h(privx(k[k[Y]]))))", false),
        // The event is not among the hypotheses, or is another one.
        ("begin:f(X) && attacker(X) -> attacker(privy(X,X))", false),
        (
            "begin:e(h(X)) && attacker(X) -> attacker(privy(X,X))",
            false,
        ),
        // Not known.
        ("begin:e(k[]) -> attacker(privx(k[]))", false),
        // The constraint does not follow.
        ("attacker(X) && begin:e(X) -> attacker(privz(X))", false),
        // What it would be derived with waits itself.
        (
            "mess(k[],h(X)) && attacker(X) && begin:e(X) -> attacker(privf(h(X)))",
            false,
        ),
    ] {
        let out = World::default().simplified(&set, clause);
        assert_eq!(out.is_empty(), dropped, "{clause}: {out:?}");
    }
}
