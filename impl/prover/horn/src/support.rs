//! What the translation does not read, found before any work is done, all of it
//! at once.

use pi::{
    Diagnostic, KeyCompromise, Pattern, PatternKind, Process, ProcessKind, Program, QueryKind,
    Span, Term, TermKind,
};
use std::collections::BTreeSet;

/// Settings that change which names are told apart, or nothing.
const HARMLESS: &[&str] = &["movenew", "swapping"];

/// All constructs of the program that have no translation yet.
pub(crate) fn unsupported(program: &Program) -> Vec<Diagnostic> {
    let mut search = Search {
        program,
        found: Vec::new(),
        seen: BTreeSet::new(),
    };
    search.settings();
    search.compromise();
    for clause in &program.clauses {
        if clause.variables.iter().any(|v| v.may_fail) {
            search.refuse(
                clause.span,
                "variables of clauses that may fail are not supported",
            );
        }
    }
    search.process(&program.process);
    search.found
}

struct Search<'p> {
    program: &'p Program,
    found: Vec<Diagnostic>,
    seen: BTreeSet<(Span, &'static str)>,
}

impl<'p> Search<'p> {
    fn refuse(&mut self, span: Span, message: &'static str) {
        if self.seen.insert((span, message)) {
            self.found.push(Diagnostic::error(span, message));
        }
    }

    fn settings(&mut self) {
        let settings = &self.program.settings;
        for (name, value, span) in &settings.others {
            if !HARMLESS.contains(&name.as_str()) && self.seen.insert((*span, "set")) {
                self.found.push(
                    Diagnostic::error(*span, format!("set {name} = {value} is not supported yet"))
                        .with_hint(
                            "it can change the meaning of the program, so it is not ignored",
                        ),
                );
            }
        }
    }

    /// What does not go with `keyCompromise`. Lemmas would speak of the sessions that
    /// are not compromised, and what they are applied to does not say which it is.
    fn compromise(&mut self) {
        let program = self.program;
        if program.settings.key_compromise == KeyCompromise::None {
            return;
        }
        for lemma in &program.lemmas {
            self.refuse(
                lemma.span,
                "lemmas, axioms and restrictions are not supported together with keyCompromise",
            );
        }
        for query in &program.queries {
            if matches!(query.kind, QueryKind::Secret { .. }) {
                self.refuse(
                    query.span,
                    "`query secret` is not supported together with keyCompromise",
                );
            }
        }
    }

    fn process(&mut self, whole: &'p Process) {
        let mut work = vec![whole];
        while let Some(process) = work.pop() {
            match &process.kind {
                ProcessKind::Nil => {}
                ProcessKind::Call { bindings, body, .. } => {
                    for (_, value) in bindings {
                        self.term(value, true);
                    }
                    work.push(body);
                }
                ProcessKind::Event {
                    arguments, then, ..
                }
                | ProcessKind::Insert {
                    arguments, then, ..
                } => {
                    for a in arguments {
                        self.term(a, true);
                    }
                    work.push(then);
                }
                ProcessKind::Get {
                    patterns,
                    condition,
                    then,
                    otherwise,
                    ..
                } => {
                    for p in patterns {
                        self.pattern(p);
                    }
                    if let Some(condition) = condition {
                        self.term(condition, false);
                    }
                    work.extend(otherwise.as_deref());
                    work.push(then);
                }
                ProcessKind::If {
                    condition,
                    then,
                    otherwise,
                } => {
                    self.term(condition, true);
                    work.push(otherwise);
                    work.push(then);
                }
                ProcessKind::Input {
                    channel,
                    pattern,
                    then,
                    ..
                } => {
                    self.term(channel, true);
                    self.pattern(pattern);
                    work.push(then);
                }
                ProcessKind::Let {
                    pattern,
                    value,
                    then,
                    otherwise,
                } => {
                    self.term(value, true);
                    self.pattern(pattern);
                    work.push(otherwise);
                    work.push(then);
                }
                ProcessKind::LetSuchThat {
                    arguments,
                    then,
                    otherwise,
                    ..
                } => {
                    for a in arguments {
                        self.term(a, false);
                    }
                    work.push(otherwise);
                    work.push(then);
                }
                ProcessKind::New { then, .. } => work.push(then),
                ProcessKind::Phase { then, .. } => {
                    if self.program.settings.key_compromise != KeyCompromise::None {
                        self.refuse(process.span, "phases do not go with keyCompromise");
                    }
                    work.push(then);
                }
                ProcessKind::Output {
                    channel,
                    message,
                    then,
                } => {
                    self.term(channel, true);
                    self.term(message, true);
                    work.push(then);
                }
                ProcessKind::Parallel(parts) => work.extend(parts.iter().rev()),
                ProcessKind::Replicate(body) => work.push(body),
            }
        }
    }

    fn pattern(&mut self, pattern: &Pattern) {
        match &pattern.kind {
            PatternKind::Data(_, parts) => {
                for p in parts {
                    self.pattern(p);
                }
            }
            PatternKind::Equal(term) => self.term(term, false),
            PatternKind::Var(_) => {}
        }
    }

    /// `effects`: whether the term may act. Where a term is tried rather than
    /// executed (a `suchthat`, a `=` pattern) it must not: a `begin` fact for
    /// an event that may not have happened would be unsound.
    fn term(&mut self, term: &Term, effects: bool) {
        let acts = matches!(
            term.kind,
            TermKind::Event { .. }
                | TermKind::Get { .. }
                | TermKind::Insert { .. }
                | TermKind::New { .. }
        );
        if acts && !effects {
            self.refuse(
                term.span,
                "new, event, get and insert are not supported inside a suchthat condition or a \
                 = pattern",
            );
        }
        match &term.kind {
            TermKind::Fail | TermKind::Name(_) | TermKind::Var(_) => {}
            TermKind::Apply(_, arguments) => {
                for a in arguments {
                    self.term(a, effects);
                }
            }
            TermKind::Event {
                arguments, then, ..
            }
            | TermKind::Insert {
                arguments, then, ..
            } => {
                for a in arguments {
                    self.term(a, effects);
                }
                self.term(then, effects);
            }
            TermKind::Get {
                patterns,
                condition,
                then,
                otherwise,
                ..
            } => {
                for p in patterns {
                    self.pattern(p);
                }
                if let Some(condition) = condition {
                    self.term(condition, false);
                }
                self.term(then, effects);
                self.term(otherwise, effects);
            }
            TermKind::If {
                condition,
                then,
                otherwise,
            } => {
                for t in [condition, then, otherwise] {
                    self.term(t, effects);
                }
            }
            TermKind::Let {
                pattern,
                value,
                then,
                otherwise,
                ..
            } => {
                self.pattern(pattern);
                for t in [value, then, otherwise] {
                    self.term(t, effects);
                }
            }
            TermKind::LetSuchThat {
                arguments,
                then,
                otherwise,
                ..
            } => {
                for a in arguments {
                    self.term(a, false);
                }
                self.term(then, effects);
                self.term(otherwise, effects);
            }
            TermKind::New { then, .. } => self.term(then, effects),
        }
    }
}
