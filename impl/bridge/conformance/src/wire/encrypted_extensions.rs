//! EncryptedExtensions, RFC 8446 section 4.3.1: parts only, since no model
//! here speaks of them.

use super::{Decoded, WireError, extensions, handshake};

pub(super) fn decode(octets: &[u8]) -> Result<Decoded, WireError> {
    let mut body = handshake(octets, 8)?;
    let mut decoded = Decoded::default();
    for (code, data) in extensions(&mut body, "EncryptedExtensions")? {
        decoded.coded("extension", code, data);
    }
    body.end("EncryptedExtensions")?;
    Ok(decoded)
}
