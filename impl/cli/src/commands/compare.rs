//! `seatproof derive --compare`: our reading of a process beside ProVerif's.
//!
//! What a real `proverif` on PATH prints of each model, before it proves
//! anything, against our typed program. The gate follows steps derived from that
//! program, so this is a second opinion on what it follows.

use crate::exit::Exit;
use crate::interrupt::interrupted;
use crate::model::{self, Model};
use crate::oracle;
use crate::printed::{self, Line};
use conformance::Mapping;
use pi::FunctionKind;
use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

type Failure = Box<dyn std::error::Error>;

/// Compares every model that a mapping below the folder names, or one.
pub(crate) fn compare(models: &Path, only: Option<&Path>) -> Result<Exit, Failure> {
    let Some(tool) = oracle::find() else {
        println!("no proverif on PATH: nothing to compare with");
        return Ok(Exit::Undecided);
    };
    let mut worst = Exit::AsLabelled;
    let paths = match only {
        Some(path) => vec![path.to_owned()],
        None => mapped(models)?,
    };
    for path in paths {
        let model = model::open(&path, &[])?;
        let ours = printed::ours(&model.program).map_err(|e| format!("{}: {e}", path.display()))?;
        let theirs = theirs(&tool, &model)?;
        match printed::first_difference(&ours, &theirs) {
            None => println!("{}: the same {} lines", path.display(), ours.len()),
            Some(at) => {
                worst = worst.worse(Exit::Contradicted);
                let line = |all: &[Line]| all.get(at).map_or("its end".to_owned(), Line::to_string);
                println!("{}: line {} differs", path.display(), at + 1);
                println!("  ours:     {}", line(&ours));
                println!("  proverif: {}", line(&theirs));
            }
        }
    }
    Ok(worst)
}

/// The models that mappings are made for.
fn mapped(models: &Path) -> Result<Vec<PathBuf>, Failure> {
    let mut found = BTreeSet::new();
    for path in model::below(models, "toml")? {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if !name.starts_with("mapping") {
            continue;
        }
        let text =
            std::fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))?;
        let mapping = Mapping::parse(&path.display().to_string(), &text)?;
        found.insert(path.with_file_name(&mapping.model));
    }
    Ok(found.into_iter().collect())
}

/// The process as the tool prints it; it is stopped then.
fn theirs(tool: &Path, model: &Model) -> Result<Vec<Line>, Failure> {
    let at = |error: std::io::Error| format!("{}: {error}", tool.display());
    let mut command = Command::new(tool);
    for library in &model.libraries {
        command.arg("-lib").arg(library);
    }
    command.arg(&model.path).stdin(Stdio::null());
    command.stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().map_err(at)?;
    let mut output = String::new();
    if let Some(stdout) = child.stdout.take() {
        let mut reader = BufReader::new(stdout);
        while printed::initial(&output).is_none() && !interrupted() {
            if reader.read_line(&mut output).map_err(at)? == 0 {
                break; // it ended, and has said why
            }
        }
    }
    // It may have ended by itself.
    let _ = child.kill();
    child.wait().map_err(at)?;
    let text = printed::initial(&output)
        .ok_or_else(|| format!("{}: proverif prints no process", model.path.display()))?;
    let destructors = model
        .program
        .functions
        .iter()
        .filter(|it| matches!(it.kind, FunctionKind::Destructor { .. }))
        .map(|it| it.name.as_str())
        .collect();
    let lines = printed::theirs(text, &destructors);
    Ok(lines.map_err(|e| format!("{}: {e}", model.path.display()))?)
}
