//! Every mutant of the implementation still fits the text it is of.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use mutants::{COPIED, Files, catalogue};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..")
}

/// The copies, as the command makes them.
fn files() -> Files {
    let mut files = Files::new();
    let mut work: Vec<PathBuf> = COPIED.map(PathBuf::from).to_vec();
    while let Some(path) = work.pop() {
        let whole = root().join(&path);
        if whole.is_dir() {
            for entry in fs::read_dir(whole).expect("a folder") {
                work.push(path.join(entry.expect("an entry").file_name()));
            }
        } else if let Ok(text) = fs::read_to_string(whole) {
            files.insert(path.display().to_string(), text);
        }
    }
    let manifest = fs::read_to_string(root().join("Cargo.toml")).expect("a manifest");
    files.insert("Cargo.toml".to_owned(), manifest);
    files
}

#[test]
fn every_anchor_occurs_exactly_once() {
    let generated = mutants::generate(files()).unwrap_or_else(|faults| {
        let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
        panic!("{}", faults.join("\n"))
    });
    for mutant in catalogue::all() {
        let switch = format!("mutant::on({:?})", mutant.id);
        let switched = |file: &String| generated[file].contains(&switch);
        assert!(
            mutant
                .edits
                .iter()
                .all(|edit| switched(&edit.file) || edit.file.ends_with("client.rs")),
            "{}: an edit has no switch",
            mutant.id
        );
    }
}

#[test]
fn the_catalogue_is_complete() {
    let all = catalogue::all();
    assert!(all.len() >= 60, "{} mutants", all.len());
    let ids: BTreeSet<&str> = all.iter().map(|mutant| mutant.id).collect();
    assert_eq!(ids.len(), all.len());
    for mutant in &all {
        assert!(
            !mutant.shown_by.is_empty() && !mutant.steps.is_empty(),
            "{}",
            mutant.id
        );
        assert!(!mutant.edits.is_empty(), "{}", mutant.id);
    }
}
