use crate::text::{ATTACKER, World};

#[test]
fn hypotheses_that_follow_from_others_go() {
    for (clause, expected) in [
        (
            "attacker(X) && attacker(h(X)) -> attacker(enc(X,k[]))",
            "attacker(x0) -> attacker(enc(x0,k[]))",
        ),
        (
            "attacker(k[]) && attacker(enc(h(k[]),pubc[])) -> attacker(l[])",
            "attacker(k[]) -> attacker(l[])",
        ),
        ("attacker(fresh[k[]]) -> attacker(l[])", "attacker(l[])"),
        (
            "attacker(h(k[])) -> attacker(l[])",
            "attacker(h(k[])) -> attacker(l[])",
        ),
        (
            "begin:e(pubc[]) -> attacker(l[])",
            "begin:e(pubc[]) -> attacker(l[])",
        ),
        // Neither may stand for the other.
        (
            "attacker(enc(k[],l[])) && attacker(h(enc(k[],l[]))) -> attacker(m[])",
            "attacker(enc(k[],l[])) -> attacker(m[])",
        ),
    ] {
        assert_eq!(
            World::default().simplified(ATTACKER, clause),
            [expected],
            "{clause}"
        );
    }
}
