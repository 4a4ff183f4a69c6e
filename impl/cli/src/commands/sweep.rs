//! `seatproof sweep`: under which leaks each property still holds.
//!
//! Every query with a core (what it promises, without the compromises it
//! excuses) is asked for the border among all sets of what the attacker may
//! have: leaks, which are events of the model, and weak algorithms, which are
//! libraries linked besides. A file of rows keeps what was found; a row is asked again only when
//! its model has changed. What is known of models that were not asked about stays in it.

use crate::commands::scrutinise::compromises;
use crate::exit::Exit;
use crate::interrupt::Patience;
use crate::model::{self, Model};
use crate::prover::ask;
use pi::Expected;
use scrutiny::{Answer, Compromises, Frontier, Shape, Sweep, World};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use verdict::Session;

/// Finds, per property, the strongest attackers under which it holds.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Models, or folders of them.
    #[arg(default_value = "models")]
    paths: Vec<PathBuf>,
    /// Which events are compromises; it lies in the folder of the models.
    #[arg(long, default_value = "models/compromises.toml")]
    compromises: PathBuf,
    /// The file of rows: read for what is known, then written. Rows of other models stay in
    /// it, but for a shard, which is written alone.
    #[arg(long, default_value = "models/sweep.json")]
    rows: PathBuf,
    /// Only part `i` of `n`, as `i/n`.
    #[arg(long, value_parser = shard)]
    shard: Option<(usize, usize)>,
    /// Put the rows of these files together instead of asking anything.
    #[arg(long, num_args = 1.., conflicts_with = "shard")]
    merge: Vec<PathBuf>,
    /// Also with weak algorithms, which takes long; rows that were found with them
    /// keep them otherwise.
    #[arg(long)]
    weak: bool,
    /// Ask everything anew.
    #[arg(long)]
    fresh: bool,
    /// Fail if a row is missing or out of date, and ask nothing.
    #[arg(long)]
    check: bool,
    /// Seconds for each question.
    #[arg(long, default_value_t = 60)]
    timeout: u64,
}

type Failure = Box<dyn std::error::Error>;

/// What is known of one property.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Row {
    /// The model, below the folder of models, without its ending.
    pub(crate) model: String,
    /// The id of the query.
    pub(crate) id: String,
    /// Of the program's text, the list of compromises and the question.
    pub(crate) digest: String,
    /// The same of the programs with weak algorithms, where they were asked.
    #[serde(default)]
    pub(crate) weak_digest: Option<String>,
    /// The leaks an attacker can have in this model.
    pub(crate) capabilities: Vec<String>,
    /// The algorithms that can be weak in this model.
    #[serde(default)]
    pub(crate) weaknesses: Vec<String>,
    /// The maximal sets under which the property holds.
    pub(crate) holds: Vec<Vec<String>>,
    /// The minimal sets that break it.
    pub(crate) breaks: Vec<Vec<String>>,
    /// Sets that were not decided, and why.
    pub(crate) open: Vec<(Vec<String>, String)>,
}

/// The format of a file of rows.
const VERSION: u32 = 1;

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    version: u32,
    rows: Vec<Row>,
}

/// Runs `sweep`.
pub(crate) fn sweep(arguments: &Arguments) -> Result<Exit, Failure> {
    if !arguments.merge.is_empty() {
        let mut rows = Vec::new();
        for path in &arguments.merge {
            rows.extend(read(path)?);
        }
        let rows = merged(rows)?;
        write(&arguments.rows, &rows)?;
        return Ok(report(&rows));
    }
    let known = compromises(&arguments.compromises)?;
    let kept = if arguments.rows.is_file() {
        read(&arguments.rows)?
    } else {
        Vec::new()
    };
    let mut old: BTreeMap<_, _> = kept.iter().map(|r| (key(r), r.clone())).collect();
    if arguments.fresh {
        old.clear();
    }
    let files = files(arguments)?;
    let tasks = tasks(arguments, &files, &known)?;
    if arguments.check {
        return Ok(check(&tasks, &old));
    }
    let done = AtomicUsize::new(0);
    let rows = crate::workers::each(&tasks, |task| {
        let old = old.get(&(task.name.clone(), task.id.clone()));
        let row = task.row(old, &known, arguments);
        let done = done.fetch_add(1, Ordering::SeqCst) + 1;
        if std::io::stderr().is_terminal() {
            eprint!("\r{done} of {} properties", tasks.len());
        }
        row
    });
    if std::io::stderr().is_terminal() {
        eprintln!();
    }
    let mut all = rows.clone();
    if arguments.shard.is_none() {
        let folder = folder(arguments);
        let others = kept.into_iter().filter(|row| {
            !files.contains_key(&row.model) && folder.join(format!("{}.pv", row.model)).is_file()
        });
        all.extend(others);
    }
    // As the files are found, and their queries in order.
    all.sort_by_cached_key(|row| PathBuf::from(format!("{}.pv", row.model)));
    write(&arguments.rows, &all)?;
    Ok(report(&rows))
}

/// The folder of the models, which has the list of compromises.
fn folder(arguments: &Arguments) -> &Path {
    arguments.compromises.parent().unwrap_or(Path::new(""))
}

/// The models, by their names: the path below the folder of the models, or else below the
/// one that was given, without its ending.
fn files(arguments: &Arguments) -> Result<BTreeMap<String, PathBuf>, Failure> {
    let real = |path: &Path| path.canonicalize();
    let models = real(&Path::new(".").join(folder(arguments))).ok();
    let mut found = BTreeMap::new();
    for path in &arguments.paths {
        let (root, files) = if path.is_dir() {
            (path.as_path(), model::below(path, "pv")?)
        } else {
            (Path::new(""), vec![path.clone()])
        };
        for file in files {
            let absolute = real(&file).map_err(|e| format!("{}: {e}", file.display()))?;
            let inside = models.as_ref().and_then(|m| absolute.strip_prefix(m).ok());
            let name = inside.unwrap_or(file.strip_prefix(root).unwrap_or(&file));
            found.insert(name.with_extension("").display().to_string(), file.clone());
        }
    }
    Ok(found)
}

/// The rows of a file.
pub(crate) fn read(path: &Path) -> Result<Vec<Row>, Failure> {
    let text = std::fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))?;
    let file: File = serde_json::from_str(&text).map_err(|e| format!("{}: {e}", path.display()))?;
    if file.version != VERSION {
        return Err(format!(
            "{}: version {} of a sweep, and this reads {VERSION}; sweep again",
            path.display(),
            file.version
        )
        .into());
    }
    Ok(file.rows)
}

/// A property to be swept.
struct Task {
    name: String,
    id: String,
    digest: String,
    model: Arc<Model>,
    /// The model with weak algorithms, where they are asked for.
    worlds: Option<Arc<Worlds>>,
    query: u32,
}

/// A model with each set of weaknesses but the empty one, in the order of their
/// bits.
struct Worlds {
    models: Vec<Model>,
    weaknesses: Vec<String>,
}

impl Task {
    /// What is known of it already, or is found now.
    fn row(&self, old: Option<&Row>, known: &Compromises, arguments: &Arguments) -> Row {
        let plain = match old {
            Some(row) if row.digest == self.digest => row.clone(),
            _ => self.leaks(known, arguments.timeout),
        };
        let with = self.worlds.as_ref();
        with.and_then(|with| self.weakened(with, &plain, known, arguments))
            .unwrap_or(plain)
    }

    /// The border among all sets of leaks.
    fn leaks(&self, known: &Compromises, timeout: u64) -> Row {
        let program = &self.model.program;
        let mut row = Row {
            model: self.name.clone(),
            id: self.id.clone(),
            digest: self.digest.clone(),
            weak_digest: None,
            capabilities: Vec::new(),
            weaknesses: Vec::new(),
            holds: Vec::new(),
            breaks: Vec::new(),
            open: Vec::new(),
        };
        let Some(shape) = Shape::of(program, self.query, known) else {
            return row;
        };
        let mut session = Session::new();
        let emitted = scrutiny::emitted(program);
        let found = scrutiny::sweep(program, &shape, known, &emitted, &mut |program, query| {
            let patience = Patience::new(Some(timeout));
            ask(program, query, &mut session, &|| patience.is_over())
        });
        row.note(&found);
        row
    }

    /// The border among all sets of leaks and weak algorithms; nothing if it is
    /// known already.
    fn weakened(
        &self,
        with: &Worlds,
        plain: &Row,
        known: &Compromises,
        arguments: &Arguments,
    ) -> Option<Row> {
        let digest = weak_digest(with, known, self.query);
        if plain.weak_digest.as_ref() == Some(&digest) {
            return None;
        }
        let shapes: Option<Vec<_>> = std::iter::once(self.model.as_ref())
            .chain(&with.models)
            .map(|model| {
                Some((
                    &model.program,
                    Shape::of(&model.program, self.query, known)?,
                ))
            })
            .collect();
        let shapes = shapes?;
        let worlds: Vec<_> = shapes
            .iter()
            .map(|(program, shape)| World { program, shape })
            .collect();
        let mut sessions: Vec<_> = worlds.iter().map(|_| Session::new()).collect();
        let border = plain.border();
        let mut prover = |world: usize, program: &pi::Program, query: u32| {
            let patience = Patience::new(Some(arguments.timeout));
            match sessions.get_mut(world) {
                Some(session) => ask(program, query, session, &|| patience.is_over()),
                None => Answer::Open("there is no such world".to_owned()),
            }
        };
        let weaknesses = with.weaknesses.clone();
        let found = scrutiny::sweep_weakened(&worlds, weaknesses, border, known, &mut prover);
        let mut row = plain.clone();
        row.weak_digest = Some(digest);
        row.note(&found);
        Some(row)
    }
}

impl Row {
    /// Writes down what was found.
    fn note(&mut self, found: &Sweep) {
        let names = |set: u32| found.names(set).into_iter().map(str::to_owned).collect();
        self.capabilities = found.capabilities.iter().map(|c| c.name.clone()).collect();
        self.weaknesses.clone_from(&found.weaknesses);
        self.holds = found.frontier.holds.iter().map(|s| names(*s)).collect();
        self.breaks = found.frontier.breaks.iter().map(|s| names(*s)).collect();
        let open = found.frontier.open.iter();
        self.open = open.map(|(s, why)| (names(*s), why.clone())).collect();
    }

    /// The border among the leaks alone, as bits in the order of `capabilities`.
    fn border(&self) -> Frontier {
        let strong = |set: &&Vec<String>| set.iter().all(|name| self.capabilities.contains(name));
        let bits = |set: &Vec<String>| {
            let leaks = self.capabilities.iter().enumerate();
            let inside = leaks.filter(|(_, name)| set.contains(name));
            inside.fold(0_u32, |bits, (index, _)| bits | 1 << index)
        };
        Frontier {
            // What holds with a weak algorithm holds with a strong one.
            holds: self.holds.iter().map(bits).collect(),
            breaks: self.breaks.iter().filter(strong).map(bits).collect(),
            open: Vec::new(),
            asked: 0,
        }
    }
}

/// The worlds of a model; nothing if no algorithm of it can be weak. A weakness
/// whose library the model links already is none that an attacker may have or not.
fn worlds(model: &Model, known: &Compromises) -> Result<Option<Worlds>, Failure> {
    let mut linked: Vec<Vec<(&str, &str)>> = vec![Vec::new()];
    let mut found = Worlds {
        models: Vec::new(),
        weaknesses: Vec::new(),
    };
    for weakness in &known.weaknesses {
        let library = (weakness.after.as_str(), weakness.library.as_str());
        let mut more = Vec::new();
        for others in &linked {
            let mut all = others.clone();
            all.push(library);
            if let Some(opened) = model::open_with(&model.path, &all)? {
                found.models.push(opened);
                more.push(all);
            }
        }
        if !more.is_empty() {
            found.weaknesses.push(weakness.name.clone());
        }
        linked.extend(more);
    }
    Ok((!found.weaknesses.is_empty()).then_some(found))
}

/// The properties of this shard.
fn tasks(
    arguments: &Arguments,
    files: &BTreeMap<String, PathBuf>,
    known: &Compromises,
) -> Result<Vec<Task>, Failure> {
    let mut tasks = Vec::new();
    for (name, file) in files {
        add(name, file, arguments.weak, known, &mut tasks)?;
    }
    if let Some((part, of)) = arguments.shard {
        let mut index = 0;
        tasks.retain(|_| {
            index += 1;
            index % of == part % of
        });
    }
    Ok(tasks)
}

fn add(
    name: &str,
    file: &Path,
    weak: bool,
    known: &Compromises,
    tasks: &mut Vec<Task>,
) -> Result<(), Failure> {
    let opened = Arc::new(model::open(file, &[])?);
    let emitted = scrutiny::emitted(&opened.program);
    let announces = |c: &scrutiny::Compromise| {
        let mut events = opened.program.events.iter().zip(0_u32..);
        events.any(|(e, i)| e.name == c.event && emitted.contains(&pi::EventId(i)))
    };
    if !known.all.iter().any(announces) {
        return Ok(());
    }
    let worlds = if weak {
        worlds(&opened, known)?.map(Arc::new)
    } else {
        None
    };
    for (query, number) in opened.program.queries.iter().zip(0_u32..) {
        let Some(label) = &query.label else {
            continue;
        };
        let asked = matches!(
            label.expected,
            Expected::Holds { .. } | Expected::Broken { .. }
        );
        if !asked || Shape::of(&opened.program, number, known).is_none() {
            continue;
        }
        tasks.push(Task {
            name: name.to_owned(),
            id: label.id.clone(),
            digest: digest(&opened, known, number),
            model: Arc::clone(&opened),
            worlds: worlds.clone(),
            query: number,
        });
    }
    Ok(())
}

/// Of what the answer depends on, for weak algorithms.
fn weak_digest(worlds: &Worlds, known: &Compromises, query: u32) -> String {
    let mut hash = Sha256::new();
    for model in &worlds.models {
        hash.update(digest(model, known, query));
    }
    for name in &worlds.weaknesses {
        hash.update(format!("{name};"));
    }
    hex::encode(hash.finalize().get(..12).unwrap_or_default())
}

/// Of what the answer depends on.
fn digest(model: &Model, known: &Compromises, query: u32) -> String {
    let mut hash = Sha256::new();
    for file in model.program.sources.files() {
        hash.update((file.text.len() as u64).to_be_bytes());
        hash.update(file.text.as_bytes());
    }
    for compromise in &known.all {
        hash.update(format!("{}={};", compromise.event, compromise.name));
    }
    hash.update(query.to_be_bytes());
    hex::encode(hash.finalize().get(..12).unwrap_or_default())
}

fn key(row: &Row) -> (String, String) {
    (row.model.clone(), row.id.clone())
}

fn merged(rows: Vec<Row>) -> Result<Vec<Row>, Failure> {
    let mut found: BTreeMap<_, Row> = BTreeMap::new();
    for row in rows {
        if let Some(other) = found.get(&key(&row))
            && *other != row
        {
            return Err(format!(
                "{} {}: two files say different things of it; sweep it again",
                row.model, row.id
            )
            .into());
        }
        found.insert(key(&row), row);
    }
    Ok(found.into_values().collect())
}

fn check(tasks: &[Task], known: &BTreeMap<(String, String), Row>) -> Exit {
    let mut exit = Exit::AsLabelled;
    for task in tasks {
        let row = known.get(&(task.name.clone(), task.id.clone()));
        let complaint = match row {
            None => "has no row",
            Some(row) if row.digest != task.digest => "has changed since its row was made",
            Some(_) => continue,
        };
        println!(
            "{} {}: {complaint}; run `seatproof sweep`",
            task.name, task.id
        );
        exit = Exit::Contradicted;
    }
    exit
}

fn write(path: &Path, rows: &[Row]) -> Result<(), Failure> {
    let file = File {
        version: VERSION,
        rows: rows.to_vec(),
    };
    let mut text = serde_json::to_string_pretty(&file)?;
    text.push('\n');
    std::fs::write(path, text).map_err(|e| format!("{}: {e}", path.display()))?;
    Ok(())
}

fn report(rows: &[Row]) -> Exit {
    for row in rows {
        println!("{} {}", row.model, row.id);
        println!("  holds under: {}", largest(&row.holds, row));
        println!("  broken by:   {}", smallest(&row.breaks));
        for (set, why) in &row.open {
            println!("  open under {}: {why}", names(set));
        }
    }
    let open = rows.iter().filter(|r| !r.open.is_empty()).count();
    println!("{} properties, {open} of them with open sets", rows.len());
    if open == 0 {
        Exit::AsLabelled
    } else {
        Exit::Undecided
    }
}

/// Sets in words, where all leaks of a row together are called so.
pub(crate) fn largest(sets: &[Vec<String>], row: &Row) -> String {
    let leaks = &row.capabilities;
    listed(sets, |set| {
        if leaks.is_empty() || !leaks.iter().all(|leak| set.contains(leak)) {
            return names(set);
        }
        let rest = set.iter().filter(|name| !leaks.contains(name));
        let all = std::iter::once("every leak").chain(rest.map(String::as_str));
        all.collect::<Vec<_>>().join(" + ")
    })
}

/// Sets in words.
pub(crate) fn smallest(sets: &[Vec<String>]) -> String {
    listed(sets, names)
}

fn listed(sets: &[Vec<String>], say: impl Fn(&[String]) -> String) -> String {
    if sets.is_empty() {
        return "no attacker".to_owned();
    }
    let words: Vec<_> = sets.iter().map(|set| say(set)).collect();
    words.join("; ")
}

fn names(set: &[String]) -> String {
    if set.is_empty() {
        "the network alone".to_owned()
    } else {
        set.join(" + ")
    }
}

fn shard(text: &str) -> Result<(usize, usize), String> {
    let parts = text.split_once('/');
    let numbers = parts.and_then(|(i, n)| Some((i.parse().ok()?, n.parse().ok()?)));
    match numbers {
        Some((part, of)) if 1 <= part && part <= of => Ok((part, of)),
        _ => Err("write `i/n` with 1 <= i <= n".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(model: &str, holds: &[&str]) -> Row {
        Row {
            model: model.to_owned(),
            id: "P".to_owned(),
            digest: "d".to_owned(),
            weak_digest: None,
            capabilities: vec!["AK".to_owned(), "CA".to_owned()],
            weaknesses: vec!["weak hash".to_owned()],
            holds: vec![holds.iter().map(|s| (*s).to_owned()).collect()],
            breaks: Vec::new(),
            open: Vec::new(),
        }
    }

    #[test]
    fn shards_are_numbered_from_one() {
        assert_eq!(shard("2/3"), Ok((2, 3)));
        for wrong in ["0/3", "4/3", "1", "a/b", "1/"] {
            assert!(shard(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn parts_that_disagree_are_not_merged() {
        let whole = merged(vec![row("b", &["AK"]), row("a", &[]), row("a", &[])]);
        assert_eq!(whole.map(|rows| rows.len()).ok(), Some(2));
        let error = merged(vec![row("a", &[]), row("a", &["AK"])]).expect_err("they differ");
        assert!(error.to_string().contains("a P"), "{error}");
    }

    #[test]
    fn sets_read_as_attackers() {
        let row = row("a", &[]);
        let mut all = row.capabilities.clone();
        assert_eq!(largest(std::slice::from_ref(&all), &row), "every leak");
        assert_eq!(smallest(std::slice::from_ref(&all)), "AK + CA");
        all.push("weak hash".to_owned());
        assert_eq!(largest(&[all], &row), "every leak + weak hash");
        assert_eq!(largest(&[Vec::new()], &row), "the network alone");
        assert_eq!(smallest(&[]), "no attacker");
    }
}
