//! Whether a goal clause meets the query's conclusion.
//!
//! The variables of the premise are fixed to what the clause concludes; the
//! existential ones are bound by the certificate. Hypotheses only become more
//! specific when a clause is resolved further, so a clause that meets the
//! conclusion does so in all its instances.
//!
//! A clause may also meet the conclusion by cases: instances in which two terms are
//! equal apart from the others. A case of which nothing is an instance needs no
//! disjunct.

use crate::constraints::{implied, void};
use crate::error::Reason;
use crate::injective::{self, Met};
use crate::justify::{Context, attacker};
use crate::load::{INTRODUCED, shallow};
use logic::{
    Clause, Disequality, Fact, Predicate, Store, Substitution, TermId, Var, View, phase_of,
    term_variables,
};
use proof::Choice;
use std::collections::BTreeSet;

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
    match choice {
        Choice::Disjunct { number, bindings } => {
            let begins = disjunct(context, store, clause, (*number, bindings), under)?;
            Ok(Some(Met {
                clause,
                disjunct: *number,
                begins,
            }))
        }
        Choice::Cases {
            pair: (left, right),
            equal,
            different,
        } => {
            let left = term_of(context, store, *left, under)?;
            let right = term_of(context, store, *right, under)?;
            cases(
                context,
                store,
                clause,
                (left, right),
                equal,
                different,
                under,
            )
            .map(|()| None)
        }
        // Of the last, the certificate says nothing: what happens at one occurrence is
        // unified here (Blanchet 2009, section 6).
        Choice::Void
            if void(store, context.theory, clause)
                || injective::impossible(context, store, clause) =>
        {
            Ok(None)
        }
        Choice::Void => Err(Reason::ConstraintHolds),
    }
}

/// The injective events of a disjunct that the clause meets.
fn disjunct(
    context: &Context<'_>,
    store: &mut Store,
    clause: &Clause,
    (number, bindings): (u32, &[(u32, u32)]),
    under: &[Substitution],
) -> Result<Vec<Fact>, Reason> {
    let disjunct = context.goal.disjuncts.get(number as usize);
    let disjunct = disjunct.ok_or(Reason::NoSuchDisjunct)?;
    let mut instance = Substitution::new();
    let asked = &context.goal.clause.conclusion.arguments;
    let given = &clause.conclusion.arguments;
    if asked.len() != given.len() {
        return Err(Reason::NotApplicable);
    }
    for (a, g) in asked.iter().zip(given) {
        match store.view(*a) {
            View::Var(v) if instance.bind(v, *g).is_none() => {}
            _ => return Err(Reason::BadBinding),
        }
    }
    for (position, term) in bindings {
        let var = disjunct.existentials.get(*position as usize);
        let term = term_of(context, store, *term, under)?;
        if instance
            .bind(*var.ok_or(Reason::BadBinding)?, term)
            .is_some()
        {
            return Err(Reason::BadBinding);
        }
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
        let differ = differs(instance.term(store, *left), instance.term(store, *right));
        let (theory, numbers) = (context.theory, &clause.hypotheses);
        if !implied(store, theory, &differ, &clause.constraints)
            && !theory.numbers_differ(store, &differ, numbers)
        {
            return Err(Reason::DisequalityFails);
        }
    }
    let begins = disjunct.injective().map(|f| instance.fact(store, f));
    Ok(begins.collect())
}

pub(crate) fn differs(left: TermId, right: TermId) -> Disequality {
    Disequality {
        universals: Vec::new(),
        pairs: vec![(left, right)],
    }
}

/// A term of the certificate, instantiated like the clause.
fn term_of(
    context: &Context<'_>,
    store: &mut Store,
    index: u32,
    under: &[Substitution],
) -> Result<TermId, Reason> {
    let term = context
        .terms
        .get(index as usize)
        .ok_or(Reason::BadBinding)?;
    Ok(under.iter().fold(*term, |t, s| s.term(store, t)))
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
    (left, right): (TermId, TermId),
    equal: &[Choice],
    different: &Choice,
    under: &[Substitution],
) -> Result<(), Reason> {
    let plain =
        |store: &mut Store, clause: &Clause, choice: &Choice, under: &[Substitution]| match met(
            context, store, clause, choice, under,
        )? {
            Some(met) if !met.begins.is_empty() => Err(Reason::InjectiveOmitted),
            _ => Ok(()),
        };
    let mut apart = clause.clone();
    apart.constraints.push(differs(left, right));
    plain(store, &apart, different, under)?;
    for unifier in context.theory.unify(store, &[(left, right)]) {
        let case = unifier.clause(store, clause);
        shallow(store, &case)?;
        // The next unifier would introduce the same ones.
        let mut variables = BTreeSet::new();
        for (_, image) in unifier.iter() {
            term_variables(store, image, &mut variables);
        }
        if variables.range(Var(INTRODUCED)..).next().is_some() {
            return Err(Reason::NotApplicable);
        }
        let under = [under, &[unifier]].concat();
        let mut refused = Reason::NotApplicable;
        if !equal.iter().any(|choice| {
            let met = plain(store, &case, choice, &under);
            met.map_err(|reason| refused = reason).is_ok()
        }) {
            return Err(refused);
        }
    }
    Ok(())
}

/// Whether a fact is among the hypotheses of a clause, modulo equality. An
/// attacker fact may also be composed from attacker hypotheses by public
/// symbols, and by nothing else: what the clause set derives without
/// hypotheses, such as an output of the process, is derivable but need not have
/// happened before.
pub(crate) fn holds(
    context: &Context<'_>,
    store: &mut Store,
    clause: &Clause,
    fact: &Fact,
) -> bool {
    let theory = context.theory;
    match fact.predicate {
        Predicate::End(_) | Predicate::EndAt(_) => return false,
        number if number.is_number() => {
            let given = (&*clause.hypotheses, &*clause.constraints);
            return theory.follows_apart(store, fact, given);
        }
        _ => {}
    }
    let mut hypotheses = clause.hypotheses.iter();
    hypotheses.any(|h| {
        let pairs = crate::unify::pairs(h, fact);
        pairs.is_some_and(|all| all.iter().all(|(l, r)| theory.equal(store, *l, *r)))
    }) || attacker(fact).is_some_and(|(phase, term)| {
        let known = clause.hypotheses.iter().filter_map(attacker);
        let known = known.filter(|(earlier, _)| phase_of(*earlier) <= phase_of(phase));
        composable(context, store, &known.map(|(_, term)| term).collect(), term)
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
    let is_public = |symbol| context.signature.info(symbol).is_some_and(|i| i.public);
    let mut seen = BTreeSet::new();
    let mut work = vec![term];
    while let Some(term) = work.pop() {
        if known.contains(&term) || !seen.insert(term) {
            continue;
        }
        match store.view(term) {
            View::Apply(symbol, arguments) if is_public(symbol) => work.extend(arguments),
            _ => return false,
        }
    }
    true
}
