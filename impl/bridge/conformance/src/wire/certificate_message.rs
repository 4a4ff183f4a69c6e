//! Certificate, RFC 8446 section 4.4.2, with its list in one piece for a model
//! that takes the list apart by itself.

use super::{Decoded, WireError, handshake};
use crate::octets::Octets;

pub(super) fn decode(octets: &Octets) -> Result<Decoded, WireError> {
    let mut body = handshake(octets, 11)?;
    let mut decoded = Decoded::of(octets);
    let context = body.vector8("certificate_request_context")?;
    decoded.field("certificate_request_context", context.rest());
    decoded.field("certificate_list", body.rest());
    Ok(decoded)
}
