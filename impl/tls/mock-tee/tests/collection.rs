//! Evidence of several parts in one collection: all of it is appraised, and the
//! policy says which parts there must be.

use std::collections::{BTreeMap, BTreeSet};

use mock_tee::forge::{Forger, Forgery};
use mock_tee::{Root, Workload, measure};
use rats::cmw::collection::{Collection, Form, Item, Label};
use rats::cmw::{Encoding, Wrapped};
use rats::policy::CollectionTerms;
use rats::{
    Appraised, Attester, Challenge, Evidence, Expected, Hash, KeyHash, Policy, Refusal, Step,
    UnixSeconds, Verifier,
};

const NOW: UnixSeconds = UnixSeconds(1_800_000_000);

fn root() -> Root {
    Root::from_seed([7; 32])
}

fn part(machine: u32, code: &[u8]) -> Workload {
    root().machine(machine).launch(code, b"the key")
}

fn challenge() -> Challenge {
    Challenge::new([1; 32]).expect("32 octets")
}

fn evidence(attester: &impl Attester) -> Evidence {
    attester
        .attest(&challenge(), Hash::Sha256)
        .expect("a laboratory")
}

fn verifier() -> Verifier {
    let mut verifier = mock_tee::verifier(&root(), "host", b"host");
    let values = &mut verifier.reference_values;
    values.add("card", measure(b"card")).expect("one register");
    verifier
}

fn policy() -> Policy {
    let part = |label: &str, name: &str| (label.to_owned(), BTreeSet::from([name.to_owned()]));
    Policy {
        collection: Some(CollectionTerms {
            required: [part("cpu", "host"), part("gpu", "card")].into(),
        }),
        ..Policy::for_software(["host"])
    }
}

fn wrapped(parts: &[(&str, Evidence)], form: Form) -> Vec<u8> {
    let encoding = match form {
        Form::Cbor => Encoding::CborRecord,
        Form::Json => Encoding::JsonRecord,
    };
    let item = |evidence: &Evidence| {
        let record = evidence.to_cmw(encoding).expect("small");
        Item::Message(Wrapped::decode(&record).expect("a record"), encoding)
    };
    let items: BTreeMap<_, _> = parts
        .iter()
        .map(|(label, evidence)| (Label::Text((*label).to_owned()), item(evidence)))
        .collect();
    let kind = None;
    Collection { kind, items }.encode(form).expect("small")
}

fn appraise_under(policy: &Policy, parts: &[(&str, Evidence)]) -> Result<Appraised, Refusal> {
    let expected = Expected {
        challenge: challenge(),
        key_hash: KeyHash::of(Hash::Sha256, b"the key"),
    };
    verifier().appraise_cmw(&wrapped(parts, Form::Cbor), &expected, policy, NOW)
}

fn appraise(parts: &[(&str, Evidence)]) -> Result<Appraised, Refusal> {
    appraise_under(&policy(), parts)
}

#[track_caller]
fn refused(outcome: Result<Appraised, Refusal>, step: Step, code: &str) {
    let refusal = outcome.expect_err("it was accepted");
    assert_eq!((refusal.step(), refusal.code()), (step, code), "{refusal}");
}

#[test]
fn every_part_is_appraised_and_the_demanded_ones_accepted() {
    let parts = [
        ("cpu", evidence(&part(1, b"host"))),
        ("gpu", evidence(&part(2, b"card"))),
        ("nic", evidence(&part(3, b"something else"))),
    ];
    let appraised = appraise(&parts).expect("both are there");
    assert_eq!(appraised.result().software, "host");
    assert_eq!(appraised.result().policy_sha256, policy().sha256());
    let others = appraised.others();
    let gpu = others["gpu"].as_ref().expect("accepted");
    assert_eq!(gpu.result().software, "card");
    let nic = others["nic"].as_ref().expect_err("unknown");
    assert_eq!(nic.code(), "unknown-measurements");
    assert_eq!(others.len(), 2);

    let expected = Expected {
        challenge: challenge(),
        key_hash: KeyHash::of(Hash::Sha256, b"the key"),
    };
    let json = wrapped(&parts, Form::Json);
    let appraised = verifier().appraise_cmw(&json, &expected, &policy(), NOW);
    assert_eq!(appraised.expect("as in CBOR").others().len(), 2);
}

#[test]
fn a_part_that_is_missing_or_refused_refuses_the_whole() {
    let cpu = || ("cpu", evidence(&part(1, b"host")));
    refused(appraise(&[cpu()]), Step::Wrapper, "item-missing");
    for (forgery, step, code) in [
        (Forgery::Unsigned, Step::Signed, "evidence-unsigned"),
        (Forgery::Tampered, Step::Signature, "evidence-tampered"),
        (Forgery::WronglyBound, Step::Binding, "wrongly-bound"),
    ] {
        let attester = part(2, b"card");
        let gpu = evidence(&Forger { attester, forgery });
        refused(appraise(&[cpu(), ("gpu", gpu)]), step, code);
    }
}

/// The host's Evidence under the card's label is no Evidence of the card.
#[test]
fn one_part_cannot_stand_in_for_another() {
    let host = || evidence(&part(1, b"host"));
    let outcome = appraise(&[("cpu", host()), ("gpu", host())]);
    refused(outcome, Step::ReferenceValues, "unacceptable-software");
}

#[test]
fn collections_are_taken_only_where_the_policy_says_so() {
    let parts = [
        ("cpu", evidence(&part(1, b"host"))),
        ("gpu", evidence(&part(2, b"card"))),
    ];
    let plain = Policy::for_software(["host", "card"]);
    let outcome = appraise_under(&plain, &parts);
    refused(outcome, Step::Wrapper, "wrapper-refused");
    let demands_nothing = Policy {
        collection: Some(CollectionTerms::default()),
        ..plain
    };
    let outcome = appraise_under(&demands_nothing, &parts);
    refused(outcome, Step::Wrapper, "item-missing");
}

/// Where a policy wants several, one alone is not enough.
#[test]
fn one_message_alone_is_no_collection() {
    let expected = Expected {
        challenge: challenge(),
        key_hash: KeyHash::of(Hash::Sha256, b"the key"),
    };
    let alone = evidence(&part(1, b"host")).to_cmw(Encoding::CborRecord);
    let outcome = verifier().appraise_cmw(&alone.expect("small"), &expected, &policy(), NOW);
    refused(outcome, Step::Wrapper, "item-missing");
}
