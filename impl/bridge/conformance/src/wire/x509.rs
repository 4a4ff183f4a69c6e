//! An end-entity certificate, RFC 5280 section 4.1, reduced to what models
//! speak of: one DNS name, the public key, the signature and what it signs.

use x509_cert::{
    Certificate,
    der::{Decode, Encode},
    ext::pkix::{SubjectAltName, name::GeneralName},
};

use super::{Decoded, WireError};
use crate::crypto::signature;

/// id-ce-subjectAltName, RFC 5280 section 4.2.1.6.
const SUBJECT_ALT_NAME: &str = "2.5.29.17";

pub(super) fn decode(octets: &[u8]) -> Result<Decoded, WireError> {
    let certificate = Certificate::from_der(octets).map_err(|e| der(&e, "certificate"))?;
    let tbs = certificate.tbs_certificate();
    let mut decoded = Decoded::default();
    decoded.field("subject", dns_name(&certificate)?);
    let key = tbs.subject_public_key_info().to_der();
    decoded.field("key", key.map_err(|e| der(&e, "subjectPublicKeyInfo"))?);

    let algorithm = certificate.signature_algorithm();
    if algorithm != tbs.signature() {
        return Err(WireError::at(
            0,
            "signatureAlgorithm differs from the algorithm inside the TBSCertificate",
        ));
    }
    let Some(scheme) = signature::scheme_of_x509(&algorithm.oid.to_string()) else {
        let oid = algorithm.oid;
        return Err(WireError::at(0, format!("signature algorithm {oid}")));
    };
    let Some(value) = certificate.signature().as_bytes() else {
        return Err(WireError::at(0, "signatureValue is not whole octets"));
    };
    let scheme = scheme.to_be_bytes();
    decoded.field("signature", [scheme.as_slice(), value].concat());

    let signed = tbs.to_der().map_err(|e| der(&e, "tbsCertificate"))?;
    rest(&certificate, &mut decoded)?;
    decoded.field("tbs_certificate", signed);

    // DER has one encoding for each value; if this one differs, what was read
    // is not all there is.
    let again = certificate.to_der().map_err(|e| der(&e, "certificate"))?;
    if again != octets {
        return Err(WireError::at(0, "the certificate is not in DER"));
    }
    Ok(decoded)
}

fn dns_name(certificate: &Certificate) -> Result<Vec<u8>, WireError> {
    let found = certificate
        .tbs_certificate()
        .get_extension::<SubjectAltName>()
        .map_err(|e| der(&e, "subjectAltName"))?;
    let Some((_, SubjectAltName(names))) = found else {
        return Err(WireError::at(0, "the certificate has no subjectAltName"));
    };
    match names.as_slice() {
        [GeneralName::DnsName(name)] => Ok(name.as_str().as_bytes().to_vec()),
        _ => Err(WireError::at(
            0,
            "subjectAltName is not exactly one DNS name, so it is not one name of a model",
        )),
    }
}

/// What the model has no term for.
fn rest(certificate: &Certificate, decoded: &mut Decoded) -> Result<(), WireError> {
    let tbs = certificate.tbs_certificate();
    decoded.part("serial number", tbs.serial_number().as_bytes());
    for (name, value) in [
        ("issuer", tbs.issuer().to_der()),
        ("validity", tbs.validity().to_der()),
        ("subject name", tbs.subject().to_der()),
    ] {
        decoded.part(name, value.map_err(|e| der(&e, name))?);
    }
    for extension in tbs.extensions().into_iter().flatten() {
        let oid = extension.extn_id.to_string();
        if oid == SUBJECT_ALT_NAME {
            continue;
        }
        // The extensions of RFC 5280 are id-ce (2.5.29) and a number.
        let code = oid
            .strip_prefix("2.5.29.")
            .and_then(|number| number.parse::<u16>().ok());
        let Some(code) = code else {
            return Err(WireError::at(0, format!("certificate extension {oid}")));
        };
        decoded.coded("extension", code, extension.extn_value.as_bytes());
    }
    Ok(())
}

fn der(error: &x509_cert::der::Error, what: &str) -> WireError {
    let octet = error
        .position()
        .and_then(|at| usize::try_from(u32::from(at)).ok());
    WireError::at(octet.unwrap_or(0), format!("{what}: {error}"))
}
