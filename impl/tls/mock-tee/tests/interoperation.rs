//! The Evidence as other people's code reads it: COSE, CBOR and Ed25519 by
//! libraries the rest of this crate does not use.

use coset::{CoseSign1, TaggedCborSerializable, iana};
use ed25519_dalek::{Signature, VerifyingKey};
use mock_tee::Root;
use rats::{Attester, Challenge, Hash, KeyHash};

fn verify(message: &CoseSign1, key: &[u8]) {
    let key = VerifyingKey::from_bytes(key.try_into().unwrap()).unwrap();
    message
        .verify_signature(b"", |signature, signed| {
            key.verify_strict(signed, &Signature::from_slice(signature).unwrap())
        })
        .unwrap();
    let algorithm = iana::Algorithm::EdDSA;
    assert_eq!(
        message.protected.header.alg,
        Some(coset::RegisteredLabelWithPrivate::Assigned(algorithm))
    );
}

fn claims(message: &CoseSign1) -> Vec<(i64, ciborium::Value)> {
    let claims: ciborium::Value =
        ciborium::from_reader(message.payload.as_deref().unwrap()).unwrap();
    let label = |label: ciborium::Value| i64::try_from(label.as_integer().unwrap()).unwrap();
    let entries = claims.into_map().unwrap().into_iter();
    entries.map(|(key, value)| (label(key), value)).collect()
}

#[test]
fn token_and_endorsement_are_plain_cose_and_cwt() {
    let root = Root::from_seed([1; 32]);
    let machine = root.machine(1);
    let evidence = machine
        .launch(b"code", b"key")
        .attest(&Challenge::new([0x5a; 32]).unwrap(), Hash::Sha384)
        .unwrap();

    let token = CoseSign1::from_tagged_slice(&evidence.octets).unwrap();
    verify(&token, machine.attestation_key().as_slice());
    let bytes = |octets: &[u8]| ciborium::Value::Bytes(octets.to_vec());
    assert_eq!(
        claims(&token),
        [
            (10, bytes(&[0x5a; 32])),
            (263, 3.into()),
            (265, rats::eat::PROFILE.into()),
            (
                -70_001,
                ciborium::Value::Map(vec![("code".into(), bytes(&Hash::Sha256.digest(b"code")),)])
            ),
            (-70_002, bytes(KeyHash::of(Hash::Sha384, b"key").as_slice())),
        ]
    );

    let [(name, endorsement)] = &token.unprotected.rest[..] else {
        panic!("one unprotected header");
    };
    assert_eq!(*name, coset::Label::Text("endorsement".into()));
    let endorsement = CoseSign1::from_tagged_slice(endorsement.as_bytes().unwrap()).unwrap();
    verify(&endorsement, root.trust_anchor().key.as_slice());
    let labels: Vec<_> = claims(&endorsement)
        .into_iter()
        .map(|(label, _)| label)
        .collect();
    assert_eq!(labels, [4, 5, 8, 256, 265]);
}

#[test]
fn keys_are_ordinary_subject_public_key_infos() {
    let key = Root::from_seed([1; 32]).trust_anchor().key;
    let spki = key.subject_public_key_info();
    // SEQUENCE { SEQUENCE { OID 1.3.101.112 }, BIT STRING of 32 octets }
    assert_eq!(
        spki[..12],
        *b"\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00"
    );
    assert_eq!(spki[12..], *key.as_slice());
}
