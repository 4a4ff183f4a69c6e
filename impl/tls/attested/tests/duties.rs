//! Who attests to whom, how often, and what is refused on the way.

mod common;

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use attested::observe::{Instrument, Observe};
use attested::post::{
    Attestation, AttestedChannel, AttestedPeer, AttestingClientSettings, Attests, Client, Mutual,
    Profile, Reliance, Relies, RelyingServerSettings, Server,
};
use attested::{
    ApiMisuse, ApplicationData, AttestedStream, Attesting, Error, Identity, PeerMisbehaved,
    StreamError, pair,
};
use authenticator::Role;
use common::raw::{self, RawPeer};
use common::{Parrot, World};
use event::kind::{Appraisal, Decision};
use event::recording;
use event::{Kind, Recorder};
use mock_tee::{Root, Workload};
use rats::policy::Names;
use rats::{AttestError, Attester, Challenge, Evidence, Hash, Step};
use rustls::AlertDescription;

const DEVICE: &str = "device.example";
const DEVICE_CODE: &[u8] = b"the device's program";

/// A client of the world that attests, on machine 2.
struct Device {
    identity: Identity,
}

impl Device {
    fn new(world: &World) -> Self {
        Self {
            identity: world.authority.issue(DEVICE),
        }
    }

    fn workload(&self, world: &World) -> Workload {
        let machine = world.root.machine(2);
        machine.launch(DEVICE_CODE, &common::spki(&self.identity))
    }

    fn attestation(&self, world: &World) -> Attestation {
        self.attestation_by(self.workload(world))
    }

    fn attestation_by(&self, attester: impl Attester + 'static) -> Attestation {
        Attestation {
            identity: self.identity.clone(),
            attester: Arc::new(attester),
        }
    }
}

/// The server accepts the device's program and trusts the same root.
fn reliance(world: &World) -> Reliance {
    reliance_on(world, &world.root)
}

fn reliance_on(world: &World, root: &Root) -> Reliance {
    Reliance {
        roots: world.authority.roots(),
        relying_party: attested::RelyingParty {
            verifier: mock_tee::verifier(root, "device", DEVICE_CODE),
            policy: rats::Policy::for_software(["device"]).named(named(&[DEVICE])),
        },
    }
}

fn named(names: &[&str]) -> Names {
    Names::one_of(names.iter().copied()).expect("names")
}

fn mutual_client<O: Observe>(
    world: &World,
    attestation: &Attestation,
    observer: O,
) -> Client<O, Mutual> {
    let settings = world.client_settings();
    Client::mutual(
        &settings,
        attestation,
        common::name(),
        common::now(),
        observer,
    )
    .expect("honest settings")
}

fn mutual_server<O: Observe>(world: &World, reliance: &Reliance, observer: O) -> Server<O, Mutual> {
    let settings = world.server_settings();
    Server::mutual(&settings, reliance, common::now(), observer).expect("honest settings")
}

fn attesting_client(world: &World, attestation: Attestation) -> Client<(), Attests> {
    let settings = AttestingClientSettings {
        provider: Arc::clone(&world.provider),
        roots: world.authority.roots(),
        attestation,
        profile: Profile::default(),
    };
    Client::attesting(&settings, common::name(), common::now(), ()).expect("honest settings")
}

fn relying_server(world: &World, reliance: Reliance) -> Server<(), Relies> {
    let settings = RelyingServerSettings {
        provider: Arc::clone(&world.provider),
        handshake: world.identity.clone(),
        reliance,
        profile: Profile::default(),
    };
    Server::relying(&settings, common::now(), ()).expect("honest settings")
}

fn open<E: Attesting>(endpoint: E) -> E::Channel {
    endpoint.into_channel().expect("clean").ok().expect("ready")
}

fn step(error: &Error) -> Step {
    match error {
        Error::Refusal(refusal) => refusal.step(),
        other => panic!("not the appraisal's refusal: {other}"),
    }
}

/// An Attester whose answers may change from one call to the next.
struct Changing<F>(F, AtomicU32);

impl<F> Changing<F>
where
    F: Fn(u32, &Challenge, Hash) -> Result<Evidence, AttestError> + Send + Sync,
{
    fn new(answer: F) -> Self {
        Self(answer, AtomicU32::new(0))
    }
}

impl<F> Attester for Changing<F>
where
    F: Fn(u32, &Challenge, Hash) -> Result<Evidence, AttestError> + Send + Sync,
{
    fn attest(&self, challenge: &Challenge, hash: Hash) -> Result<Evidence, AttestError> {
        (self.0)(self.1.fetch_add(1, Ordering::SeqCst), challenge, hash)
    }
}

#[test]
fn a_client_attests_to_a_server() {
    let world = World::new();
    let device = Device::new(&world);
    let mut client = attesting_client(&world, device.attestation(&world));
    let mut server = relying_server(&world, reliance(&world));
    assert_eq!(pair::run(&mut client, &mut server), (Ok(()), Ok(())));
    assert!(client.is_attested() && server.is_accepted());
    let (mut client, mut server) = (open(client), open(server));
    assert_eq!(server.peer().appraised().result().software, "device");
    let machine = &server.peer().appraised().result().machine;
    assert_eq!(*machine, world.root.machine_id(2));
    client.write(b"measured").expect("open");
    server.write(b"heard").expect("open");
    assert_eq!(pair::run(&mut client, &mut server), (Ok(()), Ok(())));
    assert_eq!((server.available(), client.available()), (8, 5));
}

#[test]
fn both_ends_attest() {
    let world = World::new();
    let device = Device::new(&world);
    let mut client = mutual_client(&world, &device.attestation(&world), ());
    let mut server = mutual_server(&world, &reliance(&world), ());
    assert_eq!(pair::run(&mut client, &mut server), (Ok(()), Ok(())));
    let (client, server) = (open(client), open(server));
    assert_eq!(client.peer().appraised().result().software, "program");
    assert_eq!(server.peer().appraised().result().software, "device");
    assert_ne!(
        client.peer().appraised().claims().challenge,
        server.peer().appraised().claims().challenge
    );
}

#[test]
fn both_ends_attest_over_tcp_and_again() {
    let world = World::new();
    let device = Device::new(&world);
    let client = mutual_client(&world, &device.attestation(&world), ());
    let server = mutual_server(&world, &reliance(&world), ());
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("bound");
    let serving = thread::spawn(move || {
        let (transport, _) = listener.accept().expect("a client");
        let mut stream = AttestedStream::accept(server, transport).expect("accepted");
        let mut received = Vec::new();
        stream.read_to_end(&mut received).expect("closed properly");
        stream.close().expect("open");
        received
    });
    let transport = TcpStream::connect(address).expect("listening");
    let mut stream = AttestedStream::connect(client, transport).expect("attested");
    let challenge = |stream: &AttestedStream<_, AttestedChannel<AttestedPeer, ()>>| {
        stream.peer().appraised().claims().challenge.clone()
    };
    let first = challenge(&stream);
    stream.write_all(b"before, ").expect("open");
    stream.reattest(common::later(60)).expect("attested again");
    assert_ne!(challenge(&stream), first);
    stream.write_all(b"after").expect("open");
    stream.close().expect("open");
    stream
        .read_to_end(&mut Vec::new())
        .expect("closed properly");
    assert_eq!(serving.join().expect("no panic"), b"before, after");
}

#[test]
fn either_end_may_ask_again_and_data_goes_on() {
    let world = World::new();
    let device = Device::new(&world);
    let mut client = mutual_client(&world, &device.attestation(&world), ());
    let mut server = mutual_server(&world, &reliance(&world), ());
    assert_eq!(pair::run(&mut client, &mut server), (Ok(()), Ok(())));
    let (mut client, mut server) = (open(client), open(server));
    let mut challenges = Vec::new();
    for round in 1..=3 {
        let now = common::later(round * 60);
        client.reattest(now).expect("open");
        server.reattest(now).expect("open");
        assert_eq!(client.reattest(now), Err(ApiMisuse::RequestPending.into()));
        assert!(client.is_reattesting() && server.is_reattesting());
        client.write(b"data").expect("open");
        assert_eq!(pair::run(&mut client, &mut server), (Ok(()), Ok(())));
        assert!(!client.is_reattesting() && !server.is_reattesting());
        for appraised in [client.peer().appraised(), server.peer().appraised()] {
            assert_eq!(appraised.result().time.0, now.as_secs());
            challenges.push(appraised.claims().challenge.clone());
        }
    }
    assert_eq!(server.available(), 12);
    challenges.sort();
    challenges.dedup();
    assert_eq!(challenges.len(), 6);
}

/// The state drifts after the first verdict; the next one ends the connection.
#[test]
fn refuses_a_server_that_has_changed_since() {
    let world = World::new();
    let honest = world.workload(&world.identity);
    let changed = world.workload(&world.identity).debuggable();
    let attester = Changing::new(move |call, challenge: &Challenge, hash| match call {
        0 => honest.attest(challenge, hash),
        _ => changed.attest(challenge, hash),
    });
    let error = refused_at_reattestation(&world, attester);
    assert_eq!(step(&error), Step::Debug, "{error}");
}

/// Replay inside a connection: the Evidence of the first exchange, shown again
/// in the second.
#[test]
fn refuses_evidence_of_an_earlier_exchange() {
    let world = World::new();
    let honest = world.workload(&world.identity);
    let first = Mutex::new(None);
    let attester = Changing::new(move |_, challenge: &Challenge, hash| {
        let mut first = first.lock().expect("no panic under the lock");
        match &*first {
            Some(evidence) => Ok(Evidence::clone(evidence)),
            None => Ok(first.insert(honest.attest(challenge, hash)?).clone()),
        }
    });
    let error = refused_at_reattestation(&world, attester);
    assert_eq!(step(&error), Step::Binding, "{error}");
}

fn refused_at_reattestation(world: &World, attester: impl Attester + 'static) -> Error {
    let mut client = world.client();
    let mut server = common::server(&world.server_settings_with(attester), ());
    assert_eq!(pair::run(&mut client, &mut server), (Ok(()), Ok(())));
    let (mut client, mut server) = (open(client), open(server));
    client.reattest(common::now()).expect("open");
    server.write(b"too late").expect("open");
    let (at_client, at_server) = pair::run(&mut client, &mut server);
    assert_eq!(
        at_server,
        Err(Error::PeerAborted(AlertDescription::BadCertificate))
    );
    assert_eq!(client.write(b"secret"), Err(ApiMisuse::AfterFailure.into()));
    let again = client.reattest(common::now());
    assert_eq!(again, Err(ApiMisuse::AfterFailure.into()));
    assert!(server.write(b"more").is_err());
    at_client.expect_err("must be refused")
}

#[test]
fn a_stream_tells_of_a_refused_reattestation() {
    let world = World::new();
    let honest = world.workload(&world.identity);
    let changed = world
        .root
        .machine(1)
        .launch(b"other", &common::spki(&world.identity));
    let attester = Changing::new(move |call, challenge: &Challenge, hash| match call {
        0 => honest.attest(challenge, hash),
        _ => changed.attest(challenge, hash),
    });
    let server = common::server(&world.server_settings_with(attester), ());
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("bound");
    let serving = thread::spawn(move || {
        let (transport, _) = listener.accept().expect("a client");
        let mut stream = AttestedStream::accept(server, transport).expect("accepted");
        stream.read_to_end(&mut Vec::new())
    });
    let transport = TcpStream::connect(address).expect("listening");
    let mut stream = AttestedStream::connect(world.client(), transport).expect("attested");
    match stream.reattest(common::now()) {
        Err(StreamError::Attested(error)) => assert_eq!(step(&error), Step::ReferenceValues),
        other => panic!("{other:?}"),
    }
    assert!(serving.join().expect("no panic").is_err());
}

#[test]
fn refuses_clients_by_what_they_run_who_endorses_them_and_which_they_are() {
    let world = World::new();
    let device = Device::new(&world);
    let spki = common::spki(&device.identity);
    let other_program = world.root.machine(2).launch(b"something else", &spki);
    let other_key = world.root.machine(2).launch(DEVICE_CODE, b"another key");
    let mut pinned = reliance(&world);
    pinned.relying_party.policy.machines = Some([world.root.machine_id(1)].into());
    let elsewhere = reliance_on(&world, &Root::from_seed([8; 32]));
    for (attester, reliance, at) in [
        (other_program, reliance(&world), Step::ReferenceValues),
        (other_key, reliance(&world), Step::Key),
        (device.workload(&world), pinned, Step::Machine),
        (device.workload(&world), elsewhere, Step::Endorsement),
    ] {
        let mut client = attesting_client(&world, device.attestation_by(attester));
        let mut server = relying_server(&world, reliance);
        let (at_client, at_server) = pair::run(&mut client, &mut server);
        assert!(!client.is_attested() && !server.is_accepted());
        assert_eq!(step(&at_server.expect_err("must be refused")), at);
        assert_eq!(
            at_client,
            Err(Error::PeerAborted(AlertDescription::BadCertificate))
        );
    }
}

/// The same authority vouches for other clients too, and they may run the same
/// program.
#[test]
fn refuses_a_client_that_the_policy_does_not_name() {
    let world = World::new();
    let device = Device::new(&world);
    let refused = |names| {
        let mut reliance = reliance(&world);
        reliance.relying_party.policy.channel.names = names;
        let mut client = attesting_client(&world, device.attestation(&world));
        let mut server = relying_server(&world, reliance);
        let (_, outcome) = pair::run(&mut client, &mut server);
        assert!(!client.is_attested() && !server.is_accepted());
        outcome.expect_err("must be refused")
    };
    let other = refused(named(&["other.example", "spiffe://device.example"]));
    assert_eq!(
        (step(&other), other.code()),
        (Step::Channel, "unknown-name")
    );
    assert_eq!(
        other.to_string(),
        "Evidence refused: the peer's certificate names device.example, the policy \
         other.example or spiffe://device.example"
    );
    let unnamed = refused(Names::AsTheEndpointSays);
    assert_eq!(unnamed.code(), "peer-unnamed", "{unnamed}");
    assert_eq!(step(&unnamed), Step::Channel);
}

#[test]
fn a_policy_may_name_a_client_by_uri_or_say_that_any_will_do() {
    let world = World::new();
    let device = Device {
        identity: world.authority.issue_for("spiffe://example/device"),
    };
    for names in [named(&["spiffe://example/device"]), Names::Any] {
        let mut reliance = reliance(&world);
        reliance.relying_party.policy.channel.names = names;
        let mut client = attesting_client(&world, device.attestation(&world));
        let mut server = relying_server(&world, reliance);
        assert_eq!(pair::run(&mut client, &mut server), (Ok(()), Ok(())));
        assert!(server.is_accepted());
    }
}

#[test]
fn refuses_a_client_certificate_of_another_authority() {
    let world = World::new();
    let device = Device {
        identity: World::new().authority.issue(DEVICE),
    };
    let mut client = attesting_client(&world, device.attestation(&world));
    let mut server = relying_server(&world, reliance(&world));
    let (_, outcome) = pair::run(&mut client, &mut server);
    assert!(!server.is_accepted());
    let error = outcome.expect_err("must be refused");
    assert_eq!(error.code(), "certificate-invalid", "{error}");
}

/// Mutual attestation, and one end's own Evidence is all the other has.
#[test]
fn refuses_ones_own_evidence() {
    let world = World::new();
    let device = Device::new(&world);
    let workload = device.workload(&world);
    let own = workload
        .attest(&Challenge::new([1; 32]).expect("32 octets"), Hash::Sha256)
        .expect("a laboratory");
    let mut settings = world.server_settings();
    settings.attester = Arc::new(Parrot(own));
    let mut server =
        Server::mutual(&settings, &reliance(&world), common::now(), ()).expect("honest settings");
    let mut client = mutual_client(&world, &device.attestation(&world), ());
    let (outcome, _) = pair::run(&mut client, &mut server);
    assert!(!client.is_attested() && !server.is_accepted());
    assert_eq!(step(&outcome.expect_err("must be refused")), Step::Binding);
}

/// Role reflection: a server that returns each frame as it came. The client's
/// request comes back as a type no server sends.
#[test]
fn refuses_a_mirror() {
    let world = World::new();
    let device = Device::new(&world);
    let mut client = mutual_client(&world, &device.attestation(&world), ());
    let stock = common::stock_server(&world.provider, &world.identity, |_| ());
    let mut mirror = RawPeer::new(stock.tls, |_, frame| frame.cloned().into_iter().collect());
    let (outcome, _) = pair::run(&mut client, &mut mirror);
    assert!(!client.is_attested());
    let error = outcome.expect_err("must be refused");
    assert_eq!(error.code(), "malformed-authenticator-message", "{error}");
}

#[test]
fn refuses_requests_for_evidence_nobody_promised() {
    let world = World::new();
    // The server wants both to attest, the client only relies.
    let mut client = world.client();
    let mut server = mutual_server(&world, &reliance(&world), ());
    let (outcome, _) = pair::run(&mut client, &mut server);
    assert!(!client.is_attested() && !server.is_accepted());
    assert_eq!(outcome.expect_err("unexpected").code(), "unexpected-frame");
    // Both attest and nobody asks: nothing opens.
    let device = Device::new(&world);
    let mut client = attesting_client(&world, device.attestation(&world));
    let mut server = world.server();
    assert_eq!(pair::run(&mut client, &mut server), (Ok(()), Ok(())));
    assert!(!client.is_attested() && !server.is_accepted());
    assert!(client.into_channel().expect("clean").is_err());
}

/// A client that accepts the server, sends data at once, and has yet to attest.
#[test]
fn refuses_data_of_a_client_that_has_not_attested() {
    let world = World::new();
    for data in [b"data".to_vec(), Vec::new()] {
        let config = rustls::ClientConfig::builder_with_provider(Arc::clone(&world.provider))
            .with_safe_default_protocol_versions()
            .expect("TLS 1.3")
            .with_root_certificates(world.authority.roots())
            .with_no_client_auth();
        let tls = rustls::ClientConnection::new(Arc::new(config), common::name()).expect("made");
        let frames = vec![
            (raw::REQUEST, raw::request(&[1; 32])),
            (raw::DATA, data.clone()),
            (raw::DATA, b"data".to_vec()),
        ];
        let mut client = RawPeer::new(tls, move |_, frame| match frame {
            None => frames.clone(),
            Some(_) => Vec::new(),
        });
        let mut server = mutual_server(&world, &reliance(&world), ());
        let (_, outcome) = pair::run(&mut client, &mut server);
        assert!(!server.is_accepted());
        let early = PeerMisbehaved::ApplicationDataBeforeAttestation;
        assert_eq!(outcome, Err(early.into()));
    }
}

/// A server that answers each request twice.
#[test]
fn refuses_a_second_answer_to_one_request() {
    let world = World::new();
    let stock = common::stock_server(&world.provider, &world.identity, |_| ());
    let workload = world.workload(&world.identity);
    let identity = world.identity.clone();
    let mut server = RawPeer::new(stock.tls, move |kit, frame| {
        let Some((raw::REQUEST, request)) = frame else {
            return Vec::new();
        };
        let context = raw::context_of(request);
        let binder = Challenge::new(kit.binder(&identity, context)).expect("a binder's length");
        let hash = match kit.hash_length() {
            48 => Hash::Sha384,
            _ => Hash::Sha256,
        };
        let evidence = workload.attest(&binder, hash).expect("a laboratory");
        let cmw = evidence
            .to_cmw(rats::cmw::Encoding::CborRecord)
            .expect("small");
        let entry = vec![(0xff00, raw::cmw_attestation(&cmw))];
        let certificate = raw::certificate(context, &[(&identity.chain[0], entry)]);
        let authenticator = kit.close(&identity, request, certificate);
        vec![(raw::AUTHENTICATOR, authenticator); 2]
    });
    let mut client = world.client();
    assert_eq!(pair::run(&mut client, &mut server), (Ok(()), Ok(())));
    // The first was good; the second stands where data belongs.
    assert!(client.is_attested());
    let error = client.into_channel().err().expect("must be refused");
    assert_eq!(error.code(), "unexpected-frame");
}

#[test]
fn a_mutual_run_is_recorded() {
    let world = World::new();
    let device = Device::new(&world);
    let recorder = Recorder::new();
    let at_client = Instrument::new(recorder.tap(1, 1), Role::Client);
    let at_server = Instrument::new(recorder.tap(2, 1), Role::Server);
    let mut client = mutual_client(&world, &device.attestation(&world), at_client);
    let mut server = mutual_server(&world, &reliance(&world), at_server);
    assert_eq!(pair::run(&mut client, &mut server), (Ok(()), Ok(())));
    let recording = recorder.finish(common::head(recording::Profile::Post), Vec::new());
    for (party, key) in [(1, "client-ak"), (2, "ak")] {
        let kinds = || {
            let events = recording.events.iter();
            events
                .filter(move |event| event.party == party)
                .map(|event| &event.kind)
        };
        let attested = kinds().filter(
            |kind| matches!(kind, Kind::Evidence { attestation_key, .. } if attestation_key == key),
        );
        assert_eq!(attested.count(), 1, "party {party}");
        let appraised = kinds().filter(|kind| {
            matches!(
                kind,
                Kind::Appraise {
                    verdict: Appraisal::Affirming,
                    ..
                }
            )
        });
        assert_eq!(appraised.count(), 1, "party {party}");
        let accepted = kinds().filter(|kind| {
            matches!(
                kind,
                Kind::Decision {
                    what: Decision::Accept,
                    ..
                }
            )
        });
        assert_eq!(accepted.count(), 1, "party {party}");
    }
    let lines = event::to_json_lines(&recording).expect("coherent");
    assert_eq!(event::read(&lines[..]).expect("coherent"), recording);
}
