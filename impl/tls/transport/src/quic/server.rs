//! The server: each connection with a configuration of its own.

use std::sync::Arc;

use attested::Identity;
use attested::post::{
    AttestedPeer, Reliance, RelyingPeer, RelyingServerSettings, Server, ServerSettings, Witness,
    server_tls,
};
use quinn::Incoming;
use quinn::crypto::rustls::QuicServerConfig;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::UnixTime;

use super::connection::{AttestedConnection, Opens, establish};
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
    let opens = welcome.opens;
    establish(welcome.handshake(limits), begin, opens, desk, limits).await
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
    let opens = welcome.opens;
    establish(welcome.handshake(limits), begin, opens, desk, limits).await
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
    let opens = welcome.opens;
    establish(welcome.handshake(limits), begin, opens, desk, limits).await
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
