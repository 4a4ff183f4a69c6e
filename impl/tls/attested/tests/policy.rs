//! What a policy says of the channel, and of results instead of Evidence.

mod common;

use std::sync::Arc;

use attested::post::pair;
use attested::pre::{self, Issuance, ServerIdentity, Vouching};
use attested::{ApplicationData, Attesting, Error};
use common::World;
use mock_tee::passport::{LaboratoryVerifier, Lapse, Traveller};
use rats::passport::ChannelBinding;
use rats::policy::{PassportTerms, ServerName};
use rats::refusal::Step;
use rats::{Attester, Placement, Policy, Refusal, UnixSeconds};

#[track_caller]
fn refused(error: Error, step: Step, code: &str) {
    let Error::Refusal(refusal) = error else {
        panic!("{error}");
    };
    assert_eq!((refusal.step(), refusal.code()), (step, code), "{refusal}");
}

/// A connection under `policy` to a server with Evidence of its own making.
fn connect(
    world: &World,
    policy: Policy,
    attester: impl Attester + 'static,
) -> Result<rats::AttestationResult, Error> {
    let mut settings = world.client_settings();
    settings.relying_party.policy = policy;
    let mut client = common::client(&settings, ());
    let mut server = common::server(&world.server_settings_with(attester), ());
    let (at_client, at_server) = pair::run(&mut client, &mut server);
    assert_eq!(
        at_client.is_ok(),
        at_server.is_ok(),
        "the server hears of it"
    );
    at_client?;
    let channel = client.into_attested()?.ok().expect("attested");
    Ok(channel.peer().appraised().result().clone())
}

mod placement {
    use super::*;

    #[test]
    fn after_the_handshake_is_not_during_it() {
        let world = World::new();
        let with = |placement| {
            let mut policy = Policy::for_software(["program"]);
            policy.channel.placements = Some([placement].into());
            policy.channel.server_name = ServerName::CheckedByPki;
            policy.channel.maximum_evidence_age = Some(0);
            connect(&world, policy, world.workload(&world.identity))
        };
        assert!(with(Placement::Post).is_ok());
        refused(
            with(Placement::Intra).unwrap_err(),
            Step::Channel,
            "placement",
        );
    }

    fn before(
        world: &World,
        identity: ServerIdentity,
        seconds: u64,
        change: fn(&mut Policy),
    ) -> Result<(), Error> {
        let issuance = Issuance::new(
            Arc::clone(&world.identity.key),
            Arc::new(world.workload(&world.identity)),
            Vouching::Authority(world.authority.at_hand()),
            vec![common::NAME.to_owned()],
        );
        let issued = issuance.issue(common::now(), &mut ())?;
        let server = pre::ServerSettings {
            provider: Arc::clone(&world.provider),
            identity: issued.identity().clone(),
        };
        let mut settings =
            pre::ClientSettings::new(Arc::clone(&world.provider), identity, world.relying_party());
        change(&mut settings.relying_party.policy);
        let now = common::later(seconds);
        let mut client = pre::Client::new(&settings, common::name(), now, ())?;
        let mut server = pre::Server::new(&server, now, ())?;
        let (at_client, _) = pair::run(&mut client, &mut server);
        at_client?;
        assert!(client.is_ready());
        Ok(())
    }

    #[test]
    fn before_the_handshake_age_and_name_count() {
        let world = World::new();
        let pki = || ServerIdentity::Pki(world.authority.roots());
        let alone = || ServerIdentity::EvidenceInsteadOfName;
        let strict = |policy: &mut Policy| {
            policy.channel.server_name = ServerName::CheckedByPki;
            policy.channel.maximum_evidence_age = Some(600);
        };
        assert_eq!(before(&world, pki(), 10, strict), Ok(()));
        refused(
            before(&world, pki(), 900, strict).unwrap_err(),
            Step::Channel,
            "evidence-too-old",
        );
        assert_eq!(before(&world, alone(), 10, |_| ()), Ok(()));
        refused(
            before(&world, alone(), 10, strict).unwrap_err(),
            Step::Channel,
            "name-unchecked",
        );
        let post_only = |policy: &mut Policy| {
            policy.channel.placements = Some([Placement::Post].into());
        };
        refused(
            before(&world, pki(), 10, post_only).unwrap_err(),
            Step::Channel,
            "placement",
        );
    }
}

mod passport {
    use super::*;

    fn verifier(world: &World, change: impl FnOnce(&mut LaboratoryVerifier)) -> LaboratoryVerifier {
        let relying_party = world.relying_party();
        let now = UnixSeconds(common::now().as_secs());
        let mut verifier = LaboratoryVerifier::from_seed(
            [9; 32],
            relying_party.verifier,
            relying_party.policy,
            now,
        );
        change(&mut verifier);
        verifier
    }

    /// A connection to a server that shows a result of `verifier`, under a
    /// policy that accepts `trusted`'s.
    fn travel(
        world: &World,
        verifier: LaboratoryVerifier,
        trusted: Option<&LaboratoryVerifier>,
        lapse: Option<Lapse>,
    ) -> Result<rats::AttestationResult, Error> {
        let key = trusted.unwrap_or(&verifier).public_key().clone();
        let policy = Policy {
            passport: Some(PassportTerms {
                verifiers: [(key, "laboratory".to_owned())].into(),
                maximum_age: 600,
            }),
            ..Policy::for_software(["program"])
        };
        connect(world, policy, traveller(world, verifier, lapse))
    }

    fn traveller(
        world: &World,
        verifier: LaboratoryVerifier,
        lapse: Option<Lapse>,
    ) -> impl Attester + 'static {
        Traveller {
            attester: world.workload(&world.identity),
            verifier: Arc::new(verifier),
            subject_public_key_info: common::spki(&world.identity),
            lapse,
        }
    }

    #[test]
    fn a_result_for_this_channel_is_accepted() {
        let world = World::new();
        let result = travel(&world, verifier(&world, |_| ()), None, None).unwrap();
        assert_eq!(result.software, "program");
        assert_eq!(result.issuer.as_deref(), Some("laboratory"));
        assert_eq!(result.machine, world.root.machine_id(1));
        // Evidence is accepted under the same policy, and says who appraised it.
        let policy = Policy::for_software(["program"]);
        let result = connect(&world, policy, world.workload(&world.identity)).unwrap();
        assert_eq!(result.issuer, None);
    }

    #[test]
    fn results_are_taken_only_where_the_policy_says_so() {
        let world = World::new();
        let attester = traveller(&world, verifier(&world, |_| ()), None);
        let error = connect(&world, Policy::for_software(["program"]), attester).unwrap_err();
        refused(error, Step::Format, "result-not-taken");
    }

    #[test]
    fn a_result_for_another_channel_is_refused() {
        let world = World::new();
        let error = travel(
            &world,
            verifier(&world, |_| ()),
            None,
            Some(Lapse::OtherChannel),
        );
        refused(error.unwrap_err(), Step::Binding, "wrongly-bound");
    }

    #[test]
    fn a_result_for_no_channel_is_refused() {
        let world = World::new();
        let unbound = verifier(&world, |it| it.binding = ChannelBinding::Unbound);
        let error = travel(&world, unbound, None, None).unwrap_err();
        refused(error, Step::Binding, "result-unbound");
    }

    #[test]
    fn a_result_out_of_its_time_is_refused() {
        let world = World::new();
        let at = |offset: i64, lifetime| {
            let verifier = verifier(&world, |it| {
                it.now = UnixSeconds(it.now.0.saturating_add_signed(offset));
                it.lifetime = lifetime;
            });
            travel(&world, verifier, None, None)
        };
        assert!(at(-600, 3600).is_ok());
        refused(at(-601, 3600).unwrap_err(), Step::Time, "result-too-old");
        refused(at(-100, 99).unwrap_err(), Step::Time, "result-expired");
        refused(
            at(1, 3600).unwrap_err(),
            Step::Time,
            "result-from-the-future",
        );
    }

    #[test]
    fn a_result_of_an_unknown_verifier_is_refused() {
        let world = World::new();
        let other = LaboratoryVerifier::from_seed(
            [10; 32],
            world.relying_party().verifier,
            world.relying_party().policy,
            UnixSeconds(0),
        );
        let error = travel(&world, verifier(&world, |_| ()), Some(&other), None).unwrap_err();
        refused(error, Step::Endorsement, "result-unknown-verifier");
    }

    #[test]
    fn an_altered_result_is_refused() {
        let world = World::new();
        let error = travel(&world, verifier(&world, |_| ()), None, Some(Lapse::Altered));
        refused(error.unwrap_err(), Step::Signature, "result-altered");
    }

    #[test]
    fn the_relying_partys_policy_judges_results_too() {
        let world = World::new();
        let verifier = verifier(&world, |_| ());
        let key = verifier.public_key().clone();
        let policy = Policy {
            passport: Some(PassportTerms {
                verifiers: [(key, "laboratory".to_owned())].into(),
                maximum_age: 600,
            }),
            machines: Some([world.root.machine_id(2)].into()),
            ..Policy::for_software(["program"])
        };
        let error = connect(&world, policy, traveller(&world, verifier, None)).unwrap_err();
        assert!(matches!(
            error,
            Error::Refusal(Refusal::UnknownMachine { .. })
        ));
    }
}
