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

/// Family, what is edited, file, text, its replacement, where it is noticed.
type Edit = (
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    Notices,
);

const OF_CERTIFICATES: [Edit; 12] = [
    (
        "pre",
        "the binder without the inner hash",
        "pre/binding/claims_sha256.pvl",
        "sha256(claims_buffer(sha256(spki(ek))))",
        "sha256(claims_buffer(spki(ek)))",
        Notices::Recording,
    ),
    (
        "pre",
        "the binder with the suite's hash",
        "pre/binding/claims_sha256.pvl",
        "sha256(claims_buffer(",
        "hash(claims_buffer(",
        Notices::Recording,
    ),
    (
        "pre",
        "a nonce that nobody asks for",
        "pre/attestation.pvl",
        "letfun attestation_request(nonce: bitstring) = empty.",
        "letfun attestation_request(nonce: bitstring) = nonce.",
        Notices::Recording,
    ),
    (
        "pre",
        "the Evidence of another key",
        "lib/attested/credential/evidence_alone.pvl",
        "evidence_leaf(name, ek, evid).",
        "evidence_leaf(name, ek, empty).",
        Notices::Recording,
    ),
    (
        "pre-fixed",
        "another name in the certificate",
        "lib/attested/credential/certified_key.pvl",
        "verify(ca, tbs_certificate(name, key), issued)",
        "verify(key, tbs_certificate(name, key), issued)",
        Notices::Recording,
    ),
    (
        "pre-fixed",
        "a CertificateVerify over the transcript itself",
        "lib/attested/credential/certified_key.pvl",
        "  CV(sign(ek, handshake_signature_input(hash(to_crt)))).",
        "  CV(sign(ek, handshake_signature_input(to_crt))).",
        Notices::Recording,
    ),
    (
        "intra",
        "the binder without the nonce",
        "intra/binding/nonce_key_sha256.pvl",
        "sha256(concat(concat(l_nonce_and_key, nonce), spki(ek)))",
        "sha256(concat(l_nonce_and_key, spki(ek)))",
        Notices::Recording,
    ),
    (
        "intra",
        "nonce and key swapped in the binder",
        "intra/binding/nonce_key_sha256.pvl",
        "concat(concat(l_nonce_and_key, nonce), spki(ek))",
        "concat(concat(l_nonce_and_key, spki(ek)), nonce)",
        Notices::Recording,
    ),
    (
        "intra",
        "the binder without its label",
        "intra/binding/nonce_key_sha256.pvl",
        "concat(concat(l_nonce_and_key, nonce), spki(ek))",
        "concat(nonce, spki(ek))",
        Notices::Mapping,
    ),
    (
        "intra",
        "a flight without EncryptedExtensions",
        "lib/attested/flight.pvl",
        "  out(net, seal(shts, EE));\n",
        "",
        Notices::Recording,
    ),
    (
        "intra-fixed",
        "the labels of the traffic secrets swapped",
        "lib/key_schedule.pvl",
        "derive_secret(hs, l_c_hs_traffic, transcript)",
        "derive_secret(hs, l_s_hs_traffic, transcript)",
        Notices::Mapping,
    ),
    (
        "intra-fixed",
        "a check that is not made any more",
        "lib/attested/handshake.pvl",
        "  if workload = reference then\n",
        "",
        Notices::Recording,
    ),
];

#[test]
fn every_edit_of_the_models_with_certificates_is_noticed() {
    let world = stimuli::World::new().expect("a world");
    for (folder, what, file, from, to, notices) in OF_CERTIFICATES {
        let mut families = stimuli::Family::ALL.into_iter();
        let family = families.find(|family| family.folder() == folder);
        let family = family.expect("a family");
        // Another hash than SHA-256, or which one is meant would not show.
        let suite = stimuli::Suite::Sha384;
        // The one check that is deleted shows where an endpoint still makes it.
        let stimulus = match what.contains("check") {
            true => stimuli::Stimulus::all(family)
                .into_iter()
                .find(|stimulus| stimulus.name == "evidence-other-code")
                .expect("the stimulus of that check"),
            false => stimuli::Stimulus::HONEST,
        };
        let prepared = stimuli::Prepared::new(&world, family, suite, &stimulus);
        let recording = prepared
            .and_then(stimuli::Prepared::in_memory)
            .expect("a session");
        let (_, mapping) = common::family(folder);
        let mut sources = common::sources(&format!("{folder}/{}", mapping.model));
        let unchanged = conform(&common::load(&sources), &mapping, &recording).verdict;
        assert!(matches!(unchanged, Verdict::Conforms(_)), "{unchanged}");
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

/// Who edits a model and runs the gate on a recording that was kept is told the
/// step, not only that something differs; and it is no verdict.
#[test]
fn an_edited_model_is_told_where_a_kept_recording_leaves_it() {
    let world = stimuli::World::new().expect("a world");
    let (family, suite) = (stimuli::Family::Post, stimuli::Suite::Sha256);
    let mut recording = stimuli::Prepared::new(&world, family, suite, &stimuli::Stimulus::HONEST)
        .and_then(stimuli::Prepared::in_memory)
        .expect("a session");
    let (model, mapping) = (common::post(), common::mapping());
    let gate = conformance::Gate::new(&model, &mapping).expect("up to date");
    recording.head.model = Some(gate.model_id());
    assert!(matches!(
        gate.conform(&recording).verdict,
        Verdict::Conforms(_)
    ));
    for (file, from, to, told) in [
        (
            "lib/tls13.pvl",
            "let to_sh = concat(ch, sh) in",
            "let to_sh = concat(sh, ch) in",
            "let ee = unseal(shts, ee_record) in",
        ),
        (
            "post/attestation.pvl",
            "let authenticator(ecrt, ecv, efin) = unseal(ks, answer) in",
            "let authenticator(ecrt, ecv, efin) = unseal(kc, answer) in",
            "let authenticator(ecrt, ecv, efin) = unseal(kc, answer) in",
        ),
        (
            "lib/tls13.pvl",
            "  out(net, ch);\n",
            "  out(net, ch);\n  out(net, ch);\n",
            "out(net, ch);",
        ),
        (
            "post/attestation.pvl",
            "  if workload = reference then\n",
            "",
            "shows nothing of what differs",
        ),
    ] {
        let mut sources = common::sources("post/sanity.pv");
        let (_, text) = sources
            .iter_mut()
            .find(|(name, _)| name == file)
            .expect("a library of the model");
        assert!(text.contains(from), "the text to edit is gone: {from}");
        *text = text.replacen(from, to, 1);
        let edited = common::load(&sources);
        let Verdict::OutOfDate { findings } = conform(&edited, &mapping, &recording).verdict else {
            panic!("{to}: judged by other steps than it was made for");
        };
        let said = findings.join("\n");
        assert!(said.contains("for diagnosis only"), "{said}");
        assert!(said.contains(told), "{to}: {said}");
    }
}
