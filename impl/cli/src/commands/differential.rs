//! `seatproof differential`: random models, this prover beside a real `proverif`.
//!
//! A disagreement is shrunk as long as it stays one of its kind, and written to a
//! folder. Without a `proverif` on PATH each answer is compared with what bounded
//! exploration finds: a run that falsifies what was proved.

use crate::exit::Exit;
use crate::interrupt::{self, Patience};
use crate::oracle;
use differential::{Bounds, Size, Word, compare, generate, print, shrink, words};
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
    /// Seconds for each query, and for each run of the other tool.
    #[arg(long, default_value_t = 10)]
    timeout: u64,
    /// Where disagreements are written.
    #[arg(long, default_value = "target/seatproof-differential")]
    folder: PathBuf,
}

/// Runs `differential`.
pub(crate) fn differential(arguments: &Differential) -> Result<Exit, Box<dyn std::error::Error>> {
    interrupt::listen();
    let tool = oracle::find();
    match &tool {
        Some(tool) => println!("comparing with {}", tool.display()),
        None => println!("no proverif on PATH; comparing with bounded exploration"),
    }
    let size = Size {
        roles: (1, arguments.size.max(1)),
        depth: arguments.size + 2,
        ..Size::default()
    };
    let (mut compared, mut open, mut hard) = (0_u64, 0_u64, 0_u64);
    for seed in (arguments.seed..).take(usize::try_from(arguments.count)?) {
        if interrupt::interrupted() {
            break;
        }
        let model = generate(seed, &size);
        let (found, undecided) = difference(arguments, tool.as_deref(), &print(&model));
        compared += 1;
        open += u64::from(undecided);
        let Some(found) = found else {
            continue;
        };
        hard += 1;
        let small = shrink(&model, 200, &mut |text| {
            !interrupt::interrupted() && difference(arguments, tool.as_deref(), text).0.is_some()
        });
        std::fs::create_dir_all(&arguments.folder)?;
        let path = arguments.folder.join(format!("seed-{seed}.pv"));
        let why = found.replace("(*", "( *").replace("*)", "* )");
        std::fs::write(
            &path,
            format!("(* seed {seed}: {why} *)\n\n{}", print(&small)),
        )?;
        println!("seed {seed}: {found}; shrunk to {}", path.display());
    }
    println!(
        "{compared} models compared, {hard} disagreements, {open} with something undecided here"
    );
    Ok(if hard > 0 {
        Exit::Contradicted
    } else {
        Exit::AsLabelled
    })
}

/// What the two say that cannot both be right, and whether we left something
/// open.
fn difference(arguments: &Differential, tool: Option<&Path>, text: &str) -> (Option<String>, bool) {
    let mut sources = pi::Sources::default();
    sources.add("random.pv", text);
    let Some(program) = pi::load(sources).program else {
        return (None, false);
    };
    let ours = ours(arguments, &program);
    let undecided = ours.contains(&Word::Undecided);
    let found = match tool {
        Some(tool) => theirs(arguments, tool, text).and_then(|theirs| {
            compare(&ours, &theirs)
                .into_iter()
                .find(|d| d.is_hard())
                .map(|d| format!("{d:?}"))
        }),
        None => differential::explore(&program, arguments.seed, &Bounds::default())
            .into_iter()
            .find(|f| ours.get(f.query) == Some(&Word::True))
            .map(|f| format!("query {} is proved, and a run falsifies it", f.query + 1)),
    };
    (found, undecided)
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

/// Its answers; `None` if it refuses the model or takes too long.
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
    status.filter(std::process::ExitStatus::success)?;
    Some(words(&output))
}
