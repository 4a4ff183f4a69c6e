//! The search for a proof by induction, which may be hopeless.
//!
//! The goal of such a proof says less than the query's own ([`horn::induction`]), so
//! that a run found for it would show nothing: the answer is a proof or none, and the
//! query is asked plainly then. The search is looked at now and again, and given up
//! when a clause fails, or when a goal is deeper than anything but a loop makes it.

use crate::answer::{Answer, Verdict};
use crate::stage::Stage;
use logic::{Clause, Fact, Predicate};
use saturation::{Extension, Limits, Progress, Saturated};

/// When the search for a proof by induction is looked at, and ends in the end.
const PAUSES: [u64; 5] = [20, 80, 400, 2_000, 10_000];
/// A goal whose terms are deeper by then is in a loop that does not end.
const DEEP: u32 = 40;

impl Stage<'_> {
    /// Decides the part by a proof, or not at all: a clause that fails early on ends
    /// the search, which nothing else may end.
    pub(crate) fn by_proof(
        &mut self,
        lids: &[Clause],
        limits: Limits<'_>,
        progress: &mut dyn FnMut(Progress),
    ) -> Option<Answer> {
        let mut found = None;
        for pause in PAUSES {
            let reached = self.begin(lids, pause, limits, progress).ok()?;
            let (Extension::Begun(set) | Extension::Closed(set)) = &reached;
            let (solved, failing) = self.solved(set);
            let looping = self.loops(set);
            if looping || !failing.is_empty() {
                return None;
            }
            if let Extension::Closed(saturated) = reached {
                found = Some((saturated, solved));
                break;
            }
        }
        let (saturated, solved) = found?;
        let verdict = self.certify(&saturated, &solved, limits);
        matches!(verdict, Verdict::Proved(_)).then(|| Answer {
            verdict,
            progress: saturated.progress,
        })
    }

    /// Whether a clause for the goal is deeper than anything but a loop makes it.
    pub(crate) fn loops(&self, set: &Saturated) -> bool {
        let store = &self.translation.store;
        let deep = |fact: &Fact| fact.arguments.iter().any(|t| store.depth(*t) > DEEP);
        set.set().alive().any(|(_, entry)| {
            let clause = &entry.clause;
            let is_goal = matches!(clause.conclusion.predicate, Predicate::Goal(_));
            is_goal && (deep(&clause.conclusion) || clause.hypotheses.iter().any(deep))
        })
    }
}
