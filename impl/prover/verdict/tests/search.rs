//! Runs that the first derivation does not lead to, and searches that are stopped.

use std::cell::Cell;
use verdict::{Answer, Limits, Session, Verdict};

const DECLARATIONS: &str = "free c: channel. fun h(bitstring): bitstring.
    event A(bitstring). event B(bitstring). event C.
    query x: bitstring, y: bitstring; event(A(x)) && event(B(y)) ==> ";

fn judge(text: &str, limits: Limits<'_>) -> Answer {
    let mut sources = pi::Sources::default();
    sources.add("search.pv", text);
    let program = pi::load(sources).program.expect("a program");
    let mut session = Session::new();
    verdict::prove(&program, 0, &mut session, limits, &mut |_| {}).expect("a supported program")
}

fn attacked(conclusion: &str, process: &str) -> bool {
    let text = format!("{DECLARATIONS}{conclusion}. process {process}");
    let verdict = judge(&text, Limits::default()).verdict;
    matches!(verdict, Verdict::Attacked(_))
}

/// The clause of the `then` side needs less than that of the other, but the
/// query holds on it.
#[test]
fn the_other_side_of_a_condition_is_tried() {
    let process = "in(c, x: bitstring); event A(x); in(c, y: bitstring);
        if x = y then event B(y) else event B(y); event C";
    assert!(attacked("x = y", process));
    assert!(attacked("x = y || (x <> y && event(C))", process));
    let same = "in(c, x: bitstring); event A(x); in(c, y: bitstring); if x = y then event B(y)";
    assert!(!attacked("x = y", same));
}

#[test]
fn what_must_differ_is_made_equal() {
    let process = "in(c, x: bitstring); event A(x); in(c, y: bitstring); event B(y)";
    assert!(attacked("x <> h(y)", process));
    assert!(!attacked(
        "x <> h(y)",
        "in(c, x: bitstring); event A(h(h(x))); event B(x)"
    ));
}

#[test]
fn a_stopped_search_says_how_far_it_came() {
    let text = include_str!("../../../../models/corpus/yahalom.pv");
    let limits = Limits {
        resolutions: 20,
        ..Limits::default()
    };
    let answer = judge(text, limits);
    assert!(matches!(answer.verdict, Verdict::Stopped(_)));
    assert!(answer.progress.inserted > 0 && answer.progress.resolutions > 20);

    // Interrupted later and later, it stops wherever it is, or has an answer.
    for patience in 0..40 {
        let asked = Cell::new(0);
        let interrupted = || {
            asked.set(asked.get() + 1);
            asked.get() > patience
        };
        let limits = Limits {
            interrupted: &interrupted,
            ..Limits::default()
        };
        let verdict = judge(text, limits).verdict;
        assert!(matches!(
            verdict,
            Verdict::Stopped(_) | Verdict::Attacked(_)
        ));
    }
}

/// Queries are edited and asked of the same process: what is shared is not what the
/// first ones needed.
#[test]
fn a_session_answers_other_queries_of_the_same_process() {
    let load = |query: &str| {
        let mut sources = pi::Sources::default();
        let text = format!(
            "free c: channel. event A. event B. event C. {query}
             process event A; out(c, c); event B; in(c, x: channel); event C"
        );
        sources.add("search.pv", text.as_str());
        pi::load(sources).program.expect("a program")
    };
    let first = load("query event(B) ==> event(A).");
    let others = pi::Program {
        queries: load("query event(C) ==> event(B). query event(A) ==> event(C).").queries,
        ..first.clone()
    };
    let mut session = Session::new();
    let mut proved = |program, query| {
        let limits = Limits::default();
        let answer = verdict::prove(program, query, &mut session, limits, &mut |_| {});
        matches!(answer.expect("supported").verdict, Verdict::Proved(_))
    };
    assert!(proved(&first, 0));
    assert!(proved(&others, 0));
    assert!(!proved(&others, 1));
    assert!(proved(&first, 0));
}
