//! Facts, formulas and terms of queries, lemmas, hints and clauses.

use super::{Checker, Global};
use crate::program::{
    BoundArgument, Formula, FunctionKind, NaturalOperation, QueryTerm, QueryVariable, TypeId, VarId,
};
use crate::source::Span;
use crate::syntax::names::Symbol;
use crate::syntax::tree::{self, BoundKey, FactKind, Ident, Infix, TermKind};

/// What identifiers mean in one query, clause or hint.
pub(super) struct FormulaScope {
    pub(super) variables: Vec<QueryVariable>,
    /// Variables and `let`s, innermost last; `None` for what is faulty.
    pub(super) symbols: Vec<(Symbol, Option<(QueryTerm, TypeId)>)>,
    /// Indices of variables written `*x`.
    pub(super) starred: Vec<u32>,
    /// What is being read.
    pub(super) place: Place,
    /// Variables that occur.
    pub(super) used: Vec<u32>,
}

/// Where a formula stands; decides what may occur in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Clause,
    Hint,
    Not,
    Query,
}

impl<'t> Checker<'t> {
    pub(super) fn formula_scope(
        &mut self,
        parameters: &'t [tree::Parameter],
        place: Place,
    ) -> FormulaScope {
        let mut scope = FormulaScope {
            variables: Vec::new(),
            symbols: Vec::new(),
            starred: Vec::new(),
            place,
            used: Vec::new(),
        };
        for parameter in parameters {
            let name = parameter.name;
            let text = self.text(name.symbol);
            if scope
                .symbols
                .iter()
                .any(|(symbol, _)| *symbol == name.symbol)
            {
                self.error(
                    name.span,
                    format!("the variable `{text}` occurs twice"),
                    None,
                );
            }
            if parameter.may_fail && place != Place::Clause {
                self.error(name.span, "`or fail` has no meaning here", None);
            }
            let ty = match place {
                Place::Clause => self.value_type(parameter.ty),
                _ => self.query_type(parameter.ty),
            };
            let term = ty.map(|ty| {
                let index = super::declare::index(scope.variables.len());
                scope.variables.push(QueryVariable {
                    name: text.to_owned(),
                    ty,
                });
                (QueryTerm::Var(index), ty)
            });
            scope.symbols.push((name.symbol, term));
        }
        scope
    }

    /// A type of a query variable.
    fn query_type(&mut self, name: Ident) -> Option<TypeId> {
        match self.ty(name)? {
            TypeId::ANY => self.value_type(name),
            ty => Some(ty),
        }
    }

    /// `let x = M in` before a formula.
    pub(super) fn formula_bindings(
        &mut self,
        bindings: &'t [(Ident, tree::Term)],
        scope: &mut FormulaScope,
    ) {
        for (name, value) in bindings {
            let value = self.query_term(value, scope);
            let value = value.filter(|(term, _)| self.affordable(term, name.span));
            scope.symbols.push((name.symbol, value));
        }
    }

    /// Counts the nodes that one more use of a `let`'s value makes.
    fn affordable(&mut self, value: &QueryTerm, span: Span) -> bool {
        let (nodes, depth) = measure(value);
        self.count(nodes, depth, span)
    }

    /// The conjuncts of a formula that has no `||` and no `==>`.
    pub(super) fn conjuncts(
        &mut self,
        term: &'t tree::Term,
        scope: &mut FormulaScope,
        out: &mut Vec<Option<Formula>>,
    ) {
        match &term.kind {
            TermKind::Parenthesised(inner) => self.conjuncts(inner, scope, out),
            TermKind::Infix(Infix::And, left, right) => {
                self.conjuncts(left, scope, out);
                self.conjuncts(right, scope, out);
            }
            _ => {
                let fact = self.node(term.span, |c| c.atom(term, scope));
                out.push(fact);
            }
        }
    }

    /// The right side of `==>`.
    pub(super) fn formula(
        &mut self,
        term: &'t tree::Term,
        scope: &mut FormulaScope,
    ) -> Option<Formula> {
        self.node(term.span, |c| c.bare_formula(term, scope))
    }

    fn bare_formula(&mut self, term: &'t tree::Term, scope: &mut FormulaScope) -> Option<Formula> {
        match &term.kind {
            TermKind::Parenthesised(inner) => match &inner.kind {
                TermKind::Infix(Infix::Implies, left, right) => {
                    let premise = self.formula(left, scope);
                    let conclusion = self.formula(right, scope);
                    let premise = premise?;
                    if !matches!(premise, Formula::Event { .. }) {
                        self.error(
                            left.span,
                            "the left side of a nested `==>` is one event",
                            None,
                        );
                        return None;
                    }
                    Some(Formula::Nested(Box::new(premise), Box::new(conclusion?)))
                }
                _ => self.formula(inner, scope),
            },
            TermKind::Infix(infix @ (Infix::And | Infix::Or), left, right) => {
                let left = self.formula(left, scope);
                let right = self.formula(right, scope);
                let (left, right) = (left?, right?);
                Some(join(*infix == Infix::And, left, right))
            }
            TermKind::Infix(Infix::Implies, ..) => {
                self.error(
                    term.span,
                    "a nested `==>` needs parentheses around it",
                    Some("write `(event(e) ==> …)`"),
                );
                None
            }
            _ => self.atom(term, scope),
        }
    }

    /// A fact, comparison or truth value.
    fn atom(&mut self, term: &'t tree::Term, scope: &mut FormulaScope) -> Option<Formula> {
        let span = term.span;
        match &term.kind {
            TermKind::Parenthesised(inner) => self.atom(inner, scope),
            TermKind::At(inner, time) => {
                let index = self.time_variable(*time, scope);
                let fact = self.atom(inner, scope)?;
                self.with_time(fact, index?, span)
            }
            TermKind::Phase(inner, phase) => {
                let fact = self.atom(inner, scope)?;
                self.with_phase(fact, *phase, span)
            }
            TermKind::Fact(kind, inner) => self.keyword_fact(*kind, inner, scope, span),
            TermKind::Infix(infix @ (Infix::Equal | Infix::Unequal), left, right) => {
                let left = self.query_term(left, scope);
                let right = self.query_term(right, scope);
                let ((left, first), (right, second)) = (left?, right?);
                self.same_type(*infix, first, second, span)?;
                Some(if *infix == Infix::Equal {
                    Formula::Equal(left, right, span)
                } else {
                    Formula::Unequal(left, right, span)
                })
            }
            TermKind::Infix(
                infix @ (Infix::Less | Infix::LessOrEqual | Infix::Greater | Infix::GreaterOrEqual),
                left,
                right,
            ) => {
                let first = self.query_term(left, scope);
                let second = self.query_term(right, scope);
                let ((first, ty), (second, other)) = (first?, second?);
                if ty != other || !matches!(ty, TypeId::NAT | TypeId::TIME) {
                    let message = format!(
                        "numbers or times are compared here, not `{}` and `{}`",
                        self.type_name(ty),
                        self.type_name(other)
                    );
                    self.error(span, message, None);
                    return None;
                }
                let (operation, swapped) = super::term::comparison(*infix)?;
                let terms = if swapped {
                    vec![second, first]
                } else {
                    vec![first, second]
                };
                Some(Formula::Natural(operation, terms, span))
            }
            TermKind::Apply(name, arguments) => self.named_fact(*name, arguments, scope, span),
            TermKind::Ident(symbol) => {
                let symbol = *symbol;
                match self.text(symbol) {
                    "true" => Some(Formula::True),
                    "false" => Some(Formula::False),
                    _ => self.named_fact(Ident { symbol, span }, &[], scope, span),
                }
            }
            TermKind::Choice(word) => {
                self.error(span, format!("`{word}` is not supported"), None);
                None
            }
            TermKind::Infix(Infix::Or, ..) => {
                self.error(span, "`||` may only stand on the right of `==>`", None);
                None
            }
            TermKind::Not(_) => {
                self.error(
                    span,
                    "a formula cannot be negated",
                    Some("write `F ==> false` for the absence of F, and `<>` for inequality"),
                );
                None
            }
            _ => {
                self.error(
                    span,
                    "a fact is needed here",
                    Some("facts: event(…), inj-event(…), attacker(…), mess(…), table(…), p(…)"),
                );
                None
            }
        }
    }

    fn keyword_fact(
        &mut self,
        kind: FactKind,
        inner: &'t tree::Term,
        scope: &mut FormulaScope,
        span: Span,
    ) -> Option<Formula> {
        let (name, arguments): (Ident, &[tree::Term]) = match &inner.kind {
            TermKind::Apply(name, arguments) => (*name, arguments),
            TermKind::Ident(symbol) => {
                let (symbol, span) = (*symbol, inner.span);
                (Ident { symbol, span }, &[])
            }
            TermKind::Parenthesised(inner) => {
                return self.keyword_fact(kind, inner, scope, span);
            }
            _ => {
                self.error(
                    inner.span,
                    "an event or table with its arguments is needed here",
                    None,
                );
                return None;
            }
        };
        let terms = self.query_terms(arguments, scope);
        self.not_a_query_variable(name, scope)?;
        let injective = kind == FactKind::InjectiveEvent;
        if kind == FactKind::Table {
            if scope.place == Place::Clause {
                self.error(span, "a table may not stand in clauses", None);
                return None;
            }
            let id = self.table_name(name)?;
            let columns = self.program.tables.get(id.0 as usize)?.columns.clone();
            let (arguments, types) = terms?;
            self.types_fit("the table", name, &columns, &types)?;
            return Some(Formula::Table {
                table: id,
                arguments,
                phase: None,
                time: None,
                span,
            });
        }
        if scope.place == Place::Clause || scope.place == Place::Not {
            self.error(span, "an event may not stand here", None);
            return None;
        }
        let event = self.event_name(name)?;
        let parameters = self
            .program
            .events
            .get(event.0 as usize)?
            .parameters
            .clone();
        let (arguments, types) = terms?;
        self.types_fit("the event", name, &parameters, &types)?;
        Some(Formula::Event {
            event,
            arguments,
            injective,
            time: None,
            span,
        })
    }

    /// `attacker(M)`, `mess(N, M)`, `is_nat(M)` or a user predicate.
    fn named_fact(
        &mut self,
        name: Ident,
        arguments: &'t [tree::Term],
        scope: &mut FormulaScope,
        span: Span,
    ) -> Option<Formula> {
        let text = self.text(name.symbol);
        let terms = self.query_terms(arguments, scope);
        let found = self.global(name.symbol);
        match (found, text) {
            (Some(Global::Reserved), "attacker" | "mess") if scope.place == Place::Clause => {
                self.error(
                    name.span,
                    format!("`{text}` may not stand in clauses"),
                    None,
                );
                None
            }
            (Some(Global::Reserved), "attacker") => {
                let (mut terms, _) = terms?;
                let Some(term) = terms.pop().filter(|_| terms.is_empty()) else {
                    self.error(span, "`attacker` takes one term", None);
                    return None;
                };
                Some(Formula::Attacker {
                    term,
                    phase: None,
                    time: None,
                    span,
                })
            }
            (Some(Global::Reserved), "mess") => {
                let (terms, types) = terms?;
                self.types_fit("the fact", name, &[TypeId::CHANNEL, TypeId::ANY], &types)?;
                let [channel, term] = <[QueryTerm; 2]>::try_from(terms).ok()?;
                Some(Formula::Message {
                    channel,
                    term,
                    phase: None,
                    time: None,
                    span,
                })
            }
            (Some(Global::Reserved), "is_nat") => {
                let (terms, types) = terms?;
                self.types_fit("the fact", name, &[TypeId::ANY], &types)?;
                Some(Formula::Natural(NaturalOperation::IsNat, terms, span))
            }
            (Some(Global::Predicate(predicate)), _) => {
                let parameters = self
                    .program
                    .predicates
                    .get(predicate.0 as usize)?
                    .parameters
                    .clone();
                let (arguments, types) = terms?;
                self.types_fit("the predicate", name, &parameters, &types)?;
                Some(Formula::Predicate {
                    predicate,
                    arguments,
                    span,
                })
            }
            (Some(Global::Reserved), _) => {
                self.error(name.span, format!("`{text}` is not supported"), None);
                None
            }
            (Some(Global::Faulty), _) => None,
            (Some(other), _) => {
                let message = format!("`{text}` is {}, not a fact", super::term::kind_of(other));
                let hint =
                    matches!(other, Global::Event(_)).then(|| format!("write `event({text}(…))`"));
                self.error(name.span, message, hint.as_deref());
                None
            }
            (None, _) => {
                self.undeclared("the predicate", name.symbol, name.span, |_, global| {
                    matches!(global, Global::Predicate(_) | Global::Reserved)
                });
                None
            }
        }
    }

    fn not_a_query_variable(&mut self, name: Ident, scope: &FormulaScope) -> Option<()> {
        let mut local = scope.symbols.iter();
        if !local.any(|(symbol, _)| *symbol == name.symbol) {
            return Some(());
        }
        let text = self.text(name.symbol);
        let message = format!("`{text}` is a variable of this query here");
        self.error(
            name.span,
            message,
            Some("rename the variable that hides it"),
        );
        None
    }

    fn table_name(&mut self, name: Ident) -> Option<crate::program::TableId> {
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

    fn time_variable(&mut self, name: Ident, scope: &mut FormulaScope) -> Option<u32> {
        let found = scope
            .symbols
            .iter()
            .rev()
            .find(|(symbol, _)| *symbol == name.symbol);
        match found.map(|(_, value)| value.clone()) {
            Some(Some((QueryTerm::Var(index), TypeId::TIME))) => {
                scope.used.push(index);
                Some(index)
            }
            Some(None) => None,
            _ => {
                let text = self.text(name.symbol);
                self.error(
                    name.span,
                    format!("`{text}` is no variable of type `time`"),
                    Some("declare it in the query: `query i: time; …`"),
                );
                None
            }
        }
    }

    fn with_time(&mut self, mut fact: Formula, index: u32, span: Span) -> Option<Formula> {
        match &mut fact {
            Formula::Attacker { time, .. }
            | Formula::Event { time, .. }
            | Formula::Message { time, .. }
            | Formula::Table { time, .. } => *time = Some(index),
            _ => {
                self.error(span, "`@` belongs behind a fact", None);
                return None;
            }
        }
        Some(fact)
    }

    fn with_phase(&mut self, mut fact: Formula, number: u64, span: Span) -> Option<Formula> {
        let Ok(number) = u32::try_from(number) else {
            self.error(span, "the number of this phase is too large", None);
            return None;
        };
        match &mut fact {
            Formula::Attacker { phase, .. }
            | Formula::Message { phase, .. }
            | Formula::Table { phase, .. } => *phase = Some(number),
            _ => {
                self.error(span, "`phase` belongs behind attacker, mess or table", None);
                return None;
            }
        }
        Some(fact)
    }

    fn query_terms(
        &mut self,
        terms: &'t [tree::Term],
        scope: &mut FormulaScope,
    ) -> Option<(Vec<QueryTerm>, Vec<TypeId>)> {
        let terms: Vec<Option<(QueryTerm, TypeId)>> = terms
            .iter()
            .map(|term| self.query_term(term, scope))
            .collect();
        let terms: Vec<(QueryTerm, TypeId)> = terms.into_iter().collect::<Option<_>>()?;
        Some(terms.into_iter().unzip())
    }

    /// A term without destructors.
    pub(super) fn query_term(
        &mut self,
        term: &'t tree::Term,
        scope: &mut FormulaScope,
    ) -> Option<(QueryTerm, TypeId)> {
        self.node(term.span, |c| c.bare_query_term(term, scope))
    }

    fn bare_query_term(
        &mut self,
        term: &'t tree::Term,
        scope: &mut FormulaScope,
    ) -> Option<(QueryTerm, TypeId)> {
        let span = term.span;
        match &term.kind {
            TermKind::Parenthesised(inner) => self.query_term(inner, scope),
            TermKind::Ident(symbol) => self.query_identifier(*symbol, span, scope),
            TermKind::Starred(name) if scope.place == Place::Hint => {
                let (value, ty) = self.query_identifier(name.symbol, name.span, scope)?;
                let QueryTerm::Var(index) = value else {
                    self.error(span, "only a variable can be starred", None);
                    return None;
                };
                if !scope.starred.contains(&index) {
                    scope.starred.push(index);
                }
                Some((value, ty))
            }
            TermKind::Apply(name, arguments) => self.query_application(*name, arguments, scope),
            TermKind::Number(value) => {
                let fun = self.natural(NaturalOperation::Literal(*value));
                Some((QueryTerm::Apply(fun, Vec::new()), TypeId::NAT))
            }
            TermKind::Tuple(parts) => {
                let (parts, _) = self.query_terms(parts, scope)?;
                let tuple = self.tuple(parts.len());
                Some((QueryTerm::Apply(tuple, parts), TypeId::BITSTRING))
            }
            TermKind::Infix(Infix::Add, left, right) => self.query_sum(left, right, span, scope),
            TermKind::Bound(name, arguments) if scope.place != Place::Clause => {
                self.bound_name(*name, arguments, span, scope)
            }
            TermKind::Choice(word) => {
                self.error(span, format!("`{word}` is not supported"), None);
                None
            }
            _ => {
                self.error(
                    span,
                    "this may not stand in a term of a query",
                    Some("constructors, tuples, names and variables may"),
                );
                None
            }
        }
    }

    /// `x + k`; there is no subtraction in queries.
    fn query_sum(
        &mut self,
        left: &'t tree::Term,
        right: &'t tree::Term,
        span: Span,
        scope: &mut FormulaScope,
    ) -> Option<(QueryTerm, TypeId)> {
        let (base, shift) = match (super::term::literal(left), super::term::literal(right)) {
            (_, Some(k)) => (left, k),
            (Some(k), None) => (right, k),
            _ => {
                self.error(span, "one side of `+` must be a number", None);
                return None;
            }
        };
        let (base, ty) = self.query_term(base, scope)?;
        if ty != TypeId::NAT {
            self.error(span, "`+` is defined on type `nat` only", None);
            return None;
        }
        let literal = self.natural(NaturalOperation::Literal(shift));
        let fun = self.natural(NaturalOperation::Add);
        let shift = QueryTerm::Apply(literal, Vec::new());
        Some((QueryTerm::Apply(fun, vec![base, shift]), TypeId::NAT))
    }

    fn query_identifier(
        &mut self,
        symbol: Symbol,
        span: Span,
        scope: &mut FormulaScope,
    ) -> Option<(QueryTerm, TypeId)> {
        let found = scope.symbols.iter().rev().find(|(name, _)| *name == symbol);
        if let Some((_, value)) = found {
            let (value, ty) = value.as_ref()?;
            if let QueryTerm::Var(index) = value {
                scope.used.push(*index);
            }
            if !self.affordable(value, span) {
                return None;
            }
            return Some((value.clone(), *ty));
        }
        match self.global(symbol) {
            Some(Global::Name(_)) if scope.place == Place::Clause => {
                let text = self.text(symbol);
                self.error(
                    span,
                    format!("`{text}` is a name and may not stand in clauses"),
                    Some("declare it with `const` instead of `free`"),
                );
                None
            }
            Some(Global::Name(id)) => {
                let ty = self.program.names.get(id.0 as usize)?.ty;
                Some((QueryTerm::Name(id), ty))
            }
            Some(Global::Faulty) => None,
            Some(_) => self.query_application(Ident { symbol, span }, &[], scope),
            None => {
                let text = self.text(symbol);
                let declared = scope.variables.iter().map(|v| v.name.as_str());
                let near = super::suggest::closest(text, declared).map(str::to_owned);
                match near {
                    Some(near) if !self.skipped.contains(&symbol) => {
                        let hint = format!("did you mean `{near}`?");
                        let message = format!("the identifier `{text}` is not declared");
                        self.error(span, message, Some(&hint));
                    }
                    _ => self.undeclared("the identifier", symbol, span, |_, global| {
                        matches!(global, Global::Name(_) | Global::Function(_))
                    }),
                }
                None
            }
        }
    }

    fn query_application(
        &mut self,
        name: Ident,
        arguments: &'t [tree::Term],
        scope: &mut FormulaScope,
    ) -> Option<(QueryTerm, TypeId)> {
        let text = self.text(name.symbol);
        self.not_a_query_variable(name, scope)?;
        let found = self.global(name.symbol);
        let arguments = self.query_terms(arguments, scope);
        match found {
            Some(Global::Function(id)) => {
                let function = self.function(id);
                let (parameters, result) = (function.parameters.clone(), function.result);
                if matches!(function.kind, FunctionKind::Destructor { .. }) {
                    self.error(
                        name.span,
                        format!("`{text}` is a destructor and may not stand in a query"),
                        Some("write the term it takes apart: constructors and variables"),
                    );
                    return None;
                }
                let (arguments, types) = arguments?;
                self.types_fit("the function", name, &parameters, &types)?;
                Some((QueryTerm::Apply(id, arguments), result))
            }
            Some(Global::Faulty) => None,
            Some(other) => {
                let kind = super::term::kind_of(other);
                let message = format!("`{text}` is {kind} and may not stand in a term of a query");
                self.error(name.span, message, None);
                None
            }
            None => {
                self.undeclared("the function", name.symbol, name.span, |_, global| {
                    matches!(global, Global::Function(_))
                });
                None
            }
        }
    }

    /// `new n[…]`: the one binder of that name.
    fn bound_name(
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

/// Whether a formula is a fact that a derivation can conclude.
pub(super) fn is_fact(formula: &Formula) -> bool {
    matches!(
        formula,
        Formula::Attacker { .. }
            | Formula::Event { .. }
            | Formula::Message { .. }
            | Formula::Predicate { .. }
            | Formula::Table { .. }
    )
}

/// Number of nodes and depth.
fn measure(term: &QueryTerm) -> (u32, u32) {
    let parts: Vec<&QueryTerm> = match term {
        QueryTerm::Apply(_, terms) => terms.iter().collect(),
        QueryTerm::Bound { arguments, .. } => arguments.iter().map(|(_, term)| term).collect(),
        QueryTerm::Name(_) | QueryTerm::Var(_) => Vec::new(),
    };
    parts
        .into_iter()
        .map(measure)
        .fold((1, 1), |(nodes, depth), part| {
            (
                nodes.saturating_add(part.0),
                depth.max(part.1.saturating_add(1)),
            )
        })
}

/// `left && right` or `left || right`, flattened.
fn join(and: bool, left: Formula, right: Formula) -> Formula {
    let mut parts = Vec::new();
    for part in [left, right] {
        match part {
            Formula::And(inner) if and => parts.extend(inner),
            Formula::Or(inner) if !and => parts.extend(inner),
            other => parts.push(other),
        }
    }
    if and {
        Formula::And(parts)
    } else {
        Formula::Or(parts)
    }
}
