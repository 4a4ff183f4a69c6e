//! The whole matrix, and the recordings before the gate.

use super::{Attack, Failure, ask, kept, write};
use crate::commands::conform::Opened;
use crate::exit::Exit;
use crate::judge::Word;
use crate::model;
use attack::catalogue::{self, ATTACKS, Run, Way};
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
        if let Way::Run(it) = attack.way {
            let (broken, fixed) = gate(&arguments.models, &it, &enacted.recording)?;
            report("recording, broken model", it.gate, &word(&broken));
            report("recording, fixed model", "diverges", &word(&fixed));
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
    let word = |file: &str, id: &str| -> Result<Word, Failure> {
        let model = model::open(&models.join(file), &[])?;
        Ok(ask(&model, id)?.1.word)
    };
    let broken = word(run.broken_model, run.query)?;
    let fixed = word(run.fixed_model, run.fixed_query)?;
    Ok((broken.name(), fixed.name()))
}

/// A recording before the gate: of the broken model, and of the fixed one.
pub(super) fn gate(
    models: &Path,
    run: &Run,
    recording: &Recording,
) -> Result<(Verdict, Verdict), Failure> {
    let judge = |file: &str| -> Result<Verdict, Failure> {
        let model = models.join(file);
        // A model with symbols of its own has a mapping of its own.
        let stem = model.file_stem().unwrap_or_default().to_string_lossy();
        let own = model.with_file_name(format!("mapping-{stem}.toml"));
        let opened = Opened::open(&model, own.exists().then_some(&*own))?;
        // A run may be shown to a model of another placement, to which it is
        // a run like any other.
        let mut recording = recording.clone();
        recording.head.profile = match file.split('/').next() {
            Some("pre" | "pre-fixed") => Profile::Pre,
            Some("intra" | "intra-fixed") => Profile::Intra,
            _ => Profile::Post,
        };
        let mapping = fitted(&opened)?;
        let gate = Gate::new(&opened.model.program, &mapping).map_err(|it| it.join("\n"))?;
        Ok(gate.conform(&recording).verdict)
    };
    Ok((judge(run.broken_model)?, judge(run.fixed_model)?))
}

/// The mapping of a family without the entries for symbols that this model of
/// the family does not use.
fn fitted(opened: &Opened) -> Result<Mapping, Failure> {
    let Err(findings) = Gate::new(&opened.model.program, &opened.mapping) else {
        return Ok(opened.mapping.clone());
    };
    let text = std::fs::read_to_string(&opened.mapping.name)
        .map_err(|e| format!("{}: {e}", opened.mapping.name))?;
    let mut lines: Vec<&str> = text.lines().collect();
    for finding in findings {
        let rest = finding.strip_prefix(&format!("{}:", opened.mapping.name));
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
    Ok(Mapping::parse(&opened.mapping.name, &lines.join("\n"))?)
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
