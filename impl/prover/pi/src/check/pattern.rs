//! Patterns.
//!
//! A variable needs a type unless the context gives one. An identifier always
//! binds, also one that is declared as a constant; a test is written `=M`, and
//! M means what it means in front of the pattern: in `(x, =x)` the second x is
//! an earlier one. Sums within patterns: [`super::sum`].

use super::ahead::Ahead;
use super::limit::ARITY_LIMIT;
use super::sum::Sum;
use super::term::apply;
use super::{Checker, Global};
use crate::program::{
    Binder, FunctionKind, NaturalOperation, Pattern, PatternKind, PredicateId, TableId, Term,
    TypeId, VarId,
};
use crate::source::Span;
use crate::syntax::tree::{self, Ident, Setting};

/// What stands between `get` and `in`.
pub(super) struct GetHead {
    pub(super) table: TableId,
    pub(super) patterns: Vec<Pattern>,
    pub(super) condition: Option<Term>,
    /// What is taken apart behind `in`.
    pub(super) sums: Vec<Sum>,
    /// What is computed before.
    pub(super) ahead: Vec<Ahead>,
}

/// What stands between `let` and `in` where a predicate is asked.
pub(super) struct Asked {
    pub(super) variables: Vec<VarId>,
    pub(super) predicate: PredicateId,
    pub(super) arguments: Vec<Term>,
    /// What is computed before.
    pub(super) ahead: Vec<Ahead>,
}

impl<'t> Checker<'t> {
    /// Runs `body`, then brings what its patterns bind into scope.
    pub(super) fn binding<T>(&mut self, body: impl FnOnce(&mut Self) -> T) -> T {
        let outer = core::mem::take(&mut self.pending);
        let result = body(self);
        let bound = core::mem::replace(&mut self.pending, outer);
        self.scope.extend(bound);
        result
    }

    /// A whole pattern for a value of type `wanted`, if that is known.
    pub(super) fn pattern(
        &mut self,
        pattern: &'t tree::Pattern,
        wanted: Option<TypeId>,
        binder: Binder,
    ) -> Option<Pattern> {
        self.binding(|c| c.part(pattern, wanted, binder))
    }

    pub(super) fn part(
        &mut self,
        pattern: &'t tree::Pattern,
        wanted: Option<TypeId>,
        binder: Binder,
    ) -> Option<Pattern> {
        self.node(pattern.span, |c| c.bare_pattern(pattern, wanted, binder))
    }

    /// The pattern of a `let`; of a faulty value nothing is known. The pattern
    /// `p + n` for M is the pattern `p` for `M - n`, which fails where M is less.
    pub(super) fn let_pattern(
        &mut self,
        pattern: &'t tree::Pattern,
        value: &mut Option<Term>,
    ) -> Option<Pattern> {
        let mut pattern = pattern;
        while let tree::PatternKind::Sum(base, shift) = &pattern.kind {
            if let Some(whole) = value.take() {
                let fits = self.pattern_fits(TypeId::NAT, Some(whole.ty), pattern.span);
                let shift = self.literal(*shift, pattern.span);
                let difference = self.natural(NaturalOperation::Subtract);
                let span = whole.span;
                *value = fits.map(|()| apply(difference, vec![whole, shift], TypeId::NAT, span));
            }
            pattern = base;
        }
        let known = self.scope.len();
        match value.as_ref().map(|value| value.ty) {
            Some(ty) => {
                let outer = core::mem::take(&mut self.sums);
                let mut pattern = self.pattern(pattern, Some(ty), Binder::Let);
                let sums = core::mem::replace(&mut self.sums, outer);
                let mut tests = Vec::new();
                if let Some(pattern) = &mut pattern {
                    self.tests_ahead(pattern, &mut tests);
                }
                if sums.is_empty() && tests.is_empty() {
                    return pattern;
                }
                let mut ahead = Vec::new();
                if let Some(value) = value.as_mut().filter(|_| !tests.is_empty()) {
                    self.value_ahead(value, &mut ahead);
                }
                ahead.extend(tests);
                self.let_within(pattern, value, known, sums, ahead)
            }
            None => {
                self.binding(|c| c.bind_faulty(pattern));
                None
            }
        }
    }

    /// Binds the variables of a pattern whose type is unknown for a reason
    /// that has been reported.
    fn bind_faulty(&mut self, pattern: &'t tree::Pattern) {
        match &pattern.kind {
            tree::PatternKind::Any(_)
            | tree::PatternKind::Equal(_)
            | tree::PatternKind::Number(_) => {}
            tree::PatternKind::Sum(base, _) => self.bind_faulty(base),
            tree::PatternKind::Data(_, parts) | tree::PatternKind::Tuple(parts) => {
                for part in parts {
                    self.bind_faulty(part);
                }
            }
            tree::PatternKind::Var(name, ty) => {
                let ty = ty.and_then(|ty| self.value_type(ty));
                self.bind_later(*name, ty, Binder::Let);
            }
        }
    }

    fn bare_pattern(
        &mut self,
        pattern: &'t tree::Pattern,
        wanted: Option<TypeId>,
        binder: Binder,
    ) -> Option<Pattern> {
        let span = pattern.span;
        match &pattern.kind {
            tree::PatternKind::Any(ty) => {
                let ty = self.pattern_type("`_`", span, *ty, wanted)?;
                let var = self.new_variable("_", ty, binder, span);
                let kind = PatternKind::Var(var);
                Some(Pattern { kind, ty, span })
            }
            tree::PatternKind::Var(name, annotation) => {
                let text = self.text(name.symbol);
                let ty = self.pattern_type(&format!("`{text}`"), span, *annotation, wanted);
                let var = self.bind_later(*name, ty, binder)?;
                let kind = PatternKind::Var(var);
                Some(Pattern {
                    kind,
                    ty: ty?,
                    span,
                })
            }
            tree::PatternKind::Equal(term) => {
                let term = match wanted {
                    Some(ty) => self.term_of(term, ty)?,
                    None => self.term(term)?,
                };
                let ty = term.ty;
                let kind = PatternKind::Equal(Box::new(term));
                Some(Pattern { kind, ty, span })
            }
            tree::PatternKind::Number(value) => {
                let ty = TypeId::NAT;
                self.pattern_fits(ty, wanted, span)?;
                let kind = PatternKind::Equal(Box::new(self.literal(*value, span)));
                Some(Pattern { kind, ty, span })
            }
            tree::PatternKind::Sum(base, shift) => {
                self.sum_part(base, *shift, wanted, binder, span)
            }
            tree::PatternKind::Tuple(parts) => {
                let ty = TypeId::BITSTRING;
                let fits = self.pattern_fits(ty, wanted, span);
                let narrow = self.arity_fits(parts.get(ARITY_LIMIT).map(|p| p.span));
                let parts: Vec<Option<Pattern>> = parts
                    .iter()
                    .map(|part| self.part(part, None, binder))
                    .collect();
                let parts: Vec<Pattern> = parts.into_iter().collect::<Option<_>>()?;
                fits.and(narrow)?;
                let kind = PatternKind::Data(self.tuple(parts.len()), parts);
                Some(Pattern { kind, ty, span })
            }
            tree::PatternKind::Data(name, parts) => {
                self.data_pattern(*name, parts, span, wanted, binder)
            }
        }
    }

    fn data_pattern(
        &mut self,
        name: Ident,
        parts: &'t [tree::Pattern],
        span: Span,
        wanted: Option<TypeId>,
        binder: Binder,
    ) -> Option<Pattern> {
        let text = self.text(name.symbol);
        let hidden = self.not_hidden(name, "a data function").is_none();
        let id = match self.global(name.symbol) {
            _ if hidden => None,
            Some(Global::Function(id)) => Some(id),
            Some(Global::Faulty) => None,
            Some(other) => {
                let message = format!("`{text}` is {}", super::term::kind_of(other));
                self.error(
                    name.span,
                    format!("{message}, and only data functions may stand in patterns"),
                    None,
                );
                None
            }
            None => {
                self.undeclared("the function", name.symbol, name.span, |_, global| {
                    matches!(global, Global::Function(_))
                });
                None
            }
        };
        let data = id.filter(|id| {
            matches!(
                self.function(*id).kind,
                FunctionKind::Constructor { data: true, .. }
                    | FunctionKind::Constructor {
                        type_converter: true,
                        ..
                    }
            )
        });
        if id.is_some() && data.is_none() {
            self.error(
                name.span,
                format!("only data functions may stand in patterns, and `{text}` is none"),
                Some("declare it with `[data]`, or apply a destructor in a `let`"),
            );
        }
        let Some(id) = data else {
            for part in parts {
                self.bind_faulty(part);
            }
            return None;
        };
        let function = self.function(id);
        let (parameters, ty) = (function.parameters.clone(), function.result);
        if parameters.len() != parts.len() {
            let message = format!(
                "the function `{text}` takes {} arguments, this pattern has {}",
                parameters.len(),
                parts.len()
            );
            self.error(name.span, message, None);
            for part in parts {
                self.bind_faulty(part);
            }
            return None;
        }
        let fits = self.pattern_fits(ty, wanted, span);
        let parts: Vec<Option<Pattern>> = parts
            .iter()
            .zip(parameters)
            .map(|(part, ty)| self.part(part, Some(ty), binder))
            .collect();
        let parts: Vec<Pattern> = parts.into_iter().collect::<Option<_>>()?;
        fits?;
        let kind = PatternKind::Data(id, parts);
        Some(Pattern { kind, ty, span })
    }

    /// The type of a pattern variable, from its annotation or the context.
    fn pattern_type(
        &mut self,
        what: &str,
        span: Span,
        annotation: Option<Ident>,
        wanted: Option<TypeId>,
    ) -> Option<TypeId> {
        match (annotation, wanted) {
            (None, None) => {
                self.error(
                    span,
                    format!("{what} needs a type here"),
                    Some("write `x: t`; only the context of a `let`, data function or table infers it"),
                );
                None
            }
            (None, Some(ty)) => Some(ty),
            (Some(annotation), None) => self.value_type(annotation),
            (Some(annotation), Some(wanted)) => {
                let ty = self.value_type(annotation)?;
                self.pattern_fits(ty, Some(wanted), annotation.span)?;
                Some(ty)
            }
        }
    }

    pub(super) fn pattern_fits(
        &mut self,
        found: TypeId,
        wanted: Option<TypeId>,
        span: Span,
    ) -> Option<()> {
        match wanted {
            Some(wanted) if wanted != found && wanted != TypeId::ANY => {
                let message = format!(
                    "this pattern has type `{}`, but the value has type `{}`",
                    self.type_name(found),
                    self.type_name(wanted)
                );
                self.error(span, message, None);
                None
            }
            _ => Some(()),
        }
    }

    /// `[precise]`, the only option of inputs, `get` and `suchthat`.
    pub(super) fn precise(&mut self, options: &[Setting]) -> bool {
        !self.flags(options, &["precise"]).is_empty()
    }

    /// `get t(patterns) suchthat condition`; binds the pattern variables.
    pub(super) fn get_head(
        &mut self,
        table: Ident,
        patterns: &'t [tree::Pattern],
        condition: Option<&'t tree::Term>,
    ) -> Option<GetHead> {
        let known = self.scope.len();
        let id = self.table(table);
        let columns = id.and_then(|id| {
            let columns = &self.program.tables.get(id.0 as usize)?.columns;
            Some(columns.clone())
        });
        let columns = match columns {
            Some(columns) if columns.len() == patterns.len() => Some(columns),
            Some(columns) => {
                let text = self.text(table.symbol);
                let message = format!(
                    "the table `{text}` has {} columns, here are {}",
                    columns.len(),
                    patterns.len()
                );
                self.error(table.span, message, None);
                None
            }
            None => None,
        };
        let Some(columns) = columns else {
            self.binding(|c| patterns.iter().for_each(|p| c.bind_faulty(p)));
            return None;
        };
        let outer = core::mem::take(&mut self.sums);
        let patterns: Vec<Option<Pattern>> = self.binding(|c| {
            let patterns = patterns.iter().zip(columns);
            patterns
                .map(|(pattern, ty)| c.part(pattern, Some(ty), Binder::Get))
                .collect()
        });
        let sums = core::mem::replace(&mut self.sums, outer);
        let condition = condition.map(|condition| self.term_of(condition, TypeId::BOOL));
        let mut patterns: Vec<Pattern> = patterns.into_iter().collect::<Option<_>>()?;
        let condition = match condition {
            None => None,
            Some(condition) => Some(condition?),
        };
        if let Some(condition) = &condition {
            self.condition_allowed(&patterns, &sums, condition)?;
        }
        let id = id?;
        if self.expanding {
            self.read.entry(id).or_insert(table.span);
        }
        let mut ahead = Vec::new();
        for pattern in &mut patterns {
            self.tests_ahead(pattern, &mut ahead);
        }
        let (condition, sums) = self.get_sums(condition, known, sums, table.span);
        Some(GetHead {
            table: id,
            patterns,
            condition,
            sums,
            ahead,
        })
    }

    /// `x: t, … suchthat p(…)`; binds the variables.
    pub(super) fn such_that_head(
        &mut self,
        variables: &'t [tree::Binding],
        predicate: &'t tree::Term,
    ) -> Option<Asked> {
        // An annotation closes the group of names before it.
        let mut types = Vec::new();
        let mut next = None;
        for (_, annotation) in variables.iter().rev() {
            next = annotation.or(next);
            types.push(next);
        }
        types.reverse();
        let mut bound = Vec::new();
        for ((name, _), annotation) in variables.iter().zip(types) {
            let ty = match annotation {
                Some(annotation) => self.value_type(annotation),
                None => {
                    let text = self.text(name.symbol);
                    self.error(name.span, format!("`{text}` needs a type here"), None);
                    None
                }
            };
            bound.push(self.bind(*name, ty, Binder::SuchThat));
        }
        let (predicate, arguments) = self.predicate_call(predicate)?;
        let variables = bound.into_iter().collect::<Option<_>>()?;
        Some(self.asked(variables, predicate, arguments))
    }

    pub(super) fn asked(
        &mut self,
        variables: Vec<VarId>,
        predicate: PredicateId,
        mut arguments: Vec<Term>,
    ) -> Asked {
        let mut ahead = Vec::new();
        for argument in &mut arguments {
            self.argument_ahead(argument, &variables, &mut ahead);
        }
        Asked {
            variables,
            predicate,
            arguments,
            ahead,
        }
    }

    /// `p(M, …)` for a user predicate.
    fn predicate_call(&mut self, term: &'t tree::Term) -> Option<(PredicateId, Vec<Term>)> {
        let (name, arguments): (Ident, &[tree::Term]) = match &term.kind {
            tree::TermKind::Apply(name, arguments) => (*name, arguments),
            tree::TermKind::Ident(symbol) => (
                Ident {
                    symbol: *symbol,
                    span: term.span,
                },
                &[],
            ),
            tree::TermKind::Parenthesised(inner) => return self.predicate_call(inner),
            _ => {
                self.error(term.span, "a predicate is needed here", None);
                return None;
            }
        };
        self.not_hidden(name, "a predicate")?;
        let arguments = self.terms(arguments);
        let id = match self.global(name.symbol) {
            Some(Global::Predicate(id)) => id,
            Some(Global::Faulty) => return None,
            Some(_) => {
                let text = self.text(name.symbol);
                self.error(name.span, format!("`{text}` is not a predicate"), None);
                return None;
            }
            None => {
                self.undeclared("the predicate", name.symbol, name.span, |_, global| {
                    matches!(global, Global::Predicate(_))
                });
                return None;
            }
        };
        let parameters = self
            .program
            .predicates
            .get(id.0 as usize)?
            .parameters
            .clone();
        let arguments = arguments?;
        self.arguments_fit("the predicate", name, &parameters, &arguments)?;
        Some((id, arguments))
    }

    /// The predicate that a condition consists of, if it is one.
    pub(super) fn predicate_condition(
        &mut self,
        term: &'t tree::Term,
    ) -> Option<Option<(PredicateId, Vec<Term>)>> {
        let symbol = match &term.kind {
            tree::TermKind::Apply(name, _) => name.symbol,
            tree::TermKind::Ident(symbol) => *symbol,
            tree::TermKind::Parenthesised(inner) => return self.predicate_condition(inner),
            _ => return None,
        };
        if self.scope.iter().any(|(name, _)| *name == symbol) {
            return None;
        }
        match self.global(symbol) {
            Some(Global::Predicate(_)) => Some(self.predicate_call(term)),
            _ => None,
        }
    }

    fn table(&mut self, name: Ident) -> Option<TableId> {
        self.not_hidden(name, "a table")?;
        match self.global(name.symbol) {
            Some(Global::Table(id)) => Some(id),
            Some(Global::Faulty) => None,
            Some(_) => {
                let text = self.text(name.symbol);
                self.error(name.span, format!("`{text}` is not a table"), None);
                None
            }
            None => {
                self.undeclared("the table", name.symbol, name.span, |_, global| {
                    matches!(global, Global::Table(_))
                });
                None
            }
        }
    }

    /// `insert t(M, …)`.
    pub(super) fn table_entry(
        &mut self,
        name: Ident,
        arguments: &'t [tree::Term],
    ) -> Option<(TableId, Vec<Term>)> {
        let id = self.table(name);
        let arguments = self.terms(arguments);
        let (id, arguments) = (id?, arguments?);
        let columns = self.program.tables.get(id.0 as usize)?.columns.clone();
        self.arguments_fit("the table", name, &columns, &arguments)?;
        if self.expanding {
            self.filled.insert(id);
        }
        Some((id, arguments))
    }
}
