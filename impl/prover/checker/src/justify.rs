//! Applies the steps of a justification and checks its end.

use crate::error::Reason;
use crate::goal;
use crate::lemma;
use crate::load::too_deep;
use crate::standing::{Standing, data};
use crate::subsume::{is_false, subsumes};
use crate::unify::unify;
use horn::{Goal, Lemma, Theory};
use logic::{Clause, Fact, Predicate, Signature, Store, TermId};
use proof::{End, Justification, Selection, Step};

/// What a justification may refer to.
#[derive(Debug)]
pub(crate) struct Context<'a> {
    pub(crate) signature: &'a Signature,
    pub(crate) theory: &'a Theory,
    pub(crate) terms: &'a [TermId],
    pub(crate) clauses: &'a [(Clause, Selection)],
    pub(crate) goal: &'a Goal,
    /// What may be used: axioms, restrictions, and lemmas that were checked.
    pub(crate) lemmas: &'a [Lemma],
}

/// Checks that the justification covers the clause.
pub(crate) fn justify(
    context: &Context<'_>,
    standing: &mut Standing<'_>,
    store: &mut Store,
    mut clause: Clause,
    justification: &Justification,
) -> Result<(), Reason> {
    if too_deep(store, &clause) {
        return Err(Reason::TooDeep);
    }
    for step in &justification.steps {
        clause = apply(context, standing, store, clause, *step)?;
    }
    match &justification.end {
        End::Cases {
            lemma,
            premises,
            parts,
        } => {
            let cases = lemma::cases(context, store, &clause, *lemma, premises)?;
            if cases.len() != parts.len() {
                return Err(Reason::CaseMissing);
            }
            for (case, part) in cases.into_iter().zip(parts) {
                justify(context, standing, store, case, part)?;
            }
            Ok(())
        }
        End::Clash { first, second } => {
            let pairs = same_occurrence(&clause, *first, *second)?;
            match unify(store, &pairs) {
                None => Ok(()),
                Some(_) => Err(Reason::ArgumentsUnify),
            }
        }
        End::Composed => {
            let (phase, term) = attacker(&clause.conclusion).ok_or(Reason::NotApplicable)?;
            let hypotheses = &clause.hypotheses;
            if standing.composed(store, context.theory, phase, term, hypotheses) {
                Ok(())
            } else {
                Err(Reason::NotStanding)
            }
        }
        End::Contradiction { constraint } => {
            let constraint = clause
                .constraints
                .get(*constraint as usize)
                .ok_or(Reason::NotApplicable)?;
            if is_false(store, context.theory, constraint) {
                Ok(())
            } else {
                Err(Reason::ConstraintHolds)
            }
        }
        End::Derived(deduction) => {
            if standing.derived(store, context.theory, clause, deduction) {
                Ok(())
            } else {
                Err(Reason::NotStanding)
            }
        }
        End::Numbers => {
            let (facts, constraints) = (&clause.hypotheses, &clause.constraints);
            if context.theory.contradictory(store, facts, constraints) {
                Ok(())
            } else {
                Err(Reason::ConstraintHolds)
            }
        }
        End::Satisfied(choice) => goal::satisfied(context, store, &clause, choice),
        End::Split(parts) => {
            let (phase, term) = attacker(&clause.conclusion).ok_or(Reason::NotApplicable)?;
            let (symbol, arguments) =
                data(context.signature, store, term).ok_or(Reason::NotApplicable)?;
            if parts.len() != arguments.len() {
                return Err(Reason::NotApplicable);
            }
            if !standing.composes(store, context.theory, symbol, arguments.len(), phase) {
                return Err(Reason::NotStanding);
            }
            let numbers = standing.parts(store, symbol, arguments.len(), phase);
            for ((argument, number), part) in arguments.into_iter().zip(numbers).zip(parts) {
                let piece = Clause {
                    conclusion: Fact::new(Predicate::Attacker(number), vec![argument]),
                    ..clause.clone()
                };
                justify(context, standing, store, piece, part)?;
            }
            Ok(())
        }
        End::Subsumed { by } => {
            let (general, _) = context
                .clauses
                .get(*by as usize)
                .ok_or(Reason::NotSubsumed)?;
            if subsumes(store, context.theory, general, &clause) {
                Ok(())
            } else {
                Err(Reason::NotSubsumed)
            }
        }
        End::Tautology => {
            if clause.hypotheses.contains(&clause.conclusion) {
                Ok(())
            } else {
                Err(Reason::NotApplicable)
            }
        }
    }
}

fn apply(
    context: &Context<'_>,
    standing: &mut Standing<'_>,
    store: &mut Store,
    mut clause: Clause,
    step: Step,
) -> Result<Clause, Reason> {
    match step {
        Step::Decompose { hypothesis } => {
            let index = hypothesis as usize;
            let fact = clause.hypotheses.get(index).ok_or(Reason::NotApplicable)?;
            let (phase, term) = attacker(fact).ok_or(Reason::NotApplicable)?;
            let (symbol, arguments) =
                data(context.signature, store, term).ok_or(Reason::NotApplicable)?;
            let arity = arguments.len();
            if !standing.takes_apart(store, context.theory, symbol, arity, phase) {
                return Err(Reason::NotStanding);
            }
            let numbers = standing.parts(store, symbol, arity, phase);
            let parts = numbers
                .into_iter()
                .zip(arguments)
                .map(|(n, t)| Fact::new(Predicate::Attacker(n), vec![t]));
            clause.hypotheses.splice(index..=index, parts);
            Ok(clause)
        }
        Step::Unify { first, second } => {
            // Syntactic also under equations: in the instances that runs give,
            // a message has one representative, so equal messages are equal
            // terms. Resolution rests on the same fact (Blanchet, Abadi and
            // Fournet 2008, section 5).
            let pairs = same_occurrence(&clause, first, second)?;
            let unifier = unify(store, &pairs).ok_or(Reason::NotApplicable)?;
            clause.hypotheses.remove(second as usize);
            let clause = unifier.clause(store, &clause);
            if too_deep(store, &clause) {
                return Err(Reason::TooDeep);
            }
            Ok(clause)
        }
    }
}

/// The argument pairs of two hypotheses that are the same action or the same
/// execution of an event.
fn same_occurrence(
    clause: &Clause,
    first: u32,
    second: u32,
) -> Result<Vec<(TermId, TermId)>, Reason> {
    if first >= second {
        return Err(Reason::NotApplicable);
    }
    let at = |i: u32| {
        clause
            .hypotheses
            .get(i as usize)
            .ok_or(Reason::NotApplicable)
    };
    let (a, b) = (at(first)?, at(second)?);
    if a.predicate != b.predicate || a.arguments.len() != b.arguments.len() {
        return Err(Reason::NotApplicable);
    }
    let occurrence = match a.predicate {
        Predicate::Action => 0,
        Predicate::BeginAt(_) => a
            .arguments
            .len()
            .checked_sub(1)
            .ok_or(Reason::NotApplicable)?,
        _ => return Err(Reason::NotApplicable),
    };
    if a.arguments[occurrence] != b.arguments[occurrence] {
        return Err(Reason::NotApplicable);
    }
    Ok(a.arguments
        .iter()
        .copied()
        .zip(b.arguments.iter().copied())
        .collect())
}

/// Phase and message of an attacker fact.
pub(crate) fn attacker(fact: &Fact) -> Option<(u32, TermId)> {
    match (fact.predicate, fact.arguments.as_slice()) {
        (Predicate::Attacker(phase), [term]) => Some((phase, *term)),
        _ => None,
    }
}
