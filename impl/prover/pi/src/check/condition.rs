//! Conditions of `get … suchthat`: what may stand in them.
//!
//! A condition is tried on every entry of the table, and trying must leave no
//! trace: no `new`, `insert` or `event`, and no `let … suchthat` that chooses
//! values, not even in the body of a `letfun` (ProVerif manual, on tables).
//!
//! What a condition binds, looks up or asks a predicate is found out once,
//! before an entry is looked at, so it cannot depend on the entry's columns.
//! Functions, `if` over functions and the branches of what was found out can.

use super::Checker;
use super::sum::Sum;
use crate::program::{Pattern, PatternKind, Term, TermKind, VarId};
use crate::source::Span;
use std::collections::BTreeSet;

/// Why a condition is refused, and the place.
struct Fault {
    span: Span,
    message: String,
    hint: &'static str,
}

impl Checker<'_> {
    /// Reports the first part of a condition that may not stand in it.
    pub(super) fn condition_allowed(
        &mut self,
        patterns: &[Pattern],
        sums: &[Sum],
        condition: &Term,
    ) -> Option<()> {
        let mut columns = BTreeSet::new();
        let above = sums.iter().map(Sum::base);
        for pattern in patterns.iter().chain(above) {
            bound_by(pattern, &mut columns);
        }
        let fault = effect(condition).or_else(|| untimely(condition, &columns));
        let Some(fault) = fault else { return Some(()) };
        let whole = condition.span;
        let written_here =
            fault.span.file == whole.file && (whole.start..=whole.end).contains(&fault.span.start);
        if written_here {
            self.error(fault.span, fault.message, Some(fault.hint));
        } else {
            let message = format!("{}, here in a function it calls", fault.message);
            self.error(whole, message, Some(fault.hint));
        }
        None
    }
}

/// The first effect in a condition.
fn effect(term: &Term) -> Option<Fault> {
    let what = match &term.kind {
        TermKind::Event { .. } => "`event`",
        TermKind::Insert { .. } => "`insert`",
        TermKind::LetSuchThat { variables, .. } if !variables.is_empty() => "`let … suchthat`",
        TermKind::New { .. } => "`new`",
        _ => return parts(term).into_iter().find_map(effect),
    };
    Some(Fault {
        span: term.span,
        message: format!("{what} may not stand in the condition of a `get`"),
        hint: "a condition is tried on every entry: it compares, it does not act",
    })
}

/// The first part that depends on a column although it is found out before.
fn untimely(term: &Term, columns: &BTreeSet<VarId>) -> Option<Fault> {
    let early = |part: &Term| mentions(part, columns);
    match &term.kind {
        TermKind::Apply(_, arguments) => arguments.iter().find_map(|a| untimely(a, columns)),
        TermKind::If {
            condition,
            then,
            otherwise,
        } => {
            if plain(term) {
                return None;
            }
            if early(condition) {
                return Some(dependent(condition.span, "this `if`"));
            }
            untimely(then, columns).or_else(|| untimely(otherwise, columns))
        }
        TermKind::Let {
            pattern,
            value,
            then,
            otherwise,
            letfun,
        } => {
            // One column by another name, as when it is handed to a `letfun`.
            if let (TermKind::Var(column), PatternKind::Var(name)) = (&value.kind, &pattern.kind)
                && columns.contains(column)
            {
                let mut columns = columns.clone();
                columns.insert(*name);
                return untimely(then, &columns).or_else(|| untimely(otherwise, &columns));
            }
            if early(value) || tests(pattern).into_iter().any(early) {
                let what = match letfun {
                    Some(name) => format!("an argument of `{name}`"),
                    None => "this `let`".to_owned(),
                };
                return Some(dependent(value.span, &what));
            }
            untimely(then, columns).or_else(|| untimely(otherwise, columns))
        }
        TermKind::Get {
            patterns,
            condition,
            then,
            otherwise,
            ..
        } => {
            let mut looked_at = patterns.iter().flat_map(tests).chain(condition.as_deref());
            if looked_at.any(early) {
                return Some(dependent(term.span, "this `get`"));
            }
            untimely(then, columns).or_else(|| untimely(otherwise, columns))
        }
        TermKind::LetSuchThat {
            arguments,
            then,
            otherwise,
            ..
        } => {
            if arguments.iter().any(early) {
                return Some(dependent(term.span, "this predicate"));
            }
            untimely(then, columns).or_else(|| untimely(otherwise, columns))
        }
        // Effects are refused before.
        TermKind::Event { .. }
        | TermKind::Insert { .. }
        | TermKind::New { .. }
        | TermKind::Fail
        | TermKind::Name(_)
        | TermKind::Var(_) => None,
    }
}

fn dependent(span: Span, what: &str) -> Fault {
    Fault {
        span,
        message: format!("{what} depends on a column of the `get` whose condition it stands in"),
        hint: "in a condition only functions, and `if` over functions, see the entry: look it up \
               first and test behind `in`",
    }
}

/// Nodes and depth of a term.
pub(super) fn measure(term: &Term) -> (u32, u32) {
    let (mut nodes, mut deepest) = (0_u32, 0_u32);
    let mut work = vec![(term, 1_u32)];
    while let Some((term, depth)) = work.pop() {
        nodes = nodes.saturating_add(1);
        deepest = deepest.max(depth);
        let below = parts(term).into_iter();
        work.extend(below.map(|part| (part, depth.saturating_add(1))));
    }
    (nodes, deepest)
}

/// Whether a term consists of functions and `if` alone.
pub(super) fn plain(term: &Term) -> bool {
    matches!(
        term.kind,
        TermKind::Apply(..)
            | TermKind::Fail
            | TermKind::If { .. }
            | TermKind::Name(_)
            | TermKind::Var(_)
    ) && parts(term).into_iter().all(plain)
}

fn mentions(term: &Term, columns: &BTreeSet<VarId>) -> bool {
    match &term.kind {
        TermKind::Var(var) => columns.contains(var),
        _ => parts(term).into_iter().any(|part| mentions(part, columns)),
    }
}

/// The terms directly below a term, those in patterns included.
pub(super) fn parts(term: &Term) -> Vec<&Term> {
    match &term.kind {
        TermKind::Apply(_, arguments) => arguments.iter().collect(),
        TermKind::Event {
            arguments, then, ..
        }
        | TermKind::Insert {
            arguments, then, ..
        } => arguments.iter().chain([&**then]).collect(),
        TermKind::Fail | TermKind::Name(_) | TermKind::Var(_) => Vec::new(),
        TermKind::Get {
            patterns,
            condition,
            then,
            otherwise,
            ..
        } => {
            let tested = patterns.iter().flat_map(tests);
            let rest = [&**then, &**otherwise];
            tested.chain(condition.as_deref()).chain(rest).collect()
        }
        TermKind::If {
            condition,
            then,
            otherwise,
        } => vec![condition, then, otherwise],
        TermKind::Let {
            pattern,
            value,
            then,
            otherwise,
            ..
        } => {
            let rest = [&**value, &**then, &**otherwise];
            tests(pattern).into_iter().chain(rest).collect()
        }
        TermKind::LetSuchThat {
            arguments,
            then,
            otherwise,
            ..
        } => {
            let rest = [&**then, &**otherwise];
            arguments.iter().chain(rest).collect()
        }
        TermKind::New { then, .. } => vec![then],
    }
}

/// The terms that a pattern compares with.
pub(super) fn tests(pattern: &Pattern) -> Vec<&Term> {
    match &pattern.kind {
        PatternKind::Data(_, parts) => parts.iter().flat_map(tests).collect(),
        PatternKind::Equal(term) => vec![term],
        PatternKind::Var(_) => Vec::new(),
    }
}

fn bound_by(pattern: &Pattern, out: &mut BTreeSet<VarId>) {
    match &pattern.kind {
        PatternKind::Data(_, parts) => parts.iter().for_each(|part| bound_by(part, out)),
        PatternKind::Equal(_) => {}
        PatternKind::Var(var) => {
            out.insert(*var);
        }
    }
}
