//! A certificate, RFC 5280 section 4.1, reduced to what models speak of: one DNS
//! name, the public key, the signature and what it signs; and Evidence in an
//! extension, of a certificate that vouches for itself by that alone.
//!
//! | Extension | Holds |
//! |---|---|
//! | 1.3.6.1.5.5.7.1.35, id-pe-cmw (RFC 9999) | DER: OCTET STRING with a CBOR wrapper, or UTF8String with a JSON one |
//! | 2.23.133.5.4.9 (TCG DICE, interoperable RA-TLS) | the CBOR wrapper itself |

use x509_cert::{
    Certificate,
    der::{
        Decode, Encode,
        asn1::{OctetStringRef, Utf8StringRef},
    },
    ext::pkix::{SubjectAltName, name::GeneralName},
};

use super::{Decoded, WireError};
use crate::{crypto::signature, octets::Octets};

/// id-ce-subjectAltName, RFC 5280 section 4.2.1.6.
const SUBJECT_ALT_NAME: &str = "2.5.29.17";
/// id-pe-cmw.
const CMW: &str = "1.3.6.1.5.5.7.1.35";
/// tcg-dice-TaggedEvidence.
const TAGGED_EVIDENCE: &str = "2.23.133.5.4.9";

/// Names of the parts outside every field.
struct Names {
    serial: &'static str,
    issuer: &'static str,
    validity: &'static str,
    subject: &'static str,
    extension: &'static str,
}

const OWN: Names = Names {
    serial: "serial number",
    issuer: "issuer",
    validity: "validity",
    subject: "subject name",
    extension: "extension",
};

const CARRIER: Names = Names {
    serial: "carrier serial number",
    issuer: "carrier issuer",
    validity: "carrier validity",
    subject: "carrier subject name",
    extension: "carrier extension",
};

/// A certificate that an authority signed. Evidence inside it is a part: the
/// message it came in says whether that is meant.
pub(super) fn decode(octets: &Octets) -> Result<Decoded, WireError> {
    let certificate = read(octets)?;
    let mut decoded = Decoded::of(octets);
    identified(&certificate, &mut decoded)?;
    decoded.field("signature", signature_of(&certificate)?);
    let tbs = certificate.tbs_certificate();
    let signed = tbs.to_der().map_err(|e| der(&e, "tbsCertificate"))?;
    decoded.field("tbs_certificate", signed);
    rest(&certificate, &OWN, &mut decoded)?;
    if let Some(carried) = evidence_in(&certificate)? {
        decoded.part("evidence", carried.evidence);
    }
    Ok(decoded)
}

/// A certificate that vouches for its key by Evidence: the signature, its own,
/// is a part.
pub(super) fn with_evidence(octets: &Octets) -> Result<Decoded, WireError> {
    let certificate = read(octets)?;
    let mut decoded = Decoded::of(octets);
    identified(&certificate, &mut decoded)?;
    match evidence_in(&certificate)? {
        Some(Carried { evidence, form }) => {
            decoded.field("evidence", evidence);
            decoded.part("evidence form", form);
        }
        None => return Err(WireError::at(0, "the certificate carries no Evidence")),
    }
    decoded.part("signature", signature_of(&certificate)?);
    rest(&certificate, &OWN, &mut decoded)?;
    Ok(decoded)
}

/// Evidence in a certificate's extension.
pub(super) struct Carried {
    pub(super) evidence: Vec<u8>,
    /// The extension's identifier, in dotted decimals: a profile chooses one.
    pub(super) form: &'static str,
}

/// The Evidence a certificate carries, if any.
pub(super) fn carried(octets: &[u8]) -> Result<Option<Carried>, WireError> {
    evidence_in(&read(octets)?)
}

/// A certificate that only carries Evidence: all the rest of it is parts.
pub(super) fn carrier(octets: &[u8], decoded: &mut Decoded) -> Result<(), WireError> {
    let certificate = read(octets)?;
    decoded.part("carrier subject", dns_name(&certificate)?);
    let key = certificate.tbs_certificate().subject_public_key_info();
    let key = key.to_der().map_err(|e| der(&e, "subjectPublicKeyInfo"))?;
    decoded.part("carrier key", key);
    decoded.part("carrier signature", signature_of(&certificate)?);
    rest(&certificate, &CARRIER, decoded)
}

fn read(octets: &[u8]) -> Result<Certificate, WireError> {
    let certificate = Certificate::from_der(octets).map_err(|e| der(&e, "certificate"))?;
    // DER has one encoding for each value; if this one differs, what was read
    // is not all there is.
    let again = certificate.to_der().map_err(|e| der(&e, "certificate"))?;
    if again != octets {
        return Err(WireError::at(0, "the certificate is not in DER"));
    }
    Ok(certificate)
}

fn identified(certificate: &Certificate, decoded: &mut Decoded) -> Result<(), WireError> {
    decoded.field("subject", dns_name(certificate)?);
    let key = certificate.tbs_certificate().subject_public_key_info();
    let key = key.to_der().map_err(|e| der(&e, "subjectPublicKeyInfo"))?;
    decoded.field("key", key);
    Ok(())
}

/// Scheme and signature, once for the same algorithm inside and outside.
fn signature_of(certificate: &Certificate) -> Result<Vec<u8>, WireError> {
    let algorithm = certificate.signature_algorithm();
    if algorithm != certificate.tbs_certificate().signature() {
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
    Ok([&scheme.to_be_bytes(), value].concat())
}

fn evidence_in(certificate: &Certificate) -> Result<Option<Carried>, WireError> {
    let mut found = None;
    let extensions = certificate.tbs_certificate().extensions();
    for extension in extensions.into_iter().flatten() {
        let content = extension.extn_value.as_bytes();
        let (form, evidence) = match extension.extn_id.to_string().as_str() {
            CMW => (CMW, wrapped(content)?),
            TAGGED_EVIDENCE => (TAGGED_EVIDENCE, content.to_vec()),
            _ => continue,
        };
        if found.replace(Carried { evidence, form }).is_some() {
            return Err(WireError::at(0, "the certificate carries Evidence twice"));
        }
    }
    Ok(found)
}

/// `CMW ::= CHOICE { json UTF8String, cbor OCTET STRING }`
fn wrapped(content: &[u8]) -> Result<Vec<u8>, WireError> {
    if let Ok(cbor) = <&OctetStringRef>::from_der(content) {
        return Ok(cbor.as_bytes().to_vec());
    }
    let json = Utf8StringRef::from_der(content).map_err(|e| der(&e, "CMW"))?;
    Ok(json.as_str().as_bytes().to_vec())
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
fn rest(certificate: &Certificate, names: &Names, decoded: &mut Decoded) -> Result<(), WireError> {
    let tbs = certificate.tbs_certificate();
    decoded.part(names.serial, tbs.serial_number().as_bytes());
    for (name, value) in [
        (names.issuer, tbs.issuer().to_der()),
        (names.validity, tbs.validity().to_der()),
        (names.subject, tbs.subject().to_der()),
    ] {
        decoded.part(name, value.map_err(|e| der(&e, name))?);
    }
    for extension in tbs.extensions().into_iter().flatten() {
        let oid = extension.extn_id.to_string();
        if [SUBJECT_ALT_NAME, CMW, TAGGED_EVIDENCE].contains(&oid.as_str()) {
            continue;
        }
        // The extensions of RFC 5280 are id-ce (2.5.29) and a number.
        let code = oid
            .strip_prefix("2.5.29.")
            .and_then(|number| number.parse::<u16>().ok());
        let Some(code) = code else {
            return Err(WireError::at(0, format!("certificate extension {oid}")));
        };
        decoded.coded(names.extension, code, extension.extn_value.as_bytes());
    }
    Ok(())
}

fn der(error: &x509_cert::der::Error, what: &str) -> WireError {
    let octet = error
        .position()
        .and_then(|at| usize::try_from(u32::from(at)).ok());
    WireError::at(octet.unwrap_or(0), format!("{what}: {error}"))
}
