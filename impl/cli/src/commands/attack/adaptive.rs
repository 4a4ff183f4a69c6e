//! One more leak at a time: does the fix still stop the attack?
//!
//! A property of the fixed endpoints has a border: the sets of compromises under
//! which it holds, and those that break it (`models/sweep.json`). An attack with
//! its own leaks and one more is on one side of that border or on the other:
//!
//! ```text
//! within   the prover proves that no run exists, and the attack's own moves are refused
//! beyond   the prover finds a run; enacted on the fixed endpoints it succeeds, and its
//!          recording conforms to the fixed model: the design allows it, no mistake does
//! ```
//!
//! What is expected of each such cell is in `adaptive.json` beside the attacks,
//! which `--plans` writes from what the sweep predicts.

use super::matrix::rule;
use super::{Attack, Failure, ask, open, plan, query, read};
use crate::commands::scrutinise::compromises;
use crate::commands::sweep::{self, Row};
use crate::exit::Exit;
use crate::judge::{Evidence, Judged};
use attack::catalogue::{ATTACKS, Run, Way};
use attack::machine::suite::Suite;
use attack::matrix::{Column, cell, expected};
use attack::plan::Move;
use attack::{Enactment, Laboratory, Plan, Position, catalogue, enact};
use conformance::Verdict;
use pi::{EventId, Formula, Program};
use scrutiny::{Compromises, Shape};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Instant;

/// The file of expectations, below the folder of the attacks.
pub(super) const FILE: &str = "adaptive.json";

/// What an attack with one more leak is expected to come to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Cell {
    /// The attack, by its folder.
    attack: String,
    /// The property whose border is asked: model and id.
    property: (String, String),
    /// All the attacker has, the one more last.
    leaks: Vec<String>,
    /// What the prover says of the fixed model.
    model: String,
    /// What the fixed endpoints do.
    code: String,
}

/// The plans of the attacks as they are, by folder.
pub(super) type Plans = BTreeMap<String, Plan>;

/// An attack's own leaks and one more, and where that is.
struct Case {
    attack: &'static catalogue::Attack,
    run: Run,
    leaks: Vec<String>,
    /// What is asked of the prover: those, or as many of them as suffice to
    /// break the property.
    asked: Vec<String>,
    side: Side,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Within,
    Beyond,
    /// The property holds because it says that this compromise would be too
    /// much: no promise is broken, and nothing is promised.
    Excused,
    /// The sweep has not decided it.
    Open,
}

impl Case {
    fn cell(&self) -> Cell {
        let (model, id) = self.run.border();
        let (says, does) = match self.side {
            Side::Within => ("proved", expected(self.attack, Column::Fixed)),
            Side::Beyond => ("attacked", "reproduced"),
            Side::Excused => ("proved", "nothing is promised"),
            Side::Open => ("not decided", "not decided"),
        };
        Cell {
            attack: self.attack.folder(),
            property: (model.to_owned(), id.to_owned()),
            leaks: self.leaks.clone(),
            model: says.to_owned(),
            code: does.to_owned(),
        }
    }

    fn path(&self, folder: &Path) -> PathBuf {
        let more = self.leaks.last().map_or("", String::as_str);
        let name = format!("with-{}.json", more.to_lowercase().replace(' ', "-"));
        folder.join(self.attack.folder()).join(name)
    }

    /// The prover's word under these leaks.
    fn ask(
        &self,
        models: &Path,
        known: &Compromises,
    ) -> Result<(Program, Option<pi::Label>, Judged), Failure> {
        let (file, id) = self.run.border();
        let model = open(models, file, None)?;
        let number = query(&model, id)?;
        let label = plan::label(&model.program, number).cloned();
        let shape = Shape::of(&model.program, number, known)
            .ok_or_else(|| format!("{file}: {id} is no correspondence"))?;
        let names: Vec<&str> = self.asked.iter().map(String::as_str).collect();
        let asked = scrutiny::only(&model.program, &shape, known, &names)
            .map_err(|name| format!("{file}: the attacker has no `{name}`; sweep it again"))?;
        let judged = ask(&asked, 0)?;
        Ok((asked, label, judged))
    }
}

/// Every attack of the prover's with each leak more.
fn cases(arguments: &Attack, known: &Compromises, plans: &Plans) -> Result<Vec<Case>, Failure> {
    let rows = sweep::read(&arguments.rows)?;
    let mut cases = Vec::new();
    for attack in ATTACKS {
        let (Way::Run(run), Some(plan)) = (attack.way, plans.get(&attack.folder())) else {
            continue;
        };
        let (file, id) = run.border();
        let name = file.strip_suffix(".pv").unwrap_or(file);
        let row = rows.iter().find(|row| row.model == name && row.id == id);
        let row = row.ok_or_else(|| {
            let rows = arguments.rows.display();
            format!("{rows}: no row for {name} {id}; run `seatproof sweep`")
        })?;
        let model = open(&arguments.models, file, None)?;
        let number = query(&model, id)?;
        let shape = Shape::of(&model.program, number, known)
            .ok_or_else(|| format!("{file}: {id} is no correspondence"))?;
        let promised = mentioned(&model.program, &shape.core);
        let base = base(plan, row, known);
        for more in &row.capabilities {
            if base.contains(more) {
                continue;
            }
            let mut leaks = base.clone();
            leaks.push(more.clone());
            // A weak algorithm is no leak: it is another library, and other code.
            let Some(leak) = known.all.iter().find(|it| is(more, &it.name)) else {
                continue;
            };
            let (side, asked) = match promised.contains(&leak.event) {
                true => (Side::Excused, leaks.clone()),
                false => side(row, &leaks),
            };
            cases.push(Case {
                attack,
                run,
                leaks,
                asked,
                side,
            });
        }
    }
    Ok(cases)
}

/// Whether a capability is of a compromise with this name, of whomever.
fn is(capability: &str, name: &str) -> bool {
    let rest = capability.strip_prefix(name);
    rest.is_some_and(|rest| ["", " of this", " of another"].contains(&rest))
}

/// The capabilities that an attack uses as it is.
fn base(plan: &Plan, row: &Row, known: &Compromises) -> Vec<String> {
    let used = |name: &str| {
        plan.moves.iter().any(|step| match step {
            Move::Event { event, .. } => known.find(event).is_some_and(|it| is(name, &it.name)),
            _ => false,
        })
    };
    let names = row.capabilities.iter();
    names.filter(|name| used(name)).cloned().collect()
}

/// On which side of the border, and what to ask to see that it is.
fn side(row: &Row, leaks: &[String]) -> (Side, Vec<String>) {
    let within = |set: &Vec<String>| leaks.iter().all(|leak| set.contains(leak));
    let beyond = |set: &&Vec<String>| set.iter().all(|leak| leaks.contains(leak));
    if let Some(enough) = row.breaks.iter().find(beyond) {
        (Side::Beyond, enough.clone())
    } else if row.holds.iter().any(within) {
        (Side::Within, leaks.to_vec())
    } else {
        (Side::Open, leaks.to_vec())
    }
}

/// The events of formulas.
fn mentioned(program: &Program, formulas: &[Formula]) -> BTreeSet<String> {
    let mut events = BTreeSet::new();
    let mut work: Vec<&Formula> = formulas.iter().collect();
    while let Some(formula) = work.pop() {
        match formula {
            Formula::And(parts) | Formula::Or(parts) => work.extend(parts),
            Formula::Event {
                event: EventId(n), ..
            } => {
                let event = program.events.get(*n as usize);
                events.extend(event.map(|event| event.name.clone()));
            }
            _ => {}
        }
    }
    events
}

/// The plan of every run beyond a border, and where it is kept.
///
/// The file of expectations comes with them: what the sweep predicts.
pub(super) fn plans(
    arguments: &Attack,
    folder: &Path,
    of: &Plans,
) -> Result<Vec<(PathBuf, String)>, Failure> {
    let known = compromises(&arguments.compromises)?;
    let cases = cases(arguments, &known, of)?;
    let lines: Result<Vec<_>, _> = cases
        .iter()
        .map(|case| serde_json::to_string(&case.cell()))
        .collect();
    let predicted = format!("[\n{}\n]\n", lines?.join(",\n"));
    let mut plans = vec![(folder.join(FILE), predicted)];
    for case in &cases {
        if case.side != Side::Beyond {
            continue;
        }
        let (program, label, judged) = case.ask(&arguments.models, &known)?;
        let Evidence::Run(attack) = judged.evidence else {
            let (file, id) = case.run.border();
            return Err(format!("{file}: {id} is not broken by {:?}", case.asked).into());
        };
        let source = plan::Source {
            model: case.run.border().0,
            without: None,
            only: Some(&case.asked),
            label: label.as_ref(),
        };
        let made = plan::plan(&program, &source, &attack)?;
        plans.push((case.path(folder), made.write()?));
    }
    Ok(plans)
}

/// Runs every cell.
pub(super) fn all(arguments: &Attack) -> Result<Exit, Failure> {
    let start = Instant::now();
    let known = compromises(&arguments.compromises)?;
    let path = arguments.traces.join(FILE);
    let text = std::fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))?;
    let kept: Vec<Cell> =
        serde_json::from_str(&text).map_err(|e| format!("{}: {e}", path.display()))?;
    let mut plans = Plans::new();
    for attack in ATTACKS {
        if let Some(plan) = super::kept(arguments, attack)? {
            plans.insert(attack.folder(), plan);
        }
    }
    let cases = cases(arguments, &known, &plans)?;
    let mut worst = Exit::AsLabelled;
    let predicted: Vec<Cell> = cases.iter().map(Case::cell).collect();
    if kept != predicted {
        println!(
            "{}: not what the sweep predicts; `seatproof attack --plans {}`",
            path.display(),
            arguments.traces.display()
        );
        worst = Exit::Contradicted;
    }
    for case in &cases {
        let expected = case.cell();
        let (_, _, judged) = case.ask(&arguments.models, &known)?;
        let (model, says) = (judged.word.name(), &expected.model);
        let code = match case.side {
            Side::Within => refused(arguments, case, &plans)?,
            Side::Beyond => reproduced(arguments, case)?,
            Side::Excused | Side::Open => expected.code.clone(),
        };
        let good = *model == **says && code == expected.code;
        println!(
            "{} {} + {}: {model}, {code}{}",
            if good { "ok " } else { "NOT" },
            expected.attack,
            case.leaks.last().map_or("", String::as_str),
            if good {
                String::new()
            } else {
                format!("; expected {says}, {}", expected.code)
            }
        );
        if !good {
            worst = worst.worse(Exit::Contradicted);
        }
    }
    println!(
        "{} cells, each run {} times, {:.1} s",
        cases.len(),
        arguments.repeat,
        start.elapsed().as_secs_f64()
    );
    Ok(worst)
}

/// The attack's own moves against the fixed endpoints.
fn refused(arguments: &Attack, case: &Case, plans: &Plans) -> Result<String, Failure> {
    let plan = plans.get(&case.attack.folder());
    let found = cell(case.attack, plan, Column::Fixed, arguments.repeat)?;
    Ok(match found.is_as_expected() {
        true => found.expected.to_owned(),
        false => format!("{:?}", found.others),
    })
}

/// The run beyond the border against the fixed endpoints, and its recording
/// before the gate.
fn reproduced(arguments: &Attack, case: &Case) -> Result<String, Failure> {
    let plan = read(&case.path(&arguments.traces))?;
    let mut last: Option<Enactment> = None;
    for time in 0..arguments.repeat.max(1) {
        let position = match time % 2 {
            0 => Position::Literal,
            _ => Position::General,
        };
        let laboratory = Laboratory::new(Suite::Sha256)?;
        let run = enact(
            &plan,
            case.run.fixed,
            case.run.violation,
            &laboratory,
            position,
        )?;
        let found = run.outcome.word();
        if found != "reproduced" {
            return Ok(format!("{found}: {:?}", run.outcome));
        }
        last = Some(run);
    }
    let Some(run) = last else {
        return Ok("not run".to_owned());
    };
    // To the fixed model it is a run like any other.
    let [_, ruling] = case.attack.rulings();
    let verdict = rule(&arguments.models, &ruling, &run.recording)?;
    Ok(match verdict {
        Verdict::Conforms(_) => "reproduced".to_owned(),
        other => format!("reproduced, but its recording: {other}"),
    })
}
