//! How the attacker takes messages apart.
//!
//! A hypothesis `attacker(f(M1,…,Mn))` may be replaced by `attacker(M1)`, …,
//! `attacker(Mn)` if a derivation of it by clauses that select their conclusion
//! contains or yields one of each of these that is not higher (see [`crate::justify`]
//! on the measure). That a projection clause is there would not do: one that selects
//! its conclusion is itself a derivation of `attacker(Mi)` from the whole, and the
//! replacement could go round in circles.
//!
//! By induction over the height. The last clause of the derivation is one of those
//! looked at here. Its hypotheses, or parts of them by what was shown before, give the
//! part by one clause at most: that derivation is as high as the one of the whole. More
//! than one clause, or a case distinction, a [`Piece`](proof::Piece) cannot say.
//!
//! What is known of a message is known of its parts, in the same phase.
//!
//! *Types.* Where they are respected, the number of an attacker fact tells the type
//! of the message, and those of the parts are not that of the whole. Nothing rests on
//! their being right: what is claimed is claimed of facts of these numbers.

use crate::error::{Place, Reason, Refusal};
use crate::justify::{Context, covered, knows};
use crate::load::{RESERVED, Selected};
use crate::unify::unify;
use logic::{Clause, Predicate, Store, Symbol, SymbolKind, Var, phase_of};
use proof::{Apart, End, Justification, Selection, Step, Way};

/// Checks what is said of taking messages apart, and adds it to what may be used.
pub(crate) fn apart(
    context: &mut Context<'_>,
    store: &mut Store,
    entries: &[Apart],
) -> Result<(), Refusal> {
    for (entry, apart) in (0..).zip(entries) {
        let mut piece = 0;
        one(context, store, apart, &mut piece)
            .map_err(|reason| Place::Apart(entry, piece).lacks(reason))?;
        let key = (Symbol(apart.symbol), apart.number);
        context.apart.insert(key, apart.parts.clone());
    }
    Ok(())
}

/// Checks one entry, piece by piece.
fn one(
    context: &Context<'_>,
    store: &mut Store,
    entry: &Apart,
    piece: &mut u32,
) -> Result<(), Reason> {
    let symbol = Symbol(entry.symbol);
    let info = context.signature.info(symbol);
    let arity = entry.parts.len();
    let same = |part: &u32| phase_of(*part) == phase_of(entry.number);
    if info.is_none_or(|i| i.kind != SymbolKind::Data || i.arity as usize != arity)
        || !entry.parts.iter().all(same)
    {
        return Err(Reason::NotApplicable);
    }
    let variables = (RESERVED..).take(arity);
    let variables: Vec<_> = variables.map(|v| store.var(Var(v))).collect();
    let whole = store.apply(symbol, &variables);
    let mut pieces = entry.pieces.iter();
    let solved = |(_, selection): &Selected| *selection == Selection::Conclusion;
    for (clause, _) in context.clauses.iter().filter(|c| solved(c)) {
        if clause.conclusion.predicate != Predicate::Attacker(entry.number) {
            continue;
        }
        let Some(unifier) = unify(store, &[(clause.conclusion.arguments[0], whole)]) else {
            continue;
        };
        for (number, part) in entry.parts.iter().zip(&variables) {
            let clause = Clause {
                conclusion: knows(*number, *part),
                ..clause.clone()
            };
            let clause = unifier.clause(store, &clause);
            let by = pieces.next().ok_or(Reason::Entries)?;
            if let Way::Clause { by, .. } = by.way
                && !context.clauses.get(by as usize).is_some_and(solved)
            {
                return Err(Reason::NotStanding);
            }
            let taken = by.taken.iter();
            let by = Justification {
                steps: taken
                    .map(|&hypothesis| Step::Decompose { hypothesis })
                    .collect(),
                end: End::Leaf(vec![by.way.clone()]),
            };
            covered(context, store, clause, &by)?;
            *piece += 1;
        }
    }
    pieces.next().map_or(Ok(()), |_| Err(Reason::Entries))
}
