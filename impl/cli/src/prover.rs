//! The prover as a function: what other questions than the labelled ones ask.

use crate::judge::certified;
use pi::Program;
use scrutiny::Answer;
use semantics::{Semantics, replay};
use std::collections::BTreeSet;
use verdict::{Limits, Session, Verdict};

/// Asks one query of a program. What holds has a certificate that the checker
/// accepted, what breaks a run that was replayed.
pub(crate) fn ask(
    program: &Program,
    query: u32,
    session: &mut Session,
    interrupted: &dyn Fn() -> bool,
) -> Answer {
    let limits = Limits {
        interrupted,
        ..Limits::default()
    };
    match verdict::prove(program, query, session, limits, &mut |_| {}) {
        Err(refused) => Answer::Open(refused.to_string()),
        Ok(answer) => match answer.verdict {
            Verdict::Proved(certificate) => {
                certified(&mut checker::Checker::new(program), &certificate)
                    .map_or_else(Answer::Open, |_| Answer::Holds)
            }
            Verdict::Attacked(attack) => events(program, &attack)
                .map_or_else(Answer::Open, |events| Answer::Broken { events }),
            Verdict::Undecided(undecided) => Answer::Open(undecided.reason.to_string()),
            Verdict::Stopped(reason) => Answer::Open(reason.to_string()),
        },
    }
}

/// The names of the events that happen in a run.
fn events(program: &Program, attack: &verdict::run::Attack) -> Result<BTreeSet<String>, String> {
    let mut semantics = Semantics::new(program).map_err(|e| e.to_string())?;
    let run = replay(&mut semantics, attack.trace()).map_err(|e| e.to_string())?;
    let names = run.state.events().iter().filter_map(|record| {
        let event = program.events.get(record.event.0 as usize);
        event.map(|e| e.name.clone())
    });
    Ok(names.collect())
}
