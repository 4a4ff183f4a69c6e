//! A recording that was changed in any place never conforms.

mod common;

use common::{laboratory::World, toy};
use conformance::{Gate, Verdict};
use event::{Bytes, Event, Kind, Recording};
use rustls::crypto::ring;

struct Bench {
    gate: Gate<'static>,
    recording: Recording,
}

impl Bench {
    fn new() -> Self {
        let world = World::new(ring::default_provider());
        let (recording, _) = world.record(world.workload());
        Self::of(recording)
    }

    fn of(recording: Recording) -> Self {
        // Leaked once for each test.
        let model = Box::leak(Box::new(common::post()));
        let mapping = Box::leak(Box::new(common::mapping()));
        let gate = Gate::new(model, mapping).expect("up to date");
        let bench = Self { gate, recording };
        assert!(bench.conforms(&bench.recording), "the unchanged recording");
        bench
    }

    fn conforms(&self, recording: &Recording) -> bool {
        let report = self.gate.conform(recording);
        matches!(report.verdict, Verdict::Conforms(_))
    }

    /// The recording with other events, numbered anew.
    fn with(&self, events: Vec<Event>) -> Recording {
        let mut recording = self.recording.clone();
        recording.events = events;
        for (place, event) in recording.events.iter_mut().enumerate() {
            event.index = place as u64;
            event.causes.clear();
        }
        recording.foot.count = recording.events.len() as u64;
        recording
    }

    fn messages(&self) -> Vec<usize> {
        let events = self.recording.events.iter().enumerate();
        events
            .filter(|(_, event)| matches!(event.kind, Kind::Handshake { .. }))
            .map(|(place, _)| place)
            .collect()
    }
}

#[test]
fn a_dropped_message_never_conforms() {
    let bench = Bench::new();
    for place in bench.messages() {
        let mut events = bench.recording.events.clone();
        events.remove(place);
        assert!(
            !bench.conforms(&bench.with(events)),
            "event {place} dropped"
        );
    }
}

#[test]
fn a_duplicated_message_never_conforms() {
    let bench = Bench::new();
    for place in bench.messages() {
        let mut events = bench.recording.events.clone();
        events.insert(place, events[place].clone());
        assert!(!bench.conforms(&bench.with(events)), "event {place} twice");
    }
}

#[test]
fn two_messages_of_a_party_in_the_other_order_never_conform() {
    let bench = Bench::new();
    let messages = bench.messages();
    for (number, first) in messages.iter().enumerate() {
        for second in messages.iter().skip(number + 1) {
            let events = &bench.recording.events;
            if events[*first].party != events[*second].party {
                continue;
            }
            let mut events = events.clone();
            events.swap(*first, *second);
            let swapped = bench.with(events);
            assert!(!bench.conforms(&swapped), "{first} and {second} swapped");
        }
    }
}

#[test]
fn a_message_received_before_it_was_sent_never_conforms() {
    let bench = Bench::new();
    let events = &bench.recording.events;
    for sent in bench.messages() {
        for received in bench.messages() {
            let (Some(a), Some(b)) = (message(&events[sent]), message(&events[received])) else {
                continue;
            };
            // EncryptedExtensions and Certificate hold nothing of the moment.
            let timeless = matches!(a.as_slice(), Some([8 | 11, ..]));
            if sent < received && a == b && !timeless {
                let mut events = events.clone();
                let early = events.remove(received);
                events.insert(sent, early);
                assert!(
                    !bench.conforms(&bench.with(events)),
                    "{received} before {sent}"
                );
            }
        }
    }
}

fn message(event: &Event) -> Option<&Bytes> {
    match &event.kind {
        Kind::Handshake { octets, .. } => Some(octets),
        _ => None,
    }
}

#[test]
fn one_flipped_bit_in_any_third_octet_of_any_message_never_conforms() {
    let flipped = Bench::of(toy::session(None)).flip_messages(3);
    assert!(flipped > 700, "{flipped} octets");
}

/// Certificates and extensions as rustls sends them; one octet in seventeen, since
/// each takes several verifications.
#[test]
fn one_flipped_bit_in_a_message_of_the_implementation_never_conforms() {
    let flipped = Bench::new().flip_messages(17);
    assert!(flipped > 230, "{flipped} octets");
}

impl Bench {
    /// The recording of one party. Its peer would only notice more.
    fn alone(&self, party: u32) -> Recording {
        let events = self.recording.events.iter().filter(|e| e.party == party);
        let mut alone = self.with(events.cloned().collect());
        alone.head.sessions.retain(|session| session.party == party);
        assert!(self.conforms(&alone), "party {party} alone");
        alone
    }

    /// Flips one bit in every so many octets of every message, one at a time.
    fn flip_messages(&self, every: usize) -> usize {
        let (first, second) = (self.alone(1), self.alone(2));
        std::thread::scope(|scope| {
            let other = scope.spawn(|| self.flip(&second, every));
            let flipped = self.flip(&first, every);
            flipped + other.join().expect("it has passed, or says why it has not")
        })
    }

    fn flip(&self, recording: &Recording, every: usize) -> usize {
        let mut flipped = 0;
        for (place, event) in recording.events.iter().enumerate() {
            let original = message(event).and_then(Bytes::as_slice).unwrap_or_default();
            for octet in (place % every..original.len()).step_by(every) {
                let mut changed = original.to_vec();
                changed[octet] ^= 1 << (octet % 8);
                let mut recording = recording.clone();
                if let Kind::Handshake {
                    octets,
                    handshake_type,
                    ..
                } = &mut recording.events[place].kind
                {
                    *handshake_type = changed[0];
                    *octets = Bytes::clear(changed);
                }
                let party = event.party;
                assert!(
                    !self.conforms(&recording),
                    "party {party}, event {place}, octet {octet}"
                );
                flipped += 1;
            }
        }
        flipped
    }
}

/// Everything beside the messages is a claim, and each octet of it counts,
/// except in draws no term depends on.
#[test]
fn one_flipped_bit_beside_the_messages_never_conforms() {
    let bench = Bench::new();
    let mut survivors = 0;
    for (place, event) in bench.recording.events.iter().enumerate() {
        if matches!(event.kind, Kind::Handshake { .. }) {
            continue;
        }
        let value = serde_json::to_value(event).expect("events are JSON");
        for pointer in hex_strings(&value) {
            let mut changed = value.clone();
            let text = changed.pointer_mut(&pointer).expect("it is there");
            let mut octets = hex::decode(text.as_str().expect("a string")).expect("hex");
            let Some(last) = octets.last_mut() else {
                continue;
            };
            *last ^= 1;
            *text = hex::encode(octets).into();
            let mut recording = bench.recording.clone();
            recording.events[place] = serde_json::from_value(changed).expect("an event");
            if bench.conforms(&recording) {
                let kind = recording.events[place].kind.name();
                assert!(
                    kind == "draw" || pointer == "/policy/h",
                    "event {place} ({kind}) {pointer}"
                );
                survivors += 1;
            }
        }
    }
    assert!(
        survivors <= 8,
        "{survivors} octets beside the messages are free"
    );
}

/// JSON pointers to every string of octets.
fn hex_strings(value: &serde_json::Value) -> Vec<String> {
    let mut found = Vec::new();
    let mut open = vec![(String::new(), value)];
    while let Some((pointer, value)) = open.pop() {
        for (key, inner) in value.as_object().into_iter().flatten() {
            let pointer = format!("{pointer}/{key}");
            if key == "h" && inner.is_string() {
                found.push(pointer);
            } else {
                open.push((pointer, inner));
            }
        }
    }
    found
}

/// What an endpoint did beside its messages cannot be left out either.
#[test]
fn a_dropped_observation_is_missed() {
    let bench = Bench::new();
    for (place, event) in bench.recording.events.iter().enumerate() {
        let kind = event.kind.name();
        let mut events = bench.recording.events.clone();
        events.remove(place);
        if bench.conforms(&bench.with(events)) {
            // Draws without a term, exporter values and secrets that are
            // recomputed anyway.
            assert!(
                matches!(kind, "draw" | "export" | "secret"),
                "event {place} ({kind}) can be left out"
            );
        }
    }
}

#[test]
fn an_empty_recording_never_conforms() {
    let bench = Bench::new();
    assert!(!bench.conforms(&bench.with(Vec::new())));
    let mut nobody = bench.with(Vec::new());
    nobody.head.sessions.clear();
    assert!(!bench.conforms(&nobody));
}
