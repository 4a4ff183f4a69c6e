//! Attestation Results that end: kept while they fit, fetched anew in time, and
//! refused with the clause where they were not; over one connection and across
//! connections.

mod common;

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use attested::post::{AttestedChannel, AttestedPeer, pair};
use attested::pre::{self, Issuance, Issued, Renewing, ServerIdentity, Statement, Vouching};
use attested::{ApplicationData, Attesting, Error};
use common::World;
use mock_tee::passport::LaboratoryVerifier;
use rats::policy::PassportTerms;
use rats::refusal::Step;
use rats::{
    AttestError, Attester, Challenge, Evidence, Expected, Hash, Holder, Issuer, Policy, UnixSeconds,
};

/// How old results may be under the policy here, and how long their Verifier says
/// that they are valid, in seconds.
const MAXIMUM_AGE: u64 = 600;
const LIFETIME: u64 = 900;

/// A Verifier that can be out of reach, and its clock.
struct Office {
    verifier: Mutex<LaboratoryVerifier>,
    /// Seconds since [`common::now`].
    clock: AtomicU64,
    issued: AtomicUsize,
    is_closed: AtomicBool,
}

impl Office {
    fn new(world: &World) -> Arc<Self> {
        let relying_party = world.relying_party();
        let (verifier, policy) = (relying_party.verifier, relying_party.policy);
        let mut verifier = LaboratoryVerifier::from_seed([9; 32], verifier, policy, start());
        verifier.lifetime = LIFETIME;
        Arc::new(Self {
            verifier: Mutex::new(verifier),
            clock: AtomicU64::new(0),
            issued: AtomicUsize::new(0),
            is_closed: AtomicBool::new(false),
        })
    }

    fn now(&self) -> UnixSeconds {
        UnixSeconds(start().0 + self.clock.load(Ordering::SeqCst))
    }

    fn pass(&self, seconds: u64) {
        self.clock.store(seconds, Ordering::SeqCst);
    }

    fn policy(&self) -> Policy {
        let verifier = self.verifier.lock().expect("no panic under the lock");
        Policy {
            passport: Some(PassportTerms {
                verifiers: [(verifier.public_key().clone(), "laboratory".to_owned())].into(),
                maximum_age: MAXIMUM_AGE,
            }),
            ..Policy::for_software(["program"])
        }
    }
}

fn start() -> UnixSeconds {
    UnixSeconds(common::now().as_secs())
}

/// As its clients see it.
struct Counter(Arc<Office>);

impl Issuer for Counter {
    fn issue(&self, evidence: &Evidence, expected: &Expected) -> Result<Evidence, AttestError> {
        let Self(office) = self;
        if office.is_closed.load(Ordering::SeqCst) {
            return Err(AttestError::Failed {
                reason: "the Verifier cannot be reached".to_owned(),
            });
        }
        let mut verifier = office.verifier.lock().expect("no panic under the lock");
        verifier.now = office.now();
        office.issued.fetch_add(1, Ordering::SeqCst);
        verifier.issue(evidence, expected)
    }
}

fn holder(world: &World, office: &Arc<Office>) -> impl Attester + use<> {
    let clock = Arc::clone(office);
    Holder::new(
        world.workload(&world.identity),
        Counter(Arc::clone(office)),
        move || clock.now(),
        common::spki(&world.identity),
    )
}

/// An Attester whose Verifier's clock has stopped.
struct Stopped<A> {
    attester: A,
    office: Arc<Office>,
    at: u64,
}

impl<A: Attester> Attester for Stopped<A> {
    fn attest(&self, challenge: &Challenge, hash: Hash) -> Result<Evidence, AttestError> {
        let now = self.office.clock.load(Ordering::SeqCst);
        self.office.pass(self.at);
        let result = self.attester.attest(challenge, hash);
        self.office.pass(now);
        result
    }
}

#[track_caller]
fn refused(error: &Error, code: &str) {
    let Error::Refusal(refusal) = error else {
        panic!("{error}");
    };
    assert_eq!((refusal.step(), refusal.code()), (Step::Time, code));
    assert!(refusal.to_string().contains("fetch a new one"), "{refusal}");
}

mod one_connection {
    use super::*;

    type Channel = AttestedChannel<AttestedPeer, ()>;

    fn open(
        world: &World,
        office: &Office,
        attester: impl Attester + 'static,
    ) -> (Channel, impl attested::Endpoint) {
        let mut settings = world.client_settings();
        settings.relying_party.policy = office.policy();
        let mut client = common::client(&settings, ());
        let mut server = common::server(&world.server_settings_with(attester), ());
        let (at_client, at_server) = pair::run(&mut client, &mut server);
        at_client.expect("honest");
        at_server.expect("honest");
        let client = client.into_channel().expect("in order");
        let server = server.into_channel().expect("in order");
        (
            client.ok().expect("attested"),
            server.ok().expect("accepted"),
        )
    }

    #[test]
    fn a_result_is_renewed_before_it_ends() {
        let world = World::new();
        let office = Office::new(&world);
        let (mut client, mut server) = open(&world, &office, holder(&world, &office));
        let result = client.peer().appraised().result().clone();
        // The policy's maximum age ends before the Verifier's word.
        let at = |seconds| UnixSeconds(start().0 + seconds);
        assert_eq!(result.lifetime.expect("a result").expires, at(MAXIMUM_AGE));
        for (seconds, is_due, has_ended) in [
            (0, false, false),
            (399, false, false),
            (400, true, false),
            (600, true, false),
            (601, true, true),
        ] {
            assert_eq!(result.is_due(at(seconds)), is_due, "{seconds}");
            assert_eq!(result.has_ended(at(seconds)), has_ended, "{seconds}");
        }
        for round in 1..4 {
            let seconds = 450 * round;
            office.pass(seconds);
            client.reattest(common::later(seconds)).expect("open");
            let (at_client, at_server) = pair::run(&mut client, &mut server);
            at_client.expect("renewed");
            at_server.expect("accepted");
            let renewed = client.peer().appraised().result();
            assert_eq!(renewed.lifetime.expect("a result").issued, at(seconds));
            assert!(!renewed.is_due(at(seconds)));
        }
        // A challenge of its own, a result of its own.
        assert_eq!(office.issued.load(Ordering::SeqCst), 4);
    }

    #[test]
    fn refuses_a_stale_result_on_the_same_connection() {
        for (seconds, code) in [(601, "result-too-old"), (901, "result-expired")] {
            let world = World::new();
            let office = Office::new(&world);
            let stopped = Stopped {
                attester: holder(&world, &office),
                office: Arc::clone(&office),
                at: 0,
            };
            let (mut client, mut server) = open(&world, &office, stopped);
            office.pass(seconds);
            client.reattest(common::later(seconds)).expect("open");
            let (at_client, at_server) = pair::run(&mut client, &mut server);
            refused(&at_client.expect_err("stale"), code);
            assert!(at_server.is_err(), "the server hears of it");
            let again = client.reattest(common::later(seconds));
            assert!(again.is_err(), "a refusal ends the connection");
        }
    }

    #[test]
    fn without_its_verifier_an_attester_has_nothing_to_show() {
        let world = World::new();
        let office = Office::new(&world);
        let (mut client, mut server) = open(&world, &office, holder(&world, &office));
        office.is_closed.store(true, Ordering::SeqCst);
        client.reattest(common::later(10)).expect("open");
        let (at_client, at_server) = pair::run(&mut client, &mut server);
        let error = at_server.expect_err("no result");
        assert!(matches!(error, Error::Attester(_)), "{error}");
        assert!(at_client.is_err(), "the client hears of it");
    }
}

mod across_connections {
    use super::*;

    fn issuance(world: &World, attester: impl Attester + 'static) -> Issuance {
        Issuance {
            statement: Statement::Key,
            ..Issuance::new(
                Arc::clone(&world.identity.key),
                Arc::new(attester),
                Vouching::Authority(world.authority.at_hand()),
                vec![common::NAME.to_owned()],
            )
        }
    }

    fn connect(
        world: &World,
        office: &Office,
        issued: &Issued,
    ) -> Result<rats::AttestationResult, Error> {
        let mut settings = pre::ClientSettings::new(
            Arc::clone(&world.provider),
            ServerIdentity::Pki(world.authority.roots()),
            world.relying_party(),
        );
        settings.statement = Statement::Key;
        settings.relying_party.policy = office.policy();
        let server = pre::ServerSettings {
            provider: Arc::clone(&world.provider),
            identity: issued.identity().clone(),
        };
        let now = common::later(office.clock.load(Ordering::SeqCst));
        let mut client = pre::Client::new(&settings, common::name(), now, ())?;
        let mut server = pre::Server::new(&server, now, ())?;
        let (at_client, _) = pair::run(&mut client, &mut server);
        at_client?;
        let channel = client.into_channel()?.ok().expect("attested");
        Ok(channel.peer().appraised().result().clone())
    }

    #[test]
    fn one_result_serves_connections_until_it_is_due() {
        let world = World::new();
        let office = Office::new(&world);
        let issuance = issuance(&world, holder(&world, &office));
        let mut renewing = Renewing::new(issuance, common::now(), &mut ()).expect("issued");
        let mut fetched = Vec::new();
        // The certificate is due with the result in it: after 600 of 900 seconds.
        for seconds in [0, 300, 599, 600, 900, 1199, 1200] {
            office.pass(seconds);
            let issued = renewing
                .at(common::later(seconds), &mut ())
                .expect("issued");
            let result = connect(&world, &office, issued).expect("within its time");
            assert_eq!(result.issuer.as_deref(), Some("laboratory"));
            fetched.push(office.issued.load(Ordering::SeqCst));
        }
        assert_eq!(fetched, [1, 1, 1, 2, 2, 2, 3]);
    }

    #[test]
    fn a_verifier_out_of_reach_does_no_harm_before_the_result_ends() {
        let world = World::new();
        let office = Office::new(&world);
        let issuance = issuance(&world, holder(&world, &office));
        let at = |seconds| {
            office.pass(seconds);
            issuance.issue(common::later(seconds), &mut ())
        };
        let first = at(0).expect("issued");
        office.is_closed.store(true, Ordering::SeqCst);
        let kept = at(599).expect("at hand");
        assert!(connect(&world, &office, &kept).is_ok());
        assert!(at(900).is_ok(), "due, and not ended");
        assert!(matches!(at(901), Err(Error::Attester(_))));
        office.is_closed.store(false, Ordering::SeqCst);
        let renewed = at(901).expect("fetched");
        assert!(connect(&world, &office, &renewed).is_ok());
        assert_eq!(office.issued.load(Ordering::SeqCst), 2);

        // Whoever shows the old ones is refused, by the policy or the Verifier's word.
        for (seconds, code) in [(601, "result-too-old"), (901, "result-expired")] {
            office.pass(seconds);
            let error = connect(&world, &office, &first).expect_err("stale");
            refused(&error, code);
        }
    }
}
