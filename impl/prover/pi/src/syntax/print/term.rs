//! Terms and patterns. Parentheses are part of the tree, so none are added.

use super::super::tree::{
    Binding, BoundKey, FactKind, Infix, Pattern, PatternKind, Term, TermKind,
};
use super::Printer;

impl Printer<'_> {
    pub(super) fn terms(&self, terms: &[Term]) -> String {
        let all: Vec<String> = terms.iter().map(|term| self.term(term)).collect();
        all.join(", ")
    }

    /// `(M, N)`, or nothing.
    pub(super) fn arguments(&self, terms: &[Term]) -> String {
        if terms.is_empty() {
            return String::new();
        }
        format!("({})", self.terms(terms))
    }

    pub(super) fn term(&self, term: &Term) -> String {
        match &term.kind {
            TermKind::Apply(name, arguments) => {
                format!("{}({})", self.name(*name), self.terms(arguments))
            }
            TermKind::At(fact, time) => format!("{}@{}", self.term(fact), self.name(*time)),
            TermKind::Bound(name, keys) => {
                let keys: Vec<String> = keys
                    .iter()
                    .map(|(key, value)| {
                        let key = match key {
                            BoundKey::Session(number, _) => format!("!{number}"),
                            BoundKey::Variable(name) => self.name(*name).to_owned(),
                        };
                        format!("{key} = {}", self.term(value))
                    })
                    .collect();
                let keys = match keys.as_slice() {
                    [] => String::new(),
                    keys => format!("[{}]", keys.join("; ")),
                };
                format!("new {}{keys}", self.name(*name))
            }
            TermKind::Choice(_) => self.source(term.span).to_owned(),
            TermKind::Event {
                event,
                arguments,
                then,
            } => format!(
                "event {}{}; {}",
                self.name(*event),
                self.arguments(arguments),
                self.term(then)
            ),
            TermKind::Fact(kind, inner) => {
                let word = match kind {
                    FactKind::Event => "event",
                    FactKind::InjectiveEvent => "inj-event",
                    FactKind::Table => "table",
                };
                format!("{word}({})", self.term(inner))
            }
            TermKind::Fail => "fail".to_owned(),
            TermKind::Get {
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
                format!(
                    "get {}({}){condition}{} in {}{}",
                    self.name(*table),
                    self.patterns(patterns),
                    self.options(options),
                    self.term(then),
                    self.otherwise(otherwise.as_deref())
                )
            }
            TermKind::Ident(symbol) => self.names.text(*symbol).to_owned(),
            TermKind::If {
                condition,
                then,
                otherwise,
            } => format!(
                "if {} then {}{}",
                self.term(condition),
                self.term(then),
                self.otherwise(otherwise.as_deref())
            ),
            TermKind::Infix(infix, left, right) => {
                format!("{} {} {}", self.term(left), mark(*infix), self.term(right))
            }
            TermKind::Insert {
                table,
                arguments,
                then,
            } => format!(
                "insert {}({}); {}",
                self.name(*table),
                self.terms(arguments),
                self.term(then)
            ),
            TermKind::Let {
                pattern,
                value,
                then,
                otherwise,
            } => match (&pattern.kind, otherwise) {
                // Takes no `else` that belongs to something around it.
                (PatternKind::Var(..), None) => format!(
                    "{} <- {}; {}",
                    self.pattern(pattern),
                    self.term(value),
                    self.term(then)
                ),
                _ => format!(
                    "let {} = {} in {}{}",
                    self.let_pattern(pattern),
                    self.term(value),
                    self.term(then),
                    self.otherwise(otherwise.as_deref())
                ),
            },
            TermKind::LetSuchThat {
                variables,
                predicate,
                then,
                otherwise,
            } => format!(
                "let {} suchthat {} in {}{}",
                self.sought(variables),
                self.term(predicate),
                self.term(then),
                self.otherwise(otherwise.as_deref())
            ),
            TermKind::New {
                name,
                arguments,
                ty,
                then,
            } => {
                let arguments = arguments.as_ref().map_or_else(String::new, |arguments| {
                    format!("[{}]", self.comma_names(arguments))
                });
                format!(
                    "new {}{arguments}: {}; {}",
                    self.name(*name),
                    self.name(*ty),
                    self.term(then)
                )
            }
            TermKind::Not(inner) => format!("not({})", self.term(inner)),
            TermKind::Number(value) => value.to_string(),
            TermKind::Parenthesised(inner) => format!("({})", self.term(inner)),
            TermKind::Phase(fact, phase) => format!("{} phase {phase}", self.term(fact)),
            // `(*` would open a comment.
            TermKind::Starred(name) => format!(" *{}", self.name(*name)),
            TermKind::Tuple(parts) => format!("({})", self.terms(parts)),
        }
    }

    fn otherwise(&self, otherwise: Option<&Term>) -> String {
        otherwise.map_or_else(String::new, |term| format!(" else {}", self.term(term)))
    }

    /// `x: t, y: u`.
    pub(super) fn sought(&self, variables: &[Binding]) -> String {
        let all: Vec<String> = variables
            .iter()
            .map(|(name, ty)| match ty {
                Some(ty) => format!("{}: {}", self.name(*name), self.name(*ty)),
                None => self.name(*name).to_owned(),
            })
            .collect();
        all.join(", ")
    }

    pub(super) fn patterns(&self, patterns: &[Pattern]) -> String {
        let all: Vec<String> = patterns.iter().map(|p| self.pattern(p)).collect();
        all.join(", ")
    }

    pub(super) fn pattern(&self, pattern: &Pattern) -> String {
        let typed = |name: &str, ty: Option<&str>| match ty {
            Some(ty) => format!("{name}: {ty}"),
            None => name.to_owned(),
        };
        match &pattern.kind {
            PatternKind::Any(ty) => typed("_", ty.map(|ty| self.name(ty))),
            PatternKind::Data(name, parts) => {
                format!("{}({})", self.name(*name), self.patterns(parts))
            }
            PatternKind::Equal(term) => format!("={}", self.term(term)),
            PatternKind::Number(value) => value.to_string(),
            PatternKind::Sum(base, shift) => format!("{} + {shift}", self.let_pattern(base)),
            PatternKind::Tuple(parts) => format!("({})", self.patterns(parts)),
            PatternKind::Var(name, ty) => typed(self.name(*name), ty.map(|ty| self.name(ty))),
        }
    }

    /// A pattern in front of `=` or `+`: a test needs parentheses there.
    pub(super) fn let_pattern(&self, pattern: &Pattern) -> String {
        match pattern.kind {
            PatternKind::Equal(_) => format!("({})", self.pattern(pattern)),
            _ => self.pattern(pattern),
        }
    }
}

fn mark(infix: Infix) -> &'static str {
    match infix {
        Infix::Add => "+",
        Infix::And => "&&",
        Infix::Arrow => "->",
        Infix::Equal => "=",
        Infix::Equivalent => "<->",
        Infix::Greater => ">",
        Infix::GreaterOrEqual => ">=",
        Infix::Implies => "==>",
        Infix::Less => "<",
        Infix::LessOrEqual => "<=",
        Infix::Or => "||",
        Infix::Subtract => "-",
        Infix::Unequal => "<>",
    }
}
