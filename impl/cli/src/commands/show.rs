//! `seatproof show`: a model at a stage of its way to a verdict.

use crate::exit::Exit;
use crate::interrupt::{self, Patience};
use crate::model::{self, InputError};
use horn::{Goal, Translation};
use logic::{Clause, Disequality, Fact, Predicate, Store};
use pi::Program;
use saturation::{Constraints, Everything, Saturated, Selection, Setting, Simplified};
use std::path::PathBuf;
use verdict::Limits;

/// Prints a stage of a model.
#[derive(Debug, clap::Args)]
pub(crate) struct Show {
    /// The model; `-` is standard input.
    file: PathBuf,
    /// Libraries before it, in link order; its header names more.
    #[arg(long = "lib", value_name = "LIBRARY")]
    libraries: Vec<PathBuf>,
    /// Which stage.
    #[arg(long, value_enum, default_value = "clauses")]
    stage: Stage,
    /// Only the query with this number, from 1; for the stages from `clauses` on.
    #[arg(long)]
    query: Option<usize>,
    /// Seconds for saturation, for each query.
    #[arg(long)]
    timeout: Option<u64>,
}

/// A stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Stage {
    /// For each query, the clauses made for it and its goal.
    Clauses,
    /// For each query, one derivation of each solved clause for its goal: how
    /// the clauses say that its premise can be met. Nothing says yet that it is
    /// a run.
    Derivation,
    /// The files in link order as they were parsed, parentheses telling what
    /// belongs to what.
    Parsed,
    /// The expanded process, each step with its number.
    Process,
    /// For each query, the clause set closed under resolution, with what each
    /// clause selects.
    Saturated,
    /// The whole program with names resolved and types inferred; it loads again.
    Typed,
}

type Failure = Box<dyn std::error::Error>;

/// Runs `show`.
pub(crate) fn show(arguments: &Show) -> Result<Exit, Failure> {
    let model = model::open(&arguments.file, &arguments.libraries)?;
    let program = &model.program;
    let queries = program.queries.len();
    if let Some(query) = arguments.query.filter(|n| *n == 0 || *n > queries) {
        let file = arguments.file.display();
        return Err(InputError::no_query(&file, query, queries).into());
    }
    match arguments.stage {
        Stage::Parsed => {
            let texts = pi::print::parsed(&program.sources);
            for (file, text) in program.sources.files().iter().zip(texts) {
                print!("(* {} *)\n{text}", file.name);
            }
        }
        Stage::Process => print!("{}", pi::print::process(program, &program.process)),
        Stage::Typed => print!("{}", pi::print::program(program)),
        Stage::Clauses | Stage::Derivation | Stage::Saturated => {
            interrupt::listen();
            for query in 0..queries {
                if arguments.query.is_none_or(|n| n == query + 1) {
                    parts(arguments, program, u32::try_from(query)?)?;
                }
            }
        }
    }
    Ok(Exit::AsLabelled)
}

fn parts(arguments: &Show, program: &Program, query: u32) -> Result<(), Failure> {
    let render = |diagnostics: Vec<pi::Diagnostic>| model::rendered(&diagnostics, &program.sources);
    for part in 0..horn::parts(program, query).map_err(render)? {
        let options = horn::options_of(program, query, part);
        let mut translation = horn::translate(program, &options).map_err(render)?;
        let goal = horn::goal_of(program, &mut translation, query, part).map_err(render)?;
        println!("(* query {}, part {} *)", query + 1, part + 1);
        if arguments.stage == Stage::Clauses {
            print!("{}", horn::print(program, &translation, &[goal]));
            continue;
        }
        let patience = Patience::new(arguments.timeout);
        let set = saturated(&mut translation, &goal, &patience)?;
        if arguments.stage == Stage::Saturated {
            print_set(&translation, &set);
        } else {
            derivations(&mut translation, &goal, &set);
        }
    }
    Ok(())
}

/// The program's clauses and the goal, closed.
fn saturated(
    translation: &mut Translation,
    goal: &Goal,
    patience: &Patience,
) -> Result<Saturated, String> {
    let clauses: Vec<Clause> = translation
        .clauses
        .iter()
        .map(|c| c.clause.clone())
        .collect();
    let theory = Equality(&translation.theory);
    let mut setting = Setting {
        store: &mut translation.store,
        signature: &translation.signature,
        theory: &theory,
        purpose: &Everything,
        limits: Limits {
            interrupted: &|| patience.is_over(),
            ..Limits::default()
        },
        progress: &mut |_| {},
    };
    let goals = std::slice::from_ref(&goal.clause);
    saturation::saturate(&clauses, &mut setting)
        .and_then(|base| base.extend(goals, &[], &mut setting))
        .map_err(|reason| patience.reason().unwrap_or_else(|| reason.to_string()))
}

fn print_set(translation: &Translation, set: &Saturated) {
    let (signature, store) = (&translation.signature, &translation.store);
    for (id, entry) in set.set().alive() {
        let selected = match entry.selection {
            Selection::Conclusion => "as it is".to_owned(),
            Selection::Hypothesis(at) => entry.clause.hypotheses.get(at).map_or_else(
                || "?".to_owned(),
                |fact| format!("waits for {}", logic::print::fact(signature, store, fact)),
            ),
        };
        let clause = logic::print::clause(signature, store, &entry.clause);
        println!("{id}: {clause}\n    {selected}");
    }
}

fn derivations(translation: &mut Translation, goal: &Goal, set: &Saturated) {
    let initial: Vec<&Clause> = translation
        .clauses
        .iter()
        .map(|c| &c.clause)
        .chain([&goal.clause])
        .collect();
    let solved = set.set().alive().filter(|(_, entry)| {
        entry.selection == Selection::Conclusion
            && matches!(entry.clause.conclusion.predicate, Predicate::Goal(_))
    });
    for (id, entry) in solved {
        let (signature, store) = (&translation.signature, &mut translation.store);
        println!(
            "{id}: {}",
            logic::print::clause(signature, store, &entry.clause)
        );
        let derivation = match set.derivation(store, &initial, id) {
            Ok(derivation) => derivation,
            Err(error) => {
                println!("    {error}");
                continue;
            }
        };
        for (number, node) in derivation.nodes.iter().enumerate() {
            let fact = logic::print::fact(signature, store, &node.fact);
            let why = match &node.rule {
                None => "assumed".to_owned(),
                Some((clause, _)) => format!("clause {clause} from {:?}", node.premises),
            };
            println!("    {number}. {fact}  ({why})");
        }
    }
}

/// The program's equational theory, as saturation needs it.
struct Equality<'a>(&'a horn::Theory);

impl Constraints for Equality<'_> {
    fn simplify(&self, store: &mut Store, constraint: &Disequality) -> Simplified {
        match self.0.simplify(store, constraint) {
            horn::Simplified::False => Simplified::False,
            horn::Simplified::Rest(rest) => Simplified::Rest(rest),
            horn::Simplified::True => Simplified::True,
        }
    }

    fn contradictory(
        &self,
        store: &mut Store,
        facts: &[Fact],
        constraints: &[Disequality],
    ) -> bool {
        self.0.contradictory(store, facts, constraints)
    }

    fn follows(&self, store: &mut Store, fact: &Fact, given: &[Fact]) -> bool {
        self.0.follows(store, fact, given)
    }
}
