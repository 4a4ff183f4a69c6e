//! Whether solved goal clauses meet the query's conclusion.
//!
//! The variables of the premise are fixed to what the clause concludes; the
//! existential ones are bound by the certificate. Hypotheses only become more
//! specific when a clause is resolved further, so a clause that meets the
//! conclusion does so in all its instances. A clause may also meet it by cases, of which
//! each meets some disjunct, or is void. Of a hypothesis that was derived, or of its
//! parts, it is not said when they were; so nothing is taken apart here.
//!
//! *Injective events.* Each case has chosen its begin events. If two instances of the
//! premise, derived by instances of two cases, were met by one execution of a begin event,
//! then that event unifies with itself, the hypotheses of both hold of one run, and
//! whatever happens at one occurrence happens once. The query holds if for every two
//! cases, one with itself included, this is contradictory or makes the executions of the
//! premise equal (Blanchet, "Automatic Verification of Correspondences for Security
//! Protocols", 2009, section 6). Statements that may be used speak of that run, too.
//!
//! Two disjuncts may not share an execution either, which asks for more than the
//! query does when they stem from different events of its text.

use crate::constraints::implied;
use crate::error::{Place, Reason, Refusal};
use crate::justify::{Context, attacker, justify};
use crate::load::{moved, number};
use crate::step::{Frame, differs, equated};
use crate::unify::pairs;
use logic::{
    Clause, Fact, Predicate, Store, Substitution, TermId, Var, View, clause_variables,
    fact_variables, phase_of,
};
use proof::{Disjunct, Justification, Same, SaturationCertificate, Selection, Witness};
use std::collections::BTreeSet;

/// A case of a solved goal clause with the begin events it chose.
#[derive(Debug)]
struct Met {
    clause: Clause,
    disjunct: u32,
    /// Injective events of the disjunct, in order.
    begins: Vec<Fact>,
}

/// Every clause that concludes the goal as it stands meets the query, and no two are
/// met by one execution.
pub(crate) fn witnesses(
    context: &Context<'_>,
    store: &mut Store,
    certificate: &SaturationCertificate,
) -> Result<usize, Refusal> {
    let mut given = certificate.witnesses.iter();
    let mut all = Vec::new();
    let goal = &context.goal.clause.conclusion;
    for (index, (clause, selection)) in (0..).zip(context.clauses) {
        let conclusion = &clause.conclusion;
        if conclusion.predicate != goal.predicate || *selection != Selection::Conclusion {
            continue;
        }
        let witness = given.next();
        let place = Place::Witness(witness.map_or(index, |w| w.clause.min(index)));
        let witness = witness.filter(|w| w.clause == index);
        let witness = witness.ok_or_else(|| place.lacks(Reason::Entries))?;
        met(context, store, clause, witness, &mut all).map_err(|reason| place.lacks(reason))?;
    }
    if let Some(extra) = given.next() {
        return Err(Place::Witness(extra.clause).lacks(Reason::Entries));
    }
    let mut given = certificate.pairs.as_slice();
    let place = |given: &[_]| Place::Pair(number(certificate.pairs.len() - given.len()));
    for (i, left) in all.iter().enumerate() {
        for right in &all[i..] {
            let compared = compared(context, store, left, right, &mut given);
            compared.map_err(|reason| place(given).lacks(reason))?;
        }
    }
    match given {
        [] => Ok(certificate.witnesses.len()),
        _ => Err(place(given).lacks(Reason::Entries)),
    }
}

/// Checks one witness, and adds the cases in which it chooses begin events.
fn met(
    context: &Context<'_>,
    store: &mut Store,
    clause: &Clause,
    witness: &Witness,
    all: &mut Vec<Met>,
) -> Result<(), Reason> {
    let asked = &context.goal.clause.conclusion.arguments;
    let given = &clause.conclusion.arguments;
    if asked.len() != given.len() {
        return Err(Reason::NotApplicable);
    }
    let variables: Vec<Var> = clause_variables(store, clause).into_iter().collect();
    let frame = Frame::new(true, &variables);
    let images = variables.iter().map(|v| store.var(*v));
    let arguments: Vec<_> = given.iter().copied().chain(images).collect();
    let framed = Clause {
        conclusion: Fact::new(clause.conclusion.predicate, arguments),
        ..clause.clone()
    };
    let mut leaf = |store: &mut Store, clause: Clause, chosen: &Disjunct| {
        let begins = disjunct(context, store, &clause, chosen, frame)?;
        if !begins.is_empty() {
            let disjunct = chosen.number;
            all.push(Met {
                clause,
                disjunct,
                begins,
            });
        }
        Ok(())
    };
    let clauses = vec![framed];
    justify(context, store, clauses, &witness.by, frame, &mut leaf)
}

/// The injective events of a disjunct that the clause meets.
fn disjunct(
    context: &Context<'_>,
    store: &mut Store,
    clause: &Clause,
    chosen: &Disjunct,
    frame: Frame<'_>,
) -> Result<Vec<Fact>, Reason> {
    let disjunct = context.goal.disjuncts.get(chosen.number as usize);
    let disjunct = disjunct.ok_or(Reason::NoSuchStatement)?;
    let mut instance = Substitution::new();
    let asked = &context.goal.clause.conclusion.arguments;
    for (a, g) in asked.iter().zip(&clause.conclusion.arguments) {
        match store.view(*a) {
            View::Var(v) if instance.bind(v, *g).is_none() => {}
            _ => return Err(Reason::BadBinding),
        }
    }
    for (position, term) in &chosen.bindings {
        let var = disjunct.existentials.get(*position as usize);
        let term = frame.term(context, store, *term, clause)?;
        let var = *var.ok_or(Reason::BadBinding)?;
        if instance.bind(var, term).is_some() {
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

/// Checks, with what is given next, that no run has both with one execution of an
/// injective event, but for one execution of the premise.
fn compared(
    context: &Context<'_>,
    store: &mut Store,
    left: &Met,
    right: &Met,
    given: &mut &[Justification<Same>],
) -> Result<(), Reason> {
    let mut variables = clause_variables(store, &right.clause);
    for begin in &right.begins {
        variables.extend(fact_variables(store, begin));
    }
    let rename = moved(store, variables);
    let other = rename.clause(store, &right.clause);
    let goal = &context.goal.clause.conclusion;
    let premise = goal.arguments.len() - context.goal.executions..goal.arguments.len();
    let executions = |clause: &Clause| clause.conclusion.arguments[premise.clone()].to_vec();
    let executions = [executions(&left.clause), executions(&other)].concat();
    let both = Clause {
        constraints: [left.clause.constraints.as_slice(), &other.constraints].concat(),
        hypotheses: [left.clause.hypotheses.as_slice(), &other.hypotheses].concat(),
        conclusion: Fact::new(goal.predicate, executions),
    };
    for (i, first) in left.begins.iter().enumerate() {
        for (j, second) in right.begins.iter().enumerate() {
            let second = rename.fact(store, second);
            let comparable = left.disjunct != right.disjunct || i == j;
            if let Some(pairs) = pairs(first, &second).filter(|_| comparable) {
                let cases = equated(context, store, &both, &pairs, true)?;
                if !cases.is_empty() {
                    let (by, later) = given.split_first().ok_or(Reason::Entries)?;
                    one_premise(context, store, cases, by)?;
                    *given = later;
                }
            }
        }
    }
    Ok(())
}

/// Checks that there is no such run, but for one execution of the premise: the
/// executions are in the conclusion, those of one clause first.
fn one_premise(
    context: &Context<'_>,
    store: &mut Store,
    cases: Vec<Clause>,
    by: &Justification<Same>,
) -> Result<(), Reason> {
    let mut leaf = |store: &mut Store, case: Clause, _: &Same| {
        let executions = &case.conclusion.arguments;
        let (ends, others) = executions.split_at(executions.len() / 2);
        let mut both = ends.iter().zip(others);
        let same = both.all(|(l, r)| context.theory.equal(store, *l, *r)) && !ends.is_empty();
        same.then_some(()).ok_or(Reason::NotInjective)
    };
    justify(context, store, cases, by, Frame::new(true, &[]), &mut leaf)
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
        let pairs = pairs(h, fact);
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
