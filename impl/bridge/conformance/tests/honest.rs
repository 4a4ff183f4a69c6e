//! The implementation's own recordings are runs of the proved model.

mod common;

use attested::post::Profile;
use authenticator::Label;
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

/// Two ends that agree on another exporter label accept each other, and no test
/// of theirs alone could object. The model does.
#[test]
fn another_exporter_label_in_both_endpoints_is_not_the_model() {
    let (model, mapping) = (common::post(), common::mapping());
    let world = World::new(suite(ring::cipher_suite::TLS13_AES_128_GCM_SHA256));
    let profile = Profile {
        binder_label: Label::literal("Attestation Binding"),
        ..Profile::default()
    };
    let (recording, accepted) = world.record_with(profile, world.workload());
    assert!(accepted);
    let report = conform(&model, &mapping, &recording);
    let Verdict::Diverges(divergence) = &report.verdict else {
        panic!("{}", report.verdict);
    };
    let place = divergence.place.as_ref().expect("a step of the model");
    assert!(place.file.ends_with("attestation.pvl"), "{divergence}");
    assert!(divergence.expected.is_some() && divergence.got.is_some());
}
