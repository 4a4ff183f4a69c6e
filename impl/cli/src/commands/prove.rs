//! `seatproof prove`: what ProVerif would say of a file, with what stands
//! behind each answer.

mod remark;
mod report;
mod vacuous;

use crate::cache::Cache;
use crate::exit::Exit;
use crate::finding::Finding;
use crate::interrupt::{self, Patience};
use crate::judge::{Evidence, JudgeError, Judged, Word, judge_telling};
use crate::meter::Meter;
use crate::model::{self, InputError, Model};
use checker::Checker;
use pi::{KeyCompromise, Program, VarId};
use report::Report;
use serde_json::json;
use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use verdict::{Limits, Session};

/// Judges every query of a model.
#[derive(Debug, clap::Args)]
pub(crate) struct Prove {
    /// The models, one after the other; `-` is standard input.
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// Libraries before each, in link order; its header names more.
    #[arg(long = "lib", value_name = "LIBRARY")]
    libraries: Vec<PathBuf>,
    /// Only the query with this number, from 1.
    #[arg(long)]
    query: Option<usize>,
    /// Seconds for each query.
    #[arg(long)]
    timeout: Option<u64>,
    /// MiB that the whole process may hold; a query that needs more is stopped.
    #[arg(long)]
    memory: Option<u64>,
    /// Queries that are worked on at the same time; as many as there are cores
    /// if not given. The output does not depend on it.
    #[arg(long)]
    threads: Option<NonZeroUsize>,
    /// Where the certificates of what holds are written, as `query-N.cert`.
    #[arg(long, value_name = "FOLDER")]
    certificates: Option<PathBuf>,
    /// One JSON document instead of text: for a file an object with `file`, `errors`,
    /// `warnings`, `results` and `unanswered`, for several files an array of them.
    #[arg(long)]
    json: bool,
    /// Do not print warnings.
    #[arg(long, short)]
    quiet: bool,
    /// Warn of true queries whose premise no run meets, and of events that no
    /// run emits. Each is one more question to the prover; of premises it is asked
    /// anyway where the proof was short.
    #[arg(long)]
    warn_dead: bool,
}

/// Resolvents of a proof beside which one more question goes unnoticed.
const SHORT: usize = 200;
/// Resolutions for a question that nobody asked for.
const ASIDE: u64 = 2_000;

type Failure = Box<dyn std::error::Error>;

/// Why a file has no answers, or not all.
#[derive(Debug, thiserror::Error)]
enum Unanswered {
    #[error(transparent)]
    Input(#[from] InputError),
    #[error(transparent)]
    Judge(#[from] JudgeError),
    #[error("the certificate cannot be written: {0}")]
    NotWritten(#[from] std::io::Error),
    #[error(transparent)]
    Unwritable(#[from] proof::BytesError),
}

impl Unanswered {
    fn findings(&self) -> Vec<Finding> {
        match self {
            Self::Input(InputError::Program { errors, .. })
            | Self::Judge(JudgeError::Refused { errors, .. }) => errors.clone(),
            _ => vec![Finding::placeless(self.to_string())],
        }
    }
}

/// Runs `prove`.
pub(crate) fn prove(arguments: &Prove) -> Result<Exit, Failure> {
    let several = arguments.files.len() > 1;
    if several && (arguments.query.is_some() || arguments.certificates.is_some()) {
        return Err("`--query` and `--certificates` are about one file; give one".into());
    }
    interrupt::listen();
    let report = Arc::new(Report::new(several));
    if arguments.json {
        let report = Arc::clone(&report);
        interrupt::before_the_end(move || print_document(&report));
    }
    let mut worst = Exit::AsLabelled;
    for path in &arguments.files {
        if interrupt::interrupted() {
            worst = worst.worse(Exit::Undecided);
            break;
        }
        if several && !arguments.json {
            println!("-- {}", path.display());
        }
        report.file(path.display().to_string());
        let exit = file(arguments, path, &report).unwrap_or_else(|error| {
            report.fail(&error.findings());
            if !arguments.json {
                eprintln!("{error}");
            }
            Exit::Input
        });
        worst = worst.worse(exit);
    }
    if arguments.json {
        print_document(&report);
    }
    Ok(worst)
}

fn print_document(report: &Report) {
    if let Some(document) = report.take() {
        println!("{document:#}");
    }
}

fn file(arguments: &Prove, path: &Path, report: &Report) -> Result<Exit, Unanswered> {
    let model = model::open(path, &arguments.libraries)?;
    let program = &model.program;
    let warn = |warning: &pi::Diagnostic| {
        report.warn(&Finding::of(warning, &program.sources));
        if !arguments.quiet && !arguments.json {
            eprintln!("{}", warning.render(&program.sources));
        }
    };
    model.warnings.iter().for_each(warn);
    let queries = program.queries.len();
    if let Some(query) = arguments.query.filter(|n| *n == 0 || *n > queries) {
        return Err(InputError::no_query(&path.display(), query, queries).into());
    }
    if let Some(folder) = &arguments.certificates {
        std::fs::create_dir_all(folder)?;
    }
    let asked: Vec<usize> = (0..queries)
        .filter(|index| arguments.query.is_none_or(|n| n == index + 1))
        .collect();
    report.asked(asked.len());
    let meter = Meter::new(queries);
    let mut worst = Exit::AsLabelled;
    let mut answered = 0;
    let mut lemmas_of: BTreeMap<Vec<VarId>, Missing> = BTreeMap::new();
    each(arguments, program, &asked, &meter, &mut |index, outcome| {
        let Answer {
            judged,
            remarks,
            dead,
        } = outcome?;
        meter.clear();
        answered += 1;
        if let Some(dead) = dead {
            warn(&dead);
        }
        let label = program.queries.get(index).and_then(|q| q.label.as_ref());
        worst = worst.worse(status(label, judged.word));
        if let (Some(folder), Some(certificate)) = (&arguments.certificates, &judged.certificate) {
            let path = folder.join(format!("query-{}.cert", index + 1));
            std::fs::write(path, proof::to_bytes(certificate)?)?;
        }
        if arguments.json {
            report.result(object(&model, index, &judged, &remarks));
        } else {
            let lemmas = lemmas_of.get(&process(program, index));
            text(&model, index, &judged, &remarks, lemmas.copied());
        }
        if is_needed_lemma(program, index) {
            let lemma = match judged.word {
                Word::Proved => None,
                Word::Stopped => Some(Missing::Late),
                Word::Attacked | Word::Undecided => Some(Missing::Failed),
            };
            let worst = lemmas_of.remove(&process(program, index)).max(lemma);
            lemmas_of.extend(worst.map(|w| (process(program, index), w)));
        }
        Ok(())
    })?;
    meter.clear();
    if !arguments.json {
        assumptions(program);
    }
    if arguments.warn_dead && !interrupt::interrupted() {
        let limit = Limits::default().resolutions;
        let mut ask = |asked: &Program, number| {
            let bench = &mut Bench::new(asked);
            let judged = single(arguments, bench, number, limit, &mut |_| {})?;
            Ok::<_, JudgeError>(judged.word)
        };
        for dead in vacuous::events(program, &mut ask)? {
            warn(&dead);
        }
    }
    if answered < asked.len() {
        if !arguments.json {
            println!(
                "-- interrupted: {answered} of {} queries answered",
                asked.len()
            );
        }
        worst = worst.worse(Exit::Undecided);
    }
    Ok(worst)
}

/// What the answers rest on besides the process: nobody proves an axiom, and a
/// restriction leaves runs out.
fn assumptions(program: &Program) {
    for lemma in &program.lemmas {
        let kind = match lemma.kind {
            pi::LemmaKind::Axiom => "axiom",
            pi::LemmaKind::Lemma => continue,
            pi::LemmaKind::Restriction => "restriction",
        };
        println!(
            "-- assuming the {kind} {}",
            pi::wording::correspondence_text(program, &lemma.statement)
        );
    }
}

/// A judged query and what is said beside it.
struct Answer {
    judged: Judged,
    /// How much of a query that is not true is.
    remarks: Vec<String>,
    /// A warning that it speaks of nothing.
    dead: Option<pi::Diagnostic>,
}

type Outcome = Result<Answer, JudgeError>;

/// Whether what follows rests on this query: it is a lemma that was not declared
/// to be dropped when it fails.
fn is_needed_lemma(program: &Program, index: usize) -> bool {
    let lemma = program.queries.get(index).and_then(|q| q.lemma);
    let lemma = lemma.and_then(|l| program.lemmas.get(l as usize));
    lemma.is_some_and(|l| !l.maximal_subset)
}

/// What tells the process that a query is about from that of others.
fn process(program: &Program, index: usize) -> Vec<VarId> {
    let query = program.queries.get(index);
    let mut public = query.map_or_else(Vec::new, |q| q.public_variables().to_vec());
    public.sort_unstable();
    public
}

/// Judges queries on several threads and hands the answers on in their order,
/// each as soon as those before it are there. Queries that share a translation
/// go to one worker, which makes it once; what an answer says depends on its
/// query alone.
fn each(
    arguments: &Prove,
    program: &Program,
    asked: &[usize],
    meter: &Meter,
    then: &mut dyn FnMut(usize, Outcome) -> Result<(), Unanswered>,
) -> Result<(), Unanswered> {
    let groups = groups(program, asked);
    let weaker = remark::weaker(program);
    let workers = arguments
        .threads
        .or_else(|| std::thread::available_parallelism().ok())
        .map_or(1, NonZeroUsize::get)
        .min(groups.len());
    let next = AtomicUsize::new(0);
    let (send, receive) = std::sync::mpsc::channel();
    std::thread::scope(|scope| {
        for _ in 0..workers {
            let send = send.clone();
            let (next, groups, weaker) = (&next, &groups, &weaker);
            scope.spawn(move || {
                let mut benches = [Bench::new(program), Bench::new(weaker)];
                loop {
                    let at = next.fetch_add(1, Ordering::SeqCst);
                    let Some(group) = groups.get(at) else {
                        return;
                    };
                    for (done, index) in group.iter().enumerate() {
                        let rest = groups.iter().skip(at + 1).flatten();
                        let rest = group.iter().skip(done).chain(rest);
                        for bench in &mut benches {
                            let rest = rest.clone().map(|i| u32::try_from(*i));
                            bench.session.expect(rest.filter_map(Result::ok));
                        }
                        if interrupt::interrupted() {
                            return;
                        }
                        let outcome = one(arguments, *index, &mut benches, meter);
                        // Nobody listens any more once something failed.
                        if send.send((*index, outcome)).is_err() {
                            return;
                        }
                    }
                }
            });
        }
        drop(send);
        let mut waiting = BTreeMap::new();
        let mut order = asked.iter().copied().peekable();
        for (index, outcome) in receive {
            waiting.insert(index, outcome);
            while let Some(outcome) = order.peek().and_then(|index| waiting.remove(index)) {
                if let Some(index) = order.next() {
                    then(index, outcome)?;
                }
            }
        }
        // After an interruption there are gaps.
        for (index, outcome) in waiting {
            then(index, outcome)?;
        }
        Ok(())
    })
}

/// Queries by the translation of their first part that serves most others, groups
/// by their first query.
fn groups(program: &Program, asked: &[usize]) -> Vec<Vec<usize>> {
    let mut groups: Vec<(horn::Options, Vec<usize>)> = Vec::new();
    for index in asked {
        let number = u32::try_from(*index).unwrap_or(u32::MAX);
        let options = horn::shared_options(program, number, 0).swap_remove(0);
        match groups.iter_mut().find(|(o, _)| *o == options) {
            Some((_, group)) => group.push(*index),
            None => groups.push((options, vec![*index])),
        }
    }
    groups.into_iter().map(|(_, group)| group).collect()
}

/// A program with what is kept between its queries.
struct Bench<'a> {
    program: &'a Program,
    session: Session,
    checker: Checker<'a>,
}

impl<'a> Bench<'a> {
    fn new(program: &'a Program) -> Self {
        Self {
            program,
            session: Session::new(),
            checker: Checker::new(program),
        }
    }
}

/// Judges a query of the first program; the second has the weaker queries.
fn one(
    arguments: &Prove,
    index: usize,
    [bench, weaker]: &mut [Bench<'_>; 2],
    meter: &Meter,
) -> Outcome {
    let program = bench.program;
    let number = u32::try_from(index).unwrap_or(u32::MAX);
    let mut told = |progress| meter.show(index, progress);
    let all = Limits::default().resolutions;
    let judged = single(arguments, bench, number, all, &mut told)?;
    let proved = judged.word == Word::Proved;
    let remarks = if proved {
        Vec::new()
    } else {
        remark::remarks(program, index, &mut |asked: Option<&Program>| {
            let judged = match asked {
                Some(asked) => single(arguments, &mut Bench::new(asked), number, all, &mut told)?,
                None => {
                    // Keys of other sessions than those of the query are given away
                    // where it is asked in parts.
                    if program.settings.key_compromise == KeyCompromise::None {
                        weaker.session.learn(&bench.session);
                    }
                    single(arguments, weaker, number, all, &mut told)?
                }
            };
            Ok(judged.word)
        })?
    };
    let shown = !arguments.quiet && !arguments.json;
    let dead = if arguments.warn_dead && proved || shown && is_short(&judged) {
        let limit = if arguments.warn_dead { all } else { ASIDE };
        vacuous::premise(program, index, &mut |asked: &Program| {
            let bench = &mut Bench::new(asked);
            Ok(single(arguments, bench, number, limit, &mut told)?.word)
        })?
    } else {
        None
    };
    Ok(Answer {
        judged,
        remarks,
        dead,
    })
}

/// Whether the answer is a proof that took next to no time.
fn is_short(judged: &Judged) -> bool {
    matches!(&judged.evidence, Evidence::Checked(checked) if checked.resolvents <= SHORT)
}

/// One question, within the limits that were given.
fn single(
    arguments: &Prove,
    bench: &mut Bench<'_>,
    number: u32,
    resolutions: u64,
    told: &mut dyn FnMut(verdict::Progress),
) -> Result<Judged, JudgeError> {
    let patience = Patience::new(arguments.timeout).within(arguments.memory);
    let limits = Limits {
        interrupted: &|| patience.is_over(),
        resolutions,
        ..Limits::default()
    };
    let cache = Cache::none();
    let (checker, session) = (&mut bench.checker, &mut bench.session);
    let mut judged = judge_telling(checker, number, session, &cache, limits, told)?;
    if judged.word == Word::Stopped
        && let Some(reason) = patience.reason()
    {
        judged.evidence = Evidence::Why(reason);
    }
    Ok(judged)
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

/// What a query has to do without.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Missing {
    /// A lemma that nobody had the time to prove. An answer without it is one.
    Late,
    /// A lemma that could not be proved: `ProVerif` answers no query behind it.
    Failed,
}

fn text(model: &Model, index: usize, judged: &Judged, remarks: &[String], lemmas: Option<Missing>) {
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
    let word = match lemmas.filter(|_| query.lemma.is_none()) {
        Some(Missing::Failed) => "-- without the lemmas that failed:",
        Some(Missing::Late) => {
            println!("-- without the lemmas that were not answered in time");
            "RESULT"
        }
        None => "RESULT",
    };
    println!(
        "{word} {} {}",
        pi::wording::result_text(program, query),
        judged.word.result()
    );
    for remark in remarks {
        println!("{word} {remark}");
    }
}

fn object(model: &Model, index: usize, judged: &Judged, remarks: &[String]) -> serde_json::Value {
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
        "remarks": remarks,
        "behind": behind,
    })
}
