//! What a designer of protocols uses: `prove` with its limits and libraries,
//! `check`, `show`, `sweep` and `differential`.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

const HANDSHAKE: &str = "\
free c: channel.
free s: bitstring [private].
type key.
fun enc(bitstring, key): bitstring.
reduc forall m: bitstring, k: key; dec(enc(m, k), k) = m.
event sent(bitstring).
event received(bitstring).
query attacker(s).
query m: bitstring; event(received(m)) ==> event(sent(m)).
query m: bitstring; event(received(m)).
query m: bitstring; inj-event(received(m)) ==> inj-event(sent(m)).
let A(k: key) = new n: bitstring; event sent(n); out(c, enc(n, k)).
let B(k: key) = in(c, x: bitstring); let m = dec(x, k) in event received(m).
process new k: key; (! A(k) | ! B(k) | out(c, enc(s, k)))
";

fn seatproof(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_seatproof"))
        .args(arguments)
        .current_dir(folder)
        .output()
        .expect("the binary runs")
}

fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("handshake.pv"), HANDSHAKE).expect("written");
    folder
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let folder = folder();
    let runs = ["1", "2", "7"].map(|n| {
        let output = seatproof(folder.path(), &["prove", "handshake.pv", "--threads", n]);
        assert_eq!(output.status.code(), Some(0), "{}", out(&output));
        out(&output)
    });
    assert_eq!(runs[0].matches("RESULT").count(), 5, "{}", runs[0]);
    assert_eq!(runs[0], runs[1]);
    assert_eq!(runs[0], runs[2]);
}

#[test]
fn limits_stop_and_say_which() {
    let folder = folder();
    for (option, said) in [("--timeout", "--timeout"), ("--memory", "--memory")] {
        let output = seatproof(folder.path(), &["prove", "handshake.pv", option, "0"]);
        let text = out(&output);
        assert_eq!(output.status.code(), Some(2), "{text}");
        assert!(
            text.contains("-- stopped: ") && text.contains(said),
            "{text}"
        );
        assert!(!text.contains("is true."), "{text}");
    }
}

#[test]
fn certificates_are_written_and_checked_and_forgeries_refused() {
    let folder = folder();
    let path = folder.path();
    let output = seatproof(path, &["prove", "handshake.pv", "--certificates", "certs"]);
    assert_eq!(output.status.code(), Some(0), "{}", out(&output));
    let accepted = seatproof(path, &["check", "handshake.pv", "certs/query-1.cert"]);
    assert_eq!(accepted.status.code(), Some(0), "{}", out(&accepted));
    assert!(out(&accepted).starts_with("accepted: query 1 holds"));
    // What is broken has no certificate.
    assert!(!path.join("certs/query-3.cert").exists());
    // The proof is about this text and no other.
    let other = HANDSHAKE.replace("out(c, enc(s, k))", "out(c, s)");
    fs::write(path.join("other.pv"), other).expect("written");
    let refused = seatproof(path, &["check", "other.pv", "certs/query-1.cert"]);
    assert_eq!(refused.status.code(), Some(1), "{}", out(&refused));
    assert!(out(&refused).starts_with("refused: "));
    let unreadable = seatproof(path, &["check", "handshake.pv", "handshake.pv"]);
    assert_eq!(unreadable.status.code(), Some(3), "{}", out(&unreadable));
}

#[test]
fn every_stage_can_be_shown() {
    let folder = folder();
    for stage in [
        "parsed",
        "typed",
        "process",
        "clauses",
        "saturated",
        "derivation",
    ] {
        let arguments = ["show", "--stage", stage, "--query", "2", "handshake.pv"];
        let output = seatproof(folder.path(), &arguments);
        assert_eq!(output.status.code(), Some(0), "{stage}: {}", out(&output));
        insta::assert_snapshot!(stage, out(&output));
    }
}

#[test]
fn random_models_are_compared() {
    let folder = folder();
    let output = seatproof(
        folder.path(),
        &[
            "differential",
            "--count",
            "1",
            "--seed",
            "5",
            "--size",
            "1",
            "--timeout",
            "2",
        ],
    );
    let text = out(&output);
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(text.contains("1 models compared,"), "{text}");
}

const COMPROMISES: &str = "\
[[compromise]]
event = \"LeakKey\"
name = \"key\"
sentence = \"the key\"
";

const LIBRARY: &str = "\
free c: channel.
type key.
event LeakKey(key).
fun enc(bitstring, key): bitstring.
reduc forall m: bitstring, k: key; dec(enc(m, k), k) = m.
";

const LEAKING: &str = "\
(* @libs lib/base *)
free s: bitstring [private].
(* @holds SECRET
   The secret stays one unless the key leaked. *)
query k: key; attacker(s) ==> event(LeakKey(k)).
process new k: key; (out(c, enc(s, k)) | (event LeakKey(k); out(c, k)))
";

/// A folder of models as the project has one.
fn models() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| {
        let path = folder.path().join("models").join(name);
        fs::create_dir_all(path.parent().expect("below")).expect("a folder");
        fs::write(path, text).expect("written");
    };
    write("compromises.toml", COMPROMISES);
    write("lib/base.pvl", LIBRARY);
    write("one/a.pv", LEAKING);
    write("two/b.pv", LEAKING);
    folder
}

#[test]
fn sweeping_one_model_forgets_nothing_of_the_others() {
    let folder = models();
    let path = folder.path();
    let rows = || fs::read_to_string(path.join("models/sweep.json")).expect("rows");
    let output = seatproof(path, &["sweep"]);
    assert_eq!(output.status.code(), Some(0), "{}", out(&output));
    let whole = rows();
    assert!(whole.contains("\"one/a\"") && whole.contains("\"two/b\""));
    for part in ["models/one", "models/two/b.pv", "./models"] {
        let output = seatproof(path, &["sweep", "--fresh", part]);
        assert_eq!(output.status.code(), Some(0), "{}", out(&output));
        assert_eq!(rows(), whole, "after sweeping {part}");
    }
    // What is no longer there is forgotten.
    fs::remove_file(path.join("models/one/a.pv")).expect("removed");
    let output = seatproof(path, &["sweep", "models/two"]);
    assert_eq!(output.status.code(), Some(0), "{}", out(&output));
    assert!(!rows().contains("\"one/a\""));
}

#[test]
fn libraries_given_are_not_linked_twice() {
    let folder = models();
    let path = folder.path();
    let prove = |arguments: &[&str]| seatproof(path, &[&["prove"], arguments].concat());
    let alone = prove(&["models/one/a.pv"]);
    assert_eq!(alone.status.code(), Some(0), "{}", out(&alone));
    let given = prove(&["--lib", "models/lib/base.pvl", "models/one/a.pv"]);
    assert_eq!(out(&given), out(&alone));
    // Elsewhere the header leads nowhere, and the option says where.
    fs::rename(path.join("models/one/a.pv"), path.join("a.pv")).expect("moved");
    let lost = prove(&["a.pv"]);
    assert_eq!(lost.status.code(), Some(3));
    let words = String::from_utf8_lossy(&lost.stderr).into_owned();
    assert!(
        words.contains("`lib/base`") && words.contains("--lib"),
        "{words}"
    );
    let given = prove(&["--lib", "models/lib/base", "a.pv"]);
    assert_eq!(given.status.code(), Some(0), "{}", out(&given));
}
