//! The gate's half of `seatproof verify`: honest sessions of every placement,
//! a stimulus for every check, kept recordings, and every proved query on the
//! values of each run.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Instant;

use conformance::{Gate, Outcome, QueryOutcome};
use event::Recording;
use pi::Expected;
use stimuli::{Carrier, Family, Gated, World};

use super::record::{play, scenarios};
use super::{conform, coverage};
use crate::exit::Exit;
use crate::model::{self, Model};

type Failure = Box<dyn std::error::Error>;

/// Files whose queries are asked of each accepted run: what was proved of the
/// very roles that are gated.
fn properties(family: Family) -> &'static [&'static str] {
    match family {
        Family::Intra => &["sanity-sha256", "evidence-sha256", "replay-sha256"],
        Family::IntraFixed => &[
            "sanity-certified-sha256",
            "evidence-certified-sha256",
            "replay-certified-sha256",
            "identity-certified-sha256",
            "composition-certified-sha256",
        ],
        Family::Post => &["sanity", "correlation", "evidence", "identity", "compound"],
        Family::PostClient => &["sanity-client", "correlation-client", "evidence-client"],
        Family::PostMutual => &[
            "sanity-unique",
            "correlation-unique",
            "evidence-unique",
            "freshness-unique",
            "reflection-unique",
        ],
        Family::Pre => &["sanity-sha256", "evidence-sha256", "composition-sha256"],
        Family::PreFixed => &[
            "sanity-certified-sha256",
            "evidence-certified-sha256",
            "identity-certified-sha256",
            "composition-certified-sha256",
        ],
    }
}

/// Runs and judges everything.
pub(crate) fn run(models: &Path, traces: &Path) -> Result<Exit, Failure> {
    let start = Instant::now();
    let world = World::new()?;
    let mut worst = Exit::AsLabelled;
    let mut recordings = 0;
    println!();
    for gated in Gated::all() {
        let family = gated.family();
        let opened = conform::Opened::beside(&models.join(gated.mapping()))?;
        let gate = opened.gate()?;
        let properties: Vec<Model> = properties(family)
            .iter()
            .map(|name| {
                let path = models.join(family.models()).join(name);
                model::open(&path.with_extension("pv"), &[])
            })
            .collect::<Result<_, _>>()?;
        let mut asked = Asked::default();
        for scenario in scenarios(gated) {
            let recording = play(&world, gated, &scenario)?;
            recordings += 1;
            let name = format!("{}/{}", gated.folder(), scenario.name);
            // Through bytes: what is judged is what anybody else could read.
            let lines = event::to_json_lines(&recording)?;
            let report = gate.conform_lines(&lines);
            println!("{name}: {}", report.verdict);
            worst = worst.worse(conform::exit(&report.verdict));
            let accepted = |s: &conformance::SessionReport| s.outcome == Some(Outcome::Accepted);
            if !report.sessions.iter().all(accepted) {
                println!("  not every session was accepted");
                worst = worst.worse(Exit::Contradicted);
            }
            worst = worst.worse(asked.of(&gate, &properties, &recording, &name));
        }
        for path in kept(traces, gated)? {
            recordings += 1;
            let report = gate.conform_lines(&std::fs::read(&path)?);
            println!("{}: {}", path.display(), report.verdict);
            worst = worst.worse(conform::exit(&report.verdict));
        }
        worst = worst.worse(asked.print(gated));
        if gated.carrier() == Carrier::Quic {
            continue; // the checks are those of the same core
        }
        let tried = coverage::tried(&world, family, &gate)?;
        recordings += tried.sessions;
        coverage::print(family, &tried, false);
        worst = worst.worse(tried.exit);
    }
    println!(
        "{recordings} recordings, {:.1} s",
        start.elapsed().as_secs_f64()
    );
    Ok(worst)
}

/// The recordings of honest sessions that are kept, in order of their names.
fn kept(traces: &Path, gated: Gated) -> Result<Vec<PathBuf>, Failure> {
    let folder = traces.join("honest").join(gated.folder());
    if folder.is_dir() {
        Ok(model::below(&folder, "ndjson")?)
    } else {
        Ok(Vec::new())
    }
}

/// What became of each query, the best of all runs.
#[derive(Default)]
struct Asked {
    outcomes: BTreeMap<String, QueryOutcome>,
}

impl Asked {
    /// Asks every query that was proved, or shown reachable, of one run.
    fn of(
        &mut self,
        gate: &Gate<'_>,
        properties: &[Model],
        recording: &Recording,
        name: &str,
    ) -> Exit {
        let mut worst = Exit::AsLabelled;
        for model in properties {
            let results = gate.evaluate(recording, &model.program);
            for (query, result) in model.program.queries.iter().zip(results) {
                let Some(label) = &query.label else {
                    continue;
                };
                if !matches!(label.expected, Expected::Holds { .. } | Expected::Reachable) {
                    continue;
                }
                if let QueryOutcome::Violated { instance } = &result.outcome {
                    println!("  VIOLATED on {name}: {}: {instance}", label.id);
                    worst = worst.worse(Exit::Contradicted);
                }
                let stem = model.path.file_stem().unwrap_or_default().display();
                let known = self.outcomes.entry(format!("{stem} {}", label.id));
                let known = known.or_insert_with(|| result.outcome.clone());
                if matches!(result.outcome, QueryOutcome::Holds { .. }) {
                    *known = result.outcome;
                }
            }
        }
        worst
    }

    /// Counts, and the queries that no run says anything about.
    fn print(&self, gated: Gated) -> Exit {
        let folder = gated.folder();
        let held = |outcome: &&QueryOutcome| matches!(outcome, QueryOutcome::Holds { .. });
        let count = self.outcomes.values().filter(held).count();
        println!(
            "{folder}: {count} of {} proved queries hold of the values of these runs",
            self.outcomes.len()
        );
        for (id, outcome) in &self.outcomes {
            match outcome {
                QueryOutcome::NotEvaluated { why } => println!("  {id}: not asked, it needs {why}"),
                QueryOutcome::NotReached => println!("  {id}: its premise was not reached"),
                QueryOutcome::Holds { .. } | QueryOutcome::Violated { .. } => {}
            }
        }
        if count == 0 {
            Exit::Undecided
        } else {
            Exit::AsLabelled
        }
    }
}
