//! How events leave the code that is observed.
//!
//! An [`Observer`] is a parameter of what it observes, never a build option:
//! what is traced is what ships. `()` observes nothing. A [`Recorder`] gives
//! each end of a connection a [`Tap`]; the taps share one lock, hence one
//! order, and [`Recorder::finish`] turns what they saw into a [`Recording`].
//!
//! Invariant: indices are 0, 1, 2, ... in the order the taps took the lock,
//! and a cause is always an earlier index; taking events does not number the
//! following ones anew.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crate::{
    kind::{Direction, Kind},
    recording::{Event, Foot, Head, Recording, Setup, Status},
};

/// Takes note of events.
pub trait Observer {
    fn observe(&mut self, kind: Kind);

    /// Whether nothing is noted. An event with a secret is not made for one who
    /// notes nothing: it would be a copy that nobody wipes.
    fn is_silent(&self) -> bool {
        false
    }
}

/// The silent observer.
impl Observer for () {
    fn observe(&mut self, _: Kind) {}

    fn is_silent(&self) -> bool {
        true
    }
}

impl<O: Observer + ?Sized> Observer for &mut O {
    fn observe(&mut self, kind: Kind) {
        (**self).observe(kind);
    }

    fn is_silent(&self) -> bool {
        (**self).is_silent()
    }
}

impl<O: Observer + ?Sized> Observer for Box<O> {
    fn observe(&mut self, kind: Kind) {
        (**self).observe(kind);
    }

    fn is_silent(&self) -> bool {
        (**self).is_silent()
    }
}

/// Collects the events of any number of parties in one order.
#[derive(Clone, Debug, Default)]
pub struct Recorder {
    observed: Arc<Mutex<Observed>>,
}

/// What the taps of a recorder have seen and nobody has taken.
#[derive(Debug, Default)]
struct Observed {
    events: Vec<Event>,
    /// How many were taken before these.
    taken: u64,
    /// Whether nothing more is noted.
    closed: bool,
}

impl Recorder {
    pub fn new() -> Self {
        Self::default()
    }

    /// The observer of one end of one connection.
    pub fn tap(&self, party: u32, session: u32) -> Tap {
        Tap {
            observed: Arc::clone(&self.observed),
            party,
            session,
        }
    }

    /// The number of events so far.
    pub fn count(&self) -> u64 {
        let observed = lock(&self.observed);
        observed.taken + observed.events.len() as u64
    }

    /// Hands over what was observed since the last call, for whoever follows a
    /// session that is going on. What was taken is in no recording.
    pub fn take(&self) -> Vec<Event> {
        let mut observed = lock(&self.observed);
        let events = std::mem::take(&mut observed.events);
        observed.taken += events.len() as u64;
        events
    }

    /// From now on its taps note nothing.
    pub fn close(&self) {
        lock(&self.observed).closed = true;
    }

    /// What was observed up to now, as a complete recording.
    ///
    /// Each received message that no tap gave causes gets the latest earlier
    /// sending of the same octets by another party as its cause. That is what
    /// the wire shows; it does not say that nobody replayed them in between.
    pub fn finish(&self, head: Head, setup: Vec<Setup>) -> Recording {
        let mut events = lock(&self.observed).events.clone();
        link_receptions(&mut events);
        let count = events.len() as u64;
        Recording {
            head,
            setup,
            events,
            foot: Foot {
                count,
                status: Status::Complete,
                lost: 0,
            },
        }
    }
}

/// One end's handle on a [`Recorder`]; clones share party, session and order.
#[derive(Clone, Debug)]
pub struct Tap {
    observed: Arc<Mutex<Observed>>,
    party: u32,
    session: u32,
}

impl Tap {
    /// Records an event and returns its index. Needs no exclusive borrow, so
    /// that a wrapped crypto provider can hold a tap.
    pub fn record(&self, kind: Kind) -> u64 {
        self.record_caused(kind, Vec::new())
    }

    /// Records an event with the indices of its causes. Indices that are not
    /// of earlier events are dropped: they can cause nothing.
    pub fn record_caused(&self, kind: Kind, mut causes: Vec<u64>) -> u64 {
        let mut observed = lock(&self.observed);
        let index = observed.taken + observed.events.len() as u64;
        if observed.closed {
            return index;
        }
        causes.retain(|&cause| cause < index);
        causes.sort_unstable();
        causes.dedup();
        observed.events.push(Event {
            index,
            party: self.party,
            session: self.session,
            causes,
            kind,
        });
        index
    }
}

impl Observer for Tap {
    fn observe(&mut self, kind: Kind) {
        self.record(kind);
    }
}

/// A panic elsewhere while the lock was held leaves what is still whole: every
/// change made under it is one step that cannot panic half-way.
fn lock(observed: &Mutex<Observed>) -> MutexGuard<'_, Observed> {
    observed.lock().unwrap_or_else(PoisonError::into_inner)
}

fn link_receptions(events: &mut [Event]) {
    // Octets in the clear -> latest sending of them, by party.
    let mut sent: BTreeMap<Vec<u8>, BTreeMap<u32, u64>> = BTreeMap::new();
    for event in events {
        let (direction, octets) = match &event.kind {
            Kind::Handshake {
                direction, octets, ..
            }
            | Kind::Record {
                direction, octets, ..
            } => (*direction, octets),
            _ => continue,
        };
        let Some(octets) = octets.as_slice() else {
            continue;
        };
        match direction {
            Direction::Out => {
                sent.entry(octets.to_vec())
                    .or_default()
                    .insert(event.party, event.index);
            }
            Direction::In if event.causes.is_empty() => {
                let latest = sent.get(octets).and_then(|by_party| {
                    by_party
                        .iter()
                        .filter(|&(&party, _)| party != event.party)
                        .map(|(_, &index)| index)
                        .max()
                });
                event.causes.extend(latest);
            }
            Direction::In => {}
        }
    }
}
