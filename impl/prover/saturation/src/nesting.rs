//! How many names of one symbol stand below each other.
//!
//! A name that a session makes depends on the sessions around it and on what came
//! in before. Where names of one symbol are made from each other again and again,
//! clauses rarely come to an end.

use logic::{Fact, Signature, Store, Symbol, SymbolKind, Table, TermId, View};
use std::collections::BTreeMap;

/// For each symbol of names, how many stand below each other.
type Counts = BTreeMap<Symbol, u32>;

/// Whether more than so many do, somewhere in the fact.
pub(crate) fn exceeds(store: &Store, signature: &Signature, fact: &Fact, most: u32) -> bool {
    let deep = fact.arguments.iter().filter(|t| store.depth(**t) > most);
    let mut known = BTreeMap::new();
    deep.into_iter().any(|t| {
        is_frequent(store, signature, *t, most) && count(store, signature, *t, &mut known) > most
    })
}

/// Whether there are so many names of one symbol at all.
fn is_frequent(store: &Store, signature: &Signature, term: TermId, most: u32) -> bool {
    let mut seen: Table<TermId, ()> = Table::default();
    let mut names: Vec<(Symbol, u32)> = Vec::new();
    let mut agenda = vec![term];
    while let Some(next) = agenda.pop() {
        let View::Apply(symbol, parts) = store.view(next) else {
            continue;
        };
        if parts.is_empty() || seen.insert(next, ()).is_some() {
            continue;
        }
        agenda.extend_from_slice(parts);
        if signature.kind(symbol) != SymbolKind::Name {
            continue;
        }
        match names.iter_mut().find(|(s, _)| *s == symbol) {
            Some((_, count)) if *count == most => return true,
            Some((_, count)) => *count += 1,
            None => names.push((symbol, 1)),
        }
    }
    false
}

/// The largest count in a term; that of each node is found once.
fn count(
    store: &Store,
    signature: &Signature,
    term: TermId,
    known: &mut BTreeMap<TermId, Counts>,
) -> u32 {
    let mut agenda = vec![(term, false)];
    while let Some((next, ready)) = agenda.pop() {
        let View::Apply(symbol, parts) = store.view(next) else {
            continue;
        };
        if known.contains_key(&next) {
            continue;
        }
        if !ready {
            agenda.push((next, true));
            agenda.extend(parts.iter().map(|p| (*p, false)));
            continue;
        }
        let mut counts = Counts::new();
        for (symbol, below) in parts.iter().filter_map(|p| known.get(p)).flatten() {
            let most = counts.entry(*symbol).or_default();
            *most = (*most).max(*below);
        }
        if signature.kind(symbol) == SymbolKind::Name && !parts.is_empty() {
            *counts.entry(symbol).or_default() += 1;
        }
        known.insert(next, counts);
    }
    let counts = known.get(&term).into_iter().flatten();
    counts.map(|(_, count)| *count).max().unwrap_or(0)
}
