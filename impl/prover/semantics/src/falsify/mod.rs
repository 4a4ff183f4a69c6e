//! Whether a run falsifies a query.
//!
//! A correspondence `F1 && … && Fn ==> ψ` is false when in some run all
//! premises hold and ψ does not hold by the time the last of them does (manual,
//! section 3.2.2). The trace says how each premise comes about; this module
//! verifies that, takes the instance of the query's variables from it, and then
//! looks for *any* way in which ψ could hold. Only when there is certainly none
//! is the query falsified. What cannot be settled (a term the attacker may or
//! may not compute) never counts against the query.
//!
//! Injective correspondences are in [`injective`].

mod conclusion;
mod equality;
mod injective;
mod patterns;
mod premises;

use crate::messages::Message;
use crate::replay::Run;
use crate::state::Moment;
use crate::step::Semantics;
use pi::{Correspondence, Formula, LemmaKind, Query, QueryKind};
use premises::Instance;
use proof::attack::Premise;

/// What a run says about a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Falsification {
    /// The query is false.
    Falsified(Violation),
    /// The premises hold, and so does the conclusion.
    Holds,
    /// The run does not settle it, with the reason.
    NotConfirmed(String),
}

/// How a query is violated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// When the last premise holds.
    pub moment: Moment,
    /// Values of the query's variables, in their order; `None` for times and
    /// variables of the conclusion alone.
    pub variables: Vec<Option<Message>>,
    /// How.
    pub kind: ViolationKind,
}

/// How a query is violated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ViolationKind {
    /// The premises hold and no part of the conclusion does.
    NoConclusion,
    /// The conclusion holds for each instance of the premises, but not with
    /// different events for different ones: numbers of the premise events.
    NotInjective(Vec<Vec<u32>>),
    /// The conclusion is `false`: what was to be unreachable is reached.
    Reached,
    /// A secret is known to the attacker.
    Revealed,
}

/// Checks a replayed run against a query. `premises` are those of the trace.
pub fn falsify<'p>(
    semantics: &mut Semantics<'p>,
    run: &Run<'p>,
    query: &'p Query,
    premises: &[Premise],
) -> Falsification {
    match falsify_or_reason(semantics, run, query, premises) {
        Ok(answer) => answer,
        Err(reason) => Falsification::NotConfirmed(reason),
    }
}

fn falsify_or_reason<'p>(
    semantics: &mut Semantics<'p>,
    run: &Run<'p>,
    query: &'p Query,
    premises: &[Premise],
) -> Result<Falsification, String> {
    restrictions_hold(semantics, run)?;
    let correspondence = match &query.kind {
        QueryKind::Correspondence(c) => c,
        QueryKind::Secret { variables, .. } => {
            let [Premise::Knows(recipe)] = premises else {
                return Err("the trace does not say how the secret is computed".into());
            };
            return secret(semantics, run, variables, recipe);
        }
    };
    let instance = premises::witnessed(semantics, run, correspondence, premises)?;
    let outcome = conclusion::solve(semantics, run, correspondence, &instance)?;
    if outcome.is_empty() {
        let kind = if matches!(correspondence.conclusion, Formula::False) {
            ViolationKind::Reached
        } else {
            ViolationKind::NoConclusion
        };
        return Ok(Falsification::Falsified(Violation {
            moment: instance.moment,
            variables: values(correspondence, &instance),
            kind,
        }));
    }
    if injective::is_injective(correspondence) {
        return injective::check(semantics, run, correspondence, premises, &instance);
    }
    match outcome.iter().find_map(|a| a.unknown.clone()) {
        Some(reason) if outcome.iter().all(|a| a.unknown.is_some()) => Err(reason),
        _ => Ok(Falsification::Holds),
    }
}

/// What is said of an axiom or a restriction that a run breaks, after its word.
pub const FAILS: &str = "does not hold on this run";

/// Axioms and restrictions must hold on the run, or it does not count. What an axiom
/// says of the attacker's knowledge is not asked of runs: it is about everything the
/// attacker could compute, and the run is one of the process whatever the axiom says.
/// A restriction says which runs count, so of one that cannot be checked none does.
fn restrictions_hold<'p>(semantics: &mut Semantics<'p>, run: &Run<'p>) -> Result<(), String> {
    for lemma in &semantics.program().lemmas {
        if !lemma.statement.public_variables.is_empty() {
            // It is for another process: see `pi::asked`.
            continue;
        }
        let word = match lemma.kind {
            LemmaKind::Axiom => "axiom",
            LemmaKind::Restriction => "restriction",
            LemmaKind::Lemma => continue,
        };
        let at = crate::theory::place(semantics.program(), lemma.span);
        let statement = &lemma.statement;
        let facts = statement.premises.iter().chain([&statement.conclusion]);
        if lemma.kind == LemmaKind::Axiom && facts.into_iter().any(is_of_knowledge) {
            continue;
        }
        for instance in premises::all(semantics, run, statement)
            .map_err(|reason| format!("{at}: the {word} could not be checked: {reason}"))?
        {
            let outcome = conclusion::solve(semantics, run, statement, &instance)?;
            if !outcome.iter().any(|a| a.unknown.is_none()) {
                return Err(format!("{at}: the {word} {FAILS}"));
            }
        }
    }
    Ok(())
}

/// Whether a formula speaks of what the attacker knows.
fn is_of_knowledge(formula: &Formula) -> bool {
    match formula {
        Formula::And(parts) | Formula::Or(parts) => parts.iter().any(is_of_knowledge),
        Formula::Attacker { .. } => true,
        Formula::Nested(fact, conclusion) => is_of_knowledge(fact) || is_of_knowledge(conclusion),
        Formula::Equal(..)
        | Formula::Event { .. }
        | Formula::False
        | Formula::Message { .. }
        | Formula::Natural(..)
        | Formula::Predicate { .. }
        | Formula::Table { .. }
        | Formula::True
        | Formula::Unequal(..) => false,
    }
}

fn secret<'p>(
    semantics: &mut Semantics<'p>,
    run: &Run<'p>,
    variables: &[pi::VarId],
    recipe: &proof::attack::Recipe,
) -> Result<Falsification, String> {
    let message = semantics
        .carry_out(&run.state, recipe)
        .map_err(|e| e.to_string())?;
    let is_secret = variables.iter().any(|v| {
        matches!(semantics.messages().node(message), crate::Node::Fresh(b, _) if b == v)
            || run
                .state
                .threads()
                .any(|(_, t)| t.environment.get(v) == Some(&message))
    });
    if !is_secret {
        return Err("what the attacker computes is not a value of the secret".into());
    }
    Ok(Falsification::Falsified(Violation {
        moment: crate::available(&run.state, recipe).0,
        variables: vec![Some(message)],
        kind: ViolationKind::Revealed,
    }))
}

fn values(correspondence: &Correspondence, instance: &Instance) -> Vec<Option<Message>> {
    (0..correspondence.variables.len())
        .map(|i| {
            instance
                .bindings
                .get(i)
                .copied()
                .flatten()
                .and_then(crate::Value::message)
        })
        .collect()
}
