//! What attacks look like: numbered steps, diagram, JSON that reads back.

use pi::Program;
use std::path::Path;
use verdict::run::Attack;
use verdict::story::{Story, json};
use verdict::{Limits, Session, Verdict, prove};

fn load(text: &str) -> Program {
    let mut sources = pi::Sources::default();
    sources.add("model.pv", text);
    pi::load(sources).program.expect("no error")
}

fn trap(name: &str) -> Program {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../testdata/traps");
    load(&std::fs::read_to_string(path.join(name)).expect("model"))
}

fn attack(program: &Program, query: u32) -> Attack {
    let answer = prove(
        program,
        query,
        &mut Session::new(),
        Limits::default(),
        &mut |_| {},
    );
    match answer.expect("supported").verdict {
        Verdict::Attacked(attack) => *attack,
        other => panic!("{other:?}"),
    }
}

/// The classical attack on the Needham–Schroeder public-key protocol
/// (Lowe, 1995), for one responder and one initiator.
const LOWE: &str = "free c: channel. type pk. type sk.
fun pub(sk): pk.
fun aenc(bitstring, pk): bitstring.
reduc forall x: bitstring, k: sk; adec(aenc(x, pub(k)), k) = x.
event begins(pk, pk).
event ends(pk, pk).
query x: pk, y: pk; event(ends(x, y)) ==> event(begins(x, y)).
let Initiator(skA: sk) =
  in(c, peer: pk);
  event begins(pub(skA), peer);
  new NA: bitstring;
  out(c, aenc((NA, pub(skA)), peer));
  in(c, m: bitstring);
  let (=NA, nb: bitstring) = adec(m, skA) in
  out(c, aenc(nb, peer)).
let Responder(skB: sk, pkA: pk) =
  in(c, m: bitstring);
  let (na: bitstring, =pkA) = adec(m, skB) in
  new NB: bitstring;
  out(c, aenc((na, NB), pkA));
  in(c, m3: bitstring);
  let (=NB) = adec(m3, skB) in
  event ends(pkA, pub(skB)).
process
  new skA: sk; new skB: sk;
  out(c, pub(skA)); out(c, pub(skB));
  ((! Initiator(skA)) | (! Responder(skB, pub(skA))))";

#[test]
fn numbered_steps() {
    let program = load(LOWE);
    insta::assert_snapshot!(attack(&program, 0).steps(&program));
}

#[test]
fn sequence_diagram() {
    let program = load(LOWE);
    let diagram = attack(&program, 0).mermaid(&program);
    for line in diagram
        .lines()
        .filter(|l| !l.trim_start().starts_with("%%"))
    {
        let label = line.split_once(": ").map_or("", |(_, l)| l);
        let shown = label.replace("#35;", "#").replace("#59;", ";");
        assert!(shown.chars().count() <= 60, "{line}");
    }
    insta::assert_snapshot!(diagram);
}

#[test]
fn traces_read_back_and_still_attack() {
    for (program, query) in [
        (load(LOWE), 0),
        (trap("s103_two_reads_differ.pv"), 0),
        (trap("l55_prec_phase.pv"), 1),
        (trap("s93_private_comm_on_public.pv"), 0),
    ] {
        let attack = attack(&program, query);
        let written = attack.json(&program);
        let text = serde_json::to_string(&written).expect("json");
        let value = serde_json::from_str(&text).expect("json");
        let trace = json::read(&program, &value).expect("reads back");
        assert_eq!(&trace, attack.trace());
        let again = Attack::confirm(&program, trace).expect("still an attack");
        assert_eq!(again.violation(), attack.violation());
    }
}

#[test]
fn json_is_versioned() {
    let program = load(LOWE);
    insta::assert_snapshot!(
        serde_json::to_string_pretty(&json::write(&program, attack(&program, 0).trace()))
            .expect("json")
    );
}

#[test]
fn damaged_json_is_refused_with_its_place() {
    let program = load(LOWE);
    let good = json::write(&program, attack(&program, 0).trace());
    type Damage = fn(&mut serde_json::Value);
    let damaged: Vec<(&str, Damage)> = vec![
        ("format", (|v| v["format"] = "story".into())),
        ("version", (|v| v["version"] = 99.into())),
        ("query", (|v| v["query"] = "first".into())),
        ("steps", (|v| v["steps"] = 3.into())),
        ("extra", (|v| v["extra"] = 1.into())),
        ("kind", (|v| v["steps"][0]["step"] = "jump".into())),
        ("copy", (|v| v["steps"][0]["copy"] = (-1).into())),
        ("field", (|v| v["steps"][0]["why"] = 1.into())),
        ("premise", (|v| v["premises"][0] = serde_json::json!({}))),
        (
            "recipe",
            (|v| v["premises"][0] = serde_json::json!({"knows": {"apply": "nothing", "to": []}})),
        ),
    ];
    for (name, damage) in damaged {
        let mut value = good.clone();
        damage(&mut value);
        let refused = json::read(&program, &value).expect_err(name);
        assert!(!refused.at.is_empty() && !refused.why.is_empty(), "{name}");
    }
}

#[test]
fn a_changed_trace_is_no_attack() {
    let program = load(LOWE);
    let attack = attack(&program, 0);
    let trace = attack.trace();
    for i in 0..trace.steps.len() {
        let mut shorter = trace.clone();
        shorter.steps.remove(i);
        assert!(
            Attack::confirm(&program, shorter).is_err(),
            "without step {i}"
        );
    }
    let mut other = trace.clone();
    other.premises.clear();
    assert!(Attack::confirm(&program, other).is_err());
    let mut other = trace.clone();
    other.query = 7;
    assert!(Attack::confirm(&program, other).is_err());
    let mut other = trace.clone();
    other.version = 0;
    assert!(Attack::confirm(&program, other).is_err());
}

#[test]
fn an_attack_on_another_program_says_so() {
    let (one, two) = (load(LOWE), trap("s103_two_reads_differ.pv"));
    let attack = attack(&one, 0);
    assert!(Story::of(&two, &attack).is_err());
    assert!(attack.steps(&two).contains("not an attack on this program"));
}

#[test]
fn tables_phases_and_private_channels_are_told() {
    let program = load(
        "free c: channel. free d: channel [private]. free s: bitstring [private].
table keys(bitstring).
query attacker(s).
let Keeper() = in(d, x: bitstring); insert keys(x).
let Giver() = new n: bitstring; out(d, n); phase 1; out(c, n).
let Leaker() = phase 1; get keys(k) in in(c, =k); out(c, s).
process Keeper() | Giver() | Leaker()",
    );
    insta::assert_snapshot!(attack(&program, 0).steps(&program));
}
