//! Clauses with a part in the calculus of their own, recognised by their shape.

use logic::{Clause, Predicate, Signature, Store, Symbol, SymbolKind, TermId, View, phase_of};

/// Clauses with a part in the calculus beyond that of any clause. Facts about a
/// message and its parts are of one phase; where types are respected, their
/// numbers differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Special {
    /// `attacker(x1) && … && attacker(xn) -> attacker(f(x1,…,xn))`, `f`
    /// public.
    Composition {
        /// Of the conclusion.
        number: u32,
        symbol: Symbol,
        /// Of the hypotheses.
        parts: Vec<u32>,
    },
    /// `attacker(x) -> attacker'(x)`, one phase later.
    NextPhase(u32),
    /// Any other clause.
    None,
    /// `attacker(f(x1,…,xn)) -> attacker(xi)`, `f` a data constructor.
    Projection {
        /// Of the hypothesis.
        number: u32,
        symbol: Symbol,
        component: usize,
        arity: usize,
    },
}

/// Recognises special clauses by their shape.
pub(crate) fn special(store: &Store, signature: &Signature, clause: &Clause) -> Special {
    let Predicate::Attacker(number) = clause.conclusion.predicate else {
        return Special::None;
    };
    let [conclusion] = clause.conclusion.arguments[..] else {
        return Special::None;
    };
    if !clause.constraints.is_empty() {
        return Special::None;
    }
    let mut hypotheses = Vec::with_capacity(clause.hypotheses.len());
    for h in &clause.hypotheses {
        match (h.predicate, &h.arguments[..]) {
            (Predicate::Attacker(p), [term]) => hypotheses.push((p, *term)),
            _ => return Special::None,
        }
    }
    match (store.view(conclusion), &hypotheses[..]) {
        (View::Apply(symbol, arguments), _)
            if signature.info(symbol).is_some_and(|i| i.public)
                && distinct_variables(store, arguments)
                && hypotheses.iter().map(|h| h.1).eq(arguments.iter().copied())
                && hypotheses.iter().all(|h| phase_of(h.0) == phase_of(number)) =>
        {
            Special::Composition {
                number,
                symbol,
                parts: hypotheses.iter().map(|h| h.0).collect(),
            }
        }
        (View::Var(_), [(before, term)])
            if *term == conclusion && before.checked_add(1) == Some(number) =>
        {
            Special::NextPhase(*before)
        }
        (View::Var(_), [(whole, term)]) if phase_of(*whole) == phase_of(number) => {
            match store.view(*term) {
                View::Apply(symbol, arguments)
                    if signature.kind(symbol) == SymbolKind::Data
                        && distinct_variables(store, arguments) =>
                {
                    match arguments.iter().position(|a| *a == conclusion) {
                        Some(component) => Special::Projection {
                            number: *whole,
                            symbol,
                            component,
                            arity: arguments.len(),
                        },
                        None => Special::None,
                    }
                }
                _ => Special::None,
            }
        }
        _ => Special::None,
    }
}

fn distinct_variables(store: &Store, terms: &[TermId]) -> bool {
    terms
        .iter()
        .enumerate()
        .all(|(i, t)| matches!(store.view(*t), View::Var(_)) && !terms[..i].contains(t))
}
