//! Peers that finish the handshake and then send anything, and transports that
//! give out.

mod common;

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use attested::Error;
use attested::post::{AttestedStream, Endpoint, StreamError, pair};
use common::World;
use common::raw::RawPeer;
use proptest::prelude::*;
use rustls::{ClientConfig, ClientConnection, ServerConfig, ServerConnection};

fn stock_client(world: &World) -> ClientConnection {
    let config = ClientConfig::builder_with_details(Arc::clone(&world.provider), Arc::new(Frozen))
        .with_safe_default_protocol_versions()
        .expect("TLS 1.3")
        .with_root_certificates(world.authority.roots())
        .with_no_client_auth();
    ClientConnection::new(Arc::new(config), common::name()).expect("a client")
}

fn stock_server(world: &World) -> ServerConnection {
    let certified = rustls::sign::CertifiedKey::new(
        world.identity.chain.clone(),
        Arc::clone(&world.identity.key),
    );
    let resolver = rustls::sign::SingleCertAndKey::from(certified);
    let config = ServerConfig::builder_with_provider(Arc::clone(&world.provider))
        .with_safe_default_protocol_versions()
        .expect("TLS 1.3")
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(resolver));
    ServerConnection::new(Arc::new(config)).expect("a server")
}

#[derive(Debug)]
struct Frozen;

impl rustls::time_provider::TimeProvider for Frozen {
    fn current_time(&self) -> Option<rustls::pki_types::UnixTime> {
        Some(common::now())
    }
}

fn frames() -> impl Strategy<Value = Vec<(u8, Vec<u8>)>> {
    let body = prop_oneof![
        proptest::collection::vec(any::<u8>(), 0..300),
        Just(common::raw::request(&[1; 32])),
        Just(common::raw::request(&[])),
    ];
    proptest::collection::vec((0u8..6, body), 0..5)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn no_frames_of_a_stranger_attest_it(frames in frames()) {
        let world = World::new();
        let mut server = RawPeer::new(stock_server(&world), |_, frame| match frame {
            Some((common::raw::REQUEST, _)) => frames.clone(),
            _ => Vec::new(),
        });
        let mut client = world.client();
        let (outcome, _) = pair::run(&mut client, &mut server);
        prop_assert!(!client.is_attested());
        prop_assert_eq!(outcome.is_ok(), frames.is_empty());
    }

    /// A server accepts exactly a request with the offer and then data.
    #[test]
    fn a_server_opens_only_behind_a_request(frames in frames()) {
        let world = World::new();
        let mut client = RawPeer::new(stock_client(&world), |_, frame| match frame {
            None => frames.clone(),
            Some(_) => Vec::new(),
        });
        let mut server = world.server();
        let _ = pair::run(&mut client, &mut server);
        let answered = client.received.iter().any(|frame| frame.0 == common::raw::AUTHENTICATOR);
        prop_assert!(answered || !server.is_accepted());
        let data = frames.iter().any(|frame| frame.0 == common::raw::DATA);
        prop_assert!(data || !server.is_accepted());
    }

    #[test]
    fn bytes_that_are_not_tls_are_refused(bytes in proptest::collection::vec(any::<u8>(), 6..400)) {
        let world = World::new();
        let (mut client, mut server) = (world.client(), world.server());
        // Five octets of a record header may promise more; then it is cut.
        let at_client = client.receive(&bytes).and_then(|()| client.receive_end());
        prop_assert!(at_client.is_err());
        let at_server = server.receive(&bytes).and_then(|()| server.receive_end());
        prop_assert!(at_server.is_err());
    }
}

#[test]
fn after_a_failure_nothing_is_received() {
    let world = World::new();
    let mut client = world.client();
    client.receive(&[0; 20]).expect_err("not TLS");
    let error = client.receive(&[0; 20]).expect_err("failed before");
    assert_eq!(error.code(), "api-misuse");
}

#[test]
fn a_cut_transport_is_no_end() {
    let world = World::new();
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("bound");
    let server = world.server();
    let serving = thread::spawn(move || {
        let (transport, _) = listener.accept().expect("a client");
        let raw = transport.try_clone().expect("a handle");
        let mut stream = AttestedStream::accept(server, transport).expect("accepted");
        stream.write_all(b"half of it").expect("open");
        raw.shutdown(Shutdown::Write).expect("open"); // without closing the channel
    });
    let transport = TcpStream::connect(address).expect("listening");
    let mut stream = AttestedStream::connect(world.client(), transport).expect("attested");
    let mut received = Vec::new();
    let error = stream.read_to_end(&mut received).expect_err("cut");
    assert!(error.to_string().contains("cut"), "{error}");
    assert_eq!(received, b"half of it");
    serving.join().expect("no panic");
}

#[test]
fn a_silent_peer_is_the_transports_to_limit() {
    let world = World::new();
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("bound");
    let transport = TcpStream::connect(address).expect("listening");
    transport
        .set_read_timeout(Some(Duration::from_millis(20)))
        .expect("a timeout");
    let error = AttestedStream::connect(world.client(), transport);
    assert!(matches!(error, Err(StreamError::Io(_))));
}

#[test]
fn a_peer_that_hangs_up_is_noticed() {
    let world = World::new();
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("bound");
    let hanging_up = thread::spawn(move || {
        let (mut transport, _) = listener.accept().expect("a client");
        let mut hello = [0; 64];
        transport.read_exact(&mut hello).expect("a ClientHello");
        transport.shutdown(Shutdown::Write).expect("open");
        let _ = transport.read_to_end(&mut Vec::new());
    });
    let transport = TcpStream::connect(address).expect("listening");
    let error = AttestedStream::connect(world.client(), transport);
    assert!(matches!(
        error,
        Err(StreamError::Attested(Error::Truncated))
    ));
    hanging_up.join().expect("no panic");
}
