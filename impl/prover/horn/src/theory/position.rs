//! Positions in terms: where a rule may overlap another.

use logic::{Store, TermId, View};

/// A path from the root, one argument index per step.
pub(super) type Position = Vec<usize>;

/// All positions that hold no variable, with the subterm there, root first.
pub(super) fn applications(store: &Store, term: TermId) -> Vec<(Position, TermId)> {
    let mut out = Vec::new();
    let mut work = vec![(Position::new(), term)];
    while let Some((position, t)) = work.pop() {
        if let View::Apply(_, arguments) = store.view(t) {
            for (i, a) in arguments.iter().enumerate().rev() {
                let mut below = position.clone();
                below.push(i);
                work.push((below, *a));
            }
            out.push((position, t));
        }
    }
    out
}

/// The term with the subterm at a position replaced; unchanged when there is
/// no such position.
pub(super) fn replace(store: &mut Store, term: TermId, position: &[usize], by: TermId) -> TermId {
    let Some((first, rest)) = position.split_first() else {
        return by;
    };
    let View::Apply(symbol, arguments) = store.view(term) else {
        return term;
    };
    let mut arguments = arguments.to_vec();
    if let Some(&old) = arguments.get(*first) {
        arguments[*first] = replace(store, old, rest, by);
    }
    store.apply(symbol, &arguments)
}
