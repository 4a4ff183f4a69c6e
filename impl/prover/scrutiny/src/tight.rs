//! Whether each disjunct of a conclusion is needed: dropped, the query breaks.

use crate::shape::{Shape, asking};
use crate::{Answer, Prover};
use pi::Program;

/// A disjunct that was dropped, and what became of the query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dropped {
    /// The disjunct, as ProVerif writes it.
    pub disjunct: String,
    /// The answer without it.
    pub answer: Answer,
}

/// Asks the query once without each of its disjuncts; each must break.
///
/// A conclusion of a single disjunct becomes the question whether the premise
/// happens at all.
pub fn weaker(program: &Program, shape: &Shape, prover: &mut Prover<'_>) -> Vec<Dropped> {
    let all = shape.all();
    let mut dropped = Vec::new();
    for index in 0..all.len() {
        let mut rest = all.clone();
        let gone = rest.remove(index);
        let alone = shape.ask(vec![gone], Vec::new());
        let query = shape.ask(rest, Vec::new());
        dropped.push(Dropped {
            disjunct: conclusion(program, &alone),
            answer: prover(&asking(program, query), 0),
        });
    }
    dropped
}

/// The right side of a query, as it is printed.
fn conclusion(program: &Program, query: &pi::Query) -> String {
    let text = pi::wording::result_text(program, query);
    match text.split_once("==> ") {
        Some((_, right)) => right.to_owned(),
        None => text,
    }
}
