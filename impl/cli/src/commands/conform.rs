//! `seatproof conform`, `derive`, `lint`: recordings against a model.

use super::compare::compare;
use super::record::is_cbor;
use crate::exit::Exit;
use crate::model::{self, Model};
use conformance::{Gate, Mapping, Report, Severity, Verdict};
use event::{Recording, recording::Profile};
use std::collections::{BTreeMap, btree_map::Entry};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use stimuli::{Carrier, Family, Gated};

/// A specification that recordings of sessions over QUIC name.
pub(crate) const OVER_QUIC: &str = "rfc9001";

/// Matches recordings against a model.
#[derive(Debug, clap::Args)]
pub(crate) struct Conform {
    /// Recordings: JSON lines, or CBOR where the name ends in `.cbor`.
    #[arg(required = true)]
    recordings: Vec<PathBuf>,
    #[command(flatten)]
    against: Against,
    /// One JSON array in place of text.
    #[arg(long)]
    json: bool,
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
    /// Write a step file for `--monitor` instead: model, mapping and steps, tied
    /// by digests.
    #[arg(long, conflicts_with_all = ["model", "role"])]
    steps: Option<PathBuf>,
    /// Compare the whole process with what a `proverif` on PATH prints of it, for
    /// every model with a mapping if none is given.
    #[arg(long, conflicts_with_all = ["role", "mapping"])]
    compare: bool,
    /// The folder of the models, to compare.
    #[arg(long, default_value = "models")]
    models: PathBuf,
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
    /// The model. If not given, the one its mapping names.
    #[arg(long)]
    model: Option<PathBuf>,
    /// Its mapping. If not given, `mapping.toml` beside the model; without a model
    /// either, the one of the family whose folder the recording is in, else of its
    /// placement with a certificate, and of what carried it.
    #[arg(long)]
    mapping: Option<PathBuf>,
}

impl Against {
    fn mapping_for(&self, path: &Path, recording: Option<&Recording>) -> PathBuf {
        if let Some(mapping) = &self.mapping {
            return mapping.clone();
        }
        if let Some(model) = &self.model {
            return model.with_file_name("mapping.toml");
        }
        let mut folders = path.iter().rev().filter_map(|part| part.to_str());
        let near = folders.find_map(|part| Gated::all().find(|it| it.folder() == part));
        let gated = near.unwrap_or_else(|| {
            let family = match recording.map(|r| r.head.profile) {
                Some(Profile::Pre) => Family::PreFixed,
                Some(Profile::Intra) => Family::IntraFixed,
                // Clients that are known attest, and so does the server.
                Some(Profile::Post) if recording.is_some_and(knows_clients) => Family::PostMutual,
                Some(Profile::Post) | None => Family::Post,
            };
            let is_quic = recording.is_some_and(|r| r.head.spec.iter().any(|it| it == OVER_QUIC));
            Gated::all()
                .find(|it| it.family() == family && is_quic == (it.carrier() == Carrier::Quic))
                .unwrap_or(family.into())
        });
        Path::new("models").join(gated.mapping())
    }

    fn open(&self, mapping: &Path) -> Result<Opened, Failure> {
        match &self.model {
            Some(model) => Opened::open(model, Some(mapping)),
            None => Opened::beside(mapping),
        }
    }

    fn one(&self) -> Result<Opened, Failure> {
        self.open(&self.mapping_for(Path::new(""), None))
    }
}

/// Whether its setup says who the client is.
fn knows_clients(recording: &Recording) -> bool {
    let mut tables = recording.setup.iter().filter_map(|it| it.model.as_deref());
    tables.any(|table| table == "client_identities")
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
        let text = mapping_text(path)?;
        Ok(Self {
            model: model::open(model, &[])?,
            mapping: Mapping::parse(&path.display().to_string(), &text)?,
        })
    }

    /// Opens a mapping and the model it names.
    pub(crate) fn beside(mapping: &Path) -> Result<Self, Failure> {
        let text = mapping_text(mapping)?;
        let parsed = Mapping::parse(&mapping.display().to_string(), &text)?;
        Ok(Self {
            model: model::open(&mapping.with_file_name(&parsed.model), &[])?,
            mapping: parsed,
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

fn mapping_text(path: &Path) -> Result<String, String> {
    std::fs::read_to_string(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => format!(
            "{}: there is no such mapping; name one with --mapping",
            path.display()
        ),
        _ => format!("{}: {error}", path.display()),
    })
}

/// The status a verdict asks for.
pub(crate) fn exit(verdict: &Verdict) -> Exit {
    match verdict {
        Verdict::Conforms(_) => Exit::AsLabelled,
        Verdict::Diverges(found) if found.severity == Severity::BrokenRecording => Exit::Input,
        Verdict::Diverges(_) => Exit::Contradicted,
        Verdict::Inconclusive { .. } => Exit::Undecided,
        Verdict::OutOfDate { .. } => Exit::OutOfDate,
    }
}

/// Runs `conform`.
pub(crate) fn conform(arguments: &Conform) -> Result<Exit, Failure> {
    let mut worst = Exit::AsLabelled;
    let mut opened: BTreeMap<PathBuf, Result<Opened, String>> = BTreeMap::new();
    let mut all = Vec::new();
    for path in &arguments.recordings {
        let mut refuse = |why: String| {
            worst = worst.worse(Exit::Input);
            if arguments.json {
                all.push(refusal(path, &why));
            } else {
                println!("{}: refused: {why}", path.display());
            }
        };
        let octets = match whole(path) {
            Ok(octets) => octets,
            Err(error) => {
                refuse(error);
                continue;
            }
        };
        let read = if is_cbor(path) {
            event::from_cbor(&octets).map_err(|error| error.to_string())
        } else {
            event::read(&octets[..]).map_err(|error| error.to_string())
        };
        let mapping = arguments.against.mapping_for(path, read.as_ref().ok());
        let opened = match opened.entry(mapping) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => {
                let made = arguments.against.open(new.key());
                new.insert(made.map_err(|error| error.to_string()))
            }
        };
        let opened = match opened {
            Ok(opened) => opened,
            Err(error) => {
                refuse(format!("no model to judge it by: {error}"));
                continue;
            }
        };
        let gate = Gate::new(&opened.model.program, &opened.mapping);
        let report = match (&gate, &read) {
            (Ok(gate), Ok(recording)) => gate.conform(recording),
            (_, Err(error)) if is_cbor(path) => {
                refuse(error.clone());
                continue;
            }
            (Ok(gate), Err(_)) => gate.conform_lines(&octets),
            (Err(findings), _) => Report {
                verdict: Verdict::OutOfDate {
                    findings: findings.clone(),
                },
                sessions: Vec::new(),
            },
        };
        if arguments.json {
            all.push(json(path, &report));
        } else {
            println!("{}: {}", path.display(), report.verdict);
        }
        if arguments.explain && !arguments.json {
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
    if arguments.json {
        println!("{}", serde_json::to_string_pretty(&all)?);
    }
    Ok(worst)
}

/// The octets of a file that is no larger than any recording.
fn whole(path: &Path) -> Result<Vec<u8>, String> {
    let limit = event::Limits::default().octets;
    let file = std::fs::File::open(path).map_err(|error| error.to_string())?;
    let mut octets = Vec::new();
    file.take(limit + 1)
        .read_to_end(&mut octets)
        .map_err(|error| error.to_string())?;
    match octets.len() as u64 > limit {
        true => Err(format!(
            "it has more than {limit} octets; record fewer sessions in one file"
        )),
        false => Ok(octets),
    }
}

fn refusal(path: &Path, why: &str) -> serde_json::Value {
    serde_json::json!({
        "recording": path.display().to_string(),
        "verdict": "refused",
        "said": why,
        "divergence": null,
        "sessions": [],
    })
}

fn json(path: &Path, report: &Report) -> serde_json::Value {
    let word = match &report.verdict {
        Verdict::Conforms(_) => "conforms",
        Verdict::Diverges(found) if found.severity == Severity::BrokenRecording => "refused",
        Verdict::Diverges(_) => "diverges",
        Verdict::Inconclusive { .. } => "inconclusive",
        Verdict::OutOfDate { .. } => "out-of-date",
    };
    let divergence = match &report.verdict {
        Verdict::Diverges(found) => serde_json::json!({
            "severity": format!("{:?}", found.severity),
            "line": found.line,
            "what": found.what,
            "expected": found.expected,
            "got": found.got,
            "file": found.place.as_ref().map(|place| &place.file),
            "model_line": found.place.as_ref().map(|place| place.line),
            "allows": found.allows,
            "hypotheses": found.hypotheses,
        }),
        _ => serde_json::Value::Null,
    };
    let sessions: Vec<_> = report
        .sessions
        .iter()
        .map(|session| {
            serde_json::json!({
                "party": session.party,
                "session": session.session,
                "role": session.role,
                "outcome": session.outcome.as_ref().map(|outcome| format!("{outcome:?}")),
                "matched": session.counts.matched,
                "of": session.counts.of,
                "computed": session.counts.computed,
                "assumed": session.counts.assumed,
            })
        })
        .collect();
    serde_json::json!({
        "recording": path.display().to_string(),
        "verdict": word,
        "said": report.verdict.to_string(),
        "divergence": divergence,
        "sessions": sessions,
    })
}

/// Runs `derive`.
pub(crate) fn derive(arguments: &Derive) -> Result<Exit, Failure> {
    if arguments.compare {
        return compare(&arguments.models, arguments.against.model.as_deref());
    }
    if let Some(path) = &arguments.steps {
        let mapping = arguments.against.mapping_for(Path::new(""), None);
        let steps = crate::laboratory::follow::step_file(&mapping)?;
        std::fs::write(path, steps.to_json()).map_err(|e| format!("{}: {e}", path.display()))?;
        println!("{}: the steps of {}", path.display(), mapping.display());
        return Ok(Exit::AsLabelled);
    }
    let opened = arguments.against.one()?;
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

/// The code that was probably meant.
fn close_to(code: &str) -> String {
    let words = |code: &str| code.split('-').map(str::to_owned).collect::<Vec<_>>();
    let meant = words(code);
    let shared = |known: &&&str| {
        words(known)
            .iter()
            .filter(|word| meant.contains(word))
            .count()
    };
    match attested::CODES.iter().max_by_key(shared) {
        Some(known) if shared(&known) > 0 => format!("; `{known}` is"),
        _ => String::new(),
    }
}

/// Runs `lint`.
pub(crate) fn lint(arguments: &Lint) -> Result<Exit, Failure> {
    let opened = arguments.against.one()?;
    let mut findings = conformance::lint(&opened.model.program, &opened.mapping);
    for (at, code) in opened.mapping.refusal_codes() {
        if !attested::CODES.contains(&code) {
            findings.push(format!(
                "{at}: `{code}` is no refusal of the implementation{}",
                close_to(code)
            ));
        }
    }
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
