//! tokio over TCP: every placement, every duty, new Evidence on demand, and an
//! attesting environment that takes its time.

mod common;

use std::future::poll_fn;
use std::num::NonZeroUsize;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use attested::intra::{self, experimental};
use attested::observe::Observe;
use attested::post::{AttestedChannel, AttestedPeer, Client, Server};
use attested::{ApplicationData, Attesting, pre};
use common::{Gated, World, desk, limits, name, now, sockets};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use transport::stream::AttestedStream;
use transport::{Desk, Error, Pace};

type Stream<C> = AttestedStream<TcpStream, C>;

async fn establish<A: Attesting, B: Attesting>(
    client: A,
    server: B,
) -> (Stream<A::Channel>, Stream<B::Channel>) {
    let (at_client, at_server) = sockets().await;
    let (desk, limits) = (desk(), limits());
    let (client, server) = tokio::join!(
        AttestedStream::establish(client, at_client, &desk, &limits),
        AttestedStream::establish(server, at_server, &desk, &limits),
    );
    (client.expect("attested"), server.expect("accepted"))
}

/// A megabyte there and back, while the other end echoes.
async fn exchange_data<A, B>(mut client: A, server: B)
where
    A: AsyncRead + AsyncWrite + Unpin,
    B: AsyncRead + AsyncWrite + Unpin,
{
    let data: Vec<u8> = (0..1_000_000u32).map(|n| (n >> 3) as u8).collect();
    let (mut reading, mut writing) = tokio::io::split(server);
    let echoing = async {
        tokio::io::copy(&mut reading, &mut writing)
            .await
            .expect("open");
        writing.shutdown().await.expect("open");
    };
    let asking = async {
        let (mut reading, mut writing) = tokio::io::split(&mut client);
        let sending = async {
            writing.write_all(&data).await.expect("open");
            writing.shutdown().await.expect("open");
        };
        let mut back = Vec::new();
        let receiving = async { reading.read_to_end(&mut back).await.expect("closed") };
        tokio::join!(sending, receiving);
        back
    };
    let ((), back) = tokio::join!(echoing, asking);
    assert!(back == data, "{} of {} octets", back.len(), data.len());
}

#[tokio::test]
async fn a_server_attests_and_a_megabyte_follows() {
    let world = World::new();
    let (client, server) = establish(world.client(), world.server()).await;
    assert_eq!(client.peer().appraised().result().software, "program");
    exchange_data(client, server).await;
}

#[tokio::test]
async fn a_client_attests() {
    let world = World::new();
    let settings = world.attesting_client_settings();
    let client = Client::attesting(&settings, name(), now(), ()).expect("honest settings");
    let server = Server::relying(&world.relying_server_settings(), now(), ());
    let (client, server) = establish(client, server.expect("honest settings")).await;
    assert_eq!(server.peer().appraised().result().software, "program");
    exchange_data(client, server).await;
}

fn mutual(
    world: &World,
) -> (
    Client<(), attested::post::Mutual>,
    Server<(), attested::post::Mutual>,
) {
    let attestation = world.attestation();
    let client = Client::mutual(&world.client_settings(), &attestation, name(), now(), ());
    let server = Server::mutual(&world.server_settings(), &world.reliance(), now(), ());
    (
        client.expect("honest settings"),
        server.expect("honest settings"),
    )
}

#[tokio::test]
async fn both_attest() {
    let (client, server) = mutual(&World::new());
    let (client, server) = establish(client, server).await;
    let machine = |peer: &AttestedPeer| peer.appraised().result().machine.clone();
    assert_ne!(machine(client.peer()), machine(server.peer()));
    exchange_data(client, server).await;
}

async fn again<T, O>(stream: &mut AttestedStream<T, AttestedChannel<AttestedPeer, O>>)
where
    T: AsyncRead + AsyncWrite + Unpin,
    O: Observe,
{
    let before = stream.peer().appraised().claims().challenge.clone();
    stream.reattest(now()).await.expect("attested again");
    assert_ne!(stream.peer().appraised().claims().challenge, before);
}

#[tokio::test]
async fn either_end_asks_again_while_the_other_reads() {
    let (client, server) = mutual(&World::new());
    let (mut client, mut server) = establish(client, server).await;
    let mut octet = [0];
    for _ in 0..3 {
        let asking = async {
            again(&mut client).await;
            client.write_all(b"c").await.expect("open");
        };
        tokio::join!(asking, async {
            server.read_exact(&mut octet).await.expect("sent")
        });
        let asking = async {
            again(&mut server).await;
            server.write_all(b"s").await.expect("open");
        };
        tokio::join!(asking, async {
            client.read_exact(&mut octet).await.expect("sent")
        });
    }
    exchange_data(client, server).await;
}

#[tokio::test]
async fn the_other_placements_attest() {
    let world = World::new();
    let identity = || pre::ServerIdentity::Pki(world.roots());
    let issuance = pre::Issuance::new(
        Arc::clone(&world.server.key),
        world.workload(1, &world.server),
        pre::Vouching::Chain(world.server.chain.clone()),
        vec![common::NAME.to_owned()],
    );
    let issued = issuance.issue(now(), &mut ()).expect("issued");
    let settings = pre::ClientSettings::new(
        Arc::clone(&world.provider),
        identity(),
        world.relying_party(),
    );
    let client = pre::Client::new(&settings, name(), now(), ()).expect("honest settings");
    let settings = pre::ServerSettings {
        provider: Arc::clone(&world.provider),
        identity: issued.identity().clone(),
    };
    let server = pre::Server::new(&settings, now(), ()).expect("honest settings");
    let (client, server) = establish(client, server).await;
    exchange_data(client, server).await;

    let settings = intra::ClientSettings::new(
        Arc::clone(&world.provider),
        identity(),
        world.relying_party(),
    );
    let client = intra::Client::new(&settings, name(), now(), ()).expect("honest settings");
    let (client, server) = establish(
        client,
        intra_server(&world, world.workload(1, &world.server)),
    )
    .await;
    exchange_data(client, server).await;
}

fn intra_server(world: &World, attester: Arc<dyn rats::Attester>) -> intra::Server<()> {
    let settings = intra::ServerSettings {
        provider: Arc::clone(&world.provider),
        key: Arc::clone(&world.server.key),
        attester,
        vouching: pre::Vouching::Chain(world.server.chain.clone()),
        names: vec![common::NAME.to_owned()],
        protocols: Vec::new(),
    };
    intra::Server::new(&settings, now(), ()).expect("honest settings")
}

/// On one thread: if making Evidence held it, nothing else would move.
#[tokio::test(flavor = "current_thread")]
async fn slow_evidence_holds_up_nobody_else() {
    let world = World::new();
    let (mut client, mut server) = establish(world.client(), world.server()).await;
    for slow_intra in [false, true] {
        let (attester, gate) = Gated::around(world.workload(1, &world.server));
        let slow = async {
            let (at_client, at_server) = sockets().await;
            let (desk, limits) = (desk(), limits());
            if slow_intra {
                let settings = intra::ClientSettings::new(
                    Arc::clone(&world.provider),
                    pre::ServerIdentity::Pki(world.roots()),
                    world.relying_party(),
                );
                let client = intra::Client::new(&settings, name(), now(), ());
                let (client, server) = tokio::join!(
                    AttestedStream::establish(client.expect("honest"), at_client, &desk, &limits),
                    AttestedStream::establish(
                        intra_server(&world, attester),
                        at_server,
                        &desk,
                        &limits
                    ),
                );
                client.is_ok() && server.is_ok()
            } else {
                let (client, server) = tokio::join!(
                    AttestedStream::establish(world.client(), at_client, &desk, &limits),
                    AttestedStream::establish(
                        world.server_with(attester),
                        at_server,
                        &desk,
                        &limits
                    ),
                );
                client.is_ok() && server.is_ok()
            }
        };
        let others = async {
            while gate.arrived() == 0 {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            let mut octet = [0];
            for _ in 0..20 {
                client.write_all(b"x").await.expect("open");
                server.read_exact(&mut octet).await.expect("sent");
                server.write_all(b"y").await.expect("open");
                client.read_exact(&mut octet).await.expect("sent");
            }
            assert_eq!(gate.arrived(), 1);
            gate.open();
        };
        let (attested, ()) = tokio::join!(slow, others);
        assert!(attested);
    }
}

#[tokio::test]
async fn a_full_desk_refuses_at_once_and_says_so() {
    let world = World::new();
    let (attester, gate) = Gated::around(world.workload(1, &world.server));
    let desk = Desk::new(Pace {
        at_desk: NonZeroUsize::MIN,
        ..Pace::default()
    });
    let connection = || async {
        let (at_client, at_server) = sockets().await;
        let limits = limits();
        tokio::join!(
            AttestedStream::establish(world.client(), at_client, &desk, &limits),
            AttestedStream::establish(
                world.server_with(Arc::clone(&attester)),
                at_server,
                &desk,
                &limits
            ),
        )
    };
    let second = async {
        while gate.arrived() == 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let refused = connection().await;
        gate.open();
        refused
    };
    let ((client, server), (refused_client, refused_server)) = tokio::join!(connection(), second);
    assert!(client.is_ok() && server.is_ok());
    assert_eq!(
        refused_server.err().map(|error| error.code()),
        Some("attester-overloaded")
    );
    assert_eq!(
        refused_client.err().map(|error| error.code()),
        Some("peer-aborted")
    );
}

#[tokio::test]
async fn questions_keep_their_distance() {
    let world = World::new();
    let desk = Desk::new(Pace {
        spacing: Duration::from_millis(20),
        ..Pace::default()
    });
    let begun = tokio::time::Instant::now();
    for _ in 0..3 {
        let (mut client, mut server) = (world.client(), world.server());
        attested::Endpoint::defer_evidence(&mut server);
        let (at_client, _) = attested::pair::run(&mut client, &mut server);
        at_client.expect("nothing to refuse yet");
        let question = attested::Endpoint::take_question(&mut server).expect("a request came");
        Arc::clone(&desk).ask(question).await.expect("answered");
    }
    assert!(begun.elapsed() >= Duration::from_millis(40));
}

#[tokio::test]
async fn answers_nobody_asked_for_are_refused() {
    let world = World::new();
    let (mut client, mut server) = (world.client(), world.server());
    attested::Endpoint::defer_evidence(&mut server);
    let _ = attested::pair::run(&mut client, &mut server);
    let question = attested::Endpoint::take_question(&mut server).expect("a request came");
    assert!(attested::Endpoint::take_question(&mut server).is_none());
    let evidence = question.ask().expect("an honest attester");
    attested::Endpoint::answer(&mut server, Ok(evidence.clone())).expect("asked for");
    let again = attested::Endpoint::answer(&mut server, Ok(evidence));
    assert_eq!(again.unwrap_err().code(), "api-misuse");
    let (at_client, at_server) = attested::pair::run(&mut client, &mut server);
    assert_eq!((at_client, at_server), (Ok(()), Ok(())));
    assert!(client.is_attested());
}

#[tokio::test]
async fn a_peer_that_only_sends_data_is_given_up() {
    let world = World::new();
    let (at_client, at_server) = sockets().await;
    let (desk, mut limits) = (desk(), limits());
    limits.unread = 100_000;
    let (attester, gate) = Gated::around(world.workload(1, &world.server));
    gate.open();
    let (client, server) = tokio::join!(
        AttestedStream::establish(world.client(), at_client, &desk, &limits),
        AttestedStream::establish(world.server_with(attester), at_server, &desk, &limits),
    );
    let (mut client, mut server) = (client.expect("attested"), server.expect("accepted"));
    let flooding = async { while server.write_all(&[0; 10_000]).await.is_ok() {} };
    let asking = async { client.reattest(now()).await };
    let error = tokio::select! {
        error = asking => error.expect_err("a flood"),
        () = flooding => panic!("the client reads"),
    };
    assert!(matches!(error, Error::Unread { .. }), "{error}");
    // There is no way around the verdict that never came.
    let error = client.reattest(now()).await.expect_err("given up");
    assert!(matches!(error, Error::GivenUp), "{error}");
    assert!(client.write_all(b"secret").await.is_err());
    assert!(client.read(&mut [0]).await.is_err());
}

/// `future`, polled so many times and dropped; whether it was done by then.
async fn cut_short(times: usize, future: impl Future<Output = Result<(), Error>>) -> bool {
    let mut future = pin!(future);
    let mut left = times;
    poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(false);
        }
        left -= 1;
        let outcome = future.as_mut().poll(context);
        outcome.map(|it| it.map(|()| true).expect("an honest peer"))
    })
    .await
}

/// Dropped at any point, by both ends at once, over a pipe so narrow that every
/// message is sent in pieces.
#[tokio::test]
async fn attestation_again_is_cancel_safe() {
    const ROUNDS: usize = 40;
    let (client, server) = mutual(&World::new());
    let (at_client, at_server) = tokio::io::duplex(100);
    let (desk, limits) = (desk(), limits());
    let (client, server) = tokio::join!(
        AttestedStream::establish(client, at_client, &desk, &limits),
        AttestedStream::establish(server, at_server, &desk, &limits),
    );
    let (mut client, mut server) = (client.expect("attested"), server.expect("accepted"));
    let (mut cut, mut whole) = (0, 0);
    let asking = async {
        let mut octet = [0];
        for round in 0..ROUNDS {
            match cut_short(round, client.reattest(now())).await {
                true => whole += 1,
                false => cut += 1,
            }
            client.write_all(&[round as u8]).await.expect("open");
            client.read_exact(&mut octet).await.expect("open");
            assert_eq!(octet, [round as u8]);
        }
        again(&mut client).await;
        assert!(!client.is_reattesting());
        client.shutdown().await.expect("open");
    };
    let answering = async {
        let mut octet = [0];
        for round in 0..ROUNDS {
            cut_short((round * 7) % 12, server.reattest(now())).await;
            server.read_exact(&mut octet).await.expect("open");
            server.write_all(&octet).await.expect("open");
            server.flush().await.expect("open");
        }
        let rest = server.read_to_end(&mut Vec::new()).await;
        assert_eq!(rest.expect("closed"), 0);
    };
    tokio::join!(asking, answering);
    assert!(cut > 0 && whole > 0, "{cut} cut short, {whole} whole");
}

/// rustls asks for the certificate in the midst of a call, so this placement's
/// Evidence is made there: on another thread, and at a place of the desk.
#[tokio::test(flavor = "current_thread")]
async fn slow_evidence_inside_rustls_holds_up_nobody_else() {
    let world = World::new();
    let (mut client, mut server) = establish(world.client(), world.server()).await;
    let (attester, gate) = Gated::around(world.workload(1, &world.server));
    let slow = async {
        let (at_client, at_server) = sockets().await;
        let (desk, limits) = (desk(), limits());
        let settings = experimental::ClientSettings {
            provider: Arc::clone(&world.provider),
            identity: pre::ServerIdentity::Pki(world.roots()),
            relying_party: world.relying_party(),
        };
        let client = experimental::Client::new(&settings, name(), now(), ());
        let settings = experimental::ServerSettings {
            provider: Arc::clone(&world.provider),
            identity: world.server.clone(),
            attester,
        };
        let server = experimental::Server::new(&settings, now(), ()).expect("honest");
        let (client, server) = tokio::join!(
            AttestedStream::establish(client.expect("honest"), at_client, &desk, &limits),
            AttestedStream::establish_apart(server, at_server, &desk, &limits),
        );
        (client.expect("attested"), server.expect("accepted"))
    };
    let others = async {
        while gate.arrived() == 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let mut octet = [0];
        for _ in 0..20 {
            client.write_all(b"x").await.expect("open");
            server.read_exact(&mut octet).await.expect("sent");
        }
        gate.open();
    };
    let ((client, server), ()) = tokio::join!(slow, others);
    exchange_data(client, server).await;
}

/// The core's own channel is what the stream holds.
#[tokio::test]
async fn a_cut_connection_is_no_end() {
    let world = World::new();
    let (mut client, server) = establish(world.client(), world.server()).await;
    drop(server); // without closing the channel
    let error = client.read_to_end(&mut Vec::new()).await.expect_err("cut");
    assert!(error.to_string().contains("cut"), "{error}");
    fn is_data<C: ApplicationData>(_: &Stream<C>) {}
    is_data(&client);
}
