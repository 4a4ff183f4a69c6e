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

use super::connection::{AttestedConnection, Opens, establish};
use super::keying::transport;
use crate::desk::Desk;
use crate::error::Error;
use crate::limits::Limits;

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
    let dial = Dial {
        endpoint,
        address,
        name,
        provider: &settings.provider,
        roots: &settings.roots,
        now,
        opens: Opens::Us,
    };
    let begin =
        |witness: &Witness, keying| Client::over(settings, name.clone(), now, (), witness, keying);
    let opens = dial.opens;
    establish(dial.handshake(limits), begin, opens, desk, limits).await
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
    let dial = Dial {
        endpoint,
        address,
        name,
        provider: &settings.provider,
        roots: &settings.roots,
        now,
        opens: Opens::Us,
    };
    let begin = |witness: &Witness, keying| {
        Client::mutual_over(
            settings,
            attestation,
            name.clone(),
            now,
            (),
            witness,
            keying,
        )
    };
    let opens = dial.opens;
    establish(dial.handshake(limits), begin, opens, desk, limits).await
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
    let dial = Dial {
        endpoint,
        address,
        name,
        provider: &settings.provider,
        roots: &settings.roots,
        now,
        opens: Opens::Peer,
    };
    let begin =
        |witness: &Witness, keying| Client::attesting_over(settings, now, (), witness, keying);
    let opens = dial.opens;
    establish(dial.handshake(limits), begin, opens, desk, limits).await
}

/// What a connection is made of, whoever attests on it.
struct Dial<'d> {
    endpoint: &'d quinn::Endpoint,
    address: SocketAddr,
    name: &'d ServerName<'static>,
    provider: &'d Arc<CryptoProvider>,
    roots: &'d Arc<RootCertStore>,
    now: UnixTime,
    opens: Opens,
}

impl Dial<'_> {
    /// With a configuration for this one connection.
    async fn handshake(&self, limits: &Limits) -> Result<(quinn::Connection, Witness), Error> {
        let tls = client_tls(self.provider, self.roots, self.now)?;
        let quic = QuicClientConfig::try_from(tls.config).map_err(|_| Error::SuiteMissing)?;
        let mut config = quinn::ClientConfig::new(Arc::new(quic));
        config.transport_config(transport(limits, self.opens == Opens::Peer));
        let endpoint = self.endpoint;
        let connecting = endpoint.connect_with(config, self.address, &self.name.to_str())?;
        let connection = connecting.await.map_err(Error::Connection)?;
        Ok((connection, tls.witness))
    }
}
