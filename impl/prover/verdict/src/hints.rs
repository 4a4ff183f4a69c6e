//! The writer's hints, as the engine's selection wants them.
//!
//! A proof found with them is checked like any other. They may also mislead the
//! search; [`crate::prove`] then does without.

use horn::Translation;
use logic::{Fact, Store, Var, fact_variables};
use saturation::Pattern;
use std::collections::BTreeSet;

/// Weights of hypotheses, by form.
#[derive(Clone, Debug, Default)]
pub(crate) struct Hints {
    forms: Vec<(Pattern, i64)>,
    /// No fact is avoided, not even one that makes others grow.
    all_alike: bool,
}

impl Hints {
    /// Those of a translation.
    pub(crate) fn of(translation: &Translation) -> Self {
        let patterns = translation.hints.iter().map(|hint| {
            let all: BTreeSet<Var> = fact_variables(&translation.store, &hint.fact)
                .into_iter()
                .collect();
            let pattern = Pattern {
                fact: hint.fact.clone(),
                variables: &all - &hint.starred,
            };
            (pattern, hint.weight)
        });
        Self {
            forms: patterns.collect(),
            all_alike: false,
        }
    }

    /// None, and what the engine would avoid of its own accord is not avoided: a
    /// loop may lead back to where it began, and in a proof by induction to where the
    /// statement can be used.
    pub(crate) fn none() -> Self {
        Self {
            forms: Vec::new(),
            all_alike: true,
        }
    }

    /// The weight of the first form that a hypothesis has.
    pub(crate) fn weight(&self, store: &mut Store, fact: &Fact) -> Option<i64> {
        if self.all_alike {
            return Some(0);
        }
        let mut forms = self.forms.iter();
        let form = forms.find(|(pattern, _)| pattern.fits(store, fact));
        form.map(|(_, weight)| *weight)
    }
}
