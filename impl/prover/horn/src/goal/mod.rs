//! Queries as goals.
//!
//! `F1 && … && Fn ==> C` becomes the clause `F1, …, Fn → goal(x1,…,xm)`, where
//! the `xi` are the variables that C shares with the premises. A run that makes
//! the premises true makes the goal derivable, so the query holds if C follows
//! from every way to derive it (Blanchet, 2016 survey, section 4.3). An event
//! premise is an `end` fact, an event of C a `begin` fact: what is left of a
//! derivation speaks of what happened before. When the premises hold, their own
//! events have happened too, so C may be about them: for an event that C
//! mentions, the premise adds its `begin` fact to the hypotheses.

mod known;
mod opened;
mod part;

use crate::branch::{Branch, differs};
use crate::canonical;
use crate::formula::{self, Atom};
use crate::lemma;
use crate::nested;
use crate::options::options_of;
use crate::problem::{Disjunct, Goal, Translation};
use crate::theory::Fresh;
use crate::unify::{Bindings, Roles};
use logic::{Clause, Fact, Predicate, Symbol, TermId, Var, View, term_variables};
use pi::{Correspondence, Diagnostic, Program, QueryKind, Span};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// How many goals a query has: more than one if it is nested. It holds if all of
/// its parts do; see [`goal_of`]. Errors: the program has no such query, or the
/// query nests in a way that is not supported.
pub fn parts(program: &Program, query: u32) -> Result<u32, Vec<Diagnostic>> {
    let Some(asked) = program.queries.get(query as usize) else {
        let error = Diagnostic::error(Span::default(), format!("there is no query {query}"));
        return Err(vec![error]);
    };
    match &asked.kind {
        QueryKind::Correspondence(c) => match nested::plans(program, c, asked.span) {
            Ok(plans) => Ok(u32::try_from(plans.first).unwrap_or(u32::MAX)),
            Err(error) => Err(vec![error]),
        },
        QueryKind::Secret { .. } => Ok(1),
    }
}

/// Sets of parts of a query that may stand in place of those behind its first one,
/// each by itself; often none. No set is empty.
#[must_use]
pub fn other_parts(program: &Program, query: u32) -> Vec<Range<u32>> {
    let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let Some(asked) = program.queries.get(query as usize) else {
        return Vec::new();
    };
    match &asked.kind {
        QueryKind::Correspondence(c) => nested::plans(program, c, asked.span).map_or_else(
            |_| Vec::new(),
            |plans| {
                let numbered = |way: Range<usize>| number(way.start)..number(way.end);
                plans.others.into_iter().map(numbered).collect()
            },
        ),
        QueryKind::Secret { .. } => Vec::new(),
    }
}

/// The goal of a query that has one goal only. Errors: as [`goal_of`], and a
/// nested query has several.
pub fn goal(
    program: &Program,
    translation: &mut Translation,
    query: u32,
) -> Result<Goal, Vec<Diagnostic>> {
    if parts(program, query)? > 1 {
        let span = program.queries.get(query as usize).map(|q| q.span);
        let error = Diagnostic::error(span.unwrap_or_default(), "a nested query has several goals")
            .with_hint("ask for its parts");
        return Err(vec![error]);
    }
    goal_of(program, translation, query, 0)
}

/// The goal of a part of a query. Errors: the program has no such query or part,
/// the query uses a construct that is not supported, or the translation was made
/// for another query and leaves out events or messages that this one speaks of.
pub fn goal_of(
    program: &Program,
    translation: &mut Translation,
    query: u32,
    part: u32,
) -> Result<Goal, Vec<Diagnostic>> {
    let Some(asked) = program.queries.get(query as usize) else {
        let error = Diagnostic::error(Span::default(), format!("there is no query {query}"));
        return Err(vec![error]);
    };
    if !translation.options.cover(&options_of(program, query, part)) {
        let error = Diagnostic::error(asked.span, "the clauses were made for another query")
            .with_hint("translate with the options of this query");
        return Err(vec![error]);
    }
    let correspondence = match &asked.kind {
        QueryKind::Correspondence(c) => nested::plans(program, c, asked.span)
            .map_err(|error| vec![error])?
            .parts
            .into_iter()
            .nth(part as usize)
            .ok_or_else(|| {
                let message = format!("this query has no part {part}");
                vec![Diagnostic::error(asked.span, message)]
            })?,
        QueryKind::Secret { .. } => {
            let error = Diagnostic::error(asked.span, "this query has not been encoded")
                .with_hint("see `pi::asked`");
            return Err(vec![error]);
        }
    };
    let errors = formula::unsupported(&correspondence, asked.span);
    if !errors.is_empty() {
        return Err(errors);
    }
    let goal = Builder::new(program, translation, &correspondence, query, asked.span).goal(true);
    let Err(error) = goal else {
        return goal.map_err(|error| vec![error]);
    };
    opened::opened(program, &correspondence, asked.span)
        .and_then(|other| {
            let builder = Builder::new(program, translation, &other, query, asked.span);
            builder.goal(true).ok()
        })
        .ok_or_else(|| vec![error])
}

/// The goal that does not take for granted that its premises happened; see
/// [`crate::induction`]. `None` if something of it is not supported.
pub(crate) fn strict(
    program: &Program,
    translation: &mut Translation,
    statement: &Correspondence,
    query: u32,
    span: Span,
) -> Option<Goal> {
    if !formula::unsupported(statement, span).is_empty() {
        return None;
    }
    let builder = Builder::new(program, translation, statement, query, span);
    builder.goal(false).ok()
}

/// The events that a conclusion mentions.
fn concluded(disjuncts: &[Disjunct]) -> BTreeSet<u32> {
    disjuncts
        .iter()
        .flat_map(|d| &d.facts)
        .filter_map(|f| match f.predicate {
            Predicate::Begin(event) => Some(event),
            _ => None,
        })
        .collect()
}

/// Makes clauses and disjuncts of the formulas of a query or lemma.
pub(crate) struct Builder<'a> {
    program: &'a Program,
    pub(crate) translation: &'a mut Translation,
    correspondence: &'a Correspondence,
    query: u32,
    pub(crate) span: Span,
    fresh: Fresh,
    /// What stands for the arguments of a name that the query does not fix, by its
    /// symbol, its session and the number of the argument.
    unfixed: BTreeMap<(Symbol, Vec<TermId>, usize), TermId>,
}

impl<'a> Builder<'a> {
    pub(crate) fn new(
        program: &'a Program,
        translation: &'a mut Translation,
        correspondence: &'a Correspondence,
        query: u32,
        span: Span,
    ) -> Self {
        let declared = u32::try_from(correspondence.variables.len()).unwrap_or(u32::MAX);
        Self {
            program,
            translation,
            correspondence,
            query,
            span,
            // Query variable i is Var(i) until the goal clause is canonical.
            fresh: Fresh::from(declared),
            unfixed: BTreeMap::new(),
        }
    }

    /// The goal; with what of its premises the query and the lemmas may speak of, or
    /// without.
    fn goal(mut self, happened: bool) -> Result<Goal, Diagnostic> {
        let correspondence = self.correspondence;
        let mut premises = Vec::new();
        for f in &correspondence.premises {
            formula::flatten(f, &mut premises);
        }
        let disjuncts = formula::disjunctive_normal_form(&correspondence.conclusion, self.span)?;
        let disjuncts = disjuncts
            .into_iter()
            .map(|atoms| self.disjunct(&atoms))
            .collect::<Result<Vec<_>, _>>()?;

        let mut hypotheses = Vec::new();
        let mut constraints = Vec::new();
        for atom in &premises {
            match atom {
                Atom::Fact(f) => hypotheses.push(self.fact(f, true)?),
                Atom::Unequal(l, r) => {
                    let pair = (self.term(l)?, self.term(r)?);
                    constraints.push(differs(Vec::new(), vec![pair]));
                }
                Atom::Equal(..) => {
                    return Err(Diagnostic::error(
                        self.span,
                        "an equality in the premises of a query is not supported",
                    )
                    .with_hint("write the term in place of the variable"));
                }
            }
        }
        let disjuncts: Vec<_> = disjuncts
            .into_iter()
            .map(|d| self.without_known(d, &hypotheses))
            .collect();
        let mut shared = self.shared(&hypotheses, &disjuncts);
        let mut executions: Vec<TermId> = hypotheses
            .iter()
            .filter(|f| matches!(f.predicate, Predicate::EndAt(_)))
            .filter_map(|f| f.arguments.last().copied())
            .collect();
        if executions.is_empty() && disjuncts.iter().any(|d| d.injective().next().is_some()) {
            return Err(Diagnostic::error(
                self.span,
                "`inj-event` in the conclusion needs an `inj-event` among the premises",
            ));
        }
        if disjuncts.iter().all(|d| d.injective().next().is_none()) {
            // They matter only where an equality of moments mentions them.
            executions.clear();
        }
        shared.retain(|t| !executions.contains(t));
        shared.extend(&executions);
        let conclusion = Fact::new(Predicate::Goal(self.query), shared);
        let branch = Branch {
            hypotheses: hypotheses.into_iter().collect(),
            constraints,
            ..Branch::default()
        };
        let mut concluded = concluded(&disjuncts);
        for event in lemma::premise_events(self.program, self.query) {
            concluded.insert(self.translation.symbols.event(event));
        }
        if !happened {
            concluded.clear();
        }
        let found = self.only_clause(branch, &concluded, &conclusion)?;
        let (clause, renaming) = found.unwrap_or_else(|| self.void(&conclusion));
        let disjuncts = self.renamed(disjuncts, renaming, &clause);
        Ok(Goal {
            query: self.query,
            clause,
            executions: executions.len(),
            disjuncts,
        })
    }

    /// Disjuncts with the variables of the clause that was made with them.
    pub(crate) fn renamed(
        &mut self,
        disjuncts: Vec<Disjunct>,
        mut renaming: canonical::Renaming,
        clause: &Clause,
    ) -> Vec<Disjunct> {
        let store = &mut self.translation.store;
        let disjuncts = disjuncts
            .into_iter()
            .map(|d| {
                let mut pair =
                    |(l, r): (TermId, TermId)| (renaming.term(store, l), renaming.term(store, r));
                let equalities = d.equalities.into_iter().map(&mut pair).collect();
                let disequalities = d.disequalities.into_iter().map(&mut pair).collect();
                let facts = d
                    .facts
                    .iter()
                    .map(|f| {
                        let arguments: logic::Arguments = f
                            .arguments
                            .iter()
                            .map(|t| renaming.term(store, *t))
                            .collect();
                        Fact::new(f.predicate, arguments)
                    })
                    .collect();
                Disjunct {
                    existentials: Vec::new(),
                    facts,
                    equalities,
                    disequalities,
                }
            })
            .collect::<Vec<_>>();
        let premise = logic::fact_variables(store, &clause.conclusion);
        disjuncts
            .into_iter()
            .map(|mut d| {
                d.existentials = self.existentials(&d, &premise);
                d
            })
            .collect()
    }

    /// The variables of a disjunct that are not fixed by the goal.
    fn existentials(&self, disjunct: &Disjunct, premise: &BTreeSet<Var>) -> Vec<Var> {
        let store = &self.translation.store;
        let mut found = BTreeSet::new();
        for f in &disjunct.facts {
            found.extend(logic::fact_variables(store, f));
        }
        for (l, r) in disjunct.equalities.iter().chain(&disjunct.disequalities) {
            term_variables(store, *l, &mut found);
            term_variables(store, *r, &mut found);
        }
        // Renaming numbers variables by first use, so this is their order.
        found.difference(premise).copied().collect()
    }

    /// The premise variables that some disjunct mentions.
    fn shared(&mut self, hypotheses: &[Fact], disjuncts: &[Disjunct]) -> Vec<TermId> {
        let store = &mut self.translation.store;
        let mut in_premises = BTreeSet::new();
        for f in hypotheses {
            in_premises.extend(logic::fact_variables(store, f));
        }
        let mut in_conclusion = BTreeSet::new();
        for d in disjuncts {
            for f in &d.facts {
                in_conclusion.extend(logic::fact_variables(store, f));
            }
            for (l, r) in d.equalities.iter().chain(&d.disequalities) {
                term_variables(store, *l, &mut in_conclusion);
                term_variables(store, *r, &mut in_conclusion);
            }
        }
        in_premises
            .intersection(&in_conclusion)
            .map(|v| store.var(*v))
            .collect()
    }

    /// The goal clause. Terms of the premises have several representatives when
    /// an equation applies to them; the query is supported if the clauses for
    /// all of them are one up to renaming, that is, if the conclusion does not
    /// tell them apart. `None` if the premises contradict each other.
    pub(crate) fn only_clause(
        &mut self,
        branch: Branch,
        concluded: &BTreeSet<u32>,
        conclusion: &Fact,
    ) -> Result<Option<(Clause, canonical::Renaming)>, Diagnostic> {
        let moments: Vec<bool> = branch
            .hypotheses
            .iter()
            .map(|f| self.is_moment(f))
            .collect();
        let Translation { store, theory, .. } = &mut *self.translation;
        let mut states = vec![(Bindings::default(), Vec::new())];
        for f in branch.hypotheses.iter() {
            let mut next = Vec::new();
            for (bindings, done) in states {
                let found = theory.evaluate(
                    store,
                    &mut self.fresh,
                    &bindings,
                    &f.arguments,
                    Roles::default(),
                );
                for (extended, arguments) in found {
                    let mut done: Vec<Fact> = done.clone();
                    done.push(Fact::new(f.predicate, arguments));
                    next.push((extended, done));
                }
            }
            states = next;
        }
        let mut only: Option<(Clause, canonical::Renaming)> = None;
        for (bindings, mut hypotheses) in states {
            // After evaluation: both facts are about the same event.
            let happened: Vec<Fact> = hypotheses
                .iter()
                .zip(&moments)
                .filter_map(|(f, moment)| match f.predicate {
                    Predicate::End(event) if concluded.contains(&event) => {
                        Some(Fact::new(Predicate::Begin(event), f.arguments.clone()))
                    }
                    Predicate::EndAt(event) if concluded.contains(&event) && !moment => {
                        let (_, arguments) = f.arguments.split_last()?;
                        Some(Fact::new(Predicate::Begin(event), arguments.to_vec()))
                    }
                    _ => None,
                })
                .collect();
            hypotheses.extend(happened);
            let instance = Branch {
                bindings,
                hypotheses: hypotheses.into_iter().collect(),
                constraints: branch.constraints.clone(),
                ..Branch::default()
            };
            let Some((clause, renaming)) = canonical::clause(store, theory, &instance, conclusion)
            else {
                continue;
            };
            match &only {
                None => only = Some((clause, renaming)),
                Some((first, _)) if *first == clause => {}
                Some(_) => {
                    return Err(Diagnostic::error(
                        self.span,
                        "an equation applies to the premises of this query, and its conclusion \
                         depends on how",
                    )
                    .with_hint("put a variable in place of the term the equation applies to"));
                }
            }
        }
        Ok(only)
    }

    /// The goal clause of premises that contradict each other: one of which
    /// nothing is an instance, since it says that no terms at all differ from no
    /// terms at all.
    fn void(&mut self, conclusion: &Fact) -> (Clause, canonical::Renaming) {
        let store = &mut self.translation.store;
        let mut renaming = canonical::Renaming::default();
        let arguments = conclusion.arguments.iter();
        let arguments: logic::Arguments = arguments.map(|t| renaming.term(store, *t)).collect();
        let clause = Clause {
            constraints: vec![differs(Vec::new(), Vec::new())],
            hypotheses: Vec::new(),
            conclusion: Fact::new(conclusion.predicate, arguments),
        };
        (clause, renaming)
    }

    /// Whether a premise is the execution at a moment: [`crate::time`] then asks for
    /// another execution, or for none.
    fn is_moment(&self, premise: &Fact) -> bool {
        let declared = self.correspondence.variables.len();
        premise.arguments.last().is_some_and(|at| {
            matches!(self.translation.store.view(*at), View::Var(v) if (v.0 as usize) < declared)
        })
    }

    pub(crate) fn disjunct(&mut self, atoms: &[Atom<'_>]) -> Result<Disjunct, Diagnostic> {
        let mut out = Disjunct {
            existentials: Vec::new(),
            facts: Vec::new(),
            equalities: Vec::new(),
            disequalities: Vec::new(),
        };
        for atom in atoms {
            match atom {
                Atom::Fact(f) => {
                    let fact = self.fact(f, false)?;
                    out.facts.push(fact);
                }
                Atom::Equal(l, r) => {
                    let pair = (self.term(l)?, self.term(r)?);
                    out.equalities.push(pair);
                }
                Atom::Unequal(l, r) => {
                    let pair = (self.term(l)?, self.term(r)?);
                    out.disequalities.push(pair);
                }
            }
        }
        Ok(out)
    }
}
