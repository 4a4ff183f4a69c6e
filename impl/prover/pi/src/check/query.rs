//! Queries, lemmas, axioms and restrictions.

use super::Checker;
use super::determinacy;
use super::fact::is_fact;
use super::formula::{FormulaScope, Place};
use crate::diagnostic::{Diagnostic, Severity};
use crate::program::{
    Correspondence, Formula, Lemma, LemmaKind, Query, QueryKind, QueryTerm, TypeId, VarId,
};
use crate::source::Span;
use crate::syntax::tree::{self, FactKind, Ident, Infix, QueryBody, QueryPart, TermKind};
use std::collections::BTreeSet;

impl<'t> Checker<'t> {
    pub(super) fn queries(&mut self, parameters: &'t [tree::Parameter], parts: &'t [QueryPart]) {
        let group = self.program.queries.last().map_or(0, |last| last.group + 1);
        let mut used = vec![false; parameters.len()];
        let induction = self.by_induction(parts, self.program.settings.induction_queries);
        for part in parts {
            let mut scope = self.formula_scope(parameters, Place::Query);
            let kind = match &part.body {
                QueryBody::PutBegin(events) => {
                    for event in events {
                        self.event_name(*event);
                    }
                    None
                }
                QueryBody::Secret(name) => self.secret_query(*name, part),
                QueryBody::Formula { bindings, formula } => {
                    self.formula_bindings(bindings, &mut scope);
                    self.correspondence(formula, &part.public_variables, &mut scope)
                        .map(QueryKind::Correspondence)
                }
            };
            self.query_options(part);
            for index in scope.used {
                if let Some(flag) = used.get_mut(index as usize) {
                    *flag = true;
                }
            }
            if let Some(label) = &part.label {
                self.label_is_new(label);
            }
            if let Some(kind) = kind {
                self.program.queries.push(Query {
                    label: part.label.clone(),
                    kind,
                    group,
                    lemma: None,
                    induction,
                    span: part.span,
                });
            }
        }
        for (parameter, used) in parameters.iter().zip(used) {
            if !used {
                let text = self.text(parameter.name.symbol);
                self.warn(
                    parameter.name.span,
                    format!("the variable `{text}` of this query is never used"),
                    None,
                );
            }
        }
    }

    fn label_is_new(&mut self, label: &crate::Label) {
        let same = |query: &&Query| {
            query
                .label
                .as_ref()
                .is_some_and(|other| other.id == label.id && other.span.file == label.span.file)
        };
        if self.program.queries.iter().find(same).is_some() {
            self.error(
                label.span,
                format!("the id `{}` labels an earlier query", label.id),
                None,
            );
        }
    }

    fn secret_query(&mut self, name: Ident, part: &QueryPart) -> Option<QueryKind> {
        let variables = self.binders(name);
        let public_variables = self.public_variables(&part.public_variables);
        Some(QueryKind::Secret {
            variables: variables?,
            public_variables: public_variables?,
        })
    }

    fn public_variables(&mut self, names: &[Ident]) -> Option<Vec<VarId>> {
        let found: Vec<Option<Vec<VarId>>> = names.iter().map(|name| self.binders(*name)).collect();
        let found: Vec<Vec<VarId>> = found.into_iter().collect::<Option<_>>()?;
        Some(found.concat())
    }

    /// Every binder of a name or variable in the expanded process.
    fn binders(&mut self, name: Ident) -> Option<Vec<VarId>> {
        let text = self.text(name.symbol);
        let variables = (0..).zip(&self.program.variables);
        let named = variables.filter(|(_, variable)| variable.name == text);
        let (found, spans): (Vec<VarId>, Vec<Span>) = named
            .map(|(index, variable)| (VarId(index), variable.span))
            .unzip();
        self.used.extend(spans);
        if !found.is_empty() {
            return Some(found);
        }
        if self.program.points > 0 && !self.exhausted {
            if matches!(self.global(name.symbol), Some(super::Global::Name(_))) {
                self.error(
                    name.span,
                    format!("`{text}` is declared by `free`, not bound by the process"),
                    Some(&format!("write `query attacker({text}).`")),
                );
                return None;
            }
            self.undeclared("the variable", name.symbol, name.span, |_, _| false);
        }
        None
    }

    /// `premises ==> conclusion`, or premises alone.
    fn correspondence(
        &mut self,
        term: &'t tree::Term,
        public_variables: &[Ident],
        scope: &mut FormulaScope,
    ) -> Option<Correspondence> {
        let term = self.unbound(term, scope);
        let (left, right) = arrow(term, Infix::Implies);
        let mut premises = Vec::new();
        self.conjuncts(left, scope, &mut premises);
        let conclusion = match right {
            Some(right) => self.formula(right, scope),
            None => Some(Formula::False),
        };
        let public_variables = self.public_variables(public_variables);
        let premises: Vec<Formula> = premises.into_iter().collect::<Option<_>>()?;
        let conclusion = conclusion?;
        self.premises_make_sense(&premises, left.span)?;
        let premises = self.injective_premises(&conclusion, premises)?;
        self.times_make_sense(&premises, &conclusion, scope, term.span)?;
        self.comparisons_make_sense(&premises, left.span)?;
        let statement = Correspondence {
            variables: core::mem::take(&mut scope.variables),
            premises,
            conclusion,
            arrow: right.is_some(),
            public_variables: public_variables?,
        };
        if determinacy::undetermined(&statement, &self.program.equations) {
            self.error(
                term.span,
                "the premise of this query does not determine what its conclusion says",
                Some(
                    "by the equations, other values of the variables give the same premise: take \
                     the variables apart in the event, or mention fewer of them",
                ),
            );
            return None;
        }
        Some(statement)
    }

    fn premises_make_sense(&mut self, premises: &[Formula], span: Span) -> Option<()> {
        for premise in premises {
            let (span, message) = match premise {
                Formula::Equal(_, _, span) => (
                    *span,
                    "an equality may not stand left of `==>`: write the term in its place",
                ),
                Formula::True | Formula::False => {
                    (span, "`true` and `false` may only stand right of `==>`")
                }
                _ => continue,
            };
            self.error(span, message, None);
            return None;
        }
        if !premises.iter().any(is_fact) {
            self.error(span, "a query needs a fact left of `==>`", None);
            return None;
        }
        Some(())
    }

    /// What is compared left of `==>` is also in a fact there.
    fn comparisons_make_sense(&mut self, premises: &[Formula], span: Span) -> Option<()> {
        let mut named = BTreeSet::new();
        for premise in premises.iter().filter(|p| is_fact(p)) {
            terms(premise).for_each(|t| mentioned(t, &mut named));
        }
        for premise in premises.iter().filter(|p| !is_fact(p)) {
            let mut compared = BTreeSet::new();
            terms(premise).for_each(|t| mentioned(t, &mut compared));
            if !compared.is_subset(&named) {
                self.error(
                    span,
                    "a comparison left of `==>` speaks of what no fact there mentions",
                    Some(
                        "its variables must also stand in an event or another fact; `new n` is \
                         bound by `let` to be the same name in both",
                    ),
                );
                return None;
            }
        }
        Some(())
    }

    /// Premises with `inj-event` exactly where it matters: nowhere when the
    /// conclusion has none, and on a single event premise when it has one.
    fn injective_premises(
        &mut self,
        conclusion: &Formula,
        mut premises: Vec<Formula>,
    ) -> Option<Vec<Formula>> {
        let place = injective_place(conclusion);
        if let Some(span) = place {
            let single = premises.len() == 1;
            let marked = premises.iter().any(|p| injective_place(p).is_some());
            let event = matches!(premises.first(), Some(Formula::Event { .. }));
            let implied = single && event;
            if !(marked || implied) {
                self.error(
                    span,
                    "`inj-event` here needs an `inj-event` left of `==>`",
                    Some("injectivity relates one execution of an event to another"),
                );
                return None;
            }
            if marked {
                return Some(premises);
            }
        }
        for premise in &mut premises {
            if let Formula::Event { injective, .. } = premise {
                *injective = place.is_some();
            }
        }
        Some(premises)
    }

    pub(super) fn lemmas(
        &mut self,
        kind: LemmaKind,
        parameters: &'t [tree::Parameter],
        parts: &'t [QueryPart],
    ) {
        let induction = self.by_induction(parts, self.program.settings.induction_lemmas);
        for part in parts {
            let mut scope = self.formula_scope(parameters, Place::Query);
            let QueryBody::Formula { bindings, formula } = &part.body else {
                self.error(
                    part.span,
                    "`secret` and `putbegin` are queries, not lemmas",
                    None,
                );
                continue;
            };
            self.formula_bindings(bindings, &mut scope);
            let maximal_subset = self.lemma_options(part, kind);
            let statement = self.correspondence(formula, &part.public_variables, &mut scope);
            let statement =
                statement.filter(|statement| self.lemma_shape(statement, formula).is_some());
            if let Some(statement) = statement {
                let span = part.span;
                if kind == LemmaKind::Lemma {
                    if let Some(label) = &part.label {
                        self.label_is_new(label);
                    }
                    let index = super::declare::index(self.program.lemmas.len());
                    let group = self.program.queries.last().map_or(0, |last| last.group + 1);
                    self.program.queries.push(Query {
                        label: part.label.clone(),
                        kind: QueryKind::Correspondence(statement.clone()),
                        group,
                        lemma: Some(index),
                        induction,
                        span,
                    });
                }
                self.program.lemmas.push(Lemma {
                    kind,
                    statement,
                    maximal_subset,
                    span,
                });
            }
        }
    }

    /// Puts queries in the order in which ProVerif answers them: those that make the
    /// same variables public together, in the order of their first, and the lemmas
    /// for them before them. A statement for none of them is an error, as it is
    /// there: what it says is not checked, or not assumed, as was meant.
    pub(super) fn order_queries(&mut self) {
        let program = &mut self.program;
        let mut processes: Vec<BTreeSet<VarId>> = Vec::new();
        for query in program.queries.iter().filter(|q| q.lemma.is_none()) {
            let public: BTreeSet<VarId> = query.public_variables().iter().copied().collect();
            if !processes.contains(&public) {
                processes.push(public);
            }
        }
        let place = |public: &[VarId]| {
            let public = public.iter().copied().collect();
            processes.iter().position(|p| *p == public)
        };
        program
            .queries
            .sort_by_key(|query| (place(query.public_variables()), query.lemma.is_none()));
        // Groups are numbered as the queries now stand.
        let (mut before, mut group) = (None, 0);
        for query in &mut program.queries {
            let this = (query.group, place(query.public_variables()));
            if before.is_some_and(|b| b != this) {
                group += 1;
            }
            before = Some(this);
            query.group = group;
        }
        let lemmas = program.lemmas.iter();
        let unused: Vec<(Span, LemmaKind)> = lemmas
            .filter(|lemma| place(&lemma.statement.public_variables).is_none())
            .map(|lemma| (lemma.span, lemma.kind))
            .collect();
        let faulty = |d: &Diagnostic| d.severity == Severity::Error;
        if self.diagnostics.iter().any(faulty) {
            // The query it is for may be the one with the error.
            return;
        }
        for (span, kind) in unused {
            let word = match kind {
                LemmaKind::Axiom => "axiom",
                LemmaKind::Lemma => "lemma",
                LemmaKind::Restriction => "restriction",
            };
            self.error(
                span,
                format!("this {word} serves no query"),
                Some(
                    "a query with the same `public_vars` is needed; `for { public_vars … }` says \
                     which",
                ),
            );
        }
    }

    /// Lemmas, axioms and restrictions hold of one step at a time: they have no
    /// injective events, no nested `==>` and no times.
    fn lemma_shape(&mut self, statement: &Correspondence, term: &'t tree::Term) -> Option<()> {
        let (span, message) = if let Some(span) = injective_event(term) {
            (span, "`inj-event` may stand in queries only")
        } else if statement.conclusion.is_nested() {
            (term.span, "a nested `==>` may stand in queries only")
        } else if statement.variables.iter().any(|v| v.ty == TypeId::TIME) {
            (
                term.span,
                "variables of type `time` may stand in queries only",
            )
        } else {
            return Some(());
        };
        self.error(span, message, None);
        None
    }
}

/// The terms of a premise.
fn terms(premise: &Formula) -> Box<dyn Iterator<Item = &QueryTerm> + '_> {
    match premise {
        Formula::Attacker { term, .. } => Box::new(std::iter::once(term)),
        Formula::Equal(left, right, _) | Formula::Unequal(left, right, _) => {
            Box::new([left, right].into_iter())
        }
        Formula::Event { arguments, .. }
        | Formula::Natural(_, arguments, _)
        | Formula::Predicate { arguments, .. }
        | Formula::Table { arguments, .. } => Box::new(arguments.iter()),
        Formula::Message { channel, term, .. } => Box::new([channel, term].into_iter()),
        Formula::And(_) | Formula::False | Formula::Nested(..) | Formula::Or(_) | Formula::True => {
            Box::new(std::iter::empty())
        }
    }
}

/// The variables of a term, and the places of its `new n`: each is a name of its own.
fn mentioned(term: &QueryTerm, into: &mut BTreeSet<Result<u32, Span>>) {
    match term {
        QueryTerm::Apply(_, arguments) => arguments.iter().for_each(|a| mentioned(a, into)),
        QueryTerm::Bound {
            arguments, span, ..
        } => {
            into.insert(Err(*span));
            arguments.iter().for_each(|(_, a)| mentioned(a, into));
        }
        QueryTerm::Name(_) => {}
        QueryTerm::Var(var) => {
            into.insert(Ok(*var));
        }
    }
}

/// The sides of the outermost arrow of this kind.
pub(super) fn arrow(term: &tree::Term, kind: Infix) -> (&tree::Term, Option<&tree::Term>) {
    match &term.kind {
        TermKind::Infix(infix, left, right) if *infix == kind => (left, Some(right)),
        TermKind::Parenthesised(inner) => arrow(inner, kind),
        _ => (term, None),
    }
}

/// The first `inj-event` as it is written.
fn injective_event(term: &tree::Term) -> Option<Span> {
    match &term.kind {
        TermKind::Fact(FactKind::InjectiveEvent, _) => Some(term.span),
        TermKind::At(inner, _) | TermKind::Parenthesised(inner) => injective_event(inner),
        TermKind::Infix(_, left, right) => injective_event(left).or_else(|| injective_event(right)),
        TermKind::Let { then, .. } => injective_event(then),
        _ => None,
    }
}

/// The first `inj-event` of a formula.
fn injective_place(formula: &Formula) -> Option<Span> {
    match formula {
        Formula::Event {
            injective: true,
            span,
            ..
        } => Some(*span),
        Formula::And(parts) | Formula::Or(parts) => parts.iter().find_map(injective_place),
        Formula::Nested(premise, conclusion) => {
            injective_place(premise).or_else(|| injective_place(conclusion))
        }
        _ => None,
    }
}
