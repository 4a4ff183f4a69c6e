//! The translation monitor: random concrete runs of small models, and for each
//! thing a run does, a clause that derives it in one step from what the run did
//! before. A missing clause is the one mistake of a translation that makes a
//! false verdict "true"; this is the test that looks for it.
//!
//! The runs are made by a plain interpreter of its own, which shares nothing
//! with the translation but symbols and the comparison of messages.

mod derive;
mod evaluate;
mod run;

use run::Run;
use std::collections::BTreeSet;

/// Runs per model.
const RUNS: u64 = 60;
/// Steps per run.
const STEPS: usize = 60;

fn load(path: &std::path::Path) -> pi::Program {
    let mut sources = pi::Sources::default();
    let text = std::fs::read_to_string(path).expect("the model is readable");
    sources.add(path.to_string_lossy(), text);
    pi::load(sources).program.expect("the model is correct")
}

/// Every action of every run is derivable, in both forms of communication.
#[test]
fn runs_are_derivable() {
    // Runs that never get to an action say nothing about it.
    let mut missed = Vec::new();
    insta::glob!("../../testdata", "*.pv", |path| {
        let program = load(path);
        let mut checked = BTreeSet::new();
        let mut actions = BTreeSet::new();
        for message_form in [false, true] {
            let options = horn::Options {
                message_form,
                ..horn::Options::default()
            };
            let translation = horn::translate(&program, &options).expect("the model is supported");
            for seed in 0..RUNS {
                let mut run = Run::new(&program, translation.clone(), seed);
                run.steps(STEPS);
                checked.extend(run.checked);
            }
            for clause in translation.clauses.iter() {
                if let horn::Origin::Process(origin) = &clause.origin {
                    actions.insert(origin.action);
                }
            }
        }
        for point in actions.difference(&checked) {
            missed.push((path.to_owned(), *point));
        }
    });
    assert!(missed.is_empty(), "{missed:?}");
}

/// The monitor itself can fail: without the clauses of one action, some run is
/// not derivable.
#[test]
fn a_missing_clause_is_noticed() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/destructor.pv");
    let program = load(&path);
    let mut translation =
        horn::translate(&program, &horn::Options::default()).expect("the model is supported");
    let negative = |c: &horn::InitialClause| {
        matches!(c.origin, horn::Origin::Process(_)) && !c.clause.constraints.is_empty()
    };
    let before = translation.clauses.len();
    std::sync::Arc::make_mut(&mut translation.clauses).retain(|c| !negative(c));
    assert_eq!(before, translation.clauses.len() + 1);
    let noticed = (0..RUNS).any(|seed| {
        let mut run = Run::new(&program, translation.clone(), seed);
        run.lenient = true;
        run.steps(STEPS);
        run.missing > 0
    });
    assert!(noticed);
}
