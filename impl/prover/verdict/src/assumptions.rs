//! `not F`: a fact that the writer says nobody can derive.
//!
//! ProVerif uses such an assumption to prune its search, verifies it in the end,
//! and refuses the file if that fails. Here nothing rests on it: it is proved
//! like a query that F is never the case, and a file with one that does not hold
//! is refused all the same, because the writer is mistaken about the model.
//!
//! An axiom is taken for granted, and named beside what rests on it. Where a run breaks
//! one instead of the query, it is asked like a query, and the file is refused if it
//! fails: the writer is mistaken again.

use crate::answer::{Refused, Verdict};
use crate::prove::prove;
use crate::session::Session;
use pi::{Correspondence, Diagnostic, Formula, LemmaKind, Program, Query, QueryKind, Span};
use saturation::Limits;
use semantics::FAILS;

/// Verifies every assumption of the program.
///
/// # Errors
/// One does not hold, or is not known to.
pub(crate) fn verify(program: &Program, limits: Limits<'_>) -> Result<(), Vec<Diagnostic>> {
    if program.not_facts.is_empty() {
        return Ok(());
    }
    let mut asked = program.clone();
    asked.not_facts.clear();
    let first = asked.queries.len();
    for fact in &program.not_facts {
        let group = asked.queries.last().map_or(0, |q| q.group + 1);
        let never = Correspondence {
            variables: fact.variables.clone(),
            premises: vec![fact.fact.clone()],
            conclusion: Formula::False,
            arrow: false,
            public_variables: Vec::new(),
        };
        asked.queries.push(question(never, group, fact.span));
    }
    let mut session = Session::new();
    let mut errors = Vec::new();
    for (number, query) in asked.queries.iter().enumerate().skip(first) {
        let Ok(number) = u32::try_from(number) else {
            break;
        };
        let complaint = match prove(&asked, number, &mut session, limits, &mut |_| {}) {
            Ok(answer) => match answer.verdict {
                Verdict::Proved(_) | Verdict::Stopped(_) => continue,
                Verdict::Attacked(_) => "this secrecy assumption is false",
                Verdict::Undecided(_) => "this secrecy assumption could not be verified",
            },
            Err(Refused::Untranslatable(more)) => {
                errors.extend(more);
                continue;
            }
            Err(Refused::NoSuchQuery { .. }) => continue,
        };
        errors.push(
            Diagnostic::error(query.span, complaint)
                .with_hint("take it out, and ask it as a query to see why"),
        );
    }
    if errors.is_empty() {
        Ok(())
    } else {
        Err(errors)
    }
}

/// The axioms that a run of the process breaks, if it was seen to break one.
pub(crate) fn broken_axioms(
    program: &Program,
    obstacles: &[String],
    limits: Limits<'_>,
) -> Vec<Diagnostic> {
    let seen = format!("the axiom {FAILS}");
    if !obstacles.iter().any(|o| o.contains(&seen)) {
        return Vec::new();
    }
    let mut asked = program.clone();
    asked.queries.clear();
    asked.lemmas.clear();
    for lemma in &program.lemmas {
        let is_axiom = lemma.kind == LemmaKind::Axiom;
        if lemma.kind == LemmaKind::Restriction {
            asked.lemmas.push(lemma.clone());
        } else if is_axiom && lemma.statement.public_variables.is_empty() {
            asked
                .queries
                .push(question(lemma.statement.clone(), 0, lemma.span));
        }
    }
    let mut session = Session::new();
    let mut broken = Vec::new();
    for (number, query) in (0..).zip(&asked.queries) {
        let answer = prove(&asked, number, &mut session, limits, &mut |_| {});
        if let Ok(answer) = answer
            && let Verdict::Attacked(_) = answer.verdict
        {
            let hint = "a run of the process breaks it; ask it as a query to see how";
            broken.push(Diagnostic::error(query.span, "this axiom is false").with_hint(hint));
        }
    }
    broken
}

/// A statement as a query.
fn question(statement: Correspondence, group: u32, span: Span) -> Query {
    Query {
        label: None,
        kind: QueryKind::Correspondence(statement),
        group,
        lemma: None,
        induction: false,
        span,
    }
}
