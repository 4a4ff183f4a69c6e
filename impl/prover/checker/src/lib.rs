//! Re-checks a saturation certificate; small, slow, plain.
//!
//! ```text
//! program text ──pi, horn──▶ initial clauses, goal ─┐
//!                                                    ├─▶ Checked | Refusal
//! certificate ──────load────▶ clause set, reasons ──┘
//! ```
//!
//! The checker translates the program itself and never reads an initial clause
//! or a resolvent from the certificate. It verifies that
//!
//! 1. every initial clause and the goal clause is covered by the clause set,
//! 2. no clause selects a blocked hypothesis,
//! 3. every resolvent of the set, found by the checker's own enumeration and
//!    unifier, is covered,
//! 4. every clause that concludes the goal and selects its conclusion meets the
//!    query, and
//! 5. no two of them can be met by one execution of an injective event.
//!
//! In a proof by induction the query itself is among the statements that may be
//! used, and the goal is another one, of which everything that a clause says to have
//! happened came strictly before: see `horn`.
//!
//! By 1 and 3, whatever is derivable from the initial clauses is derivable with
//! clauses that select their conclusion (Blanchet 2016, section 4.2.2, whatever
//! the selection function); by 4 every such derivation of the goal meets the
//! query; and every run of the process makes only derivable facts true, which
//! is the theorem behind `horn`. That theorem, the parser and this crate are
//! the trusted base of a positive verdict.

mod closed;
mod error;
mod goal;
mod injective;
mod justify;
mod lemma;
mod load;
mod standing;
mod subsume;
mod unify;

pub use error::{Place, Reason, Refusal};

use closed::{Closed, Part};
use horn::{Goal, Lemma, Translation};
use justify::{Context, justify};
use load::{Fresh, RESERVED};
use logic::{Clause, Fact, Predicate, Store, Substitution, Var, clause_variables};
use pi::LemmaKind;
use proof::{Justification, SaturationCertificate, Selection};
use standing::{Facts, Standing};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// What was verified; only [`check`] makes one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
#[non_exhaustive]
pub struct Checked {
    /// Index of the query that holds.
    pub query: u32,
    /// Initial clauses covered.
    pub initial: usize,
    /// Resolvents covered.
    pub resolvents: usize,
    /// Solved goal clauses that meet the query.
    pub solved: usize,
}

/// Checks that the certificate proves its query of this program.
///
/// # Errors
///
/// [`Refusal`] names the entry and the rule; the query is then not proved.
pub fn check(
    program: &pi::Program,
    certificate: &SaturationCertificate,
) -> Result<Checked, Refusal> {
    Checker::new(program).check(certificate)
}

/// Checks certificates of one program, and goes once only over what several of
/// them have in common: see [`closed`].
#[derive(Debug)]
pub struct Checker<'a> {
    program: &'a pi::Program,
    closed: Vec<Closed>,
}

impl<'a> Checker<'a> {
    /// Nothing was checked yet.
    #[must_use]
    pub fn new(program: &'a pi::Program) -> Self {
        Self {
            program,
            closed: Vec::new(),
        }
    }

    /// The program.
    #[must_use]
    pub fn program(&self) -> &'a pi::Program {
        self.program
    }

    /// As [`check`].
    ///
    /// # Errors
    /// As [`check`]; it makes no difference what was checked before.
    pub fn check(&mut self, certificate: &SaturationCertificate) -> Result<Checked, Refusal> {
        let asked = pi::asked(self.program, certificate.query)
            .map_err(|error| Refusal::Untranslatable(vec![error]))?;
        match asked {
            Cow::Borrowed(program) => with_lemmas(program, certificate, &mut self.closed),
            // Another process, hence other clauses.
            Cow::Owned(program) => with_lemmas(&program, certificate, &mut Vec::new()),
        }
    }
}

fn with_lemmas(
    program: &pi::Program,
    certificate: &SaturationCertificate,
    closed: &mut Vec<Closed>,
) -> Result<Checked, Refusal> {
    let mut proved = BTreeSet::new();
    for lemma in &certificate.lemmas {
        let earlier = proved.last().is_none_or(|last| *last < lemma.query);
        if !earlier || lemma.query >= certificate.query || !lemma.lemmas.is_empty() {
            return Err(Refusal::NotALemma { query: lemma.query });
        }
        let _ = whole(program, lemma, &proved, closed)?;
        proved.insert(lemma.query);
    }
    whole(program, certificate, &proved, closed)
}

/// Checks a query, which may use these lemmas: of the program itself, or of one whose
/// nested events carry more.
fn whole(
    program: &pi::Program,
    certificate: &SaturationCertificate,
    proved: &BTreeSet<u32>,
    closed: &mut Vec<Closed>,
) -> Result<Checked, Refusal> {
    let Some(number) = certificate.carried else {
        return all_parts(program, certificate, proved, closed);
    };
    let carried = horn::carried(program, certificate.query);
    let program = carried
        .get(number as usize)
        .ok_or(Refusal::NotCarried { number })?;
    all_parts(program, certificate, proved, &mut Vec::new())
}

/// Checks all parts of a query.
fn all_parts(
    program: &pi::Program,
    certificate: &SaturationCertificate,
    proved: &BTreeSet<u32>,
    closed: &mut Vec<Closed>,
) -> Result<Checked, Refusal> {
    let mut checked = part(program, certificate, (certificate.query, 0), proved, closed)?;
    let count = horn::parts(program, certificate.query).map_err(Refusal::Untranslatable)?;
    let (mut due, mut count) = (1, count);
    let others = horn::other_parts(program, certificate.query);
    if let Some(inner) = certificate.inner.first()
        && let Some(way) = others.iter().find(|way| way.start == inner.part)
    {
        // Another way to take the query apart, which is enough by itself.
        (due, count) = (way.start, way.end);
    }
    for inner in &certificate.inner {
        if due >= count || !inner.inner.is_empty() {
            return Err(Refusal::OtherPart {
                found: inner.part,
                wanted: count,
            });
        }
        let more = part(program, inner, (certificate.query, due), proved, closed)?;
        checked.initial += more.initial;
        checked.resolvents += more.resolvents;
        checked.solved += more.solved;
        due += 1;
    }
    if due < count {
        return Err(Refusal::OtherPart {
            found: due,
            wanted: due,
        });
    }
    Ok(checked)
}

/// Checks one part of a query, whatever the certificate says of others.
fn part(
    program: &pi::Program,
    certificate: &SaturationCertificate,
    (query, due): (u32, u32),
    proved: &BTreeSet<u32>,
    closed: &mut Vec<Closed>,
) -> Result<Checked, Refusal> {
    if certificate.version != proof::VERSION {
        return Err(Refusal::Version {
            found: certificate.version,
        });
    }
    if query as usize >= program.queries.len() {
        return Err(Refusal::NoSuchQuery {
            query: certificate.query,
            count: program.queries.len(),
        });
    }
    if certificate.query != query || certificate.part != due {
        return Err(Refusal::OtherPart {
            found: certificate.part,
            wanted: due,
        });
    }
    if certificate.program
        != proof::digest(
            program
                .sources
                .files()
                .iter()
                .map(|f| (f.name.as_str(), f.text.as_str())),
        )
    {
        return Err(Refusal::OtherProgram);
    }
    let before = closed.iter().find(|c| c.is_of(&certificate.scope));
    let mut translation = match before {
        Some(before) => before.translation.clone(),
        None => {
            let options = load::options(program, &certificate.scope)?;
            horn::translate(program, &options).map_err(Refusal::Untranslatable)?
        }
    };
    let original = before.is_none().then(|| translation.clone());
    let symbols = translation.signature.len();
    let (goal, own) = if certificate.induction {
        let by_induction = horn::induction(program, &mut translation, query)
            .filter(|_| due == 0)
            .ok_or(Refusal::NotInductive { query })?;
        (by_induction.goal, Some(by_induction.statement))
    } else {
        let goal = horn::goal_of(program, &mut translation, query, due)
            .map_err(Refusal::Untranslatable)?;
        (goal, None)
    };
    let lemmas: Vec<Lemma> = horn::lemmas(program, &mut translation, query)
        .into_iter()
        .filter(|l| may_use(l, proved))
        .chain(own)
        .collect();
    let Translation {
        signature,
        mut store,
        theory,
        clauses: initial,
        ..
    } = translation;
    let mut fresh = Fresh::new();
    let loaded = load::load(certificate, &signature, &mut store, &mut fresh)?;
    legal(&loaded.clauses)?;
    let context = Context {
        signature: &signature,
        theory: &theory,
        terms: &loaded.terms,
        clauses: &loaded.clauses,
        goal: &goal,
        lemmas: &lemmas,
    };
    let facts = facts(&goal, &lemmas);
    let mut standing = Standing::new(&signature, &loaded.clauses, facts);
    // Symbols of the goal's own would mean something else for another goal.
    let common = (signature.len() == symbols)
        .then(|| Part::of(certificate, initial.len(), facts))
        .flatten();
    let known = common
        .as_ref()
        .zip(before)
        .and_then(|(common, before)| before.resolvents(common));

    let initial: Vec<&Clause> = initial
        .iter()
        .map(|c| &c.clause)
        .chain([&goal.clause])
        .collect();
    let skipped = known.map_or(0, |_| initial.len() - 1);
    for (index, clause) in initial.iter().enumerate().skip(skipped) {
        let place = Place::Cover(number(index));
        let entry = certificate
            .cover
            .get(index)
            .ok_or(unjustified(place, Reason::Missing))?;
        let clause = fresh.universals(&mut store, clause);
        justify(&context, &mut standing, &mut store, clause, entry)
            .map_err(|reason| unjustified(place, reason))?;
    }
    if let Some(extra) = certificate
        .cover
        .get(initial.len()..)
        .filter(|r| !r.is_empty())
    {
        let place = Place::Cover(number(initial.len() + extra.len() - 1));
        return Err(unjustified(place, Reason::Extra));
    }
    let from = known.map_or(0, |_| common.as_ref().map_or(0, Part::size));
    let mut resolvents = closure(&context, &mut standing, &mut store, certificate, from)?;
    let solved = witnesses(&context, &mut store, certificate)?;
    match (known, common) {
        (Some(known), _) => resolvents += known,
        (None, Some(common)) => {
            if let Some(original) = original {
                closed.truncate(closed::KEPT - 1);
                closed.insert(0, Closed::new(certificate.scope.clone(), original));
            }
            if let Some(closed) = closed.iter_mut().find(|c| c.is_of(&certificate.scope)) {
                closed.note(&common);
            }
        }
        (None, None) => {}
    }
    Ok(Checked {
        query: certificate.query,
        initial: initial.len(),
        resolvents,
        solved,
    })
}

/// Axioms and restrictions need no proof; a lemma has to have one.
fn may_use(lemma: &Lemma, proved: &BTreeSet<u32>) -> bool {
    match lemma.kind {
        LemmaKind::Axiom | LemmaKind::Restriction => true,
        LemmaKind::Lemma => lemma.query.is_some_and(|q| proved.contains(&q)),
    }
}

/// What a clause's removal may rely on, given what the query and the statements
/// that may be used speak of. User predicates do not matter: their clauses mention
/// neither the attacker nor the run, so that one holds does not depend on when.
fn facts(goal: &Goal, lemmas: &[Lemma]) -> Facts {
    let knowledge = goal
        .disjuncts
        .iter()
        .flat_map(|d| &d.facts)
        .chain(lemmas.iter().flat_map(|l| &l.premises))
        .any(|f| matches!(f.predicate, Predicate::Attacker(_)));
    if knowledge {
        Facts::None
    } else {
        Facts::OfTheSet
    }
}

fn legal(clauses: &[(Clause, Selection)]) -> Result<(), Refusal> {
    for (index, (clause, selection)) in clauses.iter().enumerate() {
        let place = Place::Clause(number(index));
        if let Selection::Hypothesis(h) = selection {
            let fact = clause
                .hypotheses
                .get(*h as usize)
                .ok_or(unjustified(place, Reason::NotApplicable))?;
            if fact.predicate.is_blocked() {
                return Err(unjustified(place, Reason::BlockedSelected));
            }
        }
    }
    Ok(())
}

/// Enumerates every resolvent whose left clause is not below `from` and asks for
/// its justification.
fn closure(
    context: &Context<'_>,
    standing: &mut Standing<'_>,
    store: &mut Store,
    certificate: &SaturationCertificate,
    from: usize,
) -> Result<usize, Refusal> {
    let mut reasons: BTreeMap<(u32, u32), &Justification> = BTreeMap::new();
    let resolvents = certificate.closure.iter();
    for resolvent in resolvents.filter(|r| r.left as usize >= from) {
        let place = Place::Closure {
            left: resolvent.left,
            right: resolvent.right,
        };
        let key = (resolvent.left, resolvent.right);
        if reasons.insert(key, &resolvent.by).is_some() {
            return Err(unjustified(place, Reason::Extra));
        }
    }
    let mut rights: BTreeMap<Predicate, Vec<(u32, Clause)>> = BTreeMap::new();
    for (index, (clause, selection)) in context.clauses.iter().enumerate() {
        if *selection == Selection::Conclusion {
            let apart = rename_apart(store, clause);
            rights
                .entry(clause.conclusion.predicate)
                .or_default()
                .push((number(index), apart));
        }
    }
    let mut count = 0;
    for (index, (left, selection)) in context.clauses.iter().enumerate().skip(from) {
        let Selection::Hypothesis(at) = selection else {
            continue;
        };
        let at = *at as usize;
        let selected = &left.hypotheses[at];
        for (number_right, right) in rights.get(&selected.predicate).into_iter().flatten() {
            let Some(resolvent) = resolve(store, left, at, right) else {
                continue;
            };
            let place = Place::Closure {
                left: number(index),
                right: *number_right,
            };
            let reason = reasons
                .remove(&(number(index), *number_right))
                .ok_or(unjustified(place, Reason::Missing))?;
            justify(context, standing, store, resolvent, reason)
                .map_err(|reason| unjustified(place, reason))?;
            count += 1;
        }
    }
    match reasons.keys().next() {
        None => Ok(count),
        Some((left, right)) => Err(unjustified(
            Place::Closure {
                left: *left,
                right: *right,
            },
            Reason::Extra,
        )),
    }
}

/// Every clause that concludes the goal as it stands meets the query.
fn witnesses(
    context: &Context<'_>,
    store: &mut Store,
    certificate: &SaturationCertificate,
) -> Result<usize, Refusal> {
    let mut given: BTreeMap<u32, &proof::Choice> = BTreeMap::new();
    for witness in &certificate.witnesses {
        if given.insert(witness.clause, &witness.choice).is_some() {
            return Err(unjustified(Place::Witness(witness.clause), Reason::Extra));
        }
    }
    let mut count = 0;
    let mut all = Vec::new();
    for (index, (clause, selection)) in context.clauses.iter().enumerate() {
        let concludes = clause.conclusion.predicate == context.goal.clause.conclusion.predicate;
        if !concludes || *selection != Selection::Conclusion {
            continue;
        }
        let place = Place::Witness(number(index));
        let choice = given
            .remove(&number(index))
            .ok_or(unjustified(place, Reason::Missing))?;
        let met = goal::met(context, store, clause, choice, &[])
            .map_err(|reason| unjustified(place, reason))?;
        all.extend(met.map(|m| (number(index), m)));
        count += 1;
    }
    for (i, (first, left)) in all.iter().enumerate() {
        for (second, right) in &all[i..] {
            let place = Place::Witnesses {
                first: *first,
                second: *second,
            };
            injective::apart(context, store, left, right)
                .map_err(|reason| unjustified(place, reason))?;
        }
    }
    match given.keys().next() {
        None => Ok(count),
        Some(n) => Err(unjustified(Place::Witness(*n), Reason::Extra)),
    }
}

/// The resolvent of `left` on hypothesis `at` with the conclusion of `right`,
/// whose variables are already apart.
fn resolve(store: &mut Store, left: &Clause, at: usize, right: &Clause) -> Option<Clause> {
    let selected = &left.hypotheses[at];
    if selected.arguments.len() != right.conclusion.arguments.len() {
        return None;
    }
    let pairs: Vec<_> = selected
        .arguments
        .iter()
        .copied()
        .zip(right.conclusion.arguments.iter().copied())
        .collect();
    let unifier = unify::unify(store, &pairs)?;
    let hypotheses: Vec<Fact> = left
        .hypotheses
        .iter()
        .enumerate()
        .filter(|(i, _)| *i != at)
        .map(|(_, f)| f)
        .chain(&right.hypotheses)
        .cloned()
        .collect();
    let whole = Clause {
        constraints: [left.constraints.as_slice(), &right.constraints].concat(),
        hypotheses,
        conclusion: left.conclusion.clone(),
    };
    Some(unifier.clause(store, &whole))
}

/// The clause with its free variables moved to the checker's own range.
fn rename_apart(store: &mut Store, clause: &Clause) -> Clause {
    let mut rename = Substitution::new();
    for v in clause_variables(store, clause) {
        let image = store.var(Var(v.0.saturating_add(RESERVED)));
        rename.bind(v, image);
    }
    rename.clause(store, clause)
}

fn number(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}

fn unjustified(place: Place, reason: Reason) -> Refusal {
    Refusal::Unjustified { place, reason }
}
