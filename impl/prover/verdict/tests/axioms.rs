//! Axioms that runs break.

use verdict::{Limits, Refused, Session, Verdict};

const MODEL: &str = "free c: channel. event asked(bitstring). event told(bitstring).
    axiom x: bitstring; event(told(x)) ==> event(asked(x)).
    query x: bitstring; event(told(x)).
    query x: bitstring; event(told(x)) ==> event(asked(x)).
    process !(in(c, x: bitstring); event told(x))";

fn answers(text: &str) -> Vec<Result<Verdict, Refused>> {
    let mut sources = pi::Sources::default();
    sources.add("axioms.pv", text);
    let program = pi::load(sources).program.expect("a model without errors");
    let mut session = Session::new();
    (0..2)
        .map(|query| {
            verdict::prove(
                &program,
                query,
                &mut session,
                Limits::default(),
                &mut |_| {},
            )
            .map(|answer| answer.verdict)
        })
        .collect()
}

#[test]
fn a_false_axiom_is_an_error() {
    let found = answers(MODEL);
    let [Err(Refused::Untranslatable(errors)), Ok(Verdict::Proved(_))] = found.as_slice() else {
        panic!("{found:?}");
    };
    assert_eq!(errors.len(), 1);
    assert_eq!(errors[0].message, "this axiom is false");
}

#[test]
fn a_true_axiom_is_none() {
    let model = MODEL.replace("event told(x))", "event asked(x); event told(x))");
    let found = answers(&model);
    assert!(
        matches!(
            found.as_slice(),
            [Ok(Verdict::Attacked(_)), Ok(Verdict::Proved(_))]
        ),
        "{found:?}"
    );
}

/// Of a restriction it is as the writer says: such runs do not count.
#[test]
fn a_restriction_is_never_false() {
    let found = answers(&MODEL.replace("axiom", "restriction"));
    assert!(
        matches!(
            found.as_slice(),
            [Ok(Verdict::Undecided(_)), Ok(Verdict::Proved(_))]
        ),
        "{found:?}"
    );
}
