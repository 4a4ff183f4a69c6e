//! From a query to a verdict.
//!
//! The shared clauses are saturated once, the goal is added, and every solved
//! clause for the goal must meet the query's conclusion. If all do, the query
//! holds and the set is written down with its justifications. If one does not,
//! its derivation is where an attack may be found.

use crate::answer::{Answer, Reason, Refused, Undecided, Verdict, shown};
use crate::certificate::{self, Proven};
use crate::conclusion::{Meets, Question};
use crate::equality::Equality;
use crate::lids::lids;
use crate::run;
use crate::session::{Base, Kept, NoBase, Session};
use horn::{Goal, Translation};
use logic::{Clause, Predicate};
use pi::Program;
use proof::{Derivation, DerivationNode, DerivationRule};
use saturation::{
    Cover, Limits, Origin, Progress, Resolvent, Saturated, Selection, Setting, Uncovered,
};

/// Most derivations that are handed on.
const DERIVATIONS: usize = 12;

/// Decides a query of a program, as far as the clauses can.
///
/// # Errors
/// The query does not exist, or something in the program is not supported.
pub fn prove(
    program: &Program,
    query: u32,
    session: &mut Session,
    limits: Limits<'_>,
    progress: &mut dyn FnMut(Progress),
) -> Result<Answer, Refused> {
    if query as usize >= program.queries.len() {
        return Err(Refused::NoSuchQuery {
            query,
            count: program.queries.len(),
        });
    }
    let options = horn::options(program, query);
    let base = match session.base(program, &options, limits, progress) {
        Ok(base) => base,
        Err(NoBase::Stopped(reason)) => return Ok(stopped(reason)),
        Err(NoBase::Untranslatable(diagnostics)) => {
            return Err(Refused::Untranslatable(diagnostics));
        }
    };
    let mut translation = base.translation.clone();
    let goal = horn::goal(program, &mut translation, query).map_err(Refused::Untranslatable)?;
    let lids = lids(
        &mut translation.store,
        &translation.signature,
        &translation.theory,
        &goal,
    );
    let mut stage = Stage {
        program,
        query,
        base,
        translation: &mut translation,
        goal: &goal,
    };
    stage.decide(&lids, limits, progress)
}

fn stopped(reason: saturation::StopReason) -> Answer {
    Answer {
        verdict: Verdict::Stopped(reason),
        progress: Progress::default(),
    }
}

struct Stage<'a> {
    program: &'a Program,
    query: u32,
    base: &'a Base,
    translation: &'a mut Translation,
    goal: &'a Goal,
}

impl Stage<'_> {
    fn decide(
        &mut self,
        lids: &[Clause],
        limits: Limits<'_>,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Answer, Refused> {
        let theory = Equality(&self.translation.theory);
        let mut setting = Setting {
            store: &mut self.translation.store,
            signature: &self.translation.signature,
            theory: &theory,
            purpose: &Kept,
            limits,
            progress,
        };
        let goals = std::slice::from_ref(&self.goal.clause);
        let mut saturated = match self.base.saturated.extend(goals, lids, &mut setting) {
            Ok(saturated) => saturated,
            Err(reason) => return Ok(stopped(reason)),
        };
        let (solved, failing) = self.solved(&saturated);
        let verdict = if failing.is_empty() {
            self.certify(&saturated, &solved, limits)
        } else {
            self.attack(&mut saturated, &failing, limits)
        };
        Ok(Answer {
            verdict,
            progress: saturated.progress,
        })
    }

    /// Solved goal clauses that meet the query, and those that do not.
    fn solved(&mut self, saturated: &Saturated) -> (Vec<(u32, Meets)>, Vec<u32>) {
        let mut question = Question {
            store: &mut self.translation.store,
            signature: &self.translation.signature,
            theory: &self.translation.theory,
            goal: self.goal,
        };
        let (mut solved, mut failing) = (Vec::new(), Vec::new());
        for (id, entry) in saturated.set().alive() {
            if entry.selection != Selection::Conclusion
                || !matches!(entry.clause.conclusion.predicate, Predicate::Goal(_))
            {
                continue;
            }
            match question.answer(&entry.clause) {
                Some(meets) => solved.push((id, meets)),
                None => failing.push(id),
            }
        }
        (solved, failing)
    }

    fn certify(
        &mut self,
        saturated: &Saturated,
        solved: &[(u32, Meets)],
        limits: Limits<'_>,
    ) -> Verdict {
        let (covers, closure) = match self.justified(saturated, limits) {
            Ok(justified) => justified,
            Err(uncovered) => {
                let clause = shown(
                    &self.translation.signature,
                    &self.translation.store,
                    &uncovered.clause,
                );
                return self.open(
                    Reason::Uncovered(clause),
                    Vec::new(),
                    Vec::new(),
                    Vec::new(),
                );
            }
        };
        let files = self.program.sources.files();
        let text = self
            .program
            .queries
            .get(self.query as usize)
            .map_or("", |q| self.program.sources.text(q.span));
        let proven = Proven {
            program: proof::digest(files.iter().map(|f| (f.name.as_str(), f.text.as_str()))),
            query: self.query,
            text: text.to_owned(),
            saturated,
            covers: &covers,
            closure: &closure,
            solved,
        };
        Verdict::Proved(Box::new(certificate::write(
            &mut self.translation.store,
            &proven,
        )))
    }

    fn justified(
        &mut self,
        saturated: &Saturated,
        limits: Limits<'_>,
    ) -> Result<(Vec<Cover>, Vec<Resolvent>), Uncovered> {
        let (mut covers, mut closure) = self.base.covers.clone()?;
        let theory = Equality(&self.translation.theory);
        let mut setting = Setting {
            store: &mut self.translation.store,
            signature: &self.translation.signature,
            theory: &theory,
            purpose: &Kept,
            limits,
            progress: &mut |_| {},
        };
        let first = u32::try_from(self.base.saturated.set().entries().len()).unwrap_or(u32::MAX);
        covers.push(saturated.cover(&self.goal.clause, &mut setting)?);
        closure.extend(saturated.closure(first, &mut setting)?);
        Ok((covers, closure))
    }

    fn attack(
        &mut self,
        saturated: &mut Saturated,
        failing: &[u32],
        limits: Limits<'_>,
    ) -> Verdict {
        let complete = self.complete(saturated, failing, limits);
        let store = &mut self.translation.store;
        let clauses = failing
            .iter()
            .map(|id| {
                shown(
                    &self.translation.signature,
                    store,
                    &saturated.set().entry(*id).clause,
                )
            })
            .collect();
        let initial: Vec<&Clause> = self
            .translation
            .clauses
            .iter()
            .map(|c| &c.clause)
            .chain([&self.goal.clause])
            .collect();
        let mut derivations: Vec<Derivation> = complete
            .iter()
            .filter_map(|id| saturated.derivation(store, &initial, *id).ok())
            .map(derivation)
            .collect();
        derivations.sort_by_key(|d| d.nodes.len());
        derivations.truncate(DERIVATIONS);
        match run::search(self.program, self.translation, self.goal, &derivations) {
            Ok(attack) => Verdict::Attacked(Box::new(attack)),
            Err(obstacles) => self.open(
                Reason::Derivable(failing.len()),
                clauses,
                derivations,
                obstacles,
            ),
        }
    }

    /// Entries whose derivations leave nothing open that a run must supply.
    fn complete(
        &mut self,
        saturated: &mut Saturated,
        failing: &[u32],
        limits: Limits<'_>,
    ) -> Vec<u32> {
        let theory = Equality(&self.translation.theory);
        let mut setting = Setting {
            store: &mut self.translation.store,
            signature: &self.translation.signature,
            theory: &theory,
            purpose: &Kept,
            limits,
            progress: &mut |_| {},
        };
        let mut found = Vec::new();
        for id in failing {
            if saturated.set().entry(*id).origin != Origin::Lid {
                found.extend(saturated.complete(*id, &mut setting));
            }
        }
        found
    }

    fn open(
        &self,
        reason: Reason,
        clauses: Vec<String>,
        derivations: Vec<Derivation>,
        obstacles: Vec<String>,
    ) -> Verdict {
        Verdict::Undecided(Box::new(Undecided {
            reason,
            obstacles,
            derivations,
            clauses,
            store: self.translation.store.clone(),
            signature: self.translation.signature.clone(),
        }))
    }
}

fn derivation(derivation: saturation::Derivation) -> Derivation {
    Derivation {
        root: derivation.root,
        nodes: derivation
            .nodes
            .into_iter()
            .map(|node| DerivationNode {
                fact: node.fact,
                rule: match node.rule {
                    None => DerivationRule::Assumed,
                    Some((clause, instance)) => DerivationRule::Clause { clause, instance },
                },
                premises: node.premises,
            })
            .collect(),
    }
}
