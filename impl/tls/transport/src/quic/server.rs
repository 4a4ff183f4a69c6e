//! The server: each connection with a configuration of its own.

use std::sync::Arc;

use attested::observe::Observe;
use attested::post::{
    AttestedPeer, KeyingMaterial, Reliance, RelyingPeer, RelyingServerSettings, Server,
    ServerSettings, Witness, server_tls,
};
use attested::{Attesting, Error as CoreError, Identity};
use quinn::Incoming;
use quinn::crypto::rustls::QuicServerConfig;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::UnixTime;

use super::connection::{AttestedConnection, KnownPeer, Opens, Tap, establish};
use super::crypto::Noted;
use super::keying::transport;
use crate::desk::Desk;
use crate::error::Error;
use crate::limits::Limits;

/// What a listening endpoint needs before there is a connection, made at time
/// `now`. Connections that [`accept`] and its kin take do not use it.
///
/// # Errors
/// [`Error::SuiteMissing`]; [`Error::Attested`] if certificate and key do not
/// fit.
pub fn endpoint_config(
    provider: &Arc<CryptoProvider>,
    identity: &Identity,
    now: UnixTime,
) -> Result<quinn::ServerConfig, Error> {
    let limits = Limits::default();
    Ok(config(provider, identity, now, &(), &limits, Opens::Us)?.0)
}

/// Takes a connection at time `now`, and attests to its client.
///
/// # Errors
/// As [`connect`](super::connect).
pub async fn accept(
    incoming: Incoming,
    settings: &ServerSettings,
    now: UnixTime,
    desk: &Arc<Desk>,
    limits: &Limits,
) -> Result<AttestedConnection<RelyingPeer>, Error> {
    let welcome = Welcome {
        incoming,
        provider: &settings.provider,
        identity: &settings.handshake,
        now,
        opens: Opens::Peer,
        observer: &(),
    };
    let begin = |witness: &Witness, keying| Server::over(settings, now, silent(), witness, keying);
    welcome.establish(begin, desk, limits).await
}

/// As [`accept`], and attests the client as well.
///
/// # Errors
/// As [`connect`](super::connect).
pub async fn accept_mutual(
    incoming: Incoming,
    settings: &ServerSettings,
    reliance: &Reliance,
    now: UnixTime,
    desk: &Arc<Desk>,
    limits: &Limits,
) -> Result<AttestedConnection<AttestedPeer>, Error> {
    let welcome = Welcome {
        incoming,
        provider: &settings.provider,
        identity: &settings.handshake,
        now,
        opens: Opens::Peer,
        observer: &(),
    };
    let begin = |witness: &Witness, keying| {
        Server::mutual_over(settings, reliance, now, silent(), witness, keying)
    };
    welcome.establish(begin, desk, limits).await
}

/// Takes a connection and attests its client, without attesting to it.
///
/// # Errors
/// As [`connect`](super::connect).
pub async fn accept_relying(
    incoming: Incoming,
    settings: &RelyingServerSettings,
    now: UnixTime,
    desk: &Arc<Desk>,
    limits: &Limits,
) -> Result<AttestedConnection<AttestedPeer>, Error> {
    let welcome = Welcome {
        incoming,
        provider: &settings.provider,
        identity: &settings.handshake,
        now,
        opens: Opens::Us,
        observer: &(),
    };
    let begin =
        |witness: &Witness, keying| Server::relying_over(settings, now, silent(), witness, keying);
    welcome.establish(begin, desk, limits).await
}

fn silent() -> Tap {
    Box::new(())
}

/// What a server's connection is made of, whoever attests on it.
pub struct Welcome<'w> {
    pub incoming: Incoming,
    pub provider: &'w Arc<CryptoProvider>,
    pub identity: &'w Identity,
    pub now: UnixTime,
    /// Who opens the stream of the exchange: an end that relies, of two the
    /// client.
    pub opens: Opens,
    /// Observes the handshake; the endpoint that is begun on it has to be
    /// observed by the same.
    pub observer: &'w (dyn Observe + Sync),
}

impl Welcome<'_> {
    /// Takes the connection, then runs the endpoint that `begin` makes, such as
    /// [`Server::over`].
    ///
    /// # Errors
    /// As [`connect`](super::connect).
    pub async fn establish<E, P>(
        self,
        begin: impl FnOnce(&Witness, Box<dyn KeyingMaterial>) -> Result<E, CoreError>,
        desk: &Arc<Desk>,
        limits: &Limits,
    ) -> Result<AttestedConnection<P>, Error>
    where
        E: Attesting<Channel = P::Channel>,
        P: KnownPeer,
    {
        let opens = self.opens;
        establish(self.handshake(limits), begin, opens, desk, limits).await
    }

    async fn handshake(self, limits: &Limits) -> Result<(quinn::Connection, Witness), Error> {
        let Self {
            incoming,
            provider,
            identity,
            now,
            opens,
            observer,
        } = self;
        let (config, witness) = config(provider, identity, now, observer, limits, opens)?;
        let connecting = incoming
            .accept_with(Arc::new(config))
            .map_err(Error::Connection)?;
        Ok((connecting.await.map_err(Error::Connection)?, witness))
    }
}

fn config(
    provider: &Arc<CryptoProvider>,
    identity: &Identity,
    now: UnixTime,
    observer: &dyn Observe,
    limits: &Limits,
    opens: Opens,
) -> Result<(quinn::ServerConfig, Witness), Error> {
    let tls = server_tls(provider, identity, now, observer)?;
    let quic = QuicServerConfig::try_from(tls.config).map_err(|_| Error::SuiteMissing)?;
    let mut config = quinn::ServerConfig::with_crypto(Arc::new(Noted {
        config: Arc::new(quic),
        frames: tls.crypto_frames,
    }));
    config.transport_config(transport(limits, opens == Opens::Peer));
    Ok((config, tls.witness))
}
