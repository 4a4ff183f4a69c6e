//! Changes that must not change a verdict, or only in one direction.

mod common;

use common::{answer, load};
use differential::metamorphic::{changes, lemmas};
use differential::model::AssumptionKind;
use differential::{Model, Size, Word, generate, print};

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

#[test]
fn related_models_have_related_verdicts() {
    let (mut decided, mut changed) = (0, 0);
    for seed in 0..25 {
        let model = generate(seed, &size());
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
    assert!(
        changed > 100 && decided > changed,
        "{decided} verdicts of {changed} changes"
    );
}
