//! Two ends meet over QUIC, on the loopback interface.

use std::net::{Ipv4Addr, SocketAddr};

use attested::observe::Instrument;
use attested::post::{AttestedPeer, Client, KeyingMaterial, RelyingPeer, Server, Witness};
use event::Recording;
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
    let loopback = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let config = transport::quic::endpoint_config(provider, identity, now)?;
    let listening = quinn::Endpoint::server(config, loopback)?;
    let calling = quinn::Endpoint::client(loopback)?;
    let dial = Dial {
        endpoint: &calling,
        address: listening.local_addr()?,
        name,
        provider: dialling,
        roots,
        now,
        opens: opens.0,
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
