//! The query itself as clauses: what meets a disjunct as it stands.
//!
//! A disjunct `F1 && … && Fn && M = N && L <> R` of the conclusion becomes, for
//! each unifier σ of its equalities, the clause `(L <> R && F1 && … && Fn →
//! goal(x1,…,xm))σ`. It meets the query by this very disjunct, hence so does
//! everything it subsumes, and the engine need not look further there. It also
//! stands in the certificate in place of all those clauses.

use crate::conclusion::Question;
use horn::{Goal, Theory};
use logic::{
    Clause, Disequality, Signature, Store, Substitution, Var, clause_variables, term_variables,
};
use std::collections::BTreeSet;

/// The lids of a goal. Each was seen to meet the query.
pub(crate) fn lids(
    store: &mut Store,
    signature: &Signature,
    theory: &Theory,
    goal: &Goal,
) -> Vec<Clause> {
    let mut found = Vec::new();
    for disjunct in &goal.disjuncts {
        // Clauses that meet an injective event must be compared with each other.
        if disjunct.injective().next().is_some() {
            continue;
        }
        for unifier in theory.unify(store, &disjunct.equalities) {
            let clause = Clause {
                constraints: disjunct
                    .disequalities
                    .iter()
                    .map(|pair| Disequality {
                        universals: Vec::new(),
                        pairs: vec![*pair],
                    })
                    .collect(),
                hypotheses: disjunct.facts.clone(),
                conclusion: goal.clause.conclusion.clone(),
            };
            let clause = unifier.clause(store, &clause);
            if chooses(store, &clause) {
                continue;
            }
            found.push(numbered(store, &clause));
        }
    }
    let mut question = Question {
        store,
        signature,
        theory,
        goal,
    };
    found.retain(|clause| {
        question
            .answer(clause)
            .is_some_and(|met| met.begins.is_empty())
    });
    found
}

/// Whether a value is to be chosen that only disequalities speak of: the clause
/// would be one for each value, and what it subsumes may need another.
fn chooses(store: &Store, clause: &Clause) -> bool {
    let facts = clause.hypotheses.iter().chain([&clause.conclusion]);
    let mut fixed = BTreeSet::new();
    for term in facts.flat_map(|f| &f.arguments) {
        term_variables(store, *term, &mut fixed);
    }
    clause_variables(store, clause)
        .into_iter()
        .any(|v| !fixed.contains(&v))
}

/// The clause with its variables numbered from 0.
pub(crate) fn numbered(store: &mut Store, clause: &Clause) -> Clause {
    let mut renaming = Substitution::new();
    for (i, var) in clause_variables(store, clause).into_iter().enumerate() {
        let image = store.var(Var(u32::try_from(i).unwrap_or(u32::MAX)));
        renaming.bind(var, image);
    }
    renaming.clause(store, clause)
}
