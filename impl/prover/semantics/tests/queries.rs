//! When a run falsifies a query, and when it does not.

mod common;

use common::{Walk, event, falsified, load};
use proof::attack::{Premise, Recipe};
use semantics::Falsification;

#[test]
fn an_event_after_the_premise_does_not_count() {
    let program = load(
        "free c: channel. event a. event b.
         query event(b) ==> event(a).
         process event b; event a",
    );
    assert!(falsified(&Walk::new(&program).verdict(0, event(0))));
    let program = load(
        "free c: channel. event a. event b.
         query event(b) ==> event(a).
         process event a; event b",
    );
    assert_eq!(
        Walk::new(&program).verdict(0, event(1)),
        Falsification::Holds
    );
}

#[test]
fn with_several_premises_the_last_one_decides() {
    let program = load(
        "free c: channel. event a. event b. event d.
         query event(b) && event(d) ==> event(a).
         process event b; event a; event d",
    );
    let both = vec![Premise::Event(0), Premise::Event(2)];
    assert_eq!(Walk::new(&program).verdict(0, both), Falsification::Holds);
}

#[test]
fn premises_must_be_what_the_trace_says() {
    let program = load(
        "free c: channel. event a(bitstring). event b(bitstring).
         query x: bitstring; event(b(x)) && event(a(x)).
         process new n: bitstring; new m: bitstring; event b(n); event a(m); event a(n)",
    );
    let walk = Walk::new(&program);
    for wrong in [
        vec![],
        vec![Premise::Event(0)],
        vec![Premise::Event(0), Premise::Event(1)],
        vec![Premise::Event(2), Premise::Event(0)],
        vec![Premise::Event(0), Premise::Event(9)],
        vec![Premise::Event(0), Premise::Knows(Recipe::Name(0))],
    ] {
        let outcome = walk.verdict(0, wrong.clone());
        assert!(
            matches!(outcome, Falsification::NotConfirmed(_)),
            "{wrong:?} gives {outcome:?}"
        );
    }
    let right = vec![Premise::Event(0), Premise::Event(2)];
    assert!(falsified(&walk.verdict(0, right)));
}

#[test]
fn existentials_are_shared_between_conjuncts() {
    let program = load(
        "free c: channel. event a(bitstring). event b(bitstring). event d.
         query x: bitstring; event(d) ==> event(a(x)) && event(b(x)).
         query x: bitstring, y: bitstring; event(d) ==> event(a(x)) && event(b(y)).
         process new n: bitstring; new m: bitstring; event a(n); event b(m); event d",
    );
    let walk = Walk::new(&program);
    assert!(falsified(&walk.verdict(0, event(2))));
    assert_eq!(walk.verdict(1, event(2)), Falsification::Holds);
}

#[test]
fn disjunctions_equalities_and_disequalities() {
    let program = load(
        "free c: channel. free k: bitstring. event e(bitstring, bitstring).
         query x: bitstring, y: bitstring; event(e(x, y)) ==> x = y.
         query x: bitstring, y: bitstring; event(e(x, y)) ==> x = y || x = k.
         query x: bitstring, y: bitstring; event(e(x, y)) ==> x <> y.
         query x: bitstring, y: bitstring, z: bitstring; event(e(x, y)) ==> z = x && z <> x.
         process new n: bitstring; event e(k, n)",
    );
    let walk = Walk::new(&program);
    assert!(falsified(&walk.verdict(0, event(0))));
    assert_eq!(walk.verdict(1, event(0)), Falsification::Holds);
    assert_eq!(walk.verdict(2, event(0)), Falsification::Holds);
    assert!(falsified(&walk.verdict(3, event(0))));
}

#[test]
fn the_attacker_in_a_conclusion_must_certainly_not_know() {
    let program = load(
        "free c: channel. free s: bitstring [private]. event e.
         query event(e) ==> attacker(s).
         process out(c, s) | in(c, x: bitstring); if x = s then event e",
    );
    // Honest copies talk to each other; nobody tells the attacker.
    let mut walk = Walk::new(&program);
    walk.internal(0, 0).expect("public channel");
    assert!(falsified(&walk.verdict(0, event(0))));
    // Relayed by the attacker, it knows.
    let mut walk = Walk::new(&program);
    walk.output(0).expect("out");
    walk.input(0, Recipe::Output(0)).expect("in");
    assert_eq!(walk.verdict(0, event(0)), Falsification::Holds);
}

#[test]
fn a_theory_beyond_subterms_leaves_attacker_conclusions_open() {
    let program = load(
        "free c: channel. free s: bitstring [private]. event e.
         fun h(bitstring): bitstring [private].
         fun g(bitstring, bitstring): bitstring
         reduc forall x: bitstring, y: bitstring; g(x, y) = h((y, x)).
         query event(e) ==> attacker(s).
         process event e",
    );
    let walk = Walk::new(&program);
    let outcome = walk.verdict(0, event(0));
    assert!(
        matches!(outcome, Falsification::NotConfirmed(_)),
        "{outcome:?}"
    );
}

const ONCE: &str = "free c: channel. event b(bitstring). event e(bitstring).
     query x: bitstring; inj-event(e(x)) ==> inj-event(b(x)).
     query x: bitstring; event(e(x)) ==> event(b(x)).";

#[test]
fn two_ends_behind_one_begin_are_not_injective() {
    let program = load(&format!(
        "{ONCE} process new n: bitstring; event b(n); (event e(n) | event e(n))"
    ));
    let walk = Walk::new(&program);
    assert!(falsified(&walk.verdict(0, event(1))));
    assert_eq!(walk.verdict(1, event(1)), Falsification::Holds);
}

#[test]
fn two_ends_behind_two_begins_are_injective() {
    let program = load(&format!(
        "{ONCE} process new n: bitstring; event b(n); event b(n); (event e(n) | event e(n))"
    ));
    let walk = Walk::new(&program);
    assert_eq!(walk.verdict(0, event(2)), Falsification::Holds);
}

#[test]
fn a_begin_that_comes_too_late_for_one_end_does_not_help_it() {
    let program = load(&format!(
        "{ONCE} process new n: bitstring; event b(n); event e(n); event e(n); event b(n)"
    ));
    let walk = Walk::new(&program);
    assert!(falsified(&walk.verdict(0, event(1))));
}

#[test]
fn injective_on_one_side_only_means_nothing() {
    let program = load(
        "free c: channel. event b. event e.
         query inj-event(e) ==> event(b).
         process event b; event e; event e",
    );
    let walk = Walk::new(&program);
    assert_eq!(walk.verdict(0, event(1)), Falsification::Holds);
}

#[test]
fn choices_for_injective_events_are_searched() {
    // The first end can use either begin, the second only one of them.
    let program = load(
        "free c: channel. event b(bitstring). event e(bitstring). free k, l: bitstring.
         query x: bitstring, y: bitstring; inj-event(e(x)) ==> inj-event(b(y)).
         process event b(k); event e(k); event b(l); event e(l)",
    );
    let walk = Walk::new(&program);
    assert_eq!(walk.verdict(0, event(1)), Falsification::Holds);
}

#[test]
fn nested_events_must_be_in_order() {
    let text = |order: &str| {
        format!(
            "free c: channel. event a. event b. event e.
             query event(e) ==> (event(b) ==> event(a)).
             process {order}"
        )
    };
    let program = load(&text("event b; event a; event e"));
    assert!(falsified(&Walk::new(&program).verdict(0, event(2))));
    let program = load(&text("event a; event b; event e"));
    assert_eq!(
        Walk::new(&program).verdict(0, event(2)),
        Falsification::Holds
    );
}

#[test]
fn new_in_a_query_means_a_name_of_that_binder() {
    let program = load(
        "free c: channel. event e(bitstring).
         query event(e(new n)). query event(e(new m)).
         process new n: bitstring; new m: bitstring; event e(n)",
    );
    let walk = Walk::new(&program);
    assert!(falsified(&walk.verdict(0, event(0))));
    assert!(matches!(
        walk.verdict(1, event(0)),
        Falsification::NotConfirmed(_)
    ));
}

#[test]
fn a_restriction_that_the_run_breaks_makes_it_void() {
    let program = load(
        "free c: channel. event a. event b.
         restriction event(b) ==> event(a).
         query event(b).
         process event b",
    );
    let walk = Walk::new(&program);
    let outcome = walk.verdict(0, event(0));
    assert!(
        matches!(outcome, Falsification::NotConfirmed(ref why) if why.contains("restriction")),
        "{outcome:?}"
    );
}

#[test]
fn tables_and_messages_as_premises() {
    let program = load(
        "free c: channel. free d: channel [private]. free s: bitstring [private].
         table t(bitstring).
         query table(t(s)). query mess(d, s). query mess(c, s).
         process insert t(s); (out(d, s) | in(d, x: bitstring))",
    );
    let mut walk = Walk::new(&program);
    assert!(falsified(&walk.verdict(0, vec![Premise::Entry(0)])));
    walk.internal(0, 0).expect("both at d");
    assert!(falsified(&walk.verdict(1, vec![Premise::Sent(0)])));
    assert!(!falsified(&walk.verdict(2, vec![Premise::Sent(0)])));
}

#[test]
fn times_compare() {
    let program = load(
        "free c: channel. event a. event b.
         query i: time, j: time; event(a)@i && event(b)@j ==> i < j.
         query i: time, j: time; event(a)@i && event(b)@j ==> j < i.
         process event a; event b",
    );
    let walk = Walk::new(&program);
    let both = || vec![Premise::Event(0), Premise::Event(1)];
    assert_eq!(walk.verdict(0, both()), Falsification::Holds);
    assert!(falsified(&walk.verdict(1, both())));
}

#[test]
fn query_secret_asks_for_a_value_of_the_variable() {
    let program = load(
        "free c: channel.
         query secret n.
         process new n: bitstring; new m: bitstring; out(c, m); out(c, n)",
    );
    let mut walk = Walk::new(&program);
    walk.output(0).expect("m");
    let m = vec![Premise::Knows(Recipe::Output(0))];
    assert!(!falsified(&walk.verdict(0, m)));
    walk.output(0).expect("n");
    let n = vec![Premise::Knows(Recipe::Output(1))];
    assert!(falsified(&walk.verdict(0, n)));
}

/// What is equal for no value of what is not known.
#[test]
fn an_equality_with_both_sides_open_is_taken_apart() {
    let outcome = |conclusion: &str| {
        let program = load(&format!(
            "free c: channel. const zero: bitstring. fun pair(bitstring, bitstring): bitstring.
             fun h(bitstring): bitstring. event e(bitstring). event f(bitstring).
             query x: bitstring, y: bitstring, z: bitstring; event(e(x)) ==> {conclusion}.
             process new n: bitstring; event f(h(n)); event e(n)"
        ));
        Walk::new(&program).verdict(0, event(1))
    };
    for never in [
        "pair(x, y) = pair(zero, y)",
        "pair(x, y) = z && z = pair(zero, y)",
        "pair(x, y) = z && event(f(z))",
        "event(f(z)) && z = pair(y, y)",
        "event(f(z)) && (z = pair(y, y) || y = h(y))",
        "h(y) = y",
        "h(y) = pair(y, z)",
        "(event(f(z)) ==> z = pair(y, y))",
        "z = y && y <> z",
    ] {
        assert!(falsified(&outcome(never)), "{never}");
    }
    for may in [
        "pair(x, y) = pair(x, y)",
        "pair(x, y) = pair(z, z)",
        "event(f(z)) && z = h(y) && y = x",
        "event(f(z)) && (z = pair(y, y) || z = h(y))",
        "h(x) <> z",
        "h(x) <> z && event(f(h(y))) && y <> z",
    ] {
        assert_eq!(outcome(may), Falsification::Holds, "{may}");
    }
}
