//! Terms and patterns as text, with every `letfun` opened.
//!
//! A call of a `letfun` is a `let` over its parameters; printed in place, its
//! arguments are put where the parameters stand. So a change in a shared
//! library shows in every step that uses it.

use std::collections::BTreeMap;

use pi::{FunId, FunctionKind, Pattern, PatternKind, Program, TableId, Term, TermKind, VarId};

/// Text to put in place of variables.
pub(crate) type Inlined = BTreeMap<VarId, String>;

pub(crate) fn variable(program: &Program, id: VarId) -> &str {
    program
        .variables
        .get(id.0 as usize)
        .map_or("?", |variable| &variable.name)
}

pub(crate) fn function(program: &Program, id: FunId) -> &str {
    program
        .functions
        .get(id.0 as usize)
        .map_or("?", |function| &function.name)
}

pub(crate) fn table(program: &Program, id: TableId) -> &str {
    program
        .tables
        .get(id.0 as usize)
        .map_or("?", |table| &table.name)
}

/// Whether evaluating the term can fail: it applies a destructor of the model
/// or has branches. The predefined connectives fail only where an argument
/// does.
pub(crate) fn may_fail(program: &Program, term: &Term) -> bool {
    match &term.kind {
        TermKind::Var(_) | TermKind::Name(_) => false,
        TermKind::Let {
            pattern,
            value,
            then,
            ..
        } => {
            !matches!(pattern.kind, PatternKind::Var(_))
                || may_fail(program, value)
                || may_fail(program, then)
        }
        TermKind::Apply(id, arguments) => {
            let destructor = id.0 >= FunId::PREDEFINED
                && program
                    .functions
                    .get(id.0 as usize)
                    .is_none_or(|f| matches!(f.kind, FunctionKind::Destructor { .. }));
            destructor || arguments.iter().any(|argument| may_fail(program, argument))
        }
        _ => true,
    }
}

/// A term in the syntax of the language.
pub(crate) fn term(program: &Program, it: &Term, inlined: &Inlined) -> String {
    let go = |term_: &Term| term(program, term_, inlined);
    match &it.kind {
        TermKind::Apply(id, arguments) => apply(program, *id, arguments, inlined),
        TermKind::Fail => "fail".into(),
        TermKind::If {
            condition,
            then,
            otherwise,
        } => format!(
            "(if {} then {} else {})",
            go(condition),
            go(then),
            go(otherwise)
        ),
        TermKind::Let {
            pattern: matched,
            value,
            then,
            otherwise,
            ..
        } => match &matched.kind {
            PatternKind::Var(id) if matches!(otherwise.kind, TermKind::Fail) => {
                let mut inner = inlined.clone();
                inner.insert(*id, go(value));
                term(program, then, &inner)
            }
            _ => format!(
                "(let {} = {} in {} else {})",
                pattern(program, matched, inlined),
                go(value),
                go(then),
                go(otherwise)
            ),
        },
        TermKind::Name(id) => program
            .names
            .get(id.0 as usize)
            .map_or("?", |name| &name.name)
            .to_owned(),
        TermKind::Var(id) => inlined
            .get(id)
            .cloned()
            .unwrap_or_else(|| variable(program, *id).to_owned()),
        // Derivation refuses the others, so no step contains them.
        TermKind::Event { .. }
        | TermKind::Get { .. }
        | TermKind::Insert { .. }
        | TermKind::LetSuchThat { .. }
        | TermKind::New { .. } => "?".into(),
    }
}

fn apply(program: &Program, id: FunId, arguments: &[Term], inlined: &Inlined) -> String {
    let shown: Vec<String> = arguments
        .iter()
        .map(|argument| term(program, argument, inlined))
        .collect();
    let infix = match id {
        FunId::EQUAL => Some("="),
        FunId::UNEQUAL => Some("<>"),
        FunId::AND => Some("&&"),
        FunId::OR => Some("||"),
        _ => None,
    };
    if let (Some(sign), [left, right]) = (infix, shown.as_slice()) {
        return format!("{left} {sign} {right}");
    }
    let tuple = program
        .functions
        .get(id.0 as usize)
        .is_some_and(|f| f.kind == FunctionKind::Tuple);
    match (tuple, shown.is_empty()) {
        (true, _) => format!("({})", shown.join(", ")),
        (false, true) => function(program, id).to_owned(),
        (false, false) => format!("{}({})", function(program, id), shown.join(", ")),
    }
}

/// A pattern in the syntax of the language.
pub(crate) fn pattern(program: &Program, it: &Pattern, inlined: &Inlined) -> String {
    match &it.kind {
        PatternKind::Data(id, patterns) => {
            let inner: Vec<String> = patterns
                .iter()
                .map(|inner| pattern(program, inner, inlined))
                .collect();
            format!("{}({})", function(program, *id), inner.join(", "))
        }
        PatternKind::Equal(value) => format!("={}", term(program, value, inlined)),
        PatternKind::Var(id) => variable(program, *id).to_owned(),
    }
}
