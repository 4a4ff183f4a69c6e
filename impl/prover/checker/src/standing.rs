//! Which attacker clauses stand in the certificate's clause set.
//!
//! Taking data constructors apart, and dropping a clause whose conclusion the
//! attacker can compose, replace one derivation by another that uses other
//! clauses. Those must therefore be in the set, usable as they are; otherwise a
//! clause could justify its own removal.
//!
//! *Measure.* That the clauses which select their conclusion derive all that the
//! others do is shown by induction: replacing a selected hypothesis by those of
//! the clause that derives it replaces one derivation by smaller ones, in the
//! multiset order. A step that puts other hypotheses in place of one must keep
//! that order. [`Standing::takes_apart`] sees to it for data constructors: the
//! parts of a message have derivations that are no larger than that of the
//! message, and the parts themselves are smaller.
//!
//! *Types.* Where they are respected, the number of an attacker fact tells the type
//! of the message, and those of the parts are not that of the whole. What they are
//! is read from the composition clause ([`Standing::parts`]); nothing rests on
//! their being right, because what is claimed is claimed of facts of these numbers
//! and checked of them.

use crate::RESERVED;
use crate::subsume::subsumes;
use crate::unify::unify;
use horn::Theory;
use logic::{
    Clause, Fact, Predicate, Signature, Store, Substitution, Symbol, SymbolKind, TermId, Var, View,
    term_variables,
};
use proof::{Deduction, Selection};
use std::collections::{BTreeMap, BTreeSet};

/// Which clauses without hypotheses a composition may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Facts {
    /// Those of the clause set. They make derivable whatever they conclude. That
    /// is enough where it does not matter what the attacker knew: a composition
    /// adds no messages and no entries to a derivation, only knowledge.
    OfTheSet,
    /// None, and public symbols only. Where the conclusion of a query speaks of
    /// what the attacker knew, a hypothesis has to be something that happened,
    /// and a clause of the set may conclude what never did, or not yet.
    None,
}

/// Answers, with a memory, whether standard attacker clauses stand.
#[derive(Debug)]
pub(crate) struct Standing<'a> {
    signature: &'a Signature,
    clauses: &'a [(Clause, Selection)],
    facts: Facts,
    parts: BTreeMap<(Symbol, u32), Vec<u32>>,
    compose: BTreeMap<(Symbol, u32), bool>,
    apart: BTreeMap<(Symbol, u32), bool>,
    later: BTreeMap<u32, bool>,
}

impl<'a> Standing<'a> {
    pub(crate) fn new(
        signature: &'a Signature,
        clauses: &'a [(Clause, Selection)],
        facts: Facts,
    ) -> Self {
        Self {
            signature,
            clauses,
            facts,
            parts: BTreeMap::new(),
            compose: BTreeMap::new(),
            apart: BTreeMap::new(),
            later: BTreeMap::new(),
        }
    }

    /// The numbers of attacker facts about the arguments of a symbol: those in the
    /// composition clause, and that of the fact about the whole where there is none.
    pub(crate) fn parts(
        &mut self,
        store: &Store,
        symbol: Symbol,
        arity: usize,
        number: u32,
    ) -> Vec<u32> {
        let clauses = self.clauses;
        self.parts
            .entry((symbol, number))
            .or_insert_with(|| {
                clauses
                    .iter()
                    .filter(|(_, s)| *s == Selection::Conclusion)
                    .find_map(|(c, _)| composition(store, c, symbol, number))
                    .filter(|parts| parts.len() == arity)
                    .unwrap_or_else(|| vec![number; arity])
            })
            .clone()
    }

    /// `attacker(x1) ∧ … ∧ attacker(xn) → attacker(f(x1,…,xn))` stands, selecting its
    /// conclusion.
    pub(crate) fn composes(
        &mut self,
        store: &mut Store,
        theory: &Theory,
        symbol: Symbol,
        arity: usize,
        phase: u32,
    ) -> bool {
        if let Some(known) = self.compose.get(&(symbol, phase)) {
            return *known;
        }
        let parts = self.parts(store, symbol, arity, phase);
        let (hypotheses, conclusion) = application(store, symbol, &parts, 0, phase);
        let wanted = Clause {
            constraints: Vec::new(),
            hypotheses,
            conclusion,
        };
        let answer = self.stands(store, theory, &wanted, |s| s == Selection::Conclusion);
        self.compose.insert((symbol, phase), answer);
        answer
    }

    /// Whether a derivation of `attacker(f(x1,…,xn))` by clauses that select
    /// their conclusion contains or yields derivations of the `attacker(xi)`
    /// that are no larger. Its last clause is one of these:
    ///
    /// - it has `attacker(xi)` as a hypothesis, as composition has;
    /// - its hypotheses are all that another such clause needs for
    ///   `attacker(xi)`;
    /// - it passes knowledge on from the phase before, where the same holds, and
    ///   knowledge of the parts is passed on, too.
    ///
    /// That a projection clause stands would not do: one that selects its
    /// conclusion is itself a derivation of `attacker(xi)` from
    /// `attacker(f(x1,…,xn))`, and the replacement could go round in circles.
    pub(crate) fn takes_apart(
        &mut self,
        store: &mut Store,
        theory: &Theory,
        symbol: Symbol,
        arity: usize,
        phase: u32,
    ) -> bool {
        if let Some(known) = self.apart.get(&(symbol, phase)) {
            return *known;
        }
        let parts = self.parts(store, symbol, arity, phase);
        let mut answer = true;
        let mut back = 0;
        loop {
            let before = |n: u32| n.saturating_sub(back);
            let earlier: Vec<u32> = parts.iter().copied().map(before).collect();
            answer &= self.yields_parts(store, theory, symbol, &earlier, before(phase));
            if !answer || before(phase) == 0 || !self.passes(store, before(phase) - 1) {
                break;
            }
            back += 1;
            // The parts take the same way.
            answer &= parts
                .iter()
                .all(|n| n.checked_sub(back).is_some_and(|n| self.passes(store, n)));
        }
        self.apart.insert((symbol, phase), answer);
        answer
    }

    /// As [`Self::takes_apart`], clauses that pass knowledge on apart.
    fn yields_parts(
        &self,
        store: &mut Store,
        theory: &Theory,
        symbol: Symbol,
        parts: &[u32],
        phase: u32,
    ) -> bool {
        let (parts, whole) = application(store, symbol, parts, RESERVED, phase);
        self.clauses
            .iter()
            .filter(|(c, s)| *s == Selection::Conclusion && !passes_on(store, c))
            .filter(|(c, _)| c.conclusion.predicate == whole.predicate)
            .map(|(c, _)| c)
            .collect::<Vec<_>>()
            .into_iter()
            .all(|c| {
                let pair = (c.conclusion.arguments[0], whole.arguments[0]);
                let Some(unifier) = unify(store, &[pair]) else {
                    return true;
                };
                parts.iter().all(|part| {
                    let piece = Clause {
                        conclusion: part.clone(),
                        ..c.clone()
                    };
                    let piece = unifier.clause(store, &piece);
                    piece.hypotheses.contains(&piece.conclusion)
                        || self.stands(store, theory, &piece, |s| s == Selection::Conclusion)
                })
            })
    }

    /// Whether the attacker can compose the term in this phase from the
    /// hypotheses, by standing composition clauses, standing facts and the
    /// passage of knowledge from phase to phase.
    pub(crate) fn composed(
        &mut self,
        store: &mut Store,
        theory: &Theory,
        phase: u32,
        term: TermId,
        hypotheses: &[Fact],
    ) -> bool {
        let mut seen = BTreeSet::new();
        let mut work = vec![(phase, term)];
        while let Some((phase, term)) = work.pop() {
            if !seen.insert((phase, term)) || self.known(store, phase, term, hypotheses) {
                continue;
            }
            let View::Apply(symbol, arguments) = store.view(term) else {
                return false;
            };
            let arguments = arguments.to_vec();
            let allowed = self.facts == Facts::OfTheSet
                || self.signature.info(symbol).is_some_and(|i| i.public);
            let composes = if arguments.is_empty() {
                self.had(store, theory, symbol, phase)
            } else {
                self.composes(store, theory, symbol, arguments.len(), phase)
            };
            if !allowed || !composes {
                return false;
            }
            let parts = self.parts(store, symbol, arguments.len(), phase);
            work.extend(parts.into_iter().zip(arguments));
        }
        true
    }

    /// Whether clauses that select their conclusion derive the conclusion of another
    /// clause from its hypotheses.
    ///
    /// If these are derived by clauses that select their conclusion, so is then
    /// what they conclude. No measure is needed, and no event is asked of a run
    /// that the other clause does not ask of it: what happened is found among its
    /// hypotheses one by one. A goal is not left out this way, and nothing is where
    /// it matters what the attacker knew.
    pub(crate) fn derived(
        &mut self,
        store: &mut Store,
        theory: &Theory,
        clause: Clause,
        deduction: &Deduction,
    ) -> bool {
        let asked = matches!(
            clause.conclusion.predicate,
            Predicate::Attacker(_) | Predicate::Message(_) | Predicate::Table { .. }
        );
        asked && self.facts == Facts::OfTheSet && self.deduced(store, theory, clause, deduction)
    }

    fn deduced(
        &mut self,
        store: &mut Store,
        theory: &Theory,
        mut clause: Clause,
        deduction: &Deduction,
    ) -> bool {
        let clauses = self.clauses;
        let Some((general, Selection::Conclusion)) = clauses.get(deduction.by as usize) else {
            return false;
        };
        let mut found = BTreeMap::new();
        let (pattern, target) = (&general.conclusion, &clause.conclusion);
        if pattern.predicate != target.predicate
            || pattern.arguments.len() != target.arguments.len()
            || !(pattern.arguments.iter().zip(&target.arguments))
                .all(|(p, t)| crate::unify::matches(store, *p, *t, &mut found))
        {
            return false;
        }
        let mut instance = Substitution::new();
        for (variable, image) in &found {
            instance.bind(*variable, *image);
        }
        let mut known = Vec::new();
        for (at, fact) in (0_u32..).zip(&general.hypotheses) {
            let (Predicate::Attacker(number), [term]) = (fact.predicate, fact.arguments.as_slice())
            else {
                continue;
            };
            let mut variables = BTreeSet::new();
            term_variables(store, *term, &mut variables);
            if !variables.iter().all(|v| found.contains_key(v)) {
                continue;
            }
            let fact = instance.fact(store, fact);
            let term = fact.arguments[0];
            let deeper = deduction.premises.iter().find(|(of, _)| *of == at);
            let holds = match deeper {
                Some((_, deeper)) => {
                    let part = Clause {
                        conclusion: fact.clone(),
                        ..clause.clone()
                    };
                    self.deduced(store, theory, part, deeper)
                }
                None => self.composed(store, theory, number, term, &clause.hypotheses),
            };
            if holds {
                known.push(fact);
            }
        }
        clause.hypotheses.extend(known);
        subsumes(store, theory, general, &clause)
    }

    /// A constant that is known in a phase or in one before.
    fn had(&mut self, store: &mut Store, theory: &Theory, symbol: Symbol, phase: u32) -> bool {
        let mut earliest = phase;
        loop {
            if self.composes(store, theory, symbol, 0, earliest) {
                return true;
            }
            if earliest == 0 || !self.passes(store, earliest - 1) {
                return false;
            }
            earliest -= 1;
        }
    }

    fn known(&mut self, store: &Store, phase: u32, term: TermId, hypotheses: &[Fact]) -> bool {
        let mut earliest = phase;
        loop {
            let fact = Fact::new(Predicate::Attacker(earliest), vec![term]);
            if hypotheses.contains(&fact) || self.fact_stands(store, &fact) {
                return true;
            }
            if earliest == 0 || !self.passes(store, earliest - 1) {
                return false;
            }
            earliest -= 1;
        }
    }

    /// `attacker_p(x) → attacker_{p+1}(x)` stands, selecting its conclusion.
    fn passes(&mut self, store: &Store, phase: u32) -> bool {
        if let Some(known) = self.later.get(&phase) {
            return *known;
        }
        let answer = self.clauses.iter().any(|(c, s)| {
            *s == Selection::Conclusion
                && passes_on(store, c)
                && c.conclusion.predicate == Predicate::Attacker(phase.saturating_add(1))
        });
        self.later.insert(phase, answer);
        answer
    }

    /// A clause without hypotheses and constraints has this fact as instance.
    fn fact_stands(&self, store: &Store, fact: &Fact) -> bool {
        self.facts == Facts::OfTheSet
            && self.clauses.iter().any(|(c, s)| {
                *s == Selection::Conclusion
                    && c.hypotheses.is_empty()
                    && c.constraints.is_empty()
                    && c.conclusion.predicate == fact.predicate
                    && crate::unify::matches(
                        store,
                        c.conclusion.arguments[0],
                        fact.arguments[0],
                        &mut BTreeMap::new(),
                    )
            })
    }

    fn stands(
        &self,
        store: &mut Store,
        theory: &Theory,
        wanted: &Clause,
        selection: impl Fn(Selection) -> bool,
    ) -> bool {
        self.clauses
            .iter()
            .any(|(c, s)| selection(*s) && subsumes(store, theory, c, wanted))
    }
}

/// Whether a term is a data constructor applied; its symbol and arguments.
pub(crate) fn data(
    signature: &Signature,
    store: &Store,
    term: TermId,
) -> Option<(Symbol, Vec<TermId>)> {
    match store.view(term) {
        View::Apply(symbol, arguments) if signature.kind(symbol) == SymbolKind::Data => {
            Some((symbol, arguments.to_vec()))
        }
        _ => None,
    }
}

/// `attacker_p(x) → attacker_{p+1}(x)`.
fn passes_on(store: &Store, clause: &Clause) -> bool {
    let (Predicate::Attacker(later), [term]) = (
        clause.conclusion.predicate,
        clause.conclusion.arguments.as_slice(),
    ) else {
        return false;
    };
    let [hypothesis] = clause.hypotheses.as_slice() else {
        return false;
    };
    matches!(store.view(*term), View::Var(_))
        && clause.constraints.is_empty()
        && hypothesis.arguments == [*term]
        && matches!(hypothesis.predicate, Predicate::Attacker(p) if p.checked_add(1) == Some(later))
}

/// The numbers of the hypotheses, if this is the composition clause of the symbol.
fn composition(store: &Store, clause: &Clause, symbol: Symbol, number: u32) -> Option<Vec<u32>> {
    let predicate = clause.conclusion.predicate;
    let [whole] = clause.conclusion.arguments.as_slice() else {
        return None;
    };
    let View::Apply(head, arguments) = store.view(*whole) else {
        return None;
    };
    let shaped = predicate == Predicate::Attacker(number)
        && head == symbol
        && clause.constraints.is_empty()
        && clause.hypotheses.len() == arguments.len();
    let parts = clause.hypotheses.iter().zip(arguments);
    parts
        .map(|(h, a)| match (h.predicate, h.arguments.as_slice()) {
            (Predicate::Attacker(n), [t]) if t == a => Some(n),
            _ => None,
        })
        .collect::<Option<Vec<u32>>>()
        .filter(|_| shaped)
}

/// `attacker(xi)` for every i, and `attacker(f(x1,…,xn))`.
fn application(
    store: &mut Store,
    symbol: Symbol,
    parts: &[u32],
    first: u32,
    phase: u32,
) -> (Vec<Fact>, Fact) {
    let variables: Vec<_> = (first..)
        .take(parts.len())
        .map(|v| store.var(Var(v)))
        .collect();
    let whole = store.apply(symbol, &variables);
    let fact = |n, t| Fact::new(Predicate::Attacker(n), vec![t]);
    let parts = parts.iter().zip(variables).map(|(n, v)| fact(*n, v));
    (parts.collect(), fact(phase, whole))
}
