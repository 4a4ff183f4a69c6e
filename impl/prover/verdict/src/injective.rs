//! Injective queries: a choice of begin events for the solved goal clauses such
//! that no two instances of the premise need the same one.
//!
//! Each clause may be met in several ways. Two ways, of one clause or of two, go
//! together if no run has both with one execution of a begin event, or if the
//! executions of the premise are then equal too: the begin events are unified,
//! and whatever happened at one occurrence is unified as well, until something
//! contradicts (Blanchet, "Automatic Verification of Correspondences for
//! Security Protocols", 2009, section 6). What lemmas, axioms and restrictions say of
//! that run is unified, too. Ways are chosen by backtracking; what contradicts is
//! written down step by step, as the certificate wants it.

use crate::conclusion::Meets;
use crate::lemmas::Knowing;
use horn::{Goal, Simplified, Theory};
use logic::{
    Clause, Disequality, Fact, Predicate, Store, Substitution, TermId, Var, clause_variables,
    term_variables,
};
use proof::{End, Justification, Same, Step};
use saturation::Purpose;
use std::collections::{BTreeMap, BTreeSet};

/// Most ways looked at while choosing.
const TRIES: u32 = 10_000;
/// Variables of the second clause are moved here.
const OTHER: u32 = 1 << 22;
/// Most unifications for two ways.
const CASES: u32 = 1_000;

/// Why no run has two things, but for one premise.
pub(crate) type Reason = Justification<Same>;

/// The solved clauses of a goal, in order, each with the way in which it meets the
/// query, and why no two of them need one begin event for two premises.
#[derive(Debug, Default)]
pub(crate) struct Solved {
    pub(crate) meets: Vec<(u32, Meets)>,
    pub(crate) pairs: Vec<Reason>,
}

/// A clause and the ways in which it meets the query.
#[derive(Clone, Debug)]
pub(crate) struct Candidate {
    /// Number of the entry.
    pub(crate) entry: u32,
    pub(crate) clause: Clause,
    pub(crate) ways: Vec<Meets>,
}

/// What the choice depends on.
pub(crate) struct Choice<'a> {
    store: &'a mut Store,
    /// What may be used of a run.
    knowing: &'a Knowing<'a>,
    goal: &'a Goal,
    candidates: &'a [Candidate],
    /// Which ways go together, as far as asked, and why.
    known: BTreeMap<[(usize, usize); 2], Option<Vec<Reason>>>,
    tries: u32,
    /// The largest number of candidates that were given ways, and the one that
    /// had none left then.
    furthest: usize,
}

impl<'a> Choice<'a> {
    pub(crate) fn new(
        store: &'a mut Store,
        knowing: &'a Knowing<'a>,
        goal: &'a Goal,
        candidates: &'a [Candidate],
    ) -> Self {
        Self {
            store,
            knowing,
            goal,
            candidates,
            known: BTreeMap::new(),
            tries: TRIES,
            furthest: 0,
        }
    }

    /// A way for each candidate; or the entry of a candidate for which none was
    /// left, of those that it never goes together with, and of those that have none by
    /// themselves.
    pub(crate) fn choose(mut self) -> Result<Solved, Vec<u32>> {
        let mut chosen = Vec::new();
        if self.extend(&mut chosen) {
            return Ok(self.solved(&chosen));
        }
        let stuck = self.furthest;
        let mut entries = Vec::new();
        for (i, candidate) in self.candidates.iter().enumerate() {
            let goes = (0..candidate.ways.len()).any(|a| {
                (0..self.candidates[stuck].ways.len()).any(|b| {
                    let (low, high) = if i <= stuck {
                        ((i, a), (stuck, b))
                    } else {
                        ((stuck, b), (i, a))
                    };
                    self.together(low, high)
                })
            });
            let alone = (0..candidate.ways.len()).any(|a| self.together((i, a), (i, a)));
            if i == stuck || !goes || !alone {
                entries.push(candidate.entry);
            }
        }
        Err(entries)
    }

    /// What was chosen, in order of the entries.
    fn solved(&mut self, chosen: &[usize]) -> Solved {
        let mut order: Vec<(usize, usize)> = chosen.iter().copied().enumerate().collect();
        order.sort_by_key(|(candidate, _)| self.candidates[*candidate].entry);
        let mut solved = Solved::default();
        for (i, (candidate, way)) in order.iter().enumerate() {
            let of = &self.candidates[*candidate];
            solved.meets.push((of.entry, of.ways[*way].clone()));
            for other in &order[i..] {
                let reasons = self.known.remove(&[(*candidate, *way), *other]);
                solved.pairs.extend(reasons.flatten().unwrap_or_default());
            }
        }
        solved
    }

    fn extend(&mut self, chosen: &mut Vec<usize>) -> bool {
        let next = chosen.len();
        let Some(candidate) = self.candidates.get(next) else {
            return true;
        };
        self.furthest = self.furthest.max(next);
        for way in 0..candidate.ways.len() {
            let Some(left) = self.tries.checked_sub(1) else {
                return false;
            };
            self.tries = left;
            let alone = self.together((next, way), (next, way));
            if !alone || !(0..next).all(|i| self.together((i, chosen[i]), (next, way))) {
                continue;
            }
            chosen.push(way);
            if self.extend(chosen) {
                return true;
            }
            chosen.pop();
        }
        false
    }

    fn together(&mut self, first: (usize, usize), second: (usize, usize)) -> bool {
        let entry = |(candidate, _): (usize, usize)| self.candidates[candidate].entry;
        let (first, second) = match entry(second) < entry(first) {
            true => (second, first),
            false => (first, second),
        };
        if let Some(known) = self.known.get(&[first, second]) {
            return known.is_some();
        }
        let (left, right) = (&self.candidates[first.0], &self.candidates[second.0]);
        let answer = apart(
            self.store,
            self.knowing,
            self.goal,
            (&left.clause, &left.ways[first.1]),
            (&right.clause, &right.ways[second.1]),
        );
        let goes = answer.is_some();
        self.known.insert([first, second], answer);
        goes
    }
}

/// Why two ways never need one begin event for two premises, for every two events that
/// unify.
fn apart(
    store: &mut Store,
    knowing: &Knowing<'_>,
    goal: &Goal,
    left: (&Clause, &Meets),
    right: (&Clause, &Meets),
) -> Option<Vec<Reason>> {
    let (left, met) = left;
    let (right, also) = right;
    let mut found = Vec::new();
    if met.begins.is_empty() || also.begins.is_empty() {
        return Some(found);
    }
    let mut rename = Substitution::new();
    for v in clause_variables(store, right) {
        let image = store.var(Var(v.0.saturating_add(OTHER)));
        rename.bind(v, image);
    }
    let right = rename.clause(store, right);
    let executions = |c: &Clause| {
        let all = &c.conclusion.arguments;
        all[all.len().saturating_sub(goal.executions)..].to_vec()
    };
    let state = Together {
        constraints: [left.constraints.as_slice(), &right.constraints].concat(),
        facts: [left.hypotheses.as_slice(), &right.hypotheses].concat(),
        ends: executions(left)
            .into_iter()
            .zip(executions(&right))
            .collect(),
    };
    for (i, begin) in met.begins.iter().enumerate() {
        for (j, other) in also.begins.iter().enumerate() {
            let same =
                begin.predicate == other.predicate && (met.disjunct != also.disjunct || i == j);
            if !same {
                continue;
            }
            let other = rename.fact(store, other);
            let cases = state.under_equal(store, knowing.theory, begin, &other);
            if cases.is_empty() {
                continue;
            }
            let mut budget = CASES;
            let world = (knowing.theory, Some(knowing));
            found.push(all_excluded(&cases, store, world, &mut budget)?);
        }
    }
    Some(found)
}

/// Why no run has what the clause asks for, because one occurrence would have to be two
/// executions.
pub(crate) fn impossible(store: &mut Store, theory: &Theory, clause: &Clause) -> Option<Reason> {
    let state = Together {
        constraints: clause.constraints.clone(),
        facts: clause.hypotheses.clone(),
        ends: Vec::new(),
    };
    let mut cases = CASES;
    let pair = state.repeated()?;
    state.once(store, (theory, None), pair, &mut cases)
}

/// Why no run has any of these, but for one premise.
fn all_excluded(
    all: &[Together],
    store: &mut Store,
    world: (&Theory, Option<&Knowing<'_>>),
    cases: &mut u32,
) -> Option<Reason> {
    let parts = all.iter().map(|case| case.excluded(store, world, cases));
    let parts: Vec<Reason> = parts.collect::<Option<_>>()?;
    Some(match <[Reason; 1]>::try_from(parts) {
        Ok([alone]) => alone,
        Err(parts) => Reason {
            steps: Vec::new(),
            end: End::Cases(parts),
        },
    })
}

/// The step, and then this.
fn after(step: Step, mut by: Reason) -> Reason {
    by.steps.insert(0, step);
    by
}

/// What holds of one run if two clauses are used for it.
#[derive(Clone)]
struct Together {
    constraints: Vec<Disequality>,
    facts: Vec<Fact>,
    ends: Vec<(TermId, TermId)>,
}

impl Together {
    /// What is left, in each case, once two facts are equal.
    fn under_equal(&self, store: &mut Store, theory: &Theory, one: &Fact, two: &Fact) -> Vec<Self> {
        let pairs = one.arguments.iter().zip(&two.arguments);
        let pairs: Vec<_> = pairs.map(|(l, r)| (*l, *r)).collect();
        let unifiers = theory.unify(store, &pairs);
        unifiers.iter().map(|u| self.under(store, u)).collect()
    }

    /// Why nothing is left once two facts are, which are about one occurrence.
    fn once(
        &self,
        store: &mut Store,
        world: (&Theory, Option<&Knowing<'_>>),
        (first, second): (usize, usize),
        cases: &mut u32,
    ) -> Option<Reason> {
        *cases = cases.checked_sub(1)?;
        let mut rest = self.clone();
        let other = rest.facts.remove(second);
        let all = rest.under_equal(store, world.0, &self.facts[first], &other);
        let by = all_excluded(&all, store, world, cases)?;
        let (first, second) = (number(first), number(second));
        Some(after(Step::Unify { first, second }, by))
    }

    /// Why no run has all of this, but for one premise.
    fn excluded(
        &self,
        store: &mut Store,
        world: (&Theory, Option<&Knowing<'_>>),
        cases: &mut u32,
    ) -> Option<Reason> {
        let (theory, knowing) = world;
        let ends = |end| {
            let steps = Vec::new();
            Some(Reason { steps, end })
        };
        if !self.ends.is_empty() && self.ends.iter().all(|(l, r)| theory.equal(store, *l, *r)) {
            return ends(End::Leaf(Same));
        }
        let mut constraints = self.constraints.iter();
        if constraints.any(|c| matches!(theory.simplify(store, c), Simplified::False)) {
            return ends(End::Void);
        }
        if let Some(pair) = self.repeated() {
            return self.once(store, world, pair, cases);
        }
        *cases = cases.checked_sub(1)?;
        let sides: Vec<_> = self.ends.iter().flat_map(|(l, r)| [*l, *r]).collect();
        let whole = Clause {
            constraints: self.constraints.clone(),
            hypotheses: self.facts.clone(),
            conclusion: Fact::new(Predicate::Goal(0), sides),
        };
        let found = knowing?.cases(store, &whole)?;
        let parts = found.parts.iter().map(|part| Self {
            constraints: part.constraints.clone(),
            facts: part.hypotheses.clone(),
            ends: {
                let ends = part.conclusion.arguments.chunks_exact(2);
                ends.map(|pair| (pair[0], pair[1])).collect()
            },
        });
        let by = all_excluded(&parts.collect::<Vec<_>>(), store, world, cases)?;
        let (lemma, premises) = (found.by, found.premises);
        Some(after(Step::Lemma { lemma, premises }, by))
    }

    /// Under a substitution, with the free variables numbered from 0 again: the
    /// theory introduces the same ones every time.
    fn under(&self, store: &mut Store, unifier: &Substitution) -> Self {
        let mut bound = BTreeSet::new();
        let mut free = BTreeSet::new();
        let facts: Vec<Fact> = self.facts.iter().map(|f| unifier.fact(store, f)).collect();
        let constraints: Vec<Disequality> = self
            .constraints
            .iter()
            .map(|c| unifier.disequality(store, c))
            .collect();
        let ends: Vec<_> = self
            .ends
            .iter()
            .map(|(l, r)| (unifier.term(store, *l), unifier.term(store, *r)))
            .collect();
        for t in facts.iter().flat_map(|f| &f.arguments) {
            term_variables(store, *t, &mut free);
        }
        for (l, r) in constraints.iter().flat_map(|c| &c.pairs).chain(&ends) {
            term_variables(store, *l, &mut free);
            term_variables(store, *r, &mut free);
        }
        bound.extend(
            constraints
                .iter()
                .flat_map(|c| c.universals.iter().copied()),
        );
        let mut rename = Substitution::new();
        let mut number = 0;
        for v in free.difference(&bound) {
            while bound.contains(&Var(number)) {
                number += 1;
            }
            let image = store.var(Var(number));
            rename.bind(*v, image);
            number += 1;
        }
        Self {
            constraints: constraints
                .iter()
                .map(|c| rename.disequality(store, c))
                .collect(),
            facts: facts.iter().map(|f| rename.fact(store, f)).collect(),
            ends: ends
                .iter()
                .map(|(l, r)| (rename.term(store, *l), rename.term(store, *r)))
                .collect(),
        }
    }

    /// Two facts about one occurrence that are not equal yet.
    fn repeated(&self) -> Option<(usize, usize)> {
        let mut seen: BTreeMap<(Predicate, TermId), usize> = BTreeMap::new();
        for (i, fact) in self.facts.iter().enumerate() {
            let at = match fact.predicate {
                Predicate::Action => fact.arguments.first(),
                Predicate::BeginAt(_) => fact.arguments.last(),
                _ => None,
            };
            let Some(at) = at else { continue };
            let before = *seen.entry((fact.predicate, *at)).or_insert(i);
            if self.facts[before] != *fact {
                return Some((before, i));
            }
        }
        None
    }
}

fn number(i: usize) -> u32 {
    u32::try_from(i).unwrap_or(u32::MAX)
}
