//! Evidence of hardware over sockets: collateral is an input with a time of its
//! own, and a stale one is refused whatever the quote says.

mod common;

use std::sync::Arc;

use attested::RelyingParty;
use attested::post::{Client, ClientSettings, Server};
use common::{World, at, desk, limits, name, now, sockets};
use mock_tee::tdx::{Root, Shape};
use platform::collateral::Collateral;
use platform::tdx::TdxFormat;
use rats::policy::KeyClaim;
use rats::refusal::Step;
use rats::{Formats, Policy, ReferenceValues, TrustAnchors, Verifier};
use transport::Error;
use transport::stream::AttestedStream;

/// From ten days before [`now`] to ten days after.
const ISSUED: &str = "2026-06-21T00:00:00Z";
const NEXT_UPDATE: &str = "2026-07-11T00:00:00Z";
const DAY: u64 = 86_400;

/// A connection to a server on a laboratory's TDX platform, at the client's time
/// `seconds`, under a policy that allows collateral of this age.
async fn connect(seconds: u64, maximum_age: Option<u64>) -> Result<String, Error> {
    let world = World::new();
    let root = Root::from_seed([7; 32]).expect("a root");
    let platform = root.platform(1).expect("a platform");
    let workload = platform.launch(b"the program");
    let collateral = root.collateral(&Shape::up_to_date(ISSUED, NEXT_UPDATE));
    let collateral = Collateral::from_json(&collateral.expect("signed")).expect("collateral");
    let mut formats = Formats::new();
    let format = TdxFormat::with_root(root.certificate(), [collateral]);
    formats.register(Arc::new(format)).expect("one format");
    let mut reference_values = ReferenceValues::new();
    reference_values
        .add("program", workload.measurements())
        .expect("a value");
    let mut policy = Policy {
        key_claim: KeyClaim::ImpliedByChallenge,
        ..Policy::for_software(["program"])
    };
    policy.tcb.maximum_collateral_age = maximum_age;
    let relying_party = RelyingParty {
        verifier: Verifier {
            formats,
            anchors: TrustAnchors::default(),
            reference_values,
        },
        policy,
    };
    let settings = ClientSettings {
        relying_party,
        ..world.client_settings()
    };
    let client = Client::new(&settings, name(), at(seconds), ()).expect("honest settings");
    let server = world.server_settings_with(Arc::new(workload));
    let server = Server::new(&server, now(), ()).expect("honest settings");
    let (at_client, at_server) = sockets().await;
    let (desk, limits) = (desk(), limits());
    let (client, server) = tokio::join!(
        AttestedStream::establish(client, at_client, &desk, &limits),
        AttestedStream::establish(server, at_server, &desk, &limits),
    );
    assert_eq!(client.is_ok(), server.is_ok(), "the server hears of it");
    let client = client?;
    Ok(client.peer().appraised().result().software.clone())
}

#[track_caller]
fn refused(outcome: Result<String, Error>, step: Step, code: &str) {
    let Err(Error::Attested(attested::Error::Refusal(refusal))) = outcome else {
        panic!("{outcome:?}");
    };
    assert_eq!((refusal.step(), refusal.code()), (step, code), "{refusal}");
}

#[tokio::test]
async fn refuses_stale_collateral_over_sockets() {
    let today = now().as_secs();
    let accepted = connect(today, Some(10 * DAY)).await.expect("in its time");
    assert_eq!(accepted, "program");
    refused(
        connect(today, Some(10 * DAY - 1)).await,
        Step::Tcb,
        "collateral-too-old",
    );
    for days in [-11_i64, 11] {
        let seconds = today.saturating_add_signed(days * 86_400);
        refused(
            connect(seconds, None).await,
            Step::Time,
            "collateral-outside-validity",
        );
    }
}
