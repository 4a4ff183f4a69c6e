//! Injective queries: a choice of begin events for the solved goal clauses such
//! that no two instances of the premise need the same one.
//!
//! Each clause may be met in several ways. Two ways, of one clause or of two, go
//! together if no run has both with one execution of a begin event, or if the
//! executions of the premise are then equal too: the begin events are unified,
//! and whatever happened at one occurrence is unified as well, until something
//! contradicts (Blanchet, "Automatic Verification of Correspondences for
//! Security Protocols", 2009, section 6). What lemmas, axioms and restrictions say of
//! that run is unified, too. Ways are chosen by backtracking.

use crate::conclusion::Meets;
use crate::lemmas::Knowing;
use horn::{Goal, Simplified, Theory};
use logic::{
    Clause, Disequality, Fact, Predicate, Store, Substitution, TermId, Var, clause_variables,
    term_variables,
};
use saturation::Purpose;
use std::collections::{BTreeMap, BTreeSet};

/// Most ways looked at while choosing.
const TRIES: u32 = 10_000;
/// Variables of the second clause are moved here.
const OTHER: u32 = 1 << 22;
/// Most unifications for two ways.
const CASES: u32 = 1_000;

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
    /// Which ways go together, as far as asked.
    known: BTreeMap<[(usize, usize); 2], bool>,
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
    pub(crate) fn choose(mut self) -> Result<Vec<usize>, Vec<u32>> {
        let mut chosen = Vec::new();
        if self.extend(&mut chosen) {
            return Ok(chosen);
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
        if let Some(known) = self.known.get(&[first, second]) {
            return *known;
        }
        let (left, right) = (&self.candidates[first.0], &self.candidates[second.0]);
        let answer = apart(
            self.store,
            self.knowing,
            self.goal,
            (&left.clause, &left.ways[first.1]),
            (&right.clause, &right.ways[second.1]),
        );
        self.known.insert([first, second], answer);
        answer
    }
}

/// Whether two ways never need one begin event for two premises.
fn apart(
    store: &mut Store,
    knowing: &Knowing<'_>,
    goal: &Goal,
    left: (&Clause, &Meets),
    right: (&Clause, &Meets),
) -> bool {
    let (left, met) = left;
    let (right, also) = right;
    if met.begins.is_empty() || also.begins.is_empty() {
        return true;
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
            let mut cases = CASES;
            let world = (knowing.theory, Some(knowing));
            if !state.contradicts(store, world, begin, &other, &mut cases) {
                return false;
            }
        }
    }
    true
}

/// Whether no run has what the clause asks for, because one occurrence would have
/// to be two executions.
pub(crate) fn impossible(store: &mut Store, theory: &Theory, clause: &Clause) -> bool {
    let state = Together {
        constraints: clause.constraints.clone(),
        facts: clause.hypotheses.clone(),
        ends: Vec::new(),
    };
    let mut cases = CASES;
    state
        .repeated()
        .is_some_and(|(one, two)| state.contradicts(store, (theory, None), one, two, &mut cases))
}

/// What holds of one run if two clauses are used for it.
struct Together {
    constraints: Vec<Disequality>,
    facts: Vec<Fact>,
    ends: Vec<(TermId, TermId)>,
}

impl Together {
    /// Whether nothing is left once two facts are equal, but for one premise.
    fn contradicts(
        &self,
        store: &mut Store,
        world: (&Theory, Option<&Knowing<'_>>),
        one: &Fact,
        two: &Fact,
        cases: &mut u32,
    ) -> bool {
        match cases.checked_sub(1) {
            Some(left) => *cases = left,
            None => return false,
        }
        let pairs: Vec<_> = one
            .arguments
            .iter()
            .copied()
            .zip(two.arguments.iter().copied())
            .collect();
        world.0.unify(store, &pairs).iter().all(|unifier| {
            let case = self.under(store, unifier);
            case.is_excluded(store, world, cases)
        })
    }

    /// Whether no run has all of this, but for one premise.
    fn is_excluded(
        &self,
        store: &mut Store,
        world: (&Theory, Option<&Knowing<'_>>),
        cases: &mut u32,
    ) -> bool {
        let (theory, knowing) = world;
        let one_premise =
            !self.ends.is_empty() && self.ends.iter().all(|(l, r)| theory.equal(store, *l, *r));
        if one_premise
            || self
                .constraints
                .iter()
                .any(|c| matches!(theory.simplify(store, c), Simplified::False))
        {
            return true;
        }
        if let Some((one, two)) = self.repeated() {
            return self.contradicts(store, world, one, two, cases);
        }
        match cases.checked_sub(1) {
            Some(left) => *cases = left,
            None => return false,
        }
        let ends: Vec<_> = self.ends.iter().flat_map(|(l, r)| [*l, *r]).collect();
        let whole = Clause {
            constraints: self.constraints.clone(),
            hypotheses: self.facts.clone(),
            conclusion: Fact::new(Predicate::Goal(0), ends),
        };
        let found = knowing.and_then(|knowing| knowing.cases(store, &whole));
        found.is_some_and(|found| {
            found.parts.iter().all(|part| {
                let ends = part.conclusion.arguments.chunks_exact(2);
                let case = Self {
                    constraints: part.constraints.clone(),
                    facts: part.hypotheses.clone(),
                    ends: ends.map(|pair| (pair[0], pair[1])).collect(),
                };
                case.is_excluded(store, world, cases)
            })
        })
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
    fn repeated(&self) -> Option<(&Fact, &Fact)> {
        let mut seen: BTreeMap<(Predicate, TermId), &Fact> = BTreeMap::new();
        for fact in &self.facts {
            let at = match fact.predicate {
                Predicate::Action => fact.arguments.first(),
                Predicate::BeginAt(_) => fact.arguments.last(),
                _ => None,
            };
            let Some(at) = at else { continue };
            let before = *seen.entry((fact.predicate, *at)).or_insert(fact);
            if before != fact {
                return Some((before, fact));
            }
        }
        None
    }
}
