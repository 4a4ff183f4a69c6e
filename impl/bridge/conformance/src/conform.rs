//! A recording against a model: every honest session, then what they say
//! together.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use event::{
    Kind, Recording,
    kind::Direction,
    recording::{Head, ModelId, Party, PartyKind, Session, Status},
};
use pi::Program;

use crate::{
    crypto::Hash,
    interpretation::{Interpretation, interpret},
    mapping::{Function, Mapping},
    matching::{Ended, Given, Judged, Of, Trace, Underivable, judge, line_of, underivable},
    queries::{self, QueryResult},
    report::{Counts, Divergence, Outcome, Report, SessionReport, Severity, Verdict},
};

/// A model and its mapping, fitted together once for any number of recordings.
#[derive(Debug)]
pub struct Gate<'a> {
    pub(crate) meaning: Interpretation<'a>,
    /// SHA-256 of the steps of all roles, without their places.
    derived: String,
}

impl<'a> Gate<'a> {
    /// Fits a mapping to a model.
    ///
    /// # Errors
    /// What [`lint`](crate::lint) finds.
    pub fn new(model: &'a Program, mapping: &'a Mapping) -> Result<Self, Vec<String>> {
        let meaning = interpret(model, mapping)?;
        let mut gate = Self {
            meaning,
            derived: String::new(),
        };
        let steps: Vec<String> = gate.printed().into_values().collect();
        gate.derived = hex::encode(Hash::Sha256.digest(steps.concat().as_bytes()));
        Ok(gate)
    }

    /// The steps of each role as text, without places.
    pub(crate) fn printed(&self) -> BTreeMap<&str, String> {
        let program = self.meaning.program;
        let roles = self.meaning.roles.iter();
        roles
            .map(|(name, role)| (*name, role.tree.print_without_places(program)))
            .collect()
    }

    pub(crate) fn derived(&self) -> &str {
        &self.derived
    }

    /// What a recording says it is meant to conform to: the sources in link
    /// order, and the steps of the mapped roles, each by digest.
    #[must_use]
    pub fn model_id(&self) -> ModelId {
        let program = self.meaning.program;
        let mut sources = Vec::new();
        for file in program.sources.files() {
            sources.extend_from_slice(file.text.as_bytes());
            sources.push(0);
        }
        let sha256 = |octets: &[u8]| hex::encode(Hash::Sha256.digest(octets));
        ModelId {
            name: self.meaning.mapping.model.clone(),
            sha256: sha256(&sources),
            derived_sha256: Some(self.derived.clone()),
            mapping_sha256: None,
        }
    }

    /// Whether a recording is a run of the model, under the mapping.
    ///
    /// Every session of every honest party has to be a run of its role, and no
    /// message may have been received before it was sent. The verdict is about
    /// this one run at the recorded level of observation, under the
    /// assumptions that different terms of the run have different octets and
    /// that the taps missed nothing of the kinds they record.
    #[must_use]
    pub fn conform(&self, recording: &Recording) -> Report {
        let head = &recording.head;
        if let Some(finding) = self.other_profile(head) {
            return nothing_judged(vec![finding]);
        }
        match self.other_model(head) {
            Some(finding) => nothing_judged(vec![finding, self.diagnosis(recording)]),
            None => self.judge(recording),
        }
    }

    /// What these steps would make of a recording that was made for others: for
    /// who has edited the model and asks what that changes, and no verdict.
    fn diagnosis(&self, recording: &Recording) -> String {
        let said = match self.judge(recording).verdict {
            Verdict::Conforms(_) => {
                "it would conform: it shows nothing of what differs, which may \
                 be a check that no message fails; `seatproof derive` prints both"
                    .to_owned()
            }
            verdict => verdict.to_string(),
        };
        format!("for diagnosis only, by these steps: {said}")
    }

    fn judge(&self, recording: &Recording) -> Report {
        let (sessions, endings, traces) = self.sessions(recording);
        let deduced = underivable(&self.meaning, recording, &traces);
        let verdict = verdict(recording, &sessions, endings, deduced);
        Report { verdict, sessions }
    }

    /// A recording that names the steps it was made for is judged by no others.
    fn other_model(&self, head: &Head) -> Option<String> {
        let model = head.model.as_ref()?;
        let meant = model.derived_sha256.as_ref()?;
        (*meant != self.derived).then(|| {
            format!(
                "the recording was made for other steps of {} ({}) than {} has now ({}): record \
                 again, or judge it by the model it was made for",
                model.name,
                short(meant),
                self.meaning.mapping.model,
                short(&self.derived)
            )
        })
    }

    fn other_profile(&self, head: &Head) -> Option<String> {
        let mapping = self.meaning.mapping;
        let profile = format!("{:?}", head.profile).to_lowercase();
        (profile != mapping.profile).then(|| {
            format!(
                "{} maps profile {}, the recording is of profile {profile}",
                mapping.name, mapping.profile
            )
        })
    }

    /// The queries of a program on the run that a recording is.
    ///
    /// The program is the model again with its queries, or another file over
    /// the same libraries; events are identified by name. Only for recordings
    /// that conform. Of what an attacker did it sees the compromises the
    /// mapping lists, where the recording has them as moves; of what happened
    /// before, the events the mapping derives from setup records. A query that
    /// needs other events outside the gated roles is not evaluated.
    #[must_use]
    pub fn evaluate(&self, recording: &Recording, queries: &Program) -> Vec<QueryResult> {
        let mut run = queries::Run::default();
        for (_, _, judged) in self.judged(recording, true) {
            run.events.extend(judged.shown.events);
            run.parts.extend(judged.shown.parts);
            run.identities = judged.shown.identities;
        }
        let mapping = self.meaning.mapping;
        let mapped = mapping.events.keys().chain(&mapping.compromises);
        run.visible = mapped.cloned().collect();
        for event in self.given(recording, &run) {
            run.visible.insert(event.event.clone());
            run.events.push(event);
        }
        run.events.extend(compromises(recording, queries));
        run.evaluate(queries)
    }

    /// Events before any session, where the recording has what they are about.
    fn given(&self, recording: &Recording, run: &queries::Run) -> Vec<queries::Reached> {
        let setup = Given::of(&recording.setup);
        let value = |argument: &String| match argument.split_once('.') {
            None => Some(setup.value("", argument)?.to_vec()),
            Some((id, field)) => {
                let whole = setup.value("", id)?;
                run.parts.iter().find_map(|(constructor, octets, fields)| {
                    let place = self.place_of(constructor, field)?;
                    (**whole == **octets).then(|| fields.get(place).cloned())?
                })
            }
        };
        let given = self.meaning.mapping.given.iter();
        given
            .filter_map(|(name, entry)| {
                let arguments: Option<Vec<_>> = entry.meaning.iter().map(value).collect();
                Some(queries::Reached {
                    event: name.clone(),
                    arguments: arguments?,
                    line: 0,
                })
            })
            .collect()
    }

    /// Which argument of a constructor a field of its message is.
    fn place_of(&self, constructor: &str, field: &str) -> Option<usize> {
        let entry = self.meaning.mapping.functions.get(constructor)?;
        match &entry.meaning {
            Function::Reads { fields, .. } => fields.iter().position(|known| known == field),
            _ => None,
        }
    }

    /// Every session of every honest party.
    pub(crate) fn sessions<'r>(
        &self,
        recording: &'r Recording,
    ) -> (Vec<SessionReport>, Vec<Ended>, Vec<Trace<'r>>) {
        let mut traces = Vec::new();
        let (reports, endings) = self
            .judged(recording, false)
            .map(|(session, party, judged)| {
                traces.extend(judged.trace);
                let outcome = match &judged.ended {
                    Ended::Conforms(outcome) => Some(outcome.clone()),
                    Ended::Diverges(_) | Ended::Inconclusive(_) => None,
                };
                let report = SessionReport {
                    party: party.name.clone(),
                    session: session.session,
                    role: role(party).to_owned(),
                    outcome,
                    counts: judged.counts,
                    walked: judged.walked,
                    stopped: judged.stopped,
                    or_stopped: judged.others,
                };
                (report, judged.ended)
            })
            .unzip();
        (reports, endings, traces)
    }

    fn judged<'r>(
        &self,
        recording: &'r Recording,
        shows: bool,
    ) -> impl Iterator<Item = (&'r Session, &'r Party, Judged<'r>)> {
        let given = Arc::new(Given::of(&recording.setup));
        let honest = recording.head.sessions.iter().filter_map(|session| {
            let mut parties = recording.head.parties.iter();
            let party = parties.find(|party| party.id == session.party)?;
            (party.kind == PartyKind::Honest).then_some((session, party))
        });
        honest.map(move |(session, party)| {
            let of = Of {
                role: role(party),
                party: &party.name,
                at: (session.party, session.session),
                shows,
            };
            let judged = judge(&self.meaning, &given, recording, &of);
            (session, party, judged)
        })
    }
}

/// The beginning of a digest, for a reader.
fn short(digest: &str) -> &str {
    digest.get(..16).unwrap_or(digest)
}

/// Compromises, as the moves of an attacker that the recording has: named for
/// the event, with the octets of its argument if it has one.
fn compromises<'r>(
    recording: &'r Recording,
    program: &'r Program,
) -> impl Iterator<Item = queries::Reached> {
    recording.events.iter().filter_map(|event| {
        let Kind::Attack {
            recipe: Some(name),
            octets,
            ..
        } = &event.kind
        else {
            return None;
        };
        let declared = program.events.iter().find(|event| event.name == *name)?;
        let octets = octets.iter().filter_map(event::Bytes::as_slice);
        let arguments = octets.map(<[u8]>::to_vec).take(declared.parameters.len());
        Some(queries::Reached {
            event: name.clone(),
            arguments: arguments.collect(),
            line: line_of(recording, event),
        })
    })
}

fn role(party: &Party) -> &str {
    party.role.as_deref().unwrap_or("(none)")
}

/// [`Gate::conform`] for one recording.
#[must_use]
pub fn conform(model: &Program, mapping: &Mapping, recording: &Recording) -> Report {
    match Gate::new(model, mapping) {
        Ok(gate) => gate.conform(recording),
        Err(findings) => nothing_judged(findings),
    }
}

pub(crate) fn nothing_judged(findings: Vec<String>) -> Report {
    Report {
        verdict: Verdict::OutOfDate { findings },
        sessions: Vec::new(),
    }
}

/// The worst ending, and the first of its kind; then the recording as a whole.
fn verdict(
    recording: &Recording,
    sessions: &[SessionReport],
    endings: Vec<Ended>,
    deduced: Option<Underivable>,
) -> Verdict {
    let mut divergences: Vec<Box<Divergence>> = Vec::new();
    let mut unknown = None;
    for ending in endings {
        match ending {
            Ended::Conforms(_) => {}
            Ended::Diverges(divergence) => divergences.push(divergence),
            Ended::Inconclusive(why) => {
                unknown.get_or_insert(why);
            }
        }
    }
    divergences.extend(whole(recording));
    divergences.extend(deduced.map(forged));
    // `max_by_key` keeps the last of equals, the first is wanted.
    let worst = divergences
        .into_iter()
        .rev()
        .max_by_key(|divergence| divergence.severity);
    if let Some(divergence) = worst {
        return Verdict::Diverges(divergence);
    }
    if let Some(why) = unknown {
        return Verdict::Inconclusive { why };
    }
    let mut counts = Counts::default();
    for session in sessions {
        counts.add(&session.counts);
    }
    // What is refused at its first message has no value to compute.
    let refused = sessions
        .iter()
        .any(|session| matches!(session.outcome, Some(Outcome::Refused { .. })));
    if counts.matched == 0 || (counts.computed == 0 && !refused) {
        return Verdict::Inconclusive {
            why: "nothing was matched: no honest session with steps".into(),
        };
    }
    Verdict::Conforms(counts)
}

/// What no single session shows.
fn whole(recording: &Recording) -> impl Iterator<Item = Box<Divergence>> {
    let foot = &recording.foot;
    let lost = (foot.status != Status::Complete || foot.lost > 0).then(|| {
        let what = format!(
            "the recording says itself that {} events are lost",
            foot.lost
        );
        broken(None, what)
    });
    let counted = (foot.count != recording.events.len() as u64)
        .then(|| broken(None, "the foot counts other events".into()));
    let rest = [attribution(recording), order(recording), reuse(recording)];
    [lost, counted].into_iter().chain(rest).flatten()
}

/// Every event belongs to a session of the head and stands at its index.
fn attribution(recording: &Recording) -> Option<Box<Divergence>> {
    let known: BTreeSet<(u32, u32)> = recording
        .head
        .sessions
        .iter()
        .map(|session| (session.party, session.session))
        .collect();
    recording
        .events
        .iter()
        .enumerate()
        .find_map(|(place, event)| {
            let line = 2 + recording.setup.len() as u64 + place as u64;
            if event.index != place as u64 {
                let what = format!("event {} stands where {place} should", event.index);
                return Some(broken(Some(line), what));
            }
            if !known.contains(&(event.party, event.session)) {
                let (party, session) = (event.party, event.session);
                let what = format!("party {party} has no session {session} in the head");
                return Some(broken(Some(line), what));
            }
            None
        })
}

/// A message that an honest party sends holds what only it could have made at
/// that time, so nobody has received it before. Two kinds may hold nothing of
/// the sort: EncryptedExtensions and Certificate.
fn order(recording: &Recording) -> Option<Box<Divergence>> {
    let mut received: BTreeMap<&[u8], (u64, u32)> = BTreeMap::new();
    let mut sent_before: BTreeSet<&[u8]> = BTreeSet::new();
    for event in &recording.events {
        let Kind::Handshake {
            direction, octets, ..
        } = &event.kind
        else {
            continue;
        };
        let Some(octets) = octets.as_slice() else {
            continue;
        };
        if matches!(octets.first(), Some(8 | 11)) {
            continue;
        }
        match direction {
            Direction::In => {
                let line = line_of(recording, event);
                received.entry(octets).or_insert((line, event.party));
            }
            Direction::Out => {
                if let Some((line, party)) = received.get(octets)
                    && *party != event.party
                    && !sent_before.contains(octets)
                {
                    let sent = line_of(recording, event);
                    let what = format!("received here and sent only at line {sent}");
                    let mut divergence = broken(Some(*line), what);
                    divergence.severity = Severity::Mismatch;
                    return Some(divergence);
                }
                sent_before.insert(octets);
            }
        }
    }
    None
}

/// No two draws of 16 octets or more are equal, and no two key shares.
fn reuse(recording: &Recording) -> Option<Box<Divergence>> {
    let mut chosen: BTreeMap<(&str, &[u8]), u64> = BTreeMap::new();
    for event in &recording.events {
        let octets = match &event.kind {
            Kind::Draw { octets, .. } if octets.len() >= 16 => octets.as_slice(),
            Kind::KeyShare { public, .. } => public.as_slice(),
            _ => None,
        };
        let Some(octets) = octets else {
            continue;
        };
        let line = line_of(recording, event);
        if let Some(first) = chosen.insert((event.kind.name(), octets), line) {
            let what = format!("the value chosen here was chosen at line {first} before");
            let mut divergence = broken(Some(line), what);
            divergence.severity = Severity::Mismatch;
            divergence.got = Some(hex::encode(octets));
            return Some(divergence);
        }
    }
    None
}

fn forged(found: Underivable) -> Box<Divergence> {
    Box::new(Divergence {
        severity: Severity::Underivable,
        session: Some((found.party, found.session)),
        line: Some(found.line),
        place: None,
        what: "received, but no party sent it, and it cannot be made from what was sent and \
               leaked"
            .into(),
        expected: None,
        got: Some(hex::encode(found.octets)),
        provenance: Vec::new(),
        allows: "what honest parties sent and what the attacker could make".into(),
        hypotheses: Vec::new(),
    })
}

fn broken(line: Option<u64>, what: String) -> Box<Divergence> {
    Box::new(Divergence {
        severity: Severity::BrokenRecording,
        session: None,
        line,
        place: None,
        what,
        expected: None,
        got: None,
        provenance: Vec::new(),
        allows: "only whole recordings".into(),
        hypotheses: Vec::new(),
    })
}
