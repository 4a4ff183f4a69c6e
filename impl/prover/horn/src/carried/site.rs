//! The executions of events that carry something, and what they may carry.

use super::{CHOICES, Column};
use pi::{
    EventId, FreeName, NameId, Pattern, PatternKind, Process, ProcessKind, Program, Span, Term,
    TermKind, VarId, Variable,
};

/// A walk through the process that adds to the events what they carry.
pub(super) struct Sites<'a> {
    columns: &'a [Column],
    variables: &'a [Variable],
    /// A public name for each column: what is carried where nothing else is known.
    nothing: Vec<NameId>,
    choice: usize,
    /// Most choices of any site.
    choices: usize,
    /// Variables that have a value here.
    scope: Vec<VarId>,
    /// What was executed in this copy, and what it said.
    before: Vec<(EventId, Vec<Term>)>,
}

impl Sites<'_> {
    /// Has each site carry what is its choice of this number, or its last one; returns
    /// how many there are.
    pub(super) fn widen(program: &mut Program, columns: &[Column], choice: usize) -> usize {
        let mut nothing = Vec::new();
        for column in columns {
            let number = u32::try_from(program.names.len()).unwrap_or(u32::MAX);
            nothing.push(NameId(number));
            program.names.push(FreeName {
                name: format!("nothing{number}"),
                ty: column.ty,
                private: false,
                span: None,
            });
        }
        let mut sites = Sites {
            columns,
            variables: &program.variables,
            nothing,
            choice,
            choices: 0,
            scope: Vec::new(),
            before: Vec::new(),
        };
        sites.process(&mut program.process);
        sites.choices
    }

    fn process(&mut self, process: &mut Process) {
        let (known, done) = (self.scope.len(), self.before.len());
        let span = process.span;
        match &mut process.kind {
            ProcessKind::Call { bindings, body, .. } => {
                for (v, value) in bindings {
                    self.term(value);
                    self.scope.push(*v);
                }
                self.process(body);
            }
            ProcessKind::Event {
                event,
                arguments,
                then,
            } => {
                self.event(*event, arguments, span);
                self.process(then);
            }
            ProcessKind::Get {
                patterns,
                condition,
                then,
                otherwise,
                ..
            } => {
                if let Some(otherwise) = otherwise {
                    self.process(otherwise);
                }
                self.patterns(patterns);
                if let Some(condition) = condition {
                    self.term(condition);
                }
                self.process(then);
            }
            ProcessKind::If {
                condition,
                then,
                otherwise,
            } => {
                self.term(condition);
                self.process(otherwise);
                self.process(then);
            }
            ProcessKind::Input {
                channel,
                pattern,
                then,
                ..
            } => {
                self.term(channel);
                self.patterns(core::slice::from_mut(pattern));
                self.process(then);
            }
            ProcessKind::Insert {
                arguments, then, ..
            } => {
                self.terms(arguments);
                self.process(then);
            }
            ProcessKind::Let {
                pattern,
                value,
                then,
                otherwise,
            } => {
                self.term(value);
                self.process(otherwise);
                self.patterns(core::slice::from_mut(pattern));
                self.process(then);
            }
            ProcessKind::LetSuchThat {
                variables,
                arguments,
                then,
                otherwise,
                ..
            } => {
                self.process(otherwise);
                self.terms(arguments);
                self.scope.extend(variables.iter().copied());
                self.process(then);
            }
            ProcessKind::New { name, then, .. } => {
                self.scope.push(*name);
                self.process(then);
            }
            ProcessKind::Nil => {}
            ProcessKind::Output {
                channel,
                message,
                then,
            } => {
                self.term(channel);
                self.term(message);
                self.process(then);
            }
            ProcessKind::Parallel(parts) => parts.iter_mut().for_each(|p| self.process(p)),
            ProcessKind::Phase { then, .. } | ProcessKind::Replicate(then) => self.process(then),
        }
        self.scope.truncate(known);
        self.before.truncate(done);
    }

    fn terms(&mut self, terms: &mut [Term]) {
        terms.iter_mut().for_each(|t| self.term(t));
    }

    /// What a term executes and binds is known within it only.
    fn term(&mut self, term: &mut Term) {
        let (known, done) = (self.scope.len(), self.before.len());
        let span = term.span;
        match &mut term.kind {
            TermKind::Apply(_, arguments) => self.terms(arguments),
            TermKind::Event {
                event,
                arguments,
                then,
                ..
            } => {
                self.event(*event, arguments, span);
                self.term(then);
            }
            TermKind::Fail | TermKind::Name(_) | TermKind::Var(_) => {}
            TermKind::Get {
                patterns,
                condition,
                then,
                otherwise,
                ..
            } => {
                self.term(otherwise);
                self.patterns(patterns);
                if let Some(condition) = condition {
                    self.term(condition);
                }
                self.term(then);
            }
            TermKind::If {
                condition,
                then,
                otherwise,
            } => {
                self.term(condition);
                self.term(otherwise);
                self.term(then);
            }
            TermKind::Insert {
                arguments, then, ..
            } => {
                self.terms(arguments);
                self.term(then);
            }
            TermKind::Let {
                pattern,
                value,
                then,
                otherwise,
                ..
            } => {
                self.term(value);
                self.term(otherwise);
                self.patterns(core::slice::from_mut(pattern));
                self.term(then);
            }
            TermKind::LetSuchThat {
                variables,
                arguments,
                then,
                otherwise,
                ..
            } => {
                self.term(otherwise);
                self.terms(arguments);
                self.scope.extend(variables.iter().copied());
                self.term(then);
            }
            TermKind::New { name, then, .. } => {
                self.scope.push(*name);
                self.term(then);
            }
        }
        self.scope.truncate(known);
        self.before.truncate(done);
    }

    /// Variables of patterns have values behind them; a term in one is evaluated
    /// when those to its left have, or later.
    fn patterns(&mut self, patterns: &mut [Pattern]) {
        for pattern in patterns {
            match &mut pattern.kind {
                PatternKind::Data(_, below) => self.patterns(below),
                PatternKind::Equal(term) => self.sealed(term),
                PatternKind::Var(v) => self.scope.push(*v),
            }
        }
    }

    /// A term in a pattern: what stands beside it has no value yet.
    fn sealed(&mut self, term: &mut Term) {
        let scope = core::mem::take(&mut self.scope);
        self.term(term);
        self.scope = scope;
    }

    fn event(&mut self, event: EventId, arguments: &mut Vec<Term>, span: Span) {
        self.terms(arguments);
        let said = arguments.clone();
        for (column, nothing) in self.columns.iter().zip(&self.nothing) {
            if column.event != event {
                continue;
            }
            let mut kinds = self.candidates(column);
            self.choices = self.choices.max(kinds.len());
            let chosen = self.choice.min(kinds.len().saturating_sub(1));
            let kind = if kinds.is_empty() {
                TermKind::Name(*nothing)
            } else {
                kinds.swap_remove(chosen)
            };
            arguments.push(Term {
                kind,
                ty: column.ty,
                span,
            });
        }
        self.before.push((event, said));
    }

    /// What the event may carry here, most promising first.
    fn candidates(&self, column: &Column) -> Vec<TermKind> {
        let said = self.before.iter().rev().filter_map(|(event, arguments)| {
            let (_, at) = column.ties.iter().find(|(tied, _)| tied == event)?;
            match arguments.get(*at).map(|t| &t.kind) {
                Some(kind @ (TermKind::Name(_) | TermKind::Var(_))) => Some(kind.clone()),
                _ => None,
            }
        });
        let is_such = |v: &&VarId| {
            let declared = self.variables.get(v.0 as usize);
            declared.is_some_and(|d| d.ty == column.ty)
        };
        let bound = self.scope.iter().rev().filter(is_such);
        let mut found = Vec::new();
        for kind in said.chain(bound.map(|v| TermKind::Var(*v))) {
            if found.len() < CHOICES && !found.contains(&kind) {
                found.push(kind);
            }
        }
        found
    }
}
