//! Certificate, RFC 8446 section 4.4.2, in the handshake and, with the
//! `cmw_attestation` extension of draft-fossati-seat-expat-03 section 4, in an
//! authenticator (RFC 9261 section 5.2.1).

use super::{Decoded, Profile, Reader, WireError, extensions, handshake};
use crate::octets::Octets;

pub(super) fn decode(octets: &Octets, profile: &Profile) -> Result<Decoded, WireError> {
    let mut body = handshake(octets, 11)?;
    let mut decoded = Decoded::of(octets);
    let context = body.vector8("certificate_request_context")?;
    decoded.field("certificate_request_context", context.rest());
    let mut list = body.vector24("certificate_list")?;
    body.end("Certificate")?;
    if list.is_empty() {
        return Err(WireError::at(
            list.position(),
            "the certificate list is empty",
        ));
    }
    decoded.field("leaf", list.vector24("cert_data")?.rest());
    for (code, data) in extensions(&mut list, "extensions of the leaf's entry")? {
        if code == profile.cmw_attestation {
            let mut inner = Reader::new(data);
            decoded.field("cmw_data", inner.vector16("cmw_data")?.rest());
            inner.end("CMWAttestation")?;
        } else {
            decoded.coded("extension", code, data);
        }
    }
    while !list.is_empty() {
        decoded.part("issuer certificate", list.vector24("cert_data")?.rest());
        for (code, data) in extensions(&mut list, "extensions of an issuer's entry")? {
            decoded.coded("issuer extension", code, data);
        }
    }
    Ok(decoded)
}
