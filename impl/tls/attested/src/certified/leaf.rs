//! What is read of a certificate: its key and its validity.
//!
//! Reading is not believing. The key counts once CertificateVerify has
//! verified under it, the validity once a signature that covers it has.

use rats::UnixSeconds;
use rustls::pki_types::CertificateDer;
use rustls::server::ParsedCertificate;
use x509_cert::Certificate;
use x509_cert::der::Decode;

use crate::error::{CertificateRefusal, PeerMisbehaved};

/// An end-entity certificate's key and validity.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Leaf {
    spki: Vec<u8>,
    validity: Validity,
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
        })
    }

    /// DER of the SubjectPublicKeyInfo, as in the certificate.
    pub fn spki(&self) -> &[u8] {
        &self.spki
    }

    pub fn validity(&self) -> Validity {
        self.validity
    }
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
