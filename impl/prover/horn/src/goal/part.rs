//! Facts and terms of a query, as facts and terms of clauses.
//!
//! `new n[…]` stands for a name that depends on the replications and inputs
//! around its binder; what the query does not fix of them is a fresh variable,
//! so each occurrence speaks of a session of its own.

use super::Builder;
use crate::number::{number_fact, number_term};
use crate::problem::Translation;
use crate::shape::is_shape;
use crate::types;
use logic::{Fact, Predicate, TermId, Var};
use pi::{BoundArgument, Diagnostic, Formula, FunctionKind, QueryTerm, Span, VarId};

impl Builder<'_> {
    pub(crate) fn fact(&mut self, formula: &Formula, premise: bool) -> Result<Fact, Diagnostic> {
        let last = self.translation.phases.saturating_sub(1);
        match formula {
            Formula::Attacker { term, phase, .. } => {
                let message = self.term(term)?;
                let variables = &self.correspondence.variables;
                let ty = types::of_query_term(self.program, variables, term);
                let number = self.translation.symbols.known(ty, phase.unwrap_or(last));
                let predicate = Predicate::Attacker(number);
                Ok(Fact::new(predicate, vec![message]))
            }
            Formula::Event {
                event,
                arguments,
                injective,
                time,
                ..
            } => {
                let symbols = &self.translation.symbols;
                let number =
                    match is_shape(*event) {
                        true => symbols.shapes.get(event).copied().ok_or_else(|| {
                            Diagnostic::error(self.span, "this event has no shape")
                        })?,
                        false => symbols.event(*event),
                    };
                let mut terms = self.terms(arguments)?;
                let (predicate, more) = match (premise, injective) {
                    (true, false) => (Predicate::End(number), 0),
                    (true, true) => (Predicate::EndAt(number), 1),
                    (false, false) => (Predicate::Begin(number), 0),
                    (false, true) => (Predicate::BeginAt(number), 2),
                };
                if let (Predicate::EndAt(_), Some(time)) = (predicate, time) {
                    // See [`crate::time`].
                    terms.push(self.translation.store.var(Var(*time)));
                    return Ok(Fact::new(predicate, terms));
                }
                for _ in 0..more {
                    let unknown = self.fresh.var(&mut self.translation.store);
                    terms.push(unknown);
                }
                Ok(Fact::new(predicate, terms))
            }
            Formula::Message {
                channel,
                term,
                phase,
                ..
            } => {
                let arguments = vec![self.term(channel)?, self.term(term)?];
                let variables = &self.correspondence.variables;
                let ty = types::of_query_term(self.program, variables, term);
                let number = self.translation.symbols.known(ty, phase.unwrap_or(last));
                Ok(Fact::new(Predicate::Message(number), arguments))
            }
            Formula::Table {
                table,
                arguments,
                phase,
                ..
            } => {
                let predicate = Predicate::Table {
                    phase: phase.unwrap_or(last),
                    table: self.translation.symbols.table(*table),
                };
                Ok(Fact::new(predicate, self.terms(arguments)?))
            }
            Formula::Natural(operation, arguments, span) => {
                let terms = self.terms(arguments)?;
                let numbers = self.translation.symbols.numbers;
                number_fact(
                    &mut self.translation.store,
                    numbers,
                    *operation,
                    &terms,
                    *span,
                )
            }
            Formula::Predicate {
                predicate,
                arguments,
                ..
            } => {
                let declared = self.program.predicates.get(predicate.0 as usize);
                let predicate = Predicate::User {
                    predicate: self.translation.symbols.predicate(*predicate),
                    blocking: declared.is_some_and(|p| p.blocking),
                };
                Ok(Fact::new(predicate, self.terms(arguments)?))
            }
            _ => Err(Diagnostic::error(self.span, "this is not a fact")),
        }
    }

    fn terms(&mut self, terms: &[QueryTerm]) -> Result<Vec<TermId>, Diagnostic> {
        terms.iter().map(|t| self.term(t)).collect()
    }

    /// A term of the query, type converters erased.
    pub(crate) fn term(&mut self, term: &QueryTerm) -> Result<TermId, Diagnostic> {
        match term {
            QueryTerm::Var(v) => Ok(self.translation.store.var(Var(*v))),
            QueryTerm::Name(n) => {
                let symbol = self.translation.symbols.name(*n).ok_or_else(|| {
                    Diagnostic::error(self.span, "this query speaks of an undeclared name")
                })?;
                Ok(self.translation.store.apply(symbol, &[]))
            }
            QueryTerm::Apply(function, arguments) => {
                let terms = self.terms(arguments)?;
                let variables = &self.correspondence.variables;
                let types: Vec<pi::TypeId> = arguments
                    .iter()
                    .map(|a| types::of_query_term(self.program, variables, a))
                    .collect();
                if let Some(symbol) = self.translation.symbols.applied(*function, &types) {
                    let plain = self.translation.store.apply(symbol, &terms);
                    let Translation { store, theory, .. } = &mut *self.translation;
                    return Ok(theory.normalise(store, plain));
                }
                let declared = self.program.functions.get(function.0 as usize);
                if let (Some(FunctionKind::Natural(operation)), Some(numbers)) =
                    (declared.map(|f| &f.kind), self.translation.symbols.numbers)
                {
                    let store = &mut self.translation.store;
                    return number_term(store, numbers, *operation, &terms, self.span);
                }
                match (declared.map(|f| &f.kind), terms.as_slice()) {
                    (
                        Some(FunctionKind::Constructor {
                            type_converter: true,
                            ..
                        }),
                        [only],
                    ) => Ok(*only),
                    _ => Err(Diagnostic::error(
                        self.span,
                        format!(
                            "{} is not supported in a query",
                            declared.map_or("this function", |f| &f.name)
                        ),
                    )),
                }
            }
            QueryTerm::Bound {
                name,
                arguments,
                span,
            } => self.bound_name(*name, arguments, *span),
        }
    }

    /// `new n[…]`: the name in a session of its own, but for what is fixed.
    fn bound_name(
        &mut self,
        name: VarId,
        fixed: &[(BoundArgument, QueryTerm)],
        span: Span,
    ) -> Result<TermId, Diagnostic> {
        let Some(made) = self.translation.symbols.fresh.get(&name).cloned() else {
            return Err(Diagnostic::error(
                span,
                "no `new` of the process binds this name",
            ));
        };
        let outer = made.sessions.len();
        let mut slots: Vec<Option<TermId>> = vec![None; outer + made.variables.len()];
        for (which, value) in fixed {
            let slot = match which {
                // `!1` is the outermost replication.
                BoundArgument::Session(k) => {
                    (*k as usize).checked_sub(1).filter(|slot| *slot < outer)
                }
                BoundArgument::Variable(v) => made
                    .variables
                    .iter()
                    .position(|w| w == v)
                    .map(|i| outer + i),
            };
            let Some(slot) = slot else {
                return Err(
                    Diagnostic::error(span, "the name does not depend on this argument").with_hint(
                        "names depend on the replications around them and on variables that an \
                         input or get binds before",
                    ),
                );
            };
            slots[slot] = Some(self.term(value)?);
        }
        let store = &mut self.translation.store;
        // A session makes a name once: what else the name depends on is the same
        // wherever the query speaks of that session's.
        let session: Option<Vec<TermId>> = slots[..outer].iter().copied().collect();
        let mut arguments = Vec::with_capacity(slots.len() + 1);
        if let (Some(kinds), 1..) = (self.translation.symbols.kinds, outer) {
            arguments.push(store.apply(kinds.honest, &[]));
        }
        for (number, slot) in slots.into_iter().enumerate() {
            arguments.push(match (slot, &session) {
                (Some(fixed), _) => fixed,
                (None, None) => self.fresh.var(store),
                (None, Some(session)) => {
                    let unknown = (made.symbol, session.clone(), number);
                    let unknown = self.unfixed.entry(unknown);
                    *unknown.or_insert_with(|| self.fresh.var(store))
                }
            });
        }
        Ok(store.apply(made.symbol, &arguments))
    }
}
