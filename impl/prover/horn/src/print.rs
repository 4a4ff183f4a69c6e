//! Clauses as text, each below its origin.

use crate::problem::{Goal, InitialClause, Origin, Translation};
use logic::print as show;
use pi::Program;
use std::fmt::Write as _;

/// Variants, clauses with their origins, and, if given, goals. The attacker's
/// dealings with built-in functions are as visible as any other.
#[must_use]
pub fn print(program: &Program, translation: &Translation, goals: &[Goal]) -> String {
    let mut out = String::new();
    let variants = translation.theory.print(&translation.signature);
    if !variants.is_empty() {
        let _ = writeln!(out, "(variants)\n{variants}");
    }
    let mut last = String::new();
    for initial in translation.clauses.iter() {
        let InitialClause { clause, origin } = initial;
        let heading = heading(program, origin);
        if heading != last {
            let _ = writeln!(out, "({heading})");
            last = heading;
        }
        let text = show::clause(&translation.signature, &translation.store, clause);
        let _ = writeln!(out, "{text}");
    }
    for goal in goals {
        let _ = write!(out, "\n{}", goal_text(translation, goal));
    }
    out
}

fn heading(program: &Program, origin: &Origin) -> String {
    let function = |f: pi::FunId| {
        program
            .functions
            .get(f.0 as usize)
            .map_or("?", |f| f.name.as_str())
    };
    match origin {
        Origin::Apply { function: f, .. } => format!("attacker applies {}", function(*f)),
        Origin::Compromised => "compromised session".to_owned(),
        Origin::Fresh => "attacker makes names".to_owned(),
        Origin::Goal(query) => format!("query {query}"),
        Origin::Initial(_) => "attacker knows".to_owned(),
        Origin::Listen => "attacker listens".to_owned(),
        Origin::NextPhase => "next phase".to_owned(),
        Origin::Process(process) => {
            let at = program.sources.position(process.span);
            let text = program.sources.text(process.span);
            let line = text.lines().next().unwrap_or("").trim();
            format!("{}:{} {line}", at.line, at.column)
        }
        Origin::Project { function: f, .. } => format!("attacker opens {}", function(*f)),
        Origin::Send => "attacker sends".to_owned(),
        Origin::User(clause) => format!("clause {clause}"),
    }
}

fn goal_text(translation: &Translation, goal: &Goal) -> String {
    let Translation {
        signature, store, ..
    } = translation;
    let mut out = format!("(query {})\n", goal.query);
    let _ = writeln!(out, "{}", show::clause(signature, store, &goal.clause));
    if goal.disjuncts.is_empty() {
        out.push_str("==> false\n");
    }
    for d in &goal.disjuncts {
        let mut parts: Vec<String> = d
            .facts
            .iter()
            .map(|f| show::fact(signature, store, f))
            .collect();
        let term = |t| show::term(signature, store, t);
        parts.extend(
            d.equalities
                .iter()
                .map(|(l, r)| format!("{} = {}", term(*l), term(*r))),
        );
        parts.extend(
            d.disequalities
                .iter()
                .map(|(l, r)| format!("{} <> {}", term(*l), term(*r))),
        );
        if parts.is_empty() {
            parts.push("true".to_owned());
        }
        let _ = writeln!(out, "==> {}", parts.join(" && "));
    }
    out
}
