//! ClientCertificateRequest, RFC 9261 section 4: handshake type 17, the body
//! of a CertificateRequest.

use super::{Decoded, WireError, extensions, handshake};

pub(super) fn decode(octets: &[u8]) -> Result<Decoded, WireError> {
    let mut body = handshake(octets, 17)?;
    let mut decoded = Decoded::default();
    let context = body.vector8("certificate_request_context")?;
    decoded.field("certificate_request_context", context.rest());
    for (code, data) in extensions(&mut body, "ClientCertificateRequest.extensions")? {
        decoded.coded("extension", code, data);
    }
    body.end("ClientCertificateRequest")?;
    Ok(decoded)
}
