//! Hostile peers over QUIC: each has finished an honest handshake and lies on the
//! exchange's stream. And suites of either hash, which QUIC does not tell us.

mod common;

use std::net::SocketAddr;
use std::sync::Arc;

use attested::ApiMisuse;
use attested::post::{AttestedPeer, Client, RelyingPeer, Server, Witness, client_tls, server_tls};
use common::{World, desk, limits, name, now};
use quinn::crypto::rustls::{QuicClientConfig, QuicServerConfig};
use quinn::{Endpoint, RecvStream};
use rustls::crypto::{CryptoProvider, ring};
use transport::quic::{self, AttestedConnection, Dial, Opens, Tap, Welcome};
use transport::{Error, Limits};

const REQUEST: u8 = 1;

fn frame(kind: u8, body: &[u8]) -> Vec<u8> {
    [&[kind], &(body.len() as u32).to_be_bytes()[..], body].concat()
}

/// A request with `signature_algorithms` (P-256) and an empty extension 0xff00.
fn request(context: &[u8]) -> Vec<u8> {
    let extensions = [0, 13, 0, 4, 0, 2, 4, 3, 0xff, 0, 0, 0];
    let mut body = vec![context.len() as u8];
    body.extend_from_slice(context);
    body.extend_from_slice(&[0, extensions.len() as u8]);
    body.extend_from_slice(&extensions);
    [&[17, 0, 0, body.len() as u8][..], &body].concat()
}

async fn read_frame(stream: &mut RecvStream) -> Vec<u8> {
    let mut header = [0; 5];
    stream.read_exact(&mut header).await.expect("a header");
    let [kind, length @ ..] = header;
    let mut body = vec![0; u32::from_be_bytes(length) as usize];
    stream.read_exact(&mut body).await.expect("a body");
    frame(kind, &body)
}

fn calling() -> Endpoint {
    Endpoint::client("127.0.0.1:0".parse().expect("an address")).expect("a free port")
}

fn listening(world: &World) -> (Endpoint, SocketAddr) {
    let config = quic::endpoint_config(&world.provider, &world.server, now()).expect("fitting");
    let endpoint = Endpoint::server(config, "127.0.0.1:0".parse().expect("an address"));
    let endpoint = endpoint.expect("a free port");
    let address = endpoint.local_addr().expect("bound");
    (endpoint, address)
}

/// A client that has finished the handshake and speaks for itself.
async fn stranger(world: &World, calling: &Endpoint, address: SocketAddr) -> quinn::Connection {
    let tls = client_tls(&world.provider, &world.roots(), now(), &()).expect("fitting");
    let quic = QuicClientConfig::try_from(tls.config).expect("QUIC's suite");
    let config = quinn::ClientConfig::new(Arc::new(quic));
    let connecting = calling.connect_with(config, address, common::NAME);
    connecting.expect("well-formed").await.expect("a handshake")
}

/// What an honest server says of a client that sends these octets.
async fn server_meets(octets: Vec<u8>) -> Error {
    let world = World::new();
    let (listening, address) = listening(&world);
    let (calling, desk, limits) = (calling(), desk(), limits());
    let settings = world.server_settings();
    let serving = async {
        let incoming = listening.accept().await.expect("open");
        quic::accept(incoming, &settings, now(), &desk, &limits).await
    };
    let lying = async {
        let connection = stranger(&world, &calling, address).await;
        let (mut sending, _receiving) = connection.open_bi().await.expect("the exchange's");
        sending.write_all(&octets).await.expect("open");
        connection.closed().await
    };
    let (server, _) = tokio::join!(serving, lying);
    server.err().expect("refused")
}

#[tokio::test]
async fn refuses_lies_on_the_exchanges_stream() {
    let twice = [
        frame(REQUEST, &request(&[7; 32])),
        frame(REQUEST, &request(&[7; 32])),
    ];
    for (octets, code) in [
        (vec![1, 0xff, 0xff, 0xff, 0xff], "frame-too-long"),
        (frame(9, b""), "unknown-frame"),
        (frame(2, &[20, 0, 0, 0]), "unexpected-frame"),
        (frame(3, b"early"), "application-data-before-attestation"),
        (
            frame(REQUEST, &[17, 0, 0, 9]),
            "malformed-authenticator-message",
        ),
        (twice.concat(), "context-reused"),
    ] {
        let error = server_meets(octets).await;
        assert_eq!(error.code(), code, "{error}");
    }
}

/// The relay has the server's handshake key, ends the client's connection with it,
/// and passes on what the genuine server says on another one.
#[tokio::test]
async fn refuses_an_authenticator_of_another_quic_connection() {
    let world = World::new();
    let (genuine, genuine_address) = listening(&world);
    let (relay, relay_address) = listening(&world);
    let [calling, relay_calling] = [(); 2].map(|()| calling());
    let (desk, limits) = (desk(), limits());
    let (at_client, at_server) = (world.client_settings(), world.server_settings());
    let name = name();
    let serving = async {
        let incoming = genuine.accept().await.expect("open");
        quic::accept(incoming, &at_server, now(), &desk, &limits).await
    };
    let relaying = async {
        let tls = server_tls(&world.provider, &world.server, now(), &()).expect("fitting");
        let config = QuicServerConfig::try_from(tls.config).expect("QUIC's suite");
        let config = Arc::new(quinn::ServerConfig::with_crypto(Arc::new(config)));
        let incoming = relay.accept().await.expect("open");
        let near = incoming.accept_with(config).expect("valid").await;
        let near = near.expect("a handshake");
        let far = stranger(&world, &relay_calling, genuine_address).await;
        let (mut to_client, mut from_client) = near.accept_bi().await.expect("the exchange's");
        let (mut to_server, mut from_server) = far.open_bi().await.expect("the exchange's");
        let request = read_frame(&mut from_client).await;
        to_server.write_all(&request).await.expect("open");
        let authenticator = read_frame(&mut from_server).await;
        to_client.write_all(&authenticator).await.expect("open");
        near.closed().await;
    };
    let (client, _server, ()) = tokio::join!(
        async {
            let outcome = quic::connect(
                &calling,
                relay_address,
                &name,
                &at_client,
                now(),
                &desk,
                &limits,
            );
            outcome.await
        },
        serving,
        relaying,
    );
    let error = client.err().expect("refused");
    assert_eq!(error.code(), "wrong-finished", "{error}");
}

/// The binder is as long as the hash of the suite that was negotiated.
#[tokio::test]
async fn suites_with_either_hash_are_negotiated() {
    let sha256 = ring::cipher_suite::TLS13_AES_128_GCM_SHA256;
    let sha384 = ring::cipher_suite::TLS13_AES_256_GCM_SHA384;
    let chacha = ring::cipher_suite::TLS13_CHACHA20_POLY1305_SHA256;
    for (suites, length) in [
        (vec![sha256], 32),
        (vec![sha384, sha256], 48),
        (vec![chacha, sha256], 32),
    ] {
        let mut world = World::new();
        world.provider = Arc::new(CryptoProvider {
            cipher_suites: suites,
            ..ring::default_provider()
        });
        let (client, _server) = attested(&world, &limits()).await.expect("attested");
        let challenge = client.with_peer(|peer| peer.appraised().claims().challenge.len());
        assert_eq!(challenge, length);
        client.reattest(now()).await.expect("again");
    }
    let mut world = World::new();
    world.provider = Arc::new(CryptoProvider {
        cipher_suites: vec![sha384],
        ..ring::default_provider()
    });
    let config = quic::endpoint_config(&world.provider, &world.server, now());
    assert!(matches!(config, Err(Error::SuiteMissing)));
}

type Ends = (
    AttestedConnection<AttestedPeer>,
    AttestedConnection<RelyingPeer>,
);

async fn attested(world: &World, limits: &Limits) -> Result<Ends, Error> {
    let (listening, address) = listening(world);
    let (calling, desk, name) = (calling(), desk(), name());
    let (at_client, at_server) = (world.client_settings(), world.server_settings());
    let (client, server) = tokio::join!(
        quic::connect(&calling, address, &name, &at_client, now(), &desk, limits),
        async {
            let incoming = listening.accept().await.expect("open");
            quic::accept(incoming, &at_server, now(), &desk, limits).await
        },
    );
    Ok((client?, server?))
}

/// An endpoint with TLS of its own on the exchange's stream would attest that TLS,
/// and leave the connection's other streams to whoever ended QUIC.
#[tokio::test]
async fn refuses_an_endpoint_of_another_connection() {
    let world = World::new();
    let (listening, address) = listening(&world);
    let (calling, desk, limits, name) = (calling(), desk(), limits(), name());
    let (at_client, at_server) = (world.client_settings(), world.server_settings());
    let silent = || -> Tap { Box::new(()) };
    let dial = Dial {
        endpoint: &calling,
        address,
        name: &name,
        provider: &world.provider,
        roots: &at_client.roots,
        now: now(),
        opens: Opens::Us,
        destination: None,
        observer: &(),
    };
    let (client, server) = tokio::join!(
        async {
            let begin = |_: &Witness, _| Client::new(&at_client, name.clone(), now(), silent());
            dial.establish::<_, AttestedPeer>(begin, &desk, &limits)
                .await
        },
        async {
            let welcome = Welcome {
                incoming: listening.accept().await.expect("open"),
                provider: &world.provider,
                identity: &world.server,
                now: now(),
                opens: Opens::Peer,
                observer: &(),
            };
            let begin = |_: &Witness, _| Server::new(&at_server, now(), silent());
            welcome
                .establish::<_, RelyingPeer>(begin, &desk, &limits)
                .await
        },
    );
    for error in [client.err(), server.err()] {
        let error = error.expect("refused");
        let is_ours = matches!(
            error,
            Error::Attested(attested::Error::ApiMisuse(ApiMisuse::OtherConnection))
        );
        let is_theirs = matches!(error, Error::Attested(attested::Error::PeerAborted(_)));
        assert!(is_ours || is_theirs, "{error}");
    }
}
