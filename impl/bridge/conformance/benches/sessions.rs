//! What it costs to match a recorded session: `cargo bench -p conformance`.
//!
//! A hundred recordings of each family, of the same machines and different
//! sessions, one after the other. Every number is the tenth fastest of a hundred
//! on one core, which a busy machine moves less than the median. *Signatures* is
//! what the signature verifications of a recording cost alone, with the library
//! the gate uses: those the gate makes, which are not those of certificates that
//! it knows from the recordings before. *Hashing* is what hashing the messages
//! for the transcript hashes costs. The rest is the gate's own.

#![allow(clippy::print_stdout)] // printing is the purpose

#[path = "../tests/common/mod.rs"]
mod common;

use std::collections::BTreeSet;
use std::hint::black_box;
use std::time::{Duration, Instant};

use conformance::{Gate, Verdict};
use event::{Kind, Recording};
use p256::ecdsa::signature::Verifier as _;
use sha2::{Digest as _, Sha256};
use stimuli::{Family, Prepared, Stimulus, Suite, World};

const RECORDINGS: usize = 100;

fn main() {
    let world = World::new().expect("a world");
    println!(
        "{:<12} {:>9} {:>11} {:>9} {:>11} {:>12} {:>14}",
        "family", "session", "signatures", "hashing", "beyond", "sessions/s", "with reading"
    );
    for family in Family::ALL {
        let (model, mapping) = common::family(family.folder());
        let gate = Gate::new(&model, &mapping).expect("up to date");
        let session = || {
            Prepared::new(&world, family, Suite::Sha256, &Stimulus::HONEST)
                .and_then(Prepared::in_memory)
                .expect("a session")
        };
        // The certificates are known from one before.
        let verdict = gate.conform(&session()).verdict;
        assert!(matches!(verdict, Verdict::Conforms(_)), "{verdict}");
        let recordings: Vec<Recording> = (0..RECORDINGS).map(|_| session()).collect();
        let lines = |recording| event::to_json_lines(recording).expect("written");
        let lines: Vec<Vec<u8>> = recordings.iter().map(lines).collect();

        let whole = fast(&recordings, |recording| {
            black_box(gate.conform(recording));
        });
        // More signatures than the gate remembers were verified since.
        let read = fast(&lines, |lines| {
            black_box(gate.conform_lines(lines));
        });
        let refs: Vec<&Recording> = recordings.iter().collect();
        let mut seen = Seen::new();
        verify_all(refs[0], &mut seen);
        let signatures = fast(&refs[1..], |recording| verify_all(recording, &mut seen));
        let hashing = fast(&recordings, hash_all);
        // A recording has two sessions, the client's and the server's.
        let beyond = whole.saturating_sub(signatures + hashing) / 2;
        println!(
            "{:<12} {:>6} us {:>8} us {:>6} us {:>8} us {:>12.0} {:>11} us",
            family.folder(),
            (whole / 2).as_micros(),
            (signatures / 2).as_micros(),
            (hashing / 2).as_micros(),
            beyond.as_micros(),
            2.0 / whole.as_secs_f64(),
            (read / 2).as_micros(),
        );
    }
}

fn fast<T>(all: &[T], mut work: impl FnMut(&T)) -> Duration {
    let mut times: Vec<Duration> = all
        .iter()
        .map(|one| {
            let start = Instant::now();
            work(black_box(one));
            start.elapsed()
        })
        .collect();
    times.sort_unstable();
    times[times.len() / 10]
}

/// What was signed, and how.
type Seen<'a> = BTreeSet<(Option<&'a [u8]>, Option<&'a [u8]>)>;

/// Each signature once, as the gate does: what one endpoint made the other
/// verified. Evidence is signed with Ed25519 and appraised once.
fn verify_all<'a>(recording: &'a Recording, verified: &mut Seen<'a>) {
    for event in &recording.events {
        match &event.kind {
            Kind::Verify {
                key,
                tbs,
                signature,
                ..
            } if verified.insert((tbs.as_slice(), signature.as_slice())) => {
                p256_verifies(key.as_slice(), tbs.as_slice(), signature.as_slice());
            }
            Kind::Appraise { .. } => ed25519_verifies(),
            _ => {}
        }
    }
}

fn p256_verifies(key: Option<&[u8]>, message: Option<&[u8]>, signature: Option<&[u8]>) {
    let (Some(key), Some(message), Some(signature)) = (key, message, signature) else {
        return;
    };
    // SubjectPublicKeyInfo of P-256 ends in the 65 octets of the point.
    let point = &key[key.len() - 65..];
    let key = p256::ecdsa::VerifyingKey::from_sec1_bytes(point).expect("a key");
    let signature = p256::ecdsa::Signature::from_der(signature).expect("a signature");
    black_box(key.verify(message, &signature)).expect("it verifies");
}

fn ed25519_verifies() {
    use ed25519_dalek::Signer as _;
    static SIGNED: std::sync::OnceLock<(ed25519_dalek::VerifyingKey, ed25519_dalek::Signature)> =
        std::sync::OnceLock::new();
    let (key, signature) = SIGNED.get_or_init(|| {
        let key = ed25519_dalek::SigningKey::from_bytes(&[7; 32]);
        (key.verifying_key(), key.sign(&[0; 300]))
    });
    black_box(key.verify_strict(&[0; 300], signature)).expect("it verifies");
}

/// Each transcript up to each message, as the key schedule and the signatures
/// hash it.
fn hash_all(recording: &Recording) {
    for party in [1, 2] {
        let mut transcript = Vec::new();
        for event in recording.events.iter().filter(|event| event.party == party) {
            if let Kind::Handshake { octets, .. } = &event.kind {
                transcript.extend_from_slice(octets.as_slice().unwrap_or_default());
                black_box(Sha256::digest(&transcript));
            }
        }
    }
}
