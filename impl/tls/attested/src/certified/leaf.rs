//! What is read of a certificate: its key and its validity.
//!
//! Reading is not believing. The key counts once CertificateVerify has
//! verified under it, the validity once a signature that covers it has.

use std::collections::BTreeSet;

use rats::UnixSeconds;
use rats::policy::PeerName;
use rustls::pki_types::CertificateDer;
use rustls::server::ParsedCertificate;
use x509_cert::Certificate;
use x509_cert::der::Decode;
use x509_cert::ext::pkix::SubjectAltName;
use x509_cert::ext::pkix::name::GeneralName;

use crate::error::{CertificateRefusal, PeerMisbehaved};

/// An end-entity certificate's key and validity.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Leaf {
    spki: Vec<u8>,
    validity: Validity,
    names: BTreeSet<PeerName>,
}

/// From when to when a certificate is valid, both included (RFC 5280 section
/// 4.1.2.5).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Validity {
    pub not_before: UnixSeconds,
    pub not_after: UnixSeconds,
}

impl Leaf {
    pub(crate) fn read(der: &CertificateDer<'_>) -> Result<Self, PeerMisbehaved> {
        let malformed = |reason: String| PeerMisbehaved::CertificateMalformed { entry: 0, reason };
        // As rustls reads it, whose verification of signatures uses this key.
        let spki = ParsedCertificate::try_from(der)
            .map_err(|error| malformed(error.to_string()))?
            .subject_public_key_info();
        let certificate =
            Certificate::from_der(der).map_err(|error| malformed(error.to_string()))?;
        Ok(Self {
            spki: spki.to_vec(),
            validity: Validity::of(&certificate),
            names: names_of(&certificate),
        })
    }

    /// DER of the SubjectPublicKeyInfo, as in the certificate.
    pub fn spki(&self) -> &[u8] {
        &self.spki
    }

    pub fn validity(&self) -> Validity {
        self.validity
    }

    /// As [`names`].
    pub(crate) fn names(&self) -> &BTreeSet<PeerName> {
        &self.names
    }
}

/// DNS names and URIs of the subjectAltName. Of a certificate that cannot be
/// read as a whole, none: a policy that asks for names then refuses.
pub(crate) fn names(der: &CertificateDer<'_>) -> BTreeSet<PeerName> {
    let certificate = Certificate::from_der(der);
    certificate.map_or_else(|_| BTreeSet::new(), |it| names_of(&it))
}

fn names_of(certificate: &Certificate) -> BTreeSet<PeerName> {
    let extension = certificate.tbs_certificate().get_extension();
    let Ok(Some((_, SubjectAltName(names)))) = extension else {
        return BTreeSet::new();
    };
    let named = |name: &GeneralName| match name {
        GeneralName::DnsName(name) => Some(PeerName::dns(name.as_str())),
        GeneralName::UniformResourceIdentifier(uri) => Some(PeerName::Uri(uri.as_str().to_owned())),
        _ => None,
    };
    names.iter().filter_map(named).collect()
}

impl Validity {
    pub(crate) fn of(certificate: &Certificate) -> Self {
        let validity = certificate.tbs_certificate().validity();
        Self {
            not_before: UnixSeconds(validity.not_before.to_unix_duration().as_secs()),
            not_after: UnixSeconds(validity.not_after.to_unix_duration().as_secs()),
        }
    }

    pub(crate) fn check(self, now: UnixSeconds) -> Result<(), CertificateRefusal> {
        if now < self.not_before {
            return Err(CertificateRefusal::NotYetValid {
                not_before: self.not_before.0,
                now: now.0,
            });
        }
        if now > self.not_after {
            return Err(CertificateRefusal::Expired {
                not_after: self.not_after.0,
                now: now.0,
            });
        }
        Ok(())
    }
}
