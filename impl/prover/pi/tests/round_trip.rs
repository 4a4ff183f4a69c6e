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
