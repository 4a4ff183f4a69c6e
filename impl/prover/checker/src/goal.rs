//! Whether a goal clause meets the query's conclusion.
//!
//! The variables of the premise are fixed to what the clause concludes; the
//! existential ones are bound by the certificate. Hypotheses only become more
//! specific when a clause is resolved further, so a clause that meets the
//! conclusion does so in all its instances, and may be pruned.
//!
//! A clause may also meet the conclusion by cases: instances in which two terms are
//! equal apart from the others. A case of which nothing is an instance needs no
//! disjunct. That is so if a constraint is false, or if no numbers satisfy what the
//! hypotheses say of them together with the constraints; the hypotheses are
//! difference constraints, whose satisfiability is decided exactly (Bellman, 1958),
//! and by them a clause may be dropped while saturating, too.

use crate::error::Reason;
use crate::injective::{self, Met};
use crate::justify::{Context, attacker};
use crate::load::{INTRODUCED, too_deep};
use crate::subsume::{implied, is_false};
use logic::{
    Clause, Disequality, Fact, Predicate, Store, Substitution, TermId, Var, View, term_variables,
};
use proof::Choice;
use std::collections::BTreeSet;

/// Checks one choice for one clause that is left out. No other clause will be
/// compared with it, so it may not meet an injective event.
pub(crate) fn satisfied(
    context: &Context<'_>,
    store: &mut Store,
    clause: &Clause,
    choice: &Choice,
) -> Result<(), Reason> {
    let met = met(context, store, clause, choice, &[])?;
    if met.is_none_or(|m| m.begins.is_empty()) {
        Ok(())
    } else {
        Err(Reason::InjectiveOmitted)
    }
}

/// Checks one choice for one clause and tells the begin events it chose; none
/// for a void clause and for one that needs cases. The clause is an instance by
/// these substitutions, first to last, of the one that the choice's terms are
/// about.
pub(crate) fn met<'a>(
    context: &Context<'_>,
    store: &mut Store,
    clause: &'a Clause,
    choice: &Choice,
    under: &[Substitution],
) -> Result<Option<Met<'a>>, Reason> {
    if clause.conclusion.predicate != context.goal.clause.conclusion.predicate {
        return Err(Reason::NotApplicable);
    }
    let (number, bindings) = match choice {
        Choice::Disjunct { number, bindings } => (number, bindings),
        Choice::Cases { .. } => {
            cases(context, store, clause, choice, under)?;
            return Ok(None);
        }
        Choice::Void => {
            return void(context, store, clause).map(|()| None);
        }
    };
    let disjunct = context
        .goal
        .disjuncts
        .get(*number as usize)
        .ok_or(Reason::NoSuchDisjunct)?;
    let mut instance = fixed(context, store, clause)?;
    let premise: BTreeSet<Var> = instance.iter().map(|(v, _)| v).collect();
    for (position, term) in bindings {
        let var = disjunct
            .existentials
            .get(*position as usize)
            .ok_or(Reason::BadBinding)?;
        let term = term_of(context, store, *term, under)?;
        if premise.contains(var) || instance.bind(*var, term).is_some() {
            return Err(Reason::BadBinding);
        }
    }
    let mut known = premise;
    known.extend(disjunct.existentials.iter().copied());
    let mut free = BTreeSet::new();
    let sides = disjunct.equalities.iter().chain(&disjunct.disequalities);
    for term in disjunct
        .facts
        .iter()
        .flat_map(|f| f.arguments.iter())
        .chain(sides.flat_map(|(l, r)| [l, r]))
    {
        term_variables(store, *term, &mut free);
    }
    if !free.is_subset(&known) {
        return Err(Reason::BadBinding);
    }
    for fact in &disjunct.facts {
        let fact = instance.fact(store, fact);
        if !holds(context, store, clause, &fact) {
            return Err(Reason::FactMissing);
        }
    }
    for (left, right) in &disjunct.equalities {
        let (left, right) = (instance.term(store, *left), instance.term(store, *right));
        if !context.theory.equal(store, left, right) {
            return Err(Reason::EqualityFails);
        }
    }
    for (left, right) in &disjunct.disequalities {
        let constraint = Disequality {
            universals: Vec::new(),
            pairs: vec![(instance.term(store, *left), instance.term(store, *right))],
        };
        if !implied(store, context.theory, &constraint, &clause.constraints)
            && !context
                .theory
                .numbers_differ(store, &constraint, &clause.hypotheses)
        {
            return Err(Reason::DisequalityFails);
        }
    }
    let begins = disjunct
        .injective()
        .map(|f| instance.fact(store, f))
        .collect();
    Ok(Some(Met {
        clause,
        disjunct: *number,
        begins,
    }))
}

/// Without instances there is nothing to show: a constraint that is false of all
/// terms, or facts about numbers that no numbers satisfy together with the
/// constraints (which is how a clause with such facts may be dropped, too), or two
/// executions at one occurrence. Of the last, the certificate says nothing: what
/// happens at one occurrence is unified here (Blanchet 2009, section 6).
fn void(context: &Context<'_>, store: &mut Store, clause: &Clause) -> Result<(), Reason> {
    let void = clause
        .constraints
        .iter()
        .any(|c| is_false(store, context.theory, c))
        || context
            .theory
            .contradictory(store, &clause.hypotheses, &clause.constraints)
        || injective::impossible(context, store, clause);
    if void {
        Ok(())
    } else {
        Err(Reason::ConstraintHolds)
    }
}

/// A term of the certificate, instantiated like the clause.
fn term_of(
    context: &Context<'_>,
    store: &mut Store,
    index: u32,
    under: &[Substitution],
) -> Result<TermId, Reason> {
    let term = context.terms.get(index as usize);
    let mut term = *term.ok_or(Reason::BadBinding)?;
    for substitution in under {
        term = substitution.term(store, term);
    }
    Ok(term)
}

/// Every ground instance of the clause makes the two terms equal, and then it is
/// an instance of the clause under one of their unifiers, or it does not, and
/// then it is one of the clause with the constraint that they differ. Both must
/// meet the conclusion, and without injective events: the instances would have
/// to be compared with each other.
fn cases(
    context: &Context<'_>,
    store: &mut Store,
    clause: &Clause,
    choice: &Choice,
    under: &[Substitution],
) -> Result<(), Reason> {
    let Choice::Cases {
        pair: (left, right),
        equal,
        different,
    } = choice
    else {
        return Err(Reason::NotApplicable);
    };
    let left = term_of(context, store, *left, under)?;
    let right = term_of(context, store, *right, under)?;
    let mut apart = clause.clone();
    apart.constraints.push(Disequality {
        universals: Vec::new(),
        pairs: vec![(left, right)],
    });
    plain(context, store, &apart, different, under)?;
    for unifier in context.theory.unify(store, &[(left, right)]) {
        let mut introduced = BTreeSet::new();
        for (_, image) in unifier.iter() {
            term_variables(store, image, &mut introduced);
        }
        let case = unifier.clause(store, clause);
        if introduced.range(Var(INTRODUCED)..).next().is_some() || too_deep(store, &case) {
            return Err(Reason::NotApplicable);
        }
        let mut under = under.to_vec();
        under.push(unifier);
        let mut refused = Reason::NotApplicable;
        let met = equal.iter().any(|choice| {
            plain(context, store, &case, choice, &under)
                .map_err(|reason| refused = reason)
                .is_ok()
        });
        if !met {
            return Err(refused);
        }
    }
    Ok(())
}

/// As [`met`], for a case: without injective events.
fn plain(
    context: &Context<'_>,
    store: &mut Store,
    clause: &Clause,
    choice: &Choice,
    under: &[Substitution],
) -> Result<(), Reason> {
    let met = met(context, store, clause, choice, under)?;
    if met.is_none_or(|m| m.begins.is_empty()) {
        Ok(())
    } else {
        Err(Reason::InjectiveOmitted)
    }
}

/// Premise variables as the clause fixes them.
fn fixed(context: &Context<'_>, store: &Store, clause: &Clause) -> Result<Substitution, Reason> {
    let asked = &context.goal.clause.conclusion.arguments;
    let given = &clause.conclusion.arguments;
    if asked.len() != given.len() {
        return Err(Reason::NotApplicable);
    }
    let mut out = Substitution::new();
    for (a, g) in asked.iter().zip(given) {
        let View::Var(v) = store.view(*a) else {
            return Err(Reason::BadBinding);
        };
        if out.bind(v, *g).is_some() {
            return Err(Reason::BadBinding);
        }
    }
    Ok(out)
}

/// Whether a fact of the disjunct is among the hypotheses, modulo equality. An
/// attacker fact may also be composed from attacker hypotheses by public
/// symbols, and by nothing else: what the clause set derives without
/// hypotheses, such as an output of the process, is derivable but need not have
/// happened before the goal.
fn holds(context: &Context<'_>, store: &mut Store, clause: &Clause, fact: &Fact) -> bool {
    if matches!(fact.predicate, Predicate::End(_) | Predicate::EndAt(_)) {
        return false;
    }
    if fact.predicate.is_number() {
        return context.theory.follows(store, fact, &clause.hypotheses);
    }
    let equal = |store: &mut Store, a: &[TermId], b: &[TermId]| {
        a.len() == b.len()
            && a.iter()
                .zip(b)
                .all(|(l, r)| context.theory.equal(store, *l, *r))
    };
    if clause
        .hypotheses
        .iter()
        .any(|h| h.predicate == fact.predicate && equal(store, &h.arguments, &fact.arguments))
    {
        return true;
    }
    attacker(fact).is_some_and(|(phase, term)| {
        let known: BTreeSet<TermId> = clause
            .hypotheses
            .iter()
            .filter_map(attacker)
            .filter(|(earlier, _)| logic::phase_of(*earlier) <= logic::phase_of(phase))
            .map(|(_, term)| term)
            .collect();
        composable(context, store, &known, term)
    })
}

/// Whether public symbols make the term from known ones; each subterm of the
/// graph is looked at once.
fn composable(
    context: &Context<'_>,
    store: &Store,
    known: &BTreeSet<TermId>,
    term: TermId,
) -> bool {
    let mut seen = BTreeSet::new();
    let mut work = vec![term];
    while let Some(term) = work.pop() {
        if known.contains(&term) || !seen.insert(term) {
            continue;
        }
        match store.view(term) {
            View::Apply(symbol, arguments)
                if context.signature.info(symbol).is_some_and(|i| i.public) =>
            {
                work.extend_from_slice(arguments);
            }
            _ => return false,
        }
    }
    true
}
