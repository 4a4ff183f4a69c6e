//! Resolution: `F && H -> C` on its selected hypothesis `F` with `H' -> F'`
//! gives `(H && H' -> C)σ`, σ the most general unifier of `F` and `F'`
//! (Blanchet, 2016 survey, section 4.4).

use crate::context::Context;
use crate::draft::Draft;
use crate::set::Selection;
use logic::Clause;

/// The resolvent of two entries: the hypotheses of `left` without the selected
/// one, in order, then those of `right`. `None` if there is none.
pub fn resolve(context: &mut Context<'_>, left: u32, right: u32) -> Option<Draft> {
    let (consumer, provider) = (context.set.entry(left), context.set.entry(right));
    let Selection::Hypothesis(selected) = consumer.selection else {
        return None;
    };
    let fact = consumer.clause.hypotheses.get(selected)?;
    let apart = provider.apart.as_ref()?;
    let unifier = &mut context.scratch.unifier;
    let store = &mut *context.store;
    unifier.clear();
    if !unifier.unify_facts(store, fact, &apart.conclusion) {
        return None;
    }
    // Everything that was merged hangs from this fact: it has an instance
    // exactly when the unifier exists.
    unifier.fact(store, fact)?;
    unifier.rename_from(0);
    let conclusion = unifier.fact(store, &consumer.clause.conclusion)?;
    let mut hypotheses =
        Vec::with_capacity(consumer.clause.hypotheses.len() + apart.hypotheses.len());
    for (i, h) in consumer.clause.hypotheses.iter().enumerate() {
        if i != selected {
            hypotheses.push(unifier.fact(store, h)?);
        }
    }
    for h in &apart.hypotheses {
        hypotheses.push(unifier.fact(store, h)?);
    }
    let mut constraints =
        Vec::with_capacity(consumer.clause.constraints.len() + apart.constraints.len());
    for c in consumer.clause.constraints.iter().chain(&apart.constraints) {
        constraints.push(unifier.disequality(store, c)?);
    }
    Some(Draft::new(Clause {
        constraints,
        hypotheses,
        conclusion,
    }))
}
