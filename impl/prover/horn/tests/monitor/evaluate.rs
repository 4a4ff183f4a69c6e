//! Ground evaluation of terms, patterns and rules.

use crate::run::{Copy, Run};
use logic::{Fact, Predicate, TermId, Var, View};
use pi::{
    FunId, FunctionKind, Pattern, PatternKind, PointId, RewriteRule, RuleTerm, TableId, Term,
    TermKind,
};
use std::collections::{BTreeMap, BTreeSet};

impl Run<'_> {
    /// The one term that stands for a message: the first equal one that was
    /// seen, so that equal messages are equal terms.
    pub(crate) fn representative(&mut self, term: TermId) -> TermId {
        let store = &mut self.translation.store;
        let normal = self.translation.theory.normalise(store, term);
        let View::Apply(symbol, arguments) = store.view(normal) else {
            return normal;
        };
        let arguments: Vec<TermId> = arguments.to_vec();
        let arguments: Vec<_> = arguments.iter().map(|a| self.representative(*a)).collect();
        let store = &mut self.translation.store;
        let term = store.apply(symbol, &arguments);
        if self.seen.contains(&term) {
            return term;
        }
        let theory = &self.translation.theory;
        if let Some(equal) = self.seen.iter().find(|s| theory.equal(store, **s, term)) {
            return *equal;
        }
        self.seen.insert(term);
        term
    }

    /// A constructor or destructor on values; `None` is failure.
    pub(crate) fn apply(&mut self, function: FunId, values: &[Option<TermId>]) -> Option<TermId> {
        let program = self.program;
        let declared = &program.functions[function.0 as usize];
        if let FunctionKind::Destructor { rules, .. } = &declared.kind {
            return rules.iter().find_map(|rule| self.rule(rule, values))?;
        }
        let messages: Vec<TermId> = values.iter().copied().collect::<Option<_>>()?;
        match self.translation.symbols.function(function) {
            Some(symbol) => {
                let term = self.translation.store.apply(symbol, &messages);
                Some(self.representative(term))
            }
            // An erased type converter.
            None => messages.first().copied(),
        }
    }

    /// The result of one rule, if it applies.
    fn rule(&mut self, rule: &RewriteRule, values: &[Option<TermId>]) -> Option<Option<TermId>> {
        let mut failing = BTreeSet::new();
        let mut pairs = Vec::new();
        for (pattern, value) in rule.arguments.iter().zip(values) {
            match (pattern, value) {
                (RuleTerm::Fail, None) => {}
                (RuleTerm::Var(v), None) if rule.variables[*v as usize].may_fail => {
                    failing.insert(*v);
                }
                (RuleTerm::Fail, Some(_)) | (_, None) => return None,
                (pattern, Some(value)) => pairs.push((self.rule_term(pattern)?, *value)),
            }
        }
        let theory = &self.translation.theory;
        let store = &mut self.translation.store;
        let solution = theory.unify(store, &pairs).into_iter().next()?;
        if solution.iter().any(|(v, _)| failing.contains(&v.0)) {
            return None;
        }
        if let RuleTerm::Var(v) = rule.result
            && failing.contains(&v)
        {
            return Some(None);
        }
        let Some(result) = self.rule_term(&rule.result) else {
            return Some(None);
        };
        let result = solution.term(&mut self.translation.store, result);
        Some(Some(self.representative(result)))
    }

    fn rule_term(&mut self, term: &RuleTerm) -> Option<TermId> {
        match term {
            RuleTerm::Fail => None,
            RuleTerm::Var(v) => Some(self.translation.store.var(Var(*v))),
            RuleTerm::Apply(f, arguments) => {
                let arguments: Vec<TermId> = arguments
                    .iter()
                    .map(|a| self.rule_term(a))
                    .collect::<Option<_>>()?;
                match self.translation.symbols.function(*f) {
                    Some(symbol) => Some(self.translation.store.apply(symbol, &arguments)),
                    None => arguments.first().copied(),
                }
            }
        }
    }

    pub(crate) fn is_true(&self, value: TermId) -> bool {
        let truth = self.translation.symbols.function(FunId::TRUE);
        matches!(self.translation.store.view(value), View::Apply(s, _) if Some(s) == truth)
    }

    /// The value of a term; whatever it does is done, and checked, on the way.
    pub(crate) fn value(&mut self, copy: &mut Copy<'_>, term: &Term) -> Option<TermId> {
        match &term.kind {
            TermKind::Fail | TermKind::LetSuchThat { .. } => None,
            TermKind::Name(n) => {
                let symbol = self.translation.symbols.name(*n)?;
                Some(self.translation.store.apply(symbol, &[]))
            }
            TermKind::Var(v) => copy.environment.get(v).copied(),
            TermKind::Apply(f, arguments) => {
                let values: Vec<_> = arguments.iter().map(|a| self.value(copy, a)).collect();
                self.apply(*f, &values)
            }
            TermKind::If {
                condition,
                then,
                otherwise,
            } => {
                let value = self.value(copy, condition)?;
                let next = if self.is_true(value) { then } else { otherwise };
                self.value(copy, next)
            }
            TermKind::Let {
                pattern,
                value,
                then,
                otherwise,
                ..
            } => {
                let value = self.value(copy, value);
                let matched = match value {
                    Some(value) => self.bind(copy, pattern, value),
                    None => None,
                };
                match matched {
                    Some(bound) => {
                        copy.environment.extend(bound);
                        self.value(copy, then)
                    }
                    None => self.value(copy, otherwise),
                }
            }
            TermKind::New { name, then, .. } => {
                self.make_name(copy, *name);
                self.value(copy, then)
            }
            TermKind::Event {
                point,
                event,
                arguments,
                then,
            } => {
                let arguments = self.values(copy, arguments)?;
                self.raise(*point, *event, arguments);
                self.value(copy, then)
            }
            TermKind::Insert {
                point,
                table,
                arguments,
                then,
            } => {
                let row = self.values(copy, arguments)?;
                self.enter(copy, *point, *table, row);
                self.value(copy, then)
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
                if self.take(copy, *point, *table, patterns, condition) {
                    self.value(copy, then)
                } else {
                    self.value(copy, otherwise)
                }
            }
        }
    }

    pub(crate) fn values(&mut self, copy: &mut Copy<'_>, terms: &[Term]) -> Option<Vec<TermId>> {
        let values: Vec<_> = terms.iter().map(|t| self.value(copy, t)).collect();
        values.into_iter().collect()
    }

    /// What a pattern binds to match a value.
    pub(crate) fn bind(
        &mut self,
        copy: &Copy<'_>,
        pattern: &Pattern,
        value: TermId,
    ) -> Option<BTreeMap<pi::VarId, TermId>> {
        let mut copy = copy.clone();
        self.bind_in(&mut copy, pattern, value)
            .then_some(copy.environment)
    }

    fn bind_in(&mut self, copy: &mut Copy<'_>, pattern: &Pattern, value: TermId) -> bool {
        match &pattern.kind {
            PatternKind::Var(v) => {
                copy.environment.insert(*v, value);
                true
            }
            PatternKind::Equal(term) => self.value(copy, term) == Some(value),
            PatternKind::Data(f, parts) => {
                let Some(symbol) = self.translation.symbols.function(*f) else {
                    return self.bind_in(copy, &parts[0], value);
                };
                let arguments = match self.translation.store.view(value) {
                    View::Apply(s, arguments) if s == symbol => arguments.to_vec(),
                    _ => return false,
                };
                parts
                    .iter()
                    .zip(arguments)
                    .all(|(p, a)| self.bind_in(copy, p, a))
            }
        }
    }

    /// Takes a random matching entry of a table, if there is one.
    pub(crate) fn take(
        &mut self,
        copy: &mut Copy<'_>,
        point: PointId,
        table: TableId,
        patterns: &[Pattern],
        condition: Option<&Term>,
    ) -> bool {
        let predicate = Predicate::Table {
            phase: copy.phase,
            table: self.translation.symbols.table(table),
        };
        let rows: Vec<Fact> = self
            .known
            .iter()
            .filter(|f| f.predicate == predicate)
            .cloned()
            .collect();
        let start = self.random(rows.len().max(1));
        for i in 0..rows.len() {
            let row = &rows[(start + i) % rows.len()].arguments;
            let mut trial = copy.clone();
            let matched = patterns
                .iter()
                .zip(row)
                .all(|(p, c)| self.bind_in(&mut trial, p, *c));
            if !matched {
                continue;
            }
            if let Some(condition) = condition {
                let value = self.value(&mut trial, condition);
                if !value.is_some_and(|v| self.is_true(v)) {
                    continue;
                }
            }
            copy.environment = trial.environment;
            self.only_one(copy, point, row);
            return true;
        }
        false
    }
}
