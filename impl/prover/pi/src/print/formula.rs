//! Queries, lemmas, `not`, hints and clauses.

use super::{Printer, call};
use crate::label::{Expected, Label};
use crate::program::{
    BoundArgument, Correspondence, Formula, Lemma, LemmaKind, NaturalOperation, Query, QueryKind,
    QueryTerm, QueryVariable, RuleVariable, SelectionHint, UserClause, VarId,
};

/// What variable indices stand for.
struct Scope<'s> {
    names: Vec<&'s str>,
    starred: &'s [u32],
}

impl<'s> Scope<'s> {
    fn of(variables: &'s [QueryVariable]) -> Self {
        Self {
            names: variables.iter().map(|v| v.name.as_str()).collect(),
            starred: &[],
        }
    }

    fn name(&self, index: u32) -> &'s str {
        self.names.get(index as usize).copied().unwrap_or("?")
    }
}

impl Printer<'_> {
    /// The queries of one declaration.
    pub(super) fn queries(&mut self, group: &[Query]) {
        let variables = group.iter().find_map(|query| match &query.kind {
            QueryKind::Correspondence(statement) => Some(statement.variables.as_slice()),
            QueryKind::Secret { .. } => None,
        });
        let head = self.query_variables(variables.unwrap_or(&[]));
        self.line(0, &format!("query{head}"));
        for (index, query) in group.iter().enumerate() {
            if let Some(label) = &query.label {
                self.label(label);
            }
            let text = match &query.kind {
                QueryKind::Correspondence(statement) => self.statement(statement),
                QueryKind::Secret {
                    variables,
                    public_variables,
                } => {
                    let name = self.binders(variables);
                    format!("secret {name}{}", self.public(public_variables))
                }
            };
            let end = if index + 1 == group.len() { "." } else { ";" };
            self.line(1, &format!("{text}{end}"));
        }
    }

    fn label(&mut self, label: &Label) {
        let id = &label.id;
        let head = match &label.expected {
            Expected::Broken { attack } => format!("@broken {id} {attack}"),
            Expected::Holds { tight: false } => format!("@holds {id}"),
            Expected::Holds { tight: true } => format!("@holds {id} tight"),
            Expected::Reachable => format!("@reachable {id}"),
            Expected::Undecided { why } => format!("@undecided {id} {why}"),
        };
        if label.sentence.is_empty() {
            self.line(1, &format!("(* {head} *)"));
        } else {
            self.line(1, &format!("(* {head}"));
            self.line(1, &format!("   {} *)", label.sentence));
        }
    }

    /// Binders of one source name; they print under the first one's name.
    fn binders(&self, variables: &[VarId]) -> String {
        variables
            .first()
            .map_or("?", |var| self.variable(*var))
            .to_owned()
    }

    fn public(&self, variables: &[VarId]) -> String {
        if variables.is_empty() {
            return String::new();
        }
        let names: Vec<&str> = variables.iter().map(|var| self.variable(*var)).collect();
        format!(" public_vars {}", names.join(", "))
    }

    /// ` x: t, y: u;`, or nothing.
    fn query_variables(&self, variables: &[QueryVariable]) -> String {
        if variables.is_empty() {
            return String::new();
        }
        let variables: Vec<String> = variables
            .iter()
            .map(|v| format!("{}: {}", v.name, self.ty(v.ty)))
            .collect();
        format!(" {};", variables.join(", "))
    }

    fn statement(&self, statement: &Correspondence) -> String {
        self.sides(statement) + &self.public(&statement.public_variables)
    }

    fn sides(&self, statement: &Correspondence) -> String {
        let scope = Scope::of(&statement.variables);
        let premises: Vec<String> = statement
            .premises
            .iter()
            .map(|premise| self.formula(premise, &scope))
            .collect();
        let mut text = premises.join(" && ");
        if statement.arrow {
            text.push_str(" ==> ");
            text.push_str(&self.formula(&statement.conclusion, &scope));
        }
        text
    }

    pub(super) fn lemma(&mut self, lemma: &Lemma) {
        let word = match lemma.kind {
            LemmaKind::Axiom => "axiom",
            LemmaKind::Lemma => "lemma",
            LemmaKind::Restriction => "restriction",
        };
        let variables = self.query_variables(&lemma.statement.variables);
        let text = self.sides(&lemma.statement);
        let public = match self.public(&lemma.statement.public_variables) {
            public if public.is_empty() => public,
            public => format!(" for {{{public} }}"),
        };
        let option = if lemma.maximal_subset {
            " [maxSubset]"
        } else {
            ""
        };
        self.line(0, &format!("{word}{variables} {text}{public}{option}."));
    }

    pub(super) fn not_fact(&mut self, variables: &[QueryVariable], fact: &Formula) {
        let head = self.query_variables(variables);
        let fact = self.formula(fact, &Scope::of(variables));
        self.line(0, &format!("not{head} {fact}."));
    }

    pub(super) fn hint(&mut self, hint: &SelectionHint) {
        let head = self.query_variables(&hint.variables);
        let scope = Scope {
            starred: &hint.starred,
            ..Scope::of(&hint.variables)
        };
        let fact = self.formula(&hint.fact, &scope);
        let word = if hint.weight > 0 { "select" } else { "nounif" };
        let weight = hint.weight.unsigned_abs();
        self.line(0, &format!("{word}{head} {fact} / {weight}."));
    }

    pub(super) fn clause(&mut self, clause: &UserClause) {
        let scope = Scope {
            names: clause.variables.iter().map(|v| v.name.as_str()).collect(),
            starred: &[],
        };
        let head = self.forall(&clause.variables);
        let hypotheses: Vec<String> = clause
            .hypotheses
            .iter()
            .map(|hypothesis| self.formula(hypothesis, &scope))
            .collect();
        let arrow = if hypotheses.is_empty() { "" } else { " -> " };
        let left = hypotheses.join(" && ");
        let right = self.formula(&clause.conclusion, &scope);
        self.line(0, &format!("clauses {head}{left}{arrow}{right}."));
    }

    /// `forall x: t or fail; `, or nothing.
    pub(super) fn forall(&self, variables: &[RuleVariable]) -> String {
        if variables.is_empty() {
            return String::new();
        }
        let variables: Vec<String> = variables
            .iter()
            .map(|v| {
                let fail = if v.may_fail { " or fail" } else { "" };
                format!("{}: {}{fail}", v.name, self.ty(v.ty))
            })
            .collect();
        format!("forall {}; ", variables.join(", "))
    }

    fn formula(&self, formula: &Formula, scope: &Scope<'_>) -> String {
        let joined = |parts: &[Formula], mark: &str| {
            let parts: Vec<String> = parts.iter().map(|p| self.formula(p, scope)).collect();
            format!("({})", parts.join(mark))
        };
        match formula {
            Formula::And(parts) => joined(parts, " && "),
            Formula::Or(parts) => joined(parts, " || "),
            Formula::Attacker {
                term, phase, time, ..
            } => {
                let term = self.query_term(term, scope);
                format!("attacker({term}){}", suffix(*phase, *time, scope))
            }
            Formula::Equal(left, right, _) => self.comparison(left, "=", right, scope),
            Formula::Event {
                event,
                arguments,
                injective,
                time,
                ..
            } => {
                let head = call(self.event(*event), &self.query_terms(arguments, scope));
                let word = if *injective { "inj-event" } else { "event" };
                format!("{word}({head}){}", suffix(None, *time, scope))
            }
            Formula::False => "false".to_owned(),
            Formula::Message {
                channel,
                term,
                phase,
                time,
                ..
            } => {
                let channel = self.query_term(channel, scope);
                let term = self.query_term(term, scope);
                format!("mess({channel}, {term}){}", suffix(*phase, *time, scope))
            }
            Formula::Natural(operation, terms, _) => match (operation, terms.as_slice()) {
                (NaturalOperation::Less, [left, right]) => self.comparison(left, "<", right, scope),
                (NaturalOperation::LessOrEqual, [left, right]) => {
                    self.comparison(left, "<=", right, scope)
                }
                _ => call("is_nat", &self.query_terms(terms, scope)),
            },
            Formula::Nested(premise, conclusion) => {
                let premise = self.formula(premise, scope);
                format!("({premise} ==> {})", self.formula(conclusion, scope))
            }
            Formula::Predicate {
                predicate,
                arguments,
                ..
            } => call(
                self.predicate(*predicate),
                &self.query_terms(arguments, scope),
            ),
            Formula::Table {
                table,
                arguments,
                phase,
                time,
                ..
            } => {
                let arguments = self.query_terms(arguments, scope).join(", ");
                let table = self.table(*table);
                format!(
                    "table({table}({arguments})){}",
                    suffix(*phase, *time, scope)
                )
            }
            Formula::True => "true".to_owned(),
            Formula::Unequal(left, right, _) => self.comparison(left, "<>", right, scope),
        }
    }

    fn comparison(
        &self,
        left: &QueryTerm,
        mark: &str,
        right: &QueryTerm,
        scope: &Scope<'_>,
    ) -> String {
        let left = self.query_term(left, scope);
        format!("{left} {mark} {}", self.query_term(right, scope))
    }

    fn query_terms(&self, terms: &[QueryTerm], scope: &Scope<'_>) -> Vec<String> {
        terms
            .iter()
            .map(|term| self.query_term(term, scope))
            .collect()
    }

    fn query_term(&self, term: &QueryTerm, scope: &Scope<'_>) -> String {
        match term {
            QueryTerm::Apply(fun, terms) => self.application(*fun, self.query_terms(terms, scope)),
            QueryTerm::Bound {
                name, arguments, ..
            } => {
                let name = self.variable(*name);
                if arguments.is_empty() {
                    return format!("new {name}");
                }
                let arguments: Vec<String> = arguments
                    .iter()
                    .map(|(key, value)| {
                        let value = self.query_term(value, scope);
                        match key {
                            BoundArgument::Session(number) => format!("!{number} = {value}"),
                            BoundArgument::Variable(var) => {
                                format!("{} = {value}", self.variable(*var))
                            }
                        }
                    })
                    .collect();
                format!("new {name}[{}]", arguments.join("; "))
            }
            QueryTerm::Name(name) => self.name(*name).to_owned(),
            // The blank keeps `(*` from opening a comment.
            QueryTerm::Var(var) if scope.starred.contains(var) => {
                format!(" *{}", scope.name(*var))
            }
            QueryTerm::Var(var) => scope.name(*var).to_owned(),
        }
    }
}

/// ` phase n@i`.
fn suffix(phase: Option<u32>, time: Option<u32>, scope: &Scope<'_>) -> String {
    let phase = phase.map_or_else(String::new, |n| format!(" phase {n}"));
    let time = time.map_or_else(String::new, |i| format!("@{}", scope.name(i)));
    phase + &time
}
