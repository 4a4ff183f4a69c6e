//! Derivations of the small models become runs, and only where the query is
//! false.
#![allow(clippy::print_stdout)]

use serde_json::Value;
use std::path::Path;
use verdict::{Limits, Session, Verdict, prove, run};

#[test]
fn traps() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../testdata/traps");
    let text = std::fs::read_to_string(directory.join("verdicts.json")).expect("verdicts");
    let verdicts: Value = serde_json::from_str(&text).expect("json");
    let mut wrong = Vec::new();
    let only = std::env::var("TRAP").ok();
    for (name, model) in verdicts["models"].as_object().expect("models") {
        if model["kind"] == "error" || only.as_ref().is_some_and(|o| !name.starts_with(o)) {
            continue;
        }
        let mut sources = pi::Sources::default();
        let text = std::fs::read_to_string(directory.join(name)).expect("model");
        sources.add(name.clone(), text);
        let Some(program) = pi::load(sources).program else {
            continue;
        };
        let mut session = Session::new();
        for query in 0..program.queries.len() {
            let expected = model["queries"][query]["verdict"].as_str().unwrap_or("?");
            let number = u32::try_from(query).expect("few");
            let start = std::time::Instant::now();
            let slow = || start.elapsed().as_secs() >= 4;
            let answer = prove(
                &program,
                number,
                &mut session,
                Limits {
                    interrupted: &slow,
                    ..Limits::default()
                },
                &mut |_| {},
            );
            let Ok(answer) = answer else {
                println!("{name} {query}: refused, expected {expected}");
                continue;
            };
            let word = match answer.verdict {
                Verdict::Proved(_) => "true".to_owned(),
                Verdict::Attacked(attack) => {
                    let again = run::Attack::confirm(&program, attack.trace().clone());
                    assert!(again.is_ok(), "{name}");
                    format!("false in {} steps", attack.length())
                }
                Verdict::Undecided(undecided) => format!("undecided: {:#?}", undecided.obstacles),
                Verdict::Stopped(_) => "stopped".to_owned(),
            };
            let agrees = word.starts_with(expected);
            println!(
                "{} {name} {query}: {word}, expected {expected} ({} ms)",
                if agrees { " " } else { "*" },
                start.elapsed().as_millis()
            );
            if expected == "true" && word.starts_with("false") {
                wrong.push(name.clone());
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:?}");
}
