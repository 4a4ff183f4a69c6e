//! Changing the model changes the gate: ten edits, ten failures.

mod common;

use common::laboratory::World;
use conformance::{Severity, Verdict, conform};
use event::recording::PartyKind;
use mock_tee::forge::{Forger, Forgery};
use rustls::crypto::ring;

/// What is edited, and where the gate notices: the mapping no longer fits, or
/// a recording of the unchanged implementation is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Notices {
    Mapping,
    Recording,
}

const EDITS: [(&str, &str, &str, &str, Notices); 12] = [
    (
        "the binder without the exporter",
        "lib/binding/exporter.pvl",
        "hash(concat(spki(aik), tls_exporter(ems, l_attestation, context, length_32)))",
        "hash(concat(spki(aik), context))",
        Notices::Mapping,
    ),
    (
        "the binder's operands swapped",
        "lib/binding/exporter.pvl",
        "concat(spki(aik), tls_exporter(ems, l_attestation, context, length_32))",
        "concat(tls_exporter(ems, l_attestation, context, length_32), spki(aik))",
        Notices::Recording,
    ),
    (
        "another exporter label",
        "lib/binding/exporter.pvl",
        "tls_exporter(ems, l_attestation,",
        "tls_exporter(ems, l_server_finished_key,",
        Notices::Mapping,
    ),
    (
        "a new exporter label",
        "lib/binding/exporter.pvl",
        "l_attestation",
        "l_attestation_binding",
        Notices::Mapping,
    ),
    (
        "another exporter length",
        "lib/authenticator.pvl",
        "l_server_finished_key, empty, hash_length",
        "l_server_finished_key, empty, length_32",
        Notices::Recording,
    ),
    (
        "the wrong exporter context",
        "lib/authenticator.pvl",
        "tls_exporter(ems, l_server_handshake_context, empty, hash_length)",
        "tls_exporter(ems, l_server_handshake_context, zeros, hash_length)",
        Notices::Recording,
    ),
    (
        "the traffic labels swapped",
        "lib/key_schedule.pvl",
        "derive_secret(ms, l_c_ap_traffic, transcript)",
        "derive_secret(ms, l_c_hs_traffic, transcript)",
        Notices::Mapping,
    ),
    (
        "a MAC over the transcript itself",
        "lib/key_schedule.pvl",
        "hmac(finished_key(base), hash(transcript))",
        "hmac(finished_key(base), transcript)",
        Notices::Recording,
    ),
    (
        "a signature of the handshake's form in the authenticator",
        "post/attestation.pvl",
        "authenticator_signature_input(",
        "handshake_signature_input(",
        Notices::Mapping,
    ),
    (
        "a handshake secret without the key exchange",
        "lib/tls13.pvl",
        "handshake_secret(shared)",
        "handshake_secret(zeros)",
        Notices::Recording,
    ),
    (
        "the request not answered",
        "post/attestation.pvl",
        "let ECRT(=context, leaf, evid) = ecrt in",
        "let ECRT(=empty, leaf, evid) = ecrt in",
        Notices::Recording,
    ),
    (
        "a message the server does not send",
        "post/attestation.pvl",
        "  out(net, seal(ks, authenticator(ecrt, ecv, efin))).",
        "  out(net, seal(ks, authenticator(ecrt, ecv, efin)));\n  out(net, seal(ks, creq)).",
        Notices::Recording,
    ),
];

#[test]
fn every_edit_of_the_model_is_noticed() {
    // The suite whose hash is not 32 octets long, or a length would not show.
    let world = World::new(rustls::crypto::CryptoProvider {
        cipher_suites: vec![ring::cipher_suite::TLS13_AES_256_GCM_SHA384],
        ..ring::default_provider()
    });
    let (recording, _) = world.record(world.workload());
    let mapping = common::mapping();
    for (what, file, from, to, notices) in EDITS {
        let mut sources = common::sources("post/sanity.pv");
        let (_, text) = sources
            .iter_mut()
            .find(|(name, _)| name == file)
            .expect("a library of the model");
        assert!(text.contains(from), "{what}: the text to edit is gone");
        *text = text.replace(from, to);
        let report = conform(&common::load(&sources), &mapping, &recording);
        let found = match &report.verdict {
            Verdict::OutOfDate { .. } => Notices::Mapping,
            Verdict::Diverges(_) | Verdict::Inconclusive { .. } => Notices::Recording,
            Verdict::Conforms(_) => panic!("{what}: not noticed"),
        };
        assert_eq!(found, notices, "{what}: {}", report.verdict);
    }
}

/// A check the model no longer makes: the endpoint's own check then refuses
/// without a reason, and the reviewed steps have changed.
#[test]
fn a_deleted_check_is_noticed() {
    let mut sources = common::sources("post/sanity.pv");
    for (_, text) in &mut sources {
        *text = text.replace(
            "  if challenge = attestation_binder(aik, ems, context) then\n",
            "",
        );
    }
    let (before, after) = (common::post(), common::load(&sources));
    let checks = |model| {
        let steps = conformance::derive(model, "Client").expect("steps");
        steps.checks(model)
    };
    assert_eq!(checks(&after) + 1, checks(&before));

    let world = World::new(ring::default_provider());
    let (mut recording, accepted) = world.record(Forger {
        attester: world.workload(),
        forgery: Forgery::WronglyBound,
    });
    assert!(!accepted);
    recording.head.parties[1].kind = PartyKind::Attacker;
    let judged = |model| conform(model, &common::mapping(), &recording).verdict;
    assert!(matches!(judged(&before), Verdict::Conforms(_)));
    let Verdict::Diverges(divergence) = judged(&after) else {
        panic!("a refusal without a reason in the model conforms");
    };
    assert_eq!(divergence.severity, Severity::OverRejection, "{divergence}");
}
