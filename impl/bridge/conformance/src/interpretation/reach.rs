//! Which symbols, events and variables the roles use.

use std::collections::BTreeMap;

use pi::{EventId, FunId, Pattern, PatternKind, Program, Span, Term, TermKind, VarId};

use crate::steps::{StepId, StepKind, StepTree};

/// What the roles use, with a place for each.
#[derive(Debug, Default)]
pub(super) struct Reached {
    pub(super) functions: BTreeMap<FunId, Use>,
    pub(super) events: BTreeMap<EventId, Span>,
}

/// How a symbol is used.
#[derive(Debug)]
pub(super) struct Use {
    /// Its first use.
    pub(super) span: Span,
    /// Some pattern takes it apart.
    pub(super) in_pattern: bool,
}

pub(super) fn reach<'a>(trees: impl Iterator<Item = &'a StepTree>) -> Reached {
    let mut reached = Reached::default();
    for tree in trees {
        for (_, argument) in &tree.parameters {
            reached.term(argument);
        }
        for step in tree.steps() {
            if let StepKind::Event { event, .. } = &step.kind {
                reached.events.entry(*event).or_insert(step.span);
            }
            each_term(&step.kind, &mut |term| reached.term(term));
            each_pattern(&step.kind, &mut |pattern| reached.pattern(pattern));
        }
    }
    reached
}

impl Reached {
    fn term(&mut self, term: &Term) {
        match &term.kind {
            TermKind::Apply(id, arguments) => {
                self.function(*id, term.span, false);
                arguments.iter().for_each(|argument| self.term(argument));
            }
            TermKind::If {
                condition,
                then,
                otherwise,
            } => [condition, then, otherwise]
                .into_iter()
                .for_each(|inner| self.term(inner)),
            TermKind::Let {
                pattern,
                value,
                then,
                otherwise,
                ..
            } => {
                self.pattern(pattern);
                [value, then, otherwise]
                    .into_iter()
                    .for_each(|inner| self.term(inner));
            }
            _ => {}
        }
    }

    fn pattern(&mut self, pattern: &Pattern) {
        match &pattern.kind {
            PatternKind::Data(id, inner) => {
                self.function(*id, pattern.span, true);
                inner.iter().for_each(|inner| self.pattern(inner));
            }
            PatternKind::Equal(term) => self.term(term),
            PatternKind::Var(_) => {}
        }
    }

    fn function(&mut self, id: FunId, span: Span, in_pattern: bool) {
        if id.0 < FunId::PREDEFINED {
            return;
        }
        let used = self.functions.entry(id).or_insert(Use {
            span,
            in_pattern: false,
        });
        used.in_pattern |= in_pattern;
    }
}

/// Variables whose values a step uses.
pub(crate) fn used(kind: &StepKind) -> Vec<VarId> {
    let mut all = Vec::new();
    each_term(kind, &mut |term| in_term(term, &mut all));
    each_pattern(kind, &mut |pattern| in_pattern(pattern, &mut all));
    all
}

/// Variables that patterns of a role bind inside what one of these functions
/// makes.
pub(crate) fn inside(tree: &StepTree, is_meant: &impl Fn(FunId) -> bool) -> Vec<VarId> {
    let mut all = Vec::new();
    for step in tree.steps() {
        each_pattern(&step.kind, &mut |pattern| {
            each_made(pattern, is_meant, &mut |found| {
                bound(found, &mut |variable| all.push(variable));
            });
        });
    }
    all
}

/// Whether a step takes apart what one of these functions makes.
pub(crate) fn takes_apart(kind: &StepKind, is_meant: &impl Fn(FunId) -> bool) -> bool {
    let mut found = false;
    each_pattern(kind, &mut |pattern| {
        each_made(pattern, is_meant, &mut |_| found = true);
    });
    found
}

fn each_made<'a>(
    pattern: &'a Pattern,
    is_meant: &impl Fn(FunId) -> bool,
    visit: &mut impl FnMut(&'a Pattern),
) {
    if let PatternKind::Data(function, inner) = &pattern.kind {
        if is_meant(*function) {
            visit(pattern);
        }
        inner
            .iter()
            .for_each(|inner| each_made(inner, is_meant, visit));
    }
}

/// Variables a pattern compares what it finds with.
pub(crate) fn compared(pattern: &Pattern) -> Vec<VarId> {
    let mut all = Vec::new();
    in_pattern(pattern, &mut all);
    all
}

fn in_term(term: &Term, all: &mut Vec<VarId>) {
    match &term.kind {
        TermKind::Var(id) => all.push(*id),
        TermKind::Apply(_, arguments) => arguments.iter().for_each(|t| in_term(t, all)),
        TermKind::If {
            condition,
            then,
            otherwise,
        } => [condition, then, otherwise]
            .into_iter()
            .for_each(|t| in_term(t, all)),
        TermKind::Let { value, then, .. } => {
            in_term(value, all);
            in_term(then, all);
        }
        _ => {}
    }
}

fn in_pattern(pattern: &Pattern, all: &mut Vec<VarId>) {
    match &pattern.kind {
        PatternKind::Data(_, inner) => inner.iter().for_each(|inner| in_pattern(inner, all)),
        PatternKind::Equal(term) => in_term(term, all),
        PatternKind::Var(_) => {}
    }
}

/// The terms a step evaluates, patterns aside.
fn each_term<'a>(kind: &'a StepKind, visit: &mut impl FnMut(&'a Term)) {
    match kind {
        StepKind::Call { bindings, .. } => bindings.iter().for_each(|(_, term)| visit(term)),
        StepKind::Event { arguments, .. } | StepKind::Insert { arguments, .. } => {
            arguments.iter().for_each(visit);
        }
        StepKind::Get { condition, .. } => condition.iter().for_each(visit),
        StepKind::If { condition } => visit(condition),
        StepKind::Let { value, .. } => visit(value),
        StepKind::Output { message } => visit(message),
        StepKind::Input { .. } | StepKind::New { .. } | StepKind::Parallel { .. } => {}
    }
}

fn each_pattern<'a>(kind: &'a StepKind, visit: &mut impl FnMut(&'a Pattern)) {
    match kind {
        StepKind::Get { patterns, .. } => patterns.iter().for_each(visit),
        StepKind::Input { pattern } | StepKind::Let { pattern, .. } => visit(pattern),
        _ => {}
    }
}

/// Variables the role binds outside terms, by the name they are written with,
/// each with the process macro it is written in. A macro that takes an argument
/// under its own name does not make a second.
pub(super) fn variables<'a>(
    program: &'a Program,
    tree: &'a StepTree,
) -> BTreeMap<&'a str, Vec<(&'a str, VarId)>> {
    let mut all: BTreeMap<&str, Vec<(&str, VarId)>> = BTreeMap::new();
    let mut add = |scope: &'a str, id: VarId| {
        if let Some(variable) = program.variables.get(id.0 as usize) {
            all.entry(&variable.name).or_default().push((scope, id));
        }
    };
    let role = tree.role.as_str();
    tree.parameters.iter().for_each(|(id, _)| add(role, *id));
    let mut open: Vec<(&str, StepId)> = tree.first.map(|id| (role, id)).into_iter().collect();
    while let Some((scope, id)) = open.pop() {
        let Some(step) = tree.step(id) else {
            continue;
        };
        let mut inner = scope;
        match &step.kind {
            StepKind::New { name } => add(scope, *name),
            StepKind::Call { name, bindings } => {
                inner = name;
                for (id, argument) in bindings {
                    let same = match &argument.kind {
                        TermKind::Var(passed) => {
                            let name =
                                |id: &VarId| program.variables.get(id.0 as usize).map(|v| &v.name);
                            name(id) == name(passed)
                        }
                        _ => false,
                    };
                    if !same {
                        add(inner, *id);
                    }
                }
            }
            kind => each_pattern(kind, &mut |pattern| {
                bound(pattern, &mut |id| add(scope, id));
            }),
        }
        let mut next: Vec<StepId> = step.then.into_iter().chain(step.otherwise).collect();
        if let StepKind::Parallel { branches } = &step.kind {
            next.extend(branches);
        }
        open.extend(next.into_iter().map(|id| (inner, id)));
    }
    all
}

fn bound(pattern: &Pattern, add: &mut impl FnMut(VarId)) {
    match &pattern.kind {
        PatternKind::Data(_, inner) => inner.iter().for_each(|inner| bound(inner, add)),
        PatternKind::Equal(_) => {}
        PatternKind::Var(id) => add(*id),
    }
}
