//! Quotes of real platforms, and quotes under a root of our own: both through
//! the one path, each refusal at its step.

use std::sync::Arc;

use mock_tee::tdx::{Root, Shape};
use platform::collateral::Collateral;
use platform::tdx::TdxFormat;
use rats::claims::{DebugStatus, MachineId, Measurements};
use rats::policy::{KeyClaim, TcbTerms};
use rats::refusal::Step;
use rats::{
    Appraised, Attester, Challenge, Evidence, Expected, Formats, Hash, KeyHash, Policy,
    ReferenceValues, Refusal, TcbStatus, TrustAnchors, UnixSeconds, Verifier,
};

const QUOTE: &[u8] = include_bytes!("../testdata/tdx_quote.bin");
const COLLATERAL: &[u8] = include_bytes!("../testdata/tdx_quote_collateral.json");
const OUTDATED: &[u8] = include_bytes!("../testdata/tdx_quote_outdated.bin");
const OUTDATED_COLLATERAL: &[u8] = include_bytes!("../testdata/tdx_quote_outdated_collateral.json");
const TD15EX: &[u8] = include_bytes!("../testdata/tdx_quote_td15ex.bin");
const TD15EX_COLLATERAL: &[u8] = include_bytes!("../testdata/tdx_quote_td15ex_collateral.json");

/// 2025-07-01, 2026-03-01 and 2026-10-20, at midnight.
const IN_2025: UnixSeconds = UnixSeconds(1_751_328_000);
const IN_MARCH_2026: UnixSeconds = UnixSeconds(1_772_323_200);
const IN_OCTOBER_2026: UnixSeconds = UnixSeconds(1_792_454_400);

/// Where quotes of version 4 have their report, and it its fields.
const REPORT: usize = 48;
const MR_TD: usize = REPORT + 136;
const REPORT_DATA: usize = REPORT + 520;

fn verifier(format: TdxFormat, mr_td: &[u8]) -> Verifier {
    let mut formats = Formats::new();
    formats.register(Arc::new(format)).unwrap();
    let mut reference_values = ReferenceValues::new();
    let value = Measurements([("mrtd".to_owned(), mr_td.to_vec())].into());
    reference_values.add("td", value).unwrap();
    Verifier {
        formats,
        anchors: TrustAnchors::default(),
        reference_values,
    }
}

fn policy() -> Policy {
    Policy {
        key_claim: KeyClaim::ImpliedByChallenge,
        ..Policy::for_software(["td"])
    }
}

fn expected(challenge: &[u8]) -> Expected {
    Expected {
        challenge: Challenge::new(challenge).unwrap(),
        key_hash: KeyHash::of(Hash::Sha256, b"a key"),
    }
}

/// A quote of a real platform, with what it says as expectation.
fn real(
    quote: &[u8],
    collateral: &[u8],
    policy: &Policy,
    now: UnixSeconds,
) -> Result<Appraised, Refusal> {
    let format = TdxFormat::new([Collateral::from_json(collateral).unwrap()]);
    let verifier = verifier(format, &QUOTE[MR_TD..MR_TD + 48]);
    let evidence = Evidence::new(platform::tdx::media_type(), quote.to_vec());
    let said = expected(&QUOTE[REPORT_DATA..REPORT_DATA + 64]);
    verifier.appraise(&evidence, &said, policy, now)
}

#[track_caller]
fn refused(outcome: Result<Appraised, Refusal>, step: Step, code: &str) {
    let refusal = outcome.expect_err("it was accepted");
    assert_eq!((refusal.step(), refusal.code()), (step, code), "{refusal}");
}

#[test]
fn a_quote_of_a_real_platform_is_accepted_in_its_time() {
    let appraised = real(QUOTE, COLLATERAL, &policy(), IN_2025).unwrap();
    let claims = appraised.claims();
    assert_eq!(claims.challenge, &QUOTE[REPORT_DATA..REPORT_DATA + 64]);
    assert_eq!(claims.debug, DebugStatus::DisabledFullyAndPermanently);
    assert_eq!(claims.machine.0.len(), 16);
    assert_eq!(claims.standing.tcb_status, Some(TcbStatus::UpToDate));
    // 2025-06-19T10:16:03Z
    assert_eq!(
        claims.standing.collateral_issued,
        Some(UnixSeconds(1_750_328_163))
    );
    assert_eq!(claims.key_hash, None);
}

#[test]
fn the_challenge_is_compared_as_for_any_evidence() {
    let format = TdxFormat::new([Collateral::from_json(COLLATERAL).unwrap()]);
    let verifier = verifier(format, &QUOTE[MR_TD..MR_TD + 48]);
    let evidence = Evidence::new(platform::tdx::media_type(), QUOTE.to_vec());
    let appraise =
        |challenge: &[u8]| verifier.appraise(&evidence, &expected(challenge), &policy(), IN_2025);
    let signed = &QUOTE[REPORT_DATA..REPORT_DATA + 64];
    assert!(appraise(signed).is_ok());
    refused(appraise(&[7; 32]), Step::Binding, "wrongly-bound");
    refused(appraise(&signed[..32]), Step::Binding, "wrongly-bound");
    refused(
        real(QUOTE, COLLATERAL, &Policy::for_software(["td"]), IN_2025),
        Step::Key,
        "key-not-claimed",
    );
}

#[test]
fn collateral_out_of_its_time_is_refused() {
    for now in [0, 1_700_000_000, IN_OCTOBER_2026.0, 4_000_000_000] {
        refused(
            real(QUOTE, COLLATERAL, &policy(), UnixSeconds(now)),
            Step::Time,
            "collateral-outside-validity",
        );
    }
}

#[test]
fn firmware_below_every_level_is_refused() {
    let policy = Policy {
        tcb: TcbTerms {
            status: Some([TcbStatus::OutOfDate].into()),
            ..TcbTerms::default()
        },
        ..policy()
    };
    refused(
        real(OUTDATED, OUTDATED_COLLATERAL, &policy, IN_MARCH_2026),
        Step::Endorsement,
        "platform-refused",
    );
}

#[test]
fn a_newer_report_is_read_too() {
    // Everything about it verifies; it is another TD's.
    refused(
        real(TD15EX, TD15EX_COLLATERAL, &policy(), IN_OCTOBER_2026),
        Step::Binding,
        "wrongly-bound",
    );
    refused(
        real(TD15EX, TD15EX_COLLATERAL, &policy(), IN_2025),
        Step::Time,
        "collateral-outside-validity",
    );
}

#[test]
fn collateral_of_other_platforms_is_none() {
    refused(
        real(QUOTE, OUTDATED_COLLATERAL, &policy(), IN_2025),
        Step::Endorsement,
        "collateral-missing",
    );
}

#[test]
fn altered_quotes_are_refused() {
    for (position, step, code) in [
        (MR_TD, Step::Signature, "evidence-tampered"),
        (REPORT_DATA, Step::Signature, "evidence-tampered"),
        // The attestation key, which the Quoting Enclave's report is about.
        (636 + 64, Step::Endorsement, "key-not-endorsed"),
        // The Quoting Enclave's report, which the PCK has signed.
        (770, Step::Endorsement, "key-not-endorsed"),
    ] {
        let mut quote = QUOTE.to_vec();
        quote[position] ^= 1;
        refused(real(&quote, COLLATERAL, &policy(), IN_2025), step, code);
    }
    for length in [0, 1, 47, 600, 700, 2000] {
        refused(
            real(&QUOTE[..length], COLLATERAL, &policy(), IN_2025),
            Step::Decode,
            "evidence-malformed",
        );
    }
}

#[test]
fn altered_collateral_is_refused() {
    let text = std::str::from_utf8(COLLATERAL).unwrap();
    for (from, to, code) in [
        // Makes old firmware look new.
        ("OutOfDate", "UpToDate ", "collateral-altered"),
        (
            "\\\"pcesvn\\\":11",
            "\\\"pcesvn\\\":10",
            "collateral-altered",
        ),
        (
            "\\\"isvprodid\\\":2",
            "\\\"isvprodid\\\":3",
            "collateral-altered",
        ),
    ] {
        let altered = text.replacen(from, to.trim_end(), 1);
        assert_ne!(altered, text, "{from}");
        refused(
            real(QUOTE, altered.as_bytes(), &policy(), IN_2025),
            Step::Endorsement,
            code,
        );
    }
}

#[test]
fn a_real_quote_is_nothing_under_another_root() {
    let root = Root::from_seed([1; 32]).unwrap();
    let collateral = Collateral::from_json(COLLATERAL).unwrap();
    let format = TdxFormat::with_root(root.certificate(), [collateral]);
    let verifier = verifier(format, &QUOTE[MR_TD..MR_TD + 48]);
    let evidence = Evidence::new(platform::tdx::media_type(), QUOTE.to_vec());
    let outcome = verifier.appraise(&evidence, &expected(&[7; 32]), &policy(), IN_2025);
    assert_eq!(outcome.unwrap_err().step(), Step::Endorsement);
}

/// A laboratory's platform.
struct Laboratory {
    root: Root,
    shape: Shape,
    policy: Policy,
}

fn laboratory() -> Laboratory {
    Laboratory {
        root: Root::from_seed([7; 32]).unwrap(),
        shape: Shape::up_to_date("2025-06-20T00:00:00Z", "2025-07-20T00:00:00Z"),
        policy: policy(),
    }
}

impl Laboratory {
    /// Evidence of `workload` over what is expected, through the real verifier.
    fn appraise(&self, workload: &mock_tee::tdx::Workload) -> Result<Appraised, Refusal> {
        let expected = expected(&[0x5a; 32]);
        let evidence = workload.attest(&expected.challenge, Hash::Sha256).unwrap();
        self.verifier()
            .appraise(&evidence, &expected, &self.policy, IN_2025)
    }

    fn verifier(&self) -> Verifier {
        let collateral = self.root.collateral(&self.shape).unwrap();
        let collateral = Collateral::from_json(&collateral).unwrap();
        let format = TdxFormat::with_root(self.root.certificate(), [collateral]);
        verifier(format, &self.workload().measurements().0["mrtd"])
    }

    fn workload(&self) -> mock_tee::tdx::Workload {
        self.root.platform(1).unwrap().launch(b"the program")
    }
}

#[test]
fn a_laboratory_quote_takes_the_real_path() {
    let laboratory = laboratory();
    let appraised = laboratory.appraise(&laboratory.workload()).unwrap();
    assert_eq!(appraised.result().software, "td");
    assert_eq!(
        appraised.claims().challenge,
        Challenge::new([0x5a; 32]).unwrap().padded()
    );
    let again = laboratory
        .workload()
        .attest(&Challenge::new([1; 48]).unwrap(), Hash::Sha384);
    assert_eq!(
        laboratory
            .workload()
            .attest(&Challenge::new([1; 48]).unwrap(), Hash::Sha384),
        again,
        "the seed decides every octet"
    );
}

#[test]
fn another_laboratorys_root_is_another() {
    let other = Root::from_seed([8; 32]).unwrap();
    let workload = other.platform(1).unwrap().launch(b"the program");
    let outcome = laboratory().appraise(&workload);
    assert_eq!(outcome.unwrap_err().step(), Step::Endorsement);
}

#[test]
fn each_clause_of_a_policy_is_held_against_the_platform() {
    let honest = laboratory();
    let workload = honest.workload();

    refused(
        honest.appraise(&workload.clone().debuggable()),
        Step::Debug,
        "debuggable",
    );
    refused(
        honest.appraise(&honest.root.platform(1).unwrap().launch(b"another program")),
        Step::ReferenceValues,
        "unknown-measurements",
    );

    let mut outdated = laboratory();
    outdated.shape.status = "OutOfDate".to_owned();
    refused(outdated.appraise(&workload), Step::Tcb, "tcb-status");
    outdated.policy.tcb.status = Some([TcbStatus::OutOfDate].into());
    assert!(outdated.appraise(&workload).is_ok());

    let mut revoked = laboratory();
    revoked.shape.status = "Revoked".to_owned();
    refused(
        revoked.appraise(&workload),
        Step::Endorsement,
        "platform-refused",
    );

    let mut advised = laboratory();
    advised.shape.advisories = vec!["INTEL-SA-00001".to_owned()];
    assert!(advised.appraise(&workload).is_ok());
    advised.policy.tcb.rejected_advisories = ["INTEL-SA-00001".to_owned()].into();
    refused(advised.appraise(&workload), Step::Tcb, "advisory");

    let mut demanding = laboratory();
    demanding.policy.tcb.minimum = [("pcesvn".to_owned(), 11)].into();
    assert!(demanding.appraise(&workload).is_ok());
    demanding.policy.tcb.minimum = [("pcesvn".to_owned(), 12)].into();
    refused(demanding.appraise(&workload), Step::Tcb, "tcb-below");
    demanding.policy.tcb.minimum = [("microcode".to_owned(), 0)].into();
    refused(demanding.appraise(&workload), Step::Tcb, "tcb-below");

    // From 20 June to 1 July: eleven days.
    let mut aging = laboratory();
    aging.policy.tcb.maximum_collateral_age = Some(11 * 86_400);
    assert!(aging.appraise(&workload).is_ok());
    aging.policy.tcb.maximum_collateral_age = Some(11 * 86_400 - 1);
    refused(aging.appraise(&workload), Step::Tcb, "collateral-too-old");

    let mut pinned = laboratory();
    let machine = honest.appraise(&workload).unwrap().result().machine.clone();
    pinned.policy.machines = Some([machine].into());
    assert!(pinned.appraise(&workload).is_ok());
    pinned.policy.machines = Some([MachineId(vec![0; 16])].into());
    refused(pinned.appraise(&workload), Step::Machine, "unknown-machine");

    let mut located = laboratory();
    located.policy.locations = Some(["gr-ath".to_owned()].into());
    refused(
        located.appraise(&workload),
        Step::Machine,
        "unknown-location",
    );
}
