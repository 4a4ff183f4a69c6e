//! Types of what a derivation leaves open: an attacker name has the type of its
//! place.

use logic::{Predicate, Symbol, TermId, View, type_of};
use pi::{FunId, FunctionKind, Program, TypeId};
use proof::Derivation;
use std::collections::BTreeMap;

/// The types of the terms in a derivation that stand in a typed place; none when
/// types are ignored.
pub(super) fn types(
    program: &Program,
    translation: &horn::Translation,
    derivation: &Derivation,
) -> BTreeMap<TermId, TypeId> {
    let mut out = BTreeMap::new();
    if program.settings.ignore_types {
        return out;
    }
    let mut work: Vec<(TermId, TypeId)> = Vec::new();
    for node in &derivation.nodes {
        let arguments = &node.fact.arguments;
        if let Predicate::Attacker(n) | Predicate::Message(n) = node.fact.predicate {
            let message = arguments.last().copied();
            work.extend(message.map(|t| (t, TypeId(type_of(n)))));
        }
    }
    while let Some((term, ty)) = work.pop() {
        if out.insert(term, ty).is_some() {
            continue;
        }
        if let View::Apply(symbol, arguments) = translation.store.view(term) {
            let parameters = parameters(program, &translation.symbols, symbol);
            work.extend(arguments.iter().copied().zip(parameters));
        }
    }
    out
}

fn parameters(program: &Program, symbols: &horn::Symbols, symbol: Symbol) -> Vec<TypeId> {
    if symbols.numbers.is_some_and(|n| n.successor == symbol) {
        return vec![TypeId::NAT];
    }
    if let Some((types, _)) = symbols.tuples.iter().find(|(_, s)| **s == symbol) {
        return types.clone();
    }
    function(program, symbols, symbol)
        .and_then(|f| program.functions.get(f.0 as usize))
        .map_or_else(Vec::new, |f| f.parameters.clone())
}

/// The function of the program that a symbol stands for.
pub(super) fn function(
    program: &Program,
    symbols: &horn::Symbols,
    symbol: Symbol,
) -> Option<FunId> {
    let number = |n: usize| u32::try_from(n).ok().map(FunId);
    if let Some(f) = symbols.functions.iter().position(|s| *s == Some(symbol)) {
        return number(f);
    }
    let (types, _) = symbols.tuples.iter().find(|(_, s)| **s == symbol)?;
    let tuple = program
        .functions
        .iter()
        .position(|f| f.kind == FunctionKind::Tuple && f.parameters.len() == types.len());
    number(tuple?)
}
