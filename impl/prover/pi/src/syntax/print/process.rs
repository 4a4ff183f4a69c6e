//! Processes, one step a line.

use super::super::tree::{Process, ProcessKind};
use super::Printer;

impl Printer<'_> {
    pub(super) fn process(&mut self, process: &Process, level: usize) {
        use ProcessKind as K;
        match &process.kind {
            K::Call { name, arguments } => {
                let text = format!("{}{}", self.name(*name), self.arguments(arguments));
                self.line(level, &text);
            }
            K::Event {
                event,
                arguments,
                then,
            } => {
                let arguments = self.arguments(arguments);
                let text = format!("event {}{arguments}", self.name(*event));
                self.step(&text, then, level);
            }
            // Only in programs that are refused.
            K::Faulty(then) => self.step("yield", then, level),
            K::Get {
                table,
                patterns,
                condition,
                options,
                then,
                otherwise,
            } => {
                let condition = condition.as_ref().map_or_else(String::new, |condition| {
                    format!(" suchthat {}", self.term(condition))
                });
                let text = format!(
                    "get {}({}){condition}{} in",
                    self.name(*table),
                    self.patterns(patterns),
                    self.options(options)
                );
                self.branches(&text, then, otherwise.as_deref(), level);
            }
            K::If {
                condition,
                then,
                otherwise,
            } => {
                let text = format!("if {} then", self.term(condition));
                self.branches(&text, then, otherwise.as_deref(), level);
            }
            K::Input {
                channel,
                pattern,
                options,
                then,
            } => {
                let text = format!(
                    "in({}, {}){}",
                    self.term(channel),
                    self.pattern(pattern),
                    self.options(options)
                );
                self.step(&text, then, level);
            }
            K::Insert {
                table,
                arguments,
                then,
            } => {
                let text = format!("insert {}({})", self.name(*table), self.terms(arguments));
                self.step(&text, then, level);
            }
            K::Let {
                pattern,
                value,
                then,
                otherwise,
            } => {
                let text = format!(
                    "let {} = {} in",
                    self.let_pattern(pattern),
                    self.term(value)
                );
                self.branches(&text, then, otherwise.as_deref(), level);
            }
            K::LetSuchThat {
                variables,
                predicate,
                options,
                then,
                otherwise,
            } => {
                let text = format!(
                    "let {} suchthat {}{} in",
                    self.sought(variables),
                    self.term(predicate),
                    self.options(options)
                );
                self.branches(&text, then, otherwise.as_deref(), level);
            }
            K::New {
                name,
                arguments,
                ty,
                then,
            } => {
                let arguments = arguments.as_ref().map_or_else(String::new, |arguments| {
                    format!("[{}]", self.comma_names(arguments))
                });
                let text = format!("new {}{arguments}: {}", self.name(*name), self.name(*ty));
                self.step(&text, then, level);
            }
            K::Nil => self.line(level, "0"),
            K::Output {
                channel,
                message,
                then,
            } => {
                let text = format!("out({}, {})", self.term(channel), self.term(message));
                self.step(&text, then, level);
            }
            K::Parallel(parts) => {
                for (n, part) in parts.iter().enumerate() {
                    self.line(level, if n == 0 { "((" } else { ") | (" });
                    self.process(part, level + 1);
                }
                self.line(level, "))");
            }
            K::Phase { phase, then } => self.step(&format!("phase {phase}"), then, level),
            K::Replicate(body) => {
                self.line(level, "! (");
                self.process(body, level + 1);
                self.line(level, ")");
            }
            K::Sync { then, .. } => {
                let text = self.source(process.span).to_owned();
                self.step(&text, then, level);
            }
        }
    }

    /// A prefix and what follows, on the same level: a long sequence is no
    /// deep tree to read.
    fn step(&mut self, prefix: &str, then: &Process, level: usize) {
        if matches!(then.kind, ProcessKind::Nil) {
            self.line(level, prefix);
            return;
        }
        self.line(level, &format!("{prefix};"));
        self.process(then, level);
    }

    fn branches(&mut self, head: &str, then: &Process, otherwise: Option<&Process>, level: usize) {
        let Some(otherwise) = otherwise else {
            self.line(level, head);
            self.process(then, level);
            return;
        };
        self.line(level, &format!("{head} ("));
        self.process(then, level + 1);
        self.line(level, ") else (");
        self.process(otherwise, level + 1);
        self.line(level, ")");
    }
}
