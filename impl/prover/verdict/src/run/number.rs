//! Natural numbers in a run: derivations count by successors, recipes by `+`
//! and `-`, and what a derivation leaves open must be a number where its facts
//! say so.

use super::perform::Performance;
use horn::Goal;
use logic::{Fact, Predicate, Store, Substitution, TermId, View, term_variables};
use pi::{FunId, FunctionKind, NaturalOperation, Program};
use proof::attack::Recipe;
use proof::{Derivation, DerivationRule};
use std::collections::{BTreeMap, BTreeSet};

/// Numbers for the open terms of a derivation, as small as its facts and the
/// constraints of its clauses allow, and such that what the query says of them
/// is false where it can be.
pub(super) fn numbers(
    translation: &horn::Translation,
    goal: &Goal,
    derivation: &Derivation,
) -> BTreeMap<TermId, u64> {
    let mut facts: Vec<Fact> = derivation
        .nodes
        .iter()
        .filter(|n| matches!(n.rule, DerivationRule::Assumed))
        .map(|n| &n.fact)
        .filter(|f| f.predicate.is_number())
        .cloned()
        .collect();
    if facts.is_empty() {
        return BTreeMap::new();
    }
    let mut store = translation.store.clone();
    for negated in negated(translation, &mut store, goal, derivation) {
        facts.push(negated);
        if translation.theory.impossible(&store, &facts) {
            facts.pop();
        }
    }
    let mut constraints = Vec::new();
    for node in &derivation.nodes {
        let DerivationRule::Clause { clause, instance } = &node.rule else {
            continue;
        };
        let Some(initial) = translation.clauses.get(*clause as usize) else {
            continue;
        };
        let mut values = Substitution::new();
        for (v, t) in instance {
            values.bind(*v, *t);
        }
        for c in &initial.clause.constraints {
            constraints.push(values.disequality(&mut store, c));
        }
    }
    let theory = &translation.theory;
    let solution = theory.solution(&mut store, &facts, &constraints);
    // What differs in other ways is left to the run.
    let solution = solution.or_else(|| theory.solution(&mut store, &facts, &[]));
    let mut open = Vec::new();
    let mut work: Vec<TermId> = facts
        .iter()
        .flat_map(|f| f.arguments.iter().copied())
        .collect();
    while let Some(term) = work.pop() {
        match store.view(term) {
            View::Var(v) => open.push((term, v)),
            View::Apply(_, arguments) => work.extend_from_slice(arguments),
        }
    }
    let solution = solution.unwrap_or_default();
    open.into_iter()
        .filter_map(|(term, v)| solution.get(&v).map(|n| (term, *n)))
        .collect()
}

/// The opposites of what the query's conclusion says of numbers.
fn negated(
    translation: &horn::Translation,
    store: &mut Store,
    goal: &Goal,
    derivation: &Derivation,
) -> Vec<Fact> {
    let root = derivation.nodes.get(derivation.root as usize);
    let (Some(DerivationRule::Clause { instance, .. }), Some(numbers)) =
        (root.map(|n| &n.rule), translation.theory.numbers())
    else {
        return Vec::new();
    };
    let mut values = Substitution::new();
    for (v, t) in instance {
        values.bind(*v, *t);
    }
    let asked = goal.disjuncts.iter().flat_map(|d| &d.facts);
    asked
        .filter_map(|fact| match (fact.predicate, fact.arguments.as_slice()) {
            (Predicate::AtLeast, [left, right]) => {
                let mut inside = BTreeSet::new();
                term_variables(store, *left, &mut inside);
                term_variables(store, *right, &mut inside);
                if inside.iter().any(|v| values.image(*v).is_none()) {
                    return None;
                }
                let (left, right) = (values.term(store, *left), values.term(store, *right));
                let above = store.apply(numbers.successor, &[left]);
                Some(Fact::new(Predicate::AtLeast, vec![right, above]))
            }
            _ => None,
        })
        .collect()
}

/// How the attacker writes a number.
pub(super) fn number(program: &Program, value: u64) -> Option<Recipe> {
    if let Some(function) = operation(program, NaturalOperation::Literal(value)) {
        return Some(Recipe::Apply(function.0, Vec::new()));
    }
    let smaller = program.functions.iter().filter_map(|f| match f.kind {
        FunctionKind::Natural(NaturalOperation::Literal(n)) if n > 0 && n < value => Some(n),
        _ => None,
    });
    let largest = smaller.max()?;
    let sum = operation(program, NaturalOperation::Add)?;
    let rest = number(program, value.checked_sub(largest)?)?;
    Some(Recipe::Apply(sum.0, vec![number(program, largest)?, rest]))
}

fn operation(program: &Program, wanted: NaturalOperation) -> Option<FunId> {
    (0_u32..)
        .zip(&program.functions)
        .find(|(_, f)| f.kind == FunctionKind::Natural(wanted))
        .map(|(n, _)| FunId(n))
}

impl Performance<'_, '_> {
    /// The arguments of an application; a successor adds one.
    pub(super) fn with_one(&self, function: FunId, mut arguments: Vec<Recipe>) -> Vec<Recipe> {
        let program = self.semantics.program();
        if operation(program, NaturalOperation::Add) == Some(function) && arguments.len() == 1 {
            arguments.extend(number(program, 1));
        }
        arguments
    }

    /// One less, if taking the function apart means that.
    pub(super) fn one_less(&self, function: FunId, whole: &Recipe) -> Option<Recipe> {
        let program = self.semantics.program();
        if operation(program, NaturalOperation::Add) != Some(function) {
            return None;
        }
        let less = operation(program, NaturalOperation::Subtract)?;
        Some(Recipe::Apply(
            less.0,
            vec![whole.clone(), number(program, 1)?],
        ))
    }

    /// A term without the successors around it, and their number; `None` for
    /// the base when the term is a number.
    pub(super) fn counted(&self, term: TermId) -> Option<(Option<TermId>, u64)> {
        let numbers = self.translation.symbols.numbers?;
        let mut count = 0;
        let mut term = term;
        loop {
            match self.translation.store.view(term) {
                View::Apply(symbol, []) if symbol == numbers.zero => return Some((None, count)),
                View::Apply(symbol, [inner]) if symbol == numbers.successor => {
                    count += 1;
                    term = *inner;
                }
                _ if count == 0 => return None,
                _ => return Some((Some(term), count)),
            }
        }
    }

    /// `base + count` by operations of the program.
    pub(super) fn sum(&self, base: Option<Recipe>, count: u64) -> Result<Recipe, String> {
        let program = self.semantics.program();
        let missing = || "the program has no such number".to_owned();
        let count = number(program, count).ok_or_else(missing)?;
        match base {
            None => Ok(count),
            Some(base) => {
                let sum = operation(program, NaturalOperation::Add).ok_or_else(missing)?;
                Ok(Recipe::Apply(sum.0, vec![base, count]))
            }
        }
    }
}
