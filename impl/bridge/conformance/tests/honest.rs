//! The implementation's own recordings are runs of the proved model.

mod common;

use common::laboratory::World;
use conformance::{Outcome, Verdict, conform};
use rustls::crypto::{CryptoProvider, ring};

fn suite(suite: rustls::SupportedCipherSuite) -> CryptoProvider {
    CryptoProvider {
        cipher_suites: vec![suite],
        ..ring::default_provider()
    }
}

#[test]
fn honest_runs_conform_with_each_suite() {
    let (model, mapping) = (common::post(), common::mapping());
    for suite in [
        ring::cipher_suite::TLS13_AES_128_GCM_SHA256,
        ring::cipher_suite::TLS13_AES_256_GCM_SHA384,
        ring::cipher_suite::TLS13_CHACHA20_POLY1305_SHA256,
    ] {
        let world = World::new(self::suite(suite));
        let (recording, accepted) = world.record(world.workload());
        assert!(accepted);
        let report = conform(&model, &mapping, &recording);
        let Verdict::Conforms(counts) = &report.verdict else {
            panic!("{}", report.verdict);
        };
        assert_eq!(counts.matched, counts.of);
        assert_eq!(counts.assumed, 0);
        assert!(counts.computed > 40, "{counts:?}");
        for session in &report.sessions {
            assert_eq!(session.outcome, Some(Outcome::Accepted));
        }
    }
}
