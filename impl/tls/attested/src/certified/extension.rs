//! Where Evidence sits in an X.509 certificate: one of two extensions, neither
//! critical, since most verifiers of certificates know neither.
//!
//! | Form | Object identifier | extnValue holds |
//! |---|---|---|
//! | [`Form::Cmw`] | 1.3.6.1.5.5.7.1.35, id-pe-cmw (RFC 9999) | DER: OCTET STRING with a CBOR wrapper, or UTF8String with a JSON one |
//! | [`Form::TaggedEvidence`] | 2.23.133.5.4.9 (TCG DICE) | the CBOR wrapper itself |
//!
//! Evidence may sit in the end entity, or in a certificate behind it that only
//! carries it: public authorities sign no extension they do not know. Either
//! way it is bound to the end entity's key, and the whole chain is under the
//! peer's CertificateVerify. A chain holds Evidence exactly once.

use rcgen::CustomExtension;
use rustls::pki_types::CertificateDer;
use x509_cert::Certificate;
use x509_cert::der::asn1::{ObjectIdentifier, OctetStringRef, Utf8StringRef};
use x509_cert::der::{Decode, Encode};

use super::leaf::Validity;
use crate::error::{ApiMisuse, Error, PeerIncompatible, PeerMisbehaved};

const ID_PE_CMW: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.1.35");
const TCG_TAGGED_EVIDENCE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.23.133.5.4.9");

/// The extension that carries Evidence.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Form {
    /// id-pe-cmw, RFC 9999.
    #[default]
    Cmw,
    /// The extension of interoperable RA-TLS.
    TaggedEvidence,
}

impl Form {
    fn oid(self) -> ObjectIdentifier {
        match self {
            Self::Cmw => ID_PE_CMW,
            Self::TaggedEvidence => TCG_TAGGED_EVIDENCE,
        }
    }

    fn of(oid: ObjectIdentifier) -> Option<Self> {
        [Self::Cmw, Self::TaggedEvidence]
            .into_iter()
            .find(|form| form.oid() == oid)
    }
}

/// The extension with `cmw`, a wrapper in CBOR.
pub(crate) fn encode(form: Form, cmw: &[u8]) -> Result<CustomExtension, ApiMisuse> {
    let content = match form {
        Form::Cmw => OctetStringRef::new(cmw)
            .and_then(|octets| octets.to_der())
            .map_err(|error| ApiMisuse::CertificateIssue {
                reason: error.to_string(),
            })?,
        Form::TaggedEvidence => cmw.to_vec(),
    };
    let arcs: Vec<u64> = form.oid().arcs().map(u64::from).collect();
    Ok(CustomExtension::from_oid_content(&arcs, content))
}

/// Wrapped Evidence, and the validity of the certificate it came in.
#[derive(Clone, Debug)]
pub(crate) struct Carried {
    pub(crate) cmw: Vec<u8>,
    pub(crate) validity: Validity,
}

/// The one wrapper in `chain`, end entity first.
pub(crate) fn find(chain: &[&CertificateDer<'_>]) -> Result<Carried, Error> {
    let mut found = None;
    for (entry, der) in chain.iter().enumerate() {
        let malformed = |reason: String| PeerMisbehaved::CertificateMalformed { entry, reason };
        let certificate =
            Certificate::from_der(der).map_err(|error| malformed(error.to_string()))?;
        let extensions = certificate.tbs_certificate().extensions();
        for extension in extensions.into_iter().flatten() {
            let Some(form) = Form::of(extension.extn_id) else {
                continue;
            };
            let content = extension.extn_value.as_bytes();
            let cmw = match form {
                Form::Cmw => choice(content).map_err(|error| malformed(error.to_string()))?,
                Form::TaggedEvidence => content,
            };
            let carried = Carried {
                cmw: cmw.to_vec(),
                validity: Validity::of(&certificate),
            };
            if found.replace(carried).is_some() {
                return Err(PeerMisbehaved::EvidenceTwice.into());
            }
        }
    }
    found.ok_or_else(|| PeerIncompatible::NoEvidence.into())
}

/// `CMW ::= CHOICE { json UTF8String, cbor OCTET STRING }`
fn choice(content: &[u8]) -> Result<&[u8], x509_cert::der::Error> {
    match <&OctetStringRef>::from_der(content) {
        Ok(cbor) => Ok(cbor.as_bytes()),
        Err(_) => Ok(Utf8StringRef::from_der(content)?.as_str().as_bytes()),
    }
}
