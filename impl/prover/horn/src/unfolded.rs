//! Predicates of a conclusion, as what clauses derive them from.
//!
//! A user predicate holds where a clause concludes it from what holds. So `p(t)` in a
//! conclusion follows from each of: `p(t)`, which the premises may say; and, for a clause
//! `h1 && … && hn -> p(s)` with variables of its own, `t = s && h1 && … && hn`. Where one
//! of these stands among the premises as `p(u)`, `t = u` will do. The query with all of
//! them in place of `p(t)` says no less, for the clauses of a program are all there is
//! to a predicate's meaning, and they speak neither of the attacker nor of the run
//! (Blanchet, 2016 survey, section 4.3, has conclusions of events only).
//!
//! What a clause asks for is unfolded as well, as far as [`DEPTH`].

use pi::{Correspondence, Formula, PredicateId, Program, QueryTerm, QueryVariable, Span};
use std::collections::BTreeMap;

/// How often one clause is put into what another one asks for.
const DEPTH: u32 = 2;
/// Most clauses and premises that are put in.
const UNFOLDINGS: u32 = 24;

/// The query with its predicates unfolded; as it is, if that takes too much.
pub(crate) fn unfolded(program: &Program, asked: &Correspondence) -> Correspondence {
    let mut unfolding = Unfolding {
        program,
        premises: &asked.premises,
        variables: asked.variables.clone(),
        left: UNFOLDINGS,
    };
    match unfolding.formula(&asked.conclusion) {
        Some(conclusion) if unfolding.left < UNFOLDINGS => Correspondence {
            conclusion,
            variables: unfolding.variables,
            ..asked.clone()
        },
        _ => asked.clone(),
    }
}

struct Unfolding<'a> {
    program: &'a Program,
    premises: &'a [Formula],
    variables: Vec<QueryVariable>,
    left: u32,
}

impl Unfolding<'_> {
    /// `None` if it takes too much.
    fn formula(&mut self, formula: &Formula) -> Option<Formula> {
        let all = |this: &mut Self, parts: &[Formula]| {
            let parts = parts.iter().map(|p| this.formula(p));
            parts.collect::<Option<Vec<_>>>()
        };
        Some(match formula {
            Formula::And(parts) => Formula::And(all(self, parts)?),
            Formula::Or(parts) => Formula::Or(all(self, parts)?),
            Formula::Predicate {
                predicate,
                arguments,
                span,
            } => self.predicate(*predicate, arguments, *span, DEPTH)?,
            other => other.clone(),
        })
    }

    fn predicate(
        &mut self,
        predicate: PredicateId,
        arguments: &[QueryTerm],
        span: Span,
        depth: u32,
    ) -> Option<Formula> {
        let mut ways = vec![Formula::Predicate {
            predicate,
            arguments: arguments.to_vec(),
            span,
        }];
        let premises = self.premises;
        let mut said = Vec::new();
        for premise in premises {
            premised(premise, predicate, &mut said);
        }
        for terms in said.into_iter().filter(|t| *t != arguments) {
            self.left = self.left.checked_sub(1)?;
            let pairs = arguments.iter().zip(terms);
            let equal = pairs.map(|(l, r)| Formula::Equal(l.clone(), r.clone(), span));
            ways.push(conjunction(equal.collect()));
        }
        let program = self.program;
        for clause in &program.clauses {
            let Formula::Predicate {
                predicate: concluded,
                arguments: terms,
                ..
            } = &clause.conclusion
            else {
                continue;
            };
            if *concluded != predicate
                || depth == 0
                || clause.variables.iter().any(|v| v.may_fail)
                || !clause.hypotheses.iter().all(is_plain)
            {
                continue;
            }
            self.left = self.left.checked_sub(1)?;
            let values = self.own(&clause.variables);
            let mut parts = Vec::new();
            for (l, r) in arguments.iter().zip(terms) {
                let mut r = r.clone();
                r.replace(&values);
                parts.push(Formula::Equal(l.clone(), r, span));
            }
            for hypothesis in &clause.hypotheses {
                let mut asked = hypothesis.clone();
                asked.replace(&values);
                parts.push(match &asked {
                    Formula::Predicate {
                        predicate,
                        arguments,
                        ..
                    } => self.predicate(*predicate, arguments, span, depth - 1)?,
                    _ => asked,
                });
            }
            ways.push(conjunction(parts));
        }
        Some(match ways.len() {
            1 => ways.swap_remove(0),
            _ => Formula::Or(ways),
        })
    }

    /// Variables of the query for those of a clause.
    fn own(&mut self, variables: &[pi::RuleVariable]) -> BTreeMap<u32, QueryTerm> {
        let mut values = BTreeMap::new();
        for (v, variable) in (0..).zip(variables) {
            let own = u32::try_from(self.variables.len()).unwrap_or(u32::MAX);
            self.variables.push(QueryVariable {
                name: variable.name.clone(),
                ty: variable.ty,
            });
            values.insert(v, QueryTerm::Var(own));
        }
        values
    }
}

/// What premises say of the predicate.
fn premised<'a>(premise: &'a Formula, asked: PredicateId, into: &mut Vec<&'a [QueryTerm]>) {
    match premise {
        Formula::And(parts) => parts.iter().for_each(|p| premised(p, asked, into)),
        Formula::Predicate {
            predicate,
            arguments,
            ..
        } if *predicate == asked => into.push(arguments),
        _ => {}
    }
}

/// Whether a hypothesis of a clause may stand in a conclusion.
fn is_plain(hypothesis: &Formula) -> bool {
    matches!(
        hypothesis,
        Formula::Equal(..)
            | Formula::Natural(..)
            | Formula::Predicate { .. }
            | Formula::Unequal(..)
    )
}

fn conjunction(mut parts: Vec<Formula>) -> Formula {
    match parts.len() {
        0 => Formula::True,
        1 => parts.swap_remove(0),
        _ => Formula::And(parts),
    }
}
