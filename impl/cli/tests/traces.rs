//! Kept recordings: made again byte for byte, and judged by the mapping of what
//! carried them and by no other.

use std::path::{Path, PathBuf};
use std::process::Command;

use event::Recording;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .nth(2)
        .expect("two folders above the crate")
        .to_path_buf()
}

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

/// QUIC's connection identifiers are in its transport parameters, and quinn draws
/// them itself.
fn is_repeatable(name: &str) -> bool {
    !name.contains("-quic/")
}

/// Without the model it was made for, which changes with every comment in it.
fn read(octets: &[u8]) -> Recording {
    let mut recording = event::read(octets).expect("a recording");
    recording.head.model = None;
    recording
}

#[test]
fn recordings_are_made_again_byte_for_byte() {
    let folders = [(); 2].map(|()| tempfile::tempdir().expect("a folder"));
    let made = folders.each_ref().map(|folder| {
        let output = folder.path().display().to_string();
        let (code, said) = seatproof(&["record", "--output", &output]);
        assert_eq!(code, Some(0), "{said}");
        recordings(folder.path())
    });
    let kept = recordings(&root().join("traces/honest"));
    let names = |all: &[(String, Vec<u8>)]| -> Vec<String> {
        all.iter().map(|(name, _)| name.clone()).collect()
    };
    assert_eq!(names(&made[0]), names(&made[1]));
    assert_eq!(names(&made[0]), names(&kept), "run `make traces`");
    let mut repeated = 0;
    for (((name, first), (_, second)), (_, kept)) in made[0].iter().zip(&made[1]).zip(&kept) {
        if is_repeatable(name) {
            repeated += 1;
            assert!(first == second, "{name} is another recording each time");
            assert!(
                read(first) == read(kept),
                "{name} is not what `make traces` makes"
            );
        } else {
            // The same steps all the same.
            let kinds = |octets| -> Vec<_> {
                let recording = read(octets);
                let kinds = recording.events.iter();
                kinds
                    .map(|event| (event.party, std::mem::discriminant(&event.kind)))
                    .collect()
            };
            assert_eq!(kinds(first), kinds(second), "{name}");
            assert_eq!(kinds(first), kinds(kept), "{name}");
        }
    }
    assert_eq!(repeated, 28);
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
