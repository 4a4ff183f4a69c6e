//! User predicates: the clauses that define them and the processes that ask.
//!
//! A `clauses` declaration is a Horn clause already; it is translated as it
//! stands, once per way in which its terms have representatives. A process that
//! asks `p(M,…)` goes on when the fact is derivable, so the fact is a hypothesis
//! of what follows, with fresh variables for what `suchthat` binds. That the
//! fact does *not* hold is not expressible, hence `else` has no condition:
//! it only adds runs.

use crate::branch::{Branch, Step, new_variable};
use crate::number::number_term;
use crate::problem::Origin;
use crate::translate::Translator;
use crate::types;
use logic::{Disequality, Fact, Predicate, TermId};
use pi::{
    Diagnostic, Formula, FunctionKind, PointId, PredicateId, QueryTerm, Span, Term, TypeId,
    UserClause, VarId,
};

/// Terms with the paths on which they have these representatives.
type Ways = Vec<(Branch, Vec<TermId>)>;

impl Translator<'_> {
    /// Adds the clauses that define the user predicates.
    pub(crate) fn user_clauses(&mut self) -> Result<(), Diagnostic> {
        let program = self.program;
        for (number, clause) in (0_u32..).zip(&program.clauses) {
            self.user_clause(number, clause)?;
        }
        Ok(())
    }

    fn user_clause(&mut self, number: u32, clause: &UserClause) -> Result<(), Diagnostic> {
        let variables: Vec<TermId> = clause
            .variables
            .iter()
            .map(|_| new_variable(&mut self.fresh, &mut self.store).1)
            .collect();
        self.user_types = clause.variables.iter().map(|v| v.ty).collect();
        let mut branches = vec![Branch::default()];
        for hypothesis in &clause.hypotheses {
            let mut next = Vec::new();
            for branch in branches {
                next.extend(self.user_hypothesis(hypothesis, &variables, branch, clause.span)?);
            }
            branches = next;
        }
        for branch in branches {
            let Formula::Predicate {
                predicate,
                arguments,
                ..
            } = &clause.conclusion
            else {
                return Err(no_predicate(clause.span));
            };
            for (branch, terms) in self.user_terms(arguments, &variables, branch, clause.span)? {
                let fact = Fact::new(self.user_predicate(*predicate), terms);
                self.push(&branch, &fact, Origin::User(number));
            }
        }
        Ok(())
    }

    fn user_hypothesis(
        &mut self,
        hypothesis: &Formula,
        variables: &[TermId],
        branch: Branch,
        span: Span,
    ) -> Result<Vec<Branch>, Diagnostic> {
        match hypothesis {
            Formula::Predicate {
                predicate,
                arguments,
                ..
            } => {
                let predicate = self.user_predicate(*predicate);
                let ways = self.user_terms(arguments, variables, branch, span)?;
                Ok(ways
                    .into_iter()
                    .map(|(mut branch, terms)| {
                        branch.suppose(Fact::new(predicate, terms));
                        branch
                    })
                    .collect())
            }
            Formula::Equal(left, right, _) | Formula::Unequal(left, right, _) => {
                let equal = matches!(hypothesis, Formula::Equal(..));
                let sides = [left.clone(), right.clone()];
                let mut out = Vec::new();
                for (mut branch, terms) in self.user_terms(&sides, variables, branch, span)? {
                    let [left, right] = terms[..] else { continue };
                    let possible = if equal {
                        branch.unify(&mut self.store, &self.theory, &[(left, right)])
                    } else {
                        let differ = Disequality {
                            universals: Vec::new(),
                            pairs: vec![(left, right)],
                        };
                        branch.exclude(&mut self.store, &self.theory, differ)
                    };
                    if possible {
                        out.push(branch);
                    }
                }
                Ok(out)
            }
            Formula::True => Ok(vec![branch]),
            Formula::False => Ok(Vec::new()),
            _ => Err(no_predicate(span)),
        }
    }

    fn user_terms(
        &mut self,
        terms: &[QueryTerm],
        variables: &[TermId],
        branch: Branch,
        span: Span,
    ) -> Result<Ways, Diagnostic> {
        let mut states = vec![(branch, Vec::with_capacity(terms.len()))];
        for term in terms {
            let mut next = Vec::new();
            for (branch, done) in states {
                for (branch, value) in self.user_term(term, variables, branch, span)? {
                    let mut done: Vec<TermId> = done.clone();
                    done.push(value);
                    next.push((branch, done));
                }
            }
            states = next;
        }
        self.spend(states.len(), span)?;
        Ok(states)
    }

    fn user_term(
        &mut self,
        term: &QueryTerm,
        variables: &[TermId],
        branch: Branch,
        span: Span,
    ) -> Result<Vec<(Branch, TermId)>, Diagnostic> {
        match term {
            QueryTerm::Var(v) => match variables.get(*v as usize) {
                Some(term) => Ok(vec![(branch, *term)]),
                None => Err(Diagnostic::error(
                    span,
                    "this clause has an unknown variable",
                )),
            },
            QueryTerm::Apply(function, arguments) => {
                let program = self.program;
                let declared = program.functions.get(function.0 as usize);
                let mut out = Vec::new();
                let types: Vec<TypeId> = arguments
                    .iter()
                    .map(|a| match a {
                        QueryTerm::Var(v) => self.user_types.get(*v as usize).copied(),
                        _ => Some(types::of_query_term(program, &[], a)),
                    })
                    .map(|ty| ty.unwrap_or(TypeId::ANY))
                    .collect();
                for (branch, values) in self.user_terms(arguments, variables, branch, span)? {
                    if let (Some(FunctionKind::Natural(operation)), Some(numbers)) =
                        (declared.map(|f| &f.kind), self.symbols.numbers)
                    {
                        let store = &mut self.store;
                        let term = number_term(store, numbers, *operation, &values, span)?;
                        out.push((branch, term));
                        continue;
                    }
                    let values: Vec<_> = values.into_iter().map(Some).collect();
                    for (branch, value) in
                        self.apply(branch, *function, &types, &values, false, span)?
                    {
                        out.extend(value.map(|v| (branch, v)));
                    }
                }
                Ok(out)
            }
            QueryTerm::Bound { .. } | QueryTerm::Name(_) => {
                Err(Diagnostic::error(span, "a name may not stand in a clause"))
            }
        }
    }

    /// The predicate as clauses know it.
    pub(crate) fn user_predicate(&self, predicate: PredicateId) -> Predicate {
        Predicate::User {
            predicate: self.symbols.predicate(predicate),
            blocking: self
                .program
                .predicates
                .get(predicate.0 as usize)
                .is_some_and(|p| p.blocking),
        }
    }

    /// The paths on which some values of the variables satisfy a predicate.
    pub(crate) fn such_that(
        &mut self,
        mut branch: Branch,
        point: PointId,
        variables: &[VarId],
        predicate: PredicateId,
        arguments: &[Term],
    ) -> Result<Vec<Branch>, Diagnostic> {
        let mut bound = Vec::with_capacity(variables.len());
        for v in variables {
            let (_, term) = new_variable(&mut self.fresh, &mut self.store);
            branch.environment.insert(*v, term);
            self.counted(&mut branch, *v, term);
            bound.push(term);
        }
        let predicate = self.user_predicate(predicate);
        let mut out = Vec::new();
        for (mut branch, values) in self.evaluate_all(arguments, branch, false)? {
            let Some(messages) = values.into_iter().collect::<Option<Vec<TermId>>>() else {
                continue;
            };
            branch.suppose(Fact::new(predicate, messages));
            if !bound.is_empty() {
                self.only_one(&mut branch, point, &bound);
            }
            out.push(branch.stepped(Step::Branch { point, then: true }));
        }
        Ok(out)
    }

    /// The paths on which the predicate may not hold, and whether it was asked
    /// on them. A predicate without variables to bind is a condition: where an
    /// argument fails, so does the condition, and neither branch is taken. With
    /// variables, an argument that fails leaves no values for them: `else`.
    pub(crate) fn such_that_not(
        &mut self,
        branch: Branch,
        point: PointId,
        variables: &[VarId],
        arguments: &[Term],
    ) -> Result<Vec<(Branch, bool)>, Diagnostic> {
        let step = Step::Branch { point, then: false };
        if !variables.is_empty() {
            return Ok(vec![(branch.stepped(step), true)]);
        }
        Ok(self
            .evaluate_all(arguments, branch, true)?
            .into_iter()
            .map(|(branch, values)| {
                let asked = values.iter().all(Option::is_some);
                let branch = if asked {
                    branch.stepped(step.clone())
                } else {
                    branch
                };
                (branch, asked)
            })
            .collect())
    }
}

fn no_predicate(span: Span) -> Diagnostic {
    Diagnostic::error(
        span,
        "a clause speaks of user predicates, equalities and disequalities only",
    )
}
