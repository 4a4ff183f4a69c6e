//! What a designer of protocols uses: `prove` with its limits, `check`, `show`
//! and `differential`.

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
