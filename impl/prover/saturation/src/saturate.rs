//! The loop: take the lightest clause, simplify it, insert it unless it is
//! subsumed, resolve it with its partners.
//!
//! Two levels. [`saturate`] closes the clauses of a program once; [`Saturated::
//! extend`] adds the goal clauses of one query to a copy. Nothing selects a goal,
//! so the first level stays closed, and clauses for events are resolved with by
//! goals only.

use crate::constraints::{Constraints, canonical};
use crate::context::{Context, Outcome, Purpose, Scratch};
use crate::draft::{Draft, Waiting};
use crate::limits::{Limits, Progress, StopReason};
use crate::rules::{derived, instance, resolution, subsumption};
use crate::selection;
use crate::set::{ClauseSet, NewEntry, Origin, Selection, size};
use crate::simplify::{simplify, simplify_new};
use crate::special::{Special, special};
use logic::{Clause, Predicate, Signature, Store};
use std::collections::BTreeMap;

/// What a saturation works with.
pub struct Setting<'a> {
    /// Owner of terms.
    pub store: &'a mut Store,
    /// Symbols.
    pub signature: &'a Signature,
    /// Equality.
    pub theory: &'a dyn Constraints,
    /// What the result is for.
    pub purpose: &'a dyn Purpose,
    /// Bounds.
    pub limits: Limits<'a>,
    /// Told now and then.
    pub progress: &'a mut dyn FnMut(Progress),
}

/// A clause set closed under resolution.
#[derive(Clone, Debug)]
pub struct Saturated {
    pub(crate) set: ClauseSet,
    /// Initial clauses so far.
    pub(crate) initial: u32,
    /// What it took.
    pub progress: Progress,
}

impl Saturated {
    /// The clauses.
    #[must_use]
    pub fn set(&self) -> &ClauseSet {
        &self.set
    }

    /// Adds clauses, numbered after the initial ones, and closes again.
    ///
    /// *Lids* are clauses that conclude a goal and for which the query holds as
    /// they stand. They select their conclusion and stay as they are: what they
    /// subsume meets the query too, however it would be resolved further, and
    /// need not be explored. They add nothing else, because nothing selects a
    /// goal.
    ///
    /// # Errors
    /// A limit was met.
    pub fn extend(
        &self,
        clauses: &[Clause],
        lids: &[Clause],
        setting: &mut Setting<'_>,
    ) -> Result<Self, StopReason> {
        let set = self.set.clone();
        let (saturated, _) = run(set, self.initial, clauses, lids, None, setting)?;
        Ok(saturated)
    }

    /// As [`Self::extend`], but pauses after so many resolutions.
    ///
    /// # Errors
    /// A limit was met.
    pub fn begin(
        &self,
        clauses: &[Clause],
        lids: &[Clause],
        pause: u64,
        setting: &mut Setting<'_>,
    ) -> Result<Extension, StopReason> {
        let set = self.set.clone();
        let (reached, closed) = run(set, self.initial, clauses, lids, Some(pause), setting)?;
        Ok(if closed {
            Extension::Closed(reached)
        } else {
            Extension::Begun(reached)
        })
    }
}

/// How far an extension came.
#[derive(Clone, Debug)]
pub enum Extension {
    /// What was found by the pause. It is not closed: what it derives is
    /// derivable, and nothing is known of what it does not derive.
    Begun(Saturated),
    /// To the end.
    Closed(Saturated),
}

/// Closes a clause set under resolution, up to redundancy.
///
/// # Errors
/// A limit was met.
pub fn saturate(clauses: &[Clause], setting: &mut Setting<'_>) -> Result<Saturated, StopReason> {
    let (saturated, _) = run(ClauseSet::default(), 0, clauses, &[], None, setting)?;
    Ok(saturated)
}

/// The set and whether it is closed; it is unless there was a pause.
fn run(
    set: ClauseSet,
    first: u32,
    clauses: &[Clause],
    lids: &[Clause],
    pause: Option<u64>,
    setting: &mut Setting<'_>,
) -> Result<(Saturated, bool), StopReason> {
    let mut engine = Engine {
        setting,
        set,
        scratch: Scratch::default(),
        queue: BTreeMap::new(),
        number: 0,
        asleep: Vec::new(),
        loaded: Vec::new(),
        progress: Progress::default(),
    };
    engine.load(first, clauses);
    for lid in lids {
        engine.cap(lid);
    }
    let closed = engine.close(pause.unwrap_or(u64::MAX))?;
    let saturated = Saturated {
        set: engine.set,
        initial: first + u32::try_from(clauses.len()).unwrap_or(u32::MAX),
        progress: engine.progress,
    };
    Ok((saturated, closed))
}

/// Order of treatment: clauses for events come when all else is closed.
type Turn = (bool, u64, u64);

struct Engine<'a, 'b> {
    setting: &'a mut Setting<'b>,
    set: ClauseSet,
    scratch: Scratch,
    queue: BTreeMap<Turn, (Waiting, Origin)>,
    number: u64,
    /// Entries whose selection is right until something provides for it.
    asleep: Vec<u32>,
    /// Entries that were inserted without waiting.
    loaded: Vec<u32>,
    progress: Progress,
}

impl Engine<'_, '_> {
    fn context(&mut self) -> Context<'_> {
        Context {
            store: self.setting.store,
            signature: self.setting.signature,
            theory: self.setting.theory,
            set: &self.set,
            purpose: self.setting.purpose,
            scratch: &mut self.scratch,
        }
    }

    /// Composition, projection and next-phase clauses are inserted as they are,
    /// the others wait.
    fn load(&mut self, first: u32, clauses: &[Clause]) {
        for (i, clause) in clauses.iter().enumerate() {
            let origin = Origin::Initial(first + u32::try_from(i).unwrap_or(u32::MAX));
            let mut draft = self.draft(clause);
            self.number_variables(&mut draft);
            let special = special(self.setting.store, self.setting.signature, &draft.clause);
            match special {
                Special::None => {
                    let pattern = selection::loops(&mut self.context(), &draft.clause);
                    self.set.avoid(pattern);
                    self.wait(draft, origin);
                }
                Special::Composition { .. } | Special::NextPhase(_) => {
                    let id = self.insert(draft, origin, Selection::Conclusion, true);
                    self.loaded.push(id);
                }
                Special::Projection { .. } => {
                    let id = self.insert(draft, origin, Selection::Hypothesis(0), true);
                    self.loaded.push(id);
                }
            }
        }
    }

    fn cap(&mut self, lid: &Clause) {
        let mut draft = self.draft(lid);
        self.number_variables(&mut draft);
        if subsumption::subsumer(&mut self.context(), &draft.clause).is_none() {
            self.insert(draft, Origin::Lid, Selection::Conclusion, false);
        }
    }

    fn draft(&mut self, clause: &Clause) -> Draft {
        let mut draft = Draft::new(clause.clone());
        for constraint in &mut draft.clause.constraints {
            *constraint = canonical(self.setting.store, constraint);
        }
        draft
    }

    fn wait(&mut self, draft: Draft, origin: Origin) {
        let clause = &draft.clause;
        let size = size(self.setting.store, clause);
        let weight = u64::from(64 - size.leading_zeros()) * 4
            + 3 * clause.hypotheses.len() as u64
            + 3 * clause.constraints.len() as u64;
        let late = matches!(
            clause.conclusion.predicate,
            Predicate::End(_) | Predicate::EndAt(_)
        );
        self.number += 1;
        self.queue
            .insert((late, weight, self.number), (draft.into(), origin));
    }

    /// Whether nothing waits any more; if not, there were so many resolutions.
    fn close(&mut self, pause: u64) -> Result<bool, StopReason> {
        // What was inserted without waiting has partners too.
        for id in std::mem::take(&mut self.loaded) {
            if matches!(self.set.entry(id).selection, Selection::Hypothesis(_)) {
                self.resolve(id)?;
            }
        }
        while let Some((_, (waiting, origin))) = self.queue.pop_first() {
            self.check_limits()?;
            if self.progress.resolutions >= pause {
                return Ok(false);
            }
            for draft in self.simplify(waiting.into()) {
                self.add(draft, origin)?;
            }
        }
        Ok(true)
    }

    /// Simplifies once more what has waited. Entries that came since may subsume it
    /// or derive its conclusion; for what the attacker composes it takes one that says
    /// what it knows, which goals have met before they wait.
    fn simplify(&mut self, mut draft: Draft) -> Vec<Draft> {
        let context = &mut self.context();
        let goal = matches!(draft.clause.conclusion.predicate, Predicate::Goal(_));
        if let Some(settled) = draft.settled {
            let redundant = subsumption::subsumer_since(context, &draft.clause, settled).is_some()
                || !goal
                    && context.set.has_learnt(settled)
                    && derived::apply(&mut draft, context) == Outcome::Redundant;
            if redundant {
                return Vec::new();
            }
            let same = goal || !context.set.has_heard(settled);
            if same && instance::apply_since(&mut draft, context, settled) == Outcome::Unchanged {
                let clauses = context.set.entries().len();
                draft.settled = u32::try_from(clauses).ok();
                return vec![draft];
            }
        }
        draft.settled = None;
        simplify(draft, context)
    }

    fn add(&mut self, mut draft: Draft, origin: Origin) -> Result<(), StopReason> {
        self.number_variables(&mut draft);
        let first = draft.settled.unwrap_or(0);
        if subsumption::subsumer_since(&mut self.context(), &draft.clause, first).is_some() {
            return Ok(());
        }
        self.check_growth(&draft.clause)?;
        for id in subsumption::subsumed(&mut self.context(), &draft.clause) {
            self.set.kill(self.setting.store, id);
        }
        let selected = selection::select(&mut self.context(), &draft.clause);
        self.set.avoid(selected.avoid);
        let id = self.insert(draft, origin, selected.selection, false);
        if selected.asleep {
            self.asleep.push(id);
        }
        if selected.selection == Selection::Conclusion {
            self.wake(id)?;
        }
        self.resolve(id)
    }

    /// Lets the entries that this one provides for select anew. Nothing was
    /// resolved with them so far.
    fn wake(&mut self, provider: u32) -> Result<(), StopReason> {
        let (woken, asleep): (Vec<u32>, Vec<u32>) = std::mem::take(&mut self.asleep)
            .into_iter()
            .filter(|id| self.set.entry(*id).alive)
            .partition(|id| self.set.may_resolve(*id, provider));
        self.asleep = asleep;
        for id in woken {
            let entry = self.set.entry(id).clone();
            let selected = selection::select(&mut self.context(), &entry.clause);
            self.set.avoid(selected.avoid);
            self.set.kill(self.setting.store, id);
            let id = self.set.insert(
                self.setting.store,
                self.setting.signature,
                &mut self.scratch.unifier,
                NewEntry {
                    clause: entry.clause,
                    selection: selected.selection,
                    origin: entry.origin,
                    history: entry.history,
                    protected: false,
                },
            );
            self.resolve(id)?;
        }
        Ok(())
    }

    fn insert(
        &mut self,
        draft: Draft,
        origin: Origin,
        selection: Selection,
        protected: bool,
    ) -> u32 {
        self.progress.inserted += 1;
        self.set.insert(
            self.setting.store,
            self.setting.signature,
            &mut self.scratch.unifier,
            NewEntry {
                selection,
                origin: draft.instance_of.map_or(origin, Origin::Instance),
                history: draft.history(),
                clause: draft.clause,
                protected,
            },
        )
    }

    /// Resolves an entry with every partner, and lets the resolvents wait.
    fn resolve(&mut self, id: u32) -> Result<(), StopReason> {
        let pairs: Vec<(u32, u32)> = match self.set.entry(id).selection {
            Selection::Conclusion => {
                let conclusion = &self.set.entry(id).clause.conclusion;
                self.set
                    .consumers(self.setting.store, conclusion)
                    .map(|left| (left, id))
                    .collect()
            }
            Selection::Hypothesis(_) => match self.set.selected(id) {
                Some(fact) => self
                    .set
                    .providers(self.setting.store, fact)
                    .map(|right| (id, right))
                    .collect(),
                None => Vec::new(),
            },
        };
        for (left, right) in pairs {
            if !self.set.may_resolve(left, right) {
                debug_assert!(
                    resolution::resolve(&mut self.context(), left, right).is_none(),
                    "the fingerprints of {left} and {right} must not exclude a resolvent"
                );
                continue;
            }
            self.progress.resolutions += 1;
            if self.progress.resolutions.is_multiple_of(64) {
                self.check_limits()?;
            }
            let Some(raw) = resolution::resolve(&mut self.context(), left, right) else {
                continue;
            };
            for mut draft in simplify_new(raw, &mut self.context()) {
                if draft.settled.is_none()
                    && subsumption::subsumer(&mut self.context(), &draft.clause).is_some()
                {
                    continue;
                }
                self.check_depth(&draft.clause)?;
                draft.settled = u32::try_from(self.set.entries().len()).ok();
                self.wait(draft, Origin::Resolvent { left, right });
            }
        }
        Ok(())
    }

    /// Numbers variables from 0 in order of appearance, conclusion first.
    fn number_variables(&mut self, draft: &mut Draft) {
        if let Some(clause) = numbered(self.setting.store, &mut self.scratch, &draft.clause) {
            draft.clause = clause;
        }
    }

    fn check_depth(&self, clause: &Clause) -> Result<(), StopReason> {
        let limit = self.setting.limits.depth;
        let deep = clause
            .hypotheses
            .iter()
            .chain([&clause.conclusion])
            .flat_map(|f| &f.arguments)
            .any(|t| self.setting.store.depth(*t) > limit);
        if deep {
            Err(StopReason::Depth(limit))
        } else {
            Ok(())
        }
    }

    /// Not of goals: what was found of one by then may give an attack.
    fn check_growth(&mut self, clause: &Clause) -> Result<(), StopReason> {
        let Setting {
            store,
            signature,
            limits,
            ..
        } = &*self.setting;
        let nesting = &mut self.scratch.nesting;
        if matches!(clause.conclusion.predicate, Predicate::Goal(_)) {
            return Ok(());
        }
        if nesting.exceeds(store, signature, &clause.conclusion, limits.nesting) {
            return Err(StopReason::Nesting(limits.nesting));
        }
        if clause.hypotheses.len() > limits.hypotheses as usize {
            return Err(StopReason::Hypotheses(limits.hypotheses));
        }
        Ok(())
    }

    fn check_limits(&mut self) -> Result<(), StopReason> {
        let limits = self.setting.limits;
        self.progress.clauses = self.set.alive_count();
        self.progress.queue = self.queue.len() as u64;
        (self.setting.progress)(self.progress);
        if (limits.interrupted)() {
            return Err(StopReason::Interrupted);
        }
        if self.progress.clauses + self.progress.queue > limits.clauses {
            return Err(StopReason::Clauses(limits.clauses));
        }
        if self.progress.resolutions > limits.resolutions {
            return Err(StopReason::Resolutions(limits.resolutions));
        }
        if self.setting.store.len() as u64 > limits.terms {
            return Err(StopReason::Terms(limits.terms));
        }
        Ok(())
    }
}

pub(crate) fn numbered(
    store: &mut Store,
    scratch: &mut Scratch,
    clause: &Clause,
) -> Option<Clause> {
    scratch.unifier.clear();
    scratch.unifier.clause(store, clause)
}
