//! What connections leave behind, counted. A process of its own: nobody else
//! wraps providers in it.

mod common;

use authenticator::Role;
use common::{end, meet, monitor};
use conformance::Tier;
use stimuli::{Family, Honest, Suite, World};

#[test]
fn as_many_providers_are_wrapped_as_there_are_ends_at_one_time() {
    let world = World::new().expect("a world");
    for family in [Family::Post, Family::IntraFixed] {
        let monitor = monitor(family, Tier::Shape);
        let honest = Honest::new(&world, family, Suite::Sha256);
        let setup = honest.setup().expect("written down");
        for _ in 0..30 {
            let mut client = end(&honest, Role::Client, Some(&monitor), &setup);
            let mut server = end(&honest, Role::Server, Some(&monitor), &setup);
            assert_eq!(meet(&mut *client, &mut *server), [None, None]);
            assert!(client.opens().expect("open") && server.opens().expect("open"));
        }
    }
    assert_eq!(attested::observe::wrapped_providers(), 2);
}
