//! The certificate_list of a Certificate message (RFC 8446 section 4.4.2) in
//! which X.509 carries Evidence: in the end entity's extension, or in that of a
//! certificate of its own behind the chain, but once.

use super::{Decoded, Reader, WireError, extensions, x509};
use crate::octets::Octets;

pub(super) fn decode(octets: &Octets) -> Result<Decoded, WireError> {
    let mut reader = Reader::new(octets);
    let mut list = reader.vector24("certificate_list")?;
    reader.end("certificate_list")?;
    let mut decoded = Decoded::of(octets);
    let mut evidence = Vec::new();
    let mut is_leaf = true;
    while !list.is_empty() {
        let certificate = list.vector24("cert_data")?.rest();
        for (code, data) in extensions(&mut list, "extensions of an entry")? {
            decoded.coded("entry extension", code, data);
        }
        let carried = x509::carried(certificate)?;
        if is_leaf {
            decoded.field("leaf", certificate);
        } else if carried.is_some() {
            x509::carrier(certificate, &mut decoded)?;
        } else {
            decoded.part("issuer certificate", certificate);
        }
        evidence.extend(carried);
        is_leaf = false;
    }
    if is_leaf {
        return Err(WireError::at(0, "the certificate list is empty"));
    }
    match <[x509::Carried; 1]>::try_from(evidence) {
        Ok([only]) => {
            decoded.field("evidence", only.evidence);
            decoded.part("evidence form", only.form);
        }
        Err(all) => {
            let count = all.len();
            return Err(WireError::at(
                0,
                format!("{count} certificates of the chain carry Evidence, one is wanted"),
            ));
        }
    }
    Ok(decoded)
}
