//! Whether different executions of the premise are met by different executions
//! of each injective event of the conclusion.
//!
//! Each solved goal clause has chosen its begin events. If two instances of the
//! premise, derived by instances of two clauses, were met by one execution of a
//! begin event, then that event unifies with itself, the hypotheses of both
//! clauses hold of one run, and whatever happens at one occurrence happens
//! once. The query holds if for every two clauses, one with itself included,
//! this is contradictory or makes the executions of the premise equal (Blanchet,
//! "Automatic Verification of Correspondences for Security Protocols", 2009,
//! section 6). Statements that may be used speak of that run, too: where premises are
//! found in both clauses together, one of the cases holds.
//!
//! Two disjuncts may not share an execution either, which asks for more than the
//! query does when they stem from different events of its text.

use crate::error::Reason;
use crate::justify::Context;
use crate::lemma;
use crate::load::DEPTH as DEEPEST;
use crate::subsume::is_false;
use crate::unify::unify;
use logic::{
    Clause, Fact, Predicate, Store, Substitution, TermId, Var, clause_variables, fact_variables,
};
use std::collections::BTreeSet;

/// Most case distinctions for one pair of begin events.
const CASES: u32 = 10_000;

/// Numbers that the theory gives to variables it introduces.
const INTRODUCED: u32 = 1 << 31;
/// Where they are moved, so that the next ones are different.
const MOVED: u32 = 3 << 29;
/// How many there may be at each depth, and how deep.
const PER_DEPTH: u32 = 1 << 16;
const DEPTH: u32 = 1 << 10;

/// A solved goal clause with the begin events it chose.
#[derive(Debug)]
pub(crate) struct Met<'a> {
    pub(crate) clause: &'a Clause,
    /// Which disjunct.
    pub(crate) disjunct: u32,
    /// Its injective events, in order.
    pub(crate) begins: Vec<Fact>,
}

/// Checks one pair of clauses; `left` and `right` may be the same.
pub(crate) fn apart(
    context: &Context<'_>,
    store: &mut Store,
    left: &Met<'_>,
    right: &Met<'_>,
) -> Result<(), Reason> {
    if left.begins.is_empty() || right.begins.is_empty() {
        return Ok(());
    }
    let executions = context.goal.executions;
    let mut variables: BTreeSet<Var> = clause_variables(store, right.clause).into_iter().collect();
    for begin in &right.begins {
        variables.extend(fact_variables(store, begin));
    }
    let mut rename = Substitution::new();
    for v in variables {
        let image = store.var(Var(v.0.saturating_add(crate::load::RESERVED)));
        rename.bind(v, image);
    }
    let other = rename.clause(store, right.clause);
    let ends: Option<Vec<(TermId, TermId)>> = last(&left.clause.conclusion, executions)
        .zip(last(&other.conclusion, executions))
        .map(|(l, r)| l.iter().copied().zip(r.iter().copied()).collect());
    let ends = ends
        .filter(|e| !e.is_empty())
        .ok_or(Reason::NotApplicable)?;
    let both = Both {
        constraints: [left.clause.constraints.as_slice(), &other.constraints].concat(),
        hypotheses: [left.clause.hypotheses.as_slice(), &other.hypotheses].concat(),
        ends,
    };
    for (i, first) in left.begins.iter().enumerate() {
        for (j, second) in right.begins.iter().enumerate() {
            let comparable = left.disjunct != right.disjunct || i == j;
            if !comparable || first.predicate != second.predicate {
                continue;
            }
            let second = rename.fact(store, second);
            let mut cases = CASES;
            if !separate(context, store, &both, first, &second, 0, &mut cases) {
                return Err(Reason::NotInjective);
            }
        }
    }
    Ok(())
}

/// Whether no run has what the clause asks for: two of its hypotheses are about one
/// occurrence, which is one execution, and cannot be equal.
pub(crate) fn impossible(context: &Context<'_>, store: &mut Store, clause: &Clause) -> bool {
    let alone = Both {
        constraints: clause.constraints.clone(),
        hypotheses: clause.hypotheses.clone(),
        ends: Vec::new(),
    };
    let mut cases = CASES;
    same(&alone.hypotheses).is_some_and(|(first, second)| {
        separate(context, store, &alone, first, second, 0, &mut cases)
    })
}

fn last(fact: &Fact, count: usize) -> Option<&[TermId]> {
    fact.arguments
        .get(fact.arguments.len().checked_sub(count)?..)
}

/// Two clauses of one run.
#[derive(Clone, Debug)]
struct Both {
    constraints: Vec<logic::Disequality>,
    hypotheses: Vec<Fact>,
    /// Executions of the premise events of either.
    ends: Vec<(TermId, TermId)>,
}

/// Whether no run has both with these two facts equal, unless the executions of
/// the premise are equal. `false` also when that takes too long to find out.
fn separate(
    context: &Context<'_>,
    store: &mut Store,
    both: &Both,
    first: &Fact,
    second: &Fact,
    depth: u32,
    cases: &mut u32,
) -> bool {
    let Some(left) = cases.checked_sub(1).filter(|_| depth < DEPTH) else {
        return false;
    };
    *cases = left;
    if first.arguments.len() != second.arguments.len() {
        return false;
    }
    let theory = context.theory;
    let pairs: Vec<_> = first
        .arguments
        .iter()
        .copied()
        .zip(second.arguments.iter().copied())
        .collect();
    let unifiers = if theory.has_equations() {
        theory.unify(store, &pairs)
    } else {
        unify(store, &pairs).into_iter().collect()
    };
    unifiers.iter().all(|unifier| {
        let Some(unifier) = moved(store, unifier, depth) else {
            return false;
        };
        let case = Both {
            constraints: both
                .constraints
                .iter()
                .map(|c| unifier.disequality(store, c))
                .collect(),
            hypotheses: both
                .hypotheses
                .iter()
                .map(|h| unifier.fact(store, h))
                .collect(),
            ends: both
                .ends
                .iter()
                .map(|(l, r)| (unifier.term(store, *l), unifier.term(store, *r)))
                .collect(),
        };
        excluded(context, store, &case, depth + 1, cases)
    })
}

/// Whether no run has all of this, unless the executions of the premise are equal.
fn excluded(
    context: &Context<'_>,
    store: &mut Store,
    case: &Both,
    depth: u32,
    cases: &mut u32,
) -> bool {
    let theory = context.theory;
    let terms = case.hypotheses.iter().flat_map(|h| &h.arguments);
    if terms
        .chain(ends_of(case))
        .any(|t| store.depth(*t) > DEEPEST)
    {
        return false;
    }
    let one_premise =
        !case.ends.is_empty() && case.ends.iter().all(|(l, r)| theory.equal(store, *l, *r));
    if one_premise || case.constraints.iter().any(|c| is_false(store, theory, c)) {
        return true;
    }
    if let Some((first, second)) = same(&case.hypotheses) {
        return separate(context, store, case, first, second, depth, cases);
    }
    let Some(left) = cases.checked_sub(1).filter(|_| depth < DEPTH) else {
        return false;
    };
    *cases = left;
    let whole = Clause {
        constraints: case.constraints.clone(),
        hypotheses: case.hypotheses.clone(),
        conclusion: Fact::new(
            context.goal.clause.conclusion.predicate,
            ends_of(case).copied().collect::<Vec<_>>(),
        ),
    };
    lemma::anywhere(context, store, &whole).is_some_and(|parts| {
        parts.iter().all(|part| {
            let ends = part.conclusion.arguments.chunks_exact(2);
            let case = Both {
                constraints: part.constraints.clone(),
                hypotheses: part.hypotheses.clone(),
                ends: ends.map(|pair| (pair[0], pair[1])).collect(),
            };
            excluded(context, store, &case, depth + 1, cases)
        })
    })
}

fn ends_of(both: &Both) -> impl Iterator<Item = &TermId> {
    both.ends.iter().flat_map(|(l, r)| [l, r])
}

/// The unifier with the variables that it introduces moved to numbers of this
/// depth alone; `None` if there are too many.
fn moved(store: &mut Store, unifier: &Substitution, depth: u32) -> Option<Substitution> {
    let mut rename = Substitution::new();
    let mut introduced = BTreeSet::new();
    for (_, image) in unifier.iter() {
        logic::term_variables(store, image, &mut introduced);
    }
    for v in introduced.range(Var(INTRODUCED)..) {
        let offset = v.0 - INTRODUCED;
        if offset >= PER_DEPTH {
            return None;
        }
        let image = store.var(Var(MOVED + depth * PER_DEPTH + offset));
        rename.bind(*v, image);
    }
    let mut out = Substitution::new();
    for (v, image) in unifier.iter() {
        let image = rename.term(store, image);
        out.bind(v, image);
    }
    Some(out)
}

/// Two different hypotheses of one occurrence.
fn same(hypotheses: &[Fact]) -> Option<(&Fact, &Fact)> {
    let occurrence = |f: &Fact| match f.predicate {
        Predicate::Action => f.arguments.first().copied(),
        Predicate::BeginAt(_) => f.arguments.last().copied(),
        _ => None,
    };
    hypotheses.iter().enumerate().find_map(|(i, first)| {
        let at = occurrence(first)?;
        hypotheses[i + 1..]
            .iter()
            .find(|second| {
                second.predicate == first.predicate
                    && occurrence(second) == Some(at)
                    && *second != first
            })
            .map(|second| (first, second))
    })
}
