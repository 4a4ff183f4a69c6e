//! `seatproof conform`, `derive`, `lint`: recordings against a model.

use crate::exit::Exit;
use crate::model::{self, Model};
use conformance::{Gate, Mapping, Verdict};
use std::path::{Path, PathBuf};

/// The model that recordings are judged by unless another is given.
pub(crate) const MODEL: &str = "models/post/sanity.pv";

/// Matches recordings against a model.
#[derive(Debug, clap::Args)]
pub(crate) struct Conform {
    /// Recordings, JSON lines.
    #[arg(required = true)]
    recordings: Vec<PathBuf>,
    #[command(flatten)]
    against: Against,
    /// Print each session's counts.
    #[arg(long)]
    explain: bool,
}

/// Prints the steps derived from a model, role by role.
#[derive(Debug, clap::Args)]
pub(crate) struct Derive {
    #[command(flatten)]
    against: Against,
    /// Only this role.
    #[arg(long)]
    role: Option<String>,
}

/// Checks that a mapping says what every symbol of a model is in octets.
#[derive(Debug, clap::Args)]
pub(crate) struct Lint {
    #[command(flatten)]
    against: Against,
}

/// A model and its mapping.
#[derive(Debug, clap::Args)]
pub(crate) struct Against {
    /// The model.
    #[arg(long, default_value = MODEL)]
    model: PathBuf,
    /// Its mapping; `mapping.toml` beside the model if not given.
    #[arg(long)]
    mapping: Option<PathBuf>,
}

type Failure = Box<dyn std::error::Error>;

/// A model and its mapping, read.
pub(crate) struct Opened {
    pub(crate) model: Model,
    pub(crate) mapping: Mapping,
}

impl Opened {
    /// Opens both.
    pub(crate) fn open(model: &Path, mapping: Option<&Path>) -> Result<Self, Failure> {
        let beside = model.with_file_name("mapping.toml");
        let path = mapping.unwrap_or(&beside);
        let text = std::fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))?;
        Ok(Self {
            model: model::open(model, &[])?,
            mapping: Mapping::parse(&path.display().to_string(), &text)?,
        })
    }

    /// Fits one to the other.
    pub(crate) fn gate(&self) -> Result<Gate<'_>, Failure> {
        Gate::new(&self.model.program, &self.mapping).map_err(|findings| {
            format!(
                "mapping and model do not belong together:\n  {}",
                findings.join("\n  ")
            )
            .into()
        })
    }
}

/// The status a verdict asks for.
pub(crate) fn exit(verdict: &Verdict) -> Exit {
    match verdict {
        Verdict::Conforms(_) => Exit::AsLabelled,
        Verdict::Diverges(_) => Exit::Contradicted,
        Verdict::Inconclusive { .. } => Exit::Undecided,
        Verdict::OutOfDate { .. } => Exit::Input,
    }
}

/// Runs `conform`.
pub(crate) fn conform(arguments: &Conform) -> Result<Exit, Failure> {
    let opened = Opened::open(
        &arguments.against.model,
        arguments.against.mapping.as_deref(),
    )?;
    let gate = opened.gate()?;
    let mut worst = Exit::AsLabelled;
    for path in &arguments.recordings {
        let text = match std::fs::read(path) {
            Ok(text) => text,
            Err(error) => {
                println!("{}: {error}", path.display());
                worst = worst.worse(Exit::Input);
                continue;
            }
        };
        let report = gate.conform_lines(&text);
        println!("{}: {}", path.display(), report.verdict);
        if arguments.explain {
            for session in &report.sessions {
                println!(
                    "  {} session {} as {}: {} of {} steps, {} computed, {} assumed",
                    session.party,
                    session.session,
                    session.role,
                    session.counts.matched,
                    session.counts.of,
                    session.counts.computed,
                    session.counts.assumed
                );
            }
        }
        worst = worst.worse(exit(&report.verdict));
    }
    Ok(worst)
}

/// Runs `derive`.
pub(crate) fn derive(arguments: &Derive) -> Result<Exit, Failure> {
    let opened = Opened::open(
        &arguments.against.model,
        arguments.against.mapping.as_deref(),
    )?;
    let program = &opened.model.program;
    let roles: Vec<String> = match &arguments.role {
        Some(role) => vec![role.clone()],
        None => opened.mapping.role_names().map(str::to_owned).collect(),
    };
    for role in roles {
        print!("{}", conformance::derive(program, &role)?.print(program));
    }
    Ok(Exit::AsLabelled)
}

/// Runs `lint`.
pub(crate) fn lint(arguments: &Lint) -> Result<Exit, Failure> {
    let opened = Opened::open(
        &arguments.against.model,
        arguments.against.mapping.as_deref(),
    )?;
    let findings = conformance::lint(&opened.model.program, &opened.mapping);
    for finding in &findings {
        println!("{finding}");
    }
    if findings.is_empty() {
        println!("mapping and model belong together");
        Ok(Exit::AsLabelled)
    } else {
        Ok(Exit::Contradicted)
    }
}
