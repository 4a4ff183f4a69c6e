//! Hostile peers over real sockets: each lies in one place and is right in all
//! others.

mod common;

use std::io::{self, Read, Write};
use std::sync::Arc;
use std::time::{Duration, Instant};

use attested::post::{Client, ClientSettings, Server};
use common::{World, at, desk, limits, name, now, sockets};
use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, ServerConfig};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::{TlsAcceptor, TlsConnector, client, server};
use transport::blocking::{self, Patience};
use transport::stream::AttestedStream;
use transport::{Error, Limits};

const REQUEST: u8 = 1;
const AUTHENTICATOR: u8 = 2;

fn frame(kind: u8, body: &[u8]) -> Vec<u8> {
    [&[kind], &(body.len() as u32).to_be_bytes()[..], body].concat()
}

async fn read_frame(stream: &mut (impl AsyncReadExt + Unpin)) -> io::Result<(u8, Vec<u8>)> {
    let kind = stream.read_u8().await?;
    let mut body = vec![0; stream.read_u32().await? as usize];
    stream.read_exact(&mut body).await?;
    Ok((kind, body))
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

/// A stock client, by which a stranger speaks for itself inside TLS.
async fn stock_client(world: &World, transport: TcpStream) -> client::TlsStream<TcpStream> {
    let config = ClientConfig::builder_with_details(Arc::clone(&world.provider), Arc::new(Frozen))
        .with_safe_default_protocol_versions()
        .expect("TLS")
        .with_root_certificates(world.roots())
        .with_no_client_auth();
    let connector = TlsConnector::from(Arc::new(config));
    connector.connect(name(), transport).await.expect("TLS")
}

/// A stock server with the server's own key, or what was taken for it.
async fn stock_server(
    world: &World,
    transport: TcpStream,
) -> io::Result<server::TlsStream<TcpStream>> {
    let identity = &world.server;
    let certified =
        rustls::sign::CertifiedKey::new(identity.chain.clone(), Arc::clone(&identity.key));
    let config = ServerConfig::builder_with_provider(Arc::clone(&world.provider))
        .with_safe_default_protocol_versions()
        .expect("TLS")
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(rustls::sign::SingleCertAndKey::from(certified)));
    TlsAcceptor::from(Arc::new(config)).accept(transport).await
}

#[derive(Debug)]
struct Frozen;

impl rustls::time_provider::TimeProvider for Frozen {
    fn current_time(&self) -> Option<rustls::pki_types::UnixTime> {
        Some(now())
    }
}

/// What an honest server comes to when a stranger sends these frames.
async fn server_meets(frames: Vec<Vec<u8>>) -> Error {
    let world = World::new();
    let (at_client, at_server) = sockets().await;
    let (desk, limits) = (desk(), limits());
    let serving = AttestedStream::establish(world.server(), at_server, &desk, &limits);
    let intruding = async {
        let mut stream = stock_client(&world, at_client).await;
        for frame in frames {
            // The server may have left already.
            let _ = stream.write_all(&frame).await;
        }
        let _ = stream.read_to_end(&mut Vec::new()).await;
    };
    let (served, ()) = tokio::join!(serving, intruding);
    served.err().expect("refused")
}

#[tokio::test]
async fn refuses_a_second_request_with_the_same_context() {
    let twice = frame(REQUEST, &request(&[7; 32]));
    let error = server_meets(vec![twice.clone(), twice]).await;
    assert_eq!(error.code(), "context-reused", "{error}");
}

#[tokio::test]
async fn refuses_the_wrong_order() {
    let error = server_meets(vec![frame(3, b"early")]).await;
    assert_eq!(error.code(), "application-data-before-attestation");
    let error = server_meets(vec![frame(AUTHENTICATOR, &[20, 0, 0, 0])]).await;
    assert_eq!(error.code(), "unexpected-frame");
    let error = server_meets(vec![frame(9, b"")]).await;
    assert_eq!(error.code(), "unknown-frame");
}

/// The length is refused as soon as it is read, whatever follows or does not.
#[tokio::test]
async fn refuses_oversized_lengths_before_their_octets() {
    for kind in 1..=4 {
        for length in [0x00ff_ffffu32, 0xffff_ffff] {
            let header = [&[kind], &length.to_be_bytes()[..]].concat();
            let error = server_meets(vec![header]).await;
            assert_eq!(error.code(), "frame-too-long", "{error}");
        }
    }
    let mut lying = request(&[7; 32]);
    lying[3] = 0xff;
    let error = server_meets(vec![frame(REQUEST, &lying)]).await;
    assert_eq!(error.code(), "malformed-authenticator-message");
}

/// The server's octets, cut after more and more of them, over a socket of its
/// own; the first flight is TLS's, what follows the exchange's.
#[tokio::test]
async fn refuses_connections_cut_anywhere() {
    let world = World::new();
    let mut length = 0;
    loop {
        let (near, mut middle_near) = sockets().await;
        let (mut middle_far, far) = sockets().await;
        let (desk, limits) = (desk(), limits());
        let cutting = async {
            let (mut from_client, mut to_client) = middle_near.split();
            let (mut from_server, mut to_server) = middle_far.split();
            let forth = async {
                let copied = tokio::io::copy(&mut from_client, &mut to_server).await;
                let _ = to_server.shutdown().await;
                copied
            };
            let back = async {
                let mut limited = (&mut from_server).take(length);
                let copied = tokio::io::copy(&mut limited, &mut to_client).await;
                let _ = to_client.shutdown().await;
                copied
            };
            let (_, back) = tokio::join!(forth, back);
            back
        };
        let client = async {
            // Dropped when it is over, so that the other end sees it too.
            let client = AttestedStream::establish(world.client(), near, &desk, &limits).await;
            client.map(|_| ())
        };
        let server = async {
            let server = AttestedStream::establish(world.server(), far, &desk, &limits).await;
            server.map(|_| ())
        };
        let (client, _server, _) = tokio::join!(client, server, cutting);
        match client {
            Ok(()) => break,
            Err(error) => assert!(
                matches!(error, Error::Attested(_) | Error::Io(_)),
                "after {length} octets: {error}"
            ),
        }
        // In memory, attested cuts after every octet; sockets take longer.
        length += if length < 140 { 1 } else { 6 };
        assert!(length < 10_000, "it never succeeds");
    }
    assert!(length > 1000, "it succeeded after {length} octets");
}

/// An octet a time, each before any limit on a single read.
#[tokio::test]
async fn a_slow_peer_has_the_exchange_and_no_longer() {
    let world = World::new();
    let (mut at_client, at_server) = sockets().await;
    let limits = Limits {
        exchange: Duration::from_millis(200),
        ..Limits::default()
    };
    let desk = desk();
    let dripping = async {
        loop {
            // A record of 512 octets of handshake, which never gets that far.
            for octet in [22, 3, 1, 2, 0].into_iter().chain([1; 500]) {
                if at_client.write_all(&[octet]).await.is_err() {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        }
    };
    let begun = Instant::now();
    let served = tokio::select! {
        served = AttestedStream::establish(world.server(), at_server, &desk, &limits) => served,
        () = dripping => panic!("the server reads on"),
    };
    let error = served.err().expect("given up");
    assert_eq!(error.code(), "slow");
    assert!(begun.elapsed() < Duration::from_secs(3));
}

struct Tcp(std::net::TcpStream);

impl Read for Tcp {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

impl Write for Tcp {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        self.0.write(data)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl Patience for Tcp {
    fn wait_at_most(&mut self, limit: Duration) -> io::Result<()> {
        self.0.set_read_timeout(Some(limit))?;
        self.0.set_write_timeout(Some(limit))
    }
}

#[test]
fn a_slow_peer_has_the_exchange_and_no_longer_when_blocking() {
    let world = World::new();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("bound");
    let dripping = std::thread::spawn(move || {
        let mut stream = std::net::TcpStream::connect(address).expect("listening");
        for octet in [22, 3, 1, 2, 0].into_iter().chain([1; 500]) {
            if stream.write_all(&[octet]).is_err() {
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    });
    let (transport, _) = listener.accept().expect("a client");
    let limits = Limits {
        exchange: Duration::from_millis(200),
        ..Limits::default()
    };
    let begun = Instant::now();
    let clock = move || begun.elapsed();
    let idle = Duration::from_secs(5);
    let served = blocking::establish(world.server(), Tcp(transport), clock, idle, &limits);
    assert_eq!(served.err().map(|error| error.code()), Some("slow"));
    assert!(begun.elapsed() < Duration::from_secs(3));
    dripping.join().expect("no panic");
}

#[test]
fn the_blocking_adapter_attests_and_carries_data() {
    let world = World::new();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("bound");
    let server = world.server();
    let begun = Instant::now();
    let clock = move || begun.elapsed();
    let idle = Duration::from_secs(5);
    let serving = std::thread::spawn(move || {
        let transport = Tcp(listener.accept().expect("a client").0);
        let stream = blocking::establish(server, transport, clock, idle, &limits());
        let mut stream = stream.expect("accepted");
        let mut request = [0; 5];
        stream.read_exact(&mut request).expect("sent");
        stream.write_all(&request).expect("open");
        stream.close().expect("open");
    });
    let transport = Tcp(std::net::TcpStream::connect(address).expect("listening"));
    let stream = blocking::establish(world.client(), transport, clock, idle, &limits());
    let mut stream = stream.expect("attested");
    stream.write_all(b"hello").expect("open");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("closed");
    assert_eq!(answer, b"hello");
    serving.join().expect("no panic");
}

/// The relay holds the server's handshake key, ends the client's TLS with it,
/// and passes on what it hears from the genuine server.
#[tokio::test]
async fn refuses_an_authenticator_and_evidence_of_another_connection() {
    let world = World::new();
    let (at_client, relay_near) = sockets().await;
    let (relay_far, at_server) = sockets().await;
    let (desk, limits) = (desk(), limits());
    let relaying = async {
        let mut near = stock_server(&world, relay_near).await.expect("TLS");
        let mut far = stock_client(&world, relay_far).await;
        let (kind, request) = read_frame(&mut near).await.expect("a request");
        far.write_all(&frame(kind, &request)).await.expect("open");
        let (kind, authenticator) = read_frame(&mut far).await.expect("an authenticator");
        assert_eq!(kind, AUTHENTICATOR);
        near.write_all(&frame(kind, &authenticator))
            .await
            .expect("open");
        let _ = near.read_to_end(&mut Vec::new()).await;
    };
    let (client, _server, ()) = tokio::join!(
        AttestedStream::establish(world.client(), at_client, &desk, &limits),
        AttestedStream::establish(world.server(), at_server, &desk, &limits),
        relaying,
    );
    let error = client.err().expect("refused");
    assert_eq!(error.code(), "wrong-finished", "{error}");
}

#[tokio::test]
async fn refuses_when_a_clock_is_off_by_a_year() {
    let world = World::new();
    let year = 365 * 24 * 3600;
    for wrong in [now().as_secs() - year, now().as_secs() + year] {
        let (at_client, at_server) = sockets().await;
        let (desk, limits) = (desk(), limits());
        let settings: ClientSettings = world.client_settings();
        let client = Client::new(&settings, name(), at(wrong), ()).expect("honest settings");
        let server = Server::new(&world.server_settings(), now(), ()).expect("honest settings");
        let (client, server) = tokio::join!(
            AttestedStream::establish(client, at_client, &desk, &limits),
            AttestedStream::establish(server, at_server, &desk, &limits),
        );
        let error = client.err().expect("refused");
        assert!(error.to_string().contains("certificate"), "{error}");
        assert!(server.is_err());
    }
}

/// A Certificate message ends at 64 KiB; a chain around that is served or not,
/// and what is not served is an error, never a crash or a wait.
#[tokio::test]
async fn certificates_of_64_kib_are_carried_or_refused() {
    let mut outcomes = Vec::new();
    for padding in [60_000, 64_000, 66_000, 200_000] {
        let mut world = World::new();
        let filler = CertificateDer::from(vec![0x30; padding]);
        world.server.chain.push(filler);
        let (at_client, at_server) = sockets().await;
        let (desk, limits) = (desk(), limits());
        let (client, server) = tokio::join!(
            AttestedStream::establish(world.client(), at_client, &desk, &limits),
            AttestedStream::establish(world.server(), at_server, &desk, &limits),
        );
        outcomes.push(match (client, server) {
            (Ok(_), Ok(_)) => "carried",
            (Err(Error::Attested(_) | Error::Io(_)), Err(_)) => "refused",
            (Err(error), _) => panic!("{padding}: {error}"),
            (Ok(_), Err(error)) => panic!("{padding}: {error}"),
        });
    }
    assert_eq!(outcomes.last(), Some(&"refused"), "{outcomes:?}");
    assert!(outcomes.is_sorted(), "{outcomes:?}"); // carried, then refused
}
