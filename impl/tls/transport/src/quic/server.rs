//! The server: each connection with a configuration of its own.

use std::sync::Arc;

use attested::post::{
    AttestedPeer, KeyingMaterial, Reliance, RelyingPeer, RelyingServerSettings, Server,
    ServerSettings, Witness, server_tls,
};
use attested::{Attesting, Identity};
use quinn::Incoming;
use quinn::crypto::rustls::QuicServerConfig;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::UnixTime;

use super::connection::{AttestedConnection, KnownPeer, Opens, settle};
use super::keying::{Exporter, transport};
use crate::desk::Desk;
use crate::error::Error;
use crate::limits::Limits;
use crate::stream::in_time;

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
    Ok(config(provider, identity, now, &Limits::default(), Opens::Us)?.0)
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
    };
    let begin = |witness: &Witness, keying| Server::over(settings, now, (), witness, keying);
    welcome.settle(desk, limits, begin).await
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
    };
    let begin = |witness: &Witness, keying| {
        Server::mutual_over(settings, reliance, now, (), witness, keying)
    };
    welcome.settle(desk, limits, begin).await
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
    };
    let begin =
        |witness: &Witness, keying| Server::relying_over(settings, now, (), witness, keying);
    welcome.settle(desk, limits, begin).await
}

/// What a connection is made of, whoever attests on it.
struct Welcome<'w> {
    incoming: Incoming,
    provider: &'w Arc<CryptoProvider>,
    identity: &'w Identity,
    now: UnixTime,
    opens: Opens,
}

impl Welcome<'_> {
    /// Handshake and exchange, the latter by the endpoint that `begin` makes.
    async fn settle<E, P>(
        self,
        desk: &Arc<Desk>,
        limits: &Limits,
        begin: impl FnOnce(&Witness, Box<dyn KeyingMaterial>) -> Result<E, attested::Error>,
    ) -> Result<AttestedConnection<P>, Error>
    where
        E: Attesting<Channel = P::Channel>,
        P: KnownPeer,
    {
        let opens = self.opens;
        let settled = in_time(limits, async {
            let (connection, witness) = self.handshake(limits).await?;
            let keying = Box::new(Exporter(connection.clone()));
            let server = begin(&witness, keying);
            settle(connection, server, opens, desk, limits).await
        });
        settled.await
    }

    async fn handshake(self, limits: &Limits) -> Result<(quinn::Connection, Witness), Error> {
        let Self {
            incoming,
            provider,
            identity,
            now,
            opens,
        } = self;
        let (config, witness) = config(provider, identity, now, limits, opens)?;
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
    limits: &Limits,
    opens: Opens,
) -> Result<(quinn::ServerConfig, Witness), Error> {
    let tls = server_tls(provider, identity, now)?;
    let quic = QuicServerConfig::try_from(tls.config).map_err(|_| Error::SuiteMissing)?;
    let mut config = quinn::ServerConfig::with_crypto(Arc::new(quic));
    config.transport_config(transport(limits, opens == Opens::Peer));
    Ok((config, tls.witness))
}
