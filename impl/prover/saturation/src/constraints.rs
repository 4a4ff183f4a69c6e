//! What the engine must know about equality of messages: nothing but how to
//! simplify a disequality.
//!
//! Everything else the engine does is syntactic, because the translation closes
//! clauses under the equational theory beforehand.

use crate::unification::UNIVERSALS;
use logic::{Disequality, Fact, Store, Substitution, Table, TermId, Var, View, term_variables};
use std::collections::BTreeSet;

/// A disequality after simplification.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Simplified {
    /// It never holds.
    False,
    /// It is equivalent to all of these together.
    Rest(Vec<Disequality>),
    /// It always holds.
    True,
}

/// An equational theory, as far as saturation needs it.
pub trait Constraints {
    /// Simplifies a disequality to an equivalent one. Variables that the result
    /// introduces must be among its universals. Equal inputs must give equal
    /// outputs.
    fn simplify(&self, store: &mut Store, constraint: &Disequality) -> Simplified;

    /// Whether the facts about numbers among these, and the disequalities, are
    /// never all true. Without numbers: no.
    fn contradictory(&self, _: &mut Store, _: &[Fact], _: &[Disequality]) -> bool {
        false
    }

    /// Whether a fact about numbers is true whenever the given ones are. Without
    /// arithmetic: when it is one of them.
    fn follows(&self, _: &mut Store, fact: &Fact, given: &[Fact]) -> bool {
        given.contains(fact)
    }
}

/// The theory without equations: messages are equal when their terms are.
///
/// A disequality is false when its two sides unify by binding universal
/// variables alone, true when they do not unify at all, and otherwise says that
/// the bindings of the unifier do not all hold (Blanchet, 2016 survey, section
/// 4.4.1, simplification of constraints).
#[derive(Clone, Copy, Debug, Default)]
pub struct Syntactic;

impl Constraints for Syntactic {
    fn simplify(&self, store: &mut Store, constraint: &Disequality) -> Simplified {
        let mut work: Vec<_> = constraint.pairs.clone();
        let mut bindings: Vec<(Var, TermId)> = Vec::new();
        while let Some((left, right)) = work.pop() {
            if left == right {
                continue;
            }
            let (var, term) = match (store.view(left), store.view(right)) {
                (View::Apply(f, fs), View::Apply(g, gs)) => {
                    if f != g || fs.len() != gs.len() {
                        return Simplified::True;
                    }
                    work.extend(fs.iter().copied().zip(gs.iter().copied()));
                    continue;
                }
                (View::Var(l), View::Var(r)) => {
                    // Eliminate a universal variable if there is one, then the
                    // later variable, so that the result is canonical.
                    let universal = |v: Var| constraint.universals.contains(&v);
                    if (universal(l), l) >= (universal(r), r) {
                        (l, right)
                    } else {
                        (r, left)
                    }
                }
                (View::Var(l), View::Apply(..)) => (l, right),
                (View::Apply(..), View::Var(r)) => (r, left),
            };
            let mut inside = BTreeSet::new();
            term_variables(store, term, &mut inside);
            if inside.contains(&var) {
                return Simplified::True;
            }
            let mut one = Substitution::new();
            one.bind(var, term);
            for (l, r) in &mut work {
                *l = one.term(store, *l);
                *r = one.term(store, *r);
            }
            for (_, image) in &mut bindings {
                *image = one.term(store, *image);
            }
            bindings.push((var, term));
        }
        bindings.retain(|(var, _)| !constraint.universals.contains(var));
        if bindings.is_empty() {
            return Simplified::False;
        }
        bindings.sort_unstable();
        let pairs: Vec<_> = bindings.iter().map(|(v, t)| (store.var(*v), *t)).collect();
        Simplified::Rest(vec![canonical(
            store,
            &Disequality {
                universals: constraint.universals.clone(),
                pairs,
            },
        )])
    }
}

/// The same constraint with its universal variables numbered from
/// [`UNIVERSALS`] in the order in which they are met, and only those that occur.
pub(crate) fn canonical(store: &mut Store, constraint: &Disequality) -> Disequality {
    let mut order = Vec::new();
    let mut seen = BTreeSet::new();
    for (left, right) in &constraint.pairs {
        for side in [*left, *right] {
            collect(store, side, &constraint.universals, &mut seen, &mut order);
        }
    }
    let mut renaming = Substitution::new();
    let mut universals = Vec::with_capacity(order.len());
    for (i, var) in order.into_iter().enumerate() {
        let name = Var(UNIVERSALS.saturating_add(u32::try_from(i).unwrap_or(u32::MAX)));
        universals.push(name);
        let image = store.var(name);
        renaming.bind(var, image);
    }
    let pairs = constraint
        .pairs
        .iter()
        .map(|(l, r)| (renaming.term(store, *l), renaming.term(store, *r)))
        .collect();
    Disequality { universals, pairs }
}

fn collect(
    store: &Store,
    term: TermId,
    universals: &[Var],
    seen: &mut BTreeSet<TermId>,
    order: &mut Vec<Var>,
) {
    let mut stack = vec![term];
    while let Some(term) = stack.pop() {
        if store.is_ground(term) || !seen.insert(term) {
            continue;
        }
        match store.view(term) {
            View::Var(v) => {
                if universals.contains(&v) {
                    order.push(v);
                }
            }
            View::Apply(_, arguments) => stack.extend(arguments.iter().rev()),
        }
    }
}

/// Remembers what a theory said; constraints recur in every resolvent.
#[derive(Clone, Debug, Default)]
pub(crate) struct Memory {
    known: Table<Disequality, Simplified>,
}

impl Memory {
    /// Simplifies, with universals numbered canonically and results sorted.
    pub(crate) fn simplify(
        &mut self,
        theory: &dyn Constraints,
        store: &mut Store,
        constraint: &Disequality,
    ) -> Simplified {
        if let Some(known) = self.known.get(constraint) {
            return known.clone();
        }
        let result = match theory.simplify(store, constraint) {
            Simplified::Rest(rest) => {
                let mut rest: Vec<_> = rest.iter().map(|c| canonical(store, c)).collect();
                rest.sort_unstable();
                rest.dedup();
                Simplified::Rest(rest)
            }
            decided => decided,
        };
        self.known.insert(constraint.clone(), result.clone());
        result
    }
}

/// Whether one constraint follows from another: every pair of `from` must be a
/// pair of `to`, for one choice of the universal variables of `from`. Sound, not
/// complete; apply it to simplified constraints.
///
/// `from` says that for every choice some pair differs; for the choice found,
/// that pair is also one of `to`.
#[must_use]
pub fn implies(store: &Store, from: &Disequality, to: &Disequality) -> bool {
    if from == to {
        return true;
    }
    if from.pairs.is_empty() {
        return true;
    }
    // The universals of both sides use the same numbers: a match that maps a
    // universal variable of `from` to one of `to` is what we want.
    fn search(
        store: &Store,
        from: &Disequality,
        at: usize,
        to: &Disequality,
        choice: &Choice<'_>,
    ) -> bool {
        let Some((left, right)) = from.pairs.get(at) else {
            return true;
        };
        to.pairs.iter().any(|(l, r)| {
            [(*l, *r), (*r, *l)].iter().any(|(l, r)| {
                let mut choice = choice.clone();
                choice.extend(store, *left, *l)
                    && choice.extend(store, *right, *r)
                    && search(store, from, at + 1, to, &choice)
            })
        })
    }
    if from.pairs.len() > 4 || to.pairs.len() > 8 {
        return false;
    }
    search(store, from, 0, to, &Choice::new(&from.universals))
}

#[derive(Clone)]
struct Choice<'a> {
    universals: &'a [Var],
    images: Vec<Option<TermId>>,
}

impl<'a> Choice<'a> {
    fn new(universals: &'a [Var]) -> Self {
        Self {
            universals,
            images: vec![None; universals.len()],
        }
    }

    fn extend(&mut self, store: &Store, pattern: TermId, target: TermId) -> bool {
        let mut seen = BTreeSet::new();
        let mut agenda = vec![(pattern, target)];
        while let Some((p, t)) = agenda.pop() {
            if store.is_ground(p) {
                if p != t {
                    return false;
                }
                continue;
            }
            if !seen.insert((p, t)) {
                continue;
            }
            match (store.view(p), store.view(t)) {
                (View::Var(v), _) => match self.universals.iter().position(|u| *u == v) {
                    Some(i) => match self.images[i] {
                        Some(image) if image != t => return false,
                        Some(_) => {}
                        None => self.images[i] = Some(t),
                    },
                    None if p != t => return false,
                    None => {}
                },
                (View::Apply(f, fs), View::Apply(g, gs)) if f == g && fs.len() == gs.len() => {
                    agenda.extend(fs.iter().copied().zip(gs.iter().copied()));
                }
                _ => return false,
            }
        }
        true
    }
}
