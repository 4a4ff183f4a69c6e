use crate::text::World;

#[test]
fn one_occurrence_has_one_message() {
    for (clause, expected) in [
        (
            "action(o[S],X) && action(o[S],k[]) -> attacker((S,h(X)))",
            vec!["action(o[x0],k[]) -> attacker((x0,h(k[])))"],
        ),
        // Nothing that comes later speaks of the session.
        (
            "action(o[S],X) && action(o[S],k[]) -> attacker(h(X))",
            vec!["attacker(h(k[]))"],
        ),
        (
            "action(o[S],l[]) && action(o[S],k[]) -> attacker(m[])",
            vec![],
        ),
        (
            "action(o[S],X) && action(o[T],k[]) -> attacker((X,enc(S,T)))",
            vec!["action(o[x0],x1) && action(o[x2],k[]) -> attacker((x1,enc(x0,x2)))"],
        ),
    ] {
        let out = World::default().simplified("", clause);
        let renamed = |s: &str| s.to_owned();
        assert_eq!(out.len(), expected.len(), "{clause}: {out:?}");
        if let (Some(o), Some(e)) = (out.first(), expected.first())
            && !e.contains("x2")
        {
            // The variable that is left keeps no particular number.
            assert_eq!(renamed(o).replace("x1", "x0"), renamed(e), "{clause}");
        }
    }
}
