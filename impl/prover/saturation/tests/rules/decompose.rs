use crate::text::{PAIRS, World};

#[test]
fn tuples_are_taken_apart_on_both_sides() {
    for (clause, expected) in [
        (
            "attacker((k[],l[])) && attacker(X) -> attacker(enc(k[],X))",
            vec!["attacker(k[]) && attacker(l[]) && attacker(x0) -> attacker(enc(k[],x0))"],
        ),
        (
            "begin:e(k[]) -> attacker((k[],(l[],k[])))",
            vec![
                "begin:e(k[]) -> attacker(k[])",
                "begin:e(k[]) -> attacker(l[])",
                "begin:e(k[]) -> attacker(k[])",
            ],
        ),
    ] {
        assert_eq!(
            World::default().simplified(PAIRS, clause),
            expected,
            "{clause}"
        );
    }
}

#[test]
fn without_all_their_clauses_tuples_stay() {
    let set = "attacker(X) && attacker(Y) -> attacker((X,Y))\nattacker((X,Y)) -> attacker(X)";
    let clause = "attacker((k[],l[])) -> attacker(h(k[]))";
    let out = World::default().simplified(set, clause);
    assert_eq!(out, ["attacker((k[],l[])) -> attacker(h(k[]))"]);
}
