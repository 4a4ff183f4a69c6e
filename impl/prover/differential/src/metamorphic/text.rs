//! Changes of names, order and declarations.

use crate::model::{Model, Term};

/// Everything the model declares has another name, in another alphabetical
/// order.
pub(super) fn renamed(model: &Model) -> Model {
    let mut next = model.clone();
    next.rename(&|name| {
        let backwards: String = name.chars().rev().collect();
        format!("v{backwards}v")
    });
    next
}

pub(super) fn reversed(model: &Model) -> Model {
    let mut next = model.clone();
    next.names.reverse();
    next.events.reverse();
    next.tables.reverse();
    next
}

pub(super) fn idle(model: &Model) -> Model {
    let mut next = model.clone();
    next.idle = [
        "type idletype.",
        "free idlechannel: channel [private].",
        "free idlename: bitstring.",
        "fun idlef(bitstring, idletype): idletype.",
        "reduc forall x: bitstring, y: idletype; idleg(idlef(x, y)) = x.",
        "event idleevent(bitstring).",
        "table idletable(bitstring, idletype).",
    ]
    .map(str::to_owned)
    .to_vec();
    next
}

pub(super) fn swapped(model: &Model) -> Model {
    let mut next = model.clone();
    next.terms_mut(&mut |term| {
        if let Term::Infix("=" | "<>", left, right) = term {
            std::mem::swap(left, right);
        }
    });
    next
}
