//! An endpoint that checks nothing, against a peer that departs in one place.
//!
//! Each row is the first and only thing wrong, and the model has to refuse at
//! exactly that step: first-failure coverage of the client's checks.

mod common;

use common::toy::{Departure as D, session};
use conformance::{Divergence, Gate, Outcome, Severity, Verdict};
use event::Recording;

fn judge(recording: &Recording) -> Verdict {
    let (model, mapping) = (common::post(), common::mapping());
    let gate = Gate::new(&model, &mapping).expect("up to date");
    gate.conform(recording).verdict
}

fn departs(departure: D) -> Divergence {
    match judge(&session(Some(departure))) {
        Verdict::Diverges(divergence) => *divergence,
        other => panic!("{departure:?}: {other}"),
    }
}

/// Two implementations that share no code agree with the model.
#[test]
fn the_toy_without_departure_conforms() {
    let (model, mapping) = (common::post(), common::mapping());
    let gate = Gate::new(&model, &mapping).expect("up to date");
    let report = gate.conform(&session(None));
    let Verdict::Conforms(counts) = &report.verdict else {
        panic!("{}", report.verdict);
    };
    assert_eq!((counts.matched, counts.assumed), (counts.of, 0));
    for session in &report.sessions {
        assert_eq!(session.outcome, Some(Outcome::Accepted));
    }
}

const REFUSALS: [(D, &str); 32] = [
    (D::HelloRetryRequest, "let SH("),
    (D::KeyLogWrong, "let ee = unseal(shts, ee_record) in"),
    (D::ExtensionsInPlain, "let ee = unseal(shts, ee_record) in"),
    (D::ExtensionsMalformed, "if ee = EE then"),
    (
        D::CertificateInPlain,
        "let crt = unseal(shts, crt_record) in",
    ),
    (D::CertificateListEmpty, "let CRT(leaf) = crt in"),
    (
        D::CertificateNoName,
        "let certificate(subject, key, issued) = leaf in",
    ),
    (
        D::CertificateForeignIssuer,
        "if verify(ca, tbs_certificate(subject, key), issued) = true then",
    ),
    (D::CertificateForeignName, "if subject = name then"),
    (
        D::CertificateVerifyInPlain,
        "let cv = unseal(shts, cv_record) in",
    ),
    (D::CertificateVerifyTrailing, "let CV(signature) = cv in"),
    (
        D::CertificateVerifyForeignKey,
        "if verify(key, handshake_signature_input(hash(to_crt)), signature) = true then",
    ),
    (D::FinishedInPlain, "let fin = unseal(shts, fin_record) in"),
    (D::FinishedLength, "let FIN(mac) = fin in"),
    (D::FinishedWrong, "if mac = finished_mac(shts, to_cv) then"),
    (
        D::AuthenticatorInPlain,
        "let authenticator(ecrt, ecv, efin) = unseal(ks, answer) in",
    ),
    (
        D::AuthenticatorOrder,
        "let authenticator(ecrt, ecv, efin) = unseal(ks, answer) in",
    ),
    (
        D::ContextNotEchoed,
        "let ECRT(=context, leaf, evid) = ecrt in",
    ),
    (D::AuthenticatorFinishedLength, "let FIN(mac) = efin in"),
    (D::AuthenticatorFinished, MAC),
    (
        D::AuthenticatorNoName,
        "let certificate(subject, aik, issued) = leaf in",
    ),
    (D::AuthenticatorSignature, SIGNATURE),
    (D::AuthenticatorScheme, SIGNATURE),
    (
        D::AuthenticatorContext(b"TLS 1.3, server CertificateVerify"),
        SIGNATURE,
    ),
    (
        D::AuthenticatorForeignIssuer,
        "if verify(ca, tbs_certificate(subject, aik), issued) = true then",
    ),
    (D::AuthenticatorForeignName, "if subject = name then"),
    (
        D::EvidenceMalformed,
        "let evidence(challenge, workload, quoted) = evid in",
    ),
    (
        D::EvidenceForeignKey,
        "if verify(ak, claims(challenge, workload), quoted) = true then",
    ),
    (D::MeasurementWrong, "if workload = reference then"),
    (D::BinderOfAnotherSession, BINDER),
    (D::BinderWithoutExporter, BINDER),
    (D::BinderOperandsSwapped, BINDER),
];
const MAC: &str = "if mac = authenticator_finished(ems, creq, ecrt, ecv) then";
const SIGNATURE: &str = "if verify(aik, authenticator_signature_input(";
const BINDER: &str = "if challenge = attestation_binder(aik, ems, context) then";

#[test]
fn every_departure_is_refused_at_its_own_step() {
    for (departure, line) in REFUSALS {
        let found = departs(departure);
        let place = found.place.as_ref().expect("a place in the model");
        assert!(
            place.text.trim().starts_with(line),
            "{departure:?} stops at: {found}"
        );
        assert_eq!(found.severity, Severity::UnsoundAcceptance, "{departure:?}");
        assert!(found.line.is_some(), "{departure:?}");
    }
}

#[test]
fn what_no_gap_allows_is_no_acceptance() {
    let found = departs(D::EarlyDataAccepted);
    assert!(found.what.contains("extension 42"), "{found}");
    assert!(found.what.contains("gap `encrypted-extensions`"), "{found}");
    assert_eq!(found.severity, Severity::UnsoundAcceptance);
}

/// Departures from the RFC that an implementation talking to itself would
/// never see, with the hypothesis that explains them.
#[test]
fn departures_from_the_rfc_are_explained() {
    for (departure, hypothesis) in [
        (D::AuthenticatorMacOfTranscript, "hash(...) left out"),
        (D::AuthenticatorMacOfOtherHash, "SHA-384 for hash"),
        (D::BinderOtherHash, "SHA-384 for hash"),
        (
            D::AuthenticatorExporterContext,
            "hash of context in place of the empty string",
        ),
        (
            D::AuthenticatorContext(b"TLS 1.3, server CertificateVerify"),
            "context \"TLS 1.3, server CertificateVerify\" in authenticator_signature_input",
        ),
        (
            D::AuthenticatorExporterLength,
            "length 64 in place of hash_length",
        ),
        (
            D::AuthenticatorLabelOfTheClient,
            "\"EXPORTER-client authenticator handshake context\" in place of \
             l_server_handshake_context",
        ),
        (D::BinderOperandsSwapped, "operands of concat swapped"),
        (D::BinderWithoutKey, "left operand of concat left out"),
        (
            D::BinderLabel("Attestation Binding"),
            "\"Attestation Binding\" in place of l_attestation",
        ),
        (
            D::FinishedKeyOfOtherHash,
            "SHA-384 for hkdf_expand_label with label \"finished\"",
        ),
        (
            D::AuthenticatorFinishedKeyOfOtherHash,
            "SHA-384 for hkdf_expand_label with label \"exporter\"",
        ),
        (
            D::CertificateVerifyWithoutZero,
            "the zero octet of handshake_signature_input left out",
        ),
        (
            D::AuthenticatorSpaces(63),
            "63 spaces in place of 64 in authenticator_signature_input",
        ),
        (
            D::AuthenticatorSpaces(65),
            "65 spaces in place of 64 in authenticator_signature_input",
        ),
        (
            D::AuthenticatorLeafInTranscript,
            "the leaf alone in place of the certificate",
        ),
        (
            D::AuthenticatorTranscriptOrder,
            "the client_certificate_request and the certificate swapped",
        ),
    ] {
        let found = departs(departure);
        assert_eq!(found.hypotheses, [hypothesis], "{departure:?}: {found}");
    }
}

#[test]
fn a_request_of_the_servers_type_is_not_a_clients() {
    let found = departs(D::RequestOfType13);
    assert_eq!(found.severity, Severity::Mismatch);
    assert!(
        found.what.contains("handshake type is 13, expected 17"),
        "{found}"
    );
    assert_eq!(
        found.hypotheses,
        ["handshake type 13 in place of 17 (client_certificate_request)"]
    );
}

/// The suite has a hash of 48 octets, and the length was written for another.
#[test]
fn a_length_for_the_hash_of_another_suite_is_named() {
    let world = stimuli::World::new().expect("a world");
    let (family, suite) = (stimuli::Family::Post, stimuli::Suite::Sha384);
    let recording = stimuli::Prepared::new(&world, family, suite, &stimuli::Stimulus::HONEST)
        .and_then(stimuli::Prepared::in_memory)
        .expect("a session");
    // The model departs and the endpoint does not: the hypothesis says what the
    // endpoint does.
    let mut sources = common::sources("post/sanity.pv");
    let (_, text) = sources
        .iter_mut()
        .find(|(name, _)| name == "lib/authenticator.pvl")
        .expect("a library of the model");
    let right = "l_server_finished_key, empty, hash_length";
    assert!(text.contains(right), "the text to edit is gone");
    *text = text.replace(right, "l_server_finished_key, empty, length_32");
    let (model, mapping) = (common::load(&sources), common::mapping());
    let Verdict::Diverges(found) = conformance::conform(&model, &mapping, &recording).verdict
    else {
        panic!("not noticed");
    };
    assert_eq!(
        found.hypotheses,
        ["length 48 in place of length_32"],
        "{found}"
    );
}

/// What `seatproof conform` prints of a departure: the step with a caret, the
/// line of the recording, and the hypothesis.
#[test]
fn a_departure_is_printed_with_its_place_and_its_hypothesis() {
    for (departure, line, hypothesis) in [
        (
            D::AuthenticatorExporterContext,
            MAC,
            "hash of context in place of the empty string",
        ),
        (D::AuthenticatorMacOfTranscript, MAC, "hash(...) left out"),
        (
            D::RequestOfType13,
            "out(net",
            "handshake type 13 in place of 17 (client_certificate_request)",
        ),
    ] {
        let found = departs(departure);
        let printed = found.to_string();
        assert!(printed.contains(hypothesis), "{departure:?}: {printed}");
        assert!(printed.contains('^'), "{departure:?}: {printed}");
        let said = found.line.expect("a line");
        assert!(
            printed.contains(&said.to_string()),
            "{departure:?}: {printed}"
        );
        if departure != D::RequestOfType13 {
            assert!(printed.contains(line), "{departure:?}: {printed}");
        }
    }
}
