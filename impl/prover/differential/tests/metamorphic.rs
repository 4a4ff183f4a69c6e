//! Changes that must not change a verdict, or only in one direction.

mod common;

use common::{answer, load};
use differential::metamorphic::{Relation, changes, lemmas};
use differential::model::AssumptionKind;
use differential::{Model, Size, Word, generate, print};
use std::fs;
use std::path::Path;

/// Small models: there are many changes to each.
fn size() -> Size {
    Size {
        roles: (1, 3),
        depth: 4,
        ..Size::default()
    }
}

/// Every change of every model is a model.
#[test]
fn changed_models_are_models() {
    for seed in 0..60 {
        let model = generate(seed, &Size::default());
        for change in changes(&model, seed) {
            let text = print(&change.model);
            if let Err(message) = load(&text) {
                panic!("seed {seed}, {}: {message}\n{text}", change.name);
            }
            assert_eq!(change.queries.len(), change.model.queries.len());
        }
    }
}

/// The verdicts of the queries; a prover answers the lemmas first.
fn words(model: &Model) -> Result<Vec<Word>, String> {
    let lemmas = model
        .assumptions
        .iter()
        .filter(|a| a.kind == AssumptionKind::Lemma);
    Ok(answer(&print(model))?.split_off(lemmas.count()))
}

/// Judges the models of these seeds before and after each change; numbers of
/// changes and of verdicts after them.
fn relate(seeds: std::ops::Range<u64>, size: &Size) -> (usize, usize) {
    let (mut decided, mut changed) = (0, 0);
    for seed in seeds {
        let model = generate(seed, size);
        let before = words(&model).unwrap_or_else(|e| panic!("seed {seed}: {e}"));
        let mut changes = changes(&model, seed);
        changes.push(lemmas(&model, &before));
        for change in changes {
            let text = print(&change.model);
            if text == print(&model) {
                continue;
            }
            changed += 1;
            let after = words(&change.model)
                .unwrap_or_else(|e| panic!("seed {seed}, {}: {e}", change.name));
            for (query, (old, relation)) in change.queries.iter().enumerate() {
                decided += usize::from(after[query] != Word::Undecided);
                assert!(
                    relation.allows(before[*old], after[query]),
                    "seed {seed}, {}: query {query} was {:?} and is {:?}\n{text}",
                    change.name,
                    before[*old],
                    after[query],
                );
            }
        }
    }
    (changed, decided)
}

#[test]
fn related_models_have_related_verdicts() {
    let (changed, decided) = relate(100..110, &size());
    assert!(
        changed > 100 && decided > changed,
        "{decided} verdicts of {changed} changes"
    );
}

#[test]
#[ignore = "an hour; run it by name with --ignored, in a release build"]
fn many_related_models_have_related_verdicts() {
    let (changed, decided) = relate(1_000..3_000, &size());
    assert!(decided > changed, "{decided} verdicts of {changed} changes");
    for share in [
        "injective",
        "lemmas",
        "nested",
        "restrictions",
        "tables",
        "times",
    ] {
        let mut size = size();
        assert!(size.set(share, 100), "{share} is a share");
        let (changed, decided) = relate(10_000..10_300, &size);
        assert!(decided > changed, "{share}: {decided} of {changed}");
    }
}

/// Texts of the models that were found or written to mislead.
fn texts(folders: &[&str]) -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../testdata");
    let mut found = Vec::new();
    for folder in folders {
        for entry in fs::read_dir(root.join(folder)).expect("the folder is there") {
            let path = entry.expect("readable").path();
            if path.extension().is_some_and(|e| e == "pv") {
                let text = fs::read_to_string(&path).expect("readable");
                found.push((path.display().to_string(), text));
            }
        }
    }
    found.sort();
    found
}

/// `process P` as `process (P) | Q`, after these declarations.
fn beside(text: &str, declarations: &str, process: &str) -> Option<String> {
    let at = text.rfind("\nprocess")?;
    let (before, main) = text.split_at(at);
    let main = main.strip_prefix("\nprocess")?;
    Some(format!(
        "{before}\n{declarations}\nprocess ({main}) | {process}\n"
    ))
}

/// Adds what nothing in a model speaks of; how many verdicts it had before.
fn add_idle(folders: &[&str]) -> usize {
    const IDLE: &str = "free idle_channel: channel [private].\nevent idle_event(bitstring).\n\
        table idle_table(bitstring).\nfun idle_function(bitstring): bitstring.";
    const ADDED: [&str; 3] = [
        "0",
        "(in(idle_channel, idle_x: bitstring); event idle_event(idle_function(idle_x)))",
        "!(new idle_n: bitstring; insert idle_table(idle_n))",
    ];
    let mut decided = 0;
    for (path, text) in texts(folders) {
        // What ends the file in a comment or declares its own end is left out.
        let Ok(before) = answer(&text) else { continue };
        for added in ADDED {
            let Some(changed) = beside(&text, IDLE, added) else {
                continue;
            };
            let Ok(after) = answer(&changed) else {
                continue;
            };
            assert_eq!(before.len(), after.len(), "{path}");
            for (query, (old, new)) in before.iter().zip(&after).enumerate() {
                decided += usize::from(*new != Word::Undecided);
                assert!(
                    Relation::Same.allows(*old, *new),
                    "{path}, beside {added}: query {query} was {old:?} and is {new:?}",
                );
            }
        }
    }
    decided
}

#[test]
fn idle_parts_change_nothing() {
    assert!(add_idle(&["found"]) > 100);
}

#[test]
#[ignore = "minutes in a debug build"]
fn idle_parts_change_nothing_anywhere() {
    assert!(add_idle(&["found", "language", "traps"]) > 1_000);
}
