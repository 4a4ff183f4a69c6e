//! The Relying Party's side: a nonce out, Evidence over it back.

use std::sync::Arc;

use rustls::crypto::CryptoProvider;
use rustls::pki_types::{ServerName, UnixTime};

use super::bind::NonceBinding;
use super::nonce::{Carrier, Nonce};
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
    pub carrier: Carrier,
    /// Application protocols, for ALPN; usually none.
    pub protocols: Vec<Vec<u8>>,
}

impl ClientSettings {
    /// The nonce in `certificate_authorities`, ALPN unused.
    pub fn new(
        provider: Arc<CryptoProvider>,
        identity: ServerIdentity,
        relying_party: RelyingParty,
    ) -> Self {
        Self {
            provider,
            identity,
            relying_party,
            carrier: Carrier::default(),
            protocols: Vec::new(),
        }
    }
}

/// A peer that answered this connection's nonce with acceptable Evidence.
pub type AttestedPeer = client::AttestedPeer<NonceBinding>;

/// One connection's client, until attestation has succeeded.
pub type Client<O> = client::Client<NonceBinding, O>;

impl<O: Observe> Client<O> {
    /// Begins a connection to the server `name`, at time `now`, with a nonce
    /// of its own.
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
        let nonce = Nonce::draw(provider.secure_random)?;
        let (names, protocol) = match settings.carrier {
            Carrier::Alpn => (None, Some(nonce.to_protocol())),
            Carrier::CertificateAuthorities => (Some(vec![nonce.to_name()]), None),
        };
        let binding = Arc::new(NonceBinding::new(nonce, names));
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
        config.alpn_protocols = protocol
            .into_iter()
            .chain(settings.protocols.iter().cloned())
            .collect();
        Self::start(config, name, binding, findings, observer)
    }
}
