//! A print as the tool writes it beside our reading of the same model.

use super::{first_difference, initial, ours, theirs};
use pi::{FunctionKind, Program, Sources};
use std::collections::BTreeSet;

const MODEL: &str = "
free c: channel.
type key.
fun enc(bitstring, key): bitstring.
reduc forall x: bitstring, k: key; dec(enc(x, k), k) = x.
fun h(bitstring): bitstring.
fun both(bitstring, bitstring): bitstring [data].
table seen(key, bitstring).
event accepted(bitstring).
letfun second(p: bitstring) = let both(_, y) = p in y.
let Asks(k: key) =
  new n: bitstring;
  out(c, enc(n, k));
  in(c, (=n, y: bitstring));
  if y = h(n) then event accepted(y) else out(c, n).
let Answers(k: key) =
  in(c, x: bitstring);
  let n = dec(x, k) in
  get seen(=k, z) in (if n <> h(z) then out(c, second(z)))
  else insert seen(k, n).
query x: bitstring; event(accepted(x)).
process new k: key; ( !Asks(k) | !Answers(k) )
";

const PRINT: &str = "\
Process 0 (that is, the initial process):
{1}new k: key;
(
    {2}!
    {3}let k_1: key = k in
    {4}new n: bitstring;
    {5}out(c, enc(n,k_1));
    {6}in(c, (=n,y: bitstring));
    {7}if (y = h(n)) then
        {8}event accepted(y)
    else
        {9}out(c, n)
) | (
    {10}!
    {11}let k_2: key = k in
    {12}in(c, x: bitstring);
    {13}let n_1: bitstring = dec(x,k_2) in
    {20}get seen(=k_2,z: bitstring) in
    (
        {14}if (n_1 \u{2260} h(z)) then
        {15}let v: bitstring = z in
        {16}let v_1: bool = success?(1-proj-both(v)) in
        {17}let y_1: bitstring = (if v_1 then 2-proj-both(v) else caught-fail) in
        {18}out(c, (if v_1 then y_1 else fail-any_type))
    )
    else
        {19}insert seen(k_2,n_1)
)

--  Process 1 (that is, process 0, with let moved downwards):
";

fn program(text: &str) -> Program {
    let mut sources = Sources::default();
    sources.add("a.pv", text);
    let loaded = pi::load(sources);
    loaded.program.expect("well-formed")
}

fn read(print: &str, of: &Program) -> Vec<super::Line> {
    let destructors: BTreeSet<&str> = of
        .functions
        .iter()
        .filter(|it| matches!(it.kind, FunctionKind::Destructor { .. }))
        .map(|it| it.name.as_str())
        .collect();
    let text = initial(print).expect("a process");
    theirs(text, &destructors).expect("readable")
}

#[test]
fn two_readings_of_one_model_are_the_same() {
    let program = program(MODEL);
    let (ours, theirs) = (ours(&program).expect("comparable"), read(PRINT, &program));
    let text = |lines: &[super::Line]| -> Vec<String> {
        lines.iter().map(super::Line::to_string).collect()
    };
    assert_eq!(text(&ours), text(&theirs));
    assert!(ours.len() > 12, "{ours:?}");
}

/// Each edit changes what the model does, and a line says so.
#[test]
fn every_other_reading_is_noticed() {
    let program = program(MODEL);
    let ours = ours(&program).expect("comparable");
    for (from, to) in [
        ("(=n,y: bitstring)", "(n_9: bitstring,y: bitstring)"),
        ("{9}out(c, n)", "{9}out(c, y)"),
        ("(y = h(n))", "(y = n)"),
        ("{8}event accepted(y)", "{8}event accepted(n)"),
        ("dec(x,k_2)", "dec(x,k)"),
        ("2-proj-both(v)", "1-proj-both(v)"),
        ("\u{2260}", "="),
        ("{19}insert seen(k_2,n_1)", "0"),
        ("{2}!\n", ""),
        ("=k_2,", "k_9: key,"),
        ("{5}out(c, enc(n,k_1));\n", ""),
    ] {
        assert!(PRINT.contains(from), "{from}");
        let theirs = read(&PRINT.replacen(from, to, 1), &program);
        let same = first_difference(&ours, &theirs).is_none();
        // The key is the same by whichever name it goes.
        assert_eq!(same, from == "dec(x,k_2)", "{from}");
    }
}

#[test]
fn prints_that_are_cut_or_something_else_are_refused() {
    let program = program(MODEL);
    assert_eq!(initial(&PRINT[..PRINT.len() / 2]), None);
    assert_eq!(initial("Error: syntax error."), None);
    let none = BTreeSet::new();
    let text = initial(PRINT).expect("a process");
    for cut in (0..text.len()).filter(|at| text.is_char_boundary(*at)) {
        // Never a panic; only a whole print is the whole process.
        if let Ok(lines) = theirs(&text[..cut], &none) {
            let ours = ours(&program).expect("comparable");
            let rest = text[cut..].trim();
            assert!(rest.is_empty() || first_difference(&ours, &lines).is_some());
        }
    }
    let error = theirs("{1}new k: key;\n{2}blink(k)", &none).expect_err("no process");
    assert!(error.to_string().contains("line 2"), "{error}");
}
