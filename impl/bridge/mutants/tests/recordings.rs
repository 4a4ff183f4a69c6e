//! Changed recordings are changed, and none is the honest one again.

use mutants::recordings;
use stimuli::{Family, Prepared, Stimulus, Suite, World};

#[test]
fn every_class_changes_the_recording() {
    let world = World::new().expect("a world");
    for family in Family::ALL {
        let honest = Prepared::new(&world, family, Suite::Sha256, &Stimulus::HONEST)
            .and_then(Prepared::in_memory)
            .expect("a session");
        assert!(mutants::all_accepted(&honest));
        let mut classes = std::collections::BTreeMap::new();
        for changed in recordings::all(&honest, 61) {
            assert_ne!(changed.recording, honest, "{}", changed.what);
            *classes.entry(changed.class).or_insert(0) += 1;
        }
        let mut both = honest.clone();
        let next = Prepared::new(&world, family, Suite::Sha256, &Stimulus::HONEST)
            .and_then(Prepared::in_memory)
            .expect("a session");
        stimuli::join(&mut both, next, 2);
        for changed in recordings::mixed(&both) {
            assert_ne!(changed.recording, both, "{}", changed.what);
            *classes.entry(changed.class).or_insert(0) += 1;
        }
        let classes: Vec<(&str, i32)> = classes.into_iter().collect();
        let names: Vec<&str> = classes.iter().map(|(class, _)| *class).collect();
        assert_eq!(
            names,
            [
                "attributed",
                "dropped",
                "exchanged",
                "flipped",
                "repeated",
                "swapped"
            ]
        );
        assert!(classes.iter().all(|(_, count)| *count >= 5), "{classes:?}");
    }
}
