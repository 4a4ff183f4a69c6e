//! From a query to a verdict.
//!
//! The shared clauses are saturated once, the goal is added, and every solved
//! clause for the goal must meet the query's conclusion. If all do, the query
//! holds and the set is written down with its justifications. If one does not,
//! its derivation is where an attack may be found.

use crate::answer::{Answer, Refused, Verdict};
use crate::assumptions::broken_axioms;
use crate::lemmas::Statement;
use crate::lids::lids;
use crate::plain::plain;
use crate::pursue::DETOURS;
use crate::run;
use crate::session::{Base, NoBase, Session};
use crate::stage::{GLANCE, Stage, stopped};
use horn::{Goal, Translation};
use logic::Clause;
use pi::Program;
use proof::SaturationCertificate;
use saturation::{Extension, Limits, Progress};
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ops::Range;

/// From how many resolutions on a base is large: another look at it is worth a detour,
/// and another one like it is not.
pub(crate) const LARGE: u64 = 10_000;
/// How many resolutions a search may take that another one comes before or after: with
/// hints, or for other parts of a query than those it is written with.
const PATIENCE: u64 = 200_000;

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
    session.proceed(program, query);
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
    let mut answer = hinted(program, query, session, limits, &mut note)?;
    if matches!(answer.verdict, Verdict::Stopped(_)) && answer.progress == Progress::default() {
        answer.progress = reached;
    }
    if let Verdict::Proved(certificate) = &mut answer.verdict {
        certificate.lemmas = session.certificates(program, certificate);
    }
    if let Verdict::Undecided(undecided) = &answer.verdict {
        let broken = broken_axioms(program, &undecided.obstacles, limits);
        if !broken.is_empty() {
            return Err(Refused::Untranslatable(broken));
        }
    }
    if program.queries[query as usize].lemma.is_some() {
        session.tried(query, &answer.verdict);
    }
    Ok(answer)
}

/// Decides a query with the writer's hints; if that leads nowhere, without.
fn hinted(
    program: &Program,
    query: u32,
    session: &mut Session,
    limits: Limits<'_>,
    progress: &mut dyn FnMut(Progress),
) -> Result<Answer, Refused> {
    if program.hints.is_empty() {
        return undivided(program, query, session, limits, progress);
    }
    let patience = Limits {
        resolutions: limits.resolutions.min(PATIENCE),
        ..limits
    };
    let answer = undivided(program, query, session, patience, progress)?;
    let decided = matches!(answer.verdict, Verdict::Proved(_) | Verdict::Attacked(_));
    if decided || (limits.interrupted)() {
        return Ok(answer);
    }
    let mut plain = program.clone();
    plain.hints.clear();
    let again = session.without_hints(&plain, query, |session| {
        undivided(&plain, query, session, limits, progress)
    })?;
    Ok(match again.verdict {
        Verdict::Stopped(_) => answer,
        _ => again,
    })
}

/// Decides a query, the lemmas before it being tried.
fn undivided(
    program: &Program,
    query: u32,
    session: &mut Session,
    limits: Limits<'_>,
    progress: &mut dyn FnMut(Progress),
) -> Result<Answer, Refused> {
    let answer = as_written(program, query, session, limits, progress)?;
    if !matches!(answer.verdict, Verdict::Undecided(_)) || (limits.interrupted)() {
        return Ok(answer);
    }
    let other = carrying(program, query, session, limits, progress);
    Ok(other.unwrap_or(answer))
}

/// A proof of a nested query in which events carry what they do not say; see
/// [`horn::carried`].
fn carrying(
    program: &Program,
    query: u32,
    session: &Session,
    limits: Limits<'_>,
    progress: &mut dyn FnMut(Progress),
) -> Option<Answer> {
    let limits = Limits {
        resolutions: limits.resolutions.min(PATIENCE),
        ..limits
    };
    let programs = horn::carried(program, query);
    (0..).zip(&programs).find_map(|(number, carried)| {
        let mut session = session.carrying();
        let mut proved = in_parts(carried, query, &mut session, limits, progress)?;
        if let Verdict::Proved(certificate) = &mut proved.verdict {
            certificate.carried = Some(number);
        }
        Some(proved)
    })
}

/// A proof of all parts of a query, in some way to take it apart.
fn in_parts(
    program: &Program,
    query: u32,
    session: &mut Session,
    limits: Limits<'_>,
    progress: &mut dyn FnMut(Progress),
) -> Option<Answer> {
    let first = horn::parts(program, query).ok()?;
    let mut whole = part(program, query, 0, session, limits, progress).ok()?;
    let Verdict::Proved(certificate) = &mut whole.verdict else {
        return None;
    };
    let mut ways = std::iter::once(1..first).chain(horn::other_parts(program, query));
    certificate.inner = ways.find_map(|way| {
        let inner = all_of(program, query, way, session, limits, progress);
        inner.ok().flatten()
    })?;
    Some(whole)
}

/// Decides a query as it is written.
fn as_written(
    program: &Program,
    query: u32,
    session: &mut Session,
    limits: Limits<'_>,
    progress: &mut dyn FnMut(Progress),
) -> Result<Answer, Refused> {
    if program.queries[query as usize].induction
        && let Some(answer) = inductively(program, query, session, limits, progress)
    {
        return Ok(answer);
    }
    if let Some(answer) = plainly(program, query, session, limits, progress)? {
        return Ok(answer);
    }
    let count = horn::parts(program, query).map_err(Refused::Untranslatable)?;
    let mut first = part(program, query, 0, session, limits, progress)?;
    for number in 1..count {
        let Verdict::Proved(certificate) = &mut first.verdict else {
            return Ok(first);
        };
        let next = part(program, query, number, session, limits, progress)?;
        match next.verdict {
            Verdict::Proved(inner) => certificate.inner.push(*inner),
            Verdict::Attacked(_) => return Ok(next),
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

/// The certificates of other parts that a query may have, if there are some and
/// all of one set hold.
fn other_parts(
    program: &Program,
    query: u32,
    session: &mut Session,
    limits: Limits<'_>,
    progress: &mut dyn FnMut(Progress),
) -> Result<Option<Vec<SaturationCertificate>>, Refused> {
    let limits = Limits {
        resolutions: limits.resolutions.min(PATIENCE),
        ..limits
    };
    for way in horn::other_parts(program, query) {
        if let Some(inner) = all_of(program, query, way, session, limits, progress)? {
            return Ok(Some(inner));
        }
    }
    Ok(None)
}

/// The certificates of these parts, if all of them hold.
fn all_of(
    program: &Program,
    query: u32,
    parts: Range<u32>,
    session: &mut Session,
    limits: Limits<'_>,
    progress: &mut dyn FnMut(Progress),
) -> Result<Option<Vec<SaturationCertificate>>, Refused> {
    let mut inner = Vec::new();
    for number in parts {
        let answer = part(program, query, number, session, limits, progress)?;
        let Verdict::Proved(certificate) = answer.verdict else {
            return Ok(None);
        };
        inner.push(*certificate);
    }
    Ok(Some(inner))
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
    let base = match session.serving(program, (query, part), limits, progress) {
        Ok(base) => base,
        Err(NoBase::Stopped(reason)) => return Ok(stopped(reason)),
        Err(NoBase::Untranslatable(diagnostics)) => {
            return Err(Refused::Untranslatable(diagnostics));
        }
    };
    let mut part = Part::new(program, program, query, part, base, &proved)?;
    let lids = part.lids();
    part.stage(DETOURS).decide(&lids, limits, progress)
}

/// A proof by induction, if there is one within reach.
fn inductively(
    program: &Program,
    query: u32,
    session: &mut Session,
    limits: Limits<'_>,
    progress: &mut dyn FnMut(Progress),
) -> Option<Answer> {
    let options = horn::induction_options(program, query)?;
    let proved = session.proved();
    let base = session.covering(program, query, &options, limits, progress)?;
    let mut part = Part::by_induction(program, query, base, &proved)?;
    let lids = part.lids();
    part.stage(0).by_proof(&lids, limits, progress)
}

/// An attack on an injective query that fails even without executions; see
/// [`plain`].
fn plainly(
    program: &Program,
    query: u32,
    session: &mut Session,
    limits: Limits<'_>,
    progress: &mut dyn FnMut(Progress),
) -> Result<Option<Answer>, Refused> {
    let Some((plain, options)) = plain(program, query, &session.sharing(program)) else {
        return Ok(None);
    };
    let proved = session.proved();
    let found = options.iter().find_map(|options| {
        let found = session.shared(program, options, limits, progress);
        found.ok().flatten()
    });
    let Some(base) = found.and_then(|number| session.numbered(number)) else {
        return Ok(None);
    };
    if base.saturated.progress.resolutions < LARGE {
        return Ok(None);
    }
    let mut part = Part::new(program, &plain, query, 0, base, &proved)?;
    let lids = part.lids();
    let mut stage = part.stage(0);
    let reached = match stage.begin(&lids, GLANCE, limits, progress) {
        Ok(Extension::Begun(reached) | Extension::Closed(reached)) => reached,
        Err(reason) => return Ok(Some(stopped(reason))),
    };
    let (_, failing) = stage.solved(&reached);
    Ok(stage.glance(reached, &failing, limits))
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
    let Ok(base) = session.serving(program, (query, 0), limits, progress) else {
        return Ok(None);
    };
    let mut part = Part::new(program, program, query, 0, base, &proved)?;
    let mut stage = part.stage(DETOURS);
    let Ok(mut saturated) = stage.saturated(&[], limits, progress) else {
        return Ok(None);
    };
    let entries: Vec<u32> = stage.goals(&saturated).map(|(id, _)| id).collect();
    match stage.attack(&mut saturated, &entries, limits) {
        Verdict::Attacked(attack) => Ok(Some(*attack)),
        _ => Ok(None),
    }
}

/// A part of a query, translated beside the clauses of its base.
struct Part<'a> {
    program: &'a Program,
    query: u32,
    part: u32,
    induction: bool,
    base: &'a Base,
    translation: Translation,
    goal: Goal,
    /// The statements that may be used.
    statements: Vec<Statement>,
}

impl<'a> Part<'a> {
    /// The goal is that of the program `asking`, which may ask for less.
    fn new(
        program: &'a Program,
        asking: &Program,
        query: u32,
        part: u32,
        base: &'a Base,
        proved: &BTreeSet<u32>,
    ) -> Result<Self, Refused> {
        let mut translation = base.translation.clone();
        let goal = horn::goal_of(asking, &mut translation, query, part)
            .map_err(Refused::Untranslatable)?;
        let lemmas = horn::lemmas(program, &mut translation, query);
        let statements = Statement::all(&mut translation, lemmas, |q| proved.contains(&q));
        Ok(Self {
            program,
            query,
            part,
            induction: false,
            base,
            translation,
            goal,
            statements,
        })
    }

    /// The query itself is among the statements that may be used; see
    /// [`horn::induction`].
    fn by_induction(
        program: &'a Program,
        query: u32,
        base: &'a Base,
        proved: &BTreeSet<u32>,
    ) -> Option<Self> {
        let mut translation = base.translation.clone();
        let by_induction = horn::induction(program, &mut translation, query)?;
        let mut lemmas = horn::lemmas(program, &mut translation, query);
        lemmas.push(by_induction.statement);
        let statements = Statement::all(&mut translation, lemmas, |q| proved.contains(&q));
        Some(Self {
            program,
            query,
            part: 0,
            induction: true,
            base,
            translation,
            goal: by_induction.goal,
            statements,
        })
    }

    fn lids(&mut self) -> Vec<Clause> {
        let Translation {
            store,
            signature,
            theory,
            ..
        } = &mut self.translation;
        lids(store, signature, theory, &self.goal)
    }

    fn stage(&mut self, detours: u32) -> Stage<'_> {
        Stage {
            program: self.program,
            query: self.query,
            part: self.part,
            induction: self.induction,
            persistent: false,
            base: self.base,
            translation: &mut self.translation,
            goal: &self.goal,
            statements: &self.statements,
            detours,
        }
    }
}
