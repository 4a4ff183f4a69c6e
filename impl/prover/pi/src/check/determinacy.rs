//! Whether what is written determines what is meant.
//!
//! *Rewrite rules.* Two unordered rules disagree when some arguments match
//! both and the results differ: their left sides, with variables kept apart,
//! unify, and the unifier does not make the right sides equal. With equations, so do
//! rules, and a rule and itself, whose left sides unify modulo them.
//!
//! *Queries.* With equations, one value of the premise may arise from several
//! values of its variables, so that a conclusion about these variables has no
//! fixed meaning: from `exp(exp(g,x),y)` nobody can tell x and y apart. The
//! premise is unified, modulo the equations, with a copy of itself, and under
//! each unifier the conclusion must equal its copy. Unifiers modulo equations
//! come from narrowing, bounded in rounds and number: what lies beyond the
//! bound is not refused here, and later stages must not rely on this check.

use crate::program::{
    BoundArgument, Correspondence, Equation, Formula, FunId, NameId, QueryTerm, RewriteRule,
    RuleTerm, VarId,
};
use std::collections::{BTreeMap, BTreeSet};

/// How often a premise is narrowed.
const ROUNDS: usize = 3;
/// How many narrowed forms of a premise are looked at.
const FORMS: usize = 100;

/// A term of a rule, equation or query.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Shape {
    Node(Head, Vec<Shape>),
    Var(u32),
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Head {
    Bound(VarId, Vec<BoundArgument>),
    Fail,
    Function(FunId),
    /// A fact; facts of one premise differ by their place.
    Group(usize),
    Name(NameId),
}

/// Whether two rules of one destructor give different results somewhere.
pub(super) fn rules_disagree(first: &RewriteRule, second: &RewriteRule) -> bool {
    let offset = u32::try_from(first.variables.len()).unwrap_or(u32::MAX);
    let mut unifier = Unifier::default();
    let overlap = first.arguments.len() == second.arguments.len()
        && first
            .arguments
            .iter()
            .zip(&second.arguments)
            .all(|(left, right)| unifier.unify(&of_rule(left, 0), &of_rule(right, offset)));
    let (left, right) = (of_rule(&first.result, 0), of_rule(&second.result, offset));
    overlap && unifier.apply(&left) != unifier.apply(&right)
}

/// Whether two rules, or one with itself, give different results for arguments that the
/// equations make equal. Results that the equations speak of are given the benefit of
/// the doubt.
pub(super) fn rules_disagree_modulo(
    first: &RewriteRule,
    second: &RewriteRule,
    equations: &[Equation],
) -> bool {
    let mut moved = BTreeSet::new();
    for equation in equations {
        functions(&equation.left, &mut moved);
        functions(&equation.right, &mut moved);
    }
    let touched = |rule: &RewriteRule| {
        let mut own = BTreeSet::new();
        rule.arguments.iter().for_each(|a| functions(a, &mut own));
        own.iter().any(|f| moved.contains(f))
    };
    if !touched(first) && !touched(second) {
        return false;
    }
    let rules = oriented(equations);
    let forms = |rule: &RewriteRule, offset: usize| -> Vec<(Shape, Shape)> {
        let offset = u32::try_from(offset).unwrap_or(u32::MAX);
        let arguments = rule.arguments.iter().map(|a| of_rule(a, offset));
        let arguments = Shape::Node(Head::Group(0), arguments.collect());
        let result = of_rule(&rule.result, offset);
        let own = u32::try_from(rule.variables.len()).unwrap_or(u32::MAX);
        let mut narrowing = Narrowing {
            rules: &rules,
            next: offset.saturating_add(own),
        };
        let forms = narrowing.forms(&arguments).into_iter();
        forms
            .map(|(form, unifier)| (form, unifier.apply(&result)))
            .collect()
    };
    let left = forms(first, 0);
    let largest = left.iter().map(|(form, result)| {
        let mut all = Vec::new();
        form.variables(&mut all);
        result.variables(&mut all);
        all.into_iter().max().unwrap_or(0)
    });
    let apart = largest.max().unwrap_or(0) as usize;
    let right = forms(second, apart.saturating_add(first.variables.len() + 1));
    // A result that its arguments do not say is anything.
    let unsaid = left.iter().any(|(form, result)| {
        let (mut said, mut used) = (Vec::new(), Vec::new());
        form.variables(&mut said);
        reduced(result, &rules).variables(&mut used);
        used.iter().any(|var| !said.contains(var))
    });
    unsaid
        || left.iter().any(|(form, result)| {
            right.iter().any(|(other, second)| {
                let mut unifier = Unifier::default();
                if !unifier.unify(form, other) {
                    return false;
                }
                let results = [unifier.apply(result), unifier.apply(second)];
                let [one, two] = results.map(|result| reduced(&result, &rules));
                one != two && !one.mentions(&moved) && !two.mentions(&moved)
            })
        })
}

fn functions(term: &RuleTerm, out: &mut BTreeSet<FunId>) {
    if let RuleTerm::Apply(fun, terms) = term {
        out.insert(*fun);
        terms.iter().for_each(|term| functions(term, out));
    }
}

/// Whether the premise leaves open what the conclusion says.
pub(super) fn undetermined(statement: &Correspondence, equations: &[Equation]) -> bool {
    if equations.is_empty() {
        return false;
    }
    let premise = Shape::Node(
        Head::Group(0),
        statement.premises.iter().map(of_formula).collect(),
    );
    let conclusion = of_formula(&statement.conclusion);
    let mut shared = Vec::new();
    premise.variables(&mut shared);
    let mut concluded = Vec::new();
    conclusion.variables(&mut concluded);
    if !concluded.iter().any(|var| shared.contains(var)) {
        return false;
    }
    let rules = oriented(equations);
    let count = u32::try_from(statement.variables.len()).unwrap_or(u32::MAX);
    let mut narrowing = Narrowing {
        rules: &rules,
        next: count,
    };
    let forms: Vec<(Shape, Shape)> = narrowing
        .forms(&premise)
        .into_iter()
        .map(|(form, unifier)| (form, unifier.apply(&conclusion)))
        .collect();
    // What only the conclusion mentions is the same in the copy.
    let own = |var: u32| var < count && !shared.contains(&var);
    let offset = narrowing.next;
    let copy = |shape: &Shape| {
        shape.renamed(&|var| {
            if own(var) {
                var
            } else {
                var.saturating_add(offset)
            }
        })
    };
    for (form, first) in &forms {
        for (other, second) in &forms {
            let mut unifier = Unifier::default();
            if unifier.unify(form, &copy(other)) {
                let (first, second) = (unifier.apply(first), unifier.apply(&copy(second)));
                if !equal_modulo(&first, &second, &rules) {
                    return true;
                }
            }
        }
    }
    false
}

/// Rules to narrow with: each equation from its larger side to its smaller
/// one, both ways when they are of one size.
fn oriented(equations: &[Equation]) -> Vec<(Shape, Shape)> {
    let mut rules = Vec::new();
    for equation in equations {
        let (left, right) = (of_rule(&equation.left, 0), of_rule(&equation.right, 0));
        if left.size() >= right.size() && matches!(left, Shape::Node(..)) {
            rules.push((left.clone(), right.clone()));
        }
        if right.size() >= left.size() && matches!(right, Shape::Node(..)) {
            rules.push((right, left));
        }
    }
    rules
}

/// Without what rules that make smaller take away, after a bounded number of steps.
fn reduced(shape: &Shape, rules: &[(Shape, Shape)]) -> Shape {
    let mut shape = shape.clone();
    for _ in 0..FORMS {
        let next = rules
            .iter()
            .filter(|(left, right)| left.size() > right.size())
            .find_map(|(left, right)| shape.rewritten(left, right).into_iter().next());
        match next {
            Some(next) => shape = next,
            None => break,
        }
    }
    shape
}

/// Equal after all steps that make smaller and a few that keep the size, in any
/// place.
fn equal_modulo(first: &Shape, second: &Shape, rules: &[(Shape, Shape)]) -> bool {
    let (first, second) = (&reduced(first, rules), &reduced(second, rules));
    let permuting: Vec<&(Shape, Shape)> = rules
        .iter()
        .filter(|(left, right)| left.size() == right.size())
        .collect();
    let mut seen = vec![first.clone()];
    let mut at = 0;
    while let Some(shape) = seen.get(at).cloned() {
        if shape == *second {
            return true;
        }
        at += 1;
        for (left, right) in &permuting {
            for next in shape.rewritten(left, right) {
                if seen.len() < FORMS && !seen.contains(&next) {
                    seen.push(next);
                }
            }
        }
    }
    false
}

struct Narrowing<'r> {
    rules: &'r [(Shape, Shape)],
    /// The next unused variable.
    next: u32,
}

impl Narrowing<'_> {
    /// The term itself and what narrowing makes of it, each with the
    /// instantiation of its variables.
    fn forms(&mut self, term: &Shape) -> Vec<(Shape, Unifier)> {
        let mut all = vec![(term.clone(), Unifier::default())];
        let mut from = 0;
        for _ in 0..ROUNDS {
            let until = all.len();
            for index in from..until {
                let (form, unifier) = all[index].clone();
                for position in form.positions() {
                    for (left, right) in self.rules {
                        if all.len() >= FORMS {
                            return all;
                        }
                        if let Some(next) = self.step(&form, &unifier, &position, left, right)
                            && !all.iter().any(|(known, _)| *known == next.0)
                        {
                            all.push(next);
                        }
                    }
                }
            }
            from = until;
        }
        all
    }

    fn step(
        &mut self,
        form: &Shape,
        unifier: &Unifier,
        position: &[usize],
        left: &Shape,
        right: &Shape,
    ) -> Option<(Shape, Unifier)> {
        let offset = self.next;
        let fresh = |shape: &Shape| shape.renamed(&|var| var.saturating_add(offset));
        let (left, right) = (fresh(left), fresh(right));
        let mut unifier = unifier.clone();
        let target = form.at(position)?;
        if !matches!(target, Shape::Node(..)) || !unifier.unify(target, &left) {
            return None;
        }
        let mut variables = Vec::new();
        left.variables(&mut variables);
        right.variables(&mut variables);
        let largest = variables.iter().max().copied().unwrap_or(offset);
        self.next = self.next.max(largest.saturating_add(1));
        let form = unifier.apply(&form.replaced(position, &right));
        Some((form, unifier))
    }
}

impl Shape {
    fn size(&self) -> usize {
        match self {
            Self::Node(_, parts) => 1 + parts.iter().map(Self::size).sum::<usize>(),
            Self::Var(_) => 1,
        }
    }

    fn mentions(&self, functions: &BTreeSet<FunId>) -> bool {
        match self {
            Self::Node(head, parts) => {
                matches!(head, Head::Function(f) if functions.contains(f))
                    || parts.iter().any(|part| part.mentions(functions))
            }
            Self::Var(_) => false,
        }
    }

    fn variables(&self, out: &mut Vec<u32>) {
        match self {
            Self::Node(_, parts) => parts.iter().for_each(|part| part.variables(out)),
            Self::Var(var) => out.push(*var),
        }
    }

    fn renamed(&self, rename: &impl Fn(u32) -> u32) -> Self {
        match self {
            Self::Node(head, parts) => Self::Node(
                head.clone(),
                parts.iter().map(|part| part.renamed(rename)).collect(),
            ),
            Self::Var(var) => Self::Var(rename(*var)),
        }
    }

    /// Positions of all inner nodes, outermost first.
    fn positions(&self) -> Vec<Vec<usize>> {
        let mut all = vec![Vec::new()];
        if let Self::Node(_, parts) = self {
            for (index, part) in parts.iter().enumerate() {
                if matches!(part, Self::Node(..)) {
                    all.extend(part.positions().into_iter().map(|mut inner| {
                        inner.insert(0, index);
                        inner
                    }));
                }
            }
        }
        all
    }

    fn at(&self, position: &[usize]) -> Option<&Self> {
        match (position, self) {
            ([], _) => Some(self),
            ([first, rest @ ..], Self::Node(_, parts)) => parts.get(*first)?.at(rest),
            _ => None,
        }
    }

    fn replaced(&self, position: &[usize], by: &Self) -> Self {
        match (position, self) {
            ([], _) => by.clone(),
            ([first, rest @ ..], Self::Node(head, parts)) => {
                let mut parts = parts.clone();
                if let Some(part) = parts.get_mut(*first) {
                    *part = part.replaced(rest, by);
                }
                Self::Node(head.clone(), parts)
            }
            (_, Self::Var(_)) => self.clone(),
        }
    }

    /// Every result of one step with a rule.
    fn rewritten(&self, left: &Self, right: &Self) -> Vec<Self> {
        let mut own = Vec::new();
        self.variables(&mut own);
        let offset = own
            .iter()
            .max()
            .map_or(0, |largest| largest.saturating_add(1));
        let left = left.renamed(&|var| var.saturating_add(offset));
        let right = right.renamed(&|var| var.saturating_add(offset));
        let mut all = Vec::new();
        for position in self.positions() {
            let Some(target) = self.at(&position) else {
                continue;
            };
            let mut unifier = Unifier::default();
            // Matching: the variables of the term itself must stay.
            if unifier.unify(&left, target) && unifier.apply(target) == *target {
                all.push(self.replaced(&position, &unifier.apply(&right)));
            }
        }
        all
    }
}

/// A substitution in triangular form.
#[derive(Clone, Default)]
struct Unifier {
    bindings: BTreeMap<u32, Shape>,
}

impl Unifier {
    fn unify(&mut self, left: &Shape, right: &Shape) -> bool {
        let (left, right) = (self.resolve(left), self.resolve(right));
        match (&left, &right) {
            (Shape::Var(x), Shape::Var(y)) if x == y => true,
            (Shape::Var(x), other) | (other, Shape::Var(x)) => {
                if self.occurs(*x, other) {
                    return false;
                }
                self.bindings.insert(*x, other.clone());
                true
            }
            (Shape::Node(f, xs), Shape::Node(g, ys)) => {
                f == g && xs.len() == ys.len() && xs.iter().zip(ys).all(|(x, y)| self.unify(x, y))
            }
        }
    }

    /// Follows bindings of a variable.
    fn resolve(&self, term: &Shape) -> Shape {
        let mut term = term;
        while let Shape::Var(var) = term {
            match self.bindings.get(var) {
                Some(bound) => term = bound,
                None => break,
            }
        }
        term.clone()
    }

    fn occurs(&self, var: u32, term: &Shape) -> bool {
        match self.resolve(term) {
            Shape::Node(_, terms) => terms.iter().any(|term| self.occurs(var, term)),
            Shape::Var(other) => other == var,
        }
    }

    fn apply(&self, term: &Shape) -> Shape {
        match self.resolve(term) {
            Shape::Node(head, parts) => {
                Shape::Node(head, parts.iter().map(|part| self.apply(part)).collect())
            }
            var => var,
        }
    }
}

fn of_rule(term: &RuleTerm, offset: u32) -> Shape {
    match term {
        RuleTerm::Apply(fun, terms) => Shape::Node(
            Head::Function(*fun),
            terms.iter().map(|term| of_rule(term, offset)).collect(),
        ),
        RuleTerm::Fail => Shape::Node(Head::Fail, Vec::new()),
        RuleTerm::Var(var) => Shape::Var(var.saturating_add(offset)),
    }
}

fn of_query(term: &QueryTerm) -> Shape {
    match term {
        QueryTerm::Apply(fun, terms) => {
            Shape::Node(Head::Function(*fun), terms.iter().map(of_query).collect())
        }
        QueryTerm::Bound {
            name, arguments, ..
        } => {
            let keys = arguments.iter().map(|(key, _)| *key).collect();
            let values = arguments.iter().map(|(_, value)| of_query(value)).collect();
            Shape::Node(Head::Bound(*name, keys), values)
        }
        QueryTerm::Name(name) => Shape::Node(Head::Name(*name), Vec::new()),
        QueryTerm::Var(var) => Shape::Var(*var),
    }
}

/// The terms of a formula in order; what kind of fact holds them is the same
/// for a formula and its copy.
fn of_formula(formula: &Formula) -> Shape {
    let group = |parts: Vec<Shape>| Shape::Node(Head::Group(parts.len()), parts);
    let terms = |terms: &[QueryTerm]| group(terms.iter().map(of_query).collect());
    match formula {
        Formula::And(parts) | Formula::Or(parts) => group(parts.iter().map(of_formula).collect()),
        Formula::Attacker { term, .. } => group(vec![of_query(term)]),
        Formula::Equal(left, right, _) | Formula::Unequal(left, right, _) => {
            group(vec![of_query(left), of_query(right)])
        }
        Formula::Event { arguments, .. }
        | Formula::Natural(_, arguments, _)
        | Formula::Predicate { arguments, .. }
        | Formula::Table { arguments, .. } => terms(arguments),
        Formula::False | Formula::True => group(Vec::new()),
        Formula::Message { channel, term, .. } => group(vec![of_query(channel), of_query(term)]),
        Formula::Nested(premise, conclusion) => {
            group(vec![of_formula(premise), of_formula(conclusion)])
        }
    }
}
