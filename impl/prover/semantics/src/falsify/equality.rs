//! Equalities of a conclusion whose sides both speak of what is not known yet.
//!
//! `pair(x,y) = pair(a,y)` with y in the conclusion alone says that x is a, whatever
//! y is. So equalities between terms of constructors that no equation mentions are
//! taken apart, and a variable that one of them defines is replaced by what it
//! stands for: unification, as far as it goes (Martelli and Montanari, 1982). What is
//! left means the same on every run.

use pi::{Correspondence, Formula, FunId, FunctionKind, Program, QueryTerm, RuleTerm, TypeId};
use std::collections::{BTreeMap, BTreeSet};

/// The conclusion without such equalities, as far as they can be solved.
pub(super) fn solved(program: &Program, correspondence: &Correspondence) -> Formula {
    let mut fixed = BTreeSet::new();
    for premise in &correspondence.premises {
        premise.variables(&mut fixed);
    }
    let variables = correspondence.variables.iter();
    let open = (0..)
        .zip(variables)
        .filter(|(v, declared)| {
            !fixed.contains(v) && declared.ty != TypeId::TIME && declared.ty != TypeId::SID
        })
        .map(|(v, _)| v)
        .collect();
    let mut free = BTreeSet::new();
    for (f, function) in (0..).map(FunId).zip(&program.functions) {
        let is_free = match function.kind {
            FunctionKind::Constructor { type_converter, .. } => !type_converter,
            FunctionKind::Tuple => true,
            _ => false,
        };
        if is_free {
            free.insert(f);
        }
    }
    for equation in &program.equations {
        without_mentioned(&equation.left, &mut free);
        without_mentioned(&equation.right, &mut free);
    }
    Solver { open, free }.formula(&correspondence.conclusion)
}

/// Variables of the conclusion that only its disequalities speak of, and not the
/// premises.
pub(super) fn only_differing(correspondence: &Correspondence) -> BTreeSet<u32> {
    let mut elsewhere = BTreeSet::new();
    for premise in &correspondence.premises {
        premise.variables(&mut elsewhere);
    }
    let mut differing = BTreeSet::new();
    let mut stack = vec![&correspondence.conclusion];
    while let Some(formula) = stack.pop() {
        match formula {
            Formula::And(parts) | Formula::Or(parts) => stack.extend(parts),
            Formula::Nested(fact, then) => stack.extend([&**fact, &**then]),
            Formula::Unequal(..) => formula.variables(&mut differing),
            other => other.variables(&mut elsewhere),
        }
    }
    differing.retain(|v| {
        let declared = correspondence.variables.get(*v as usize).map(|d| d.ty);
        let finite = [TypeId::NAT, TypeId::SID, TypeId::TIME, TypeId::BOOL];
        !elsewhere.contains(v) && declared.is_some_and(|ty| !finite.contains(&ty))
    });
    differing
}

struct Solver {
    /// Variables of this part of the conclusion alone.
    open: BTreeSet<u32>,
    /// Constructors that no equation mentions.
    free: BTreeSet<FunId>,
}

/// What an equality comes to.
enum Step {
    /// Nothing can be said.
    Stays,
    /// It never holds.
    Never,
    /// It holds if these do.
    Parts(Vec<(QueryTerm, QueryTerm)>),
    /// It says what a variable is.
    Defines(u32, QueryTerm),
}

impl Solver {
    fn formula(&self, formula: &Formula) -> Formula {
        match formula {
            Formula::Or(parts) => Formula::Or(parts.iter().map(|p| self.formula(p)).collect()),
            Formula::Nested(fact, then) => {
                let inner = self.beside(&[&**fact]).formula(then);
                Formula::Nested(fact.clone(), Box::new(inner))
            }
            Formula::And(parts) => self.conjunction(parts.clone()),
            Formula::Equal(..) => self.conjunction(vec![formula.clone()]),
            other => other.clone(),
        }
    }

    fn conjunction(&self, parts: Vec<Formula>) -> Formula {
        let mut waiting = parts;
        waiting.reverse();
        let mut kept: Vec<Formula> = Vec::new();
        while let Some(part) = waiting.pop() {
            let (l, r, span) = match part {
                Formula::And(inner) => {
                    waiting.extend(inner.into_iter().rev());
                    continue;
                }
                Formula::Equal(l, r, span) => (l, r, span),
                other => {
                    kept.push(other);
                    continue;
                }
            };
            match self.step(&l, &r) {
                Step::Stays => kept.push(Formula::Equal(l, r, span)),
                Step::Never => return Formula::False,
                Step::Parts(pairs) => {
                    let equal = |(l, r)| Formula::Equal(l, r, span);
                    waiting.extend(pairs.into_iter().map(equal));
                }
                Step::Defines(v, term) => {
                    let value = BTreeMap::from([(v, term)]);
                    // What is kept may be solved now.
                    kept.reverse();
                    waiting.append(&mut kept);
                    waiting.iter_mut().for_each(|f| f.replace(&value));
                }
            }
        }
        let kept = (0..kept.len()).map(|i| match &kept[i] {
            part @ Formula::Equal(..) => part.clone(),
            part => {
                let others: Vec<&Formula> = kept[..i].iter().chain(&kept[i + 1..]).collect();
                self.beside(&others).formula(part)
            }
        });
        Formula::And(kept.collect())
    }

    /// Within a part of a formula: what stands beside it speaks of the same
    /// variables, which are therefore not the part's to replace.
    fn beside(&self, others: &[&Formula]) -> Self {
        let mut outside = BTreeSet::new();
        others.iter().for_each(|f| f.variables(&mut outside));
        Self {
            open: self.open.difference(&outside).copied().collect(),
            free: self.free.clone(),
        }
    }

    fn step(&self, l: &QueryTerm, r: &QueryTerm) -> Step {
        if !self.is_open(l) || !self.is_open(r) {
            return Step::Stays;
        }
        match (l, r) {
            _ if l == r && !has_names(l) => Step::Parts(Vec::new()),
            (QueryTerm::Var(v), term) | (term, QueryTerm::Var(v)) if self.open.contains(v) => {
                let mut inside = BTreeSet::new();
                term.variables(&mut inside);
                if !inside.contains(v) && !has_names(term) {
                    Step::Defines(*v, term.clone())
                } else if !has_names(term) && self.all_free(term) {
                    Step::Never
                } else {
                    Step::Stays
                }
            }
            (QueryTerm::Apply(f, a), QueryTerm::Apply(g, b))
                if self.free.contains(f) && self.free.contains(g) =>
            {
                if f == g && a.len() == b.len() {
                    Step::Parts(a.iter().cloned().zip(b.iter().cloned()).collect())
                } else {
                    Step::Never
                }
            }
            _ => Step::Stays,
        }
    }

    /// Whether the term has a variable that is not known yet.
    fn is_open(&self, term: &QueryTerm) -> bool {
        let mut inside = BTreeSet::new();
        term.variables(&mut inside);
        !inside.is_disjoint(&self.open)
    }

    fn all_free(&self, term: &QueryTerm) -> bool {
        match term {
            QueryTerm::Apply(f, arguments) => {
                self.free.contains(f) && arguments.iter().all(|a| self.all_free(a))
            }
            QueryTerm::Bound { .. } | QueryTerm::Name(_) | QueryTerm::Var(_) => true,
        }
    }
}

/// Whether the term has a `new n`, each of which is some name, not one.
fn has_names(term: &QueryTerm) -> bool {
    match term {
        QueryTerm::Apply(_, arguments) => arguments.iter().any(has_names),
        QueryTerm::Bound { .. } => true,
        QueryTerm::Name(_) | QueryTerm::Var(_) => false,
    }
}

fn without_mentioned(term: &RuleTerm, free: &mut BTreeSet<FunId>) {
    if let RuleTerm::Apply(f, arguments) = term {
        free.remove(f);
        arguments.iter().for_each(|a| without_mentioned(a, free));
    }
}
