//! The client.

use std::net::SocketAddr;
use std::sync::Arc;

use attested::post::{
    Attestation, AttestedPeer, AttestingClientSettings, Client, ClientSettings, RelyingPeer,
    Witness, client_tls,
};
use quinn::crypto::rustls::QuicClientConfig;
use rustls::RootCertStore;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{ServerName, UnixTime};

use super::connection::{AttestedConnection, Opens, settle};
use super::keying::{Exporter, transport};
use crate::desk::Desk;
use crate::error::Error;
use crate::limits::Limits;
use crate::stream::in_time;

/// Connects to the server `name` at `address`, at time `now`, and attests it.
///
/// # Errors
/// [`Error::Slow`]; [`Error::Attested`] for what either end refuses; what QUIC
/// says.
pub async fn connect(
    endpoint: &quinn::Endpoint,
    address: SocketAddr,
    name: &ServerName<'static>,
    settings: &ClientSettings,
    now: UnixTime,
    desk: &Arc<Desk>,
    limits: &Limits,
) -> Result<AttestedConnection<AttestedPeer>, Error> {
    let (provider, roots) = (&settings.provider, &settings.roots);
    let begun = in_time(limits, async {
        let (connection, witness) = dial(
            endpoint,
            address,
            name,
            (provider, roots),
            now,
            limits,
            false,
        )
        .await?;
        let keying = Box::new(Exporter(connection.clone()));
        let client = Client::over(settings, name.clone(), now, (), &witness, keying);
        settle(connection, client, Opens::Us, desk, limits).await
    });
    begun.await
}

/// As [`connect`], and attests to the server as well.
///
/// # Errors
/// As [`connect`].
#[expect(clippy::too_many_arguments)] // each is another party's
pub async fn connect_mutual(
    endpoint: &quinn::Endpoint,
    address: SocketAddr,
    name: &ServerName<'static>,
    settings: &ClientSettings,
    attestation: &Attestation,
    now: UnixTime,
    desk: &Arc<Desk>,
    limits: &Limits,
) -> Result<AttestedConnection<AttestedPeer>, Error> {
    let (provider, roots) = (&settings.provider, &settings.roots);
    let begun = in_time(limits, async {
        let (connection, witness) = dial(
            endpoint,
            address,
            name,
            (provider, roots),
            now,
            limits,
            false,
        )
        .await?;
        let keying = Box::new(Exporter(connection.clone()));
        let name = name.clone();
        let client = Client::mutual_over(settings, attestation, name, now, (), &witness, keying);
        settle(connection, client, Opens::Us, desk, limits).await
    });
    begun.await
}

/// Connects and attests to the server, without asking it to.
///
/// # Errors
/// As [`connect`].
pub async fn connect_attesting(
    endpoint: &quinn::Endpoint,
    address: SocketAddr,
    name: &ServerName<'static>,
    settings: &AttestingClientSettings,
    now: UnixTime,
    desk: &Arc<Desk>,
    limits: &Limits,
) -> Result<AttestedConnection<RelyingPeer>, Error> {
    let (provider, roots) = (&settings.provider, &settings.roots);
    let begun = in_time(limits, async {
        let (connection, witness) = dial(
            endpoint,
            address,
            name,
            (provider, roots),
            now,
            limits,
            true,
        )
        .await?;
        let keying = Box::new(Exporter(connection.clone()));
        let client = Client::attesting_over(settings, now, (), &witness, keying);
        settle(connection, client, Opens::Peer, desk, limits).await
    });
    begun.await
}

/// The handshake, with a configuration for this one connection.
async fn dial(
    endpoint: &quinn::Endpoint,
    address: SocketAddr,
    name: &ServerName<'static>,
    (provider, roots): (&Arc<CryptoProvider>, &Arc<RootCertStore>),
    now: UnixTime,
    limits: &Limits,
    peer_opens: bool,
) -> Result<(quinn::Connection, Witness), Error> {
    let tls = client_tls(provider, roots, now)?;
    let quic = QuicClientConfig::try_from(tls.config).map_err(|_| Error::SuiteMissing)?;
    let mut config = quinn::ClientConfig::new(Arc::new(quic));
    config.transport_config(transport(limits, peer_opens));
    let connecting = endpoint.connect_with(config, address, &name.to_str())?;
    let connection = connecting.await.map_err(Error::Connection)?;
    Ok((connection, tls.witness))
}
