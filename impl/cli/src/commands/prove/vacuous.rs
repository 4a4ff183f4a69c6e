//! What never happens: a query that is true because its premise is out of
//! reach says nothing, and an event that no run emits is a dead branch.

use super::remark::with;
use crate::judge::Word;
use pi::{
    Correspondence, Diagnostic, Event, EventId, Formula, Program, QueryKind, QueryTerm,
    QueryVariable,
};

/// Warns of a true query whose premise is never met.
pub(super) fn premise<E>(
    program: &Program,
    index: usize,
    ask: &mut dyn FnMut(&Program) -> Result<Word, E>,
) -> Result<Option<Diagnostic>, E> {
    let Some(query) = program.queries.get(index) else {
        return Ok(None);
    };
    let QueryKind::Correspondence(statement) = &query.kind else {
        return Ok(None);
    };
    if !statement.arrow || statement.conclusion == Formula::False {
        return Ok(None);
    }
    let mut never = statement.clone();
    never.conclusion = Formula::False;
    never.arrow = false;
    for premise in &mut never.premises {
        if let Formula::Event { injective, .. } = premise {
            *injective = false;
        }
    }
    let word = ask(&with(program, index, never, query.span))?;
    Ok((word == Word::Proved).then(|| {
        Diagnostic::warning(
            query.span,
            "no run meets the premise of this query: it is true and says nothing",
        )
        .with_hint("look for a step that no honest run can take")
    }))
}

/// Warns of events that the process could emit and never does. Those that it has no
/// step for, as a library declares them, are another matter.
pub(super) fn events<E>(
    program: &Program,
    ask: &mut dyn FnMut(&Program, u32) -> Result<Word, E>,
) -> Result<Vec<Diagnostic>, E> {
    let index = program.queries.len();
    let number = u32::try_from(index).unwrap_or(u32::MAX);
    let mut found = Vec::new();
    let emitted = scrutiny::emitted(program);
    for (event, declared) in (0..).zip(&program.events) {
        if !emitted.contains(&EventId(event)) {
            continue;
        }
        let statement = happens(EventId(event), declared);
        let word = ask(&with(program, index, statement, declared.span), number)?;
        if word == Word::Proved {
            found.push(
                Diagnostic::warning(
                    declared.span,
                    format!("no run emits `{}`: its branch is dead", declared.name),
                )
                .with_hint("look for a test or pattern before it that no message passes"),
            );
        }
    }
    Ok(found)
}

fn happens(event: EventId, declared: &Event) -> Correspondence {
    let variables: Vec<QueryVariable> = declared
        .parameters
        .iter()
        .map(|ty| QueryVariable {
            name: "x".to_owned(),
            ty: *ty,
        })
        .collect();
    let arguments = (0..)
        .zip(&variables)
        .map(|(index, _)| QueryTerm::Var(index))
        .collect();
    Correspondence {
        premises: vec![Formula::Event {
            event,
            arguments,
            injective: false,
            time: None,
            span: declared.span,
        }],
        variables,
        conclusion: Formula::False,
        arrow: false,
        public_variables: Vec::new(),
    }
}
