//! Every query of every model, judged and compared with its label.

use crate::cache::Cache;
use crate::commands::prove::status;
use crate::exit::Exit;
use crate::interrupt::Patience;
use crate::judge::{Evidence, Judged, judge};
use crate::matrix::{Entry, expectation};
use crate::model::{self, InputError, Model};
use crate::oracle::{self, Answer};
use pi::{Expected, Query};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;
use verdict::{Limits, Session};

/// What became of one model.
struct Outcome {
    rows: Vec<Row>,
    notes: Vec<String>,
    entries: Vec<Entry>,
    compared: usize,
    exit: Exit,
}

/// One query in the table.
pub(crate) struct Row {
    pub(crate) property: String,
    pub(crate) expected: String,
    pub(crate) verdict: String,
    pub(crate) checked: String,
    pub(crate) seconds: String,
}

/// What is judged, and how.
pub(crate) struct Models<'a> {
    /// The folder of models.
    pub(crate) folder: &'a Path,
    /// Certificates kept between runs.
    pub(crate) cache: Cache,
    /// A real proverif to compare with.
    pub(crate) tool: Option<&'a PathBuf>,
    /// How long it may take for each file.
    pub(crate) patience: Duration,
    /// The model whose runs are printed.
    pub(crate) show: &'a str,
    /// Where runs are written, if anywhere.
    pub(crate) runs: Option<&'a Path>,
    /// Seconds for each query.
    pub(crate) timeout: u64,
}

/// What became of all of them.
pub(crate) struct Judgement {
    /// How many files there are.
    pub(crate) files: usize,
    /// One row for each query.
    pub(crate) rows: Vec<Row>,
    /// Runs and complaints to print before the table.
    pub(crate) notes: Vec<String>,
    /// The worst of all.
    pub(crate) exit: Exit,
    /// What the page of all models says of each query.
    pub(crate) entries: Vec<Entry>,
    /// Queries the other tool answered.
    pub(crate) compared: usize,
}

impl Models<'_> {
    /// A path below the folder of models, without its ending.
    fn name(&self, path: &Path) -> String {
        let below = path.strip_prefix(self.folder).unwrap_or(path);
        below.with_extension("").display().to_string()
    }

    /// Judges every query of every model, on every core.
    pub(crate) fn judge(&self) -> Result<Judgement, InputError> {
        let paths = model::below(self.folder, "pv")?;
        let mut judgement = Judgement {
            files: paths.len(),
            rows: Vec::new(),
            notes: Vec::new(),
            exit: Exit::AsLabelled,
            entries: Vec::new(),
            compared: 0,
        };
        for outcome in crate::workers::each(&paths, |path| one(self, path)) {
            judgement.rows.extend(outcome.rows);
            judgement.notes.extend(outcome.notes);
            judgement.entries.extend(outcome.entries);
            judgement.compared += outcome.compared;
            judgement.exit = judgement.exit.worse(outcome.exit);
        }
        Ok(judgement)
    }
}

fn one(models: &Models<'_>, path: &Path) -> Outcome {
    let mut outcome = Outcome {
        rows: Vec::new(),
        notes: Vec::new(),
        entries: Vec::new(),
        compared: 0,
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
    let cache = &models.cache;
    let answers = models
        .tool
        .map(|tool| oracle::ask(tool, &model, models.patience));
    let answers = match answers.transpose() {
        Ok(answers) => answers,
        Err(error) => {
            outcome.notes.push(error.to_string());
            outcome.exit = Exit::Input;
            None
        }
    };
    let name = models.name(path);
    let libraries: Vec<_> = model.libraries.iter().map(|l| models.name(l)).collect();
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
            && !models.folder.join(attack).is_dir()
        {
            outcome.notes.push(format!(
                "{}:{}: there is no attack {attack} below {}",
                path.display(),
                place.line,
                models.folder.display()
            ));
            outcome.exit = outcome.exit.worse(Exit::Contradicted);
        }
        let patience = Patience::new(Some(models.timeout));
        let limits = Limits {
            interrupted: &|| patience.is_over(),
            ..Limits::default()
        };
        let number = u32::try_from(index).unwrap_or(u32::MAX);
        let judged = match judge(&model.program, number, &mut session, cache, limits) {
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
        outcome.compared += usize::from(answer.is_some());
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
        if let (Evidence::Run(attack), Some(runs)) = (&judged.evidence, models.runs)
            && let Err(error) = page(runs, &name, query, attack, &model)
        {
            outcome.notes.push(error);
            outcome.exit = outcome.exit.worse(Exit::Input);
        }
        let shown = name == models.show;
        if let Some(note) = note(&model, query, &judged, exit, shown) {
            outcome.notes.push(note);
        }
        outcome.entries.push(Entry {
            model: name.clone(),
            libraries: libraries.clone(),
            label: label.clone(),
            as_labelled: exit == Exit::AsLabelled,
            behind: own(&judged),
            seconds: judged.time.as_secs_f64(),
        });
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

fn behind(judged: &Judged, answer: Option<Answer>) -> String {
    let kept = if judged.cached { ", kept" } else { "" };
    let own = own(judged);
    match answer {
        Some(answer) => format!("{own}{kept}; proverif: {}", answer.word()),
        None => format!("{own}{kept}"),
    }
}

/// The certificate or the run.
fn own(judged: &Judged) -> String {
    match &judged.evidence {
        Evidence::Checked(checked) => format!("proof, {} resolvents", checked.resolvents),
        Evidence::Run(attack) => format!("run of {} steps", attack.length()),
        Evidence::Why(_) => "-".to_owned(),
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
