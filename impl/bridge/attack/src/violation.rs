//! What must be false for an attack to have succeeded, read off the recording.
//!
//! The gate evaluates the model's own query on recordings; this says the same
//! of the few values that matter, so that an attack needs no model to be
//! judged.

use std::collections::BTreeMap;

use authenticator::Role;
use event::{Kind, Recording};

use crate::enact::Seated;
use crate::machine::{codec, x509};

/// How a query is false.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Violation {
    /// The victim's channel is no Attester's.
    ForeignChannel,
    /// The victim means one server and shares its channel with another.
    OtherName,
    /// Two clients accept the same Evidence in different sessions.
    SameEvidence,
}

impl Violation {
    /// In a sentence.
    pub fn says(self) -> &'static str {
        match self {
            Self::ForeignChannel => "no Attester is at the other end of the victim's channel",
            Self::OtherName => "the other end is not the server the victim means",
            Self::SameEvidence => "the same Evidence was accepted in another session before",
        }
    }
}

const SECRET: &str = "CLIENT_TRAFFIC_SECRET_0";

/// Whether the recording shows it.
pub(crate) fn shows(
    violation: Violation,
    recording: &Recording,
    parties: &[Seated],
) -> Result<(), String> {
    let secrets: BTreeMap<u32, Vec<u8>> = recording
        .events
        .iter()
        .filter_map(|event| match &event.kind {
            Kind::Secret { label, octets, .. } if label == SECRET => {
                Some((event.party, octets.as_slice()?.to_vec()))
            }
            _ => None,
        })
        .collect();
    let of = |role: Role| {
        parties
            .iter()
            .filter(move |it| it.role == role)
            .filter_map(|it| Some((it, secrets.get(&it.party)?)))
    };
    let victims: Vec<_> = of(Role::Client).collect();
    if victims.is_empty() {
        return Err("the victim's secrets were not recorded".to_owned());
    }
    let violated = match violation {
        Violation::ForeignChannel => victims
            .iter()
            .any(|(_, secret)| of(Role::Server).all(|(_, other)| other != *secret)),
        Violation::OtherName => victims.iter().any(|(victim, secret)| {
            of(Role::Server).any(|(server, other)| other == *secret && server.name != victim.name)
        }),
        Violation::SameEvidence => {
            // Of what the client received, not of what it looked for: a client
            // that compares nothing looks for something new every time.
            let shown = |party: u32| {
                recording.events.iter().find_map(|event| match &event.kind {
                    Kind::Handshake { octets, .. } if event.party == party => {
                        let read = codec::read_certificate(octets.as_slice()?)?;
                        x509::read(read.chain.first()?).ok()?.cmw.or(read.cmw)
                    }
                    _ => None,
                })
            };
            victims.iter().enumerate().any(|(i, (one, first))| {
                victims.iter().skip(i + 1).any(|(two, second)| {
                    first != second
                        && shown(one.party).is_some()
                        && shown(one.party) == shown(two.party)
                })
            })
        }
    };
    if violated {
        Ok(())
    } else {
        Err(format!(
            "the recording does not show that {}",
            violation.says()
        ))
    }
}
