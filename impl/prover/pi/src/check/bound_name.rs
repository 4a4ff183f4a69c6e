//! `new n[…]` in queries: the one binder of that name.
//!
//! The process is expanded when queries are read. A name that the expansion
//! binds more than once is refused: a query about one of its binders only
//! would be weaker than it reads.

use super::Checker;
use super::formula::FormulaScope;
use crate::program::{BoundArgument, QueryTerm, QueryVariable, TypeId, VarId};
use crate::source::Span;
use crate::syntax::tree::{self, BoundKey, Ident};

impl<'t> Checker<'t> {
    /// `new n[…]`: the one binder of that name.
    pub(super) fn bound_name(
        &mut self,
        name: Ident,
        arguments: &'t [(BoundKey, tree::Term)],
        span: Span,
        scope: &mut FormulaScope,
    ) -> Option<(QueryTerm, TypeId)> {
        let text = self.text(name.symbol);
        let values: Vec<Option<(QueryTerm, TypeId)>> = arguments
            .iter()
            .map(|(_, value)| self.query_term(value, scope))
            .collect();
        let binders: Vec<usize> = (0..self.restrictions.len())
            .filter(|n| {
                let var = self.restrictions.get(*n).map(|r| r.name);
                var.is_some_and(|var| self.variable(var).name == text)
            })
            .collect();
        let index = match binders.as_slice() {
            [one] => *one,
            // Without a process nothing can be said.
            [] if self.exhausted || self.program.points == 0 => return None,
            [] => {
                if !self.skipped.contains(&name.symbol) {
                    let names: Vec<String> = self
                        .restrictions
                        .iter()
                        .map(|r| self.variable(r.name).name.clone())
                        .collect();
                    let near = super::suggest::closest(text, names.iter().map(String::as_str));
                    let hint = near.map(|near| format!("did you mean `new {near}`?"));
                    let message = format!("the process has no `new {text}`");
                    self.error(name.span, message, hint.as_deref());
                }
                return None;
            }
            _ => {
                self.error(
                    name.span,
                    format!(
                        "`new {text}` is ambiguous: the expanded process binds that name {} times",
                        binders.len()
                    ),
                    Some("give the names different identifiers, or call the macro once"),
                );
                return None;
            }
        };
        let restriction = self.restrictions.get(index)?;
        let (bound, replications) = (restriction.name, restriction.replications);
        let in_scope = restriction.scope.clone();
        let mut keys = Vec::new();
        for ((key, place), value) in arguments.iter().zip(values) {
            let key = self.bound_key(*key, text, replications, &in_scope);
            let (Some((key, wanted)), Some((value, found))) = (key, value) else {
                return None;
            };
            if found != wanted {
                let message = format!(
                    "this term has type `{}`, but `{}` is needed here",
                    self.type_name(found),
                    self.type_name(wanted)
                );
                self.error(place.span, message, None);
                return None;
            }
            keys.push((key, value));
        }
        let ty = self.variable(bound).ty;
        let term = QueryTerm::Bound {
            name: bound,
            arguments: keys,
            span,
        };
        Some((term, ty))
    }

    /// Gives the names of a term that a query binds by `let` sessions, where it does
    /// not say which: `new n` is another name wherever it is written, but the value
    /// of a `let` is one. A session makes a name once, so its sessions are enough.
    pub(super) fn one_session(&self, term: &mut QueryTerm, scope: &mut FormulaScope) {
        match term {
            QueryTerm::Apply(_, arguments) => {
                for argument in arguments {
                    self.one_session(argument, scope);
                }
            }
            QueryTerm::Bound {
                name, arguments, ..
            } => {
                for (_, argument) in arguments.iter_mut() {
                    self.one_session(argument, scope);
                }
                let made = self.restrictions.iter().find(|r| r.name == *name);
                for number in 1..=made.map_or(0, |r| r.replications) {
                    let session = BoundArgument::Session(number);
                    if arguments.iter().any(|(key, _)| *key == session) {
                        continue;
                    }
                    let variable = super::declare::index(scope.variables.len());
                    let mut own = "v".to_owned();
                    while scope.variables.iter().any(|v| v.name == own) {
                        own.push('\'');
                    }
                    scope.variables.push(QueryVariable {
                        name: own,
                        ty: TypeId::SID,
                    });
                    arguments.push((session, QueryTerm::Var(variable)));
                }
            }
            QueryTerm::Name(_) | QueryTerm::Var(_) => {}
        }
    }

    fn bound_key(
        &mut self,
        key: BoundKey,
        binder: &str,
        replications: u32,
        in_scope: &[VarId],
    ) -> Option<(BoundArgument, TypeId)> {
        match key {
            BoundKey::Session(number, span) => {
                let number = u32::try_from(number)
                    .ok()
                    .filter(|n| (1..=replications).contains(n));
                if number.is_none() {
                    self.error(
                        span,
                        format!("`new {binder}` stands below {replications} replications"),
                        Some("`!1` is the outermost one"),
                    );
                }
                Some((BoundArgument::Session(number?), TypeId::SID))
            }
            BoundKey::Variable(name) => {
                let text = self.text(name.symbol);
                let found = in_scope
                    .iter()
                    .find(|var| self.variable(**var).name == text);
                let Some(var) = found.copied() else {
                    let names: Vec<String> = in_scope
                        .iter()
                        .map(|var| self.variable(*var).name.clone())
                        .collect();
                    let near = super::suggest::closest(text, names.iter().map(String::as_str));
                    let hint = near.map(|near| format!("did you mean `{near}`?"));
                    self.error(
                        name.span,
                        format!("no variable `{text}` is in scope at `new {binder}`"),
                        hint.as_deref(),
                    );
                    return None;
                };
                Some((BoundArgument::Variable(var), self.variable(var).ty))
            }
        }
    }
}
