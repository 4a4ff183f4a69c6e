//! From the history of an entry to a derivation over initial clauses.
//!
//! The history is a graph of resolutions and simplifications. Unfolding it
//! gives instances of initial clauses and *holes*, the facts between them: a
//! hole is the conclusion of one clause and a hypothesis of others. Every link
//! is an equation between facts, and the most general solution of all equations
//! is the derivation. Nothing that simplification removed is missing, because
//! each removed hypothesis says what stands for it.

use crate::draft::Support;
use crate::saturate::Saturated;
use crate::set::{Origin, Selection};
use crate::unification::Unifier;
use logic::{Clause, Fact, Store, Substitution, TermId, Var, clause_variables};
use std::collections::HashMap;
use thiserror::Error;

/// A derivation; premises come before conclusions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Derivation {
    /// The nodes.
    pub nodes: Vec<Node>,
    /// The node of the entry's conclusion.
    pub root: u32,
}

/// One fact and how it is derived.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Node {
    /// The fact.
    pub fact: Fact,
    /// The initial clause, with the terms of its variables; `None` if assumed.
    pub rule: Option<(u32, Vec<(Var, TermId)>)>,
    /// One node per hypothesis.
    pub premises: Vec<u32>,
}

/// Why there is no derivation.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum TooLarge {
    /// The history contradicts itself: a defect of this crate.
    #[error("the history of the clause has no solution")]
    Inconsistent,
    /// The tree is too large to be written down.
    #[error("the derivation has more than {0} steps")]
    Steps(usize),
}

/// Largest derivation, in instances of clauses.
const STEPS: usize = 20_000;

impl Saturated {
    /// The derivation of an entry's clause, given all initial clauses in the
    /// order in which they were added.
    ///
    /// # Errors
    /// See [`TooLarge`].
    pub fn derivation(
        &self,
        store: &mut Store,
        initial: &[&Clause],
        entry: u32,
    ) -> Result<Derivation, TooLarge> {
        let mut unfolding = Unfolding {
            saturated: self,
            initial,
            holes: Vec::new(),
            rules: Vec::new(),
            facts: Vec::new(),
            fresh: 0,
        };
        let root = unfolding.hole();
        let open: Vec<_> = (0..self.set.entry(entry).width)
            .map(|_| unfolding.hole())
            .collect();
        for hole in &open {
            unfolding.holes[*hole] = Hole::Assumed;
        }
        // A case distinction may have made the clause an instance of what its
        // history gives.
        unfolding.instance(store, &self.set.entry(entry).clause, root, &open);
        unfolding.unfold(store, entry, root, open)?;
        unfolding.solve(store, root)
    }
}

#[derive(Clone, Copy, Debug)]
enum Hole {
    Alias(usize),
    Assumed,
    Rule(usize),
    Unknown,
}

struct RuleUse {
    clause: u32,
    instance: Vec<(Var, TermId)>,
    premises: Vec<usize>,
}

struct Unfolding<'a> {
    saturated: &'a Saturated,
    initial: &'a [&'a Clause],
    holes: Vec<Hole>,
    rules: Vec<RuleUse>,
    facts: Vec<(usize, Fact)>,
    fresh: u32,
}

impl Unfolding<'_> {
    fn hole(&mut self) -> usize {
        self.holes.push(Hole::Unknown);
        self.holes.len() - 1
    }

    /// Equates holes with the facts of a clause.
    fn instance(&mut self, store: &mut Store, clause: &Clause, conclusion: usize, open: &[usize]) {
        let mut renaming = Substitution::new();
        for var in clause_variables(store, clause) {
            let fresh = store.var(Var(self.fresh));
            self.fresh += 1;
            renaming.bind(var, fresh);
        }
        for (hole, fact) in open.iter().zip(&clause.hypotheses) {
            self.facts.push((*hole, renaming.fact(store, fact)));
        }
        self.facts
            .push((conclusion, renaming.fact(store, &clause.conclusion)));
    }

    fn unfold(
        &mut self,
        store: &mut Store,
        entry: u32,
        conclusion: usize,
        open: Vec<usize>,
    ) -> Result<(), TooLarge> {
        let mut agenda = vec![(entry, conclusion, open)];
        while let Some((id, conclusion, open)) = agenda.pop() {
            if self.rules.len() + agenda.len() > STEPS {
                return Err(TooLarge::Steps(STEPS));
            }
            let entry = self.saturated.set.entry(id);
            let trace = entry.history.trace();
            // One hole per number; kept hypotheses are the caller's holes.
            let numbers: Vec<usize> = trace
                .supports
                .iter()
                .enumerate()
                .map(|(n, _)| {
                    let kept = trace.numbers.iter().position(|k| *k as usize == n);
                    match kept.and_then(|k| open.get(k)) {
                        Some(hole) => *hole,
                        None => self.hole(),
                    }
                })
                .collect();
            let at = |n: u32| numbers.get(n as usize).copied();
            for (n, support) in trace.supports.iter().enumerate() {
                match support {
                    Support::Clause { entry, premises } => {
                        let premises: Option<Vec<_>> = premises.iter().map(|p| at(*p)).collect();
                        agenda.push((*entry, numbers[n], premises.ok_or(TooLarge::Inconsistent)?));
                    }
                    Support::Kept => {}
                    Support::Open => self.holes[numbers[n]] = Hole::Assumed,
                    Support::Same(other) => {
                        self.holes[numbers[n]] =
                            Hole::Alias(at(*other).ok_or(TooLarge::Inconsistent)?);
                    }
                }
            }
            let mut raw = conclusion;
            for projection in trace.projections.iter().rev() {
                let before = self.hole();
                agenda.push((*projection, raw, vec![before]));
                raw = before;
            }
            match entry.origin {
                Origin::Initial(clause) => {
                    let count = self
                        .initial
                        .get(clause as usize)
                        .map_or(0, |c| c.hypotheses.len());
                    let premises = numbers.get(..count).ok_or(TooLarge::Inconsistent)?;
                    self.apply(store, clause, raw, premises.to_vec())?;
                }
                Origin::Instance(of) => {
                    let count = self.saturated.set.entry(of).width;
                    let numbers = numbers.get(..count).ok_or(TooLarge::Inconsistent)?;
                    agenda.push((of, raw, numbers.to_vec()));
                }
                // Nothing is ever resolved with a lid.
                Origin::Lid => return Err(TooLarge::Inconsistent),
                Origin::Resolvent { left, right } => {
                    let (consumer, provider) = (
                        self.saturated.set.entry(left),
                        self.saturated.set.entry(right),
                    );
                    let Selection::Hypothesis(selected) = consumer.selection else {
                        return Err(TooLarge::Inconsistent);
                    };
                    let middle = self.hole();
                    let rest = consumer.width.saturating_sub(1);
                    let all = rest + provider.width;
                    let numbers = numbers.get(..all).ok_or(TooLarge::Inconsistent)?;
                    let mut of_left = numbers[..rest].to_vec();
                    of_left.insert(selected.min(rest), middle);
                    agenda.push((left, raw, of_left));
                    agenda.push((right, middle, numbers[rest..].to_vec()));
                }
            }
        }
        Ok(())
    }

    fn apply(
        &mut self,
        store: &mut Store,
        number: u32,
        conclusion: usize,
        premises: Vec<usize>,
    ) -> Result<(), TooLarge> {
        let clause = *self
            .initial
            .get(number as usize)
            .ok_or(TooLarge::Inconsistent)?;
        let mut renaming = Substitution::new();
        let mut instance = Vec::new();
        for var in clause_variables(store, clause) {
            let fresh = store.var(Var(self.fresh));
            self.fresh += 1;
            renaming.bind(var, fresh);
            instance.push((var, fresh));
        }
        for (hole, fact) in premises.iter().zip(&clause.hypotheses) {
            self.facts.push((*hole, renaming.fact(store, fact)));
        }
        self.facts
            .push((conclusion, renaming.fact(store, &clause.conclusion)));
        self.holes[conclusion] = Hole::Rule(self.rules.len());
        self.rules.push(RuleUse {
            clause: number,
            instance,
            premises,
        });
        Ok(())
    }

    fn resolve(&self, mut hole: usize) -> Option<usize> {
        for _ in 0..=self.holes.len() {
            match self.holes[hole] {
                Hole::Alias(next) => hole = next,
                Hole::Assumed | Hole::Rule(_) | Hole::Unknown => return Some(hole),
            }
        }
        None
    }

    fn solve(self, store: &mut Store, root: usize) -> Result<Derivation, TooLarge> {
        let mut unifier = Unifier::new();
        unifier.clear();
        let mut representatives: HashMap<usize, &Fact> = HashMap::new();
        for (hole, fact) in &self.facts {
            let hole = self.resolve(*hole).ok_or(TooLarge::Inconsistent)?;
            match representatives.get(&hole) {
                Some(known) => {
                    if !unifier.unify_facts(store, known, fact) {
                        return Err(TooLarge::Inconsistent);
                    }
                }
                None => {
                    representatives.insert(hole, fact);
                }
            }
        }
        let mut writer = Writer {
            unfolding: &self,
            representatives: &representatives,
            unifier,
            nodes: Vec::new(),
            known: HashMap::new(),
            of_hole: HashMap::new(),
        };
        let root = self.resolve(root).ok_or(TooLarge::Inconsistent)?;
        let root = writer.write(store, root)?;
        Ok(Derivation {
            nodes: writer.nodes,
            root,
        })
    }
}

struct Writer<'a> {
    unfolding: &'a Unfolding<'a>,
    representatives: &'a HashMap<usize, &'a Fact>,
    unifier: Unifier,
    nodes: Vec<Node>,
    known: HashMap<Node, u32>,
    of_hole: HashMap<usize, Option<u32>>,
}

impl Writer<'_> {
    /// Depth first, without recursion; a hole met again before it is done would
    /// be a fact that derives itself.
    fn write(&mut self, store: &mut Store, root: usize) -> Result<u32, TooLarge> {
        let mut stack = vec![(root, false)];
        while let Some((hole, ready)) = stack.pop() {
            let premises = self.premises(hole)?;
            if ready {
                self.finish(store, hole, &premises)?;
                continue;
            }
            match self.of_hole.get(&hole) {
                Some(Some(_)) => continue,
                Some(None) => return Err(TooLarge::Inconsistent),
                None => {}
            }
            self.of_hole.insert(hole, None);
            stack.push((hole, true));
            for premise in premises {
                if !matches!(self.of_hole.get(&premise), Some(Some(_))) {
                    stack.push((premise, false));
                }
            }
        }
        self.of_hole
            .get(&root)
            .copied()
            .flatten()
            .ok_or(TooLarge::Inconsistent)
    }

    fn premises(&self, hole: usize) -> Result<Vec<usize>, TooLarge> {
        match self.unfolding.holes[hole] {
            Hole::Rule(rule) => self.unfolding.rules[rule]
                .premises
                .iter()
                .map(|p| self.unfolding.resolve(*p).ok_or(TooLarge::Inconsistent))
                .collect(),
            Hole::Alias(_) | Hole::Assumed | Hole::Unknown => Ok(Vec::new()),
        }
    }

    fn finish(
        &mut self,
        store: &mut Store,
        hole: usize,
        premises: &[usize],
    ) -> Result<(), TooLarge> {
        let fact = *self
            .representatives
            .get(&hole)
            .ok_or(TooLarge::Inconsistent)?;
        let fact = self
            .unifier
            .fact(store, fact)
            .ok_or(TooLarge::Inconsistent)?;
        let rule = match self.unfolding.holes[hole] {
            Hole::Rule(rule) => {
                let rule = &self.unfolding.rules[rule];
                let mut instance = Vec::with_capacity(rule.instance.len());
                for (var, term) in &rule.instance {
                    let term = self
                        .unifier
                        .instance(store, *term)
                        .ok_or(TooLarge::Inconsistent)?;
                    instance.push((*var, term));
                }
                Some((rule.clause, instance))
            }
            Hole::Alias(_) | Hole::Assumed | Hole::Unknown => None,
        };
        let premises: Option<Vec<u32>> = premises
            .iter()
            .map(|p| self.of_hole.get(p).copied().flatten())
            .collect();
        let node = Node {
            fact,
            rule,
            premises: premises.ok_or(TooLarge::Inconsistent)?,
        };
        let id = match self.known.get(&node) {
            Some(id) => *id,
            None => {
                let id = u32::try_from(self.nodes.len()).unwrap_or(u32::MAX);
                self.known.insert(node.clone(), id);
                self.nodes.push(node);
                id
            }
        };
        self.of_hole.insert(hole, Some(id));
        Ok(())
    }
}
