//! The client: Relying Party, Attester, or both.

use std::sync::Arc;

use authenticator::{Credential, Role};
use rustls::client::WebPkiServerVerifier;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{ServerName, UnixTime};
use rustls::{ClientConnection, RootCertStore};

use super::channel::Channel;
use super::duty::{Attestation, Attesting, Attests, Chain, Mutual, Relies, Relying};
use super::link::{Link, Stream};
use super::party::{Basics, Party};
use super::profile::Profile;
use super::stream::{KeyingMaterial, Witness};
use crate::error::Error;
use crate::handshake::{Identity, client_config, server_verifier};
use crate::observe::{self, Observe};
use crate::relying_party::RelyingParty;

/// The client of a connection.
#[derive(Debug)]
pub struct AsClient;

/// One connection's client, until its duties are done: [`Relies`] unless it
/// says otherwise.
pub type Client<O, D = Relies> = Party<AsClient, D, O>;

/// What a client needs for any number of connections.
#[derive(Clone, Debug)]
pub struct ClientSettings {
    pub provider: Arc<CryptoProvider>,
    /// Trust anchors of server certificates, in the handshake and in
    /// authenticators.
    pub roots: Arc<RootCertStore>,
    pub relying_party: RelyingParty,
    pub profile: Profile,
}

impl ClientSettings {
    /// Settings with the default profile.
    pub fn new(
        provider: Arc<CryptoProvider>,
        roots: Arc<RootCertStore>,
        relying_party: RelyingParty,
    ) -> Self {
        Self {
            provider,
            roots,
            relying_party,
            profile: Profile::default(),
        }
    }
}

/// What a client that attests, and asks for no Evidence, needs for any number
/// of connections. It still knows its server by certificate and name.
#[derive(Clone)]
pub struct AttestingClientSettings {
    pub provider: Arc<CryptoProvider>,
    /// Trust anchors of server certificates in the handshake.
    pub roots: Arc<RootCertStore>,
    pub attestation: Attestation,
    pub profile: Profile,
}

impl<D, O: Observe> Client<O, D> {
    /// Whether every duty is done: where the client relies, whether the server
    /// was attested; where it attests, whether the server accepted.
    pub fn is_attested(&self) -> bool {
        self.is_done()
    }
}

impl<O: Observe> Client<O, Relies> {
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
        let begun = begin(&settings.provider, &settings.roots, &name, now, observer)?;
        let relying = relying(settings, &begun, name);
        let basics = begun.basics(settings.profile, now);
        Ok(Self::start(basics, begun.channel, None, Some(relying)))
    }
}

impl<O: Observe> Client<O, Relies> {
    /// Begins the exchange on a stream of a connection to the server `name`
    /// that was made with the configuration of `witness`, for which `observer`
    /// was asked too.
    ///
    /// # Errors
    /// As [`Client::new`]; [`PeerIncompatible::ResumedHandshake`] if the
    /// certificate verifier of that configuration was not asked.
    ///
    /// [`PeerIncompatible::ResumedHandshake`]: crate::PeerIncompatible::ResumedHandshake
    pub fn over(
        settings: &ClientSettings,
        name: ServerName<'static>,
        now: UnixTime,
        observer: O,
        witness: &Witness,
        keying: Box<dyn KeyingMaterial>,
    ) -> Result<Self, Error> {
        let begun = begin_over(&settings.roots, observer, witness, keying)?;
        let relying = relying(settings, &begun, name);
        let basics = begun.basics(settings.profile, now);
        Self::start_at_once(basics, begun.channel, None, Some(relying))
    }
}

impl<O: Observe> Client<O, Mutual> {
    /// Begins the exchange in which both ends attest, as [`Client::over`].
    ///
    /// # Errors
    /// As [`Client::over`] and [`Client::mutual`].
    pub fn mutual_over(
        settings: &ClientSettings,
        attestation: &Attestation,
        name: ServerName<'static>,
        now: UnixTime,
        observer: O,
        witness: &Witness,
        keying: Box<dyn KeyingMaterial>,
    ) -> Result<Self, Error> {
        let attesting = attesting(attestation, &observer)?;
        let begun = begin_over(&settings.roots, observer, witness, keying)?;
        let relying = relying(settings, &begun, name);
        let basics = begun.basics(settings.profile, now);
        let attesting = Some(attesting);
        Self::start_at_once(basics, begun.channel, attesting, Some(relying))
    }
}

impl<O: Observe> Client<O, Mutual> {
    /// Begins a connection on which both ends attest.
    ///
    /// # Errors
    /// As [`Client::new`], and if certificate and key of `attestation` do not
    /// fit.
    pub fn mutual(
        settings: &ClientSettings,
        attestation: &Attestation,
        name: ServerName<'static>,
        now: UnixTime,
        observer: O,
    ) -> Result<Self, Error> {
        let attesting = attesting(attestation, &observer)?;
        let begun = begin(&settings.provider, &settings.roots, &name, now, observer)?;
        let relying = relying(settings, &begun, name);
        let basics = begun.basics(settings.profile, now);
        let attesting = Some(attesting);
        Ok(Self::start(basics, begun.channel, attesting, Some(relying)))
    }
}

impl<O: Observe> Client<O, Attests> {
    /// Begins a connection on which the client alone attests.
    ///
    /// # Errors
    /// As [`Client::mutual`].
    pub fn attesting(
        settings: &AttestingClientSettings,
        name: ServerName<'static>,
        now: UnixTime,
        observer: O,
    ) -> Result<Self, Error> {
        let attesting = attesting(&settings.attestation, &observer)?;
        let begun = begin(&settings.provider, &settings.roots, &name, now, observer)?;
        let basics = begun.basics(settings.profile, now);
        Ok(Self::start(basics, begun.channel, Some(attesting), None))
    }
}

impl<O: Observe> Client<O, Attests> {
    /// Begins the exchange in which the client alone attests, as
    /// [`Client::over`].
    ///
    /// # Errors
    /// As [`Client::mutual_over`].
    pub fn attesting_over(
        settings: &AttestingClientSettings,
        now: UnixTime,
        observer: O,
        witness: &Witness,
        keying: Box<dyn KeyingMaterial>,
    ) -> Result<Self, Error> {
        let attesting = attesting(&settings.attestation, &observer)?;
        let begun = begin_over(&settings.roots, observer, witness, keying)?;
        let basics = begun.basics(settings.profile, now);
        Self::start_at_once(basics, begun.channel, Some(attesting), None)
    }
}

/// A connection, and what it was made of.
struct Begun<O> {
    channel: Channel<O>,
    provider: Arc<CryptoProvider>,
    verifier: Arc<WebPkiServerVerifier>,
}

fn begin<O: Observe>(
    provider: &Arc<CryptoProvider>,
    roots: &Arc<RootCertStore>,
    name: &ServerName<'static>,
    now: UnixTime,
    observer: O,
) -> Result<Begun<O>, Error> {
    let provider = observer.provider(provider);
    let (config, verifier) = client_config(&provider, roots, now, &observer)?;
    let tls = ClientConnection::new(Arc::new(config), name.clone())?;
    Ok(Begun {
        channel: Channel::new(tls, observer),
        provider,
        verifier,
    })
}

fn begin_over<O: Observe>(
    roots: &Arc<RootCertStore>,
    observer: O,
    witness: &Witness,
    keying: Box<dyn KeyingMaterial>,
) -> Result<Begun<O>, Error> {
    let provider = Arc::clone(&witness.provider);
    let verifier = server_verifier(&provider, roots)?;
    let stream = Stream::new(witness, keying, observer)?;
    Ok(Begun {
        channel: Channel::over(Link::Stream(stream)),
        provider,
        verifier,
    })
}

impl<O> Begun<O> {
    fn basics(&self, profile: Profile, now: UnixTime) -> Basics {
        Basics {
            role: Role::Client,
            provider: Arc::clone(&self.provider),
            profile,
            now,
        }
    }
}

fn relying<O>(settings: &ClientSettings, begun: &Begun<O>, name: ServerName<'static>) -> Relying {
    Relying {
        relying_party: settings.relying_party.clone(),
        chain: Chain::OfServer(Arc::clone(&begun.verifier), name),
        awaited: None,
        has_accepted: false,
        attested: None,
    }
}

fn attesting(attestation: &Attestation, observer: &impl Observe) -> Result<Attesting, Error> {
    let Identity { chain, key } = attestation.identity.clone();
    let key = observer.signing_key(observe::CLIENT_AUTHENTICATOR_KEY, key);
    Ok(Attesting {
        credential: Credential::new(chain, key).map_err(authenticator::Error::from)?,
        attester: Arc::clone(&attestation.attester),
        attestation_key: observe::CLIENT_ATTESTATION_KEY,
        has_answered: false,
        is_accepted: false,
    })
}
