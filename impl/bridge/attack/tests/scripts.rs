//! Scripts against endpoints that make the mistake, endpoints that do not, and
//! both suites.

use attack::machine::suite::Suite;
use attack::{Code, Laboratory, Outcome, Script};

const SCRIPTS: [(Script, &str); 7] = [
    (Script::CollateralForEver, "endorsement-outside-validity"),
    (Script::EarlyData, "no-evidence"),
    (Script::EmptyReportData, "wrongly-bound"),
    (Script::Reflection, "context-reused"),
    (Script::ResultReuse, "certificate-malformed"),
    (Script::Resumption, "no-evidence"),
    (Script::TypeDowngrade, "unknown-format"),
];

#[test]
fn a_mistake_is_enough_and_without_it_the_script_is_refused() {
    for suite in [Suite::Sha256, Suite::Sha384] {
        let laboratory = Laboratory::new(suite).expect("a laboratory");
        assert_eq!(Script::honest(&laboratory), Ok(true));
        for (script, reason) in SCRIPTS {
            let broken = script.run(&laboratory, Code::Broken).expect("set up");
            assert!(
                matches!(broken.outcome, Outcome::Reproduced { .. }),
                "{script:?}: {:?}",
                broken.outcome
            );
            let fixed = script.run(&laboratory, Code::Fixed).expect("set up");
            assert!(
                matches!(&fixed.outcome, Outcome::Refused { code, .. } if code == reason),
                "{script:?}: {:?}",
                fixed.outcome
            );
        }
    }
}
