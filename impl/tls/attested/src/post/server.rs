//! The server: Attester, Relying Party, or both.
//!
//! Evidence is asked of the attesting environment for one value only, the
//! binder computed from this connection, this request and our own key: no
//! octets of the peer's reach it but through the hash. The call blocks for as
//! long as the environment needs.

use std::sync::Arc;

use authenticator::{Credential, Role};
use rats::Attester;
use rustls::ServerConnection;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::UnixTime;
use rustls::server::WebPkiClientVerifier;
use rustls::sign::CertifiedKey;

use super::channel::Channel;
use super::duty::{Attesting, Attests, Chain, Mutual, Reliance, Relies, Relying};
use super::link::{Link, Stream};
use super::party::{Basics, Party};
use super::profile::Profile;
use super::stream::{KeyingMaterial, Witness};
use crate::error::{ApiMisuse, Error};
use crate::handshake::{Identity, server_config};
use crate::observe::{self, Observe};

/// The server of a connection.
#[derive(Debug)]
pub struct AsServer;

/// One connection's server, until its duties are done: [`Attests`] unless it
/// says otherwise.
pub type Server<O, D = Attests> = Party<AsServer, D, O>;

/// What a server that attests needs for any number of connections.
#[derive(Clone)]
pub struct ServerSettings {
    pub provider: Arc<CryptoProvider>,
    /// What the TLS handshake authenticates with.
    pub handshake: Identity,
    /// What authenticators authenticate with: the key the attesting environment
    /// holds. May be the same as `handshake`.
    pub authenticator: Identity,
    pub attester: Arc<dyn Attester>,
    pub profile: Profile,
}

impl ServerSettings {
    /// Settings with the default profile and one identity for both.
    pub fn new(
        provider: Arc<CryptoProvider>,
        identity: Identity,
        attester: Arc<dyn Attester>,
    ) -> Self {
        Self {
            provider,
            handshake: identity.clone(),
            authenticator: identity,
            attester,
            profile: Profile::default(),
        }
    }
}

/// What a server that appraises its clients, and attests nothing, needs for any
/// number of connections.
#[derive(Clone, Debug)]
pub struct RelyingServerSettings {
    pub provider: Arc<CryptoProvider>,
    /// What the TLS handshake authenticates with.
    pub handshake: Identity,
    pub reliance: Reliance,
    pub profile: Profile,
}

impl<D, O: Observe> Server<O, D> {
    /// Whether every duty is done: where the server attests, whether the client
    /// accepted; where it relies, whether the client was attested.
    pub fn is_accepted(&self) -> bool {
        self.is_done()
    }
}

impl<O: Observe> Server<O, Attests> {
    /// Begins one connection's server, at time `now`.
    ///
    /// # Errors
    /// [`ApiMisuse::KeyMismatch`] or [`Error::Authenticator`] if a certificate
    /// and its key do not fit; [`Error::Tls`] if the provider has no TLS 1.3.
    pub fn new(settings: &ServerSettings, now: UnixTime, observer: O) -> Result<Self, Error> {
        let attesting = attesting(settings, &observer)?;
        let (handshake, profile) = (&settings.handshake, settings.profile);
        let (channel, basics) = begin(&settings.provider, handshake, profile, now, observer)?;
        Ok(Self::start(basics, channel, Some(attesting), None))
    }
}

impl<O: Observe> Server<O, Mutual> {
    /// Begins a server of a connection on which both ends attest.
    ///
    /// # Errors
    /// As [`Server::new`], and [`ApiMisuse::TrustAnchors`].
    pub fn mutual(
        settings: &ServerSettings,
        reliance: &Reliance,
        now: UnixTime,
        observer: O,
    ) -> Result<Self, Error> {
        let attesting = attesting(settings, &observer)?;
        let (handshake, profile) = (&settings.handshake, settings.profile);
        let (channel, basics) = begin(&settings.provider, handshake, profile, now, observer)?;
        let relying = Some(relying(reliance, &basics.provider)?);
        Ok(Self::start(basics, channel, Some(attesting), relying))
    }
}

impl<O: Observe> Server<O, Relies> {
    /// Begins a server of a connection on which the client alone attests.
    ///
    /// # Errors
    /// As [`Server::mutual`].
    pub fn relying(
        settings: &RelyingServerSettings,
        now: UnixTime,
        observer: O,
    ) -> Result<Self, Error> {
        let (handshake, profile) = (&settings.handshake, settings.profile);
        let (channel, basics) = begin(&settings.provider, handshake, profile, now, observer)?;
        let relying = relying(&settings.reliance, &basics.provider)?;
        Ok(Self::start(basics, channel, None, Some(relying)))
    }
}

impl<O: Observe> Server<O, Attests> {
    /// Begins the exchange on a stream of a connection that was made with the
    /// configuration of `witness`, for which `observer` was asked too.
    ///
    /// # Errors
    /// As [`Server::new`].
    pub fn over(
        settings: &ServerSettings,
        now: UnixTime,
        observer: O,
        witness: &Witness,
        keying: Box<dyn KeyingMaterial>,
    ) -> Result<Self, Error> {
        let attesting = attesting(settings, &observer)?;
        let (channel, basics) = begin_over(settings.profile, now, observer, witness, keying)?;
        Self::start_at_once(basics, channel, Some(attesting), None)
    }
}

impl<O: Observe> Server<O, Mutual> {
    /// Begins the exchange in which both ends attest, as [`Server::over`].
    ///
    /// # Errors
    /// As [`Server::mutual`].
    pub fn mutual_over(
        settings: &ServerSettings,
        reliance: &Reliance,
        now: UnixTime,
        observer: O,
        witness: &Witness,
        keying: Box<dyn KeyingMaterial>,
    ) -> Result<Self, Error> {
        let attesting = attesting(settings, &observer)?;
        let (channel, basics) = begin_over(settings.profile, now, observer, witness, keying)?;
        let relying = Some(relying(reliance, &basics.provider)?);
        Self::start_at_once(basics, channel, Some(attesting), relying)
    }
}

impl<O: Observe> Server<O, Relies> {
    /// Begins the exchange in which the client alone attests, as
    /// [`Server::over`].
    ///
    /// # Errors
    /// As [`Server::relying`].
    pub fn relying_over(
        settings: &RelyingServerSettings,
        now: UnixTime,
        observer: O,
        witness: &Witness,
        keying: Box<dyn KeyingMaterial>,
    ) -> Result<Self, Error> {
        let (channel, basics) = begin_over(settings.profile, now, observer, witness, keying)?;
        let relying = relying(&settings.reliance, &basics.provider)?;
        Self::start_at_once(basics, channel, None, Some(relying))
    }
}

fn begin_over<O: Observe>(
    profile: Profile,
    now: UnixTime,
    observer: O,
    witness: &Witness,
    keying: Box<dyn KeyingMaterial>,
) -> Result<(Channel<O>, Basics), Error> {
    let provider = Arc::clone(&witness.provider);
    let stream = Stream::new(witness, keying, observer)?;
    let basics = Basics {
        role: Role::Server,
        provider,
        profile,
        now,
    };
    Ok((Channel::over(Link::Stream(stream)), basics))
}

fn begin<O: Observe>(
    provider: &Arc<CryptoProvider>,
    handshake: &Identity,
    profile: Profile,
    now: UnixTime,
    observer: O,
) -> Result<(Channel<O>, Basics), Error> {
    let provider = observer.provider(provider);
    let Identity { chain, key } = handshake.clone();
    let handshake = CertifiedKey::new(chain, observer.signing_key(observe::HANDSHAKE_KEY, key));
    handshake.keys_match().map_err(|_| ApiMisuse::KeyMismatch)?;
    let config = server_config(&provider, handshake, now, &observer)?;
    let tls = ServerConnection::new(Arc::new(config))?;
    let basics = Basics {
        role: Role::Server,
        provider,
        profile,
        now,
    };
    Ok((Channel::new(tls, observer), basics))
}

fn attesting(settings: &ServerSettings, observer: &impl Observe) -> Result<Attesting, Error> {
    let Identity { chain, key } = settings.authenticator.clone();
    let key = observer.signing_key(observe::AUTHENTICATOR_KEY, key);
    Ok(Attesting {
        credential: Credential::new(chain, key).map_err(authenticator::Error::from)?,
        attester: Arc::clone(&settings.attester),
        attestation_key: observe::ATTESTATION_KEY,
        has_answered: false,
        is_accepted: false,
    })
}

fn relying(reliance: &Reliance, provider: &Arc<CryptoProvider>) -> Result<Relying, ApiMisuse> {
    let roots = Arc::clone(&reliance.roots);
    let verifier = WebPkiClientVerifier::builder_with_provider(roots, Arc::clone(provider))
        .build()
        .map_err(|error| ApiMisuse::TrustAnchors {
            reason: error.to_string(),
        })?;
    Ok(Relying {
        relying_party: reliance.relying_party.clone(),
        chain: Chain::OfClient(verifier),
        awaited: None,
        has_accepted: false,
        attested: None,
    })
}
