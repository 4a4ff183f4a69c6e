//! Models of parts of the language: predicates, natural numbers, types that are
//! respected, failure. Never a wrong verdict, every proof is accepted by the
//! checker, and what the tool refuses is refused.

use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use verdict::{Limits, Session, Verdict};

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../testdata/language")
}

/// Queries that the tool decides and we do not, each with the reason.
const OPEN: [&str; 0] = [];

fn limits() -> Limits<'static> {
    Limits {
        clauses: 4_000,
        resolutions: 40_000,
        ..Limits::default()
    }
}

/// What is wrong about one query, and whether it stays open.
fn query(
    program: &pi::Program,
    number: u32,
    want: &Value,
    session: &mut Session,
) -> Result<bool, String> {
    let said = want["verdict"].as_str().unwrap_or_default();
    let truth = want["truth"].as_str().unwrap_or(said);
    let answer = verdict::prove(program, number, session, limits(), &mut |_| {})
        .map_err(|refused| format!("refused: {refused:?}"))?;
    match answer.verdict {
        Verdict::Proved(certificate) => {
            let checked = checker::check(program, &certificate);
            let checked = checked.map_err(|refusal| refusal.to_string())?;
            assert_eq!(checked.query, number);
            if truth == "true" {
                Ok(false)
            } else {
                Err(format!("proved, but the truth is {truth}"))
            }
        }
        Verdict::Attacked(_) if truth == "false" => Ok(false),
        Verdict::Attacked(_) => Err(format!("attacked, but the truth is {truth}")),
        Verdict::Undecided(_) | Verdict::Stopped(_) => Ok(said == "true" || said == "false"),
    }
}

#[test]
fn the_whole_language_is_judged() {
    let list = fs::read_to_string(corpus().join("verdicts.json")).expect("the corpus has a list");
    let list: Value = serde_json::from_str(&list).expect("JSON");
    let models = list["models"].as_object().expect("models by name");
    let mut wrong = Vec::new();
    let mut open = Vec::new();
    for (name, expected) in models {
        let text = fs::read_to_string(corpus().join(name)).expect("the corpus lists its files");
        let mut sources = pi::Sources::default();
        sources.add(name, text);
        let program = pi::load(sources).program;
        let refused = expected["status"] == "error";
        let Some(program) = program.filter(|_| !refused) else {
            if !refused {
                wrong.push(format!("{name}: not loaded"));
            }
            continue;
        };
        let mut session = Session::new();
        let queries = expected["queries"].as_array().expect("a list of queries");
        assert_eq!(queries.len(), program.queries.len(), "{name}");
        for (number, want) in (0_u32..).zip(queries) {
            match query(&program, number, want, &mut session) {
                Ok(false) => {}
                Ok(true) => open.push(format!("{name}#{number}")),
                Err(why) => wrong.push(format!("{name}#{number}: {why}")),
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_eq!(open, OPEN);
    assert!(models.len() >= 50);
}

#[test]
fn what_the_tool_refuses_is_refused() {
    let list = fs::read_to_string(corpus().join("verdicts.json")).expect("the corpus has a list");
    let list: Value = serde_json::from_str(&list).expect("JSON");
    let models = list["models"].as_object().expect("models by name");
    let mut count = 0;
    for (name, _) in models.iter().filter(|(_, e)| e["status"] == "error") {
        let text = fs::read_to_string(corpus().join(name)).expect("the corpus lists its files");
        let mut sources = pi::Sources::default();
        sources.add(name, text);
        let loaded = pi::load(sources);
        assert!(loaded.program.is_none(), "{name} must be refused");
        assert!(!loaded.diagnostics.is_empty(), "{name}");
        count += 1;
    }
    assert!(count >= 8);
}
