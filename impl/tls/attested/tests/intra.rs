//! Attestation during the handshake: what is accepted, what is refused and
//! where; and what nonce and key alone do not stop.

mod common;

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

use attested::intra::{
    Carrier, Client, ClientSettings, Server, ServerIdentity, ServerSettings, Vouching, experimental,
};
use attested::observe::Instrument;
use attested::{
    AttestedStream, Attesting, Endpoint, Error, Identity, PeerIncompatible, PeerMisbehaved, pair,
};
use authenticator::Role;
use common::raw::RawPeer;
use common::{Parrot, Remembering, Shared, World};
use event::kind::Appraisal;
use event::recording::Profile;
use event::{Kind, Recorder, Recording};
use mock_tee::forge::{Forger, Forgery};
use rats::{AttestError, Attester, Step};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::server::Acceptor;
use rustls::{
    AlertDescription, CertificateError, ClientConfig, ClientConnection, DigitallySignedStruct,
    DistinguishedName, HandshakeKind, SignatureScheme,
};

fn client_settings(world: &World) -> ClientSettings {
    ClientSettings::new(
        Arc::clone(&world.provider),
        ServerIdentity::Pki(world.authority.roots()),
        world.relying_party(),
    )
}

fn server_settings(world: &World) -> ServerSettings {
    server_settings_with(world, world.workload(&world.identity))
}

/// PKI and attestation beside each other.
fn server_settings_with(world: &World, attester: impl Attester + 'static) -> ServerSettings {
    ServerSettings {
        provider: Arc::clone(&world.provider),
        key: Arc::clone(&world.identity.key),
        attester: Arc::new(attester),
        vouching: Vouching::Chain(world.identity.chain.clone()),
        names: vec![common::NAME.to_owned()],
        protocols: Vec::new(),
    }
}

fn client(settings: &ClientSettings) -> Client<()> {
    Client::new(settings, common::name(), common::now(), ()).expect("honest settings")
}

fn server(settings: &ServerSettings) -> Server<()> {
    Server::new(settings, common::now(), ()).expect("honest settings")
}

fn accepted(at_client: &ClientSettings, at_server: &ServerSettings) -> (Client<()>, Server<()>) {
    let (mut client, mut server) = (client(at_client), server(at_server));
    assert_eq!(pair::run(&mut client, &mut server), (Ok(()), Ok(())));
    assert!(client.is_attested() && server.is_accepted());
    (client, server)
}

/// What client and server end with.
fn refused(at_client: &ClientSettings, at_server: &ServerSettings) -> (Error, Error) {
    let (mut client, mut server) = (client(at_client), server(at_server));
    let (at_client, at_server) = pair::run(&mut client, &mut server);
    assert!(!client.is_attested() && !server.is_accepted());
    assert!(client.into_channel().expect("no data").is_err());
    (
        at_client.expect_err("the client must refuse or be told"),
        at_server.expect_err("the server must refuse or be told"),
    )
}

fn step(error: &Error) -> Step {
    match error {
        Error::Refusal(refusal) => refusal.step(),
        other => panic!("not the appraisal's refusal: {other}"),
    }
}

#[test]
fn attests_by_either_carrier_whoever_vouches() {
    let world = World::new();
    for carrier in [Carrier::CertificateAuthorities, Carrier::Alpn] {
        for vouching in [
            Vouching::Authority(world.authority.at_hand()),
            Vouching::Chain(world.identity.chain.clone()),
            Vouching::Nobody,
        ] {
            let identity = match vouching {
                Vouching::Nobody => ServerIdentity::EvidenceInsteadOfName,
                _ => ServerIdentity::Pki(world.authority.roots()),
            };
            let at_client = ClientSettings {
                carrier,
                identity,
                ..client_settings(&world)
            };
            let at_server = ServerSettings {
                vouching,
                ..server_settings(&world)
            };
            accepted(&at_client, &at_server);
        }
    }
}

#[test]
fn every_connection_has_its_own_nonce_and_evidence() {
    let world = World::new();
    let of = || {
        let (client, _) = accepted(&client_settings(&world), &server_settings(&world));
        let channel = client.into_channel().expect("clean").ok().expect("done");
        let peer = attested::ApplicationData::peer(&channel);
        assert_eq!(peer.leaf().spki(), common::spki(&world.identity));
        (
            peer.binding().nonce(),
            peer.appraised().claims().challenge.clone(),
        )
    };
    let (first, second) = (of(), of());
    assert_ne!(first.0, second.0);
    assert_ne!(first.1, second.1);
}

#[test]
fn carries_data_over_tcp() {
    let world = World::new();
    let client = client(&client_settings(&world));
    let server = server(&server_settings(&world));
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("bound");
    let serving = thread::spawn(move || {
        let (transport, _) = listener.accept().expect("a client");
        let mut stream = AttestedStream::accept(server, transport).expect("accepted");
        let mut received = Vec::new();
        stream.read_to_end(&mut received).expect("closed properly");
        stream.write_all(&received).expect("open");
        stream.close().expect("open");
    });
    let transport = TcpStream::connect(address).expect("listening");
    let mut stream = AttestedStream::connect(client, transport).expect("attested");
    stream.write_all(b"to the attested server").expect("open");
    stream.close().expect("open");
    let mut echoed = Vec::new();
    stream.read_to_end(&mut echoed).expect("closed properly");
    assert_eq!(echoed, b"to the attested server");
    serving.join().expect("no panic");
}

#[test]
fn application_protocols_are_negotiated_beside_a_nonce() {
    let world = World::new();
    let h2 = vec![b"h2".to_vec()];
    let at_server = ServerSettings {
        protocols: h2.clone(),
        ..server_settings(&world)
    };
    for carrier in [Carrier::CertificateAuthorities, Carrier::Alpn] {
        let at_client = ClientSettings {
            carrier,
            protocols: h2.clone(),
            ..client_settings(&world)
        };
        accepted(&at_client, &at_server);
    }
    // With nothing else in ALPN than a nonce, there is nothing in common.
    let at_client = ClientSettings {
        carrier: Carrier::Alpn,
        ..client_settings(&world)
    };
    let (told, error) = refused(&at_client, &at_server);
    assert_eq!(error, Error::Tls(rustls::Error::NoApplicationProtocol));
    let alert = AlertDescription::NoApplicationProtocol;
    assert_eq!(told, Error::Tls(rustls::Error::AlertReceived(alert)));
}

#[test]
fn refuses_replay_of_evidence_in_another_connection() {
    let world = World::new();
    let attester = Remembering::new(world.workload(&world.identity));
    let honest = ServerSettings {
        attester: Arc::clone(&attester) as _,
        ..server_settings(&world)
    };
    accepted(&client_settings(&world), &honest);
    let replaying = server_settings_with(&world, Parrot(attester.last()));
    let (error, _) = refused(&client_settings(&world), &replaying);
    assert_eq!(step(&error), Step::Binding, "{error}");
}

#[test]
fn refuses_evidence_for_another_key() {
    let world = World::new();
    let other = world.authority.issue(common::NAME);
    let elsewhere = server_settings_with(&world, world.workload(&other));
    let (error, _) = refused(&client_settings(&world), &elsewhere);
    assert_eq!(step(&error), Step::Key, "{error}");
}

#[test]
fn refuses_unsigned_tampered_and_wrongly_bound_evidence_at_three_steps() {
    let world = World::new();
    for (forgery, at) in [
        (Forgery::Unsigned, Step::Signed),
        (Forgery::Tampered, Step::Signature),
        (Forgery::WronglyBound, Step::Binding),
    ] {
        let forger = Forger {
            attester: world.workload(&world.identity),
            forgery,
        };
        let settings = server_settings_with(&world, forger);
        let (error, _) = refused(&client_settings(&world), &settings);
        assert_eq!(step(&error), at, "{forgery:?}: {error}");
    }
}

#[test]
fn refuses_diversion_to_another_machine() {
    let world = World::new();
    let key = common::key();
    let spki = key.public_key().expect("told").to_vec();
    let elsewhere = ServerSettings {
        key,
        vouching: Vouching::Authority(world.authority.at_hand()),
        names: vec!["other.example".to_owned()],
        ..server_settings_with(&world, world.root.machine(2).launch(common::CODE, &spki))
    };
    let (error, _) = refused(&client_settings(&world), &elsewhere);
    assert!(
        matches!(
            error,
            Error::Tls(rustls::Error::InvalidCertificate(
                CertificateError::NotValidForNameContext { .. }
            ))
        ),
        "{error}"
    );
    let mut without_pki = ClientSettings {
        identity: ServerIdentity::EvidenceInsteadOfName,
        ..client_settings(&world)
    };
    accepted(&without_pki, &elsewhere);
    without_pki.relying_party.policy.machines = Some([world.root.machine_id(1)].into());
    let (error, _) = refused(&without_pki, &elsewhere);
    assert_eq!(step(&error), Step::Machine, "{error}");
}

/// A server whose attesting environment fails ends the connection; it does not
/// go on without.
#[test]
fn refuses_to_serve_without_evidence() {
    struct Broken;
    impl Attester for Broken {
        fn attest(
            &self,
            _: &rats::Challenge,
            _: rats::Hash,
        ) -> Result<rats::Evidence, AttestError> {
            Err(AttestError::Failed {
                reason: "no power".to_owned(),
            })
        }
    }
    let world = World::new();
    let settings = server_settings_with(&world, Broken);
    let (told, error) = refused(&client_settings(&world), &settings);
    assert_eq!(error.code(), "attester-failed");
    let alert = AlertDescription::InternalError;
    assert_eq!(told, Error::Tls(rustls::Error::AlertReceived(alert)));

    let mut client = secret_client(&world);
    let mut server = secret_server(&world, world.identity.clone(), Broken);
    let (at_client, _) = pair::run(&mut client, &mut server);
    assert!(!client.is_attested() && !server.is_accepted());
    assert_eq!(at_client, Err(PeerIncompatible::NoEvidence.into()));
}

#[test]
fn refuses_a_client_hello_without_a_nonce_or_with_two() {
    let world = World::new();
    for (names, expected) in [
        (vec![], PeerIncompatible::AttestationNotOffered.into()),
        (
            vec![name_with(&world), name_with(&world)],
            Error::from(PeerMisbehaved::NonceTwice),
        ),
        (
            vec![DistinguishedName::in_sequence(
                &[&name_with(&world).as_ref()[2..42], &[b'Z'; 64]].concat(),
            )],
            PeerMisbehaved::MalformedNonce.into(),
        ),
    ] {
        let mut client = gullible_client(&world, names);
        let mut server = server(&server_settings(&world));
        let (_, outcome) = pair::run(&mut client, &mut server);
        assert_eq!(outcome, Err(expected));
        assert!(!server.is_accepted());
    }
}

#[test]
fn refuses_to_resume() {
    let world = World::new();
    let mut config = gullible_config(&world, vec![name_with(&world)]);
    config.resumption = rustls::client::Resumption::in_memory_sessions(8);
    let config = Arc::new(config);
    for _ in 0..2 {
        let tls = ClientConnection::new(Arc::clone(&config), common::name()).expect("a client");
        let mut client = RawPeer::new(tls, |_, _| Vec::new());
        let mut server = server(&server_settings(&world));
        assert_eq!(pair::run(&mut client, &mut server), (Ok(()), Ok(())));
        assert!(server.is_accepted());
        assert_eq!(client.tls.handshake_kind(), Some(HandshakeKind::Full));
    }
}

#[test]
fn refuses_truncated_hellos() {
    let world = World::new();
    let hello = client(&client_settings(&world)).transmit();
    for cut in 0..hello.len() {
        let mut server = server(&server_settings(&world));
        server.receive(&hello[..cut]).expect("honest so far");
        assert!(server.transmit().is_empty() && !server.is_accepted());
        assert_eq!(server.receive_end(), Err(Error::Truncated));
        server.receive(&hello[cut..]).expect("honest");
        assert!(!server.transmit().is_empty());
    }
}

// What nonce and key do not stop, and what does.

/// The relay: the attacker holds the certificate's key, once extracted, and
/// passes the client's nonce on to the genuine server. Everything the client
/// checks is right, and the attacker is the other end of its channel. Nonce and
/// key cannot tell; the documentation of the placement says so, and this test
/// keeps it honest.
#[test]
fn a_relay_with_the_leaked_key_passes_nonce_and_key() {
    let world = World::new();
    let mut victim = client(&client_settings(&world));
    let hello = victim.transmit();
    let nonce = names_in(&hello);

    let mut to_genuine = gullible_client(&world, nonce);
    let mut genuine = server(&server_settings(&world));
    assert_eq!(pair::run(&mut to_genuine, &mut genuine), (Ok(()), Ok(())));
    let stolen = Identity {
        chain: to_genuine.tls.peer_certificates().expect("shown").to_vec(),
        key: Arc::clone(&world.identity.key),
    };

    let mut attacker = common::stock_server(&world.provider, &stolen, |_| ());
    attacker.receive(&hello).expect("a good hello");
    assert_eq!(pair::run(&mut victim, &mut attacker), (Ok(()), Ok(())));
    assert!(victim.is_attested());
}

/// Without the key the same relay ends at CertificateVerify.
#[test]
fn refuses_a_relay_without_the_key() {
    let world = World::new();
    let mut victim = client(&client_settings(&world));
    let hello = victim.transmit();
    let mut to_genuine = gullible_client(&world, names_in(&hello));
    let mut genuine = server(&server_settings(&world));
    assert_eq!(pair::run(&mut to_genuine, &mut genuine), (Ok(()), Ok(())));
    let stolen = Identity {
        chain: to_genuine.tls.peer_certificates().expect("shown").to_vec(),
        key: common::key(),
    };
    let mut attacker = common::stock_server(&world.provider, &stolen, |_| ());
    attacker.receive(&hello).expect("a good hello");
    let (outcome, _) = pair::run(&mut victim, &mut attacker);
    assert!(!victim.is_attested());
    assert!(
        matches!(
            outcome,
            Err(Error::Tls(rustls::Error::InvalidCertificate(
                CertificateError::BadSignature
            )))
        ),
        "{outcome:?}"
    );
}

// Evidence bound to the handshake's secrets.

fn secret_client(world: &World) -> experimental::Client<()> {
    let settings = experimental::ClientSettings {
        provider: Arc::clone(&world.provider),
        identity: ServerIdentity::Pki(world.authority.roots()),
        relying_party: world.relying_party(),
    };
    experimental::Client::new(&settings, common::name(), common::now(), ()).expect("honest")
}

fn secret_server(
    world: &World,
    identity: Identity,
    attester: impl Attester + 'static,
) -> experimental::Server<()> {
    let settings = experimental::ServerSettings {
        provider: Arc::clone(&world.provider),
        identity,
        attester: Arc::new(attester),
    };
    experimental::Server::new(&settings, common::now(), ()).expect("honest")
}

#[test]
fn attests_over_the_handshakes_secrets_with_either_hash() {
    for (suite, length) in [
        (ring::cipher_suite::TLS13_AES_128_GCM_SHA256, 32),
        (ring::cipher_suite::TLS13_AES_256_GCM_SHA384, 48),
    ] {
        let mut world = World::new();
        world.provider = Arc::new(CryptoProvider {
            cipher_suites: vec![suite],
            ..ring::default_provider()
        });
        let mut client = secret_client(&world);
        let mut server = secret_server(
            &world,
            world.identity.clone(),
            world.workload(&world.identity),
        );
        assert_eq!(pair::run(&mut client, &mut server), (Ok(()), Ok(())));
        assert!(client.is_attested() && server.is_accepted());
        let channel = client.into_channel().expect("clean").ok().expect("done");
        let peer = attested::ApplicationData::peer(&channel);
        assert_eq!(peer.appraised().claims().challenge.len(), length);
    }
}

/// The relay of above, and its Evidence does not fit.
#[test]
fn refuses_a_relay_with_the_leaked_key_by_the_handshakes_secrets() {
    let world = World::new();
    let attester = Remembering::new(world.workload(&world.identity));
    let mut to_genuine = secret_client(&world);
    let mut genuine = secret_server(
        &world,
        world.identity.clone(),
        Shared(Arc::clone(&attester)),
    );
    assert_eq!(pair::run(&mut to_genuine, &mut genuine), (Ok(()), Ok(())));

    let mut victim = secret_client(&world);
    let mut attacker = secret_server(&world, world.identity.clone(), Parrot(attester.last()));
    let (outcome, _) = pair::run(&mut victim, &mut attacker);
    assert!(!victim.is_attested() && !attacker.is_accepted());
    let error = outcome.expect_err("must be refused");
    assert_eq!(step(&error), Step::Binding, "{error}");
}

/// Connections that take turns on one thread, message by message, do not see
/// each other's secrets.
#[test]
fn keeps_interleaved_connections_apart() {
    let world = World::new();
    let mut runs: Vec<_> = (0..3)
        .map(|_| {
            let attester = world.workload(&world.identity);
            (
                secret_client(&world),
                secret_server(&world, world.identity.clone(), attester),
            )
        })
        .collect();
    for _ in 0..3 {
        for (client, server) in &mut runs {
            server.receive(&client.transmit()).expect("honest");
        }
        let flights: Vec<_> = runs
            .iter_mut()
            .map(|(_, server)| server.transmit())
            .collect();
        let longest = flights.iter().map(Vec::len).max().unwrap_or(0);
        for at in 0..longest {
            for ((client, _), flight) in runs.iter_mut().zip(&flights) {
                client
                    .receive(flight.get(at..=at).unwrap_or(&[]))
                    .expect("honest");
            }
        }
    }
    assert!(
        runs.iter()
            .all(|(client, server)| client.is_attested() && server.is_accepted())
    );
}

#[test]
fn refuses_peers_that_know_nothing_of_it() {
    let world = World::new();
    let mut client = secret_client(&world);
    let mut stock = common::stock_server(&world.provider, &world.identity, |_| ());
    let (outcome, _) = pair::run(&mut client, &mut stock);
    assert_eq!(outcome, Err(PeerIncompatible::NoEvidence.into()));
    assert!(!client.is_attested());

    let mut stock = gullible_client(&world, Vec::new());
    let attester = world.workload(&world.identity);
    let mut server = secret_server(&world, world.identity.clone(), attester);
    let (_, outcome) = pair::run(&mut stock, &mut server);
    assert_eq!(outcome, Err(PeerIncompatible::AttestationNotOffered.into()));
    assert!(!server.is_accepted());
}

// Recordings.

fn kinds(recording: &Recording, party: u32) -> impl Iterator<Item = &Kind> {
    let events = recording.events.iter();
    events
        .filter(move |event| event.party == party)
        .map(|event| &event.kind)
}

/// Messages as given, and one piece of Evidence appraised for what it is about.
fn check_recording(recording: &Recording, messages: &[u8]) {
    for party in [1, 2] {
        let seen: Vec<u8> = kinds(recording, party)
            .filter_map(|kind| match kind {
                Kind::Handshake { handshake_type, .. } => Some(*handshake_type),
                _ => None,
            })
            .collect();
        assert_eq!(seen, messages, "party {party}");
    }
    let challenge = kinds(recording, 2).find_map(|kind| match kind {
        Kind::Evidence { challenge, .. } => Some(challenge),
        _ => None,
    });
    let appraised = kinds(recording, 1).find_map(|kind| match kind {
        Kind::Appraise {
            expected, verdict, ..
        } => Some((expected, *verdict)),
        _ => None,
    });
    let (expected, verdict) = appraised.expect("the client appraised");
    assert_eq!(challenge, Some(expected));
    assert_eq!(verdict, Appraisal::Affirming);
    let lines = event::to_json_lines(recording).expect("coherent");
    assert_eq!(&event::read(&lines[..]).expect("coherent"), recording);
}

#[test]
fn runs_are_recorded() {
    let world = World::new();
    let recorder = Recorder::new();
    let taps = || {
        (
            Instrument::new(recorder.tap(1, 1), Role::Client),
            Instrument::new(recorder.tap(2, 1), Role::Server),
        )
    };
    let (at_client, at_server) = taps();
    let settings = client_settings(&world);
    let mut client =
        Client::new(&settings, common::name(), common::now(), at_client).expect("honest");
    let settings = server_settings(&world);
    let mut server = Server::new(&settings, common::now(), at_server).expect("honest");
    assert_eq!(pair::run(&mut client, &mut server), (Ok(()), Ok(())));
    let nonce = client.into_channel().expect("clean").ok().expect("done");
    let nonce = attested::ApplicationData::peer(&nonce).binding().nonce();
    let recording = recorder.finish(common::head(Profile::Intra), Vec::new());
    check_recording(&recording, &[1, 2, 8, 11, 15, 20, 20]);
    assert!(kinds(&recording, 1).any(|kind| matches!(
        kind,
        Kind::Draw { octets, .. } if octets.as_slice() == Some(nonce.as_slice())
    )));

    let recorder = Recorder::new();
    let settings = experimental::ClientSettings {
        provider: Arc::clone(&world.provider),
        identity: ServerIdentity::Pki(world.authority.roots()),
        relying_party: world.relying_party(),
    };
    let at_client = Instrument::new(recorder.tap(1, 1), Role::Client);
    let mut client = experimental::Client::new(&settings, common::name(), common::now(), at_client)
        .expect("honest");
    let settings = experimental::ServerSettings {
        provider: Arc::clone(&world.provider),
        identity: world.identity.clone(),
        attester: Arc::new(world.workload(&world.identity)),
    };
    let at_server = Instrument::new(recorder.tap(2, 1), Role::Server);
    let mut server =
        experimental::Server::new(&settings, common::now(), at_server).expect("honest");
    assert_eq!(pair::run(&mut client, &mut server), (Ok(()), Ok(())));
    let recording = recorder.finish(common::head(Profile::Intra), Vec::new());
    check_recording(&recording, &[1, 2, 8, 25, 15, 20, 20]); // 25: CompressedCertificate
    for party in [1, 2] {
        let logged = kinds(&recording, party).any(|kind| {
            matches!(kind, Kind::Secret { label, .. } if label == "CLIENT_HANDSHAKE_TRAFFIC_SECRET")
        });
        assert!(
            logged,
            "the key log goes on to the observer of party {party}"
        );
    }
}

// An attacker's client: asks for whatever names it likes, believes everything.

fn gullible_client(world: &World, names: Vec<DistinguishedName>) -> RawPeer<'static> {
    let config = Arc::new(gullible_config(world, names));
    let tls = ClientConnection::new(config, common::name()).expect("a client");
    RawPeer::new(tls, |_, _| Vec::new())
}

fn gullible_config(world: &World, names: Vec<DistinguishedName>) -> ClientConfig {
    ClientConfig::builder_with_provider(Arc::clone(&world.provider))
        .with_safe_default_protocol_versions()
        .expect("TLS 1.3")
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Gullible { names }))
        .with_no_client_auth()
}

/// A name with a nonce, of a client that is then forgotten.
fn name_with(world: &World) -> DistinguishedName {
    names_in(&client(&client_settings(world)).transmit()).remove(0)
}

/// The names in a ClientHello.
fn names_in(mut hello: &[u8]) -> Vec<DistinguishedName> {
    let mut acceptor = Acceptor::default();
    acceptor.read_tls(&mut hello).expect("in memory");
    let accepted = acceptor.accept().ok().flatten().expect("a whole hello");
    let names = accepted.client_hello().certificate_authorities();
    names.expect("it has some").to_vec()
}

#[derive(Debug)]
struct Gullible {
    names: Vec<DistinguishedName>,
}

impl ServerCertVerifier for Gullible {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &rustls::pki_types::ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        vec![SignatureScheme::ECDSA_NISTP256_SHA256]
    }

    fn root_hint_subjects(&self) -> Option<&[DistinguishedName]> {
        (!self.names.is_empty()).then_some(&*self.names)
    }
}
