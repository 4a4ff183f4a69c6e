//! `seatproof show`: a model at a stage of its way to a verdict.

use crate::exit::Exit;
use crate::model;
use std::path::PathBuf;

/// Prints a stage of a model.
#[derive(Debug, clap::Args)]
pub(crate) struct Show {
    /// The model.
    file: PathBuf,
    /// Libraries before it, in link order; its header names more.
    #[arg(long = "lib")]
    libraries: Vec<PathBuf>,
    /// Which stage.
    #[arg(long, value_enum, default_value = "clauses")]
    stage: Stage,
}

/// A stage.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Stage {
    /// The clauses and, for each query, its goal.
    Clauses,
    /// The expanded process, each step with its number.
    Process,
}

/// Runs `show`.
pub(crate) fn show(arguments: &Show) -> Result<Exit, Box<dyn std::error::Error>> {
    let model = model::open(&arguments.file, &arguments.libraries)?;
    let program = &model.program;
    match arguments.stage {
        Stage::Process => print!("{}", pi::print::process(program, &program.process)),
        Stage::Clauses => {
            let render = |diagnostics: Vec<pi::Diagnostic>| {
                let all: Vec<_> = diagnostics
                    .iter()
                    .map(|d| d.render(&program.sources))
                    .collect();
                all.join("\n")
            };
            let mut translation =
                horn::translate(program, &horn::Options::default()).map_err(render)?;
            let mut goals = Vec::new();
            for query in 0..program.queries.len() {
                let number = u32::try_from(query)?;
                goals.push(horn::goal(program, &mut translation, number).map_err(render)?);
            }
            print!("{}", horn::print(program, &translation, &goals));
        }
    }
    Ok(Exit::AsLabelled)
}
