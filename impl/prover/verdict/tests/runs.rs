//! Runs that are not where a derivation looks first.

use verdict::{Limits, Session, Verdict};

fn verdict(text: &str, query: u32) -> Verdict {
    let mut sources = pi::Sources::default();
    sources.add("model.pv", text);
    let loaded = pi::load(sources);
    let program = loaded.program.unwrap_or_else(|| {
        panic!("{text} is not a program: {:?}", loaded.diagnostics);
    });
    let mut session = Session::new();
    let limits = Limits::default();
    match verdict::prove(&program, query, &mut session, limits, &mut |_| {}) {
        Ok(answer) => answer.verdict,
        Err(refused) => panic!("{text} is refused: {refused:?}"),
    }
}

fn attacked(text: &str, query: u32) {
    let found = verdict(text, query);
    assert!(matches!(found, Verdict::Attacked(_)), "{text}: {found:?}");
}

/// A private message that two copies read is sent by two outputs of one copy.
#[test]
fn a_message_is_sent_again_elsewhere() {
    let text = "free c: channel. free p: channel [private].
        event a(bitstring). event b(bitstring). event e(bitstring).
        query x: bitstring; inj-event(e(x)) ==> inj-event(a(x)) || inj-event(b(x)).
        query x: bitstring; inj-event(e(x)) ==> event(a(x)) || inj-event(b(x)).
        process !(new n: bitstring; event a(n); out(p, n))
          | !(new x: bitstring; event b(x); out(p, x); AGAIN)
          | !(in(p, x: bitstring); event e(x))";
    for again in ["out(p, x)", "(out(c, c) | out(p, x))"] {
        for query in 0..2 {
            attacked(&text.replace("AGAIN", again), query);
        }
    }
    let found = verdict(&text.replace("AGAIN", "out(c, x)"), 1);
    assert!(!matches!(found, Verdict::Attacked(_)), "{found:?}");
}

/// Replications make no copies in later phases, so two are made before.
#[test]
fn copies_for_a_later_phase_are_made_before_it() {
    attacked(
        "free c: channel. free s: bitstring [private]. table t(bitstring).
         event A(bitstring). event B(bitstring).
         query x: bitstring; event(B(x)) ==> event(A(x)).
         process !(in(c, x: bitstring); event A(x); insert t(x))
           | !(phase 1; in(c, y: bitstring); get t(=y) in event B(y); out(c, s))
           | (phase 1; insert t(s))",
        0,
    );
}

/// What is sent once among honest copies is read by one of them.
#[test]
fn a_passive_attacker_hands_nothing_on() {
    attacked(
        "set attacker = passive. free c: channel. type key. fun h(key, bitstring): bitstring.
         event L(key, bitstring). event R(key, bitstring). event E(key, bitstring).
         query k: key, n: bitstring; event(E(k, n)) && event(R(k, n)).
         process ! new k: key;
           ((! new n: bitstring; out(c, n); in(c, m: bitstring); if m = h(k, n) then event E(k, n))
           | (! in(c, n: bitstring); event L(k, n); out(c, h(k, n)))
           | (! in(c, n: bitstring); event R(k, n); out(c, h(k, n))))",
        0,
    );
}
