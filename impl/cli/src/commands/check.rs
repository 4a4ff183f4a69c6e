//! `seatproof check`: whether a certificate proves its query of a model. Nothing
//! is searched for, and nothing the prover said is believed.

use crate::exit::Exit;
use crate::model;
use std::path::PathBuf;

/// Checks a certificate that `prove --certificates` wrote.
#[derive(Debug, clap::Args)]
pub(crate) struct Check {
    /// The model.
    file: PathBuf,
    /// The certificate.
    certificate: PathBuf,
    /// Libraries before the model, in link order; its header names more.
    #[arg(long = "lib")]
    libraries: Vec<PathBuf>,
}

/// Runs `check`.
pub(crate) fn check(arguments: &Check) -> Result<Exit, Box<dyn std::error::Error>> {
    let model = model::open(&arguments.file, &arguments.libraries)?;
    let place = arguments.certificate.display();
    let bytes = std::fs::read(&arguments.certificate).map_err(|e| format!("{place}: {e}"))?;
    let certificate = proof::from_bytes(&bytes).map_err(|e| format!("{place}: {e}"))?;
    match checker::check(&model.program, &certificate) {
        Ok(checked) => {
            println!(
                "accepted: query {} holds; {} initial clauses, {} resolvents, {} solved goal clauses",
                u64::from(checked.query) + 1,
                checked.initial,
                checked.resolvents,
                checked.solved
            );
            Ok(Exit::AsLabelled)
        }
        Err(refusal) => {
            println!("refused: {refusal}");
            Ok(Exit::Contradicted)
        }
    }
}
