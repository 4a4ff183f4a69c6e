//! `seatproof mutate`: mistakes made on purpose, and where the gate stops.
//!
//! The implementation's mutants are woven into a copy of its source below
//! `target/mutants`, built once, and run one process at a time; what runs in
//! this program itself is the unchanged implementation.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use conformance::{Gate, Mapping, Verdict};
use event::Recording;
use mutants::text::TextEdit;
use mutants::{COPIED, Files, Mutant, Noticed, Scenario, Watched, catalogue, recordings, text};
use stimuli::{Family, Prepared, Stimulus, Suite, World};

use super::conform::Opened;
use super::coverage;
use crate::exit::Exit;

mod table;

use table::{Row, print};

/// How long one process may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// Makes mistakes in the implementation, in recordings, in models and in
/// mappings, and checks that the gate notices each of them.
#[derive(Debug, clap::Args)]
pub(crate) struct Mutate {
    /// Only this class.
    #[arg(long)]
    class: Option<Class>,
    /// Only the mutant of the implementation with this name.
    #[arg(long)]
    only: Option<String>,
    /// The folder of models.
    #[arg(long, default_value = "models")]
    models: PathBuf,
    /// One octet in so many is changed in recordings.
    #[arg(long, default_value_t = 29)]
    stride: usize,
    /// One JSON object in place of text.
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum)]
enum Class {
    Implementation,
    Mapping,
    Model,
    Recording,
}

type Failure = Box<dyn std::error::Error>;

/// Runs `mutate`.
pub(crate) fn mutate(arguments: &Mutate) -> Result<Exit, Failure> {
    let start = Instant::now();
    let wanted = |class| arguments.class.is_none_or(|only| only == class);
    let mut rows = Vec::new();
    if arguments.only.is_none() {
        if wanted(Class::Recording) {
            rows.extend(of_recordings(&arguments.models, arguments.stride)?);
        }
        if wanted(Class::Model) {
            rows.extend(of_texts(&arguments.models, "model", &text::MODELS)?);
        }
        if wanted(Class::Mapping) {
            rows.extend(of_texts(&arguments.models, "mapping", &text::MAPPINGS)?);
        }
    }
    if wanted(Class::Implementation) {
        let only = arguments.only.as_deref();
        rows.extend(of_implementation(&arguments.models, only)?);
    }
    print(&rows, arguments.json, start.elapsed());
    let is_seen = |row: &Row| row.killed && row.monitor != Some(Watched::Opened);
    Ok(match rows.iter().all(is_seen) {
        true if rows.is_empty() => Exit::Input,
        true => Exit::AsLabelled,
        false => Exit::Contradicted,
    })
}

/// Sessions of the unchanged implementation.
fn session(world: &World, family: Family, stimulus: &str) -> Result<Recording, Failure> {
    let mut all = [Stimulus::HONEST].into_iter().chain(Stimulus::all(family));
    let stimulus = all
        .find(|known| known.name == stimulus)
        .ok_or_else(|| format!("{} has no stimulus {stimulus}", family.folder()))?;
    Ok(Prepared::new(world, family, Suite::Sha384, &stimulus)?.in_memory()?)
}

fn of_recordings(models: &Path, stride: usize) -> Result<Vec<Row>, Failure> {
    let world = World::new()?;
    let mut rows = Vec::new();
    for family in Family::ALL {
        let opened = coverage::open(models, family)?;
        let gate = opened.gate()?;
        let honest = session(&world, family, "honest")?;
        control(&gate, &honest, family.folder())?;
        // Of each class how many, how many killed, and the first survivor.
        let mut classes: BTreeMap<&str, (usize, usize, Option<String>)> = BTreeMap::new();
        let mut both = honest.clone();
        stimuli::join(&mut both, session(&world, family, "honest")?, 2);
        control(&gate, &both, family.folder())?;
        for changed in recordings::all(&honest, stride).chain(recordings::mixed(&both)) {
            let counts = classes.entry(changed.class).or_default();
            counts.0 += 1;
            match gate.conform(&changed.recording).verdict {
                Verdict::Conforms(_) => drop(counts.2.get_or_insert(changed.what)),
                _ => counts.1 += 1,
            }
        }
        for (class, (all, killed, survivor)) in classes {
            rows.push(Row {
                class: "recording",
                name: class.to_owned(),
                by: family.folder().to_owned(),
                killed: killed == all,
                at: match survivor {
                    Some(what) => format!("{killed} of {all}; first survivor: {what}"),
                    None => format!("{killed} of {all}"),
                },
                other: "nobody",
                monitor: None,
            });
        }
    }
    Ok(rows)
}

/// The unchanged has to conform, or a kill would say nothing.
fn control(gate: &Gate<'_>, recording: &Recording, name: &str) -> Result<(), Failure> {
    match gate.conform(recording).verdict {
        Verdict::Conforms(_) => Ok(()),
        verdict => Err(format!("{name}: without a mutant: {verdict}").into()),
    }
}

fn of_texts(models: &Path, class: &'static str, edits: &[TextEdit]) -> Result<Vec<Row>, Failure> {
    let world = World::new()?;
    let mut rows = Vec::new();
    for edit in edits {
        let family = coverage::named(edit.family)?;
        let opened = coverage::open(models, family)?;
        let recording = session(&world, family, edit.stimulus)?;
        control(&opened.gate()?, &recording, edit.what)?;
        let at = match class {
            "model" => of_model(&opened, edit, &recording)?,
            _ => of_mapping(models, family, &opened, edit, &recording)?,
        };
        rows.push(Row {
            class,
            name: edit.what.to_owned(),
            by: format!("{}/{}", edit.family, edit.stimulus),
            killed: at.is_some(),
            at: at.unwrap_or_else(|| "conforms".to_owned()),
            other: "nobody",
            monitor: None,
        });
    }
    Ok(rows)
}

/// The text with the edit; an edit that does not fit is an error.
fn edited(text: &str, edit: &TextEdit) -> Result<String, Failure> {
    if text.contains(edit.from) {
        return Ok(text.replacen(edit.from, edit.to, 1));
    }
    let TextEdit {
        what, file, from, ..
    } = edit;
    Err(format!("{what}: {file} no longer has {from:?}: write the mutant anew").into())
}

/// Where the gate stops, if it does.
fn of_model(
    opened: &Opened,
    edit: &TextEdit,
    recording: &Recording,
) -> Result<Option<String>, Failure> {
    let mut sources = pi::Sources::default();
    let mut found = false;
    for file in opened.model.program.sources.files() {
        let is_meant = file.name.ends_with(edit.file);
        found |= is_meant;
        let text = match is_meant {
            true => edited(&file.text, edit)?,
            false => file.text.to_string(),
        };
        sources.add(file.name.as_str(), text);
    }
    if !found {
        return Err(format!("{}: the model has no file {}", edit.what, edit.file).into());
    }
    let Some(program) = pi::load(sources).program else {
        return Err(format!("{}: the edited model is no program", edit.what).into());
    };
    let report = conformance::conform(&program, &opened.mapping, recording);
    Ok(place(&report.verdict))
}

fn of_mapping(
    models: &Path,
    family: Family,
    opened: &Opened,
    edit: &TextEdit,
    recording: &Recording,
) -> Result<Option<String>, Failure> {
    let path = models.join(family.mapping());
    let text = edited(&fs::read_to_string(&path)?, edit)?;
    let mapping = match Mapping::parse(&path.display().to_string(), &text) {
        Ok(mapping) => mapping,
        Err(error) => return Ok(Some(error.to_string())),
    };
    let report = conformance::conform(&opened.model.program, &mapping, recording);
    Ok(place(&report.verdict))
}

fn place(verdict: &Verdict) -> Option<String> {
    match verdict {
        Verdict::Conforms(_) => None,
        Verdict::Diverges(divergence) => Some(match &divergence.place {
            Some(place) => place.text.trim().to_owned(),
            None => divergence.what.clone(),
        }),
        Verdict::Inconclusive { why } => why.lines().next().map(str::to_owned),
        Verdict::OutOfDate { findings } => findings.first().cloned(),
    }
}

fn of_implementation(models: &Path, only: Option<&str>) -> Result<Vec<Row>, Failure> {
    let chosen: Vec<Mutant> = catalogue::all()
        .into_iter()
        .filter(|mutant| only.is_none_or(|id| mutant.id == id))
        .collect();
    let driver = build()?;
    let opened: BTreeMap<&str, Opened> = Family::ALL
        .into_iter()
        .map(|family| Ok((family.folder(), coverage::open(models, family)?)))
        .collect::<Result<_, Failure>>()?;
    let gates: BTreeMap<&str, Gate<'_>> = opened
        .iter()
        .map(|(folder, opened)| Ok((*folder, opened.gate()?)))
        .collect::<Result<_, Failure>>()?;
    let gate = |scenario: &Scenario| {
        let gate = gates.get(scenario.family);
        gate.ok_or_else(|| format!("{}: no such family", scenario.family))
    };
    let scenarios: BTreeSet<&Scenario> = chosen.iter().flat_map(|it| &it.shown_by).collect();
    for scenario in scenarios {
        let recording = record(&driver, None, scenario)?
            .map_err(|why| format!("{scenario}: without a mutant: {why}"))?;
        let gate = gate(scenario)?;
        control(gate, &recording, &scenario.to_string())?;
        let report = gate.conform(&recording);
        if scenario.is_honest() && Watched::by(gate, &recording, &report) != Watched::Opened {
            return Err(format!("{scenario}: without a mutant: a monitor closes it").into());
        }
    }
    let mut rows = Vec::new();
    for mutant in &chosen {
        for scenario in &mutant.shown_by {
            let (killed, at, accepted, monitor) = match record(&driver, Some(mutant), scenario)? {
                Err(why) => (false, why, false, None),
                Ok(recording) => {
                    let gate = gate(scenario)?;
                    let report = gate.conform(&recording);
                    let noticed = Noticed::by(&report, mutant);
                    let killed = matches!(noticed, Noticed::AtStep(_));
                    let at = noticed.place().to_owned();
                    let watched = Watched::by(gate, &recording, &report);
                    (killed, at, mutants::all_accepted(&recording), Some(watched))
                }
            };
            // A test that lets two ends of this build meet, and one that sends
            // the stimulus and looks at what comes of it.
            let loop_back = match scenario.is_honest() {
                true => accepted,
                false => record(&driver, Some(mutant), &Scenario::honest(scenario.family))?
                    .is_ok_and(|recording| mutants::all_accepted(&recording)),
            };
            let other = match (loop_back, scenario.is_honest(), accepted) {
                (false, _, _) => "a loop-back test",
                (true, false, true) => "a test of this refusal",
                (true, _, _) => "nobody",
            };
            rows.push(Row {
                class: "implementation",
                name: mutant.id.to_owned(),
                by: scenario.to_string(),
                killed,
                at,
                other,
                monitor,
            });
        }
    }
    Ok(rows)
}

/// The workspace's root, where this program was built from.
fn root() -> Result<PathBuf, Failure> {
    let mut folders = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
    let root = folders.nth(2).ok_or("the source has no workspace")?;
    if root.join("Cargo.lock").is_file() {
        return Ok(root.to_owned());
    }
    Err(format!(
        "{}: mutants of the implementation are made of its source, which is not there",
        root.display()
    )
    .into())
}

/// Writes and builds the copy; the path of its driver.
fn build() -> Result<PathBuf, Failure> {
    let root = root()?;
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or(root.join("target"), PathBuf::from);
    let out = target.join("mutants");
    let (texts, others) = copies(&root)?;
    let generated = mutants::generate(texts).map_err(|faults| {
        let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
        faults.join("\n")
    })?;
    for (path, text) in generated {
        put(&out.join(path), text.as_bytes())?;
    }
    for path in others {
        put(&out.join(&path), &fs::read(root.join(&path))?)?;
    }
    fs::copy(root.join("Cargo.lock"), out.join("Cargo.lock"))?;
    let release = !cfg!(debug_assertions);
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(&out);
    // The same artifacts of the same dependencies as this program's own.
    cargo.args([
        "build",
        "--quiet",
        "--package",
        "mutants-driver",
        "--target-dir",
    ]);
    cargo.arg(&target);
    if release {
        cargo.arg("--release");
    }
    let done = cargo.output()?;
    if !done.status.success() {
        return Err(String::from_utf8_lossy(&done.stderr).into_owned().into());
    }
    let profile = if release { "release" } else { "debug" };
    Ok(target.join(profile).join("mutants-driver"))
}

/// Untouched if unchanged, or everything would be built anew.
fn put(path: &Path, octets: &[u8]) -> Result<(), Failure> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    if fs::read(path).ok().as_deref() != Some(octets) {
        fs::write(path, octets)?;
    }
    Ok(())
}

/// What mutants may stand in, and the paths of what is no text, such as a key.
fn copies(root: &Path) -> Result<(Files, Vec<PathBuf>), Failure> {
    let (mut files, mut others) = (Files::new(), Vec::new());
    let mut work: Vec<PathBuf> = COPIED.map(PathBuf::from).to_vec();
    work.push(PathBuf::from("Cargo.toml"));
    while let Some(path) = work.pop() {
        let whole = root.join(&path);
        if whole.is_dir() {
            for entry in fs::read_dir(&whole)? {
                work.push(path.join(entry?.file_name()));
            }
        } else if let Ok(text) = fs::read_to_string(&whole) {
            files.insert(path.display().to_string(), text);
        } else {
            others.push(path);
        }
    }
    Ok((files, others))
}

/// One process, one recording; the inner error is the process's failure.
fn record(
    driver: &Path,
    mutant: Option<&Mutant>,
    scenario: &Scenario,
) -> Result<Result<Recording, String>, Failure> {
    let mut command = Command::new(driver);
    command.args(scenario.arguments());
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command.env_remove(mutants::VARIABLE);
    if let Some(mutant) = mutant {
        command.env(mutants::VARIABLE, mutant.id);
    }
    let child = command.spawn()?;
    let Some(output) = wait(child)? else {
        return Ok(Err("does not end".to_owned()));
    };
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Ok(Err(format!("ends with {}: {}", output.status, said.trim())));
    }
    Ok(event::read(&*output.stdout).map_err(|error| error.to_string()))
}

/// What it said, or nothing if it does not end in time.
fn wait(mut child: Child) -> Result<Option<std::process::Output>, Failure> {
    let end = Instant::now() + PATIENCE;
    let reader = child.stdout.take().map(|mut out| {
        std::thread::spawn(move || {
            let mut octets = Vec::new();
            std::io::Read::read_to_end(&mut out, &mut octets).map(|_| octets)
        })
    });
    while child.try_wait()?.is_none() {
        if Instant::now() > end {
            child.kill()?;
            child.wait()?;
            return Ok(None);
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    let mut output = child.wait_with_output()?;
    if let Some(reader) = reader {
        let read = reader
            .join()
            .map_err(|_| "the reader of a process panicked")?;
        output.stdout = read?;
    }
    Ok(Some(output))
}
