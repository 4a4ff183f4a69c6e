//! Certificates, as far as a model has them: a name, a key, Evidence.

use rcgen::{CustomExtension, SubjectPublicKeyInfo};
use x509_cert::Certificate;
use x509_cert::der::asn1::{OctetString, OctetStringRef};
use x509_cert::der::oid::ObjectIdentifier;
use x509_cert::der::{Decode as _, Encode as _};

use super::value::Unfit;
use crate::laboratory::{Unsigned, leaf_params};

/// id-pe-cmw, RFC 9999.
const ID_PE_CMW: [u64; 9] = [1, 3, 6, 1, 5, 5, 7, 1, 35];
const COMMON_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.3");
const CMW: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.1.35");

fn cannot(why: impl ToString) -> Unfit {
    Unfit::new("a certificate", why.to_string())
}

/// A certificate nobody signed, with wrapped Evidence in it or without.
pub fn unsigned(name: &str, spki: &[u8], cmw: Option<&[u8]>) -> Result<Vec<u8>, Unfit> {
    let mut params = leaf_params(name)?;
    if let Some(cmw) = cmw {
        let content = OctetString::new(cmw).and_then(|s| s.to_der());
        let content = content.map_err(cannot)?;
        params.custom_extensions = vec![CustomExtension::from_oid_content(&ID_PE_CMW, content)];
    }
    let key = Unsigned(SubjectPublicKeyInfo::from_der(spki).map_err(cannot)?);
    let certificate = params.self_signed(&key).map_err(cannot)?;
    Ok(certificate.der().to_vec())
}

/// What a certificate says.
pub struct Said {
    pub name: String,
    pub spki: Vec<u8>,
    pub cmw: Option<Vec<u8>>,
}

/// Reads a certificate.
pub fn read(der: &[u8]) -> Result<Said, Unfit> {
    let certificate = Certificate::from_der(der).map_err(cannot)?;
    let tbs = certificate.tbs_certificate();
    let name = tbs
        .subject()
        .iter()
        .find(|attribute| attribute.oid == COMMON_NAME)
        .map(|attribute| String::from_utf8_lossy(attribute.value.value()).into_owned())
        .unwrap_or_default();
    let cmw = tbs
        .extensions()
        .into_iter()
        .flatten()
        .find(|extension| extension.extn_id == CMW)
        .and_then(|extension| {
            let content = <&OctetStringRef>::from_der(extension.extn_value.as_bytes()).ok()?;
            Some(content.as_bytes().to_vec())
        });
    Ok(Said {
        name,
        spki: tbs.subject_public_key_info().to_der().map_err(cannot)?,
        cmw,
    })
}
