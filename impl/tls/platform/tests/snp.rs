//! A report of a real chip through the one path, each refusal at its step.

use std::sync::Arc;

use platform::snp::{self, SnpFormat};
use rats::claims::{DebugStatus, Measurements};
use rats::policy::KeyClaim;
use rats::refusal::Step;
use rats::{
    Appraised, Challenge, Evidence, Expected, Formats, Hash, KeyHash, Policy, ReferenceValues,
    Refusal, TrustAnchors, UnixSeconds, Verifier,
};

const REPORT: &str = include_str!("../testdata/report_milan.hex");
const VCEK: &[u8] = include_bytes!("../testdata/vcek_milan.der");
/// ARK and ASK.
const MILAN: [&[u8]; 2] = [
    include_bytes!("../testdata/ark_milan.der"),
    include_bytes!("../testdata/ask_milan.der"),
];
const TURIN: [&[u8]; 2] = [
    include_bytes!("../testdata/ark_turin.der"),
    include_bytes!("../testdata/ask_turin.der"),
];

/// 2024-01-01.
const NOW: UnixSeconds = UnixSeconds(1_704_067_200);

fn report() -> Vec<u8> {
    hex::decode(REPORT.trim()).unwrap()
}

fn policy() -> Policy {
    Policy {
        key_claim: KeyClaim::ImpliedByChallenge,
        minimum_debug: DebugStatus::Enabled,
        ..Policy::for_software(["guest"])
    }
}

fn appraise_under(
    [ark, ask]: [&[u8]; 2],
    veks: &[&[u8]],
    report: &[u8],
    policy: &Policy,
    now: UnixSeconds,
) -> Result<Appraised, Refusal> {
    let format = SnpFormat::new(ark, ask, veks.iter().copied()).unwrap();
    let mut formats = Formats::new();
    formats.register(Arc::new(format)).unwrap();
    let honest = self::report();
    let mut reference_values = ReferenceValues::new();
    let measurement = honest[0x90..0xc0].to_vec();
    let value = Measurements([("measurement".to_owned(), measurement)].into());
    reference_values.add("guest", value).unwrap();
    let verifier = Verifier {
        formats,
        anchors: TrustAnchors::default(),
        reference_values,
    };
    let expected = Expected {
        challenge: Challenge::new(&honest[0x50..0x90]).unwrap(),
        key_hash: KeyHash::of(Hash::Sha384, b"a key"),
    };
    let evidence = Evidence::new(snp::media_type(), report.to_vec());
    verifier.appraise(&evidence, &expected, policy, now)
}

fn appraise(report: &[u8], policy: &Policy) -> Result<Appraised, Refusal> {
    appraise_under(MILAN, &[VCEK], report, policy, NOW)
}

#[track_caller]
fn refused(outcome: Result<Appraised, Refusal>, step: Step, code: &str) {
    let refusal = outcome.expect_err("it was accepted");
    assert_eq!((refusal.step(), refusal.code()), (step, code), "{refusal}");
}

#[test]
fn a_report_of_a_real_chip_is_accepted() {
    let appraised = appraise(&report(), &policy()).unwrap();
    let claims = appraised.claims();
    assert_eq!(claims.challenge, &report()[0x50..0x90]);
    assert_eq!(claims.machine.0, &report()[0x1a0..0x1e0]);
    let allows_debugging = report()[0x0a] & 0x08 != 0;
    assert_eq!(claims.debug == DebugStatus::Enabled, allows_debugging);
    let components: Vec<_> = claims.standing.tcb_components.keys().collect();
    assert_eq!(components, ["bootloader", "microcode", "snp", "tee"]);
}

#[test]
fn altered_reports_are_refused() {
    for (position, step, code) in [
        (0x50, Step::Signature, "evidence-tampered"),
        (0x90, Step::Signature, "evidence-tampered"),
        (0x2a0, Step::Signature, "evidence-tampered"),
        // Another chip, or other firmware, than the VCEK is for.
        (0x1a0, Step::Endorsement, "collateral-missing"),
        (0x180, Step::Endorsement, "collateral-missing"),
    ] {
        let mut altered = report();
        altered[position] ^= 1;
        refused(appraise(&altered, &policy()), step, code);
    }
    for length in [0, 1183] {
        refused(
            appraise(&report()[..length], &policy()),
            Step::Decode,
            "evidence-malformed",
        );
    }
}

#[test]
fn another_root_endorses_nothing_here() {
    refused(
        appraise_under(TURIN, &[VCEK], &report(), &policy(), NOW),
        Step::Endorsement,
        "untrusted-attester",
    );
    let mut forged = VCEK.to_vec();
    let last = forged.len() - 1;
    forged[last] ^= 1;
    refused(
        appraise_under(MILAN, &[&forged], &report(), &policy(), NOW),
        Step::Endorsement,
        "untrusted-attester",
    );
    refused(
        appraise_under(MILAN, &[], &report(), &policy(), NOW),
        Step::Endorsement,
        "collateral-missing",
    );
}

#[test]
fn certificates_have_their_time() {
    for now in [0, 4_000_000_000] {
        refused(
            appraise_under(MILAN, &[VCEK], &report(), &policy(), UnixSeconds(now)),
            Step::Time,
            "endorsement-outside-validity",
        );
    }
}

#[test]
fn security_versions_have_a_floor() {
    let seen = appraise(&report(), &policy()).unwrap();
    let floor = seen.claims().standing.tcb_components.clone();
    let mut demanding = policy();
    demanding.tcb.minimum = floor.clone();
    assert!(appraise(&report(), &demanding).is_ok());
    for component in floor.keys() {
        let mut demanding = demanding.clone();
        *demanding.tcb.minimum.get_mut(component).unwrap() += 1;
        refused(appraise(&report(), &demanding), Step::Tcb, "tcb-below");
    }
    // A report says no state, so a policy that wants one is not met.
    demanding.tcb.status = Some([rats::TcbStatus::UpToDate].into());
    refused(appraise(&report(), &demanding), Step::Tcb, "tcb-status");
}
