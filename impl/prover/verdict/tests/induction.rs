//! Statements proved by induction, and what looks like one: true and false answers are
//! ProVerif's, which is told to follow loops a few times.

use verdict::{Limits, Session, Verdict};

const DECLARATIONS: &str = "set nounifIgnoreAFewTimes = auto.
    free c: channel. free cell: channel [private]. free k: bitstring [private].
    free s: bitstring [private]. fun h(bitstring): bitstring.
    fun enc(bitstring, bitstring): bitstring.
    reduc forall x, y: bitstring; dec(enc(x, y), y) = x.
    table store(bitstring).
    event first. event init(bitstring). event next(bitstring). event count(bitstring, nat).
    event one(bitstring). event two(bitstring). event pair(bitstring, bitstring).
";

/// Whether the first query is proved, or falsified by a run.
fn answer(model: &str) -> Option<bool> {
    let mut sources = pi::Sources::default();
    sources.add("model.pv", format!("{DECLARATIONS}{model}"));
    let loaded = pi::load(sources);
    let program = loaded
        .program
        .unwrap_or_else(|| panic!("{model}: {:?}", loaded.diagnostics));
    let limits = Limits {
        resolutions: 20_000,
        ..Limits::default()
    };
    let mut session = Session::new();
    let last = u32::try_from(program.queries.len()).expect("few queries") - 1;
    let answer = verdict::prove(&program, last, &mut session, limits, &mut |_| {})
        .unwrap_or_else(|refused| panic!("{model}: {refused:?}"));
    match answer.verdict {
        Verdict::Attacked(_) => Some(false),
        Verdict::Proved(certificate) => {
            let checked = checker::check(&program, &certificate);
            assert!(checked.is_ok(), "{model}: {checked:?}");
            Some(true)
        }
        Verdict::Stopped(_) | Verdict::Undecided(_) => None,
    }
}

const PROVED: &[&str] = &[
    // A private channel that carries a counter.
    "query x: bitstring, n: nat; event(count(x, n)) ==> event(init(x)) [induction].
     process ! new d: channel; new a: bitstring; (event init(a); out(d, (a, 0)))
       | ! (in(d, (x: bitstring, n: nat)); event count(x, n); out(d, (x, n + 1)))",
    "set inductionQueries = true. query n: bitstring; event(next(n)) ==> event(first).
     process (event first; out(cell, s)) | ! (in(cell, n: bitstring); event next(n); out(cell, h(n)))",
    // What the statement says is about what grows.
    "query x, n: bitstring; event(pair(x, n)) ==> event(init(x)) && event(one(n)) [induction].
     process ! new d: channel; new a: bitstring; (event init(a); out(d, (a, a)))
       | ! (in(d, (x: bitstring, n: bitstring)); event one(n); event pair(x, n); out(d, (x, h(n))))",
    // A table.
    "query n: bitstring; event(next(n)) ==> event(first) [induction].
     process (event first; insert store(s)) | ! (get store(n) in event next(n); insert store(h(n)))",
    // The attacker hands a sealed state on.
    "query n: bitstring; event(next(n)) ==> event(first) [induction].
     process (event first; out(c, enc(k, k)))
       | ! (in(c, y: bitstring); let n = dec(y, k) in event next(n); out(c, enc(h(n), k)))",
    // A lemma by induction, and what it is for.
    "lemma n: bitstring; event(next(n)) ==> event(first) [induction].
     query n: bitstring; event(next(h(n))) ==> event(first).
     process (event first; out(cell, s)) | ! (in(cell, n: bitstring); event next(n); out(cell, h(n)))",
    // Two steps that follow each other.
    "query n: bitstring; event(two(n)) ==> event(first) [induction].
     process (event first; out(cell, s))
       | ! (in(cell, n: bitstring); event one(n); event two(n); out(cell, h(n)))",
];

const FALSE: &[&str] = &[
    // It fails at the first step already, though not because of the earlier ones.
    "query n: bitstring; event(next(n)) ==> event(first) [induction].
     process out(cell, s) | ! (in(cell, n: bitstring); event next(n); out(cell, h(n)))",
    "query n: bitstring; event(next(n)) ==> event(first) [induction].
     process (out(cell, s); event first)
       | ! (in(cell, n: bitstring); event next(n); out(cell, h(n)))",
    // What a statement says of itself, and of another that says it back.
    "query n: bitstring; event(one(n)) ==> event(two(n)) [induction].
     process ! (in(c, n: bitstring); event one(n); event two(n))",
    "query n, m: bitstring; event(one(n)) && event(two(m)) ==> false [induction].
     process ! (in(c, n: bitstring); event one(n); event two(n))",
    "query n, m: bitstring; event(one(n)) && event(one(m)) ==> n = m [induction].
     process ! (in(c, n: bitstring); event one(n))",
    // It holds of later steps because of what the first one forgot.
    "query n: bitstring; event(next(n)) ==> event(init(s)) [induction].
     process out(cell, s)
       | ! (in(cell, n: bitstring); event next(n); event init(n); out(cell, h(n)))",
];

#[test]
fn what_goes_back_to_the_start_is_proved() {
    for model in PROVED {
        assert_eq!(answer(model), Some(true), "{model}");
    }
}

#[test]
fn what_fails_somewhere_fails() {
    for model in FALSE {
        assert_eq!(answer(model), Some(false), "{model}");
    }
}

/// The option chooses a way to prove; what holds by itself holds with it.
#[test]
fn what_needs_no_induction_is_proved_with_it() {
    for statement in [
        "event(one(n)) ==> event(one(n))",
        "event(two(n)) ==> event(one(n)) && event(two(n))",
        "event(one(n)) && event(two(m)) ==> event(one(n)) && event(two(m))",
        "inj-event(two(n)) ==> inj-event(one(n))",
    ] {
        let model = format!(
            "query n, m: bitstring; {statement} [induction].
             process ! (in(c, n: bitstring); new a: bitstring; event one((n, a)); event two((n, a)))"
        );
        assert_eq!(answer(&model), Some(true), "{model}");
    }
}
