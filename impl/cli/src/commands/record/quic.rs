//! Two ends meet over QUIC, on the loopback interface.

use std::net::{Ipv4Addr, UdpSocket};
use std::sync::Arc;
use std::time::Duration;

use attested::observe::Instrument;
use attested::post::{AttestedPeer, Client, KeyingMaterial, RelyingPeer, Server, Witness};
use event::Recording;
use quinn::crypto::{CryptoError, HmacKey};
use quinn::{ConnectionId, ConnectionIdGenerator, EndpointConfig, ServerConfig};
use sha2::{Digest as _, Sha256};
use stimuli::{Carried, Exchange};
use transport::quic::{AttestedConnection, Dial, KnownPeer, Opens, Tap, Welcome};
use transport::{Desk, Error, Limits, Pace};

use super::{Failure, PATIENCE};

/// Has the ends of a session meet, and says what happened.
pub(super) fn over_quic(carried: Carried) -> Result<Recording, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    runtime.block_on(meet(&carried))?;
    Ok(carried.recording())
}

fn tap(instrument: &Instrument) -> Tap {
    Box::new(instrument.clone())
}

async fn meet(carried: &Carried) -> Result<(), Failure> {
    let (name, now) = (&carried.name, carried.now);
    let (desk, limits) = (
        Desk::new(Pace::default()),
        Limits {
            exchange: PATIENCE,
            ..Limits::default()
        },
    );
    let (provider, identity, dialling, roots, opens) = match &carried.exchange {
        Exchange::Both { client, server, .. } | Exchange::ServerAttests { client, server } => (
            &server.provider,
            &server.handshake,
            &client.provider,
            &client.roots,
            (Opens::Us, Opens::Peer),
        ),
        Exchange::ClientAttests { client, server } => (
            &server.provider,
            &server.handshake,
            &client.provider,
            &client.roots,
            (Opens::Peer, Opens::Us),
        ),
    };
    let config = transport::quic::endpoint_config(provider, identity, now)?;
    let listening = endpoint(Some(config), carried.seed, b"server")?;
    let calling = endpoint(None, carried.seed, b"client")?;
    let dial = Dial {
        endpoint: &calling,
        address: listening.local_addr()?,
        name,
        provider: dialling,
        roots,
        now,
        opens: opens.0,
        destination: carried.seed.map(|seed| ConnectionId::new(&seed[..8])),
        observer: &carried.client,
    };
    let welcome = async {
        let incoming = listening.accept().await.ok_or("the endpoint is closed")?;
        Ok::<_, Failure>(Welcome {
            incoming,
            provider,
            identity,
            now,
            opens: opens.1,
            observer: &carried.server,
        })
    };
    type Keying = Box<dyn KeyingMaterial>;
    match &carried.exchange {
        Exchange::ServerAttests { client, server } => {
            let at_client = |witness: &Witness, keying: Keying| {
                let tap = tap(&carried.client);
                Client::over(client, name.clone(), now, tap, witness, keying)
            };
            let at_server = |witness: &Witness, keying: Keying| {
                Server::over(server, now, tap(&carried.server), witness, keying)
            };
            let dialled = dial.establish(at_client, &desk, &limits);
            let welcomed = async {
                let welcome = welcome.await?;
                Ok(welcome.establish(at_server, &desk, &limits).await?)
            };
            both::<AttestedPeer, RelyingPeer>(dialled, welcomed).await
        }
        Exchange::ClientAttests { client, server } => {
            let at_client = |witness: &Witness, keying: Keying| {
                Client::attesting_over(client, now, tap(&carried.client), witness, keying)
            };
            let at_server = |witness: &Witness, keying: Keying| {
                Server::relying_over(server, now, tap(&carried.server), witness, keying)
            };
            let dialled = dial.establish(at_client, &desk, &limits);
            let welcomed = async {
                let welcome = welcome.await?;
                Ok(welcome.establish(at_server, &desk, &limits).await?)
            };
            both::<RelyingPeer, AttestedPeer>(dialled, welcomed).await
        }
        Exchange::Both {
            client,
            attestation,
            server,
            reliance,
        } => {
            let at_client = |witness: &Witness, keying: Keying| {
                let (name, tap) = (name.clone(), tap(&carried.client));
                Client::mutual_over(client, attestation, name, now, tap, witness, keying)
            };
            let at_server = |witness: &Witness, keying: Keying| {
                let tap = tap(&carried.server);
                Server::mutual_over(server, reliance, now, tap, witness, keying)
            };
            let dialled = dial.establish(at_client, &desk, &limits);
            let welcomed = async {
                let welcome = welcome.await?;
                Ok(welcome.establish(at_server, &desk, &limits).await?)
            };
            both::<AttestedPeer, AttestedPeer>(dialled, welcomed).await
        }
    }
}

/// An endpoint on the loopback interface that draws from the seed, if there is one:
/// connection identifiers and more of QUIC's are in the handshake's messages.
fn endpoint(
    server: Option<ServerConfig>,
    seed: Option<[u8; 32]>,
    which: &[u8],
) -> Result<quinn::Endpoint, Failure> {
    let mut config = EndpointConfig::default();
    if let Some(seed) = seed {
        let seed = Seed(
            Sha256::new()
                .chain_update(seed)
                .chain_update(which)
                .finalize()
                .into(),
        );
        config
            .rng_seed(Some(seed.0))
            .cid_generator(|| Box::new(Nameless))
            .reset_key(Arc::new(seed));
    }
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
    let runtime = quinn::default_runtime().ok_or("no runtime for QUIC")?;
    Ok(quinn::Endpoint::new(config, server, socket, runtime)?)
}

/// One connection needs no identifiers.
struct Nameless;

impl ConnectionIdGenerator for Nameless {
    fn generate_cid(&mut self) -> ConnectionId {
        ConnectionId::new(&[])
    }

    fn cid_len(&self) -> usize {
        0
    }

    fn cid_lifetime(&self) -> Option<Duration> {
        None
    }
}

/// What tokens for a stateless reset follow from.
struct Seed([u8; 32]);

impl HmacKey for Seed {
    fn sign(&self, data: &[u8], signature: &mut [u8]) {
        let tag = Sha256::new()
            .chain_update(self.0)
            .chain_update(data)
            .finalize();
        signature.copy_from_slice(&tag);
    }

    fn signature_len(&self) -> usize {
        32
    }

    fn verify(&self, data: &[u8], signature: &[u8]) -> Result<(), CryptoError> {
        let mut expected = [0; 32];
        self.sign(data, &mut expected);
        match expected == signature {
            true => Ok(()),
            false => Err(CryptoError),
        }
    }
}

/// Waits until both are attested; neither closes before.
async fn both<C: KnownPeer, S: KnownPeer>(
    dialled: impl Future<Output = Result<AttestedConnection<C>, Error>>,
    welcomed: impl Future<Output = Result<AttestedConnection<S>, Failure>>,
) -> Result<(), Failure> {
    let (client, server) = tokio::join!(dialled, welcomed);
    client?;
    server?;
    Ok(())
}
