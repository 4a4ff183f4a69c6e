//! Declarations.

use super::super::tree::{
    Declaration, DeclarationKind, Destructor, Ident, QueryBody, QueryPart, Rule, Term,
};
use super::Printer;
use crate::program::LemmaKind;

impl Printer<'_> {
    pub(super) fn declaration(&mut self, declaration: &Declaration, level: usize) {
        use DeclarationKind as K;
        let text = match &declaration.kind {
            K::Channel(names) => format!("channel {}", self.comma_names(names)),
            K::Clauses(rules) => format!("clauses {}", self.rules(rules, ";")),
            K::Const { names, ty, options } => self.constants("const", names, *ty, options),
            K::Def {
                name,
                parameters,
                body,
            } => {
                let head = format!(
                    "def {}({}) {{",
                    self.name(*name),
                    self.comma_names(parameters)
                );
                self.line(level, &head);
                for inner in body {
                    self.declaration(inner, level + 1);
                }
                self.line(level, "}");
                return;
            }
            K::Destructor(destructor) => self.destructor(destructor),
            K::Equation { rules, options } => {
                format!(
                    "equation {}{}",
                    self.rules(rules, ";"),
                    self.options(options)
                )
            }
            K::Event { name, parameters } => {
                let types = match parameters.as_slice() {
                    [] => String::new(),
                    types => format!("({})", self.comma_names(types)),
                };
                format!("event {}{types}", self.name(*name))
            }
            K::Expand { name, arguments } => {
                format!(
                    "expand {}({})",
                    self.name(*name),
                    self.comma_names(arguments)
                )
            }
            K::Free { names, ty, options } => self.constants("free", names, *ty, options),
            K::Function {
                name,
                parameters,
                result,
                options,
            } => format!(
                "fun {}({}): {}{}",
                self.name(*name),
                self.comma_names(parameters),
                self.name(*result),
                self.options(options)
            ),
            K::Hint {
                variables,
                bindings,
                fact,
                positive,
                weight,
                options,
            } => {
                let word = if *positive { "select" } else { "nounif" };
                let weight = weight.map_or_else(String::new, |w| format!(" / {w}"));
                format!(
                    "{word}{} {}{}{weight}{}",
                    self.variables(variables),
                    self.bindings(bindings),
                    self.term(fact),
                    self.options(options)
                )
            }
            // What only another tool reads is left as it is.
            K::Ignored => {
                let source = self.source(declaration.span).trim_end();
                let source = source.to_owned();
                self.line(level, &source);
                return;
            }
            K::Lemma {
                kind,
                variables,
                parts,
            } => {
                let word = match kind {
                    LemmaKind::Axiom => "axiom",
                    LemmaKind::Lemma => "lemma",
                    LemmaKind::Restriction => "restriction",
                };
                self.labels(parts, level);
                format!("{word}{} {}", self.variables(variables), self.parts(parts))
            }
            K::Letfun {
                name,
                parameters,
                body,
            } => format!(
                "letfun {}{} = {}",
                self.name(*name),
                self.formal(parameters),
                self.term(body)
            ),
            K::Main(process) => {
                self.line(level, "process");
                self.process(process, level + 1);
                return;
            }
            K::Not {
                variables,
                bindings,
                fact,
            } => format!(
                "not{} {}{}",
                self.variables(variables),
                self.bindings(bindings),
                self.term(fact)
            ),
            K::Predicate {
                name,
                parameters,
                options,
            } => {
                let types = match parameters.as_slice() {
                    [] => String::new(),
                    types => format!("({})", self.comma_names(types)),
                };
                format!("pred {}{types}{}", self.name(*name), self.options(options))
            }
            K::Process {
                name,
                parameters,
                body,
            } => {
                let head = format!("let {}{} =", self.name(*name), self.formal(parameters));
                self.line(level, &head);
                self.process(body, level + 1);
                self.line(level, ".");
                return;
            }
            K::Query { variables, parts } => {
                self.labels(parts, level);
                format!("query{} {}", self.variables(variables), self.parts(parts))
            }
            K::Set {
                name, value_span, ..
            } => {
                format!("set {} = {}", self.name(*name), self.source(*value_span))
            }
            K::Table { name, columns } => {
                format!("table {}({})", self.name(*name), self.comma_names(columns))
            }
            K::Type { name, options } => {
                format!("type {}{}", self.name(*name), self.options(options))
            }
        };
        self.line(level, &format!("{text}."));
    }

    fn constants(
        &self,
        word: &str,
        names: &[Ident],
        ty: Ident,
        options: &[super::Setting],
    ) -> String {
        let (names, ty) = (self.comma_names(names), self.name(ty));
        format!("{word} {names}: {ty}{}", self.options(options))
    }

    fn destructor(&self, destructor: &Destructor) -> String {
        let options = self.options(&destructor.options);
        match &destructor.signature {
            None => format!("reduc {}{options}", self.rules(&destructor.rules, ";")),
            Some((name, parameters, result)) => format!(
                "fun {}({}): {} reduc {}{options}",
                self.name(*name),
                self.comma_names(parameters),
                self.name(*result),
                self.rules(&destructor.rules, " otherwise")
            ),
        }
    }

    fn rules(&self, rules: &[Rule], separator: &str) -> String {
        let all: Vec<String> = rules
            .iter()
            .map(|rule| {
                let head = match rule.variables.as_slice() {
                    [] => String::new(),
                    variables => format!("forall {}; ", self.parameters(variables)),
                };
                format!(
                    "{head}{}{}",
                    self.bindings(&rule.bindings),
                    self.term(&rule.body)
                )
            })
            .collect();
        all.join(&format!("{separator}\n  "))
    }

    /// `let x = M in ` for each.
    fn bindings(&self, bindings: &[(Ident, Term)]) -> String {
        bindings
            .iter()
            .map(|(name, value)| format!("let {} = {} in ", self.name(*name), self.term(value)))
            .collect()
    }

    /// The label of a declaration with one part stands in front of it.
    fn labels(&mut self, parts: &[QueryPart], level: usize) {
        if let [part] = parts
            && let Some(label) = &part.label
        {
            let comment = self.source(label.span).to_owned();
            self.line(level, &comment);
        }
    }

    fn parts(&self, parts: &[QueryPart]) -> String {
        let several = parts.len() > 1;
        let all: Vec<String> = parts
            .iter()
            .map(|part| {
                let label = part.label.as_ref().filter(|_| several);
                let label = label.map_or_else(String::new, |label| {
                    format!("{}\n  ", self.source(label.span))
                });
                let body = match &part.body {
                    QueryBody::Formula { bindings, formula } => {
                        format!("{}{}", self.bindings(bindings), self.term(formula))
                    }
                    QueryBody::PutBegin(events) => {
                        format!("putbegin event: {}", self.comma_names(events))
                    }
                    QueryBody::Secret(name) => format!("secret {}", self.name(*name)),
                };
                let public = match part.public_variables.as_slice() {
                    [] => String::new(),
                    names => format!(" public_vars {}", self.comma_names(names)),
                };
                let public = match part.is_for {
                    true => format!(" for {{{public} }}"),
                    false => public,
                };
                format!("{label}{body}{public}{}", self.options(&part.options))
            })
            .collect();
        all.join(";\n  ")
    }
}
