//! A goal that waits for what leads into a loop is given some steps into it.
//!
//! The selection avoids hypotheses that make facts grow without end, and a goal
//! that has nothing else left counts as solved, and fails. Often it would not have
//! gone round even once: no clause provides for this instance of the hypothesis, or
//! those that do bring the event that is asked for. Any selection is sound, so the
//! goal is asked again of the same base with nothing avoided, for a while.

use crate::answer::Verdict;
use crate::stage::Stage;
use logic::Clause;
use saturation::{Extension, Limits, Progress, Saturated, selectable};

/// After how many resolutions the goals are looked at; after the last it counts as
/// a loop.
const PAUSES: [u64; 4] = [20, 60, 200, 600];

impl Stage<'_> {
    /// Whether a clause that fails has a hypothesis that was avoided.
    pub(crate) fn waits(&self, saturated: &Saturated, failing: &[u32]) -> bool {
        let store = &self.translation.store;
        failing.iter().any(|id| {
            let clause = &saturated.set().entry(*id).clause;
            clause.hypotheses.iter().any(|h| selectable(store, h))
        })
    }

    /// A proof or an attack, if nothing is avoided.
    pub(crate) fn persist(
        &mut self,
        lids: &[Clause],
        limits: Limits<'_>,
        progress: &mut dyn FnMut(Progress),
    ) -> Option<Verdict> {
        let mut stage = Stage {
            translation: &mut *self.translation,
            persistent: true,
            detours: 0,
            ..*self
        };
        let reached = stage.in_steps(lids, &PAUSES, limits, progress, |_, _| true)?;
        let (closed, mut saturated) = match reached {
            Extension::Closed(saturated) => (true, saturated),
            Extension::Begun(begun) => (false, begun),
        };
        let (solved, failing) = stage.solved(&saturated);
        let verdict = if !failing.is_empty() {
            stage.attack(&mut saturated, &failing, limits)
        } else if closed {
            stage.certify(&saturated, &solved, limits)
        } else {
            return None;
        };
        matches!(verdict, Verdict::Attacked(_) | Verdict::Proved(_)).then_some(verdict)
    }
}
