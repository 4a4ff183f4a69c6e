//! Each question on a small model, answered by the prover.

use pi::Program;
use scrutiny::{Answer, Compromises, Shape};
use semantics::{Semantics, replay};
use verdict::{Limits, Session, Verdict};

/// Many keys; a message signed by each; any key may leak.
const SIGNED: &str = "
free c: channel. type skey. type pkey. const hello, bye: bitstring.
fun pk(skey): pkey.
fun sign(skey, bitstring): bitstring.
fun verify(pkey, bitstring, bitstring): bool
  reduc forall k: skey, m: bitstring; verify(pk(k), m, sign(k, m)) = true.
event LeakAK(pkey). event LeakCA. event Sent(pkey). event Accepted(pkey).
query k: pkey; event(Accepted(k)) ==> event(Sent(k)) || event(LeakAK(k)) CONCLUSION.
let Signer(k: skey) = event Sent(pk(k)); out(c, sign(k, hello)).
let Reader(k: pkey) =
  in(c, (m: bitstring, s: bitstring));
  if m = hello then
  if verify(k, m, s) = true then
  event Accepted(k).
process
  ! new k: skey; out(c, pk(k));
  ( Signer(k) | (event LeakAK(pk(k)); out(c, k)) | (event LeakCA; out(c, bye)) | Reader(pk(k)))
";

const KNOWN: &str = "
[[compromise]]
event = 'LeakAK'
name = 'AK'
[[compromise]]
event = 'LeakCA'
name = 'CA'
";

fn program(text: &str) -> Program {
    let mut sources = pi::Sources::default();
    sources.add("test.pv", text);
    let loaded = pi::load(sources);
    loaded
        .program
        .unwrap_or_else(|| panic!("{:?}", loaded.diagnostics))
}

fn known() -> Compromises {
    Compromises::parse(KNOWN).expect("well-formed")
}

fn shape(program: &Program) -> Shape {
    Shape::of(program, 0, &known()).expect("a correspondence")
}

fn ask(program: &Program, query: u32) -> Answer {
    let mut session = Session::new();
    let answer = verdict::prove(program, query, &mut session, Limits::default(), &mut |_| {})
        .expect("supported");
    match answer.verdict {
        Verdict::Proved(_) => Answer::Holds,
        Verdict::Attacked(attack) => {
            let mut semantics = Semantics::new(program).expect("executable");
            let run = replay(&mut semantics, attack.trace()).expect("a run");
            let names = run.state.events().iter();
            Answer::Broken {
                events: names
                    .map(|e| program.events[e.event.0 as usize].name.clone())
                    .collect(),
            }
        }
        other => Answer::Open(format!("{other:?}")),
    }
}

#[test]
fn a_premise_that_happens_is_alive() {
    let program = program(&SIGNED.replace("CONCLUSION", ""));
    let answer = scrutiny::alive(&program, &shape(&program), &mut ask);
    assert!(matches!(answer, Some(Answer::Broken { .. })), "{answer:?}");
    let emitted = scrutiny::emitted(&program);
    let answer = scrutiny::honest(&program, &shape(&program), &known(), &emitted, &mut ask);
    assert!(matches!(answer, Answer::Broken { .. }), "{answer:?}");
}

#[test]
fn a_premise_that_needs_the_compromise_it_excuses_is_not_alive() {
    // Nobody signs: only a leaked key makes anybody accept.
    let text = SIGNED
        .replace("CONCLUSION", "")
        .replace("( Signer(k) | ", "( ");
    let program = program(&text);
    assert_eq!(ask(&program, 0), Answer::Holds);
    let answer = scrutiny::alive(&program, &shape(&program), &mut ask);
    assert_eq!(answer, Some(Answer::Holds));
}

#[test]
fn a_secret_is_alive_if_its_events_happen() {
    let text = SIGNED.replace(
        "event(Accepted(k)) ==> event(Sent(k)) || event(LeakAK(k)) CONCLUSION.",
        "n: bitstring; event(Accepted(k)) && attacker((k, c, hello, n)) && attacker(bye).",
    );
    let program = program(&text.replace("query k: pkey; n:", "query k: pkey, n:"));
    let answer = scrutiny::alive(&program, &shape(&program), &mut ask);
    assert!(matches!(answer, Some(Answer::Broken { .. })), "{answer:?}");
}

#[test]
fn what_never_happens_together_is_alive_if_each_happens() {
    // Nobody accepts a key that is not announced; both events happen.
    let text = SIGNED.replace(
        "query k: pkey; event(Accepted(k)) ==> event(Sent(k)) || event(LeakAK(k)) CONCLUSION.",
        "query event(Accepted(pk(nobody))) && event(LeakCA).",
    );
    let text = text.replace(
        "event LeakAK(pkey).",
        "event LeakAK(pkey). free nobody: skey [private].",
    );
    let program = program(&text);
    let answer = scrutiny::alive(&program, &shape(&program), &mut ask);
    // A key that no signer has is never accepted: the premise is dead.
    assert_eq!(answer, Some(Answer::Holds));
}

#[test]
fn a_disjunct_too_many_is_not_tight() {
    let program = program(&SIGNED.replace("CONCLUSION", "|| event(LeakCA)"));
    let dropped = scrutiny::weaker(&program, &shape(&program), &mut ask);
    let holds: Vec<_> = dropped
        .iter()
        .filter(|d| d.answer == Answer::Holds)
        .map(|d| d.disjunct.as_str())
        .collect();
    assert_eq!(holds, ["event(LeakCA)"]);
    assert_eq!(dropped.len(), 3);
}

#[test]
fn a_check_that_matters_breaks_the_query_when_dropped() {
    let program = program(&SIGNED.replace("CONCLUSION", ""));
    let checks = scrutiny::checks(&program);
    let texts: Vec<_> = checks.iter().map(|c| c.text.as_str()).collect();
    assert_eq!(texts, ["m = hello", "verify(k, m, s) = true"]);
    let answers: Vec<_> = checks
        .iter()
        .map(|check| {
            matches!(
                ask(&scrutiny::without(&program, check), 0),
                Answer::Broken { .. }
            )
        })
        .collect();
    // Who signs `hello` only needs no check that it was `hello`.
    assert_eq!(answers, [false, true]);
}

#[test]
fn a_pattern_is_a_check() {
    let text = SIGNED.replace("CONCLUSION", "").replace(
        "if verify(k, m, s) = true then",
        "let (=true) = verify(k, m, s) in",
    );
    let program = program(&text);
    let checks = scrutiny::checks(&program);
    let check = checks.last().expect("a pattern");
    assert!(check.text.contains("=true"), "{check:?}");
    let edited = scrutiny::without(&program, check);
    // The destructor still fails on a wrong signature: nothing was lost.
    assert_eq!(ask(&edited, 0), Answer::Holds);
}

#[test]
fn the_weakest_assumption_is_this_key() {
    let program = program(&SIGNED.replace("CONCLUSION", ""));
    let emitted = scrutiny::emitted(&program);
    let found = scrutiny::sweep(&program, &shape(&program), &known(), &emitted, &mut ask);
    let names: Vec<_> = found.capabilities.iter().map(|c| c.name.as_str()).collect();
    assert_eq!(names, ["AK of this", "AK of another", "CA"]);
    let holds: Vec<_> = found
        .frontier
        .holds
        .iter()
        .map(|s| found.names(*s))
        .collect();
    let breaks: Vec<_> = found
        .frontier
        .breaks
        .iter()
        .map(|s| found.names(*s))
        .collect();
    assert_eq!(holds, [["AK of another", "CA"]]);
    assert_eq!(breaks, [["AK of this"]]);
    assert!(found.frontier.open.is_empty());
}

#[test]
fn what_no_process_emits_is_no_capability() {
    let text = SIGNED
        .replace("CONCLUSION", "")
        .replace("| (event LeakCA; out(c, bye))", "");
    let program = program(&text);
    let emitted = scrutiny::emitted(&program);
    let found = scrutiny::sweep(&program, &shape(&program), &known(), &emitted, &mut ask);
    let names: Vec<_> = found.capabilities.iter().map(|c| c.name.as_str()).collect();
    assert_eq!(names, ["AK of this", "AK of another"]);
}
