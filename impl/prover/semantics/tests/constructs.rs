//! Every construct of the process language, accepted and refused.

mod common;

use common::{Walk, event, falsified, load};
use proof::attack::{Copy, Premise, Recipe, Step};
use semantics::{Falsification, Semantics, StepError, run_steps};

#[test]
fn an_output_reveals_and_a_recipe_shows_it() {
    let program = load(
        "free c: channel. free s: bitstring [private].
         query attacker(s). process out(c, (s, s))",
    );
    let mut walk = Walk::new(&program);
    walk.output(0).expect("public channel");
    let pair = walk.apply("tuple<2>", vec![]);
    let Recipe::Apply(f, _) = pair else {
        panic!("a function")
    };
    let s = Recipe::Project(f, 1, Box::new(Recipe::Output(0)));
    assert!(falsified(&walk.verdict(0, vec![Premise::Knows(s)])));
    // The pair itself is not the secret.
    let whole = walk.verdict(0, vec![Premise::Knows(Recipe::Output(0))]);
    assert!(matches!(whole, Falsification::NotConfirmed(_)), "{whole:?}");
}

#[test]
fn private_names_and_functions_are_out_of_reach() {
    let program = load(
        "free c: channel. free s: bitstring [private]. free d: channel [private].
         fun f(bitstring): bitstring [private].
         query attacker(s). process out(d, s) | in(c, x: bitstring)",
    );
    let mut walk = Walk::new(&program);
    let private = walk.name("s");
    let refused = walk.input(0, private).expect_err("private name");
    assert!(refused.to_string().contains("private"), "{refused}");
    let applied = walk.apply("f", vec![walk.name("c")]);
    let refused = walk.input(0, applied).expect_err("private function");
    assert!(refused.to_string().contains("private"), "{refused}");
    let step = Step::Output {
        copy: walk.at_output(0),
        channel: walk.name("d"),
        entries: vec![],
    };
    assert!(walk.take(step).is_err());
    assert!(matches!(
        walk.output(0),
        Err(StepError::ChannelDiffers { .. })
    ));
}

#[test]
fn private_channels_need_both_sides() {
    let program = load(
        "free c: channel. free d: channel [private]. event e(bitstring).
         free s: bitstring [private].
         query event(e(s)).
         process out(d, s) | in(d, x: bitstring); event e(x)",
    );
    let mut walk = Walk::new(&program);
    assert!(walk.output(0).is_err());
    walk.internal(0, 0).expect("both stand at d");
    assert_eq!(walk.events(), ["e"]);
    assert!(falsified(&walk.verdict(0, event(0))));
}

#[test]
fn conditions_are_three_valued() {
    let program = load(
        "free c: channel. free p: bitstring. type k. fun enc(bitstring, k): bitstring.
         reduc forall x: bitstring, y: k; dec(enc(x, y), y) = x.
         event a. event b. event d. event e.
         query event(a). query event(b). query event(d). query event(e).
         process new k1: k;
           (in(c, x: bitstring); if dec(x, k1) = x then event a else event b)
         | (in(c, x: bitstring); let y = dec(x, k1) in event d else event e)
         | out(c, enc(p, k1))",
    );
    // The destructor fails, so the condition fails: neither branch.
    let mut walk = Walk::new(&program);
    let c = walk.name("c");
    walk.input(0, c.clone()).expect("input");
    assert!(walk.events().is_empty());
    // let … else takes else.
    walk.input(0, c).expect("input");
    assert_eq!(walk.events(), ["e"]);
    // A succeeding one takes the else of `if`, and the `in` of `let`.
    let mut walk = Walk::new(&program);
    walk.output(0).expect("out");
    walk.input(0, Recipe::Output(0)).expect("input");
    walk.input(0, Recipe::Output(0)).expect("input");
    assert_eq!(walk.events(), ["b", "d"]);
}

#[test]
fn connectives_look_right_only_when_they_must() {
    let program = load(
        "free c: channel. type k. fun enc(bitstring, k): bitstring.
         reduc forall x: bitstring, y: k; dec(enc(x, y), y) = x.
         event a. event b. event d.
         process new k1: k; in(c, x: bitstring);
           ((if false && dec(x, k1) = x then event a else event b)
          | (if dec(x, k1) = x && false then event a else event a)
          | (if true || dec(x, k1) = x then event d)
          | (if dec(x, k1) = x || true then event a))",
    );
    let mut walk = Walk::new(&program);
    let c = walk.name("c");
    walk.input(0, c).expect("input");
    assert_eq!(walk.events(), ["b", "d"]);
}

#[test]
fn later_rules_apply_only_where_no_earlier_one_does() {
    let program = load(
        "free c: channel. free k: bitstring.
         fun h(bitstring, bitstring): bitstring.
         fun test(bitstring, bitstring): bool
         reduc forall x: bitstring; test(x, x) = true
         otherwise forall x: bitstring, y: bitstring; test(x, y) = false.
         event same. event other.
         process in(c, x: bitstring); if test(x, k) then event same else event other",
    );
    let mut walk = Walk::new(&program);
    let k = walk.name("k");
    walk.input(0, k).expect("input");
    assert_eq!(walk.events(), ["same"]);
    let mut walk = Walk::new(&program);
    let c = walk.name("c");
    walk.input(0, c).expect("input");
    assert_eq!(walk.events(), ["other"]);
}

#[test]
fn may_fail_variables_see_failure() {
    let program = load(
        "free c: channel. type k. fun enc(bitstring, k): bitstring.
         reduc forall x: bitstring, y: k; dec(enc(x, y), y) = x.
         fun ok(bitstring): bool
         reduc forall x: bitstring; ok(x) = true
         otherwise forall x: bitstring or fail; ok(x) = false.
         event works. event fails.
         process new k1: k; in(c, x: bitstring);
           if ok(dec(x, k1)) then event works else event fails",
    );
    let mut walk = Walk::new(&program);
    let c = walk.name("c");
    walk.input(0, c).expect("input");
    assert_eq!(walk.events(), ["fails"]);
}

#[test]
fn patterns_open_data_and_compare() {
    let program = load(
        "free c: channel. free k: bitstring. type t. fun mk(bitstring, bitstring): t [data].
         event yes.
         process in(c, (x: bitstring, mk(y, =k))); if x = y then event yes",
    );
    let mut walk = Walk::new(&program);
    let (c, k) = (walk.name("c"), walk.name("k"));
    let other = walk.apply("mk", vec![c.clone(), c.clone()]);
    let bad = walk.tuple(vec![c, other]);
    assert!(matches!(
        walk.input(0, bad),
        Err(StepError::Mismatch { .. })
    ));
    let same = walk.apply("mk", vec![k.clone(), k.clone()]);
    let good = walk.tuple(vec![k, same]);
    walk.input(0, good).expect("matches");
    assert_eq!(walk.events(), ["yes"]);
}

#[test]
fn get_takes_an_entry_or_else_only_when_none_matches() {
    let program = load(
        "free c: channel. free k: bitstring. table t(bitstring, bitstring).
         event found(bitstring). event none.
         process (in(c, (x: bitstring, y: bitstring)); insert t(x, y))
           | get t(=k, y) in event found(y) else event none",
    );
    let mut walk = Walk::new(&program);
    walk.get(0, None).expect("nothing inserted yet");
    assert_eq!(walk.events(), ["none"]);
    let mut walk = Walk::new(&program);
    let (c, k) = (walk.name("c"), walk.name("k"));
    let entry = walk.tuple(vec![k, c]);
    walk.input(0, entry).expect("input");
    assert!(matches!(
        walk.get(0, None),
        Err(StepError::EntryMatches { entry: 0, .. })
    ));
    assert!(walk.get(0, Some(1)).is_err());
    walk.get(0, Some(0)).expect("matches");
    assert_eq!(walk.events(), ["found"]);
    // An entry with another key does not match, so else is open.
    let mut walk = Walk::new(&program);
    let c = walk.name("c");
    let entry = walk.tuple(vec![c.clone(), c]);
    walk.input(0, entry).expect("input");
    assert!(matches!(
        walk.get(0, Some(0)),
        Err(StepError::EntryMismatch { entry: 0, .. })
    ));
    walk.get(0, None).expect("no match");
}

#[test]
fn suchthat_must_be_true_and_may_fail() {
    let program = load(
        "free c: channel. free p: bitstring. type k. fun enc(bitstring, k): bitstring.
         reduc forall x: bitstring, y: k; dec(enc(x, y), y) = x.
         table t(bitstring). event found. event none.
         process new k1: k; insert t(p); insert t(enc(p, k1));
           get t(x) suchthat dec(x, k1) = p in event found else event none",
    );
    let mut walk = Walk::new(&program);
    assert!(walk.get(0, Some(0)).is_err());
    assert!(walk.get(0, None).is_err());
    walk.get(0, Some(1)).expect("the encryption");
    assert_eq!(walk.events(), ["found"]);
}

#[test]
fn gets_inside_terms_are_told_which_entry() {
    let program = load(
        "free c: channel. free p: bitstring. table t(bitstring). event e(bitstring).
         process insert t(p); insert t((p, p));
           let y = (get t(x) in (x, x) else p) in event e(y)",
    );
    let mut walk = Walk::new(&program);
    assert!(walk.events().is_empty());
    let (copy, thread) = walk.run.state.threads().next().expect("one copy");
    let silent = |entries| Step::Silent {
        copy,
        point: thread.process.point.0,
        entries,
    };
    let (undecided, wrong, right) = (silent(vec![]), silent(vec![None]), silent(vec![Some(1)]));
    let many = silent(vec![Some(1), Some(0)]);
    assert!(matches!(
        walk.take(undecided),
        Err(StepError::NeedsEntry { ref matching, .. }) if matching == &[0, 1]
    ));
    assert!(matches!(
        walk.take(wrong),
        Err(StepError::EntryMatches { .. })
    ));
    assert!(matches!(
        walk.take(many),
        Err(StepError::UnusedEntries { .. })
    ));
    walk.take(right).expect("entry 1");
    assert_eq!(walk.events(), ["e"]);
}

#[test]
fn phases_end_what_does_not_wait_for_them() {
    let program = load(
        "free c: channel. free s: bitstring [private]. event e. event late.
         query attacker(s) phase 0. query attacker(s).
         process (in(c, x: bitstring); event e)
           | (phase 1; out(c, s); in(c, y: bitstring); event late)
           | (phase 2; out(c, s))",
    );
    let mut walk = Walk::new(&program);
    assert!(matches!(walk.phase(2), Err(StepError::NotNextPhase { .. })));
    walk.phase(1).expect("next");
    walk.output(0).expect("phase 1 runs");
    let known = vec![Premise::Knows(Recipe::Output(0))];
    let early = walk.verdict(0, known.clone());
    assert!(matches!(early, Falsification::NotConfirmed(_)), "{early:?}");
    assert!(falsified(&walk.verdict(1, known)));
    let c = walk.name("c");
    walk.input(0, c).expect("phase 1 goes on");
    assert_eq!(walk.events(), ["late"], "the phase 0 input is gone");
}

#[test]
fn a_failing_argument_stops_the_process() {
    let program = load(
        "free c: channel. free p: bitstring. type k. fun enc(bitstring, k): bitstring.
         reduc forall x: bitstring, y: k; dec(enc(x, y), y) = x.
         event e(bitstring). event after.
         process new k1: k;
           ((event e(dec(p, k1)); event after) | (out(c, dec(p, k1)); event after))",
    );
    let mut walk = Walk::new(&program);
    assert!(walk.events().is_empty());
    assert!(matches!(walk.output(0), Err(StepError::Fails { .. })));
}

#[test]
fn replication_makes_fresh_names_in_each_copy() {
    let program = load(
        "free c: channel. event same. event differ.
         process ! new n: bitstring; out(c, n)",
    );
    let mut walk = Walk::new(&program);
    walk.replicate(0);
    walk.replicate(0);
    walk.output(0).expect("out");
    walk.output(0).expect("out");
    let outputs: Vec<_> = walk.run.state.outputs().collect();
    assert_ne!(outputs[0], outputs[1]);
}

#[test]
fn the_attacker_hears_what_is_said_in_public() {
    let model = "free c: channel. free d: channel [private]. free s: bitstring [private].
         fun at(channel): channel. event e.
         query event(e) ==> attacker(s).
         process out(CHANNEL, s) | in(CHANNEL, x: bitstring); event e";
    for (channel, setting, refused) in [
        ("c", "false", true),
        ("at(c)", "false", true),
        ("at(d)", "false", false),
        ("d", "false", false),
        ("c", "true", false),
    ] {
        let program = load(&format!(
            "set privateCommOnPublicTerms = {setting}. {}",
            model.replace("CHANNEL", channel)
        ));
        let mut walk = Walk::new(&program);
        let step = Step::Internal {
            sender: walk.at_output(0),
            receiver: walk.at_input(0),
            heard: None,
            entries: vec![],
        };
        match walk.take(step) {
            Ok(_) => assert!(!refused, "{channel}"),
            Err(StepError::Unheard { .. }) => assert!(refused, "{channel}"),
            Err(other) => panic!("{channel}: {other}"),
        }
    }
}

#[test]
fn a_passive_attacker_listens_and_does_not_send() {
    let program = load(
        "set attacker = passive. free c: channel. free s: bitstring [private]. event e.
         query attacker(s).
         query mess(c, c).
         process out(c, s) | in(c, x: bitstring); event e",
    );
    let mut walk = Walk::new(&program);
    let c = walk.name("c");
    assert!(matches!(
        walk.input(0, c.clone()),
        Err(StepError::Passive { .. })
    ));
    let step = Step::Internal {
        sender: walk.at_output(0),
        receiver: walk.at_input(0),
        heard: Some(c.clone()),
        entries: vec![],
    };
    walk.take(step).expect("overheard");
    assert_eq!(walk.events(), ["e"]);
    let known = vec![Premise::Knows(Recipe::Output(0))];
    assert!(falsified(&walk.verdict(0, known)));
    let sent = vec![Premise::Sends {
        channel: c.clone(),
        message: c,
    }];
    assert!(!falsified(&walk.verdict(1, sent)));
}

#[test]
fn who_reads_what_it_has_no_use_for_ends() {
    let program = load(
        "free d: channel [private]. const a, b: bitstring. event sent. event read.
         process (out(d, a); event sent) | (in(d, =b); event read)",
    );
    let mut walk = Walk::new(&program);
    let receiver = walk.at_input(0);
    let step = Step::Internal {
        sender: walk.at_output(0),
        receiver,
        heard: None,
        entries: vec![],
    };
    walk.take(step).expect("taken, and dropped");
    assert_eq!(walk.events(), ["sent"]);
    assert!(walk.run.state.thread(receiver).is_none());
}

#[test]
fn steps_that_make_no_sense_are_refused() {
    let program = load("free c: channel. process ! out(c, c)");
    let mut semantics = Semantics::new(&program).expect("theory");
    let cases = [
        Step::Replicate {
            copy: Copy(7),
            into: Copy(8),
        },
        Step::Replicate {
            copy: Copy(0),
            into: Copy(0),
        },
        Step::Fork {
            copy: Copy(0),
            into: vec![Copy(1)],
        },
        Step::Silent {
            copy: Copy(0),
            point: 99,
            entries: vec![],
        },
        Step::Get {
            copy: Copy(0),
            entry: None,
        },
        Step::Fresh { ty: 10_000 },
        Step::Output {
            copy: Copy(0),
            channel: Recipe::Output(3),
            entries: vec![],
        },
        Step::Input {
            copy: Copy(0),
            channel: Recipe::Name(10_000),
            message: Recipe::Fresh(4),
            entries: vec![],
        },
        Step::Internal {
            sender: Copy(0),
            receiver: Copy(0),
            heard: None,
            entries: vec![],
        },
    ];
    for step in cases {
        let refused = run_steps(&mut semantics, core::slice::from_ref(&step));
        assert!(refused.is_err(), "{step:?}");
    }
}

#[test]
fn macros_name_the_role() {
    let program = load(
        "free c: channel. event e(bitstring).
         let Client(x: bitstring) = event e(x); in(c, y: bitstring).
         process new n: bitstring; Client((n, n))",
    );
    let walk = Walk::new(&program);
    let (_, thread) = walk.run.state.threads().next().expect("one");
    assert_eq!(thread.role, Some("Client"));
    assert_eq!(walk.events(), ["e"]);
}
