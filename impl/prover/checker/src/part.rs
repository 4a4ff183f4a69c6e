//! One part of a query: the clause set, what covers it, and what meets the query.
//!
//! *What certificates have in common.* Queries that share a saturation have
//! certificates that begin alike: the same scope, the same clauses before those that
//! conclude the goal, the same justifications of the initial clauses and of the
//! resolvents of these clauses. The beginning is checked by itself, with its own
//! clauses and no lemma to use, and so once only: nothing that is looked at differs.
//! None of its clauses has a goal as hypothesis, so that the others have no resolvents
//! with them.
//!
//! The beginnings are compared by SHA-256 over all that is in them, since one takes
//! as much room as a certificate: two that differ and have one digest are two that
//! nobody can find. Nothing is remembered of a beginning that was refused.

use crate::apart::apart;
use crate::error::{Place, Reason, Refusal};
use crate::justify::{Context, covered};
use crate::load::number;
use crate::{Checked, goal, load, unify};
use horn::{Goal, Lemma, Translation};
use logic::{Clause, Fact, Predicate, Store, Symbol, clause_variables};
use pi::{LemmaKind, Program};
use proof::{CertifiedClause, FactNode, Resolvent, SaturationCertificate, Scope, Selection};
use std::collections::{BTreeMap, BTreeSet};

/// Translations that are kept, the latest first.
const KEPT: usize = 6;

/// What was found out before about one program.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    /// Without goals.
    translations: Vec<(Scope, Translation)>,
    /// Digests of beginnings that were verified.
    verified: BTreeSet<[u8; 32]>,
}

impl Memory {
    fn translation(&mut self, program: &Program, scope: &Scope) -> Result<Translation, Refusal> {
        if let Some((_, known)) = self.translations.iter().find(|(s, _)| s == scope) {
            return Ok(known.clone());
        }
        let made = horn::translate(program, &load::options(scope));
        let made = made.map_err(Refusal::Untranslatable)?;
        self.translations.truncate(KEPT - 1);
        self.translations.insert(0, (scope.clone(), made.clone()));
        Ok(made)
    }
}

/// Checks one part of a query, whatever the certificate says of others.
pub(crate) fn part(
    program: &Program,
    certificate: &SaturationCertificate,
    (query, due): (u32, u32),
    proved: &BTreeSet<u32>,
    memory: &mut Memory,
) -> Result<Checked, Refusal> {
    is_meant(program, certificate, (query, due))?;
    let mut translation = memory.translation(program, &certificate.scope)?;
    let symbols = translation.signature.len();
    let (goal, own) = if certificate.induction {
        let by_induction = horn::induction(program, &mut translation, query);
        let by_induction = by_induction.filter(|_| due == 0);
        let by_induction = by_induction.ok_or(Refusal::NotInductive(query))?;
        (by_induction.goal, Some(by_induction.statement))
    } else {
        let goal = horn::goal_of(program, &mut translation, query, due);
        (goal.map_err(Refusal::Untranslatable)?, None)
    };
    // Axioms and restrictions need no proof; a lemma has to have one.
    let may_use = |lemma: &Lemma| match lemma.kind {
        LemmaKind::Axiom | LemmaKind::Restriction => true,
        LemmaKind::Lemma => lemma.query.is_some_and(|q| proved.contains(&q)),
    };
    let lemmas = horn::lemmas(program, &mut translation, query).into_iter();
    let lemmas: Vec<Lemma> = lemmas.filter(may_use).chain(own).collect();
    let (signature, theory) = (&translation.signature, &translation.theory);
    let (initial, store) = (&translation.clauses, &mut translation.store);
    let mut next = load::UNIVERSAL;
    let first = beginning(&certificate.clauses)?;
    let terms = load::terms(certificate, signature, store)?;
    let clauses = load::clauses(certificate, first, &terms, store, &mut next)?;
    let mut context = Context {
        signature,
        theory,
        terms: &terms,
        clauses: &clauses[..first],
        goal: &goal,
        lemmas: &[],
        knowledge: knowledge(&goal, &lemmas),
        apart: BTreeMap::new(),
    };
    let last = number(initial.len());
    let covers = certificate.cover.split_last();
    let covers = covers.filter(|(_, covers)| covers.len() == initial.len());
    let (by, covers) = covers.ok_or_else(|| Place::Cover(last).lacks(Reason::Entries))?;
    let resolvents = certificate.closure.iter();
    let resolvents = resolvents.take_while(|r| (r.left as usize) < first).count();
    let (resolvents, others) = certificate.closure.split_at(resolvents);
    // Symbols of the goal's own would mean something else for another goal.
    let (scope, pieces) = (&certificate.scope, &certificate.apart);
    let nodes = &certificate.clauses[..first];
    let begun = (scope, &certificate.terms, nodes, pieces, covers, resolvents);
    let digest = proof::digest_of(&(begun, context.knowledge));
    let digest = digest.filter(|_| signature.len() == symbols);
    if digest.is_some_and(|d| memory.verified.contains(&d)) {
        let known = certificate.apart.iter();
        context.apart = known
            .map(|e| ((Symbol(e.symbol), e.number), e.parts.clone()))
            .collect();
    } else {
        apart(&mut context, store, &certificate.apart)?;
        for ((index, clause), by) in (0..).zip(initial.iter()).zip(covers) {
            let clause = load::distinct(store, &clause.clause, &mut next);
            covered(&context, store, clause, by).map_err(|r| Place::Cover(index).lacks(r))?;
        }
        closure(&context, store, 0, resolvents)?;
        memory.verified.extend(digest);
    }
    context.clauses = &clauses;
    context.lemmas = &lemmas;
    let clause = load::distinct(store, &goal.clause, &mut next);
    covered(&context, store, clause, by).map_err(|r| Place::Cover(last).lacks(r))?;
    closure(&context, store, first, others)?;
    context.apart.clear();
    let solved = goal::witnesses(&context, store, certificate)?;
    Ok(Checked {
        query,
        initial: initial.len() + 1,
        resolvents: certificate.closure.len(),
        solved,
    })
}

/// Whether the certificate is for this part of this query of the program.
fn is_meant(
    program: &Program,
    certificate: &SaturationCertificate,
    (query, due): (u32, u32),
) -> Result<(), Refusal> {
    let (found, count) = (certificate.version, program.queries.len());
    if found != proof::VERSION {
        return Err(Refusal::Version(found));
    }
    if query as usize >= count {
        return Err(Refusal::NoSuchQuery(query, count));
    }
    if certificate.query != query || certificate.part != due {
        return Err(Refusal::OtherPart(certificate.part, due));
    }
    let files = program.sources.files().iter();
    if certificate.program != proof::digest(files.map(|f| (f.name.as_str(), f.text.as_str()))) {
        return Err(Refusal::OtherProgram);
    }
    Ok(())
}

/// Whether it matters what the attacker knew: the query, or a statement that may be
/// used, speaks of it. User predicates do not matter: their clauses mention neither
/// the attacker nor the run, so that one holds does not depend on when.
fn knowledge(goal: &Goal, lemmas: &[Lemma]) -> bool {
    let asked = goal.disjuncts.iter().flat_map(|d| &d.facts);
    let mut facts = asked.chain(lemmas.iter().flat_map(|l| &l.premises));
    facts.any(|f| matches!(f.predicate, Predicate::Attacker(_)))
}

/// How many clauses there are before those that conclude a goal.
fn beginning(clauses: &[CertifiedClause]) -> Result<usize, Refusal> {
    let is_goal = |f: &FactNode| matches!(f.predicate, Predicate::Goal(_));
    let goal = |c: &CertifiedClause| is_goal(&c.conclusion);
    let first = clauses.iter().position(goal).unwrap_or(clauses.len());
    let asked = clauses.iter().flat_map(|c| &c.hypotheses).any(is_goal);
    if asked || !clauses[first..].iter().all(goal) {
        let what = "a goal that is asked for, or that other clauses follow";
        return Err(load::malformed(what.to_owned()));
    }
    Ok(first)
}

/// Every resolvent is covered whose left clause is not below `from`.
fn closure(
    context: &Context<'_>,
    store: &mut Store,
    from: usize,
    given: &[Resolvent],
) -> Result<(), Refusal> {
    let mut rights: BTreeMap<Predicate, Vec<(u32, Clause)>> = BTreeMap::new();
    for (index, (clause, selection)) in (0..).zip(context.clauses) {
        if *selection == Selection::Conclusion {
            let rename = load::moved(store, clause_variables(store, clause));
            let apart = rename.clause(store, clause);
            let same = rights.entry(clause.conclusion.predicate).or_default();
            same.push((index, apart));
        }
    }
    let mut given = given.iter();
    for (left, (clause, selection)) in (0..).zip(context.clauses).skip(from) {
        let Selection::Hypothesis(at) = selection else {
            continue;
        };
        let selected = clause.hypotheses[*at as usize].predicate;
        for (right, other) in rights.get(&selected).into_iter().flatten() {
            let Some(resolvent) = resolve(store, clause, *at as usize, other) else {
                continue;
            };
            let (due, entry) = ((left, *right), given.next());
            let (left, right) = entry.map_or(due, |r| due.min((r.left, r.right)));
            let place = Place::Closure(left, right);
            let by = entry.filter(|r| due == (r.left, r.right)).map(|r| &r.by);
            let by = by.ok_or_else(|| place.lacks(Reason::Entries))?;
            covered(context, store, resolvent, by).map_err(|reason| place.lacks(reason))?;
        }
    }
    match given.next() {
        None => Ok(()),
        Some(r) => Err(Place::Closure(r.left, r.right).lacks(Reason::Entries)),
    }
}

/// The resolvent of `left` on hypothesis `at` with the conclusion of `right`,
/// whose variables are already apart.
fn resolve(store: &mut Store, left: &Clause, at: usize, right: &Clause) -> Option<Clause> {
    let pairs = unify::pairs(&left.hypotheses[at], &right.conclusion)?;
    let unifier = unify::unify(store, &pairs)?;
    let mut hypotheses: Vec<Fact> = left.hypotheses.clone();
    hypotheses.remove(at);
    hypotheses.extend_from_slice(&right.hypotheses);
    let whole = Clause {
        constraints: [left.constraints.as_slice(), &right.constraints].concat(),
        hypotheses,
        conclusion: left.conclusion.clone(),
    };
    Some(unifier.clause(store, &whole))
}
