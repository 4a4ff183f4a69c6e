//! What is refused, where, and that the peer learns of it. Hostile peers are
//! right in everything but the one thing under test.

mod common;

use std::cell::RefCell;
use std::sync::Arc;

use attested::post::{Client, Endpoint, Server, pair};
use attested::{Error, PeerIncompatible, PeerMisbehaved};
use authenticator::ExtensionType;
use common::raw::{self, Kit, RawPeer};
use common::{World, client, server};
use mock_tee::Root;
use mock_tee::forge::{Forger, Forgery};
use rats::cmw::Encoding;
use rats::{Attester, Challenge, Hash, Step};
use rustls::client::Resumption;
use rustls::{
    AlertDescription, ClientConfig, ClientConnection, HandshakeKind, ServerConfig, ServerConnection,
};

/// The Evidence for `challenge` as the body of the extension.
fn evidence(attester: &impl Attester, challenge: &[u8]) -> Vec<u8> {
    let hash = match challenge.len() {
        48 => Hash::Sha384,
        _ => Hash::Sha256,
    };
    let challenge = Challenge::new(challenge).expect("a binder's length");
    let evidence = attester.attest(&challenge, hash).expect("a laboratory");
    raw::cmw_attestation(&evidence.to_cmw(Encoding::CborRecord).expect("small"))
}

/// An honest Certificate message, Evidence included.
fn certificate(world: &World, kit: &Kit<'_>, request: &[u8]) -> Vec<u8> {
    let context = raw::context_of(request);
    let body = evidence(
        &world.workload(&world.identity),
        &kit.binder(&world.identity, context),
    );
    raw::certificate(context, &[(&world.identity.chain[0], vec![(0xff00, body)])])
}

/// A server that handshakes honestly and answers a request with `answer`.
fn raw_server<'a>(
    world: &World,
    mut answer: impl FnMut(&Kit<'_>, &[u8]) -> Vec<u8> + 'a,
) -> RawPeer<'a> {
    let resolver = rustls::sign::SingleCertAndKey::from(rustls::sign::CertifiedKey::new(
        world.identity.chain.clone(),
        Arc::clone(&world.identity.key),
    ));
    let mut config = ServerConfig::builder_with_provider(Arc::clone(&world.provider))
        .with_safe_default_protocol_versions()
        .expect("TLS 1.3")
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(resolver));
    config.send_tls13_tickets = 2; // a client of ours must not mind
    let tls = ServerConnection::new(Arc::new(config)).expect("a server");
    RawPeer::new(tls, move |kit, frame| match frame {
        Some((raw::REQUEST, request)) => vec![(raw::AUTHENTICATOR, answer(kit, request))],
        _ => Vec::new(),
    })
}

fn raw_client_config(world: &World) -> ClientConfig {
    let roots = world.authority.roots();
    ClientConfig::builder_with_details(Arc::clone(&world.provider), Arc::new(Frozen))
        .with_safe_default_protocol_versions()
        .expect("TLS 1.3")
        .with_root_certificates(roots)
        .with_no_client_auth()
}

#[derive(Debug)]
struct Frozen;

impl rustls::time_provider::TimeProvider for Frozen {
    fn current_time(&self) -> Option<rustls::pki_types::UnixTime> {
        Some(common::now())
    }
}

/// A client that handshakes honestly and then says `frames`.
fn raw_client(world: &World, frames: Vec<raw::Frame>) -> RawPeer<'static> {
    let config = Arc::new(raw_client_config(world));
    let tls = ClientConnection::new(config, common::name()).expect("a client");
    RawPeer::new(tls, move |_, frame| match frame {
        None => frames.clone(),
        Some(_) => Vec::new(),
    })
}

/// The client's error against a raw server, and the alert the server got.
fn refused(client: &mut Client<()>, server: &mut RawPeer<'_>) -> (Error, Option<AlertDescription>) {
    let (outcome, _) = pair::run(client, server);
    assert!(!client.is_attested());
    let alert = server.received.iter().find(|(kind, _)| *kind == raw::ALERT);
    let alert = alert.map(|(_, body)| AlertDescription::from(body[0]));
    (outcome.expect_err("must be refused"), alert)
}

fn refused_by_policy(attester: impl Attester + 'static, world: &World) -> rats::Refusal {
    let mut client = world.client();
    let mut server = server(&world.server_settings_with(attester), ());
    let (at_client, at_server) = pair::run(&mut client, &mut server);
    assert!(!client.is_attested() && !server.is_accepted());
    assert_eq!(
        at_server,
        Err(Error::PeerAborted(AlertDescription::BadCertificate))
    );
    let Err(Error::Refusal(refusal)) = at_client else {
        panic!("{at_client:?} is no refusal");
    };
    refusal
}

#[test]
fn accepts_what_the_hostile_peers_are_made_of() {
    let world = World::new();
    let mut client = world.client();
    let mut server = raw_server(&world, |kit, request| {
        let certificate = certificate(&world, kit, request);
        kit.close(&world.identity, request, certificate)
    });
    assert_eq!(pair::run(&mut client, &mut server), (Ok(()), Ok(())));
    assert!(client.is_attested());

    let request = (raw::REQUEST, raw::request(&[1; 32]));
    let mut client = raw_client(&world, vec![request, (raw::DATA, b"data".to_vec())]);
    let mut server = world.server();
    assert_eq!(pair::run(&mut client, &mut server), (Ok(()), Ok(())));
    assert!(server.is_accepted());
}

#[test]
fn refuses_wrong_finished() {
    let world = World::new();
    let mut server = raw_server(&world, |kit, request| {
        let certificate = certificate(&world, kit, request);
        let mut bytes = kit.close(&world.identity, request, certificate);
        *bytes.last_mut().expect("not empty") ^= 1;
        bytes
    });
    let (error, alert) = refused(&mut world.client(), &mut server);
    assert_eq!(
        error,
        authenticator::Error::from(authenticator::PeerMisbehaved::WrongFinished).into()
    );
    assert_eq!(error.code(), "wrong-finished");
    assert_eq!(alert, Some(AlertDescription::DecryptError));
}

#[test]
fn refuses_wrong_certificate_verify() {
    let world = World::new();
    let stranger = world.authority.issue(common::NAME);
    let mut server = raw_server(&world, |kit, request| {
        let certificate = certificate(&world, kit, request);
        kit.close(&stranger, request, certificate)
    });
    let (error, alert) = refused(&mut world.client(), &mut server);
    assert_eq!(
        error,
        authenticator::Error::from(authenticator::PeerMisbehaved::WrongCertificateVerify).into()
    );
    assert_eq!(alert, Some(AlertDescription::DecryptError));
}

/// A relay: everything is of this connection and signed with the right key, but
/// the Evidence was produced for another connection of the same server.
#[test]
fn refuses_wrong_binder() {
    let world = World::new();
    let stolen = RefCell::new(None);
    let mut first = raw_server(&world, |kit, request| {
        let context = raw::context_of(request);
        let binder = kit.binder(&world.identity, context);
        *stolen.borrow_mut() = Some(evidence(&world.workload(&world.identity), &binder));
        let certificate = certificate(&world, kit, request);
        kit.close(&world.identity, request, certificate)
    });
    let mut client = world.client();
    assert_eq!(pair::run(&mut client, &mut first), (Ok(()), Ok(())));
    drop(first);
    let stolen = stolen.into_inner().expect("there was a request");

    let mut second = raw_server(&world, |kit, request| {
        let entry = vec![(0xff00, stolen.clone())];
        let certificate = raw::certificate(
            raw::context_of(request),
            &[(&world.identity.chain[0], entry)],
        );
        kit.close(&world.identity, request, certificate)
    });
    let (error, alert) = refused(&mut world.client(), &mut second);
    let Error::Refusal(refusal) = &error else {
        panic!("{error}");
    };
    assert_eq!(refusal.step(), Step::Binding, "{refusal}");
    assert_eq!(error.code(), "wrongly-bound");
    assert_eq!(alert, Some(AlertDescription::BadCertificate));
}

#[test]
fn refuses_evidence_for_another_key() {
    let world = World::new();
    let other = world.authority.issue(common::NAME);
    let refusal = refused_by_policy(world.workload(&other), &world);
    assert_eq!(refusal.step(), Step::Key, "{refusal}");
}

#[test]
fn refuses_unsolicited_cmw_attestation() {
    let world = World::new();
    let mut settings = world.client_settings();
    settings.profile.cmw_attestation = ExtensionType(0xff01); // so 0xff00 is not offered
    let mut server = raw_server(&world, |kit, request| {
        let certificate = certificate(&world, kit, request);
        kit.close(&world.identity, request, certificate)
    });
    let (error, alert) = refused(&mut client(&settings, ()), &mut server);
    let expected = authenticator::PeerMisbehaved::ExtensionNotOffered {
        extension: ExtensionType(0xff00),
        entry: 0,
    };
    assert_eq!(error, authenticator::Error::from(expected).into());
    assert_eq!(alert, Some(AlertDescription::UnsupportedExtension));
}

#[test]
fn refuses_evidence_outside_the_first_entry() {
    let world = World::new();
    let authority = world.authority.certificate();
    let mut server = raw_server(&world, |kit, request| {
        let context = raw::context_of(request);
        let binder = kit.binder(&world.identity, context);
        let body = evidence(&world.workload(&world.identity), &binder);
        let certificate = raw::certificate(
            context,
            &[
                (&world.identity.chain[0], vec![(0xff00, body.clone())]),
                (&authority, vec![(0xff00, body)]),
            ],
        );
        kit.close(&world.identity, request, certificate)
    });
    let (error, _) = refused(&mut world.client(), &mut server);
    assert_eq!(
        error,
        PeerMisbehaved::EvidenceInWrongEntry { entry: 1 }.into()
    );
}

#[test]
fn refuses_an_authenticator_without_evidence() {
    let world = World::new();
    let mut server = raw_server(&world, |kit, request| {
        let context = raw::context_of(request);
        let certificate = raw::certificate(context, &[(&world.identity.chain[0], vec![])]);
        kit.close(&world.identity, request, certificate)
    });
    let (error, _) = refused(&mut world.client(), &mut server);
    assert_eq!(error, PeerIncompatible::NoEvidence.into());
}

#[test]
fn refuses_malformed_evidence() {
    let world = World::new();
    for body in [vec![], vec![0, 0], vec![0, 9, 1], vec![0, 1, 0xff]] {
        let mut server = raw_server(&world, |kit, request| {
            let entry = vec![(0xff00, body.clone())];
            let certificate = raw::certificate(
                raw::context_of(request),
                &[(&world.identity.chain[0], entry)],
            );
            kit.close(&world.identity, request, certificate)
        });
        let (error, _) = refused(&mut world.client(), &mut server);
        assert!(
            matches!(
                &error,
                Error::PeerMisbehaved(PeerMisbehaved::MalformedCmwAttestation { .. })
                    | Error::Refusal(rats::Refusal::Wrapper(_))
            ),
            "{body:?}: {error}"
        );
    }
}

#[test]
fn refuses_reused_context() {
    let world = World::new();
    let request = (raw::REQUEST, raw::request(&[1; 32]));
    let mut client = raw_client(&world, vec![request.clone(), request]);
    let mut server = world.server();
    let (_, outcome) = pair::run(&mut client, &mut server);
    assert!(!server.is_accepted());
    assert_eq!(
        outcome.unwrap_err(),
        authenticator::Error::from(authenticator::PeerMisbehaved::ContextReused).into()
    );
}

#[test]
fn refuses_wrong_certificate_name() {
    let world = World::new();
    let identity = world.authority.issue("other.example");
    let mut settings = world.server_settings_with(world.workload(&identity));
    settings.authenticator = identity; // the handshake's has the right name
    let (outcome, _) = pair::run(&mut world.client(), &mut server(&settings, ()));
    let error = outcome.unwrap_err();
    assert!(
        matches!(
            &error,
            Error::Authenticator(authenticator::Error::PeerMisbehaved(
                authenticator::PeerMisbehaved::CertificateInvalid { .. }
            ))
        ),
        "{error}"
    );
    assert_eq!(error.code(), "certificate-invalid");
}

#[test]
fn refuses_a_certificate_of_another_authority() {
    let world = World::new();
    let identity = World::new().authority.issue(common::NAME);
    let mut settings = world.server_settings_with(world.workload(&identity));
    settings.authenticator = identity;
    let (outcome, _) = pair::run(&mut world.client(), &mut server(&settings, ()));
    assert_eq!(outcome.unwrap_err().code(), "certificate-invalid");
}

#[test]
fn refuses_unsigned_tampered_and_wrongly_bound_evidence_at_three_steps() {
    let world = World::new();
    for (forgery, step) in [
        (Forgery::Unsigned, Step::Signed),
        (Forgery::Tampered, Step::Signature),
        (Forgery::WronglyBound, Step::Binding),
    ] {
        let forger = Forger {
            attester: world.workload(&world.identity),
            forgery,
        };
        let refusal = refused_by_policy(forger, &world);
        assert_eq!(refusal.step(), step, "{forgery:?}: {refusal}");
    }
}

#[test]
fn refuses_measurement_mismatch() {
    let world = World::new();
    let machine = world.root.machine(1);
    let workload = machine.launch(b"another program", &common::spki(&world.identity));
    let refusal = refused_by_policy(workload, &world);
    assert_eq!(refusal.step(), Step::ReferenceValues, "{refusal}");
}

#[test]
fn refuses_untrusted_roots_and_debuggable_programs() {
    let world = World::new();
    let spki = common::spki(&world.identity);
    let elsewhere = Root::from_seed([8; 32]).machine(1);
    let refusal = refused_by_policy(elsewhere.launch(common::CODE, &spki), &world);
    assert_eq!(refusal.step(), Step::Endorsement, "{refusal}");
    let refusal = refused_by_policy(world.workload(&world.identity).debuggable(), &world);
    assert_eq!(refusal.step(), Step::Debug, "{refusal}");
}

#[test]
fn refuses_application_data_before_attestation() {
    let world = World::new();
    let early = PeerMisbehaved::ApplicationDataBeforeAttestation;

    // At the client: data instead of, or before, the authenticator.
    let mut eager = raw_server(&world, |_, _| Vec::new());
    eager = RawPeer::new(eager.tls, |_, frame| match frame {
        Some((raw::REQUEST, _)) => vec![(raw::DATA, b"secret".to_vec())],
        _ => Vec::new(),
    });
    let (error, alert) = refused(&mut world.client(), &mut eager);
    assert_eq!(error, early.clone().into());
    assert_eq!(alert, Some(AlertDescription::UnexpectedMessage));

    // At the server: data before a request.
    let mut client = raw_client(&world, vec![(raw::DATA, b"secret".to_vec())]);
    let mut server = world.server();
    let (_, outcome) = pair::run(&mut client, &mut server);
    assert_eq!(outcome, Err(early.into()));
    assert!(!server.is_accepted());
}

#[test]
fn data_has_no_door_before_attestation() {
    let world = World::new();
    let client = world.client();
    assert!(client.into_attested().expect("nothing arrived").is_err());
    let server = world.server();
    assert!(server.into_attested().expect("nothing arrived").is_err());
}

#[test]
fn refuses_resumption_attempt() {
    let world = World::new();
    // A stock client that would resume, against our server.
    let mut config = raw_client_config(&world);
    config.resumption = Resumption::in_memory_sessions(8);
    let config = Arc::new(config);
    for _ in 0..2 {
        let tls = ClientConnection::new(Arc::clone(&config), common::name()).expect("a client");
        let mut client = RawPeer::new(tls, |_, frame| match frame {
            None => vec![(raw::REQUEST, raw::request(&[1; 32])), (raw::DATA, vec![])],
            Some(_) => Vec::new(),
        });
        let mut server = world.server();
        assert_eq!(pair::run(&mut client, &mut server), (Ok(()), Ok(())));
        assert!(server.is_accepted());
        assert_eq!(client.tls.handshake_kind(), Some(HandshakeKind::Full));
        let tickets = match &client.tls {
            rustls::Connection::Client(client) => client.tls13_tickets_received(),
            rustls::Connection::Server(_) => unreachable!("made as a client"),
        };
        assert_eq!(tickets, 0);
    }
    // Our client against a stock server that hands out tickets.
    let settings = world.client_settings();
    for _ in 0..2 {
        let mut server = raw_server(&world, |kit, request| {
            let certificate = certificate(&world, kit, request);
            kit.close(&world.identity, request, certificate)
        });
        let mut client = client(&settings, ());
        assert_eq!(pair::run(&mut client, &mut server), (Ok(()), Ok(())));
        assert!(client.is_attested());
        assert_eq!(server.tls.handshake_kind(), Some(HandshakeKind::Full));
    }
}

#[test]
fn reports_an_authentic_refusal() {
    let world = World::new();
    let mut server = raw_server(&world, |kit, request| {
        let absent = raw::certificate(raw::context_of(request), &[]);
        kit.finished(request, &absent)
    });
    let (error, _) = refused(&mut world.client(), &mut server);
    assert_eq!(error.code(), "refused-by-peer");
}

#[test]
fn refuses_requests_without_the_offer() {
    let world = World::new();
    let without = [0, 8, 0, 13, 0, 4, 0, 2, 4, 3]; // signature_algorithms alone
    let body = [&[32][..], &[1; 32], &without].concat();
    let frame = (raw::REQUEST, raw::message(17, &body));
    let mut server = world.server();
    let (_, outcome) = pair::run(&mut raw_client(&world, vec![frame]), &mut server);
    assert_eq!(outcome, Err(PeerIncompatible::AttestationNotOffered.into()));

    let full = [0, 13, 0, 13, 0, 4, 0, 2, 4, 3, 0xff, 0, 0, 1, 9];
    let body = [&[32][..], &[1; 32], &full].concat();
    let frame = (raw::REQUEST, raw::message(17, &body));
    let mut server = world.server();
    let (_, outcome) = pair::run(&mut raw_client(&world, vec![frame]), &mut server);
    assert_eq!(
        outcome,
        Err(PeerMisbehaved::OfferNotEmpty { length: 1 }.into())
    );
}

#[test]
fn refuses_frames_that_do_not_belong() {
    let world = World::new();
    for (frame, code) in [
        ((9, vec![]), "unknown-frame"),
        ((raw::AUTHENTICATOR, vec![]), "unexpected-frame"),
        ((raw::ALERT, vec![]), "malformed-alert"),
        ((raw::ALERT, vec![40]), "peer-aborted"),
        ((raw::REQUEST, vec![0; 30_000]), "frame-too-long"),
        (
            (raw::REQUEST, vec![0; 18_000]),
            "malformed-authenticator-message",
        ),
    ] {
        let mut server = world.server();
        let (_, outcome) = pair::run(&mut raw_client(&world, vec![frame]), &mut server);
        assert_eq!(outcome.unwrap_err().code(), code);
        assert!(!server.is_accepted());
    }
}

/// Both directions of an honest run, cut at every byte: nobody is attested, and
/// the end is noticed.
#[test]
fn refuses_truncation_at_every_byte() {
    let world = World::new();
    let mut cut = 0;
    loop {
        let (mut client, mut server) = (world.client(), world.server());
        let complete = run_cut(&mut client, &mut server, cut);
        if complete {
            assert!(client.is_attested());
            assert!(cut > 1000, "only {cut} bytes to the client");
            return;
        }
        assert!(!client.is_attested() && !server.is_accepted());
        assert_eq!(client.receive_end(), Err(Error::Truncated));
        cut += 29;
    }
}

/// Carries at most `limit` bytes to the client; whether that was all.
fn run_cut(client: &mut Client<()>, server: &mut Server<()>, mut limit: usize) -> bool {
    loop {
        let forth = client.transmit();
        server.receive(&forth).expect("honest");
        let back = server.transmit();
        if back.len() > limit {
            client.receive(&back[..limit]).expect("honest so far");
            return false;
        }
        limit -= back.len();
        client.receive(&back).expect("honest");
        if forth.is_empty() && back.is_empty() {
            return true;
        }
    }
}

/// One bit of the server's TLS octets flipped: never attested, never a panic.
#[test]
fn refuses_flipped_bits_on_the_wire() {
    let world = World::new();
    let mut index = 0;
    loop {
        let (mut client, mut server) = (world.client(), world.server());
        let mut seen = 0;
        let (mut flipped, mut ignored) = (false, false);
        loop {
            let forth = client.transmit();
            let _ = server.receive(&forth);
            let mut back = server.transmit();
            if (seen..seen + back.len()).contains(&index) {
                ignored = in_a_record_version(&back, index - seen);
                back[index - seen] ^= 0x10;
                flipped = true;
            }
            seen += back.len();
            let _ = client.receive(&back);
            if forth.is_empty() && back.is_empty() {
                break;
            }
        }
        if !flipped {
            assert!(client.is_attested());
            assert!(index > 1000, "only {index} bytes to the client");
            return;
        }
        assert!(
            !client.is_attested() || ignored,
            "byte {index} may not be changed"
        );
        index += 37;
    }
}

/// Whether this octet of whole records is of a legacy_record_version, which
/// "MUST be ignored for all purposes" (RFC 8446, section 5.1).
fn in_a_record_version(records: &[u8], octet: usize) -> bool {
    let mut start = 0;
    while let Some(&[_, _, _, high, low]) = records.get(start..start + 5) {
        if (start + 1..start + 3).contains(&octet) {
            return true;
        }
        start += 5 + usize::from(u16::from_be_bytes([high, low]));
    }
    false
}
