//! Certificate-chain validation: the caller's say, behind one trait.
//!
//! RFC 9261 §6.4 leaves names, trust anchors, revocation and key usage to a
//! function the application passes. Two implementations wrap rustls's
//! verifiers, which in turn are webpki; time is an argument, since this crate
//! has no clock.

use rustls::client::danger::ServerCertVerifier;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::danger::ClientCertVerifier;

/// Decides whether a chain may speak for the peer.
pub trait ChainValidation {
    /// `intermediates` come in the order they were sent.
    ///
    /// # Errors
    /// Why the chain is refused.
    fn validate(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
    ) -> Result<(), rustls::Error>;
}

/// A server's chain, for one name, at one time.
#[derive(Debug)]
pub struct ServerChain<'a> {
    /// Usually a [`rustls::client::WebPkiServerVerifier`].
    pub verifier: &'a dyn ServerCertVerifier,
    /// The name the certificate must carry.
    pub name: ServerName<'a>,
    /// The time at which it must be valid.
    pub now: UnixTime,
}

impl ChainValidation for ServerChain<'_> {
    fn validate(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
    ) -> Result<(), rustls::Error> {
        self.verifier
            .verify_server_cert(end_entity, intermediates, &self.name, &[], self.now)
            .map(|_verified| ())
    }
}

/// A client's chain at one time.
#[derive(Debug)]
pub struct ClientChain<'a> {
    /// Usually what [`rustls::server::WebPkiClientVerifier`] builds.
    pub verifier: &'a dyn ClientCertVerifier,
    /// The time at which it must be valid.
    pub now: UnixTime,
}

impl ChainValidation for ClientChain<'_> {
    fn validate(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
    ) -> Result<(), rustls::Error> {
        self.verifier
            .verify_client_cert(end_entity, intermediates, self.now)
            .map(|_verified| ())
    }
}
