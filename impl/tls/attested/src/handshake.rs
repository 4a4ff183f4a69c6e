//! The TLS handshake attestation stands on: 1.3, full, nothing resumed.
//!
//! draft-fossati-seat-expat-03 forbids tickets and early data on connections
//! that need attestation: a resumed session would inherit trust that this
//! connection never earned. The configurations made here neither offer nor
//! accept them, and [`FullHandshake`] is the proof, taken from the connection
//! itself, that it came out so. Time is an argument; this crate has no clock.

use std::sync::Arc;

use rustls::client::danger::ServerCertVerifier;
use rustls::client::{Resumption, WebPkiServerVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::server::NoServerSessionStorage;
use rustls::sign::{CertifiedKey, SigningKey, SingleCertAndKey};
use rustls::time_provider::TimeProvider;
use rustls::version::TLS13;
use rustls::{
    ClientConfig, CommonState, HandshakeKind, ProtocolVersion, RootCertStore, ServerConfig,
};

use crate::error::{ApiMisuse, Error, PeerIncompatible};
use crate::observe::Observe;

/// A certificate chain, end entity first, and the key of the end entity.
#[derive(Clone, Debug)]
pub struct Identity {
    pub chain: Vec<CertificateDer<'static>>,
    pub key: Arc<dyn SigningKey>,
}

/// Left behind by a handshake that was full and TLS 1.3. Copies stay with the
/// connection it was.
#[derive(Clone, Debug)]
pub struct FullHandshake(());

impl FullHandshake {
    /// Asks a connection whose handshake is over.
    pub(crate) fn of(connection: &CommonState) -> Result<Self, PeerIncompatible> {
        Self::check(connection.protocol_version(), connection.handshake_kind())
    }

    /// For a connection whose configuration knows of nothing to resume and
    /// whose verifier was asked.
    pub(crate) fn witnessed() -> Self {
        Self(())
    }

    fn check(
        version: Option<ProtocolVersion>,
        kind: Option<HandshakeKind>,
    ) -> Result<Self, PeerIncompatible> {
        if version != Some(ProtocolVersion::TLSv1_3) {
            return Err(PeerIncompatible::NotTls13);
        }
        match kind {
            // A HelloRetryRequest costs a round trip and resumes nothing.
            Some(HandshakeKind::Full | HandshakeKind::FullWithHelloRetryRequest) => Ok(Self(())),
            Some(HandshakeKind::Resumed) | None => Err(PeerIncompatible::ResumedHandshake),
        }
    }
}

/// A client's configuration and the verifier inside it, which also judges the
/// authenticator's chain.
pub(crate) fn client_config(
    provider: &Arc<CryptoProvider>,
    roots: &Arc<RootCertStore>,
    now: UnixTime,
    observer: &(impl Observe + ?Sized),
) -> Result<(ClientConfig, Arc<WebPkiServerVerifier>), Error> {
    let verifier = server_verifier(provider, roots)?;
    let config = client_config_with(provider, Arc::clone(&verifier) as _, now, observer)?;
    Ok((config, verifier))
}

/// Judges chains of servers.
pub(crate) fn server_verifier(
    provider: &Arc<CryptoProvider>,
    roots: &Arc<RootCertStore>,
) -> Result<Arc<WebPkiServerVerifier>, ApiMisuse> {
    WebPkiServerVerifier::builder_with_provider(Arc::clone(roots), Arc::clone(provider))
        .build()
        .map_err(|error| ApiMisuse::TrustAnchors {
            reason: error.to_string(),
        })
}

/// A client's configuration around `verifier`.
pub(crate) fn client_config_with(
    provider: &Arc<CryptoProvider>,
    verifier: Arc<dyn ServerCertVerifier>,
    now: UnixTime,
    observer: &(impl Observe + ?Sized),
) -> Result<ClientConfig, Error> {
    let mut config =
        ClientConfig::builder_with_details(Arc::clone(provider), Arc::new(FixedTime(now)))
            .with_protocol_versions(&[&TLS13])?
            .dangerous() // the verifiers of this crate always verify
            .with_custom_certificate_verifier(verifier)
            .with_no_client_auth();
    config.resumption = Resumption::disabled();
    config.enable_early_data = false;
    config.key_log = observer.key_log();
    Ok(config)
}

/// A server's configuration: no tickets, no stored sessions, no early data.
pub(crate) fn server_config(
    provider: &Arc<CryptoProvider>,
    identity: CertifiedKey,
    now: UnixTime,
    observer: &(impl Observe + ?Sized),
) -> Result<ServerConfig, Error> {
    let mut config =
        ServerConfig::builder_with_details(Arc::clone(provider), Arc::new(FixedTime(now)))
            .with_protocol_versions(&[&TLS13])?
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(SingleCertAndKey::from(identity)));
    config.send_tls13_tickets = 0;
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.max_early_data_size = 0;
    config.key_log = observer.key_log();
    Ok(config)
}

/// The time the caller said it is.
#[derive(Debug)]
struct FixedTime(UnixTime);

impl TimeProvider for FixedTime {
    fn current_time(&self) -> Option<UnixTime> {
        Some(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_a_resumed_handshake() {
        let tls13 = Some(ProtocolVersion::TLSv1_3);
        assert!(FullHandshake::check(tls13, Some(HandshakeKind::Full)).is_ok());
        for (version, kind, error) in [
            (
                tls13,
                Some(HandshakeKind::Resumed),
                PeerIncompatible::ResumedHandshake,
            ),
            (tls13, None, PeerIncompatible::ResumedHandshake),
            (
                Some(ProtocolVersion::TLSv1_2),
                Some(HandshakeKind::Full),
                PeerIncompatible::NotTls13,
            ),
            (None, Some(HandshakeKind::Full), PeerIncompatible::NotTls13),
        ] {
            assert_eq!(FullHandshake::check(version, kind).unwrap_err(), error);
        }
    }
}
