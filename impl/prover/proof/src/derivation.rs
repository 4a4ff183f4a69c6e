//! A derivation: a tree (shared as a graph) of instances of initial clauses.
//!
//! A derivation shows that a fact follows from the clauses. It is not an
//! attack: the clauses over-approximate the process. What to do with it is
//! decided by replaying.

use logic::{Fact, Moved, TermId, Var};

/// A derivation over the initial clauses of a translation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Derivation {
    /// Nodes; premises come before conclusions.
    pub nodes: Vec<DerivationNode>,
    /// The node that concludes.
    pub root: u32,
}

impl Derivation {
    /// The terms it speaks of.
    pub fn terms(&self) -> impl Iterator<Item = TermId> + '_ {
        self.nodes.iter().flat_map(|node| {
            let instance: &[_] = match &node.rule {
                DerivationRule::Assumed => &[],
                DerivationRule::Clause { instance, .. } => instance,
            };
            let values = instance.iter().map(|(_, t)| *t);
            node.fact.arguments.iter().copied().chain(values)
        })
    }

    /// The same after its terms moved.
    pub fn follow(&mut self, moved: &Moved) {
        for node in &mut self.nodes {
            let arguments = node.fact.arguments.iter();
            node.fact.arguments = arguments.map(|t| moved.term(*t)).collect();
            if let DerivationRule::Clause { instance, .. } = &mut node.rule {
                for (_, term) in instance {
                    *term = moved.term(*term);
                }
            }
        }
    }
}

/// One node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DerivationNode {
    /// The fact it derives, in the store of the translation.
    pub fact: Fact,
    /// How.
    pub rule: DerivationRule,
    /// For each hypothesis of the clause, the node that derives it.
    pub premises: Vec<u32>,
}

/// How a node derives its fact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DerivationRule {
    /// A blocked hypothesis or one left open (`attacker(x)`): assumed.
    Assumed,
    /// Instance of an initial clause.
    Clause {
        /// Index among the translation's clauses, then the goal's.
        clause: u32,
        /// Terms of the clause's variables. Variables that remain in them are
        /// open: any distinct fresh attacker name will do.
        instance: Vec<(Var, TermId)>,
    },
}
