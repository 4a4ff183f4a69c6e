//! Evidence of the software Attester: an EAT (RFC 9711) in COSE_Sign1 in a
//! conceptual message wrapper (RFC 9999 section 3.1), record form in CBOR.
//!
//! The measurement is the whole measurements claim as it is encoded: the map
//! from registers to digests is one value to a model.

use ciborium::Value;

use super::{Decoded, Profile, WireError, cose};
use crate::octets::Octets;

/// eat_nonce, RFC 9711 section 4.1.
const EAT_NONCE: i128 = 10;
/// The indicator's bit for Evidence, RFC 9999 section 3.1.
const EVIDENCE_BIT: i128 = 4;

pub(super) fn decode(octets: &Octets, profile: &Profile) -> Result<Decoded, WireError> {
    let mut decoded = Decoded::of(octets);
    let wrapped = record(octets, &mut decoded)?;
    let sign1 = cose::sign1(&wrapped)?;
    let Value::Map(claims) = cose::cbor(&sign1.payload, "claims")? else {
        return Err(WireError::at(0, "the claims are not a map"));
    };
    cose::unique_keys(&claims, "the claims")?;
    cose::unique_keys(&sign1.protected, "the protected header")?;
    cose::unique_keys(&sign1.unprotected, "the unprotected header")?;

    let Some(Value::Bytes(nonce)) = cose::integer(&claims, EAT_NONCE) else {
        return Err(WireError::at(0, "the claims have no eat_nonce"));
    };
    let key = profile.measurement_claim.key;
    let Some(measurement) = cose::integer(&claims, i128::from(key)) else {
        return Err(WireError::at(
            0,
            format!("the claims have no measurement under key {key}"),
        ));
    };
    decoded.field("challenge", nonce.clone());
    decoded.field("measurement", encode(measurement)?);
    decoded.field("signature", sign1.signature);
    decoded.field("signed", sign1.signed);
    decoded.field("wrapped", wrapped);
    for (claim, value) in &claims {
        let known = claim.as_integer().map(i128::from);
        if known != Some(EAT_NONCE) && known != Some(i128::from(key)) {
            part("claim", claim, value, &mut decoded)?;
        }
    }
    for (label, value) in &sign1.protected {
        part("protected header", label, value, &mut decoded)?;
    }
    for (label, value) in &sign1.unprotected {
        part("unprotected header", label, value, &mut decoded)?;
    }
    Ok(decoded)
}

/// `[type, value, ? indicator]`.
fn record(octets: &[u8], decoded: &mut Decoded) -> Result<Vec<u8>, WireError> {
    let Value::Array(members) = cose::cbor(octets, "conceptual message")? else {
        return Err(WireError::at(0, "the conceptual message is not a record"));
    };
    let (kind, value) = match members.as_slice() {
        [kind, Value::Bytes(value)] => (kind, value),
        [kind, Value::Bytes(value), indicator] => {
            if indicator.as_integer().map(i128::from) != Some(EVIDENCE_BIT) {
                return Err(WireError::at(0, "the conceptual message is not Evidence"));
            }
            (kind, value)
        }
        _ => return Err(WireError::at(0, "the record is not [type, value, ? ind]")),
    };
    match kind {
        Value::Text(media_type) => decoded.part("media type", media_type.as_bytes()),
        Value::Integer(format) => match u16::try_from(i128::from(*format)) {
            Ok(format) => decoded.part("content format", format.to_be_bytes()),
            Err(_) => return Err(WireError::at(0, "the content format exceeds two octets")),
        },
        _ => {
            return Err(WireError::at(
                0,
                "the record's type is neither text nor number",
            ));
        }
    }
    Ok(value.clone())
}

/// A claim or header parameter no model speaks of, under its label.
fn part(
    name: &'static str,
    label: &Value,
    value: &Value,
    decoded: &mut Decoded,
) -> Result<(), WireError> {
    let octets = encode(value)?;
    let code = label.as_integer().map(i128::from).map(i64::try_from);
    match (code, label) {
        (Some(Ok(code)), _) => decoded.coded(name, code, octets),
        (None, Value::Text(text)) if text == "endorsement" => decoded.part("endorsement", octets),
        _ => {
            return Err(WireError::at(0, format!("a {name} under label {label:?}")));
        }
    }
    Ok(())
}

fn encode(value: &Value) -> Result<Vec<u8>, WireError> {
    let mut octets = Vec::new();
    ciborium::ser::into_writer(value, &mut octets)
        .map_err(|error| WireError::at(0, error.to_string()))?;
    Ok(octets)
}
