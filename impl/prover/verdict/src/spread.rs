//! The most general derivation of a shape.
//!
//! Of clauses that say the same the engine keeps one, so a derivation may take the
//! same session, or the same message, in two places where nothing asks for it; and
//! one copy can often not do what two would. Here each place is derived by itself,
//! by the same clauses, and only what these demand is equal (the most general
//! instance of the proof tree, by unification). What is one after all the merging
//! of copies finds again.

use crate::merge;
use horn::{Goal, PathStep, Translation};
use logic::{Clause, Fact, Substitution, TermId, Var, clause_variables, term_variables};
use proof::{Derivation, DerivationNode, DerivationRule};
use saturation::Unifier;
use std::collections::{BTreeMap, BTreeSet};

/// Most nodes of a derivation.
const NODES: usize = 1_000;
/// Most nodes of a tree; above, each premise of the query shares what it can.
const TREE: usize = 300;
/// The theory numbers what it introduces from here.
const INTRODUCED: u32 = 1 << 31;

/// The most general derivation of the same shape, if it has more sessions.
pub(crate) fn spread(
    translation: &mut Translation,
    goal: &Goal,
    derivation: &Derivation,
) -> Option<Derivation> {
    let general = by_other_clauses(translation, goal, derivation, &BTreeMap::new())?;
    let more = sessions(translation, &general) > sessions(translation, derivation);
    more.then_some(general)
}

/// The most general derivation of the same shape in which some nodes are derived by
/// other clauses.
pub(crate) fn by_other_clauses(
    translation: &mut Translation,
    goal: &Goal,
    derivation: &Derivation,
    others: &BTreeMap<u32, u32>,
) -> Option<Derivation> {
    if derivation.nodes.len() > NODES {
        return None;
    }
    let small = tree_size(derivation, derivation.root, TREE).is_some();
    let mut spreading = Spreading {
        translation,
        goal: &goal.clause,
        source: derivation,
        others,
        nodes: Vec::new(),
        pairs: Vec::new(),
        next: 0,
    };
    let mut memory = (!small).then(BTreeMap::new);
    let root = spreading.copy(derivation.root, &mut memory, true)?;
    let general = Derivation {
        nodes: std::mem::take(&mut spreading.nodes),
        root,
    };
    let unifier = spreading.unifier()?;
    let general = merge::under(&mut translation.store, &unifier, &general);
    let Translation {
        clauses,
        theory,
        store,
        ..
    } = translation;
    merge::possible(clauses, theory, store, &general).then_some(general)
}

/// How many nodes there are when nothing is shared; `None` above a limit.
fn tree_size(derivation: &Derivation, node: u32, limit: usize) -> Option<usize> {
    let premises = &derivation.nodes.get(node as usize)?.premises;
    let mut size = 1_usize;
    for premise in premises {
        size += tree_size(derivation, *premise, limit.checked_sub(size)?)?;
    }
    (size <= limit).then_some(size)
}

/// How many different sessions there are.
fn sessions(translation: &Translation, derivation: &Derivation) -> usize {
    let mut found = BTreeSet::new();
    for (_, _, origin, instance) in merge::of_copies(&translation.clauses, derivation) {
        for step in &origin.path {
            if let PathStep::Replicate { point, session } = step {
                let of = instance.iter().find(|(v, _)| v == session);
                found.extend(of.map(|(_, t)| (*point, *t)));
            }
        }
    }
    found.len()
}

struct Spreading<'a> {
    translation: &'a mut Translation,
    goal: &'a Clause,
    source: &'a Derivation,
    others: &'a BTreeMap<u32, u32>,
    nodes: Vec<DerivationNode>,
    /// What must be equal.
    pairs: Vec<(TermId, TermId)>,
    /// The next variable.
    next: u32,
}

impl Spreading<'_> {
    /// A node by itself, with what it needs; with a memory, what was copied once is
    /// shared, but not between premises of the root.
    fn copy(
        &mut self,
        number: u32,
        memory: &mut Option<BTreeMap<u32, u32>>,
        root: bool,
    ) -> Option<u32> {
        if let Some(known) = memory.as_ref().and_then(|m| m.get(&number)) {
            return Some(*known);
        }
        let node = self.source.nodes.get(number as usize)?;
        let mut premises = Vec::with_capacity(node.premises.len());
        for premise in &node.premises {
            if root && let Some(memory) = memory {
                memory.clear();
            }
            premises.push(self.copy(*premise, memory, false)?);
        }
        let node = match &node.rule {
            DerivationRule::Assumed => self.assumed(&node.fact),
            DerivationRule::Clause { clause, .. } => {
                let clause = self.others.get(&number).unwrap_or(clause);
                self.applied(*clause, premises)?
            }
        };
        let copied = u32::try_from(self.nodes.len()).ok()?;
        self.nodes.push(node);
        if let Some(memory) = memory {
            memory.insert(number, copied);
        }
        Some(copied)
    }

    fn assumed(&mut self, fact: &Fact) -> DerivationNode {
        let arguments = fact.arguments.iter().map(|_| self.fresh()).collect();
        DerivationNode {
            fact: Fact {
                predicate: fact.predicate,
                arguments,
            },
            rule: DerivationRule::Assumed,
            premises: Vec::new(),
        }
    }

    fn applied(&mut self, number: u32, premises: Vec<u32>) -> Option<DerivationNode> {
        let clause = match self.translation.clauses.get(number as usize) {
            Some(initial) => initial.clause.clone(),
            None => self.goal.clone(),
        };
        if clause.hypotheses.len() != premises.len() {
            return None;
        }
        let mut renaming = Substitution::new();
        let mut instance = Vec::new();
        for variable in clause_variables(&self.translation.store, &clause) {
            let image = self.fresh();
            renaming.bind(variable, image);
            instance.push((variable, image));
        }
        let clause = renaming.clause(&mut self.translation.store, &clause);
        for (hypothesis, premise) in clause.hypotheses.iter().zip(&premises) {
            let fact = &self.nodes.get(*premise as usize)?.fact;
            let alike = fact.predicate == hypothesis.predicate
                && fact.arguments.len() == hypothesis.arguments.len();
            if !alike {
                return None;
            }
            let hypothesis = hypothesis.arguments.iter().copied();
            self.pairs
                .extend(hypothesis.zip(fact.arguments.iter().copied()));
        }
        Some(DerivationNode {
            fact: clause.conclusion,
            rule: DerivationRule::Clause {
                clause: number,
                instance,
            },
            premises,
        })
    }

    fn fresh(&mut self) -> TermId {
        let variable = Var(self.next);
        self.next = self.next.saturating_add(1);
        self.translation.store.var(variable)
    }

    /// What makes all pairs equal.
    fn unifier(&mut self) -> Option<Substitution> {
        self.syntactic().or_else(|| self.modulo())
    }

    /// What makes all pairs the same term. As a rule there is such: the derivation
    /// that is copied is an instance.
    fn syntactic(&mut self) -> Option<Substitution> {
        let store = &mut self.translation.store;
        let mut unifier = Unifier::new();
        if !unifier.unify(store, self.pairs.iter().copied()) {
            return None;
        }
        let mut whole = Substitution::new();
        for number in 0..self.next {
            let variable = store.var(Var(number));
            whole.bind(Var(number), unifier.instance(store, variable)?);
        }
        Some(whole)
    }

    /// What makes all pairs equal as the equations have it; of several ways the first.
    fn modulo(&mut self) -> Option<Substitution> {
        let mut whole = Substitution::new();
        for (left, right) in std::mem::take(&mut self.pairs) {
            let store = &mut self.translation.store;
            let pair = (whole.term(store, left), whole.term(store, right));
            if pair.0 == pair.1 {
                continue;
            }
            let unifiers = self.translation.theory.unify(store, &[pair]);
            let step = unifiers.into_iter().next()?;
            let step = self.apart(&step);
            let store = &mut self.translation.store;
            let mut composed = Substitution::new();
            for (variable, image) in whole.iter() {
                composed.bind(variable, step.term(store, image));
            }
            for (variable, image) in step.iter() {
                composed.bind(variable, image);
            }
            whole = composed;
        }
        Some(whole)
    }

    /// A unifier with variables of its own for those that the theory introduces,
    /// which are the same every time.
    fn apart(&mut self, unifier: &Substitution) -> Substitution {
        let images: Vec<(Var, TermId)> = unifier.iter().collect();
        let mut variables = BTreeSet::new();
        for (_, image) in &images {
            term_variables(&self.translation.store, *image, &mut variables);
        }
        let mut renaming = Substitution::new();
        for variable in variables.into_iter().filter(|v| v.0 >= INTRODUCED) {
            let image = self.fresh();
            renaming.bind(variable, image);
        }
        let mut out = Substitution::new();
        for (variable, image) in images {
            let image = renaming.term(&mut self.translation.store, image);
            out.bind(variable, image);
        }
        out
    }
}
