//! The trap models: each is refused on the recorded line or accepted, and its
//! queries read as recorded.

use serde_json::Value;
use std::fs;
use std::path::PathBuf;

/// Accepted in the records, refused here, and why.
const UNSUPPORTED: &[(&str, &str)] = &[
    ("s84_weaksecret.pv", "`weaksecret` is not supported"),
    ("s86_noninterf.pv", "`noninterf` is not supported"),
    ("s87_equivalence.pv", "`equivalence` is not supported"),
];

/// Refused in the records for what happens after loading.
const REFUSED_LATER: &[(&str, &str)] =
    &[("s45_not_wrong.pv", "a `not` declaration fails in the end")];

struct Trap {
    name: String,
    record: Value,
    loaded: pi::Loaded,
}

fn traps() -> Vec<Trap> {
    let directory = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../testdata/traps");
    let records = fs::read_to_string(directory.join("verdicts.json")).expect("the records");
    let records: Value = serde_json::from_str(&records).expect("JSON");
    let models = records["models"].as_object().expect("models by name");
    models
        .iter()
        .map(|(name, record)| {
            let text = fs::read_to_string(directory.join(name)).expect("a model");
            let mut sources = pi::Sources::default();
            sources.add(name.as_str(), text);
            Trap {
                name: name.clone(),
                record: record.clone(),
                loaded: pi::load(sources),
            }
        })
        .collect()
}

impl Trap {
    fn errors(&self) -> Vec<(u32, &str)> {
        let errors = self.loaded.diagnostics.iter();
        errors
            .filter(|d| d.severity == pi::Severity::Error)
            .map(|d| {
                (
                    self.loaded.sources.position(d.span).line,
                    d.message.as_str(),
                )
            })
            .collect()
    }
}

#[test]
fn every_trap_is_refused_or_accepted_as_recorded() {
    let traps = traps();
    assert!(traps.len() >= 238, "{}", traps.len());
    let mut wrong = Vec::new();
    for trap in &traps {
        let errors = trap.errors();
        let Trap { name, record, .. } = trap;
        let later = REFUSED_LATER.iter().any(|(model, _)| model == name);
        if let Some((_, reason)) = UNSUPPORTED.iter().find(|(model, _)| model == name) {
            if !errors.iter().any(|(_, message)| message == reason) {
                wrong.push(format!("{name}: expected `{reason}`, found {errors:?}"));
            }
        } else if record["status"] == "error" && !later {
            let line = record["error"]["line"].as_str();
            let line = line.map(|line| line.parse::<u32>().expect("a number"));
            let found = errors.first().map(|(line, _)| *line);
            if found.is_none() || line.is_some() && line != found {
                wrong.push(format!("{name}: expected line {line:?}, found {errors:?}"));
            }
        } else if !errors.is_empty() {
            wrong.push(format!("{name}: {errors:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn queries_read_as_recorded() {
    let mut wrong = Vec::new();
    let mut numbered_otherwise = Vec::new();
    let mut compared = 0;
    for Trap {
        name,
        record,
        loaded,
    } in &traps()
    {
        let Some(program) = &loaded.program else {
            continue;
        };
        for (at, query) in program.queries.iter().enumerate() {
            let text = record["queries"][at]["text"].as_str();
            if text.is_some_and(|text| text != pi::wording::result_text(program, query)) {
                numbered_otherwise.push(name.clone());
            }
        }
        let recorded: Vec<String> = record["queries"]
            .as_array()
            .expect("queries")
            .iter()
            .map(|query| unnumbered(query["text"].as_str().expect("a text")))
            .collect();
        // Lemmas come first, as in the records.
        let ours: Vec<String> = program
            .queries
            .iter()
            .map(|query| unnumbered(&pi::wording::result_text(program, query)))
            .collect();
        for (at, text) in recorded.iter().enumerate() {
            compared += 1;
            if ours.get(at) != Some(text) {
                wrong.push(format!("{name}: recorded {text}, ours {ours:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(compared > 200, "{compared}");
    assert!(numbered_otherwise.is_empty(), "{numbered_otherwise:?}");
}

/// Without the numbers that tell variables of one name apart.
fn unnumbered(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('_') {
        let (before, behind) = rest.split_at(at);
        out.push_str(before);
        let digits = behind[1..].bytes().take_while(u8::is_ascii_digit).count();
        if digits > 0 {
            rest = &behind[1 + digits..];
        } else {
            out.push('_');
            rest = &behind[1..];
        }
    }
    out.push_str(rest);
    out
}
