//! What queries of one program share: translations and their saturated forms.

use crate::answer::{Verdict, shown};
use crate::equality::Equality;
use crate::hints::Hints;
use horn::{Kept, Options, Sharing, Translation, Untranslated};
use logic::{Clause, Fact, Predicate, Store};
use pi::{Diagnostic, Program, Query};
use proof::{End, Justification, SaturationCertificate, Step};
use saturation::{
    Apart, Cover, Limits, Progress, Purpose, Resolvent, Saturated, Setting, StopReason, Uncovered,
};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

/// Most resolutions of a base that a query shares with others which ask for more.
const SHARED: u64 = 150_000;

/// How many names of one symbol may stand below each other in it. They pile up where
/// a clause asks for what happened in one copy after the other, and what one query
/// asks about may not.
const NESTING: u32 = 5;

/// How many hypotheses a clause may have, for the same reason. Where one copy's end
/// is another's beginning, those of one run after the other are in one clause.
const HYPOTHESES: u32 = 100;

/// Saturations of one program, by what queries need of the translation.
///
/// Nothing in it depends on the order of the queries: each works on a copy. Other
/// queries may be asked of the same process.
#[derive(Clone, Debug, Default)]
pub struct Session {
    bases: Vec<Arc<Base>>,
    /// The queries that are still to be asked, if they are not asked in order.
    later: Option<BTreeSet<u32>>,
    /// What queries may share, once known, and the queries.
    sharing: Option<(Vec<Query>, Arc<Sharing>)>,
    /// Options for several queries with which there is no saturated form.
    hopeless: Vec<Options>,
    /// What came of the queries that prove lemmas: the certificate, if proved.
    lemmas: BTreeMap<u32, Option<SaturationCertificate>>,
    /// What came of the secrecy assumptions.
    assumptions: Option<Result<(), Vec<Diagnostic>>>,
    /// What there is without the writer's hints, where they led nowhere.
    unhinted: Option<Box<Self>>,
}

/// A translation and its saturated form.
#[derive(Clone, Debug)]
pub(crate) struct Base {
    pub(crate) translation: Translation,
    pub(crate) saturated: Saturated,
    /// Whether it kept the limits of a base that several queries share.
    modest: bool,
    covers: OnceLock<Covers>,
}

/// Why a set is closed, or what a goal adds to that.
#[derive(Clone, Debug)]
pub(crate) struct Justified {
    pub(crate) apart: Vec<Apart>,
    /// Of the initial clauses.
    pub(crate) covers: Vec<Cover>,
    pub(crate) closure: Vec<Resolvent>,
}

/// Why a set is closed; or a clause, as printed, that nothing was found to cover.
pub(crate) type Covers = Result<Justified, String>;

impl Base {
    /// Clauses and their saturated form.
    pub(crate) fn new(translation: Translation, saturated: Saturated) -> Self {
        Self {
            translation,
            saturated,
            modest: false,
            covers: OnceLock::new(),
        }
    }

    /// The covers, found when a proof is to be written down for the first time.
    /// They are found on a copy, so that they are the same whichever query asks.
    pub(crate) fn covers(&self) -> &Covers {
        self.covers.get_or_init(|| {
            let mut store = self.translation.store.clone();
            let theory = Equality(&self.translation.theory);
            let asked = Asked {
                knowledge: self.translation.options.message_form,
                hints: Hints::default(),
            };
            let mut setting = Setting {
                store: &mut store,
                signature: &self.translation.signature,
                theory: &theory,
                purpose: &asked,
                limits: Limits::default(),
                progress: &mut |_| {},
            };
            self.justify(&mut setting)
                .map_err(|uncovered| shown(&self.translation.signature, &store, &uncovered.clause))
        })
    }

    fn justify(&self, setting: &mut Setting<'_>) -> Result<Justified, Uncovered> {
        let clauses = self.translation.clauses.iter();
        let initial: Result<Vec<_>, _> = clauses
            .map(|c| self.saturated.cover(&c.clause, setting))
            .collect();
        Ok(Justified {
            apart: self.saturated.apart(setting),
            covers: initial?,
            closure: self.saturated.closure(0, setting)?,
        })
    }
}

/// Blocked hypotheses all matter: the translation has left out the others.
pub(crate) struct Asked {
    /// [`Purpose::asks_knowledge`].
    pub(crate) knowledge: bool,
    pub(crate) hints: Hints,
}

impl Purpose for Asked {
    fn keeps(&self, _: Predicate) -> bool {
        true
    }

    fn asks_knowledge(&self) -> bool {
        self.knowledge
    }

    fn weight(&self, store: &mut Store, fact: &Fact) -> Option<i64> {
        self.hints.weight(store, fact)
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

    /// Says which queries are still to be asked. Otherwise they are taken to be asked
    /// in order, and what an earlier one would need is made again.
    pub fn expect(&mut self, queries: impl IntoIterator<Item = u32>) {
        self.later = Some(queries.into_iter().collect());
    }

    /// Takes over what another session saturated, of the same process with the same
    /// statements and with queries about the same facts. Only what any of them would
    /// have come to within the limits of what is shared is taken, so that no answer
    /// depends on it.
    pub fn learn(&mut self, other: &Self) {
        for base in other.bases.iter().filter(|base| base.modest) {
            let options = &base.translation.options;
            let mut known = self.bases.iter();
            if known.all(|b| b.translation.options != *options) {
                self.bases.push(Arc::clone(base));
            }
        }
    }

    /// Verifies the secrecy assumptions, once.
    ///
    /// # Errors
    /// One does not hold, or is not known to.
    pub(crate) fn assumptions(
        &mut self,
        program: &Program,
        limits: Limits<'_>,
    ) -> Result<(), Vec<Diagnostic>> {
        self.assumptions
            .get_or_insert_with(|| crate::assumptions::verify(program, limits))
            .clone()
    }

    /// A session for a process with more in it, of which the same may be
    /// assumed.
    pub(crate) fn without_clauses(&self) -> Self {
        Self {
            assumptions: self.assumptions.clone(),
            ..Self::default()
        }
    }

    /// A session for a program with the same runs whose events say more.
    pub(crate) fn carrying(&self) -> Self {
        Self {
            lemmas: self.lemmas.clone(),
            ..self.without_clauses()
        }
    }

    /// Work for a query of the same program without the writer's hints, which is
    /// saturated in another way.
    pub(crate) fn without_hints<R>(
        &mut self,
        program: &Program,
        query: u32,
        work: impl FnOnce(&mut Self) -> R,
    ) -> R {
        let mut session = self.unhinted.take().unwrap_or_default();
        session.lemmas.clone_from(&self.lemmas);
        session.assumptions.clone_from(&self.assumptions);
        session.later.clone_from(&self.later);
        session.proceed(program, query);
        let done = work(&mut session);
        self.unhinted = Some(session);
        done
    }

    /// Drops the bases that neither this query nor a later one needs; what is asked
    /// for again is made again.
    pub(crate) fn proceed(&mut self, program: &Program, query: u32) {
        let sharing = self.sharing(program);
        let count = u32::try_from(program.queries.len()).unwrap_or(u32::MAX);
        let later: Vec<u32> = match &self.later {
            Some(later) => later.iter().copied().chain([query]).collect(),
            None => (query..count).collect(),
        };
        self.bases.retain(|base| {
            let options = &base.translation.options;
            let mut later = later.iter().flat_map(|q| sharing.of_query(*q));
            later.any(|needed| needed == options || is_plain_of(options, needed))
        });
    }

    /// What queries may share.
    pub(crate) fn sharing(&mut self, program: &Program) -> Arc<Sharing> {
        if let Some((queries, sharing)) = &self.sharing
            && *queries == program.queries
        {
            return Arc::clone(sharing);
        }
        let sharing = Arc::new(Sharing::of(program));
        self.sharing = Some((program.queries.clone(), Arc::clone(&sharing)));
        sharing
    }

    /// Whether the proof of the lemma with this query was tried.
    pub(crate) fn has_tried(&self, query: u32) -> bool {
        self.lemmas.contains_key(&query)
    }

    /// Notes what came of it.
    pub(crate) fn tried(&mut self, query: u32, verdict: &Verdict) {
        let certificate = match verdict {
            Verdict::Proved(certificate) => Some((**certificate).clone()),
            _ => None,
        };
        self.lemmas.insert(query, certificate);
    }

    /// Queries of lemmas that are proved.
    pub(crate) fn proved(&self) -> BTreeSet<u32> {
        let proved = self.lemmas.iter().filter(|(_, c)| c.is_some());
        proved.map(|(query, _)| *query).collect()
    }

    /// The certificates of the lemmas that this one uses, directly or not, in
    /// the order of their queries.
    pub(crate) fn certificates(
        &self,
        program: &Program,
        of: &SaturationCertificate,
    ) -> Vec<SaturationCertificate> {
        let mut found: BTreeMap<u32, SaturationCertificate> = BTreeMap::new();
        let used = lemmas_used(of);
        for (query, certificate) in &self.lemmas {
            let lemma = program.queries.get(*query as usize).and_then(|q| q.lemma);
            let Some(certificate) = certificate
                .as_ref()
                .filter(|_| lemma.is_some_and(|l| used.contains(&l)))
            else {
                continue;
            };
            let mut alone = certificate.clone();
            for inner in std::mem::take(&mut alone.lemmas) {
                found.entry(inner.query).or_insert(inner);
            }
            found.insert(*query, alone);
        }
        found.into_values().collect()
    }

    /// The saturated translation for a part of a query: shared with queries that
    /// ask for more events, unless that takes too long.
    pub(crate) fn serving(
        &mut self,
        program: &Program,
        (query, part): (u32, u32),
        limits: Limits<'_>,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<&Base, NoBase> {
        let sharing = self.sharing(program);
        let default = Options::default();
        let (own, options) = match sharing.options(query, part).split_last() {
            Some((own, options)) => (own, options),
            None => (&default, [].as_slice()),
        };
        for shared in options {
            if let Some(found) = self.shared(program, shared, limits, progress)? {
                return Ok(&self.bases[found]);
            }
        }
        let found = self.base(program, own, (limits, false), progress)?;
        Ok(&self.bases[found])
    }

    /// The saturated translation with these options, or with those of a query that
    /// asks for more; none if that takes too long.
    pub(crate) fn covering(
        &mut self,
        program: &Program,
        query: u32,
        needed: &Options,
        limits: Limits<'_>,
        progress: &mut dyn FnMut(Progress),
    ) -> Option<&Base> {
        let mut options = self.sharing(program).options(query, 0).to_vec();
        options.retain(|shared| shared.cover(needed));
        options.push(needed.clone());
        for options in options {
            if let Ok(Some(found)) = self.shared(program, &options, limits, progress) {
                return self.bases.get(found).map(AsRef::as_ref);
            }
        }
        None
    }

    /// The number of the saturated translation with options that are not only
    /// those of one query; `None` if it takes too long. Which it is does not
    /// depend on what was asked before.
    pub(crate) fn shared(
        &mut self,
        program: &Program,
        options: &Options,
        limits: Limits<'_>,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Option<usize>, NoBase> {
        if self.hopeless.contains(options) {
            return Ok(None);
        }
        let modest = Limits {
            hypotheses: limits.hypotheses.min(HYPOTHESES),
            nesting: limits.nesting.min(NESTING),
            resolutions: limits.resolutions.min(SHARED),
            ..limits
        };
        match self.base(program, options, (modest, true), progress) {
            Ok(found) if self.bases[found].saturated.progress.resolutions <= SHARED => {
                Ok(Some(found))
            }
            Err(error @ (NoBase::Stopped(StopReason::Interrupted) | NoBase::Untranslatable(_))) => {
                Err(error)
            }
            Ok(_) | Err(NoBase::Stopped(_)) => {
                self.hopeless.push(options.clone());
                Ok(None)
            }
        }
    }

    /// A base by its number.
    pub(crate) fn numbered(&self, number: usize) -> Option<&Base> {
        self.bases.get(number).map(AsRef::as_ref)
    }

    /// The number of the saturated translation with these options, made if need
    /// be.
    fn base(
        &mut self,
        program: &Program,
        options: &Options,
        (limits, modest): (Limits<'_>, bool),
        progress: &mut dyn FnMut(Progress),
    ) -> Result<usize, NoBase> {
        let mut options = options.clone();
        // As the translation has them.
        options.message_form |= program.settings.passive_attacker;
        let options = &options;
        if let Some(i) = self
            .bases
            .iter()
            .position(|b| b.translation.options == *options)
        {
            return Ok(i);
        }
        let translated = horn::translate_unless(program, options, limits.interrupted);
        let mut translation = translated.map_err(|why| match why {
            Untranslated::Interrupted => NoBase::Stopped(StopReason::Interrupted),
            Untranslated::Refused(errors) => NoBase::Untranslatable(errors),
        })?;
        let clauses: Vec<Clause> = translation
            .clauses
            .iter()
            .map(|c| c.clause.clone())
            .collect();
        let theory = Equality(&translation.theory);
        let asked = Asked {
            knowledge: options.message_form,
            hints: Hints::of(&translation),
        };
        let mut setting = Setting {
            store: &mut translation.store,
            signature: &translation.signature,
            theory: &theory,
            purpose: &asked,
            limits,
            progress,
        };
        let saturated = saturation::saturate(&clauses, &mut setting).map_err(NoBase::Stopped)?;
        self.bases.push(Arc::new(Base {
            modest,
            ..Base::new(translation, saturated)
        }));
        Ok(self.bases.len() - 1)
    }
}

/// Whether a base with these options may serve a query with those needs that is
/// asked without executions first; see [`crate::plain`].
fn is_plain_of(options: &Options, needed: &Options) -> bool {
    let events = |kept: &Kept| match kept {
        Kept::All => BTreeSet::new(),
        Kept::Only(events) => events.clone(),
    };
    let mut all = events(&needed.begins);
    all.extend(events(&needed.begins_at));
    needed.begins_at != Kept::none()
        && options.begins_at == Kept::none()
        && all.iter().all(|e| options.begins.contains(*e))
}

/// Indices of the lemmas, axioms and restrictions that a certificate uses.
fn lemmas_used(certificate: &SaturationCertificate) -> BTreeSet<u32> {
    let mut found = BTreeSet::new();
    for part in [certificate].into_iter().chain(&certificate.inner) {
        let resolvents = part.closure.iter().map(|r| &r.by);
        let covers = part.cover.iter().chain(resolvents);
        covers.for_each(|by| add_lemmas(by, &mut found));
        part.pairs.iter().for_each(|by| add_lemmas(by, &mut found));
    }
    found
}

fn add_lemmas<L>(of: &Justification<L>, found: &mut BTreeSet<u32>) {
    let mut agenda = vec![of];
    while let Some(justification) = agenda.pop() {
        for step in &justification.steps {
            if let Step::Lemma { lemma, .. } = step {
                found.insert(*lemma);
            }
        }
        if let End::Cases(parts) = &justification.end {
            agenda.extend(parts);
        }
    }
}
