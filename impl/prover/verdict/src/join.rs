//! Nodes that read one message of another copy as one copy.
//!
//! Where no name depends on a session, or the names that do are of the copies that it
//! makes in turn, the nodes of a derivation leave open which copy performs them. But on
//! a channel that the attacker does not know a message that is sent once is read once:
//! where a cell holds a state, the copy that writes the next one is the copy that speaks
//! of the last. So nodes that read the same message at the same input get one session.
//! It is one more derivation to follow, for a sender that is replicated may as well have
//! sent twice.

use crate::merge::{Lineage, Turn, of_copies, under};
use horn::{PathStep, Translation};
use logic::{Predicate, Store, Substitution, TermId, Var, View, term_variables};
use pi::PointId;
use proof::{Derivation, DerivationNode, DerivationRule};
use std::collections::BTreeSet;

/// Most sessions that are given.
const ROUNDS: usize = 2_000;

/// The derivation with such sessions made one; none if there are none.
pub(crate) fn joined(translation: &mut Translation, derivation: &Derivation) -> Option<Derivation> {
    let mut joining = Joining {
        clauses: &translation.clauses,
        next: free_variable(&translation.store, &translation.clauses, derivation),
        store: &mut translation.store,
        derivation: derivation.clone(),
    };
    let mut changed = false;
    for _ in 0..ROUNDS {
        if !joining.step() {
            break;
        }
        changed = true;
    }
    changed.then_some(joining.derivation)
}

/// A variable of which neither the derivation nor a clause knows.
fn free_variable(store: &Store, clauses: &[horn::InitialClause], derivation: &Derivation) -> u32 {
    let mut variables = BTreeSet::new();
    for term in derivation.terms() {
        term_variables(store, term, &mut variables);
    }
    for initial in clauses {
        variables.extend(logic::clause_variables(store, &initial.clause));
    }
    variables.last().map_or(0, |v| v.0.saturating_add(1))
}

struct Joining<'a> {
    clauses: &'a [horn::InitialClause],
    /// The next variable for a session.
    next: u32,
    store: &'a mut Store,
    derivation: Derivation,
}

/// A replication on the way of a node, and the first message that the copy it makes
/// reads from another copy.
struct Reading {
    node: usize,
    at: (Lineage, PointId),
    variable: Var,
    session: Option<TermId>,
    reads: (PointId, u32),
}

/// The sessions of two replications and of those around them, pair by pair; `None` if
/// they are not the same replication.
fn sessions(
    first: &(Lineage, PointId),
    second: &(Lineage, PointId),
) -> Option<Vec<(TermId, TermId)>> {
    if first.1 != second.1 || first.0.len() != second.0.len() {
        return None;
    }
    let mut pairs = Vec::new();
    for ((point, turn), (other, also)) in first.0.iter().zip(&second.0) {
        match (turn, also) {
            (Turn::Session(a), Turn::Session(b)) if point == other => pairs.push((*a, *b)),
            _ if point == other && turn == also => {}
            _ => return None,
        }
    }
    Some(pairs)
}

impl Joining<'_> {
    /// Gives one node the session of another; false if nothing is left to do.
    fn step(&mut self) -> bool {
        let readings = self.readings();
        for (i, first) in readings.iter().enumerate() {
            for second in &readings[i + 1..] {
                if first.reads != second.reads || first.node == second.node {
                    continue;
                }
                let Some(mut pairs) = sessions(&first.at, &second.at) else {
                    continue;
                };
                if let (Some(a), Some(b)) = (first.session, second.session) {
                    pairs.push((a, b));
                }
                pairs.retain(|(a, b)| a != b);
                if let [(a, b), ..] = pairs.as_slice() {
                    if self.equate(*a, *b) {
                        return true;
                    }
                    continue;
                }
                let mut named = Vec::new();
                let session = match (first.session, second.session) {
                    (Some(_), Some(_)) => continue,
                    (Some(session), None) => {
                        named.push(second);
                        session
                    }
                    (None, Some(session)) => {
                        named.push(first);
                        session
                    }
                    (None, None) => {
                        named.extend([first, second]);
                        self.next = self.next.saturating_add(1);
                        self.store.var(Var(self.next - 1))
                    }
                };
                for reading in named {
                    let node = self.derivation.nodes.get_mut(reading.node);
                    if let Some(DerivationRule::Clause { instance, .. }) = node.map(|n| &mut n.rule)
                    {
                        instance.push((reading.variable, session));
                    }
                }
                return true;
            }
        }
        false
    }

    /// Makes two sessions one, if one of them is open.
    fn equate(&mut self, left: TermId, right: TermId) -> bool {
        let (variable, other) = match (self.store.view(left), self.store.view(right)) {
            (View::Var(v), _) => (v, right),
            (_, View::Var(v)) => (v, left),
            _ => return false,
        };
        let mut one = Substitution::new();
        one.bind(variable, other);
        self.derivation = under(self.store, &one, &self.derivation);
        true
    }

    fn readings(&self) -> Vec<Reading> {
        let mut readings = Vec::new();
        for (number, node, origin, instance) in of_copies(self.clauses, &self.derivation) {
            let mut lineage = Lineage::new();
            // The replication around what comes, until the copy has read something.
            let mut around = None;
            for step in &origin.path {
                match step {
                    PathStep::Component { point, index } => {
                        lineage.push((*point, Turn::Component(*index)));
                    }
                    PathStep::Replicate { point, session } => {
                        let own = instance.iter().find(|(v, _)| v == session).map(|(_, t)| *t);
                        around = Some(((lineage.clone(), *point), *session, own));
                        lineage.push((*point, own.map_or(Turn::Own(number), Turn::Session)));
                    }
                    PathStep::Input {
                        point, hypothesis, ..
                    } => {
                        let Some(premise) = node.premises.get(*hypothesis as usize) else {
                            continue;
                        };
                        let sent =
                            |n: &DerivationNode| matches!(n.fact.predicate, Predicate::Message(_));
                        if !self
                            .derivation
                            .nodes
                            .get(*premise as usize)
                            .is_some_and(sent)
                        {
                            continue;
                        }
                        if let Some((at, variable, session)) = around.take() {
                            readings.push(Reading {
                                node: number as usize,
                                at,
                                variable,
                                session,
                                reads: (*point, *premise),
                            });
                        }
                    }
                    _ => {}
                }
            }
        }
        readings
    }
}
