//! A translation ends: at its limits, or when nobody waits for it any more.

use horn::{Options, Untranslated, translate, translate_unless};
use std::cell::Cell;
use std::fmt::Write as _;

fn program(text: &str) -> pi::Program {
    let mut sources = pi::Sources::default();
    sources.add("limits.pv", text);
    pi::load(sources).program.expect("the model is well-typed")
}

/// Each test in a term doubles the paths behind it.
fn tests_in_a_row(count: usize) -> String {
    let mut text = String::from(
        "free c: channel.
         fun h(bitstring): bitstring.
         process in(c, x: bitstring);\n",
    );
    for i in 0..count {
        let _ = writeln!(
            text,
            "in(c, x{i}: bitstring); let y{i} = (if x{i} = h(x) then x else x{i}) in"
        );
    }
    text + "out(c, x)"
}

#[test]
fn ends_when_nobody_waits() {
    let asked = Cell::new(0_u32);
    let late = || {
        asked.set(asked.get() + 1);
        asked.get() > 1
    };
    let ended = translate_unless(&program(&tests_in_a_row(30)), &Options::default(), &late);
    assert!(matches!(ended, Err(Untranslated::Interrupted)), "{ended:?}");
    assert!(asked.get() > 1);
    let whole = translate_unless(&program(&tests_in_a_row(2)), &Options::default(), &|| false);
    assert!(whole.is_ok());
}

/// Rules grow without end, each by a little, and are compared with each other.
#[test]
fn completion_that_does_not_end_is_refused() {
    for equations in [
        "equation forall x: bitstring, y: bitstring; d(h(x, y)) = h(d(x), y).
         equation a = d(a).",
        "equation forall x: bitstring, y: bitstring; d(h(x, y)) = h(d(x), y).
         equation forall x: bitstring; h(x, x) = a.",
        "equation forall x: bitstring, y: bitstring; d(h(x, y)) = h(d(x), y).
         equation forall x: bitstring; h(h(x, b), h(a, x)) = x.
         equation a = d(a).",
    ] {
        let text = format!(
            "fun d(bitstring): bitstring.
             fun h(bitstring, bitstring): bitstring.
             const a: bitstring.
             const b: bitstring.
             {equations}
             process 0"
        );
        let refused = translate(&program(&text), &Options::default()).expect_err("refused");
        assert!(refused[0].span.start > 0, "{refused:?}");
    }
}
