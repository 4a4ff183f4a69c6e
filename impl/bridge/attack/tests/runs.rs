//! The prover's runs, enacted: every attack in every column, and what a plan
//! that says something else comes to.

use std::path::Path;

use attack::broken::certified::Slip;
use attack::broken::post::Lapse;
use attack::catalogue::{ATTACKS, Way, find};
use attack::machine::suite::Suite;
use attack::machine::{Position, Stuck};
use attack::matrix::{Column, cell, honest, repeats_broken};
use attack::plan::{Move, Term};
use attack::scene::Scene;
use attack::{Laboratory, Outcome, Plan, Target, Violation, enact};

fn plan(folder: &str) -> Plan {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../../traces/attacks")
        .join(folder)
        .join("plan.json");
    let text = std::fs::read_to_string(&path).expect("a plan");
    Plan::read(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn relay() -> Plan {
    plan("relay-post-no-exporter")
}

fn outcome(plan: &Plan, target: Target) -> Outcome {
    let laboratory = Laboratory::new(Suite::Sha256).expect("a laboratory");
    let violation = Violation::ForeignChannel;
    let run = enact(plan, target, violation, &laboratory, Position::Literal);
    run.expect("set up").outcome
}

#[test]
fn every_cell_is_as_the_catalogue_says() {
    for attack in ATTACKS {
        let plan = match attack.way {
            Way::Run(_) => Some(plan(&attack.folder())),
            Way::Script(..) => None,
        };
        if let Some(plan) = &plan {
            assert_eq!(plan.leaks, attack.leaks, "{}", attack.folder());
        }
        for column in Column::ALL {
            let cell = cell(attack, plan.as_ref(), column, 3).expect("set up");
            assert!(cell.is_as_expected(), "{}: {cell:?}", attack.folder());
        }
        // A run of the prover's has endpoints of its own in every column: the
        // fixed ones with one check removed are not the broken ones. But for a
        // mistake: to remove the check that mends it is to make it again.
        if let Way::Run(run) = attack.way {
            assert_eq!(
                repeats_broken(attack, Column::Ablated),
                attack.against.starts_with("mistake/"),
                "{}",
                attack.folder()
            );
            assert_ne!(run.fixed, run.ablated, "{}", attack.folder());
        }
        assert_eq!(honest(attack), Ok(true), "{}", attack.folder());
    }
}

#[test]
fn runs_are_enacted_with_either_hash() {
    for suite in [Suite::Sha256, Suite::Sha384] {
        let laboratory = Laboratory::new(suite).expect("a laboratory");
        for (folder, target) in [
            ("relay-intra-nonce-key", Target::Intra { pki: false }),
            (
                "relay-post-no-exporter",
                Target::PostBroken(Lapse::NoExporter),
            ),
        ] {
            let violation = Violation::ForeignChannel;
            let plan = plan(folder);
            let run = enact(&plan, target, violation, &laboratory, Position::General);
            let outcome = run.expect("set up").outcome;
            assert!(
                matches!(outcome, Outcome::Reproduced { .. }),
                "{suite:?} {folder}: {outcome:?}"
            );
        }
    }
}

/// The endpoints that make a mistake refuse the attack without it.
#[test]
fn the_mistake_is_the_only_one() {
    let refused = outcome(&relay(), Target::PostBroken(Lapse::Nothing));
    assert!(
        matches!(&refused, Outcome::Refused { code, .. } if code == "wrongly-bound"),
        "{refused:?}"
    );
}

/// The same for the clients that look in a certificate: with no check removed
/// each stops the attack the check is for.
#[test]
fn ablated_endpoints_differ_from_fixed_ones_in_one_check() {
    for attack in ATTACKS {
        let Way::Run(run) = attack.way else {
            continue;
        };
        let slip = Slip::Nothing;
        let whole = match run.ablated {
            Target::IntraBroken { pki, .. } => Target::IntraBroken { slip, pki },
            Target::PreBroken { pki, .. } => Target::PreBroken { slip, pki },
            _ => continue,
        };
        let laboratory = Laboratory::new(Suite::Sha256).expect("a laboratory");
        let plan = plan(&attack.folder());
        let found = enact(&plan, whole, run.violation, &laboratory, Position::Literal);
        let word = found.expect("set up").outcome.word();
        assert_eq!(word, attack.refusal, "{}", attack.folder());
    }
}

/// The fixed client refuses at the last move: the one that shows the Evidence.
#[test]
fn the_fix_refuses_where_it_adds_a_check() {
    let plan = relay();
    let Outcome::Refused { at, who, .. } = outcome(&plan, Target::Post) else {
        panic!("not refused");
    };
    assert_eq!(who, "AnyClient#1");
    let later = plan.moves.iter().skip(at + 1);
    assert!(
        later
            .clone()
            .all(|step| !matches!(step, Move::Receives { .. })),
        "moves after {at}: {:?}",
        later.collect::<Vec<_>>()
    );
}

#[test]
fn a_symbol_without_octets_is_reported_not_passed_over() {
    let mut plan = relay();
    let place = plan
        .terms
        .iter()
        .position(|term| matches!(term, Term::Apply(f, _) if f == "hkdf_extract"))
        .expect("the run derives keys");
    if let Term::Apply(f, _) = &mut plan.terms[place] {
        *f = "blind".to_owned();
    }
    let found = outcome(&plan, Target::PostBroken(Lapse::NoExporter));
    let symbol = "blind".to_owned();
    assert!(
        matches!(&found, Outcome::Stuck { why, .. } if *why == Stuck::NotExpressible { symbol }),
        "{found:?}"
    );
}

/// Without the leaked key the run does not come out: what leaks is needed.
#[test]
fn without_the_leak_the_relay_fails() {
    let mut plan = relay();
    let leak = plan.moves.iter().position(
        |step| matches!(step, Move::Sends { who, .. } if who.starts_with("LeakLongTermKey")),
    );
    plan.moves.remove(leak.expect("the key leaks"));
    let found = outcome(&plan, Target::PostBroken(Lapse::NoExporter));
    assert!(matches!(found, Outcome::Stuck { .. }), "{found:?}");
}

#[test]
fn damaged_plans_do_no_harm() {
    let whole = relay();
    for place in 0..whole.moves.len() {
        let mut plan = whole.clone();
        plan.moves.remove(place);
        let _ = outcome(&plan, Target::PostBroken(Lapse::NoExporter));
    }
    for place in (0..whole.terms.len()).step_by(7) {
        let mut plan = whole.clone();
        plan.terms[place] = Term::Output(0);
        let _ = outcome(&plan, Target::PostBroken(Lapse::NoExporter));
    }
}

#[test]
fn a_run_can_be_told_and_its_page_stands_alone() {
    let attack = find("relay", Some("intra/nonce-key")).expect("in the catalogue");
    let plan = plan(&attack.folder());
    let run = attack::matrix::run(attack, Some(&plan), Column::Broken, Position::General);
    let run = run.expect("set up");
    let accepts = |scene: &Scene| matches!(scene, Scene::Accepts { who, .. } if who == "client");
    assert!(run.scenes.iter().any(accepts), "{:?}", run.scenes);
    let panel = attack::page::Panel {
        title: "attacked".to_owned(),
        verdict: run.outcome.word(),
        good: false,
        scenes: run.scenes,
    };
    let page = attack::page::render("relay", attack.says, &[], &[panel]);
    assert!(page.contains("Certificate with Evidence") && !page.contains("<script"));
}

/// What the prover finds beyond a border succeeds on the fixed endpoints: the
/// design allows it.
#[test]
fn runs_beyond_a_border_succeed_on_fixed_endpoints() {
    let mut count = 0;
    for attack in ATTACKS {
        let Way::Run(run) = attack.way else {
            continue;
        };
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../../../traces/attacks")
            .join(attack.folder());
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if !name.starts_with("with-") {
                continue;
            }
            let text = std::fs::read_to_string(&path).expect("a plan");
            let found = outcome(&Plan::read(&text).expect("a plan"), run.fixed);
            let is_reproduced = matches!(found, Outcome::Reproduced { .. });
            assert!(is_reproduced, "{}: {found:?}", path.display());
            count += 1;
        }
    }
    assert!(count > 0);
}
