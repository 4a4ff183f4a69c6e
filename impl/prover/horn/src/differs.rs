//! Conclusions that something of the premises differs, as what is left to show.
//!
//! Where l and r differ, `F ==> l <> r || C` holds. Where they are equal, its
//! variables are an instance of the most general unifier of l and r, if no equation
//! mentions their functions (Martelli and Montanari, 1982); if they have none, the
//! query holds. So the query says neither more nor less than its instance under the
//! unifier, without `l <> r`. The instance says what follows from the equality at
//! once: that a check would have failed, or a restriction be violated. In a conjunction,
//! that terms differ which never are equal says nothing.

use pi::{
    Correspondence, Formula, FunId, FunctionKind, NaturalOperation, Program, QueryTerm, RuleTerm,
    TypeId,
};
use std::collections::{BTreeMap, BTreeSet};

type Values = BTreeMap<u32, QueryTerm>;

/// The query without such disjuncts, as far as they can be taken away.
pub(crate) fn equated(program: &Program, asked: &Correspondence) -> Correspondence {
    let mut query = asked.clone();
    let free = Free::of(program);
    for _ in 0..DISJUNCTS {
        let mut disjuncts = Vec::new();
        disjuncts_of(&query.conclusion, &mut disjuncts);
        let mut fixed = BTreeSet::new();
        for premise in &query.premises {
            if !matches!(premise, Formula::Equal(..) | Formula::Unequal(..)) {
                premise.variables(&mut fixed);
            }
        }
        let variables = &query.variables;
        fixed.retain(|v| {
            let declared = variables.get(*v as usize);
            declared.is_some_and(|d| d.ty != TypeId::TIME && d.ty != TypeId::SID)
        });
        for disjunct in &mut disjuncts {
            if let Formula::And(conjuncts) = disjunct {
                conjuncts.retain(|c| !free.is_difference(c, &fixed));
                if let [only] = conjuncts.as_slice() {
                    *disjunct = only.clone();
                }
            }
        }
        let found = disjuncts.iter().enumerate().find_map(|(i, disjunct)| {
            let Formula::Unequal(l, r, _) = disjunct else {
                return None;
            };
            let mut values = Values::new();
            match free.unify(l, r, &fixed, &mut values)? {
                true => Some((i, Some(values))),
                false => Some((i, None)),
            }
        });
        let Some((i, values)) = found else { break };
        let Some(values) = values else {
            query.conclusion = Formula::True;
            break;
        };
        disjuncts.remove(i);
        query.conclusion = match disjuncts.len() {
            0 => Formula::False,
            1 => disjuncts.swap_remove(0),
            _ => Formula::Or(disjuncts),
        };
        for formula in query.premises.iter_mut().chain([&mut query.conclusion]) {
            formula.replace(&values);
        }
    }
    query
}

/// Most disjuncts that are taken away.
const DISJUNCTS: usize = 16;

fn disjuncts_of(formula: &Formula, into: &mut Vec<Formula>) {
    match formula {
        Formula::Or(parts) => parts.iter().for_each(|p| disjuncts_of(p, into)),
        other => into.push(other.clone()),
    }
}

/// Whether no run makes two terms equal, whatever their variables are.
pub(crate) fn never_equal(program: &Program, left: &QueryTerm, right: &QueryTerm) -> bool {
    let mut variables = BTreeSet::new();
    left.variables(&mut variables);
    right.variables(&mut variables);
    Free::of(program).unify(left, right, &variables, &mut Values::new()) == Some(false)
}

/// Functions that no equation mentions and that leave their arguments apart.
struct Free {
    functions: BTreeSet<FunId>,
    tuples: BTreeSet<FunId>,
}

impl Free {
    fn of(program: &Program) -> Self {
        let functions = (0..).map(FunId).zip(&program.functions);
        let mut free: BTreeSet<FunId> = functions
            .filter(|(_, f)| match f.kind {
                FunctionKind::Constructor { type_converter, .. } => !type_converter,
                FunctionKind::Natural(NaturalOperation::Literal(_)) | FunctionKind::Tuple => true,
                _ => false,
            })
            .map(|(f, _)| f)
            .collect();
        for equation in &program.equations {
            without(&equation.left, &mut free);
            without(&equation.right, &mut free);
        }
        let tuples = (0..).map(FunId).zip(&program.functions);
        let tuples = tuples.filter(|(_, f)| f.kind == FunctionKind::Tuple);
        Self {
            functions: free,
            tuples: tuples.map(|(f, _)| f).collect(),
        }
    }

    /// Whether it says of two terms that they differ which are never equal.
    fn is_difference(&self, formula: &Formula, fixed: &BTreeSet<u32>) -> bool {
        let Formula::Unequal(l, r, _) = formula else {
            return false;
        };
        self.unify(l, r, fixed, &mut Values::new()) == Some(false)
    }

    /// Whether the terms unify, with the unifier in triangular form; `None` if that is
    /// not clear, or not a question of what the premises fix.
    fn unify(
        &self,
        l: &QueryTerm,
        r: &QueryTerm,
        fixed: &BTreeSet<u32>,
        values: &mut Values,
    ) -> Option<bool> {
        if !self.is_plain(l, fixed) || !self.is_plain(r, fixed) {
            return None;
        }
        let mut work = vec![(l.clone(), r.clone())];
        while let Some((mut l, mut r)) = work.pop() {
            l.replace(values);
            r.replace(values);
            match (l, r) {
                (l, r) if l == r => {}
                (QueryTerm::Var(v), term) | (term, QueryTerm::Var(v)) => {
                    let mut inside = BTreeSet::new();
                    term.variables(&mut inside);
                    if inside.contains(&v) {
                        return Some(false);
                    }
                    let value = Values::from([(v, term)]);
                    values.values_mut().for_each(|t| t.replace(&value));
                    values.extend(value);
                }
                (QueryTerm::Apply(f, a), QueryTerm::Apply(g, b)) => {
                    if f != g && a.len() == b.len() && !a.is_empty() {
                        // One tuple may have several numbers.
                        let tuples = self.tuples.contains(&f) || self.tuples.contains(&g);
                        return (!tuples).then_some(false);
                    }
                    if f != g {
                        return Some(false);
                    }
                    work.extend(a.into_iter().zip(b));
                }
                // Names are none of the free functions' values, and differ.
                _ => return Some(false),
            }
        }
        Some(true)
    }

    fn is_plain(&self, term: &QueryTerm, fixed: &BTreeSet<u32>) -> bool {
        match term {
            QueryTerm::Apply(f, arguments) => {
                self.functions.contains(f) && arguments.iter().all(|a| self.is_plain(a, fixed))
            }
            QueryTerm::Bound { .. } => false,
            QueryTerm::Name(_) => true,
            QueryTerm::Var(v) => fixed.contains(v),
        }
    }
}

fn without(term: &RuleTerm, free: &mut BTreeSet<FunId>) {
    if let RuleTerm::Apply(f, arguments) = term {
        free.remove(f);
        arguments.iter().for_each(|a| without(a, free));
    }
}
