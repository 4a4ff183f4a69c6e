//! `seatproof verify`: the main job. Proves every model, runs the protocol,
//! matches the recordings, and compares everything with what is expected.

use crate::cache::Cache;
use crate::commands::gate;
use crate::commands::prove::status;
use crate::exit::Exit;
use crate::interrupt::{self, Patience};
use crate::judge::{Evidence, Judged, judge};
use crate::model::{self, Model};
use crate::oracle::{self, Answer};
use comfy_table::{Table, presets::NOTHING};
use pi::{Expected, Query};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;
use verdict::{Limits, Session};

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
            Exit::Input => "FAILED: something cannot be read",
        }
    );
    Ok(worst)
}

/// What became of one model.
struct Outcome {
    rows: Vec<Row>,
    /// Runs and complaints to print below the table.
    notes: Vec<String>,
    exit: Exit,
}

struct Row {
    property: String,
    expected: String,
    verdict: String,
    checked: String,
    seconds: String,
}

fn models(arguments: &Verify) -> Result<Exit, Failure> {
    let start = Instant::now();
    let paths = model::below(&arguments.models, "pv")?;
    let tool = if arguments.no_oracle {
        None
    } else {
        oracle::find()
    };
    let next = AtomicUsize::new(0);
    let done: Mutex<Vec<(usize, Outcome)>> = Mutex::new(Vec::new());
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                loop {
                    let index = next.fetch_add(1, Ordering::SeqCst);
                    let Some(path) = paths.get(index) else {
                        break;
                    };
                    let outcome = one(arguments, path, tool.as_ref());
                    if let Ok(mut done) = done.lock() {
                        done.push((index, outcome));
                    }
                }
            });
        }
    });
    let mut done = done.into_inner().map_err(|_| "a worker ended early")?;
    done.sort_by_key(|(index, _)| *index);

    let mut table = Table::new();
    table
        .load_style(NOTHING)
        .set_header(["property", "expected", "verdict", "checked", "seconds"]);
    let mut notes = Vec::new();
    let mut worst = Exit::AsLabelled;
    let mut queries = 0;
    for (_, outcome) in done {
        for row in outcome.rows {
            queries += 1;
            table.add_row([
                row.property,
                row.expected,
                row.verdict,
                row.checked,
                row.seconds,
            ]);
        }
        notes.extend(outcome.notes);
        worst = worst.worse(outcome.exit);
    }
    for note in notes {
        println!("{note}\n");
    }
    println!("{table}");
    println!(
        "{} models, {queries} queries, {:.1} s",
        paths.len(),
        start.elapsed().as_secs_f64()
    );
    println!(
        "runs of all attacks, with sequence diagrams: {}",
        arguments.runs.display()
    );
    match &tool {
        Some(tool) => println!("compared with {}", tool.display()),
        None if arguments.no_oracle => println!("no comparison with a real proverif was asked for"),
        None => {
            println!("no real proverif on PATH; verdicts are this prover's, checked or replayed")
        }
    }
    Ok(worst)
}

fn one(arguments: &Verify, path: &Path, tool: Option<&PathBuf>) -> Outcome {
    let mut outcome = Outcome {
        rows: Vec::new(),
        notes: Vec::new(),
        exit: Exit::AsLabelled,
    };
    let model = match model::open(path, &[]) {
        Ok(model) => model,
        Err(error) => {
            outcome.notes.push(error.to_string());
            outcome.exit = Exit::Input;
            return outcome;
        }
    };
    let cache = if arguments.no_cache {
        Cache::none()
    } else {
        Cache::at(arguments.cache.clone())
    };
    let answers = tool.map(|tool| oracle::ask(tool, &model));
    let answers = match answers.transpose() {
        Ok(answers) => answers,
        Err(error) => {
            outcome.notes.push(error.to_string());
            outcome.exit = Exit::Input;
            None
        }
    };
    let name = path.strip_prefix(&arguments.models).unwrap_or(path);
    let name = name.with_extension("").display().to_string();
    let mut session = Session::new();
    let mut ids = BTreeSet::new();
    for (index, query) in model.program.queries.iter().enumerate() {
        let place = model.program.sources.position(query.span);
        let Some(label) = &query.label else {
            outcome.notes.push(format!(
                "{}:{}: this query has no label; write `(* @holds ID … *)` before it",
                path.display(),
                place.line
            ));
            outcome.exit = outcome.exit.worse(Exit::Contradicted);
            continue;
        };
        if !ids.insert(label.id.clone()) {
            outcome.notes.push(format!(
                "{}:{}: the id {} is used twice in this file",
                path.display(),
                place.line,
                label.id
            ));
            outcome.exit = outcome.exit.worse(Exit::Contradicted);
        }
        if let Expected::Broken { attack } = &label.expected
            && !arguments.models.join(attack).is_dir()
        {
            outcome.notes.push(format!(
                "{}:{}: there is no attack {attack} below {}",
                path.display(),
                place.line,
                arguments.models.display()
            ));
            outcome.exit = outcome.exit.worse(Exit::Contradicted);
        }
        let patience = Patience::new(Some(arguments.timeout));
        let limits = Limits {
            interrupted: &|| patience.is_over(),
            ..Limits::default()
        };
        let number = u32::try_from(index).unwrap_or(u32::MAX);
        let judged = match judge(&model.program, number, &mut session, &cache, limits) {
            Ok(judged) => judged,
            Err(error) => {
                outcome.notes.push(error.to_string());
                outcome.exit = outcome.exit.worse(Exit::Input);
                continue;
            }
        };
        let exit = status(Some(label), judged.word);
        outcome.exit = outcome.exit.worse(exit);
        let answer = answers.as_ref().and_then(|a| a.get(index)).copied();
        if let Some(answer) = answer
            && contradicts(answer, judged.word, &label.expected)
        {
            outcome.notes.push(format!(
                "{}:{}: proverif says `{}`, this prover says `{}`",
                path.display(),
                place.line,
                answer.word(),
                judged.word.name()
            ));
            outcome.exit = outcome.exit.worse(Exit::Contradicted);
        }
        if let Evidence::Run(attack) = &judged.evidence
            && let Err(error) = page(&arguments.runs, &name, query, attack, &model)
        {
            outcome.notes.push(error);
            outcome.exit = outcome.exit.worse(Exit::Input);
        }
        let shown = name == arguments.show;
        if let Some(note) = note(&model, query, &judged, exit, shown) {
            outcome.notes.push(note);
        }
        outcome.rows.push(Row {
            property: format!("{name} {}", label.id),
            expected: expectation(&label.expected).to_owned(),
            verdict: judged.word.name().to_owned(),
            checked: behind(&judged, answer),
            seconds: format!("{:.2}", judged.time.as_secs_f64()),
        });
    }
    outcome
}

/// Whether the two tools differ, but for what is labelled as undecided here.
fn contradicts(answer: Answer, word: crate::judge::Word, expected: &Expected) -> bool {
    use crate::judge::Word;
    match (answer, word) {
        (Answer::True, Word::Proved)
        | (Answer::False, Word::Attacked)
        | (Answer::Unknown, Word::Undecided | Word::Stopped) => false,
        (_, Word::Undecided) => !matches!(expected, Expected::Undecided { .. }),
        _ => true,
    }
}

fn expectation(expected: &Expected) -> &'static str {
    match expected {
        Expected::Broken { .. } => "broken",
        Expected::Holds { tight: false } => "holds",
        Expected::Holds { tight: true } => "holds, tight",
        Expected::Reachable => "reachable",
        Expected::Undecided { .. } => "undecided",
    }
}

fn behind(judged: &Judged, answer: Option<Answer>) -> String {
    let own = match &judged.evidence {
        Evidence::Checked(checked) => {
            let cached = if judged.cached { ", kept" } else { "" };
            format!("proof, {} resolvents{cached}", checked.resolvents)
        }
        Evidence::Run(attack) => format!("run of {} steps", attack.length()),
        Evidence::Why(_) => "-".to_owned(),
    };
    match answer {
        Some(answer) => format!("{own}; proverif: {}", answer.word()),
        None => own,
    }
}

/// Runs that were asked for are printed, and whatever is not as labelled is
/// explained.
fn note(model: &Model, query: &Query, judged: &Judged, exit: Exit, shown: bool) -> Option<String> {
    let program = &model.program;
    let label = query.label.as_ref()?;
    let unexpected = exit != Exit::AsLabelled;
    let head = format!("{} {}: {}", model.path.display(), label.id, label.sentence);
    match &judged.evidence {
        Evidence::Run(attack) if shown || unexpected => Some(format!(
            "{head}\n{}\n{}",
            attack.steps(program),
            attack.mermaid(program)
        )),
        Evidence::Why(why) if unexpected => {
            let place = program.sources.position(query.span);
            Some(format!(
                "{head}\n{}:{}: {}: {why}",
                model.path.display(),
                place.line,
                judged.word.name()
            ))
        }
        _ if unexpected => Some(format!(
            "{head}\nexpected {}, got {}",
            expectation(&label.expected),
            judged.word.name()
        )),
        _ => None,
    }
}

/// Writes a run as a page: the sentence it breaks or witnesses, its steps, and
/// the sequence diagram.
fn page(
    folder: &Path,
    model: &str,
    query: &Query,
    attack: &verdict::run::Attack,
    opened: &Model,
) -> Result<(), String> {
    let Some(label) = &query.label else {
        return Ok(());
    };
    let id = label.id.replace('/', "-");
    let path = folder.join(model).join(id).with_extension("md");
    let parent = path.parent().unwrap_or(folder);
    std::fs::create_dir_all(parent).map_err(|e| format!("{}: {e}", parent.display()))?;
    let text = format!(
        "# {model}: {}\n\n{}\n\n```text\n{}\n```\n\n```mermaid\n{}\n```\n",
        label.id,
        label.sentence,
        attack.steps(&opened.program).trim_end(),
        attack.mermaid(&opened.program).trim_end()
    );
    std::fs::write(&path, text).map_err(|e| format!("{}: {e}", path.display()))
}
