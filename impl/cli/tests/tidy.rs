//! House rules as code: each failure says which rule it is and why there is one.

mod common;

use common::root;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Which of our crates a crate may depend on, and why the list is short.
const ARROWS: &[(&str, &[&str], &str)] = &[
    ("logic", &[], "nouns depend on nothing"),
    ("pi", &[], "nouns depend on nothing"),
    ("event", &[], "nouns depend on nothing"),
    ("rats", &[], "nouns depend on nothing"),
    (
        "authenticator",
        &[],
        "RFC 9261 is useful without attestation; the payload is bytes",
    ),
    ("proof", &["logic"], "formats know terms, not processes"),
    (
        "saturation",
        &["logic"],
        "resolution knows clauses, not processes",
    ),
    ("horn", &["logic", "pi"], "one of two readings of a process"),
    (
        "semantics",
        &["logic", "pi", "proof"],
        "the other reading of a process; it replays attack traces",
    ),
    (
        "checker",
        &["horn", "logic", "pi", "proof"],
        "a bug shared with the engine must not agree with itself",
    ),
    (
        "verdict",
        &["horn", "logic", "pi", "proof", "saturation", "semantics"],
        "questions and answers; the checker is asked by the door",
    ),
    (
        "differential",
        &[
            "checker",
            "horn",
            "logic",
            "pi",
            "proof",
            "saturation",
            "semantics",
            "verdict",
        ],
        "it asks every crate of the prover and answers none",
    ),
    (
        "scrutiny",
        &["pi", "proof", "semantics"],
        "it edits models and asks; the prover answers through a parameter",
    ),
    (
        "benchmark",
        &[
            "checker",
            "differential",
            "horn",
            "logic",
            "pi",
            "proof",
            "saturation",
            "semantics",
            "verdict",
        ],
        "it measures every crate of the prover and answers for none",
    ),
    ("mock-tee", &["rats"], "an Attester for the laboratory"),
    (
        "stimuli",
        &["attested", "authenticator", "event", "mock-tee", "rats"],
        "it makes sessions and judges none",
    ),
    (
        "platform",
        &["rats"],
        "formats of Evidence, appraised by the one path",
    ),
    (
        "transport",
        &["attested", "authenticator", "event", "rats"],
        "adapters over the same core",
    ),
    (
        "attack",
        &[
            "attested",
            "authenticator",
            "conformance",
            "event",
            "mock-tee",
            "proof",
            "rats",
        ],
        "traces against endpoints; nothing of the prover but its format",
    ),
    (
        "monitor",
        &["attested", "authenticator", "conformance", "event", "rats"],
        "the gate's steps around the endpoints; whoever connects chooses",
    ),
    (
        "mutants",
        &["conformance", "event"],
        "it builds other endpoints and judges their recordings",
    ),
    (
        "attested",
        &["authenticator", "event", "rats"],
        "no test key within reach of a release",
    ),
    (
        "conformance",
        &["event", "logic", "pi", "semantics"],
        "the gate never imports the implementation's encoders",
    ),
    (
        "reqwest",
        &[],
        "it stands in for a crate that a build script would need; nothing of ours uses it",
    ),
    (
        "seatproof",
        &[
            "attack",
            "attested",
            "authenticator",
            "checker",
            "conformance",
            "differential",
            "event",
            "horn",
            "logic",
            "mock-tee",
            "monitor",
            "mutants",
            "pi",
            "platform",
            "proof",
            "rats",
            "saturation",
            "scrutiny",
            "semantics",
            "stimuli",
            "transport",
            "verdict",
        ],
        "the door sees everything; nothing depends on it",
    ),
];

#[test]
fn arrows_point_as_the_house_says() {
    let members = manifests();
    let ours: BTreeSet<_> = members.keys().cloned().collect();
    let allowed: BTreeMap<_, _> = ARROWS.iter().map(|(n, a, w)| (*n, (*a, *w))).collect();
    for (name, manifest) in &members {
        let (arrows, why) = allowed
            .get(name.as_str())
            .unwrap_or_else(|| panic!("crate {name} has no row in the table of arrows"));
        let Some(dependencies) = manifest.get("dependencies").and_then(|d| d.as_table()) else {
            continue;
        };
        for dependency in dependencies.keys().filter(|d| ours.contains(*d)) {
            assert!(
                arrows.contains(&dependency.as_str()),
                "{name} must not depend on {dependency}: {why}"
            );
        }
    }
    assert_eq!(members.len(), ARROWS.len(), "a row without a crate");
}

#[test]
fn the_gate_uses_another_crypto_library() {
    let members = manifests();
    let dependencies = members["conformance"]["dependencies"]
        .as_table()
        .expect("conformance has dependencies");
    for banned in ["ring", "rustls", "rustls-webpki", "aws-lc-rs"] {
        assert!(
            !dependencies.contains_key(banned),
            "conformance must not use {banned}: the endpoint's own library would agree with itself"
        );
    }
}

#[test]
fn only_the_door_touches_the_world() {
    let banned = [
        "std::fs",
        "std::env",
        "TcpListener::bind",
        "TcpStream::connect",
        "UdpSocket::bind",
        "Instant::now",
        "SystemTime::now",
        "println!",
        "eprintln!",
        "print!",
    ];
    for (path, text) in sources() {
        if path.starts_with(root().join("impl/cli")) {
            continue;
        }
        for (number, line) in code(&text) {
            for word in banned {
                assert!(
                    !line.contains(word),
                    "{}:{number}: `{word}`: only cli touches files, clock, environment and output",
                    path.display()
                );
            }
        }
    }
}

/// Crates that compile for a target without sockets, files, threads and clock;
/// `make wasm` compiles them for one, where it is installed.
#[test]
fn sans_io_crates_name_no_io() {
    const SANS_IO: [&str; 4] = ["attested", "authenticator", "event", "rats"];
    let words = ["std::net", "std::fs", "std::thread", "std::process"];
    let words = words.into_iter().chain(["Instant", "SystemTime", "spawn("]);
    let words: Vec<&str> = words.collect();
    let banned = ["tokio", "quinn", "quinn-proto", "mio", "socket2", "ctrlc"];
    let manifests = manifests();
    let probe = fs::read_to_string(root().join("impl/wasm/Cargo.toml")).expect("the probe");
    for name in SANS_IO {
        let dependencies = manifests[name]["dependencies"].as_table();
        for dependency in dependencies.expect("a table").keys() {
            assert!(
                !banned.contains(&dependency.as_str()),
                "{name}: {dependency}"
            );
        }
        assert!(
            probe.contains(&format!("\n{name} = ")),
            "make wasm leaves out {name}"
        );
    }
    let mut seen = BTreeSet::new();
    for (path, text) in sources() {
        let ours = SANS_IO.iter().find(|name| {
            path.starts_with(root().join("impl/tls").join(name))
                || path.starts_with(root().join("impl/bridge").join(name))
        });
        let Some(name) = ours else {
            continue;
        };
        seen.insert(*name);
        for (number, line) in code(&text) {
            for word in &words {
                assert!(
                    !line.contains(word),
                    "{}:{number}: `{word}`: the core takes octets and time from its caller",
                    path.display()
                );
            }
        }
    }
    assert_eq!(seen.len(), SANS_IO.len());
}

#[test]
fn long_files_say_why() {
    for (path, text) in sources() {
        let lines = code(&text)
            .filter(|(_, l)| !l.trim().is_empty() && !l.trim_start().starts_with("//"))
            .count();
        let header: String = text.lines().take_while(|l| l.starts_with("//!")).collect();
        assert!(
            lines <= 500 || header.contains("One file because"),
            "{}: {lines} lines of code; split it, or say `One file because …` in its header",
            path.display()
        );
    }
}

#[test]
fn libraries_hold_no_query_and_no_process() {
    for path in files(&root().join("models"), "pvl") {
        let text = fs::read_to_string(&path).expect("readable");
        for (number, line) in without_comments(&text).lines().enumerate() {
            for word in ["query", "process"] {
                assert!(
                    !line
                        .split(|c: char| !c.is_alphanumeric())
                        .any(|w| w == word),
                    "{}:{}: a library holds no `{word}`: every model that links it would inherit it",
                    path.display(),
                    number + 1
                );
            }
        }
    }
}

#[test]
fn the_project_speaks_of_itself_alone() {
    let mut all = sources();
    for (folder, ending) in [
        ("models", "pv"),
        ("models", "pvl"),
        ("scripts", "sh"),
        (".", "md"),
    ] {
        for path in files(&root().join(folder), ending) {
            let text = fs::read_to_string(&path).unwrap_or_default();
            all.push((path, text));
        }
    }
    for (path, text) in all {
        for (number, line) in text.lines().enumerate() {
            for word in ["/work/", "/tmp/", "/root/", "TODO", "FIXME"] {
                assert!(
                    !line.contains(word) || path.ends_with("tidy.rs"),
                    "{}:{}: `{word}` has no place in the project",
                    path.display(),
                    number + 1
                );
            }
        }
    }
}

#[test]
fn the_architecture_names_what_exists() {
    let impl_folder = root().join("impl");
    let text = fs::read_to_string(impl_folder.join("ARCHITECTURE.md")).expect("readable");
    let rust: String = files(&impl_folder, "rs")
        .iter()
        .map(|p| fs::read_to_string(p).expect("readable"))
        .collect();
    let rooms = ["", "prover", "tls", "bridge"];
    let mut named = 0;
    for word in text.split('`').skip(1).step_by(2) {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        if word.ends_with(".rs") || (word.contains('/') && word.ends_with('/')) {
            named += 1;
            assert!(
                rooms
                    .iter()
                    .any(|r| impl_folder.join(r).join(word).exists()),
                "ARCHITECTURE.md names {word}, which does not exist"
            );
        } else if word.matches('_').count() >= 2 && word.chars().all(plain) {
            named += 1;
            assert!(
                rust.contains(&format!("fn {word}(")),
                "ARCHITECTURE.md names the test {word}, which does not exist"
            );
        }
    }
    assert!(named > 15, "the invariants name their tests");
}

fn manifests() -> BTreeMap<String, toml::Table> {
    let text = fs::read_to_string(root().join("Cargo.toml")).expect("workspace manifest");
    let workspace: toml::Table = text.parse().expect("workspace manifest is TOML");
    workspace["workspace"]["members"]
        .as_array()
        .expect("members")
        .iter()
        .map(|m| {
            let path = root().join(m.as_str().expect("a path")).join("Cargo.toml");
            let text = fs::read_to_string(path).expect("member manifest");
            let manifest: toml::Table = text.parse().expect("member manifest is TOML");
            let name = manifest["package"]["name"].as_str().expect("a name");
            (name.to_owned(), manifest)
        })
        .collect()
}

/// Rust sources of all crates of the workspace, tests excluded.
fn sources() -> Vec<(PathBuf, String)> {
    let mut out = Vec::new();
    for path in files(&root().join("impl"), "rs") {
        let inside = path.strip_prefix(root()).expect("below the root");
        let outside = ["tests", "vendor", "benches", "examples", "fuzz", "testdata"];
        let skip = inside
            .components()
            .any(|c| outside.iter().any(|o| c.as_os_str() == *o));
        let name = path.file_stem().and_then(|s| s.to_str()).unwrap_or("");
        if !skip && name != "tests" && !name.ends_with("_tests") {
            let text = fs::read_to_string(&path).expect("readable");
            out.push((path, text));
        }
    }
    out
}

/// Numbered lines up to the inline tests.
fn code(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines()
        .enumerate()
        .map(|(i, l)| (i + 1, l))
        .take_while(|(_, l)| !l.starts_with("#[cfg(test)]"))
        .filter(|(_, l)| !l.trim_start().starts_with("//"))
}

fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut out = Vec::new();
    let mut work = vec![folder.to_path_buf()];
    while let Some(folder) = work.pop() {
        let Ok(entries) = fs::read_dir(&folder) else {
            continue;
        };
        for entry in entries.flatten() {
            let path = entry.path();
            let name = entry.file_name();
            if path.is_dir() {
                if name != "target" && name != ".git" {
                    work.push(path);
                }
            } else if path.extension().is_some_and(|e| e == ending) {
                out.push(path);
            }
        }
    }
    out.sort();
    out
}

fn without_comments(text: &str) -> String {
    let mut out = String::new();
    let mut depth = 0_u32;
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match (c, rest.peek()) {
            ('(', Some('*')) => {
                depth += 1;
                rest.next();
            }
            ('*', Some(')')) if depth > 0 => {
                depth -= 1;
                rest.next();
            }
            _ if depth == 0 || c == '\n' => out.push(c),
            _ => {}
        }
    }
    out
}
