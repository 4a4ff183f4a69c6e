//! Processes, one step a line; branches are indented, continuations are not.

use super::{Printer, call};
use crate::program::{Process, ProcessKind};

impl Printer<'_> {
    pub(super) fn process(&mut self, process: &Process, indent: usize) {
        let point = self.point(process.point);
        match &process.kind {
            ProcessKind::Call {
                name,
                bindings,
                body,
                ..
            } => {
                if self.numbered {
                    self.line(indent, &format!("{point}(* {name} *)"));
                }
                for (var, value) in bindings {
                    let head = self.typed(core::slice::from_ref(var));
                    let value = self.term(value);
                    self.line(indent, &format!("let {head} = {value} in"));
                }
                self.process(body, indent);
            }
            ProcessKind::Event {
                event,
                arguments,
                then,
            } => {
                let head = call(self.event(*event), &self.terms(arguments));
                self.step(indent, format!("{point}event {head}"), then);
            }
            ProcessKind::Get {
                table,
                patterns,
                condition,
                precise,
                then,
                otherwise,
            } => {
                let head = format!("{}({})", self.table(*table), self.patterns(patterns));
                let condition = condition.as_ref().map_or_else(String::new, |condition| {
                    format!(" suchthat {}", self.term(condition))
                });
                let precise = if *precise { " [precise]" } else { "" };
                let head = format!("{point}get {head}{condition}{precise} in");
                self.branches(indent, head, then, otherwise.as_deref());
            }
            ProcessKind::If {
                condition,
                then,
                otherwise,
            } => {
                let head = format!("{point}if {} then", self.term(condition));
                self.branches(indent, head, then, written(otherwise));
            }
            ProcessKind::Input {
                channel,
                pattern,
                precise,
                then,
            } => {
                let channel = self.term(channel);
                let pattern = self.pattern(pattern);
                let precise = if *precise { " [precise]" } else { "" };
                self.step(
                    indent,
                    format!("{point}in({channel}, {pattern}){precise}"),
                    then,
                );
            }
            ProcessKind::Insert {
                table,
                arguments,
                then,
            } => {
                let entry = self.entry(self.table(*table), arguments);
                self.step(indent, format!("{point}insert {entry}"), then);
            }
            ProcessKind::Let {
                pattern,
                value,
                then,
                otherwise,
            } => {
                let pattern = self.let_pattern(pattern);
                let head = format!("{point}let {pattern} = {} in", self.term(value));
                self.branches(indent, head, then, written(otherwise));
            }
            ProcessKind::LetSuchThat {
                variables,
                predicate,
                arguments,
                precise,
                then,
                otherwise,
            } => {
                let predicate = call(self.predicate(*predicate), &self.terms(arguments));
                let precise = if *precise { " [precise]" } else { "" };
                let head = if variables.is_empty() {
                    format!("{point}if {predicate} then")
                } else {
                    let variables = self.typed(variables);
                    format!("{point}let {variables} suchthat {predicate}{precise} in")
                };
                self.branches(indent, head, then, written(otherwise));
            }
            ProcessKind::New {
                name,
                arguments,
                then,
            } => {
                let head = self.restriction(*name, arguments.as_deref());
                self.step(indent, format!("{point}{head}"), then);
            }
            ProcessKind::Nil => self.line(indent, &format!("{point}0")),
            ProcessKind::Output {
                channel,
                message,
                then,
            } => {
                let channel = self.term(channel);
                let message = self.term(message);
                self.step(indent, format!("{point}out({channel}, {message})"), then);
            }
            ProcessKind::Parallel(parts) => {
                for (index, part) in parts.iter().enumerate() {
                    let open = match index {
                        0 => format!("{point}("),
                        _ => ") | (".to_owned(),
                    };
                    self.line(indent, &open);
                    self.process(part, indent + 1);
                }
                self.line(indent, ")");
            }
            ProcessKind::Phase { phase, then } => {
                self.step(indent, format!("{point}phase {phase}"), then);
            }
            ProcessKind::Replicate(inner) => {
                self.line(indent, &format!("{point}!("));
                self.process(inner, indent + 1);
                self.line(indent, ")");
            }
        }
    }

    /// A prefix and its continuation.
    fn step(&mut self, indent: usize, head: String, then: &Process) {
        self.line(indent, &format!("{head};"));
        self.process(then, indent);
    }

    fn branches(
        &mut self,
        indent: usize,
        head: String,
        then: &Process,
        otherwise: Option<&Process>,
    ) {
        let Some(otherwise) = otherwise else {
            self.line(indent, &head);
            self.process(then, indent);
            return;
        };
        self.line(indent, &format!("{head} ("));
        self.process(then, indent + 1);
        self.line(indent, ") else (");
        self.process(otherwise, indent + 1);
        self.line(indent, ")");
    }
}

/// An `else` branch that does something.
fn written(otherwise: &Process) -> Option<&Process> {
    match otherwise.kind {
        ProcessKind::Nil => None,
        _ => Some(otherwise),
    }
}
