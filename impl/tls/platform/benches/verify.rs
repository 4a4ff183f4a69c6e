//! What a Verifier pays for Evidence of hardware: `cargo bench -p platform`, with
//! `--features sev-snp` for that as well.
//!
//! Medians; an argument that is a number sets how many runs (default 100). Times
//! are of this machine and this build, nothing more.

#![allow(clippy::print_stdout)]

use std::hint::black_box;
use std::time::Instant;

use platform::collateral::Collateral;
use platform::tdx::TdxFormat;
use rats::{EvidenceFormat, TrustAnchors, UnixSeconds};

const QUOTE: &[u8] = include_bytes!("../testdata/tdx_quote.bin");
const COLLATERAL: &[u8] = include_bytes!("../testdata/tdx_quote_collateral.json");
/// 2025-07-01.
const IN_2025: UnixSeconds = UnixSeconds(1_751_328_000);

fn main() {
    let runs = std::env::args()
        .find_map(|argument| argument.parse().ok())
        .unwrap_or(100);
    let read = || Collateral::from_json(COLLATERAL).expect("collateral of Intel's");
    show(
        "TDX collateral read",
        median(runs, || drop(black_box(read()))),
    );
    let format = TdxFormat::new([read()]);
    let verified = verifying(&format, QUOTE, IN_2025, runs);
    show("TDX quote verified, collateral included", verified);
    #[cfg(feature = "sev-snp")]
    snp(runs);
}

#[cfg(feature = "sev-snp")]
fn snp(runs: usize) {
    let report = include_str!("../testdata/report_milan.hex");
    let report = hex::decode(report.trim()).expect("hex");
    let ark = include_bytes!("../testdata/ark_milan.der");
    let ask = include_bytes!("../testdata/ask_milan.der");
    let vcek: &[u8] = include_bytes!("../testdata/vcek_milan.der");
    let format = platform::snp::SnpFormat::new(ark, ask, [vcek]).expect("AMD's");
    // 2024-01-01
    let verified = verifying(&format, &report, UnixSeconds(1_704_067_200), runs);
    show("SEV-SNP report verified, chain included", verified);
}

fn verifying(format: &dyn EvidenceFormat, octets: &[u8], now: UnixSeconds, runs: usize) -> f64 {
    let anchors = TrustAnchors::default();
    median(runs, || {
        let claims = format.verify(octets, &anchors, now);
        black_box(claims.expect("Evidence of real hardware, in its time"));
    })
}

/// The median time of one run, in microseconds.
fn median(runs: usize, mut run: impl FnMut()) -> f64 {
    run(); // warm
    let mut times: Vec<_> = (0..runs.max(1))
        .map(|_| {
            let begun = Instant::now();
            run();
            begun.elapsed()
        })
        .collect();
    times.sort();
    times[times.len() / 2].as_secs_f64() * 1e6
}

fn show(what: &str, micros: f64) {
    println!("{what:<58} {micros:>9.0} us");
}
