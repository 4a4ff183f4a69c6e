//! Chips under a root of our own, through the verifier of real ones: each
//! refusal at its step.

use std::sync::Arc;

use mock_tee::snp::{Chip, Guest, Root, Tcb};
use platform::snp::SnpFormat;
use rats::claims::DebugStatus;
use rats::policy::KeyClaim;
use rats::refusal::Step;
use rats::{
    Appraised, Attester as _, Challenge, Evidence, Expected, Formats, Hash, KeyHash, Policy,
    ReferenceValues, Refusal, TrustAnchors, UnixSeconds, Verifier,
};

const CODE: &[u8] = b"the program";
/// 2026-07-01.
const NOW: UnixSeconds = UnixSeconds(1_782_864_000);

fn root() -> Root {
    Root::from_seed([7; 32]).expect("a root")
}

fn chip(number: u32) -> Chip {
    root().chip(number, Tcb::CURRENT).expect("a chip")
}

fn challenge() -> Challenge {
    Challenge::new([0xab; 48]).expect("48 octets")
}

fn report(guest: &Guest) -> Evidence {
    guest
        .attest(&challenge(), Hash::Sha384)
        .expect("a laboratory")
}

/// Knows chip 1 and the program.
fn verifier() -> Verifier {
    verifier_with(&[chip(1).vcek()])
}

fn verifier_with(veks: &[&[u8]]) -> Verifier {
    let root = root();
    let format = SnpFormat::new(root.ark(), root.ask(), veks.iter().copied());
    let mut formats = Formats::new();
    formats
        .register(Arc::new(format.expect("well-formed")))
        .expect("the first");
    let mut reference_values = ReferenceValues::new();
    let value = chip(1).launch(CODE).measurements();
    reference_values.add("guest", value).expect("one register");
    Verifier {
        formats,
        anchors: TrustAnchors::default(),
        reference_values,
    }
}

fn policy() -> Policy {
    Policy {
        key_claim: KeyClaim::ImpliedByChallenge,
        ..Policy::for_software(["guest"])
    }
}

fn appraise_by(verifier: &Verifier, evidence: &Evidence) -> Result<Appraised, Refusal> {
    let expected = Expected {
        challenge: challenge(),
        key_hash: KeyHash::of(Hash::Sha384, b"a key"),
    };
    verifier.appraise(evidence, &expected, &policy(), NOW)
}

fn appraise(evidence: &Evidence) -> Result<Appraised, Refusal> {
    appraise_by(&verifier(), evidence)
}

#[track_caller]
fn refused(outcome: Result<Appraised, Refusal>, step: Step, code: &str) {
    let refusal = outcome.expect_err("it was accepted");
    assert_eq!((refusal.step(), refusal.code()), (step, code), "{refusal}");
}

#[test]
fn a_good_report_is_accepted() {
    let appraised = appraise(&report(&chip(1).launch(CODE))).expect("good");
    let claims = appraised.claims();
    assert_eq!(claims.debug, DebugStatus::DisabledFullyAndPermanently);
    assert_eq!(claims.machine.0, chip(1).id());
    assert_eq!(appraised.result().software, "guest");
    let versions = &claims.standing.tcb_components;
    let seen = ["bootloader", "tee", "snp", "microcode"].map(|name| versions[name]);
    let Tcb {
        bootloader,
        tee,
        snp,
        microcode,
    } = Tcb::CURRENT;
    assert_eq!(seen, [bootloader, tee, snp, microcode].map(u64::from));
}

#[test]
fn reports_are_the_same_each_time() {
    let again = || report(&chip(1).launch(CODE));
    assert_eq!(again(), again());
}

/// Nothing that is signed can change, and neither can the signature.
#[test]
fn a_tampered_report_is_refused_whatever_octet_it_is() {
    let verifier = verifier();
    let honest = report(&chip(1).launch(CODE));
    for at in (0..honest.octets.len()).step_by(13) {
        let mut altered = honest.clone();
        altered.octets[at] ^= 0x10;
        let refusal = appraise_by(&verifier, &altered).expect_err("it was accepted");
        assert!(
            matches!(
                refusal.step(),
                Step::Decode | Step::Endorsement | Step::Signature
            ),
            "octet {at}: {refusal}"
        );
    }
    let mut altered = honest.clone();
    altered.octets[0x90] ^= 1;
    let outcome = appraise_by(&verifier, &altered);
    refused(outcome, Step::Signature, "evidence-tampered");
    let mut unsigned = honest;
    unsigned.octets[0x2a0..].fill(0);
    let outcome = appraise_by(&verifier, &unsigned);
    refused(outcome, Step::Signature, "evidence-tampered");
}

#[test]
fn a_wrongly_bound_report_is_refused() {
    let other = Challenge::new([0xac; 48]).expect("48 octets");
    let bound = chip(1).launch(CODE).attest(&other, Hash::Sha384);
    let outcome = appraise(&bound.expect("a laboratory"));
    refused(outcome, Step::Binding, "wrongly-bound");
    // The whole field counts, not as much of it as the challenge has.
    let longer = [challenge().as_slice(), &[1; 16]].concat();
    let longer = Challenge::new(longer).expect("64 octets");
    let bound = chip(1).launch(CODE).attest(&longer, Hash::Sha384);
    let outcome = appraise(&bound.expect("a laboratory"));
    refused(outcome, Step::Binding, "wrongly-bound");
}

/// A key is for one set of security versions; one that signs for others is not
/// the key of those, whether they are better or worse.
#[test]
fn a_report_of_other_security_versions_than_its_keys_is_refused() {
    for tcb in [
        Tcb {
            microcode: Tcb::CURRENT.microcode + 1,
            ..Tcb::CURRENT
        },
        Tcb {
            bootloader: Tcb::CURRENT.bootloader - 1,
            ..Tcb::CURRENT
        },
    ] {
        let lying = chip(1).claiming(tcb).launch(CODE);
        let outcome = appraise(&report(&lying));
        refused(outcome, Step::Endorsement, "collateral-missing");
        // With the certificate for those versions at hand, whose key did not
        // sign.
        let claimed = root().chip(1, tcb).expect("a chip");
        let verifier = verifier_with(&[chip(1).vcek(), claimed.vcek()]);
        let outcome = appraise_by(&verifier, &report(&lying));
        refused(outcome, Step::Signature, "evidence-tampered");
        // And signed under that key, by firmware of those versions.
        let outcome = appraise_by(&verifier, &report(&claimed.launch(CODE)));
        assert!(outcome.is_ok());
    }
}

#[test]
fn older_firmware_than_the_policy_wants_is_refused() {
    let mut demanding = policy();
    let floor = u64::from(Tcb::CURRENT.snp) + 1;
    demanding.tcb.minimum = [("snp".to_owned(), floor)].into();
    let expected = Expected {
        challenge: challenge(),
        key_hash: KeyHash::of(Hash::Sha384, b"a key"),
    };
    let evidence = report(&chip(1).launch(CODE));
    let outcome = verifier().appraise(&evidence, &expected, &demanding, NOW);
    refused(outcome, Step::Tcb, "tcb-below");
}

#[test]
fn other_chips_programs_and_debuggable_guests_are_refused() {
    let outcome = appraise(&report(&chip(2).launch(CODE)));
    refused(outcome, Step::Endorsement, "collateral-missing");
    let outcome = appraise(&report(&chip(1).launch(b"another program")));
    refused(outcome, Step::ReferenceValues, "unknown-measurements");
    let outcome = appraise(&report(&chip(1).launch(CODE).debuggable()));
    refused(outcome, Step::Debug, "debuggable");
}

/// AMD's certificates do not make this chip one of AMD's.
#[test]
fn another_root_endorses_nothing_here() {
    let ark = include_bytes!("../testdata/ark_milan.der");
    let ask = include_bytes!("../testdata/ask_milan.der");
    let chip = chip(1);
    let format = SnpFormat::new(ark, ask, [chip.vcek()]).expect("well-formed");
    let mut formats = Formats::new();
    formats.register(Arc::new(format)).expect("the first");
    let verifier = Verifier {
        formats,
        ..verifier()
    };
    let outcome = appraise_by(&verifier, &report(&chip.launch(CODE)));
    refused(outcome, Step::Endorsement, "untrusted-attester");
}
