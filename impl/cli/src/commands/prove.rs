//! `seatproof prove`: what ProVerif would say of a file, with what stands
//! behind each answer.

use crate::cache::Cache;
use crate::exit::Exit;
use crate::interrupt::Patience;
use crate::judge::{Evidence, Judged, Word, judge};
use crate::model::{self, Model};
use serde_json::json;
use std::path::PathBuf;
use verdict::{Limits, Session};

/// Judges every query of a model.
#[derive(Debug, clap::Args)]
pub(crate) struct Prove {
    /// The model.
    file: PathBuf,
    /// Libraries before it, in link order; its header names more.
    #[arg(long = "lib")]
    libraries: Vec<PathBuf>,
    /// Only the query with this number, from 1.
    #[arg(long)]
    query: Option<usize>,
    /// Seconds for each query.
    #[arg(long)]
    timeout: Option<u64>,
    /// One JSON object instead of text.
    #[arg(long)]
    json: bool,
    /// Do not print warnings.
    #[arg(long, short)]
    quiet: bool,
}

type Failure = Box<dyn std::error::Error>;

/// Runs `prove`.
pub(crate) fn prove(arguments: &Prove) -> Result<Exit, Failure> {
    let model = model::open(&arguments.file, &arguments.libraries)?;
    let program = &model.program;
    if !arguments.quiet && !arguments.json {
        for warning in &model.warnings {
            eprintln!("{}", warning.render(&program.sources));
        }
    }
    let mut session = Session::new();
    let mut worst = Exit::AsLabelled;
    let mut results = Vec::new();
    for (index, query) in program.queries.iter().enumerate() {
        if arguments.query.is_some_and(|n| n != index + 1) {
            continue;
        }
        let patience = Patience::new(arguments.timeout);
        let limits = Limits {
            interrupted: &|| patience.is_over(),
            ..Limits::default()
        };
        let number = u32::try_from(index)?;
        let judged = judge(program, number, &mut session, &Cache::none(), limits)?;
        worst = worst.worse(status(query.label.as_ref(), judged.word));
        if arguments.json {
            results.push(object(&model, index, &judged));
        } else {
            text(&model, index, &judged);
        }
    }
    if arguments.json {
        let whole = json!({ "file": model.path.display().to_string(), "results": results });
        println!("{whole:#}");
    }
    Ok(worst)
}

/// What a verdict means beside its label; without a label any decision will do.
pub(crate) fn status(label: Option<&pi::Label>, word: Word) -> Exit {
    use pi::Expected;
    let open = matches!(word, Word::Undecided | Word::Stopped);
    match label.map(|l| &l.expected) {
        Some(Expected::Undecided { .. }) if word == Word::Undecided => Exit::AsLabelled,
        _ if open => Exit::Undecided,
        None => Exit::AsLabelled,
        Some(Expected::Holds { .. }) if word == Word::Proved => Exit::AsLabelled,
        Some(Expected::Broken { .. } | Expected::Reachable) if word == Word::Attacked => {
            Exit::AsLabelled
        }
        Some(_) => Exit::Contradicted,
    }
}

fn text(model: &Model, index: usize, judged: &Judged) {
    let program = &model.program;
    let Some(query) = program.queries.get(index) else {
        return;
    };
    match &judged.evidence {
        Evidence::Run(attack) => {
            println!("{}", attack.steps(program));
            println!("{}", attack.mermaid(program));
        }
        Evidence::Checked(checked) => println!(
            "-- certificate checked: {} initial clauses, {} resolvents, {} solved goal clauses",
            checked.initial, checked.resolvents, checked.solved
        ),
        Evidence::Why(why) => println!("-- {}: {why}", judged.word.name()),
    }
    println!(
        "RESULT {} {}",
        pi::wording::result_text(program, query),
        judged.word.result()
    );
}

fn object(model: &Model, index: usize, judged: &Judged) -> serde_json::Value {
    let program = &model.program;
    let query = program.queries.get(index);
    let behind = match &judged.evidence {
        Evidence::Checked(c) => json!({
            "certificate": { "initial": c.initial, "resolvents": c.resolvents, "solved": c.solved }
        }),
        Evidence::Run(attack) => json!({ "attack": attack.json(program) }),
        Evidence::Why(why) => json!({ "why": why }),
    };
    json!({
        "query": query.map(|q| pi::wording::result_text(program, q)),
        "id": query.and_then(|q| q.label.as_ref()).map(|l| l.id.clone()),
        "verdict": judged.word.name(),
        "seconds": judged.time.as_secs_f64(),
        "behind": behind,
    })
}
