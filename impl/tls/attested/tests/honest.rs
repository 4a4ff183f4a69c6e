//! Honest runs: in memory, over TCP, with both hashes, with data both ways.

mod common;

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

use attested::ApplicationData;
use attested::post::{AttestedStream, Endpoint, pair};
use common::World;
use rustls::crypto::{CryptoProvider, ring};

#[test]
fn attests_in_memory() {
    let world = World::new();
    let (mut client, mut server) = (world.client(), world.server());
    assert_eq!(pair::run(&mut client, &mut server), (Ok(()), Ok(())));
    assert!(client.is_attested() && server.is_accepted());

    let mut client = client.into_attested().expect("clean").ok().expect("done");
    let mut server = server.into_attested().expect("clean").ok().expect("done");
    let peer = client.peer();
    assert_eq!(peer.appraised().result().software, "program");
    assert_eq!(peer.authenticator().spki(), common::spki(&world.identity));

    let data: Vec<u8> = (0..200_000u32).map(|n| n as u8).collect();
    server.write(&data).expect("open");
    client.write(b"hello").expect("open");
    assert_eq!(pair::run(&mut client, &mut server), (Ok(()), Ok(())));
    let mut buffer = vec![0; client.available()];
    assert_eq!(client.read(&mut buffer), data.len());
    assert_eq!(buffer, data);
    let mut buffer = [0; 8];
    assert_eq!(server.read(&mut buffer), 5);
    assert_eq!(&buffer[..5], b"hello");

    client.close();
    assert_eq!(pair::run(&mut client, &mut server), (Ok(()), Ok(())));
    assert!(server.peer_has_closed());
}

#[test]
fn attests_with_either_hash() {
    for (suite, length) in [
        (ring::cipher_suite::TLS13_AES_128_GCM_SHA256, 32),
        (ring::cipher_suite::TLS13_AES_256_GCM_SHA384, 48),
    ] {
        let mut world = World::new();
        world.provider = Arc::new(CryptoProvider {
            cipher_suites: vec![suite],
            ..ring::default_provider()
        });
        let (mut client, mut server) = (world.client(), world.server());
        assert_eq!(pair::run(&mut client, &mut server), (Ok(()), Ok(())));
        let client = client.into_attested().expect("clean").ok().expect("done");
        let challenge = &client.peer().appraised().claims().challenge;
        assert_eq!(challenge.len(), length);
    }
}

#[test]
fn attests_with_a_second_identity() {
    let world = World::new();
    let identity = world.authority.issue(common::NAME);
    let mut settings = world.server_settings_with(world.workload(&identity));
    settings.authenticator = identity.clone();
    let (mut client, mut server) = (world.client(), common::server(&settings, ()));
    assert_eq!(pair::run(&mut client, &mut server), (Ok(()), Ok(())));
    let client = client.into_attested().expect("clean").ok().expect("done");
    assert_eq!(
        client.peer().authenticator().spki(),
        common::spki(&identity)
    );
}

#[test]
fn attests_whatever_the_pieces() {
    let world = World::new();
    let (mut client, mut server) = (world.client(), world.server());
    loop {
        let (forth, back) = (client.transmit(), server.transmit());
        if forth.is_empty() && back.is_empty() {
            break;
        }
        for byte in forth {
            server.receive(&[byte]).expect("honest");
        }
        for byte in back {
            client.receive(&[byte]).expect("honest");
        }
    }
    assert!(client.is_attested() && server.is_accepted());
}

#[test]
fn attests_over_tcp() {
    let world = World::new();
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("bound");
    let server = world.server();
    let serving = thread::spawn(move || {
        let (transport, _) = listener.accept().expect("a client");
        let mut stream = AttestedStream::accept(server, transport).expect("accepted");
        let mut received = Vec::new();
        stream.write_all(b"greetings").expect("open");
        stream.read_to_end(&mut received).expect("closed properly");
        stream.write_all(&received).expect("open");
        stream.close().expect("open");
        received
    });
    let transport = TcpStream::connect(address).expect("listening");
    let mut stream = AttestedStream::connect(world.client(), transport).expect("attested");
    assert_eq!(stream.peer().appraised().result().software, "program");
    let mut greeting = [0; 9];
    stream.read_exact(&mut greeting).expect("sent");
    assert_eq!(&greeting, b"greetings");
    let data = vec![0x5a; 100_000];
    stream.write_all(&data).expect("open");
    stream.close().expect("open");
    let mut echoed = Vec::new();
    stream.read_to_end(&mut echoed).expect("closed properly");
    assert_eq!(echoed, data);
    assert_eq!(serving.join().expect("no panic"), data);
}
