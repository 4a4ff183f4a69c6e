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
        let undisputed = |stage: &mut Self, set: &Saturated| stage.solved(set).1.is_empty();
        let reached = self.in_steps(lids, &PAUSES, limits, progress, undisputed)?;
        let Extension::Closed(saturated) = reached else {
            return None;
        };
        let (solved, _) = self.solved(&saturated);
        let verdict = self.certify(&saturated, &solved, limits);
        matches!(verdict, Verdict::Proved(_)).then(|| Answer {
            verdict,
            progress: saturated.progress,
        })
    }

    /// As far as the last pause, unless there is no more to do before. Nothing where
    /// a loop shows at a pause, or what was found there is not worth to go on with.
    pub(crate) fn in_steps(
        &mut self,
        lids: &[Clause],
        pauses: &[u64],
        limits: Limits<'_>,
        progress: &mut dyn FnMut(Progress),
        go_on: impl Fn(&mut Self, &Saturated) -> bool,
    ) -> Option<Extension> {
        let mut reached = None;
        for pause in pauses {
            let extension = self.begin(lids, *pause, limits, progress).ok()?;
            let (Extension::Begun(set) | Extension::Closed(set)) = &extension;
            if self.loops(set) || !go_on(self, set) {
                return None;
            }
            let closed = matches!(extension, Extension::Closed(_));
            reached = Some(extension);
            if closed {
                break;
            }
        }
        reached
    }

    /// Whether a clause for the goal is deeper than anything but a loop makes it.
    fn loops(&self, set: &Saturated) -> bool {
        let store = &self.translation.store;
        let deep = |fact: &Fact| fact.arguments.iter().any(|t| store.depth(*t) > DEEP);
        set.set().alive().any(|(_, entry)| {
            let clause = &entry.clause;
            let is_goal = matches!(clause.conclusion.predicate, Predicate::Goal(_));
            is_goal && (deep(&clause.conclusion) || clause.hypotheses.iter().any(deep))
        })
    }
}
