//! Could somebody have made what an honest party received?
//!
//! Either an honest party sent it, or the attacker made it from what was sent
//! and leaked. The attacker takes apart what it can read, opens records whose
//! secret it can compute, and applies every function of the mapping: the
//! intruder of Dolev and Yao, on the terms of this run. What is left is a
//! forgery, a signer nobody recorded, or a tap that missed something.
//!
//! Invariant: a value is derivable only if it was sent or given in the clear,
//! computed from derivable values, signed under a key that is leaked or the
//! attacker's own, agreed with a share that no honest party generated, or is a
//! value no honest party chose and no term of any session denotes.

use std::collections::{BTreeMap, BTreeSet};

use event::{
    Kind, Recording,
    kind::{AttackMove, Direction, Protection},
    recording::{Party, PartyKind, SetupValue},
};

use super::{
    observe::{Main, Observed},
    run::{Read, Signed},
    value::{Arena, Datum, Shape},
};
use crate::{
    interpretation::{Interpretation, Symbol},
    mapping::{Function, Side},
};

/// What matching a session leaves behind.
#[derive(Debug)]
pub(crate) struct Trace<'r> {
    pub(super) party: String,
    pub(super) session: u32,
    pub(super) side: Side,
    pub(super) arena: Arena,
    pub(super) reads: Vec<Read>,
    pub(super) signed: Vec<Signed>,
    pub(super) observed: Observed<'r>,
}

/// A message nobody could have made.
#[derive(Debug)]
pub(crate) struct Underivable {
    pub(crate) party: String,
    pub(crate) session: u32,
    pub(crate) line: u64,
    pub(crate) octets: Vec<u8>,
}

/// The first message received that nobody could have made.
///
/// Nothing is said where there is nothing to derive from: the recording has an
/// attacker and not what it had, or has only one end of its connections.
pub(crate) fn underivable(
    meaning: &Interpretation<'_>,
    recording: &Recording,
    sessions: &[Trace<'_>],
) -> Option<Underivable> {
    let head = &recording.head;
    let attacked = head
        .parties
        .iter()
        .any(|party| party.kind == PartyKind::Attacker);
    let told = recording
        .events
        .iter()
        .any(|event| matches!(event.kind, Kind::Attack { .. }));
    let has_session = |party: &Party| head.sessions.iter().any(|s| s.party == party.id);
    let mut honest = head.parties.iter().filter(|p| p.kind == PartyKind::Honest);
    let both = [Side::Client, Side::Server]
        .into_iter()
        .all(|side| sessions.iter().any(|session| session.side == side));
    if (attacked && !told) || (!attacked && !both) || !honest.all(has_session) {
        return None;
    }
    let mut passed: Vec<(u64, &Trace<'_>, Direction, Message<'_>)> = Vec::new();
    for session in sessions {
        for main in &session.observed.main {
            if let Main::Message(message) = main
                && message.opened
                && let Some(said) = session.said(meaning, message)
            {
                passed.push((message.line(), session, message.direction, said));
            }
        }
    }
    passed.sort_by_key(|(line, ..)| *line);
    let mut attacker = Attacker::new(meaning, recording, sessions);
    for (line, session, direction, said) in passed {
        if direction == Direction::In && !attacker.makes(&said) {
            return Some(Underivable {
                party: session.party.clone(),
                session: session.session,
                line,
                octets: said.content.to_vec(),
            });
        }
        attacker.hears(&said);
    }
    None
}

/// A message as it travels.
struct Message<'a> {
    /// The secret it is protected under.
    under: Option<&'a [u8]>,
    content: &'a [u8],
}

impl Trace<'_> {
    /// `None` if the recording does not tell the secret.
    fn said<'a>(
        &'a self,
        meaning: &Interpretation<'_>,
        message: &'a super::observe::Message,
    ) -> Option<Message<'a>> {
        let content = &*message.octets;
        if message.protection == Protection::None {
            return Some(Message {
                under: None,
                content,
            });
        }
        let from_client = match message.direction {
            Direction::Out => self.side == Side::Client,
            Direction::In => self.side == Side::Server,
        };
        let label = meaning.record_key(message.protection, from_client)?;
        let under = self.observed.secret(label)?;
        Some(Message {
            under: Some(under),
            content,
        })
    }
}

struct Attacker<'a> {
    meaning: &'a Interpretation<'a>,
    sessions: &'a [Trace<'a>],
    known: BTreeSet<&'a [u8]>,
    /// Records that passed: secret, content, whether it was opened.
    records: Vec<(&'a [u8], &'a [u8], bool)>,
    /// Keys whose private half is an honest party's.
    honest: BTreeSet<&'a [u8]>,
    /// Terms by their octets, made when first needed.
    terms: Option<Terms<'a>>,
}

/// Terms by their octets: session and place in its arena.
type Terms<'a> = BTreeMap<&'a [u8], Vec<(usize, usize)>>;

impl<'a> Attacker<'a> {
    fn new(
        meaning: &'a Interpretation<'a>,
        recording: &'a Recording,
        sessions: &'a [Trace<'a>],
    ) -> Self {
        let mut attacker = Self {
            meaning,
            sessions,
            known: BTreeSet::new(),
            records: Vec::new(),
            honest: BTreeSet::new(),
            terms: None,
        };
        for setup in &recording.setup {
            match &setup.value {
                SetupValue::Certificate { der } => attacker.learns(der.as_slice()),
                SetupValue::Key { public, .. } => {
                    attacker.honest.extend(public.as_slice());
                    attacker.learns(public.as_slice());
                }
                SetupValue::Name { text } => attacker.learns(Some(text.as_bytes())),
                SetupValue::Policy { sha256 } => attacker.learns(sha256.as_slice()),
                SetupValue::ReferenceValue { octets } => attacker.learns(octets.as_slice()),
                SetupValue::Row { row } => {
                    for column in row {
                        attacker.learns(column.as_slice());
                    }
                }
            }
        }
        // When in the run it leaked makes no difference to what is honest now.
        for event in &recording.events {
            if let Kind::Attack {
                op: AttackMove::Leak,
                octets: Some(octets),
                ..
            } = &event.kind
                && let Some(octets) = octets.as_slice()
            {
                attacker.honest.remove(octets);
                attacker.learns(Some(octets));
            }
        }
        attacker
    }

    fn learns(&mut self, octets: Option<&'a [u8]>) {
        let mut new: Vec<&'a [u8]> = octets.into_iter().collect();
        while let Some(octets) = new.pop() {
            if !self.known.insert(octets) {
                continue;
            }
            for session in self.sessions {
                for read in session.reads.iter().filter(|read| *read.octets == *octets) {
                    new.extend(read.decoded.fields().map(|(_, field)| &**field));
                }
            }
        }
    }

    fn hears(&mut self, said: &Message<'a>) {
        match said.under {
            None => self.learns(Some(said.content)),
            Some(secret) => {
                let opened = self.known.contains(secret);
                if opened {
                    self.learns(Some(said.content));
                }
                self.records.push((secret, said.content, opened));
            }
        }
    }

    /// Whether the message was sent by somebody, or can be made.
    fn makes(&mut self, said: &Message<'a>) -> bool {
        let sent = match said.under {
            None => self.known.contains(said.content),
            Some(secret) => self
                .records
                .iter()
                .any(|(under, content, _)| *under == secret && *content == said.content),
        };
        if sent {
            return true;
        }
        self.opens();
        let mut open = BTreeSet::new();
        said.under
            .is_none_or(|secret| self.derives(secret, &mut open))
            && self.derives(said.content, &mut open)
    }

    /// Opens every record whose secret can be computed, until none is left.
    fn opens(&mut self) {
        loop {
            let closed = (0..self.records.len()).find(|place| {
                let (secret, _, opened) = self.records[*place];
                !opened && self.derives(secret, &mut BTreeSet::new())
            });
            let Some(place) = closed else {
                return;
            };
            let (_, content, opened) = &mut self.records[place];
            *opened = true;
            let content = *content;
            self.learns(Some(content));
        }
    }

    /// `open`: what is being derived already, and would go in a circle.
    fn derives(&mut self, octets: &'a [u8], open: &mut BTreeSet<&'a [u8]>) -> bool {
        if octets.is_empty() || self.known.contains(octets) {
            return true;
        }
        if !open.insert(octets) {
            return false;
        }
        let derived = self.computes(octets, open);
        open.remove(octets);
        if derived {
            self.known.insert(octets);
        }
        derived
    }

    fn computes(&mut self, octets: &'a [u8], open: &mut BTreeSet<&'a [u8]>) -> bool {
        let sessions = self.sessions;
        let mut is_somebodys = false;
        for (session, place) in self.terms(octets) {
            let Some(session) = sessions.get(session) else {
                continue;
            };
            let Some((_, node)) = session.arena.nodes().nth(place) else {
                continue;
            };
            let arguments = match &node.shape {
                // What this run received and has no structure for.
                Shape::Given(_) => continue,
                Shape::Free(_) => return true,
                Shape::Fresh(_) => {
                    is_somebodys = true;
                    continue;
                }
                Shape::Apply(function, arguments) => {
                    match self.meaning.symbols.get(function) {
                        Some(Symbol::Constant(_)) => return true,
                        Some(Symbol::Function(Function::Relates(_))) => {
                            is_somebodys = true;
                            continue;
                        }
                        _ => {}
                    }
                    arguments
                }
            };
            is_somebodys = true;
            let mut all = arguments.iter().map(|id| session.arena.datum(*id));
            let all = all.try_fold(Vec::new(), |mut all, datum| {
                all.push(&**datum.and_then(Datum::octets)?);
                Some(all)
            });
            if let Some(all) = all
                && all.into_iter().all(|argument| self.derives(argument, open))
            {
                return true;
            }
        }
        for session in sessions {
            for signed in session.signed.iter().filter(|signed| signed.ok) {
                if *signed.signature == *octets {
                    is_somebodys = true;
                    if !self.honest.contains(&*signed.key) && self.derives(&signed.message, open) {
                        return true;
                    }
                }
            }
            for side in &session.observed.side {
                match &*side.kind {
                    Kind::KeyExchange { peer, shared, .. } if shared.as_slice() == Some(octets) => {
                        is_somebodys = true;
                        if peer.as_slice().is_some_and(|peer| self.is_own_share(peer)) {
                            return true;
                        }
                    }
                    Kind::Draw { octets: drawn, .. } if drawn.as_slice() == Some(octets) => {
                        is_somebodys = true;
                    }
                    Kind::Secret { octets: secret, .. } if secret.as_slice() == Some(octets) => {
                        is_somebodys = true;
                    }
                    _ => {}
                }
            }
        }
        // Otherwise the attacker chose it.
        !is_somebodys
    }

    /// Whether no honest party generated the share: then the attacker did, and
    /// has its private half.
    fn is_own_share(&self, share: &[u8]) -> bool {
        let mut sides = self.sessions.iter().flat_map(|s| &s.observed.side);
        !sides.any(|side| {
            matches!(&*side.kind, Kind::KeyShare { public, .. } if public.as_slice() == Some(share))
        })
    }

    fn terms(&mut self, octets: &[u8]) -> Vec<(usize, usize)> {
        let sessions = self.sessions;
        let terms = self.terms.get_or_insert_with(|| {
            let mut terms = Terms::new();
            for (number, session) in sessions.iter().enumerate() {
                for (place, (_, node)) in session.arena.nodes().enumerate() {
                    if let Some(octets) = node.datum.as_ref().and_then(Datum::octets) {
                        terms.entry(&**octets).or_default().push((number, place));
                    }
                }
            }
            terms
        });
        terms.get(octets).cloned().unwrap_or_default()
    }
}
