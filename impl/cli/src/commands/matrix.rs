//! `seatproof matrix`: judges every model and writes `models/README.md`.

use crate::cache::Cache;
use crate::commands::models::Models;
use crate::commands::sweep;
use crate::exit::Exit;
use crate::matrix::{Entry, page, timeless};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Writes the table of all properties of all models.
#[derive(Debug, clap::Args)]
pub(crate) struct Matrix {
    /// The folder of models.
    #[arg(long, default_value = "models")]
    models: PathBuf,
    /// Where checked certificates are kept between runs.
    #[arg(long, default_value = "target/seatproof-cache")]
    cache: PathBuf,
    /// Seconds for each query.
    #[arg(long, default_value_t = 120)]
    timeout: u64,
}

type Failure = Box<dyn std::error::Error>;

/// The page, below the folder of models.
const PAGE: &str = "README.md";

/// The rows of `seatproof sweep`, below the folder of models.
const ROWS: &str = "sweep.json";

/// Runs `matrix`.
pub(crate) fn matrix(arguments: &Matrix) -> Result<Exit, Failure> {
    let models = Models {
        folder: &arguments.models,
        cache: Cache::at(arguments.cache.clone()),
        tool: None,
        patience: Duration::ZERO,
        show: "",
        runs: None,
        timeout: arguments.timeout,
    };
    let judgement = models.judge()?;
    for note in &judgement.notes {
        println!("{note}\n");
    }
    let path = arguments.models.join(PAGE);
    std::fs::write(&path, render(&arguments.models, &judgement.entries)?)
        .map_err(|e| format!("{}: {e}", path.display()))?;
    println!("{}: {} queries", path.display(), judgement.entries.len());
    Ok(judgement.exit)
}

/// Whether the page says of these models what was just found, times aside. A
/// folder without a page has nothing to be out of date.
pub(crate) fn compare(models: &Path, entries: &[Entry]) -> Result<Exit, Failure> {
    let path = models.join(PAGE);
    if !path.is_file() {
        return Ok(Exit::AsLabelled);
    }
    let old = std::fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))?;
    let (old, new) = (timeless(&old), timeless(&render(models, entries)?));
    let mut lines = (1..).zip(new.lines().zip(old.lines()));
    let differing = lines.find(|(_, (new, old))| new != old);
    match differing {
        Some((number, (new, old))) => println!(
            "{}:{number}: out of date; run `make matrix`\n  is:        {old}\n  should be: {new}",
            path.display(),
        ),
        None if old.lines().count() == new.lines().count() => return Ok(Exit::AsLabelled),
        None => println!(
            "{}: not as long as it should be; run `make matrix`",
            path.display()
        ),
    }
    Ok(Exit::Contradicted)
}

fn render(models: &Path, entries: &[Entry]) -> Result<String, Failure> {
    let rows = models.join(ROWS);
    let rows = if rows.is_file() {
        sweep::read(&rows)?
    } else {
        Vec::new()
    };
    Ok(page(entries, &rows))
}
