//! `seatproof verify`: the main job. Proves every model, runs the protocol,
//! matches the recordings, and compares everything with what is expected.

use crate::cache::Cache;
use crate::commands::models::{Judgement, Models};
use crate::commands::{gate, matrix, scrutinise};
use crate::exit::Exit;
use crate::{interrupt, oracle};
use comfy_table::{Table, presets::NOTHING};
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// Proves the models and runs the gate.
#[derive(Debug, clap::Args)]
pub(crate) struct Verify {
    /// The folder of models.
    #[arg(long, default_value = "models")]
    models: PathBuf,
    /// The folder of kept recordings.
    #[arg(long, default_value = "traces")]
    traces: PathBuf,
    /// One half of it.
    #[arg(long, value_enum)]
    only: Option<Half>,
    /// Where checked certificates are kept between runs.
    #[arg(long, default_value = "target/seatproof-cache")]
    cache: PathBuf,
    /// Prove everything anew.
    #[arg(long)]
    no_cache: bool,
    /// Do not ask a real proverif even where there is one.
    #[arg(long)]
    no_oracle: bool,
    /// Fail where there is no real proverif to compare with.
    #[arg(long, conflicts_with = "no_oracle")]
    oracle: bool,
    /// Seconds that a real proverif gets for each file.
    #[arg(long, default_value_t = 10)]
    oracle_seconds: u64,
    /// Print the runs that break this model's properties; the others are
    /// written below `--runs` only.
    #[arg(long, default_value = "post/correlation-no-exporter")]
    show: String,
    /// Where the run of every attack is written, one page each.
    #[arg(long, default_value = "target/seatproof-runs")]
    runs: PathBuf,
    /// Seconds for each query.
    #[arg(long, default_value_t = 120)]
    timeout: u64,
    /// Do not ask whether the verdicts are alive and tight.
    #[arg(long)]
    no_scrutiny: bool,
}

/// A half of the job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Half {
    /// The recordings.
    Gate,
    /// The models.
    Models,
}

type Failure = Box<dyn std::error::Error>;

/// Runs `verify`.
pub(crate) fn verify(arguments: &Verify) -> Result<Exit, Failure> {
    interrupt::listen();
    let mut worst = Exit::AsLabelled;
    if arguments.only != Some(Half::Gate) {
        worst = worst.worse(models(arguments)?);
    }
    if arguments.only != Some(Half::Models) {
        worst = worst.worse(gate::run(&arguments.models, &arguments.traces)?);
    }
    println!(
        "\n{}",
        match worst {
            Exit::AsLabelled => "verified: everything is as labelled",
            Exit::Contradicted => "FAILED: something is not as labelled",
            Exit::Undecided => "FAILED: something is not decided",
            Exit::OutOfDate => "FAILED: a mapping is not of its model",
            Exit::Input => "FAILED: something cannot be read",
        }
    );
    Ok(worst)
}

/// Judges the models, prints the table, and compares the page that holds it.
fn models(arguments: &Verify) -> Result<Exit, Failure> {
    let start = Instant::now();
    let tool = if arguments.no_oracle {
        None
    } else {
        oracle::find()
    };
    if arguments.oracle && tool.is_none() {
        return Err("no proverif on PATH to compare with; install ProVerif 2.05".into());
    }
    let models = Models {
        folder: &arguments.models,
        cache: if arguments.no_cache {
            Cache::none()
        } else {
            Cache::at(arguments.cache.clone())
        },
        tool: tool.as_ref(),
        patience: Duration::from_secs(arguments.oracle_seconds),
        show: &arguments.show,
        runs: Some(&arguments.runs),
        timeout: arguments.timeout,
    };
    let Judgement {
        files,
        rows,
        notes,
        mut exit,
        entries,
        compared,
    } = models.judge()?;
    let mut table = Table::new();
    table
        .load_style(NOTHING)
        .set_header(["property", "expected", "verdict", "checked", "seconds"]);
    let queries = rows.len();
    for row in rows {
        table.add_row([
            row.property,
            row.expected,
            row.verdict,
            row.checked,
            row.seconds,
        ]);
    }
    for note in notes {
        println!("{note}\n");
    }
    println!("{table}");
    println!(
        "{files} models, {queries} queries, {:.1} s",
        start.elapsed().as_secs_f64()
    );
    println!(
        "runs of all attacks, with sequence diagrams: {}",
        arguments.runs.display()
    );
    match &tool {
        Some(tool) => println!(
            "{compared} of {queries} queries compared with {}; the others took it more than {} s \
             for their file",
            tool.display(),
            arguments.oracle_seconds
        ),
        None if arguments.no_oracle => println!("no comparison with a real proverif was asked for"),
        None => {
            println!("no real proverif on PATH; verdicts are this prover's, checked or replayed")
        }
    }
    exit = exit.worse(matrix::compare(&arguments.models, &entries)?);
    if !arguments.no_scrutiny {
        let start = Instant::now();
        exit = exit.worse(scrutinise::folder(&arguments.models, arguments.timeout)?);
        println!("scrutiny: {:.1} s", start.elapsed().as_secs_f64());
    }
    Ok(exit)
}
