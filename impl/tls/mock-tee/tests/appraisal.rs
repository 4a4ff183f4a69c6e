//! One acceptance, and for every step of an appraisal a refusal at that step.

use std::{collections::BTreeSet, sync::Arc};

use mock_tee::{
    Root, Workload,
    forge::{Forger, Forgery, oracle},
    measure, verifier,
};
use rats::{
    Attester, Challenge, Claims, Evidence, EvidenceFormat, Expected, Hash, KeyHash, Policy,
    Refusal, Step, TrustAnchors, UnixSeconds, Verifier,
    claims::DebugStatus,
    cmw::{Encoding, MessageType},
    cose::{Content, Sign1},
    eat,
    format::Formats,
    media_type::MediaType,
    policy::KeyClaim,
    refusal::FormatFault,
};

const NOW: UnixSeconds = UnixSeconds(1_800_000_000);
const CODE: &[u8] = b"the program";
const KEY: &[u8] = b"the channel's public key";

fn root() -> Root {
    Root::from_seed([1; 32])
}

fn workload() -> Workload {
    root().machine(1).launch(CODE, KEY)
}

fn challenge() -> Challenge {
    Challenge::new([0x5a; 32]).unwrap()
}

fn expected() -> Expected {
    Expected {
        challenge: challenge(),
        key_hash: KeyHash::of(Hash::Sha256, KEY),
    }
}

fn policy() -> Policy {
    Policy::for_software(["program"])
}

fn evidence(attester: &impl Attester) -> Evidence {
    attester.attest(&challenge(), Hash::Sha256).unwrap()
}

/// Appraises through the wrapper, as peers' Evidence is.
fn appraise(attester: &impl Attester) -> Result<rats::Appraised, Refusal> {
    appraise_with(attester, &policy())
}

fn appraise_with(attester: &impl Attester, policy: &Policy) -> Result<rats::Appraised, Refusal> {
    let wrapper = evidence(attester).to_cmw(Encoding::CborRecord).unwrap();
    verifier(&root(), "program", CODE).appraise_cmw(&wrapper, &expected(), policy, NOW)
}

fn refused(result: Result<rats::Appraised, Refusal>, step: Step, code: &str) {
    let refusal = result.expect_err(code);
    assert_eq!((refusal.step(), refusal.code()), (step, code), "{refusal}");
}

#[test]
fn honest_evidence_is_accepted() {
    for encoding in [Encoding::CborRecord, Encoding::JsonRecord] {
        let wrapper = evidence(&workload()).to_cmw(encoding).unwrap();
        let appraised = verifier(&root(), "program", CODE)
            .appraise_cmw(&wrapper, &expected(), &policy(), NOW)
            .unwrap();
        let result = appraised.result();
        assert_eq!(result.software, "program");
        assert_eq!(result.machine, root().machine_id(1));
        assert_eq!(result.challenge, challenge());
        assert_eq!(result.policy_sha256, policy().sha256());
        assert_eq!(appraised.claims().measurements, measure(CODE));
    }
}

#[test]
fn both_suite_hashes_work() {
    let challenge = Challenge::new([0x5a; 48]).unwrap();
    let evidence = workload().attest(&challenge, Hash::Sha384).unwrap();
    let key_hash = KeyHash::of(Hash::Sha384, KEY);
    let expected = Expected {
        challenge,
        key_hash,
    };
    let appraised =
        verifier(&root(), "program", CODE).appraise(&evidence, &expected, &policy(), NOW);
    assert!(appraised.is_ok());
}

#[test]
fn the_same_seed_gives_the_same_octets() {
    assert_eq!(evidence(&workload()), evidence(&workload()));
    let another = Root::from_seed([2; 32]).machine(1).launch(CODE, KEY);
    assert_ne!(evidence(&workload()), evidence(&another));
}

#[test]
fn unsigned_tampered_and_wrongly_bound_fail_at_three_steps() {
    for (forgery, step, code) in [
        (Forgery::Unsigned, Step::Signed, "evidence-unsigned"),
        (Forgery::BareClaims, Step::Signed, "evidence-unsigned"),
        (Forgery::Tampered, Step::Signature, "evidence-tampered"),
        (Forgery::WronglyBound, Step::Binding, "wrongly-bound"),
    ] {
        let attester = workload();
        refused(appraise(&Forger { attester, forgery }), step, code);
    }
}

#[test]
fn another_root_is_not_trusted() {
    let stranger = Root::from_seed([2; 32]).machine(1).launch(CODE, KEY);
    refused(appraise(&stranger), Step::Endorsement, "untrusted-attester");

    let mut blind = verifier(&root(), "program", CODE);
    blind.anchors = TrustAnchors::default();
    let result = blind.appraise(&evidence(&workload()), &expected(), &policy(), NOW);
    refused(result, Step::Endorsement, "untrusted-attester");
}

/// Takes the Endorsement of one machine for the Evidence of another.
#[test]
fn an_endorsement_is_about_one_key() {
    let mine = evidence(&workload());
    let message = Sign1::decode(&mine.octets).unwrap();
    let other = evidence(&root().machine(2).launch(CODE, KEY));
    let other = Sign1::decode(&other.octets).unwrap();
    let swapped = Evidence {
        octets: message.endorsed(other.endorsement.unwrap()).encode(),
        ..mine
    };
    let result = verifier(&root(), "program", CODE).appraise(&swapped, &expected(), &policy(), NOW);
    refused(result, Step::Endorsement, "key-not-endorsed");
}

#[test]
fn an_altered_endorsement_is_refused() {
    let mine = evidence(&workload());
    let message = Sign1::decode(&mine.octets).unwrap();
    let mut endorsement = Sign1::decode(message.endorsement.as_deref().unwrap()).unwrap();
    *endorsement.content.payload.last_mut().unwrap() ^= 1;
    let altered = Evidence {
        octets: message.endorsed(endorsement.encode()).encode(),
        ..mine
    };
    let result = verifier(&root(), "program", CODE).appraise(&altered, &expected(), &policy(), NOW);
    refused(result, Step::Endorsement, "endorsement-altered");
}

#[test]
fn endorsements_end() {
    let (from, to) = (UnixSeconds(1000), UnixSeconds(2000));
    let workload = root().machine_valid(1, from, to).launch(CODE, KEY);
    let at = |now| {
        let evidence = evidence(&workload);
        verifier(&root(), "program", CODE).appraise(&evidence, &expected(), &policy(), now)
    };
    for now in [999, 2001] {
        refused(
            at(UnixSeconds(now)),
            Step::Time,
            "endorsement-outside-validity",
        );
    }
    assert!(at(from).is_ok() && at(to).is_ok());
}

#[test]
fn evidence_for_another_key_is_refused() {
    let other = root().machine(1).launch(CODE, b"another key");
    refused(appraise(&other), Step::Key, "foreign-key");
    let lenient = Policy {
        key_claim: KeyClaim::ImpliedByChallenge,
        ..policy()
    };
    refused(appraise_with(&other, &lenient), Step::Key, "foreign-key");
}

#[test]
fn machines_can_be_pinned() {
    let pinned = |number| Policy {
        machines: Some([root().machine_id(number)].into()),
        ..policy()
    };
    assert!(appraise_with(&workload(), &pinned(1)).is_ok());
    refused(
        appraise_with(&workload(), &pinned(2)),
        Step::Machine,
        "unknown-machine",
    );
}

#[test]
fn places_can_be_named() {
    let at = |place: &str| Policy {
        locations: Some([place.to_owned()].into()),
        ..policy()
    };
    let placed = root().machine_at(1, "gr-ath").launch(CODE, KEY);
    assert!(appraise_with(&placed, &at("gr-ath")).is_ok());
    for (attester, place) in [(&placed, "de-fra"), (&workload(), "gr-ath")] {
        let outcome = appraise_with(attester, &at(place));
        refused(outcome, Step::Machine, "unknown-location");
    }
}

/// What a format does not say is not there, and no clause is met by it.
#[test]
fn clauses_about_firmware_refuse_what_says_nothing_of_it() {
    let with = |change: fn(&mut Policy)| {
        let mut policy = policy();
        change(&mut policy);
        appraise_with(&workload(), &policy)
    };
    refused(
        with(|policy| policy.tcb.status = Some([rats::TcbStatus::UpToDate].into())),
        Step::Tcb,
        "tcb-status",
    );
    refused(
        with(|policy| policy.tcb.minimum = [("snp".to_owned(), 0)].into()),
        Step::Tcb,
        "tcb-below",
    );
    refused(
        with(|policy| policy.tcb.maximum_collateral_age = Some(u64::MAX)),
        Step::Tcb,
        "collateral-undated",
    );
}

#[test]
fn debugging_is_refused_unless_accepted() {
    let debuggable = workload().debuggable();
    refused(appraise(&debuggable), Step::Debug, "debuggable");
    let lenient = Policy {
        minimum_debug: DebugStatus::Enabled,
        ..policy()
    };
    assert!(appraise_with(&debuggable, &lenient).is_ok());
}

#[test]
fn software_must_be_known_and_acceptable() {
    let modified = root().machine(1).launch(b"another program", KEY);
    refused(
        appraise(&modified),
        Step::ReferenceValues,
        "unknown-measurements",
    );
    let other = Policy::for_software(["something else"]);
    refused(
        appraise_with(&workload(), &other),
        Step::ReferenceValues,
        "unacceptable-software",
    );
    let none = Policy::for_software(Vec::<String>::new());
    refused(
        appraise_with(&workload(), &none),
        Step::ReferenceValues,
        "unacceptable-software",
    );
}

#[test]
fn other_wrappers_and_formats_are_refused() {
    let verifier = verifier(&root(), "program", CODE);
    let appraise = |wrapper: &[u8]| verifier.appraise_cmw(wrapper, &expected(), &policy(), NOW);
    refused(appraise(b""), Step::Wrapper, "wrapper-refused");
    // The indicator of an Attestation Result.
    let result = [&b"\x83\x63a/b\x41\x00\x08"[..]].concat();
    refused(appraise(&result), Step::Wrapper, "wrapper-refused");
    refused(
        appraise(b"\x82\x63a/b\x41\x00"),
        Step::Format,
        "unknown-format",
    );
    refused(
        appraise(b"\x82\x19\x01\x07\x41\x00"),
        Step::Format,
        "unknown-format",
    );

    let honest = evidence(&workload());
    let plain = Evidence {
        message_type: MessageType::MediaType("application/eat+cwt".parse().unwrap()),
        ..honest
    };
    refused(
        verifier.appraise(&plain, &expected(), &policy(), NOW),
        Step::Format,
        "unknown-format",
    );
}

/// What an endorsed key signs is still read strictly.
#[test]
fn signed_nonsense_is_refused() {
    let sign = |payload: Vec<u8>| Signs(workload(), payload);
    let honest = Sign1::decode(&evidence(&workload()).octets)
        .unwrap()
        .content
        .payload;
    assert!(appraise(&sign(honest.clone())).is_ok());
    for payload in [
        Vec::new(),
        vec![0xa0],
        vec![0x80],
        vec![0xff],
        honest[1..].to_vec(),
    ] {
        refused(appraise(&sign(payload)), Step::Claims, "evidence-claims");
    }
    // One more claim than the profile has.
    let mut extended = honest;
    extended[0] += 1;
    extended.extend([0x3a, 0x00, 0x02, 0x00, 0x00, 0x00]);
    refused(appraise(&sign(extended)), Step::Claims, "evidence-claims");
}

/// Has a machine sign any payload at all, which an attesting environment never
/// does.
struct Signs(Workload, Vec<u8>);

impl Attester for Signs {
    fn attest(&self, challenge: &Challenge, hash: Hash) -> Result<Evidence, rats::AttestError> {
        let evidence = self.0.attest(challenge, hash)?;
        let honest = Sign1::decode(&evidence.octets).unwrap();
        let content = Content {
            payload: self.1.clone(),
            ..honest.content
        };
        let signature = oracle(self.0.machine(), &content.to_be_signed());
        let message = content
            .signed(signature)
            .endorsed(honest.endorsement.unwrap());
        Ok(Evidence {
            octets: message.encode(),
            ..evidence
        })
    }
}

/// No bit of the signed parts can change unnoticed, nor of anything around
/// them.
#[test]
fn every_changed_bit_is_refused() {
    let honest = evidence(&workload());
    let verifier = verifier(&root(), "program", CODE);
    let mut steps = BTreeSet::new();
    for position in 0..honest.octets.len() * 8 {
        let mut octets = honest.octets.clone();
        octets[position / 8] ^= 1 << (position % 8);
        let altered = Evidence {
            octets,
            ..honest.clone()
        };
        let refusal = verifier
            .appraise(&altered, &expected(), &policy(), NOW)
            .expect_err("a bit was changed");
        steps.insert(refusal.step());
    }
    assert_eq!(
        steps,
        [Step::Decode, Step::Endorsement, Step::Signature].into(),
        "changed bits are found before any claim is read"
    );
}

#[test]
fn every_prefix_is_refused() {
    let honest = evidence(&workload());
    let verifier = verifier(&root(), "program", CODE);
    for length in 0..honest.octets.len() {
        let octets = honest.octets[..length].to_vec();
        let cut = Evidence {
            octets,
            ..honest.clone()
        };
        refused(
            verifier.appraise(&cut, &expected(), &policy(), NOW),
            Step::Decode,
            "evidence-malformed",
        );
    }
}

/// A second format takes the same path, by content format as well.
#[derive(Debug)]
struct OneField {
    media_type: MediaType,
    key_hash: Option<KeyHash>,
}

impl EvidenceFormat for OneField {
    fn media_type(&self) -> &MediaType {
        &self.media_type
    }

    fn content_format(&self) -> Option<u16> {
        Some(64_999)
    }

    fn verify(
        &self,
        octets: &[u8],
        _: &TrustAnchors,
        _: UnixSeconds,
    ) -> Result<Claims, FormatFault> {
        Ok(Claims {
            challenge: octets.to_vec(),
            debug: DebugStatus::DisabledPermanently,
            key_hash: self.key_hash.clone(),
            machine: root().machine_id(1),
            measurements: measure(CODE),
            standing: rats::Standing::default(),
        })
    }
}

#[test]
fn other_formats_take_the_same_path() {
    let mut formats = Formats::new();
    let format = || {
        Arc::new(OneField {
            media_type: "application/vnd.example".parse().unwrap(),
            key_hash: None,
        })
    };
    formats.register(format()).unwrap();
    formats
        .register(Arc::new(eat::EatFormat::default()))
        .unwrap();
    assert!(formats.register(format()).is_err(), "one format per name");
    let verifier = Verifier {
        formats,
        ..verifier(&root(), "program", CODE)
    };
    let tagged = |field: &[u8]| {
        let octets = field.to_vec();
        let message_type = MessageType::ContentFormat(64_999);
        Evidence {
            message_type,
            octets,
        }
        .to_cmw(Encoding::CborTag)
        .unwrap()
    };
    let implied = Policy {
        key_claim: KeyClaim::ImpliedByChallenge,
        ..policy()
    };
    let appraise = |field: &[u8], policy: &Policy| {
        verifier.appraise_cmw(&tagged(field), &expected(), policy, NOW)
    };

    assert!(appraise(challenge().as_slice(), &implied).is_ok());
    refused(
        appraise(challenge().as_slice(), &policy()),
        Step::Key,
        "key-not-claimed",
    );
    // A field that merely starts with the challenge, or with part of it.
    for field in [&[0x5a; 33][..], &[0x5a; 31], &[0x5a; 65], &[0x5a]] {
        refused(appraise(field, &implied), Step::Binding, "wrongly-bound");
    }
    assert!(appraise_eat(&verifier).is_ok());
}

fn appraise_eat(verifier: &Verifier) -> Result<rats::Appraised, Refusal> {
    verifier.appraise(&evidence(&workload()), &expected(), &policy(), NOW)
}

proptest::proptest! {
    #[test]
    fn arbitrary_wrappers_are_refused(octets: Vec<u8>) {
        let verifier = verifier(&root(), "program", CODE);
        proptest::prop_assert!(
            verifier.appraise_cmw(&octets, &expected(), &policy(), NOW).is_err()
        );
    }

    /// Arbitrary octets where the Evidence should be.
    #[test]
    fn arbitrary_evidence_is_refused(octets: Vec<u8>) {
        let evidence = Evidence::new(eat::media_type(), octets);
        let verifier = verifier(&root(), "program", CODE);
        let refusal = verifier.appraise(&evidence, &expected(), &policy(), NOW);
        proptest::prop_assert!(refusal.is_err());
    }

    /// Several octets of an honest wrapper overwritten at once.
    #[test]
    fn scattered_damage_is_refused(
        damage in proptest::collection::vec((0_usize..10_000, 1_u8..), 1..6),
    ) {
        let honest = evidence(&workload()).to_cmw(Encoding::CborRecord).unwrap();
        let mut octets = honest.clone();
        for (position, mask) in damage {
            let position = position % octets.len();
            octets[position] ^= mask;
        }
        proptest::prop_assume!(octets != honest);
        let verifier = verifier(&root(), "program", CODE);
        if verifier.appraise_cmw(&octets, &expected(), &policy(), NOW).is_ok() {
            // Then only the spelling of the media type has changed.
            proptest::prop_assert_eq!(Evidence::from_cmw(&octets).unwrap(), evidence(&workload()));
        }
    }
}
