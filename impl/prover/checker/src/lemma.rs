//! Case distinctions by a lemma, axiom or restriction.
//!
//! Where hypotheses of a goal clause are instances of all premises of a
//! statement that holds of every run considered, its conclusion held before the
//! goal, and the clause may be replaced by one clause per disjunct. The
//! certificate says which hypotheses; the instance, the unifiers of the
//! disjunct's equalities and the clauses are the checker's own.
//!
//! A hypothesis must be true of the run, not only derivable: see
//! [`crate::standing::Facts`], and `horn` on what it asks of the translation.

use crate::error::Reason;
use crate::justify::Context;
use crate::load::{INTRODUCED, STATED, too_deep};
use crate::subsume::{implied, is_false};
use crate::unify::{matches, unify};
use horn::Lemma;
use logic::{Clause, Disequality, Predicate, Store, Substitution, TermId, Var, clause_variables};
use std::collections::BTreeMap;

/// The cases of a clause, in the order in which they must be justified.
pub(crate) fn cases(
    context: &Context<'_>,
    store: &mut Store,
    clause: &Clause,
    lemma: u32,
    premises: &[u32],
) -> Result<Vec<Clause>, Reason> {
    if !matches!(clause.conclusion.predicate, Predicate::Goal(_)) {
        return Err(Reason::NotApplicable);
    }
    let lemma = context
        .lemmas
        .iter()
        .find(|l| l.index == lemma)
        .ok_or(Reason::NoSuchLemma)?;
    if premises.len() != lemma.premises.len() {
        return Err(Reason::PremiseMissing);
    }
    let mut found = BTreeMap::new();
    for (premise, at) in lemma.premises.iter().zip(premises) {
        let fact = clause
            .hypotheses
            .get(*at as usize)
            .ok_or(Reason::PremiseMissing)?;
        let fits = premise.predicate == fact.predicate
            && premise.arguments.len() == fact.arguments.len()
            && premise
                .arguments
                .iter()
                .zip(&fact.arguments)
                .all(|(p, t)| matches(store, *p, *t, &mut found));
        if !fits {
            return Err(Reason::PremiseMissing);
        }
    }
    let mut fixed = Substitution::new();
    for (v, image) in &found {
        fixed.bind(*v, *image);
    }
    for constraint in &lemma.constraints {
        let constraint = fixed.disequality(store, constraint);
        if !implied(store, context.theory, &constraint, &clause.constraints) {
            return Err(Reason::DisequalityFails);
        }
    }
    let mut out = Vec::new();
    for disjunct in &lemma.disjuncts {
        let mut instance = fixed.clone();
        let mut next = unused(store, clause);
        for v in &disjunct.existentials {
            let unknown = store.var(Var(next));
            next = next.checked_add(1).ok_or(Reason::TooDeep)?;
            if instance.bind(*v, unknown).is_some() {
                return Err(Reason::BadBinding);
            }
        }
        let mut case = clause.clone();
        for fact in &disjunct.facts {
            let fact = instance.fact(store, fact);
            case.hypotheses.push(fact);
        }
        for (l, r) in &disjunct.disequalities {
            let pair = (instance.term(store, *l), instance.term(store, *r));
            case.constraints.push(Disequality {
                universals: Vec::new(),
                pairs: vec![pair],
            });
        }
        let equalities: Vec<(TermId, TermId)> = disjunct
            .equalities
            .iter()
            .map(|(l, r)| (instance.term(store, *l), instance.term(store, *r)))
            .collect();
        let unifiers = if context.theory.has_equations() {
            context.theory.unify(store, &equalities)
        } else {
            unify(store, &equalities).into_iter().collect()
        };
        for unifier in unifiers {
            let part = unifier.clause(store, &case);
            let part = settled(store, &part)?;
            if too_deep(store, &part) {
                return Err(Reason::TooDeep);
            }
            out.push(part);
        }
    }
    Ok(out)
}

/// Most hypotheses that are looked at for the premises of one statement.
const ATTEMPTS: u32 = 20_000;

/// The cases of a clause by some statement about terms, each of which says more than
/// the clause does; none if there is no such statement.
///
/// The statement names no new terms, so that cases become fewer variables, and end.
pub(crate) fn anywhere(
    context: &Context<'_>,
    store: &mut Store,
    clause: &Clause,
) -> Option<Vec<Clause>> {
    context.lemmas.iter().find_map(|lemma| {
        let mut attempts = ATTEMPTS;
        lemma
            .is_of_terms()
            .then(|| {
                placed(
                    context,
                    store,
                    clause,
                    lemma,
                    &mut Vec::new(),
                    &mut attempts,
                )
            })
            .flatten()
    })
}

/// As [`anywhere`], for one statement whose first premises have a place.
fn placed(
    context: &Context<'_>,
    store: &mut Store,
    clause: &Clause,
    lemma: &Lemma,
    places: &mut Vec<u32>,
    attempts: &mut u32,
) -> Option<Vec<Clause>> {
    let Some(premise) = lemma.premises.get(places.len()) else {
        let parts = cases(context, store, clause, lemma.index, places).ok()?;
        let more = parts.iter().all(|part| {
            let before = part.hypotheses.get(..clause.hypotheses.len());
            let constraints = &part.constraints;
            before != Some(clause.hypotheses.as_slice())
                || constraints
                    .iter()
                    .any(|c| is_false(store, context.theory, c))
        });
        return more.then_some(parts);
    };
    for (at, fact) in (0_u32..).zip(&clause.hypotheses) {
        *attempts = attempts.checked_sub(1)?;
        let fits = premise.predicate == fact.predicate
            && (premise.arguments.iter().zip(&fact.arguments))
                .all(|(p, t)| matches(store, *p, *t, &mut BTreeMap::new()));
        if !fits {
            continue;
        }
        places.push(at);
        let found = placed(context, store, clause, lemma, places, attempts);
        if found.is_some() {
            return found;
        }
        places.pop();
    }
    None
}

/// The first number of a variable that the clause does not have, among those
/// kept for variables that a statement introduces.
fn unused(store: &Store, clause: &Clause) -> u32 {
    clause_variables(store, clause)
        .into_iter()
        .map(|v| v.0)
        .filter(|v| (STATED..INTRODUCED).contains(v))
        .max()
        .map_or(STATED, |v| v.saturating_add(1))
}

/// The clause with the variables that the theory introduced moved down, so that
/// the next ones it introduces are different.
fn settled(store: &mut Store, clause: &Clause) -> Result<Clause, Reason> {
    let mut next = unused(store, clause);
    let variables = clause_variables(store, clause);
    let mut rename = Substitution::new();
    for v in variables.into_iter().filter(|v| v.0 >= INTRODUCED) {
        if rename.image(v).is_some() {
            continue;
        }
        if next >= INTRODUCED {
            return Err(Reason::TooDeep);
        }
        let image = store.var(Var(next));
        next += 1;
        rename.bind(v, image);
    }
    Ok(rename.clause(store, clause))
}
