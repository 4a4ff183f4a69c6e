//! Which events are compromises, which libraries weaken an algorithm, and what a
//! table calls them.
//!
//! ```toml
//! [[compromise]]
//! event = "LeakAK"
//! name = "AK"
//! sentence = "the attestation key of one machine"
//!
//! [[weakness]]
//! library = "lib/weak_group"
//! after = "lib/primitives"
//! name = "weak group"
//! sentence = "discrete logarithms are easy"
//! ```

use serde::Deserialize;
use std::collections::BTreeSet;

/// One kind of compromise.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Compromise {
    /// The event that announces it.
    pub event: String,
    /// Its short name, for tables.
    pub name: String,
    /// What the attacker gets, in words.
    #[serde(default)]
    pub sentence: String,
}

/// A library that weakens an algorithm of any model that links another one.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Weakness {
    /// The library, as headers name it.
    pub library: String,
    /// The library behind which it is linked.
    pub after: String,
    /// Its short name, for tables.
    pub name: String,
    /// What is weak, in words.
    #[serde(default)]
    pub sentence: String,
}

/// The kinds of compromise a family of models knows, in the order of tables.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Compromises {
    /// In the order written.
    #[serde(default, rename = "compromise")]
    pub all: Vec<Compromise>,
    /// In the order written.
    #[serde(default, rename = "weakness")]
    pub weaknesses: Vec<Weakness>,
}

/// Why a list of compromises cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CompromiseError {
    /// Two entries for one event or library, or one name for two.
    #[error("`{0}` is listed twice; each event, each library and each name may occur once")]
    Twice(String),
    /// Not the format.
    #[error("the list of compromises cannot be read: {0}")]
    Unreadable(#[from] toml::de::Error),
}

impl Compromises {
    /// Reads the list.
    ///
    /// # Errors
    /// If the text is not TOML of the form above, or names something twice.
    pub fn parse(text: &str) -> Result<Self, CompromiseError> {
        let list: Self = toml::from_str(text)?;
        let mut seen = BTreeSet::new();
        let leaks = list.all.iter().map(|e| ("event", &e.event, &e.name));
        let weak = list.weaknesses.iter();
        for (kind, what, name) in leaks.chain(weak.map(|e| ("library", &e.library, &e.name))) {
            for word in [format!("{kind} {what}"), name.clone()] {
                if !seen.insert(word.clone()) {
                    return Err(CompromiseError::Twice(word));
                }
            }
        }
        Ok(list)
    }

    /// The kind that an event announces.
    #[must_use]
    pub fn find(&self, event: &str) -> Option<&Compromise> {
        self.all.iter().find(|c| c.event == event)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_for_two_events_is_refused() {
        let text = "[[compromise]]\nevent='A'\nname='x'\n[[compromise]]\nevent='B'\nname='x'\n";
        let error = Compromises::parse(text).expect_err("refused");
        assert!(error.to_string().contains("`x`"), "{error}");
    }

    #[test]
    fn an_unknown_field_is_refused() {
        let text = "[[compromise]]\nevent='A'\nname='x'\nwieght=1\n";
        let error = Compromises::parse(text).expect_err("refused");
        assert!(error.to_string().contains("wieght"), "{error}");
    }
}
