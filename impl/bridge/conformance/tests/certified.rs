//! Evidence in certificates: the implementation's recordings are runs of the
//! proved models.

mod common;

use attested::intra::Carrier;
use attested::pre::Statement;
use common::certified::Credential;
use common::laboratory::World;
use conformance::{Outcome, Verdict, conform};
use event::Recording;
use rustls::crypto::{CryptoProvider, ring};

fn worlds() -> [World; 2] {
    [
        ring::cipher_suite::TLS13_AES_128_GCM_SHA256,
        ring::cipher_suite::TLS13_AES_256_GCM_SHA384,
    ]
    .map(|suite| {
        World::new(CryptoProvider {
            cipher_suites: vec![suite],
            ..ring::default_provider()
        })
    })
}

#[track_caller]
fn conforms(family: &str, (recording, accepted): &(Recording, bool)) {
    assert!(accepted);
    let (model, mapping) = common::family(family);
    let report = conform(&model, &mapping, recording);
    let Verdict::Conforms(counts) = &report.verdict else {
        panic!("{family}: {}", report.verdict);
    };
    assert_eq!((counts.matched, counts.assumed), (counts.of, 0));
    for session in &report.sessions {
        assert_eq!(session.outcome, Some(Outcome::Accepted));
    }
}

#[test]
fn honest_runs_with_evidence_made_before_conform() {
    for world in worlds() {
        for statement in [Statement::Key, Statement::KeyAndValidity] {
            let record = |credential| world.record_pre(credential, statement, world.workload());
            conforms("pre", &record(Credential::Alone));
            conforms("pre-fixed", &record(Credential::Authority));
            conforms("pre-fixed", &record(Credential::Chain));
        }
    }
}

#[test]
fn honest_runs_with_evidence_made_during_conform() {
    for world in worlds() {
        for carrier in [Carrier::CertificateAuthorities, Carrier::Alpn] {
            let record = |credential| world.record_intra(credential, carrier, world.workload());
            conforms("intra", &record(Credential::Alone));
            conforms("intra-fixed", &record(Credential::Authority));
            conforms("intra-fixed", &record(Credential::Chain));
        }
    }
}
