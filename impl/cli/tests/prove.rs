//! What `seatproof prove` prints beside the answers.

use std::path::PathBuf;
use std::process::Command;

struct Printed {
    status: Option<i32>,
    out: String,
    err: String,
}

impl Printed {
    /// The lines that scripts compare.
    fn results(&self) -> Vec<&str> {
        let lines = self.out.lines();
        lines.filter_map(|l| l.strip_prefix("RESULT ")).collect()
    }
}

fn prove(name: &str, model: &str, options: &[&str]) -> Printed {
    prove_file(&format!("{name}.pv"), model, options)
}

fn prove_file(name: &str, model: &str, options: &[&str]) -> Printed {
    let folder = tempfile::tempdir().expect("a folder for the model");
    let path: PathBuf = folder.path().join(name);
    std::fs::write(&path, model).expect("the folder is new");
    let output = Command::new(env!("CARGO_BIN_EXE_seatproof"))
        .arg("prove")
        .args(options)
        .arg(&path)
        .output()
        .expect("the binary was built for this test");
    Printed {
        status: output.status.code(),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

#[test]
fn how_much_of_a_query_is_true_is_told() {
    let printed = prove(
        "remarks",
        "free c: channel. event a(bitstring). event b(bitstring). event e(bitstring).
         query x: bitstring; inj-event(e(x)) ==> inj-event(a(x)).
         query x: bitstring; inj-event(e(x)) ==> (inj-event(b(x)) ==> inj-event(a(x))).
         query x: bitstring; event(e(x)) ==> (event(a(x)) ==> event(b(x))).
         query x: bitstring; event(e(x)) ==> event(a(x)).
         process ! (in(c, x: bitstring); event a(x); event b(x); event e(x); event e(x))",
        &[],
    );
    assert_eq!(
        printed.results(),
        [
            "inj-event(e(x_1)) ==> inj-event(a(x_1)) is false.",
            "(but event(e(x_1)) ==> event(a(x_1)) is true.)",
            "inj-event(e(x_1)) ==> (inj-event(b(x_1)) ==> inj-event(a(x_1))) is false.",
            "(even inj-event(e(x_1)) ==> inj-event(b(x_1)) is false.)",
            "event(e(x_1)) ==> (event(a(x_1)) ==> event(b(x_1))) is false.",
            "(but event(e(x_1)) ==> event(a(x_1)) && event(b(x_1)) is true.)",
            "event(e(x_1)) ==> event(a(x_1)) is true.",
        ]
    );
}

#[test]
fn other_languages_are_told_apart_by_the_ending() {
    let model = "free c: channel. query attacker(c). process out(c, c)";
    for ending in ["pi", "horn", "horntype", "spass", "ocv", "cv"] {
        let printed = prove_file(&format!("model.{ending}"), model, &[]);
        assert_eq!(printed.status, Some(3), "{ending}");
        assert!(printed.results().is_empty());
        assert!(printed.err.contains("of another input language"));
    }
    let printed = prove_file("model.pcv", model, &[]);
    assert_eq!(printed.results(), ["not attacker(c[]) is false."]);
    let macros = format!("define(`C', `c')\n{model}");
    let printed = prove_file("model.pcv", &macros, &[]);
    assert_eq!(printed.status, Some(3));
    assert!(printed.err.contains("macros of m4"), "{}", printed.err);
}

#[test]
fn no_result_rests_on_a_lemma_that_failed() {
    let model = |option: &str| {
        format!(
            "free c: channel. free s: bitstring [private]. event a. event b.
             lemma event(a) ==> event(b){option}.
             query attacker(s).
             process event a"
        )
    };
    let printed = prove("needed", &model(""), &[]);
    assert_eq!(printed.results(), ["event(a) ==> event(b) is false."]);
    assert!(printed.out.contains("not attacker(s[]) is true."));
    let printed = prove("dropped", &model(" [maxSubset]"), &[]);
    assert_eq!(printed.results().len(), 2, "{}", printed.out);
}

#[test]
fn what_never_happens_is_warned_of() {
    let model = "free c: channel. event a. event b. event never.
         query event(b) ==> event(a).
         query event(never) ==> event(a).
         process event a; event b; new n: bitstring; in(c, =n); event never";
    let premise = "warning: no run meets the premise of this query: it is true and says nothing";
    let event = "warning: no run emits `never`: its branch is dead";
    // The proof is short, so that the premise is asked about without the option as well.
    for (option, expected) in [
        (&["--warn-dead"][..], &[premise, event][..]),
        (&[], &[premise]),
    ] {
        let printed = prove("dead", model, option);
        assert_eq!(printed.status, Some(0), "{}", printed.err);
        assert_eq!(printed.results().len(), 2);
        let warnings: Vec<&str> = printed
            .err
            .lines()
            .filter(|l| l.starts_with("warning:"))
            .collect();
        assert_eq!(warnings, expected);
        assert!(printed.err.contains("dead.pv:3:16"), "{}", printed.err);
    }
    let quiet = prove("dead", model, &["--quiet"]);
    assert!(!quiet.err.contains("no run"), "{}", quiet.err);
}

/// `seatproof` in a folder, with something on standard input.
fn run(folder: &std::path::Path, arguments: &[&str], input: &str) -> Printed {
    let mut child = Command::new(env!("CARGO_BIN_EXE_seatproof"))
        .args(arguments)
        .current_dir(folder)
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("the binary was built for this test");
    let mut pipe = child.stdin.take().expect("it was asked for");
    // Who does not read it closes it.
    let _ = std::io::Write::write_all(&mut pipe, input.as_bytes());
    drop(pipe);
    let output = child.wait_with_output().expect("it ends");
    Printed {
        status: output.status.code(),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

const LEAK: &str = "free c: channel. free s: bitstring [private]. query attacker(s).
    process out(c, s)";

#[test]
fn models_are_given_as_people_give_them() {
    let folder = tempfile::tempdir().expect("a folder for the models");
    let here = folder.path();
    let write = |name: &str, text: &str| std::fs::write(here.join(name), text).expect("new");
    write("a b.pv", LEAK);
    write("lib.pvl", "fun h(bitstring): bitstring.");
    write("uses.pv", &LEAK.replace("(c, s)", "(c, h(s))"));
    let false_ = "not attacker(s[]) is false.";
    let true_ = "not attacker(s[]) is true.";
    for (line, results) in [
        (&["prove", "a b.pv"][..], &[false_][..]),
        (&["prove", "-lib", "lib", "uses.pv"], &[true_]),
        (
            &["prove", "-in", "pitype", "--lib=lib.pvl", "./uses.pv"],
            &[true_],
        ),
        (
            &["prove", "--lib", "lib", "a b.pv", "uses.pv"],
            &[false_, true_],
        ),
        (&["prove", "-"], &[false_]),
    ] {
        let printed = run(here, line, LEAK);
        assert_eq!(printed.results(), results, "{line:?}: {}", printed.err);
        assert_eq!(printed.status, Some(0));
    }
    for (line, complaint) in [
        (
            &["prove", "-html", "d", "a b.pv"][..],
            "`-html` is no option",
        ),
        (
            &["prove", "-in", "horn", "a b.pv"],
            "another input language",
        ),
        (&["prove", "--query", "2", "a b.pv"], "there is no query 2"),
        (&["prove", "--query", "0", "a b.pv"], "there is no query 0"),
        (&["show", "--query", "2", "a b.pv"], "there is no query 2"),
        (
            &["prove", "--query", "1", "a b.pv", "a b.pv"],
            "about one file",
        ),
        (&["prove", "--timeout", "x", "a b.pv"], "invalid value"),
        (&["prove"], "<FILE>"),
        (&["prove", "."], "directory"),
        (&["show", "none.pv"], "No such file"),
        (&["prove", "--lib", "none", "a b.pv"], "No such file"),
    ] {
        let printed = run(here, line, "");
        assert_eq!(printed.status, Some(3), "{line:?}: {}", printed.out);
        assert!(printed.err.contains(complaint), "{line:?}: {}", printed.err);
        assert!(printed.results().is_empty());
    }
}

#[test]
fn json_is_one_document_however_it_ends() {
    let folder = tempfile::tempdir().expect("a folder for the models");
    let here = folder.path();
    let write = |name: &str, text: &[u8]| std::fs::write(here.join(name), text).expect("new");
    write("leak.pv", LEAK.as_bytes());
    write("empty.pv", b"");
    write("binary.pv", b"\x7fELF\0\0");
    write(
        "wrong.pv",
        b"free c: channel. process out(c, d) | out(c, e)",
    );
    write(
        "choice.pv",
        b"free c: channel. process out(c, choice[c, c])",
    );
    let loop_ = "free c: channel. free s: bitstring [private]. fun f(bitstring): bitstring.
        query attacker(s). query attacker(c). process !in(c, x: bitstring); out(c, f(x))";
    write("time.pv", loop_.as_bytes());
    let keys = ["file", "errors", "warnings", "results", "unanswered"];
    for (name, more, status, errors, results) in [
        ("leak.pv", &[][..], 0, 0, 1),
        ("leak.pv", &["--query", "9"], 3, 1, 0),
        ("empty.pv", &[], 3, 1, 0),
        ("binary.pv", &[], 3, 1, 0),
        ("wrong.pv", &[], 3, 2, 0),
        ("choice.pv", &[], 3, 1, 0),
        ("none.pv", &[], 3, 1, 0),
        (".", &[], 3, 1, 0),
        ("time.pv", &["--timeout", "0"], 2, 0, 2),
    ] {
        let mut line = vec!["prove", "--json", name];
        line.extend(more);
        let printed = run(here, &line, "");
        assert_eq!(printed.status, Some(status), "{line:?}: {}", printed.err);
        let document: serde_json::Value = serde_json::from_str(&printed.out).expect("one document");
        let object = document.as_object().expect("an object for one file");
        assert_eq!(object.keys().collect::<Vec<_>>(), keys, "{line:?}");
        let count = |key: &str| document[key].as_array().map_or(0, Vec::len);
        assert_eq!(
            (count("errors"), count("results")),
            (errors, results),
            "{line:?}"
        );
        assert_eq!(document["unanswered"], 0);
    }
    let printed = run(here, &["prove", "--json", "wrong.pv", "leak.pv"], "");
    assert_eq!(printed.status, Some(3));
    let document: serde_json::Value = serde_json::from_str(&printed.out).expect("one document");
    assert_eq!(document[0]["errors"][1]["column"], 45);
    assert_eq!(document[1]["results"][0]["verdict"], "attacked");
}
