//! `cargo bench -p benchmark -- [--limit SECONDS] [--family SIZE] [--lib FILE]… [PATH]…`
//!
//! Measures every `.pv` file of the folders and files named; with none, the
//! growing families and the large models of this crate. Each model is judged by
//! a process of its own, this same program, so that its memory is its own; a
//! `proverif` on PATH is measured beside it, for as long as the limit.
#![allow(clippy::print_stdout)]

use benchmark::{Judged, Row, Usage, judge, table, usage};
use differential::{Growth, family};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use verdict::Limits;

type Failure = Box<dyn std::error::Error>;

struct Arguments {
    limit: Duration,
    sizes: Vec<usize>,
    libraries: Vec<PathBuf>,
    paths: Vec<PathBuf>,
    /// Only judge the one path and print the counts.
    alone: bool,
}

fn main() -> Result<(), Failure> {
    let arguments = arguments(std::env::args().skip(1))?;
    if arguments.alone {
        return alone(&arguments);
    }
    let scratch = std::env::temp_dir().join(format!("benchmark-{}", std::process::id()));
    std::fs::create_dir_all(&scratch)?;
    let mut models = Vec::new();
    for path in &arguments.paths {
        collect(path, &mut models)?;
    }
    if models.is_empty() {
        for growth in Growth::ALL {
            for size in &arguments.sizes {
                let path = scratch.join(format!("{}-{size:02}.pv", growth.name()));
                std::fs::write(&path, family(growth, *size))?;
                models.push(path);
            }
        }
        collect(
            &Path::new(env!("CARGO_MANIFEST_DIR")).join("models"),
            &mut models,
        )?;
    }
    let other = on_path("proverif");
    for (number, path) in models.iter().enumerate() {
        let row = Row {
            name: path
                .file_name()
                .map_or_else(String::new, |n| n.to_string_lossy().into_owned()),
            ours: ours(path, &arguments),
            theirs: other
                .as_ref()
                .and_then(|tool| theirs(tool, path, &arguments)),
        };
        // One row at a time: a run over many models takes long.
        let text = table(&[row]);
        let rows: Vec<&str> = text.lines().skip(usize::from(number > 0)).collect();
        println!("{}", rows.join("\n"));
    }
    std::fs::remove_dir_all(&scratch)?;
    if other.is_none() {
        println!("no proverif on PATH to compare with");
    }
    Ok(())
}

fn arguments(given: impl Iterator<Item = String>) -> Result<Arguments, Failure> {
    let mut arguments = Arguments {
        limit: Duration::from_secs(600),
        sizes: vec![16, 32, 64, 128, 256],
        libraries: Vec::new(),
        paths: Vec::new(),
        alone: false,
    };
    let mut given = given;
    while let Some(word) = given.next() {
        let mut value = || given.next().ok_or(format!("{word} needs a value"));
        match word.as_str() {
            // Cargo says so.
            "--bench" => {}
            "--alone" => arguments.alone = true,
            "--limit" => arguments.limit = Duration::from_secs(value()?.parse()?),
            "--family" => arguments.sizes = vec![value()?.parse()?],
            "--lib" => arguments.libraries.push(found(&value()?)?),
            _ if word.starts_with('-') => return Err(format!("unknown option {word}").into()),
            _ => arguments.paths.push(found(&word)?),
        }
    }
    Ok(arguments)
}

/// A path as it was meant: cargo starts a benchmark in the folder of its package,
/// and whoever typed the path stood at the top of the workspace.
fn found(path: &str) -> Result<PathBuf, Failure> {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let top = package.ancestors().nth(3).unwrap_or(package);
    [top, package]
        .map(|folder| folder.join(path))
        .into_iter()
        .find(|path| path.exists())
        .ok_or_else(|| {
            let (top, package) = (top.display(), package.display());
            format!("{path}: no such file or folder, neither in {top} nor in {package}").into()
        })
}

/// Judges one model, says what came of it and what it took.
fn alone(arguments: &Arguments) -> Result<(), Failure> {
    let mut sources = pi::Sources::default();
    for path in arguments.libraries.iter().chain(&arguments.paths) {
        sources.add(path.display().to_string(), std::fs::read_to_string(path)?);
    }
    let Some(program) = pi::load(sources).program else {
        return Err("not a program".into());
    };
    let until = Instant::now() + arguments.limit;
    let limits = Limits {
        interrupted: &|| Instant::now() > until,
        ..Limits::default()
    };
    let judged = judge(&program, limits).map_err(|e| e.to_string())?;
    let used = of_process("self").ok_or("this system does not tell what a process uses")?;
    println!(
        "{} {} {} {} {} {} {}",
        judged.holds,
        judged.broken,
        judged.open,
        judged.clauses,
        judged.resolvents,
        used.cpu,
        used.memory
    );
    Ok(())
}

fn ours(path: &Path, arguments: &Arguments) -> Result<(Judged, Usage), String> {
    let program = std::env::current_exe().map_err(|e| e.to_string())?;
    let mut command = Command::new(program);
    command
        .arg("--alone")
        .arg("--limit")
        .arg(arguments.limit.as_secs().to_string());
    for library in libraries(path, arguments) {
        command.arg("--lib").arg(library);
    }
    let output = command.arg(path).output().map_err(|e| e.to_string())?;
    if !output.status.success() {
        let why = String::from_utf8_lossy(&output.stderr);
        return Err(why.lines().next().unwrap_or("no reason given").to_owned());
    }
    let text = String::from_utf8_lossy(&output.stdout);
    let words: Vec<f64> = text
        .split_whitespace()
        .filter_map(|w| w.parse().ok())
        .collect();
    let [holds, broken, open, clauses, resolvents, cpu, memory] = words[..] else {
        return Err(format!("unreadable: {text}"));
    };
    // Counts are far below what a double holds exactly.
    let count = |x: f64| x as usize;
    let judged = Judged {
        holds: count(holds),
        broken: count(broken),
        open: count(open),
        clauses: count(clauses),
        resolvents: count(resolvents),
    };
    Ok((judged, Usage { cpu, memory }))
}

/// What the other tool has used when it ends, or when its time is over.
fn theirs(tool: &Path, path: &Path, arguments: &Arguments) -> Option<(Usage, bool)> {
    let mut command = Command::new(tool);
    for library in libraries(path, arguments) {
        command.arg("-lib").arg(library);
    }
    let mut child = command
        .arg(path)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    let start = Instant::now();
    let mut last = Usage::default();
    loop {
        // A process that has ended but was not waited for still has its times,
        // but no memory any more; a tick is lost at most.
        if let Some(now) = of_process(&child.id().to_string()) {
            last = now;
        }
        if child.try_wait().ok()?.is_some() {
            return Some((last, true));
        }
        if start.elapsed() > arguments.limit {
            child.kill().ok()?;
            child.wait().ok()?;
            return Some((last, false));
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn of_process(id: &str) -> Option<Usage> {
    let folder = Path::new("/proc").join(id);
    let stat = std::fs::read_to_string(folder.join("stat")).ok()?;
    let status = std::fs::read_to_string(folder.join("status")).ok()?;
    usage(&stat, &status)
}

/// Those given, then those that the first comment of the file names, which are
/// relative to the nearest folder above that has the first of them.
fn libraries(path: &Path, arguments: &Arguments) -> Vec<PathBuf> {
    let mut found = arguments.libraries.clone();
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let Some((names, _)) = text
        .trim_start()
        .strip_prefix("(* @libs ")
        .and_then(|rest| rest.split_once("*)"))
    else {
        return found;
    };
    let names: Vec<String> = names
        .split_whitespace()
        .map(|n| format!("{n}.pvl"))
        .collect();
    let root = path
        .ancestors()
        .find(|folder| names.first().is_some_and(|n| folder.join(n).is_file()));
    found.extend(
        root.into_iter()
            .flat_map(|r| names.iter().map(|n| r.join(n))),
    );
    found
}

fn collect(path: &Path, into: &mut Vec<PathBuf>) -> Result<(), Failure> {
    if !path.is_dir() {
        into.push(path.to_path_buf());
        return Ok(());
    }
    let mut inside: Vec<PathBuf> = std::fs::read_dir(path)?
        .map(|entry| entry.map(|e| e.path()))
        .collect::<Result<_, _>>()?;
    inside.sort();
    for entry in inside {
        if entry.is_dir() || entry.extension().is_some_and(|e| e == "pv") {
            collect(&entry, into)?;
        }
    }
    Ok(())
}

fn on_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|folder| folder.join(name))
        .find(|file| file.is_file())
}
