//! Nodes of one copy as one story.
//!
//! The clauses of a process forget which messages a copy took on its way: two
//! clauses of one copy have inputs of their own, and a derivation may fill them
//! with different messages, or with the same message from different copies. In
//! a run a copy takes one message at each input and one entry at each `get`. So
//! for every copy and every such point the facts that its nodes take are
//! unified, again and again, for a unifier may make two copies one. What comes
//! out is the most general derivation of its shape that a run can follow.
//! (Allamigeon and Blanchet, "Reconstruction of Attacks against Cryptographic
//! Protocols", 2005, section 3, merge in this way, too.)
//!
//! Facts that became equal need one derivation only. The first that needs
//! nothing later is kept, which leaves no fact that derives itself. Where every
//! derivation of a fact goes round in a circle, one message that the attacker
//! composes on the way is taken as known: the engine prefers composing to
//! hearing, and the attacker may have heard it. Whether it has shows in the run.

use horn::{Goal, Origin, PathStep, ProcessOrigin, Theory, Translation};
use logic::{Disequality, Fact, Predicate, Store, Substitution, TermId, Var, term_variables};
use pi::PointId;
use proof::{Derivation, DerivationNode, DerivationRule};
use std::collections::{BTreeMap, BTreeSet};

/// Most unifications for one derivation.
const ROUNDS: usize = 2_000;

/// Most places at which a circle is opened, one at a time.
const OPENINGS: usize = 12;

/// The derivation with its copies merged, in one way or, where it goes round in
/// circles, in several; none if that changes nothing.
pub(crate) fn merged(
    translation: &mut Translation,
    derivation: &Derivation,
    interrupted: &dyn Fn() -> bool,
) -> Vec<Derivation> {
    let mut merging = Merging {
        clauses: &translation.clauses,
        theory: &translation.theory,
        store: &mut translation.store,
        derivation: derivation.clone(),
        apart: BTreeSet::new(),
    };
    for _ in 0..ROUNDS {
        if interrupted() {
            return Vec::new();
        }
        if !merging.step() {
            break;
        }
    }
    let merging = &merging;
    let composed = |node: &DerivationNode| match &node.rule {
        DerivationRule::Assumed => false,
        DerivationRule::Clause { clause, .. } => matches!(
            merging.clauses.get(*clause as usize).map(|c| &c.origin),
            Some(Origin::Apply { .. })
        ),
    };
    if let Some(whole) = rewired(&merging.derivation, &composed, None) {
        return if whole == *derivation {
            Vec::new()
        } else {
            vec![whole]
        };
    }
    // The circle as it is comes last: what of it the attacker knows when, the run
    // shows.
    (0..OPENINGS)
        .filter_map(|opening| rewired(&merging.derivation, &composed, Some(opening)))
        .chain([merging.derivation.clone()])
        .collect()
}

/// Whether no constraint of a clause in a derivation is false.
pub(crate) fn possible(
    clauses: &[horn::InitialClause],
    theory: &Theory,
    store: &mut Store,
    derivation: &Derivation,
) -> bool {
    derivation.nodes.iter().all(|node| {
        let DerivationRule::Clause { clause, instance } = &node.rule else {
            return true;
        };
        let Some(initial) = clauses.get(*clause as usize) else {
            return true;
        };
        if initial.clause.constraints.is_empty() {
            return true;
        }
        let mut values = Substitution::new();
        for (v, t) in instance {
            values.bind(*v, *t);
        }
        initial.clause.constraints.iter().all(|c| {
            let instance: Disequality = values.disequality(store, c);
            !matches!(theory.simplify(store, &instance), horn::Simplified::False)
        })
    })
}

/// Most derivations that come of one because sides of its query are equal.
const EQUATED: usize = 4;

/// The derivation where the query asks that two terms differ: its instances in
/// which they do not, each most general.
pub(crate) fn equated(
    translation: &mut Translation,
    goal: &Goal,
    derivation: &Derivation,
) -> Vec<Derivation> {
    let root = derivation.nodes.get(derivation.root as usize);
    let Some(DerivationRule::Clause { instance, .. }) = root.map(|n| &n.rule) else {
        return Vec::new();
    };
    let mut values = Substitution::new();
    for (v, t) in instance {
        values.bind(*v, *t);
    }
    let mut merging = Merging {
        clauses: &translation.clauses,
        theory: &translation.theory,
        store: &mut translation.store,
        derivation: derivation.clone(),
        apart: BTreeSet::new(),
    };
    let mut found = Vec::new();
    for (left, right) in goal.disjuncts.iter().flat_map(|d| &d.disequalities) {
        let mut sides = BTreeSet::new();
        term_variables(merging.store, *left, &mut sides);
        term_variables(merging.store, *right, &mut sides);
        if sides.iter().any(|v| values.image(*v).is_none()) {
            continue;
        }
        let pair = (
            values.term(merging.store, *left),
            values.term(merging.store, *right),
        );
        for unifier in merging.theory.unify(merging.store, &[pair]) {
            let instance = under(merging.store, &unifier, derivation);
            if instance != *derivation && merging.possible(&instance) {
                found.push(instance);
            }
        }
    }
    found.truncate(EQUATED);
    found
}

/// One turn on the way to a copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Turn {
    Component(u32),
    Session(TermId),
    /// A session that no name depends on: of this node alone.
    Own(u32),
}

pub(crate) type Lineage = Vec<(PointId, Turn)>;

/// The nodes that steps of copies derive, by number, with where the copy stood and
/// the instance of the clause.
pub(crate) fn of_copies<'a>(
    clauses: &'a [horn::InitialClause],
    derivation: &'a Derivation,
) -> impl Iterator<
    Item = (
        u32,
        &'a DerivationNode,
        &'a ProcessOrigin,
        &'a [(Var, TermId)],
    ),
> {
    (0_u32..)
        .zip(&derivation.nodes)
        .filter_map(move |(number, node)| {
            let DerivationRule::Clause { clause, instance } = &node.rule else {
                return None;
            };
            match &clauses.get(*clause as usize)?.origin {
                Origin::Process(origin) => Some((number, node, origin, instance.as_slice())),
                _ => None,
            }
        })
}

struct Merging<'a> {
    clauses: &'a [horn::InitialClause],
    theory: &'a Theory,
    store: &'a mut Store,
    derivation: Derivation,
    /// Premises that cannot be one.
    apart: BTreeSet<(u32, u32)>,
}

impl Merging<'_> {
    /// Unifies what two nodes of one copy take; false if nothing is left to do.
    fn step(&mut self) -> bool {
        for premises in self.slots() {
            let first = premises[0];
            for second in &premises[1..] {
                if self.apart.contains(&(first, *second)) {
                    continue;
                }
                let pairs = self.pairs(first, *second);
                if pairs.iter().all(|(l, r)| l == r) {
                    continue;
                }
                if self.unify(&pairs) {
                    return true;
                }
                self.apart.insert((first, *second));
            }
        }
        false
    }

    fn pairs(&self, first: u32, second: u32) -> Vec<(TermId, TermId)> {
        pairs(&self.derivation, first, second)
    }

    fn unify(&mut self, pairs: &[(TermId, TermId)]) -> bool {
        for unifier in self.theory.unify(self.store, pairs) {
            let derivation = under(self.store, &unifier, &self.derivation);
            if self.possible(&derivation) {
                self.derivation = derivation;
                return true;
            }
        }
        false
    }

    fn possible(&mut self, derivation: &Derivation) -> bool {
        possible(self.clauses, self.theory, self.store, derivation)
    }

    /// The premises that nodes of one copy have for one input or `get`, for
    /// each that has several.
    fn slots(&self) -> Vec<Vec<u32>> {
        let slots = slots(self.clauses, &self.derivation).into_values();
        let premises = slots.map(|takers| {
            let mut premises: Vec<u32> = Vec::new();
            for (_, premise) in takers {
                if !premises.contains(&premise) {
                    premises.push(premise);
                }
            }
            premises
        });
        premises.filter(|s| s.len() > 1).collect()
    }
}

/// For each input and `get` of a copy, the nodes that pass it, each with the premise
/// that it takes there.
pub(crate) fn slots(
    clauses: &[horn::InitialClause],
    derivation: &Derivation,
) -> BTreeMap<(Lineage, PointId), Vec<(u32, u32)>> {
    let mut slots: BTreeMap<(Lineage, PointId), Vec<(u32, u32)>> = BTreeMap::new();
    for (number, node, origin, instance) in of_copies(clauses, derivation) {
        let mut lineage = Lineage::new();
        for step in &origin.path {
            match step {
                PathStep::Component { point, index } => {
                    lineage.push((*point, Turn::Component(*index)));
                }
                PathStep::Replicate { point, session } => {
                    let session = instance.iter().find(|(v, _)| v == session);
                    let turn = session.map_or(Turn::Own(number), |(_, t)| Turn::Session(*t));
                    lineage.push((*point, turn));
                }
                PathStep::Get { point, hypothesis }
                | PathStep::Input {
                    point, hypothesis, ..
                } => {
                    if let Some(premise) = node.premises.get(*hypothesis as usize) {
                        let slot = slots.entry((lineage.clone(), *point)).or_default();
                        slot.push((number, *premise));
                    }
                }
                PathStep::Branch { .. } | PathStep::Passed { .. } | PathStep::Phase { .. } => {}
            }
        }
    }
    slots
}

/// What must be equal for two premises to be one.
pub(crate) fn pairs(derivation: &Derivation, first: u32, second: u32) -> Vec<(TermId, TermId)> {
    let fact = |n: u32| derivation.nodes.get(n as usize).map(|n| &n.fact);
    let (Some(first), Some(second)) = (fact(first), fact(second)) else {
        return Vec::new();
    };
    let table = matches!(first.predicate, Predicate::Table { .. });
    if table || first.predicate == second.predicate {
        let arguments = second.arguments.iter().copied();
        return first.arguments.iter().copied().zip(arguments).collect();
    }
    // Heard on the channel or known anyway: the message is the same.
    let last = |f: &Fact| f.arguments.last().copied();
    last(first).zip(last(second)).into_iter().collect()
}

/// A derivation under a substitution.
pub(crate) fn under(
    store: &mut Store,
    substitution: &Substitution,
    derivation: &Derivation,
) -> Derivation {
    let nodes = derivation
        .nodes
        .iter()
        .map(|node| DerivationNode {
            fact: substitution.fact(store, &node.fact),
            rule: match &node.rule {
                DerivationRule::Assumed => DerivationRule::Assumed,
                DerivationRule::Clause { clause, instance } => DerivationRule::Clause {
                    clause: *clause,
                    instance: instance
                        .iter()
                        .map(|(v, t)| (*v, substitution.term(store, *t)))
                        .collect(),
                },
            },
            premises: node.premises.clone(),
        })
        .collect();
    Derivation {
        nodes,
        root: derivation.root,
    }
}

/// One node per fact, each after what it needs; `None` if something can only be
/// derived from itself. Nodes that were nobody's premise stay. An opening says
/// which of the composed messages in a circle is assumed, if there is one.
fn rewired(
    derivation: &Derivation,
    composed: &dyn Fn(&DerivationNode) -> bool,
    opening: Option<usize>,
) -> Option<Derivation> {
    let nodes = &derivation.nodes;
    let fact = |n: &u32| nodes.get(*n as usize).map(|n| &n.fact);
    let mut order: Vec<usize> = Vec::new();
    let mut of_fact: BTreeMap<&Fact, usize> = BTreeMap::new();
    let mut waiting: Vec<usize> = (0..nodes.len()).collect();
    let derived: BTreeSet<&Fact> = nodes
        .iter()
        .filter(|n| n.rule != DerivationRule::Assumed)
        .map(|n| &n.fact)
        .collect();
    // What is assumed is used only when nothing derives it.
    let mut opened: Option<usize> = None;
    for stage in 0..3 {
        let assume = stage > 0;
        if stage == 2 {
            let Some(opening) = opening else { break };
            let mut met = BTreeSet::new();
            let mut round = waiting.iter().copied().filter(|i| {
                let node = &nodes[*i];
                composed(node) && met.insert(&node.fact)
            });
            let at = round.nth(opening)?;
            of_fact.insert(&nodes[at].fact, at);
            order.push(at);
            opened = Some(at);
        }
        loop {
            let before = order.len();
            waiting.retain(|i| {
                let node = &nodes[*i];
                if of_fact.contains_key(&node.fact) {
                    return false;
                }
                let assumed = node.rule == DerivationRule::Assumed;
                let avoided = assumed && !assume && derived.contains(&node.fact);
                let ready = !avoided
                    && node
                        .premises
                        .iter()
                        .all(|p| fact(p).is_some_and(|f| of_fact.contains_key(f)));
                if ready {
                    of_fact.insert(&node.fact, *i);
                    order.push(*i);
                }
                !ready
            });
            if order.len() == before {
                break;
            }
        }
    }
    // Only what the tops need.
    let used: BTreeSet<u32> = nodes.iter().flat_map(|n| n.premises.clone()).collect();
    let mut needed: BTreeSet<usize> = BTreeSet::new();
    let mut stack: Vec<usize> = Vec::new();
    for (i, node) in (0_u32..).zip(nodes) {
        if i == derivation.root || !used.contains(&i) {
            stack.push(*of_fact.get(&node.fact)?);
        }
    }
    while let Some(i) = stack.pop() {
        if needed.insert(i) && opened != Some(i) {
            for p in &nodes[i].premises {
                stack.push(*of_fact.get(fact(p)?)?);
            }
        }
    }
    let mut number: BTreeMap<usize, u32> = BTreeMap::new();
    let mut out = Vec::new();
    for i in order {
        if needed.contains(&i) {
            number.insert(i, u32::try_from(out.len()).ok()?);
            let mut node = nodes[i].clone();
            if opened == Some(i) {
                node.rule = DerivationRule::Assumed;
                node.premises = Vec::new();
            }
            for p in &mut node.premises {
                *p = *number.get(of_fact.get(fact(p)?)?)?;
            }
            out.push(node);
        }
    }
    let root = fact(&derivation.root)?;
    Some(Derivation {
        root: *number.get(of_fact.get(root)?)?,
        nodes: out,
    })
}
