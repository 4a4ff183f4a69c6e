//! The client.

use std::net::SocketAddr;
use std::sync::Arc;

use attested::observe::Observe;
use attested::post::{
    Attestation, AttestedPeer, AttestingClientSettings, Client, ClientSettings, KeyingMaterial,
    RelyingPeer, Witness, client_tls,
};
use attested::{Attesting, Error as CoreError};
use quinn::ConnectionId;
use quinn::crypto::rustls::QuicClientConfig;
use rustls::RootCertStore;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{ServerName, UnixTime};

use super::connection::{AttestedConnection, KnownPeer, Opens, Tap, establish};
use super::crypto::Noted;
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
        destination: None,
        observer: &(),
    };
    let begin = |witness: &Witness, keying| {
        Client::over(settings, name.clone(), now, silent(), witness, keying)
    };
    dial.establish(begin, desk, limits).await
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
        destination: None,
        observer: &(),
    };
    let begin = |witness: &Witness, keying| {
        let (name, tap) = (name.clone(), silent());
        Client::mutual_over(settings, attestation, name, now, tap, witness, keying)
    };
    dial.establish(begin, desk, limits).await
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
        destination: None,
        observer: &(),
    };
    let begin = |witness: &Witness, keying| {
        Client::attesting_over(settings, now, silent(), witness, keying)
    };
    dial.establish(begin, desk, limits).await
}

fn silent() -> Tap {
    Box::new(())
}

/// What a client's connection is made of, whoever attests on it.
pub struct Dial<'d> {
    pub endpoint: &'d quinn::Endpoint,
    pub address: SocketAddr,
    pub name: &'d ServerName<'static>,
    pub provider: &'d Arc<CryptoProvider>,
    pub roots: &'d Arc<RootCertStore>,
    pub now: UnixTime,
    /// Who opens the stream of the exchange: an end that relies, of two the
    /// client.
    pub opens: Opens,
    /// What the first packets call the server, before it has said what they should:
    /// for a run that is to be made again. Drawn if there is none, as RFC 9000
    /// section 7.2 has it.
    pub destination: Option<ConnectionId>,
    /// Observes the handshake; the endpoint that is begun on it has to be
    /// observed by the same.
    pub observer: &'d (dyn Observe + Sync),
}

impl Dial<'_> {
    /// Connects, then runs the endpoint that `begin` makes, such as
    /// [`Client::over`].
    ///
    /// # Errors
    /// As [`connect`].
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

    /// With a configuration for this one connection.
    async fn handshake(self, limits: &Limits) -> Result<(quinn::Connection, Witness), Error> {
        let tls = client_tls(self.provider, self.roots, self.now, self.observer)?;
        let quic = QuicClientConfig::try_from(tls.config).map_err(|_| Error::SuiteMissing)?;
        let mut config = quinn::ClientConfig::new(Arc::new(Noted {
            config: Arc::new(quic),
            frames: tls.crypto_frames,
        }));
        config.transport_config(transport(limits, self.opens == Opens::Peer));
        if let Some(destination) = self.destination {
            config.initial_dst_cid_provider(Arc::new(move || destination));
        }
        let endpoint = self.endpoint;
        let connecting = endpoint.connect_with(config, self.address, &self.name.to_str())?;
        let connection = connecting.await.map_err(Error::Connection)?;
        Ok((connection, tls.witness))
    }
}
