//! Kept recordings: made again byte for byte, and judged by the mapping of what
//! carried them and by no other.

mod common;

use common::root;
use std::path::Path;
use std::process::Command;

use event::Recording;

fn seatproof(arguments: &[&str]) -> (Option<i32>, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_seatproof"))
        .args(arguments)
        .current_dir(root())
        .output()
        .expect("it runs");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let complaint = String::from_utf8_lossy(&output.stderr);
    (output.status.code(), format!("{said}{complaint}"))
}

/// Recordings below a folder, by their names from there.
fn recordings(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut all = Vec::new();
    for family in std::fs::read_dir(folder).expect("recordings") {
        let family = family.expect("readable").path();
        for file in std::fs::read_dir(&family).expect("a folder") {
            let path = file.expect("readable").path();
            let name = path.strip_prefix(folder).expect("below it");
            let octets = std::fs::read(&path).expect("readable");
            all.push((name.display().to_string(), octets));
        }
    }
    all.sort();
    all
}

/// Without the model it was made for, which changes with every comment in it.
fn read(octets: &[u8]) -> Recording {
    let mut recording = event::read(octets).expect("a recording");
    recording.head.model = None;
    recording
}

/// What `record` makes now, each as it is kept if it can be: a QUIC packet that is
/// late is sent again, and what it carried may then arrive in other pieces.
fn made(kept: &[(String, Vec<u8>)]) -> Vec<(String, Vec<u8>)> {
    let folder = tempfile::tempdir().expect("a folder");
    let output = folder.path().display().to_string();
    let record = |more: &[&str]| {
        let words = [&["record", "--output", &output], more].concat();
        let (code, said) = seatproof(&words);
        assert_eq!(code, Some(0), "{said}");
        recordings(folder.path())
    };
    let mut made = record(&[]);
    for _ in 0..3 {
        let late = made.iter().zip(kept).find_map(|((name, now), (_, kept))| {
            let (family, _) = name.split_once('/')?;
            let is_another = family.ends_with("-quic") && read(now) != read(kept);
            is_another.then(|| family.to_owned())
        });
        match late {
            None => break,
            Some(family) => made = record(&["--family", &family]),
        }
    }
    made
}

#[test]
fn recordings_are_made_again_byte_for_byte() {
    let kept = recordings(&root().join("traces/honest"));
    assert_eq!(kept.len(), 34);
    let (first, second) = (made(&kept), made(&kept));
    let names = |all: &[(String, Vec<u8>)]| -> Vec<String> {
        all.iter().map(|(name, _)| name.clone()).collect()
    };
    assert_eq!(names(&first), names(&kept), "run `make traces`");
    assert_eq!(names(&first), names(&second));
    for (((name, first), (_, second)), (_, kept)) in first.iter().zip(&second).zip(&kept) {
        assert!(first == second, "{name} is another recording each time");
        assert!(
            read(first) == read(kept),
            "{name} is not what `make traces` makes"
        );
    }
}

#[test]
fn a_session_is_judged_by_what_carried_it() {
    for (mapping, recording, code) in [
        ("mapping", "post/memory-sha256", 0),
        ("mapping-quic", "post-quic/sha256", 0),
        ("mapping", "post-quic/sha256", 1),
        ("mapping-quic", "post/memory-sha256", 1),
    ] {
        // The steps are the same, so that the heads' models are not at odds.
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("session.ndjson");
        let kept = root().join(format!("traces/honest/{recording}.ndjson"));
        let kept = read(&std::fs::read(kept).expect("kept"));
        let lines = event::to_json_lines(&kept).expect("written");
        std::fs::write(&path, lines).expect("written");
        let (mapping, path) = (
            format!("models/post/{mapping}.toml"),
            path.display().to_string(),
        );
        let (got, said) = seatproof(&["conform", "--mapping", &mapping, &path]);
        assert_eq!(got, Some(code), "{mapping} {recording}: {said}");
    }
}

#[test]
fn mappings_over_quic_differ_in_what_is_negotiated_alone() {
    for mapping in ["mapping", "mapping-client", "mapping-mutual"] {
        let read = |name: String| -> toml::Table {
            let path = root().join("models/post").join(name);
            let text = std::fs::read_to_string(path).expect("a mapping");
            text.parse().expect("TOML")
        };
        let mut tls = read(format!("{mapping}.toml"));
        let mut quic = read(format!("{mapping}-quic.toml"));
        assert_ne!(tls, quic);
        for table in [&mut tls, &mut quic] {
            let model = table["model"].as_table_mut().expect("a table");
            model.remove("specifications").expect("named");
            let gaps = table["gap"].as_table_mut().expect("a table");
            for gap in ["client-hello", "encrypted-extensions"] {
                let parts = gaps[gap]["parts"].as_table_mut().expect("a table");
                parts.remove("legacy_session_id");
                parts.remove("extension 16");
                parts.remove("extension 57");
            }
            gaps.remove("records").expect("declared");
        }
        assert_eq!(tls, quic, "{mapping}");
    }
}
