//! `seatproof attack`: attacks the prover found, run between real endpoints.
//!
//! `attack NAME` tells one run step by step. `attack --all` runs the matrix:
//! each attack against broken code, fixed code, and fixed code with the check
//! that stops it removed; the models behind them; and the recordings
//! against both models. `attack --adaptive` gives the attacker one more leak at a
//! time, and compares with what the sweep of the models predicts. `attack --plans
//! FOLDER` writes the plans of the prover's runs, or with `--check` compares.

mod adaptive;
mod matrix;
mod plan;
mod tcp;
mod tell;

use crate::cache::Cache;
use crate::exit::Exit;
use crate::judge::{Evidence, Judged, judge};
use crate::model::{self, Model};
use attack::Plan;
use attack::catalogue::{ATTACKS, Run, Way, find};
use pi::Program;
use std::path::{Path, PathBuf};
use verdict::{Limits, Session};

/// Runs attacks against real endpoints.
#[derive(Debug, clap::Args)]
pub(crate) struct Attack {
    /// Which: relay, replay, diversion, splice, …; all are listed without one.
    name: Option<String>,
    /// Against which endpoints, where there are several: intra/nonce-key, ….
    #[arg(long)]
    against: Option<String>,
    /// Every attack in every column.
    #[arg(long, conflicts_with = "name")]
    all: bool,
    /// One more leak at a time, against fixed endpoints: what the sweep of the
    /// models predicts.
    #[arg(long, conflicts_with_all = ["name", "all", "plans"])]
    adaptive: bool,
    /// How often each cell of the matrix is run.
    #[arg(long, default_value_t = 2)]
    repeat: u32,
    /// A page with diagrams: the honest run, the attack, the refusal.
    #[arg(long, value_name = "FILE", requires = "name")]
    html: Option<PathBuf>,
    /// With --all: a page of every attack to this folder.
    #[arg(long, value_name = "FOLDER", requires = "all")]
    pages: Option<PathBuf>,
    /// With the attacker between sockets instead of in memory.
    #[arg(long, requires = "name")]
    tcp: bool,
    /// Write a recording of each run that succeeds to the folder of its attack.
    #[arg(long)]
    record: bool,
    /// Make the plans anew from the prover's runs.
    #[arg(long, value_name = "FOLDER", conflicts_with_all = ["name", "all"])]
    plans: Option<PathBuf>,
    /// With --plans: compare with what is there, and write nothing.
    #[arg(long, requires = "plans")]
    check: bool,
    /// The folder of the models.
    #[arg(long, default_value = "models")]
    models: PathBuf,
    /// What is known of the models' borders.
    #[arg(long, default_value = "models/sweep.json")]
    rows: PathBuf,
    /// Which events are compromises.
    #[arg(long, default_value = "models/compromises.toml")]
    compromises: PathBuf,
    /// The folder of the attacks.
    #[arg(long, default_value = "traces/attacks")]
    traces: PathBuf,
}

type Failure = Box<dyn std::error::Error>;

/// Runs `attack`.
pub(crate) fn attack(arguments: &Attack) -> Result<Exit, Failure> {
    if let Some(folder) = &arguments.plans {
        return plans(arguments, folder);
    }
    if arguments.all {
        return matrix::all(arguments);
    }
    if arguments.adaptive {
        return adaptive::all(arguments);
    }
    let Some(name) = &arguments.name else {
        for attack in ATTACKS {
            println!("{:<17} --against {}", attack.name, attack.against);
        }
        return Ok(Exit::AsLabelled);
    };
    match find(name, arguments.against.as_deref()) {
        Some(attack) => tell::tell(arguments, attack),
        None => {
            let against = arguments.against.as_deref();
            let against = against.map_or_else(String::new, |it| format!(" against {it}"));
            Err(format!("no attack `{name}`{against}; `seatproof attack` lists them").into())
        }
    }
}

/// The plan of an attack, as kept.
fn kept(arguments: &Attack, attack: &attack::catalogue::Attack) -> Result<Option<Plan>, Failure> {
    if let Way::Script(..) = attack.way {
        return Ok(None);
    }
    let path = arguments.traces.join(attack.folder()).join("plan.json");
    let plan = read(&path)?;
    if plan.leaks != attack.leaks {
        return Err(format!(
            "{}: the run needs {:?}, the catalogue says {:?}",
            path.display(),
            plan.leaks,
            attack.leaks
        )
        .into());
    }
    Ok(Some(plan))
}

fn read(path: &Path) -> Result<Plan, Failure> {
    let text = std::fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))?;
    Ok(Plan::read(&text).map_err(|e| format!("{}: {e}", path.display()))?)
}

/// Makes every plan anew, and writes or compares it.
fn plans(arguments: &Attack, folder: &Path) -> Result<Exit, Failure> {
    let mut worst = Exit::AsLabelled;
    let (mut files, mut made) = (Vec::new(), adaptive::Plans::new());
    for attack in ATTACKS {
        if let Way::Run(run) = attack.way {
            let plan = make(&arguments.models, &run)?;
            let path = folder.join(attack.folder()).join("plan.json");
            files.push((path, plan.write()?));
            made.insert(attack.folder(), plan);
        }
    }
    files.extend(adaptive::plans(arguments, folder, &made)?);
    for (path, text) in files {
        if arguments.check {
            let kept = std::fs::read_to_string(&path).unwrap_or_default();
            let same = kept == text;
            println!(
                "{}: {}",
                path.display(),
                if same { "the same" } else { "differs" }
            );
            if !same {
                worst = worst.worse(Exit::Contradicted);
            }
        } else {
            write(&path, text.as_bytes())?;
            println!("{}: {} octets", path.display(), text.len());
        }
    }
    Ok(worst)
}

/// The plan of the run that falsifies a query.
fn make(models: &Path, run: &Run) -> Result<Plan, Failure> {
    let model = open(models, run.broken_model, run.without)?;
    let query = query(&model, run.query)?;
    let Evidence::Run(attack) = ask(&model.program, query)?.evidence else {
        return Err(format!("{}: {} is not broken", run.broken_model, run.query).into());
    };
    let source = plan::Source {
        model: run.broken_model,
        without: run.without,
        only: None,
        label: plan::label(&model.program, query),
    };
    Ok(plan::plan(&model.program, &source, &attack)?)
}

/// A model, with a check left out if one is named by its text.
fn open(models: &Path, file: &str, without: Option<&str>) -> Result<Model, Failure> {
    let mut model = model::open(&models.join(file), &[])?;
    let Some(text) = without else {
        return Ok(model);
    };
    let checks = scrutiny::checks(&model.program);
    let mut found = checks.iter().filter(|check| check.text == text);
    let (Some(check), None) = (found.next(), found.next()) else {
        return Err(format!("{file}: not one check reads `{text}`").into());
    };
    model.program = scrutiny::without(&model.program, check);
    Ok(model)
}

/// The number of the query with an id.
fn query(model: &Model, id: &str) -> Result<u32, Failure> {
    let has = |query: &pi::Query| query.label.as_ref().is_some_and(|label| label.id == id);
    let place = model.program.queries.iter().position(has);
    let place = place.ok_or_else(|| format!("{}: no query {id}", model.path.display()))?;
    Ok(u32::try_from(place)?)
}

/// Judges a query.
fn ask(program: &Program, query: u32) -> Result<Judged, Failure> {
    let (mut session, cache) = (Session::new(), Cache::none());
    Ok(judge(
        program,
        query,
        &mut session,
        &cache,
        Limits::default(),
    )?)
}

fn write(path: &Path, text: &[u8]) -> Result<(), Failure> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    }
    std::fs::write(path, text).map_err(|e| format!("{}: {e}", path.display()))?;
    Ok(())
}
