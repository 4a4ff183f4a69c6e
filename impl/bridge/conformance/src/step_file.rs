//! Steps, model and mapping in one file, from which a monitor is compiled.
//!
//! The file holds the texts of model and mapping, the steps that follow from
//! them, and a digest of each. Opening it derives the steps again and compares:
//! a file whose steps are not those of its model is refused, and so is one whose
//! model or mapping is no longer the one that is at hand. JSON, so that a change
//! of the steps shows in review.

use std::collections::BTreeMap;

use pi::{Program, Sources};
use serde::{Deserialize, Serialize};

use crate::{conform::Gate, crypto::Hash, mapping::Mapping};

const FORMAT: &str = "seatproof-steps";
const VERSION: u32 = 1;

/// A model and its mapping, with the steps they come to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StepFile {
    format: String,
    version: u32,
    /// In link order, the main file last.
    sources: Vec<Text>,
    mapping: Text,
    /// Steps of each role as printed, without places.
    roles: BTreeMap<String, Vec<String>>,
    /// SHA-256 of the steps, as recordings name it.
    derived_sha256: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Text {
    name: String,
    text: String,
    sha256: String,
}

/// Why a step file is of no use.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StepFileError {
    /// A text is not what its digest says.
    #[error("`{name}` was changed in the step file: derive the file again")]
    Changed {
        /// Which text.
        name: String,
    },
    /// The file is another version's.
    #[error("step file of version {found}, this program reads version {VERSION}")]
    Version {
        /// What it says.
        found: u32,
    },
    /// Not a step file.
    #[error("not a step file: {why}")]
    Malformed {
        /// Where and what, as the reader says.
        why: String,
    },
    /// What was derived then is not what is derived now.
    #[error("the steps are out of date: {why}; derive the file again")]
    OutOfDate {
        /// What differs.
        why: String,
    },
}

impl StepFile {
    /// Of a model and the text of its mapping.
    ///
    /// # Errors
    /// [`StepFileError::OutOfDate`] if they do not belong together, or the text
    /// is no mapping.
    pub fn compile(program: &Program, name: &str, mapping: &str) -> Result<Self, StepFileError> {
        let parsed = parse(name, mapping)?;
        let gate = fitted(program, &parsed)?;
        let sources = program.sources.files().iter();
        Ok(Self {
            format: FORMAT.into(),
            version: VERSION,
            sources: sources
                .map(|file| Text::new(&file.name, &file.text))
                .collect(),
            mapping: Text::new(name, mapping),
            roles: roles(&gate),
            derived_sha256: gate.derived().to_owned(),
        })
    }

    /// Reads one; [`Self::open`] is what checks it.
    ///
    /// # Errors
    /// [`StepFileError::Malformed`], [`StepFileError::Version`].
    pub fn parse(text: &str) -> Result<Self, StepFileError> {
        let malformed = |error: serde_json::Error| StepFileError::Malformed {
            why: error.to_string(),
        };
        let value: serde_json::Value = serde_json::from_str(text).map_err(malformed)?;
        if value.get("format").and_then(|it| it.as_str()) != Some(FORMAT) {
            let why = format!("its format is not \"{FORMAT}\"");
            return Err(StepFileError::Malformed { why });
        }
        let version = value.get("version").and_then(serde_json::Value::as_u64);
        if version != Some(VERSION.into()) {
            let found = version.and_then(|it| u32::try_from(it).ok());
            let found = found.unwrap_or_default();
            return Err(StepFileError::Version { found });
        }
        serde_json::from_value(value).map_err(malformed)
    }

    /// As JSON.
    #[must_use]
    pub fn to_json(&self) -> String {
        // Strings and numbers only: there is nothing that cannot be written.
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }

    /// The model and the mapping, whose steps are those of the file.
    ///
    /// # Errors
    /// [`StepFileError::Changed`], [`StepFileError::OutOfDate`].
    pub fn open(&self) -> Result<(Program, Mapping), StepFileError> {
        let mut sources = Sources::default();
        for text in self.sources.iter().chain([&self.mapping]) {
            if sha256(&text.text) != text.sha256 {
                let name = text.name.clone();
                return Err(StepFileError::Changed { name });
            }
        }
        for text in &self.sources {
            sources.add(text.name.as_str(), text.text.as_str());
        }
        let program = pi::load(sources).program;
        let Some(program) = program else {
            let why = "its model is no program of this version's language".into();
            return Err(StepFileError::OutOfDate { why });
        };
        let mapping = parse(&self.mapping.name, &self.mapping.text)?;
        let gate = fitted(&program, &mapping)?;
        if gate.derived() != self.derived_sha256 || roles(&gate) != self.roles {
            let why = "its model derives other steps".into();
            return Err(StepFileError::OutOfDate { why });
        }
        Ok((program, mapping))
    }

    /// Whether this is what model and mapping come to now.
    ///
    /// # Errors
    /// [`StepFileError::OutOfDate`], with what differs.
    pub fn is_of(&self, program: &Program, mapping: &str) -> Result<(), StepFileError> {
        let now = Self::compile(program, &self.mapping.name, mapping)?;
        let why = if now.mapping.sha256 != self.mapping.sha256 {
            format!("the mapping {} has changed", self.mapping.name)
        } else if let Some((role, step)) = self.first_other_step(&now) {
            format!("role {role} of the model has another step {step}")
        } else if now.derived_sha256 != self.derived_sha256 {
            "the model derives other steps".into()
        } else {
            return Ok(());
        };
        Err(StepFileError::OutOfDate { why })
    }

    /// The first line in which the printed steps differ; 0 is the role itself.
    fn first_other_step<'a>(&'a self, now: &'a Self) -> Option<(&'a str, usize)> {
        let names = self.roles.keys().chain(now.roles.keys());
        for name in names {
            let [then, now] = [&self.roles, &now.roles].map(|roles| roles.get(name));
            let [then, now] = [then, now].map(|steps| steps.map_or(&[][..], Vec::as_slice));
            let lines = then.len().max(now.len());
            if let Some(line) = (0..lines).find(|line| then.get(*line) != now.get(*line)) {
                return Some((name, line));
            }
        }
        None
    }
}

impl Text {
    fn new(name: &str, text: &str) -> Self {
        Self {
            name: name.to_owned(),
            sha256: sha256(text),
            text: text.to_owned(),
        }
    }
}

fn sha256(text: &str) -> String {
    hex::encode(Hash::Sha256.digest(text.as_bytes()))
}

fn parse(name: &str, text: &str) -> Result<Mapping, StepFileError> {
    Mapping::parse(name, text).map_err(|error| StepFileError::OutOfDate {
        why: error.to_string(),
    })
}

fn fitted<'a>(program: &'a Program, mapping: &'a Mapping) -> Result<Gate<'a>, StepFileError> {
    Gate::new(program, mapping).map_err(|findings| StepFileError::OutOfDate {
        why: format!(
            "mapping and model do not belong together: {}",
            findings.join("; ")
        ),
    })
}

fn roles(gate: &Gate<'_>) -> BTreeMap<String, Vec<String>> {
    let printed = gate.printed();
    let lines = |text: &str| text.lines().map(str::to_owned).collect();
    printed
        .into_iter()
        .map(|(role, text)| (role.to_owned(), lines(&text)))
        .collect()
}
