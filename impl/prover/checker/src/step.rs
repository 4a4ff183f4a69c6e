//! What a clause is rewritten to by one step, with nothing lost: every instance of it
//! that is considered is one of some result.
//!
//! *Statements.* Where hypotheses of a goal clause are instances of all premises of a
//! statement that holds of every run considered, its conclusion held before the
//! goal, and the clause may be replaced by one clause per disjunct. The
//! certificate says which hypotheses; the instance, the unifiers of the
//! disjunct's equalities and the clauses are the checker's own. A hypothesis must be true
//! of the run, not only derivable: see [`crate::justify`], and `horn` on what it asks of
//! the translation. That two terms are equal or are not is such a statement.
//!
//! *Occurrences.* What happens at one occurrence happens once. In the instances that
//! derivations give, a message has one representative, so equal messages are equal terms,
//! also under equations, and terms are unified as they are. Resolution rests on the same
//! fact (Blanchet, Abadi and Fournet 2008, section 5), and a statement changes nothing
//! in it: the theory has a unifier for each form that its terms may take. Where two
//! clauses speak of one run, or the certificate names terms, these may be in any form,
//! and terms are unified modulo the theory.

use crate::constraints::implied;
use crate::error::Reason;
use crate::justify::{Context, attacker, knows};
use crate::load::{INTRODUCED, STATED};
use crate::unify::{matches, pairs, unify};
use logic::{
    Clause, Disequality, Fact, Predicate, Store, Substitution, TermId, Var, View, clause_variables,
};
use proof::Step;
use std::collections::BTreeMap;

/// What instances of a clause are considered.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Frame<'a> {
    /// All, modulo the theory, and not only those that derivations give.
    pub(crate) modulo: bool,
    /// What the terms of the certificate are about: the clause that steps started from
    /// had these variables, and the conclusion ends with what has become of them.
    pub(crate) variables: &'a [Var],
}

impl<'a> Frame<'a> {
    /// Those that derivations give.
    pub(crate) const DERIVED: Self = Self::new(false, &[]);

    pub(crate) const fn new(modulo: bool, variables: &'a [Var]) -> Self {
        Self { modulo, variables }
    }

    /// A term of the certificate, as it stands in an instance of the clause.
    pub(crate) fn term(
        self,
        context: &Context<'_>,
        store: &mut Store,
        index: u32,
        clause: &Clause,
    ) -> Result<TermId, Reason> {
        let term = context.terms.get(index as usize);
        let arguments = &clause.conclusion.arguments;
        let first = arguments.len().saturating_sub(self.variables.len());
        let images = self.variables.iter().zip(&arguments[first..]);
        let instance: Substitution = images.map(|(v, t)| (*v, *t)).collect();
        Ok(instance.term(store, *term.ok_or(Reason::BadBinding)?))
    }
}

/// The results of one step.
pub(crate) fn apply(
    context: &Context<'_>,
    store: &mut Store,
    clause: &Clause,
    step: &Step,
    frame: Frame<'_>,
) -> Result<Vec<Clause>, Reason> {
    let at = |i: u32| {
        let fact = clause.hypotheses.get(i as usize);
        fact.ok_or(Reason::NotApplicable)
    };
    let mut result = clause.clone();
    match step {
        Step::Decompose { hypothesis } => {
            let (number, whole) = attacker(at(*hypothesis)?).ok_or(Reason::NotApplicable)?;
            let View::Apply(symbol, arguments) = store.view(whole) else {
                return Err(Reason::NotApplicable);
            };
            let known = context.apart.get(&(symbol, number));
            let numbers = known.ok_or(Reason::NotStanding)?.iter().zip(arguments);
            let parts: Vec<_> = numbers.map(|(n, t)| knows(*n, *t)).collect();
            let index = *hypothesis as usize;
            result.hypotheses.splice(index..=index, parts);
            Ok(vec![result])
        }
        Step::Unify { first, second } => {
            let (one, two) = (at(*first)?, at(*second)?);
            let once = occurrence(one).filter(|o| first < second && Some(*o) == occurrence(two));
            let pairs = once.and(pairs(one, two)).ok_or(Reason::NotApplicable)?;
            result.hypotheses.remove(*second as usize);
            equated(context, store, &result, &pairs, frame.modulo)
        }
        _ if !matches!(clause.conclusion.predicate, Predicate::Goal(_)) => {
            Err(Reason::NotApplicable)
        }
        Step::Lemma { lemma, premises } => stated(context, store, clause, *lemma, premises),
        Step::Split { pair: (l, r) } => {
            let left = frame.term(context, store, *l, clause)?;
            let right = frame.term(context, store, *r, clause)?;
            let mut cases = equated(context, store, clause, &[(left, right)], true)?;
            result.constraints.push(differs(left, right));
            cases.push(result);
            Ok(cases)
        }
    }
}

/// The cases of a clause by a statement, whose premises are these hypotheses.
fn stated(
    context: &Context<'_>,
    store: &mut Store,
    clause: &Clause,
    lemma: u32,
    premises: &[u32],
) -> Result<Vec<Clause>, Reason> {
    let lemma = context.lemmas.iter().find(|l| l.index == lemma);
    let lemma = lemma.ok_or(Reason::NoSuchStatement)?;
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
        out.extend(equated(context, store, &case, &equal, true)?);
    }
    Ok(out)
}

/// The instances of a clause in which terms are equal, perhaps modulo the theory, of
/// which every other one is an instance. Variables that the theory introduces are moved down, so that the next
/// ones it introduces are different.
pub(crate) fn equated(
    context: &Context<'_>,
    store: &mut Store,
    clause: &Clause,
    pairs: &[(TermId, TermId)],
    modulo: bool,
) -> Result<Vec<Clause>, Reason> {
    let unifiers = if modulo && context.theory.has_equations() {
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
        Ok(rename.clause(store, &instance))
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

/// What tells which action, or which execution of an event, a fact is about. There
/// are no two of one.
fn occurrence(fact: &Fact) -> Option<TermId> {
    match fact.predicate {
        Predicate::Action => fact.arguments.first().copied(),
        Predicate::BeginAt(_) => fact.arguments.last().copied(),
        _ => None,
    }
}

pub(crate) fn differs(left: TermId, right: TermId) -> Disequality {
    Disequality {
        universals: Vec::new(),
        pairs: vec![(left, right)],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use horn::{Translation, goal, lemmas, options, translate};

    const FORMS: &str = "free c: channel. type group. type exponent. const g: group.
        fun exp(group, exponent): group. free a, b: exponent. event e(group).
        equation forall x: exponent, y: exponent; exp(exp(g, x), y) = exp(exp(g, y), x).
        restriction x: group; event(e(x)) ==> x = exp(exp(g, b), a).
        query x: group; event(e(x)) ==> x = exp(exp(g, a), b).
        process in(c, x: group); event e(x)";

    /// A statement may have a message in another form than it was received in. That these
    /// are not the same term is no contradiction: there is a case for each form.
    #[test]
    fn two_forms_of_a_message_do_not_contradict_each_other() {
        let mut sources = pi::Sources::default();
        sources.add("forms.pv", FORMS);
        let program = pi::load(sources).program.expect("a model");
        let made = translate(&program, &options(&program, 0));
        let mut translation: Translation = made.expect("supported");
        let goal = goal(&program, &mut translation, 0).expect("supported");
        let statements = lemmas(&program, &mut translation, 0);
        let (signature, theory) = (&translation.signature, &translation.theory);
        let context = Context {
            signature,
            theory,
            terms: &[],
            clauses: &[],
            goal: &goal,
            lemmas: &statements,
            knowledge: false,
            apart: BTreeMap::new(),
        };
        let store = &mut translation.store;
        let named = |name: &str| signature.iter().find(|(_, info)| info.name == name);
        let [exp, g, a, b] = ["exp", "g", "a", "b"].map(|name| named(name).expect("declared").0);
        let [g, a, b] = [g, a, b].map(|name| store.apply(name, &[]));
        let inner = store.apply(exp, &[g, a]);
        let form = store.apply(exp, &[inner, b]);
        let happened = statements[0].premises[0].clone();
        let message = *happened.arguments.last().expect("the message");
        let received = |message| Fact::new(Predicate::Action, vec![a, message]);
        let clause = Clause {
            constraints: Vec::new(),
            hypotheses: vec![happened, received(message), received(form)],
            conclusion: goal.clause.conclusion.clone(),
        };
        let (first, second) = (1, 2);
        let unify = Step::Unify { first, second };
        let (lemma, premises) = (statements[0].index, vec![0]);
        let cases = Step::Lemma { lemma, premises };
        let cases = apply(&context, store, &clause, &cases, Frame::DERIVED).expect("it fits");
        let unified = |case: &Clause, modulo, store: &mut Store| {
            let left = apply(&context, store, case, &unify, Frame::new(modulo, &[]));
            left.expect("one occurrence").len()
        };
        let count = |modulo, store: &mut Store| -> usize {
            cases.iter().map(|c| unified(c, modulo, store).min(1)).sum()
        };
        assert_eq!(cases.len(), 2);
        assert_eq!(count(false, store), 1);
        assert_eq!(count(true, store), 2);
    }
}
