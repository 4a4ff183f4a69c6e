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
    assert!(matches!(found, Verdict::Attacked(_)), "{text}");
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
    assert!(!matches!(found, Verdict::Attacked(_)));
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

/// What differs differs by a check, a restriction or the clauses of a predicate;
/// and where nothing says so, equal values are found.
#[test]
fn what_is_to_differ_is_asked_for_as_equal() {
    let text = "free c: channel. fun h(bitstring): bitstring.
        event N(bitstring, bitstring). event F(bitstring, bitstring).
        RESTRICTION
        query x: bitstring, y: bitstring; event(F(x, y)) ==> x <> y.
        query x: bitstring, y: bitstring; event(F(x, y)) ==> x <> h(y).
        query x: bitstring, y: bitstring; event(F(x, y)) ==> (x, y) <> (h(y), h(x)).
        query x: bitstring, y: bitstring; event(F(x, y)) ==> x <> y || event(N(x, x)).
        process !(in(c, (x: bitstring, y: bitstring)); event N(x, y); event F(x, y))";
    let restricted = text.replace(
        "RESTRICTION",
        "restriction x: bitstring; event(N(x, x)) ==> false.",
    );
    for (query, free, with) in [
        (0, "attacked", "proved"),
        (1, "attacked", "attacked"),
        (2, "proved", "proved"),
        (3, "proved", "proved"),
    ] {
        for (text, expected) in [
            (text.replace("RESTRICTION", ""), free),
            (restricted.clone(), with),
        ] {
            let found = match verdict(&text, query) {
                Verdict::Attacked(_) => "attacked",
                Verdict::Proved(_) => "proved",
                _ => "open",
            };
            assert_eq!(found, expected, "query {query} of {text}");
        }
    }
    let count = "free c: channel. table t(nat). event e(nat).
        query n: nat; event(e(n)) ==> n <> 6.
        process insert t(0) | !(get t(n) in insert t(n + 1); event e(n))";
    attacked(count, 0);
    let twice = count
        .replace("insert t(n + 1)", "insert t(n + 2)")
        .replace("<> 6", "<> 5");
    assert!(!matches!(verdict(&twice, 0), Verdict::Attacked(_)));
}

/// A term that an equation rewrites, in the premise and in the conclusion.
#[test]
fn a_term_is_opened_on_both_sides() {
    let text = "free c: channel. fun enc(bitstring, bitstring): bitstring.
        fun dec(bitstring, bitstring): bitstring.
        equation forall x: bitstring, k: bitstring; dec(enc(x, k), k) = x.
        equation forall x: bitstring, k: bitstring; enc(dec(x, k), k) = x.
        free k: bitstring [private]. event e(bitstring). event q(bitstring).
        query x: bitstring; event(e(dec(x, k))) ==> event(q(dec(x, k))).
        process !(in(c, x: bitstring); event q(dec(x, k)); event e(dec(x, k)))";
    assert!(matches!(verdict(text, 0), Verdict::Proved(_)));
    attacked(&text.replace("event q(dec(x, k))", "event q(x)"), 0);
}

/// Two copies look twice, and each looks for what the other one writes in between.
#[test]
fn copies_look_again_before_others_write() {
    attacked(
        "free c: channel. table log(bitstring, bitstring). const prep, yes, no: bitstring.
         event Yes(bitstring). event No(bitstring).
         query x: bitstring; event(Yes(x)) && event(No(x)).
         process !(in(c, x: bitstring); get log(=x, z) in 0 else insert log(x, prep);
           in(c, d: bitstring);
           if d = yes then (get log(=x, =no) in 0 else insert log(x, yes); event Yes(x))
           else (get log(=x, =yes) in 0 else insert log(x, no); event No(x)))",
        0,
    );
}

/// A nonce is sent in two modes, and the derivation hears it in the one while the
/// copy has to be in the other.
#[test]
fn a_copy_in_one_mode_says_what_it_would_say_in_another() {
    attacked(
        "free c: channel. type skey. type pkey. const RSA: bitstring. const DHE: bitstring.
         fun pk(skey): pkey. fun enc(pkey, bitstring): bitstring.
         reduc forall k: skey, m: bitstring; dec(k, enc(pk(k), m)) = m.
         fun mac(bitstring, bitstring): bitstring. event Done(bitstring, bitstring).
         query x: bitstring, y: bitstring; event(Done(x, y)).
         let C() = new cr: bitstring; out(c, cr); in(c, (sr: bitstring, pks: pkey));
           new pms: bitstring; out(c, enc(pks, pms)); in(c, x: bitstring);
           if x = mac(pms, (cr, sr)) then event Done(cr, sr).
         let S(sk: skey) = in(c, cr: bitstring); new sr: bitstring; in(c, kx: bitstring);
           ((if kx = DHE then out(c, (DHE, sr)))
          | (if kx = RSA then out(c, (RSA, sr)); in(c, y: bitstring);
             let pms = dec(sk, y) in out(c, mac(pms, (cr, sr))))).
         process (!new sk: skey; out(c, pk(sk)); !S(sk)) | !C()",
        0,
    );
}

/// A session reads the counter, speaks of it and writes the next: not two sessions,
/// for the counter is written once.
#[test]
fn who_speaks_of_a_state_writes_the_next() {
    let counter = "free c: channel. fun mac(nat, bitstring, bitstring): bitstring.
         event Got(nat). query event(Got(2)).
         process new k: bitstring; new cell: channel; new seen: channel;
           (out(cell, 1)
          | !(in(cell, n: nat); new m: bitstring; out(c, (n, m, mac(n, m, k))); out(cell, n + 1))
          | out(seen, 0)
          | !(in(seen, old: nat); in(c, (n: nat, m: bitstring, t: bitstring));
              if n = old + 1 && t = mac(n, m, k) then event Got(n); out(seen, n)))";
    attacked(counter, 0);
    let stuck = counter.replace("out(cell, n + 1)", "0");
    assert!(!matches!(verdict(&stuck, 0), Verdict::Attacked(_)));
}

/// An input takes a message that its pattern does not match, and ends there; the
/// sender goes on.
#[test]
fn a_message_is_read_by_who_has_no_use_for_it() {
    let process = "free c: channel. free d: channel [private]. const a, b: bitstring. event e.
         query event(e). process (out(d, a); event e) | READER";
    attacked(&process.replace("READER", "!in(d, =b)"), 0);
    attacked(&process.replace("READER", "in(d, =b); out(c, a)"), 0);
    let deaf = process.replace("READER", "0");
    assert!(!matches!(verdict(&deaf, 0), Verdict::Attacked(_)));
    let once = process.replace("event e) |", "out(d, b); event e) |");
    assert!(!matches!(
        verdict(&once.replace("READER", "in(d, =b)"), 0),
        Verdict::Attacked(_)
    ));
}

/// Clauses that lead back to where they came from, or ever further away, before the
/// fact that answers.
#[test]
fn a_predicate_is_answered_beside_a_loop() {
    for clauses in [
        "forall x: bitstring, y: bitstring; r(y, x) -> r(x, y); r(a, a)",
        "forall x: bitstring, y: bitstring; r(h(x), y) -> r(x, y); r(a, a)",
    ] {
        attacked(
            &format!(
                "free c: channel. pred r(bitstring, bitstring). const a: bitstring.
                 fun h(bitstring): bitstring. clauses {clauses}.
                 event e(bitstring, bitstring). query x: bitstring, y: bitstring; event(e(x, y)).
                 process in(c, (x: bitstring, y: bitstring)); if r(x, y) then event e(x, y)"
            ),
            0,
        );
    }
}

/// The derivation has the key from whoever lost it and was then listed; the run has
/// it sign.
#[test]
fn who_writes_the_entry_that_shuts_an_else_is_left_out() {
    attacked(
        "free c: channel. fun pk(bitstring): bitstring.
         fun sign(bitstring, bitstring): bitstring.
         reduc forall k: bitstring, m: bitstring; ver(sign(k, m), pk(k), m) = true.
         table known(bitstring). table lost(bitstring). event Verified(bitstring, bitstring).
         query p, m, q: bitstring; event(Verified(p, m)) && event(Verified(q, m)) ==> p = q.
         process !(new k: bitstring; insert known(pk(k)); out(c, pk(k));
             (!(in(c, m: bitstring); out(c, sign(k, m)))
            | (in(c, x: bitstring); insert lost(k); out(c, k))))
           | !(in(c, (p: bitstring, m: bitstring, s: bitstring)); get known(=p) in
               if ver(s, p, m) then
               get lost(k) suchthat pk(k) = p in 0 else event Verified(p, m))",
        0,
    );
}

/// Of a clause that says both and needs one session the engine drops the one that
/// needs two; but one session does only the one or the other.
#[test]
fn what_one_session_cannot_do_two_do() {
    let text = "free c: channel. const a, b: bitstring. event Yes(bitstring). event No.
         query n: bitstring; event(Yes(n)) && event(No).
         process !(new n: bitstring; out(c, n); in(c, (=n, x: bitstring));
           if x = a then event Yes(n) else if x = b then event No)";
    attacked(text, 0);
    let once = text.replace("process !", "process ");
    assert!(!matches!(verdict(&once, 0), Verdict::Attacked(_)));
}
