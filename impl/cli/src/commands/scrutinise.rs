//! `seatproof scrutinise`: whether the labels of models mean what they say.
//!
//! *Alive*: the premise of every query that holds happens without any
//! compromise the query excuses, and every `@reachable` end without any at all.
//! *Tight*: each disjunct of a query labelled so is needed. *Checks*: each test
//! of a role, dropped, breaks some query; of one that breaks none a file of
//! reasons says why it carries nothing.

use crate::exit::Exit;
use crate::interrupt::Patience;
use crate::model::{self, Model};
use crate::prover::ask;
use pi::Expected;
use scrutiny::{Answer, Compromises, Shape};
use std::path::{Path, PathBuf};
use verdict::Session;

/// Checks that verdicts are alive and tight.
#[derive(Debug, clap::Args)]
pub(crate) struct Scrutinise {
    /// Models, or folders of them.
    #[arg(default_value = "models")]
    paths: Vec<PathBuf>,
    /// Which events are compromises.
    #[arg(long, default_value = "models/compromises.toml")]
    compromises: PathBuf,
    /// Also drop every check of every role, which takes long.
    #[arg(long)]
    checks: bool,
    /// Why a check carries nothing, for those that carry nothing.
    #[arg(long, default_value = "models/checks.toml")]
    reasons: PathBuf,
    /// Where the table of checks is written; it has to be explained completely.
    #[arg(long, requires = "checks")]
    page: Option<PathBuf>,
    /// Seconds for each question.
    #[arg(long, default_value_t = 60)]
    timeout: u64,
}

type Failure = Box<dyn std::error::Error>;

/// Runs `scrutinise`.
pub(crate) fn scrutinise(arguments: &Scrutinise) -> Result<Exit, Failure> {
    let known = compromises(&arguments.compromises)?;
    let mut paths = Vec::new();
    for path in &arguments.paths {
        if path.is_dir() {
            paths.extend(model::below(path, "pv")?);
        } else {
            paths.push(path.clone());
        }
    }
    let found = crate::workers::each(&paths, |path| one(arguments, &known, path));
    let mut whole = Findings::default();
    for findings in found {
        whole.absorb(findings);
    }
    if arguments.checks {
        let table = crate::checks::Table::new(&arguments.reasons, &whole.checks)?;
        match &arguments.page {
            // Of some models only, a check that carries nothing is no finding.
            None => whole.complaints.extend(table.idle()),
            Some(page) => {
                for complaint in table.complaints() {
                    whole.complaints.push(complaint);
                    whole.exit = whole.exit.worse(Exit::Contradicted);
                }
                std::fs::write(page, table.page())
                    .map_err(|e| format!("{}: {e}", page.display()))?;
            }
        }
    }
    for complaint in &whole.complaints {
        println!("{complaint}");
    }
    println!(
        "alive: {} of {} premises and ends; tight: {} of {} disjuncts",
        whole.alive.0, whole.alive.1, whole.tight.0, whole.tight.1
    );
    if arguments.checks {
        let needed = whole.checks.values().filter(|c| c.is_needed()).count();
        println!(
            "checks that some query needs: {needed} of {}",
            whole.checks.len()
        );
    }
    Ok(whole.exit)
}

/// Scrutinises a folder of models with a list of compromises; one without has
/// nothing to be scrutinised by.
pub(crate) fn folder(models: &Path, timeout: u64) -> Result<Exit, Failure> {
    let list = models.join("compromises.toml");
    if !list.is_file() {
        return Ok(Exit::AsLabelled);
    }
    scrutinise(&Scrutinise {
        paths: vec![models.to_path_buf()],
        compromises: list,
        checks: false,
        reasons: models.join("checks.toml"),
        page: None,
        timeout,
    })
}

/// Reads a list of compromises.
pub(crate) fn compromises(path: &Path) -> Result<Compromises, Failure> {
    let text = std::fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))?;
    Ok(Compromises::parse(&text).map_err(|e| format!("{}: {e}", path.display()))?)
}

/// What was found out, as counts of what is as it should be, and of how many.
struct Findings {
    alive: (usize, usize),
    tight: (usize, usize),
    complaints: Vec<String>,
    checks: crate::checks::Checks,
    exit: Exit,
}

impl Default for Findings {
    fn default() -> Self {
        Self {
            alive: (0, 0),
            tight: (0, 0),
            complaints: Vec::new(),
            checks: crate::checks::Checks::new(),
            exit: Exit::AsLabelled,
        }
    }
}

impl Findings {
    fn absorb(&mut self, other: Self) {
        self.alive.0 += other.alive.0;
        self.alive.1 += other.alive.1;
        self.tight.0 += other.tight.0;
        self.tight.1 += other.tight.1;
        self.complaints.extend(other.complaints);
        for (check, weight) in other.checks {
            self.checks.entry(check).or_default().absorb(weight);
        }
        self.exit = self.exit.worse(other.exit);
    }

    fn complain(&mut self, place: &str, exit: Exit, text: &str) {
        self.complaints.push(format!("{place}: {text}"));
        self.exit = self.exit.worse(exit);
    }
}

fn one(arguments: &Scrutinise, known: &Compromises, path: &Path) -> Findings {
    let mut findings = Findings::default();
    let model = match model::open(path, &[]) {
        Ok(model) => model,
        Err(error) => {
            // It names the file.
            findings.complaints.push(error.to_string());
            findings.exit = Exit::Input;
            return findings;
        }
    };
    let mut session = Session::new();
    let emitted = scrutiny::emitted(&model.program);
    for (index, query) in model.program.queries.iter().enumerate() {
        let number = u32::try_from(index).unwrap_or(u32::MAX);
        let (Some(label), Some(shape)) = (&query.label, Shape::of(&model.program, number, known))
        else {
            continue;
        };
        let line = model.program.sources.position(query.span).line;
        let place = format!("{}:{line}: {}", path.display(), label.id);
        let mut prover = |program: &pi::Program, query: u32| {
            let patience = Patience::new(Some(arguments.timeout));
            ask(program, query, &mut session, &|| patience.is_over())
        };
        match &label.expected {
            Expected::Reachable => {
                let answer = scrutiny::honest(&model.program, &shape, known, &emitted, &mut prover);
                judge_alive(
                    &mut findings,
                    &place,
                    &answer,
                    "is not reached without a compromise",
                );
            }
            Expected::Holds { tight } => {
                if let Some(answer) = scrutiny::alive(&model.program, &shape, &mut prover) {
                    let text = "its premise never happens without a compromise that it excuses";
                    judge_alive(&mut findings, &place, &answer, text);
                }
                if *tight {
                    for dropped in scrutiny::weaker(&model.program, &shape, &mut prover) {
                        judge_tight(&mut findings, &place, &dropped);
                    }
                }
            }
            Expected::Broken { .. } | Expected::Undecided { .. } => {}
        }
    }
    if arguments.checks {
        drop_checks(arguments, &model, &mut findings);
    }
    findings
}

fn judge_alive(findings: &mut Findings, place: &str, answer: &Answer, otherwise: &str) {
    findings.alive.1 += 1;
    match answer {
        Answer::Broken { .. } => findings.alive.0 += 1,
        Answer::Holds => findings.complain(place, Exit::Contradicted, otherwise),
        Answer::Open(why) => {
            let text = format!("whether it is alive is open: {why}");
            findings.complain(place, Exit::Undecided, &text);
        }
    }
}

fn judge_tight(findings: &mut Findings, place: &str, dropped: &scrutiny::Dropped) {
    findings.tight.1 += 1;
    let disjunct = &dropped.disjunct;
    match &dropped.answer {
        Answer::Broken { .. } => findings.tight.0 += 1,
        Answer::Holds => {
            let text = format!("labelled tight, but holds without the disjunct {disjunct}");
            findings.complain(place, Exit::Contradicted, &text);
        }
        Answer::Open(why) => {
            let text = format!("whether it needs the disjunct {disjunct} is open: {why}");
            findings.complain(place, Exit::Undecided, &text);
        }
    }
}

/// Drops each check in turn and asks the queries that hold.
fn drop_checks(arguments: &Scrutinise, model: &Model, findings: &mut Findings) {
    let holding: Vec<_> = (0_u32..)
        .zip(&model.program.queries)
        .filter_map(|(number, query)| query.label.as_ref().map(|label| (number, label)))
        .filter(|(_, label)| matches!(label.expected, Expected::Holds { .. }))
        .collect();
    for check in scrutiny::checks(&model.program) {
        let edited = scrutiny::without(&model.program, &check);
        let file = model::short(Path::new(&check.place.0));
        let mut session = Session::new();
        let weight = findings
            .checks
            .entry((file, check.text.clone()))
            .or_default();
        let folder = model.path.parent().map(model::short).unwrap_or_default();
        for (number, label) in &holding {
            let patience = Patience::new(Some(arguments.timeout));
            let answer = ask(&edited, *number, &mut session, &|| patience.is_over());
            weight.note(&folder, &label.id, &answer);
        }
    }
}
