//! A recording with one thing changed.
//!
//! The catalogue of lies a reader or a tap could tell: messages dropped, sent
//! twice, in another order, before their time, altered in one bit; observations
//! beside the messages dropped or altered; what belongs to one session told of
//! another.

use std::collections::BTreeSet;

use event::{Bytes, Event, Kind, Recording, kind::Protection};

/// A changed recording, and what was done to it.
#[derive(Clone, Debug)]
pub struct Changed {
    pub class: &'static str,
    pub what: String,
    pub recording: Recording,
}

/// Kinds of events that may be missing or altered unnoticed, and why: draws no
/// term of the model depends on; exporter values and secrets, which the gate
/// computes for itself and only compares.
pub const EQUIVALENT_KINDS: [&str; 3] = ["draw", "export", "secret"];

/// Every change but bits, and one bit in every `stride` octets of messages.
pub fn all(honest: &Recording, stride: usize) -> impl Iterator<Item = Changed> {
    dropped(honest)
        .chain(repeated(honest))
        .chain(swapped(honest))
        .chain(flipped(honest, stride.max(1)))
}

/// Changes that mix up two sessions of the same parties, numbered 1 and 2: an
/// event told of the other session, and a message of one in the place of the
/// same message of the other.
pub fn mixed(both: &Recording) -> impl Iterator<Item = Changed> {
    attributed(both).chain(exchanged(both))
}

fn attributed(both: &Recording) -> impl Iterator<Item = Changed> {
    let places = both.events.iter().enumerate();
    let places = places
        .filter(|(_, event)| event.session == 2 && !EQUIVALENT_KINDS.contains(&event.kind.name()));
    places.map(|(place, event)| {
        let mut events = both.events.clone();
        events[place].session = 1; // just found there
        Changed {
            class: "attributed",
            what: format!("event {place} ({})", event.kind.name()),
            recording: with(both, events),
        }
    })
}

fn exchanged(both: &Recording) -> impl Iterator<Item = Changed> {
    let mut pairs = Vec::new();
    let parties: BTreeSet<u32> = both.events.iter().map(|event| event.party).collect();
    for party in parties {
        let of = |session: u32| {
            let places = both.events.iter().enumerate();
            places.filter(move |(_, event)| {
                event.party == party && event.session == session && is_message(event)
            })
        };
        pairs.extend(of(1).zip(of(2)).map(|((one, _), (other, _))| (one, other)));
    }
    let differ = |&(one, other): &(usize, usize)| both.events[one].kind != both.events[other].kind;
    pairs.into_iter().filter(differ).map(|(one, other)| {
        let mut events = both.events.clone();
        events[one].kind = both.events[other].kind.clone();
        Changed {
            class: "exchanged",
            what: format!("event {one} for {other}"),
            recording: with(both, events),
        }
    })
}

/// With other events, numbered anew.
fn with(honest: &Recording, events: Vec<Event>) -> Recording {
    let mut recording = honest.clone();
    recording.foot.count = events.len() as u64;
    recording.events = events;
    for (place, event) in recording.events.iter_mut().enumerate() {
        event.index = place as u64;
        event.causes.clear();
    }
    recording
}

fn is_message(event: &Event) -> bool {
    matches!(event.kind, Kind::Handshake { .. })
}

fn dropped(honest: &Recording) -> impl Iterator<Item = Changed> {
    let places = honest.events.iter().enumerate();
    let places = places.filter(|(_, event)| !EQUIVALENT_KINDS.contains(&event.kind.name()));
    places.map(|(place, event)| {
        let mut events = honest.events.clone();
        events.remove(place);
        Changed {
            class: "dropped",
            what: format!("event {place} ({})", event.kind.name()),
            recording: with(honest, events),
        }
    })
}

fn repeated(honest: &Recording) -> impl Iterator<Item = Changed> {
    let places = honest.events.iter().enumerate();
    places
        .filter(|(_, event)| is_message(event))
        .map(|(place, event)| {
            let mut events = honest.events.clone();
            events.insert(place, event.clone());
            Changed {
                class: "repeated",
                what: format!("event {place}"),
                recording: with(honest, events),
            }
        })
}

/// Whether one request after the handshake is sent and the other received. They
/// belong to two roles that go on side by side, on a connection on which both
/// ends attest, and may come in either order.
fn are_apart(one: &Event, other: &Event) -> bool {
    let request = |event: &Event| match event.kind {
        Kind::Handshake {
            direction,
            handshake_type: 13 | 17,
            protection: Protection::Authenticator,
            ..
        } => Some(direction),
        _ => None,
    };
    matches!((request(one), request(other)), (Some(one), Some(other)) if one != other)
}

fn swapped(honest: &Recording) -> impl Iterator<Item = Changed> {
    let messages: Vec<usize> = (0..honest.events.len())
        .filter(|place| honest.events.get(*place).is_some_and(is_message))
        .collect();
    let mut all = Vec::new();
    for (number, first) in messages.iter().enumerate() {
        let later = messages.iter().skip(number + 1);
        let party = honest.events[*first].party; // just found there
        // The next one of the same party: farther swaps contain this one.
        if let Some(second) = later
            .into_iter()
            .find(|at| honest.events[**at].party == party)
            && !are_apart(&honest.events[*first], &honest.events[*second])
        {
            let mut events = honest.events.clone();
            events.swap(*first, *second);
            all.push(Changed {
                class: "swapped",
                what: format!("events {first} and {second}"),
                recording: with(honest, events),
            });
        }
    }
    all.into_iter()
}

fn flipped(honest: &Recording, stride: usize) -> impl Iterator<Item = Changed> {
    let messages = honest.events.iter().enumerate();
    messages.flat_map(move |(place, event)| {
        let octets = match &event.kind {
            Kind::Handshake { octets, .. } => octets.as_slice().unwrap_or_default(),
            _ => &[],
        };
        // Another offset in every message, so that headers are hit as well.
        (place % stride..octets.len())
            .step_by(stride)
            .map(move |at| {
                let mut changed = octets.to_vec();
                changed[at] ^= 1 << (at % 8);
                let mut recording = honest.clone();
                if let Kind::Handshake {
                    octets,
                    handshake_type,
                    ..
                } = &mut recording.events[place].kind
                {
                    *handshake_type = changed[0];
                    *octets = Bytes::clear(changed);
                }
                Changed {
                    class: "flipped",
                    what: format!("event {place}, octet {at}"),
                    recording,
                }
            })
    })
}
