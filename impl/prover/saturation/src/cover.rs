//! Why a clause adds nothing to a closed set: the justifications that a
//! certificate lists, found after the fact.
//!
//! During saturation a clause may be simplified with what is known at the time,
//! dropped, or removed later by a better one. None of this is recorded. All of
//! it leaves a trace in the final set, because subsumption is transitive and the
//! set only improves: so each initial clause and each resolvent is justified
//! once, at the end, against the final set.

use crate::constraints::Simplified;
use crate::context::Context;
use crate::draft::Draft;
use crate::rules::{self, derived::Deduction, occurrence::Unified};
use crate::saturate::{Saturated, Setting};
use crate::set::Selection;
use crate::{Scratch, context::Outcome};
use logic::Clause;

/// A rewriting that is not a mere removal. Hypotheses are numbered as they
/// stand when the step is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// [`rules::decompose`] on this hypothesis.
    Decompose(u32),
    /// [`rules::occurrence`] on these two; the second is removed.
    Unify(u32, u32),
}

/// Why a clause is covered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// [`rules::cases`]: what the distinction rests on, the hypotheses it is
    /// about, and one cover per case.
    Cases(u32, Vec<u32>, Vec<Cover>),
    /// These two hypotheses must be equal and cannot be.
    Clash(u32, u32),
    /// [`rules::composed`].
    Composed,
    /// This constraint is false.
    Contradiction(u32),
    /// [`rules::derived`].
    Derived(Deduction),
    /// What is said of numbers is never all true.
    Numbers,
    /// The conclusion splits; one cover per part.
    Split(Vec<Cover>),
    /// This entry subsumes it.
    Subsumed(u32),
    /// The conclusion is a hypothesis.
    Tautology,
}

/// A justification.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cover {
    /// First to last.
    pub steps: Vec<Step>,
    /// Then.
    pub end: End,
}

/// A resolvent and why it is covered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolvent {
    /// The entry that selects a hypothesis.
    pub left: u32,
    /// The entry that selects its conclusion.
    pub right: u32,
    /// Why.
    pub by: Cover,
}

/// A clause that the set was believed to cover and for which no justification
/// was found. The set is still an honest result; it has no certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Uncovered {
    /// The clause.
    pub clause: Clause,
}

impl Saturated {
    /// Justifies an initial clause.
    ///
    /// # Errors
    /// No justification was found.
    pub fn cover(&self, clause: &Clause, setting: &mut Setting<'_>) -> Result<Cover, Uncovered> {
        let mut scratch = Scratch::default();
        let mut context = self.context(setting, &mut scratch);
        let mut draft = Draft::new(clause.clone());
        for constraint in &mut draft.clause.constraints {
            *constraint = crate::constraints::canonical(context.store, constraint);
        }
        cover(draft, &mut context)
    }

    /// Justifies every resolvent whose left entry is not below `from`, sorted.
    ///
    /// # Errors
    /// No justification was found for one.
    pub fn closure(
        &self,
        from: u32,
        setting: &mut Setting<'_>,
    ) -> Result<Vec<Resolvent>, Uncovered> {
        let mut scratch = Scratch::default();
        let mut found = Vec::new();
        for (left, entry) in self.set.alive() {
            let Selection::Hypothesis(h) = entry.selection else {
                continue;
            };
            if left < from {
                continue;
            }
            let Some(fact) = entry.clause.hypotheses.get(h) else {
                continue;
            };
            for right in self.set.providers(setting.store, fact) {
                if !self.set.may_resolve(left, right) {
                    continue;
                }
                let mut context = self.context(setting, &mut scratch);
                if let Some(raw) = rules::resolution::resolve(&mut context, left, right) {
                    let by = cover(raw, &mut context)?;
                    found.push(Resolvent { left, right, by });
                }
            }
        }
        Ok(found)
    }

    pub(crate) fn context<'a>(
        &'a self,
        setting: &'a mut Setting<'_>,
        scratch: &'a mut Scratch,
    ) -> Context<'a> {
        Context {
            store: setting.store,
            signature: setting.signature,
            theory: setting.theory,
            set: &self.set,
            purpose: setting.purpose,
            scratch,
        }
    }
}

fn cover(mut draft: Draft, context: &mut Context<'_>) -> Result<Cover, Uncovered> {
    let mut steps = Vec::new();
    if let Some(by) = rules::subsumption::subsumer(context, &draft.clause) {
        let end = End::Subsumed(by);
        return Ok(Cover { steps, end });
    }
    loop {
        match rules::occurrence::first(&mut draft, context) {
            Unified::Clash(pair) => {
                let end = End::Clash(index(pair.first), index(pair.second));
                return Ok(Cover { steps, end });
            }
            Unified::Unified(pair) => {
                steps.push(Step::Unify(index(pair.first), index(pair.second)));
                continue;
            }
            Unified::Nothing => {}
        }
        match rules::decompose::first(&mut draft, context) {
            Some(position) => steps.push(Step::Decompose(index(position))),
            None => break,
        }
    }
    if let Some((cases, parts)) = rules::cases::apply(&draft, context) {
        let covers: Result<Vec<_>, _> =
            parts.into_iter().map(|part| cover(part, context)).collect();
        // The clause as it stands may be covered where a case is not.
        if let Ok(covers) = covers {
            let end = End::Cases(cases.by, cases.premises, covers);
            return Ok(Cover { steps, end });
        }
    }
    let end = end(draft, context)?;
    Ok(Cover { steps, end })
}

fn end(draft: Draft, context: &mut Context<'_>) -> Result<End, Uncovered> {
    if rules::tautology::apply(&mut draft.clone(), context) == Outcome::Redundant {
        return Ok(End::Tautology);
    }
    for (i, constraint) in draft.clause.constraints.iter().enumerate() {
        let simplified = context
            .scratch
            .memory
            .simplify(context.theory, context.store, constraint);
        if simplified == Simplified::False {
            return Ok(End::Contradiction(index(i)));
        }
    }
    let theory = context.theory;
    let clause = &draft.clause;
    if theory.contradictory(context.store, &clause.hypotheses, &clause.constraints) {
        return Ok(End::Numbers);
    }
    if let Some(parts) = rules::split::apply(&draft, context) {
        let covers: Result<Vec<_>, _> =
            parts.into_iter().map(|part| cover(part, context)).collect();
        return Ok(End::Split(covers?));
    }
    if let Some(by) = rules::subsumption::subsumer(context, &draft.clause) {
        return Ok(End::Subsumed(by));
    }
    if rules::composed::apply(&mut draft.clone(), context) == Outcome::Redundant {
        return Ok(End::Composed);
    }
    if let Some(deduction) = rules::derived::again(&draft, context) {
        return Ok(End::Derived(deduction));
    }
    Err(Uncovered {
        clause: draft.clause,
    })
}

fn index(i: usize) -> u32 {
    u32::try_from(i).unwrap_or(u32::MAX)
}
