//! Queries, lemmas, axioms, restrictions, `not`, hints and clauses.

use super::Checker;
use super::determinacy;
use super::fact::is_fact;
use super::formula::{FormulaScope, Place};
use crate::program::{
    Correspondence, Formula, Lemma, LemmaKind, NotFact, Query, QueryKind, QueryTerm, RuleVariable,
    SelectionHint, TypeId, UserClause, VarId,
};
use crate::source::Span;
use crate::syntax::tree::{
    self, DeclarationKind, FactKind, Ident, Infix, QueryBody, QueryPart, Rule, TermKind,
};

/// Options of queries and lemmas that choose a proof method.
const METHOD_OPTIONS: &[&str] = &[
    "discardSat",
    "discardVerif",
    "fullSat",
    "fullVerif",
    "induction",
    "instantiateSat",
    "instantiateVerif",
    "noInduction",
    "noneSat",
    "noneVerif",
];

/// What queries have beside [`METHOD_OPTIONS`].
const QUERY_OPTIONS: &[&str] = &["proveAll"];

/// What `secret` has beside those of queries. Options that begin with `cv_` are
/// CryptoVerif's.
const SECRET_OPTIONS: &[&str] = &["pv_reachability", "reachability"];

/// What lemmas, axioms and restrictions have beside [`METHOD_OPTIONS`].
const LEMMA_OPTIONS: &[&str] = &["keepEvents", "removeEvents"];

/// Options of `nounif`, `noselect` and `select`.
const HINT_OPTIONS: &[&str] = &["conclusion", "hypothesis", "ignoreAFewTimes", "inductionOn"];

impl<'t> Checker<'t> {
    pub(super) fn queries(&mut self, parameters: &'t [tree::Parameter], parts: &'t [QueryPart]) {
        let group = self.program.queries.last().map_or(0, |last| last.group + 1);
        let mut used = vec![false; parameters.len()];
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

    fn query_options(&mut self, part: &QueryPart) {
        let mut known = [METHOD_OPTIONS, QUERY_OPTIONS].concat();
        if !matches!(part.body, QueryBody::Secret(_)) {
            self.flags(&part.options, &known);
            return;
        }
        known.extend(SECRET_OPTIONS);
        let mut asked = Vec::new();
        for option in &part.options {
            match self.text(option.name.symbol) {
                "pv_real_or_random" | "real_or_random" => self.error(
                    option.name.span,
                    "`real_or_random` is not supported",
                    Some("supported are secrecy and correspondence queries"),
                ),
                text if text.starts_with("cv_") => {}
                _ => asked.push(option.clone()),
            }
        }
        self.flags(&asked, &known);
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
        let found: Vec<VarId> = (0..)
            .zip(&self.program.variables)
            .filter(|(_, variable)| variable.name == text)
            .map(|(index, _)| VarId(index))
            .collect();
        if !found.is_empty() {
            return Some(found);
        }
        if self.program.points > 0 && !self.exhausted {
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
        if premises.iter().any(is_fact) {
            return Some(());
        }
        self.error(span, "a query needs a fact left of `==>`", None);
        None
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
            let own = match kind {
                LemmaKind::Axiom | LemmaKind::Restriction => "keep",
                LemmaKind::Lemma => "maxSubset",
            };
            self.flags(
                &part.options,
                &[METHOD_OPTIONS, LEMMA_OPTIONS, &[own]].concat(),
            );
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
                        span,
                    });
                }
                self.program.lemmas.push(Lemma {
                    kind,
                    statement,
                    span,
                });
            }
        }
    }

    /// Lemmas, axioms and restrictions hold of one step at a time: they have no
    /// injective events, no nested `==>` and no times.
    fn lemma_shape(&mut self, statement: &Correspondence, term: &'t tree::Term) -> Option<()> {
        let (span, message) = if let Some(span) = injective_event(term) {
            (span, "`inj-event` may stand in queries only")
        } else if nested(&statement.conclusion) {
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

    pub(super) fn not_fact(&mut self, declaration: &'t tree::Declaration) {
        let DeclarationKind::Not {
            variables,
            bindings,
            fact,
        } = &declaration.kind
        else {
            return;
        };
        let mut scope = self.formula_scope(variables, Place::Not);
        self.formula_bindings(bindings, &mut scope);
        if let Some(fact) = self.single_fact(fact, &mut scope) {
            self.program.not_facts.push(NotFact {
                variables: scope.variables,
                fact,
                span: declaration.span,
            });
        }
    }

    pub(super) fn selection_hint(&mut self, declaration: &'t tree::Declaration) {
        let DeclarationKind::Hint {
            variables,
            bindings,
            fact,
            positive,
            weight,
            options,
        } = &declaration.kind
        else {
            return;
        };
        let flags = self.flags(options, HINT_OPTIONS);
        let mut scope = self.formula_scope(variables, Place::Hint);
        self.formula_bindings(bindings, &mut scope);
        let plain = matches!(
            &fact.kind,
            TermKind::Apply(..)
                | TermKind::Fact(FactKind::Event | FactKind::Table, _)
                | TermKind::Ident(_)
                | TermKind::Phase(..)
        );
        if !plain {
            self.error(fact.span, "one fact is needed here", None);
            return;
        }
        let event = matches!(fact.kind, TermKind::Fact(FactKind::Event, _));
        if event && !flags.contains(&"conclusion") && !flags.contains(&"inductionOn") {
            self.error(
                fact.span,
                "an event here needs the option `conclusion` or `inductionOn`",
                Some("events in hypotheses are never resolved upon"),
            );
        }
        if let Some(fact) = self.single_fact(fact, &mut scope) {
            for option in options {
                for variable in &option.variables {
                    self.induction_variable(*variable, &scope);
                }
            }
            let weight = weight.unwrap_or(1);
            self.program.hints.push(SelectionHint {
                variables: scope.variables,
                starred: scope.starred,
                fact,
                weight: if *positive {
                    weight
                } else {
                    weight.saturating_neg()
                },
                span: declaration.span,
            });
        }
    }

    /// A variable of `inductionOn`: a number, and the same throughout.
    fn induction_variable(&mut self, name: Ident, scope: &FormulaScope) {
        let text = self.text(name.symbol);
        let found = scope.symbols.iter().rev().find(|(s, _)| *s == name.symbol);
        match found.map(|(_, value)| value) {
            Some(Some((QueryTerm::Var(index), TypeId::NAT))) => {
                if scope.starred.contains(index) {
                    let message = format!("`{text}` is starred, so there is no induction on it");
                    self.error(name.span, message, None);
                }
            }
            Some(None) => {}
            Some(Some(_)) => {
                let message = format!("`{text}` is no variable of type `nat`");
                self.error(name.span, message, Some("induction is on numbers"));
            }
            None => self.undeclared("the variable", name.symbol, name.span, |_, _| false),
        }
    }

    fn single_fact(&mut self, term: &'t tree::Term, scope: &mut FormulaScope) -> Option<Formula> {
        let mut facts = Vec::new();
        self.conjuncts(term, scope, &mut facts);
        if facts.len() == 1 {
            let fact = facts.pop().flatten()?;
            if is_fact(&fact) {
                return Some(fact);
            }
        }
        self.error(term.span, "one fact is needed here", None);
        None
    }

    pub(super) fn clauses(&mut self, rules: &'t [Rule]) {
        for rule in rules {
            self.clause(rule);
        }
    }

    fn clause(&mut self, rule: &'t Rule) -> Option<()> {
        let mut scope = self.formula_scope(&rule.variables, Place::Clause);
        if let Some((name, _)) = rule.bindings.first() {
            self.error(
                name.span,
                "`let` may not stand in clauses",
                Some("write the term where the variable stands"),
            );
            return None;
        }
        let (left, right, both_ways) = match &rule.body.kind {
            TermKind::Infix(Infix::Equivalent, left, right) => (Some(&**left), &**right, true),
            _ => match arrow(&rule.body, Infix::Arrow) {
                (fact, None) => (None, fact, false),
                (left, Some(right)) => (Some(left), right, false),
            },
        };
        let mut hypotheses = Vec::new();
        if let Some(left) = left {
            self.conjuncts(left, &mut scope, &mut hypotheses);
        }
        let conclusion = self.single_fact(right, &mut scope);
        let hypotheses: Option<Vec<Formula>> = hypotheses.into_iter().collect();
        let (Some(hypotheses), Some(conclusion)) = (hypotheses, conclusion) else {
            return None;
        };
        let may_fail = |name: &str| {
            rule.variables
                .iter()
                .any(|p| p.may_fail && self.text(p.name.symbol) == name)
        };
        let variables: Vec<RuleVariable> = scope
            .variables
            .iter()
            .map(|variable| RuleVariable {
                name: variable.name.clone(),
                ty: variable.ty,
                may_fail: may_fail(&variable.name),
            })
            .collect();
        self.no_names_in_clauses(hypotheses.iter().chain([&conclusion]))?;
        let mut add = |hypotheses, conclusion| {
            self.program.clauses.push(UserClause {
                variables: variables.clone(),
                hypotheses,
                conclusion,
                span: rule.span,
            });
        };
        // `F1 && F2 <-> F` stands for `F1 && F2 -> F`, `F -> F1` and `F -> F2`.
        if both_ways {
            for hypothesis in hypotheses.iter().filter(|h| is_fact(h)) {
                add(vec![conclusion.clone()], hypothesis.clone());
            }
        }
        add(hypotheses, conclusion);
        Some(())
    }

    /// A clause holds for all messages, and what a free name stands for is
    /// known to the process only.
    fn no_names_in_clauses<'f>(&mut self, facts: impl Iterator<Item = &'f Formula>) -> Option<()> {
        for fact in facts {
            let (terms, span): (Vec<&QueryTerm>, Span) = match fact {
                Formula::Predicate {
                    arguments, span, ..
                } => (arguments.iter().collect(), *span),
                Formula::Equal(left, right, span) | Formula::Unequal(left, right, span) => {
                    (vec![left, right], *span)
                }
                other => {
                    let span = formula_span(other).unwrap_or_default();
                    self.error(
                        span,
                        "a clause speaks of user predicates, equalities and disequalities only",
                        None,
                    );
                    return None;
                }
            };
            if terms.into_iter().any(has_name) {
                self.error(
                    span,
                    "a name may not stand in a clause",
                    Some("declare it with `const` when everybody may know it"),
                );
                return None;
            }
        }
        Some(())
    }
}

fn has_name(term: &QueryTerm) -> bool {
    match term {
        QueryTerm::Apply(_, arguments) => arguments.iter().any(has_name),
        QueryTerm::Bound { .. } | QueryTerm::Name(_) => true,
        QueryTerm::Var(_) => false,
    }
}

fn formula_span(formula: &Formula) -> Option<Span> {
    match formula {
        Formula::Attacker { span, .. }
        | Formula::Event { span, .. }
        | Formula::Message { span, .. }
        | Formula::Natural(_, _, span)
        | Formula::Table { span, .. } => Some(*span),
        _ => None,
    }
}

/// The sides of the outermost arrow of this kind.
fn arrow(term: &tree::Term, kind: Infix) -> (&tree::Term, Option<&tree::Term>) {
    match &term.kind {
        TermKind::Infix(infix, left, right) if *infix == kind => (left, Some(right)),
        TermKind::Parenthesised(inner) => arrow(inner, kind),
        _ => (term, None),
    }
}

fn nested(formula: &Formula) -> bool {
    match formula {
        Formula::And(parts) | Formula::Or(parts) => parts.iter().any(nested),
        Formula::Nested(..) => true,
        _ => false,
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
