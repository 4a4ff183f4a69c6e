//! Declarations, in an order in which everything is declared before its use.

use super::{Printer, call};
use crate::program::{
    Equation, Function, FunctionKind, KeyCompromise, RewriteRule, RuleTerm, RuleVariable, TypeId,
};

impl Printer<'_> {
    pub(super) fn program(&mut self) {
        let program = self.program;
        self.settings();
        for ty in program.types.iter().skip(TypeId::PREDEFINED as usize) {
            self.line(0, &format!("type {}.", ty.name));
        }
        for function in &program.functions {
            if function.span.is_some() {
                self.declared_function(function);
            }
        }
        for group in program.equations.chunk_by(|a, b| a.group == b.group) {
            self.equations(group);
        }
        for name in &program.names {
            let private = if name.private { " [private]" } else { "" };
            let ty = self.ty(name.ty);
            self.line(0, &format!("free {}: {ty}{private}.", name.name));
        }
        for event in &program.events {
            let types = self.parameters(&event.parameters);
            self.line(0, &format!("event {}{types}.", event.name));
        }
        for table in &program.tables {
            let types = self.types(&table.columns);
            self.line(0, &format!("table {}({types}).", table.name));
        }
        for predicate in &program.predicates {
            let types = self.parameters(&predicate.parameters);
            let block = if predicate.blocking { " [block]" } else { "" };
            self.line(0, &format!("pred {}{types}{block}.", predicate.name));
        }
        for clause in &program.clauses {
            self.clause(clause);
        }
        for fact in &program.not_facts {
            self.not_fact(&fact.variables, &fact.fact);
        }
        for hint in &program.hints {
            self.hint(hint);
        }
        for lemma in &program.lemmas {
            self.lemma(lemma);
        }
        for group in program.queries.chunk_by(|a, b| a.group == b.group) {
            if group.iter().all(|query| query.lemma.is_none()) {
                self.queries(group);
            }
        }
        self.line(0, "process");
        self.process(&program.process, 1);
    }

    fn settings(&mut self) {
        let settings = &self.program.settings;
        if !settings.ignore_types {
            self.line(0, "set ignoreTypes = false.");
        }
        if settings.passive_attacker {
            self.line(0, "set attacker = passive.");
        }
        match settings.key_compromise {
            KeyCompromise::None => {}
            KeyCompromise::Approximate => self.line(0, "set keyCompromise = approx."),
            KeyCompromise::Strict => self.line(0, "set keyCompromise = strict."),
        }
        if !settings.unheard {
            self.line(0, "set privateCommOnPublicTerms = false.");
        }
        if settings.precise_actions {
            self.line(0, "set preciseActions = true.");
        }
        if settings.unimplementable {
            self.line(0, "set predicatesImplementable = nocheck.");
        }
        for (name, value, _) in &settings.others {
            self.line(0, &format!("set {name} = \"{value}\"."));
        }
    }

    /// `(t, u)`, or nothing.
    fn parameters(&self, types: &[TypeId]) -> String {
        if types.is_empty() {
            return String::new();
        }
        format!("({})", self.types(types))
    }

    fn declared_function(&mut self, function: &Function) {
        let name = &function.name;
        let types = self.types(&function.parameters);
        let result = self.ty(function.result);
        match &function.kind {
            FunctionKind::Constructor {
                data,
                type_converter,
            } => {
                let options = options(&[
                    ("data", *data),
                    ("private", function.private),
                    ("typeConverter", *type_converter),
                ]);
                let constant = function.parameters.is_empty();
                let head = if constant {
                    format!("const {name}")
                } else {
                    format!("fun {name}({types})")
                };
                self.line(0, &format!("{head}: {result}{options}."));
            }
            FunctionKind::Destructor { rules, ordered } => {
                let options = options(&[("private", function.private)]);
                let rules: Vec<String> = rules.iter().map(|rule| self.rule(name, rule)).collect();
                if *ordered {
                    let rules = rules.join("\n  otherwise ");
                    let head = format!("fun {name}({types}): {result}");
                    self.line(0, &format!("{head}\n  reduc {rules}{options}."));
                } else {
                    self.line(0, &format!("reduc {}{options}.", rules.join(";\n  ")));
                }
            }
            FunctionKind::Natural(_) | FunctionKind::Tuple => {}
        }
    }

    fn rule(&self, name: &str, rule: &RewriteRule) -> String {
        let head = self.forall(&rule.variables);
        let arguments: Vec<String> = rule
            .arguments
            .iter()
            .map(|argument| self.rule_term(argument, &rule.variables))
            .collect();
        let result = self.rule_term(&rule.result, &rule.variables);
        format!("{head}{} = {result}", call(name, &arguments))
    }

    fn equations(&mut self, group: &[Equation]) {
        let equations: Vec<String> = group
            .iter()
            .map(|equation| {
                let head = self.forall(&equation.variables);
                let left = self.rule_term(&equation.left, &equation.variables);
                let right = self.rule_term(&equation.right, &equation.variables);
                format!("{head}{left} = {right}")
            })
            .collect();
        self.line(0, &format!("equation {}.", equations.join(";\n  ")));
    }

    fn rule_term(&self, term: &RuleTerm, variables: &[RuleVariable]) -> String {
        match term {
            RuleTerm::Apply(fun, terms) => {
                let terms = terms
                    .iter()
                    .map(|term| self.rule_term(term, variables))
                    .collect();
                self.application(*fun, terms)
            }
            RuleTerm::Fail => "fail".to_owned(),
            RuleTerm::Var(var) => {
                let variable = variables.get(*var as usize);
                variable
                    .map_or("?", |variable| variable.name.as_str())
                    .to_owned()
            }
        }
    }
}

/// ` [a, b]`, or nothing.
fn options(flags: &[(&str, bool)]) -> String {
    let set: Vec<&str> = flags
        .iter()
        .filter(|(_, set)| *set)
        .map(|(name, _)| *name)
        .collect();
    if set.is_empty() {
        return String::new();
    }
    format!(" [{}]", set.join(", "))
}
