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
pub(crate) struct Hints(Vec<(Pattern, i64)>);

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
        Self(patterns.collect())
    }

    /// The weight of the first form that a hypothesis has.
    pub(crate) fn weight(&self, store: &mut Store, fact: &Fact) -> Option<i64> {
        let mut forms = self.0.iter();
        let form = forms.find(|(pattern, _)| pattern.fits(store, fact));
        form.map(|(_, weight)| *weight)
    }
}
