//! COSE_Sign1, RFC 9052 sections 4.2 and 4.4, and the CBOR reading under it.
//!
//! CBOR is accepted only in the form it would be written in again, so that one
//! value has one encoding and no octet goes unread.

use ciborium::Value;

use super::WireError;
use crate::crypto::signature;

/// COSE_Sign1 without its optional tag.
pub(super) struct Sign1 {
    /// The protected header as a map.
    pub(super) protected: Vec<(Value, Value)>,
    /// The unprotected header as a map.
    pub(super) unprotected: Vec<(Value, Value)>,
    pub(super) payload: Vec<u8>,
    /// Scheme and signature.
    pub(super) signature: Vec<u8>,
    /// The Sig_structure with empty external_aad: what is signed.
    pub(super) signed: Vec<u8>,
}

const TAG_COSE_SIGN1: u64 = 18;
const HEADER_ALG: i128 = 1;

pub(super) fn sign1(octets: &[u8]) -> Result<Sign1, WireError> {
    let value = match cbor(octets, "COSE_Sign1")? {
        Value::Tag(TAG_COSE_SIGN1, inner) => *inner,
        other => other,
    };
    let Value::Array(members) = value else {
        return Err(WireError::at(0, "COSE_Sign1 is not an array"));
    };
    let [
        Value::Bytes(protected),
        Value::Map(unprotected),
        Value::Bytes(payload),
        Value::Bytes(raw),
    ] = members.as_slice()
    else {
        return Err(WireError::at(
            0,
            "COSE_Sign1 is not [protected, unprotected, payload, signature]",
        ));
    };
    let Value::Map(header) = cbor(protected, "protected header")? else {
        return Err(WireError::at(0, "the protected header is not a map"));
    };
    let algorithm = integer(&header, HEADER_ALG)
        .and_then(Value::as_integer)
        .map(i128::from)
        .ok_or_else(|| WireError::at(0, "the protected header names no algorithm"))?;
    let Some(signature) = signature::from_cose(algorithm, raw) else {
        let length = raw.len();
        return Err(WireError::at(
            0,
            format!("COSE algorithm {algorithm} with a signature of {length} octets"),
        ));
    };
    Ok(Sign1 {
        signed: sig_structure(protected, payload),
        protected: header,
        unprotected: unprotected.clone(),
        payload: payload.clone(),
        signature,
    })
}

/// `["Signature1", protected, h'', payload]`, RFC 9052 section 4.4.
fn sig_structure(protected: &[u8], payload: &[u8]) -> Vec<u8> {
    let mut octets = vec![0x84, 0x6a];
    octets.extend_from_slice(b"Signature1");
    for string in [protected, b"", payload] {
        byte_string(string, &mut octets);
    }
    octets
}

/// Major type 2 with the shortest length, RFC 8949 section 4.2.1.
fn byte_string(string: &[u8], octets: &mut Vec<u8>) {
    let length = string.len() as u64;
    match length {
        0..=23 => octets.push(0x40 | length as u8),
        24..=0xff => octets.extend([0x58, length as u8]),
        0x100..=0xffff => {
            octets.push(0x59);
            octets.extend((length as u16).to_be_bytes());
        }
        0x1_0000..=0xffff_ffff => {
            octets.push(0x5a);
            octets.extend((length as u32).to_be_bytes());
        }
        _ => {
            octets.push(0x5b);
            octets.extend(length.to_be_bytes());
        }
    }
    octets.extend_from_slice(string);
}

/// One CBOR item, all of the octets, nested at most 16 deep.
pub(super) fn cbor(octets: &[u8], what: &str) -> Result<Value, WireError> {
    let fault = |reason: String| WireError::at(0, format!("{what}: {reason}"));
    let value: Value = ciborium::de::from_reader_with_recursion_limit(octets, 16)
        .map_err(|error| fault(error.to_string()))?;
    let mut again = Vec::with_capacity(octets.len());
    ciborium::ser::into_writer(&value, &mut again).map_err(|error| fault(error.to_string()))?;
    if again != octets {
        return Err(fault(
            "not in the shortest form, or followed by more".into(),
        ));
    }
    Ok(value)
}

/// The value under an integer key.
pub(super) fn integer(map: &[(Value, Value)], key: i128) -> Option<&Value> {
    map.iter()
        .find(|(known, _)| known.as_integer().map(i128::from) == Some(key))
        .map(|(_, value)| value)
}

/// Refuses a map in which a key occurs twice.
pub(super) fn unique_keys(map: &[(Value, Value)], what: &str) -> Result<(), WireError> {
    for (place, (key, _)) in map.iter().enumerate() {
        if map.iter().skip(place + 1).any(|(other, _)| other == key) {
            return Err(WireError::at(0, format!("a key occurs twice in {what}")));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_byte_strings_take_the_shortest_form() {
        for (length, head) in [
            (0, "40"),
            (23, "57"),
            (24, "5818"),
            (255, "58ff"),
            (256, "590100"),
            (65536, "5a00010000"),
        ] {
            let mut octets = Vec::new();
            byte_string(&vec![7; length], &mut octets);
            assert_eq!(hex::encode(&octets[..octets.len() - length]), head);
        }
    }

    #[test]
    fn cbor_in_a_longer_form_is_refused() {
        assert!(cbor(&[0x18, 0x05], "five").is_err());
        assert!(cbor(&[0x05, 0x05], "five and more").is_err());
        assert_eq!(cbor(&[0x05], "five"), Ok(Value::from(5)));
    }
}
