//! The clauses of small models, one per construct, as text a person has read.
//! Each query is translated with the options it needs.

use std::fmt::Write as _;

fn load(path: &std::path::Path) -> pi::Program {
    let text = std::fs::read_to_string(path).expect("the model is readable");
    let mut sources = pi::Sources::default();
    let name = path.file_name().map_or("?".into(), |n| n.to_string_lossy());
    sources.add(name, text);
    let loaded = pi::load(sources);
    let rendered: Vec<_> = loaded
        .diagnostics
        .iter()
        .map(|d| d.render(&loaded.sources))
        .collect();
    loaded
        .program
        .unwrap_or_else(|| panic!("{}", rendered.join("\n")))
}

fn render(program: &pi::Program, errors: &[pi::Diagnostic]) -> String {
    errors.iter().map(|e| e.render(&program.sources)).collect()
}

/// All clauses once, then each query's goal, from the clauses made for it.
fn clauses(program: &pi::Program) -> String {
    let all = horn::Options::default();
    let mut out = match horn::translate(program, &all) {
        Ok(translation) => horn::print(program, &translation, &[]),
        Err(errors) => return render(program, &errors),
    };
    for query in (0_u32..).zip(&program.queries).map(|(i, _)| i) {
        let asked = match pi::asked(program, query) {
            Ok(asked) => asked,
            Err(error) => {
                let _ = writeln!(out, "\n{}", render(program, &[error]));
                continue;
            }
        };
        let program = &*asked;
        let options = horn::options(program, query);
        let mut translation = horn::translate(program, &options).expect("it was translated before");
        let text = match horn::goal(program, &mut translation, query) {
            Ok(goal) => {
                let whole = horn::print(program, &translation, &[goal]);
                let start = whole.rfind("\n(query").unwrap_or(0);
                whole[start..].to_owned()
            }
            Err(errors) => format!("\n{}", render(program, &errors)),
        };
        let form = if options.message_form {
            "messages"
        } else {
            "short form"
        };
        let _ = writeln!(out, "{text}({form}, {} clauses)", translation.clauses.len());
    }
    out
}

/// What is refused, and how: at load, at translation or at the goal.
#[test]
fn refused() {
    insta::glob!("../testdata/refused", "*.pv", |path| {
        let text = clauses(&load(path));
        assert!(text.contains("error: "), "nothing is refused:\n{text}");
        let start = text.find("error: ").unwrap_or(0);
        insta::assert_snapshot!(&text[start..]);
    });
}

/// Many phases and wide tuples, each allowed, are too much together.
#[test]
fn wide_in_many_phases() {
    let translated = |arity: usize, phase: u32| {
        let parts = vec!["c"; arity].join(", ");
        let mut sources = pi::Sources::default();
        sources.add(
            "wide.pv",
            format!("free c: channel. process out(c, ({parts})); phase {phase}; out(c, c)"),
        );
        let program = pi::load(sources).program.expect("it is well formed");
        horn::translate(&program, &horn::Options::default()).map(|_| ())
    };
    assert_eq!(translated(100, 9), Ok(()));
    assert_eq!(translated(3, 900), Ok(()));
    let errors = translated(pi::ARITY_LIMIT, pi::PHASE_LIMIT).expect_err("too much");
    assert!(errors[0].message.contains("too many ways"));
}

/// Where types are respected. Apart from the others, because the monitor, which
/// runs those, sends messages of any type.
#[test]
fn typed() {
    insta::glob!("../testdata/typed", "*.pv", |path| {
        insta::assert_snapshot!(clauses(&load(path)));
    });
}

/// Where some sessions are compromised, which the monitor does not know of.
#[test]
fn compromised() {
    insta::glob!("../testdata/compromise", "*.pv", |path| {
        insta::assert_snapshot!(clauses(&load(path)));
    });
}

#[test]
fn golden() {
    insta::glob!("../testdata", "*.pv", |path| {
        insta::assert_snapshot!(clauses(&load(path)));
    });
}

#[test]
fn translation_is_deterministic() {
    insta::glob!("../testdata", "*.pv", |path| {
        let program = load(path);
        assert_eq!(clauses(&program), clauses(&program));
    });
}
