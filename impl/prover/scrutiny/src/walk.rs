//! Every process and term of a program, in text order, to look at or to change.

use pi::{Pattern, PatternKind, Process, ProcessKind, Term, TermKind};

/// What is done at each node, after its children.
pub(crate) trait Visitor {
    fn process(&mut self, _: &mut Process) {}
    fn term(&mut self, _: &mut Term) {}
    fn pattern(&mut self, _: &mut Pattern) {}
}

pub(crate) fn process(node: &mut Process, v: &mut dyn Visitor) {
    match &mut node.kind {
        ProcessKind::Call { bindings, body, .. } => {
            bindings.iter_mut().for_each(|(_, t)| term(t, v));
            process(body, v);
        }
        ProcessKind::Event {
            arguments, then, ..
        }
        | ProcessKind::Insert {
            arguments, then, ..
        } => {
            arguments.iter_mut().for_each(|t| term(t, v));
            process(then, v);
        }
        ProcessKind::Get {
            patterns,
            condition,
            then,
            otherwise,
            ..
        } => {
            patterns.iter_mut().for_each(|p| pattern(p, v));
            condition.iter_mut().for_each(|t| term(t, v));
            process(then, v);
            otherwise.iter_mut().for_each(|p| process(p, v));
        }
        ProcessKind::If {
            condition,
            then,
            otherwise,
        } => {
            term(condition, v);
            process(then, v);
            process(otherwise, v);
        }
        ProcessKind::Input {
            channel,
            pattern: p,
            then,
            ..
        } => {
            term(channel, v);
            pattern(p, v);
            process(then, v);
        }
        ProcessKind::Let {
            pattern: p,
            value,
            then,
            otherwise,
        } => {
            pattern(p, v);
            term(value, v);
            process(then, v);
            process(otherwise, v);
        }
        ProcessKind::LetSuchThat {
            arguments,
            then,
            otherwise,
            ..
        } => {
            arguments.iter_mut().for_each(|t| term(t, v));
            process(then, v);
            process(otherwise, v);
        }
        ProcessKind::New { then, .. } | ProcessKind::Phase { then, .. } => process(then, v),
        ProcessKind::Replicate(then) => process(then, v),
        ProcessKind::Nil => {}
        ProcessKind::Output {
            channel,
            message,
            then,
        } => {
            term(channel, v);
            term(message, v);
            process(then, v);
        }
        ProcessKind::Parallel(parts) => parts.iter_mut().for_each(|p| process(p, v)),
    }
    v.process(node);
}

fn term(node: &mut Term, v: &mut dyn Visitor) {
    match &mut node.kind {
        TermKind::Apply(_, arguments) => arguments.iter_mut().for_each(|t| term(t, v)),
        TermKind::Event {
            arguments, then, ..
        }
        | TermKind::Insert {
            arguments, then, ..
        } => {
            arguments.iter_mut().for_each(|t| term(t, v));
            term(then, v);
        }
        TermKind::Fail | TermKind::Name(_) | TermKind::Var(_) => {}
        TermKind::Get {
            patterns,
            condition,
            then,
            otherwise,
            ..
        } => {
            patterns.iter_mut().for_each(|p| pattern(p, v));
            condition.iter_mut().for_each(|t| term(t, v));
            term(then, v);
            term(otherwise, v);
        }
        TermKind::If {
            condition,
            then,
            otherwise,
        } => {
            term(condition, v);
            term(then, v);
            term(otherwise, v);
        }
        TermKind::Let {
            pattern: p,
            value,
            then,
            otherwise,
            ..
        } => {
            pattern(p, v);
            term(value, v);
            term(then, v);
            term(otherwise, v);
        }
        TermKind::LetSuchThat {
            arguments,
            then,
            otherwise,
            ..
        } => {
            arguments.iter_mut().for_each(|t| term(t, v));
            term(then, v);
            term(otherwise, v);
        }
        TermKind::New { then, .. } => term(then, v),
    }
    v.term(node);
}

fn pattern(node: &mut Pattern, v: &mut dyn Visitor) {
    match &mut node.kind {
        PatternKind::Data(_, parts) => parts.iter_mut().for_each(|p| pattern(p, v)),
        PatternKind::Equal(t) => term(t, v),
        PatternKind::Var(_) => {}
    }
    v.pattern(node);
}
