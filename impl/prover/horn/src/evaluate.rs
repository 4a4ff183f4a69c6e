//! Symbolic evaluation of terms: all ways in which a term can get a value.
//!
//! The result of evaluating `D` on a path is a set of paths with a value, a
//! message or failure, such that every run that is an instance of the path and
//! evaluates `D` is an instance of one of the results. A term-level `let`, `if`,
//! `new`, `get`, `event` or `insert` is evaluated in place: what it does is
//! emitted on the way.
//!
//! Failures are left out (`keep_fail` false) only where nothing follows a
//! failure: no branch, and no other part of the term that acts.

use crate::branch::{Branch, Step, Value, differs};
use crate::compromise;
use crate::shape::shape;
use crate::trail::Trail;
use crate::translate::Translator;
use logic::{Fact, Predicate, TermId};
use pi::{
    Diagnostic, EventId, FunId, FunctionKind, PointId, Span, TableId, Term, TermKind, TypeId, VarId,
};

/// Paths with a value each.
pub(crate) type Outcomes = Vec<(Branch, Value)>;

impl Translator<'_> {
    /// Evaluates a term. With `keep_fail` false, paths on which it fails are
    /// not returned.
    pub(crate) fn evaluate(
        &mut self,
        term: &Term,
        branch: Branch,
        keep_fail: bool,
    ) -> Result<Outcomes, Diagnostic> {
        // Inside a term that acts, a failing part does not keep the other
        // parts from acting.
        let keep = keep_fail || acts(term);
        let mut out = self.value(term, branch, keep)?;
        if !keep_fail {
            out.retain(|(_, value)| value.is_some());
        }
        Ok(out)
    }

    /// Evaluates terms left to right, each on all paths of the one before.
    pub(crate) fn evaluate_all(
        &mut self,
        terms: &[Term],
        branch: Branch,
        keep_fail: bool,
    ) -> Result<Vec<(Branch, Vec<Value>)>, Diagnostic> {
        let keep = keep_fail || terms.iter().any(acts);
        let mut out = self.values(terms, branch, keep)?;
        if !keep_fail {
            out.retain(|(_, values)| values.iter().all(Option::is_some));
        }
        Ok(out)
    }

    fn values(
        &mut self,
        terms: &[Term],
        branch: Branch,
        keep_fail: bool,
    ) -> Result<Vec<(Branch, Vec<Value>)>, Diagnostic> {
        let mut states = vec![(branch, Vec::with_capacity(terms.len()))];
        for term in terms {
            let mut next = Vec::new();
            for (branch, done) in states {
                for (branch, value) in self.value(term, branch, keep_fail)? {
                    let mut done: Vec<Value> = done.clone();
                    done.push(value);
                    next.push((branch, done));
                }
            }
            states = next;
        }
        Ok(states)
    }

    fn value(
        &mut self,
        term: &Term,
        branch: Branch,
        keep_fail: bool,
    ) -> Result<Outcomes, Diagnostic> {
        self.spend(1, term.span)?;
        match &term.kind {
            TermKind::Fail => Ok(if keep_fail {
                vec![(branch, None)]
            } else {
                Vec::new()
            }),
            TermKind::Name(name) => match self.symbols.name(*name) {
                Some(symbol) => {
                    let value = self.store.apply(symbol, &[]);
                    Ok(vec![(branch, Some(value))])
                }
                None => Err(Diagnostic::error(term.span, "this name is not declared")),
            },
            TermKind::Var(var) => {
                let value = self.lookup(&branch, *var, term.span)?;
                Ok(vec![(branch, Some(value))])
            }
            TermKind::Apply(function, arguments) => {
                self.application(*function, arguments, branch, keep_fail, term.span)
            }
            TermKind::If {
                condition,
                then,
                otherwise,
            } => {
                let mut out = Vec::new();
                for (branch, value) in self.value(condition, branch, keep_fail)? {
                    let Some(value) = value else {
                        out.push((branch, None));
                        continue;
                    };
                    if let Some(yes) = self.is_true(&branch, value) {
                        out.extend(self.value(then, yes, keep_fail)?);
                    }
                    if let Some(no) = self.is_not_true(&branch, value) {
                        out.extend(self.value(otherwise, no, keep_fail)?);
                    }
                }
                Ok(out)
            }
            TermKind::Let {
                pattern,
                value,
                then,
                otherwise,
                ..
            } => {
                let wanted = keep_fail || !matches!(otherwise.kind, TermKind::Fail);
                let (before, from) = (branch.clone(), self.fresh.take(0));
                let (mut yes, mut no) = (Vec::new(), Vec::new());
                for (branch, value) in self.value(value, branch, wanted)? {
                    let Some(value) = value else {
                        no.push(branch);
                        continue;
                    };
                    let matched = self.matched(pattern, value, branch, wanted)?;
                    yes.extend(matched.yes);
                    no.extend(matched.no);
                }
                let no = self.otherwise(&before, &yes, no, from);
                let mut out = Vec::new();
                for branch in yes {
                    out.extend(self.value(then, branch, keep_fail)?);
                }
                for branch in no {
                    out.extend(self.value(otherwise, branch, keep_fail)?);
                }
                Ok(out)
            }
            TermKind::New { name, then, .. } => {
                let branch = self.make_name(branch, *name, term.span)?;
                self.value(then, branch, keep_fail)
            }
            TermKind::Event {
                point,
                event,
                arguments,
                then,
            } => {
                let mut out = Vec::new();
                for (branch, values) in self.values(arguments, branch, keep_fail)? {
                    match self.raise(branch, *point, *event, &values, term.span)? {
                        Ok(branch) => out.extend(self.value(then, branch, keep_fail)?),
                        // Whether the process stops here or the term fails, a
                        // failing term covers both.
                        Err(branch) => out.push((branch, None)),
                    }
                }
                Ok(out)
            }
            TermKind::Insert {
                point,
                table,
                arguments,
                then,
            } => {
                let mut out = Vec::new();
                for (branch, values) in self.values(arguments, branch, keep_fail)? {
                    match self.enter(branch, *point, *table, &values, term.span)? {
                        Ok(branch) => out.extend(self.value(then, branch, keep_fail)?),
                        Err(branch) => out.push((branch, None)),
                    }
                }
                Ok(out)
            }
            TermKind::Get {
                point,
                table,
                patterns,
                condition,
                then,
                otherwise,
                ..
            } => {
                let condition = condition.as_deref();
                let mut out = Vec::new();
                let found = self.take(branch.clone(), *point, *table, patterns, condition)?;
                for branch in found {
                    out.extend(self.value(then, branch, keep_fail)?);
                }
                // That no entry matches is not expressible: no condition.
                let none = branch.stepped(Step::Branch {
                    point: *point,
                    then: false,
                });
                out.extend(self.value(otherwise, none, keep_fail)?);
                Ok(out)
            }
            TermKind::LetSuchThat {
                point,
                variables,
                predicate,
                arguments,
                then,
                otherwise,
            } => {
                let mut out = Vec::new();
                let found =
                    self.such_that(branch.clone(), *point, variables, *predicate, arguments)?;
                for branch in found {
                    out.extend(self.value(then, branch, keep_fail)?);
                }
                for (branch, asked) in self.such_that_not(branch, *point, variables, arguments)? {
                    if asked {
                        out.extend(self.value(otherwise, branch, keep_fail)?);
                    } else if keep_fail {
                        out.push((branch, None));
                    }
                }
                Ok(out)
            }
        }
    }

    fn application(
        &mut self,
        function: FunId,
        arguments: &[Term],
        branch: Branch,
        keep_fail: bool,
        span: Span,
    ) -> Result<Outcomes, Diagnostic> {
        let strict = self
            .destructors
            .get(&function)
            .is_none_or(|d| d.is_strict());
        let mut out = Vec::new();
        let types: Vec<TypeId> = arguments.iter().map(|a| a.ty).collect();
        for (branch, values) in self.values(arguments, branch, keep_fail || !strict)? {
            out.extend(self.apply(branch, function, &types, &values, keep_fail, span)?);
        }
        self.spend(out.len(), span)?;
        Ok(out)
    }

    /// All results of a function on values of these types.
    pub(crate) fn apply(
        &mut self,
        branch: Branch,
        function: FunId,
        types: &[TypeId],
        values: &[Value],
        keep_fail: bool,
        span: Span,
    ) -> Result<Outcomes, Diagnostic> {
        let kind = self
            .program
            .functions
            .get(function.0 as usize)
            .map(|f| &f.kind);
        if let Some(FunctionKind::Destructor { .. }) = kind {
            return Ok(self.apply_destructor(&branch, function, values, keep_fail));
        }
        // A constructor fails exactly when an argument does.
        let Some(messages) = values.iter().copied().collect::<Option<Vec<TermId>>>() else {
            return Ok(if keep_fail {
                vec![(branch, None)]
            } else {
                Vec::new()
            });
        };
        if let Some(symbol) = self.symbols.applied(function, types) {
            let mut out = Vec::new();
            for (bindings, term) in self.apply_symbol(&branch.bindings, symbol, &messages) {
                let mut done = branch.with(bindings);
                if done.is_possible(&mut self.store, &self.theory) {
                    out.push((done, Some(term)));
                }
            }
            return Ok(out);
        }
        if let Some(FunctionKind::Natural(operation)) = kind {
            return self.apply_number(branch, *operation, &messages, keep_fail, span);
        }
        match (kind, messages.as_slice()) {
            // With types ignored, a type converter is the identity.
            (
                Some(FunctionKind::Constructor {
                    type_converter: true,
                    ..
                }),
                [only],
            ) => Ok(vec![(branch, Some(*only))]),
            _ => Err(Diagnostic::error(span, "this function has no translation")),
        }
    }

    /// The path on which a value is `true`.
    pub(crate) fn is_true(&mut self, branch: &Branch, value: TermId) -> Option<Branch> {
        let truth = self.truth()?;
        let mut yes = branch.clone();
        yes.unify(&mut self.store, &self.theory, &[(value, truth)])
            .then_some(yes)
    }

    /// The path on which a value is another message than `true`.
    pub(crate) fn is_not_true(&mut self, branch: &Branch, value: TermId) -> Option<Branch> {
        let truth = self.truth()?;
        let mut no = branch.clone();
        let other = differs(Vec::new(), vec![(value, truth)]);
        no.exclude(&mut self.store, &self.theory, other)
            .then_some(no)
    }

    fn truth(&mut self) -> Option<TermId> {
        let symbol = self.symbols.function(FunId::TRUE)?;
        Some(self.store.apply(symbol, &[]))
    }

    /// Binds a `new` name to its symbol, applied to what it depends on.
    pub(crate) fn make_name(
        &mut self,
        mut branch: Branch,
        name: VarId,
        span: Span,
    ) -> Result<Branch, Diagnostic> {
        let Some(made) = self.symbols.fresh.get(&name).cloned() else {
            return Err(Diagnostic::error(span, "this name has no scope"));
        };
        let mut arguments = branch.sessions.clone();
        for v in &made.variables {
            arguments.push(self.lookup(&branch, *v, span)?);
        }
        let term = self.store.apply(made.symbol, &arguments);
        branch.environment.insert(name, term);
        Ok(branch)
    }

    /// An event: it can be reached (`end`), and from here on it has happened
    /// (`begin`). `Err` holds the path on which an argument fails.
    pub(crate) fn raise(
        &mut self,
        mut branch: Branch,
        point: PointId,
        event: EventId,
        values: &[Value],
        span: Span,
    ) -> Result<Result<Branch, Branch>, Diagnostic> {
        let Some(messages) = values.iter().copied().collect::<Option<Vec<TermId>>>() else {
            return Ok(Err(branch));
        };
        let number = self.symbols.event(event);
        if self.options.ends.contains(event)
            && let Some(branch) = compromise::honest(self, &branch)
        {
            let reached = Fact::new(Predicate::End(number), messages.clone());
            self.emit(&branch, &reached, point, span)?;
        }
        if let Some(shape) = self.symbols.shapes.get(&shape(event)).copied()
            && let Some(branch) = compromise::honest(self, &branch)
        {
            let hypotheses = branch.hypotheses.iter();
            let numbers = hypotheses.filter(|h| h.predicate.is_number()).cloned();
            let seen = Branch {
                hypotheses: numbers.collect(),
                path: Trail::default(),
                ..branch.into_owned()
            };
            let reached = Fact::new(Predicate::End(shape), messages.clone());
            self.emit(&seen, &reached, point, span)?;
        }
        if self.options.begins_at.contains(event) {
            let mut arguments = messages.clone();
            let (context, occurrence) = self.execution(&branch, point, span)?;
            arguments.extend([context, occurrence]);
            branch.suppose(Fact::new(Predicate::BeginAt(number), arguments));
        }
        // After the begin fact: an execution may correspond to itself.
        if self.options.ends_at.contains(event)
            && let Some(branch) = compromise::honest(self, &branch)
        {
            let mut arguments = messages.clone();
            let (_, occurrence) = self.execution(&branch, point, span)?;
            arguments.push(occurrence);
            let reached = Fact::new(Predicate::EndAt(number), arguments);
            self.emit(&branch, &reached, point, span)?;
        }
        if self.options.begins.contains(event) {
            branch.suppose(Fact::new(Predicate::Begin(number), messages));
        }
        Ok(Ok(branch.stepped(Step::Passed { point })))
    }

    /// Context and occurrence of the execution of an event.
    fn execution(
        &mut self,
        branch: &Branch,
        point: PointId,
        span: Span,
    ) -> Result<(TermId, TermId), Diagnostic> {
        let Some(execution) = self.symbols.executions.get(&point).cloned() else {
            return Err(Diagnostic::error(
                span,
                "the executions of this event are not told apart",
            ));
        };
        let values = execution
            .variables
            .iter()
            .map(|v| self.lookup(branch, *v, span))
            .collect::<Result<Vec<_>, _>>()?;
        let context = self.store.apply(execution.context, &values);
        let occurrence = self.store.apply(execution.occurrence, &branch.sessions);
        Ok((context, occurrence))
    }

    /// An insertion: the entry can be in the table. `Err` holds the path on
    /// which an argument fails.
    pub(crate) fn enter(
        &mut self,
        branch: Branch,
        point: PointId,
        table: TableId,
        values: &[Value],
        span: Span,
    ) -> Result<Result<Branch, Branch>, Diagnostic> {
        let Some(messages) = values.iter().copied().collect::<Option<Vec<TermId>>>() else {
            return Ok(Err(branch));
        };
        let predicate = Predicate::Table {
            phase: branch.phase,
            table: self.symbols.table(table),
        };
        self.emit(&branch, &Fact::new(predicate, messages), point, span)?;
        Ok(Ok(branch.stepped(Step::Passed { point })))
    }

    pub(crate) fn lookup(
        &self,
        branch: &Branch,
        var: VarId,
        span: Span,
    ) -> Result<TermId, Diagnostic> {
        branch.environment.get(&var).copied().ok_or_else(|| {
            let name = self
                .program
                .variables
                .get(var.0 as usize)
                .map_or("?", |v| v.name.as_str());
            Diagnostic::error(span, format!("{name} has no value here"))
        })
    }
}

/// Whether evaluating a term does more than compute.
fn acts(term: &Term) -> bool {
    match &term.kind {
        TermKind::Fail | TermKind::Name(_) | TermKind::Var(_) => false,
        TermKind::Apply(_, arguments) => arguments.iter().any(acts),
        TermKind::Event { .. } | TermKind::Get { .. } | TermKind::Insert { .. } => true,
        TermKind::If {
            condition,
            then,
            otherwise,
        } => acts(condition) || acts(then) || acts(otherwise),
        TermKind::Let {
            value,
            then,
            otherwise,
            ..
        } => acts(value) || acts(then) || acts(otherwise),
        TermKind::LetSuchThat {
            then, otherwise, ..
        } => acts(then) || acts(otherwise),
        TermKind::New { then, .. } => acts(then),
    }
}
