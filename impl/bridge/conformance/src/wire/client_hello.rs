//! ClientHello, RFC 8446 section 4.1.2, with the one key share of section
//! 4.2.8 that a full handshake without HelloRetryRequest uses.

use super::{Decoded, Reader, WireError, attestation_nonce, extensions, handshake};
use crate::octets::Octets;

const KEY_SHARE: u16 = 51;

pub(super) fn decode(octets: &Octets) -> Result<Decoded, WireError> {
    let mut body = handshake(octets, 1)?;
    let mut decoded = Decoded::of(octets);
    decoded.part("legacy_version", body.take(2, "legacy_version")?);
    decoded.field("random", body.take(32, "random")?);
    let session = body.vector8("legacy_session_id")?;
    decoded.part("legacy_session_id", session.rest());
    decoded.part("cipher_suites", body.vector16("cipher_suites")?.rest());
    let compression = body.vector8("legacy_compression_methods")?;
    decoded.part("legacy_compression_methods", compression.rest());
    let at = body.position();
    let mut request = None;
    for (code, data) in extensions(&mut body, "ClientHello.extensions")? {
        if code == KEY_SHARE {
            key_share(data, &mut decoded)?;
        } else if attestation_nonce::is_nonce(code, data) {
            if request.replace(data).is_some() {
                return Err(WireError::at(at, "two extensions carry a nonce"));
            }
        } else {
            decoded.coded("extension", code, data);
        }
    }
    body.end("ClientHello")?;
    decoded.field("attestation_request", request.unwrap_or_default());
    if decoded.get("key_share").is_none() {
        return Err(WireError::at(at, "ClientHello has no key_share extension"));
    }
    Ok(decoded)
}

/// Exactly one share: with several, which one a model's single share denotes
/// would be decided later, by the server.
fn key_share(data: &[u8], decoded: &mut Decoded) -> Result<(), WireError> {
    let mut reader = Reader::new(data);
    let mut shares = reader.vector16("client_shares")?;
    reader.end("key_share extension")?;
    decoded.part("key_share_group", shares.take(2, "group")?);
    decoded.field("key_share", shares.vector16("key_exchange")?.rest());
    shares.end("only key share")
}
