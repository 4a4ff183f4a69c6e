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

use crate::constraints::is_false;
use crate::error::Reason;
use crate::justify::{Context, occurrence};
use crate::lemma::{anywhere, equated};
use crate::load::moved;
use crate::unify::pairs;
use logic::{Clause, Fact, Store, TermId, clause_variables, fact_variables};

/// Most case distinctions for one pair of begin events, and how many below each
/// other.
const CASES: u32 = 10_000;
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
    let mut variables = clause_variables(store, right.clause);
    for begin in &right.begins {
        variables.extend(fact_variables(store, begin));
    }
    let rename = moved(store, variables);
    let other = rename.clause(store, right.clause);
    let executions = |clause: &Clause| {
        let (all, count) = (
            clause.conclusion.arguments.as_slice(),
            context.goal.executions,
        );
        let first = all.len().checked_sub(count).filter(|_| count > 0)?;
        Some(all[first..].to_vec())
    };
    let ends = executions(left.clause).zip(executions(&other));
    let (ends, others) = ends.ok_or(Reason::NotApplicable)?;
    let both = Clause {
        constraints: [left.clause.constraints.as_slice(), &other.constraints].concat(),
        hypotheses: [left.clause.hypotheses.as_slice(), &other.hypotheses].concat(),
        conclusion: Fact::new(left.clause.conclusion.predicate, [ends, others].concat()),
    };
    for (i, first) in left.begins.iter().enumerate() {
        for (j, second) in right.begins.iter().enumerate() {
            let second = rename.fact(store, second);
            let comparable = left.disjunct != right.disjunct || i == j;
            if let Some(pairs) = pairs(first, &second).filter(|_| comparable)
                && !separate(context, store, &both, &pairs, 0, &mut CASES.clone())
            {
                return Err(Reason::NotInjective);
            }
        }
    }
    Ok(())
}

/// Whether no run has what the clause asks for: two of its hypotheses are about one
/// occurrence, which is one execution, and cannot be equal.
pub(crate) fn impossible(context: &Context<'_>, store: &mut Store, clause: &Clause) -> bool {
    let alone = Clause {
        conclusion: Fact::new(clause.conclusion.predicate, []),
        ..clause.clone()
    };
    same(&alone.hypotheses)
        .is_some_and(|pairs| separate(context, store, &alone, &pairs, 0, &mut CASES.clone()))
}

/// Whether no run has all that the clause asks for with these terms equal, unless the
/// executions of the premise are equal: they are in its conclusion, those of one
/// clause first. `false` also when that takes too long to find out.
fn separate(
    context: &Context<'_>,
    store: &mut Store,
    both: &Clause,
    pairs: &[(TermId, TermId)],
    depth: u32,
    cases: &mut u32,
) -> bool {
    let equated = equated(context, store, both, pairs);
    equated.is_ok_and(|all| {
        all.iter()
            .all(|c| excluded(context, store, c, depth, cases))
    })
}

/// As [`separate`], of the clause as it is.
fn excluded(
    context: &Context<'_>,
    store: &mut Store,
    case: &Clause,
    depth: u32,
    cases: &mut u32,
) -> bool {
    let theory = context.theory;
    let ends = case.conclusion.arguments.as_slice();
    let (ends, others) = ends.split_at(ends.len() / 2);
    let mut both = ends.iter().zip(others);
    let one_premise = !ends.is_empty() && both.all(|(l, r)| theory.equal(store, *l, *r));
    if one_premise || case.constraints.iter().any(|c| is_false(store, theory, c)) {
        return true;
    }
    let Some(left) = cases.checked_sub(1).filter(|_| depth < DEPTH) else {
        return false;
    };
    *cases = left;
    if let Some(pairs) = same(&case.hypotheses) {
        return separate(context, store, case, &pairs, depth + 1, cases);
    }
    anywhere(context, store, case).is_some_and(|parts| {
        let mut parts = parts.iter();
        parts.all(|part| excluded(context, store, part, depth + 1, cases))
    })
}

/// Two different hypotheses of one occurrence, argument by argument.
fn same(hypotheses: &[Fact]) -> Option<Vec<(TermId, TermId)>> {
    hypotheses.iter().enumerate().find_map(|(i, first)| {
        let at = occurrence(first)?;
        let mut others = hypotheses[i + 1..].iter();
        let second = others
            .find(|f| f.predicate == first.predicate && occurrence(f) == Some(at) && *f != first)?;
        pairs(first, second)
    })
}
