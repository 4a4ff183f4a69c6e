//! Clauses in canonical form: variables numbered `x0, x1, …` by first
//! occurrence, constraints simplified, void clauses dropped.

use crate::branch::Branch;
use crate::theory::{Simplified, Theory};
use logic::{Clause, Disequality, Fact, Store, Substitution, TermId, Var, View};
use std::collections::HashSet;

/// A renaming under construction.
#[derive(Debug, Default)]
pub(crate) struct Renaming {
    map: Substitution,
    next: u32,
}

impl Renaming {
    /// The renamed term; variables not seen before get the next numbers.
    pub(crate) fn term(&mut self, store: &mut Store, term: TermId) -> TermId {
        self.visit(store, term);
        self.map.term(store, term)
    }

    /// The renamed variable.
    pub(crate) fn var(&mut self, store: &mut Store, var: Var) -> TermId {
        let term = store.var(var);
        self.term(store, term)
    }

    fn fact(&mut self, store: &mut Store, fact: &Fact) -> Fact {
        let arguments: logic::Arguments = fact
            .arguments
            .iter()
            .map(|t| self.term(store, *t))
            .collect();
        Fact::new(fact.predicate, arguments)
    }

    /// Universal variables are renamed apart from all others, within the
    /// constraint only.
    fn disequality(&mut self, store: &mut Store, constraint: &Disequality) -> Disequality {
        let outer = self.map.clone();
        let mut universals = Vec::with_capacity(constraint.universals.len());
        for z in &constraint.universals {
            let renamed = Var(self.next);
            self.next = self.next.saturating_add(1);
            let image = store.var(renamed);
            self.map.bind(*z, image);
            universals.push(renamed);
        }
        let pairs = constraint
            .pairs
            .iter()
            .map(|(l, r)| (self.term(store, *l), self.term(store, *r)))
            .collect();
        // Free variables seen here stay renamed; universals do not.
        let inner = std::mem::replace(&mut self.map, outer);
        for (v, image) in inner.iter() {
            if !constraint.universals.contains(&v) {
                self.map.bind(v, image);
            }
        }
        Disequality { universals, pairs }
    }

    /// Numbers the unseen variables of a term, left to right.
    fn visit(&mut self, store: &mut Store, term: TermId) {
        let mut seen = HashSet::new();
        let mut work = vec![term];
        while let Some(t) = work.pop() {
            if store.is_ground(t) || !seen.insert(t) {
                continue;
            }
            match store.view(t) {
                View::Var(v) => {
                    if self.map.image(v).is_none() {
                        let image = store.var(Var(self.next));
                        self.next = self.next.saturating_add(1);
                        self.map.bind(v, image);
                    }
                }
                View::Apply(_, arguments) => work.extend(arguments.iter().rev()),
            }
        }
    }
}

/// The clause that a branch and a conclusion make, with the renaming that was
/// applied; `None` if it is void: a constraint is false, or a term is no
/// representative, so that no run is an instance of it.
///
/// Hypotheses keep their number and order, so that origins can refer to them.
pub(crate) fn clause(
    store: &mut Store,
    theory: &Theory,
    branch: &Branch,
    conclusion: &Fact,
) -> Option<(Clause, Renaming)> {
    let bindings = &branch.bindings;
    let hypotheses: Vec<Fact> = branch
        .hypotheses
        .iter()
        .map(|f| bindings.resolve_fact(store, f))
        .collect();
    let conclusion = bindings.resolve_fact(store, conclusion);
    let reducible = hypotheses
        .iter()
        .chain([&conclusion])
        .flat_map(|f| &f.arguments)
        .any(|t| theory.is_reducible(store, *t));
    if reducible {
        return None;
    }
    let mut constraints: Vec<Disequality> = Vec::new();
    for c in &branch.constraints {
        let resolved = branch.resolved(store, c);
        match theory.simplify(store, &resolved) {
            Simplified::False => return None,
            Simplified::True => {}
            Simplified::Rest(rest) => constraints.extend(rest),
        }
    }
    if theory.contradictory(store, &hypotheses, &constraints) {
        return None;
    }
    let mut renaming = Renaming::default();
    let hypotheses = hypotheses.iter().map(|f| renaming.fact(store, f)).collect();
    let conclusion = renaming.fact(store, &conclusion);
    let mut renamed: Vec<Disequality> = Vec::with_capacity(constraints.len());
    for c in &constraints {
        let new = renaming.disequality(store, c);
        if !renamed.contains(&new) {
            renamed.push(new);
        }
    }
    let clause = Clause {
        constraints: renamed,
        hypotheses,
        conclusion,
    };
    Some((clause, renaming))
}
