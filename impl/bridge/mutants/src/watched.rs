//! Whether a monitor would have closed the connection.
//!
//! A recording is replayed through a watch at each tier, observation by
//! observation: what would have happened to application data had a monitor
//! stood around the endpoint that made the mistake.

use std::fmt;

use conformance::{Gate, Report, Status, Tier, Verdict};
use event::{
    Event, Kind, Recording,
    kind::Direction,
    recording::{Party, PartyKind, Session},
};

/// What monitors make of a session the gate refuses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Watched {
    /// Closed from this tier on.
    From(Tier),
    /// Opened at every tier: only the recording as a whole shows it.
    Opened,
}

/// In the order of what they compute.
const TIERS: [Tier; 3] = [Tier::Shape, Tier::Keys, Tier::Full];

impl Watched {
    /// Replays the session the report is about; every honest one, where it is
    /// about none, and then it takes one that is closed.
    #[must_use]
    pub fn by(gate: &Gate<'_>, recording: &Recording, report: &Report) -> Self {
        let about = match &report.verdict {
            Verdict::Diverges(divergence) => divergence.session.as_ref(),
            _ => None,
        };
        let is_meant = |party: &Party, session: &Session| {
            about.is_none_or(|(name, number)| party.name == *name && session.session == *number)
        };
        let closes = |tier: &Tier| {
            let mut honest = honest(recording).filter(|(party, session)| is_meant(party, session));
            honest.any(|(party, session)| !opens(gate, recording, party, session, *tier))
        };
        match TIERS.into_iter().find(closes) {
            Some(tier) => Self::From(tier),
            None => Self::Opened,
        }
    }
}

impl fmt::Display for Watched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::From(Tier::Shape) => "shape",
            Self::From(Tier::Keys) => "keys",
            Self::From(Tier::Full) => "full",
            Self::Opened => "no",
        })
    }
}

fn honest(recording: &Recording) -> impl Iterator<Item = (&Party, &Session)> {
    let head = &recording.head;
    head.sessions.iter().filter_map(|session| {
        let mut parties = head.parties.iter();
        let party = parties.find(|party| party.id == session.party)?;
        (party.kind == PartyKind::Honest).then_some((party, session))
    })
}

/// Whether a monitor would have let application data through. What nobody can
/// follow is closed.
fn opens(
    gate: &Gate<'_>,
    recording: &Recording,
    party: &Party,
    session: &Session,
    tier: Tier,
) -> bool {
    let role = party.role.as_deref().unwrap_or_default();
    let Ok(mut watch) = gate.watch(role, &recording.setup, tier) else {
        return false;
    };
    let is_theirs =
        |event: &&Event| (event.party, event.session) == (session.party, session.session);
    for event in recording.events.iter().filter(is_theirs) {
        let receives = matches!(
            &event.kind,
            Kind::Handshake {
                direction: Direction::In,
                ..
            }
        );
        if receives {
            // A flight has left before anything else is received.
            watch.settle();
        }
        if let Status::Accepts(_) = watch.see(event.kind.clone()) {
            return true;
        }
    }
    false
}
