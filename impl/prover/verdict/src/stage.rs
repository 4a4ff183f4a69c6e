//! One part of a query, asked of a saturated base.
//!
//! The goal is added, and every solved clause for it must meet the conclusion. If
//! all do, the set is written down with its justifications. If one does not, its
//! derivation is where an attack may be found. A long search pauses once, to see
//! whether what was found by then gives an attack.

use crate::answer::{Answer, Reason, Refused, Undecided, Verdict, shown};
use crate::certificate::{self, Proven};
use crate::conclusion::Question;
use crate::equality::Equality;
use crate::hints::Hints;
use crate::injective::{Candidate, Choice, Solved};
use crate::lemmas::{Knowing, Statement};
use crate::session::{Base, Covers, Justified};
use horn::{Goal, Translation};
use logic::{Clause, Predicate};
use pi::Program;
use proof::Derivation;
use saturation::{
    Extension, Limits, Progress, Saturated, Selection, Setting, StopReason, Uncovered,
};
use std::collections::BTreeSet;

/// Most ways in which one clause may meet an injective query.
const WAYS: usize = 8;
/// After how many resolutions of a goal it is seen whether it has failed.
pub(crate) const GLANCE: u64 = 4_000;
/// How many resolutions a goal gets that had failed by then.
const FAILED: u64 = 16_000;

pub(crate) fn stopped(reason: StopReason) -> Answer {
    Answer {
        verdict: Verdict::Stopped(reason),
        progress: Progress::default(),
    }
}

/// One part of a query, with the base it is asked of.
pub(crate) struct Stage<'a> {
    pub(crate) program: &'a Program,
    pub(crate) query: u32,
    pub(crate) part: u32,
    /// The goal is that of a proof by induction.
    pub(crate) induction: bool,
    /// Goals are resolved upon what leads into loops.
    pub(crate) persistent: bool,
    pub(crate) base: &'a Base,
    pub(crate) translation: &'a mut Translation,
    pub(crate) goal: &'a Goal,
    pub(crate) statements: &'a [Statement],
    /// How many detours may follow each other.
    pub(crate) detours: u32,
}

impl Stage<'_> {
    /// Decides the part.
    pub(crate) fn decide(
        &mut self,
        lids: &[Clause],
        limits: Limits<'_>,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Answer, Refused> {
        let mut saturated = match self.begin(lids, GLANCE, limits, progress) {
            Ok(Extension::Closed(saturated)) => saturated,
            Ok(Extension::Begun(begun)) => {
                let (_, failing) = self.solved(&begun);
                if let Some(attack) = self.glance(begun, &failing, limits) {
                    return Ok(attack);
                }
                match self.search(lids, !failing.is_empty(), limits, progress) {
                    Ok(saturated) => saturated,
                    Err(reason) => return Ok(stopped(reason)),
                }
            }
            Err(reason) => return Ok(stopped(reason)),
        };
        let (solved, failing) = self.solved(&saturated);
        let verdict = if failing.is_empty() {
            self.certify(&saturated, &solved, limits)
        } else if (limits.interrupted)() {
            Verdict::Stopped(StopReason::Interrupted)
        } else {
            let verdict = self.attack(&mut saturated, &failing, limits);
            match verdict {
                Verdict::Undecided(_) if self.waits(&saturated, &failing) => {
                    self.persist(lids, limits, progress).unwrap_or(verdict)
                }
                _ => verdict,
            }
        };
        Ok(Answer {
            verdict,
            progress: saturated.progress,
        })
    }

    /// The base with the goal and its lids: closed, unless the query has failed
    /// already. What is left then is to find a run, which lies among the lightest
    /// clauses or nowhere that a longer search is worth.
    fn search(
        &mut self,
        lids: &[Clause],
        failed: bool,
        limits: Limits<'_>,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Saturated, StopReason> {
        if failed {
            match self.begin(lids, FAILED, limits, progress)? {
                Extension::Closed(saturated) => return Ok(saturated),
                // A clause that fails may give way to one that does not.
                Extension::Begun(begun) if !self.solved(&begun).1.is_empty() => return Ok(begun),
                Extension::Begun(_) => {}
            }
        }
        self.saturated(lids, limits, progress)
    }

    /// The base with the goal and its lids, as far as so many resolutions come.
    pub(crate) fn begin(
        &mut self,
        lids: &[Clause],
        pause: u64,
        limits: Limits<'_>,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Extension, StopReason> {
        let goals = std::slice::from_ref(&self.goal.clause);
        let base = &self.base.saturated;
        self.knowing(limits, progress, |setting| {
            base.begin(goals, lids, pause, setting)
        })
    }

    /// An attack, if one is among what comes first of a search. Most queries that
    /// fail do so early, and a replayed run needs no closed set.
    pub(crate) fn glance(
        &mut self,
        mut begun: Saturated,
        failing: &[u32],
        limits: Limits<'_>,
    ) -> Option<Answer> {
        if failing.is_empty() {
            return None;
        }
        let mut stage = Stage {
            translation: &mut *self.translation,
            detours: 0,
            ..*self
        };
        match stage.attack(&mut begun, failing, limits) {
            verdict @ Verdict::Attacked(_) => Some(Answer {
                verdict,
                progress: begun.progress,
            }),
            _ => None,
        }
    }

    /// The base with the goal and its lids.
    pub(crate) fn saturated(
        &mut self,
        lids: &[Clause],
        limits: Limits<'_>,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Saturated, StopReason> {
        let goals = std::slice::from_ref(&self.goal.clause);
        let base = &self.base.saturated;
        self.knowing(limits, progress, |setting| {
            base.extend(goals, lids, setting)
        })
    }

    /// Work of the engine on this goal, which knows the statements.
    pub(crate) fn knowing<R>(
        &mut self,
        limits: Limits<'_>,
        progress: &mut dyn FnMut(Progress),
        work: impl FnOnce(&mut Setting<'_>) -> R,
    ) -> R {
        let theory = Equality(&self.translation.theory);
        let knowing = Knowing {
            signature: &self.translation.signature,
            theory: &self.translation.theory,
            statements: self.statements,
            begins: crate::lemmas::begins(self.goal, self.statements),
            knowledge: self.translation.options.message_form,
            hints: match self.induction {
                true => Hints::none(),
                false => Hints::of(self.translation),
            },
            persistent: self.persistent,
        };
        let mut setting = Setting {
            store: &mut self.translation.store,
            signature: &self.translation.signature,
            theory: &theory,
            purpose: &knowing,
            limits,
            progress,
        };
        work(&mut setting)
    }

    /// The solved goal clauses.
    pub(crate) fn goals<'s>(
        &self,
        saturated: &'s Saturated,
    ) -> impl Iterator<Item = (u32, &'s Clause)> + use<'s> {
        saturated
            .set()
            .alive()
            .filter(|(_, entry)| {
                entry.selection == Selection::Conclusion
                    && matches!(entry.clause.conclusion.predicate, Predicate::Goal(_))
            })
            .map(|(id, entry)| (id, &entry.clause))
    }

    /// Solved goal clauses that meet the query, and those that do not.
    pub(crate) fn solved(&mut self, saturated: &Saturated) -> (Solved, Vec<u32>) {
        let goals = self.goals(saturated);
        let mut question = Question {
            store: &mut self.translation.store,
            signature: &self.translation.signature,
            theory: &self.translation.theory,
            goal: self.goal,
        };
        let ways = if self.goal.executions == 0 { 1 } else { WAYS };
        let (mut candidates, mut failing) = (Vec::new(), Vec::new());
        for (id, clause) in goals {
            let ways = question.answers(clause, ways);
            if ways.is_empty() {
                failing.push(id);
                continue;
            }
            candidates.push(Candidate {
                entry: id,
                clause: clause.clone(),
                ways,
            });
        }
        // Clauses with the fewest ways first.
        candidates.sort_by_key(|c| (c.ways.len(), c.entry));
        let store = &mut self.translation.store;
        let of_terms: Vec<Statement> = match self.goal.executions {
            0 => Vec::new(),
            _ => {
                let statements = self.statements.iter();
                statements.filter(|s| s.is_of_terms()).cloned().collect()
            }
        };
        let knowing = Knowing {
            signature: &self.translation.signature,
            theory: &self.translation.theory,
            statements: &of_terms,
            begins: BTreeSet::new(),
            knowledge: self.translation.options.message_form,
            hints: Hints::none(),
            persistent: false,
        };
        match Choice::new(store, &knowing, self.goal, &candidates).choose() {
            Ok(solved) => (solved, failing),
            Err(which) => {
                failing.extend(which);
                (Solved::default(), failing)
            }
        }
    }

    pub(crate) fn certify(
        &mut self,
        saturated: &Saturated,
        solved: &Solved,
        limits: Limits<'_>,
    ) -> Verdict {
        let added = match self.justified(saturated, limits) {
            Ok(justified) => justified,
            Err(_) if (limits.interrupted)() => {
                return Verdict::Stopped(StopReason::Interrupted);
            }
            Err(clause) => {
                return self.open(
                    Reason::Uncovered(clause),
                    Vec::new(),
                    Vec::new(),
                    Vec::new(),
                );
            }
        };
        let base = self.base.covers().as_ref();
        let files = self.program.sources.files();
        let text = self
            .program
            .queries
            .get(self.query as usize)
            .map_or("", |q| self.program.sources.text(q.span));
        let proven = Proven {
            program: proof::digest(files.iter().map(|f| (f.name.as_str(), f.text.as_str()))),
            query: self.query,
            part: self.part,
            induction: self.induction,
            options: &self.base.translation.options,
            events: self.program.events.len(),
            text: text.to_owned(),
            saturated,
            justified: [base.ok(), Some(&added)],
            solved,
        };
        Verdict::Proved(Box::new(certificate::write(
            &mut self.translation.store,
            &proven,
        )))
    }

    /// What there is to say of the goal beside what was said of the base.
    fn justified(&mut self, saturated: &Saturated, limits: Limits<'_>) -> Covers {
        if let Err(clause) = self.base.covers() {
            return Err(clause.clone());
        }
        let first = u32::try_from(self.base.saturated.set().entries().len()).unwrap_or(u32::MAX);
        let goal = &self.goal.clause;
        let added = self.knowing(limits, &mut |_| {}, |setting| {
            let cover = saturated.cover(goal, setting)?;
            Ok(Justified {
                apart: Vec::new(),
                covers: vec![cover],
                closure: saturated.closure(first, setting)?,
            })
        });
        match added {
            Ok(added) => Ok(added),
            Err(Uncovered { clause }) => {
                let (signature, store) = (&self.translation.signature, &self.translation.store);
                Err(shown(signature, store, &clause))
            }
        }
    }

    pub(crate) fn open(
        &self,
        reason: Reason,
        clauses: Vec<String>,
        derivations: Vec<Derivation>,
        obstacles: Vec<String>,
    ) -> Verdict {
        let mut derivations = derivations;
        let terms = derivations.iter().flat_map(Derivation::terms);
        let (store, moved) = self.translation.store.copied(terms);
        for derivation in &mut derivations {
            derivation.follow(&moved);
        }
        Verdict::Undecided(Box::new(Undecided {
            reason,
            obstacles,
            derivations,
            clauses,
            store,
            signature: self.translation.signature.clone(),
        }))
    }
}
