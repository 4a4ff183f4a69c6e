//! The order of the simplifications.
//!
//! First the two rules that change what a clause says (occurrences are unified,
//! data constructors taken apart), then everything that only removes. A
//! certificate records the former and needs no word for the latter.

use crate::context::{Context, Outcome, Rule};
use crate::draft::Draft;
use crate::rules;

/// Rules that remove hypotheses or constraints, or the clause, in order.
const REMOVALS: [Rule; 5] = [
    rules::irrelevant::apply,
    rules::unit::apply,
    rules::derivable::apply,
    rules::composed::apply,
    rules::unused::apply,
];

/// Simplifies a clause to the clauses that replace it: none if it is redundant,
/// several if its conclusion splits or a case distinction is known.
pub fn simplify(draft: Draft, context: &mut Context<'_>) -> Vec<Draft> {
    run(draft, context, false)
}

/// As [`simplify`], for a clause that is not needed if the set has one that
/// subsumes it. Most resolvents are such, and what is asked first need not be
/// asked of them.
pub(crate) fn simplify_new(draft: Draft, context: &mut Context<'_>) -> Vec<Draft> {
    run(draft, context, true)
}

fn run(mut draft: Draft, context: &mut Context<'_>, new: bool) -> Vec<Draft> {
    loop {
        match rules::occurrence::apply(&mut draft, context) {
            Outcome::Redundant => return Vec::new(),
            Outcome::Changed | Outcome::Unchanged => {}
        }
        if rules::decompose::apply(&mut draft, context) == Outcome::Unchanged {
            break;
        }
    }
    if let Some((_, parts)) = rules::cases::apply(&draft, context) {
        return parts
            .into_iter()
            .flat_map(|part| run(part, context, new))
            .collect();
    }
    rules::duplicate::apply(&mut draft, context);
    if rules::tautology::apply(&mut draft, context) == Outcome::Redundant
        || rules::contradiction::apply(&mut draft, context) == Outcome::Redundant
        || rules::numbers::apply(&mut draft, context) == Outcome::Redundant
    {
        return Vec::new();
    }
    if let Some((_, parts)) = rules::split::apply(&draft, context) {
        return parts
            .into_iter()
            .flat_map(|part| run(part, context, new))
            .collect();
    }
    if new && rules::subsumption::subsumer(context, &draft.clause).is_some() {
        return Vec::new();
    }
    let mut changed = false;
    for rule in REMOVALS {
        match rule(&mut draft, context) {
            Outcome::Redundant => return Vec::new(),
            Outcome::Changed => changed = true,
            Outcome::Unchanged => {}
        }
    }
    if rules::derived::apply(&mut draft, context) == Outcome::Redundant {
        return Vec::new();
    }
    if rules::instance::apply(&mut draft, context) == Outcome::Changed {
        rules::unused::apply(&mut draft, context);
        changed = true;
    }
    // Condensation may free variables, and freed variables other hypotheses.
    while rules::condense::apply(&mut draft, context) == Outcome::Changed {
        rules::unused::apply(&mut draft, context);
        changed = true;
    }
    if new && !changed {
        draft.settled = u32::try_from(context.set.entries().len()).ok();
    }
    vec![draft]
}
