//! Authenticator requests, RFC 9261 section 4: a client's is a
//! ClientCertificateRequest (handshake type 17), a server's a CertificateRequest
//! (type 13, RFC 8446 section 4.3.2); the bodies are alike.

use super::{Decoded, WireError, extensions, handshake};
use crate::octets::Octets;

pub(super) fn decode(octets: &Octets, handshake_type: u8) -> Result<Decoded, WireError> {
    let mut body = handshake(octets, handshake_type)?;
    let mut decoded = Decoded::of(octets);
    let context = body.vector8("certificate_request_context")?;
    decoded.field("certificate_request_context", context.rest());
    for (code, data) in extensions(&mut body, "CertificateRequest.extensions")? {
        decoded.coded("extension", code, data);
    }
    body.end("CertificateRequest")?;
    Ok(decoded)
}
