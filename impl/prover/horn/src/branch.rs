//! What is known on one path of one copy of a process.

use crate::theory::{Fresh, Simplified, Theory};
use crate::trail::{Layers, Trail};
use crate::unify::Bindings;
use logic::{Disequality, Fact, Store, TermId, Var};
use pi::{PointId, VarId};

/// A message, or `None` for failure.
pub(crate) type Value = Option<TermId>;

/// One way to get to a point. Terms are read under the bindings.
#[derive(Clone, Debug, Default)]
pub(crate) struct Branch {
    /// What tests have found out about clause variables.
    pub(crate) bindings: Bindings,
    /// What tests have excluded. Their universal variables occur nowhere else.
    pub(crate) constraints: Vec<Disequality>,
    /// What must have happened.
    pub(crate) hypotheses: Trail<Fact>,
    /// Values of the process's variables. Variables out of scope may linger.
    pub(crate) environment: Layers<VarId, TermId>,
    /// Which kind of session this is, if there is more than one.
    pub(crate) kind: Option<TermId>,
    /// Inside a replication the kind, if there is more than one; then the session
    /// variables of the replications around, outermost first.
    pub(crate) sessions: Vec<TermId>,
    /// The phase.
    pub(crate) phase: u32,
    /// How the copy got here.
    pub(crate) path: Trail<Step>,
}

/// As [`crate::PathStep`], with terms under bindings.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    Branch {
        point: PointId,
        then: bool,
    },
    Component {
        point: PointId,
        index: u32,
    },
    Get {
        point: PointId,
        hypothesis: u32,
    },
    Input {
        point: PointId,
        hypothesis: u32,
        channel: TermId,
        message: TermId,
    },
    Passed {
        point: PointId,
    },
    Phase {
        point: PointId,
        phase: u32,
    },
    Replicate {
        point: PointId,
        session: Var,
    },
}

impl Branch {
    /// The same under other bindings.
    pub(crate) fn with(&self, bindings: Bindings) -> Self {
        Self {
            bindings,
            ..self.clone()
        }
    }

    /// The same with one more step.
    pub(crate) fn stepped(mut self, step: Step) -> Self {
        self.path.push(step);
        self
    }

    /// Adds a hypothesis and returns its index.
    pub(crate) fn suppose(&mut self, fact: Fact) -> u32 {
        self.hypotheses.push(fact);
        u32::try_from(self.hypotheses.len() - 1).unwrap_or(u32::MAX)
    }

    /// Adds a constraint; `false` if it can never hold.
    pub(crate) fn exclude(
        &mut self,
        store: &mut Store,
        theory: &Theory,
        constraint: Disequality,
    ) -> bool {
        let resolved = self.resolved(store, &constraint);
        match theory.simplify(store, &resolved) {
            Simplified::False => return false,
            Simplified::True => {}
            Simplified::Rest(_) => self.constraints.push(constraint),
        }
        true
    }

    /// Looks at the constraints again after a binding; `false` if one can no
    /// longer hold.
    pub(crate) fn is_possible(&mut self, store: &mut Store, theory: &Theory) -> bool {
        let mut kept = Vec::with_capacity(self.constraints.len());
        for constraint in std::mem::take(&mut self.constraints) {
            let resolved = self.resolved(store, &constraint);
            match theory.simplify(store, &resolved) {
                Simplified::False => return false,
                Simplified::True => {}
                // Kept as it was: what simplification introduces is fresh for
                // the constraint only, not for this branch.
                Simplified::Rest(_) => kept.push(constraint),
            }
        }
        self.constraints = kept;
        true
    }

    /// Makes the pairs equal; `false` if that is impossible.
    pub(crate) fn unify(
        &mut self,
        store: &mut Store,
        theory: &Theory,
        pairs: &[(TermId, TermId)],
    ) -> bool {
        let before = self.bindings.len();
        self.bindings
            .unify(store, pairs, crate::unify::Roles::default())
            && (self.bindings.len() == before || self.is_possible(store, theory))
    }

    /// A constraint under the bindings.
    pub(crate) fn resolved(&self, store: &mut Store, constraint: &Disequality) -> Disequality {
        Disequality {
            universals: constraint.universals.clone(),
            pairs: constraint
                .pairs
                .iter()
                .map(|(l, r)| {
                    (
                        self.bindings.resolve(store, *l),
                        self.bindings.resolve(store, *r),
                    )
                })
                .collect(),
        }
    }
}

/// `term` differs from all instances of `pattern` under the variables.
pub(crate) fn differs(universals: Vec<Var>, pairs: Vec<(TermId, TermId)>) -> Disequality {
    Disequality { universals, pairs }
}

/// So many consecutive fresh variables from `base` on.
pub(crate) fn block(base: u32, count: u32) -> Vec<Var> {
    (0..count).map(|i| Var(base.saturating_add(i))).collect()
}

/// A fresh variable as variable and term.
pub(crate) fn new_variable(fresh: &mut Fresh, store: &mut Store) -> (Var, TermId) {
    let var = Var(fresh.take(1));
    (var, store.var(var))
}
