//! What a monitor costs: `cargo bench -p monitor`.
//!
//! One connection in memory, handshake and attestation, both ends in one
//! thread: without observers, with the taps alone, and with both ends followed
//! at each tier. Rounds are interleaved, and each number is the tenth fastest in
//! a hundred, which a busy machine moves less than the median.

#![allow(clippy::print_stdout)] // printing is the purpose

#[path = "../tests/common/mod.rs"]
mod common;

use std::time::{Duration, Instant};

use authenticator::Role;
use common::{Under, end, meet, monitor};
use conformance::Tier;
use event::{Recorder, recording::Setup};
use monitor::Monitor;
use stimuli::{Family, Honest, Suite, World};

const ROUNDS: usize = 300;

enum How {
    Unobserved,
    Tapped,
    Followed(Monitor),
}

fn main() {
    let world = World::new().expect("a world");
    println!(
        "{:<12} {:>10} {:>16} {:>16} {:>16} {:>16}",
        "family", "unobserved", "taps", "shape", "keys", "full"
    );
    for family in Family::ALL {
        let honest = Honest::new(&world, family, Suite::Sha256);
        let setup = honest.setup().expect("written down");
        let ways = [
            How::Unobserved,
            How::Tapped,
            How::Followed(monitor(family, Tier::Shape)),
            How::Followed(monitor(family, Tier::Keys)),
            How::Followed(monitor(family, Tier::Full)),
        ];
        let mut times: [Vec<Duration>; 5] = Default::default();
        for _ in 0..ROUNDS {
            for (way, times) in ways.iter().zip(&mut times) {
                times.push(connection(&honest, way, &setup));
            }
        }
        let times = times.map(|mut times| {
            times.sort_unstable();
            times[ROUNDS / 10]
        });
        let [base, others @ ..] = times;
        print!("{:<12} {:>7} us", family.folder(), base.as_micros());
        for time in others {
            let more = (time.as_secs_f64() / base.as_secs_f64() - 1.0) * 100.0;
            print!(" {:>5} us {more:>+6.1} %", time.as_micros());
        }
        println!();
    }
}

/// From two endpoints to two channels that may carry data.
fn connection(honest: &Honest<'_>, way: &How, setup: &[Setup]) -> Duration {
    let start = Instant::now();
    let (mut client, mut server) = match way {
        How::Followed(monitor) => (
            end(honest, Role::Client, Some(monitor), setup),
            end(honest, Role::Server, Some(monitor), setup),
        ),
        How::Unobserved => (
            end(honest, Role::Client, None, setup),
            end(honest, Role::Server, None, setup),
        ),
        How::Tapped => {
            let recorder = Recorder::new();
            let tap = |party, role| {
                Box::new(attested::observe::Instrument::new(
                    recorder.tap(party, 1),
                    role,
                ))
            };
            (
                honest
                    .client(tap(1, Role::Client), Under(None))
                    .expect("it begins"),
                honest
                    .server(tap(2, Role::Server), Under(None))
                    .expect("it begins"),
            )
        }
    };
    assert_eq!(meet(&mut *client, &mut *server), [None, None]);
    assert!(client.opens().expect("open") && server.opens().expect("open"));
    start.elapsed()
}
