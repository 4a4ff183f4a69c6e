//! Lemmas, axioms and restrictions in the form in which a proof uses them.
//!
//! A statement `F1 && … && Fn ==> C` that holds of every run considered may be
//! used on a clause for a goal: where hypotheses of the clause are instances of
//! all `Fi`, C has happened before the last of them, hence before the goal, so
//! the clause may be replaced by one clause per disjunct of C with that disjunct
//! among its hypotheses (Cheval, Blanchet and Cortier, "ProVerif with lemmas,
//! induction, fast subsumption, and much more", 2022, section IV).
//!
//! For that, a hypothesis must not only be derivable but true of the run. Events
//! are: `begin` facts are never made up. An attacker fact is if honest messages
//! keep the form `mess(c,M)`, see [`Options::message_form`], or if the run is one in
//! which the attacker passes all of them on, see [`Options::heard`]; a statement
//! about them therefore asks for either.
//!
//! What of C has no use here (attacker, table and message facts, comparisons of
//! times) is read as `true`, and `inj-event` as `event`: a weaker
//! statement. A statement whose premises have no use here is not used at all.
//!
//! [`Options::message_form`]: crate::Options::message_form
//! [`Options::heard`]: crate::Options::heard

use crate::branch::{Branch, differs};
use crate::formula::{self, Atom};
use crate::goal::Builder;
use crate::problem::{Disjunct, Translation};
use logic::{Disequality, Fact, Predicate, TermId};
use pi::{Correspondence, EventId, Formula, LemmaKind, Program, QueryTerm, Span, TypeId};
use std::collections::BTreeSet;

/// A statement that a proof may use.
#[derive(Clone, Debug)]
pub struct Lemma {
    /// Its index in the program.
    pub index: u32,
    /// What it is; a lemma proper may be used only once it is proved.
    pub kind: LemmaKind,
    /// The query that asks for the proof of a lemma proper.
    pub query: Option<u32>,
    /// What hypotheses must be instances of; events are
    /// [`Predicate::Begin`] facts.
    pub premises: Vec<Fact>,
    /// What must follow from the constraints of the clause.
    pub constraints: Vec<Disequality>,
    /// Then one of these holds. Existential variables are those that no premise
    /// mentions.
    pub disjuncts: Vec<Disjunct>,
}

impl Lemma {
    /// Whether it speaks of the terms of its premises, and of no others.
    #[must_use]
    pub fn is_of_terms(&self) -> bool {
        self.disjuncts.iter().all(|d| {
            d.existentials.is_empty() && !(d.equalities.is_empty() && d.disequalities.is_empty())
        })
    }
}

/// The statements that a proof of this query may use: every axiom and
/// restriction, and the lemmas whose own queries come before it.
#[must_use]
pub fn lemmas(program: &Program, translation: &mut Translation, query: u32) -> Vec<Lemma> {
    let mut found = Vec::new();
    for (index, proof) in usable(program, query) {
        let Some(lemma) = program.lemmas.get(index as usize) else {
            continue;
        };
        let (statement, span) = (&lemma.statement, lemma.span);
        if let Some((premises, constraints, disjuncts)) =
            parts(program, translation, statement, query, span)
        {
            found.push(Lemma {
                index,
                kind: lemma.kind,
                query: proof,
                premises,
                constraints,
                disjuncts,
            });
        }
    }
    found
}

/// Premises, constraints and disjuncts of what a proof can use of a statement; what
/// cannot be expressed is not used.
pub(crate) fn parts(
    program: &Program,
    translation: &mut Translation,
    statement: &Correspondence,
    query: u32,
    span: Span,
) -> Option<Parts> {
    let statement = plain(statement)?;
    let builder = Builder::new(program, translation, &statement, query, span);
    builder.lemma(&statement).ok()
}

/// Indices of the statements that may be used, and the queries that prove them.
fn usable(program: &Program, query: u32) -> Vec<(u32, Option<u32>)> {
    let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let proof = |index: u32| {
        let position = program
            .queries
            .iter()
            .position(|q| q.lemma == Some(index))?;
        Some(number(position))
    };
    program
        .lemmas
        .iter()
        .enumerate()
        .filter_map(|(index, lemma)| {
            let index = number(index);
            match lemma.kind {
                LemmaKind::Axiom | LemmaKind::Restriction => Some((index, None)),
                LemmaKind::Lemma => {
                    let proof = proof(index)?;
                    (proof < query).then_some((index, Some(proof)))
                }
            }
        })
        .collect()
}

/// The statements that [`lemmas`] reads, weakened to what a proof can use.
pub(crate) fn statements(program: &Program, query: u32) -> Vec<(LemmaKind, Correspondence)> {
    let found = usable(program, query).into_iter();
    let read = found.filter_map(|(index, _)| {
        let lemma = program.lemmas.get(index as usize)?;
        Some((lemma.kind, plain(&lemma.statement)?))
    });
    read.collect()
}

/// The events of their premises.
pub(crate) fn premise_events(program: &Program, query: u32) -> BTreeSet<EventId> {
    let mut found = BTreeSet::new();
    for (_, statement) in statements(program, query) {
        for premise in &statement.premises {
            events(premise, &mut found);
        }
    }
    found
}

fn events(formula: &Formula, into: &mut BTreeSet<EventId>) {
    match formula {
        Formula::And(parts) => parts.iter().for_each(|p| events(p, into)),
        Formula::Event { event, .. } => {
            into.insert(*event);
        }
        _ => {}
    }
}

/// A weaker statement in which everything has a use; none if the premises have
/// not.
pub(crate) fn plain(statement: &Correspondence) -> Option<Correspondence> {
    if !statement.public_variables.is_empty() {
        return None;
    }
    let premises = statement
        .premises
        .iter()
        .map(premise)
        .collect::<Option<_>>()?;
    Some(Correspondence {
        premises,
        conclusion: weaker(statement, &statement.conclusion),
        ..statement.clone()
    })
}

fn premise(formula: &Formula) -> Option<Formula> {
    match formula {
        Formula::And(parts) => Some(Formula::And(
            parts.iter().map(premise).collect::<Option<_>>()?,
        )),
        Formula::Unequal(..) => Some(formula.clone()),
        Formula::Attacker { .. }
        | Formula::Event { .. }
        | Formula::Message { .. }
        | Formula::Table { .. } => Some(untimed(formula)),
        _ => None,
    }
}

/// A fact without its moment, and not injective.
fn untimed(fact: &Formula) -> Formula {
    let mut fact = fact.clone();
    match &mut fact {
        Formula::Event {
            injective, time, ..
        } => {
            *injective = false;
            *time = None;
        }
        Formula::Attacker { time, .. }
        | Formula::Message { time, .. }
        | Formula::Table { time, .. } => *time = None,
        _ => {}
    }
    fact
}

fn weaker(whole: &Correspondence, formula: &Formula) -> Formula {
    let all = |parts: &[Formula]| parts.iter().map(|p| weaker(whole, p)).collect();
    match formula {
        Formula::And(parts) => Formula::And(all(parts)),
        Formula::Or(parts) => Formula::Or(all(parts)),
        Formula::Nested(fact, inner) => {
            Formula::And(vec![weaker(whole, fact), weaker(whole, inner)])
        }
        Formula::Event { .. } => untimed(formula),
        Formula::Equal(l, r, _) | Formula::Unequal(l, r, _)
            if !is_time(whole, l) && !is_time(whole, r) =>
        {
            formula.clone()
        }
        Formula::Natural(_, terms, _) if !terms.iter().any(|t| is_time(whole, t)) => {
            formula.clone()
        }
        Formula::False => Formula::False,
        Formula::Attacker { .. }
        | Formula::Equal(..)
        | Formula::Message { .. }
        | Formula::Natural(..)
        | Formula::Predicate { .. }
        | Formula::Table { .. }
        | Formula::True
        | Formula::Unequal(..) => Formula::True,
    }
}

fn is_time(statement: &Correspondence, term: &QueryTerm) -> bool {
    let QueryTerm::Var(v) = term else {
        return false;
    };
    statement
        .variables
        .get(*v as usize)
        .is_some_and(|variable| variable.ty == TypeId::TIME)
}

pub(crate) type Parts = (Vec<Fact>, Vec<Disequality>, Vec<Disjunct>);

impl Builder<'_> {
    /// Premises, constraints and disjuncts of a plain statement.
    fn lemma(mut self, statement: &Correspondence) -> Result<Parts, pi::Diagnostic> {
        let mut atoms = Vec::new();
        for f in &statement.premises {
            formula::flatten(f, &mut atoms);
        }
        let disjuncts = formula::disjunctive_normal_form(&statement.conclusion, self.span)?;
        let disjuncts = disjuncts
            .into_iter()
            .map(|atoms| self.disjunct(&atoms))
            .collect::<Result<Vec<_>, _>>()?;
        let mut hypotheses = Vec::new();
        let mut constraints = Vec::new();
        for atom in &atoms {
            match atom {
                Atom::Fact(f) => {
                    let mut fact = self.fact(f, true)?;
                    if let Predicate::End(event) = fact.predicate {
                        fact.predicate = Predicate::Begin(event);
                    }
                    hypotheses.push(fact);
                }
                Atom::Unequal(l, r) => {
                    let pair = (self.term(l)?, self.term(r)?);
                    constraints.push(differs(Vec::new(), vec![pair]));
                }
                Atom::Equal(..) => {
                    return Err(pi::Diagnostic::error(
                        self.span,
                        "an equality is no premise",
                    ));
                }
            }
        }
        let mut variables = BTreeSet::new();
        for f in &hypotheses {
            variables.extend(logic::fact_variables(&self.translation.store, f));
        }
        let variables: Vec<TermId> = variables
            .into_iter()
            .map(|v| self.translation.store.var(v))
            .collect();
        let branch = Branch {
            hypotheses: hypotheses.into_iter().collect(),
            constraints,
            ..Branch::default()
        };
        let all = Fact::new(Predicate::Goal(0), variables);
        let (clause, renaming) = self
            .only_clause(branch, &BTreeSet::new(), &all)?
            .ok_or_else(|| pi::Diagnostic::error(self.span, "the premises are never true"))?;
        let mut disjuncts = self.renamed(disjuncts, renaming, &clause);
        for disjunct in &mut disjuncts {
            self.without_free(disjunct);
        }
        Ok((clause.hypotheses, clause.constraints, disjuncts))
    }

    /// The disjunct without disequalities about what nothing else in it speaks of:
    /// that something differs says nothing, and would be said again and again.
    fn without_free(&self, disjunct: &mut Disjunct) {
        let store = &self.translation.store;
        let mut named = BTreeSet::new();
        for f in &disjunct.facts {
            named.extend(logic::fact_variables(store, f));
        }
        for (l, r) in &disjunct.equalities {
            logic::term_variables(store, *l, &mut named);
            logic::term_variables(store, *r, &mut named);
        }
        let existentials = &disjunct.existentials;
        disjunct.disequalities.retain(|(l, r)| {
            let mut used = BTreeSet::new();
            logic::term_variables(store, *l, &mut used);
            logic::term_variables(store, *r, &mut used);
            used.iter()
                .all(|v| named.contains(v) || !existentials.contains(v))
        });
    }
}
