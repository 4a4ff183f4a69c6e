//! The checks of a program: tests whose failing branch does nothing, and
//! `=term` patterns. Dropping one shows what it is good for.
//!
//! A check is known by its place in the text, so that all copies of a macro
//! lose it together.

use crate::walk::{Visitor, process};
use pi::{
    Binder, EventId, Pattern, PatternKind, Process, ProcessKind, Program, Span, Term, TermKind,
    VarId, Variable,
};
use std::collections::{BTreeMap, BTreeSet};

/// One check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// The condition or pattern.
    pub span: Span,
    /// Its text, on one line.
    pub text: String,
    /// File and line, from 1.
    pub place: (String, usize),
}

/// All checks, in text order.
#[must_use]
pub fn checks(program: &Program) -> Vec<Check> {
    let mut collector = Collector::default();
    process(&mut program.process.clone(), &mut collector);
    let found = collector.found.into_values().map(|span| {
        let words: Vec<_> = program.sources.text(span).split_whitespace().collect();
        let file = program.sources.file(span.file);
        Check {
            span,
            text: words.join(" "),
            place: (
                file.map(|f| f.name.clone()).unwrap_or_default(),
                program.sources.position(span).line as usize,
            ),
        }
    });
    found.collect()
}

/// The program in which this check always succeeds.
#[must_use]
pub fn without(program: &Program, check: &Check) -> Program {
    let mut edited = program.clone();
    let mut dropper = Dropper {
        span: check.span,
        variables: std::mem::take(&mut edited.variables),
    };
    process(&mut edited.process, &mut dropper);
    edited.variables = dropper.variables;
    edited
}

/// The events that a program's process can emit.
#[must_use]
pub fn emitted(program: &Program) -> BTreeSet<EventId> {
    let mut emitter = Emitter::default();
    process(&mut program.process.clone(), &mut emitter);
    emitter.events
}

type Place = (u32, u32, u32);

fn place(span: Span) -> Place {
    (span.file.0, span.start, span.end)
}

#[derive(Default)]
struct Collector {
    found: BTreeMap<Place, Span>,
}

impl Visitor for Collector {
    fn process(&mut self, node: &mut Process) {
        if let ProcessKind::If {
            condition,
            otherwise,
            ..
        } = &node.kind
            && otherwise.kind == ProcessKind::Nil
        {
            self.found.insert(place(condition.span), condition.span);
        }
    }

    fn term(&mut self, node: &mut Term) {
        if let TermKind::If {
            condition,
            otherwise,
            ..
        } = &node.kind
            && otherwise.kind == TermKind::Fail
        {
            self.found.insert(place(condition.span), condition.span);
        }
    }

    fn pattern(&mut self, node: &mut Pattern) {
        if matches!(node.kind, PatternKind::Equal(_)) {
            self.found.insert(place(node.span), node.span);
        }
    }
}

struct Dropper {
    span: Span,
    variables: Vec<Variable>,
}

impl Visitor for Dropper {
    fn process(&mut self, node: &mut Process) {
        if let ProcessKind::If {
            condition, then, ..
        } = &mut node.kind
            && place(condition.span) == place(self.span)
        {
            let nil = Process {
                point: node.point,
                kind: ProcessKind::Nil,
                span: node.span,
            };
            *node = std::mem::replace(&mut **then, nil);
        }
    }

    fn term(&mut self, node: &mut Term) {
        if let TermKind::If {
            condition, then, ..
        } = &mut node.kind
            && place(condition.span) == place(self.span)
        {
            let fail = Term {
                kind: TermKind::Fail,
                ty: node.ty,
                span: node.span,
            };
            *node = std::mem::replace(&mut **then, fail);
        }
    }

    fn pattern(&mut self, node: &mut Pattern) {
        if place(node.span) == place(self.span) && matches!(node.kind, PatternKind::Equal(_)) {
            let fresh = VarId(u32::try_from(self.variables.len()).unwrap_or(u32::MAX));
            self.variables.push(Variable {
                name: "unchecked".to_owned(),
                ty: node.ty,
                binder: Binder::Let,
                span: node.span,
            });
            node.kind = PatternKind::Var(fresh);
        }
    }
}

#[derive(Default)]
struct Emitter {
    events: BTreeSet<EventId>,
}

impl Visitor for Emitter {
    fn process(&mut self, node: &mut Process) {
        if let ProcessKind::Event { event, .. } = &node.kind {
            self.events.insert(*event);
        }
    }

    fn term(&mut self, node: &mut Term) {
        if let TermKind::Event { event, .. } = &node.kind {
            self.events.insert(*event);
        }
    }
}
