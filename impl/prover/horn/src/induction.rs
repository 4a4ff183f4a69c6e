//! Statements about events, proved by induction on the run.
//!
//! `event(F1) && … && event(Fn) ==> C` may be used in its own proof: let the last of
//! the premises happen at a moment τ. Of instances of the premises that have all
//! happened strictly before τ, C is known by induction on τ, and what it says
//! happened did so before τ too (Cheval, Blanchet and Cortier, "ProVerif with lemmas,
//! induction, fast subsumption, and much more", 2022, section IV).
//!
//! The goal of such a proof does *not* take for granted that the premises themselves
//! have happened, as the goals of [`crate::goal`] do. Then each `begin` fact among the
//! hypotheses of a clause for the goal is about a moment strictly before τ: it comes
//! from the derivation of some premise `end(Fi)`, and the clauses for an event have
//! only what precedes its execution among their hypotheses. What the statement adds is
//! of such moments again. So the statement may be used like a lemma, wherever it fits,
//! and that it is used on earlier executions only need not be seen from a clause.
//!
//! Only for statements whose premises are events: that the attacker knows a message
//! at τ would have to be told from what it knew before.

use crate::goal::strict;
use crate::lemma::{self, Lemma};
use crate::options::induction_options;
use crate::problem::{Goal, Translation};
use pi::{Correspondence, Formula, LemmaKind, Program, QueryKind, TypeId};

/// A proof by induction: the goal, and the statement that its clauses may use.
#[derive(Clone, Debug)]
pub struct Induction {
    /// Without its premises among the hypotheses.
    pub goal: Goal,
    /// The query itself. Its index is one that no lemma of the program has.
    pub statement: Lemma,
}

/// How to prove a query by induction; `None` if it is not a statement about events
/// alone, or the translation leaves out what [`induction_options`] keep.
#[must_use]
pub fn induction(
    program: &Program,
    translation: &mut Translation,
    query: u32,
) -> Option<Induction> {
    let options = induction_options(program, query)?;
    if !translation.options.cover(&options) {
        return None;
    }
    let asked = program.queries.get(query as usize)?;
    let statement = inductive(program, query)?;
    let goal = strict(program, translation, statement, query, asked.span)?;
    let (premises, constraints, disjuncts) =
        lemma::parts(program, translation, statement, query, asked.span)?;
    Some(Induction {
        goal,
        statement: Lemma {
            index: u32::try_from(program.lemmas.len()).ok()?,
            kind: LemmaKind::Lemma,
            query: None,
            premises,
            constraints,
            disjuncts,
        },
    })
}

/// The query, if it may be proved by induction.
pub(crate) fn inductive(program: &Program, query: u32) -> Option<&Correspondence> {
    let QueryKind::Correspondence(statement) = &program.queries.get(query as usize)?.kind else {
        return None;
    };
    let timed = statement.variables.iter().any(|v| v.ty == TypeId::TIME);
    let plain = !timed
        && statement.public_variables.is_empty()
        && !statement.conclusion.is_nested()
        && statement.premises.iter().all(of_events);
    plain.then_some(statement)
}

/// Whether a premise speaks of executions of events, and of terms that differ.
fn of_events(premise: &Formula) -> bool {
    match premise {
        Formula::And(parts) => parts.iter().all(of_events),
        Formula::Event {
            injective, time, ..
        } => !injective && time.is_none(),
        Formula::Unequal(..) => true,
        _ => false,
    }
}
