//! ServerHello, RFC 8446 section 4.1.3.

use super::{Decoded, Reader, WireError, extensions, handshake};
use crate::octets::Octets;

const KEY_SHARE: u16 = 51;

/// The random value that makes a ServerHello a HelloRetryRequest: SHA-256 of
/// "HelloRetryRequest", RFC 8446 section 4.1.3.
const HELLO_RETRY_REQUEST: [u8; 32] = [
    0xCF, 0x21, 0xAD, 0x74, 0xE5, 0x9A, 0x61, 0x11, 0xBE, 0x1D, 0x8C, 0x02, 0x1E, 0x65, 0xB8, 0x91,
    0xC2, 0xA2, 0x11, 0x16, 0x7A, 0xBB, 0x8C, 0x5E, 0x07, 0x9E, 0x09, 0xE2, 0xC8, 0xA8, 0x33, 0x9C,
];

pub(super) fn decode(octets: &Octets) -> Result<Decoded, WireError> {
    let mut body = handshake(octets, 2)?;
    let mut decoded = Decoded::of(octets);
    decoded.part("legacy_version", body.take(2, "legacy_version")?);
    let at = body.position();
    let random = body.take(32, "random")?;
    if random == HELLO_RETRY_REQUEST {
        return Err(WireError::at(
            at,
            "a HelloRetryRequest, which no model here has",
        ));
    }
    decoded.field("random", random);
    let echo = body.vector8("legacy_session_id_echo")?;
    decoded.part("legacy_session_id_echo", echo.rest());
    decoded.part("cipher_suite", body.take(2, "cipher_suite")?);
    let compression = body.take(1, "legacy_compression_method")?;
    decoded.part("legacy_compression_method", compression);
    let at = body.position();
    for (code, data) in extensions(&mut body, "ServerHello.extensions")? {
        if code == KEY_SHARE {
            let mut share = Reader::new(data);
            decoded.part("key_share_group", share.take(2, "group")?);
            decoded.field("key_share", share.vector16("key_exchange")?.rest());
            share.end("key_share extension")?;
        } else {
            decoded.coded("extension", code, data);
        }
    }
    body.end("ServerHello")?;
    if decoded.get("key_share").is_none() {
        return Err(WireError::at(at, "ServerHello has no key_share extension"));
    }
    Ok(decoded)
}

#[cfg(test)]
mod tests {
    use super::HELLO_RETRY_REQUEST;
    use crate::crypto::Hash;

    #[test]
    fn the_special_random_is_what_the_rfc_says_it_is() {
        assert_eq!(
            *Hash::Sha256.digest(b"HelloRetryRequest"),
            HELLO_RETRY_REQUEST
        );
    }
}
