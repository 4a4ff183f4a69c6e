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
