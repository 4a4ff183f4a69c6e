//! Patterns of `in`, `let` and `get`.
//!
//! A pattern is evaluated to a term in which the variables it binds are fresh;
//! the value matches where it unifies with that term. It does not match where
//! it differs from the term *for all* values of those variables, or where a
//! term of `= M` fails. A run that fails to match is an instance of one of
//! these: the first excludes exactly the instances of the pattern.
//!
//! If a term of `= M` speaks of variables of the same pattern, nothing is
//! excluded: the negation has then no such form, and leaving it out only adds
//! runs.

use crate::branch::{Branch, Step, Value, differs, new_variable};
use crate::scope::{binders, variables_of};
use crate::translate::Translator;
use logic::{Fact, Predicate, TermId, Var};
use pi::{Diagnostic, Pattern, PatternKind, PointId, TableId, Term, TypeId, VarId};

/// What comes of matching.
#[derive(Debug, Default)]
pub(crate) struct Matched {
    /// Paths on which the value matches, variables bound.
    pub(crate) yes: Vec<Branch>,
    /// Paths on which it does not.
    pub(crate) no: Vec<Branch>,
}

impl Translator<'_> {
    /// Matches a value. Paths on which it does not match are computed only if
    /// `negative`.
    pub(crate) fn matched(
        &mut self,
        pattern: &Pattern,
        value: TermId,
        branch: Branch,
        negative: bool,
    ) -> Result<Matched, Diagnostic> {
        let mut out = Matched::default();
        let depends = depends_on_itself(pattern);
        if depends && negative {
            out.no.push(branch.clone());
        }
        let (universals, branch) = self.bind(pattern, branch);
        for (branch, term) in self.pattern_term(pattern, branch, negative && !depends)? {
            let Some(term) = term else {
                out.no.push(branch);
                continue;
            };
            if negative && !depends {
                let mut no = branch.clone();
                let other = differs(universals.clone(), vec![(value, term)]);
                if no.exclude(&mut self.store, &self.theory, other) {
                    out.no.push(no);
                }
            }
            let mut yes = branch;
            if yes.unify(&mut self.store, &self.theory, &[(term, value)]) {
                self.count_bound(&mut yes, pattern);
                out.yes.push(yes);
            }
        }
        Ok(out)
    }

    /// A received message: any instance of the pattern.
    pub(crate) fn received(
        &mut self,
        pattern: &Pattern,
        branch: Branch,
    ) -> Result<Vec<(Branch, TermId)>, Diagnostic> {
        let (_, mut branch) = self.bind(pattern, branch);
        self.count_bound(&mut branch, pattern);
        let terms = self.pattern_term(pattern, branch, false)?;
        Ok(terms
            .into_iter()
            .filter_map(|(branch, term)| Some((branch, term?)))
            .collect())
    }

    /// The paths on which a `get` takes an entry: the entry is in the table,
    /// its columns match and the condition is true.
    pub(crate) fn take(
        &mut self,
        branch: Branch,
        point: PointId,
        table: TableId,
        patterns: &[Pattern],
        condition: Option<&Term>,
    ) -> Result<Vec<Branch>, Diagnostic> {
        let mut states = vec![(branch, Vec::with_capacity(patterns.len()))];
        for p in patterns {
            let mut next = Vec::new();
            for (branch, row) in states {
                for (branch, column) in self.received(p, branch)? {
                    let mut row: Vec<TermId> = row.clone();
                    row.push(column);
                    next.push((branch, row));
                }
            }
            states = next;
        }
        let mut out = Vec::new();
        for (mut branch, row) in states {
            let predicate = Predicate::Table {
                phase: branch.phase,
                table: self.symbols.table(table),
            };
            let hypothesis = branch.suppose(Fact::new(predicate, row.clone()));
            self.only_one(&mut branch, point, &row);
            let branch = branch.stepped(Step::Get { point, hypothesis });
            let Some(condition) = condition else {
                out.push(branch);
                continue;
            };
            for (branch, value) in self.evaluate(condition, branch, false)? {
                if let Some(value) = value {
                    out.extend(self.is_true(&branch, value));
                }
            }
        }
        Ok(out)
    }

    /// For a precise input or get: this occurrence takes this message, and an
    /// occurrence takes one. True of every run, since a copy passes each of its
    /// points at most once.
    pub(crate) fn only_one(&mut self, branch: &mut Branch, point: PointId, taken: &[TermId]) {
        let Some(symbol) = self.symbols.occurrences.get(&point).copied() else {
            return;
        };
        let message = match (taken, self.symbols.rows.get(&taken.len())) {
            ([only], _) => *only,
            (columns, Some(row)) => self.store.apply(*row, columns),
            (_, None) => return,
        };
        let occurrence = self.store.apply(symbol, &branch.sessions);
        branch.suppose(Fact::new(Predicate::Action, vec![occurrence, message]));
    }

    fn count_bound(&self, branch: &mut Branch, pattern: &Pattern) {
        let mut bound = Vec::new();
        binders(pattern, &mut bound);
        for v in bound {
            if let Some(term) = branch.environment.get(&v).copied() {
                self.counted(branch, v, term);
            }
        }
    }

    /// Gives the variables of a pattern fresh values.
    fn bind(&mut self, pattern: &Pattern, mut branch: Branch) -> (Vec<Var>, Branch) {
        let mut bound = Vec::new();
        binders(pattern, &mut bound);
        let mut universals = Vec::with_capacity(bound.len());
        for v in bound {
            let (var, term) = new_variable(&mut self.fresh, &mut self.store);
            universals.push(var);
            branch.environment.insert(v, term);
        }
        (universals, branch)
    }

    /// The pattern as a term; `None` where a term of `= M` fails.
    fn pattern_term(
        &mut self,
        pattern: &Pattern,
        branch: Branch,
        keep_fail: bool,
    ) -> Result<Vec<(Branch, Value)>, Diagnostic> {
        match &pattern.kind {
            PatternKind::Var(v) => {
                let term = self.lookup(&branch, *v, pattern.span)?;
                Ok(vec![(branch, Some(term))])
            }
            PatternKind::Equal(term) => self.evaluate(term, branch, keep_fail),
            PatternKind::Data(function, parts) => {
                let mut states = vec![(branch, Vec::with_capacity(parts.len()))];
                for p in parts {
                    let mut next = Vec::new();
                    for (branch, done) in states {
                        for (branch, value) in self.pattern_term(p, branch, keep_fail)? {
                            let mut done: Vec<Value> = done.clone();
                            done.push(value);
                            next.push((branch, done));
                        }
                    }
                    states = next;
                }
                let mut out = Vec::new();
                let span = pattern.span;
                let types: Vec<TypeId> = parts.iter().map(|p| p.ty).collect();
                for (branch, values) in states {
                    out.extend(self.apply(branch, *function, &types, &values, keep_fail, span)?);
                }
                Ok(out)
            }
        }
    }
}

/// Whether a term of `= M` speaks of a variable that the pattern binds.
fn depends_on_itself(pattern: &Pattern) -> bool {
    let mut bound = Vec::new();
    binders(pattern, &mut bound);
    !bound.is_empty() && mentions(pattern, &bound)
}

fn mentions(pattern: &Pattern, bound: &[VarId]) -> bool {
    match &pattern.kind {
        PatternKind::Var(_) => false,
        PatternKind::Equal(term) => variables_of(term).iter().any(|v| bound.contains(v)),
        PatternKind::Data(_, parts) => parts.iter().any(|p| mentions(p, bound)),
    }
}
