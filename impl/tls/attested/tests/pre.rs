//! Attestation before the handshake: what is accepted, what is refused and
//! where.

mod common;

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use attested::observe::Instrument;
use attested::pre::{
    Client, ClientSettings, Form, Issuance, Renewing, Server, ServerIdentity, ServerSettings,
    Statement, Vouching,
};
use attested::{
    AttestedStream, Attesting, Error, Identity, PeerIncompatible, PeerMisbehaved, pair,
};
use authenticator::Role;
use common::{Parrot, Remembering, World};
use event::kind::{Appraisal, Decision};
use event::{Kind, Recorder};
use mock_tee::forge::{Forger, Forgery};
use rats::{Attester, Step};
use rustls::pki_types::UnixTime;
use rustls::{CertificateError, HandshakeKind};

fn pki(world: &World) -> ClientSettings {
    ClientSettings::new(
        Arc::clone(&world.provider),
        ServerIdentity::Pki(world.authority.roots()),
        world.relying_party(),
    )
}

fn without_pki(world: &World) -> ClientSettings {
    ClientSettings {
        identity: ServerIdentity::EvidenceInsteadOfName,
        ..pki(world)
    }
}

/// Certificates for the world's key, by the world's authority.
fn issuance(world: &World) -> Issuance {
    issuance_with(world, world.workload(&world.identity))
}

fn issuance_with(world: &World, attester: impl Attester + 'static) -> Issuance {
    Issuance::new(
        Arc::clone(&world.identity.key),
        Arc::new(attester),
        Vouching::Authority(world.authority.at_hand()),
        vec![common::NAME.to_owned()],
    )
}

fn issue(issuance: &Issuance) -> Identity {
    let issued = issuance.issue(common::now(), &mut ()).expect("honest");
    issued.identity().clone()
}

fn server(world: &World, identity: &Identity) -> Server<()> {
    let settings = ServerSettings {
        provider: Arc::clone(&world.provider),
        identity: identity.clone(),
    };
    Server::new(&settings, common::now(), ()).expect("honest settings")
}

fn client_at(settings: &ClientSettings, now: UnixTime) -> Client<()> {
    Client::new(settings, common::name(), now, ()).expect("honest settings")
}

fn accepted(world: &World, settings: &ClientSettings, identity: &Identity) {
    let (mut client, mut server) = (client_at(settings, common::now()), server(world, identity));
    assert_eq!(pair::run(&mut client, &mut server), (Ok(()), Ok(())));
    assert!(client.is_attested() && server.is_accepted());
}

fn refused_at(
    world: &World,
    settings: &ClientSettings,
    identity: &Identity,
    now: UnixTime,
) -> Error {
    let (mut client, mut server) = (client_at(settings, now), server(world, identity));
    let (at_client, at_server) = pair::run(&mut client, &mut server);
    assert!(!client.is_attested() && !server.is_accepted());
    let told = at_server.expect_err("the server must be told");
    assert!(
        matches!(told, Error::Tls(rustls::Error::AlertReceived(_))),
        "{told}"
    );
    assert!(client.into_channel().expect("no data").is_err());
    at_client.expect_err("must be refused")
}

fn refused(world: &World, settings: &ClientSettings, identity: &Identity) -> Error {
    refused_at(world, settings, identity, common::now())
}

fn step(error: &Error) -> Step {
    match error {
        Error::Refusal(refusal) => refusal.step(),
        other => panic!("not the appraisal's refusal: {other}"),
    }
}

#[test]
fn attests_in_either_form_with_either_statement() {
    let world = World::new();
    for form in [Form::Cmw, Form::TaggedEvidence] {
        for statement in [Statement::Key, Statement::KeyAndValidity] {
            let identity = issue(&Issuance {
                form,
                statement,
                ..issuance(&world)
            });
            let settings = ClientSettings {
                statement,
                ..pki(&world)
            };
            accepted(&world, &settings, &identity);
        }
    }
}

#[test]
fn attests_behind_a_chain_of_a_public_authority() {
    let world = World::new();
    let identity = issue(&Issuance {
        vouching: Vouching::Chain(world.identity.chain.clone()),
        ..issuance(&world)
    });
    assert_eq!(identity.chain.len(), 2);
    accepted(&world, &pki(&world), &identity);
}

#[test]
fn attests_without_pki_only_where_the_policy_says_so() {
    let world = World::new();
    let identity = issue(&Issuance {
        vouching: Vouching::Nobody,
        ..issuance(&world)
    });
    accepted(&world, &without_pki(&world), &identity);
    let error = refused(&world, &pki(&world), &identity);
    assert_eq!(
        error,
        Error::Tls(CertificateError::UnknownIssuer.into()),
        "{error}"
    );
}

#[test]
fn carries_data_over_tcp() {
    let world = World::new();
    let (client, server) = (
        client_at(&pki(&world), common::now()),
        server(&world, &issue(&issuance(&world))),
    );
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("bound");
    let serving = thread::spawn(move || {
        let (transport, _) = listener.accept().expect("a client");
        let mut stream = AttestedStream::accept(server, transport).expect("accepted");
        stream.write_all(b"greetings").expect("open");
        let mut received = Vec::new();
        stream.read_to_end(&mut received).expect("closed properly");
        stream.close().expect("open");
        received
    });
    let transport = TcpStream::connect(address).expect("listening");
    let mut stream = AttestedStream::connect(client, transport).expect("attested");
    assert_eq!(stream.peer().appraised().result().software, "program");
    assert_eq!(stream.peer().leaf().spki(), common::spki(&world.identity));
    let mut greeting = [0; 9];
    stream.read_exact(&mut greeting).expect("sent");
    assert_eq!(&greeting, b"greetings");
    stream.write_all(&[0x5a; 100_000]).expect("open");
    stream.close().expect("open");
    stream
        .read_to_end(&mut Vec::new())
        .expect("closed properly");
    assert_eq!(serving.join().expect("no panic"), [0x5a; 100_000]);
}

#[test]
fn a_certificate_is_renewed_when_two_thirds_of_its_life_are_over() {
    let world = World::new();
    let mut renewing = Renewing::new(issuance(&world), common::now(), &mut ()).expect("honest");
    let chain_at = |renewing: &mut Renewing, seconds| {
        let issued = renewing.at(common::later(seconds), &mut ());
        issued.expect("honest").identity().chain.clone()
    };
    let first = chain_at(&mut renewing, 0);
    assert_eq!(chain_at(&mut renewing, 2399), first);
    let second = chain_at(&mut renewing, 2400);
    assert_ne!(second, first);
    assert_eq!(chain_at(&mut renewing, 4700), second);
}

/// The replay of a certificate's Evidence in later connections is what this
/// placement allows, until the certificate is too old.
#[test]
fn refuses_replay_of_old_evidence() {
    let world = World::new();
    let identity = issue(&Issuance {
        lifetime: Duration::from_secs(10 * 365 * 24 * 3600),
        ..issuance(&world)
    });
    accepted(&world, &pki(&world), &identity);
    let error = refused_at(&world, &pki(&world), &identity, common::later(24 * 3600));
    assert_eq!(error.code(), "certificate-too-old", "{error}");
}

#[test]
fn refuses_certificates_outside_their_validity_without_pki_too() {
    let world = World::new();
    let identity = issue(&Issuance {
        vouching: Vouching::Nobody,
        ..issuance(&world)
    });
    let settings = without_pki(&world);
    let error = refused_at(&world, &settings, &identity, common::later(3601));
    assert_eq!(error.code(), "certificate-expired", "{error}");
    let early = UnixTime::since_unix_epoch(Duration::from_secs(common::now().as_secs() - 61));
    let error = refused_at(&world, &settings, &identity, early);
    assert_eq!(error.code(), "certificate-not-yet-valid", "{error}");
}

/// Evidence that was signed for a short validity, put into a certificate with
/// a long one, for the same key and by the same authority.
#[test]
fn refuses_evidence_stretched_over_a_longer_validity() {
    let world = World::new();
    let attester = Remembering::new(world.workload(&world.identity));
    let short = Issuance {
        attester: Arc::clone(&attester) as _,
        ..issuance(&world)
    };
    issue(&short);
    let stretched = issue(&Issuance {
        attester: Arc::new(Parrot(attester.last())),
        lifetime: Duration::from_secs(24 * 3600),
        ..short
    });
    let error = refused(&world, &pki(&world), &stretched);
    assert_eq!(step(&error), Step::Binding, "{error}");
}

/// Key substitution: genuine Evidence copied into a certificate for a key of
/// the attacker's.
#[test]
fn refuses_evidence_of_another_key() {
    let world = World::new();
    let attester = Remembering::new(world.workload(&world.identity));
    issue(&Issuance {
        attester: Arc::clone(&attester) as _,
        ..issuance(&world)
    });
    let copied = issue(&Issuance {
        key: common::key(),
        ..issuance_with(&world, Parrot(attester.last()))
    });
    let error = refused(&world, &pki(&world), &copied);
    assert_eq!(step(&error), Step::Binding, "{error}");
    // An attesting environment that signs for a key it does not hold says so.
    let oracle = issue(&Issuance {
        key: common::key(),
        ..issuance(&world)
    });
    let error = refused(&world, &pki(&world), &oracle);
    assert_eq!(step(&error), Step::Key, "{error}");
}

/// Certificates are public. Without PKI, possession is all that stops a copy.
#[test]
fn refuses_a_copied_certificate_without_its_key() {
    let world = World::new();
    let genuine = issue(&Issuance {
        vouching: Vouching::Nobody,
        ..issuance(&world)
    });
    let copy = Identity {
        chain: genuine.chain,
        key: common::key(),
    };
    for settings in [without_pki(&world), pki(&world)] {
        let mut client = client_at(&settings, common::now());
        let mut server = common::stock_server(&world.provider, &copy, |_| ());
        let (outcome, _) = pair::run(&mut client, &mut server);
        assert!(!client.is_attested());
        assert_eq!(outcome.expect_err("must be refused").code(), "tls");
    }
    let settings = ServerSettings {
        provider: Arc::clone(&world.provider),
        identity: copy,
    };
    let error = Server::new(&settings, common::now(), ()).err();
    assert_eq!(error.map(|error| error.code()), Some("api-misuse"));
}

/// Diversion: the connection ends at another genuine machine.
#[test]
fn refuses_diversion_to_another_machine() {
    let world = World::new();
    let key = common::key();
    let spki = key.public_key().expect("told").to_vec();
    let elsewhere = Issuance {
        key,
        names: vec!["other.example".to_owned()],
        ..issuance_with(&world, world.root.machine(2).launch(common::CODE, &spki))
    };
    // With PKI, the name tells.
    let error = refused(&world, &pki(&world), &issue(&elsewhere));
    assert!(
        matches!(
            error,
            Error::Tls(rustls::Error::InvalidCertificate(
                CertificateError::NotValidForNameContext { .. }
            ))
        ),
        "{error}"
    );
    // Without, only a policy that names machines does.
    let identity = issue(&Issuance {
        vouching: Vouching::Nobody,
        ..elsewhere
    });
    accepted(&world, &without_pki(&world), &identity);
    let mut settings = without_pki(&world);
    settings.relying_party.policy.machines = Some([world.root.machine_id(1)].into());
    let error = refused(&world, &settings, &identity);
    assert_eq!(step(&error), Step::Machine, "{error}");
}

#[test]
fn refuses_certificates_without_evidence() {
    let world = World::new();
    let error = refused(&world, &pki(&world), &world.identity);
    assert_eq!(error, PeerIncompatible::NoEvidence.into());
}

#[test]
fn refuses_evidence_in_two_places() {
    let world = World::new();
    let twice = issue(&Issuance {
        vouching: Vouching::Chain(issue(&issuance(&world)).chain),
        ..issuance(&world)
    });
    let error = refused(&world, &pki(&world), &twice);
    assert_eq!(error, PeerMisbehaved::EvidenceTwice.into());
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
        let error = refused(&world, &pki(&world), &issue(&issuance_with(&world, forger)));
        assert_eq!(step(&error), at, "{forgery:?}: {error}");
        assert_eq!(
            error.alert(),
            Some(rustls::AlertDescription::BadCertificate)
        );
    }
}

#[test]
fn refuses_other_programs_and_debuggable_ones() {
    let world = World::new();
    let spki = common::spki(&world.identity);
    let other = world.root.machine(1).launch(b"another program", &spki);
    let error = refused(&world, &pki(&world), &issue(&issuance_with(&world, other)));
    assert_eq!(step(&error), Step::ReferenceValues, "{error}");
    let debuggable = world.workload(&world.identity).debuggable();
    let error = refused(
        &world,
        &pki(&world),
        &issue(&issuance_with(&world, debuggable)),
    );
    assert_eq!(step(&error), Step::Debug, "{error}");
}

/// A server that hands out tickets: each connection is a full one, and the
/// verifier is asked each time.
#[test]
fn refuses_to_resume() {
    let world = World::new();
    let identity = issue(&issuance(&world));
    let settings = pki(&world);
    for _ in 0..2 {
        let mut client = client_at(&settings, common::now());
        let mut server = common::stock_server(&world.provider, &identity, |config| {
            config.send_tls13_tickets = 2;
        });
        assert_eq!(pair::run(&mut client, &mut server), (Ok(()), Ok(())));
        assert!(client.is_attested());
        assert_eq!(server.tls.handshake_kind(), Some(HandshakeKind::Full));
    }
}

#[test]
fn refuses_application_data_before_the_handshake_is_over() {
    let world = World::new();
    let client = client_at(&pki(&world), common::now());
    assert!(client.into_channel().expect("nothing arrived").is_err());
    let server = server(&world, &issue(&issuance(&world)));
    assert!(server.into_channel().expect("nothing arrived").is_err());
}

/// A server's first flight cut or flipped: never attested, never a panic.
#[test]
fn refuses_a_flight_cut_or_altered_anywhere() {
    let world = World::new();
    let identity = issue(&issuance(&world));
    for at in (0..).step_by(61) {
        for flip in [false, true] {
            let (mut client, mut server) = (
                client_at(&pki(&world), common::now()),
                server(&world, &identity),
            );
            use attested::Endpoint as _;
            server.receive(&client.transmit()).expect("honest");
            let mut flight = server.transmit();
            if at >= flight.len() {
                assert!(at > 1000, "only {at} octets");
                return;
            }
            if flip {
                flight[at] ^= 0x10;
            } else {
                flight.truncate(at);
            }
            let _ = client.receive(&flight);
            // The version in a record header is not authenticated.
            assert!(!client.is_attested() || (flip && at < 12), "octet {at}");
            assert!(flip || client.receive_end() == Err(Error::Truncated));
        }
    }
}

#[test]
fn a_run_is_recorded() {
    let world = World::new();
    let recorder = Recorder::new();
    let mut at_server = Instrument::new(recorder.tap(2, 1), Role::Server);
    let issued = issuance(&world).issue(common::now(), &mut at_server);
    let settings = ServerSettings {
        provider: Arc::clone(&world.provider),
        identity: issued.expect("honest").identity().clone(),
    };
    let mut server = Server::new(&settings, common::now(), at_server).expect("honest settings");
    let at_client = Instrument::new(recorder.tap(1, 1), Role::Client);
    let mut client =
        Client::new(&pki(&world), common::name(), common::now(), at_client).expect("honest");
    assert_eq!(pair::run(&mut client, &mut server), (Ok(()), Ok(())));
    let recording = recorder.finish(common::head(event::recording::Profile::Pre), Vec::new());
    let of = |party| recording.events.iter().filter(move |it| it.party == party);

    let messages = |party| -> Vec<u8> {
        of(party)
            .filter_map(|event| match event.kind {
                Kind::Handshake { handshake_type, .. } => Some(handshake_type),
                _ => None,
            })
            .collect()
    };
    assert_eq!(messages(1), [1, 2, 8, 11, 15, 20, 20]);
    assert_eq!(messages(2), [1, 2, 8, 11, 15, 20, 20]);
    let challenge = of(2).find_map(|event| match &event.kind {
        Kind::Evidence { challenge, .. } => Some(challenge.clone()),
        _ => None,
    });
    let appraised = of(1).find_map(|event| match &event.kind {
        Kind::Appraise {
            expected, verdict, ..
        } => Some((expected.clone(), *verdict)),
        _ => None,
    });
    let (expected, verdict) = appraised.expect("the client appraised");
    assert_eq!(challenge, Some(expected));
    assert_eq!(verdict, Appraisal::Affirming);
    for party in [1, 2] {
        let decided = of(party).any(|event| {
            matches!(
                event.kind,
                Kind::Decision {
                    what: Decision::Accept,
                    ..
                }
            )
        });
        assert!(decided, "party {party}");
    }
    let lines = event::to_json_lines(&recording).expect("coherent");
    assert_eq!(event::read(&lines[..]).expect("coherent"), recording);
}
