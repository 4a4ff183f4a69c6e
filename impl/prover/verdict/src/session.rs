//! What queries of one program share: translations and their saturated forms.

use crate::equality::Equality;
use horn::{Options, Translation};
use logic::{Clause, Predicate};
use pi::{Diagnostic, Program};
use saturation::{
    Cover, Limits, Progress, Purpose, Resolvent, Saturated, Setting, StopReason, Uncovered,
};

/// Saturations of one program, by what queries need of the translation.
///
/// Nothing in it depends on the order of the queries: each works on a copy.
#[derive(Clone, Debug, Default)]
pub struct Session {
    bases: Vec<Base>,
}

/// A translation and its saturated form.
#[derive(Clone, Debug)]
pub(crate) struct Base {
    pub(crate) translation: Translation,
    pub(crate) saturated: Saturated,
    /// Covers of the initial clauses and of the resolvents.
    pub(crate) covers: Result<(Vec<Cover>, Vec<Resolvent>), Uncovered>,
}

/// Blocked hypotheses all matter: the translation has left out the others.
pub(crate) struct Kept;

impl Purpose for Kept {
    fn keeps(&self, _: Predicate) -> bool {
        true
    }
}

/// Why there is no saturated form.
pub(crate) enum NoBase {
    Stopped(StopReason),
    Untranslatable(Vec<Diagnostic>),
}

impl Session {
    /// Nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The saturated translation with these options, made if need be.
    pub(crate) fn base(
        &mut self,
        program: &Program,
        options: &Options,
        limits: Limits<'_>,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<&Base, NoBase> {
        if let Some(i) = self
            .bases
            .iter()
            .position(|b| b.translation.options == *options)
        {
            return Ok(&self.bases[i]);
        }
        let mut translation = horn::translate(program, options).map_err(NoBase::Untranslatable)?;
        let clauses: Vec<Clause> = translation
            .clauses
            .iter()
            .map(|c| c.clause.clone())
            .collect();
        let theory = Equality(&translation.theory);
        let mut setting = Setting {
            store: &mut translation.store,
            signature: &translation.signature,
            theory: &theory,
            purpose: &Kept,
            limits,
            progress,
        };
        let saturated = saturation::saturate(&clauses, &mut setting).map_err(NoBase::Stopped)?;
        let covers = covers(&saturated, &clauses, &mut setting);
        self.bases.push(Base {
            translation,
            saturated,
            covers,
        });
        Ok(&self.bases[self.bases.len() - 1])
    }
}

fn covers(
    saturated: &Saturated,
    clauses: &[Clause],
    setting: &mut Setting<'_>,
) -> Result<(Vec<Cover>, Vec<Resolvent>), Uncovered> {
    let initial: Result<Vec<_>, _> = clauses
        .iter()
        .map(|c| saturated.cover(c, setting))
        .collect();
    Ok((initial?, saturated.closure(0, setting)?))
}
