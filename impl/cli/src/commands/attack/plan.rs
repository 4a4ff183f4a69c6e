//! From the prover's run to an attack plan: names for numbers, one table of
//! terms, and who plays which role.
//!
//! The run is replayed on the source process to learn what each step did; the
//! plan then needs no program to be enacted.

use attack::plan::{FORMAT, Move, Plan, Term, TermId, VERSION};
use pi::{Label, Program};
use proof::attack::{Copy, Premise, Recipe, Step};
use semantics::{Happened, Message, Node, Printer, Run, Semantics, deduce, replay};
use std::collections::BTreeMap;
use verdict::run::Attack;

/// Which argument of a client's accepting event is the secret that protects its
/// application data.
const SECRETS: [(&str, usize); 3] = [
    ("AttestedClientFinished", 7),
    ("DataReleased", 2),
    ("EvidenceAccepted", 3),
];

/// What a run is a run of.
pub(super) struct Source<'a> {
    /// The model, below the folder of the models.
    pub(super) model: &'a str,
    /// The check left out of it.
    pub(super) without: Option<&'a str>,
    /// The only compromises the attacker may use.
    pub(super) only: Option<&'a [String]>,
    /// Of the query as the model has it.
    pub(super) label: Option<&'a Label>,
}

/// The label of a query.
pub(super) fn label(program: &Program, query: u32) -> Option<&Label> {
    program.queries.get(query as usize)?.label.as_ref()
}

/// Makes the plan of an attack on a program.
pub(super) fn plan(
    program: &Program,
    source: &Source<'_>,
    attack: &Attack,
) -> Result<Plan, String> {
    let mut semantics = Semantics::new(program).map_err(|e| e.to_string())?;
    let run = replay(&mut semantics, attack.trace()).map_err(|e| e.to_string())?;
    let reads = secret(program, &mut semantics, &run)?;
    let printer = Printer::new(program, semantics.messages(), &run);
    let mut maker = Maker {
        program,
        semantics: &semantics,
        printer: &printer,
        run: &run,
        lanes: lanes(&run),
        terms: Vec::new(),
        places: BTreeMap::new(),
        messages: BTreeMap::new(),
    };
    let mut moves = Vec::new();
    for performed in &run.steps {
        for happened in &performed.happened {
            moves.extend(maker.step(&performed.step, happened, attack));
        }
    }
    let reads = reads.map(|recipe| maker.recipe(&recipe));
    let mut leaks = Vec::new();
    for step in &moves {
        if let Move::Event { event, .. } = step
            && event.starts_with("Leak")
            && !leaks.contains(event)
        {
            leaks.push(event.clone());
        }
    }
    let sentence = source
        .label
        .map(|l| l.sentence.split_whitespace().collect::<Vec<_>>().join(" "));
    Ok(Plan {
        format: FORMAT.to_owned(),
        version: VERSION,
        model: source.model.to_owned(),
        without: source.without.map(str::to_owned),
        only: source.only.map(<[String]>::to_vec),
        query: source.label.map(|l| l.id.clone()).unwrap_or_default(),
        says: sentence.unwrap_or_default(),
        leaks,
        reads,
        terms: maker.terms,
        moves,
    })
}

/// How the attacker computes the secret of the last client that accepted.
fn secret(
    program: &Program,
    semantics: &mut Semantics<'_>,
    run: &Run<'_>,
) -> Result<Option<Recipe>, String> {
    let accepted = run.state.events().iter().rev().find_map(|record| {
        let name = &program.events.get(record.event.0 as usize)?.name;
        let (_, place) = SECRETS.iter().find(|(event, _)| event == name)?;
        record.arguments.get(*place).copied()
    });
    match accepted {
        Some(target) => {
            let found = deduce(program, semantics.messages_mut(), &run.state, target);
            let found = found.map_err(|e| e.to_string())?;
            Ok(found.map(|recipe| plainly(semantics, run, recipe)))
        }
        None => Ok(None),
    }
}

/// The same recipe with constants by their names, not as parts of messages
/// that happen to be them.
fn plainly(semantics: &mut Semantics<'_>, run: &Run<'_>, recipe: Recipe) -> Recipe {
    match recipe {
        Recipe::Apply(f, arguments) => {
            let plain = |argument| plainly(semantics, run, argument);
            Recipe::Apply(f, arguments.into_iter().map(plain).collect())
        }
        Recipe::Project(..) => {
            let message = semantics.carry_out(&run.state, &recipe);
            match message.map(|m| semantics.messages().node(m).clone()) {
                Ok(Node::Apply(f, parts)) if parts.is_empty() => Recipe::Apply(f.0, Vec::new()),
                _ => recipe,
            }
        }
        other => other,
    }
}

struct Maker<'a> {
    program: &'a Program,
    semantics: &'a Semantics<'a>,
    printer: &'a Printer<'a>,
    run: &'a Run<'a>,
    lanes: BTreeMap<Copy, String>,
    terms: Vec<Term>,
    places: BTreeMap<Term, TermId>,
    messages: BTreeMap<Message, TermId>,
}

impl Maker<'_> {
    fn step(&mut self, step: &Step, happened: &Happened, attack: &Attack) -> Option<Move> {
        let state = &self.run.state;
        Some(match happened {
            Happened::AttackerName(name) => match self.semantics.messages().node(*name) {
                Node::Attacker(fresh, ty) => Move::Makes {
                    fresh: *fresh,
                    of: self.type_name(ty.0),
                },
                _ => return None,
            },
            Happened::Created { copy, name, .. } => Move::Creates {
                who: self.who(*copy),
                name: self.message(*name),
            },
            Happened::Event(n) => {
                let record = state.events().get(*n as usize)?;
                let event = self.program.events.get(record.event.0 as usize)?;
                Move::Event {
                    who: self.who(record.copy),
                    event: event.name.clone(),
                    arguments: record.arguments.iter().map(|m| self.message(*m)).collect(),
                    goal: attack.trace().premises.contains(&Premise::Event(*n)),
                }
            }
            Happened::Received { copy, .. } => match step {
                Step::Input { message, .. } => Move::Receives {
                    who: self.who(*copy),
                    message: self.recipe(message),
                },
                _ => return None,
            },
            Happened::Sent(n) => {
                let record = state.sent().get(*n as usize)?;
                Move::Sends {
                    who: self.who(record.copy),
                    output: record.output?,
                    message: self.message(record.message),
                }
            }
            Happened::Took {
                copy,
                entry: Some(entry),
            } => {
                let record = state.entries().get(*entry as usize)?;
                let table = self.program.tables.get(record.table.0 as usize)?;
                Move::Takes {
                    who: self.who(*copy),
                    table: table.name.clone(),
                    columns: record.columns.iter().map(|m| self.message(*m)).collect(),
                }
            }
            Happened::Branch { .. }
            | Happened::Called { .. }
            | Happened::Ended { .. }
            | Happened::Inserted(_)
            | Happened::Phase(_)
            | Happened::Started { .. }
            | Happened::Took { entry: None, .. } => return None,
        })
    }

    fn who(&self, copy: Copy) -> String {
        self.lanes.get(&copy).cloned().unwrap_or_else(|| "?".into())
    }

    fn type_name(&self, ty: u32) -> String {
        let ty = self.program.types.get(ty as usize);
        ty.map_or_else(|| "?".to_owned(), |t| t.name.clone())
    }

    fn function(&self, f: u32) -> String {
        let function = self.program.functions.get(f as usize);
        function.map_or_else(|| "?".to_owned(), |f| f.name.clone())
    }

    fn put(&mut self, term: Term) -> TermId {
        if let Some(place) = self.places.get(&term) {
            return *place;
        }
        self.terms.push(term.clone());
        let place = self.terms.len() - 1;
        self.places.insert(term, place);
        place
    }

    /// A message as the run has it.
    fn message(&mut self, message: Message) -> TermId {
        if let Some(place) = self.messages.get(&message) {
            return *place;
        }
        let messages = self.semantics.messages();
        let term = match messages.node(message).clone() {
            Node::Apply(f, parts) => {
                let parts = parts.iter().map(|part| self.message(*part)).collect();
                Term::Apply(self.function(f.0), parts)
            }
            Node::Attacker(n, _) => Term::Fresh(n),
            Node::Free(name) => Term::Name(self.name(name.0)),
            Node::Fresh(..) => {
                let ty = messages.type_of(self.program, message);
                Term::Honest(self.printer.message(message), self.type_name(ty.0))
            }
            Node::Natural(n) => Term::Name(n.to_string()),
            Node::Successor(of) => Term::Apply("+1".to_owned(), vec![self.message(of)]),
        };
        let place = self.put(term);
        self.messages.insert(message, place);
        place
    }

    /// What the attacker computes.
    fn recipe(&mut self, recipe: &Recipe) -> TermId {
        let term = match recipe {
            Recipe::Apply(f, arguments) => {
                let parts = arguments.iter().map(|a| self.recipe(a)).collect();
                Term::Apply(self.function(*f), parts)
            }
            Recipe::Fresh(n) => Term::Fresh(*n),
            Recipe::Name(n) => Term::Name(self.name(*n)),
            Recipe::Output(n) => Term::Output(*n),
            Recipe::Project(f, part, of) => {
                let of = self.recipe(of);
                Term::Project(self.function(*f), *part, of)
            }
        };
        self.put(term)
    }

    fn name(&self, n: u32) -> String {
        let name = self.program.names.get(n as usize);
        name.map_or_else(|| "?".to_owned(), |n| n.name.clone())
    }
}

/// The role each copy plays: the outermost macro and a number.
fn lanes(run: &Run<'_>) -> BTreeMap<Copy, String> {
    let mut home = BTreeMap::from([(Copy(0), Copy(0))]);
    let mut names = BTreeMap::from([(Copy(0), "main".to_owned())]);
    let mut counts: BTreeMap<String, u32> = BTreeMap::new();
    for performed in &run.steps {
        for happened in &performed.happened {
            match happened {
                Happened::Started { copy, into } => {
                    if matches!(performed.step, Step::Replicate { .. }) {
                        home.insert(*into, *into);
                    } else {
                        let parent = home.get(copy).copied().unwrap_or(*copy);
                        home.insert(*into, parent);
                    }
                }
                Happened::Called { copy, name } => {
                    let own = home.get(copy).copied().unwrap_or(*copy);
                    if own == Copy(0) || !names.contains_key(&own) {
                        home.insert(*copy, *copy);
                        let count = counts.entry(name.clone()).or_default();
                        *count += 1;
                        names.insert(*copy, format!("{name}#{count}"));
                    }
                }
                _ => {}
            }
        }
    }
    home.into_iter()
        .map(|(copy, own)| {
            let name = names.get(&own).cloned();
            (copy, name.unwrap_or_else(|| format!("process#{}", own.0)))
        })
        .collect()
}
