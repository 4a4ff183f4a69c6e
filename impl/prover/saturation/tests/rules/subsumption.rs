use crate::text::World;
use saturation::{Context, Everything, Scratch, Syntactic, rules::subsumption::subsumes};

fn subsumption(general: &str, special: &str) -> bool {
    let mut world = World::default();
    let (general, special) = (world.clause(general), world.clause(special));
    let saturated = world.saturate(&[]).expect("nothing");
    let mut scratch = Scratch::default();
    let mut context = Context {
        store: &mut world.store,
        signature: &world.signature,
        theory: &Syntactic,
        set: saturated.set(),
        purpose: &Everything,
        scratch: &mut scratch,
    };
    subsumes(&mut context, &general, &special)
}

#[test]
fn fewer_hypotheses_and_more_variables_subsume() {
    for (general, special, expected) in [
        ("attacker(X)", "attacker(k[])", true),
        ("attacker(k[])", "attacker(X)", false),
        ("attacker(k[])", "begin:e(k[]) -> attacker(k[])", true),
        // Trap: never drop a begin event the wrong way round.
        ("begin:e(k[]) -> attacker(k[])", "attacker(k[])", false),
        (
            "begin:e(X) -> attacker(X)",
            "begin:e(k[]) && begin:e(l[]) -> attacker(l[])",
            true,
        ),
        (
            "begin:e(X) -> attacker(Y)",
            "begin:e(k[]) -> attacker(l[])",
            true,
        ),
        (
            "begin:e(X) && begin:e(Y) -> attacker(k[])",
            "begin:e(l[]) -> attacker(k[])",
            false,
        ),
        (
            "begin:e(X,Y) && begin:e(Y,X) -> attacker(k[])",
            "begin:e(l[],m[]) && begin:e(m[],l[]) -> attacker(k[])",
            true,
        ),
        (
            "begin:e(X,Y) && begin:e(Y,X) -> attacker(k[])",
            "begin:e(l[],m[]) && begin:e(k[],l[]) -> attacker(k[])",
            false,
        ),
        ("X <> k[] -> attacker(X)", "attacker(l[])", true),
        ("X <> k[] -> attacker(X)", "attacker(X)", false),
        ("X <> k[] -> attacker(X)", "attacker(k[])", false),
        ("X <> k[] -> attacker(X)", "X <> k[] -> attacker(X)", true),
        (
            "X <> k[] -> attacker(h(X))",
            "forall Z. X <> Z -> attacker(h(X))",
            true,
        ),
        (
            "X <> h(k[]) -> attacker(enc(X,k[]))",
            "forall Z. X <> h(Z) && begin:e(X) -> attacker(enc(X,k[]))",
            true,
        ),
        (
            "forall Z. X <> h(Z) -> attacker(enc(X,k[]))",
            "X <> h(k[]) && begin:e(X) -> attacker(enc(X,k[]))",
            false,
        ),
    ] {
        assert_eq!(
            subsumption(general, special),
            expected,
            "{general}  subsumes  {special}"
        );
    }
}

/// Hypotheses of one shape, in the opposite order, which only smaller ones tell apart.
#[test]
fn what_fits_in_the_fewest_places_is_placed_first() {
    let clause = |terms: &[String], shift: usize| {
        let wide = terms.iter().rev().map(|t| format!("begin:e(h(h({t})))"));
        let told = (terms.iter().cycle().skip(shift).zip(0..terms.len()))
            .map(|(t, n)| format!("begin:d{n}({t})"));
        let all: Vec<_> = wide.chain(told).collect();
        format!("{} -> attacker(k[])", all.join(" && "))
    };
    let variables: Vec<_> = (0..12).map(|n| format!("X{n}")).collect();
    let names: Vec<_> = (0..12).map(|n| format!("n{n}[]")).collect();
    let general = clause(&variables, 0);
    assert!(subsumption(&general, &clause(&names, 0)));
    assert!(subsumption(&general, &clause(&names, 5)));
    let special = clause(&names, 0);
    let other = special.replacen("h(h(n3[]))", "h(h(m[]))", 1);
    assert!(!subsumption(&general, &other));
}
