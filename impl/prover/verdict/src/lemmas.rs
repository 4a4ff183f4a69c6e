//! Lemmas, axioms and restrictions at work on the clauses of a goal.
//!
//! Whenever hypotheses of such a clause are instances of all premises of a
//! statement, and none of its disjuncts is met by the clause already, the clause
//! is replaced by one clause per disjunct. That each case meets its disjunct is
//! what ends it; a statement whose conclusion makes room for itself again is
//! stopped by [`LARGEST`].
//!
//! *Order of proofs.* ProVerif proves lemmas first, each with the help of those
//! before it, and so does this crate; one that is not proved is not used.

use crate::conclusion::Question;
use crate::hints::Hints;
use horn::{Goal, Lemma, Theory, Translation};
use logic::{
    Clause, Disequality, Fact, Predicate, Signature, Store, Substitution, TermId, Var,
    clause_variables, fact_variables,
};
use saturation::{Cases, Matcher, Purpose};
use std::collections::BTreeSet;

/// A clause with as many hypotheses is left alone.
const LARGEST: usize = 120;

/// Most ways to place the premises of one statement in one clause.
const ATTEMPTS: u32 = 20_000;

/// A statement, also in the form of a goal, to ask whether a clause meets it.
#[derive(Clone, Debug)]
pub(crate) struct Statement {
    lemma: Lemma,
    goal: Goal,
}

impl Statement {
    /// The statements that may be used: `proved` says so of a lemma's query.
    pub(crate) fn all(
        translation: &mut Translation,
        lemmas: Vec<Lemma>,
        proved: impl Fn(u32) -> bool,
    ) -> Vec<Self> {
        lemmas
            .into_iter()
            .filter(|l| l.query.is_none_or(&proved))
            .map(|lemma| {
                let mut variables = BTreeSet::new();
                for premise in &lemma.premises {
                    variables.extend(fact_variables(&translation.store, premise));
                }
                let variables: Vec<TermId> = variables
                    .into_iter()
                    .map(|v| translation.store.var(v))
                    .collect();
                let goal = Goal {
                    query: 0,
                    clause: Clause {
                        constraints: lemma.constraints.clone(),
                        hypotheses: lemma.premises.clone(),
                        conclusion: Fact::new(Predicate::Goal(0), variables),
                    },
                    executions: 0,
                    disjuncts: lemma.disjuncts.clone(),
                };
                Self { lemma, goal }
            })
            .collect()
    }

    /// Whether it speaks of the terms of its premises, and of no others: of several
    /// executions in one run these statements say what the checker looks for.
    pub(crate) fn is_of_terms(&self) -> bool {
        self.lemma.is_of_terms()
    }
}

/// The events of which the goal, or a statement, asks whether they have happened.
pub(crate) fn begins(goal: &Goal, statements: &[Statement]) -> BTreeSet<Predicate> {
    let goals = statements.iter().map(|s| &s.goal).chain([goal]);
    let facts = goals.flat_map(|g| {
        let concluded = g.disjuncts.iter().flat_map(|d| &d.facts);
        g.clause.hypotheses.iter().chain(concluded)
    });
    let predicates = facts.map(|f| f.predicate);
    let begins = predicates.filter(|p| matches!(p, Predicate::Begin(_)));
    begins.collect()
}

/// What is known while a goal is decided: these statements hold, and of events
/// that nothing asks about it does not matter that they happened.
pub(crate) struct Knowing<'a> {
    pub(crate) signature: &'a Signature,
    pub(crate) theory: &'a Theory,
    pub(crate) statements: &'a [Statement],
    /// See [`begins`].
    pub(crate) begins: BTreeSet<Predicate>,
    /// [`Purpose::asks_knowledge`].
    pub(crate) knowledge: bool,
    pub(crate) hints: Hints,
    /// See [`Purpose::persists`].
    pub(crate) persistent: bool,
}

impl Purpose for Knowing<'_> {
    fn keeps(&self, predicate: Predicate) -> bool {
        !matches!(predicate, Predicate::Begin(_)) || self.begins.contains(&predicate)
    }

    fn asks_knowledge(&self) -> bool {
        self.knowledge
    }

    fn weight(&self, store: &mut Store, fact: &Fact) -> Option<i64> {
        self.hints.weight(store, fact)
    }

    fn persists(&self) -> bool {
        self.persistent
    }

    fn cases(&self, store: &mut Store, clause: &Clause) -> Option<Cases> {
        if clause.hypotheses.len() >= LARGEST {
            return None;
        }
        self.statements.iter().find_map(|statement| {
            let mut search = Search {
                knowing: self,
                statement,
                clause,
                matcher: Matcher::new(),
                places: Vec::new(),
                attempts: ATTEMPTS,
            };
            search.matcher.clear();
            search.place(store)
        })
    }
}

struct Search<'a> {
    knowing: &'a Knowing<'a>,
    statement: &'a Statement,
    clause: &'a Clause,
    matcher: Matcher,
    places: Vec<u32>,
    attempts: u32,
}

impl Search<'_> {
    /// The first way to place the premises from here on that says something new.
    fn place(&mut self, store: &mut Store) -> Option<Cases> {
        let statement = self.statement;
        let Some(premise) = statement.lemma.premises.get(self.places.len()) else {
            return self.new_cases(store);
        };
        for (position, fact) in (0..).zip(&self.clause.hypotheses) {
            self.attempts = self.attempts.checked_sub(1)?;
            let mark = self.matcher.mark();
            if self.matcher.matches_fact(store, premise, fact) {
                self.places.push(position);
                let found = self.place(store);
                if found.is_some() {
                    return found;
                }
                self.places.pop();
            }
            self.matcher.undo(mark);
        }
        None
    }

    fn new_cases(&mut self, store: &mut Store) -> Option<Cases> {
        let goal = &self.statement.goal;
        let mut instance = Substitution::new();
        for argument in &goal.clause.conclusion.arguments {
            let variables = fact_variables(store, &Fact::new(Predicate::Goal(0), vec![*argument]));
            for v in variables {
                let image = self.matcher.instance(store, *argument);
                instance.bind(v, image);
            }
        }
        let implied = |store: &mut Store, constraint: &Disequality| {
            let needed = instance.disequality(store, constraint);
            self.follows(store, &needed)
        };
        if !self
            .statement
            .lemma
            .constraints
            .iter()
            .all(|c| implied(store, c))
        {
            return None;
        }
        let asked = Clause {
            conclusion: instance.fact(store, &goal.clause.conclusion),
            ..self.clause.clone()
        };
        let mut question = Question {
            store,
            signature: self.knowing.signature,
            theory: self.knowing.theory,
            goal,
        };
        if question.answer(&asked).is_some() {
            return None;
        }
        Some(Cases {
            by: self.statement.lemma.index,
            premises: self.places.clone(),
            parts: self.parts(store, &instance),
        })
    }

    fn follows(&self, store: &mut Store, needed: &Disequality) -> bool {
        let theory = self.knowing.theory;
        let given: Vec<Disequality> = self
            .clause
            .constraints
            .iter()
            .filter_map(|c| match theory.simplify(store, c) {
                horn::Simplified::Rest(rest) => Some(rest),
                _ => None,
            })
            .flatten()
            .collect();
        match theory.simplify(store, needed) {
            horn::Simplified::False => false,
            horn::Simplified::Rest(rest) => rest
                .iter()
                .all(|n| given.iter().any(|g| saturation::implies(store, g, n))),
            horn::Simplified::True => true,
        }
    }

    fn parts(&self, store: &mut Store, fixed: &Substitution) -> Vec<Clause> {
        let first = clause_variables(store, self.clause)
            .into_iter()
            .map(|v| v.0.saturating_add(1))
            .max()
            .unwrap_or(0);
        let mut parts = Vec::new();
        for disjunct in &self.statement.lemma.disjuncts {
            let mut instance = fixed.clone();
            for (v, number) in disjunct.existentials.iter().zip(first..) {
                let unknown = store.var(Var(number));
                instance.bind(*v, unknown);
            }
            let mut case = self.clause.clone();
            for fact in &disjunct.facts {
                let fact = instance.fact(store, fact);
                case.hypotheses.push(fact);
            }
            for (l, r) in &disjunct.disequalities {
                let pair = (instance.term(store, *l), instance.term(store, *r));
                case.constraints.push(Disequality {
                    universals: Vec::new(),
                    pairs: vec![pair],
                });
            }
            let equalities: Vec<_> = disjunct
                .equalities
                .iter()
                .map(|(l, r)| (instance.term(store, *l), instance.term(store, *r)))
                .collect();
            for unifier in self.knowing.theory.unify(store, &equalities) {
                let part = unifier.clause(store, &case);
                parts.push(crate::lids::numbered(store, &part));
            }
        }
        parts
    }
}
