//! A hypothesis that occurs twice is kept once. Conjunction is idempotent.

use crate::context::{Context, Outcome};
use crate::draft::{Draft, Support};
use logic::{Fact, Table};

/// From how many hypotheses on a table is quicker than comparing them.
const MANY: usize = 24;

/// The rule.
pub fn apply(draft: &mut Draft, _: &mut Context<'_>) -> Outcome {
    let hypotheses = &draft.clause.hypotheses;
    let repeated = if hypotheses.len() < MANY {
        compared(hypotheses)
    } else {
        tabled(hypotheses)
    };
    debug_assert_eq!(repeated, compared(&draft.clause.hypotheses));
    // From the last on, so that the positions of the others stay.
    for (first, position) in repeated.iter().rev() {
        draft.remove(*position, Support::Same(draft.numbers[*first]));
    }
    if repeated.is_empty() {
        Outcome::Unchanged
    } else {
        Outcome::Changed
    }
}

/// Where a fact stands first, and where again.
fn compared(facts: &[Fact]) -> Vec<(usize, usize)> {
    let again = (1..facts.len()).filter_map(|position| {
        let first = facts[..position].iter().position(|f| *f == facts[position]);
        Some((first?, position))
    });
    again.collect()
}

fn tabled(facts: &[Fact]) -> Vec<(usize, usize)> {
    let mut first: Table<&Fact, usize> = Table::default();
    let again = facts.iter().enumerate().filter_map(|(position, fact)| {
        let before = *first.entry(fact).or_insert(position);
        (before < position).then_some((before, position))
    });
    again.collect()
}
