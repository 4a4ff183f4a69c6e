//! Terms and patterns on one line, with parentheses wherever they might help.

use super::{Printer, call};
use crate::program::{
    FunId, FunctionKind, NaturalOperation, Pattern, PatternKind, PointId, Term, TermKind, VarId,
};

impl Printer<'_> {
    pub(super) fn terms(&self, terms: &[Term]) -> Vec<String> {
        terms.iter().map(|term| self.term(term)).collect()
    }

    pub(super) fn term(&self, term: &Term) -> String {
        match &term.kind {
            TermKind::Apply(fun, arguments) => self.application(*fun, self.terms(arguments)),
            TermKind::Event {
                point,
                event,
                arguments,
                then,
            } => {
                let head = call(self.event(*event), &self.terms(arguments));
                format!("({}event {head}; {})", self.point(*point), self.term(then))
            }
            // Only as the value of an `else` that is not written.
            TermKind::Fail => "fail".to_owned(),
            TermKind::Get {
                point,
                table,
                patterns,
                condition,
                precise,
                then,
                otherwise,
            } => {
                let head = format!("{}({})", self.table(*table), self.patterns(patterns));
                let condition = condition.as_ref().map_or_else(String::new, |condition| {
                    format!(" suchthat {}", self.term(condition))
                });
                let precise = if *precise { " [precise]" } else { "" };
                let point = self.point(*point);
                let then = self.term(then);
                let otherwise = self.else_term(otherwise);
                format!("({point}get {head}{condition}{precise} in {then}{otherwise})")
            }
            TermKind::If {
                condition,
                then,
                otherwise,
            } => {
                let condition = self.term(condition);
                let then = self.term(then);
                format!("(if {condition} then {then}{})", self.else_term(otherwise))
            }
            TermKind::Insert {
                point,
                table,
                arguments,
                then,
            } => {
                let head = self.entry(self.table(*table), arguments);
                format!("({}insert {head}; {})", self.point(*point), self.term(then))
            }
            TermKind::Let {
                pattern,
                value,
                then,
                otherwise,
                ..
            } => {
                let pattern = self.let_pattern(pattern);
                let value = self.term(value);
                let then = self.term(then);
                let otherwise = self.else_term(otherwise);
                format!("(let {pattern} = {value} in {then}{otherwise})")
            }
            TermKind::LetSuchThat {
                point,
                variables,
                predicate,
                arguments,
                then,
                otherwise,
            } => {
                let predicate = call(self.predicate(*predicate), &self.terms(arguments));
                let point = self.point(*point);
                // A predicate as a condition.
                if variables.is_empty() {
                    return format!("{point}{predicate}");
                }
                let variables = self.typed(variables);
                let then = self.term(then);
                let otherwise = self.else_term(otherwise);
                format!("({point}let {variables} suchthat {predicate} in {then}{otherwise})")
            }
            TermKind::Name(name) => self.name(*name).to_owned(),
            TermKind::New {
                point,
                name,
                arguments,
                then,
            } => {
                let head = self.restriction(*name, arguments.as_deref());
                format!("({}{head}; {})", self.point(*point), self.term(then))
            }
            TermKind::Var(var) => self.variable(*var).to_owned(),
        }
    }

    /// A function with printed arguments.
    pub(super) fn application(&self, fun: FunId, arguments: Vec<String>) -> String {
        let kind = self.program.functions.get(fun.0 as usize).map(|f| &f.kind);
        let infix = match fun {
            FunId::AND | FunId::EQUAL | FunId::OR | FunId::UNEQUAL => true,
            _ => matches!(
                kind,
                Some(FunctionKind::Natural(
                    NaturalOperation::Add
                        | NaturalOperation::Less
                        | NaturalOperation::LessOrEqual
                        | NaturalOperation::Subtract
                ))
            ),
        };
        if infix && let [left, right] = arguments.as_slice() {
            return format!("({left} {} {right})", self.function(fun));
        }
        match kind {
            Some(FunctionKind::Tuple) => format!("({})", arguments.join(", ")),
            _ => call(self.function(fun), &arguments),
        }
    }

    fn else_term(&self, otherwise: &Term) -> String {
        match otherwise.kind {
            TermKind::Fail => String::new(),
            _ => format!(" else {}", self.term(otherwise)),
        }
    }

    pub(super) fn point(&self, point: PointId) -> String {
        if self.numbered {
            format!("{{{}}}", point.0)
        } else {
            String::new()
        }
    }

    /// A table entry: tables keep their parentheses.
    pub(super) fn entry(&self, name: &str, arguments: &[Term]) -> String {
        format!("{name}({})", self.terms(arguments).join(", "))
    }

    /// `new n[x]: t`.
    pub(super) fn restriction(&self, name: VarId, arguments: Option<&[VarId]>) -> String {
        let arguments = arguments.map_or_else(String::new, |arguments| {
            let arguments: Vec<&str> = arguments.iter().map(|var| self.variable(*var)).collect();
            format!("[{}]", arguments.join(", "))
        });
        let ty = self.program.variables.get(name.0 as usize).map(|v| v.ty);
        let ty = ty.map_or("?", |ty| self.ty(ty));
        format!("new {}{arguments}: {ty}", self.variable(name))
    }

    /// `x: t, y: u`.
    pub(super) fn typed(&self, variables: &[VarId]) -> String {
        let variables: Vec<String> = variables
            .iter()
            .map(|var| {
                let ty = self.program.variables.get(var.0 as usize).map(|v| v.ty);
                format!(
                    "{}: {}",
                    self.variable(*var),
                    ty.map_or("?", |ty| self.ty(ty))
                )
            })
            .collect();
        variables.join(", ")
    }

    pub(super) fn patterns(&self, patterns: &[Pattern]) -> String {
        let patterns: Vec<String> = patterns.iter().map(|p| self.pattern(p)).collect();
        patterns.join(", ")
    }

    pub(super) fn pattern(&self, pattern: &Pattern) -> String {
        match &pattern.kind {
            PatternKind::Data(fun, parts) => {
                let tuple = self.program.functions.get(fun.0 as usize);
                let tuple = tuple.is_some_and(|f| f.kind == FunctionKind::Tuple);
                let name = if tuple { "" } else { self.function(*fun) };
                format!("{name}({})", self.patterns(parts))
            }
            PatternKind::Equal(term) => format!("={}", self.term(term)),
            PatternKind::Var(var) => format!("{}: {}", self.variable(*var), self.ty(pattern.ty)),
        }
    }

    /// A pattern in front of `=`: a test needs parentheses there.
    pub(super) fn let_pattern(&self, pattern: &Pattern) -> String {
        let text = self.pattern(pattern);
        match pattern.kind {
            PatternKind::Equal(_) => format!("({text})"),
            _ => text,
        }
    }
}
