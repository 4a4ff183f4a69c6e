//! Whether a goal clause meets the query's conclusion.
//!
//! The premise variables are fixed to what the clause concludes, and no variable
//! of the clause is ever instantiated: the clause stands for all its instances.
//! Existential variables are found by matching modulo the theory, all facts of a
//! disjunct at once. What the clause's hypotheses say happened before the goal,
//! so they may serve as the conclusion's facts; an instance of some other clause
//! may not, because nothing says when it was derived (Blanchet, 2016 survey,
//! section 4.3).
//!
//! Where no disjunct is met by all instances, each may meet another one: `x = a
//! || x <> a` needs the instances with `x = a` apart from those without. A case that
//! no run has needs none: one occurrence of an event is one execution of it, so `i
//! <> j || x = y` holds of `e(x)` at i and `e(y)` at j.
//!
//! One file because a case is met in the way in which a clause is.

use crate::injective;
use horn::{Disjunct, Goal, Theory};
use logic::{
    Clause, Disequality, Fact, Predicate, Signature, Store, Substitution, SymbolKind, TermId, Var,
    View, clause_variables, term_variables,
};
use saturation::{composes, implies};
use std::collections::BTreeSet;

/// How a clause meets the query: a disjunct and its existential variables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Meets {
    /// Which; none for a clause without instances, and for one that needs cases.
    pub(crate) disjunct: Option<usize>,
    /// Position among the existentials, and term of the clause.
    pub(crate) bindings: Vec<(usize, TermId)>,
    /// The injective events of the disjunct, as the clause has them.
    pub(crate) begins: Vec<Fact>,
    /// The clause meets no disjunct as it stands, but each of its cases does.
    pub(crate) cases: Option<Box<Cases>>,
    /// Why it has no instances, unless that is seen from a constraint.
    pub(crate) void: Option<injective::Reason>,
}

/// Two terms are equal, or they are not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cases {
    pub(crate) pair: (TermId, TermId),
    /// How the clause meets the query under each unifier of the two.
    pub(crate) equal: Vec<Meets>,
    /// How it does with the constraint that they differ.
    pub(crate) different: Meets,
}

/// Existential variables are moved here while they are sought.
const SOUGHT: u32 = 1 << 21;

/// Deepest nesting of case distinctions.
const DISTINCTIONS: u32 = 4;

/// Most ways to place the facts of one disjunct among the hypotheses.
const ATTEMPTS: u32 = 50_000;

/// Most constants that are tried as a value that differs.
const VALUES: usize = 8;

/// What the answer depends on.
pub(crate) struct Question<'a> {
    pub(crate) store: &'a mut Store,
    pub(crate) signature: &'a Signature,
    pub(crate) theory: &'a Theory,
    pub(crate) goal: &'a Goal,
}

impl Question<'_> {
    /// The first disjunct that the clause meets. The clause's variables must be
    /// numbered below those sought.
    pub(crate) fn answer(&mut self, clause: &Clause) -> Option<Meets> {
        self.answers(clause, 1).pop()
    }

    /// Ways in which the clause meets the query, up to so many, disjuncts
    /// without injective events first.
    pub(crate) fn answers(&mut self, clause: &Clause, wanted: usize) -> Vec<Meets> {
        let goal = self.goal;
        let mut order: Vec<_> = goal.disjuncts.iter().enumerate().collect();
        order.sort_by_key(|(_, d)| d.injective().next().is_some());
        let mut found = Vec::new();
        for (number, disjunct) in order {
            if found.len() >= wanted {
                break;
            }
            let more = wanted - found.len();
            found.extend(self.disjunct(clause, number, disjunct, more));
        }
        if found.is_empty() {
            found.extend(self.cases(clause, DISTINCTIONS));
        }
        found
    }

    /// The clause by cases: a pair of terms that the query wants to differ is
    /// equal in some instances and different in the others.
    fn cases(&mut self, clause: &Clause, depth: u32) -> Option<Meets> {
        let depth = depth.checked_sub(1)?;
        for (left, right) in self.distinctions(clause) {
            let mut apart = clause.clone();
            apart.constraints.push(Disequality {
                universals: Vec::new(),
                pairs: vec![(left, right)],
            });
            let Some(different) = self.case(&apart, depth) else {
                continue;
            };
            let mut equal = Vec::new();
            let all = self
                .theory
                .unify(self.store, &[(left, right)])
                .iter()
                .all(|unifier| {
                    let case = unifier.clause(self.store, clause);
                    let named = clause_variables(self.store, &case);
                    if named.range(sought(0)..).next().is_some() {
                        return false;
                    }
                    let met = self.case(&case, depth);
                    let found = met.is_some();
                    equal.extend(met);
                    found
                });
            if all {
                return Some(Meets {
                    disjunct: None,
                    bindings: Vec::new(),
                    begins: Vec::new(),
                    cases: Some(Box::new(Cases {
                        pair: (left, right),
                        equal,
                        different,
                    })),
                    void: None,
                });
            }
        }
        None
    }

    /// One case, which may meet no injective event: it would have to be compared
    /// with the others.
    fn case(&mut self, clause: &Clause, depth: u32) -> Option<Meets> {
        let mut constraints = clause.constraints.iter();
        let false_one = constraints
            .any(|c| matches!(self.theory.simplify(self.store, c), horn::Simplified::False))
            || self
                .theory
                .contradictory(self.store, &clause.hypotheses, &clause.constraints);
        let void = match false_one {
            true => None,
            false => injective::impossible(self.store, self.theory, clause),
        };
        if false_one || void.is_some() {
            return Some(Meets {
                disjunct: None,
                bindings: Vec::new(),
                begins: Vec::new(),
                cases: None,
                void,
            });
        }
        let goal = self.goal;
        for (number, disjunct) in goal.disjuncts.iter().enumerate() {
            if disjunct.injective().next().is_none()
                && let Some(met) = self.disjunct(clause, number, disjunct, 1).pop()
            {
                return Some(met);
            }
        }
        self.cases(clause, depth)
    }

    /// Pairs that some disjunct wants to differ, or to be equal, as the clause
    /// fixes them, when the clause leaves open whether they do.
    fn distinctions(&mut self, clause: &Clause) -> Vec<(TermId, TermId)> {
        let goal = self.goal;
        let mut found = Vec::new();
        for disjunct in &goal.disjuncts {
            let Some(instance) = self.fixed(clause, disjunct) else {
                continue;
            };
            for (left, right) in disjunct.disequalities.iter().chain(&disjunct.equalities) {
                let left = instance.term(self.store, *left);
                let right = instance.term(self.store, *right);
                let mut inside = BTreeSet::new();
                term_variables(self.store, left, &mut inside);
                term_variables(self.store, right, &mut inside);
                let pair = (left, right);
                if inside.range(sought(0)..).next().is_none()
                    && !self.theory.equal(self.store, left, right)
                    && !found.contains(&pair)
                {
                    found.push(pair);
                }
            }
        }
        found
    }

    fn disjunct(
        &mut self,
        clause: &Clause,
        number: usize,
        disjunct: &Disjunct,
        wanted: usize,
    ) -> Vec<Meets> {
        let Some(instance) = self.fixed(clause, disjunct) else {
            return Vec::new();
        };
        let facts: Vec<Fact> = disjunct
            .facts
            .iter()
            .map(|f| instance.fact(self.store, f))
            .collect();
        let equalities: Vec<_> = disjunct
            .equalities
            .iter()
            .map(|(l, r)| (instance.term(self.store, *l), instance.term(self.store, *r)))
            .collect();
        let disequalities: Vec<_> = disjunct
            .disequalities
            .iter()
            .map(|(l, r)| (instance.term(self.store, *l), instance.term(self.store, *r)))
            .collect();
        let mut search = Search {
            question: self,
            clause,
            rigid: BTreeSet::new(),
            facts,
            disequalities,
            composed: Vec::new(),
            numbers: Vec::new(),
            attempts: ATTEMPTS,
            wanted,
            found: Vec::new(),
        };
        search.rigid = clause_variables(search.question.store, clause);
        search.place(0, equalities);
        let solutions = search.found;
        let mut out: Vec<Meets> = Vec::new();
        for solution in solutions {
            let named = self.named(clause, &solution);
            let mut bindings = Vec::new();
            for position in 0..disjunct.existentials.len() {
                let var = sought(position);
                if let Some(image) = solution.image(var).or(named.image(var)) {
                    bindings.push((position, named.term(self.store, image)));
                }
            }
            let begins = disjunct
                .injective()
                .map(|f| {
                    let fact = instance.fact(self.store, f);
                    solution.fact(self.store, &fact)
                })
                .collect();
            out.push(Meets {
                disjunct: Some(number),
                bindings,
                begins,
                cases: None,
                void: None,
            });
        }
        out
    }

    /// What a solution leaves open in the terms it finds may be anything, so it
    /// becomes variables that the clause does not have.
    fn named(&mut self, clause: &Clause, solution: &Substitution) -> Substitution {
        let mut open = BTreeSet::new();
        for (_, image) in solution.iter() {
            term_variables(self.store, image, &mut open);
        }
        let last = clause_variables(self.store, clause)
            .last()
            .map_or(0, |v| v.0);
        let mut named = Substitution::new();
        for (next, v) in (last.saturating_add(1)..SOUGHT).zip(open.range(sought(0)..)) {
            let image = self.store.var(Var(next));
            named.bind(*v, image);
        }
        named
    }

    /// Premise variables as the clause fixes them, existential ones moved.
    fn fixed(&mut self, clause: &Clause, disjunct: &Disjunct) -> Option<Substitution> {
        let asked = &self.goal.clause.conclusion;
        if asked.predicate != clause.conclusion.predicate
            || asked.arguments.len() != clause.conclusion.arguments.len()
        {
            return None;
        }
        let mut instance = Substitution::new();
        for (position, var) in disjunct.existentials.iter().enumerate() {
            let moved = self.store.var(sought(position));
            instance.bind(*var, moved);
        }
        for (argument, term) in asked.arguments.iter().zip(&clause.conclusion.arguments) {
            let View::Var(var) = self.store.view(*argument) else {
                return None;
            };
            instance.bind(var, *term);
        }
        Some(instance)
    }
}

fn sought(position: usize) -> Var {
    Var(SOUGHT.saturating_add(u32::try_from(position).unwrap_or(u32::MAX)))
}

struct Search<'a, 'b> {
    question: &'a mut Question<'b>,
    clause: &'a Clause,
    rigid: BTreeSet<Var>,
    facts: Vec<Fact>,
    disequalities: Vec<(TermId, TermId)>,
    /// Attacker facts that are to be composed instead of found.
    composed: Vec<Fact>,
    /// Facts about numbers, which are to follow instead.
    numbers: Vec<Fact>,
    attempts: u32,
    /// How many solutions are sought.
    wanted: usize,
    found: Vec<Substitution>,
}

impl Search<'_, '_> {
    /// Places the facts from this one on; the pairs must be equal in the end.
    /// Stops when enough is found or too much was tried.
    fn place(&mut self, at: usize, pairs: Vec<(TermId, TermId)>) {
        let Some(fact) = self.facts.get(at).cloned() else {
            let solution = self.solve(&pairs);
            self.found.extend(solution);
            return;
        };
        if fact.predicate.is_number() {
            self.numbers.push(fact);
            self.place(at + 1, pairs);
            self.numbers.pop();
            return;
        }
        for i in 0..self.clause.hypotheses.len() {
            let hypothesis = &self.clause.hypotheses[i];
            if !serves(hypothesis.predicate, fact.predicate)
                || hypothesis.arguments.len() != fact.arguments.len()
                || !self.may_equal(&fact, hypothesis)
            {
                continue;
            }
            let Some(left) = self.attempts.checked_sub(1) else {
                return;
            };
            self.attempts = left;
            let mut extended = pairs.clone();
            extended.extend(
                fact.arguments
                    .iter()
                    .copied()
                    .zip(hypothesis.arguments.iter().copied()),
            );
            self.place(at + 1, extended);
            if self.found.len() >= self.wanted {
                return;
            }
        }
        if matches!(fact.predicate, Predicate::Attacker(_)) && self.attempts > 0 {
            self.composed.push(fact);
            self.place(at + 1, pairs);
            self.composed.pop();
        }
    }

    /// Without equations, heads that differ cannot become equal.
    fn may_equal(&self, pattern: &Fact, fact: &Fact) -> bool {
        if self.question.theory.has_equations() {
            return true;
        }
        let store = &*self.question.store;
        pattern.arguments.iter().zip(&fact.arguments).all(|(p, t)| {
            match (store.view(*p), store.view(*t)) {
                (View::Apply(f, _), View::Apply(g, _)) => f == g,
                (View::Apply(..), View::Var(_)) => false,
                (View::Var(v), _) => !self.rigid.contains(&v) || p == t,
            }
        })
    }

    fn solve(&mut self, pairs: &[(TermId, TermId)]) -> Option<Substitution> {
        let question = &mut *self.question;
        let solutions = question
            .theory
            .unify_rigid(question.store, pairs, &self.rigid);
        for solution in solutions {
            let chosen = self.chosen(solution);
            if self.disequal(&chosen) && self.counted(&chosen) && self.composable(&chosen) {
                return Some(chosen);
            }
        }
        None
    }

    /// Gives values to existential variables that only disequalities mention:
    /// any that differ will do. Constants of which there are enough, or else
    /// a term that contains the other side.
    fn chosen(&mut self, solution: Substitution) -> Substitution {
        let mut solution = self.numbered(solution);
        for (left, right) in self.disequalities.clone() {
            let store = &mut *self.question.store;
            let sides = [solution.term(store, left), solution.term(store, right)];
            let mut open = BTreeSet::new();
            for side in sides {
                term_variables(store, side, &mut open);
            }
            let open: Vec<Var> = open.range(sought(0)..).copied().collect();
            for v in open {
                let store = &mut *self.question.store;
                let [l, r] = sides;
                let other = if store.view(l) == View::Var(v) { r } else { l };
                let Some(value) = self.other_than(&solution, v, other) else {
                    continue;
                };
                solution = with(self.question.store, &solution, v, value);
            }
        }
        solution
    }

    /// Gives values to existential variables that comparisons of numbers leave open:
    /// the least that will do, so far as one comparison tells.
    fn numbered(&mut self, mut solution: Substitution) -> Substitution {
        let Some(numbers) = self.question.theory.numbers() else {
            return solution;
        };
        for fact in &self.numbers {
            let store = &mut *self.question.store;
            let zero = store.apply(numbers.zero, &[]);
            let fact = solution.fact(store, fact);
            let sought_in = |store: &Store, t: TermId| match store.view(t) {
                View::Var(v) if v >= sought(0) => Some(v),
                _ => None,
            };
            let value = match (fact.predicate, fact.arguments.as_slice()) {
                (Predicate::Natural, [term]) => sought_in(store, *term).map(|v| (v, zero)),
                (Predicate::AtLeast, [more, less]) => {
                    let mut base = *less;
                    while let View::Apply(symbol, [below]) = store.view(base)
                        && symbol == numbers.successor
                    {
                        base = *below;
                    }
                    match (sought_in(store, *more), sought_in(store, base)) {
                        (Some(v), None) => Some((v, *less)),
                        (None, Some(v)) => Some((v, zero)),
                        _ => None,
                    }
                }
                _ => None,
            };
            if let Some((v, value)) = value {
                solution = with(store, &solution, v, value);
            }
        }
        solution
    }

    /// A value for a variable with which the disequalities that it occurs in
    /// are true.
    fn other_than(
        &mut self,
        solution: &Substitution,
        variable: Var,
        other: TermId,
    ) -> Option<TermId> {
        let question = &mut *self.question;
        let store = &mut *question.store;
        let mut candidates = Vec::new();
        for (symbol, info) in question.signature.iter() {
            let count = info.arity as usize;
            if info.kind == SymbolKind::Name && count > 0 {
                continue;
            }
            let arguments = vec![other; count];
            let inside = count > 0 && candidates.len() < 2 * VALUES;
            if inside || (count == 0 && candidates.len() < VALUES) {
                candidates.push(store.apply(symbol, &arguments));
            }
        }
        candidates.into_iter().find(|candidate| {
            let mut binding = Substitution::new();
            binding.bind(variable, *candidate);
            self.disequalities.iter().all(|(l, r)| {
                let (l, r) = (solution.term(store, *l), solution.term(store, *r));
                let mut inside = BTreeSet::new();
                term_variables(store, l, &mut inside);
                term_variables(store, r, &mut inside);
                let pair = (binding.term(store, l), binding.term(store, r));
                let needed = Disequality {
                    universals: Vec::new(),
                    pairs: vec![pair],
                };
                !inside.contains(&variable)
                    || question.theory.simplify(store, &needed) == horn::Simplified::True
            })
        })
    }

    /// Every disequality follows from the clause's constraints.
    fn disequal(&mut self, solution: &Substitution) -> bool {
        let question = &mut *self.question;
        let store = &mut *question.store;
        let mut given = Vec::new();
        for constraint in &self.clause.constraints {
            match question.theory.simplify(store, constraint) {
                horn::Simplified::False => return true,
                horn::Simplified::Rest(rest) => given.extend(rest),
                horn::Simplified::True => {}
            }
        }
        self.disequalities.iter().all(|(l, r)| {
            let needed = Disequality {
                universals: Vec::new(),
                pairs: vec![(solution.term(store, *l), solution.term(store, *r))],
            };
            match question.theory.simplify(store, &needed) {
                horn::Simplified::False => false,
                horn::Simplified::Rest(rest) => {
                    rest.iter()
                        .all(|n| given.iter().any(|g| implies(store, g, n)))
                        || question
                            .theory
                            .numbers_differ(store, &needed, &self.clause.hypotheses)
                }
                horn::Simplified::True => true,
            }
        })
    }

    /// What is asked of numbers follows from what the clause says of them.
    fn counted(&mut self, solution: &Substitution) -> bool {
        let question = &mut *self.question;
        self.numbers.iter().all(|fact| {
            let fact = solution.fact(question.store, fact);
            let given = (&*self.clause.hypotheses, &*self.clause.constraints);
            let theory = question.theory;
            theory.follows_apart(question.store, &fact, given)
        })
    }

    fn composable(&mut self, solution: &Substitution) -> bool {
        let question = &mut *self.question;
        let clause = self.clause;
        self.composed.iter().all(|fact| {
            let fact = solution.fact(question.store, fact);
            let (Predicate::Attacker(phase), [term]) = (fact.predicate, &fact.arguments[..]) else {
                return false;
            };
            let known = |t: TermId| {
                clause.hypotheses.iter().any(|h| {
                    matches!(h.predicate, Predicate::Attacker(p) if logic::phase_of(p) <= logic::phase_of(phase))
                        && h.arguments == [t]
                })
            };
            let public = |s| question.signature.info(s).is_some_and(|i| i.public);
            composes(question.store, &public, &known, *term)
        })
    }
}

/// The substitution with a value for a variable of its images.
fn with(store: &mut Store, solution: &Substitution, v: Var, value: TermId) -> Substitution {
    let mut binding = Substitution::new();
    binding.bind(v, value);
    let mut next = binding.clone();
    for (var, image) in solution.iter() {
        let image = binding.term(store, image);
        next.bind(var, image);
    }
    next
}

/// Whether a hypothesis may serve as a fact: knowledge lasts.
fn serves(hypothesis: Predicate, fact: Predicate) -> bool {
    match (hypothesis, fact) {
        (Predicate::Attacker(before), Predicate::Attacker(phase)) => {
            logic::phase_of(before) <= logic::phase_of(phase)
        }
        (Predicate::End(_) | Predicate::EndAt(_), _) => false,
        (h, f) => h == f,
    }
}
