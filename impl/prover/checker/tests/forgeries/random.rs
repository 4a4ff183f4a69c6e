//! Certificates changed at random.

use crate::common::{certificate, composed, instance, load, tautology};
use crate::models::{MODELS, TWO};
use crate::named::{Certificate, remove};
use logic::Predicate;
use proof::{End, FactNode, Justification, Selection, Way};
use proptest::prelude::*;

/// A change at random: which, where, and to what.
type Change = (u8, prop::sample::Index, u32);

fn change(c: &mut Certificate, (kind, at, value): &Change) {
    fn some<'a, T>(items: &'a mut [T], at: &prop::sample::Index) -> Option<&'a mut T> {
        if items.is_empty() {
            return None;
        }
        let at = at.index(items.len());
        items.get_mut(at)
    }
    let ends_with = |j: &mut Justification| {
        let by = value / 6;
        j.end = match value % 6 {
            0 => tautology(),
            1 => composed(by),
            2 => End::Void,
            3 => instance(by, [0, 1]),
            4 => instance(by, []),
            _ => instance(by, [0]),
        }
    };
    match kind % 11 {
        0 => {
            if let Some(j) = some(&mut c.cover, at) {
                ends_with(j);
            }
        }
        1 => {
            if let Some(r) = some(&mut c.closure, at) {
                ends_with(&mut r.by);
            }
        }
        2 => {
            if let Some(k) = some(&mut c.clauses, at) {
                k.selection = match value % 4 {
                    0 => Selection::Conclusion,
                    n => Selection::Hypothesis(n - 1),
                };
            }
        }
        3 => {
            if let Some(k) = some(&mut c.clauses, at)
                && !k.hypotheses.is_empty()
            {
                let gone = *value as usize % k.hypotheses.len();
                k.hypotheses.remove(gone);
            }
        }
        4 => {
            let hypotheses: Vec<FactNode> = c
                .clauses
                .iter()
                .flat_map(|k| k.hypotheses.clone())
                .collect();
            if let Some(k) = some(&mut c.clauses, at)
                && !hypotheses.is_empty()
            {
                k.hypotheses
                    .push(hypotheses[*value as usize % hypotheses.len()].clone());
            }
        }
        5 => {
            let terms = u32::try_from(c.terms.len()).expect("few terms");
            if let Some(k) = some(&mut c.clauses, at)
                && let Some(argument) = k.conclusion.arguments.first_mut()
            {
                *argument = value % terms;
            }
        }
        6 => {
            if !c.closure.is_empty() {
                c.closure.remove(at.index(c.closure.len()));
            }
        }
        8 => {
            if let Some(r) = some(&mut c.closure, at)
                && let End::Leaf(ways) = &mut r.by.end
                && let Some(Way::Clause { at: places, .. }) = ways.first_mut()
                && !places.is_empty()
            {
                let place = *value as usize % places.len();
                places[place] = (value % 3 > 0).then_some(value / 3);
            }
        }
        9 => {
            if let Some(apart) = some(&mut c.apart, at) {
                match value % 3 {
                    0 => apart.number += 1,
                    1 => apart.pieces.truncate(*value as usize / 3),
                    _ => apart.parts.iter_mut().for_each(|p| *p = value / 3),
                }
            }
        }
        7 => {
            let gone = u32::try_from(at.index(c.clauses.len())).expect("few clauses");
            remove(c, gone);
        }
        _ => {
            if !c.witnesses.is_empty() {
                c.witnesses.remove(at.index(c.witnesses.len()));
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// However the certificate of one query is changed, it proves no other that
    /// is false.
    #[test]
    fn random_changes_prove_nothing_false(
        changes in prop::collection::vec((any::<u8>(), any::<prop::sample::Index>(), 0_u32..200), 0..5),
    ) {
        let program = load(TWO);
        let mut certificate = certificate(&program, 0);
        certificate.query = 1;
        // What concluded the one goal now concludes the other.
        for k in &mut certificate.clauses {
            if let Predicate::Goal(query) = &mut k.conclusion.predicate {
                *query = 1;
            }
        }
        for c in &changes {
            change(&mut certificate, c);
        }
        prop_assert!(checker::check(&program, &certificate).is_err());
    }

    /// The same changes of the certificates of a true query: never a panic, and
    /// what is still accepted is for that query.
    #[test]
    fn random_changes_of_a_proof_are_survived(
        model in 0..MODELS.len(),
        changes in prop::collection::vec((any::<u8>(), any::<prop::sample::Index>(), 0_u32..200), 1..4),
    ) {
        let program = load(MODELS[model].1);
        let mut certificate = certificate(&program, 0);
        let mut checker = checker::Checker::new(&program);
        prop_assert!(checker.check(&certificate).is_ok());
        for c in &changes {
            change(&mut certificate, c);
        }
        prop_assert_eq!(checker.check(&certificate), checker::check(&program, &certificate));
        if let Ok(checked) = checker::check(&program, &certificate) {
            prop_assert_eq!(checked.query, 0);
            prop_assert_eq!(checked.initial, certificate.cover.len());
        }
    }
}
