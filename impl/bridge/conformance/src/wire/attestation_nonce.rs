//! The nonce that a ClientHello carries for the placement during the
//! handshake, in either of two extensions: the profile of the endpoint under
//! judgement, which no specification has.
//!
//! ```text
//! certificate_authorities (47)   a Name: O=attested-tls nonce, CN=<64 hex digits>
//! ALPN (16)                      a protocol: atls:v1:nonce:<64 hex digits>
//! ```

use x509_cert::{
    der::{Decode, asn1::Utf8StringRef},
    name::Name,
};

use super::{Decoded, Reader, WireError};
use crate::octets::Octets;

const ORGANIZATION: &str = "2.5.4.10";
const COMMON_NAME: &str = "2.5.4.3";
const MARK: &str = "attested-tls nonce";
const PROTOCOL: &[u8] = b"atls:v1:nonce:";

/// Whether an extension of a ClientHello carries a nonce.
pub(super) fn is_nonce(code: u16, data: &[u8]) -> bool {
    match code {
        47 => names(data).is_ok_and(|names| names.iter().any(|name| digits_of(name).is_some())),
        16 => protocols(data)
            .is_ok_and(|all| all.iter().any(|protocol| protocol.starts_with(PROTOCOL))),
        _ => false,
    }
}

/// Takes the data of either extension apart.
pub(super) fn decode(octets: &Octets) -> Result<Decoded, WireError> {
    let mut decoded = Decoded::of(octets);
    let mut digits = Vec::new();
    // Lists of the one kind never read as lists of the other: a Name begins
    // with a length of two octets and SEQUENCE, a protocol with one octet.
    if let Ok(all) = protocols(octets)
        && all.iter().any(|protocol| protocol.starts_with(PROTOCOL))
    {
        for protocol in all {
            match protocol.strip_prefix(PROTOCOL) {
                Some(found) => digits.push(found.to_vec()),
                None => decoded.part("protocol", protocol),
            }
        }
    } else {
        for name in names(octets)? {
            match digits_of(name) {
                Some(found) => digits.push(found),
                None => decoded.part("distinguished name", name),
            }
        }
    }
    let [only] = digits.as_slice() else {
        let count = digits.len();
        return Err(WireError::at(0, format!("{count} nonces, one is wanted")));
    };
    let lower = only
        .iter()
        .all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'));
    let nonce = hex::decode(only).ok().filter(|_| lower);
    match nonce {
        Some(nonce) if nonce.len() == 32 => decoded.field("nonce", nonce),
        _ => {
            return Err(WireError::at(
                0,
                "the nonce is not 64 lower-case hex digits",
            ));
        }
    }
    Ok(decoded)
}

/// ProtocolNameList, RFC 7301 section 3.1.
fn protocols(data: &[u8]) -> Result<Vec<&[u8]>, WireError> {
    let mut reader = Reader::new(data);
    let mut list = reader.vector16("ProtocolNameList")?;
    reader.end("ProtocolNameList")?;
    let mut all = Vec::new();
    while !list.is_empty() {
        all.push(list.vector8("ProtocolName")?.rest());
    }
    Ok(all)
}

/// CertificateAuthoritiesExtension, RFC 8446 section 4.2.4.
fn names(data: &[u8]) -> Result<Vec<&[u8]>, WireError> {
    let mut reader = Reader::new(data);
    let mut list = reader.vector16("authorities")?;
    reader.end("authorities")?;
    let mut all = Vec::new();
    while !list.is_empty() {
        all.push(list.vector16("DistinguishedName")?.rest());
    }
    Ok(all)
}

/// The common name, of a name with our mark as organization and nothing else.
fn digits_of(name: &[u8]) -> Option<Vec<u8>> {
    let name = Name::from_der(name).ok()?;
    let mut attributes = name.iter();
    let (first, second) = (attributes.next()?, attributes.next()?);
    if attributes.next().is_some() {
        return None;
    }
    let text = |value: &x509_cert::attr::AttributeValue| -> Option<Vec<u8>> {
        let text = value.decode_as::<Utf8StringRef<'_>>().ok()?;
        Some(text.as_str().as_bytes().to_vec())
    };
    let marked = first.oid.to_string() == ORGANIZATION
        && text(&first.value).as_deref() == Some(MARK.as_bytes())
        && second.oid.to_string() == COMMON_NAME;
    marked.then(|| text(&second.value)).flatten()
}
