//! Attacks as they are kept: plans are what the prover finds today, and a run
//! comes to the same over sockets.

mod common;

use common::root;
use std::process::{Command, Output};

fn seatproof(arguments: &[&str]) -> (Option<i32>, String) {
    let Output {
        status,
        stdout,
        stderr,
    } = Command::new(env!("CARGO_BIN_EXE_seatproof"))
        .arg("attack")
        .args(arguments)
        .current_dir(root())
        .output()
        .expect("the binary starts");
    let text = [stdout, stderr].concat();
    (status.code(), String::from_utf8_lossy(&text).into_owned())
}

#[test]
fn kept_plans_are_what_the_prover_finds() {
    let (status, text) = seatproof(&["--plans", "traces/attacks", "--check"]);
    assert_eq!(status, Some(0), "{text}");
    let kept = std::fs::read_dir(root().join("traces/attacks"))
        .expect("the folder")
        .filter_map(|entry| Some(entry.ok()?.path().join("plan.json")))
        .filter(|path| path.is_file())
        .count();
    assert!(kept > 0);
    assert_eq!(text.matches("plan.json: the same").count(), kept, "{text}");
}

/// The canary is read in the run that succeeds, and in no other.
#[test]
fn a_relay_comes_to_the_same_between_sockets() {
    let relay = ["relay", "--against", "intra/nonce-key", "--tcp"];
    let (status, text) = seatproof(&relay);
    assert_eq!(status, Some(0), "{text}");
    assert!(
        text.contains("broken code: 2 endpoints, each over a TCP connection"),
        "{text}"
    );
    let reproduced = "Reproduced: client believes that it talks to an attested server; attacker \
                      reads what it says.";
    assert_eq!(text.matches(reproduced).count(), 1, "{text}");
    assert!(
        text.contains("with `wrongly-bound`: nothing was sent."),
        "{text}"
    );
}

#[test]
fn scripts_have_no_lines_to_put_over_sockets() {
    let (status, text) = seatproof(&["reflection", "--tcp"]);
    assert_ne!(status, Some(0), "{text}");
    assert!(text.contains("only runs of the prover's"), "{text}");
}
