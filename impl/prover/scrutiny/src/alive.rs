//! Whether the premise of a query happens without any compromise that its
//! conclusion excuses.
//!
//! If `premise ==> excuses` holds, every run that reaches the premise had a
//! compromise first: the promise was never put to the test.

use crate::compromise::Compromises;
use crate::shape::{Shape, asking};
use crate::sweep::some_compromise;
use crate::{Answer, Prover};
use pi::{EventId, Program};
use std::collections::BTreeSet;

/// Asks `premise ==> excuses`, which must break. Nothing if the premise has no
/// event. A query that promises nothing but excuses says that something never
/// happens: of a secret, its events are the premise; of events that never
/// happen together, each has to happen.
pub fn alive(program: &Program, shape: &Shape, prover: &mut Prover<'_>) -> Option<Answer> {
    shape.premise_events().next()?;
    let parts = match (shape.core.is_empty(), shape.is_about_knowledge()) {
        (false, _) => vec![shape.clone()],
        (true, true) => vec![shape.happenings()],
        (true, false) => shape.one_by_one(),
    };
    let mut last = None;
    for part in parts {
        let query = part.ask(shape.excuses.clone(), Vec::new());
        let answer = prover(&asking(program, query), 0);
        if !matches!(answer, Answer::Broken { .. }) {
            return Some(answer);
        }
        last = Some(answer);
    }
    last
}

/// Asks whether the premise happens without any compromise at all, which must
/// break `premise ==> some compromise`: the honest run of a role to its end.
pub fn honest(
    program: &Program,
    shape: &Shape,
    known: &Compromises,
    emitted: &BTreeSet<EventId>,
    prover: &mut Prover<'_>,
) -> Answer {
    let query = some_compromise(program, shape, known, emitted);
    prover(&asking(program, query), 0)
}
