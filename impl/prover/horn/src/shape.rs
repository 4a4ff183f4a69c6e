//! What an event says, whatever led to it.
//!
//! `event(a)@i && F@j ==> event(e)@k && k < j` is not shown by an e among what a
//! clause says to have happened before both: it may have come before a, but after F.
//! So e is looked for before F alone, beside an a of which only the arguments are
//! known. Each point that executes a has a clause without hypotheses but on numbers
//! that concludes its *shape*. Whatever has happened is an instance of that, and the
//! clause says of nothing that it happened; so what a clause for shapes and F says to
//! have happened did so before F. A shape is an event with a number beyond those
//! declared; the events that get one are those of which a query with moments speaks
//! beside another premise.

use pi::{Correspondence, EventId, Formula, Program, QueryKind, TypeId};
use std::collections::BTreeSet;

/// Events from this number on are the shapes of those from 0 on.
const FIRST: u32 = 1 << 24;

/// The shape of an event.
pub(crate) fn shape(event: EventId) -> EventId {
    EventId(event.0.saturating_add(FIRST))
}

/// Whether an event is the shape of one.
pub(crate) fn is_shape(event: EventId) -> bool {
    event.0 >= FIRST
}

/// The events that have a shape, which is the same for all queries of a program.
pub(crate) fn shaped(program: &Program) -> BTreeSet<EventId> {
    let mut found = BTreeSet::new();
    for query in &program.queries {
        if let QueryKind::Correspondence(asked) = &query.kind
            && is_timed(asked)
        {
            asked.premises.iter().for_each(|p| events(p, &mut found));
        }
    }
    found
}

fn is_timed(asked: &Correspondence) -> bool {
    let several = match asked.premises.as_slice() {
        [Formula::And(parts)] => parts.len() > 1,
        premises => premises.len() > 1,
    };
    several && asked.variables.iter().any(|v| v.ty == TypeId::TIME)
}

fn events(premise: &Formula, into: &mut BTreeSet<EventId>) {
    match premise {
        Formula::And(parts) => parts.iter().for_each(|p| events(p, into)),
        Formula::Event { event, .. } => {
            into.insert(*event);
        }
        _ => {}
    }
}
