//! Which attacker clauses stand in the certificate's clause set.
//!
//! Taking data constructors apart, and dropping a clause whose conclusion the
//! attacker can compose, replace one derivation by another that uses
//! composition and projection clauses. Those must therefore be in the set,
//! usable as they are; otherwise a clause could justify its own removal.

use crate::subsume::subsumes;
use horn::Theory;
use logic::{Clause, Fact, Predicate, Store, Symbol, SymbolKind, TermId, Var, View};
use proof::Selection;
use std::collections::BTreeMap;

/// Answers, with a memory, whether standard attacker clauses stand.
#[derive(Debug)]
pub(crate) struct Standing<'a> {
    clauses: &'a [(Clause, Selection)],
    compose: BTreeMap<(Symbol, u32), bool>,
    project: BTreeMap<(Symbol, u32), bool>,
    later: BTreeMap<u32, bool>,
}

impl<'a> Standing<'a> {
    pub(crate) fn new(clauses: &'a [(Clause, Selection)]) -> Self {
        Self {
            clauses,
            compose: BTreeMap::new(),
            project: BTreeMap::new(),
            later: BTreeMap::new(),
        }
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
        let (parts, whole) = application(store, symbol, arity, phase);
        let wanted = clause(parts, whole);
        let answer = self.stands(store, theory, &wanted, |s| s == Selection::Conclusion);
        self.compose.insert((symbol, phase), answer);
        answer
    }

    /// `attacker(f(x1,…,xn)) → attacker(xi)` stands for every i.
    pub(crate) fn projects(
        &mut self,
        store: &mut Store,
        theory: &Theory,
        symbol: Symbol,
        arity: usize,
        phase: u32,
    ) -> bool {
        if let Some(known) = self.project.get(&(symbol, phase)) {
            return *known;
        }
        let (parts, whole) = application(store, symbol, arity, phase);
        let answer = parts.iter().all(|part| {
            let wanted = clause(vec![whole.clone()], part.clone());
            self.stands(store, theory, &wanted, |_| true)
        });
        self.project.insert((symbol, phase), answer);
        answer
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
        if self.known(store, phase, term, hypotheses) {
            return true;
        }
        let View::Apply(symbol, arguments) = store.view(term) else {
            return false;
        };
        let arguments = arguments.to_vec();
        self.composes(store, theory, symbol, arguments.len(), phase)
            && arguments
                .iter()
                .all(|a| self.composed(store, theory, phase, *a, hypotheses))
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
                && c.constraints.is_empty()
                && c.conclusion.predicate == Predicate::Attacker(phase + 1)
                && matches!(store.view(c.conclusion.arguments[0]), View::Var(_))
                && c.hypotheses
                    == [Fact::new(
                        Predicate::Attacker(phase),
                        c.conclusion.arguments.clone(),
                    )]
        });
        self.later.insert(phase, answer);
        answer
    }

    /// A clause without hypotheses and constraints has this fact as instance.
    fn fact_stands(&self, store: &Store, fact: &Fact) -> bool {
        self.clauses.iter().any(|(c, s)| {
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
    signature: &logic::Signature,
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

fn application(store: &mut Store, symbol: Symbol, arity: usize, phase: u32) -> (Vec<Fact>, Fact) {
    let variables: Vec<_> = (0..arity)
        .map(|i| store.var(Var(u32::try_from(i).unwrap_or(u32::MAX))))
        .collect();
    let whole = store.apply(symbol, &variables);
    let fact = |t| Fact::new(Predicate::Attacker(phase), vec![t]);
    (variables.into_iter().map(fact).collect(), fact(whole))
}

fn clause(hypotheses: Vec<Fact>, conclusion: Fact) -> Clause {
    Clause {
        constraints: Vec::new(),
        hypotheses,
        conclusion,
    }
}
