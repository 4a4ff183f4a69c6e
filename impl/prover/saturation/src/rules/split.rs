//! A clause that concludes `attacker(f(M1,…,Mn))`, `f` a data constructor,
//! becomes `n` clauses that conclude `attacker(Mi)`.
//!
//! For the reason given in [`super::decompose`].

use crate::context::Context;
use crate::draft::Draft;
use logic::{Fact, Predicate, View};

/// The rule: the composition clause and the clauses, or `None` if it does not apply.
pub fn apply(draft: &Draft, context: &Context<'_>) -> Option<(u32, Vec<Draft>)> {
    let conclusion = &draft.clause.conclusion;
    let (Predicate::Attacker(number), [term]) = (conclusion.predicate, &conclusion.arguments[..])
    else {
        return None;
    };
    let View::Apply(symbol, arguments) = context.store.view(*term) else {
        return None;
    };
    let known = context
        .set
        .decomposition(context.signature, number, symbol)?;
    let of = known.projections.iter().zip(known.parts);
    let parts = arguments.iter().zip(of).map(|(argument, (entry, number))| {
        let mut part = draft.clone();
        part.clause.conclusion = Fact::new(Predicate::Attacker(*number), vec![*argument]);
        part.projections.push(*entry);
        part
    });
    Some((known.composition, parts.collect()))
}
