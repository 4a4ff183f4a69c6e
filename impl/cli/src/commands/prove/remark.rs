//! What is said behind a query that is not true: how much of it is.
//!
//! ProVerif tells the same query without its injectivity and its nesting, in
//! lines that begin with `RESULT (but …` and `RESULT (even …`:
//!
//! ```text
//! RESULT inj-event(e(x)) ==> inj-event(b(x)) is false.
//! RESULT (but event(e(x)) ==> event(b(x)) is true.)
//! ```
//!
//! The weaker queries are judged like any other, certificates and runs
//! included.

use crate::judge::Word;
use pi::{Correspondence, Formula, Program, Query, QueryKind, Span};

/// Judges the weaker forms of a query by `ask`, and tells them. What is asked is
/// the query of this number, in [`weaker`] if no program is given.
pub(super) fn remarks<E>(
    program: &Program,
    index: usize,
    ask: &mut dyn FnMut(Option<&Program>) -> Result<Word, E>,
) -> Result<Vec<String>, E> {
    let Some(query) = program.queries.get(index) else {
        return Ok(Vec::new());
    };
    let QueryKind::Correspondence(statement) = &query.kind else {
        return Ok(Vec::new());
    };
    if !has_weaker(statement) {
        return Ok(Vec::new());
    }
    let (injective, nested) = (
        statement.conclusion.is_injective(),
        statement.conclusion.is_nested(),
    );
    let weakest = plain(statement);
    let mut judged = |statement: Correspondence| -> Result<(Word, String), E> {
        let text = pi::wording::correspondence_text(program, &statement);
        let word = if query.lemma.is_none() && statement == weakest {
            ask(None)?
        } else {
            ask(Some(&with(program, index, statement, query.span)))?
        };
        Ok((word, text))
    };
    let (flat, text) = judged(weakest.clone())?;
    let flat_remark = remark(flat, &text);
    if !(injective && nested) || flat == Word::Attacked {
        return Ok(vec![flat_remark]);
    }
    let (outer, text) = judged(Correspondence {
        conclusion: outermost(&statement.conclusion),
        ..statement.clone()
    })?;
    let mut out = vec![remark(outer, &text)];
    if matches!(outer, Word::Undecided | Word::Stopped) {
        out.push(flat_remark);
    }
    Ok(out)
}

fn has_weaker(statement: &Correspondence) -> bool {
    let timed = statement.variables.iter().any(|v| v.ty == pi::TypeId::TIME);
    let conclusion = &statement.conclusion;
    !timed && (conclusion.is_injective() || conclusion.is_nested())
}

/// The program with all queries in their weakest form, so that these share what
/// they can. Lemmas stay, because others rest on them.
pub(super) fn weaker(program: &Program) -> Program {
    let mut weaker = program.clone();
    for query in weaker.queries.iter_mut().filter(|q| q.lemma.is_none()) {
        if let QueryKind::Correspondence(statement) = &mut query.kind
            && has_weaker(statement)
        {
            *statement = plain(statement);
            query.label = None;
        }
    }
    weaker
}

/// The program with another statement in the place of a query, or behind all
/// queries.
pub(super) fn with(
    program: &Program,
    index: usize,
    statement: Correspondence,
    span: Span,
) -> Program {
    let mut asked = program.clone();
    let group = asked.queries.get(index).map_or(u32::MAX, |q| q.group);
    let query = Query {
        label: None,
        kind: QueryKind::Correspondence(statement),
        group,
        lemma: None,
        induction: false,
        span,
    };
    match asked.queries.get_mut(index) {
        Some(place) => *place = query,
        None => asked.queries.push(query),
    }
    asked
}

fn remark(word: Word, text: &str) -> String {
    let turn = if word == Word::Proved { "but" } else { "even" };
    format!("({turn} {text} {})", word.result())
}

/// Without injectivity; what is nested becomes a conjunct.
fn plain(statement: &Correspondence) -> Correspondence {
    // In the order in which the injective query lists them.
    let mut premises: Vec<&Formula> = statement.premises.iter().collect();
    premises.sort_by_key(|premise| !premise.is_injective());
    Correspondence {
        premises: premises.into_iter().map(flat).collect(),
        conclusion: flat(&statement.conclusion),
        ..statement.clone()
    }
}

fn flat(formula: &Formula) -> Formula {
    match formula {
        Formula::And(parts) => conjunction(parts.iter().map(flat)),
        Formula::Event { .. } => {
            let mut event = formula.clone();
            if let Formula::Event { injective, .. } = &mut event {
                *injective = false;
            }
            event
        }
        Formula::Nested(premise, conclusion) => conjunction([flat(premise), flat(conclusion)]),
        Formula::Or(parts) => Formula::Or(parts.iter().map(flat).collect()),
        other => other.clone(),
    }
}

/// Flattened.
fn conjunction(parts: impl IntoIterator<Item = Formula>) -> Formula {
    let mut all = Vec::new();
    for part in parts {
        match part {
            Formula::And(inner) => all.extend(inner),
            other => all.push(other),
        }
    }
    Formula::And(all)
}

/// Without what is nested.
fn outermost(formula: &Formula) -> Formula {
    match formula {
        Formula::And(parts) => Formula::And(parts.iter().map(outermost).collect()),
        Formula::Nested(premise, _) => outermost(premise),
        Formula::Or(parts) => Formula::Or(parts.iter().map(outermost).collect()),
        other => other.clone(),
    }
}
