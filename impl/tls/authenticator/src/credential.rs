//! What one authenticates with: a chain and its key.

use std::sync::Arc;

use rustls::SignatureScheme;
use rustls::pki_types::{CertificateDer, SubjectPublicKeyInfoDer};
use rustls::sign::{CertifiedKey, Signer, SigningKey};
use webpki::EndEntityCert;

use crate::error::ApiMisuse;
use crate::request::ReceivedRequest;
use crate::scheme;

/// A certificate chain, end entity first, with the key of the end entity.
///
/// Invariant: the key is the certificate's. rustls offers that comparison and
/// does not make it on construction; here it is made once, at the only door.
#[derive(Clone, Debug)]
pub struct Credential {
    chain: Vec<CertificateDer<'static>>,
    key: Arc<dyn SigningKey>,
    spki: SubjectPublicKeyInfoDer<'static>,
}

impl Credential {
    /// # Errors
    /// [`ApiMisuse::UnreadableCertificate`] if there is no end entity or it is
    /// not X.509; [`ApiMisuse::KeyMismatch`] if the key is another's, or does
    /// not tell its public half.
    pub fn new(
        chain: Vec<CertificateDer<'static>>,
        key: Arc<dyn SigningKey>,
    ) -> Result<Self, ApiMisuse> {
        let unreadable = |reason: String| ApiMisuse::UnreadableCertificate { reason };
        let Some(end_entity) = chain.first() else {
            return Err(unreadable("the chain is empty".to_owned()));
        };
        let spki = spki_of(end_entity).map_err(|error| unreadable(error.to_string()))?;
        CertifiedKey::new(chain.clone(), Arc::clone(&key))
            .keys_match()
            .map_err(|_| ApiMisuse::KeyMismatch)?;
        Ok(Self { chain, key, spki })
    }

    /// The chain, end entity first.
    pub fn chain(&self) -> &[CertificateDer<'static>] {
        &self.chain
    }

    /// DER of the end entity's SubjectPublicKeyInfo, as in the certificate.
    pub fn spki(&self) -> &[u8] {
        &self.spki
    }

    /// Whether this credential can answer the request. If not, refuse it with
    /// an empty authenticator.
    pub fn fits(&self, request: &ReceivedRequest) -> bool {
        self.signer(&request.usable_schemes()).is_some()
    }

    /// A signer for one of the `offered` schemes that authenticators may use.
    pub(crate) fn signer(&self, offered: &[SignatureScheme]) -> Option<Box<dyn Signer>> {
        let signer = self.key.choose_scheme(offered)?;
        // A custom key may choose freely; it is held to the list all the same.
        let scheme = signer.scheme();
        (scheme::is_usable(scheme) && offered.contains(&scheme)).then_some(signer)
    }
}

/// DER of a certificate's SubjectPublicKeyInfo.
pub(crate) fn spki_of(
    certificate: &CertificateDer<'_>,
) -> Result<SubjectPublicKeyInfoDer<'static>, webpki::Error> {
    Ok(EndEntityCert::try_from(certificate)?.subject_public_key_info())
}
