//! Our typed program as lines.

use super::term::{Pattern, Term};
use super::{Line, Writer};
use pi::{FunctionKind, PatternKind, Process, ProcessKind, Program, TermKind, VarId};
use std::collections::BTreeMap;

/// The lines of a program's process.
///
/// # Errors
/// A construct that this print has no line for.
pub(crate) fn lines(program: &Program) -> Result<Vec<Line>, String> {
    let mut reader = Reader {
        program,
        known: BTreeMap::new(),
        out: Writer::default(),
    };
    reader.process(&program.process, 0)?;
    Ok(reader.out.lines)
}

struct Reader<'p> {
    program: &'p Program,
    known: BTreeMap<VarId, Term>,
    out: Writer,
}

impl Reader<'_> {
    fn process(&mut self, process: &Process, depth: usize) -> Result<(), String> {
        match &process.kind {
            ProcessKind::Nil => Ok(()),
            ProcessKind::Call { bindings, body, .. } => {
                for (variable, argument) in bindings {
                    let value = self.term(argument)?;
                    self.compute(argument, &value, depth);
                    self.known.insert(*variable, value);
                }
                self.process(body, depth)
            }
            ProcessKind::Event {
                event,
                arguments,
                then,
            } => {
                let name = self.program.events.get(event.0 as usize);
                let name = name.map_or("?", |it| it.name.as_str());
                let text = format!("event {}", self.applied(name, arguments)?);
                self.out.put(depth, text);
                self.process(then, depth)
            }
            ProcessKind::Get {
                table,
                patterns,
                condition,
                then,
                otherwise,
                ..
            } => {
                let mut columns = Vec::new();
                for pattern in patterns {
                    let value = self.out.value();
                    columns.push(self.pattern(pattern, &value)?.0);
                }
                let mut text = format!("get {}({})", self.table(table.0), columns.join(", "));
                if let Some(condition) = condition {
                    text = format!("{text} suchthat {}", self.term(condition)?);
                }
                self.out.put(depth, text);
                match otherwise {
                    Some(otherwise) if otherwise.kind != ProcessKind::Nil => {
                        self.branches(then, otherwise, depth)
                    }
                    _ => self.process(then, depth),
                }
            }
            ProcessKind::If {
                condition,
                then,
                otherwise,
            } => {
                let text = format!("if {}", self.term(condition)?);
                self.out.put(depth, text);
                self.branches(then, otherwise, depth)
            }
            ProcessKind::Input {
                channel,
                pattern,
                then,
                ..
            } => {
                let channel = self.term(channel)?;
                let value = self.out.value();
                let (pattern, _) = self.pattern(pattern, &value)?;
                self.out.put(depth, format!("in {channel} {pattern}"));
                self.process(then, depth)
            }
            ProcessKind::Insert {
                table,
                arguments,
                then,
            } => {
                let table = self.table(table.0).to_owned();
                let text = format!("insert {}", self.applied(&table, arguments)?);
                self.out.put(depth, text);
                self.process(then, depth)
            }
            ProcessKind::Let {
                pattern,
                value,
                then,
                otherwise,
            } => {
                let written = value;
                let value = self.term(written)?;
                let (text, _) = self.pattern(pattern, &value)?;
                if text != "_" || otherwise.kind != ProcessKind::Nil {
                    self.out.put(depth, format!("let {text} = {value}"));
                } else {
                    self.compute(written, &value, depth);
                }
                self.branches(then, otherwise, depth)
            }
            ProcessKind::New { name, then, .. } => {
                let variable = self.program.variables.get(name.0 as usize);
                let ty = variable.and_then(|it| self.program.types.get(it.ty.0 as usize));
                let text = format!("new {}", ty.map_or("?", |it| it.name.as_str()));
                self.out.put(depth, text);
                let value = self.out.name();
                self.known.insert(*name, value);
                self.process(then, depth)
            }
            ProcessKind::Output {
                channel,
                message,
                then,
            } => {
                let text = format!("out {} {}", self.term(channel)?, self.term(message)?);
                self.out.put(depth, text);
                self.process(then, depth)
            }
            ProcessKind::Parallel(parts) => {
                for part in parts {
                    self.out.put(depth, "|".to_owned());
                    self.process(part, depth + 1)?;
                }
                Ok(())
            }
            ProcessKind::Phase { phase, then } => {
                self.out.put(depth, format!("phase {phase}"));
                self.process(then, depth)
            }
            ProcessKind::Replicate(body) => {
                self.out.put(depth, "!".to_owned());
                self.process(body, depth)
            }
            ProcessKind::LetSuchThat { .. } => Err("`let … suchthat` is not compared".to_owned()),
        }
    }

    fn branches(&mut self, then: &Process, no: &Process, depth: usize) -> Result<(), String> {
        if no.kind == ProcessKind::Nil {
            return self.process(then, depth);
        }
        self.process(then, depth + 1)?;
        self.out.put(depth, "else".to_owned());
        self.process(no, depth + 1)
    }

    /// A line for a computation that may fail, if that is what is written; an
    /// operator does not.
    fn compute(&mut self, written: &pi::Term, value: &Term, depth: usize) {
        let TermKind::Apply(f, _) = &written.kind else {
            return;
        };
        let function = self.program.functions.get(f.0 as usize);
        let may_fail = function.is_some_and(|it| {
            it.name.starts_with(char::is_alphabetic)
                && matches!(it.kind, FunctionKind::Destructor { .. })
        });
        if may_fail {
            self.out.put(depth, format!("let {value}"));
        }
    }

    fn applied(&mut self, name: &str, arguments: &[pi::Term]) -> Result<String, String> {
        let arguments: Result<Vec<_>, _> = arguments.iter().map(|it| self.term(it)).collect();
        let written: Vec<String> = arguments?.iter().map(Term::to_string).collect();
        Ok(format!("{name}({})", written.join(", ")))
    }

    fn table(&self, number: u32) -> &str {
        let table = self.program.tables.get(number as usize);
        table.map_or("?", |it| it.name.as_str())
    }

    fn function(&self, number: u32) -> &str {
        let function = self.program.functions.get(number as usize);
        function.map_or("?", |it| it.name.as_str())
    }

    /// Binds a pattern's variables; how it reads, and what it compares.
    fn pattern(
        &mut self,
        pattern: &pi::Pattern,
        subject: &Term,
    ) -> Result<(String, Vec<Term>), String> {
        let shape = self.shape(pattern)?;
        let mut tests = Vec::new();
        let known = &mut self.known;
        let mut bind = |variable: &VarId, value| {
            known.insert(*variable, value);
        };
        let text = shape.bind(subject, &mut bind, &mut tests);
        Ok((text, tests))
    }

    fn shape(&mut self, pattern: &pi::Pattern) -> Result<Pattern<VarId>, String> {
        Ok(match &pattern.kind {
            PatternKind::Var(variable) => Pattern::Bind(*variable),
            PatternKind::Equal(term) => Pattern::Equal(self.term(term)?),
            PatternKind::Data(f, parts) => {
                let parts: Result<_, _> = parts.iter().map(|part| self.shape(part)).collect();
                Pattern::Data(self.function(f.0).to_owned(), parts?)
            }
        })
    }

    fn term(&mut self, term: &pi::Term) -> Result<Term, String> {
        Ok(match &term.kind {
            TermKind::Apply(f, parts) => {
                let parts: Result<_, _> = parts.iter().map(|part| self.term(part)).collect();
                Term::Apply(self.function(f.0).to_owned(), parts?)
            }
            TermKind::Fail => Term::Fail,
            TermKind::Name(name) => {
                let name = self.program.names.get(name.0 as usize);
                Term::Apply(name.map_or("?", |it| &it.name).to_owned(), Vec::new())
            }
            TermKind::Var(variable) => match self.known.get(variable) {
                Some(value) => value.clone(),
                None => return Err("a variable is used before it is bound".to_owned()),
            },
            TermKind::If {
                condition,
                then,
                otherwise,
            } => Term::cases(
                self.term(condition)?,
                self.term(then)?,
                self.term(otherwise)?,
            ),
            TermKind::Let {
                pattern,
                value,
                then,
                otherwise,
                ..
            } => {
                let value = self.term(value)?;
                let (_, tests) = self.pattern(pattern, &value)?;
                let mut all = self.term(then)?;
                let no = self.term(otherwise)?;
                for test in tests.into_iter().rev() {
                    all = Term::cases(test, all, no.clone());
                }
                all
            }
            TermKind::Event { .. }
            | TermKind::Get { .. }
            | TermKind::Insert { .. }
            | TermKind::LetSuchThat { .. }
            | TermKind::New { .. } => {
                return Err("a term that does something is not compared".to_owned());
            }
        })
    }
}
