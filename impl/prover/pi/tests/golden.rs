//! Golden files: what good models become, and what is said about bad ones.
//!
//! `INSTA_UPDATE=always cargo test -p pi --test golden` blesses; read the
//! difference before committing it.

use insta::{assert_snapshot, glob};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

fn load(path: &Path) -> pi::Loaded {
    let name = path
        .file_name()
        .expect("a name")
        .to_string_lossy()
        .into_owned();
    let mut sources = pi::Sources::default();
    sources.add(name, fs::read_to_string(path).expect("a model"));
    pi::load(sources)
}

fn diagnostics(loaded: &pi::Loaded) -> String {
    let rendered: Vec<String> = loaded
        .diagnostics
        .iter()
        .map(|diagnostic| diagnostic.render(&loaded.sources))
        .collect();
    rendered.join("\n")
}

#[test]
fn good_models() {
    glob!("../testdata/ok", "*.pv", |path| {
        let loaded = load(path);
        let mut text = diagnostics(&loaded);
        let program = loaded.program.as_ref().expect("no error");
        let _ = writeln!(text, "--- program\n{}", pi::print::program(program));
        let process = pi::print::process(program, &program.process);
        let _ = writeln!(text, "--- process\n{process}");
        for query in &program.queries {
            let _ = writeln!(text, "{}", pi::wording::result_text(program, query));
        }
        assert_snapshot!(text);
    });
}

#[test]
fn parsed_models() {
    glob!("../testdata/ok", "*.pv", |path| {
        let loaded = load(path);
        assert_snapshot!(pi::print::parsed(&loaded.sources).join(""));
    });
}

#[test]
fn bad_models() {
    glob!("../testdata/err", "*.pv", |path| {
        let loaded = load(path);
        assert!(loaded.program.is_none());
        assert_snapshot!(diagnostics(&loaded));
    });
}
