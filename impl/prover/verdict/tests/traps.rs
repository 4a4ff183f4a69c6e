//! Every model of the trap corpus: never a wrong verdict, and every proof is
//! accepted by the checker.
//!
//! The expected answers are those of ProVerif 2.05; where it could not decide,
//! the truth was worked out by hand.

use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use verdict::{Limits, Session, Verdict};

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../testdata/traps")
}

/// Queries that ProVerif decides and we do not, each with the reason.
const OPEN: [&str; 0] = [];

#[derive(Debug, Default)]
struct Tally {
    wrong: Vec<String>,
    attacked: usize,
    proved: usize,
    open: BTreeMap<String, String>,
    unsupported: BTreeMap<String, String>,
}

fn limits() -> Limits<'static> {
    Limits {
        clauses: 4_000,
        resolutions: 40_000,
        ..Limits::default()
    }
}

fn run(name: &str, expected: &Value, tally: &mut Tally) {
    let text = fs::read_to_string(corpus().join(name)).expect("the corpus lists its files");
    let mut sources = pi::Sources::default();
    sources.add(name, text);
    let Some(program) = pi::load(sources).program else {
        tally
            .unsupported
            .insert(name.to_owned(), "not loaded".to_owned());
        return;
    };
    let queries = expected["queries"].as_array().cloned().unwrap_or_default();
    let mut session = Session::new();
    for (i, want) in queries.iter().enumerate().take(program.queries.len()) {
        let query = u32::try_from(i).expect("few queries");
        let label = format!("{name}#{i}");
        let said = want["verdict"].as_str().unwrap_or_default();
        let truth = want["truth"].as_str().unwrap_or(said);
        let answer = match verdict::prove(&program, query, &mut session, limits(), &mut |_| {}) {
            Ok(answer) => answer,
            Err(refused) => {
                tally
                    .unsupported
                    .insert(label, format!("{refused:?}").chars().take(160).collect());
                continue;
            }
        };
        match answer.verdict {
            Verdict::Proved(certificate) => {
                if truth != "true" {
                    tally
                        .wrong
                        .push(format!("{label}: proved, but the truth is {truth}"));
                }
                match checker::check(&program, &certificate) {
                    Ok(checked) => {
                        assert_eq!(checked.query, query);
                        tally.proved += 1;
                    }
                    Err(refusal) => tally
                        .wrong
                        .push(format!("{label}: the checker refuses: {refusal}")),
                }
            }
            Verdict::Attacked(attack) => {
                assert_eq!(attack.trace().query, query);
                if truth == "false" {
                    tally.attacked += 1;
                } else {
                    tally
                        .wrong
                        .push(format!("{label}: attacked, but the truth is {truth}"));
                }
            }
            Verdict::Undecided(undecided) => {
                if said == "true" || said == "false" {
                    let why = format!(
                        "{said} {:?} {:?}",
                        undecided.clauses.first(),
                        undecided.obstacles
                    );
                    tally.open.insert(label, why);
                }
            }
            Verdict::Stopped(reason) => {
                tally.open.insert(label, reason.to_string());
            }
        }
    }
}

#[test]
#[allow(clippy::print_stdout)]
fn no_trap_catches_the_prover() {
    let list = fs::read_to_string(corpus().join("verdicts.json")).expect("the corpus has a list");
    let list: Value = serde_json::from_str(&list).expect("JSON");
    let models = list["models"].as_object().expect("models by name");
    let only = std::env::var("TRAP").ok();
    let mut tally = Tally::default();
    for (name, expected) in models {
        if expected["status"] == "error"
            || only.as_ref().is_some_and(|o| !name.starts_with(o.as_str()))
        {
            continue;
        }
        run(name, expected, &mut tally);
    }
    for (label, why) in &tally.unsupported {
        println!("unsupported {label}: {why}");
    }
    for (label, why) in &tally.open {
        println!("open {label}: {why}");
    }
    println!("proved {}, attacked {}", tally.proved, tally.attacked);
    for wrong in &tally.wrong {
        println!("WRONG {wrong}");
    }
    assert!(tally.wrong.is_empty(), "{:#?}", tally.wrong);
    if only.is_none() {
        assert!(
            tally.proved > 60 && tally.attacked > 60,
            "{} {}",
            tally.proved,
            tally.attacked
        );
        let open: Vec<_> = tally.open.keys().map(String::as_str).collect();
        assert_eq!(open, OPEN);
    }
}
