//! On what a name depends, as ProVerif lists it between `n[` and `]`.
//!
//! A name depends on the replications around its `new` and on what inputs,
//! `get` and `suchthat` bound before, callers' variables included; an explicit
//! `new n[x]` replaces the variables. Innermost come first.

use crate::program::{
    BoundArgument, Correspondence, Formula, Pattern, PatternKind, Process, ProcessKind, Program,
    QueryKind, QueryTerm, Term, TermKind, VarId,
};
use std::collections::{BTreeMap, BTreeSet};

/// The arguments of every name bound in the process.
pub(super) fn arguments(program: &Program) -> BTreeMap<VarId, Vec<BoundArgument>> {
    let mut walk = Walk {
        scope: Vec::new(),
        sessions: 0,
        found: BTreeMap::new(),
    };
    walk.process(&program.process);
    for (name, mentioned) in mentioned(program) {
        let Some(arguments) = walk.found.get_mut(&name) else {
            continue;
        };
        // What only queries mention stands in front.
        for argument in mentioned {
            if !arguments.contains(&argument) {
                arguments.insert(0, argument);
            }
        }
    }
    walk.found
}

struct Walk {
    /// Outermost first.
    scope: Vec<BoundArgument>,
    sessions: u32,
    found: BTreeMap<VarId, Vec<BoundArgument>>,
}

impl Walk {
    fn scoped(&mut self, body: impl FnOnce(&mut Self)) {
        let scope = self.scope.len();
        let sessions = self.sessions;
        body(self);
        self.scope.truncate(scope);
        self.sessions = sessions;
    }

    fn bind(&mut self, variables: &[VarId]) {
        let arguments = variables.iter().map(|var| BoundArgument::Variable(*var));
        self.scope.extend(arguments);
    }

    fn patterns(&mut self, patterns: &[Pattern]) {
        for pattern in patterns {
            self.tests(pattern);
        }
        for pattern in patterns {
            self.columns(pattern);
        }
    }

    fn tests(&mut self, pattern: &Pattern) {
        match &pattern.kind {
            PatternKind::Data(_, parts) => parts.iter().for_each(|part| self.tests(part)),
            PatternKind::Equal(term) => self.term(term),
            PatternKind::Var(_) => {}
        }
    }

    fn columns(&mut self, pattern: &Pattern) {
        match &pattern.kind {
            PatternKind::Data(_, parts) => parts.iter().for_each(|part| self.columns(part)),
            PatternKind::Equal(_) => {}
            PatternKind::Var(var) => self.bind(&[*var]),
        }
    }

    fn name(&mut self, name: VarId, explicit: Option<&[VarId]>) {
        let sessions = self.scope.iter().rev().copied();
        let arguments = match explicit {
            None => sessions.collect(),
            Some(explicit) => explicit
                .iter()
                .rev()
                .map(|var| BoundArgument::Variable(*var))
                .chain(sessions.filter(|a| matches!(a, BoundArgument::Session(_))))
                .collect(),
        };
        self.found.insert(name, arguments);
    }

    fn process(&mut self, process: &Process) {
        match &process.kind {
            ProcessKind::Call { bindings, body, .. } => {
                bindings.iter().for_each(|(_, term)| self.term(term));
                self.process(body);
            }
            ProcessKind::Event {
                arguments, then, ..
            }
            | ProcessKind::Insert {
                arguments, then, ..
            } => {
                self.terms(arguments);
                self.process(then);
            }
            ProcessKind::Get {
                patterns,
                condition,
                then,
                otherwise,
                ..
            } => {
                self.scoped(|w| {
                    w.patterns(patterns);
                    condition.iter().for_each(|term| w.term(term));
                    w.process(then);
                });
                if let Some(otherwise) = otherwise {
                    self.scoped(|w| w.process(otherwise));
                }
            }
            ProcessKind::If {
                condition,
                then,
                otherwise,
            } => {
                self.term(condition);
                self.scoped(|w| w.process(then));
                self.scoped(|w| w.process(otherwise));
            }
            ProcessKind::Input {
                channel,
                pattern,
                then,
                ..
            } => {
                self.term(channel);
                self.scoped(|w| {
                    w.patterns(core::slice::from_ref(pattern));
                    w.process(then);
                });
            }
            ProcessKind::Let {
                pattern,
                value,
                then,
                otherwise,
            } => {
                self.term(value);
                self.tests(pattern);
                self.scoped(|w| w.process(then));
                self.scoped(|w| w.process(otherwise));
            }
            ProcessKind::LetSuchThat {
                variables,
                arguments,
                then,
                otherwise,
                ..
            } => {
                self.terms(arguments);
                self.scoped(|w| {
                    w.bind(variables);
                    w.process(then);
                });
                self.scoped(|w| w.process(otherwise));
            }
            ProcessKind::New {
                name,
                arguments,
                then,
            } => {
                self.name(*name, arguments.as_deref());
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
            ProcessKind::Parallel(parts) => {
                parts
                    .iter()
                    .for_each(|part| self.scoped(|w| w.process(part)));
            }
            ProcessKind::Phase { then, .. } => self.process(then),
            ProcessKind::Replicate(inner) => self.scoped(|w| {
                w.sessions += 1;
                w.scope.push(BoundArgument::Session(w.sessions));
                w.process(inner);
            }),
        }
    }

    fn terms(&mut self, terms: &[Term]) {
        terms.iter().for_each(|term| self.term(term));
    }

    fn term(&mut self, term: &Term) {
        match &term.kind {
            TermKind::Apply(_, terms) => self.terms(terms),
            TermKind::Event {
                arguments, then, ..
            }
            | TermKind::Insert {
                arguments, then, ..
            } => {
                self.terms(arguments);
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
                self.scoped(|w| {
                    w.patterns(patterns);
                    condition.iter().for_each(|term| w.term(term));
                    w.term(then);
                });
                self.term(otherwise);
            }
            TermKind::If {
                condition,
                then,
                otherwise,
            } => {
                self.term(condition);
                self.term(then);
                self.term(otherwise);
            }
            TermKind::Let {
                pattern,
                value,
                then,
                otherwise,
                ..
            } => {
                self.term(value);
                self.tests(pattern);
                self.term(then);
                self.term(otherwise);
            }
            TermKind::LetSuchThat {
                variables,
                arguments,
                then,
                otherwise,
                ..
            } => {
                self.terms(arguments);
                self.scoped(|w| {
                    w.bind(variables);
                    w.term(then);
                });
                self.term(otherwise);
            }
            TermKind::New {
                name,
                arguments,
                then,
                ..
            } => {
                self.name(*name, arguments.as_deref());
                self.term(then);
            }
        }
    }
}

/// Arguments that some `new n[…]` of the file fixes, by name.
fn mentioned(program: &Program) -> BTreeMap<VarId, BTreeSet<BoundArgument>> {
    let mut found = BTreeMap::new();
    for query in &program.queries {
        if let QueryKind::Correspondence(statement) = &query.kind {
            of_correspondence(statement, &mut found);
        }
    }
    for lemma in &program.lemmas {
        of_correspondence(&lemma.statement, &mut found);
    }
    for fact in &program.not_facts {
        of_formula(&fact.fact, &mut found);
    }
    for hint in &program.hints {
        of_formula(&hint.fact, &mut found);
    }
    found
}

type Mentioned = BTreeMap<VarId, BTreeSet<BoundArgument>>;

fn of_correspondence(statement: &Correspondence, found: &mut Mentioned) {
    statement
        .premises
        .iter()
        .for_each(|fact| of_formula(fact, found));
    of_formula(&statement.conclusion, found);
}

fn of_formula(formula: &Formula, found: &mut Mentioned) {
    match formula {
        Formula::And(parts) | Formula::Or(parts) => {
            parts.iter().for_each(|part| of_formula(part, found));
        }
        Formula::Attacker { term, .. } => of_term(term, found),
        Formula::Equal(left, right, _) | Formula::Unequal(left, right, _) => {
            of_term(left, found);
            of_term(right, found);
        }
        Formula::Event { arguments, .. }
        | Formula::Predicate { arguments, .. }
        | Formula::Natural(_, arguments, _)
        | Formula::Table { arguments, .. } => {
            arguments.iter().for_each(|term| of_term(term, found));
        }
        Formula::False | Formula::True => {}
        Formula::Message { channel, term, .. } => {
            of_term(channel, found);
            of_term(term, found);
        }
        Formula::Nested(premise, conclusion) => {
            of_formula(premise, found);
            of_formula(conclusion, found);
        }
    }
}

fn of_term(term: &QueryTerm, found: &mut Mentioned) {
    match term {
        QueryTerm::Apply(_, terms) => terms.iter().for_each(|term| of_term(term, found)),
        QueryTerm::Bound {
            name, arguments, ..
        } => {
            for (key, value) in arguments {
                found.entry(*name).or_default().insert(*key);
                of_term(value, found);
            }
        }
        QueryTerm::Name(_) | QueryTerm::Var(_) => {}
    }
}
