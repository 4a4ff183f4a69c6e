//! One attack, told step by step.

use super::matrix::rule;
use super::tcp::Tcp;
use super::{Attack, Failure, kept, write};
use crate::exit::Exit;
use attack::catalogue::{self, Ruling, Way};
use attack::machine::suite::Suite;
use attack::matrix::{Column, expected, run, run_over};
use attack::page::{Panel, render};
use attack::scene::Scene;
use attack::{Enactment, Laboratory, Outcome, Position};

/// Tells the attack and its refusal.
pub(super) fn tell(arguments: &Attack, attack: &catalogue::Attack) -> Result<Exit, Failure> {
    let plan = kept(arguments, attack)?;
    println!("{} against {}", attack.name, attack.against);
    println!("{}", attack.says);
    println!(
        "The attacker has: {}{}",
        attack.needs.join(", "),
        match attack.leaks {
            [] => "; no key leaks".to_owned(),
            leaks => format!("; {}", leaks.join(", ")),
        }
    );
    if let (Way::Run(it), Some(plan)) = (attack.way, &plan) {
        println!(
            "The prover's run: {}{}, {} is false, {} moves",
            it.broken_model,
            match it.without {
                Some(check) => format!(" without `{check}`"),
                None => String::new(),
            },
            it.query,
            plan.moves.len()
        );
    }
    if let Way::Script(_, why, _) = attack.way {
        println!("A script: {why}");
    }
    let enacted = |column| -> Result<Enactment, Failure> {
        let (plan, position) = (plan.as_ref(), Position::General);
        if !arguments.tcp {
            return Ok(run(attack, plan, column, position)?);
        }
        if plan.is_none() {
            return Err("--tcp: only runs of the prover's have lines to put over TCP".into());
        }
        let mut tcp = Tcp::listen()?;
        let enacted = run_over(attack, plan, column, position, &mut tcp)?;
        println!(
            "{}: {} endpoints, each over a TCP connection to the attacker",
            column.name(),
            tcp.lines
        );
        Ok(enacted)
    };
    let broken = enacted(Column::Broken)?;
    let fixed = enacted(Column::Fixed)?;
    println!("\nAgainst {}:", endpoints(attack, Column::Broken));
    steps(&broken.scenes);
    println!("{}", ending(&broken));
    println!("\nThe same against {}:", endpoints(attack, Column::Fixed));
    let last = fixed.scenes.len().saturating_sub(3);
    if last > 0 {
        println!("  … {last} steps as before");
    }
    steps(fixed.scenes.get(last..).unwrap_or_default());
    println!("{}", ending(&fixed));
    println!("\nThe recording of the attack before the gate:");
    for ruling in attack.rulings() {
        match ruling {
            Ruling::Shown { model, without, .. } => {
                let verdict = rule(&arguments.models, &ruling, &broken.recording)?;
                let without = without.map(|it| format!(" without `{it}`"));
                println!(
                    "  {model}{}: {}",
                    without.unwrap_or_default(),
                    first_line(&verdict.to_string())
                );
            }
            Ruling::Unjudged(why) => println!("  the broken model: not judged: {why}"),
        }
    }
    if let Some(file) = &arguments.html {
        let page = page(attack, &broken, &fixed)?;
        write(file, page.as_bytes())?;
        println!("\n{}: {} octets", file.display(), page.len());
    }
    let good = broken.outcome.word() == expected(attack, Column::Broken)
        && fixed.outcome.word() == expected(attack, Column::Fixed);
    Ok(if good {
        Exit::AsLabelled
    } else {
        Exit::Contradicted
    })
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}

fn endpoints(attack: &catalogue::Attack, column: Column) -> &'static str {
    match (attack.way, column) {
        (Way::Run(run), Column::Broken) => run.broken.name(),
        (Way::Run(run), Column::Fixed) => run.fixed.name(),
        (Way::Run(run), Column::Ablated) => run.ablated.name(),
        (Way::Script(..), Column::Fixed) => "endpoints without the mistake",
        (Way::Script(..), _) => "endpoints with the mistake",
    }
}

fn steps(scenes: &[Scene]) {
    for scene in scenes {
        match scene {
            Scene::Arrow { from, to, what } => println!("  {from:>10} --> {to:<10} {what}"),
            Scene::Accepts { who, what } | Scene::Note { who, what } => {
                println!("  {who:>10}     {:<10} {what}", "");
            }
            Scene::Refuses { who, what } => println!("  {who:>10}     {:<10} refuses: {what}", ""),
        }
    }
}

/// Who believes what at the end.
fn ending(run: &Enactment) -> String {
    match &run.outcome {
        Outcome::Reproduced { victim, reader } => format!(
            "Reproduced: {} believes that it talks to an attested server; {reader} reads what \
             it says.",
            attack::scene::lane(victim)
        ),
        Outcome::Refused { at, who, code, .. } => format!(
            "Refused by the {} at move {} with `{code}`: nothing was sent.",
            attack::scene::lane(who),
            at + 1
        ),
        Outcome::Stuck { at, why } => {
            format!("The attacker cannot go on at move {}: {why}", at + 1)
        }
        Outcome::InVain { why } => format!("In vain: {why}."),
    }
}

/// The page: honest, attacked, refused.
pub(super) fn page(
    attack: &catalogue::Attack,
    broken: &Enactment,
    fixed: &Enactment,
) -> Result<String, Failure> {
    let mut panels = Vec::new();
    if let Way::Run(run) = attack.way {
        let laboratory = Laboratory::new(Suite::Sha256)?;
        if let Some(scenes) = attack::enact::honest(run.broken, &laboratory)? {
            panels.push(Panel {
                title: format!("Nobody between: {}", run.broken.name()),
                verdict: "The client accepts the server it means.".to_owned(),
                good: true,
                scenes,
            });
        }
    }
    for (title, column, run, good) in [
        ("Attacked", Column::Broken, broken, false),
        ("The same attack", Column::Fixed, fixed, true),
    ] {
        panels.push(Panel {
            title: format!("{title}: {}", endpoints(attack, column)),
            verdict: ending(run),
            good,
            scenes: run.scenes.clone(),
        });
    }
    let leaks = match attack.leaks {
        [] => "no key".to_owned(),
        leaks => leaks.join(", "),
    };
    let mut facts = vec![
        ("Leaks", leaks),
        ("Needs", attack.needs.join(", ")),
        ("Published", attack.sources.join(", ")),
    ];
    if let Way::Run(run) = attack.way {
        facts.push((
            "Broken model",
            match run.without {
                Some(check) => format!("{} without {check}, {}", run.broken_model, run.query),
                None => format!("{}, {}", run.broken_model, run.query),
            },
        ));
        facts.push((
            "Fixed model",
            format!("{}, {}", run.fixed_model, run.fixed_query),
        ));
    }
    let title = format!("{} against {}", attack.name, attack.against);
    Ok(render(&title, attack.says, &facts, &panels))
}
