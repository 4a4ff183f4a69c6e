//! Case distinctions by a lemma, axiom or restriction.
//!
//! Where hypotheses of a goal clause are instances of all premises of a
//! statement that holds of every run considered, its conclusion held before the
//! goal, and the clause may be replaced by one clause per disjunct. The
//! certificate says which hypotheses; the instance, the unifiers of the
//! disjunct's equalities and the clauses are the checker's own.
//!
//! A hypothesis must be true of the run, not only derivable: see
//! [`crate::justify`], and `horn` on what it asks of the translation.

use crate::constraints::{implied, is_false};
use crate::error::Reason;
use crate::goal::differs;
use crate::justify::Context;
use crate::load::{INTRODUCED, STATED, shallow};
use crate::unify::{matches, unify};
use horn::Lemma;
use logic::{Clause, Predicate, Store, Substitution, TermId, Var, clause_variables};
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
    let lemma = context.lemmas.iter().find(|l| l.index == lemma);
    let lemma = lemma.ok_or(Reason::NoSuchLemma)?;
    let mut found = BTreeMap::new();
    let fits = premises.len() == lemma.premises.len()
        && lemma.premises.iter().zip(premises).all(|(premise, at)| {
            let fact = clause.hypotheses.get(*at as usize);
            fact.is_some_and(|fact| matches(store, premise, fact, &mut found))
        });
    if !fits {
        return Err(Reason::PremiseMissing);
    }
    let fixed: Substitution = found.into_iter().collect();
    for constraint in &lemma.constraints {
        let constraint = fixed.disequality(store, constraint);
        if !implied(store, context.theory, &constraint, &clause.constraints) {
            return Err(Reason::DisequalityFails);
        }
    }
    let mut out = Vec::new();
    for disjunct in &lemma.disjuncts {
        let mut instance = fixed.clone();
        for (v, number) in disjunct.existentials.iter().zip(unused(store, clause)..) {
            if number >= INTRODUCED || instance.bind(*v, store.var(Var(number))).is_some() {
                return Err(Reason::BadBinding);
            }
        }
        let mut case = clause.clone();
        let facts = disjunct.facts.iter().map(|f| instance.fact(store, f));
        case.hypotheses.extend(facts);
        let mut sides =
            |(l, r): &(TermId, TermId)| (instance.term(store, *l), instance.term(store, *r));
        let differ = disjunct.disequalities.iter().map(&mut sides);
        case.constraints.extend(differ.map(|(l, r)| differs(l, r)));
        let equal: Vec<_> = disjunct.equalities.iter().map(&mut sides).collect();
        out.extend(equated(context, store, &case, &equal)?);
    }
    Ok(out)
}

/// The instances of a clause in which terms are equal, of which every other one is an
/// instance. Variables that the theory introduces are moved down, so that the next
/// ones it introduces are different.
pub(crate) fn equated(
    context: &Context<'_>,
    store: &mut Store,
    clause: &Clause,
    pairs: &[(TermId, TermId)],
) -> Result<Vec<Clause>, Reason> {
    let unifiers = if context.theory.has_equations() {
        context.theory.unify(store, pairs)
    } else {
        unify(store, pairs).into_iter().collect()
    };
    let instances = unifiers.iter().map(|unifier| {
        let instance = unifier.clause(store, clause);
        let variables = clause_variables(store, &instance);
        let introduced = variables.range(Var(INTRODUCED)..);
        let mut rename = Substitution::new();
        for (v, number) in introduced.zip(unused(store, &instance)..) {
            if number >= INTRODUCED {
                return Err(Reason::TooDeep);
            }
            rename.bind(*v, store.var(Var(number)));
        }
        let instance = rename.clause(store, &instance);
        shallow(store, &instance).map(|()| instance)
    });
    instances.collect()
}

/// The first number of a variable that the clause does not have, among those
/// kept for variables that a statement introduces.
fn unused(store: &Store, clause: &Clause) -> u32 {
    let variables = clause_variables(store, clause);
    let last = variables.range(Var(STATED)..Var(INTRODUCED)).next_back();
    last.map_or(STATED, |v| v.0 + 1)
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
    let mut statements = context.lemmas.iter().filter(|l| l.is_of_terms());
    statements.find_map(|lemma| {
        let mut attempts = ATTEMPTS;
        placed(
            context,
            store,
            clause,
            lemma,
            &mut Vec::new(),
            &mut attempts,
        )
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
            let mut constraints = part.constraints.iter();
            !part.hypotheses.starts_with(&clause.hypotheses)
                || constraints.any(|c| is_false(store, context.theory, c))
        });
        return more.then_some(parts);
    };
    for (at, fact) in (0_u32..).zip(&clause.hypotheses) {
        *attempts = attempts.checked_sub(1)?;
        if matches(store, premise, fact, &mut BTreeMap::new()) {
            places.push(at);
            let found = placed(context, store, clause, lemma, places, attempts);
            if found.is_some() {
                return found;
            }
            places.pop();
        }
    }
    None
}
