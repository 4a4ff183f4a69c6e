//! Where the endpoint refuses, the model refuses, and for the same reason.

mod common;

use common::laboratory::World;
use conformance::{Outcome, Report, Verdict, conform};
use event::kind::{Appraisal, Kind};
use event::recording::PartyKind;
use mock_tee::forge::{Forger, Forgery};
use rats::Attester;
use rustls::crypto::ring;

/// The verdict on a client whose server is not honest.
fn judged(world: &World, attester: impl Attester + 'static) -> Report {
    let (mut recording, accepted) = world.record(attester);
    assert!(!accepted);
    recording.head.parties[1].kind = PartyKind::Attacker;
    conform(&common::post(), &common::mapping(), &recording)
}

/// The refusing line of the model and the endpoint's code.
fn refused(report: &Report) -> (&str, &str) {
    let Verdict::Conforms(_) = &report.verdict else {
        panic!("{}", report.verdict);
    };
    match &report.sessions[0].outcome {
        Some(Outcome::Refused { place, code }) => (place.text.trim(), code),
        other => panic!("{other:?}"),
    }
}

#[test]
fn forged_evidence_is_refused_by_both_at_the_same_step() {
    let world = World::new(ring::default_provider());
    for (forgery, line, code) in [
        (
            Forgery::BareClaims,
            "let evidence(challenge, workload, quoted) = evid in",
            "evidence-unsigned",
        ),
        (
            Forgery::Unsigned,
            "let evidence(challenge, workload, quoted) = evid in",
            "evidence-unsigned",
        ),
        (
            Forgery::Tampered,
            "if verify(ak, claims(challenge, workload), quoted) = true then",
            "evidence-tampered",
        ),
        (
            Forgery::WronglyBound,
            "if challenge = attestation_binder(aik, ems, context) then",
            "wrongly-bound",
        ),
    ] {
        let forger = Forger {
            attester: world.workload(),
            forgery,
        };
        assert_eq!(refused(&judged(&world, forger)), (line, code));
    }
}

#[test]
fn another_workload_is_refused_by_both_at_the_same_step() {
    let world = World::new(ring::default_provider());
    let other = world.other_workload();
    assert_eq!(
        refused(&judged(&world, other)),
        ("if workload = reference then", "unknown-measurements")
    );
}

#[test]
fn an_appraisal_that_affirms_what_is_refused_does_not_conform() {
    let world = World::new(ring::default_provider());
    let (mut recording, _) = world.record(world.other_workload());
    recording.head.parties[1].kind = PartyKind::Attacker;
    let mut appraisals = recording.events.iter_mut().filter_map(|event| {
        let Kind::Appraise { verdict, .. } = &mut event.kind else {
            return None;
        };
        Some(verdict)
    });
    *appraisals.next().expect("one appraisal") = Appraisal::Affirming;
    let report = conform(&common::post(), &common::mapping(), &recording);
    let Verdict::Diverges(divergence) = &report.verdict else {
        panic!("{}", report.verdict);
    };
    let place = divergence.place.as_ref().map(|place| place.text.trim());
    assert_eq!(place, Some("if workload = reference then"));
    let said = &divergence.what;
    assert_eq!(said, "the appraisal affirmed Evidence the model refuses");
}

#[test]
fn a_server_that_lies_does_not_conform() {
    let world = World::new(ring::default_provider());
    let forger = Forger {
        attester: world.workload(),
        forgery: Forgery::WronglyBound,
    };
    let (recording, _) = world.record(forger);
    let report = conform(&common::post(), &common::mapping(), &recording);
    let Verdict::Diverges(divergence) = &report.verdict else {
        panic!("{}", report.verdict);
    };
    assert_eq!(
        divergence.session.as_ref().map(|(name, _)| name.as_str()),
        Some("server")
    );
    assert!(divergence.expected.is_some() && divergence.got.is_some());
}

#[test]
fn an_honest_server_whose_client_refuses_is_abandoned() {
    let world = World::new(ring::default_provider());
    let (mut recording, _) = world.record(world.other_workload());
    // The workload is the server's own: its reference is what it runs.
    let reference = recording
        .setup
        .iter()
        .position(|setup| setup.id == "reference")
        .expect("there is one");
    recording.setup[reference].value = world.reference_of_other_workload();
    recording.head.parties[0].kind = PartyKind::Attacker;
    let report = conform(&common::post(), &common::mapping(), &recording);
    let Verdict::Conforms(_) = &report.verdict else {
        panic!("{}", report.verdict);
    };
    assert_eq!(
        report.sessions[0].outcome,
        Some(Outcome::Abandoned {
            code: "peer-aborted".into()
        })
    );
}
