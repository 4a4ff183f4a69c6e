//! `seatproof lint`: names in a mapping that mean nothing any more.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn models() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models")
}

/// What `lint` says of post's mapping with one text in place of another.
fn lint(from: &str, to: &str) -> (Option<i32>, String) {
    let text = fs::read_to_string(models().join("post/mapping.toml")).expect("the mapping");
    assert!(text.contains(from), "the text to edit is gone: {from}");
    let folder = tempfile::tempdir().expect("a folder");
    let mapping = folder.path().join("mapping.toml");
    fs::write(&mapping, text.replacen(from, to, 1)).expect("written");
    let output = Command::new(env!("CARGO_BIN_EXE_seatproof"))
        .arg("lint")
        .arg("--model")
        .arg(models().join("post/sanity.pv"))
        .arg("--mapping")
        .arg(&mapping)
        .output()
        .expect("the binary runs");
    let out = [output.stdout, output.stderr].concat();
    (
        output.status.code(),
        String::from_utf8_lossy(&out).into_owned(),
    )
}

#[test]
fn the_mapping_as_it_is_belongs_to_its_model() {
    let (code, said) = lint("wrong-finished", "wrong-finished");
    assert_eq!(code, Some(0), "{said}");
}

#[test]
fn a_refusal_that_no_endpoint_gives_is_stale() {
    let (code, said) = lint("wrong-finished =", "wrong-finish =");
    assert_ne!(code, Some(0), "{said}");
    let wanted = "`wrong-finish` is no refusal of the implementation; `wrong-";
    assert!(said.contains(wanted), "{said}");
}

#[test]
fn a_reason_that_no_step_tests_is_stale() {
    for (from, to, wanted) in [
        (
            "wrong-finished = [\"mac\"]",
            "wrong-finished = [\"mak\"]",
            "refusal `wrong-finished`: no step of the role uses a variable `mak`",
        ),
        (
            "context-mismatch = [\"pattern ecrt = context\"]",
            "context-mismatch = [\"pattern ecrt = creq\"]",
            "no step of the role takes `ecrt` apart and compares `creq` in it",
        ),
        (
            "no-evidence = [\"pattern ecrt\"]",
            "no-evidence = [\"pattern mac\"]",
            "no step of the role takes `mac` apart",
        ),
        (
            "unknown-format = [\"evid\", \"gap evidence\"]",
            "unknown-format = [\"evid\", \"gap proof\"]",
            "there is no gap `proof`",
        ),
    ] {
        let (code, said) = lint(from, to);
        assert_ne!(code, Some(0), "{to}: {said}");
        assert!(said.contains(wanted), "{to}: {said}");
    }
}
