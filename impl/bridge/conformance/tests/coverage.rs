//! Model and endpoint refuse the same things at the same place: a stimulus for
//! every check, and none of them accepted.

mod common;

use conformance::{Coverage, Gate, Outcome, Verdict};
use stimuli::{Family, Prepared, Stimulus, Suite, World};

fn covered(family: Family) -> Vec<String> {
    let (model, mapping) = common::family(family.folder());
    let gate = Gate::new(&model, &mapping).expect("up to date");
    let world = World::new().expect("a world");
    let mut coverage = Coverage::new(&gate);
    let mut complaints = Vec::new();
    for stimulus in [Stimulus::HONEST].into_iter().chain(Stimulus::all(family)) {
        let session = Prepared::new(&world, family, Suite::Sha256, &stimulus);
        let recording = session.and_then(Prepared::in_memory).expect("a session");
        let report = gate.conform(&recording);
        let under_test: Vec<_> = report.sessions.iter().map(|s| s.outcome.clone()).collect();
        let accepted = under_test.contains(&Some(Outcome::Accepted));
        if !matches!(report.verdict, Verdict::Conforms(_)) {
            complaints.push(format!("{}: {}", stimulus.name, report.verdict));
        } else if accepted != stimulus.by.is_none() {
            complaints.push(format!("{}: {under_test:?}", stimulus.name));
        }
        coverage.add(&report);
    }
    for (role, step) in coverage.missing() {
        let (walked, text) = (step.walked, &step.text);
        complaints.push(format!("{role}: walked {walked}, never refused: {text}"));
    }
    complaints
}

#[test]
fn every_check_of_every_role_is_the_first_to_fail_once() {
    for family in Family::ALL {
        let complaints = covered(family);
        assert!(
            complaints.is_empty(),
            "{family:?}:\n{}",
            complaints.join("\n")
        );
    }
}
