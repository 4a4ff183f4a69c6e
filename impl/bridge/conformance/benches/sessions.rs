//! What it costs to match a recorded session: `cargo bench -p conformance`.
//!
//! Every number is the tenth fastest of a hundred rounds on one core, which a busy
//! machine moves less than the median. *Signatures* is what
//! the signature verifications of the recording cost alone, with the library
//! the gate uses; *hashing* what hashing the recorded messages once more for
//! each transcript hash costs. The rest is the gate's own.

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

const ROUNDS: usize = 300;

fn main() {
    let world = World::new().expect("a world");
    println!(
        "{:<12} {:>9} {:>11} {:>9} {:>11} {:>12} {:>14}",
        "family", "session", "signatures", "hashing", "beyond", "sessions/s", "with reading"
    );
    for family in Family::ALL {
        let (model, mapping) = common::family(family.folder());
        let gate = Gate::new(&model, &mapping).expect("up to date");
        let recording = Prepared::new(&world, family, Suite::Sha256, &Stimulus::HONEST)
            .and_then(Prepared::in_memory)
            .expect("a session");
        let verdict = gate.conform(&recording).verdict;
        assert!(matches!(verdict, Verdict::Conforms(_)), "{verdict}");
        let lines = event::to_json_lines(&recording).expect("written");

        let whole = fast(|| {
            black_box(gate.conform(black_box(&recording)));
        });
        let read = fast(|| {
            black_box(gate.conform_lines(black_box(&lines)));
        });
        let signatures = fast(|| verify_all(black_box(&recording)));
        let hashing = fast(|| hash_all(black_box(&recording)));
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

fn fast(mut work: impl FnMut()) -> Duration {
    let mut times: Vec<Duration> = (0..ROUNDS)
        .map(|_| {
            let start = Instant::now();
            work();
            start.elapsed()
        })
        .collect();
    times.sort_unstable();
    times[ROUNDS / 10]
}

/// Each signature of the recording once, as the gate does: what one endpoint
/// made the other verified. Evidence is signed with Ed25519 and appraised once.
fn verify_all(recording: &Recording) {
    let mut verified = BTreeSet::new();
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
