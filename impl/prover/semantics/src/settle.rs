//! Running copies through their silent steps.

use crate::replay::Run;
use crate::state::State;
use crate::step::Semantics;
use pi::{Process, ProcessKind};
use proof::attack::{Copy, Step};

/// The only step a copy can take by itself: a silent one or a fork. `None`
/// when it waits for somebody, or has a choice.
#[must_use]
pub fn silent_step(state: &State<'_>, copy: Copy) -> Option<Step> {
    let process: &Process = state.thread(copy)?.process;
    match &process.kind {
        ProcessKind::Call { .. }
        | ProcessKind::Event { .. }
        | ProcessKind::If { .. }
        | ProcessKind::Insert { .. }
        | ProcessKind::Let { .. }
        | ProcessKind::New { .. } => Some(Step::Silent {
            copy,
            point: process.point.0,
            entries: Vec::new(),
        }),
        ProcessKind::Parallel(parts) => {
            let first = state.unused_copy().0;
            let count = u32::try_from(parts.len()).unwrap_or(u32::MAX);
            Some(Step::Fork {
                copy,
                into: (0..count).map(|i| Copy(first.saturating_add(i))).collect(),
            })
        }
        ProcessKind::Get { .. }
        | ProcessKind::Input { .. }
        | ProcessKind::LetSuchThat { .. }
        | ProcessKind::Nil
        | ProcessKind::Output { .. }
        | ProcessKind::Phase { .. }
        | ProcessKind::Replicate(_) => None,
    }
}

/// Takes silent steps with all copies until none is left that can. Copies
/// that get stuck stay where they are.
pub fn settle<'p>(semantics: &mut Semantics<'p>, run: &mut Run<'p>) {
    let mut stuck = std::collections::BTreeSet::new();
    loop {
        let next = run
            .state
            .threads()
            .map(|(copy, _)| copy)
            .filter(|copy| !stuck.contains(copy))
            .find_map(|copy| silent_step(&run.state, copy).map(|step| (copy, step)));
        let Some((copy, step)) = next else {
            return;
        };
        if run.advance(semantics, &step).is_err() {
            stuck.insert(copy);
        }
    }
}
