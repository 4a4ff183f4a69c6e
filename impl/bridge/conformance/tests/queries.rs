//! What was proved of every run, evaluated on one.

mod common;

use common::toy::session;
use conformance::{Gate, QueryOutcome};

/// Id and outcome of each query of a file on the honest toy session.
fn outcomes(file: &str, edit: impl Fn(&str) -> String) -> Vec<(String, QueryOutcome)> {
    let (model, mapping) = (common::post(), common::mapping());
    let gate = Gate::new(&model, &mapping).expect("up to date");
    let mut sources = common::sources(file);
    if let Some((_, main)) = sources.last_mut() {
        *main = edit(main);
    }
    gate.evaluate(&session(None), &common::load(&sources))
        .into_iter()
        .map(|result| (result.id, result.outcome))
        .collect()
}

/// One honest run reaches every sanity query: nothing is true for lack of runs.
#[test]
fn an_honest_run_witnesses_every_sanity_query() {
    let found = outcomes("post/sanity.pv", str::to_owned);
    assert!(!found.is_empty());
    for (id, outcome) in found {
        assert_eq!(outcome, QueryOutcome::Holds { instances: 1 }, "{id}");
    }
}

#[test]
fn proved_queries_hold_on_it_with_their_premise_reached() {
    let mut held = 0;
    for file in [
        "post/correlation.pv",
        "post/evidence.pv",
        "post/identity.pv",
    ] {
        for (id, outcome) in outcomes(file, str::to_owned) {
            match outcome {
                QueryOutcome::Holds { .. } => held += 1,
                QueryOutcome::NotEvaluated { .. } | QueryOutcome::NotReached => {}
                QueryOutcome::Violated { instance } => panic!("{id}: {instance}"),
            }
        }
    }
    assert!(held >= 4, "{held} queries had an instance");
}

#[test]
fn a_query_that_is_false_on_it_is_violated() {
    let found = outcomes("post/identity.pv", |main| {
        main.replace("==> name = name'", "==> name <> name'")
    });
    assert!(
        matches!(&found[0].1, QueryOutcome::Violated { instance } if instance.contains("name = ")),
        "{found:?}"
    );
}
