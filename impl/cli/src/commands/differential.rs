//! `seatproof differential`: random models, this prover beside a real `proverif`.
//!
//! A disagreement is shrunk as long as it stays one of its kind, and written to a
//! folder; what is found is printed at once, so that a run cut short has told it. Each
//! answer is also compared with what bounded exploration finds: a run
//! that falsifies what was proved.

use crate::exit::Exit;
use crate::interrupt::{self, Patience};
use crate::meter::Ticker;
use crate::oracle;
use differential::{
    Bounds, Disagreement, Model, Random, Size, Word, compare, generate, print, shrink,
    shrink_lines, theory,
};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use verdict::{Limits, Session, Verdict};

/// Compares answers about random models.
#[derive(Debug, clap::Args)]
pub(crate) struct Differential {
    /// The first seed; the same seed gives the same model.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many models.
    #[arg(long, default_value_t = 100)]
    count: u64,
    /// Largest number of roles, and of steps of each beyond two.
    #[arg(long, default_value_t = 3)]
    size: usize,
    /// Queries of each model.
    #[arg(long, default_value_t = 3)]
    queries: usize,
    /// How many models in a hundred use something, as `numbers=100`; also
    /// cancelling, cells (states on private channels), dependent, equation, exchanges
    /// (of nonces), injective, joined, leaks, lemmas, nested, phases, precise,
    /// predicates, `private_channels`, registries (tables written once), restrictions,
    /// settings, tables, theories (models over signatures of their own), times, typed.
    #[arg(long, value_parser = share)]
    share: Vec<(String, usize)>,
    /// Walks through each model that look for runs which falsify a proof.
    #[arg(long, default_value_t = 10)]
    walks: usize,
    /// Also shrink and write what is undecided here and decided there, or
    /// refused there.
    #[arg(long)]
    weaker: bool,
    /// Seconds for each query, and for each run of the other tool.
    #[arg(long, default_value_t = 10)]
    timeout: u64,
    /// Where disagreements are written.
    #[arg(long, default_value = "target/seatproof-differential")]
    folder: PathBuf,
}

fn share(text: &str) -> Result<(String, usize), String> {
    let (name, percent) = text.split_once('=').ok_or("write NAME=PERCENT")?;
    let percent = percent.parse().map_err(|_| "not a number")?;
    if !Size::default().set(name, percent) {
        return Err(format!("no share is called `{name}`"));
    }
    Ok((name.to_owned(), percent))
}

/// What is wrong with a model, so that a smaller one is wrong in the same way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    /// A run falsifies what was proved.
    Walked,
    /// The two answer different numbers of queries.
    Count,
    /// One says true, the other false.
    Opposite(Word),
    /// We refuse what the other accepts.
    Refused,
    /// We accept what the other refuses.
    Accepted,
    /// They decide, we do not.
    Weaker(Word),
}

impl Kind {
    /// Whether somebody is wrong. What the other removes as dead before it reads
    /// the queries, they cannot name there, and here they can.
    fn is_wrong(self) -> bool {
        !matches!(self, Self::Accepted | Self::Weaker(_))
    }
}

/// How many models and what of them.
#[derive(Debug, Default)]
struct Counts {
    compared: u64,
    silent: u64,
    open: u64,
    stronger: u64,
    kinds: BTreeMap<Kind, u64>,
}

/// What both are asked about.
enum Case {
    /// A model over the signature that all of them share.
    Model(Box<Model>),
    /// Lines over a signature of their own.
    Lines(Vec<String>),
}

impl Case {
    /// The case of a seed.
    fn of(seed: u64, size: &Size, arguments: &Differential) -> Self {
        // Not the stream of the model, which stays what it is whatever the share.
        if Random::new(!seed).chance(size.theories) {
            return Self::Lines(theory(seed));
        }
        let model = generate(seed, size);
        let model = differential::settle(&model, &mut |text| {
            load(text).is_some_and(|p| ours(arguments, &p).first() == Some(&Word::True))
        });
        Self::Model(Box::new(model))
    }

    fn text(&self) -> String {
        match self {
            Self::Lines(lines) => lines.join("\n") + "\n",
            Self::Model(model) => print(model),
        }
    }

    /// A smaller one that is wrong in the same way.
    fn smaller(&self, wrong: &mut dyn FnMut(&str) -> bool) -> Self {
        match self {
            Self::Lines(lines) => Self::Lines(shrink_lines(lines, wrong)),
            Self::Model(model) => Self::Model(Box::new(shrink(model, 300, wrong))),
        }
    }
}

/// Runs `differential`.
pub(crate) fn differential(arguments: &Differential) -> Result<Exit, Box<dyn std::error::Error>> {
    interrupt::listen();
    let tool = oracle::find();
    match &tool {
        Some(tool) => println!("comparing with {}", tool.display()),
        None => println!("no proverif on PATH; comparing with bounded exploration"),
    }
    let mut size = Size {
        roles: (1, arguments.size.max(1)),
        depth: arguments.size + 2,
        queries: arguments.queries,
        ..Size::default()
    };
    for (name, percent) in &arguments.share {
        size.set(name, *percent);
    }
    let mut counts = Counts::default();
    let ticker = Ticker::new();
    for seed in (arguments.seed..).take(usize::try_from(arguments.count)?) {
        if interrupt::interrupted() {
            break;
        }
        let case = Case::of(seed, &size, arguments);
        let found = differences(arguments, tool.as_deref(), &case.text(), &mut counts);
        if interrupt::interrupted() {
            // What is not answered in full would count as undecided.
            break;
        }
        counts.compared += 1;
        for kind in &found {
            *counts.kinds.entry(*kind).or_default() += 1;
            ticker.clear();
            println!("seed {seed}: {kind:?}");
        }
        for kind in found {
            if kind.is_wrong() || arguments.weaker {
                ticker.note(&format!("making seed {seed} smaller"));
                report(arguments, tool.as_deref(), seed, &case, kind, &ticker)?;
            }
        }
        ticker.show(|| progress(&counts, arguments.count, seed));
    }
    ticker.clear();
    if interrupt::interrupted() {
        println!("interrupted");
    }
    println!(
        "{} models compared, {} without an answer there, {} with something undecided here, \
         {} with something decided only here",
        counts.compared, counts.silent, counts.open, counts.stronger
    );
    for (kind, count) in &counts.kinds {
        println!("{count:6} {kind:?}");
    }
    let hard = counts.kinds.keys().any(|k| k.is_wrong());
    Ok(if hard {
        Exit::Contradicted
    } else {
        Exit::AsLabelled
    })
}

/// How far it is.
fn progress(counts: &Counts, count: u64, seed: u64) -> String {
    let wrong = counts.kinds.iter().filter(|(k, _)| k.is_wrong());
    format!(
        "{} of {count} models, up to seed {seed}: {} wrong, {} with something undecided",
        counts.compared,
        wrong.map(|(_, n)| n).sum::<u64>(),
        counts.open
    )
}

/// Shrinks a model that is wrong in some way, and writes it.
fn report(
    arguments: &Differential,
    tool: Option<&Path>,
    seed: u64,
    case: &Case,
    kind: Kind,
    ticker: &Ticker,
) -> Result<(), Box<dyn std::error::Error>> {
    let small = case.smaller(&mut |text| {
        !interrupt::interrupted()
            && differences(arguments, tool, text, &mut Counts::default()).contains(&kind)
    });
    std::fs::create_dir_all(&arguments.folder)?;
    let name: String = format!("{kind:?}")
        .to_lowercase()
        .replace(|c: char| !c.is_ascii_alphanumeric(), "-");
    let path = arguments.folder.join(format!("{name}seed-{seed}.pv"));
    std::fs::write(
        &path,
        format!("(* seed {seed}: {kind:?} *)\n\n{}", small.text()),
    )?;
    ticker.clear();
    println!("seed {seed}: {kind:?}, written to {}", path.display());
    Ok(())
}

fn load(text: &str) -> Option<pi::Program> {
    let mut sources = pi::Sources::default();
    sources.add("random.pv", text);
    pi::load(sources).program
}

/// How the two differ about a model, each way once.
fn differences(
    arguments: &Differential,
    tool: Option<&Path>,
    text: &str,
    counts: &mut Counts,
) -> Vec<Kind> {
    let mut found = Vec::new();
    let mut add = |kind| {
        if !found.contains(&kind) {
            found.push(kind);
        }
    };
    let Some(program) = load(text) else {
        match tool.and_then(|tool| theirs(arguments, tool, text)) {
            Some(theirs) if !theirs.is_empty() => add(Kind::Refused),
            _ => counts.silent += 1,
        }
        return found;
    };
    let ours = ours(arguments, &program);
    counts.open += u64::from(ours.contains(&Word::Undecided));
    let bounds = Bounds {
        walks: arguments.walks,
        ..Bounds::default()
    };
    if ours.contains(&Word::True) && arguments.walks > 0 {
        for falsified in differential::explore(&program, arguments.seed, &bounds) {
            if ours.get(falsified.query) == Some(&Word::True) {
                add(Kind::Walked);
            }
        }
    }
    let Some(tool) = tool else {
        return found;
    };
    let Some(theirs) = theirs(arguments, tool, text) else {
        counts.silent += 1;
        return found;
    };
    if theirs.is_empty() && !ours.is_empty() {
        add(Kind::Accepted);
        return found;
    }
    // It stops at a lemma that it does not prove.
    if theirs.len() < ours.len() && theirs.last() != Some(&Word::True) {
        counts.silent += 1;
        return found;
    }
    for disagreement in compare(&ours, &theirs) {
        match disagreement {
            Disagreement::Count { .. } => add(Kind::Count),
            Disagreement::Opposite { ours, .. } => add(Kind::Opposite(ours)),
            Disagreement::Stronger { .. } => counts.stronger += 1,
            Disagreement::Weaker { theirs, .. } => add(Kind::Weaker(theirs)),
        }
    }
    found
}

fn ours(arguments: &Differential, program: &pi::Program) -> Vec<Word> {
    let mut session = Session::new();
    (0..program.queries.len())
        .map(|query| {
            let patience = Patience::new(Some(arguments.timeout));
            let limits = Limits {
                interrupted: &|| patience.is_over(),
                ..Limits::default()
            };
            let query = u32::try_from(query).unwrap_or(u32::MAX);
            match verdict::prove(program, query, &mut session, limits, &mut |_| {}) {
                Ok(answer) => match answer.verdict {
                    Verdict::Attacked(_) => Word::False,
                    Verdict::Proved(certificate) => match checker::check(program, &certificate) {
                        Ok(_) => Word::True,
                        Err(_) => Word::Undecided,
                    },
                    Verdict::Stopped(_) | Verdict::Undecided(_) => Word::Undecided,
                },
                Err(_) => Word::Undecided,
            }
        })
        .collect()
}

/// Its answers, none of which if it refuses the model; `None` if it takes too long.
fn theirs(arguments: &Differential, tool: &Path, text: &str) -> Option<Vec<Word>> {
    std::fs::create_dir_all(&arguments.folder).ok()?;
    let name = format!("asked-{}", std::process::id());
    let path = arguments.folder.join(&name).with_extension("pv");
    let answers = arguments.folder.join(&name).with_extension("out");
    std::fs::write(&path, text).ok()?;
    let mut child = Command::new(tool)
        .arg(&path)
        .stdout(std::fs::File::create(&answers).ok()?)
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    let until = Instant::now() + Duration::from_secs(arguments.timeout);
    let status = loop {
        if let Some(status) = child.try_wait().ok()? {
            break Some(status);
        }
        if Instant::now() >= until {
            child.kill().ok()?;
            child.wait().ok()?;
            break None;
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    let output = std::fs::read_to_string(&answers).unwrap_or_default();
    let _ = std::fs::remove_file(&path);
    let _ = std::fs::remove_file(&answers);
    let status = status?;
    if !status.success() {
        return output.contains("Error:").then(Vec::new);
    }
    Some(differential::words(&output))
}
