//! EncryptedExtensions, RFC 8446 section 4.3.1: parts only, since no model
//! here speaks of them.

use super::{Decoded, WireError, extensions, handshake};
use crate::octets::Octets;

pub(super) fn decode(octets: &Octets) -> Result<Decoded, WireError> {
    let mut body = handshake(octets, 8)?;
    let mut decoded = Decoded::of(octets);
    for (code, data) in extensions(&mut body, "EncryptedExtensions")? {
        decoded.coded("extension", code, data);
    }
    body.end("EncryptedExtensions")?;
    Ok(decoded)
}
