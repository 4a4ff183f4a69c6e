//! What a monitor costs: `cargo bench -p monitor`.
//!
//! One connection in memory, handshake and attestation, both ends in one
//! thread: without observers, with the taps alone, and with both ends followed
//! at each tier. Rounds are interleaved, of each way the second of two
//! connections in a row is counted, and each number is the tenth fastest in a
//! hundred, which a busy machine moves less than the median.
//!
//! *Ahead* is all there is: what a monitor takes of the processor. *Behind* is
//! what is left where the connection waits for it: each flight is matched after
//! it was sent, while the peer is busy with it, and that time is not counted.
//! *Hashing* is the least any monitor of tier `keys` computes: the hashes, MACs
//! and key derivations of both ends, with the gate's library, and nothing else.

#![allow(clippy::print_stdout)] // printing is the purpose

#[path = "../tests/common/mod.rs"]
mod common;

use std::hint::black_box;
use std::time::{Duration, Instant};

use authenticator::Role;
use common::{Meets, under};
use conformance::Tier;
use event::{Kind, Recorder, Recording, recording::Setup};
use hmac::{Hmac, Mac as _};
use monitor::Pace;
use sha2::{Digest as _, Sha256};
use stimuli::{Family, Honest, Prepared, Stimulus, Suite, World};

const ROUNDS: usize = 300;

enum How {
    Unobserved,
    Tapped,
    /// Client and server.
    Followed([monitor::Prepared; 2], Pace),
}

fn main() {
    let world = World::new().expect("a world");
    println!(
        "{:<12} {:>10} {:>9} {:>8} {:>16} {:>16} {:>16} {:>16} {:>16} {:>16}",
        "family",
        "unobserved",
        "taps",
        "hashing",
        "shape ahead",
        "shape behind",
        "keys ahead",
        "keys behind",
        "full ahead",
        "full behind"
    );
    for family in Family::ALL {
        let honest = Honest::new(&world, family, Suite::Sha256);
        let setup = honest.setup().expect("written down");
        let mut ways = vec![How::Unobserved, How::Tapped];
        for tier in [Tier::Shape, Tier::Keys, Tier::Full] {
            for pace in [Pace::Ahead, Pace::Behind] {
                ways.push(followed(family, tier, pace, &setup));
            }
        }
        let mut times: Vec<Vec<Duration>> = vec![Vec::new(); ways.len()];
        for _ in 0..ROUNDS {
            for (way, times) in ways.iter().zip(&mut times) {
                black_box(connection(&honest, way));
                times.push(connection(&honest, way));
            }
        }
        let fast = |mut times: Vec<Duration>| {
            times.sort_unstable();
            times[times.len() / 10]
        };
        let session = Prepared::new(&world, family, Suite::Sha256, &Stimulus::HONEST)
            .and_then(Prepared::in_memory)
            .expect("a session");
        let hashing = (0..ROUNDS).map(|_| hashing(&session)).collect();
        let mut times = times.into_iter().map(fast);
        let (Some(base), Some(tapped)) = (times.next(), times.next()) else {
            continue;
        };
        let more = |time: Duration| (time.as_secs_f64() / base.as_secs_f64() - 1.0) * 100.0;
        print!(
            "{:<12} {:>7} us {:>+7.1} %",
            family.folder(),
            base.as_micros(),
            more(tapped)
        );
        print!(" {:>5} us", fast(hashing).as_micros());
        for time in times {
            print!(" {:>5} us {:>+6.1} %", time.as_micros(), more(time));
        }
        println!();
    }
}

fn followed(family: Family, tier: Tier, pace: Pace, setup: &[Setup]) -> How {
    let monitor = common::monitor(family, tier);
    let ends = [Role::Client, Role::Server];
    let ends = ends.map(|role| monitor.prepare(role, setup).expect("all that is needed"));
    How::Followed(ends, pace)
}

/// From two endpoints to two channels that may carry data, without what is done
/// while a peer is waited for.
fn connection(honest: &Honest<'_>, way: &How) -> Duration {
    let start = Instant::now();
    let (mut client, mut server) = match way {
        How::Followed([client, server], pace) => (
            under(honest, Role::Client, Some(client.watch().at(*pace))),
            under(honest, Role::Server, Some(server.watch().at(*pace))),
        ),
        How::Unobserved => (
            under(honest, Role::Client, None),
            under(honest, Role::Server, None),
        ),
        How::Tapped => {
            let recorder = Recorder::new();
            let tap = |party, role| {
                Box::new(attested::observe::Instrument::new(
                    recorder.tap(party, 1),
                    role,
                ))
            };
            let plain = || common::Under(None);
            (
                honest
                    .client(tap(1, Role::Client), plain())
                    .expect("it begins"),
                honest
                    .server(tap(2, Role::Server), plain())
                    .expect("it begins"),
            )
        }
    };
    let waiting = meet(&mut *client, &mut *server);
    assert!(client.opens().expect("open") && server.opens().expect("open"));
    start.elapsed() - waiting
}

/// Has two ends meet; how long they followed while the other was busy.
fn meet(client: &mut dyn Meets, server: &mut dyn Meets) -> Duration {
    let mut waiting = Duration::ZERO;
    let mut follow = |end: &mut dyn Meets| {
        let start = Instant::now();
        end.follow();
        waiting += start.elapsed();
    };
    loop {
        let forth = client.transmit();
        follow(client);
        if !forth.is_empty() {
            server.receive(&forth).expect("received");
        }
        let back = server.transmit();
        follow(server);
        if !back.is_empty() {
            client.receive(&back).expect("received");
        }
        if forth.is_empty() && back.is_empty() {
            return waiting;
        }
    }
}

/// The hashes and MACs of a session of both ends: each transcript once, and for
/// each secret and exported value what HKDF-Expand-Label takes, which is one
/// HMAC and, for a derived secret, a hash of what was hashed before.
fn hashing(session: &Recording) -> Duration {
    let start = Instant::now();
    for party in [1, 2] {
        let mut transcript = Sha256::new();
        for event in session.events.iter().filter(|event| event.party == party) {
            match &event.kind {
                Kind::Handshake { octets, .. } => {
                    transcript.update(octets.as_slice().unwrap_or_default());
                    black_box(transcript.clone().finalize());
                }
                // Two for an exported value; as many for each Finished key and MAC.
                Kind::Secret { octets, .. } | Kind::Export { octets, .. } => {
                    for _ in 0..2 {
                        let key = octets.as_slice().unwrap_or_default();
                        let mac = Hmac::<Sha256>::new_from_slice(key).expect("any length");
                        black_box(mac.chain_update([0; 48]).finalize());
                    }
                }
                _ => {}
            }
        }
    }
    start.elapsed()
}
