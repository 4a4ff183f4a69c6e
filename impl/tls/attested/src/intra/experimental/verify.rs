//! The Relying Party's side: Evidence out of the Certificate message, appraised
//! against the secrets of this handshake.

use std::sync::{Arc, Mutex};

use rustls::crypto::CryptoProvider;
use rustls::pki_types::{ServerName, UnixTime};

use super::bind::SecretBinding;
use super::compression::{Current, DECOMPRESSOR, SecretLog, Woven};
use crate::certified::client;
use crate::certified::verifier::{EvidenceVerifier, ServerIdentity, Shared};
use crate::error::Error;
use crate::handshake::client_config_with;
use crate::observe::Observe;
use crate::relying_party::RelyingParty;

/// What a client needs for any number of connections.
#[derive(Clone, Debug)]
pub struct ClientSettings {
    pub provider: Arc<CryptoProvider>,
    pub identity: ServerIdentity,
    pub relying_party: RelyingParty,
}

/// A peer whose Evidence is about the secrets of this handshake.
pub type AttestedPeer = client::AttestedPeer<SecretBinding>;

/// One connection's client, until attestation has succeeded.
pub type Client<O> = client::Client<SecretBinding, O>;

impl<O: Observe> Client<O> {
    /// Begins a connection to the server `name`, at time `now`.
    ///
    /// # Errors
    /// [`Error::ApiMisuse`] or [`Error::Tls`] if provider, roots and name do
    /// not make a TLS 1.3 client.
    pub fn new(
        settings: &ClientSettings,
        name: ServerName<'static>,
        now: UnixTime,
        observer: O,
    ) -> Result<Self, Error> {
        let provider = observer.provider(&settings.provider);
        let woven = Arc::new(Mutex::new(Woven::default()));
        let binding = Arc::new(SecretBinding::new(
            Arc::clone(&provider),
            Arc::clone(&woven),
        ));
        let findings = Shared::default();
        let verifier = EvidenceVerifier::new(
            &provider,
            &settings.identity,
            settings.relying_party.clone(),
            Arc::clone(&binding),
            observer.reporter(),
            findings.clone(),
        )?;
        let mut config = client_config_with(&provider, Arc::new(verifier), now, &observer)?;
        config.key_log = Arc::new(SecretLog {
            current: Current::Client(woven),
            next: config.key_log,
        });
        config.cert_decompressors = vec![DECOMPRESSOR];
        Self::start(config, name, binding, findings, observer)
    }
}
