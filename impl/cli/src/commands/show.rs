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
    /// For each query, the clauses made for it and its goal.
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
            for query in 0..program.queries.len() {
                let number = u32::try_from(query)?;
                for part in 0..horn::parts(program, number).map_err(render)? {
                    let options = horn::options_of(program, number, part);
                    let mut translation = horn::translate(program, &options).map_err(render)?;
                    let goal =
                        horn::goal_of(program, &mut translation, number, part).map_err(render)?;
                    println!("(* query {}, part {} *)", query + 1, part + 1);
                    print!("{}", horn::print(program, &translation, &[goal]));
                }
            }
        }
    }
    Ok(Exit::AsLabelled)
}
