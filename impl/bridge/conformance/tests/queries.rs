//! What was proved of every run, evaluated on one.

mod common;

use common::toy::session;
use conformance::{Gate, QueryOutcome, Verdict};
use stimuli::{Family, Prepared, Stimulus, Suite, World};

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

/// Id and outcome of each query of a file on an honest session of a placement.
fn of_session(family: Family, suite: Suite, file: &str) -> Vec<(String, QueryOutcome)> {
    let (model, mapping) = common::family(family.folder());
    let gate = Gate::new(&model, &mapping).expect("up to date");
    let world = World::new().expect("a world");
    let recording = Prepared::new(&world, family, suite, &Stimulus::HONEST)
        .and_then(Prepared::in_memory)
        .expect("a session");
    let verdict = gate.conform(&recording).verdict;
    assert!(matches!(verdict, Verdict::Conforms(_)), "{verdict}");
    let queries = common::load(&common::sources(&format!("{}/{file}", family.models())));
    let results = gate.evaluate(&recording, &queries);
    results.into_iter().map(|r| (r.id, r.outcome)).collect()
}

/// Evidence made before the handshake was produced, where the recording has it.
#[test]
fn evidence_made_before_was_produced() {
    for (family, file) in [
        (Family::Pre, "evidence-sha256.pv"),
        (Family::PreFixed, "evidence-certified-sha256.pv"),
    ] {
        let found = of_session(family, Suite::Sha256, file);
        assert_eq!(found[0].0, "G-RA1");
        assert_eq!(found[0].1, QueryOutcome::Holds { instances: 1 });
    }
}

#[test]
fn a_client_that_attests_bears_out_what_was_proved_of_it() {
    for (file, wanted) in [
        ("sanity-client.pv", 1),
        ("evidence-client.pv", 1),
        ("correlation-client.pv", 1),
    ] {
        let found = of_session(Family::PostClient, Suite::Sha384, file);
        let held =
            |(_, outcome): &&(String, QueryOutcome)| matches!(outcome, QueryOutcome::Holds { .. });
        assert!(
            found.iter().filter(held).count() >= wanted,
            "{file}: {found:?}"
        );
        for (id, outcome) in &found {
            assert!(
                !matches!(outcome, QueryOutcome::Violated { .. }),
                "{id}: {outcome:?}"
            );
        }
    }
}
