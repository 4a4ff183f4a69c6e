//! What must hold between the records of a recording, whatever its encoding.
//!
//! Writer and reader feed the same checks in the same order, so nothing
//! can be written that will not be read.

use std::collections::BTreeSet;

use crate::{
    bytes::{Bytes, Secrecy},
    kind::Kind,
    recording::{
        DeterminismMode, Event, FORMAT, Foot, Head, SecrecyMode, Setup, SetupValue, Status, VERSION,
    },
};

/// Why records do not make a recording together.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Incoherence {
    #[error("cause {cause} is not an earlier event, or causes are not ascending")]
    CauseNotEarlier { cause: u64 },
    #[error("the foot counts {found} events, there are {expected}")]
    Count { expected: u64, found: u64 },
    #[error("a {what} is declared twice: {name}")]
    Duplicate { what: &'static str, name: String },
    #[error("the handshake type is {declared}, the message starts with {found:?}")]
    HandshakeType { declared: u8, found: Option<u8> },
    #[error("the next event index is {expected}, found {found}: lines are missing or reordered")]
    Index { expected: u64, found: u64 },
    #[error("`{field}` must be {octets} octets of lower-case hex")]
    NotHex { field: &'static str, octets: usize },
    #[error("the head is of format `{found}`, not `{FORMAT}`")]
    NotThisFormat { found: String },
    #[error("a seeded run names its seed and no other run has one")]
    Seed,
    #[error("a secrecy mode of {mode:?} does not admit {what}")]
    Secrecy {
        mode: SecrecyMode,
        what: &'static str,
    },
    #[error("a complete recording has lost nothing, this one has lost {lost}")]
    Status { lost: u64 },
    #[error("party {party} has no session {session} in the head")]
    UnknownSession { party: u32, session: u32 },
    #[error("version {}.{} is not {}.{} or an earlier minor version", found[0], found[1],
            VERSION[0], VERSION[1])]
    UnknownVersion { found: [u32; 2] },
}

/// The state of the checks after some records.
#[derive(Clone, Debug)]
pub(crate) struct Coherence {
    mode: SecrecyMode,
    seeded: bool,
    sessions: BTreeSet<(u32, u32)>,
    setup: BTreeSet<String>,
    events: u64,
}

impl Coherence {
    pub(crate) fn of(head: &Head) -> Result<Self, Incoherence> {
        if head.format != FORMAT {
            return Err(Incoherence::NotThisFormat {
                found: head.format.clone(),
            });
        }
        Self::version(head.version)?;
        check_hex("id", &head.id, 16)?;
        if let Some(model) = &head.model {
            check_hex("model.sha256", &model.sha256, 32)?;
            for (field, digest) in [
                ("model.derived_sha256", &model.derived_sha256),
                ("model.mapping_sha256", &model.mapping_sha256),
            ] {
                if let Some(digest) = digest {
                    check_hex(field, digest, 32)?;
                }
            }
        }
        let seeded = head.determinism.mode == DeterminismMode::Seeded;
        match &head.determinism.seed {
            Some(seed) if seeded => check_hex("det.seed", seed, 32)?,
            None if !seeded => {}
            _ => return Err(Incoherence::Seed),
        }
        let mut parties = BTreeSet::new();
        for party in &head.parties {
            if !parties.insert(party.id) {
                return Err(duplicate("party", party.id.to_string()));
            }
        }
        let mut sessions = BTreeSet::new();
        for session in &head.sessions {
            let (p, s) = (session.party, session.session);
            if !parties.contains(&p) {
                return Err(Incoherence::UnknownSession {
                    party: p,
                    session: s,
                });
            }
            if !sessions.insert((p, s)) {
                return Err(duplicate("session", format!("{s} of party {p}")));
            }
        }
        Ok(Self {
            mode: head.secrecy,
            seeded,
            sessions,
            setup: BTreeSet::new(),
            events: 0,
        })
    }

    /// Our major version, up to our minor version.
    pub(crate) fn version(found: [u32; 2]) -> Result<(), Incoherence> {
        if found[0] == VERSION[0] && found[1] <= VERSION[1] {
            Ok(())
        } else {
            Err(Incoherence::UnknownVersion { found })
        }
    }

    pub(crate) fn setup(&mut self, setup: &Setup) -> Result<(), Incoherence> {
        if !self.setup.insert(setup.id.clone()) {
            return Err(duplicate("setup record", setup.id.clone()));
        }
        match &setup.value {
            SetupValue::Certificate { der } => self.admit([der]),
            SetupValue::Key { public, private } => {
                if let Some(private) = private
                    && private.secrecy() != Some(Secrecy::LongTerm)
                {
                    return Err(self.refuse("a private key that is not marked long-term"));
                }
                self.admit([Some(public), private.as_ref()].into_iter().flatten())
            }
            SetupValue::Name { .. } => Ok(()),
            SetupValue::Policy { sha256 } => self.admit([sha256]),
            SetupValue::ReferenceValue { octets } => self.admit([octets]),
            SetupValue::Row { row } => self.admit(row),
        }
    }

    pub(crate) fn event(&mut self, event: &Event) -> Result<(), Incoherence> {
        if event.index != self.events {
            return Err(Incoherence::Index {
                expected: self.events,
                found: event.index,
            });
        }
        if !self.sessions.contains(&(event.party, event.session)) {
            return Err(Incoherence::UnknownSession {
                party: event.party,
                session: event.session,
            });
        }
        let mut bound = 0;
        for &cause in &event.causes {
            if cause < bound || cause >= event.index {
                return Err(Incoherence::CauseNotEarlier { cause });
            }
            bound = cause + 1;
        }
        if let Kind::Handshake {
            handshake_type,
            octets,
            ..
        } = &event.kind
            && let Some(message) = octets.as_slice()
            && message.first() != Some(handshake_type)
        {
            return Err(Incoherence::HandshakeType {
                declared: *handshake_type,
                found: message.first().copied(),
            });
        }
        self.admit(event.kind.octets())?;
        self.events += 1;
        Ok(())
    }

    pub(crate) fn foot(&self, foot: &Foot) -> Result<(), Incoherence> {
        if foot.count != self.events {
            return Err(Incoherence::Count {
                expected: self.events,
                found: foot.count,
            });
        }
        if foot.status == Status::Complete && foot.lost > 0 {
            return Err(Incoherence::Status { lost: foot.lost });
        }
        Ok(())
    }

    fn admit<'a>(&self, all: impl IntoIterator<Item = &'a Bytes>) -> Result<(), Incoherence> {
        for bytes in all {
            let in_clear = bytes.as_slice().is_some();
            match (self.mode, bytes.secrecy()) {
                (_, None) => {}
                (SecrecyMode::Full, Some(Secrecy::LongTerm)) if in_clear && !self.seeded => {
                    return Err(self.refuse("a long-term secret of a run that is not seeded"));
                }
                (SecrecyMode::Full, Some(_)) => {}
                (SecrecyMode::Sealed, Some(_)) if in_clear => {
                    return Err(self.refuse("a secret that is not a commitment"));
                }
                (SecrecyMode::Sealed, Some(_)) => {}
                (SecrecyMode::Wire, Some(_)) => return Err(self.refuse("a secret in any form")),
            }
        }
        Ok(())
    }

    fn refuse(&self, what: &'static str) -> Incoherence {
        Incoherence::Secrecy {
            mode: self.mode,
            what,
        }
    }
}

fn duplicate(what: &'static str, name: String) -> Incoherence {
    Incoherence::Duplicate { what, name }
}

fn check_hex(field: &'static str, text: &str, octets: usize) -> Result<(), Incoherence> {
    let is_hex = text
        .bytes()
        .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    if is_hex && text.len() == 2 * octets {
        Ok(())
    } else {
        Err(Incoherence::NotHex { field, octets })
    }
}
