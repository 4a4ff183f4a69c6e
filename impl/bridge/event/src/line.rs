//! One record as one line: the JSON object with `t` for its type and `h` for
//! its link in the hash chain.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    canonical::canonical,
    chain::{Chain, Link},
    recording::{Event, Foot, Head, Setup},
};

/// Any record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "t")]
pub enum Record {
    #[serde(rename = "ev")]
    Event(Event),
    #[serde(rename = "foot")]
    Foot(Foot),
    #[serde(rename = "head")]
    Head(Box<Head>),
    #[serde(rename = "setup")]
    Setup(Setup),
}

impl Record {
    /// The value of `t`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Event(_) => "ev",
            Self::Foot(_) => "foot",
            Self::Head(_) => "head",
            Self::Setup(_) => "setup",
        }
    }
}

/// A record that has no canonical text. Every type of this crate has one; the
/// error exists so that a change that breaks this is a refusal, not a panic.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a {record} record cannot be written as canonical JSON")]
pub struct NotCanonical {
    pub record: &'static str,
}

/// The canonical text of `record` without `h`.
pub(crate) fn unlinked(record: &Record) -> Result<String, NotCanonical> {
    serde_json::to_value(record)
        .ok()
        .as_ref()
        .and_then(canonical)
        .ok_or(NotCanonical {
            record: record.name(),
        })
}

/// The canonical line of `record`, without line end, linked into `chain`.
pub(crate) fn linked(record: &Record, chain: &mut Chain) -> Result<String, NotCanonical> {
    let link = chain.append(&unlinked(record)?);
    with_link(record, &link)
}

fn with_link(record: &Record, link: &Link) -> Result<String, NotCanonical> {
    let not_canonical = NotCanonical {
        record: record.name(),
    };
    let Ok(Value::Object(mut fields)) = serde_json::to_value(record) else {
        return Err(not_canonical);
    };
    fields.insert("h".into(), Value::String(hex::encode(link)));
    canonical(&Value::Object(fields)).ok_or(not_canonical)
}
