//! Attack traces as JSON, written and read.
//!
//! Functions, names and types stand by name, so that a trace survives edits of
//! the model that do not concern it; copies, points and everything a run counts
//! stand by number, from 0.
//!
//! ```json
//! {"format":"attack-trace","version":1,"query":0,
//!  "steps":[{"step":"output","copy":0,"channel":{"name":"c"}}, …],
//!  "premises":[{"knows":{"project":"tuple<2>","part":1,"of":{"output":0}}}]}
//! ```

use super::Story;
use pi::Program;
use proof::attack::{AttackTrace, Copy, Entries, Premise, Recipe, Step, VERSION};
use serde_json::{Map, Value, json};

/// Deepest recipe that is read.
const DEPTH: usize = 500;

/// What is wrong with a trace in JSON.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the attack trace cannot be read at {at}: {why}")]
pub struct JsonError {
    /// Path to the value, `steps[3].channel`.
    pub at: String,
    /// What is wrong there.
    pub why: String,
}

/// A trace of a program as JSON.
#[must_use]
pub fn write(program: &Program, trace: &AttackTrace) -> Value {
    let steps: Vec<Value> = trace.steps.iter().map(|s| write_step(program, s)).collect();
    let premises: Vec<Value> = trace
        .premises
        .iter()
        .map(|p| write_premise(program, p))
        .collect();
    sorted(json!({
        "format": "attack-trace",
        "version": trace.version,
        "query": trace.query,
        "steps": steps,
        "premises": premises,
    }))
}

/// With its members in the order of their names: whether a map of JSON keeps the
/// order of insertion is a build's choice, and the octets must not depend on it.
fn sorted(mut value: Value) -> Value {
    value.sort_all_objects();
    value
}

/// A story as JSON, for people and pages; not read back.
#[must_use]
pub fn story(story: &Story) -> Value {
    let lines: Vec<Value> = story
        .lines
        .iter()
        .map(|l| json!({"place": l.place, "text": story.sentence(&l.act), "goal": l.is_goal()}))
        .collect();
    let legend: Vec<Value> = story
        .legend
        .iter()
        .map(|(name, meaning)| json!({"name": name, "meaning": meaning}))
        .collect();
    sorted(json!({"lanes": story.lanes, "lines": lines, "legend": legend, "ending": story.ending}))
}

/// Reads what [`write`] wrote; a `story` beside the trace is passed over. What
/// a trace says is not believed: see [`crate::run::Attack::confirm`].
///
/// # Errors
/// The first thing that is not as it should be, with its place.
pub fn read(program: &Program, value: &Value) -> Result<AttackTrace, JsonError> {
    let top = Reader {
        program,
        value,
        at: String::new(),
    };
    if top.field("format")?.value != "attack-trace" {
        return Err(top.field("format")?.wrong("this is no attack trace"));
    }
    let version = top.field("version")?.number()?;
    if version != VERSION {
        let why = format!("version {version} is not {VERSION}");
        return Err(top.field("version")?.wrong(why));
    }
    top.only(&["format", "version", "query", "steps", "premises", "story"])?;
    Ok(AttackTrace {
        version,
        query: top.field("query")?.number()?,
        steps: top.field("steps")?.list(|r| r.step())?,
        premises: top.field("premises")?.list(|r| r.premise())?,
    })
}

fn write_step(program: &Program, step: &Step) -> Value {
    let recipe = |r: &Recipe| write_recipe(program, r);
    let mut value = match step {
        Step::Fresh { ty } => {
            let name = program.types.get(*ty as usize).map_or("?", |t| &t.name);
            json!({"step": "fresh", "type": name})
        }
        Step::Fork { copy, into } => {
            let into: Vec<u32> = into.iter().map(|c| c.0).collect();
            json!({"step": "fork", "copy": copy.0, "into": into})
        }
        Step::Get { copy, entry } => json!({"step": "get", "copy": copy.0, "entry": entry}),
        Step::Input {
            copy,
            channel,
            message,
            ..
        } => json!({
            "step": "input", "copy": copy.0,
            "channel": recipe(channel), "message": recipe(message),
        }),
        Step::Internal {
            sender,
            receiver,
            heard,
            ..
        } => json!({
            "step": "internal", "sender": sender.0, "receiver": receiver.0,
            "heard": heard.as_ref().map(recipe),
        }),
        Step::Output { copy, channel, .. } => json!({
            "step": "output", "copy": copy.0, "channel": recipe(channel),
        }),
        Step::Phase { phase } => json!({"step": "phase", "phase": phase}),
        Step::Replicate { copy, into } => {
            json!({"step": "replicate", "copy": copy.0, "into": into.0})
        }
        Step::Silent { copy, point, .. } => {
            json!({"step": "silent", "copy": copy.0, "point": point})
        }
    };
    let entries = match step {
        Step::Input { entries, .. }
        | Step::Internal { entries, .. }
        | Step::Output { entries, .. }
        | Step::Silent { entries, .. } => entries.clone(),
        Step::Fork { .. }
        | Step::Fresh { .. }
        | Step::Get { .. }
        | Step::Phase { .. }
        | Step::Replicate { .. } => Entries::new(),
    };
    if let (false, Value::Object(fields)) = (entries.is_empty(), &mut value) {
        fields.insert("entries".into(), json!(entries));
    }
    value
}

fn write_premise(program: &Program, premise: &Premise) -> Value {
    let recipe = |r: &Recipe| write_recipe(program, r);
    match premise {
        Premise::Entry(n) => json!({"entry": n}),
        Premise::Event(n) => json!({"event": n}),
        Premise::Knows(r) => json!({"knows": recipe(r)}),
        Premise::Sends { channel, message } => {
            json!({"sends": {"channel": recipe(channel), "message": recipe(message)}})
        }
        Premise::Sent(n) => json!({"sent": n}),
    }
}

fn write_recipe(program: &Program, recipe: &Recipe) -> Value {
    let function = |f: u32| {
        program
            .functions
            .get(f as usize)
            .map_or("?", |f| f.name.as_str())
    };
    match recipe {
        Recipe::Apply(f, arguments) => {
            let to: Vec<Value> = arguments.iter().map(|a| write_recipe(program, a)).collect();
            json!({"apply": function(*f), "to": to})
        }
        Recipe::Fresh(n) => json!({"fresh": n}),
        Recipe::Name(n) => {
            let name = program.names.get(*n as usize).map_or("?", |n| &n.name);
            json!({"name": name})
        }
        Recipe::Output(n) => json!({"output": n}),
        Recipe::Project(f, part, of) => {
            json!({"project": function(*f), "part": part, "of": write_recipe(program, of)})
        }
    }
}

/// A value with its place.
struct Reader<'a> {
    program: &'a Program,
    value: &'a Value,
    at: String,
}

impl<'a> Reader<'a> {
    fn wrong(&self, why: impl Into<String>) -> JsonError {
        let at = if self.at.is_empty() {
            "the top".to_owned()
        } else {
            self.at.clone()
        };
        JsonError {
            at,
            why: why.into(),
        }
    }

    fn object(&self) -> Result<&'a Map<String, Value>, JsonError> {
        self.value
            .as_object()
            .ok_or_else(|| self.wrong("an object is expected"))
    }

    /// No other fields than these.
    fn only(&self, fields: &[&str]) -> Result<(), JsonError> {
        match self
            .object()?
            .keys()
            .find(|k| !fields.contains(&k.as_str()))
        {
            Some(unknown) => Err(self.wrong(format!("the field `{unknown}` is not known"))),
            None => Ok(()),
        }
    }

    fn maybe(&self, name: &str) -> Result<Option<Self>, JsonError> {
        Ok(self.object()?.get(name).map(|value| Self {
            program: self.program,
            value,
            at: if self.at.is_empty() {
                name.to_owned()
            } else {
                format!("{}.{name}", self.at)
            },
        }))
    }

    fn field(&self, name: &str) -> Result<Self, JsonError> {
        self.maybe(name)?
            .ok_or_else(|| self.wrong(format!("the field `{name}` is missing")))
    }

    fn number(&self) -> Result<u32, JsonError> {
        self.value
            .as_u64()
            .and_then(|n| u32::try_from(n).ok())
            .ok_or_else(|| self.wrong("a number is expected"))
    }

    fn copy(&self, field: &str) -> Result<Copy, JsonError> {
        self.field(field)?.number().map(Copy)
    }

    fn text(&self) -> Result<&'a str, JsonError> {
        self.value
            .as_str()
            .ok_or_else(|| self.wrong("a string is expected"))
    }

    fn list<T>(&self, each: impl Fn(&Self) -> Result<T, JsonError>) -> Result<Vec<T>, JsonError> {
        let items = self
            .value
            .as_array()
            .ok_or_else(|| self.wrong("a list is expected"))?;
        items
            .iter()
            .enumerate()
            .map(|(i, value)| {
                each(&Self {
                    program: self.program,
                    value,
                    at: format!("{}[{i}]", self.at),
                })
            })
            .collect()
    }

    fn optional_number(&self) -> Result<Option<u32>, JsonError> {
        if self.value.is_null() {
            return Ok(None);
        }
        self.number().map(Some)
    }

    fn entries(&self) -> Result<Entries, JsonError> {
        match self.maybe("entries")? {
            Some(list) => list.list(Self::optional_number),
            None => Ok(Entries::new()),
        }
    }

    fn index(&self, what: &str, position: Option<usize>) -> Result<u32, JsonError> {
        position
            .and_then(|i| u32::try_from(i).ok())
            .ok_or_else(|| self.wrong(format!("the program has no {what} of this name")))
    }

    fn function(&self) -> Result<u32, JsonError> {
        let name = self.text()?;
        let functions = &self.program.functions;
        self.index("function", functions.iter().position(|f| f.name == name))
    }

    fn step(&self) -> Result<Step, JsonError> {
        let recipe = |name: &str| self.field(name)?.recipe(0);
        let kind = self.field("step")?;
        let (step, fields): (Step, &[&str]) = match kind.text()? {
            "fork" => (
                Step::Fork {
                    copy: self.copy("copy")?,
                    into: self.field("into")?.list(|r| r.number().map(Copy))?,
                },
                &["copy", "into"],
            ),
            "fresh" => {
                let ty = self.field("type")?;
                let name = ty.text()?;
                let types = &self.program.types;
                let ty = ty.index("type", types.iter().position(|t| t.name == name))?;
                (Step::Fresh { ty }, &["type"])
            }
            "get" => (
                Step::Get {
                    copy: self.copy("copy")?,
                    entry: self.field("entry")?.optional_number()?,
                },
                &["copy", "entry"],
            ),
            "input" => (
                Step::Input {
                    copy: self.copy("copy")?,
                    channel: recipe("channel")?,
                    message: recipe("message")?,
                    entries: self.entries()?,
                },
                &["copy", "channel", "message", "entries"],
            ),
            "internal" => {
                let heard = self.field("heard")?;
                let heard = match heard.value {
                    Value::Null => None,
                    _ => Some(heard.recipe(0)?),
                };
                (
                    Step::Internal {
                        sender: self.copy("sender")?,
                        receiver: self.copy("receiver")?,
                        heard,
                        entries: self.entries()?,
                    },
                    &["sender", "receiver", "heard", "entries"],
                )
            }
            "output" => (
                Step::Output {
                    copy: self.copy("copy")?,
                    channel: recipe("channel")?,
                    entries: self.entries()?,
                },
                &["copy", "channel", "entries"],
            ),
            "phase" => (
                Step::Phase {
                    phase: self.field("phase")?.number()?,
                },
                &["phase"],
            ),
            "replicate" => (
                Step::Replicate {
                    copy: self.copy("copy")?,
                    into: self.copy("into")?,
                },
                &["copy", "into"],
            ),
            "silent" => (
                Step::Silent {
                    copy: self.copy("copy")?,
                    point: self.field("point")?.number()?,
                    entries: self.entries()?,
                },
                &["copy", "point", "entries"],
            ),
            other => return Err(kind.wrong(format!("there is no step `{other}`"))),
        };
        let mut known = vec!["step"];
        known.extend(fields);
        self.only(&known)?;
        Ok(step)
    }

    fn premise(&self) -> Result<Premise, JsonError> {
        let fields = self.object()?;
        let Some((name, _)) = fields.iter().next().filter(|_| fields.len() == 1) else {
            return Err(self.wrong("one field is expected"));
        };
        let inner = self.field(name)?;
        Ok(match name.as_str() {
            "entry" => Premise::Entry(inner.number()?),
            "event" => Premise::Event(inner.number()?),
            "knows" => Premise::Knows(inner.recipe(0)?),
            "sends" => {
                inner.only(&["channel", "message"])?;
                Premise::Sends {
                    channel: inner.field("channel")?.recipe(0)?,
                    message: inner.field("message")?.recipe(0)?,
                }
            }
            "sent" => Premise::Sent(inner.number()?),
            other => return Err(self.wrong(format!("there is no premise `{other}`"))),
        })
    }

    fn recipe(&self, depth: usize) -> Result<Recipe, JsonError> {
        if depth > DEPTH {
            return Err(self.wrong(format!("nested more than {DEPTH} deep")));
        }
        let below = depth + 1;
        let (recipe, fields): (Recipe, &[&str]) = if let Some(n) = self.maybe("output")? {
            (Recipe::Output(n.number()?), &["output"])
        } else if let Some(n) = self.maybe("fresh")? {
            (Recipe::Fresh(n.number()?), &["fresh"])
        } else if let Some(name) = self.maybe("name")? {
            let text = name.text()?;
            let names = &self.program.names;
            let index = names.iter().position(|n| n.name == text);
            (Recipe::Name(name.index("free name", index)?), &["name"])
        } else if let Some(function) = self.maybe("apply")? {
            let arguments = self.field("to")?.list(|r| r.recipe(below))?;
            (
                Recipe::Apply(function.function()?, arguments),
                &["apply", "to"],
            )
        } else if let Some(function) = self.maybe("project")? {
            let of = self.field("of")?.recipe(below)?;
            let part = self.field("part")?.number()?;
            (
                Recipe::Project(function.function()?, part, Box::new(of)),
                &["project", "part", "of"],
            )
        } else {
            return Err(self.wrong("a recipe is expected"));
        };
        self.only(fields)?;
        Ok(recipe)
    }
}
