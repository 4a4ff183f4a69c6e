//! What is allowed and probably not meant is warned of, and nothing else is.

const BEFORE: &str = "free c: channel. free s: bitstring [private]. ";

/// A text and what is warned of, in order.
const PLANTED: &[(&str, &[&str])] = &[
    ("query attacker(s). process out(c, c)", &[]),
    (
        "free k: bitstring. query attacker(s). process out(c, c)",
        &["`k` is never used"],
    ),
    (
        "type key. query attacker(s). process out(c, c)",
        &["`key` is never used"],
    ),
    (
        "event begin. query attacker(s). process out(c, c)",
        &["`begin` is never used"],
    ),
    (
        "event begin. query attacker(s). process event begin; out(c, c)",
        &[],
    ),
    (
        "event begin. query event(begin). process out(c, s)",
        &["the event `begin` is never emitted"],
    ),
    (
        "event begin. let P = event begin. query event(begin). process out(c, s)",
        &["`P` is never used", "the event `begin` is never emitted"],
    ),
    ("query secret k. process let k = s in out(c, c)", &[]),
    (
        "query attacker(s). process let k = s in out(c, c)",
        &["`k` is never used"],
    ),
    // The attacker applies it.
    (
        "fun h(bitstring): bitstring. query attacker(s). process out(c, c)",
        &[],
    ),
    (
        "letfun f(x: bitstring) = x. query attacker(s). process out(c, c)",
        &["`f` is never used"],
    ),
    (
        "let P = out(c, c). query attacker(s). process out(c, c)",
        &["`P` is never used"],
    ),
    (
        "let P(x: bitstring) = out(c, c). query attacker(s). process P(s)",
        &["`x` is never used"],
    ),
    (
        "table t(bitstring). query attacker(s). process out(c, c)",
        &["`t` is never used"],
    ),
    (
        "table t(bitstring). query attacker(s). process get t(=s) in out(c, c)",
        &["nothing is inserted into the table `t`: a `get` finds nothing"],
    ),
    (
        "table t(bitstring). let P = insert t(s). query attacker(s).
         process let x = (get t(y) in y) in out(c, x)",
        &[
            "`P` is never used",
            "nothing is inserted into the table `t`: a `get` finds nothing",
        ],
    ),
    (
        "table t(bitstring). query attacker(s). process insert t(s) | get t(=s) in out(c, c)",
        &[],
    ),
    (
        "query x: bitstring; attacker(s). process out(c, c)",
        &["the variable `x` of this query is never used"],
    ),
    (
        "query attacker(s). process new n: bitstring; out(c, c)",
        &["`n` is never used"],
    ),
    (
        "query attacker(s). process in(c, s: bitstring); out(c, s)",
        &["`s` binds a new variable here, although a constant has that name"],
    ),
    (
        "query attacker(s). process in(c, x: bitstring); in(c, x: bitstring); out(c, x)",
        &[
            "`x` is never used",
            "`x` is bound again and hides the earlier one",
        ],
    ),
    (
        "query attacker(s). process in(c, (_: bitstring, x: bitstring)); out(c, x)",
        &[],
    ),
];

#[test]
fn what_is_planted_is_found_and_nothing_else() {
    for (text, expected) in PLANTED {
        let mut sources = pi::Sources::default();
        sources.add("planted.pv", format!("{BEFORE}{text}"));
        let loaded = pi::load(sources);
        let messages: Vec<&str> = loaded
            .diagnostics
            .iter()
            .map(|d| d.message.as_str())
            .filter(|m| *m != "`s` is never used")
            .collect();
        let mut sorted = (messages.clone(), expected.to_vec());
        sorted.0.sort_unstable();
        sorted.1.sort_unstable();
        assert_eq!(sorted.0, sorted.1, "{text}");
        assert!(loaded.program.is_some(), "a warning is no error: {text}");
    }
}
