//! Processes.
//!
//! Whatever follows `;`, `in`, `then` or `else` is a whole process and takes
//! every `|` behind it; `!` takes one sequence only. A continuation may be
//! left out, then it is `0`, but not behind a written `;`.

use super::super::lexer::Kind;
use super::super::tree::{Process, ProcessKind};
use super::{Parser, Result};
use crate::source::Span;

impl Parser<'_> {
    /// `P | Q | …`.
    pub(super) fn process(&mut self) -> Result<Process> {
        self.nested(|p| {
            let first = p.sequence()?;
            if !p.at("|") {
                return Ok(first);
            }
            let start = first.span;
            let mut parts = vec![first];
            while p.eat("|") {
                parts.push(p.sequence()?);
            }
            let span = p.since(start);
            let kind = ProcessKind::Parallel(parts);
            Ok(Process { kind, span })
        })
    }

    /// One parallel part. A faulty prefix is skipped up to the next `;`.
    fn sequence(&mut self) -> Result<Process> {
        let start = self.peek().span;
        let begin = self.at;
        let error = match self.prefix() {
            Ok(process) => return Ok(process),
            Err(error) => error,
        };
        // Only what can hold a continuation is worth going on behind.
        if self.at == begin && !self.at(";") {
            return Err(error);
        }
        if matches!(self.peek().kind, Kind::End | Kind::Fixed(".")) {
            return Err(error);
        }
        let consumed = self.tokens.tokens.get(begin..self.at).unwrap_or(&[]);
        let mut open = consumed.iter().fold(0_u32, |open, token| match token.kind {
            Kind::Fixed("(") => open.saturating_add(1),
            Kind::Fixed(")") => open.saturating_sub(1),
            _ => open,
        });
        loop {
            match self.peek().kind {
                Kind::End | Kind::Fixed(".") => return Err(error),
                Kind::Fixed("(") => open += 1,
                Kind::Fixed(")") if open == 0 => break,
                Kind::Fixed(")") => open -= 1,
                Kind::Fixed(";") if open == 0 => break,
                _ => {}
            }
            self.skip();
        }
        let then = self.continuation()?;
        let span = start;
        let kind = ProcessKind::Faulty(Box::new(then));
        Ok(Process { kind, span })
    }

    fn prefix(&mut self) -> Result<Process> {
        let start = self.peek().span;
        let Kind::Fixed(word) = self.peek().kind else {
            return self.unkeyed(start);
        };
        match word {
            "(" => {
                self.advance();
                let inner = self.process()?;
                self.expect(")")?;
                self.no_continuation("a process in parentheses")?;
                Ok(inner)
            }
            "!" | "foreach" => self.replication(start),
            "event" => self.event(start),
            "get" => self.get(start),
            "if" => self.conditional(start),
            "in" => self.input(start),
            "insert" => self.insert(start),
            "let" => self.let_process(start),
            "new" => self.restriction(start),
            "out" => self.output(start),
            "phase" | "sync" => self.phase(start),
            "yield" => {
                self.advance();
                self.no_continuation("`yield`")?;
                Ok(nil(start))
            }
            _ => Err(self.unexpected("a process")),
        }
    }

    /// What begins with no keyword: `0`, a macro call, an assignment.
    fn unkeyed(&mut self, start: Span) -> Result<Process> {
        if self.at_assignment() {
            return self.assignment_process(start);
        }
        match self.peek().kind {
            Kind::Number(0) => {
                self.advance();
                self.no_continuation("`0`")?;
                Ok(nil(start))
            }
            Kind::Ident(_) => {
                let name = self.ident("a process")?;
                let arguments = self.optional_terms()?;
                self.no_continuation("a macro call")?;
                let span = self.since(start);
                let kind = ProcessKind::Call { name, arguments };
                Ok(Process { kind, span })
            }
            _ => Err(self.unexpected("a process")),
        }
    }

    /// Refuses `P; Q` for a `P` that has no continuation.
    fn no_continuation(&mut self, what: &str) -> Result<()> {
        if !self.at(";") {
            return Ok(());
        }
        let error = self.unexpected("`|` or the end of the process");
        if let Some(last) = self.diagnostics.last_mut() {
            last.hint = Some(format!(
                "{what} has no continuation; `;` follows only in, out, new, let …, event, \
                 insert, get, phase and `<-`"
            ));
        }
        Err(error)
    }

    /// `; P`, or `0` when there is no `;`.
    fn continuation(&mut self) -> Result<Process> {
        if self.eat(";") {
            return self.process();
        }
        Ok(nil(self.end_of_last()))
    }

    /// `in P` with or without `else Q`, or nothing: an `else` behind a missing
    /// `in` belongs to something further out.
    fn branches(&mut self) -> Result<(Box<Process>, Option<Box<Process>>)> {
        if self.eat("in") {
            let then = Box::new(self.process()?);
            return Ok((then, self.else_branch()?));
        }
        Ok((Box::new(nil(self.end_of_last())), None))
    }

    fn else_branch(&mut self) -> Result<Option<Box<Process>>> {
        if self.eat("else") {
            Ok(Some(Box::new(self.process()?)))
        } else {
            Ok(None)
        }
    }

    fn end_of_last(&self) -> Span {
        let last = self.last_span();
        Span {
            start: last.end,
            ..last
        }
    }

    fn replication(&mut self, start: Span) -> Result<Process> {
        let foreach = self.advance().kind == Kind::Fixed("foreach");
        let bounded =
            foreach || matches!(self.peek().kind, Kind::Ident(_)) && self.looking_at(1, "<=");
        if bounded {
            self.ident("a replication index")?;
            self.expect("<=")?;
            self.ident("the bound of the replication")?;
        }
        if foreach {
            self.expect("do")?;
        }
        let span = self.since(start);
        let inner = self.nested(Self::sequence)?;
        let kind = ProcessKind::Replicate(Box::new(inner));
        Ok(Process { kind, span })
    }

    fn event(&mut self, start: Span) -> Result<Process> {
        self.advance();
        let event = self.ident("a name of an event")?;
        let arguments = self.optional_terms()?;
        let span = self.since(start);
        let then = Box::new(self.continuation()?);
        let kind = ProcessKind::Event {
            event,
            arguments,
            then,
        };
        Ok(Process { kind, span })
    }

    fn insert(&mut self, start: Span) -> Result<Process> {
        self.advance();
        let table = self.ident("a name of a table")?;
        let arguments = self.terms()?;
        let span = self.since(start);
        let then = Box::new(self.continuation()?);
        let kind = ProcessKind::Insert {
            table,
            arguments,
            then,
        };
        Ok(Process { kind, span })
    }

    fn get(&mut self, start: Span) -> Result<Process> {
        self.advance();
        let table = self.ident("a name of a table")?;
        let patterns = self.list("(", ")", Self::pattern)?;
        let condition = if self.eat("suchthat") {
            Some(self.term()?)
        } else {
            None
        };
        let options = self.options()?;
        let span = self.since(start);
        let (then, otherwise) = if self.at("else") {
            // Unlike a `let`, a `get` may have an `else` and no `in`.
            (Box::new(nil(self.end_of_last())), self.else_branch()?)
        } else {
            self.branches()?
        };
        let kind = ProcessKind::Get {
            table,
            patterns,
            condition,
            options,
            then,
            otherwise,
        };
        Ok(Process { kind, span })
    }

    fn conditional(&mut self, start: Span) -> Result<Process> {
        self.advance();
        let condition = self.term()?;
        let span = self.since(start);
        self.expect("then")?;
        let then = Box::new(self.process()?);
        let otherwise = self.else_branch()?;
        let kind = ProcessKind::If {
            condition,
            then,
            otherwise,
        };
        Ok(Process { kind, span })
    }

    fn input(&mut self, start: Span) -> Result<Process> {
        self.advance();
        self.expect("(")?;
        let channel = self.term()?;
        self.expect(",")?;
        let pattern = self.pattern()?;
        self.expect(")")?;
        let options = self.options()?;
        let span = self.since(start);
        let then = Box::new(self.continuation()?);
        let kind = ProcessKind::Input {
            channel,
            pattern,
            options,
            then,
        };
        Ok(Process { kind, span })
    }

    fn output(&mut self, start: Span) -> Result<Process> {
        self.advance();
        self.expect("(")?;
        let channel = self.term()?;
        self.expect(",")?;
        let message = self.term()?;
        self.expect(")")?;
        let span = self.since(start);
        let then = Box::new(self.continuation()?);
        let kind = ProcessKind::Output {
            channel,
            message,
            then,
        };
        Ok(Process { kind, span })
    }

    fn let_process(&mut self, start: Span) -> Result<Process> {
        self.advance();
        if let Some(variables) = self.such_that_variables()? {
            let predicate = self.term()?;
            let options = self.options()?;
            let span = self.since(start);
            let (then, otherwise) = self.branches()?;
            let kind = ProcessKind::LetSuchThat {
                variables,
                predicate,
                options,
                then,
                otherwise,
            };
            return Ok(Process { kind, span });
        }
        let (pattern, value) = self.let_binding()?;
        let span = self.since(start);
        let (then, otherwise) = self.branches()?;
        let kind = ProcessKind::Let {
            pattern,
            value,
            then,
            otherwise,
        };
        Ok(Process { kind, span })
    }

    fn restriction(&mut self, start: Span) -> Result<Process> {
        self.advance();
        let name = self.ident("a name")?;
        let (arguments, ty) = self.new_type()?;
        let span = self.since(start);
        let then = Box::new(self.continuation()?);
        let kind = ProcessKind::New {
            name,
            arguments,
            ty,
            then,
        };
        Ok(Process { kind, span })
    }

    fn phase(&mut self, start: Span) -> Result<Process> {
        let sync = self.advance().kind == Kind::Fixed("sync");
        let phase = self.number("the number of a phase")?;
        if sync {
            self.options()?;
        }
        let span = self.since(start);
        let then = Box::new(self.continuation()?);
        let kind = if sync {
            ProcessKind::Sync { level: phase, then }
        } else {
            ProcessKind::Phase { phase, then }
        };
        Ok(Process { kind, span })
    }

    /// `x <- M; P` or `x <-R t; P`.
    fn assignment_process(&mut self, start: Span) -> Result<Process> {
        let pattern = self.pattern()?;
        if self.at("<-R") {
            let (name, ty) = self.random(pattern)?;
            let span = self.since(start);
            let then = Box::new(self.continuation()?);
            let arguments = None;
            let kind = ProcessKind::New {
                name,
                arguments,
                ty,
                then,
            };
            return Ok(Process { kind, span });
        }
        self.expect("<-")?;
        let value = self.term()?;
        let span = self.since(start);
        let then = Box::new(self.continuation()?);
        let kind = ProcessKind::Let {
            pattern,
            value,
            then,
            otherwise: None,
        };
        Ok(Process { kind, span })
    }
}

fn nil(span: Span) -> Process {
    let kind = ProcessKind::Nil;
    Process { kind, span }
}
