//! The story of an attack: who does what, in which order, and why that breaks
//! the query.
//!
//! A [`Story`] is what a replayed run looks like to a person: silent steps are
//! gone, every copy has a label (its macro and a number), long messages have
//! short names with a legend. [`Story::text`] prints it as numbered steps,
//! [`Story::mermaid`] as a sequence diagram; the trace itself as JSON is in
//! [`json`].

pub mod json;
mod lanes;
mod mermaid;
mod names;
mod text;

use crate::run::{Attack, confirmed};
use lanes::Lanes;
use pi::{Program, QueryKind, Span};
use proof::attack::{Recipe, Step};
use semantics::{Happened, Message, Printer, Run, Violation, ViolationKind};

/// A told attack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Story {
    /// Labels of the copies that appear, in order of first appearance.
    pub lanes: Vec<String>,
    /// What happens.
    pub lines: Vec<Line>,
    /// Short names and what they stand for.
    pub legend: Vec<(String, String)>,
    /// Why the query is false.
    pub ending: String,
}

/// One thing that happens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Where in the model, `file:line`; empty for what the attacker does alone.
    pub place: String,
    /// What.
    pub act: Act,
}

/// What happens in a line. Copies are indices into [`Story::lanes`], messages
/// are printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// The attacker makes a name.
    AttackerName {
        /// It.
        name: String,
    },
    /// A copy makes names.
    Creates {
        /// Who.
        who: usize,
        /// What.
        names: Vec<String>,
    },
    /// A message goes from copy to copy.
    Direct {
        /// Who.
        from: usize,
        /// To whom.
        to: usize,
        /// On which channel.
        channel: String,
        /// What.
        message: String,
        /// Its number, when the attacker hears it.
        output: Option<String>,
        /// Whether the receiver has no use for it and ends.
        ends: bool,
    },
    /// An event.
    Event {
        /// Who.
        who: usize,
        /// `name(arguments)`.
        event: String,
        /// Whether it is a premise of the query.
        goal: bool,
    },
    /// A table entry.
    Insert {
        /// Who.
        who: usize,
        /// `table(columns)`.
        entry: String,
    },
    /// A phase begins.
    Phase {
        /// Which.
        phase: u32,
    },
    /// The attacker sends.
    Receives {
        /// To whom.
        who: usize,
        /// On which channel.
        channel: String,
        /// How the attacker computes it.
        recipe: String,
        /// What it is, when the recipe does not say it already.
        message: Option<String>,
    },
    /// A copy sends to the attacker.
    Sends {
        /// Who.
        who: usize,
        /// On which channel.
        channel: String,
        /// The message's number, `~1`.
        output: String,
        /// What.
        message: String,
    },
    /// A copy reads a table.
    Takes {
        /// Who.
        who: usize,
        /// The entry; `None` when it found none.
        entry: Option<String>,
    },
}

impl Story {
    /// Tells an attack.
    ///
    /// # Errors
    /// The attack is one of another program.
    pub fn of(program: &Program, attack: &Attack) -> Result<Self, String> {
        let asked = pi::asked(program, attack.trace().query).map_err(|e| e.message)?;
        let program = &*asked;
        let (semantics, run, violation) = confirmed(program, attack.trace())?;
        let mut printer = Printer::new(program, semantics.messages(), &run);
        let shown = shown_messages(&run, &violation);
        let short = names::choose(semantics.messages(), &shown);
        for (message, name) in &short {
            printer.abbreviate(*message, name.clone());
        }
        let mut teller = Teller {
            program,
            run: &run,
            attack,
            printer: &printer,
            lanes: Lanes::of(&run),
            lines: Vec::new(),
        };
        teller.tell();
        let ending = teller.ending(&violation);
        let (lines, lanes) = (teller.lines, teller.lanes.into_labels());
        let legend = short
            .iter()
            .map(|(message, name)| (name.clone(), printer.definition(*message)))
            .collect();
        Ok(Self {
            lanes,
            lines,
            legend,
            ending,
        })
    }
}

impl Attack {
    /// How many steps the run has, silent ones included.
    #[must_use]
    pub fn length(&self) -> usize {
        self.trace().steps.len()
    }

    /// The run as numbered steps; see [`Story::text`]. For another program than
    /// the one attacked, a sentence that says so.
    #[must_use]
    pub fn steps(&self, program: &Program) -> String {
        Story::of(program, self).map_or_else(|why| foreign(&why), |story| story.text())
    }

    /// The run as a Mermaid sequence diagram; see [`Story::mermaid`].
    #[must_use]
    pub fn mermaid(&self, program: &Program) -> String {
        Story::of(program, self).map_or_else(
            |why| format!("%% {}\n", foreign(&why)),
            |story| story.mermaid(),
        )
    }

    /// The trace as JSON that [`json::read`] reads, with the story for people.
    #[must_use]
    pub fn json(&self, program: &Program) -> serde_json::Value {
        let mut value = json::write(program, self.trace());
        if let (Ok(story), Some(fields)) = (Story::of(program, self), value.as_object_mut()) {
            fields.insert("story".into(), json::story(&story));
        }
        value
    }
}

fn foreign(why: &str) -> String {
    format!("this is not an attack on this program: {why}")
}

/// Messages that the story shows, in order.
fn shown_messages(run: &Run<'_>, violation: &Violation) -> Vec<Message> {
    let mut out = Vec::new();
    for performed in &run.steps {
        for happened in &performed.happened {
            match happened {
                Happened::Sent(n) => {
                    out.extend(run.state.sent().get(*n as usize).map(|s| s.message));
                }
                Happened::Received { message, .. } => out.push(*message),
                Happened::Event(n) => {
                    let record = run.state.events().get(*n as usize);
                    out.extend(record.iter().flat_map(|e| &e.arguments));
                }
                Happened::Inserted(n) => {
                    let record = run.state.entries().get(*n as usize);
                    out.extend(record.iter().flat_map(|e| &e.columns));
                }
                _ => {}
            }
        }
    }
    out.extend(violation.variables.iter().flatten());
    out
}

struct Teller<'a> {
    program: &'a Program,
    run: &'a Run<'a>,
    attack: &'a Attack,
    printer: &'a Printer<'a>,
    lanes: Lanes,
    lines: Vec<Line>,
}

impl Teller<'_> {
    fn tell(&mut self) {
        for i in 0..self.run.steps.len() {
            let performed = &self.run.steps[i];
            let place = performed.span.map_or_else(String::new, |s| self.place(s));
            for act in self.acts(&performed.step, &performed.happened) {
                // Names made one after the other are one line.
                if let (
                    Act::Creates { who, names },
                    Some(Line {
                        act:
                            Act::Creates {
                                who: before,
                                names: earlier,
                            },
                        ..
                    }),
                ) = (&act, self.lines.last_mut())
                    && who == before
                {
                    earlier.extend(names.iter().cloned());
                    continue;
                }
                self.lines.push(Line {
                    place: place.clone(),
                    act,
                });
            }
        }
    }

    fn acts(&mut self, step: &Step, happened: &[Happened]) -> Vec<Act> {
        let state = &self.run.state;
        let mut out = Vec::new();
        for event in happened {
            match event {
                Happened::AttackerName(name) => out.push(Act::AttackerName {
                    name: self.printer.message(*name),
                }),
                Happened::Phase(phase) => out.push(Act::Phase { phase: *phase }),
                Happened::Created { copy, name, .. } => out.push(Act::Creates {
                    who: self.lanes.index(*copy),
                    names: vec![self.printer.message(*name)],
                }),
                Happened::Event(n) => {
                    if let Some(record) = state.events().get(*n as usize) {
                        let name = self.program.events.get(record.event.0 as usize);
                        let name = name.map_or("?", |e| e.name.as_str());
                        out.push(Act::Event {
                            who: self.lanes.index(record.copy),
                            event: self.call(name, &record.arguments),
                            goal: self.is_premise(*n),
                        });
                    }
                }
                Happened::Inserted(n) => {
                    if let Some(record) = state.entries().get(*n as usize) {
                        out.push(Act::Insert {
                            who: self.lanes.index(record.copy),
                            entry: self.entry(*n),
                        });
                    }
                }
                Happened::Took { copy, entry } => out.push(Act::Takes {
                    who: self.lanes.index(*copy),
                    entry: entry.map(|n| self.entry(n)),
                }),
                Happened::Sent(n) => {
                    let ended = |h: &Happened| matches!(h, Happened::Ended { .. });
                    out.extend(self.sent(step, *n, happened.iter().any(ended)));
                }
                Happened::Received { copy, message } => {
                    if let Step::Input {
                        channel,
                        message: recipe,
                        ..
                    } = step
                    {
                        let printed = self.printer.message(*message);
                        let recipe_text = self.printer.recipe(recipe);
                        let obvious = matches!(recipe, Recipe::Output(_)) || printed == recipe_text;
                        out.push(Act::Receives {
                            who: self.lanes.index(*copy),
                            channel: self.printer.recipe(channel),
                            recipe: recipe_text,
                            message: (!obvious).then_some(printed),
                        });
                    }
                }
                Happened::Branch { .. }
                | Happened::Called { .. }
                | Happened::Ended { .. }
                | Happened::Started { .. } => {}
            }
        }
        out
    }

    fn sent(&mut self, step: &Step, number: u32, ends: bool) -> Option<Act> {
        let record = self.run.state.sent().get(number as usize)?;
        let output = record
            .output
            .map(|n| self.printer.recipe(&Recipe::Output(n)));
        let channel = self.printer.message(record.channel);
        let message = self.printer.message(record.message);
        let from = self.lanes.index(record.copy);
        Some(match (step, output) {
            (Step::Internal { receiver, .. }, output) => Act::Direct {
                from,
                to: self.lanes.index(*receiver),
                channel,
                message,
                output,
                ends,
            },
            (_, Some(output)) => Act::Sends {
                who: from,
                channel,
                output,
                message,
            },
            (_, None) => return None,
        })
    }

    fn entry(&self, number: u32) -> String {
        let Some(record) = self.run.state.entries().get(number as usize) else {
            return "?".into();
        };
        let name = self.program.tables.get(record.table.0 as usize);
        self.call(name.map_or("?", |t| t.name.as_str()), &record.columns)
    }

    fn call(&self, name: &str, arguments: &[Message]) -> String {
        if arguments.is_empty() {
            return name.to_owned();
        }
        let arguments: Vec<_> = arguments.iter().map(|m| self.printer.message(*m)).collect();
        format!("{name}({})", arguments.join(", "))
    }

    fn is_premise(&self, event: u32) -> bool {
        let premise = proof::attack::Premise::Event(event);
        self.attack.trace().premises.contains(&premise)
    }

    fn place(&self, span: Span) -> String {
        let sources = &self.program.sources;
        let file = sources.file(span.file).map_or("?", |f| f.name.as_str());
        let file = file.rsplit('/').next().unwrap_or(file);
        format!("{file}:{}", sources.position(span).line)
    }

    fn ending(&self, violation: &Violation) -> String {
        let trace = self.attack.trace();
        let Some(query) = self.program.queries.get(trace.query as usize) else {
            return String::new();
        };
        let names: Vec<String> = match &query.kind {
            QueryKind::Correspondence(c) => c.variables.iter().map(|v| v.name.clone()).collect(),
            QueryKind::Secret { .. } => vec!["the secret".into()],
        };
        let values: Vec<String> = names
            .iter()
            .zip(&violation.variables)
            .filter_map(|(name, value)| {
                let value = (*value)?;
                Some(format!("{name} = {}", self.printer.message(value)))
            })
            .collect();
        let knows: Vec<String> = trace
            .premises
            .iter()
            .filter_map(|p| match p {
                proof::attack::Premise::Knows(recipe) => Some(format!(
                    "the attacker computes {}",
                    self.printer.recipe(recipe)
                )),
                _ => None,
            })
            .collect();
        let mut parts = knows;
        if !values.is_empty() {
            parts.push(format!("with {}", values.join(", ")));
        }
        let reason = match &violation.kind {
            ViolationKind::NoConclusion => {
                "the premises hold, and by then nothing that the conclusion asks for has happened"
            }
            ViolationKind::NotInjective(_) => {
                "the premise happens more often than what the conclusion asks for"
            }
            ViolationKind::Reached => "what the query says never happens has happened",
            ViolationKind::Revealed => "the attacker knows the secret",
        };
        parts.push(reason.to_owned());
        let text = self.program.sources.text(query.span);
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        format!("False: {text}\n{}.", capitalised(&parts.join("; ")))
    }
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => String::new(),
    }
}
