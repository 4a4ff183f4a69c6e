//! The whole matrix, and the recordings before the gate.

use super::{Attack, Failure, ask, kept, open, query, write};
use crate::commands::conform::Opened;
use crate::exit::Exit;
use crate::judge::Word;
use attack::catalogue::{self, ATTACKS, Ruling, Run, Way};
use attack::matrix::{Column, cell, honest, repeats_broken, run};
use attack::{Outcome, Plan, Position};
use conformance::{Gate, Mapping, Verdict};
use event::Recording;
use event::recording::Profile;
use std::path::Path;
use std::time::Instant;

/// Runs every cell; the first line that is not as expected decides the status.
pub(super) fn all(arguments: &Attack) -> Result<Exit, Failure> {
    let mut worst = Exit::AsLabelled;
    let start = Instant::now();
    for attack in ATTACKS {
        let plan = kept(arguments, attack)?;
        println!("{} against {}", attack.name, attack.against);
        let mut report = |column: &str, expected: &str, found: &str| {
            let good = expected == found;
            println!(
                "  {} {column:<22} {found}{}",
                if good { "ok " } else { "NOT" },
                if good {
                    String::new()
                } else {
                    format!(", expected {expected}")
                }
            );
            if !good {
                worst = worst.worse(Exit::Contradicted);
            }
        };
        if let Way::Run(it) = attack.way {
            let (broken, fixed) = models(&arguments.models, &it)?;
            report("broken model", "attacked", broken);
            report("fixed model", "proved", fixed);
        }
        for column in Column::ALL {
            if repeats_broken(attack, column) {
                println!("   =  {:<22} is the broken code", column.name());
                continue;
            }
            let cell = cell(attack, plan.as_ref(), column, arguments.repeat)?;
            let times = format!("{} times", cell.times);
            let found = match cell.is_as_expected() {
                true => format!("{}, {times}", cell.expected),
                false => format!("{:?}, {times}", cell.others),
            };
            report(
                column.name(),
                &format!("{}, {times}", cell.expected),
                &found,
            );
        }
        let served = if honest(attack)? {
            "served"
        } else {
            "not served"
        };
        report("honest peer, fixed", "served", served);
        let enacted = run(attack, plan.as_ref(), Column::Broken, Position::General)?;
        let rows = ["recording, broken model", "recording, fixed model"];
        for (row, ruling) in rows.into_iter().zip(attack.rulings()) {
            match ruling {
                Ruling::Shown { word: expected, .. } => {
                    let found = rule(&arguments.models, &ruling, &enacted.recording)?;
                    report(row, expected, &word(&found));
                }
                Ruling::Unjudged(why) => println!("   -  {row:<22} not judged: {why}"),
            }
        }
        if let Some(folder) = &arguments.pages {
            let fixed = run(attack, plan.as_ref(), Column::Fixed, Position::General)?;
            let page = super::tell::page(attack, &enacted, &fixed)?;
            let file = folder.join(format!("{}.html", attack.folder()));
            write(&file, page.as_bytes())?;
        }
        if arguments.record {
            record(arguments, attack, plan.as_ref())?;
        }
    }
    println!("{:.1} s", start.elapsed().as_secs_f64());
    Ok(worst)
}

/// What the prover says of the broken and the fixed model.
fn models(models: &Path, run: &Run) -> Result<(&'static str, &'static str), Failure> {
    let word = |file: &str, without: Option<&str>, id: &str| -> Result<Word, Failure> {
        let model = open(models, file, without)?;
        Ok(ask(&model.program, query(&model, id)?)?.word)
    };
    let broken = word(run.broken_model, run.without, run.query)?;
    let fixed = word(run.fixed_model, None, run.fixed_query)?;
    Ok((broken.name(), fixed.name()))
}

/// What the gate says of a recording, shown to the model of a ruling.
pub(super) fn rule(
    models: &Path,
    ruling: &Ruling,
    recording: &Recording,
) -> Result<Verdict, Failure> {
    let Ruling::Shown {
        model: file,
        without,
        any_key,
        ..
    } = *ruling
    else {
        let why = "nobody judges it".to_owned();
        return Ok(Verdict::Inconclusive { why });
    };
    let path = models.join(file);
    // A model with symbols of its own has a mapping of its own.
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let own = path.with_file_name(format!("mapping-{stem}.toml"));
    let mut opened = Opened::open(&path, own.exists().then_some(&*own))?;
    opened.model = open(models, file, without)?;
    // A run may be shown to a model of another placement, to which it is a run
    // like any other.
    let mut recording = recording.clone();
    recording.head.profile = match file.split('/').next() {
        Some("pre" | "pre-fixed") => Profile::Pre,
        Some("intra" | "intra-fixed") => Profile::Intra,
        _ => Profile::Post,
    };
    let mapping = fitted(&opened, any_key)?;
    let gate = Gate::new(&opened.model.program, &mapping).map_err(|it| it.join("\n"))?;
    Ok(gate.conform(&recording).verdict)
}

/// The bound on the Attester's claim about a key, by either hash.
const KEY_CLAIM: [&str; 2] = ["sha256_of = \"leaf key\"", "hash_of = \"leaf key\""];
/// No bound but of its length.
const ANY_KEY: &str = "most = 64";

/// The mapping of a family without the entries for symbols that this model of
/// the family does not use, and with the bound on the claim about a key or
/// without.
fn fitted(opened: &Opened, any_key: bool) -> Result<Mapping, Failure> {
    let name = &opened.mapping.name;
    let mut text = std::fs::read_to_string(name).map_err(|e| format!("{name}: {e}"))?;
    if any_key {
        let bounds = KEY_CLAIM.iter().map(|bound| text.matches(bound).count());
        if bounds.sum::<usize>() != 1 {
            return Err(format!("{name}: not one bound reads {KEY_CLAIM:?}").into());
        }
        for bound in KEY_CLAIM {
            text = text.replace(bound, ANY_KEY);
        }
    }
    let mapping = Mapping::parse(name, &text)?;
    let Err(findings) = Gate::new(&opened.model.program, &mapping) else {
        return Ok(mapping);
    };
    let mut lines: Vec<&str> = text.lines().collect();
    for finding in findings {
        let rest = finding.strip_prefix(&format!("{name}:"));
        let Some((line, _)) = rest.and_then(|it| it.split_once(": no role of the model uses the"))
        else {
            return Err(finding.into());
        };
        // From its header to the next empty line.
        let line: usize = line.trim().parse()?;
        let mut before = lines.iter().take(line);
        let first = before.rposition(|text| text.starts_with('['));
        let section = lines.iter_mut().skip(first.unwrap_or(0));
        for text in section.take_while(|text| !text.is_empty()) {
            *text = "#";
        }
    }
    Ok(Mapping::parse(name, &lines.join("\n"))?)
}

/// A verdict in a word, with its reason where there should be none.
fn word(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Conforms(_) => "conforms".to_owned(),
        Verdict::Diverges(_) => "diverges".to_owned(),
        Verdict::Inconclusive { .. } | Verdict::OutOfDate { .. } => verdict.to_string(),
    }
}

/// Writes the recording of a run that succeeded.
fn record(
    arguments: &Attack,
    attack: &catalogue::Attack,
    plan: Option<&Plan>,
) -> Result<(), Failure> {
    let enacted = run(attack, plan, Column::Broken, Position::General)?;
    if !matches!(enacted.outcome, Outcome::Reproduced { .. }) {
        return Ok(()); // a cell has said so
    }
    let path = arguments.traces.join(attack.folder()).join("run.ndjson");
    write(&path, &event::to_json_lines(&enacted.recording)?)
}
