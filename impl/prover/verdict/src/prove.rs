//! From a query to a verdict.
//!
//! The shared clauses are saturated once, the goal is added, and every solved
//! clause for the goal must meet the query's conclusion. If all do, the query
//! holds and the set is written down with its justifications. If one does not,
//! its derivation is where an attack may be found.

use crate::answer::{Answer, Reason, Refused, Undecided, Verdict, shown};
use crate::certificate::{self, Proven};
use crate::conclusion::{Meets, Question};
use crate::detour;
use crate::equality::Equality;
use crate::injective::{Candidate, Choice};
use crate::lemmas::{Knowing, Statement};
use crate::lids::lids;
use crate::merge;
use crate::run::{self, Obstacle};
use crate::session::{Base, Kept, NoBase, Session};
use crate::twice;
use horn::{Goal, Translation};
use logic::{Clause, Predicate};
use pi::Program;
use proof::{Derivation, DerivationNode, DerivationRule, SaturationCertificate};
use saturation::{
    Cover, Limits, Origin, Progress, Resolvent, Saturated, Selection, Setting, StopReason,
    Uncovered,
};
use std::borrow::Cow;
use std::collections::BTreeSet;

/// Most ways in which one clause may meet an injective query.
const WAYS: usize = 8;
/// Most derivations that are handed on.
const DERIVATIONS: usize = 12;
/// How many detours may follow each other.
const DETOURS: u32 = 2;
/// How much work a saturation without some of the clauses may be.
const DETOUR: u64 = 50_000;

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
    session
        .assumptions(program, limits)
        .map_err(Refused::Untranslatable)?;
    let asked = pi::asked(program, query).map_err(|e| Refused::Untranslatable(vec![e]))?;
    if let Cow::Owned(asked) = asked {
        // Another process, hence other clauses.
        let mut session = session.without_clauses();
        return prove(&asked, query, &mut session, limits, progress);
    }
    let lemmas = (0..query).zip(&program.queries);
    for (number, _) in lemmas.filter(|(_, q)| q.lemma.is_some()) {
        if !session.has_tried(number) {
            // One that cannot be asked for is not used.
            let _ = prove(program, number, session, limits, progress);
        }
    }
    let mut reached = Progress::default();
    let mut note = |p: Progress| {
        reached = p;
        progress(p);
    };
    let mut answer = undivided(program, query, session, limits, &mut note)?;
    if matches!(answer.verdict, Verdict::Stopped(_)) && answer.progress == Progress::default() {
        answer.progress = reached;
    }
    if let Verdict::Proved(certificate) = &mut answer.verdict {
        certificate.lemmas = session.certificates(program, certificate);
    }
    if program.queries[query as usize].lemma.is_some() {
        session.tried(query, &answer.verdict);
    }
    Ok(answer)
}

/// Decides a query, the lemmas before it being tried.
fn undivided(
    program: &Program,
    query: u32,
    session: &mut Session,
    limits: Limits<'_>,
    progress: &mut dyn FnMut(Progress),
) -> Result<Answer, Refused> {
    let count = horn::parts(program, query).map_err(Refused::Untranslatable)?;
    let mut first = part(program, query, 0, session, limits, progress)?;
    for number in 1..count {
        let Verdict::Proved(certificate) = &mut first.verdict else {
            return Ok(first);
        };
        let next = part(program, query, number, session, limits, progress)?;
        match next.verdict {
            Verdict::Proved(inner) => certificate.inner.push(*inner),
            verdict => {
                let others = other_parts(program, query, session, limits, progress)?;
                if let Some(inner) = others {
                    certificate.inner = inner;
                    return Ok(first);
                }
                // Whatever leads to the premise of the query may show that what
                // is nested fails.
                let found = any_run(program, query, session, limits, progress)?;
                return Ok(Answer {
                    verdict: found.map_or(verdict, |attack| Verdict::Attacked(Box::new(attack))),
                    progress: next.progress,
                });
            }
        }
    }
    Ok(first)
}

/// The certificates of the other parts that a query may have, if there are some
/// and all hold.
fn other_parts(
    program: &Program,
    query: u32,
    session: &mut Session,
    limits: Limits<'_>,
    progress: &mut dyn FnMut(Progress),
) -> Result<Option<Vec<SaturationCertificate>>, Refused> {
    let mut inner = Vec::new();
    for number in horn::other_parts(program, query) {
        let answer = part(program, query, number, session, limits, progress)?;
        let Verdict::Proved(certificate) = answer.verdict else {
            return Ok(None);
        };
        inner.push(*certificate);
    }
    Ok((!inner.is_empty()).then_some(inner))
}

/// Decides one part of a query.
fn part(
    program: &Program,
    query: u32,
    part: u32,
    session: &mut Session,
    limits: Limits<'_>,
    progress: &mut dyn FnMut(Progress),
) -> Result<Answer, Refused> {
    let proved = session.proved();
    let options = horn::shared_options(program, query, part);
    let base = match session.base(program, &options, limits, progress) {
        Ok(base) => base,
        Err(NoBase::Stopped(reason)) => return Ok(stopped(reason)),
        Err(NoBase::Untranslatable(diagnostics)) => {
            return Err(Refused::Untranslatable(diagnostics));
        }
    };
    let mut translation = base.translation.clone();
    let goal =
        horn::goal_of(program, &mut translation, query, part).map_err(Refused::Untranslatable)?;
    let statements = statements(program, &mut translation, query, &proved);
    let lids = lids(
        &mut translation.store,
        &translation.signature,
        &translation.theory,
        &goal,
    );
    let mut stage = Stage {
        program,
        query,
        part,
        base,
        translation: &mut translation,
        goal: &goal,
        statements: &statements,
        detours: DETOURS,
    };
    stage.decide(&lids, limits, progress)
}

/// A run that falsifies the query, among those that reach its premise, whatever
/// happens on the way.
fn any_run(
    program: &Program,
    query: u32,
    session: &mut Session,
    limits: Limits<'_>,
    progress: &mut dyn FnMut(Progress),
) -> Result<Option<run::Attack>, Refused> {
    let proved = session.proved();
    let options = horn::shared_options(program, query, 0);
    let Ok(base) = session.base(program, &options, limits, progress) else {
        return Ok(None);
    };
    let mut translation = base.translation.clone();
    let goal =
        horn::goal_of(program, &mut translation, query, 0).map_err(Refused::Untranslatable)?;
    let statements = statements(program, &mut translation, query, &proved);
    let mut stage = Stage {
        program,
        query,
        part: 0,
        base,
        translation: &mut translation,
        goal: &goal,
        statements: &statements,
        detours: DETOURS,
    };
    let Ok(mut saturated) = stage.saturated(&[], limits, progress) else {
        return Ok(None);
    };
    let entries: Vec<u32> = stage.goals(&saturated).map(|(id, _)| id).collect();
    match stage.attack(&mut saturated, &entries, limits) {
        Verdict::Attacked(attack) => Ok(Some(*attack)),
        _ => Ok(None),
    }
}

/// The statements that may be used.
fn statements(
    program: &Program,
    translation: &mut Translation,
    query: u32,
    proved: &BTreeSet<u32>,
) -> Vec<Statement> {
    let lemmas = horn::lemmas(program, translation, query);
    Statement::all(translation, lemmas, |q| proved.contains(&q))
}

fn stopped(reason: StopReason) -> Answer {
    Answer {
        verdict: Verdict::Stopped(reason),
        progress: Progress::default(),
    }
}

struct Stage<'a> {
    program: &'a Program,
    query: u32,
    part: u32,
    base: &'a Base,
    translation: &'a mut Translation,
    goal: &'a Goal,
    statements: &'a [Statement],
    /// How many detours may follow each other.
    detours: u32,
}

impl Stage<'_> {
    fn decide(
        &mut self,
        lids: &[Clause],
        limits: Limits<'_>,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Answer, Refused> {
        let mut saturated = match self.saturated(lids, limits, progress) {
            Ok(saturated) => saturated,
            Err(reason) => return Ok(stopped(reason)),
        };
        let (solved, failing) = self.solved(&saturated);
        let verdict = if failing.is_empty() {
            self.certify(&saturated, &solved, limits)
        } else if (limits.interrupted)() {
            Verdict::Stopped(StopReason::Interrupted)
        } else {
            self.attack(&mut saturated, &failing, limits)
        };
        Ok(Answer {
            verdict,
            progress: saturated.progress,
        })
    }

    /// The base with the goal and its lids.
    fn saturated(
        &mut self,
        lids: &[Clause],
        limits: Limits<'_>,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Saturated, StopReason> {
        let theory = Equality(&self.translation.theory);
        let knowing = Knowing {
            signature: &self.translation.signature,
            theory: &self.translation.theory,
            statements: self.statements,
            knowledge: self.translation.options.message_form,
        };
        let mut setting = Setting {
            store: &mut self.translation.store,
            signature: &self.translation.signature,
            theory: &theory,
            purpose: &knowing,
            limits,
            progress,
        };
        let goals = std::slice::from_ref(&self.goal.clause);
        self.base.saturated.extend(goals, lids, &mut setting)
    }

    /// The solved goal clauses.
    fn goals<'s>(
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
    fn solved(&mut self, saturated: &Saturated) -> (Vec<(u32, Meets)>, Vec<u32>) {
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
        let theory = &self.translation.theory;
        match Choice::new(store, theory, self.goal, &candidates).choose() {
            Ok(chosen) => {
                let mut solved: Vec<_> = candidates
                    .into_iter()
                    .zip(chosen)
                    .filter_map(|(c, way)| Some((c.entry, c.ways.into_iter().nth(way)?)))
                    .collect();
                solved.sort_by_key(|(id, _)| *id);
                (solved, failing)
            }
            Err(which) => {
                failing.extend(which);
                (Vec::new(), failing)
            }
        }
    }

    fn certify(
        &mut self,
        saturated: &Saturated,
        solved: &[(u32, Meets)],
        limits: Limits<'_>,
    ) -> Verdict {
        let (covers, closure) = match self.justified(saturated, limits) {
            Ok(justified) => justified,
            Err(_) if (limits.interrupted)() => {
                return Verdict::Stopped(StopReason::Interrupted);
            }
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
            part: self.part,
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
        let knowing = Knowing {
            signature: &self.translation.signature,
            theory: &self.translation.theory,
            statements: self.statements,
            knowledge: self.translation.options.message_form,
        };
        let mut setting = Setting {
            store: &mut self.translation.store,
            signature: &self.translation.signature,
            theory: &theory,
            purpose: &knowing,
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
        if self.goal.executions > 0 {
            let theory = &self.translation.theory;
            let joint = twice::joint(store, theory, self.goal, &derivations);
            derivations.extend(joint);
        }
        let derivations: Vec<Derivation> = derivations
            .into_iter()
            .flat_map(|d| {
                let merged = merge::merged(self.translation, &d, limits.interrupted);
                merged.into_iter().chain([d])
            })
            .collect();
        let found = run::search(
            self.program,
            self.translation,
            self.goal,
            &derivations,
            limits.interrupted,
        );
        match found {
            Ok(attack) => Verdict::Attacked(Box::new(attack)),
            Err(obstacles) => {
                if let Some(attack) = self.detour(&obstacles, &derivations, limits) {
                    return Verdict::Attacked(attack);
                }
                if (limits.interrupted)() {
                    return Verdict::Stopped(StopReason::Interrupted);
                }
                self.open(
                    Reason::Derivable(failing.len()),
                    clauses,
                    derivations,
                    obstacles.iter().map(ToString::to_string).collect(),
                )
            }
        }
    }

    /// A run along other derivations, which do not pass the points at which
    /// copies got stuck; in the end, not the sides of conditions they took.
    fn detour(
        &mut self,
        obstacles: &[Obstacle],
        derivations: &[Derivation],
        limits: Limits<'_>,
    ) -> Option<Box<run::Attack>> {
        if self.detours == 0 {
            return None;
        }
        let limits = Limits {
            resolutions: limits.resolutions.min(DETOUR),
            ..limits
        };
        let points: BTreeSet<_> = obstacles.iter().filter_map(|o| o.point).collect();
        let mut ways = detour::avoided(&points);
        if self.detours == DETOURS {
            ways.extend(detour::sides(&self.translation.clauses, derivations));
        }
        for avoided in ways {
            if (limits.interrupted)() {
                return None;
            }
            let clauses = detour::without(&self.translation.clauses, &avoided);
            let Ok(saturated) = self.anew(&clauses, limits) else {
                continue;
            };
            let base = Base {
                translation: self.base.translation.clone(),
                saturated,
                covers: Ok((Vec::new(), Vec::new())),
            };
            let mut stage = Stage {
                base: &base,
                translation: &mut *self.translation,
                detours: self.detours - 1,
                ..*self
            };
            let Ok(mut saturated) = stage.saturated(&[], limits, &mut |_| {}) else {
                continue;
            };
            let (_, failing) = stage.solved(&saturated);
            if failing.is_empty() {
                continue;
            }
            if let Verdict::Attacked(attack) = stage.attack(&mut saturated, &failing, limits) {
                return Some(attack);
            }
        }
        None
    }

    /// Other clauses of the program, saturated.
    fn anew(&mut self, clauses: &[Clause], limits: Limits<'_>) -> Result<Saturated, StopReason> {
        let theory = Equality(&self.translation.theory);
        let kept = Kept {
            knowledge: self.translation.options.message_form,
        };
        let mut setting = Setting {
            store: &mut self.translation.store,
            signature: &self.translation.signature,
            theory: &theory,
            purpose: &kept,
            limits,
            progress: &mut |_| {},
        };
        saturation::saturate(clauses, &mut setting)
    }

    /// Entries whose derivations leave nothing open that a run must supply.
    fn complete(
        &mut self,
        saturated: &mut Saturated,
        failing: &[u32],
        limits: Limits<'_>,
    ) -> Vec<u32> {
        let theory = Equality(&self.translation.theory);
        let knowing = Knowing {
            signature: &self.translation.signature,
            theory: &self.translation.theory,
            statements: self.statements,
            knowledge: self.translation.options.message_form,
        };
        let mut setting = Setting {
            store: &mut self.translation.store,
            signature: &self.translation.signature,
            theory: &theory,
            purpose: &knowing,
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
