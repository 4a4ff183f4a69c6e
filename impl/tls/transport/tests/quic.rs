//! The exchange on a QUIC stream, and application data on others.

mod common;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use attested::post::{AttestedPeer, RelyingPeer, client_tls};
use common::{Gated, World, desk, limits, name, now};
use mock_tee::forge::{Forger, Forgery};
use quinn::Endpoint;
use quinn::crypto::rustls::QuicClientConfig;
use transport::quic::{self, AttestedConnection};
use transport::{Error, Limits};

fn listening(world: &World) -> (Endpoint, SocketAddr) {
    let config = quic::endpoint_config(&world.provider, &world.server, now()).expect("fitting");
    let endpoint = Endpoint::server(config, "127.0.0.1:0".parse().expect("an address"));
    let endpoint = endpoint.expect("a free port");
    let address = endpoint.local_addr().expect("bound");
    (endpoint, address)
}

fn calling() -> Endpoint {
    Endpoint::client("127.0.0.1:0".parse().expect("an address")).expect("a free port")
}

async fn incoming(endpoint: &Endpoint) -> quinn::Incoming {
    endpoint.accept().await.expect("open")
}

async fn server_attests(
    world: &World,
    settings: &attested::post::ServerSettings,
) -> (
    Result<AttestedConnection<AttestedPeer>, Error>,
    Result<AttestedConnection<RelyingPeer>, Error>,
    (Endpoint, Endpoint),
) {
    let (listening, address) = listening(world);
    let calling = calling();
    let (desk, limits, at_client) = (desk(), limits(), world.client_settings());
    let name = name();
    let (client, server) = tokio::join!(
        quic::connect(&calling, address, &name, &at_client, now(), &desk, &limits),
        async {
            let incoming = incoming(&listening).await;
            quic::accept(incoming, settings, now(), &desk, &limits).await
        },
    );
    (client, server, (calling, listening))
}

async fn echo<A, B>(client: &AttestedConnection<A>, server: &AttestedConnection<B>)
where
    A: quic::KnownPeer,
    B: quic::KnownPeer,
{
    let data = vec![0x5a; 300_000];
    let asking = async {
        let (mut sending, mut receiving) = client.open_bi().await.expect("attested");
        let writing = async {
            sending.write_all(&data).await.expect("open");
            sending.finish().expect("open");
        };
        let reading = receiving.read_to_end(1 << 20);
        tokio::join!(writing, reading).1.expect("all of it")
    };
    let answering = async {
        let (mut sending, mut receiving) = server.accept_bi().await.expect("attested");
        let data = receiving.read_to_end(1 << 20).await.expect("all of it");
        sending.write_all(&data).await.expect("open");
        sending.finish().expect("open");
    };
    let (back, ()) = tokio::join!(asking, answering);
    assert!(back == data);
}

#[tokio::test]
async fn a_server_attests_and_again() {
    let world = World::new();
    let (client, server, _endpoints) = server_attests(&world, &world.server_settings()).await;
    let (client, server) = (client.expect("attested"), server.expect("accepted"));
    let challenge = || {
        client.with_peer(|peer| {
            assert_eq!(peer.appraised().result().software, "program");
            peer.appraised().claims().challenge.clone()
        })
    };
    echo(&client, &server).await;
    let mut seen = vec![challenge()];
    for _ in 0..3 {
        client.reattest(now()).await.expect("attested again");
        assert!(!seen.contains(&challenge()));
        seen.push(challenge());
        echo(&client, &server).await;
    }
}

#[tokio::test]
async fn both_attest_and_either_asks_again() {
    let world = World::new();
    let (listening, address) = listening(&world);
    let calling = calling();
    let (desk, limits, name) = (desk(), limits(), name());
    let (at_client, at_server) = (world.client_settings(), world.server_settings());
    let (attestation, reliance) = (world.attestation(), world.reliance());
    let (client, server) = tokio::join!(
        quic::connect_mutual(
            &calling,
            address,
            &name,
            &at_client,
            &attestation,
            now(),
            &desk,
            &limits
        ),
        async {
            let incoming = incoming(&listening).await;
            quic::accept_mutual(incoming, &at_server, &reliance, now(), &desk, &limits).await
        },
    );
    let (client, server) = (client.expect("attested"), server.expect("attested"));
    let (a, b) = tokio::join!(client.reattest(now()), server.reattest(now()));
    a.expect("attested again");
    b.expect("attested again");
    echo(&client, &server).await;
    echo(&server, &client).await;
}

/// Whoever drops the future has asked all the same, and may ask again.
#[tokio::test]
async fn attestation_again_is_cancel_safe() {
    let world = World::new();
    let (attester, gate) = Gated::around(world.workload(1, &world.server));
    gate.open();
    let settings = world.server_settings_with(attester);
    let (client, server, _endpoints) = server_attests(&world, &settings).await;
    let (client, server) = (client.expect("attested"), server.expect("accepted"));
    for patience in 0..20 {
        let patience = Duration::from_micros(50 * patience);
        let _ = tokio::time::timeout(patience, client.reattest(now())).await;
        echo(&client, &server).await;
    }
    let before = gate.arrived();
    client.reattest(now()).await.expect("attested again");
    assert!(gate.arrived() > before, "asked anew");
    echo(&client, &server).await;
}

#[tokio::test]
async fn a_client_attests() {
    let world = World::new();
    let (listening, address) = listening(&world);
    let calling = calling();
    let (desk, limits, name) = (desk(), limits(), name());
    let (at_client, at_server) = (
        world.attesting_client_settings(),
        world.relying_server_settings(),
    );
    let (client, server) = tokio::join!(
        quic::connect_attesting(&calling, address, &name, &at_client, now(), &desk, &limits),
        async {
            let incoming = incoming(&listening).await;
            quic::accept_relying(incoming, &at_server, now(), &desk, &limits).await
        },
    );
    let (client, server) = (client.expect("accepted"), server.expect("attested"));
    server.reattest(now()).await.expect("attested again");
    echo(&client, &server).await;
}

#[tokio::test]
async fn refusals_reach_both_ends_with_their_reasons() {
    let world = World::new();
    let spki = world
        .server
        .key
        .public_key()
        .expect("a public half")
        .to_vec();
    for (forgery, code) in [
        (Forgery::Unsigned, "evidence-unsigned"),
        (Forgery::Tampered, "evidence-tampered"),
        (Forgery::WronglyBound, "wrongly-bound"),
    ] {
        let attester = world.root.machine(1).launch(common::CODE, &spki);
        let settings = world.server_settings_with(Arc::new(Forger { attester, forgery }));
        let (client, server, _endpoints) = server_attests(&world, &settings).await;
        let at_client = client.err().expect("refused");
        assert_eq!(at_client.code(), code, "{at_client}");
        assert!(
            matches!(at_client, Error::Attested(attested::Error::Refusal(_))),
            "{at_client}"
        );
        let at_server = server.err().expect("refused");
        assert_eq!(at_server.code(), "peer-aborted", "{at_server}");
    }
}

/// A peer that has finished the handshake and not attested.
async fn stranger(world: &World, address: SocketAddr) -> (Endpoint, quinn::Connection) {
    let tls = client_tls(&world.provider, &world.roots(), now(), &()).expect("fitting");
    let quic = QuicClientConfig::try_from(tls.config).expect("QUIC's suite");
    let endpoint = calling();
    let config = quinn::ClientConfig::new(Arc::new(quic));
    let connecting = endpoint.connect_with(config, address, common::NAME);
    let connection = connecting.expect("well-formed").await.expect("a handshake");
    (endpoint, connection)
}

#[tokio::test]
async fn before_attestation_there_is_one_stream_and_it_takes_no_data() {
    let world = World::new();
    let (listening, address) = listening(&world);
    let (desk, limits, settings) = (desk(), limits(), world.server_settings());
    let accepting = async {
        let incoming = incoming(&listening).await;
        quic::accept(incoming, &settings, now(), &desk, &limits).await
    };
    let intruding = async {
        let (_endpoint, connection) = stranger(&world, address).await;
        let patience = Duration::from_millis(50);
        let uni = tokio::time::timeout(patience, connection.open_uni()).await;
        assert!(uni.is_err(), "no unidirectional stream may be opened");
        let (mut sending, _receiving) = connection.open_bi().await.expect("the exchange's");
        let second = tokio::time::timeout(patience, connection.open_bi()).await;
        assert!(second.is_err(), "no second stream may be opened");
        let data = [&[3, 0, 0, 0, 5][..], b"early"].concat();
        sending.write_all(&data).await.expect("open");
        connection.closed().await
    };
    let (server, reason) = tokio::join!(accepting, intruding);
    let error = server.err().expect("refused");
    assert_eq!(error.code(), "application-data-before-attestation");
    assert!(
        reason
            .to_string()
            .contains("application-data-before-attestation"),
        "{reason}"
    );
}

#[tokio::test]
async fn a_silent_peer_is_given_up_in_time() {
    let world = World::new();
    let (listening, address) = listening(&world);
    let limits = Limits {
        exchange: Duration::from_millis(150),
        ..Limits::default()
    };
    let (desk, settings) = (desk(), world.server_settings());
    let (server, _stranger) = tokio::join!(
        async {
            let incoming = incoming(&listening).await;
            quic::accept(incoming, &settings, now(), &desk, &limits).await
        },
        stranger(&world, address),
    );
    assert!(matches!(server, Err(Error::Slow { .. })));
}

#[tokio::test]
async fn a_wrong_name_is_refused_in_the_handshake() {
    let world = World::new();
    let (listening, address) = listening(&world);
    let calling = calling();
    let (desk, limits) = (desk(), limits());
    let (at_client, at_server) = (world.client_settings(), world.server_settings());
    let other = "other.example".try_into().expect("a DNS name");
    let (client, server) = tokio::join!(
        quic::connect(&calling, address, &other, &at_client, now(), &desk, &limits),
        async {
            let incoming = incoming(&listening).await;
            quic::accept(incoming, &at_server, now(), &desk, &limits).await
        },
    );
    assert!(matches!(client, Err(Error::Connection(_))));
    assert!(server.is_err());
}
