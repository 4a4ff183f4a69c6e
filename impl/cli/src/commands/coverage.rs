//! `seatproof coverage`: what the gate has seen each model do, and refuse.
//!
//! Every stimulus is run anew, and every report is about recordings that
//! conform: a check is covered when model and endpoint refused at it together.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use conformance::{Coverage, Gate, Verdict};

use stimuli::{Family, Prepared, Stimulus, Suite, World};

use crate::commands::conform::Opened;
use crate::exit::Exit;

/// Runs a stimulus for every check and prints what is covered.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The folder of models.
    #[arg(long, default_value = "models")]
    models: PathBuf,
    /// Only this family: a folder of models.
    #[arg(long)]
    family: Option<String>,
    /// Print every step, not only what is missing.
    #[arg(long)]
    steps: bool,
    /// One JSON object in place of text.
    #[arg(long)]
    json: bool,
}

type Failure = Box<dyn std::error::Error>;

/// What became of a family's stimuli.
pub(crate) struct Tried {
    pub(crate) coverage: Coverage,
    /// Sessions that were run.
    pub(crate) sessions: usize,
    /// Verdicts that should not be, each with its stimulus.
    pub(crate) complaints: Vec<String>,
    /// Worst of them.
    pub(crate) exit: Exit,
}

/// Runs every stimulus of a family.
pub(crate) fn tried(world: &World, family: Family, gate: &Gate<'_>) -> Result<Tried, Failure> {
    let mut tried = Tried {
        coverage: Coverage::new(gate),
        sessions: 0,
        complaints: Vec::new(),
        exit: Exit::AsLabelled,
    };
    let honest = [Stimulus::HONEST];
    for stimulus in honest.into_iter().chain(Stimulus::all(family)) {
        let session = Prepared::new(world, family, Suite::Sha256, &stimulus);
        let recording = session
            .and_then(Prepared::in_memory)
            .map_err(|error| format!("{} {}: {error}", family.folder(), stimulus.name))?;
        let report = gate.conform(&recording);
        tried.sessions += 1;
        let accepted = report
            .sessions
            .iter()
            .any(|session| session.outcome == Some(conformance::Outcome::Accepted));
        let expected = stimulus.by.is_none() == accepted;
        match &report.verdict {
            Verdict::Conforms(_) if expected => tried.coverage.add(&report),
            Verdict::Conforms(_) => {
                let what = if accepted { "accepted" } else { "refused" };
                let name = stimulus.name;
                let complaint = format!("{} {name}: {what}", family.folder());
                tried.complaints.push(complaint);
                tried.exit = tried.exit.worse(Exit::Contradicted);
            }
            verdict => {
                let complaint = format!("{} {}: {verdict}", family.folder(), stimulus.name);
                tried.complaints.push(complaint);
                tried.exit = tried.exit.worse(super::conform::exit(verdict));
            }
        }
    }
    if !tried.coverage.is_complete() {
        tried.exit = tried.exit.worse(Exit::Contradicted);
    }
    Ok(tried)
}

/// The family of a folder.
pub(crate) fn named(folder: &str) -> Result<Family, Failure> {
    let known = || Family::ALL.map(Family::folder).join(", ");
    Family::ALL
        .into_iter()
        .find(|family| family.folder() == folder)
        .ok_or_else(|| format!("no family `{folder}` is gated; there are {}", known()).into())
}

/// Opens a family's model and mapping.
pub(crate) fn open(models: &Path, family: Family) -> Result<Opened, Failure> {
    Opened::beside(&models.join(family.mapping()))
}

/// Runs `coverage`.
pub(crate) fn coverage(arguments: &Arguments) -> Result<Exit, Failure> {
    let families = match &arguments.family {
        None => Family::ALL.to_vec(),
        Some(folder) => vec![named(folder)?],
    };
    let world = World::new().map_err(|error| error.to_string())?;
    let mut worst = Exit::AsLabelled;
    let mut all = BTreeMap::new();
    for family in families {
        let opened = open(&arguments.models, family)?;
        let gate = opened.gate()?;
        let tried = tried(&world, family, &gate)?;
        worst = worst.worse(tried.exit);
        if arguments.json {
            all.insert(family.folder(), json(&tried));
        } else {
            print(family, &tried, arguments.steps);
        }
    }
    if arguments.json {
        println!("{}", serde_json::to_string_pretty(&all)?);
    }
    Ok(worst)
}

/// One line a role, then what is missing.
pub(crate) fn print(family: Family, tried: &Tried, steps: bool) {
    for (name, role) in tried.coverage.roles() {
        let walked = role.steps.iter().filter(|step| step.walked).count();
        let events = role.steps.iter().filter(|step| step.event.is_some());
        let reached = events.clone().filter(|step| step.walked).count();
        let checks: Vec<_> = role.steps.iter().filter(|step| step.is_check).collect();
        let refused = checks
            .iter()
            .filter(|step| !step.refused.is_empty())
            .count();
        let never = checks
            .iter()
            .filter(|step| step.never_first.is_some())
            .count();
        println!(
            "{}/{name}: {walked} of {} steps walked, {reached} of {} events, \
             {refused} of {} checks refused first{}",
            family.folder(),
            role.steps.len(),
            events.count(),
            checks.len() - never,
            match never {
                0 => String::new(),
                count => format!(", {count} never first"),
            }
        );
        for step in role
            .steps
            .iter()
            .filter(|step| steps || !step.is_complete())
        {
            let mark = match (step.is_complete(), step.walked) {
                (true, _) => "ok",
                (false, true) => "NEVER REFUSED",
                (false, false) => "NEVER WALKED",
            };
            let refused: Vec<&str> = step.refused.iter().map(String::as_str).collect();
            let why = step.never_first.as_deref().unwrap_or_default();
            println!(
                "  {mark:<13} {}:{}: {}{}{}",
                step.place.file,
                step.place.line,
                step.place.text.trim(),
                match refused.is_empty() {
                    true => String::new(),
                    false => format!("  [{}]", refused.join(", ")),
                },
                match why.is_empty() {
                    true => String::new(),
                    false => format!("  [never first: {why}]"),
                }
            );
        }
    }
    for complaint in &tried.complaints {
        println!("  {complaint}");
    }
}

fn json(tried: &Tried) -> serde_json::Value {
    let roles: serde_json::Map<_, _> = tried
        .coverage
        .roles()
        .map(|(name, role)| {
            let steps: Vec<_> = role
                .steps
                .iter()
                .map(|step| {
                    serde_json::json!({
                        "file": step.place.file,
                        "line": step.place.line,
                        "text": step.text,
                        "event": step.event,
                        "check": step.is_check,
                        "walked": step.walked,
                        "refused": step.refused,
                        "never_first": step.never_first,
                        "complete": step.is_complete(),
                    })
                })
                .collect();
            (name.to_owned(), steps.into())
        })
        .collect();
    serde_json::json!({
        "roles": roles,
        "sessions": tried.sessions,
        "complaints": tried.complaints,
        "complete": tried.coverage.is_complete(),
    })
}
