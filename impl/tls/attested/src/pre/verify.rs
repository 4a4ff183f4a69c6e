//! The Relying Party's side: whose certificate, how old, which Evidence.

use std::sync::Arc;
use std::time::Duration;

use rustls::crypto::CryptoProvider;
use rustls::pki_types::{ServerName, UnixTime};

use super::bind::{KeyBinding, Statement};
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
    /// What the Attester must have signed.
    pub statement: Statement,
    /// How long ago a certificate with Evidence may have become valid.
    pub maximum_age: Duration,
}

impl ClientSettings {
    /// Certificates of at most a day, whose validity the Attester has signed.
    pub fn new(
        provider: Arc<CryptoProvider>,
        identity: ServerIdentity,
        relying_party: RelyingParty,
    ) -> Self {
        Self {
            provider,
            identity,
            relying_party,
            statement: Statement::default(),
            maximum_age: Duration::from_secs(24 * 3600),
        }
    }
}

/// A peer whose certificate carried acceptable Evidence for its key.
///
/// ```compile_fail
/// fn forge(other: attested::pre::AttestedPeer) -> attested::post::AttestedPeer {
///     other // a weaker placement never passes for a stronger one
/// }
/// ```
pub type AttestedPeer = client::AttestedPeer<KeyBinding>;

/// One connection's client, until attestation has succeeded.
pub type Client<O> = client::Client<KeyBinding, O>;

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
        let binding = Arc::new(KeyBinding {
            statement: settings.statement,
            maximum_age: settings.maximum_age,
        });
        let findings = Shared::default();
        let verifier = EvidenceVerifier::new(
            &provider,
            &settings.identity,
            settings.relying_party.clone(),
            Arc::clone(&binding),
            observer.reporter(),
            findings.clone(),
        )?;
        let config = client_config_with(&provider, Arc::new(verifier), now, &observer)?;
        Self::start(config, name, binding, findings, observer)
    }
}
