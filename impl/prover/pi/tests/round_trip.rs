//! What is printed loads again, prints the same, and asks the same.

use std::fs;
use std::path::{Path, PathBuf};

fn load(name: &str, text: &str) -> pi::Loaded {
    let mut sources = pi::Sources::default();
    sources.add(name, text);
    pi::load(sources)
}

/// Prints, loads and prints again.
fn check(name: &str, program: &pi::Program) {
    let printed = pi::print::program(program);
    let again = load(name, &printed);
    let Some(reloaded) = &again.program else {
        let errors: Vec<String> = again
            .diagnostics
            .iter()
            .map(|d| d.render(&again.sources))
            .collect();
        panic!(
            "{name} does not load again:\n{}\n{printed}",
            errors.join("\n")
        );
    };
    assert_eq!(printed, pi::print::program(reloaded), "{name}");
    assert_eq!(
        program.settings.ignore_types,
        reloaded.settings.ignore_types
    );
    assert_eq!(program.queries.len(), reloaded.queries.len(), "{name}");
    for (query, other) in program.queries.iter().zip(&reloaded.queries) {
        let id = |query: &pi::Query| {
            query
                .label
                .as_ref()
                .map(|l| (l.id.clone(), l.expected.clone()))
        };
        assert_eq!(id(query), id(other), "{name}");
        assert_eq!(query.group, other.group, "{name}");
    }
}

fn models(directory: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = fs::read_dir(directory)
        .expect("a directory")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|e| e == "pv"))
        .collect();
    paths.sort();
    paths
}

#[test]
fn models_print_and_load_again() {
    let here = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let mut checked = 0;
    for directory in ["../testdata/traps", "testdata/ok"] {
        for path in models(&here.join(directory)) {
            let name = path
                .file_name()
                .expect("a name")
                .to_string_lossy()
                .into_owned();
            let text = fs::read_to_string(&path).expect("a model");
            if let Some(program) = &load(&name, &text).program {
                check(&name, program);
                checked += 1;
            }
        }
    }
    assert!(checked > 145, "{checked}");
}

/// Prints what was parsed and compares what both texts mean.
fn check_parse(name: &str, text: &str, program: &pi::Program) {
    let printed = pi::print::parsed(&program.sources).join("");
    let again = load(name, &printed);
    let Some(reloaded) = &again.program else {
        let errors: Vec<String> = again
            .diagnostics
            .iter()
            .map(|d| d.render(&again.sources))
            .collect();
        panic!("{name}:\n{}\n{text}\n{printed}", errors.join("\n"));
    };
    assert_eq!(
        pi::print::program(program),
        pi::print::program(reloaded),
        "{name}\n{printed}"
    );
    let once_more = pi::print::parsed(&reloaded.sources).join("");
    assert_eq!(printed, once_more, "{name}");
}

#[test]
fn what_was_parsed_prints_and_parses_again() {
    let here = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let mut checked = 0;
    for directory in ["../testdata/traps", "../testdata/language", "testdata/ok"] {
        for path in models(&here.join(directory)) {
            let name = path.display().to_string();
            let text = fs::read_to_string(&path).expect("a model");
            if let Some(program) = load(&name, &text).program {
                check_parse(&name, &text, &program);
                checked += 1;
            }
        }
    }
    assert!(checked > 200, "{checked}");
}
