//! CertificateVerify, RFC 8446 section 4.4.3.
//!
//! The field `signature` is scheme and signature together, the form in which
//! every signature is held here (see [`crate::crypto::signature`]).

use super::{Decoded, WireError, handshake};
use crate::octets::Octets;

pub(super) fn decode(octets: &Octets) -> Result<Decoded, WireError> {
    let mut body = handshake(octets, 15)?;
    let scheme = body.take(2, "algorithm")?;
    let signature = body.vector16("signature")?.rest();
    body.end("CertificateVerify")?;
    let mut decoded = Decoded::of(octets);
    decoded.field("signature", [scheme, signature].concat());
    Ok(decoded)
}
