//! X.509 certificates signed with RSASSA-PSS (RFC 5280; RFC 4055 section 3),
//! which the library that makes the others does not sign with.

use rats::AttestError;
use ring::rand::SystemRandom;
use ring::signature::{KeyPair, RSA_PSS_SHA384, RsaKeyPair};

use super::{Tcb, failed};
use crate::der::{
    BIT_STRING, BOOLEAN, GENERALIZED_TIME, INTEGER, NULL, OBJECT_IDENTIFIER, OCTET_STRING, SET,
    UTF8_STRING, context, item, sequence, unsigned,
};

const COMMON_NAME: &[u8] = &[0x55, 4, 3];
const BASIC_CONSTRAINTS: &[u8] = &[0x55, 0x1d, 0x13];
/// 1.2.840.113549.1.1, and below it rsaEncryption, MGF1, RSASSA-PSS.
const PKCS1: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1];
const SHA384: &[u8] = &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 2];
/// id-ecPublicKey and secp384r1, RFC 5480.
const EC_PUBLIC_KEY: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1];
const SECP384R1: &[u8] = &[0x2b, 0x81, 4, 0, 0x22];
/// 1.3.6.1.4.1.3704.1; below it 3 for security versions, 4 for the chip.
const AMD: &[u8] = &[0x2b, 6, 1, 4, 1, 0x9c, 0x78, 1];

const NOT_BEFORE: &[u8] = b"20240101000000Z";
const NOT_AFTER: &[u8] = b"20990101000000Z";

/// Whom a certificate is about.
pub(super) struct Subject {
    name: &'static str,
    /// SubjectPublicKeyInfo.
    key: Vec<u8>,
    extensions: Vec<Vec<u8>>,
}

/// Who signs it.
pub(super) struct Signer<'s> {
    pub(super) name: &'static str,
    pub(super) key: &'s RsaKeyPair,
}

impl Subject {
    pub(super) fn authority(name: &'static str, key: &RsaKeyPair) -> Self {
        let may_sign = sequence(&[item(BOOLEAN, &[0xff])]);
        let is_critical = item(BOOLEAN, &[0xff]);
        Self {
            name,
            key: public_key(&rsa_encryption(), key.public_key().as_ref()),
            extensions: vec![sequence(&[
                identifier(BASIC_CONSTRAINTS),
                is_critical,
                item(OCTET_STRING, &may_sign),
            ])],
        }
    }

    /// `point` in SEC 1; `id` as reports have it.
    pub(super) fn chip(point: &[u8], id: &[u8], tcb: Tcb) -> Self {
        let extension = |below: &[u8], content: &[u8]| {
            let name = identifier(&[AMD, below].concat());
            sequence(&[name, item(OCTET_STRING, content)])
        };
        let curve = sequence(&[identifier(EC_PUBLIC_KEY), identifier(SECP384R1)]);
        Self {
            name: "Laboratory VCEK",
            key: public_key(&curve, point),
            extensions: vec![
                extension(&[3, 1], &unsigned(tcb.bootloader)),
                extension(&[3, 2], &unsigned(tcb.tee)),
                extension(&[3, 3], &unsigned(tcb.snp)),
                extension(&[3, 8], &unsigned(tcb.microcode)),
                extension(&[4], id),
            ],
        }
    }
}

impl Signer<'_> {
    pub(super) fn certify(&self, subject: &Subject) -> Result<Vec<u8>, AttestError> {
        let validity = [NOT_BEFORE, NOT_AFTER].map(|time| item(GENERALIZED_TIME, time));
        let to_be_signed = sequence(&[
            item(context(0), &item(INTEGER, &[2])), // version 3
            item(INTEGER, &[1]),
            rsassa_pss(),
            name(self.name),
            sequence(&validity),
            name(subject.name),
            subject.key.clone(),
            item(context(3), &sequence(&subject.extensions)),
        ]);
        let mut signature = vec![0; self.key.public().modulus_len()];
        let random = SystemRandom::new();
        self.key
            .sign(&RSA_PSS_SHA384, &random, &to_be_signed, &mut signature)
            .map_err(failed)?;
        Ok(sequence(&[to_be_signed, rsassa_pss(), bits(&signature)]))
    }
}

fn name(common: &str) -> Vec<u8> {
    let attribute = sequence(&[
        identifier(COMMON_NAME),
        item(UTF8_STRING, common.as_bytes()),
    ]);
    sequence(&[item(SET, &attribute)])
}

/// SHA-384, MGF1 with SHA-384, and a salt of as many octets.
fn rsassa_pss() -> Vec<u8> {
    let hash = sequence(&[identifier(SHA384), item(NULL, &[])]);
    let mask = sequence(&[identifier(&[PKCS1, &[8]].concat()), hash.clone()]);
    sequence(&[
        identifier(&[PKCS1, &[10]].concat()),
        sequence(&[
            item(context(0), &hash),
            item(context(1), &mask),
            item(context(2), &unsigned(48)),
        ]),
    ])
}

fn rsa_encryption() -> Vec<u8> {
    sequence(&[identifier(&[PKCS1, &[1]].concat()), item(NULL, &[])])
}

fn public_key(algorithm: &[u8], key: &[u8]) -> Vec<u8> {
    sequence(&[algorithm.to_vec(), bits(key)])
}

fn identifier(content: &[u8]) -> Vec<u8> {
    item(OBJECT_IDENTIFIER, content)
}

/// Whole octets.
fn bits(octets: &[u8]) -> Vec<u8> {
    item(BIT_STRING, &[&[0], octets].concat())
}
